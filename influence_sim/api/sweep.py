"""Sweeps, a scenario and its baseline at many points: planning, running into a folder, and reading."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import EllipsisType
from typing import Any

from influence_sim.api.base_result import ScenarioResult, require
from influence_sim.api.late import Axes, execute, np, pa, parts, pc, pd, store
from influence_sim.api.lookups import labels
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.files import first_bytes
from influence_sim.base.numbers import counted, percent, with_interval
from influence_sim.base.progress import Progress, shown
from influence_sim.base.statistics import SAME
from influence_sim.runs.folder import is_whole
from influence_sim.runs.manifest import SWEEP, Manifest, read_complete
from influence_sim.runs.sweeps.design import POINT, Factor
from influence_sim.runs.sweeps.plan import plan_sweep
from influence_sim.runs.sweeps.request import DESIGN, FAILED, RUNS, STUDY
from influence_sim.scenario.study_schema import GRID, TRAJECTORIES

Range = Sequence[float] | Mapping[str, Any]
CAUTION = "A share of points is not a probability of anything in the real world: the design chose them."


@validated
def sweep(
    study: str | Path | Mapping[str, Any],
    *,
    vary: Mapping[str, Range] | str | None = None,
    design: str | Mapping[str, Any] | None = None,
    samples: int | None = None,
    design_seed: int | None = None,
    against: str | Path | EllipsisType | None = ...,
    replicates: int | None = None,
    seed: int | None = None,
    months: int | None = None,
    set: Mapping[str, float] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    outcomes: Sequence[str] | None = None,
    dates: Sequence[str] | None = None,
    keep: str | None = None,
    executor: Executor | None = None,
    workers: int = 1,
    shard: tuple[int, int] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    force: bool = False,
    progress: Progress | bool | None = None,
) -> Sweep:
    """Runs a scenario and its baseline at many points of what is varied, into a folder.

    Either `study` is a study file (or a mapping of what one would say), and the other arguments up to `keep`
    replace what it says; or it is a scenario, and `vary` says what to vary.

    Args:
        study: a study file, a mapping, a shipped scenario's name, or a scenario file's path.
        vary: for each path its `(low, high)`, `{"low": , "high": , "scale": "log"}` or `{"choice": [...]}`; or
            `"priors"` for every parameter over its prior range. A path is a parameter,
            `interventions.ACTOR.DO.TARGET` or `conditions.NAME`.
        design: `grid`, `lhs` (the default), `sobol_sequence`, `sobol_indices`, `morris`, or a mapping as in a file.
        samples: levels of each number (grid), points (lhs, sobol_sequence), base samples (sobol_indices),
            trajectories (morris); for a scenario 5, 512, 512, 256, 64 by default.
        design_seed: of the points.
        against: what to compare with; None for one arm; by default what the scenario names, else the baseline.
        replicates: runs of each arm at every point; 64 by default.
        seed: of the draws, which are the same at every point.
        months: how many monthly records; the theatre's number by default.
        set: undated parameter values at every point, for both arms.
        groups: parameters that move together: names or patterns.
        outcomes: what is kept; the headline outcomes by default.
        dates: months, `YYYY-MM`, at which it is kept; each December from the branch on, and the last, by default.
        keep: `trajectories` keeps every run as well.
        executor: any `concurrent.futures.Executor`, such as `Client.get_executor()` of Dask.
        workers: threads if there is no executor.
        shard: `(i, n)` runs only the i-th of n shares, from 1; a later call with the others makes the whole.
        out: the folder; by default one beneath `results/`.
        resume: go on with what the folder has of this very sweep; of a complete one, try failed points again.
        force: replace what another sweep left there.
        progress: True for a bar, or a function that is called with the points done and their total.

    Raises:
        InputError: all that is wrong with the files, names and numbers; or the folder holds something else.
        MachineError: points are missing still (of other shards), the disk, a permission or another writer does
            not allow it, or the executor failed.
    """
    sampling: dict[str, Any] = {"vary": vary, "design": design, "samples": samples, "design_seed": design_seed}
    size: dict[str, Any] = {"against": against, "replicates": replicates, "seed": seed, "months": months, "set": set}
    recorded: dict[str, Any] = {"groups": groups, "outcomes": outcomes, "dates": dates, "keep": keep}
    request = plan_sweep(study, **sampling, **size, **recorded)
    kwargs: dict[str, Any] = {"shard": shard, "resume": resume, "force": force, "progress": shown(progress, "points")}
    done = execute.run_sweep(request, None if out is None else Path(out), executor=executor, workers=workers, **kwargs)
    if not done.complete:
        raise MachineError(f"{done.folder}: the points of this shard are done; those of other shards are missing")
    return load_sweep(done.folder)


@validated
def load_sweep(folder: str | Path) -> Sweep:
    """Reads the folder of a sweep; its tables only when they are asked for.

    Raises:
        InputError: it is no folder of a sweep, or the sweep is not complete.
        MachineError: its manifest cannot be read.
    """
    return Sweep(folder=Path(folder), manifest=read_complete(Path(folder), SWEEP).document)


read = load_sweep  # the name that all kinds of results have for it


def repeat(folder: Path, manifest: Manifest, **kwargs: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Runs the folder's study again, elsewhere; outcome by outcome."""
    old = load_sweep(folder)
    with TemporaryDirectory() as elsewhere:
        new = load_sweep(execute.run_sweep(plan_sweep(folder / STUDY), Path(elsewhere) / "again", **kwargs).folder)
        then, now = ({int(point["point"]) for point in sweep.failed} for sweep in (old, new))
        if then != now:
            rule = f"{len(then)} of {old.points} points failed when it was made, {len(now)} now, and not the same ones"
            raise MachineError(f"{folder}: {rule}; `sweep --resume` tries failed points again")
        for name in old.outcomes:
            columns = [column for column in old.frame.columns if column.startswith(f"{name}_")]
            yield old.frame[columns].assign(outcome=name), new.frame.reindex(columns=columns).assign(outcome=name)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Sweep(ScenarioResult):
    """The result of a sweep: `scenario` and baseline (`against`) at many points, in its `folder`."""

    folder: Path
    manifest: Mapping[str, Any]

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What was asked for, in full: replicates, seed, months, samples, dates and more."""
        return dict(self.manifest["arguments"])

    @property
    def factors(self) -> tuple[Factor, ...]:
        """What was varied, in order."""
        factors = self.arguments["factors"]
        return tuple(Factor(**{**factor, "choices": tuple(factor["choices"])}) for factor in factors)

    @property
    def method(self) -> str:
        """How the points were chosen."""
        return str(self.arguments["method"])

    @property
    def points(self) -> int:
        """How many points were planned."""
        return int(self.arguments["points"])

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What was kept."""
        return tuple(self.arguments["outcomes"])

    @property
    def mapped(self) -> tuple[str, ...]:
        """The factors of which a grid has a heat map, if they are two at least; otherwise none."""
        paths = tuple(factor.path for factor in self.factors)
        return paths if self.method == GRID and len(paths) > 1 else ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The runs, as in `runs.parquet`: one row a point and date, with what was varied and what came of it.

        Columns: `point`, `date`, each varied path, and for each outcome NAME over the replicates at this point
        `NAME_mean`, `NAME_sd`, `NAME_q05`, `NAME_q50`, `NAME_q95`; where there is a baseline also its mean
        `NAME_baseline`, the mean paired difference `NAME_diff`, its standard deviation `NAME_diff_sd`, and the
        95 % interval of that mean, `NAME_diff_low` and `NAME_diff_high`.

        Raises:
            MachineError: the file is missing or damaged.
        """
        return self._table(RUNS, parts.runs_schema(self.factors, self.outcomes, paired=self.against is not None))

    @cached_property
    def design(self) -> pd.DataFrame:
        """The points, as in `design.parquet`: a column a varied path, indexed by `point`."""
        return self._table(DESIGN, parts.design_schema(self.factors)).set_index(POINT)

    @cached_property
    def failed(self) -> list[dict[str, Any]]:
        """The points that failed, each with its parameters, the error and where it arose; usually none."""
        if FAILED not in self.manifest["files"]:
            return []
        with machine_faults(self.folder / FAILED, "read"):
            return list(json.loads(first_bytes(self._checked_path(FAILED)))["failed"])

    @validated
    def trajectories(self, points: Sequence[int] | None = None) -> pd.DataFrame:
        """Every month of every run, if the sweep kept them: point, scenario, replicate, date, and the outcomes.

        Args:
            points: of which points; all of them by default, which may be more than memory holds.

        Raises:
            InputError: the sweep did not keep them.
            MachineError: a file is missing or damaged.
        """
        if self.arguments["keep"] != TRAJECTORIES:
            rule = "this sweep kept no trajectories; --keep trajectories does, and it must be run again for that"
            raise InputError(wrong(self.folder, "", rule))
        names = sorted(name for name in self.manifest["files"] if name.startswith(f"{TRAJECTORIES}/"))
        tables = (store.read_table(self.folder / name) for name in names)
        if points is not None:
            selected = pa.array([int(point) for point in points], pa.int64())
            tables = (table.filter(pc.is_in(table["point"], selected)) for table in tables)
        frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
        return frame

    @validated
    def ending(self, outcomes: Sequence[str] | None = None) -> pd.DataFrame:
        """How outcomes end, over all points.

        Args:
            outcomes: their names; all that were kept by default.

        Returns:
            One row an outcome: outcome, label, unit, `points` that were run, the mean over points of the mean
            paired difference, its 5 % and 95 % quantiles over points (`low`, `high`), the `sign` that most
            points have, and the share of points that have it, or have no difference (`share_same_sign`,
            `share_zero`). Without a baseline mean, low and high are those of the level, and there is no sign.

        Raises:
            InputError: an outcome was not kept.
            MachineError: the runs are missing or damaged.
        """
        names = self.outcomes if outcomes is None else tuple(outcomes)
        for name in names:
            require(name, self.outcomes, "outcome", "not an outcome of this sweep")
        columns = {f"{name}_{'mean' if self.against is None else 'diff'}": name for name in names}
        last = self.frame.loc[self.frame["date"] == self.frame["date"].max(), list(columns)].rename(columns=columns)
        specs = [labels()[name] for name in names]
        texts = {"outcome": names, "label": [spec.label for spec in specs], "unit": [spec.unit for spec in specs]}
        spread = {"points": last.count(), "mean": last.mean(), "low": last.quantile(0.05), "high": last.quantile(0.95)}
        if self.against is not None:
            up, down, zero = ((last > SAME).mean(), (last < -SAME).mean(), (last.abs() <= SAME).mean())
            sign = np.where((zero == 1) | last.empty, "", np.where(up >= down, "+", "-"))
            spread |= {"sign": sign, "share_same_sign": np.maximum(up, down), "share_zero": zero}
        return pd.DataFrame(texts, index=list(names)).assign(**spread).reset_index(drop=True)

    @validated
    def plot(
        self,
        outcome: str | None = None,
        *,
        month: str | None = None,
        across: str | None = None,
        up: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Draws an outcome of a grid over two factors, as a heat map: the paired difference, if there is a baseline.

        A cell is the mean over the levels of all other factors. It has a sign where the 95 % interval of the difference
        excludes 0, at each of its points.

        Args:
            outcome: by default the first.
            month: YYYY-MM; by default the last that was kept.
            across: the factor along x; by default the first two factors are shown, named choices along y.
            up: the factor along y.
            ax: where to draw; a new figure if None.

        Raises:
            InputError: it is no grid of two factors or more, or there is no such outcome, month or factor.
            MachineError: the runs are missing or damaged.
        """
        from influence_sim.api.heat_map import heat_map

        return heat_map(self, outcome, month=month, across=across, up=up, ax=ax)

    @cached_property
    def finding(self) -> str:
        """How the first outcome ends over all points, in a sentence; "" where none could be run."""
        row: Any = self.ending(self.outcomes[:1]).to_dict("records")[0]
        if not row["points"]:
            return ""
        last, numbers = self.arguments["dates"][-1], (row[name] for name in ("mean", "low", "high"))
        text = f"{row['label']} in {last}: {with_interval(numbers, signed=self.against is not None)} over all points"
        if self.against is None:
            return f"{text}."
        way = {"+": "higher", "-": "lower"}.get(row["sign"])
        return f"{text}, {way} in {percent(row['share_same_sign'])} of them." if way else f"{text}, no difference."

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """How the outcomes end, over all points."""
        rows, paired = self.ending(), self.against is not None
        intervals = [[float(row[name]) for name in ("mean", "low", "high")] for row in rows.to_dict("records")]
        columns = {"ends": [with_interval(interval, signed=paired) for interval in intervals]}
        if paired:
            columns |= {"sign": rows["sign"].tolist(), "at points": [percent(s) for s in rows["share_same_sign"]]}
        heading = f"{self.title}. {'Differences' if paired else 'Levels'}: mean over points [5 % to 95 % of points]"
        yield heading, rows.assign(**columns)[["label", *columns]]

    def small_print(self) -> tuple[str, ...]:
        """What was run, and what shares of points are not."""
        return (*super().small_print(), *([CAUTION] if self.against else []))

    def described(self) -> str:
        """What was run."""
        against = f" against {self.against}" if self.against else ""
        numbers = "1 number varied" if len(self.factors) == 1 else f"{len(self.factors)} numbers varied"
        size = f"{counted(self.points, 'point')} ({self.method}), {counted(self.replicates, 'replicate')} at each"
        size += f"; {counted(len(self.failed), 'point')} failed" if self.failed else ""
        return f"{self.scenario}{against}: {numbers}, {size}"

    def _table(self, name: str, schema: Any) -> pd.DataFrame:
        """Reads a table of the folder, and checks its file and its columns against the manifest."""
        table = store.read_table(self._checked_path(name))
        for column in schema.names:
            if table.schema.names.count(column) != 1:
                raise MachineError(f"{self.folder}: damaged ({name} lacks {column!r}, which the manifest names)")
        try:
            frame: pd.DataFrame = table.select(schema.names).cast(schema).to_pandas()
        except pa.ArrowException as error:
            raise MachineError(f"{self.folder / name}: damaged ({str(error).splitlines()[0]})") from None
        return frame

    def _checked_path(self, name: str) -> Path:
        """The path of a file; a `MachineError` if it is missing, or not as the manifest says."""
        path = self.folder / name
        with machine_faults(path, "read"):
            path.lstat()  # raises if it is missing
            if not is_whole(path, self.manifest["files"].get(name)):
                raise MachineError(f"{path}: changed or damaged since it was written")
        return path
