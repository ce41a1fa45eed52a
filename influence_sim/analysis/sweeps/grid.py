"""A grid of points as a map: an outcome by the levels of two factors."""

from __future__ import annotations

from typing import Final

import pandas as pd

from influence_sim.analysis.sweeps.design import DIFFERENCE, at_month

MOST_MAPS: Final = 9
"""Levels that a third factor may have for a map each; over those of other factors cells are means."""


def cells_of(
    frame: pd.DataFrame, column: str, across: str, up: str, by: str = "", *, month: str | None = None
) -> tuple[pd.DataFrame, str]:
    """The mean of a column at each pair of levels of two factors, in one month.

    Args:
        frame: the runs of a grid.
        column: a mean, or a paired difference, which has its interval beside it.
        across: the factor along x.
        up: the factor along y.
        by: the factor whose levels have a map each, if there is one.
        month: YYYY-MM; the last by default.

    Returns:
        A row a cell: its levels `across`, `up` and `panel` (NaN without `by`), the mean `value` over its points, and
        `sign`, 1 or -1 if the interval of the difference lies above, or below, zero at each of them, otherwise 0. And
        the month.

    Raises:
        InputError: the sweep has not kept this month.
    """
    rows, date = at_month(frame, month)
    table = pd.DataFrame({"across": rows[across], "up": rows[up], "panel": rows[by] if by else float("nan")})
    keys, signs = list(table.columns), 0 * rows[column]
    if column.endswith(DIFFERENCE):
        signs = (rows[f"{column}_low"] > 0).astype(int) - (rows[f"{column}_high"] < 0).astype(int)
    groups = table.assign(value=rows[column], sign=signs).groupby(keys, dropna=False)
    cells = groups.agg(value=("value", "mean"), sign=("sign", "min"), most=("sign", "max")).reset_index()
    cells["sign"] = cells["sign"].where(cells["sign"] == cells.pop("most"), 0)
    return cells, date
