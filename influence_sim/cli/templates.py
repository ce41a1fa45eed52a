"""The files that `init` writes, about whatever theatre is in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from influence_sim.base.months import format_month, month_words

if TYPE_CHECKING:
    from influence_sim.theatre import Lever, Theatre

WIDTH = 110
"""Letters of a line that lists names."""

SCENARIO = """\
# A scenario says what is different from the baseline, and from when on. Everything it does not fix, the
# actors decide for themselves. Run it with
#     influence-sim run {name}.yaml
# and check it with
#     influence-sim validate {name}.yaml
schema_version: 1
name: {name}
title: {title}
question: {question}

# What it builds on: a shipped scenario (`influence-sim list`) or another file in this folder. Lists below add
# to the parent's lists; a key replaces the parent's key.
extends: baseline

# Claims of the article that it bears on (`influence-sim claims`).
claims: [{claims}]

# What an actor does from a month on. `until`, the last month it holds, and `level`, 0 to 1, may be left out.
{actors}
{instruments}
# What an actor cannot do is refused, and the message names those who can.
interventions:
  - {{from: {free}, {lever}, level: 1}}
  # - {{from: {later}, until: {end}, {other_lever}, level: 0.5}}

# Outside circumstances; each value holds until the next date.
{conditions}
conditions: {{}}
#   pressure_for_talks: {{{free}: 0.6, {next_year}: 0.2}}

# Invitations and extra meetings of a forum ({forums}), or a forum of your own with its convenor.
forums: []
#   - {{from: {free}, forum: {talks}, invite: [{guest}], meets: [{meets}]}}

# Parameters that change in this scenario only, from a month on (`influence-sim params`).
changes: []
#   - {{from: {free}, set: {{{rule}.strength: 1.5}}}}

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
scenario: {scenario}
against: baseline

# At every point both run so many times, on the same draws, up to so many months after {start}.
replicates: 16
seed: 1
months: {months}

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
{vary}
  # conditions.pressure_for_talks: [0, 1]

# Parameters that move together in sobol_indices and morris: names, or patterns. They need not stand under `vary`;
# what does not is varied over its prior range.
groups: {{}}
#   beliefs: [belief.*]

# Parameters of both arms that are the same at every point.
parameters: {{}}
#   settlement.decay: 0.05

# What is kept, and when. Left out: the headline outcomes; each December from the branch on, and the last month.
outcomes: [{outcomes}]
# dates: [{dates}]

# `trajectories` keeps every month of every run as well; that is a lot.
keep: reduced
"""


def scenario_text(theatre: Theatre, name: str) -> str:
    """A commented scenario that runs as it is: the theatre's own example, or its first lever pulled."""
    example, free = theatre.words.example, theatre.calendar.record_ends
    lever, other = _levers(theatre)
    does = theatre.instruments[lever.do].does.format(target=theatre.within[lever.target])
    return SCENARIO.format(
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


def study_text(theatre: Theatre, name: str) -> str:
    """A commented study that runs as it is."""
    from influence_sim.scenario import load_scenario
    from influence_sim.scenario.shipped import ROOT

    scenario = theatre.words.example.scenario or ROOT
    levers = [item.lever for item in load_scenario(scenario, theatre.vocabulary).interventions[-1:]]
    last, headline = theatre.start + theatre.calendar.months - 1, theatre.headline
    return STUDY.format(
        name=name,
        scenario=scenario,
        start=month_words(theatre.start),
        months=theatre.calendar.months,
        vary="\n".join(_varied(theatre, [".".join(lever) for lever in levers])),
        outcomes=", ".join(dict.fromkeys((*headline[:2], headline[-1]))),
        dates=f"{theatre.calendar.record_ends // 12}-12, {format_month(last)}",
    )


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
