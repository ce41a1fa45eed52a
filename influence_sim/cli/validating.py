"""`validate` and `schema`: what a scenario file may say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.scenario.errors import InputError, Problem

if TYPE_CHECKING:
    from influence_sim.scenario import Vocabulary


@click.command(short_help="Check scenario files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@common
@click.pass_obj
def validate(console: Console, files: tuple[str, ...]) -> None:
    """Checks scenario files: says `ok`, or everything that is wrong with each."""
    from influence_sim.theatre import load

    vocabulary = load().vocabulary
    found = {file: _problems(file, vocabulary) for file in files}
    if console.json:
        console.document({"files": [_record(file, problems) for file, problems in found.items()]})
    for file, problems in found.items():
        if not problems and not console.json:
            console.out(f"{file}: ok")
    wrong = [problem for problems in found.values() for problem in problems]
    if wrong:
        raise InputError(wrong)


def _problems(file: str, vocabulary: Vocabulary) -> tuple[Problem, ...]:
    from influence_sim.scenario import load_scenario

    try:
        load_scenario(Path(file), vocabulary)
    except InputError as error:
        return error.problems
    return ()


def _record(file: str, problems: tuple[Problem, ...]) -> dict[str, object]:
    return {"file": file, "ok": not problems, "problems": [asdict(problem) for problem in problems]}


@click.command(short_help="JSON Schema of the files, for editors.")
@click.argument("kind", metavar="scenario", type=click.Choice(["scenario"]))
@common
@click.pass_obj
def schema(console: Console, kind: str) -> None:
    """The JSON Schema of scenario files, so that editors complete names and mark mistakes."""
    from influence_sim.scenario import scenario_json_schema
    from influence_sim.theatre import load

    found = {"scenario": scenario_json_schema}[kind](load().vocabulary)
    if console.json:
        console.document(found)
    else:
        console.out(json.dumps(found, indent=2, allow_nan=False))
