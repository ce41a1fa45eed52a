"""Cells of a table, with their places."""

from __future__ import annotations

import pytest

from influence_sim.base.errors import InputError
from influence_sim.scenario.tables import Cell, split_rows


def texts(table: str) -> list[list[str]]:
    return [[cell.text for cell in row] for row in split_rows(table, "t.csv")]


def test_quotes_spaces_and_lines_without_anything():
    assert texts('a, "b" ,c\r\n 1,"x, ""y""",\r\n\r\n,,\r\n') == [["a", "b", "c"], ["1", 'x, "y"', ""]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_first_line_says_what_stands_between_cells(mark):
    assert texts(f"a{mark}b\n1{mark}2") == [["a", "b"], ["1", "2"]]


def test_decimal_commas_stay_in_their_cells():
    assert texts("a;b\n0,5;1") == [["a", "b"], ["0,5", "1"]]


def test_places_are_those_of_the_text():
    assert list(split_rows('a,b\n 12, "3"\n', "t.csv"))[1] == [Cell(2, 2, "12"), Cell(2, 7, "3")]


@pytest.mark.parametrize("line", ['"x,1', '"x"y,1', '1,"x'])
def test_quotes_that_do_not_close(line):
    with pytest.raises(InputError, match=r"t\.csv:2:"):
        texts(f"a,b\n{line}")


def test_nothing():
    assert texts("") == texts("\n \n") == []


def test_a_long_line_takes_no_longer_than_its_length():
    assert len(texts('"' + 500_000 * '""' + '",' + 200_000 * "1,")[0]) == 200_002
