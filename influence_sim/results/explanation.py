"""Why an outcome moved, as what notebooks and the command line show."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import Month, format_month
from influence_sim.results.result import labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEADINGS: Mapping[str, str] = {
    "interventions": "By what the scenario fixes",
    "rules": "Through which alliance rules",
    "interests": "Through whose interests",
    "mechanisms": "Through which mechanisms",
    "everything": "By everything together",
}


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """An effect, divided among parts.

    Attributes:
        scenario: whose effect it is.
        title: its heading.
        against: what it is compared with.
        outcome: the outcome that moved.
        month: when it is read.
        replicates: how many.
        seed: of the draws.
        parameters: undated values that were set, for both arms.
        table: one row a part: by, kind (`part`, `remainder` or `effect`), part, words, claims, value with its 95 %
            interval (ci_low, ci_high), share of the effect, method. In each division parts and remainder add up to
            the effect.
    """

    scenario: str
    title: str
    against: str
    outcome: str
    month: Month
    replicates: int
    seed: int
    parameters: Mapping[str, float]
    table: pd.DataFrame

    @property
    def divisions(self) -> tuple[str, ...]:
        """In which ways the effect is divided."""
        return tuple(dict.fromkeys(self.table["by"]))

    @property
    def effect(self) -> tuple[float, float, float]:
        """The whole effect and its 95 % interval."""
        row = self.table[self.table["kind"] == "effect"].iloc[0]
        return float(row["value"]), float(row["ci_low"]), float(row["ci_high"])

    @property
    def finding(self) -> str:
        """What the effect is, in one sentence that claims no more than the interval allows."""
        mean, low, high = self.effect
        what = f"{labels()[self.outcome].label}"
        if mean == low == high == 0:
            return f"{what} does not move"
        if not (low > 0 or high < 0):
            return f"{what}: whether it rises or falls is open ({mean:+.2g})"
        return f"{what} {'rises' if mean > 0 else 'falls'} by {abs(mean):.2g}"

    def by(self, division: str) -> pd.DataFrame:
        """The rows of one division, the largest parts first.

        Raises:
            InputError: the effect was not divided in this way.
        """
        if division not in self.divisions:
            hint = did_you_mean(division, self.divisions) or f"there is {', '.join(self.divisions)}"
            raise InputError(Problem("by", None, None, division, "the effect was not divided in this way", hint))
        return self.table[self.table["by"] == division].reset_index(drop=True)

    def sentences(self, division: str) -> list[str]:
        """One sentence a part of a division, naming its claims.

        Raises:
            InputError: the effect was not divided in this way.
        """
        rows = self.by(division)
        parts = rows[rows["kind"] == "part"].to_dict("records")
        return [sentence(row, labels()[self.outcome].label) for row in parts]

    def plot(self, division: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws one division as a waterfall; small parts are put together.

        Args:
            division: which; by default the first.
            ax: where to draw; a new figure if None.

        Raises:
            InputError: the effect was not divided in this way.
        """
        from influence_sim import views
        from influence_sim.analysis.attribution import shortened

        chosen = division or self.divisions[0]
        rows = shortened(self.by(chosen))
        return views.waterfall(rows, ax=ax, label=labels()[self.outcome], title=HEADINGS[chosen])

    def figure(self) -> Figure:
        """The page of all divisions."""
        from influence_sim import views
        from influence_sim.analysis.attribution import shortened

        return views.waterfall_page(
            {HEADINGS[name]: shortened(self.by(name)) for name in self.divisions},
            title=self.finding,
            subtitle=f"{self.title}: {self._described()}",
            note=f"{self.replicates} replicates, seed {self.seed}.",
            label=labels()[self.outcome],
        )

    def __repr__(self) -> str:
        """What was explained."""
        return f"<Explanation {self._described()}>"

    def _repr_html_(self) -> str:
        """The largest parts of every division, for notebooks."""
        from influence_sim.analysis.attribution import shortened

        head = f"<p><b>{html.escape(self.finding)}</b><br>{html.escape(self._described())}</p>"
        return head + "".join(f"<p>{HEADINGS[name]}</p>{_html(shortened(self.by(name)))}" for name in self.divisions)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.divisions)

    def __getitem__(self, division: str) -> pd.DataFrame:
        """The rows of one division; `explanation["rules"]` is `explanation.by("rules")`."""
        return self.by(division)

    def _described(self) -> str:
        return f"{self.scenario} minus {self.against}, {self.outcome} in {format_month(self.month)}"


def _html(rows: pd.DataFrame) -> str:
    shown = rows[["part", "value", "ci_low", "ci_high", "share", "words", "claims"]]
    return str(shown.to_html(index=False, float_format="{:+.4f}".format, border=0, na_rep=""))


def sentence(row: Mapping[Any, Any], label: str) -> str:
    """What one part does, with its claims: `Recognition … erodes Kabul's (C35): lowers Kabul's authority by 0.02.`."""
    words = str(row["words"])
    claims = f" ({', '.join(str(row['claims']).split())})" if row["claims"] else ""
    return f"{words[:1].upper()}{words[1:]}{claims}: {_does(row, label)}."


def _does(row: Mapping[Any, Any], label: str) -> str:
    value, low, high = (float(row[name]) for name in ("value", "ci_low", "ci_high"))
    if value == low == high == 0 or value == 0:
        return f"changes nothing in {label}"
    if isfinite(low) and low <= 0 <= high:
        return f"whether it raises or lowers {label} is open ({value:+.2g})"
    share = float(row["share"])
    part = f", {100 * share:.0f} % of the effect" if isfinite(share) and share > 0 else ", against the effect"
    return f"{'raises' if value > 0 else 'lowers'} {label} by {abs(value):.2g}{part}"
