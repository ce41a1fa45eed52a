"""Scenarios, actors, levers, parameters, claims and outcomes, as tables and as plain rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from influence_sim.api.late import pd, sentences, terms
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.base.months import format_month
from influence_sim.base.values import picked
from influence_sim.runs.manifest import require_kept
from influence_sim.scenario.resolve import load_scenario, shipped_for
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.numbers import Ref
from influence_sim.theatre.spec import Actor, Outcome

CAPABILITIES = ("diplomatic", "military", "economic")
"""The fields in which an actor has weight."""


def labels() -> dict[str, Outcome]:
    """The outcomes by name, with their labels, and their units as readers see them."""
    theatre = load_theatre()
    units = [terms.unit_words(outcome.unit, theatre) for outcome in theatre.outcomes]
    outcomes = zip(theatre.outcomes, units, strict=True)
    return {outcome.name: outcome.model_copy(update={"unit": unit}) for outcome, unit in outcomes}


def label_of(column: object) -> str:
    """The label of an outcome; another column of a table as it is."""
    outcome = labels().get(str(column))
    return str(column) if outcome is None else outcome.label


def worded(ids: pd.Series) -> pd.Series:
    """A column of ids as words, for pictures."""
    theatre = load_theatre()
    return ids.astype(str).map({str(name): sentences.name_words(str(name), theatre) for name in ids.unique()})


def stances_in_words(table: pd.DataFrame) -> pd.DataFrame:
    """The same table of stances, with words for them and their options, for pictures."""
    theatre = load_theatre()
    words = [sentences.stance_words(str(name), theatre) for name in table["stance"]]
    return table.assign(stance=words, option=worded(table["option"]))


def factor_labels(names: Iterable[object], groups: Mapping[str, Sequence[str]] | None = None) -> dict[str, str]:
    """What factors mean, in plain words, of those that have any; of groups (name -> members) the first members."""
    theatre, groups = load_theatre(), groups or {}
    words = {
        name: sentences.group_words(name, groups[name], theatre) if name in groups else
        sentences.meaning_of(name, theatre) for name in map(str, names)
    }  # fmt: skip
    return {name: text for name, text in words.items() if text}


def named(factor: str, words: Mapping[str, str]) -> str:
    """What a factor means, by `factor_labels`, and its name; of what has no words the name alone."""
    return f"{words[factor]} ({factor})" if factor in words else factor


def meanings(names: Iterable[object], groups: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """The same, in a sentence each with what choices mean, for the foot of tables that show only names."""
    theatre, told = load_theatre(), []
    for name, words in factor_labels(names, groups).items():
        choices = terms.choices_text(name, theatre)
        told.append(f"{name}: {theatre.inner(words)}{f' ({choices})' if choices else ''}.")
    return told


def choice_labels(factors: Iterable[str]) -> dict[str, dict[str, str]]:
    """The names of the choices of factors, where they have names."""
    specs = {name: spec for name, spec in load_theatre().parameters.items() if name in set(factors)}
    return {
        name: dict(zip((f"{value:g}" for value in spec.choices), spec.meanings, strict=True))
        for name, spec in specs.items()
    }


def choice_notes(texts: Iterable[str]) -> list[str]:
    """What the choices mean of each parameter that some texts name, a sentence each, for the foot of these texts."""
    theatre, named = load_theatre(), set(re.findall(r"[\w.]*\w", " ".join(texts)))
    meanings = {name: terms.choices_text(name, theatre) for name in theatre.parameters if name in named}
    return [f"{name}: {text}." for name, text in meanings.items() if text]


def scenario_rows() -> list[dict[str, Any]]:
    """The shipped scenarios that the theatre can run: name, title, question, and the month of the `branch`."""
    shipped, rows = shipped_for(load_theatre().vocabulary), []
    for name, scenario in shipped.items():
        month = scenario.first_dated(shipped["baseline"])
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


def actor_details(name: str) -> dict[str, Any]:
    """Everything about an actor: interests, stances with their costs, invitations and ties.

    Raises:
        InputError: there is no such actor.
    """
    theatre, actor = load_theatre(), _actor(name)
    text, costs = theatre.words.actors.get(name), {lever.name: lever.cost for lever in actor.levers}
    stances = []
    for stance in actor.stances:
        options = [
            {
                "name": key,
                "sets": option.sets,
                "cost": sum(
                    theatre.number(costs[f"{name}.{lever.replace(' ', '.')}"]) * level
                    for lever, level in option.sets.items()
                ),
                "promise": option.promise,
                "at": option.at,
                "start": key == stance.start,
            }
            for key, option in stance.options.items()
        ]
        stances.append({"name": stance.name, "options": options, "claims": [*stance.claims], "source": stance.source})
    set_by_stances = {(do, target) for stance in actor.stances for do, target in stance.levers}
    return {
        "name": name,
        "label": actor.label,
        "who": text.who if text else "",
        "seats": actor.seats,
        "capability": {kind: _number_entry(actor.capability.get(kind, 0.0)) for kind in CAPABILITIES},
        "aversion": _number_entry(actor.aversion),
        "interests": [
            {**picked(interest, "outcome", "faction", "ideal"), "salience": _number_entry(interest.salience)}
            | {"claims": [*interest.claims], "source": interest.source}
            for interest in actor.interests
        ],
        "stances": stances,
        "guest_at": [lever.target for lever in actor.levers if (lever.do, lever.target) not in set_by_stances],
        "ties": {other: _number_entry(tie) for other, tie in actor.ties.items()},
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
    for holder in theatre.actors if actor is None else [_actor(actor)]:
        stance_of = {lever: stance.name for stance in holder.stances for lever in stance.levers}
        for lever in holder.levers:
            set_by, cost = stance_of.get((lever.do, lever.target), ""), theatre.number(lever.cost)
            fields = {"actor": holder.name, "do": lever.do, "target": lever.target}
            rows.append({**fields, "set_by": set_by, "start": lever.start, "cost": cost})
    return rows


def _actor(name: str) -> Actor:
    known = {actor.name: actor for actor in load_theatre().actors}
    if name not in known:
        hint = did_you_mean(name, known) or f"there are {', '.join(known)}"
        raise InputError(wrong("ACTOR", name, "not an actor", hint))
    return known[name]


def _number_entry(reference: Ref) -> dict[str, Any]:
    """A number as its value, and the level or the parameter that it refers to."""
    parameter = reference if isinstance(reference, str) else ""
    level = parameter.split(".")[1] if parameter.count(".") == 1 else ""  # KIND.LEVEL
    return {"value": load_theatre().number(reference), "level": level, "parameter": parameter}


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
        {**picked(outcome, "name", "label", "unit"), "claims": " ".join(outcome.claims), "source": outcome.source}
        for outcome in labels().values()
    ]


def as_table(rows: list[dict[str, Any]] | pd.DataFrame) -> pd.DataFrame:
    """Rows as a table that a notebook shows with its texts in full."""
    from influence_sim.api.table import Table

    return Table(rows)
