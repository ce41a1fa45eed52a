"""Several scenarios side by side, as what notebooks and the command line show."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import Month, format_month
from influence_sim.results.result import Result, labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("scenario", "outcome", "diff", "ci_low", "ci_high")


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Several scenarios against one baseline, on the same draws.

    Attributes:
        results: one a scenario, in the order given; none if the comparison was read from a folder.
        table: their differences in the last month: scenario, outcome, diff, ci_low, ci_high, and, where it was asked
            for, what the assumptions do to them (share_same_sign, share_zero, parameter, rho, stands_out, note).
        against: name of the baseline.
        month: the last month.
        replicates: how many of each.
        seed: of the draws.
        samples: at how many points of the prior ranges the scenarios were compared again; 0 for none.
    """

    results: tuple[Result, ...]
    table: pd.DataFrame
    against: str
    month: Month
    replicates: int
    seed: int
    samples: int

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Their names, in the order given."""
        return tuple(dict.fromkeys(self.table["scenario"]))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that are compared."""
        return tuple(dict.fromkeys(self.table["outcome"]))

    def __getitem__(self, scenario: str) -> Result:
        """The result of one scenario.

        Raises:
            InputError: there is none of that name.
        """
        found = {result.scenario: result for result in self.results}
        if scenario not in found:
            hint = did_you_mean(str(scenario), found)
            raise InputError(Problem("comparison", None, None, str(scenario), "not among the results", hint))
        return found[scenario]

    def _ipython_key_completions_(self) -> list[str]:
        return [result.scenario for result in self.results]

    def plot(self, outcome: str, ax: Axes | None = None) -> Axes:
        """Draws the differences of one outcome, a row a scenario.

        Args:
            outcome: its name.
            ax: where to draw; a new figure if None.

        Raises:
            InputError: the outcome was not compared.
        """
        from influence_sim import views

        if outcome not in self.outcomes:
            hint = did_you_mean(str(outcome), self.outcomes)
            raise InputError(Problem("outcome", None, None, str(outcome), "not among the outcomes compared", hint))
        return views.forest(self.table, outcome, ax=ax, labels=labels())

    def figure(self) -> Figure:
        """The page of all outcomes."""
        from influence_sim import views

        tried = f", {self.samples} samples of the assumptions" if self.samples else ""
        return views.compare_forest(
            self.table,
            title=f"{len(self.scenarios)} scenarios against {self.against}, on the same draws",
            subtitle=f"Difference in {format_month(self.month)}",
            note=f"{self.replicates} replicates, seed {self.seed}{tried}.",
            labels=labels(),
        )

    def __repr__(self) -> str:
        """What was compared."""
        return f"<Comparison {self._described()}>"

    def _repr_html_(self) -> str:
        """The differences, an outcome a column, for notebooks."""
        wide = self.table.assign(cell=[_cell(row) for row in self.table.to_dict("records")])
        shown = wide.pivot_table(index="scenario", columns="outcome", values="cell", aggfunc="first", sort=False)
        shown = shown.rename(columns={name: labels()[name].label for name in self.outcomes})
        shown.columns.name = shown.index.name = None
        return f"<p>{html.escape(self._described())}</p>{shown.to_html(border=0)}"

    def _described(self) -> str:
        size = f"{self.replicates} replicates, seed {self.seed}"
        return f"{', '.join(self.scenarios)} minus {self.against} in {format_month(self.month)}: {size}"


def _cell(row: dict[object, object]) -> str:
    mean, low, high = (float(str(row[name])) for name in ("diff", "ci_low", "ci_high"))
    return f"{mean:+.3f} [{low:+.3f} to {high:+.3f}]"
