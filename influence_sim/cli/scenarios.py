"""`list` and `show`: what the scenarios are."""

from __future__ import annotations

import click

from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.cli.tables import Column

COLUMNS = (Column("SCENARIO"), Column("BRANCHES"), Column("QUESTION", wraps=True))


@click.command("list", short_help="The shipped scenarios and what they ask.")
@common
@click.pass_obj
def list_(console: Console) -> None:
    """The shipped scenarios: name, month in which they branch off the baseline, question."""
    from influence_sim.api.lookups import scenario_rows

    found = sorted(scenario_rows(), key=lambda row: row["branch"] is not None)  # the baseline leads
    if console.json:
        console.document({"scenarios": found})
    else:
        console.table(COLUMNS, [(row["name"], row["branch"] or "never", row["question"]) for row in found])


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
