"""The small language of `--where`: which points of a sweep are of interest.

    expression  = conjunction {"or" conjunction}
    conjunction = negation {"and" negation}
    negation    = "not" negation | "(" expression ")" | comparison
    comparison  = operand ("<" | "<=" | ">" | ">=" | "==" | "!=") operand
    operand     = column | number

Nothing else is understood: no calls, no attributes, no arithmetic, no text. What a user writes is never run.
"""

from __future__ import annotations

import math
import operator
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.numbers import Flags, Floats

LONGEST: Final = 2000
"""Characters of an expression."""
DEEPEST: Final = 40
"""Parentheses and `not` within one another."""
OPTION: Final = "--where"
COMPARE: Final[Mapping[str, Callable[[Any, Any], Flags]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
KEPT: Final = frozenset({"and", "or", "not", "(", ")"})
"""Words that are a kind of their own."""
OPERANDS: Final = frozenset({"name", "number"})
HINTS: Final = {
    "=": "write == to compare",
    "&": "write and",
    "|": "write or",
    **dict.fromkeys("!~", "write not"),
    **dict.fromkeys("\"'", "only columns and numbers are compared, no text"),
}
_WORD = re.compile(
    r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z]\w*(?:\.\w+(?:-[A-Za-z]\w*)*)*)"
    r"|(?P<compare><=|>=|==|!=|<|>)|(?P<parenthesis>[()])",
    re.ASCII,
)


Rows = Callable[[Mapping[str, Floats]], Flags]
"""In which rows of some columns, arrays of one shape, something holds."""


class Word(NamedTuple):
    """One word of an expression; `kind` is number, name, compare, end or one of `KEPT`; `at` is from 1."""

    kind: str
    text: str
    at: int

    def wrong(self, rule: str, hint: str = "") -> InputError:
        """The error that it breaks a rule."""
        return InputError(Problem(OPTION, None, self.at, self.text, rule, hint))


class Where(NamedTuple):
    """An expression that was read and understood."""

    columns: tuple[str, ...]  # those it asks for, each once, in the order in which they come
    holds: Rows  # a comparison with NaN follows the rules of floating point


def parse(text: str, names: Sequence[str]) -> Where:
    """Reads an expression; `names` are the columns there are.

    Raises:
        InputError: it is too long or too deep, or something in it is not of the language; says where.
    """
    if len(text) > LONGEST:
        rule = f"an expression has at most {LONGEST} characters"
        raise InputError(Problem(OPTION, None, LONGEST + 1, text, rule))
    parser = _Parser(text, names)
    holds = parser.expression()
    parser.end("end", "nothing can follow here but and, or, and the end")
    return Where(tuple(dict.fromkeys(parser.columns)), holds)


def _words(text: str) -> Iterator[Word]:
    """The words of an expression, and one for its end."""
    rest = text.lstrip()
    while rest:
        at = len(text) - len(rest) + 1
        found = _WORD.match(rest)
        if found is None:
            foreign = Word("", "".join(re.findall(r"^(?:[\w.]+|.)", rest)), at)
            hint = HINTS.get(rest[0], "columns, numbers, < <= > >= == !=, and, or, not, and parentheses are")
            raise foreign.wrong("not part of an expression", hint)
        kind = str(found.lastgroup)
        yield Word(found[0] if kind in {"name", "parenthesis"} and found[0] in KEPT else kind, found[0], at)
        rest = rest[found.end() :].lstrip()
    yield Word("end", "", len(text) + 1)


class _Parser:
    """Reads an expression from left to right, with a method for each rule of the grammar."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        self.words, self.names = deque(_words(text)), frozenset(names)
        self.columns: list[str] = []  # those that were read
        self.depth = 0

    def expression(self) -> Rows:
        return self._joined("or", np.logical_or, lambda: self._joined("and", np.logical_and, self._negation))

    def end(self, kind: str, rule: str) -> None:
        """Takes the word that ends an expression, a parenthesis or the end of the text."""
        word = self.words.popleft()
        if word.kind == "compare":
            raise word.wrong("comparisons cannot be chained", "join two of them with and")
        if word.kind != kind:
            raise word.wrong(rule, "write and between two comparisons" if word.kind in OPERANDS else "")

    def _joined(self, word: str, join: np.ufunc, part: Callable[[], Rows]) -> Rows:
        parts = [part()]
        while self.words[0].kind == word:
            self.words.popleft()
            parts.append(part())
        return lambda columns: join.reduce([holds(columns) for holds in parts])

    def _negation(self) -> Rows:
        if self.words[0].kind not in {"not", "("}:
            return self._comparison()
        word = self.words.popleft()
        self.depth += 1
        if self.depth > DEEPEST:
            raise word.wrong(f"parentheses and not may stand at most {DEEPEST} deep")
        inner = self._negation() if word.kind == "not" else self.expression()
        if word.kind == "(":
            self.end(")", f"the parenthesis opened at {word.at} must be closed here")
        self.depth -= 1
        return inner if word.kind == "(" else lambda columns: ~inner(columns)

    def _comparison(self) -> Rows:
        left, one = self.words[0], self._operand()
        sign = self.words.popleft()
        if sign.kind != "compare":
            call = f"{left.text!r} is a column, not a function" if sign.kind == "(" else ""
            raise sign.wrong("a comparison is expected here: < <= > >= == !=", call)
        right, other = self.words[0], self._operand()
        if left.kind == right.kind == "number":
            raise left.wrong("compares two numbers; one side must be a column")
        return lambda columns: COMPARE[sign.text](one(columns), other(columns))

    def _operand(self) -> Callable[[Mapping[str, Floats]], Floats | float]:
        word = self.words.popleft()
        if word.kind == "number":
            number = float(word.text)
            if not math.isfinite(number):
                raise word.wrong("not a finite number")
            return lambda _: number
        if word.kind != "name":
            raise word.wrong("a column or a number is expected here")
        if word.text not in self.names:
            if word.text.lower() in KEPT:
                raise word.wrong(f"write {word.text.lower()}")
            if self.words[0].kind == "(":
                raise word.wrong("nothing can be called here")
            told = [name for name in sorted(self.names) if name.endswith("_diff")] or sorted(self.names)
            examples = f"there are {', '.join(told[:4])}{', ...' if len(self.names) > 4 else ''}"
            raise word.wrong("not a column of the sweep", did_you_mean(word.text, self.names) or examples)
        self.columns.append(word.text)
        return operator.itemgetter(word.text)
