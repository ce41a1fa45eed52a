"""A sweep's results in a folder."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError, MachineError, Problem, did_you_mean
from influence_sim.base.faults import machine_faults
from influence_sim.results.result import labels
from influence_sim.runs.manifest import file_hash
from influence_sim.runs.sweeps.design import Factor
from influence_sim.scenario.study_schema import TRAJECTORIES

if TYPE_CHECKING:
    import pandas as pd

SAME = 1e-12
"""A mean difference below this is none: the arms only rounded differently."""
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Sweep:
    """What a sweep gave.

    Attributes:
        folder: where it is.
        manifest: what the folder's manifest says.
    """

    folder: Path
    manifest: Mapping[str, Any]

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
        from influence_sim.runs.sweeps.tables import RUNS, read_runs

        self._whole(RUNS)
        frame: pd.DataFrame = read_runs(self.folder).to_pandas()
        return frame

    @cached_property
    def design(self) -> pd.DataFrame:
        """The points, as in `design.parquet`: a column a varied path, indexed by `point`.

        Raises:
            MachineError: the file is missing or damaged.
        """
        from influence_sim.runs.sweeps.tables import DESIGN, read_design

        self._whole(DESIGN)
        design: pd.DataFrame = read_design(self.folder).to_pandas().set_index("point")
        return design

    @cached_property
    def failed(self) -> list[dict[str, Any]]:
        """The points that failed, each with its parameters, the error and where it arose; usually none.

        Raises:
            MachineError: the file is missing or damaged.
        """
        from influence_sim.runs.sweeps.tables import FAILED

        if FAILED not in self.manifest["files"]:
            return []
        self._whole(FAILED)
        with machine_faults(self.folder / FAILED, "read"):
            found: list[dict[str, Any]] = json.loads((self.folder / FAILED).read_text(encoding="utf-8"))["failed"]
        return found

    def trajectories(self, points: Sequence[int] | None = None) -> pd.DataFrame:
        """Every month of every run, if the sweep kept them: point, scenario, replicate, date, and the outcomes.

        Args:
            points: of which points; all of them by default, which may be more than memory holds.

        Raises:
            InputError: the sweep did not keep them.
            MachineError: a file is missing or damaged.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from influence_sim.runs.store import read_table

        if self.arguments["keep"] != TRAJECTORIES:
            rule = "this sweep kept no trajectories; --keep trajectories does, and it must be run again for that"
            raise InputError(Problem(str(self.folder), None, None, "", rule))
        names = sorted(name for name in self.manifest["files"] if name.startswith(f"{TRAJECTORIES}/"))
        tables = (read_table(self.folder / name) for name in names)
        if points is not None:
            wanted = pa.array([int(point) for point in points], pa.int64())
            tables = (table.filter(pc.is_in(table["point"], wanted)) for table in tables)
        frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
        return frame

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def against(self) -> str | None:
        """Name of what it was compared with; None for one arm."""
        other = self.manifest["against"]
        return None if other is None else str(other["name"])

    @property
    def title(self) -> str:
        """The scenario's heading."""
        return str(self.manifest["scenario"]["title"])

    @property
    def question(self) -> str:
        """What the scenario asks."""
        return str(self.manifest["scenario"]["question"])

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What was asked for, in full: replicates, seed, months, factors, method, samples, outcomes, dates."""
        arguments: Mapping[str, Any] = self.manifest["arguments"]
        return arguments

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """What was varied, in order."""
        return tuple(Factor(**{**told, "choices": tuple(told["choices"])}) for told in self.arguments["factors"])

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
        import pandas as pd

        names = self.outcomes if outcomes is None else tuple(outcomes)
        for name in names:
            self._check(name)
        last = self.frame[self.frame["date"] == self.frame["date"].max()]
        suffix = "mean" if self.against is None else "diff"
        known = labels()
        rows = []
        for name in names:
            values = last[f"{name}_{suffix}"].dropna()
            row = {"outcome": name, "label": known[name].label, "unit": known[name].unit, "points": len(values)}
            spread = {"mean": values.mean(), "low": values.quantile(LOW), "high": values.quantile(HIGH)}
            rows.append({**row, **spread, **(_signs(values) if self.against is not None else {})})
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        """What was run."""
        return f"<Sweep {self._described()}>"

    def _repr_html_(self) -> str:
        """How the outcomes end as a small table, for notebooks."""
        shown = self.ending().drop(columns=["outcome", "unit"])
        head = f"<p><b>{html.escape(self.title)}</b><br>{html.escape(self._described())}</p>"
        return head + str(shown.to_html(index=False, float_format="{:.3f}".format, border=0))

    def _described(self) -> str:
        against = f" against {self.against}" if self.against else ""
        varied = "1 number varied" if len(self.factors) == 1 else f"{len(self.factors)} numbers varied"
        size = f"{self.points} points ({self.method}), {self.arguments['replicates']} replicates at each"
        return f"{self.scenario}{against}: {varied}, {size}"

    def _whole(self, name: str) -> None:
        """Holds a file against the manifest.

        Raises:
            MachineError: it is missing, or was changed since it was written.
        """
        path = self.folder / name
        with machine_faults(path, "read"):
            if file_hash(path) != self.manifest["files"].get(name):
                raise MachineError(f"{path}: changed since it was written")

    def _check(self, outcome: str) -> None:
        if outcome not in self.outcomes:
            rule, hint = "not an outcome of this sweep", did_you_mean(str(outcome), self.outcomes)
            raise InputError(Problem("outcome", None, None, str(outcome), rule, hint))


def _signs(values: pd.Series[float]) -> dict[str, Any]:
    """The sign most values have, the share that has it, and the share that has none."""
    shares = {"+": float((values > SAME).mean()), "-": float((values < -SAME).mean())}
    sign = max(shares, key=lambda name: shares[name]) if len(values) else ""
    zero = float((values.abs() <= SAME).mean())
    return {"sign": "" if zero == 1 else sign, "share_same_sign": shares.get(sign, float("nan")), "share_zero": zero}
