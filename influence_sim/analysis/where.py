"""The small language of `--where`: which points of a sweep are of interest.

    expression  = conjunction {"or" conjunction}
    conjunction = negation {"and" negation}
    negation    = "not" negation | "(" expression ")" | comparison
    comparison  = operand ("<" | "<=" | ">" | ">=" | "==" | "!=") operand
    operand     = column | number

Nothing else is understood: no calls, no attributes, no arithmetic, no text. What a user writes is never handed
to Python, pandas or anything else that could run it.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.numbers import Flags, Floats

Columns = Mapping[str, Floats]

LONGEST: Final = 2000
"""Characters of an expression."""
DEEPEST: Final = 40
"""Parentheses and `not` within one another."""
OPTION: Final = "--where"
COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
WORDS: Final = frozenset({"and", "or", "not"})
HINTS: Final[Mapping[str, str]] = {
    "=": "write == to compare",
    "&": "write and",
    "|": "write or",
    "!": "write not",
    "~": "write not",
    '"': "only columns and numbers are compared, no text",
    "'": "only columns and numbers are compared, no text",
}
_TOKEN = re.compile(
    r"(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z]\w*(?:\.\w+(?:-[A-Za-z]\w*)*)*)"
    r"|(?P<sign><=|>=|==|!=|<|>|\(|\))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression; `kind` is number, name, sign or end, `at` its place, from 0."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left sign right`; each side is the name of a column or a number."""

    sign: str
    left: str | float
    right: str | float

    def holds(self, columns: Columns) -> Flags:
        """In which rows it does."""
        sides = (columns[side] if isinstance(side, str) else side for side in (self.left, self.right))
        flags: Flags = COMPARE[self.sign](*sides)
        return flags

    def names(self) -> Iterator[str]:
        """The columns it asks for."""
        return (side for side in (self.left, self.right) if isinstance(side, str))


@dataclass(frozen=True, slots=True)
class Negation:
    """`not part`."""

    part: Expression

    def holds(self, columns: Columns) -> Flags:
        """In which rows it does."""
        return ~self.part.holds(columns)

    def names(self) -> Iterator[str]:
        """The columns it asks for."""
        return self.part.names()


@dataclass(frozen=True, slots=True)
class Chain:
    """Parts joined by one word, `and` or `or`."""

    word: str
    parts: tuple[Expression, ...]

    def holds(self, columns: Columns) -> Flags:
        """In which rows it does."""
        join = np.logical_and if self.word == "and" else np.logical_or
        flags: Flags = join.reduce([part.holds(columns) for part in self.parts])
        return flags

    def names(self) -> Iterator[str]:
        """The columns it asks for."""
        return (name for part in self.parts for name in part.names())


Expression = Comparison | Negation | Chain


@dataclass(frozen=True, slots=True)
class Where:
    """An expression that was read and understood.

    Attributes:
        text: as the user wrote it.
        expression: what it means.
        columns: the columns it asks for, each once, in the order in which they come.
    """

    text: str
    expression: Expression
    columns: tuple[str, ...]

    def holds(self, columns: Columns) -> Flags:
        """In which rows it does; a comparison with NaN follows the rules of floating point.

        Args:
            columns: arrays of one shape, at least those it asks for.
        """
        return self.expression.holds(columns)


def parse(text: str, names: Sequence[str]) -> Where:
    """Reads an expression.

    Args:
        text: what the user wrote.
        names: the columns there are.

    Raises:
        InputError: it is too long or too deep, or something in it is not of the language; says where.
    """
    if len(text) > LONGEST:
        rule = f"an expression has at most {LONGEST} characters"
        raise InputError(Problem(OPTION, None, LONGEST + 1, text, rule))
    expression = _Reader(tuple(_tokens(text)), frozenset(names)).whole()
    return Where(text, expression, tuple(dict.fromkeys(expression.names())))


def _tokens(text: str) -> Iterator[Token]:
    """The words of an expression, and one for its end."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _foreign(text, at)
        yield Token(found.lastgroup, found.group(), at)
        at = found.end()
    yield Token("end", "", len(text))


def _foreign(text: str, at: int) -> InputError:
    word = re.match(r"[\w.]+|.", text[at:], re.DOTALL)
    value = word.group() if word else text[at]
    hint = HINTS.get(text[at], "columns, numbers, < <= > >= == !=, and, or, not, and parentheses are")
    return InputError(Problem(OPTION, None, at + 1, value, "not part of an expression", hint))


class _Reader:
    """A recursive-descent parser; one method a rule of the grammar."""

    def __init__(self, tokens: Sequence[Token], names: frozenset[str]) -> None:
        self.tokens, self.names = tokens, names
        self.at = self.depth = 0

    def whole(self) -> Expression:
        """The whole text."""
        expression = self._chain("or", lambda: self._chain("and", self._negation))
        if self.here.kind != "end":
            raise self._wrong("nothing can follow here but and, or, and the end", self._after())
        return expression

    @property
    def here(self) -> Token:
        """The token that is next."""
        return self.tokens[self.at]

    def _chain(self, word: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self._take(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Chain(word, tuple(parts))

    def _negation(self) -> Expression:
        if self.here.text not in {"not", "("}:
            return self._comparison()
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._wrong(f"parentheses and not may stand at most {DEEPEST} deep")
        inner = Negation(self._negation()) if self._take("not") else self._parenthesis()
        self.depth -= 1
        return inner

    def _parenthesis(self) -> Expression:
        opening = self.here
        self.at += 1
        inner = self._chain("or", lambda: self._chain("and", self._negation))
        if not self._take(")"):
            rule = f"the parenthesis opened at {opening.at + 1} must be closed here"
            raise self._wrong(rule, self._after())
        return inner

    def _comparison(self) -> Comparison:
        start = self.here
        left = self._operand()
        sign = self.here
        if sign.text not in COMPARE:
            raise self._wrong("a comparison is expected here: < <= > >= == !=", self._call(start))
        self.at += 1
        right = self._operand()
        if self.here.text in COMPARE:
            raise self._wrong("comparisons cannot be chained", "join two of them with and")
        if not isinstance(left, str) and not isinstance(right, str):
            rule = "compares two numbers; one side must be a column"
            raise InputError(Problem(OPTION, None, start.at + 1, start.text, rule))
        return Comparison(sign.text, left, right)

    def _operand(self) -> str | float:
        token = self.here
        if token.kind == "number":
            self.at += 1
            return self._number(token)
        if token.kind != "name" or token.text in WORDS:
            raise self._wrong("a column or a number is expected here")
        if token.text not in self.names:
            raise self._unknown(token)
        self.at += 1
        return token.text

    def _number(self, token: Token) -> float:
        value = float(token.text)
        if not math.isfinite(value):
            raise InputError(Problem(OPTION, None, token.at + 1, token.text, "not a finite number"))
        return value

    def _unknown(self, token: Token) -> InputError:
        if token.text.lower() in WORDS:
            return InputError(Problem(OPTION, None, token.at + 1, token.text, f"write {token.text.lower()}"))
        if self.tokens[self.at + 1].text == "(":
            return InputError(Problem(OPTION, None, token.at + 1, token.text, "nothing can be called here"))
        hint = did_you_mean(token.text, self.names) or _examples(self.names)
        return InputError(Problem(OPTION, None, token.at + 1, token.text, "not a column of the sweep", hint))

    def _take(self, text: str) -> bool:
        found = self.here.text == text
        self.at += found
        return found

    def _call(self, start: Token) -> str:
        return f"{start.text!r} is a column, not a function" if self.here.text == "(" else ""

    def _after(self) -> str:
        return "write and between two comparisons" if self.here.kind in {"name", "number"} else ""

    def _wrong(self, rule: str, hint: str = "") -> InputError:
        return InputError(Problem(OPTION, None, self.here.at + 1, self.here.text, rule, hint))


def _examples(names: frozenset[str]) -> str:
    told = [name for name in sorted(names) if name.endswith("_diff")] or sorted(names)
    more = ", ..." if len(names) > 4 else ""
    return f"there are {', '.join(told[:4])}{more}"
