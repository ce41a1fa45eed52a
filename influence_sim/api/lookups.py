"""What there is: scenarios, actors, levers, parameters, claims and outcomes, as tables and as plain rows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from influence_sim.api.late import pd
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.months import format_month
from influence_sim.base.values import picked
from influence_sim.runs.manifest import require_kept
from influence_sim.runs.request import first_difference
from influence_sim.scenario.resolve import load_scenario, shipped_for
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.numbers import Ref
from influence_sim.theatre.spec import Actor, Outcome

CAPABILITIES = ("diplomatic", "military", "economic")
"""In what an actor has weight."""


def labels() -> dict[str, Outcome]:
    """What the outcomes are called, and their units."""
    return {outcome.name: outcome for outcome in load_theatre().outcomes}


def label_of(column: object) -> str:
    """What an outcome is called; another column of a table as it is."""
    known = labels()
    return known[str(column)].label if column in known else str(column)


def scenario_rows() -> list[dict[str, Any]]:
    """The shipped scenarios that the theatre can run: name, title, question, and the month of the `branch`."""
    found, rows = shipped_for(load_theatre().vocabulary), []
    for name, scenario in found.items():
        month = first_difference(scenario, found["baseline"])
        branch = None if month is None else format_month(month)
        rows.append({"name": name, "title": scenario.title, "question": scenario.question, "branch": branch})
    return rows


def read_scenario(ref: str | Path) -> ResolvedScenario:
    """A shipped scenario, or that of a file, with everything it extends (`InputError` if it is wrong)."""
    require_kept(ref)
    return load_scenario(ref, load_theatre().vocabulary)


def scenarios() -> pd.DataFrame:
    """The shipped scenarios as a table.

    Examples:
        >>> scenarios().set_index("name").loc["pressure_for_talks", "title"]
        'The world presses for talks'
    """
    return as_table(scenario_rows())


def params() -> pd.DataFrame:
    """Every parameter: name, default, prior range (low, high), unit, source, status, note and choices.

    Examples:
        >>> params().set_index("name").loc["authority.erosion", ["low", "high"]].tolist()
        [0.0, 1.0]
    """
    return as_table([asdict(spec) for spec in load_theatre().parameters.values()])


def actors() -> pd.DataFrame:
    """Every actor: name, label, seats, its weight in diplomacy, war and money, and what it decides on (stances).

    Examples:
        >>> actors().columns.tolist()
        ['name', 'label', 'seats', 'diplomatic', 'military', 'economic', 'stances']
    """
    return as_table(actor_rows())


def actor_rows() -> list[dict[str, Any]]:
    """Every actor in short."""
    theatre, rows = load_theatre(), []
    for actor in theatre.actors:
        weights = {kind: theatre.number(actor.capability.get(kind, 0.0)) for kind in CAPABILITIES}
        stances = [stance.name for stance in actor.stances]
        rows.append({"name": actor.name, "label": actor.label, "seats": actor.seats, **weights, "stances": stances})
    return rows


def actor_in_full(name: str) -> dict[str, Any]:
    """What an actor wants, decides on and costs itself, whose guest it is, and how it stands with others.

    Raises:
        InputError: there is no such actor.
    """
    theatre, actor = load_theatre(), _actor(name)
    words, costs = theatre.words.actors.get(name), {lever.name: lever.cost for lever in actor.levers}
    stances = []
    for stance in actor.stances:
        options = [
            {
                "name": option,
                "sets": one.sets,
                "cost": sum(
                    theatre.number(costs[f"{name}.{key.replace(' ', '.')}"]) * level for key, level in one.sets.items()
                ),
                "promise": one.promise,
                "at": one.at,
                "start": option == stance.start,
            }
            for option, one in stance.options.items()
        ]
        stances.append({"name": stance.name, "options": options, "claims": [*stance.claims], "source": stance.source})
    set_by_stances = {(do, target) for stance in actor.stances for do, target in stance.levers}
    return {
        "name": name,
        "label": actor.label,
        "who": words.who if words else "",
        "seats": actor.seats,
        "capability": {kind: _sized(actor.capability.get(kind, 0.0)) for kind in CAPABILITIES},
        "aversion": _sized(actor.aversion),
        "interests": [
            {**picked(one, "outcome", "faction", "ideal"), "salience": _sized(one.salience), "claims": [*one.claims]}
            | {"source": one.source}
            for one in actor.interests
        ],
        "stances": stances,
        "guest_at": [lever.target for lever in actor.levers if (lever.do, lever.target) not in set_by_stances],
        "ties": {other: _sized(tie) for other, tie in actor.ties.items()},
    }


@validated
def levers(actor: str | None = None) -> pd.DataFrame:
    """Every lever, or those of one actor: who does what to whom, what sets it, its level at first, its cost.

    `set_by` is the stance whose options set it; nothing where it answers invitations.

    Raises:
        InputError: there is no such actor.

    Examples:
        >>> levers().columns.tolist()
        ['actor', 'do', 'target', 'set_by', 'start', 'cost']
    """
    return as_table(lever_rows(actor))


def lever_rows(actor: str | None = None) -> list[dict[str, Any]]:
    """Every lever, or those of one actor.

    Raises:
        InputError: there is no such actor.
    """
    theatre, rows = load_theatre(), []
    for one in theatre.actors if actor is None else [_actor(actor)]:
        stance_of = {lever: stance.name for stance in one.stances for lever in stance.levers}
        for lever in one.levers:
            set_by, cost = stance_of.get((lever.do, lever.target), ""), theatre.number(lever.cost)
            who = {"actor": one.name, "do": lever.do, "target": lever.target}
            rows.append({**who, "set_by": set_by, "start": lever.start, "cost": cost})
    return rows


def _actor(name: str) -> Actor:
    known = {actor.name: actor for actor in load_theatre().actors}
    if name not in known:
        raise InputError(
            wrong("ACTOR", name, "not an actor", did_you_mean(name, known) or f"there are {', '.join(known)}")
        )
    return known[name]


def _sized(ref: Ref) -> dict[str, Any]:
    """A number by its value, and the level, or the parameter of its own, that it is."""
    parts = ref.split(".") if isinstance(ref, str) else []
    level = parts[1] if len(parts) == len(("kind", "level")) else ""
    return {"value": load_theatre().number(ref), "level": level, "parameter": ref if isinstance(ref, str) else ""}


def claims() -> pd.DataFrame:
    """Every numbered claim of the article, and what in the model uses it (`used_by`).

    Examples:
        >>> claims()["id"].iloc[0]
        'C01'
    """
    return as_table([{**asdict(claim), "used_by": list(claim.used_by)} for claim in load_theatre().ledger])


def outcomes() -> pd.DataFrame:
    """What a run records each month: name, label, unit, and the claims or the source behind it.

    Examples:
        >>> outcomes()["name"].iloc[0]
        'kabul_authority'
    """
    return as_table(outcome_rows())


def outcome_rows() -> list[dict[str, Any]]:
    """Every outcome."""
    return [
        {"name": one.name, "label": one.label, "unit": one.unit, "claims": " ".join(one.claims), "source": one.source}
        for one in load_theatre().outcomes
    ]


def as_table(rows: list[dict[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Rows as a table that a notebook shows with its texts in full."""
    from influence_sim.api.table import Table

    return Table(rows)
