"""A table that a notebook shows with its texts in full."""

from __future__ import annotations

import pandas as pd


class Table(pd.DataFrame):
    """A table of pandas whose long texts are not cut where a notebook shows it."""

    @property
    def _constructor(self) -> type[Table]:
        return Table

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None):
            return super()._repr_html_()  # type: ignore[misc,no-any-return]
