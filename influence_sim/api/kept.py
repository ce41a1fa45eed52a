"""What results and requests of every kind have in common: a digest, files, and that they can be kept in a folder."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from influence_sim.base.errors import InputError, Problem, did_you_mean, machine_faults
from influence_sim.base.values import ByValue
from influence_sim.runs.folder import (
    Files,
    Request,
    Write,
    copy_folder,
    fill,
    manifest_of,
    refuse_harmed,
    writes,
)
from influence_sim.runs.manifest import SCHEMA_VERSION, Manifest, code_hash, digest_of, read_complete

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.runs.request import RunRequest

SCENARIOS = "scenarios"
"""Beneath a folder of several runs: their arms."""


class FolderRequest(Request, Protocol):
    """A request whose files are all made at once."""

    @property
    def folder_name(self) -> str:
        """Name of the folder it goes to unless the user gives another."""

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it makes, the manifest apart."""


class RequestOfRuns:
    """A request that is made of runs: of several scenarios against one baseline, or of one.

    Attributes:
        kind: what comes of it.
        table: name of the file with its numbers.
        figure: of its picture.
        runs: the runs, all of equal seed and length.
    """

    kind: ClassVar[str]
    table: ClassVar[str]
    figure: ClassVar[str]
    runs: tuple[RunRequest, ...]

    @property
    def asked(self) -> dict[str, Any]:
        """What is asked for beside the runs, as plain data."""
        raise NotImplementedError

    @property
    def seed(self) -> int:
        """Of the draws."""
        return self.runs[0].seed

    @property
    def model_version(self) -> str:
        """Hash of the model's code and of the theatre."""
        return self.runs[0].model_version

    @property
    def digest(self) -> str:
        """SHA-256 of all that determines the numbers."""
        runs, made_by = [run.digest for run in self.runs], code_hash("analysis")
        told = {"schema_version": SCHEMA_VERSION, "kind": self.kind, "analysis": made_by}
        return digest_of({**told, "runs": runs, "asked": self.asked})

    @property
    def folder_name(self) -> str:
        """Name of the folder it goes to unless the user gives another."""
        return f"{self.kind}-{self.digest[:12]}"

    @property
    def arguments(self) -> dict[str, Any]:
        """What was asked for, in full."""
        own = self.runs[0].arguments
        shared = {name: own[name] for name in ("against", "replicates", "seed", "months", "parameters")}
        return {"scenarios": [run.scenario.name for run in self.runs], **shared, **self.asked}

    @property
    def described(self) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """What a manifest says of the scenarios, and of what they are compared with."""
        first, against = self.runs[0].described
        return {"name": ", ".join(run.scenario.name for run in self.runs), "title": first["title"]}, against

    @property
    def inputs(self) -> dict[str, bytes]:
        """Every arm with everything written out."""
        arms = {arm.name: arm for run in self.runs for arm in reversed(run.scenarios)}
        return {f"{SCENARIOS}/{name}.yaml": arm.to_yaml().encode() for name, arm in arms.items()}

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it makes, the manifest apart."""
        return (self.table, *self.inputs, self.figure)


class Kept(ByValue):
    """A result that can be saved to a folder.

    Attributes:
        request: what it answers; None if it was read from a folder.
        folder: where it was read from; None if it is in memory only.
    """

    request: Any
    folder: Path | None

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: what it holds, without what is computed from that."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def files(self) -> Files:
        """What its folder holds."""
        raise NotImplementedError

    def described(self) -> str:
        """What it is, in one line."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """What it is."""
        return f"<{type(self).__name__} {self.described()}>"

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Writes a result folder, as the command line does.

        Args:
            folder: where; made if need be.
            force: replace the results that stand there.

        Returns:
            The folder.

        Raises:
            InputError: the folder holds something else.
            MachineError: the disk, a permission or another writer does not allow it.
        """
        place = Path(folder)
        if self.folder is not None:
            copy_folder(self.folder, place, force=force)
        else:
            fill(place, manifest_of(self.request, self.request.file_names), self.files, force=force)
        return place


def read_rows(
    folder: Path, kind: str, name: str, *, texts: Collection[str], flags: Collection[str] = ()
) -> tuple[Manifest, pd.DataFrame]:
    """The manifest and a table of a folder.

    Args:
        folder: where it is.
        kind: which it must be.
        name: of the table.
        texts: its columns of words.
        flags: its columns of yes and no.

    Raises:
        InputError: it is no folder of that kind, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    from influence_sim.analysis.summary import from_csv

    manifest = read_complete(folder, kind)
    refuse_harmed(folder, manifest)
    with machine_faults(folder, "read"):
        return manifest, from_csv(folder / name, texts, flags=flags)


def table(frame: pd.DataFrame) -> Write:
    """What writes a table as CSV."""
    from influence_sim.analysis.summary import to_csv

    return lambda path: path.write_bytes(to_csv(frame))


def require(name: object, known: Collection[str], where: str, rule: str) -> None:
    """Refuses a name that is not among those known, with the closest of them.

    Raises:
        InputError: it is not.
    """
    if name not in known:
        hint = did_you_mean(str(name), known) or f"there is {', '.join(known)}"
        raise InputError(Problem(where, None, None, str(name), rule, hint))


def files_of(request: RequestOfRuns | None, rows: pd.DataFrame, draw: Callable[[], Figure]) -> Files:
    """What the folder of a request of runs holds: its table, its arms, its picture."""
    assert request is not None  # a result that was read from a folder is copied
    arms = {name: writes(data) for name, data in request.inputs.items()}
    return {request.table: table(rows), **arms, request.figure: picture(draw)}


def picture(draw: Callable[[], Figure | Axes]) -> Write:
    """What draws a picture and writes it."""
    from influence_sim import views

    return lambda path: views.save_figure(draw(), path)
