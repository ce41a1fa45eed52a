"""How far something is: whatever takes `progress` takes a function, or True for a bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from time import monotonic
from typing import Any

Progress = Callable[[int, int], None]

A_MINUTE = 60.0
"""Seconds between two lines, where there can be no bar."""


def shown(progress: Progress | bool | None, what: str) -> Progress | None:
    """Who is told how far things are: the function that was given, for True a bar that counts `what`, else nobody."""
    if isinstance(progress, bool):
        return Bar(what) if progress else None
    return progress


class Bar:
    """A bar by tqdm, on standard error or as a widget of a notebook; call it with what is done and the total."""

    def __init__(self, what: str, *, long: bool = False, held: bool = False) -> None:
        """Counts `what`, in the plural; of something `long`, the first call tells what was done before.

        If it is `held`, it stays when the total is reached, while results are summed up, until it is closed.
        """
        self.what, self.long, self.held = what, long, held
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are finished."""
        if self._bar is None:
            if find_spec("ipywidgets") is None:  # without them tqdm's notebook bar only warns
                from tqdm import tqdm
            else:
                from tqdm.auto import tqdm
            before = done if self.long else 0
            self._bar = tqdm(total=total, initial=before, unit=f" {self.what}", leave=False, dynamic_ncols=True)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.refresh()  # a short run ends before a bar would move by itself
            if not self.held:
                self.close()

    def close(self) -> None:
        """Leaves an empty line for whoever writes next."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Lines:
    """A line a minute, where there can be no bar; call it with what is done and the total."""

    def __init__(self, what: str, say: Callable[[str], None], *, long: bool = False) -> None:
        """Counts `what`, in the plural; of something `long` it tells the rate, without what was done before."""
        self.what, self.say, self.long = what, say, long
        self.start = self.last = monotonic()
        self.before: int | None = None if long else 0

    def __call__(self, done: int, total: int) -> None:
        """Says, once a minute, that `done` of `total` are finished, and how long the rest will take."""
        now = monotonic()
        if self.before is None:
            self.before, self.start = done, now
        if now - self.last < A_MINUTE:
            return
        self.last = now
        words, rate = f"{done} of {total} {self.what}", (done - self.before) / max(now - self.start, 1e-9)
        if done == total:
            words += "; summing up"
        elif rate > 0:
            told = f", {rate:.0f} a second" if rate >= 1 else f", {60 * rate:.1f} a minute"
            words += f"{told if self.long else ''}, about {duration((total - done) / rate)} left"
        self.say(words)


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
