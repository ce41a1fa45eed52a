"""`init`: a scenario, a study or a theatre to start from, about whatever theatre is in use."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import Template
from textwrap import fill
from typing import TYPE_CHECKING

import click

from influence_sim.base.errors import InputError, Problem, did_you_mean, machine_faults
from influence_sim.base.files import replace_file
from influence_sim.base.months import format_month, month_words
from influence_sim.cli.console import Console
from influence_sim.cli.options import common

if TYPE_CHECKING:
    from influence_sim.theatre import Lever, Theatre

LONGEST = 64
"""Characters of a name."""
WIDTH = 110
"""Letters of a line that lists names."""


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
    from influence_sim.theatre import load

    path, command = Path(f"{name}.yaml"), "sweep" if study else "run"
    if os.path.lexists(path) and not force:
        rule = "there is such a file already; --force replaces it"
        raise InputError(Problem(str(path), None, None, "", rule))
    with machine_faults(path):
        replace_file(path, (_study if study else _scenario)(load(), name).encode())
    console.answer({"file": path}, [f"{path}: written; change it, then: influence-sim {command} {path}"])


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
    scenario = load().words.example.scenario or ROOT
    told = f"{folder}/: written; change it, then: influence-sim run {scenario} --theatre {folder}"
    console.answer({"folder": folder}, [told])


def _check(name: str) -> None:
    """Whether `name` can be the name of a new scenario.

    Raises:
        InputError: it cannot.
    """
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
        raise InputError(Problem("NAME", None, None, name, rule, hint))


def _scenario(theatre: Theatre, name: str) -> str:
    """A commented scenario that runs as it is: the theatre's own example, or its first lever pulled."""
    example, free = theatre.words.example, theatre.calendar.record_ends
    lever, other = _levers(theatre)
    does = theatre.instruments[lever.do].does.format(target=theatre.within[lever.target])
    return _filled(
        "scenario.yaml",
        name=name,
        title=example.title or f"{theatre.actor(lever.actor).label} {does}",
        question=example.question or f"What if {theatre.within[lever.actor]} {does}?",
        claims=", ".join(example.claims),
        actors=_listed("#   actors: ", theatre.vocabulary.actors),
        instruments=_listed("#   do:     ", theatre.instruments),
        lever=_written(lever),
        other_lever=_written(other),
        conditions=_listed("# There are ", (f"{one.name} ({one.unit})," for one in theatre.conditions)).rstrip(",")
        + ".",
        forums=", ".join(forum.name for forum in theatre.forums if forum.kind == "format"),
        talks=theatre.roles.talks,
        guest=lever.actor,
        meets=f"{format_month(free + 2)}, {format_month(free + 8)}",
        rule=example.rule or theatre.rules[0].id,
        free=format_month(free),
        later=format_month(free + 5),
        next_year=format_month(free + 12),
        end=format_month(free + 23),
    )


def _study(theatre: Theatre, name: str) -> str:
    """A commented study that runs as it is."""
    from influence_sim.scenario.resolve import load_scenario
    from influence_sim.scenario.shipped import ROOT

    scenario = theatre.words.example.scenario or ROOT
    levers = [item.lever for item in load_scenario(scenario, theatre.vocabulary).interventions[-1:]]
    last, headline = theatre.start + theatre.calendar.months - 1, theatre.headline
    return _filled(
        "study.yaml",
        name=name,
        scenario=scenario,
        start=month_words(theatre.start),
        months=theatre.calendar.months,
        vary="\n".join(_varied(theatre, [".".join(lever) for lever in levers])),
        outcomes=", ".join(dict.fromkeys((*headline[:2], headline[-1]))),
        dates=f"{theatre.calendar.record_ends // 12}-12, {format_month(last)}",
    )


def _filled(template: str, **words: object) -> str:
    text = (Path(__file__).parent / "templates" / template).read_text(encoding="utf-8")
    return Template(text).substitute(words)


def _levers(theatre: Theatre) -> tuple[Lever, Lever]:
    """The lever of the example, and one to put in its place."""
    levers = {f"{lever.actor} {lever.do} {lever.target}": lever for lever in theatre.levers}
    one, other, *_ = [*theatre.words.example.levers, *levers]
    return levers[one], levers[other]


def _written(lever: Lever) -> str:
    return f"actor: {lever.actor}, do: {lever.do}, target: {lever.target}"


def _listed(title: str, names: Iterable[str]) -> str:
    """Names in comment lines."""
    return fill(" ".join(names), WIDTH, initial_indent=title, subsequent_indent="# ")


def _varied(theatre: Theatre, levers: Sequence[str]) -> Iterator[str]:
    """A range of every kind, of what this theatre has."""
    rule = f"{theatre.words.example.rule or theatre.rules[0].id}.strength"
    ranges = {
        rule: "[0, 2]",
        "authority.erosion": "[0, 1]",
        "mediation.absent": "[0.1, 0.7]",
        "decide.rationality": "{low: 3, high: 20, scale: log}",
        "tie.strength": "{low: 0, high: 2, scale: triangular, peak: 1}",
        "authority.mean": "{choice: [0, 1, 2]}",
    }
    yield from (f"  {name}: {written}" for name, written in ranges.items() if name in theatre.parameters)
    yield from (f"  interventions.{lever}: [0.2, 1]" for lever in levers)
