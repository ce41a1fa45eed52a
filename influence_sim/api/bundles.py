"""Answers that stay in a folder of their own: computed if they are not there yet, read if they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from influence_sim.runs.manifest import Manifest
    from influence_sim.runs.request import RunRequest

Write = Callable[[Path], object]


class Drawn(Protocol):
    """What can be drawn."""

    def figure(self) -> Figure:
        """The picture of it."""


Answer = TypeVar("Answer", bound=Drawn)


def kept(
    folder: Path,
    kind: str,
    requests: tuple[RunRequest, ...],
    asked: Mapping[str, Any],
    *,
    read: Callable[[Path], Answer],
    compute: Callable[[], Answer],
    files: Callable[[Answer], Mapping[str, Write]],
    force: bool = False,
) -> tuple[Answer, bool]:
    """Computes an answer into a folder, or reads it there; says whether anything was computed.

    Args:
        folder: where.
        kind: of the bundle.
        requests: the runs it is made of.
        asked: what was asked for beside them.
        read: reads the answer from the folder.
        compute: finds it.
        files: of an answer, what writes each of its files.
        force: compute anew, and replace what another request left there.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, or disk, permissions or memory fail.
    """
    from influence_sim.runs.bundle import digest_of, manifest_of, write_bundle
    from influence_sim.runs.folder import is_done

    if not force and is_done(folder, digest_of(kind, requests, asked)):
        return read(folder), False
    found = compute()
    written = files(found)
    write_bundle(folder, manifest_of(kind, requests, asked, list(written)), written, force=force)
    return found, True


def read_back(
    folder: Path, kind: str, table: str, *, texts: Collection[str], flags: Collection[str] = ()
) -> tuple[Manifest, pd.DataFrame]:
    """The manifest and the table of a bundle.

    Args:
        folder: where it is.
        kind: which it must be.
        table: name of the table.
        texts: its columns of words.
        flags: its columns of yes and no.

    Raises:
        InputError: it is no folder of that kind, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    from influence_sim.analysis.summary import from_csv
    from influence_sim.base.faults import machine_faults
    from influence_sim.runs.bundle import read_bundle, refuse_harmed

    manifest = read_bundle(folder, kind)
    with machine_faults(folder, "read"):
        refuse_harmed(folder, manifest)
        return manifest, from_csv(folder / table, texts, flags)


def written(data: bytes) -> Write:
    """What writes some bytes."""
    from influence_sim.base.files import write_new

    return lambda path: write_new(path, data)


def drawn(found: Drawn) -> Write:
    """What writes the picture of an answer."""
    from influence_sim import views

    return lambda path: views.save_figure(found.figure(), path)
