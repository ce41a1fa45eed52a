"""`list`, `show`, `init`, `validate`, `schema`: scenario and study files, and a theatre of one's own."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from textwrap import fill

import click

from influence_sim import api
from influence_sim.api.late import theatre
from influence_sim.base.errors import InputError, Problem, did_you_mean, machine_faults, raise_any, wrong
from influence_sim.base.files import put_file
from influence_sim.base.months import format_month, month_words
from influence_sim.base.plain_data import flow
from influence_sim.cli import options
from influence_sim.cli.console import Console, in_quotes
from influence_sim.scenario.shipped import ROOT, shipped_scenarios

HEADINGS = ("SCENARIO", "BRANCHES", "QUESTION")
MAX_NAME = 64
"""Longest name, in characters."""
WIDTH = 110
"""Width of a comment line."""


@click.command("list", short_help="The shipped scenarios and what they ask.")
@options.common
def list_(console: Console) -> None:
    """The shipped scenarios: name, month in which they branch off the baseline, question."""
    scenarios = sorted(api.lookups.scenario_rows(), key=lambda row: row["branch"] is not None)  # the baseline leads
    rows = [(row["name"], row["branch"] or "never", row["question"]) for row in scenarios]
    console.answer({"scenarios": scenarios}, console.table(HEADINGS, rows, wraps="QUESTION"))
    if left_out := len(shipped_scenarios()) - len(rows):
        init = f"influence-sim init my_scenario{console.theatre_option}"
        console.note(f"{left_out} shipped scenarios name what this theatre has not; `{init}` begins one of its own")


@click.command(short_help="A scenario with everything it extends written out.")
@click.argument("scenario")
@options.common
def show(console: Console, scenario: str) -> None:
    """The fully resolved SCENARIO as YAML, which runs again and gives the same.

    SCENARIO with a slash or ending in .yaml is a file, otherwise the name of a shipped scenario.
    """
    resolved = api.lookups.read_scenario(scenario)
    # In YAML, as in Python, a backslash escape in double quotes is the character itself.
    console.answer(resolved.canonical(), resolved.to_yaml().rstrip("\n").split("\n"), errors="backslashreplace")


@click.command(short_help="Check scenario and study files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.common
def validate(console: Console, files: tuple[str, ...]) -> None:
    """Checks scenario and study files: says `ok`, or everything that is wrong with each."""
    problems_of = {file: _problems(Path(file)) for file in files}
    entries = [{"file": file, "ok": not problems, "problems": problems} for file, problems in problems_of.items()]
    lines = [f"{file}: ok" for file, problems in problems_of.items() if not problems]
    if console.json or lines:
        console.answer({"files": entries}, lines)
    raise_any(problem for problems in problems_of.values() for problem in problems)


def _problems(path: Path) -> tuple[Problem, ...]:
    """The problems of a file; its content decides whether it is a scenario or a study."""
    from influence_sim.base.strict_yaml import read_yaml
    from influence_sim.runs.manifest import require_kept
    from influence_sim.runs.sweeps.plan import plan_sweep
    from influence_sim.scenario.study import is_study

    if (path / "theatre.yaml").is_file():
        hint = f"`influence-sim list --theatre {in_quotes(path)}` reads it and says what is wrong"
        return (wrong(path, "", "this is a theatre, not a scenario or study", hint),)
    try:
        require_kept(path)
        if is_study(read_yaml(path).data):
            plan_sweep(path)
        else:
            api.lookups.read_scenario(path)
    except InputError as error:
        return error.problems
    return ()


@click.command(short_help="JSON Schema of the files, for editors.")
@click.argument("kind", metavar="scenario|study", type=click.Choice(["scenario", "study"]))
@options.common
def schema(console: Console, kind: str) -> None:
    """The JSON Schema of scenario or study files, so that editors complete names and mark mistakes."""
    from influence_sim.scenario.json_schema import scenario_json_schema, study_json_schema

    document = {"scenario": scenario_json_schema, "study": study_json_schema}[kind](theatre.load().vocabulary)
    console.answer(document, json.dumps(document, indent=2, allow_nan=False).split("\n"))


@click.command(short_help="A commented scenario or study file to start from.")
@click.argument("name")
@click.option("--study", is_flag=True, help="A study, for `sweep`, instead of a scenario.")
@click.option("--own-theatre", is_flag=True, help="A folder with a copy of the theatre, for `--theatre`, instead.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@options.common
def init(console: Console, name: str, study: bool, own_theatre: bool, force: bool) -> None:
    """Writes NAME.yaml, a commented scenario (or study) that runs as it is, into the current folder.

    With --own-theatre, writes the folder NAME: actors, rules, provinces and numbers as files, to be changed and
    used with --theatre NAME.
    """
    _check_name(name)
    if own_theatre:
        _copy_theatre(console, Path(name))
        return
    path, command = Path(f"{name}.yaml"), "sweep" if study else "run"
    if os.path.lexists(path) and not force:
        raise InputError(wrong(path, "", "there is such a file already; --force replaces it"))
    text = _render_template("study.yaml" if study else "scenario.yaml", name, console.theatre_option)
    with machine_faults(path):
        put_file(path, text.encode(), lambda _: force)
    command = f"influence-sim {command} {path}{console.theatre_option}"
    console.answer({"file": path}, [f"{path}: written; change it, then: {command}"])


def _copy_theatre(console: Console, folder: Path) -> None:
    """Writes a copy of the theatre in use; refuses to replace anything."""
    from influence_sim.theatre.load import folder_in_use

    if os.path.lexists(folder):
        raise InputError(wrong(folder, "", "there is something of this name already"))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    with machine_faults(folder):
        try:
            shutil.copytree(folder_in_use(), draft, ignore=shutil.ignore_patterns("__pycache__"))
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    scenario = theatre.load().words.example.scenario or ROOT
    message = f"{folder}/: written; change it, then: influence-sim run {scenario} --theatre {folder}"
    console.answer({"folder": folder}, [message])


def _check_name(name: str) -> None:
    """Refuses what cannot be the name of a new scenario."""
    rule = ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        rule = "a name is lower-case letters, digits and _, beginning with a letter"
    elif len(name) > MAX_NAME:
        rule = f"a name has at most {MAX_NAME} characters"
    elif name in shipped_scenarios():
        rule = "a shipped scenario has this name; choose another"
    if rule:
        bare = re.sub(r"\.ya?ml$", "", os.path.basename(name)).casefold()
        suggestion = re.sub(r"[^a-z0-9_]+", "_", bare).strip("_0123456789")
        hint = did_you_mean(name, [suggestion]) if suggestion not in {"", name} else ""
        raise InputError(wrong("NAME", name, rule, hint))


def _render_template(template: str, name: str, option: str) -> str:
    """A commented file that runs as it is: of the theatre's example, or of its first levers and the baseline."""
    from influence_sim.base.templates import templates

    current = theatre.load()
    example = current.words.example
    levers = {f"{lever.actor} {lever.do} {lever.target}": lever for lever in current.levers}
    scenario = example.scenario or ROOT
    return (
        templates("cli")
        .get_template(template)
        .render(
            name=name,
            theatre=current,
            example=example,
            levers=[levers[key] for key in [*example.levers, *levers][:2]],
            rule=example.rule or next((rule.id for rule in current.rules), ""),
            option=option,
            line=_line,
            scenario=scenario,
            interventions=api.lookups.read_scenario(scenario).interventions,
            end=current.start + current.calendar.months - 1,
            month=format_month,
            month_words=month_words,
            comment=lambda title, text: fill(
                text, WIDTH, initial_indent=title, subsequent_indent="#".ljust(len(title) if ":" in title else 2)
            ),
        )
    )


def _line(text: str) -> str:
    """A text as the value of a key: bare if that reads back as the same text."""
    from influence_sim.base.strict_yaml import read_yaml_text

    with suppress(InputError):
        if read_yaml_text(f"text: {text}", "").data == {"text": text}:
            return text
    return flow(text)
