"""`init`: a scenario or study file to start from."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import click

from influence_sim.base.errors import InputError, MachineError, Problem, did_you_mean
from influence_sim.cli.console import Console
from influence_sim.cli.options import common

LONGEST = 64


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
    _write(path, (study_text if study else scenario_text)(load(), name), force=force)
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
    try:
        shutil.copytree(folder_in_use(), draft, ignore=shutil.ignore_patterns("__pycache__"))
        draft.rename(folder)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise MachineError(f"{folder}: cannot be written ({(error.strerror or 'no reason given').lower()})") from error
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
        raise InputError(Problem("NAME", None, None, name, rule, did_you_mean(name, _mended(name))))


def _mended(name: str) -> list[str]:
    """What the name was probably meant to be."""
    bare = re.sub(r"\.ya?ml$", "", os.path.basename(name)).casefold()
    slug = re.sub(r"[^a-z0-9_]+", "_", bare).strip("_0123456789")
    return [slug] if slug and slug != name else []


def _write(path: Path, text: str, *, force: bool) -> None:
    """Writes a new file; an old one only with `force`, and never half.

    Raises:
        InputError: there is something of that name already.
        MachineError: it cannot be written.
    """
    if os.path.lexists(path) and not force:
        rule = "there is such a file already; --force replaces it"
        raise InputError(Problem(str(path), None, None, "", rule))
    from influence_sim.base.files import replace_file

    try:
        replace_file(path, text.encode())
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise MachineError(f"{path}: cannot be written ({reason})") from error
