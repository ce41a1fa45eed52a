"""Files of points: what is right is taken to the last bit, what is wrong has its line and column."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.base.errors import InputError
from influence_sim.scenario.tables import Points, read_points
from influence_sim.scenario.vocabulary import Bounds

BOUNDS = {"a.b": Bounds(-10, 10, 0, "share"), "c.d": Bounds(-1e308, 1e308, 0, "")}


def _known(path: str) -> tuple[Bounds | None, str, str]:
    return (BOUNDS[path], "", "") if path in BOUNDS else (None, "not a parameter", "")


@pytest.fixture
def refused(tmp_path: Path) -> Callable[[str], list[str]]:
    """What is said of a file, without its path."""

    def say(text: str) -> list[str]:
        path = tmp_path / "p.csv"
        path.write_bytes(text.encode())
        with pytest.raises(InputError) as caught:
            read_points(path, _known)
        return [str(problem).removeprefix(f"{path}:").strip() for problem in caught.value.problems]

    return say


@pytest.mark.parametrize(
    "text",
    [
        "a.b,c.d\n1.5,2\n3,4\n",
        "a.b, c.d\r\n 1.5 , 2\r\n3,4.0",
        "\ufeffa.b,c.d\n15e-1,2.\n3,+4\n",
        '"a.b","c.d"\n"1.5","2"\n3,"4"\n',
        ",a.b,c.d\n0,1.5,2\n17,3,4\n",  # as DataFrame.to_csv writes its index
        "Unnamed: 0,a.b,c.d\n0,1.5,2\n1,3,4\n",
        '"","a.b","c.d"\n"1",1.5,2\n"2",3,4\n',  # as R does
        "point,a.b,c.d\n0,1.5,2\n1,3,4\n",
        "a.b,c.d\n1.5,2\n3,4\n\n\r\n , \n",
        "a.b,c.d,\n1.5,2,\n3,4,\n",
        "a.b;c.d\n1.5;2\n3;4\n",
        "a.b;c.d\r\n1,5;2\r\n3;4,0\r\n",  # as Excel writes it in Europe
        "\ufeffa.b\tc.d\r\n1,5\t2\r\n3\t4\r\n",
    ],
)
def test_right_files_are_taken(tmp_path: Path, text: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(text.encode())
    assert read_points(path, _known) == Points(("a.b", "c.d"), ((1.5, 2.0), (3.0, 4.0)))


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_is_not_utf_8_is_called_by_its_name(tmp_path: Path, coding: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(("" if coding == "utf-16" else "\ufeff").encode(coding) + "a.b\n1\n".encode(coding))
    with pytest.raises(InputError, match="this is UTF-16 text; save it as UTF-8"):
        read_points(path, _known)


POINT = "a point must have {}, as the first line has names"
POINTED = f"{POINT}; write decimals with a point, or ; between the cells"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.b,x\n1,2\n", ["1:5: 'x': not a parameter"]),
        ("a.b, a.b\n1,2\n", ["1:6: 'a.b': this name stands in the line already"]),
        ("a.b,,c.d\n1,2,3\n", ["1:5: not a parameter"]),
        ("", ["1:1: the first line must name what is varied"]),
        ("a.b\n", ["1:1: there is no point in this file; one line each after the first"]),
        ("a.b,c.d\n1,2\n1\n", [f"3:1: '1': {POINT.format('2 numbers')}"]),
        ("a.b,c.d\n1,2,3\n", [f"2:1: '1,2,3': {POINTED.format('2 numbers')}"]),
        ("a.b,\n1,2\n", [f"2:1: '1,2': {POINTED.format('1 number')}"]),
        ("a.b\n0,5\n", [f"2:1: '0,5': {POINTED.format('1 number')}"]),
        ("a.b,c.d\n0,5,1,5\n", [f"2:1: '0,5,1,5': {POINTED.format('2 numbers')}"]),
        ('a.b,c.d\n"0,5",1\n', ["2:2: '0,5': must be a finite decimal number; decimals have a point here"]),
        ("a.b;c.d\n0,5;1.5\n", ["2:5: '1.5': other decimals in this file have ','; write all of them alike"]),
        ("a.b;c.d\n1.234,5;1\n", ["2:1: '1.234,5': must be a finite decimal number; decimals have a point here"]),
        (",a.b\n0.5,1\n", ["2:1: '0.5': a first column called '' must hold row numbers; name what it is"]),
        ("a.b,c.d\n1,\n", ["2:3: must be a finite decimal number"]),
        ("a.b,c.d\n1, x\n", ["2:4: 'x': must be a finite decimal number"]),
        ("a.b\nnan\n", ["2:1: 'nan': must be a finite decimal number"]),
        ("a.b\n.inf\n", ["2:1: '.inf': must be a finite decimal number"]),
        ("a.b\n0x10\n", ["2:1: '0x10': must be a finite decimal number"]),
        ("a.b\n\"1\n", ["2:1: '\"1': a cell in quotes must end with them, on the same line; within it a quote is "
                         "doubled"]),
        ("a.b\n1;2\n", ["2:1: '1;2': must be a finite decimal number"]),
        ("a.b\ntrue\n", ["2:1: 'true': must be a finite decimal number"]),
        ("a.b,c.d\n11,1e999\n", ["2:1: '11': a.b must lie between -10 and 10 (share)",
                                 "2:4: '1e999': must be a finite decimal number"]),
    ],
)  # fmt: skip
def test_wrong_files_are_refused_with_the_place(
    refused: Callable[[str], list[str]], text: str, message: list[str]
) -> None:
    assert refused(text) == message


def test_more_problems_than_anyone_reads_are_not_told(refused: Callable[[str], list[str]]) -> None:
    lines = refused("a.b\n" + "x\n" * 5000)
    assert len(lines) == 101
    assert lines[-1].endswith("more problems follow; not read further")


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e308, max_value=1e308), min_size=1))
def test_numbers_are_read_back_to_the_last_bit(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("points") / "p.csv"
    path.write_text("c.d\n" + "".join(f"{value!r}\n" for value in values))
    rows = read_points(path, _known).rows
    assert [struct.pack("d", row[0]) for row in rows] == [struct.pack("d", value) for value in values]
