"""What a sweep is: everything that determines its numbers, checked before anything is computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from influence_sim.base.errors import InputError, Problem
from influence_sim.base.months import Month, format_month
from influence_sim.runs.manifest import SCHEMA_VERSION
from influence_sim.runs.request import RunRequest
from influence_sim.runs.sweeps.factors import Factor, Floats, group_names
from influence_sim.scenario import ResolvedScenario
from influence_sim.scenario.study_schema import METHODS, MORRIS, REDUCED, SOBOL_INDICES, TRAJECTORIES
from influence_sim.theatre import START, Theatre

if TYPE_CHECKING:
    from influence_sim.model import Arm

__all__ = ["METHODS", "REDUCED", "TRAJECTORIES", "SweepRequest"]

MAX_POINTS = 1_000_000
MAX_CELLS = 20_000_000
"""Most numbers in a design: 160 MB."""
BYTES_A_NUMBER, BYTES_A_COLUMN = 7.0, 800.0
"""What a number takes in the tables of a sweep, and each column beside its numbers; measured."""


@dataclass(frozen=True, eq=False)
class SweepRequest:
    """A scenario, usually beside its baseline, at many points.

    Attributes:
        theatre: the world.
        scenario: the arm in question.
        against: the arm it is compared with at each point; None for one arm.
        seed: of the draws, the same at every point.
        replicates: how many at each point, numbered from 0.
        months: how many monthly records.
        outcomes: what is kept.
        dates: the months at which it is kept, in order.
        factors: what is varied, in order.
        method: `grid`, `lhs`, `sobol_sequence`, `sobol_indices`, `morris` or `csv`.
        samples: how many the method is asked for: levels of a factor (grid), points (lhs, sobol_sequence,
            csv), base samples (sobol_indices), trajectories (morris).
        design_seed: of the points.
        keep: `reduced` or `trajectories`.
        fixed: undated parameter values at every point, in both arms.
        table: the points of the method `csv`, shape (points, factors).
    """

    theatre: Theatre
    scenario: ResolvedScenario
    against: ResolvedScenario | None
    seed: int
    replicates: int
    months: int
    outcomes: tuple[str, ...]
    dates: tuple[Month, ...]
    factors: tuple[Factor, ...]
    method: str
    samples: int
    design_seed: int = 0
    keep: str = REDUCED
    fixed: Mapping[str, float] = field(default_factory=dict)
    table: Floats | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be run.

        Raises:
            InputError: a number is out of range, the arms cannot differ within a run, or the design is too large.
        """
        _ = self.one_run
        problems = [*_size_problems(self)]
        if problems:
            raise InputError(problems)

    @cached_property
    def one_run(self) -> RunRequest:
        """The run at one point of the design, its varied numbers aside."""
        return RunRequest(self.theatre, self.scenario, self.against, self.seed, self.replicates, self.months)

    @property
    def scenarios(self) -> tuple[ResolvedScenario, ...]:
        """The scenario, then what it is compared with."""
        return self.one_run.scenarios

    @property
    def branch(self) -> Month | None:
        """The first month in which the arms may differ."""
        return self.one_run.branch

    @property
    def model_version(self) -> str:
        """Hash of the model's code and of the theatre."""
        return self.one_run.model_version

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Undated values that are the same at every point and in both arms."""
        varied = {factor.path for factor in self.factors}
        values = {**self.one_run.parameters, **self.fixed}
        return {name: value for name, value in sorted(values.items()) if name not in varied}

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, the scenario's first, with the fixed parameters; the varied ones go to `simulate`."""
        from influence_sim.model import Arm

        return tuple(Arm(self.theatre, s, self.months, self.parameters) for s in self.scenarios)

    def paths(self, arm: int) -> tuple[str, ...]:
        """The varied paths that an arm is given: all of them the scenario (0), its parameters the baseline (1)."""
        return tuple(factor.path for factor in self.factors if arm == 0 or not factor.of_scenario)

    @property
    def steps(self) -> tuple[int, ...]:
        """The kept dates as steps of a run, from 0."""
        return tuple(date - START for date in self.dates)

    @cached_property
    def points(self) -> int:
        """How many points the design has."""
        from influence_sim.runs.sweeps.designs import count

        return count(self)

    def unit(self) -> Floats:
        """The design in the unit cube, shape (points, factors); of the method `csv` there is none.

        Raises:
            ValueError: the method is `csv`.
        """
        from influence_sim.runs.sweeps.designs import unit_points

        return unit_points(self)

    def design(self) -> Floats:
        """The values at the points, shape (points, factors); the same for the same request; read-only."""
        return self._values

    @cached_property
    def _values(self) -> Floats:
        values = self.table if self.table is not None else self._from_unit()
        values = np.ascontiguousarray(values, dtype=np.float64)
        values.setflags(write=False)
        return values

    def _from_unit(self) -> Floats:
        unit = self.unit()
        for column, factor in enumerate(self.factors):
            unit[:, column] = factor.values_at(unit[:, column])
        return unit

    def canonical(self) -> dict[str, Any]:
        """The study as plain data that JSON can hold, with every default and every pattern written out."""
        from influence_sim.runs.sweeps import written

        return written.canonical(self)

    def files(self) -> dict[str, bytes]:
        """The files that make this request again, by name: `study.yaml`, and what it names."""
        from influence_sim.runs.sweeps import written

        return written.files(self)

    @cached_property
    def ingredients(self) -> dict[str, Any]:
        """All that determines the numbers, under the names in which a difference is told."""
        return {
            "schema_version": SCHEMA_VERSION,
            "model version": self.model_version,
            "scenario": self.scenario.digest(),
            "against": None if self.against is None else self.against.digest(),
            "parameters": self.parameters,
            "seed": self.seed,
            "replicates": self.replicates,
            "months": self.months,
            "outcomes": list(self.outcomes),
            "dates": [format_month(date) for date in self.dates],
            "factors": [asdict(factor) for factor in self.factors],
            "method": self.method,
            "samples": self.samples,
            "design seed": self.design_seed,
            "keep": self.keep,
            "points": None if self.table is None else hashlib.sha256(_bytes(self.table)).hexdigest(),
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that determines the numbers."""
        return hashlib.sha256(json.dumps(self.ingredients, sort_keys=True).encode()).hexdigest()

    @property
    def folder_name(self) -> str:
        """Name of the folder the results go to unless the user gives another."""
        return f"{self.scenario.name}-sweep-{self.digest[:12]}"

    def size(self) -> dict[str, int]:
        """How large the sweep is: points, simulated histories, rows, and bytes on disk (an estimate)."""
        arms = len(self.scenarios)
        runs = self.points * self.replicates * arms
        rows = self.points * len(self.dates)
        columns = 2 + len(self.factors) + len(self.outcomes) * (5 if arms == 1 else 10)
        # each row stands in a part and in the table made of the parts
        numbers = 2 * rows * columns + self.points * len(self.factors)
        if self.keep == TRAJECTORIES:
            numbers += runs * self.months * len(self.outcomes)
        size = numbers * BYTES_A_NUMBER + columns * BYTES_A_COLUMN
        return {"points": self.points, "runs": runs, "rows": rows, "bytes": int(size)}


def _bytes(table: Floats) -> bytes:
    little: NDArray[Any] = np.ascontiguousarray(table, dtype="<f8")
    return little.tobytes()


def _size_problems(request: SweepRequest) -> Iterator[Problem]:
    """What makes a design too large, or empty."""
    if not request.factors:
        yield Problem("vary", None, None, "", "a sweep varies at least one number")
        return
    if request.method in {SOBOL_INDICES, MORRIS} and len(request.factors) > len(group_names(request.factors)) == 1:
        rule = f"all that is varied moves as one group, so that {request.method} has nothing to tell apart"
        yield Problem("groups", None, None, "", rule, "make at least two groups")
    if request.points > MAX_POINTS:
        rule = f"a design has at most {MAX_POINTS} points"
        yield Problem("design", None, None, str(request.points), rule, "take fewer samples, or vary less")
    elif request.points * len(request.factors) > MAX_CELLS:
        rule = f"points times varied numbers may be at most {MAX_CELLS}"
        yield Problem("design", None, None, f"{request.points} x {len(request.factors)}", rule)
