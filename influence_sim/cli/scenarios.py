"""`list` and `show`: what the scenarios are."""

# ruff: noqa: PLC0415 - what is heavy is imported when a command needs it, so that help answers at once
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.cli.tables import Column
from influence_sim.scenario.months import format_month

if TYPE_CHECKING:
    from influence_sim.scenario import ResolvedScenario

COLUMNS = (Column("SCENARIO"), Column("BRANCHES"), Column("QUESTION", wraps=True))


def branch(scenario: ResolvedScenario) -> str | None:
    """The month in which a scenario first departs from the recorded course, as `2018-01`."""
    month = scenario.first_dated()
    return None if month is None else format_month(month)


@click.command("list", short_help="The shipped scenarios and what they ask.")
@common
@click.pass_obj
def list_(console: Console) -> None:
    """The shipped scenarios: name, month in which they branch off the baseline, question."""
    from influence_sim.scenario import load_scenario, shipped_scenarios
    from influence_sim.theatre import load

    vocabulary = load().vocabulary
    found = [load_scenario(name, vocabulary) for name in shipped_scenarios()]
    found.sort(key=lambda scenario: scenario.first_dated() is not None)  # what has no branch leads
    if console.json:
        console.document({"scenarios": [_record(scenario) for scenario in found]})
    else:
        rows = [(scenario.name, branch(scenario) or "never", scenario.question) for scenario in found]
        console.table(COLUMNS, rows)


def _record(scenario: ResolvedScenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "branch": branch(scenario),
        "claims": scenario.claims,
    }


@click.command(short_help="A scenario with everything it extends written out.")
@click.argument("scenario")
@common
@click.pass_obj
def show(console: Console, scenario: str) -> None:
    """The fully resolved SCENARIO as YAML, which runs again and gives the same.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario.
    """
    from influence_sim.scenario import load_scenario
    from influence_sim.theatre import load

    resolved = load_scenario(scenario, load().vocabulary)
    if console.json:
        console.document(resolved.canonical())
    else:
        # In YAML, as in Python, a backslash escape in double quotes is the character itself.
        console.out(resolved.to_yaml().rstrip("\n"), errors="backslashreplace")
