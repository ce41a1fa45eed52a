"""Progress in Python and notebooks: whatever takes `progress` takes a function, or True for a bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

Progress = Callable[[int, int], None]


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
    """A bar by tqdm, which appears with the first news and closes with the last."""

    def __init__(self, what: str) -> None:
        """Takes what is counted, in the plural."""
        self.what = what
        self._bar: Any = None

    def __call__(self, done: int, total: int) -> None:
        """Shows that `done` of `total` are finished."""
        if self._bar is None:
            self._bar = self._new(total)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._bar.refresh()  # a short run ends before a bar would move by itself
            self._bar.close()
            self._bar = None

    def _new(self, total: int) -> Any:
        if find_spec("ipywidgets") is None:  # without them tqdm's notebook bar only warns
            from tqdm import tqdm
        else:
            from tqdm.auto import tqdm
        return tqdm(total=total, unit=f" {self.what}", leave=False)
