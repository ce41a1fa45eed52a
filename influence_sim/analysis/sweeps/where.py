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
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.numbers import MINUS, Flags, Floats

LONGEST: Final = 2000
"""Characters of an expression."""
DEEPEST: Final = 40
"""Parentheses and `not` within one another."""
OPTION: Final = "--where"
COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    **{"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge},
    **{"==": operator.eq, "!=": operator.ne},
}
KEPT: Final = frozenset({"and", "or", "not", "(", ")"})
"""Words whose kind is the word itself."""
OPERANDS: Final = frozenset({"name", "number"})
NOTHING_ELSE: Final = "nothing can follow here but and, or, and the end"
CHAINED: Final = ("comparisons cannot be chained", "join two of them with and")
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


@dataclass(frozen=True, slots=True)
class Word:
    """One word of an expression; `kind` is number, name, compare, end or one of `KEPT`; `at` is from 1."""

    kind: str
    text: str
    at: int

    def wrong(self, rule: str, hint: str = "") -> InputError:
        """The error that it breaks a rule."""
        return InputError(Problem(OPTION, None, self.at, self.text, rule, hint))

    def value(self, columns: Mapping[str, Floats]) -> Any:
        """What an operand stands for: a column, or a number."""
        return columns[self.text] if self.kind == "name" else float(self.text)


Test = Callable[[Mapping[str, Floats]], Flags]
"""In which rows something holds, given arrays of one shape for at least the columns that it names."""


@dataclass(frozen=True, slots=True)
class Where:
    """An expression that was read and understood."""

    text: str
    columns: tuple[str, ...]  # those that it names, each once, in order
    holds: Test  # a comparison with NaN follows the rules of floating point


def parse(text: str, names: Sequence[str]) -> Where:
    """Reads an expression; `names` are the columns there are.

    Raises:
        InputError: it is too long or too deep, or something in it is not of the language; says where.
    """
    if len(text) > LONGEST:
        rule = f"an expression has at most {LONGEST} characters"
        raise InputError(Problem(OPTION, None, LONGEST + 1, text, rule))
    words, names_used = deque(_words(text.replace(MINUS, "-"))), dict[str, None]()  # as reports write it
    stack: list[Word] = []  # parentheses and nots that have not ended

    def expression() -> Test:
        return chain("or", np.logical_or, lambda: chain("and", np.logical_and, negation))

    def chain(word: str, join: np.ufunc, part: Callable[[], Test]) -> Test:
        parts = [part()]
        while words[0].kind == word:
            words.popleft()
            parts.append(part())
        return parts[0] if len(parts) == 1 else lambda columns: join.reduce([test(columns) for test in parts])

    def negation() -> Test:
        if words[0].kind not in {"not", "("}:
            return comparison()
        word = words.popleft()
        stack.append(word)
        if len(stack) > DEEPEST:
            raise word.wrong(f"parentheses and not may stand at most {DEEPEST} deep")
        inner = negation() if word.kind == "not" else expression()
        if word.kind == "(":
            require(")")
        stack.pop()
        return inner if word.kind == "(" else lambda columns: ~inner(columns)

    def comparison() -> Test:
        left, sign = operand(), words.popleft()
        if sign.kind != "compare":
            call = f"{left.text!r} is a column, not a function" if sign.kind == "(" else ""
            raise sign.wrong("a comparison is expected here: < <= > >= == !=", call)
        right = operand()
        if left.kind == right.kind == "number":
            raise left.wrong("compares two numbers; one side must be a column")
        return lambda columns: COMPARE[sign.text](left.value(columns), right.value(columns))

    def operand() -> Word:
        word = words.popleft()
        _check_operand(word, words, names)
        if word.kind == "name":
            names_used[word.text] = None
        return word

    def require(kind: str) -> None:
        word = words.popleft()
        if word.kind != kind:
            rule = f"the parenthesis opened at {stack[-1].at} must be closed here" if stack else NOTHING_ELSE
            hint = "write and between two comparisons" if word.kind in OPERANDS else ""
            hint = f"write {word.text.lower()}" if word.text.lower() in KEPT else hint
            raise word.wrong(*(CHAINED if word.kind == "compare" else (rule, hint)))

    holds = expression()
    require("end")
    return Where(text, tuple(names_used), holds)


def _words(text: str) -> Iterator[Word]:
    """The words of an expression, and one for its end."""
    rest = text.lstrip()
    while rest:
        at = len(text) - len(rest) + 1
        match = _WORD.match(rest)
        if match is None:
            unknown = Word("", "".join(re.findall(r"^(?:[\w.]+|.)", rest)), at)
            hint = HINTS.get(rest[0], "columns, numbers, < <= > >= == !=, and, or, not, and parentheses are")
            raise unknown.wrong("not part of an expression", hint)
        kind = str(match.lastgroup)
        yield Word(match[0] if kind in {"name", "parenthesis"} and match[0] in KEPT else kind, match[0], at)
        rest = rest[match.end() :].lstrip()
    yield Word("end", "", len(text) + 1)


def _check_operand(word: Word, rest: Sequence[Word], names: Sequence[str]) -> None:
    if word.kind == "number":
        if not math.isfinite(float(word.text)):
            raise word.wrong("not a finite number")
    elif word.kind != "name":
        raise word.wrong("a column or a number is expected here")
    elif word.text not in names:
        if word.text.lower() in KEPT:
            raise word.wrong(f"write {word.text.lower()}")
        if rest[0].kind == "(":
            raise word.wrong("nothing can be called here")
        columns = [name for name in sorted(names) if name.endswith("_diff")] or sorted(names)
        examples = f"there are {', '.join(columns[:4])}{', ...' if len(names) > 4 else ''}"
        raise word.wrong("not a column of the sweep", did_you_mean(word.text, names) or examples)
