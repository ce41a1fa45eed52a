"""Printing: results to standard output, all else to standard error, in whatever encoding they have."""

from __future__ import annotations

import codecs
import json
import logging
import os
import re
import shutil
import sys
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from time import monotonic
from typing import Any, TextIO

import click

from influence_sim.base.errors import InputError, MachineError, printable
from influence_sim.base.progress import Bar, Lines, Progress, duration
from influence_sim.base.values import for_json

SCHEMA_VERSION = 1
"""Version of the documents that `--json` prints."""
NARROWEST = 40
"""Least width to which text is wrapped."""
GAP = "  "
"""Between two columns of a table."""
NARROWEST_COLUMN = 24
"""Least width of the wrapped column of a table."""
PLAINLY = "plainly"
"""Name of the error handler for characters that a stream cannot encode."""
PLAIN = str.maketrans(
    dict(zip("–—−×‘’“”\N{NO-BREAK SPACE}", "---x''\"\" ", strict=True))  # noqa: RUF001
    | {"±": "+/-", "→": "->", "≤": "<=", "≥": ">=", "…": "..."}
)
"""Replacements of characters where only ASCII can be written."""
NO_GLYPH = "the font of the figures lacks some letters of these titles; boxes stand for them, and the tables have them"


class Ready(str):
    """Text with line breaks and colours that the console made itself; in all other lines they are escaped."""

    __slots__ = ()


def in_quotes(path: object) -> str:
    """A path in a command that is suggested, in quotes that shells and Windows know, where it needs any."""
    return f'"{path}"' if re.search(r"[^\w./\\:~+-]", str(path)) else str(path)


@dataclass(slots=True)
class Console:
    """The global options, and the two streams that obey them."""

    json: bool = False  # print one JSON document instead of tables
    quiet: bool = False  # no progress and no notes; errors stay
    verbose: bool = False  # more notes, and progress where it can only be lines
    debug: bool = False  # a traceback with an error
    theatre: str | None = None  # folder of the theatre in use, if it is not the shipped one
    trust: bool = False  # the code of that theatre may run
    past_notes: set[str] = field(default_factory=set)  # notes that are given only once
    failures: list[InputError | MachineError] = field(default_factory=list)  # errors of `attempt`

    @property
    def width(self) -> int | None:
        """Columns to wrap results at; None for a file or a pipe, where a record stays on one line."""
        if "COLUMNS" not in os.environ and (sys.stdout is None or not sys.stdout.isatty()):
            return None
        return max(shutil.get_terminal_size().columns, NARROWEST)

    @property
    def theatre_option(self) -> str:
        """What commands that are suggested end with, so that they are about the theatre in use."""
        return f" --theatre {in_quotes(self.theatre)}" if self.theatre else ""

    def answer(self, document: Mapping[str, Any], lines: Iterable[str], errors: str = PLAINLY) -> None:
        """Prints a result: as a JSON document if that is asked for, otherwise as lines.

        Args:
            document: plain data, paths, dataclasses and tables; a number that JSON does not know becomes null.
            lines: may be a generator, which runs only if they are printed.
            errors: as for `write`.

        Raises:
            InputError, MachineError: the first error of `attempt`; the others are printed before.
        """
        if self.json:
            numbered = {"schema_version": SCHEMA_VERSION, **document}
            lines = json.dumps(for_json(numbered), indent=2, allow_nan=False).split("\n")
        printable_lines = (line if isinstance(line, Ready) else printable(line) for line in lines)
        write(sys.stdout, "\n".join(printable_lines) + "\n", errors)
        for error in self.failures[1:]:
            self.error(str(error))
        if self.failures:
            raise self.failures[0]

    def attempt(self, write: Callable[[], Iterable[Path] | None], *paths: Path) -> list[Path]:
        """The files that were written, or `paths` if `write` does not say which they are.

        None if that failed, and `answer` raises the error once it has printed.
        """
        try:
            return list(write() or paths)
        except (InputError, MachineError) as error:
            self.failures.append(error)
            return []

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
            other_widths = sum(widths) - widths[index] + len(GAP) * (len(headings) - 1)
            widths[index] = min(widths[index], max(self.width - other_widths, NARROWEST_COLUMN, len(wraps)))
        lines = []
        for row in (headings, *rows):
            cells = [
                textwrap.wrap(cell, width, break_on_hyphens=False) if heading == wraps else [cell]
                for heading, width, cell in zip(headings, widths, row, strict=True)
            ]
            for parts in zip_longest(*cells, fillvalue=""):  # as many lines as the longest cell takes
                padded = (
                    part.rjust(width) if heading in right else part.ljust(width)
                    for heading, width, part in zip(headings, widths, parts, strict=True)
                )
                lines.append(GAP.join(padded).rstrip())
        return [Ready(click.style(lines[0], bold=True)) if is_interactive(sys.stdout) else lines[0], *lines[1:]]

    def wrap(self, text: str, indent: str = "", first: str | None = None) -> str:
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
        """Prints notes to standard error, unless told to be quiet."""
        for text in () if self.quiet else texts:
            self._err(printable(text))

    def listen(self) -> None:
        """Prints the package's log, such as that the model is being compiled, as notes."""
        log, handler = logging.getLogger("influence_sim"), logging.Handler()
        handler.emit = lambda record: self.note(record.getMessage())  # type: ignore[method-assign]
        log.handlers, log.propagate = [handler], False
        if not sys.warnoptions:  # warnings of libraries are for programmers
            warnings.showwarning = self._show_warning

    def _show_warning(self, message: Warning | str, *_: object, **__: object) -> None:
        if not str(message).startswith("Glyph "):
            self.detail(str(message))
        elif NO_GLYPH not in self.past_notes:
            self.past_notes.add(NO_GLYPH)
            self.note(NO_GLYPH)

    def detail(self, text: str) -> None:
        """Prints a note if `verbose`."""
        if self.verbose:
            self._err(printable(text))

    def error(self, text: str) -> None:
        """Prints an error."""
        text = printable(text, lines=True)  # text of a user or a file must not control the terminal
        self._err(click.style(text, fg="red") if is_interactive(sys.stderr) else text)

    @contextmanager
    def progress(self, noun: str, *, long: bool = False) -> Iterator[Progress]:
        """Shows progress: a bar on a terminal, otherwise a line a minute if `verbose`, or always if `long`.

        It counts `noun`, in the plural.
        """
        start = monotonic()
        if is_interactive(sys.stderr) and not self.quiet:
            with closing(Bar(noun, resumed=long, stays_open=True)) as bar:
                yield bar
        else:
            yield Lines(noun, self.note if long else self.detail, resumed=long)
        self.detail(f"finished within {duration(monotonic() - start)}")

    @staticmethod
    def _err(text: str) -> None:
        with suppress(OSError):  # the exit status is left
            write(sys.stderr, text + "\n")


def write(stream: TextIO | None, text: str, errors: str = PLAINLY) -> None:
    """Writes and flushes `text`; does nothing for None, which Python has for a stream that was closed from outside.

    `errors` names the handler of characters that the stream cannot encode, by default the nearest plain spelling.

    Raises:
        OSError: it could not be written; `BrokenPipeError` if nobody reads any more.
    """
    if stream is not None:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, errors).decode(encoding))
        stream.flush()


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """The nearest plain spelling of characters that cannot be encoded, for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = unicodedata.normalize("NFKD", error.object[error.start : error.end].translate(PLAIN))
    return "".join(c for c in text if not unicodedata.combining(c)).encode("ascii", "replace").decode(), error.end


codecs.register_error(PLAINLY, _plainly)


def is_interactive(stream: TextIO | None) -> bool:
    """Whether colours and bars are welcome: on a terminal that moves its cursor, unless `NO_COLOR` is set."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def abandon_stdout() -> None:
    """Points standard output at nothing, so that Python does not complain of a closed pipe when it ends."""
    with suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
