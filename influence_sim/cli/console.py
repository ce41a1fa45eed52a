"""What the user asked to see: results on standard output, all else on standard error."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from influence_sim.cli import streams
from influence_sim.cli.tables import Column, table

SCHEMA_VERSION = 1
"""Version of the documents that `--json` prints."""


@dataclass(slots=True)
class Console:
    """The global options, and the two streams that obey them.

    Attributes:
        json: print one JSON document instead of tables.
        quiet: no progress and no notes; errors stay.
        verbose: more notes, and progress where it can only be lines.
        debug: a traceback with an error.
    """

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    debug: bool = False

    @property
    def width(self) -> int | None:
        """Columns to wrap results at, or None."""
        return streams.columns(sys.stdout)

    def out(self, text: str, errors: str = "") -> None:
        """Prints a result."""
        streams.write(sys.stdout, text + "\n", errors)

    def lines(self, lines: Iterable[str]) -> None:
        """Prints a result of several lines."""
        self.out("\n".join(lines))

    def document(self, data: Mapping[str, Any]) -> None:
        """Prints a result as JSON; numbers that JSON does not know become null."""
        numbered = {"schema_version": SCHEMA_VERSION, **data}
        self.out(json.dumps(_finite(numbered), indent=2, allow_nan=False))

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Prints a result as a table."""
        heading, *body = table(columns, rows, self.width)
        self.lines([streams.styled(heading, sys.stdout, bold=True), *body])

    def note(self, text: str) -> None:
        """Says something beside the results, unless told to be quiet."""
        if not self.quiet:
            self._err(text)

    def detail(self, text: str) -> None:
        """Says something that only some want to know."""
        if self.verbose:
            self._err(text)

    def error(self, text: str) -> None:
        """Says what is wrong."""
        # What a user typed or a file holds may be part of it, and must not steer the terminal.
        self._err(streams.styled(streams.harmless(text), sys.stderr, fg="red"))

    @staticmethod
    def _err(text: str) -> None:
        with suppress(OSError):  # if nobody hears errors either, the exit status still tells
            streams.write(sys.stderr, text + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
