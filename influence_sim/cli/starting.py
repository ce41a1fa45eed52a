"""`init`: a scenario file to start from."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from influence_sim.cli.console import Console
from influence_sim.cli.options import common
from influence_sim.scenario.errors import InputError, MachineError, Problem, did_you_mean

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


@click.command(short_help="A commented scenario file to start from.")
@click.argument("name")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
@common
@click.pass_obj
def init(console: Console, name: str, force: bool) -> None:
    """Writes NAME.yaml, a commented scenario that runs as it is, into the current folder."""
    _check(name)
    path = Path(f"{name}.yaml")
    _write(path, TEMPLATE.format(name=name), force=force)
    if console.json:
        console.document({"file": str(path)})
    else:
        console.out(f"{path}: written; change it, then: influence-sim run {path}")


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
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        reason = (error.strerror or "no reason given").lower()
        raise MachineError(f"{path}: cannot be written ({reason})") from error
