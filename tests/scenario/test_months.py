"""Months, errors, and what importing the room costs."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import influence_sim.scenario as room
from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import format_month, parse_month


def test_months_count_from_year_zero() -> None:
    assert parse_month("2018-01") == 2018 * 12
    assert parse_month("2018-12") - parse_month("2018-01") == 11
    assert parse_month("2019-01") - parse_month("2018-12") == 1


@given(st.integers(0, 9999 * 12 + 11))
def test_months_round_trip(month: int) -> None:
    assert parse_month(format_month(month)) == month


@pytest.mark.parametrize(
    "text", ["", "2018", "2018-1", "2018-00", "2018-13", "18-01", "2018-01-01", "2018-01\n", "\u0662018-01"]
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM"):
        parse_month(text)


def test_a_problem_is_one_line() -> None:
    problem = Problem("file.yaml", 12, 5, "tlaiban", "not an actor", did_you_mean("tlaiban", ["taliban", "us"]))
    assert str(problem) == "file.yaml:12:5: 'tlaiban': not an actor; did you mean 'taliban'?"


def test_a_problem_without_place_or_value() -> None:
    assert str(Problem("file.yaml", None, None, "", "the file is empty")) == "file.yaml: the file is empty"


def test_a_problem_cannot_disturb_a_terminal() -> None:
    problem = Problem("a\nb\x1b\udcff.yaml", 1, 1, "\x1b[31m\n" + "x" * 500, "is wrong")
    assert str(problem).isprintable()
    assert len(str(problem)) < 150


def test_an_input_error_survives_pickling() -> None:
    error = InputError([Problem("f", 1, 2, "v", "r"), Problem("g", None, None, "", "s")])
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == "f:1:2: 'v': r\ng: s"


@pytest.mark.parametrize(
    ("word", "near"),
    [
        ("Moscow-Format", "moscow_format"),
        ("moscowformat", "moscow_format"),
        ("US", "us"),
        ("xyz", ""),
        ("u" * 99, ""),
    ],
)
def test_the_closest_spelling(word: str, near: str) -> None:
    assert did_you_mean(word, ["moscow_format", "us"]) == (f"did you mean {near!r}?" if near else "")


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("influence_sim.base.errors, influence_sim.base.months", "pydantic yaml numpy"),
        ("influence_sim.scenario.vocabulary", "pydantic yaml numpy"),
        ("influence_sim.base.strict_yaml", "pydantic numpy"),
        ("influence_sim.scenario.resolve", "numpy pandas mesa matplotlib"),
    ],
)
def test_importing_loads_no_more_than_needed(module: str, unwanted: str) -> None:
    code = f"import sys, {module}; print([name for name in {unwanted.split()} if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(room.__file__).parents[2])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
