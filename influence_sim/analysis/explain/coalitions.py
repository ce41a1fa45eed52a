"""What an effect is when only some of its parts are on: many coalitions, on shared draws.

Rules, interests and mechanisms are parameters, so that coalitions of them are points of one arm. What a scenario fixes
takes an arm of its own for each set of its entries. The baseline is run under the same parameters, once for all of
these arms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from influence_sim.analysis.explain.entries import differing, mixed
from influence_sim.analysis.explain.parts import Part
from influence_sim.analysis.explain.shapley import once
from influence_sim.base.numbers import Flags, Floats, Integers
from influence_sim.model import Arm
from influence_sim.runs.points import Job, whole
from influence_sim.runs.request import RunRequest
from influence_sim.scenario import ResolvedScenario


@dataclass(frozen=True, eq=False)
class Coalitions:
    """Who is in, column by column.

    Attributes:
        request: the run whose effect is asked for.
        against: its baseline.
        rows: of the outcomes that are read in its last month.
        parts: what may be on or off.
        numbers: the replicate of each column, (columns,).
        members: which parts are on there, (columns, parts).
    """

    request: RunRequest
    against: ResolvedScenario
    rows: Sequence[int]
    parts: Sequence[Part]
    numbers: Integers
    members: Flags

    def values(self, **how: Any) -> Floats:
        """The effect in each column, scenario minus baseline on the same draws, (outcomes, columns).

        Args:
            how: threads and progress, as for `run_points`.

        Raises:
            MachineError: as for `run_points`.
        """
        entry = np.array([part.entry is not None for part in self.parts], dtype=np.bool_)
        dated = np.array([self._is_dated(part) for part in self.parts], dtype=np.bool_)
        # of columns that differ in entries alone the baseline is run once
        first, twin = once(self.numbers, self.members[:, ~entry])
        scenario = list(self._arms(np.arange(len(self.numbers)), entry | dated))
        baseline = list(self._arms(first, dated, entries=False))
        arms = [*scenario, *baseline]
        kept = whole([self._job(arm, columns) for arm, columns in arms], **how)
        levels = np.full((2, len(self.rows), len(self.numbers)), np.nan)
        for index, ((_, columns), found) in enumerate(zip(arms, kept, strict=True)):
            levels[int(index >= len(scenario))][:, columns] = found.T
        effect: Floats = levels[0] - levels[1][:, first][:, twin]
        return effect

    def _arms(self, columns: Integers, decide: Flags, *, entries: bool = True) -> Iterator[tuple[Arm, Integers]]:
        """Some columns by the arm they need; `decide` says which parts that hangs on.

        Args:
            columns: which.
            decide: for each part whether the arm hangs on it.
            entries: whether entries of the scenario may be on; otherwise it is the baseline.
        """
        differ = differing(self.request.scenario, self.against) if entries else ()
        first, group = once(np.zeros(len(columns), dtype=np.int64), self.members[columns][:, decide])
        for index, example in enumerate(first):
            out = [part for part, on in zip(self.parts, self.members[columns[example]], strict=True) if not on]
            gone = {part.entry for part in out}
            without = {name for part in out for name in part.off}
            on = [entry for entry in differ if entry not in gone]
            scenario = mixed(self.request.scenario, self.against, on, without)
            arm = Arm(self.request.theatre, scenario, self.request.months, self.request.parameters)
            yield arm, columns[group == index]

    def _is_dated(self, part: Part) -> bool:
        """Whether a part is a parameter that one of the scenarios changes at a date, and that must not come back."""
        arms = (self.request.scenario, self.against)
        return any(not change.values.keys().isdisjoint(part.off) for arm in arms for change in arm.changes)

    def _job(self, arm: Arm, columns: Integers) -> Job[Floats]:
        """Each column is a point with a replicate of its own, at the parameters that are off there."""
        points: dict[str, Floats] = {}
        for index, part in enumerate(self.parts):
            out = ~self.members[columns, index]
            for name, value in part.off.items() if out.any() else ():
                default = self.request.parameters.get(name, self.request.theatre.parameters[name].default)
                points.setdefault(name, np.full(len(columns), default))[out] = value
        numbers = self.numbers[columns][:, None]
        return Job([arm], self.request.seed, numbers, _levels, points, steps=[arm.months - 1], rows=self.rows)


def _levels(runs: Sequence[Floats]) -> Floats:
    """Some outcomes of one arm in its last month, (columns, outcomes)."""
    return runs[0][:, 0, :, 0]
