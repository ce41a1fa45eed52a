"""The base classes of results and of their requests: how results describe themselves, and how folders store them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from influence_sim.api.late import Figure, answer_words, pd, summary, terms, views
from influence_sim.base.arguments import validated
from influence_sim.base.display import Shown
from influence_sim.base.errors import InputError, MachineError, did_you_mean, machine_faults, wrong
from influence_sim.base.files import require_own, stamp
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import counted
from influence_sim.base.values import ByValue, as_fields
from influence_sim.runs.derived import add_derived
from influence_sim.runs.folder import Files, copy_folder, fill, is_whole, read_whole
from influence_sim.runs.manifest import code_hash, read_complete
from influence_sim.runs.request import Request, RunRequest
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre

SCENARIOS = "scenarios"
"""Subfolder of a result of several runs that holds their arms."""

MOST_SET = 3
"""Assumptions set by hand that a line names; more are counted."""


class RequestOfRuns(Request):
    """A request that consists of runs: of several scenarios against one baseline, or of one."""

    table: ClassVar[str]  # name of the file with its numbers
    runs: tuple[RunRequest, ...]  # the runs, all of equal seed and length

    @property
    def options(self) -> dict[str, Any]:
        """The fields other than the runs, as plain data."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "runs"}  # type: ignore[arg-type]
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @property
    def theatre(self) -> Theatre:  # type: ignore[override]
        """The world."""
        return self.runs[0].theatre

    @property
    def seed(self) -> int:  # type: ignore[override]
        """Of the draws."""
        return self.runs[0].seed

    @property
    def ingredients(self) -> Mapping[str, Any]:
        """Everything that determines the numbers, as plain data."""
        versions = {"kind": self.kind, "analysis": code_hash("analysis")}
        return {**versions, "runs": [run.digest for run in self.runs], "asked": self.options}

    @property
    def about(self) -> dict[str, Any]:
        """Its entries in a manifest: the scenarios, their baseline, and all arguments."""
        first, names = self.runs[0].about, [run.scenario.name for run in self.runs]
        common = {name: first["arguments"][name] for name in ("against", "replicates", "seed", "months", "parameters")}
        return {
            "scenario": {"name": ", ".join(names), "title": first["scenario"]["title"]},
            "against": first["against"],
            "arguments": {"scenarios": names, **common, **self.options},
        }

    @property
    def inputs(self) -> dict[str, bytes]:
        """The resolved scenario of every arm."""
        files = dict[str, bytes]()
        for run in self.runs:
            files |= run.files_of_arms(*(f"{SCENARIOS}/{name}.yaml" for name in run.names))
        return files

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it writes, except the manifest."""
        return (self.table, *self.inputs, self.figure)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BaseResult(Shown, ByValue):
    """A result that can be saved to a folder."""

    request: Any = None  # what it answers; None if it was read from a folder
    folder: Path | None = None  # where it was read from; None if it is in memory only
    manifest: Mapping[str, Any] | None = None  # what the folder's manifest says; None in memory
    saved: Path | None = field(default=None, compare=False)  # where it was last saved

    def __fspath__(self) -> str:
        """Its folder, so that a result can be given where a folder is asked for."""
        path = self.folder or self.saved
        if path is None:
            raise TypeError("is in memory only; save it first: result.save('folder')")
        return str(path)

    @cached_property
    def about(self) -> Mapping[str, Any]:
        """What its manifest says, or would say: `scenario`, `against` and `arguments`."""
        about: Mapping[str, Any] = self.request.about if self.manifest is None else self.manifest
        return about

    @property
    def seed(self) -> int:
        """Of the draws."""
        return int(self.about["arguments"]["seed"])

    @property
    def replicates(self) -> int:
        """How many."""
        return int(self.about["arguments"]["replicates"])

    @property
    def sample(self) -> str:
        """The runs behind it, in words: `200 replicates, seed 1`, and the assumptions that were set."""
        return self.sample_of(self.replicates)

    @validated
    def sample_of(self, replicates: int) -> str:
        """The same of only so many replicates."""
        given, theatre = self.about["arguments"].get("parameters", {}), load_theatre()
        values = [f"{name} = {terms.value_text(name, value, theatre)}" for name, value in given.items()]
        if len(values) > MOST_SET:
            values = [f"{len(values)} assumptions set"]
        return ", ".join([counted(replicates, "replicate"), f"seed {self.seed}", *values])

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone are pickled, without the cached properties."""
        return as_fields(self)

    @property
    def lacking(self) -> str:
        """How much of it could not be computed, and why; "" if all was. Shares of worlds are of the others."""
        return ""

    @validated
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
        path = Path(folder)
        self._write(path, force=force)
        object.__setattr__(self, "saved", path)
        return path

    def _write(self, folder: Path, *, force: bool) -> None:
        """Copies its folder."""
        copy_folder(Path(self), folder, force=force)


class ComputedResult(BaseResult):
    """A result that may be in memory only, and has a figure of its own."""

    def files(self) -> Files:
        """The contents of its folder, except the figure."""
        raise NotImplementedError

    def figure(self) -> Figure:
        """The page of the whole result."""
        raise NotImplementedError

    @validated
    def draw_into(self, folder: str | Path, name: str) -> None:
        """Draws its own figure into its folder, unless it is there.

        Raises:
            MachineError: it cannot be drawn or written; the numbers are there all the same.
        """
        folder = Path(folder)
        manifest = read_complete(folder)
        if name in manifest.derived and is_whole(folder / name, manifest.files.get(name)):
            return
        try:
            files = views.pictures(self.figure(), name, source=stamp(manifest.numbers))
        except Exception as error:  # matplotlib, its fonts or its settings may raise anything
            reason = f"cannot be drawn ({type(error).__name__}: {error}); all numbers are there"
            raise MachineError(f"{folder / name}: {reason}") from error
        add_derived(folder, manifest.numbers, files)

    def _write(self, folder: Path, *, force: bool) -> None:
        """Copies its folder, or makes it."""
        if self.folder is not None:
            super()._write(folder, force=force)
        else:
            fill(folder, self.request.manifest(), self.files, force=force)
            self.draw_into(folder, self.request.figure)


class ScenarioResult(BaseResult):
    """A result of a scenario, or of several, and what it is compared with."""

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.about["scenario"]["name"])

    @property
    def title(self) -> str:
        """The scenario's heading."""
        return str(self.about["scenario"]["title"])

    @property
    def question(self) -> str:
        """What the scenario asks."""
        return str(self.about["scenario"].get("question", ""))

    @property
    def against(self) -> str | None:
        """Name of what it is compared with; None for one arm."""
        return None if self.about["against"] is None else str(self.about["against"]["name"])

    @property
    def other_title(self) -> str:
        """Title of what it is compared with, as an answer names it; "" where the name is enough."""
        return answer_words.than(str(self.against), str(self.about["against"]["title"]))

    @property
    def months(self) -> int:
        """How many monthly records."""
        return int(self.about["arguments"]["months"])

    @property
    def last(self) -> Month:
        """The last month, as a number."""
        return load_theatre().start + self.months - 1

    @property
    def month(self) -> str:
        """The last month, YYYY-MM."""
        return format_month(self.last)

    @property
    def parameters(self) -> Mapping[str, float]:
        """Undated values that were set, for both arms."""
        return dict(self.about["arguments"]["parameters"])


@dataclass(frozen=True, eq=False, repr=False)
class TableResult(ScenarioResult, ComputedResult):
    """A result of a request of runs: one table and its figure."""

    table: pd.DataFrame  # the numbers

    def files(self) -> Files:
        """The contents of its folder: the table and the arms."""
        request = self.request
        return {request.table: summary.to_csv(self.table), **request.inputs}


def read_table(folder: Path, request: type[RequestOfRuns], **columns: Collection[str]) -> dict[str, Any]:
    """The fields of a `TableResult`, from the folder of a kind of request; `columns` as for `from_csv`."""
    origin = open_folder(folder, request.kind)
    with machine_faults(folder, "read"):
        return {"table": summary.from_csv(folder / request.table, **columns), **origin}


def require_rows(path: Path, table: pd.DataFrame, **keys: Iterable[object]) -> None:
    """Refuses a table whose key columns are not all combinations of `keys`, in order (`MachineError`)."""
    # In the types of the table: dates of another unit are not equal in pandas 2.2.
    levels = [pd.Index(list(values), dtype=table[name].dtype) for name, values in keys.items()]
    expected = pd.MultiIndex.from_product(levels, names=list(keys))
    if not expected.equals(pd.MultiIndex.from_frame(table[list(keys)])):
        raise MachineError(f"{path}: damaged (its rows are not those of its manifest)")


def arm_file(folder: Path, name: object) -> Path:
    """The file of an arm in a folder of several runs; an `InputError` if it would lie outside the folder."""
    require_own(folder, [f"{SCENARIOS}/{name}.yaml"])
    return folder / SCENARIOS / f"{name}.yaml"


def open_folder(folder: Path, kind: str, *, but: Collection[str] = ()) -> dict[str, Any]:
    """Checks the folder of a result, as `read_whole` does; returns the fields `folder` and `manifest` of the result."""
    return {"folder": folder, "manifest": read_whole(folder, kind, but=but).document}


def failure_message(table: pd.DataFrame | None, noun: str, total: int) -> str:
    """How many of `total` failed, and why, by the columns `failed` and `error` of a table; "" if none did."""
    if table is None or "failed" not in table or not table["failed"].max() > 0:
        return ""
    worst: Any = table.iloc[int(table["failed"].argmax())]
    return f"{int(worst['failed'])} of {total} {noun} failed ({worst['error']}); the numbers are those of the others"


def require(name: object, known: Collection[str], where: str, rule: str) -> None:
    """Refuses a name that is not known, and suggests the closest (`InputError`)."""
    if name not in known:
        hint = did_you_mean(str(name), known) or f"there is {', '.join(known)}"
        raise InputError(wrong(where, name, rule, hint))
