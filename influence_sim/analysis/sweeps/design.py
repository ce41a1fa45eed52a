"""What readers of a sweep must know: what was varied and how, and which column an outcome's name means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME
from influence_sim.runs.sweeps.design import DATE, POINT, Factor, group_names
from influence_sim.scenario.study_schema import MORRIS, SOBOL_INDICES

DIFFERENCE, MEAN = "_diff", "_mean"
SPREAD: Final[Mapping[str, str]] = {DIFFERENCE: "_diff_sd", MEAN: "_sd"}
"""Which column holds the standard deviation over replicates of what another one is the mean of."""


@dataclass(frozen=True, slots=True)
class Design:
    """How the points of a sweep were chosen."""

    factors: tuple[Factor, ...]  # what was varied, in the order in which the design knows them
    method: str  # `grid`, `lhs`, `sobol_sequence`, `sobol_indices`, `morris` or `csv`
    points: int  # how many were planned
    replicates: int = 0  # at each point; 0 if not known

    @property
    def movers(self) -> tuple[str, ...]:
        """What moves on its own: groups, and the paths of factors without one."""
        return group_names(self.factors)

    @property
    def groups(self) -> dict[str, list[str]]:
        """The paths of the factors that move together, by the name of their group."""
        names = dict.fromkeys(factor.group for factor in self.factors if factor.group)
        return {name: [factor.path for factor in self.factors if factor.group == name] for name in names}

    @property
    def block(self) -> int:
        """Points that only tell something together: of one base sample, of one trajectory, or one."""
        return {SOBOL_INDICES: len(self.movers) + 2, MORRIS: len(self.movers) + 1}.get(self.method, 1)


def outcomes_of(frame: pd.DataFrame) -> tuple[str, ...]:
    """The outcomes of which a table of runs holds means."""
    return tuple(name.removesuffix(MEAN) for name in map(str, frame.columns) if name.endswith(MEAN))


def column_of(frame: pd.DataFrame, outcome: str, design: Design) -> str:
    """The column meant by a name: the paired difference of an outcome, its mean if there is none, or a column.

    Raises:
        InputError: there is no such outcome or column, or it does not hold numbers.
    """
    keys = {POINT, DATE, *(factor.path for factor in design.factors)}
    answers = [str(name) for name in frame.columns if name not in keys]
    column = next((outcome + ending for ending in (DIFFERENCE, MEAN, "") if outcome + ending in answers), None)
    if column is None:
        names = [*outcomes_of(frame), *answers]
        hint = did_you_mean(outcome, names) or f"there are {', '.join(names[:6])}"
        raise InputError(wrong("--outcome", outcome, "not an outcome of this sweep", hint))
    require_numbers(frame, [column])
    return column


def require_numbers(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Refuses columns that stand twice in a table, or hold something else than numbers (`InputError`)."""
    for name in columns:
        if list(frame.columns).count(name) > 1:
            raise InputError(wrong(name, "", "this column stands there more than once"))
        if not is_numeric_dtype(frame[name]):
            invalid = frame[name][pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()]
            raise InputError(wrong(name, invalid.iloc[0] if len(invalid) else "", "this column must hold numbers"))


def at_month(frame: pd.DataFrame, month: str | None) -> tuple[pd.DataFrame, str]:
    """The rows of one month (YYYY-MM), the last if none is named, by point, and the month.

    A table without dates is of one moment, and its month is "".

    Raises:
        InputError: no point was computed, the sweep has not kept this month, or what should be a date is none.
    """
    if frame.empty:
        rule, hint = "none of its points was computed", "failed.json says why, and `sweep --resume` tries them again"
        raise InputError(wrong("sweep", "", rule, hint))
    date = ""
    if DATE in frame.columns:
        texts = frame[DATE].astype(str)  # as they are in CSV
        dates = pd.to_datetime(texts, format="ISO8601", errors="coerce")
        if dates.isna().any():
            raise InputError(wrong(DATE, frame[DATE][dates.isna()].iloc[0], "this column must hold dates, YYYY-MM-DD"))
        months = dates.dt.strftime("%Y-%m")
        names = sorted(months.unique())
        if month is not None and month not in names:
            raise InputError(wrong("--month", month, "the sweep has not kept this month", f"it has {', '.join(names)}"))
        date = month or names[-1]
        frame = frame[months == date]
    if POINT not in frame.columns:
        return frame, date
    if (repeated := frame[POINT][frame[POINT].duplicated()]).size:
        place = f" in {date}" if date else "; of several months, name them in `date`"
        raise InputError(wrong(POINT, repeated.iloc[0], f"this point has more than one row{place}"))
    return frame.sort_values(POINT), date


def whole_blocks(frame: pd.DataFrame, columns: Sequence[str], design: Design) -> pd.DataFrame:
    """The rows, in order of their points, of those blocks of a design that have a finite number in every column.

    Raises:
        InputError: there is no such block.
    """
    numbers = frame[POINT].to_numpy() if POINT in frame.columns else np.arange(len(frame))
    finite = np.isfinite(frame[list(columns)].to_numpy(dtype=np.float64)).all(axis=1)
    blocks, sizes = np.unique(numbers[finite] // design.block, return_counts=True)
    flags = finite & np.isin(numbers // design.block, blocks[sizes == design.block])
    if not flags.any():
        rule = f"a {design.method} design needs {design.block} finished points together, and there are none"
        raise InputError(wrong("sweep", "", rule))
    rows: pd.DataFrame = frame.loc[flags]
    return rows


def require_blocks(x: Floats, design: Design) -> None:
    """Refuses points that do not lie as their design says, of which its numbers would be wrong (`InputError`).

    Args:
        x: whole blocks in their order, (points, factors).
        design: how they are said to have been chosen.
    """
    if design.block == 1:
        return
    blocks = x.reshape(-1, design.block, x.shape[1])
    moves = np.array([[factor.label == mover for factor in design.factors] for mover in design.movers])
    if design.method == SOBOL_INDICES:
        first, last = blocks[:, :1], blocks[:, -1:]
        fits = np.allclose(blocks[:, 1:-1], np.where(moves, last, first), rtol=SAME, atol=0)
        rule = "each but the last is the first with one factor of the last"
        hint = "SALib makes them with calc_second_order=False"
    else:
        changed = ~np.isclose(blocks[:, 1:], blocks[:, :-1], rtol=SAME, atol=0)
        moved = (changed[:, :, None] & moves).any(axis=-1)  # (trajectories, steps, movers)
        fits = bool((moved.sum(axis=1) <= 1).all() and (moved.sum(axis=2) <= 1).all())
        rule, hint = "every factor moves once, and one at a time", "SALib makes them"
    if not fits:
        rule = f"these are no points of this design, where of {design.block} in a row {rule}"
        hint = f"{hint}, and their order counts; any others have rank correlations, by the method csv"
        raise InputError(wrong("method", design.method, rule, hint))


def noise_share(frame: pd.DataFrame, column: str, design: Design) -> float:
    """The replicates' share of the variance of a column over points, at most; NaN if it cannot be told.

    A mean of R replicates has the error variance sd²/R. Points share their draws, and what they share moves
    all of them alike and is no difference between them: the true share is smaller.
    """
    spread = next((column.removesuffix(ending) + sd for ending, sd in SPREAD.items() if column.endswith(ending)), "")
    if spread not in frame.columns or design.replicates < 2 or len(frame) < 2:
        return float("nan")
    variance = float(frame[column].var())
    error = float((frame[spread] ** 2).mean()) / design.replicates
    return error / variance if variance > 0 else float("nan")
