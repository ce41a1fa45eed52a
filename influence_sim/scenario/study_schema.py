"""The shape of a study file: which keys, which types, which numbers.

Names, and what only makes sense together, are checked later; here a name is any text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidatorFunctionWrapHandler, WrapValidator

from influence_sim.scenario.schema import Date, Part, Several, Version, Word

PRIORS = "priors"
"""The word for every parameter over its prior range."""
ALONE, ASKED = "none", "asked"
"""The words for a run without a second arm, and for one against what the scenario names in `against`."""
GRID, LHS, SOBOL_SEQUENCE = "grid", "lhs", "sobol_sequence"
SOBOL_INDICES, MORRIS, CSV = "sobol_indices", "morris", "csv"
METHODS = (GRID, LHS, SOBOL_SEQUENCE, SOBOL_INDICES, MORRIS, CSV)
LINEAR, LOG, TRIANGULAR = "linear", "log", "triangular"
SCALES = (LINEAR, LOG, TRIANGULAR)
REDUCED, TRAJECTORIES = "reduced", "trajectories"
KEEPS = (REDUCED, TRAJECTORIES)
MAX_COUNT = 1_000_000
"""Most samples of a design, and most replicates at a point."""
MAX_SEED = 2**32 - 1
"""Largest seed of a design; SALib takes no larger one."""
MAX_DRAWS = 2**63 - 1
"""Largest seed of the draws."""
_RANGE = "must be [LOW, HIGH], {low: , high: } or {choice: [...]}"


class Range(Part):
    """The values one number takes: a range with a scale, or a list of choices."""

    low: float | None = Field(None, description="Smallest value.")
    high: float | None = Field(None, description="Largest value.")
    scale: Word | None = Field(None, description="linear (the default), log, or triangular.")
    peak: float | None = Field(None, description="Most likely value of a triangular range; its middle if left out.")
    choice: Several[float] | None = Field(
        None, description="The values it may take, all equally likely, instead of a range."
    )


class Priors(dict[str, Range]):
    """An empty mapping that stands for every parameter."""


class Design(Part):
    """How the points are chosen."""

    method: Word = Field(description="grid, lhs, sobol_sequence, sobol_indices (Saltelli), morris or csv.")
    samples: Annotated[int, Field(ge=1, le=MAX_COUNT)] | None = Field(
        None,
        description="Levels of each number (grid), points (lhs, sobol_sequence), base samples (sobol_indices), "
        "trajectories (morris).",
    )
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = Field(1, description="Of the points.")
    file: Word | None = Field(None, description="A file of points in the study's folder, for the method csv.")


def expand_range(value: object) -> Any:
    """A range as keys and values; `[low, high]` is short for the keys `low` and `high`."""
    if isinstance(value, list | tuple):
        if len(value) != 2:
            raise ValueError(_RANGE)
        return {"low": value[0], "high": value[1]}
    if not isinstance(value, Mapping | Range):
        raise ValueError(_RANGE)  # noqa: TRY004 - pydantic reports only ValueError
    return value


def _priors_or_ranges(value: object, ranges: ValidatorFunctionWrapHandler) -> Any:
    if value == PRIORS:
        return Priors()
    if isinstance(value, str):
        raise ValueError(f"must be keys with ranges, or the word {PRIORS}")  # noqa: TRY004 - as above
    return ranges(value)


Names = Annotated[Several[Word], Field(min_length=1)]
Ranges = Annotated[dict[str, Annotated[Range, BeforeValidator(expand_range)]], WrapValidator(_priors_or_ranges)]


class Study(Part):
    """One study file as written."""

    schema_version: Version = Field(description="Version of this format.")
    scenario: Word = Field(description="A shipped scenario, or a file NAME.yaml in the same folder.")
    against: Word | None = Field(
        ASKED,
        description="What it is compared with at every point; null for nothing, asked for what the scenario names.",
    )
    replicates: Annotated[int, Field(ge=1, le=MAX_COUNT)] = Field(64, description="Runs of each arm at every point.")
    seed: Annotated[int, Field(ge=0, le=MAX_DRAWS)] = Field(1, description="Of the draws, the same at every point.")
    months: Annotated[int, Field(ge=1)] | None = Field(
        None, description="Months of each run; the theatre's own number if left out."
    )
    design: Design
    vary: Ranges | None = Field(None, description="What is varied, and between what; or the word priors.")
    groups: dict[str, Names] = Field(
        default_factory=dict,
        description="Parameters that move together in sobol_indices and morris: names, or patterns such as cost.*",
    )
    parameters: dict[str, float] = Field(default_factory=dict, description="Undated values at every point, both arms.")
    outcomes: Names | None = Field(
        None, description="What is kept; what the scenario asks about and the headline outcomes if left out."
    )
    dates: Annotated[Several[Date], Field(min_length=1)] | None = Field(
        None, description="Months at which it is kept; each December from the branch on, and the last, if left out."
    )
    keep: Word = Field(REDUCED, description="reduced, or trajectories to keep every run as well.")
