"""How far a run is: a bar on a terminal, otherwise at most a line a minute."""

from __future__ import annotations

import sys
from contextlib import suppress
from time import monotonic
from types import TracebackType

from influence_sim.cli import streams
from influence_sim.cli.console import Console

WIDTH, NARROWEST = 30, 5
"""Signs of the bar: wanted, and beneath which there is none."""
ENDLESS = 1000
REDRAW, SAY = 0.1, 60.0
"""Seconds between two drawings of the bar, and between two lines."""


class Progress:
    """Call it with what is done and the total; leaving the context wipes the bar."""

    def __init__(self, console: Console, what: str, *, long: bool = False) -> None:
        """Takes what is counted, in the plural.

        Args:
            console: the global options.
            what: is counted, in the plural.
            long: it may take hours: the lines are for all, not only for `--verbose`; the rate is told; and what
                the first call finds done was done before, so that it says nothing about the rate.
        """
        self.console, self.what, self.long = console, what, long
        self.bar = not console.quiet and streams.decorated(sys.stderr)
        self.start = self.last = monotonic()
        self.before: int | None = None if long else 0
        self.drawn = 0

    def __enter__(self) -> Progress:
        """Starts the clock."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves an empty line for whoever writes next."""
        self._draw("")

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are finished."""
        now = monotonic()
        if self.before is None:
            self.before, self.start = done, now
        if self.bar and (now - self.last >= REDRAW or done == total):
            self.last = now
            self._draw(self._line(done, total))
        elif not self.bar and now - self.last >= SAY:
            self.last = now
            (self.console.note if self.long else self.console.detail)(self._words(done, total))

    def _line(self, done: int, total: int) -> str:
        """The bar and the words, or as much of them as a line of the window holds: what wraps cannot be wiped."""
        words, room = self._words(done, total), (streams.columns(sys.stderr) or ENDLESS) - 1
        width = min(WIDTH, room - len(words) - len("[] "))
        if width < NARROWEST:
            return words[:room]
        filled = width * done // max(total, 1)
        return f"[{'#' * filled}{'.' * (width - filled)}] {words}"

    def _words(self, done: int, total: int) -> str:
        words = f"{done} of {total} {self.what}"
        if done == total:
            return f"{words}; summing up"
        fresh, spent = done - (self.before or 0), monotonic() - self.start
        if not fresh:
            return words
        rate = f", {_rate(fresh / max(spent, 1e-9))}" if self.long else ""
        return f"{words}{rate}, about {duration(spent * (total - done) / fresh)} left"

    def _draw(self, line: str) -> None:
        if line or self.drawn:
            with suppress(OSError):
                streams.write(sys.stderr, f"\r{' ' * self.drawn}\r{line}")
            self.drawn = len(line)


def _rate(a_second: float) -> str:
    """How many a second, or where that would be less than one, a minute."""
    return f"{a_second:.0f} a second" if a_second >= 1 else f"{60 * a_second:.1f} a minute"


def duration(seconds: float) -> str:
    """A time in the unit one would say it in."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1):.0f} s"


def volume(size: float) -> str:
    """A number of bytes in the unit one would say it in."""
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size:.0f} bytes"
