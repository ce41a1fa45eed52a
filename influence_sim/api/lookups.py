"""What there is: scenarios, parameters, claims and outcomes, as tables and as plain rows."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError
from influence_sim.base.months import format_month
from influence_sim.runs.request import first_difference
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.theatre.spec import Outcome


def labels() -> dict[str, Outcome]:
    """What the outcomes are called, and their units."""
    return {outcome.name: outcome for outcome in load_theatre().outcomes}


def scenario_rows() -> list[dict[str, Any]]:
    """The shipped scenarios that the theatre can run: name, title, question, and the month of the `branch`."""
    vocabulary, found = load_theatre().vocabulary, {}
    for name in shipped_scenarios():
        with suppress(InputError):  # another theatre may lack whom it names
            found[name] = load_scenario(name, vocabulary)
    rows = []
    for name, scenario in found.items():
        month = first_difference(scenario, found["baseline"])
        branch = None if month is None else format_month(month)
        rows.append({"name": name, "title": scenario.title, "question": scenario.question, "branch": branch})
    return rows


def scenarios() -> pd.DataFrame:
    """The shipped scenarios as a table.

    Examples:
        >>> scenarios().set_index("name").loc["pressure_for_talks", "title"]
        'The world presses for talks'
    """
    return _table(scenario_rows())


def params() -> pd.DataFrame:
    """Every parameter: name, default, prior range (low, high), unit, source, status, note and choices.

    Examples:
        >>> params().set_index("name").loc["authority.erosion", ["low", "high"]].tolist()
        [0.0, 1.0]
    """
    return _table([asdict(spec) for spec in load_theatre().parameters.values()])


def claims() -> pd.DataFrame:
    """Every numbered claim of the article, and what in the model uses it (`used_by`).

    Examples:
        >>> claims()["id"].iloc[0]
        'C01'
    """
    return _table([{**asdict(claim), "used_by": list(claim.used_by)} for claim in load_theatre().ledger])


def outcomes() -> pd.DataFrame:
    """What a run records each month: name, label, unit, and the claims behind it.

    Examples:
        >>> outcomes()["name"].iloc[0]
        'kabul_authority'
    """
    known = [(one, " ".join(one.claims)) for one in load_theatre().outcomes]
    return _table([{"name": one.name, "label": one.label, "unit": one.unit, "claims": ids} for one, ids in known])


def _table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows)
