"""Holding the parts of a theatre against each other: every name that is used must be defined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator

from influence_sim.theatre.theatre import Theatre

_CLAIM = re.compile(r"\bC\d\d\b")
_KEY = re.compile(r"[a-z_]+\d{4}|[a-z_]+")


def contradictions(theatre: Theatre) -> list[str]:
    """Everything in a theatre that names what is not there, cites nothing, or lies outside its limits, sorted."""
    unknown = {f"{use} {name}" for use, name, known in _uses(theatre) if name not in known}
    return sorted(unknown.union(_clashes(theatre)))


def _uses(theatre: Theatre) -> Iterator[tuple[str, str, Collection[str]]]:
    """Every use of a name: who uses it how, the name, and what it may be."""
    actors = {actor.name for actor in theatre.actors}
    forums = {forum.name for forum in theatre.forums}
    outcomes = {outcome.name for outcome in theatre.outcomes}
    provinces = {province.iso for province in theatre.provinces}
    claims = {claim.id for claim in theatre.claims}
    targets, instruments, words = actors | forums | {theatre.crop.name}, theatre.instruments, theatre.words

    for actor in theatre.actors:
        yield from ((f"{actor.name} has a tie to", other, actors) for other in actor.ties)
        yield from ((f"{actor.name} is interested in", interest.outcome, outcomes) for interest in actor.interests)
    for lever in theatre.levers:
        yield f"lever {lever.name} uses", lever.do, instruments
        yield f"lever {lever.name} aims at", lever.target, targets
    for actor in theatre.actors:
        named = [*actor.ties.values(), *actor.capability.values(), *(item.salience for item in actor.interests)]
        refs = (ref for ref in named if isinstance(ref, str))
        yield from ((f"{actor.name} is described by the level", ref, theatre.parameters) for ref in refs)
        for stance in actor.stances:
            yield f"stance {stance.label} starts as", stance.start, stance.options
            yield from ((f"stance {stance.label} needs", one.at, {"", *forums}) for one in stance.options.values())
    for effect in theatre.effects:
        yield f"effect {effect.id} is expected of", effect.do, instruments
        yield f"effect {effect.id} is expected of", effect.actor, {"", *actors}
        yield f"effect {effect.id} is expected towards", effect.target, {"", *targets}
        yield from ((f"effect {effect.id} is on", name, outcomes) for name in (*effect.raises, *effect.lowers))
    for rule in theatre.rules:
        yield from ((f"rule {rule.id} works through", name, outcomes) for name in rule.through)
        yield from ((f"rule {rule.id} is told {key}:", name, actors | outcomes) for key, name in rule.with_.items())
        for pattern in rule.applies:
            applies = f"rule {rule.id} applies to"
            yield applies, pattern.do, instruments
            yield applies, pattern.actor, {"", *actors}
            yield applies, pattern.target, {"", *targets}
    for forum in theatre.forums:
        yield f"{forum.name} is convened by", forum.convenor, actors
        yield from ((f"{forum.name} invites", name, actors) for name in forum.invites)
    yield from ((f"event {event.id} happens to", event.actor, actors) for event in theatre.events)
    for condition in theatre.conditions:
        refs = (ref for ref in condition.series.values() if isinstance(ref, str))
        yield from ((f"condition {condition.name} follows", ref, theatre.parameters) for ref in refs)
    yield from (("no province to be a neighbour:", name, provinces) for pair in theatre.neighbours for name in pair)
    yield from (("words for the actor", name, actors) for name in words.actors)
    yield from (("words for the forum", name, forums) for name in words.forums)
    told = [*words.headline, *words.question, *words.outcomes]
    yield from (("words for the outcome", name, outcomes) for name in told)
    yield from (("words for the parameter", name, theatre.parameters) for name in words.parameters)
    yield from (("a place on the map for", name, provinces) for name in theatre.tiles)
    levers = {" ".join((lever.actor, lever.do, lever.target)) for lever in theatre.levers}
    yield from (("an example of the lever", name, levers) for name in words.example.levers)
    yield "an example of the rule", words.example.rule, {"", *(rule.id for rule in theatre.rules)}

    for label, cited in theatre.citations():
        yield from ((f"{label} cites", claim, claims) for claim in cited.claims)
        yield f"{label} cites", cited.source, {"", *theatre.sources}
    for spec in theatre.parameters.values():
        noted = _CLAIM.findall(f"{spec.source} {spec.note}") if claims else ()  # a theatre may have no ledger
        yield from ((f"{spec.name} cites", claim, claims) for claim in noted)
        keys = _KEY.findall(_CLAIM.sub("", spec.source))
        yield from ((f"{spec.name} cites", key, theatre.sources) for key in keys)


def _clashes(theatre: Theatre) -> Iterator[str]:
    """What is there twice, lies outside its limits, or has no support."""
    actors = Counter(actor.name for actor in theatre.actors)
    levers = Counter(lever.name for lever in theatre.levers)
    yield from (f"two actors are called {name}" for name, count in actors.items() if count > 1)
    yield from (f"lever {name} is there twice" for name, count in levers.items() if count > 1)
    roles = theatre.roles
    if len({*roles.mediators, *roles.belligerents, roles.spoiler}) < 5:  # one may stay unplayed
        yield "two roles are played by one actor"
    for actor in theatre.actors:  # the model knows aversions to the insurgents only (C44)
        if isinstance(actor.aversion, str) and not actor.aversion.endswith(f".{roles.insurgents}"):
            yield f"{actor.aversion}: only an aversion to {roles.insurgents} has a meaning"
    for condition in theatre.conditions:
        if min(condition.series) != theatre.start:
            yield f"condition {condition.name} does not begin with the first month"
        for ref in condition.series.values():
            known = not isinstance(ref, str) or ref in theatre.parameters
            value = theatre.number(ref) if known else condition.low
            if not condition.low <= value <= condition.high:
                yield f"condition {condition.name}: {value} is outside {condition.low} to {condition.high}"
    if theatre.tiles:
        missing = {province.iso for province in theatre.provinces}.difference(theatre.tiles)
        yield from (f"no place on the map for {iso}" for iso in missing)
        if len(theatre.tiles) != len(list(theatre.words.tiles())):
            yield "a province has two places on the map"
    for label, cited in theatre.citations():
        if not cited.claims and not cited.source:
            yield f"{label} cites nothing"
