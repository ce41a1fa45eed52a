"""The parts that an effect is divided among: what the scenario fixes, rules, interests, mechanisms.

What a scenario fixes is taken apart entry by entry. An entry is all that it says of a lever, a forum, a condition or a
dated parameter. Two scenarios differ in an entry if they say other things there; it is *on* if it stands as in the one
and *off* if it stands as in the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from influence_sim.analysis.claims.knockouts import mechanisms, open_relations, parameter_claims, wants_of
from influence_sim.analysis.explain import INTERESTS, INTERVENTIONS, MECHANISMS, RULES
from influence_sim.analysis.worlds import defaults_of
from influence_sim.base.display import agreeing, id_words
from influence_sim.base.months import format_month
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import declared_tests

ALL = "everything"
LEFT = {
    INTERVENTIONS: "what is left with nothing fixed",
    RULES: "what is left with all these rules off",
    INTERESTS: "what is left when nobody wants anything",
    MECHANISMS: "what is left with all these mechanisms off",
    ALL: "what is left with all of these off",
}
"""What the remainder is if an effect is divided among the parts of a group, or of all groups."""
LEVER, FORUM, CONDITION, CHANGE = "interventions", "forums", "conditions", "changes"
"""Kinds of entries: where they stand in a scenario."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its kind, and the name of what it is about."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is on or off, with the claims it stands for; named as scenario files and `--set` write it.

    It is an entry of the scenario, or parameters and the values that switch them `off` in both arms.
    """

    name: str
    words: str
    claims: tuple[str, ...] = ()
    entry: Entry | None = None
    off: Mapping[str, float] = field(default_factory=dict)


def parts_of(group: str, request: RunRequest) -> list[Part]:
    """All parts of a group that are on to begin with, in a run of two arms."""
    theatre, (scenario, against), parts = request.theatre, request.scenarios, list[Part]()
    if group == INTERVENTIONS:
        for entry in differing(scenario, against):
            name = entry.name if entry.kind == LEVER else f"{entry.kind.removesuffix('s')} {entry.name}"
            parts.append(Part(name, in_words(entry, scenario, theatre), claims_of(entry, scenario, theatre), entry))
    elif group == RULES:
        for rule in theatre.rules:
            parts.append(Part(rule.id, rule.statement.removesuffix("."), rule.claims, off={rule.strength: 0.0}))
    elif group == MECHANISMS:
        narrow = (item for item in mechanisms(theatre, declared_tests(theatre)) if not item.broad)
        parts += [Part(item.name, item.words, item.claims, off=item.off) for item in narrow]
    else:  # one part an actor, and one for what everybody minds about open relations with the insurgents
        labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
        for actor in theatre.actors:
            if off := wants_of(actor):
                wants = ", ".join(dict.fromkeys(labels[interest.outcome] for interest in actor.interests))
                claims = tuple(sorted({claim for interest in actor.interests for claim in interest.claims}))
                words = f"interests of {theatre.within[actor.name]}: {wants}"
                parts.append(Part(f"interests of {actor.name}", words, claims, off=off))
        aversions = {actor.aversion: 0.0 for actor in theatre.actors if isinstance(actor.aversion, str)}
        claims = tuple(sorted({claim for name in aversions for claim in parameter_claims(theatre, name)}))
        words = f"what each of them minds about {open_relations(theatre)}"
        parts.append(Part("aversions", words, claims, off=aversions))
    values, dated = defaults_of(theatre) | request.parameters, dated_parameters(request)
    return [
        part
        for part in parts
        if part.entry is not None or any(values[name] != off or name in dated for name, off in part.off.items())
    ]


def dated_parameters(request: RunRequest) -> set[str]:
    """The parameters that a scenario of the run changes at a date."""
    return {name for arm in request.scenarios for change in arm.changes for name in change.values}


def entries_of(scenario: ResolvedScenario) -> Mapping[Entry, list[Any]]:
    """What a scenario fixes: for each entry its items, as they stand in the scenario."""
    entries: dict[Entry, list[Any]] = defaultdict(list)
    for item in scenario.interventions:
        entries[Entry(LEVER, " ".join(item.lever))].append(item)
    for forum in scenario.forums:
        entries[Entry(FORUM, forum.forum)].append(forum)
    for name, series in scenario.conditions.items():
        entries[Entry(CONDITION, name)] += series.items()
    for change in scenario.changes:
        for name, value in change.values.items():
            entries[Entry(CHANGE, name)].append(change.model_copy(update={"values": {name: value}}))
    return dict(entries)


def differing(scenario: ResolvedScenario, against: ResolvedScenario) -> tuple[Entry, ...]:
    """The entries in which two scenarios differ, in the order of the first."""
    entries, others = entries_of(scenario), entries_of(against)
    return tuple(entry for entry in {**entries, **others} if entries.get(entry, ()) != others.get(entry, ()))


def mix(
    scenario: ResolvedScenario, against: ResolvedScenario, on: Collection[Entry], without: Collection[str] = ()
) -> ResolvedScenario:
    """The second scenario with some entries (`on`) as they stand in the first.

    Dated changes of some parameters are left out (`without`), because something else sets them.
    """
    entries, others = entries_of(scenario), entries_of(against)
    items: dict[str, list[Any]] = {kind: [] for kind in (LEVER, FORUM, CHANGE)}
    conditions = {}
    for entry in {**entries, **others}:
        entry_items = (entries if entry in on else others).get(entry, ())
        if entry.kind == CONDITION and entry_items:
            conditions[entry.name] = dict(entry_items)
        elif entry.kind in items and not (entry.kind == CHANGE and entry.name in without):
            items[entry.kind] += entry_items
    fixed: dict[str, Any] = {kind: tuple(values) for kind, values in items.items()}
    return replace(against, conditions=conditions, **fixed)


def in_words(entry: Entry, scenario: ResolvedScenario, theatre: Theatre) -> str:
    """What the first scenario fixes in an entry: `the insurgents: fights the government, from 2018-01`."""

    def label(name: str) -> str:
        return theatre.within.get(name, name)

    def describe(item: Any) -> str:
        if entry.kind == CONDITION:
            month, value = item
            return f"{id_words(entry.name, theatre.proper)} at {value:g} from {format_month(month)}"
        until = "" if item.until is None else f" to {format_month(item.until)}"
        span = f"from {format_month(item.start)}{until}"
        if entry.kind == CHANGE:
            return f"{entry.name} at {item.values[entry.name]:g}, {span}"
        if entry.kind == FORUM:
            guests = ", ".join(map(label, item.invite))
            meets = f"meets in {', '.join(map(format_month, item.meets))}" if item.meets else ""
            invited = f"{guests} invited to it, {span}" if guests else ""
            return f"{label(entry.name)}: {'; '.join(filter(None, (invited, meets)))}"
        instrument = theatre.instruments[item.do]
        action = instrument.does if item.level > 0 else instrument.does_not
        level = f" at {item.level:g}" if 0 < item.level < 1 else ""
        phrase = agreeing(action.format(target=label(item.target)), label(item.actor))
        return f"{label(item.actor)}: {phrase}{level}, {span}"

    return "; ".join(map(describe, entries_of(scenario).get(entry, ()))) or f"nothing is fixed for {entry.name}"


def claims_of(entry: Entry, scenario: ResolvedScenario, theatre: Theatre) -> tuple[str, ...]:
    """The claims behind an entry: those of its lever, forum, condition or parameter, else those of the scenario."""
    own_claims = tuple(claim for claim in scenario.claims if claim in theatre.vocabulary.claims)
    claims_by_name = {f"{lever.actor} {lever.do} {lever.target}": lever.claims for lever in theatre.levers}
    claims_by_name |= {forum.name: forum.claims for forum in theatre.forums}
    claims_by_name |= {condition.name: condition.claims for condition in theatre.conditions}
    return claims_by_name.get(entry.name, ()) or parameter_claims(theatre, entry.name) or own_claims
