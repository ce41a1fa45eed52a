"""Which theatre is in use: the one that is shipped, or another folder's."""

from __future__ import annotations

import os
from contextvars import ContextVar, Token
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, raise_any, reason, wrong
from influence_sim.theatre import files
from influence_sim.theatre.consistency import mistakes
from influence_sim.theatre.reader import Reader, digest_of
from influence_sim.theatre.theatre import Theatre

_IN_USE: ContextVar[tuple[Path, bool] | None] = ContextVar("theatre in use, and whether it is trusted", default=None)
TRUSTED = "INFLUENCE_SIM_TRUST"
"""The environment variable that names folders of theatres whose code may run."""


@validated
def use_theatre(folder: str | Path | None, *, trust: bool = False) -> InUse:
    """Puts another theatre in place of the one that is shipped, for all that follows, or within a `with` block.

    Args:
        folder: of a theatre's files, as `influence-sim init NAME --own-theatre` writes them; None: the shipped one.
        trust: whether the code in its `rules.py`, if it has one, may run, which can do whatever you can. Without that
            it can be looked at, but not be run. The folders that the environment variable `INFLUENCE_SIM_TRUST` lists
            are always trusted.

    Raises:
        InputError: it holds no theatre, or one with mistakes.

    Example:
        >>> with use_theatre(None) as theatre:
        ...     len(theatre.actors)
        11
    """
    if folder is None:
        return InUse(_IN_USE.set(None))
    chosen = Path(os.path.realpath(folder))
    always = filter(None, os.environ.get(TRUSTED, "").split(os.pathsep))
    trust = trust or chosen in (Path(os.path.realpath(one)) for one in always)
    load(chosen)
    return InUse(_IN_USE.set((chosen, trust)))


class InUse:
    """A theatre in use; at the end of a `with` block the one before is in use again."""

    def __init__(self, token: Token[tuple[Path, bool] | None]) -> None:
        """Remembers the one before."""
        self._token = token

    def __enter__(self) -> Theatre:
        """The theatre."""
        return load()

    def __exit__(self, *_: object) -> None:
        """Puts back the one before."""
        _IN_USE.reset(self._token)


def folder_in_use() -> Path:
    """The folder of the theatre in use."""
    chosen = _IN_USE.get()
    return chosen[0] if chosen else files.data_folder()


def load(folder: Path | None = None) -> Theatre:
    """Reads the theatre in `folder`, by default the one in use: the one that is shipped unless `use_theatre` says so.

    A folder whose files have changed is read again.

    Raises:
        InputError: as `use_theatre` says.
    """
    chosen = (folder, False) if folder else _IN_USE.get()
    return _loaded(chosen[0], digest_of(chosen[0]), trusted=chosen[1]) if chosen else shipped()


@lru_cache(maxsize=1)
def shipped() -> Theatre:
    """The theatre that is shipped."""
    folder = files.data_folder()
    return _loaded(folder, digest_of(folder))


@lru_cache(maxsize=8)
def _loaded(folder: Path, digest: str, *, trusted: bool = False) -> Theatre:
    """Reads a theatre whose files have this digest.

    Raises:
        InputError: a data file breaks its shape, with file, line and column; an entry names an actor, outcome, forum
            or source that does not exist; or the folder holds no theatre.
    """
    try:
        raise_any(files.strays(folder))
        reader = Reader(folder)
        theatre = replace(reader.theatre(), trusted=trusted)
        raise_any(mistakes(theatre, reader.files))
        raise_any(wrong(folder, name, "two parameters have this name") for name in reader.duplicates)
    except OSError as error:
        rule = f"not a theatre: a file of it cannot be read ({reason(error)})"
        raise InputError(wrong(error.filename or folder, "", rule)) from error
    return theatre
