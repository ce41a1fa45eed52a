"""The language of `--where`: what it means, and that nothing else gets through."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.analysis.sweeps.where import DEEPEST, LONGEST, parse
from influence_sim.base.errors import InputError, Problem

NAMES = (
    "x",
    "kabul_authority",
    "kabul_authority_diff",
    "decide.rationality",
    "daesh.ground.AF-NAN",
    "order",
    "nothing",
)
ROWS = 40
RNG = np.random.default_rng(5)
COLUMNS = {name: np.round(RNG.normal(size=ROWS), 1) for name in NAMES}
SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}
# An expression as its text and as a plain function of one row.
Row = dict[str, float]
Meaning = tuple[str, Callable[[Row], bool]]

numbers = st.one_of(
    st.sampled_from(["0", "1", "-0.5", "+.25", "1.", "2e-1", "-1E+0"]),
    st.floats(-2, 2).map(lambda x: repr(round(x, 1))),
)
spaces = st.sampled_from(["", " ", "  ", "\t", "\n"])


@st.composite
def comparisons(draw: st.DrawFn) -> Meaning:
    left, sign = draw(st.sampled_from(NAMES)), draw(st.sampled_from(list(SIGNS)))
    right = draw(st.one_of(numbers, st.sampled_from(NAMES)))
    turned = draw(st.booleans())
    a, b = (right, left) if turned else (left, right)
    gap = draw(spaces)

    def value(side: str, row: Row) -> float:
        return row[side] if side in row else float(side)

    return f"{a}{gap}{sign}{draw(spaces)}{b}", lambda row: SIGNS[sign](value(a, row), value(b, row))


def _joined(parts: list[Meaning], word: str) -> Meaning:
    texts, tests = zip(*parts, strict=True)
    return "(" + f") {word} (".join(texts) + ")", lambda row: (all if word == "and" else any)(t(row) for t in tests)


def _grown(inner: st.SearchStrategy[Meaning]) -> st.SearchStrategy[Meaning]:
    lists = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        lists.map(lambda parts: _joined(parts, "and")),
        lists.map(lambda parts: _joined(parts, "or")),
        inner.map(lambda part: (f"not ({part[0]})", lambda row: not part[1](row))),
        inner.map(lambda part: (f"( {part[0]} )", part[1])),
    )


@given(st.recursive(comparisons(), _grown, max_leaves=8))
def test_means_what_a_plain_reading_says(meaning: Meaning) -> None:
    text, holds = meaning
    truth = parse(text, NAMES).holds(COLUMNS)
    rows = [{name: float(column[i]) for name, column in COLUMNS.items()} for i in range(ROWS)]
    assert truth.tolist() == [holds(row) for row in rows]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x < 0 or x > 1 and order > 0", "(x < 0) or ((x > 1) and (order > 0))"),
        ("not x < 0 and order > 0", "(not (x < 0)) and (order > 0)"),
        ("not not x < 0", "x < 0"),
        ("x<-0.5", "x < -0.5"),
        ("order>0 and nothing<0", "(order > 0) and (nothing < 0)"),
    ],
)
def test_and_binds_before_or_and_not_before_both(text: str, same: str) -> None:
    first, other = (parse(t, NAMES).holds(COLUMNS) for t in (text, same))
    assert first.tolist() == other.tolist()
    assert 0 < first.sum() < ROWS


def test_tells_its_columns_once_each() -> None:
    where = parse("x < 1 and (decide.rationality > x or daesh.ground.AF-NAN == 0)", NAMES)
    assert where.columns == ("x", "decide.rationality", "daesh.ground.AF-NAN")


def wrong(text: str) -> Problem:
    with pytest.raises(InputError) as caught:
        parse(text, NAMES)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "a column or a number is expected"),
        ("x <", 4, "a column or a number is expected"),
        ("x < 1 and", 10, "a column or a number is expected"),
        ("and x < 1", 1, "a column or a number is expected"),
        ("x", 2, "a comparison is expected"),
        ("x < 1 order > 2", 7, "write and between"),
        ("x < 1 or (order > 2", 20, "opened at 10 must be closed"),
        ("x < 1)", 6, "nothing can follow"),
        ("(x) < 1", 3, "a comparison is expected"),
        ("x = 1", 3, "write =="),
        ("x < 1 & order < 1", 7, "write and"),
        ("x < 1 AND order < 1", 7, "write and"),
        ("NOT x < 1", 1, "write not"),
        ("0 < x < 1", 7, "cannot be chained"),
        ("1 < 2", 1, "one side must be a column"),
        ("x < 1e999", 5, "not a finite number"),
        ("x < 1.2.3", 5, "not part of an expression"),
        ("x < 0x10", 5, "not part of an expression"),
        ("x < 1_000", 5, "not part of an expression"),
        ("x + order < 1", 3, "not part of an expression"),
        ("x * 2 < 1", 3, "not part of an expression"),
        ("-x < 1", 1, "not part of an expression"),
        ("x < 'a'", 5, "no text"),
        ("x in order", 3, "a comparison is expected"),
        ("abs(x) < 1", 1, "nothing can be called"),
        ("x(1) < 1", 2, "is a column, not a function"),
        ("__import__('os') < 1", 1, "not part of an expression"),
        ("x.__class__ == 1", 1, "not a column"),
        ("x.real < 1", 1, "not a column"),
        ("lambda: 1", 7, "not part of an expression"),
        ("x < 1; order < 1", 6, "not part of an expression"),
        ("x < 1 # order", 7, "not part of an expression"),
        ("x[0] < 1", 2, "not part of an expression"),
        ("x < \N{FULLWIDTH DIGIT ONE}", 5, "not part of an expression"),
        ("\N{CYRILLIC SMALL LETTER HA} < 1", 1, "not part of an expression"),
        ("kabul_autority_diff < 0", 1, "did you mean 'kabul_authority_diff'"),
        ("decide.rationalty < 0", 1, "did you mean 'decide.rationality'"),
    ],
)
def test_refuses_all_else_and_says_where(text: str, column: int, message: str) -> None:
    problem = wrong(text)
    assert problem.path == "--where"
    assert problem.column == column
    assert message in str(problem)


def test_refuses_huge_and_deep_input_at_once() -> None:
    assert "at most" in wrong("x < 1 or " * LONGEST + "x < 1").rule
    deep = DEEPEST + 1
    assert "deep" in wrong("(" * deep + "x < 1" + ")" * deep).rule
    assert "deep" in wrong("not " * deep + "x < 1").rule
    just = "(" * DEEPEST + "x < 0" + ")" * DEEPEST
    assert parse(just, NAMES).holds(COLUMNS).tolist() == (COLUMNS["x"] < 0).tolist()


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(text: str) -> None:
    with suppress(InputError):
        assert parse(text, NAMES).holds(COLUMNS).dtype == np.bool_


@given(st.lists(st.sampled_from([*NAMES, *SIGNS, *"()", "and", "or", "not", "1", "-2", ".5"]), max_size=12))
def test_any_words_are_understood_or_refused(words: list[str]) -> None:
    with suppress(InputError):
        assert parse(" ".join(words), NAMES).holds(COLUMNS).dtype == np.bool_


def test_a_minus_sign_is_read_as_figures_and_reports_write_it() -> None:
    expression = parse("x < \N{MINUS SIGN}0.5", NAMES)
    assert np.array_equal(expression.holds(COLUMNS), COLUMNS["x"] < -0.5)
    assert expression.text == "x < \N{MINUS SIGN}0.5"
