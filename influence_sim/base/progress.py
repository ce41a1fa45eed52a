"""Progress of long work: whatever takes `progress` takes a function, or True for a bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from time import monotonic
from typing import Any

Progress = Callable[[int, int], None]

A_MINUTE = 60.0
"""Seconds between two lines, where there can be no bar."""


def shown(progress: Progress | bool | None, unit: str) -> Progress | None:
    """The function to call with progress: the user's own, for True a bar that counts in `unit`, else None."""
    if isinstance(progress, bool):
        return Bar(unit) if progress else None
    return progress


class Bar:
    """A bar by tqdm, on standard error or as a notebook widget; call it with the number done and the total."""

    def __init__(self, unit: str, *, resumed: bool = False, stays_open: bool = False) -> None:
        """Counts in `unit`, a plural; of `resumed` work, the first call says how much was done before.

        If it `stays_open`, it is shown beyond the total, while results are summed up, until it is closed.
        """
        self.unit, self.resumed, self.stays_open = unit, resumed, stays_open
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are finished."""
        if self._bar is None:
            if find_spec("ipywidgets") is None:  # without them tqdm's notebook bar only warns
                from tqdm import tqdm
            else:
                from tqdm.auto import tqdm
            initial = done if self.resumed else 0
            self._bar = tqdm(total=total, initial=initial, unit=f" {self.unit}", leave=False, dynamic_ncols=True)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.refresh()  # a short run ends before a bar would move by itself
            if not self.stays_open:
                self.close()

    def close(self) -> None:
        """Ends the bar, leaving its line empty."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class Lines:
    """A line a minute, where there can be no bar; call it with the number done and the total."""

    def __init__(self, unit: str, write: Callable[[str], None], *, resumed: bool = False) -> None:
        """Counts in `unit`, a plural; of `resumed` work it also gives the rate, leaving out what was done before."""
        self.unit, self.write, self.resumed = unit, write, resumed
        self.start = self.last_line = monotonic()
        self.initial: int | None = None if resumed else 0

    def __call__(self, done: int, total: int) -> None:
        """Says, once a minute, that `done` of `total` are finished, and how long the rest will take."""
        now = monotonic()
        if self.initial is None:
            self.initial, self.start = done, now
        if now - self.last_line < A_MINUTE:
            return
        self.last_line = now
        line, rate = f"{done} of {total} {self.unit}", (done - self.initial) / max(now - self.start, 1e-9)
        if done == total:
            line += "; summing up"
        elif rate > 0:
            speed = f", {rate:.0f} a second" if rate >= 1 else f", {60 * rate:.1f} a minute"
            line += f"{speed if self.resumed else ''}, about {duration((total - done) / rate)} left"
        self.write(line)


def duration(seconds: float) -> str:
    """A time in a readable unit."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1):.0f} s"


def volume(size: float) -> str:
    """A number of bytes in a readable unit."""
    for power, unit in ((3, "GB"), (2, "MB"), (1, "kB")):
        if size >= 1000**power:
            return f"{size / 1000**power:.1f} {unit}"
    return f"{size:.0f} bytes"
