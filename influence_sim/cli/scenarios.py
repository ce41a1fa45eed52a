"""`list`, `show`, `init`, `validate`, `schema`: scenario and study files."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.faults import machine_faults
from influence_sim.base.files import replace_file
from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.cli.tables import Column

if TYPE_CHECKING:
    from influence_sim.scenario import Vocabulary

LONGEST = 64
"""Characters of a name."""
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


@click.command(short_help="A commented scenario or study file to start from.")
@click.argument("name")
@click.option("--study", is_flag=True, help="A study, for `sweep`, instead of a scenario.")
@click.option("--own-theatre", is_flag=True, help="A folder with a copy of the theatre, for `--theatre`, instead.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@common
@click.pass_obj
def init(console: Console, name: str, study: bool, own_theatre: bool, force: bool) -> None:
    """Writes NAME.yaml, a commented scenario (or study) that runs as it is, into the current folder.

    With --own-theatre, writes the folder NAME: actors, rules, provinces and numbers as files, to be changed and
    used with --theatre NAME.
    """
    _check(name)
    if own_theatre:
        _copy_theatre(console, Path(name))
        return
    from influence_sim.cli.templates import scenario_text, study_text
    from influence_sim.theatre import load

    path, command = Path(f"{name}.yaml"), "sweep" if study else "run"
    if os.path.lexists(path) and not force:
        rule = "there is such a file already; --force replaces it"
        raise InputError(Problem(str(path), None, None, "", rule))
    with machine_faults(path):
        replace_file(path, (study_text if study else scenario_text)(load(), name).encode())
    if console.json:
        console.document({"file": str(path)})
    else:
        console.out(f"{path}: written; change it, then: influence-sim {command} {path}")


def _copy_theatre(console: Console, folder: Path) -> None:
    """Writes a copy of the theatre in use.

    Raises:
        InputError: there is something of that name already.
        MachineError: it cannot be written.
    """
    from influence_sim.scenario.shipped import ROOT
    from influence_sim.theatre.load import folder_in_use, load

    if os.path.lexists(folder):
        raise InputError(Problem(str(folder), None, None, "", "there is something of this name already"))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    with machine_faults(folder):
        try:
            shutil.copytree(folder_in_use(), draft, ignore=shutil.ignore_patterns("__pycache__"))
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    if console.json:
        console.document({"folder": str(folder)})
    else:
        scenario = load().words.example.scenario or ROOT
        console.out(f"{folder}/: written; change it, then: influence-sim run {scenario} --theatre {folder}")


def _check(name: str) -> None:
    """Whether `name` can be the name of a new scenario.

    Raises:
        InputError: it cannot.
    """
    from influence_sim.scenario import shipped_scenarios

    rule = ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        rule = "a name is lower-case letters, digits and _, beginning with a letter"
    elif len(name) > LONGEST:
        rule = f"a name has at most {LONGEST} characters"
    elif name in shipped_scenarios():
        rule = "a shipped scenario has this name; choose another"
    if rule:
        bare = re.sub(r"\.ya?ml$", "", os.path.basename(name)).casefold()
        meant = re.sub(r"[^a-z0-9_]+", "_", bare).strip("_0123456789")
        hint = did_you_mean(name, [meant]) if meant not in {"", name} else ""
        raise InputError(Problem("NAME", None, None, name, rule, hint))


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
        records = [
            {"file": file, "ok": not found[file], "problems": [asdict(p) for p in found[file]]} for file in found
        ]
        console.document({"files": records})
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
