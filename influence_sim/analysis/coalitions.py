"""What an effect is when only some of its parts are on: many coalitions side by side, on shared draws.

Rules, interests and mechanisms are parameters, so that coalitions of them ride as columns of one block, beside each
other as the worlds of a test of claims do. What a scenario fixes takes an arm of its own for each set of its entries.
The baseline is run under the same parameters, once for all these arms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from influence_sim.analysis.bench import COLUMNS, Progress, run_all
from influence_sim.analysis.parts import Part
from influence_sim.analysis.shapley import Members, Numbers, once
from influence_sim.analysis.slots import differing, mixed
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm, simulate
from influence_sim.runs.request import RunRequest
from influence_sim.scenario import ResolvedScenario

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns that one arm is run for.

    Attributes:
        arm: the arm.
        rows: which columns these are.
    """

    arm: Arm
    rows: Rows


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
    numbers: Numbers
    members: Members

    def values(self, pool: Executor | None = None, progress: Progress | None = None) -> Floats:
        """The effect in each column, scenario minus baseline on the same draws, (outcomes, columns).

        Raises:
            MachineError: a worker process died.
        """
        knobs = [part.slot is None for part in self.parts]
        first, twin = once([self.numbers, self.members[:, knobs]])
        scenarios, baselines = list(self._scenarios()), list(self._baselines(first))
        work = [self._job(batch) for batch in (*scenarios, *baselines)]
        results = run_all(work, pool, progress)
        levels = self._laid_out(scenarios, results[: len(scenarios)])
        effect: Floats = levels - self._laid_out(baselines, results[len(scenarios) :])[:, first][:, twin]
        return effect

    def _laid_out(self, batches: Sequence[Batch], results: Sequence[Floats]) -> Floats:
        """The results of some batches, each in its columns; others are left NaN."""
        levels = np.full((len(self.rows), len(self.numbers)), np.nan)
        for batch, result in zip(batches, results, strict=True):
            levels[:, batch.rows] = result
        return levels

    def _scenarios(self) -> Iterator[Batch]:
        """The columns by the entries of the scenario that are on."""
        shape = [part.slot is not None or self._dated(part) for part in self.parts]
        yield from self._batches(np.arange(len(self.numbers)), shape, on=True)

    def _baselines(self, rows: Rows) -> Iterator[Batch]:
        """The same for the baseline, in which no entry of the scenario is on."""
        yield from self._batches(rows, [self._dated(part) for part in self.parts], on=False)

    def _batches(self, rows: Rows, shape: Sequence[bool], *, on: bool) -> Iterator[Batch]:
        """Some columns by the arm they need, in blocks; `shape` says which parts decide that."""
        first, group = once([np.zeros(len(rows), dtype=np.bool_), self.members[rows][:, list(shape)]])
        for index, example in enumerate(first):
            arm = self._arm(self.members[rows[example]], on=on)
            alike = rows[group == index]
            yield from (Batch(arm, alike[start : start + COLUMNS]) for start in range(0, len(alike), COLUMNS))

    def _dated(self, part: Part) -> bool:
        """Whether a part is a parameter that one of the scenarios changes at a date, and that must not come back."""
        arms = (self.request.scenario, self.against)
        names = {name for arm in arms for change in arm.changes for name in change.values}
        return not names.isdisjoint(part.off)

    def _arm(self, member: Members, *, on: bool) -> Arm:
        """The scenario with the entries of one column, or its baseline."""
        request = self.request
        out = [part for part, here in zip(self.parts, member, strict=True) if not here]
        gone = {part.slot for part in out if part.slot is not None}
        slots = [slot for slot in differing(request.scenario, self.against) if slot not in gone] if on else []
        without = {name for part in out for name in part.off}
        scenario = mixed(request.scenario, self.against, slots, without)
        return Arm(request.theatre, scenario, request.months, request.parameters)

    def _job(self, batch: Batch) -> Callable[[], Floats]:
        numbers, members = self.numbers[batch.rows], self.members[batch.rows]
        values = dict(self._parameters(members))
        return partial(_read, batch.arm, self.request.seed, list(self.rows), numbers, values)

    def _parameters(self, members: Members) -> Iterator[tuple[str, Floats]]:
        """The parameters that are off in any column, (columns,) each."""
        found: dict[str, Floats] = {}
        for index, part in enumerate(self.parts):
            out = ~members[:, index]
            for name, value in part.off.items() if out.any() else ():
                column = found.setdefault(name, np.full(len(members), self._on(name)))
                column[out] = value
        yield from found.items()

    def _on(self, name: str) -> float:
        """The value of a parameter where nothing is off."""
        return self.request.parameters.get(name, self.request.theatre.parameters[name].default)


def _read(arm: Arm, seed: int, rows: list[int], numbers: Numbers, values: dict[str, Floats]) -> Floats:
    """Some outcomes of one arm in its last month, (outcomes, columns)."""
    last: Floats = simulate(arm, seed=seed, replicates=numbers, parameters=values)[-1, rows]
    return last
