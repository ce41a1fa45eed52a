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

TEMPLATE = """\
# A scenario says what is different from the baseline, and from when on. Everything it does not fix, the
# actors decide for themselves. Run it with
#     influence-sim run {name}.yaml
# and check it with
#     influence-sim validate {name}.yaml
schema_version: 1
name: {name}
title: Europe talks to the Taliban as well
question: What if European states open public contacts with the Taliban?

# What it builds on: a shipped scenario (`influence-sim list`) or another file in this folder. Lists below add
# to the parent's lists; a key replaces the parent's key.
extends: baseline

# Claims of the article that it bears on (`influence-sim claims`).
claims: [C49]

# What an actor does from a month on. `until`, the last month it holds, and `level`, 0 to 1, may be left out.
#   actors: russia us kabul taliban daesh pakistan china iran europe india central_asia
#   do:     engage_publicly engage_covertly support fight convene attend press_for_talks eradicate_poppy
# What an actor cannot do is refused, and the message names those who can.
interventions:
  - {{from: 2018-01, actor: europe, do: engage_publicly, target: taliban, level: 1}}
  # - {{from: 2018-06, until: 2019-12, actor: pakistan, do: press_for_talks, target: us, level: 0.5}}

# Outside circumstances; each value holds until the next date. There are foreign_troops (thousand),
# aid_to_kabul, pressure_for_talks, opium_weather, daesh_inflow, crises_elsewhere, moderate_current.
conditions: {{}}
#   pressure_for_talks: {{2018-01: 0.6, 2019-01: 0.2}}

# Invitations and extra meetings of a forum (moscow_format, qcg), or a forum of your own with its convenor.
forums: []
#   - {{from: 2018-01, forum: moscow_format, invite: [europe], meets: [2018-03, 2018-09]}}

# Parameters that change in this scenario only, from a month on (`influence-sim params`).
changes: []
#   - {{from: 2018-01, set: {{precedent.strength: 1.5}}}}

# Parameters of both arms, the scenario and its baseline, from the first month on.
parameters: {{}}
#   decide.rationality: 12
"""


STUDY = """\
# A study runs a scenario and its baseline at many points of what is varied: which assumptions does the answer
# hang on? Run it with
#     influence-sim sweep {name}.yaml
# see what that takes with
#     influence-sim sweep {name}.yaml --dry-run
# and check it with
#     influence-sim validate {name}.yaml
schema_version: 1

# A shipped scenario (`influence-sim list`) or a file in this folder, and what it is compared with at every point.
scenario: us_engages_taliban
against: baseline

# At every point both run so many times, on the same draws, up to so many months after September 2015.
replicates: 16
seed: 1
months: 64

# How the points are chosen.
#   lhs, sobol_sequence   samples = points, spread evenly; read them with `discover`, or with `sensitivity`
#   sobol_indices         samples x (numbers or groups + 2) points, for Sobol indices; samples a power of two
#   morris                samples x (numbers or groups + 1) points, for screening many numbers
#   grid                  samples = levels of each number; every combination of them
#   csv                   your own points: design: {{method: csv, file: points.csv}}, and no `vary`
design: {{method: sobol_indices, samples: 64, seed: 7}}

# What is varied, and between what. A parameter (`influence-sim params`), the level of an intervention that the
# scenario itself names, or a condition that it names. `vary: priors` takes every parameter over its prior range.
vary:
  precedent.strength: [0, 2]
  authority.erosion: [0, 1]
  mediation.absent: [0.1, 0.7]
  decide.rationality: {{low: 3, high: 20, scale: log}}
  tie.strength: {{low: 0, high: 2, scale: triangular, peak: 1}}
  authority.mean: {{choice: [0, 1, 2]}}
  interventions.us.engage_publicly.taliban: [0.2, 1]
  # conditions.pressure_for_talks: [0, 1]

# Parameters that move together in sobol_indices and morris: names, or patterns. They need not stand under `vary`;
# what does not is varied over its prior range.
groups: {{}}
#   beliefs: [belief.*]

# Parameters of both arms that are the same at every point.
parameters: {{}}
#   settlement.decay: 0.05

# What is kept, and when. Left out: the headline outcomes; each December from the branch on, and the last month.
outcomes: [kabul_authority, russia_mediator_share, russia_prestige]
# dates: [2018-12, 2020-12]

# `trajectories` keeps every month of every run as well; that is a lot.
keep: reduced
"""


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
    path, command = Path(f"{name}.yaml"), "sweep" if study else "run"
    _write(path, (STUDY if study else TEMPLATE).format(name=name), force=force)
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
    from influence_sim.theatre.load import folder_in_use

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
        console.out(f"{folder}/: written; change it, then: influence-sim run us_engages_taliban --theatre {folder}")


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
