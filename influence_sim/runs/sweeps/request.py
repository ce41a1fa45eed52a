"""The request of a sweep: everything that determines its numbers, checked before anything is computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any, ClassVar

import numpy as np

from influence_sim.base.errors import InputError, raise_any, wrong
from influence_sim.base.months import Month, format_month
from influence_sim.base.numbers import Floats
from influence_sim.base.plain_data import block, flow
from influence_sim.base.values import picked
from influence_sim.runs.manifest import SCHEMA_VERSION, SWEEP
from influence_sim.runs.request import AGAINST, SCENARIO, RunRequest
from influence_sim.runs.sweeps.design import Factor, group_names, unit_points
from influence_sim.scenario.study_schema import CSV, GRID, LINEAR, MORRIS, REDUCED, SOBOL_INDICES, TRAJECTORIES

MAX_POINTS = 1_000_000
MAX_CELLS = 20_000_000
"""Most numbers in a design: 160 MB."""
BYTES_A_NUMBER, BYTES_A_COLUMN = 7.0, 800.0
"""Bytes of a number in the tables of a sweep, and of a column besides its numbers; measured."""
COLUMNS, PART_MONTHS, EVEN = 2000, 4_000_000, 4
"""A part has whole blocks of so many points x replicates, at most so many months of runs, and the count of parts is a
multiple of `EVEN`, so that few workers or shards get the same share."""
FEWEST_PARTS, MOST_PARTS = 64, 10_000
"""Fewest parts of a large sweep, so that little is lost when it is killed; most parts of any."""
STUDY, POINTS = "study.yaml", "points.csv"
DESIGN, RUNS, FAILED = "design.parquet", "runs.parquet", "failed.json"
PARTS, DONE, WHOLE = "parts", "done", "trajectories"
"""Folders of the parts: their statistics, their records, and their trajectories if they are kept."""


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive points that are written at once."""

    index: int  # its number, from 0
    start: int  # its first point
    stop: int  # the point after its last

    @property
    def stem(self) -> str:
        """The stem of its files."""
        return f"part-{self.index:05d}"

    @property
    def size(self) -> int:
        """The number of its points."""
        return self.stop - self.start


@dataclass(frozen=True, eq=False, kw_only=True)
class SweepRequest(RunRequest):
    """A run, usually of a scenario and its baseline, at many points, with the same draws at every point."""

    kind: ClassVar[str] = SWEEP

    outcomes: tuple[str, ...]  # the outcomes kept
    dates: tuple[Month, ...]  # the months at which they are kept, in order
    factors: tuple[Factor, ...]  # the varied numbers, in order
    method: str  # `grid`, `lhs`, `sobol_sequence`, `sobol_indices`, `morris` or `csv`
    samples: int  # size of the design, see `unit_points`; of `csv` the number of points
    design_seed: int = 0  # of the points
    keep: str = REDUCED  # `reduced` or `trajectories`
    fixed: Mapping[str, float] = field(default_factory=dict)  # undated parameter values at every point, in both arms
    table: Floats | None = None  # the points of the method `csv`, shape (points, factors)
    part_points: int | None = None  # most points of a part, instead of the default; no number depends on it

    def __post_init__(self) -> None:
        """Refuses what `RunRequest` refuses, and a design that is too large (`InputError`)."""
        super().__post_init__()
        if not self.factors:
            raise InputError(wrong("vary", "", "a sweep varies at least one number"))
        problems, width = [], len(self.factors)
        if self.method in {SOBOL_INDICES, MORRIS} and width > len(group_names(self.factors)) == 1:
            rule = f"all that is varied moves as one group, so that {self.method} has nothing to tell apart"
            problems.append(wrong("groups", "", rule, "make at least two groups"))
        longest = max(self.factors, key=lambda factor: len(factor.choices))
        if self.method not in {GRID, CSV} and self.samples < len(longest.choices):
            rule = f"{longest.path} has {len(longest.choices)} choices, of which some would never be tried"
            problems.append(wrong("design", self.samples, rule, f"take at least {len(longest.choices)} samples"))
        if self.points > MAX_POINTS:
            rule = f"a design has at most {MAX_POINTS:,} points"
            problems.append(wrong("design", self.points, rule, "take fewer samples, or vary less"))
        elif self.points * width > MAX_CELLS:
            rule = f"points times varied numbers may be at most {MAX_CELLS:,}"
            problems.append(wrong("design", f"{self.points} x {width}", rule))
        raise_any(problems)

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Undated values that are the same at every point and in both arms, without the varied ones."""
        varied = {factor.path for factor in self.factors}
        values = {name: value for arm in reversed(self.scenarios) for name, value in arm.parameters.items()}
        return {name: value for name, value in sorted((values | dict(self.fixed)).items()) if name not in varied}

    @property
    def steps(self) -> tuple[int, ...]:
        """The kept dates as steps of a run, from 0."""
        return tuple(date - self.theatre.start for date in self.dates)

    @cached_property
    def points(self) -> int:
        """The number of points of the design, without making it."""
        if self.method == GRID:
            return prod(len(factor.choices) or self.samples for factor in self.factors)
        extra = {SOBOL_INDICES: 2, MORRIS: 1}
        return self.samples * (len(group_names(self.factors)) + extra[self.method] if self.method in extra else 1)

    @cached_property
    def design(self) -> Floats:
        """The values at the points, shape (points, factors); the same for the same request; read-only."""
        values = self.table
        if values is None:
            values = unit_points(self.method, self.factors, self.samples, self.design_seed)
            for column, factor in enumerate(self.factors):
                values[:, column] = factor.values_at(values[:, column])
        values = np.ascontiguousarray(values, dtype=np.float64)
        values.setflags(write=False)
        return values

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The parts of the design, whose sizes differ by one at most; they depend on the request alone."""
        total = self.points
        if self.part_points:
            count = -(-total // self.part_points)
        else:
            block_points = max(1, COLUMNS // self.replicates)
            blocks = -(-total // block_points)
            block_months = block_points * self.replicates * self.months * len(self.scenarios)
            max_blocks = 1 if self.keep == TRAJECTORIES else max(1, PART_MONTHS // block_months)
            part_blocks = max(min(max(1, blocks // FEWEST_PARTS), max_blocks), -(-blocks // MOST_PARTS))
            count = -(-blocks // part_blocks)
            count = min(-(-count // EVEN) * EVEN if count > 1 else 1, total)
        cuts = [total * index // count for index in range(count + 1)]
        return tuple(Part(index, *ends) for index, ends in enumerate(pairwise(cuts)))

    @cached_property
    def ingredients(self) -> dict[str, Any]:
        """All that determines the numbers, under the names that errors use for differences."""
        return {
            "model version": self.model_version,
            "scenario": self.scenario.digest(),
            "against": None if self.against is None else self.against.digest(),
            **picked(self, "parameters", "seed", "replicates", "months"),
            "outcomes": list(self.outcomes),
            "dates": [format_month(date) for date in self.dates],
            "factors": [asdict(factor) for factor in self.factors],
            **picked(self, "method", "samples"),
            "design seed": self.design_seed,
            "keep": self.keep,
            "points": None if self.table is None else hashlib.sha256(_bytes(self.table)).hexdigest(),
        }

    def key(self, part: Part) -> str:
        """SHA-256 of all that determines the numbers of a part."""
        digest = hashlib.sha256(f"{SCHEMA_VERSION} {self.digest} {part.start} {part.size} ".encode())
        digest.update(_bytes(self.design[part.start : part.stop]))
        return digest.hexdigest()

    @property
    def about(self) -> dict[str, Any]:
        """Its part of a manifest: both arms, and the arguments in full."""
        plain: dict[str, Any] = json.loads(json.dumps(self.ingredients))
        plain["given points"] = plain.pop("points")  # their hash; `points` says how many there are
        arguments = {name.replace(" ", "_"): value for name, value in plain.items()}
        count = {"points": self.points, "parts": len(self.parts)}
        return {**super().about, "arguments": {"schema_version": SCHEMA_VERSION, **arguments, **count}}

    @property
    def folder_name(self) -> str:
        """Name of the folder the results go to unless the user gives another."""
        return f"{self.scenario.name}-sweep-{self.digest[:12]}"

    @property
    def inputs(self) -> dict[str, bytes]:
        """Files that make this request again: `study.yaml`, and what it names."""
        lines = [f"# {self.scenario.title}"]
        for key, value in self.canonical().items():
            if not isinstance(value, dict) or key == "design":
                lines.append(f"{key}: {flow(value)}")
            elif value or key != "vary":
                lines += block(key, [f"{flow(name)}: {flow(item)}" for name, item in value.items()], "{}")
        files = {STUDY: ("\n".join(lines) + "\n").encode(), **super().inputs}
        if self.table is not None:
            rows = [",".join(map(repr, row)) for row in self.table.tolist()]
            rows.insert(0, ",".join(factor.path for factor in self.factors))
            files[POINTS] = ("\n".join(rows) + "\n").encode()
        return files

    def files_of(self, part: Part) -> dict[str, str]:
        """The files of a part: folder -> name."""
        folders = (PARTS, DONE, WHOLE) if self.keep == TRAJECTORIES else (PARTS, DONE)
        return {sub: f"{sub}/{part.stem}.{'json' if sub == DONE else 'parquet'}" for sub in folders}

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that its folder may hold, the manifest apart."""
        of_parts = (name for part in self.parts for name in self.files_of(part).values())
        return (*self.inputs, DESIGN, RUNS, FAILED, *of_parts)

    def canonical(self) -> dict[str, Any]:
        """The study as plain data for JSON, with every default and every pattern written out."""
        group_names = dict.fromkeys(factor.group for factor in self.factors if factor.group)
        groups = {group: [factor.path for factor in self.factors if factor.group == group] for group in group_names}
        size = {"samples": self.samples} if self.table is None else {"file": POINTS}
        ingredients = self.ingredients
        return {
            "schema_version": 1,
            "scenario": SCENARIO,
            "against": None if self.against is None else AGAINST,
            **picked(self, "replicates", "seed", "months"),
            "design": {"method": self.method, **size, "seed": self.design_seed},
            "vary": {} if self.table is not None else {factor.path: _range(factor) for factor in self.factors},
            "groups": groups,
            **{name: ingredients[name] for name in ("parameters", "outcomes", "dates", "keep")},
        }

    def size(self) -> dict[str, int]:
        """The size of the sweep: points, simulated histories, rows, and bytes on disk (an estimate)."""
        arms = len(self.scenarios)
        runs, rows = self.points * self.replicates * arms, self.points * len(self.dates)
        columns = 2 + len(self.factors) + len(self.outcomes) * (5 if arms == 1 else 10)
        # each row stands in a part and in the table made of the parts
        numbers = 2 * rows * columns + self.points * len(self.factors)
        if self.keep == TRAJECTORIES:
            numbers += runs * self.months * len(self.outcomes)
        size = numbers * BYTES_A_NUMBER + columns * BYTES_A_COLUMN
        return {"points": self.points, "runs": runs, "rows": rows, "bytes": int(size)}


def of_shard(parts: Sequence[Part], shard: tuple[int, int] | None) -> Sequence[Part]:
    """The parts of shard number `shard[0]` of `shard[1]`, from 1; all of them if there is none."""
    if shard is None:
        return parts
    number, count = shard
    if not 1 <= number <= count:
        rule = "a shard is its number, from 1, and their count, as in 3/8"
        raise InputError(wrong("--shard", f"{number}/{count}", rule))
    return [part for part in parts if part.index % count == number - 1]


def _range(factor: Factor) -> dict[str, Any]:
    """A factor's values as in a study."""
    if factor.choices:
        return {"choice": list(factor.choices)}
    scale = {} if factor.scale == LINEAR else {"scale": factor.scale}
    peak = {} if factor.peak is None else {"peak": factor.peak}
    return {"low": factor.low, "high": factor.high, **scale, **peak}


def _bytes(table: Floats) -> bytes:
    return bytes(np.ascontiguousarray(table, dtype="<f8").tobytes())
