"""What the user asked to see: results on standard output, all else on standard error, whatever those can take."""

from __future__ import annotations

import codecs
import json
import logging
import math
import os
import shutil
import sys
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

import click

from influence_sim.base.errors import InputError, MachineError, printable
from influence_sim.base.progress import Bar, Lines, Progress, duration

SCHEMA_VERSION = 1
"""Version of the documents that `--json` prints."""
NARROWEST = 40
"""Columns that text is wrapped to at the least, however small the window."""
GAP = "  "
"""Between two columns of a table."""
NARROWEST_COLUMN = 24
"""Width below which the wrapped column of a table is not squeezed."""
PLAINLY = "plainly"
"""How Python encodes what a stream cannot hold, unless it is told otherwise."""
PLAIN = str.maketrans(
    dict(zip("–—−×‘’“”\N{NO-BREAK SPACE}", "---x''\"\" ", strict=True))  # noqa: RUF001
    | {"±": "+/-", "→": "->", "≤": "<=", "≥": ">=", "…": "..."}
)
"""What stands for a character where only ASCII can be written."""


NO_GLYPH = "the font of the figures lacks some letters of these titles; boxes stand for them, and the tables have them"


class Ready(str):
    """Text whose line breaks and colours are the console's own; of all other lines nothing of the kind is printed."""

    __slots__ = ()


class _Notes(logging.Handler):
    """Hands log records to a console."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Says it as a note."""
        self.console.note(record.getMessage())


@dataclass(slots=True)
class Console:
    """The global options, and the two streams that obey them."""

    json: bool = False  # print one JSON document instead of tables
    quiet: bool = False  # no progress and no notes; errors stay
    verbose: bool = False  # more notes, and progress where it can only be lines
    debug: bool = False  # a traceback with an error
    theatre: str | None = None  # folder of the theatre in use, if it is not the shipped one
    trust: bool = False  # the code of that theatre may run
    said: set[str] = field(default_factory=set)  # notes that are given only once
    failed: list[InputError | MachineError] = field(default_factory=list)  # what could not be written beside an answer

    @property
    def width(self) -> int | None:
        """Columns to wrap results at; None for a file or a pipe, where a record is better kept on one line."""
        if "COLUMNS" not in os.environ and (sys.stdout is None or not sys.stdout.isatty()):
            return None
        return max(shutil.get_terminal_size().columns, NARROWEST)

    def answer(self, document: Mapping[str, Any], lines: Iterable[str], errors: str = PLAINLY) -> None:
        """Prints a result: as a JSON document if that is asked for, otherwise as lines.

        Args:
            document: plain data, paths, dataclasses and tables; a number that JSON does not know becomes null.
            lines: may be a generator, which runs only if they are printed.
            errors: as for `write`.

        Raises:
            InputError, MachineError: what has failed of `attempt`, the first of it; the others are said before.
        """
        if self.json:
            numbered = {"schema_version": SCHEMA_VERSION, **document}
            lines = json.dumps(_plain(numbered), indent=2, allow_nan=False).split("\n")
        ready = (line if isinstance(line, Ready) else printable(line) for line in lines)
        write(sys.stdout, "\n".join(ready) + "\n", errors)
        for other in self.failed[1:]:
            self.error(str(other))
        if self.failed:
            raise self.failed[0]

    def attempt(self, write: Callable[[], Iterable[Path]]) -> list[Path]:
        """The files that were written; none if they could not be, and `answer` tells why once it has printed."""
        try:
            return list(write())
        except (InputError, MachineError) as error:
            self.failed.append(error)
            return []

    def out(self, text: str) -> None:
        """Prints a text that is the same with and without `--json`."""
        write(sys.stdout, printable(text, lines=True) + "\n")

    def fits(self, lines: Iterable[str]) -> bool:
        """Whether lines are no wider than the window."""
        return self.width is None or max(len(click.unstyle(line)) for line in lines) <= self.width

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Collection[str] = (),
        wraps: str | None = None,
    ) -> list[str]:
        """The lines of a plain table, its columns two spaces apart, the headings first.

        Args:
            headings: one a column.
            rows: one text a column.
            right: headings of the columns whose cells keep to the right.
            wraps: heading of the column that takes what the window has left.
        """
        rows = [[printable(cell) for cell in row] for row in rows]
        widths = [max(map(len, cells)) for cells in zip(headings, *rows, strict=True)]
        if wraps is not None and self.width is not None:
            index = headings.index(wraps)
            others = sum(widths) - widths[index] + len(GAP) * (len(headings) - 1)
            widths[index] = min(widths[index], max(self.width - others, NARROWEST_COLUMN, len(wraps)))
        lines = []
        for row in (headings, *rows):
            cells = [
                textwrap.wrap(cell, room, break_on_hyphens=False) if heading == wraps else [cell]
                for heading, room, cell in zip(headings, widths, row, strict=True)
            ]
            for parts in zip_longest(*cells, fillvalue=""):  # as many lines as the longest cell takes
                padded = (
                    part.rjust(room) if heading in right else part.ljust(room)
                    for heading, room, part in zip(headings, widths, parts, strict=True)
                )
                lines.append(GAP.join(padded).rstrip())
        return [Ready(click.style(lines[0], bold=True)) if decorated(sys.stdout) else lines[0], *lines[1:]]

    def wrapped(self, text: str, indent: str = "", first: str | None = None) -> str:
        """A paragraph of the window's width, its first line indented with `first` and the others with `indent`."""
        start = indent if first is None else first
        text = printable(" ".join(text.split()))
        if self.width is None:
            return Ready(start + text)
        return Ready(
            textwrap.fill(
                text,
                self.width,
                initial_indent=start,
                subsequent_indent=indent,
                break_on_hyphens=False,
                break_long_words=False,
            )
        )

    def note(self, *texts: str) -> None:
        """Says something beside the results, unless told to be quiet."""
        for text in () if self.quiet else texts:
            self._err(printable(text))

    def listen(self) -> None:
        """Takes what the package logs, such as that the model is being compiled, for notes."""
        log = logging.getLogger("influence_sim")
        log.handlers, log.propagate = [_Notes(self)], False
        if not sys.warnoptions:  # what libraries warn of is for programmers
            warnings.showwarning = self._warned

    def _warned(self, message: Warning | str, *_: object, **__: object) -> None:
        if not str(message).startswith("Glyph "):
            self.detail(str(message))
        elif NO_GLYPH not in self.said:
            self.said.add(NO_GLYPH)
            self.note(NO_GLYPH)

    def detail(self, text: str) -> None:
        """Says something that only some want to know."""
        if self.verbose:
            self._err(printable(text))

    def error(self, text: str) -> None:
        """Says what is wrong."""
        text = printable(text, lines=True)  # what a user typed or a file holds must not steer the terminal
        self._err(click.style(text, fg="red") if decorated(sys.stderr) else text)

    @contextmanager
    def progress(self, what: str, *, long: bool = False) -> Iterator[Progress]:
        """Says how far things are: a bar on a terminal, otherwise a line a minute to those who want details.

        Counts `what`, in the plural. If it is `long` and may take hours, the lines are for all.
        """
        begun = monotonic()
        if decorated(sys.stderr) and not self.quiet:
            with closing(Bar(what, resumed=long, stays_open=True)) as bar:
                yield bar
        else:
            yield Lines(what, self.note if long else self.detail, resumed=long)
        self.detail(f"finished within {duration(monotonic() - begun)}")

    @staticmethod
    def _err(text: str) -> None:
        with suppress(OSError):  # if nobody hears errors either, the exit status still tells
            write(sys.stderr, text + "\n")


def write(stream: TextIO | None, text: str, errors: str = PLAINLY) -> None:
    """Writes all of `text` now; a stream that was closed from outside, for which Python has None, takes nothing.

    What the stream cannot hold is encoded as Python knows how to, or by the nearest plain spelling.

    Raises:
        OSError: it could not be written; `BrokenPipeError` if nobody reads any more.
    """
    if stream is not None:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, errors).decode(encoding))
        stream.flush()


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """The nearest plain spelling of what cannot be encoded, for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = unicodedata.normalize("NFKD", error.object[error.start : error.end].translate(PLAIN))
    return "".join(c for c in text if not unicodedata.combining(c)).encode("ascii", "replace").decode(), error.end


codecs.register_error(PLAINLY, _plainly)


def decorated(stream: TextIO | None) -> bool:
    """Whether colours and bars are welcome: on a terminal that moves its cursor, unless `NO_COLOR` is set."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def abandon_stdout() -> None:
    """Points standard output at nothing, so that Python does not complain of a closed pipe when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if hasattr(value, "to_dict"):  # as pandas' tables have
        return _plain(value.to_dict("records"))
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value
