"""Tables, widths, characters and colours."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import pytest

from influence_sim.base.progress import duration, volume
from influence_sim.cli.console import PLAINLY, Console, write


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def open_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Terminal]:
    """Makes standard error a terminal; to be called in the test, for pytest swaps the streams before it."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    def make() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr("sys.stderr", stream)
        return stream

    return make


def encoded(text: str, encoding: str, errors: str = PLAINLY) -> bytes:
    """What `write` writes."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding) as stream:
        write(stream, text, errors)
        return raw.getvalue()


def test_a_table_aligns_and_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    headings, options = ("A", "N", "WORDS"), {"right": ["N"], "wraps": "WORDS"}
    rows = [("one", "1", "alpha beta gamma delta epsilon"), ("three", "10", "x")]
    assert Console().table(headings, rows, **options)[1] == "one     1  alpha beta gamma delta epsilon"
    monkeypatch.setenv("COLUMNS", "40")
    assert Console().table(headings, rows, **options) == [
        "A       N  WORDS",
        "one     1  alpha beta gamma delta",
        "           epsilon",
        "three  10  x",
    ]


def test_a_paragraph_hangs_below_its_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Console().wrap("aa bb cc", "  ") == "  aa bb cc"
    monkeypatch.setenv("COLUMNS", "40")
    assert Console().wrap("aa " * 13 + "bb", "  ", "* ") == "* " + "aa " * 12 + "aa\n  bb"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u00b12 \u2013 x \u2192 y\u2026", "+/-2 - x -> y..."),
        ("caf\u00e9 \u2019", "cafe '"),
        ("\u65e5", "?"),
    ],
)
def test_what_ascii_cannot_hold_is_spelt_plainly(text: str, plain: str) -> None:
    assert encoded(text, "ascii").decode("ascii") == plain


def test_escapes_where_they_mean_the_same() -> None:
    assert encoded("\u00e9\u2013", "ascii", "backslashreplace") == b"\\xe9\\u2013"


def test_half_a_character_does_not_stop_a_message() -> None:
    assert encoded("name\udcff", "utf-8") == b"name?"


def test_a_stream_closed_from_outside_takes_nothing() -> None:
    write(None, "text")


def test_errors_are_red_on_a_terminal_unless_that_is_unwanted(
    open_terminal: Callable[[], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = open_terminal()
    Console().error("wrong")
    assert terminal.getvalue() == "\x1b[31mwrong\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    Console().error("wrong")
    assert terminal.getvalue().endswith("\nwrong\n")


def test_notes_obey_quiet_and_details_verbose(open_terminal: Callable[[], Terminal]) -> None:
    terminal = open_terminal()
    for console in (Console(), Console(quiet=True), Console(verbose=True)):
        console.note("note")
        console.detail("detail")
    assert terminal.getvalue() == "note\nnote\ndetail\n"


def test_json_has_null_where_a_number_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    Console(json=True).answer({"a": math.nan, "b": [math.inf, 1.5], "c": {"d": (-math.inf,)}}, [])
    shown = "".join(capsys.readouterr().out.split())
    assert shown == '{"schema_version":1,"a":null,"b":[null,1.5],"c":{"d":[null]}}'


def test_the_bar_fills_and_is_wiped(open_terminal: Callable[[], Terminal]) -> None:
    terminal = open_terminal()
    with Console().progress("runs") as progress:
        progress(400, 400)
        assert "400/400" in terminal.getvalue().split("\r")[-1]
    assert terminal.getvalue().endswith("\r")


def test_no_bar_if_quiet(open_terminal: Callable[[], Terminal]) -> None:
    terminal = open_terminal()
    with Console(quiet=True).progress("runs") as progress:
        progress(1, 2)
    assert terminal.getvalue() == ""


def test_lines_instead_of_a_bar_only_each_minute_and_if_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(0, 1000, 25))
    monkeypatch.setattr("influence_sim.base.progress.monotonic", lambda: float(next(clock)))
    with Console(verbose=True).progress("runs") as progress:
        for done in (1, 2, 3):
            progress(done, 10)
    assert capsys.readouterr().err == "3 of 10 runs, about 3 min left\nfinished within 1 s\n"
    with Console().progress("runs") as progress:
        for done in range(1, 9):
            progress(done, 10)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (100, "100 s"), (600, "10 min"), (7200, "2 h"), (400000, "5 days")]
)
def test_durations_as_one_says_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(("size", "words"), [(12, "12 bytes"), (6.2e6, "6.2 MB"), (4e12, "4000.0 GB")])
def test_volumes_as_one_says_them(size: float, words: str) -> None:
    assert volume(size) == words


def test_what_was_typed_cannot_steer_the_terminal(open_terminal: Callable[[], Terminal]) -> None:
    terminal = open_terminal()
    Console().error("a\x1b[2Jb\r\x9bc\n\u00e9\u2013")
    assert terminal.getvalue() == "\x1b[31ma\\x1b[2Jb\\r\\x9bc\n\u00e9\u2013\x1b[0m\n"
