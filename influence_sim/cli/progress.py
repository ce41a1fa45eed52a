"""How far a run is: a bar on a terminal, otherwise at most a line a minute."""

from __future__ import annotations

import sys
from contextlib import suppress
from time import monotonic
from types import TracebackType

from influence_sim.cli import streams
from influence_sim.cli.console import Console

WIDTH = 30
REDRAW, SAY = 0.1, 60.0
"""Seconds between two drawings of the bar, and between two lines."""


class Progress:
    """Call it with what is done and the total; leaving the context wipes the bar."""

    def __init__(self, console: Console, what: str) -> None:
        """Takes what is counted, in the plural."""
        self.console, self.what = console, what
        self.bar = not console.quiet and streams.decorated(sys.stderr)
        self.start = self.last = monotonic()
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
        if self.bar and (now - self.last >= REDRAW or done == total):
            self.last = now
            filled = WIDTH * done // max(total, 1)
            self._draw(f"[{'#' * filled}{'.' * (WIDTH - filled)}] {self._words(done, total)}")
        elif not self.bar and now - self.last >= SAY:
            self.last = now
            self.console.detail(self._words(done, total))

    def _words(self, done: int, total: int) -> str:
        words = f"{done} of {total} {self.what}"
        if done == total:
            return f"{words}; summing up"
        if not done:
            return words
        return f"{words}, about {duration((monotonic() - self.start) * (total - done) / done)} left"

    def _draw(self, line: str) -> None:
        if line or self.drawn:
            with suppress(OSError):
                streams.write(sys.stderr, f"\r{' ' * self.drawn}\r{line}")
            self.drawn = len(line)


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
