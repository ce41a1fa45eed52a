"""`list`, `show`, `validate`, `schema`: scenario and study files."""

from __future__ import annotations

import json
from pathlib import Path

import click

from influence_sim.base.errors import InputError, Problem
from influence_sim.cli import options
from influence_sim.cli.console import Console

HEADINGS = ("SCENARIO", "BRANCHES", "QUESTION")


@click.command("list", short_help="The shipped scenarios and what they ask.")
@options.common
def list_(console: Console) -> None:
    """The shipped scenarios: name, month in which they branch off the baseline, question."""
    from influence_sim.api.lookups import scenario_rows

    found = sorted(scenario_rows(), key=lambda row: row["branch"] is not None)  # the baseline leads
    rows = [(row["name"], row["branch"] or "never", row["question"]) for row in found]
    console.answer({"scenarios": found}, console.table(HEADINGS, rows, wraps="QUESTION"))


@click.command(short_help="A scenario with everything it extends written out.")
@click.argument("scenario")
@options.common
def show(console: Console, scenario: str) -> None:
    """The fully resolved SCENARIO as YAML, which runs again and gives the same.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario.
    """
    from influence_sim.runs.manifest import require_kept
    from influence_sim.scenario.resolve import load_scenario
    from influence_sim.theatre import load

    require_kept(scenario)
    resolved = load_scenario(scenario, load().vocabulary)
    # In YAML, as in Python, a backslash escape in double quotes is the character itself.
    console.answer(resolved.canonical(), resolved.to_yaml().rstrip("\n").split("\n"), errors="backslashreplace")


@click.command(short_help="Check scenario and study files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.common
def validate(console: Console, files: tuple[str, ...]) -> None:
    """Checks scenario and study files: says `ok`, or everything that is wrong with each."""
    found = {file: _problems(Path(file)) for file in files}
    records = [{"file": file, "ok": not problems, "problems": problems} for file, problems in found.items()]
    good = [f"{file}: ok" for file, problems in found.items() if not problems]
    if console.json or good:
        console.answer({"files": records}, good)
    wrong = [problem for problems in found.values() for problem in problems]
    if wrong:
        raise InputError(wrong)


def _problems(path: Path) -> tuple[Problem, ...]:
    """What is wrong with a file; what it says tells whether it is a scenario or a study."""
    from influence_sim.base.strict_yaml import read_yaml
    from influence_sim.runs.manifest import require_kept
    from influence_sim.scenario.resolve import load_scenario
    from influence_sim.scenario.study import is_study
    from influence_sim.theatre import load

    try:
        require_kept(path)
        if is_study(read_yaml(path).data):
            from influence_sim.runs.sweeps.plan import plan_sweep

            plan_sweep(path)
        else:
            load_scenario(path, load().vocabulary)
    except InputError as error:
        return error.problems
    return ()


@click.command(short_help="JSON Schema of the files, for editors.")
@click.argument("kind", metavar="scenario|study", type=click.Choice(["scenario", "study"]))
@options.common
def schema(console: Console, kind: str) -> None:
    """The JSON Schema of scenario or study files, so that editors complete names and mark mistakes."""
    from influence_sim.scenario.json_schema import scenario_json_schema, study_json_schema
    from influence_sim.theatre import load

    found = {"scenario": scenario_json_schema, "study": study_json_schema}[kind](load().vocabulary)
    console.answer(found, json.dumps(found, indent=2, allow_nan=False).split("\n"))
