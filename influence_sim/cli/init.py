"""`init`: a scenario, a study or a theatre to start from, about whatever theatre is in use."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from textwrap import fill

import click

from influence_sim.base.errors import InputError, did_you_mean, machine_faults, wrong
from influence_sim.base.files import put_file
from influence_sim.base.months import format_month, month_words
from influence_sim.cli import options
from influence_sim.cli.console import Console

LONGEST = 64
"""Characters of a name."""
WIDTH = 110
"""Letters of a comment line."""


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
    _check(name)
    if own_theatre:
        _copy_theatre(console, Path(name))
        return
    path, command = Path(f"{name}.yaml"), "sweep" if study else "run"
    if os.path.lexists(path) and not force:
        raise InputError(wrong(path, "", "there is such a file already; --force replaces it"))
    with machine_faults(path):
        put_file(path, _filled("study.yaml" if study else "scenario.yaml", name).encode(), lambda _: force)
    console.answer({"file": path}, [f"{path}: written; change it, then: influence-sim {command} {path}"])


def _copy_theatre(console: Console, folder: Path) -> None:
    """Writes a copy of the theatre in use, where nothing of that name is."""
    from influence_sim.scenario.shipped import ROOT
    from influence_sim.theatre.load import folder_in_use, load

    if os.path.lexists(folder):
        raise InputError(wrong(folder, "", "there is something of this name already"))
    draft = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    with machine_faults(folder):
        try:
            shutil.copytree(folder_in_use(), draft, ignore=shutil.ignore_patterns("__pycache__"))
            draft.rename(folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    scenario = load().words.example.scenario or ROOT
    told = f"{folder}/: written; change it, then: influence-sim run {scenario} --theatre {folder}"
    console.answer({"folder": folder}, [told])


def _check(name: str) -> None:
    """Refuses what cannot be the name of a new scenario."""
    from influence_sim.scenario.shipped import shipped_scenarios

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
        raise InputError(wrong("NAME", name, rule, hint))


def _filled(template: str, name: str) -> str:
    """A commented file that runs as it is: about the theatre's own example, or its first lever and the baseline."""
    from influence_sim.base.templates import templates
    from influence_sim.scenario.resolve import load_scenario
    from influence_sim.scenario.shipped import ROOT
    from influence_sim.theatre import load

    theatre = load()
    levers = {f"{lever.actor} {lever.do} {lever.target}": lever for lever in theatre.levers}
    scenario = theatre.words.example.scenario or ROOT
    return (
        templates("cli")
        .get_template(template)
        .render(
            name=name,
            theatre=theatre,
            example=theatre.words.example,
            levers=[levers[one] for one in [*theatre.words.example.levers, *levers][:2]],
            rule=theatre.words.example.rule or theatre.rules[0].id,
            scenario=scenario,
            interventions=load_scenario(scenario, theatre.vocabulary).interventions,
            end=theatre.start + theatre.calendar.months - 1,
            month=format_month,
            month_words=month_words,
            comment=lambda title, text: fill(
                text, WIDTH, initial_indent=title, subsequent_indent="#".ljust(len(title) if ":" in title else 2)
            ),
        )
    )
