"""`validate` and `schema`: what scenario and study files may say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from influence_sim.base.errors import InputError, Problem
from influence_sim.cli.console import Console
from influence_sim.cli.options import common

if TYPE_CHECKING:
    from influence_sim.scenario import Vocabulary


@click.command(short_help="Check scenario and study files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@common
@click.pass_obj
def validate(console: Console, files: tuple[str, ...]) -> None:
    """Checks scenario and study files: says `ok`, or everything that is wrong with each."""
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
    """What is wrong with a file; what it says tells whether it is a scenario or a study."""
    from influence_sim.base.strict_yaml import read_yaml
    from influence_sim.scenario import is_study, load_scenario

    try:
        if is_study(read_yaml(Path(file)).data):
            from influence_sim.api.sweep import prepare_sweep

            prepare_sweep(Path(file))
        else:
            load_scenario(Path(file), vocabulary)
    except InputError as error:
        return error.problems
    return ()


def _record(file: str, problems: tuple[Problem, ...]) -> dict[str, object]:
    return {"file": file, "ok": not problems, "problems": [asdict(problem) for problem in problems]}


@click.command(short_help="JSON Schema of the files, for editors.")
@click.argument("kind", metavar="scenario|study", type=click.Choice(["scenario", "study"]))
@common
@click.pass_obj
def schema(console: Console, kind: str) -> None:
    """The JSON Schema of scenario or study files, so that editors complete names and mark mistakes."""
    from influence_sim.scenario import scenario_json_schema, study_json_schema
    from influence_sim.theatre import load

    found = {"scenario": scenario_json_schema, "study": study_json_schema}[kind](load().vocabulary)
    if console.json:
        console.document(found)
    else:
        console.out(json.dumps(found, indent=2, allow_nan=False))
