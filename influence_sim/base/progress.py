"""How far something is: whatever takes `progress` takes a function, or True for a bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from time import monotonic
from types import TracebackType
from typing import Any

Progress = Callable[[int, int], None]

A_MINUTE = 60.0
"""Seconds between two lines, where there can be no bar."""


def shown(progress: Progress | bool | None, what: str) -> Progress | None:
    """What is told how far things are: the function that was given, a bar for True, nobody otherwise.

    Args:
        progress: a function that takes what is done and the total; True for a bar on standard error, or in a notebook
            with ipywidgets a widget.
        what: is counted, in the plural.
    """
    if isinstance(progress, bool):
        return Bar(what) if progress else None
    return progress


class Bar:
    """A bar by tqdm, or a line a minute; call it with what is done and the total.

    A bar closes with the last of the total, or at the end of a `with` block, in which it stays while results are
    summed up.
    """

    def __init__(self, what: str, *, say: Callable[[str], None] | None = None, long: bool = False) -> None:
        """Draws nothing yet.

        Args:
            what: is counted, in the plural.
            say: takes the lines, where there can be no bar.
            long: it may take hours: the rate is told, and what the first call finds done was done before, so that it
                says nothing about the rate.
        """
        self.what, self.say, self.long = what, say, long
        self.start = self.last = monotonic()
        self.before: int | None = None if long else 0
        self.held = False
        self._bar: Any = None

    def __enter__(self) -> Bar:
        """Keeps the bar until the block ends."""
        self.held = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leaves an empty line for whoever writes next."""
        self._close()

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are finished."""
        now = monotonic()
        if self.before is None:
            self.before, self.start = done, now
        if self.say is None:
            self._draw(done, total)
        elif now - self.last >= A_MINUTE:
            self.last = now
            self.say(self._line(done, total, now - self.start))

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            if find_spec("ipywidgets") is None:  # without them tqdm's notebook bar only warns
                from tqdm import tqdm
            else:
                from tqdm.auto import tqdm
            self._bar = tqdm(total=total, initial=self.before, unit=f" {self.what}", leave=False, dynamic_ncols=True)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.refresh()  # a short run ends before a bar would move by itself
            if not self.held:
                self._close()

    def _line(self, done: int, total: int, spent: float) -> str:
        words, fresh = f"{done} of {total} {self.what}", done - (self.before or 0)
        if done == total:
            return f"{words}; summing up"
        if not fresh:
            return words
        rate = fresh / max(spent, 1e-9)
        told = "" if not self.long else f", {rate:.0f} a second" if rate >= 1 else f", {60 * rate:.1f} a minute"
        return f"{words}{told}, about {duration((total - done) / rate)} left"

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


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
