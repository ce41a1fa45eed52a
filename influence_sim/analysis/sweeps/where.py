"""The small language of `--where`: which points of a sweep are of interest.

    expression  = conjunction {"or" conjunction}
    conjunction = negation {"and" negation}
    negation    = "not" negation | "(" expression ")" | comparison
    comparison  = operand ("<" | "<=" | ">" | ">=" | "==" | "!=") operand
    operand     = column | number

Nothing else is understood: no calls, no attributes, no arithmetic, no text. What a user writes is never run: its words
are checked one by one, and Python's own parser (`ast`) only says what binds to what.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any, Final

import numpy as np

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.numbers import Flags, Floats

LONGEST: Final = 2000
"""Characters of an expression."""
DEEPEST: Final = 40
"""Parentheses and `not` within one another."""
OPTION: Final = "--where"
COMPARE: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
JOIN: Final = {ast.And: np.logical_and, ast.Or: np.logical_or}
KEPT: Final = frozenset({"and", "or", "not", "(", ")"})
"""Words that are a kind of their own."""
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


@dataclass(frozen=True, slots=True)
class Where:
    """An expression that was read and understood.

    Names in its tree, `_0`, `_1`, … stand for the operands, in their order: columns by name, and numbers.
    """

    text: str
    tree: ast.expr
    operands: tuple[str | float, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it asks for, each once, in the order in which they come."""
        return tuple(dict.fromkeys(operand for operand in self.operands if isinstance(operand, str)))

    def holds(self, columns: Mapping[str, Floats]) -> Flags:
        """In which rows it does; a comparison with NaN follows the rules of floating point.

        Args:
            columns: arrays of one shape, at least those it asks for.
        """

        def value(node: ast.expr) -> Any:
            match node:
                case ast.BoolOp(op=join, values=parts):
                    return JOIN[type(join)].reduce([value(part) for part in parts])
                case ast.UnaryOp(operand=part):
                    return ~value(part)
                case ast.Compare(left=left, ops=[compare], comparators=[right]):
                    return COMPARE[type(compare)](value(left), value(right))
                case ast.Name(id=name):
                    operand = self.operands[int(name[1:])]
                    return columns[operand] if isinstance(operand, str) else operand
            raise AssertionError(ast.dump(node))  # `_check` lets nothing else through

        flags: Flags = value(self.tree)
        return flags


def parse(text: str, names: Sequence[str]) -> Where:
    """Reads an expression; `names` are the columns there are.

    Raises:
        InputError: it is too long or too deep, or something in it is not of the language; says where.
    """
    if len(text) > LONGEST:
        rule = f"an expression has at most {LONGEST} characters"
        raise InputError(Problem(OPTION, None, LONGEST + 1, text, rule))
    words, number = list(_words(text)), count()
    _check(words, frozenset(names))
    source = " ".join(f"_{next(number)}" if word.kind in OPERANDS else word.text for word in words)
    operands = (word.text if word.kind == "name" else float(word.text) for word in words if word.kind in OPERANDS)
    return Where(text, ast.parse(source, mode="eval").body, tuple(operands))


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


def _check(words: Sequence[Word], names: frozenset[str]) -> None:
    """Refuses the first word that cannot stand where it does.

    Raises:
        InputError: with its place.
    """
    expected, left = "left", words[0]
    open_: list[Word] = []  # parentheses and nots that have not ended
    for word, after in pairwise([*words, words[-1]]):
        match expected, word.kind:
            case "left", "not" | "(":
                open_.append(word)
                if len(open_) > DEEPEST:
                    raise word.wrong(f"parentheses and not may stand at most {DEEPEST} deep")
            case "left", _:
                _check_operand(word, after, names)
                expected, left = "compare", word
            case "compare", "compare":
                expected = "right"
            case "compare", kind:
                call = f"{left.text!r} is a column, not a function" if kind == "(" else ""
                raise word.wrong("a comparison is expected here: < <= > >= == !=", call)
            case "right", kind:
                _check_operand(word, after, names)
                if left.kind == kind == "number":
                    raise left.wrong("compares two numbers; one side must be a column")
                expected = "join"
            case "join", "and" | "or":
                expected = "left"
            case "join", ")" if open_:
                open_.pop()
            case "join", kind if kind != "end" or open_:
                rule = f"the parenthesis opened at {open_[-1].at} must be closed here" if open_ else NOTHING_ELSE
                hint = "write and between two comparisons" if kind in OPERANDS else ""
                raise word.wrong(*(CHAINED if kind == "compare" else (rule, hint)))
        while expected == "join" and open_ and open_[-1].kind == "not":
            open_.pop()  # what is denied has ended


def _check_operand(word: Word, after: Word, names: frozenset[str]) -> None:
    if word.kind == "number":
        if not math.isfinite(float(word.text)):
            raise word.wrong("not a finite number")
    elif word.kind != "name":
        raise word.wrong("a column or a number is expected here")
    elif word.text not in names:
        if word.text.lower() in KEPT:
            raise word.wrong(f"write {word.text.lower()}")
        if after.kind == "(":
            raise word.wrong("nothing can be called here")
        told = [name for name in sorted(names) if name.endswith("_diff")] or sorted(names)
        examples = f"there are {', '.join(told[:4])}{', ...' if len(names) > 4 else ''}"
        raise word.wrong("not a column of the sweep", did_you_mean(word.text, names) or examples)
