"""Holding the parts of a theatre against each other: every name that is used must be defined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from influence_sim.theatre.spec import Actor, Condition, Lever, Pattern, Rule

if TYPE_CHECKING:
    from influence_sim.theatre.theatre import Theatre

_CLAIM = re.compile(r"\bC\d\d\b")
_KEY = re.compile(r"[a-z_]+\d{4}|[a-z_]+")


def contradictions(theatre: Theatre) -> Iterator[str]:
    """Everything in a theatre that names what is not there, cites nothing, or lies outside its limits."""
    yield from _roles(theatre)
    yield from _actors(theatre)
    yield from _levers(theatre)
    for rule in theatre.rules:
        yield from _rule(theatre, rule)
    yield from _meetings(theatre)
    for condition in theatre.conditions:
        yield from _series(condition, theatre)
    yield from _ground(theatre)
    yield from _words(theatre)
    yield from _citations(theatre)
    yield from _sources_of_numbers(theatre)


def _names(theatre: Theatre) -> set[str]:
    return {actor.name for actor in theatre.actors}


def _outcomes(theatre: Theatre) -> set[str]:
    return {outcome.name for outcome in theatre.outcomes}


def _targets(theatre: Theatre) -> set[str]:
    return _names(theatre) | {forum.name for forum in theatre.forums} | {theatre.crop.name}


def _roles(theatre: Theatre) -> Iterator[str]:
    """A part may stay unplayed; a forum that nobody in the theatre convenes is no talks."""
    if len(set(theatre.roles.mediators + theatre.roles.belligerents + (theatre.roles.spoiler,))) < 5:
        yield "two roles are played by one actor"


def _actors(theatre: Theatre) -> Iterator[str]:
    names = [actor.name for actor in theatre.actors]
    yield from (f"two actors are called {name}" for name in set(names) if names.count(name) > 1)
    for actor in theatre.actors:
        yield from (f"{actor.name} has a tie to {other}" for other in actor.ties if other not in names)
        yield from _aversion(actor, theatre.roles.insurgents)
        for interest in actor.interests:
            if interest.outcome not in _outcomes(theatre):
                yield f"{actor.name} is interested in {interest.outcome}"


def _aversion(actor: Actor, insurgents: str) -> Iterator[str]:
    """The model knows aversions to the insurgents only (C44)."""
    if isinstance(actor.aversion, str) and not actor.aversion.endswith(f".{insurgents}"):
        yield f"{actor.aversion}: only an aversion to {insurgents} has a meaning"


def _levers(theatre: Theatre) -> Iterator[str]:
    keys = [lever.name for lever in theatre.levers]
    yield from (f"lever {key} is there twice" for key in set(keys) if keys.count(key) > 1)
    for lever in theatre.levers:
        yield from _lever(lever, theatre)


def _lever(lever: Lever, theatre: Theatre) -> Iterator[str]:
    if lever.do not in theatre.instruments or lever.target not in _targets(theatre):
        yield f"no instrument or target for lever {lever.name}"
    yield from (f"{lever.name} believes in {name}" for name in lever.beliefs if name not in _outcomes(theatre))


def _rule(theatre: Theatre, rule: Rule) -> Iterator[str]:
    known = _names(theatre) | _outcomes(theatre)
    for key, name in rule.with_.items():
        if name not in known:
            yield f"rule {rule.id} is told {key}: {name}"
    for pattern in rule.applies:
        yield from (f"rule {rule.id} applies to {name}" for name in _unknown(pattern, theatre))


def _unknown(pattern: Pattern, theatre: Theatre) -> Iterator[str]:
    if pattern.do not in theatre.instruments:
        yield pattern.do
    if pattern.actor and pattern.actor not in _names(theatre):
        yield pattern.actor
    if pattern.target and pattern.target not in _targets(theatre):
        yield pattern.target


def _meetings(theatre: Theatre) -> Iterator[str]:
    names = _names(theatre)
    for forum in theatre.forums:
        yield from (f"{forum.name} invites {name}" for name in forum.invites if name not in names)
        if forum.convenor not in names:
            yield f"{forum.name} is convened by {forum.convenor}"
    yield from (f"event {event.id} happens to {event.actor}" for event in theatre.events if event.actor not in names)


def _series(condition: Condition, theatre: Theatre) -> Iterator[str]:
    if min(condition.series) != theatre.start:
        yield f"condition {condition.name} does not begin with the first month"
    for ref in condition.series.values():
        if isinstance(ref, str) and ref not in theatre.parameters:
            yield f"condition {condition.name} follows {ref}"
        elif not condition.low <= theatre.number(ref) <= condition.high:
            yield f"condition {condition.name}: {theatre.number(ref)} is outside {condition.low} to {condition.high}"


def _ground(theatre: Theatre) -> Iterator[str]:
    provinces = {province.iso for province in theatre.provinces}
    ground = theatre.named("{spoiler}.ground.")
    for pair in theatre.neighbours:
        yield from (f"no province {name} to be a neighbour" for name in pair if name not in provinces)
    for name in theatre.parameters:
        if name.startswith(ground) and name.removeprefix(ground) not in provinces:
            yield f"no province for {name}"


def _words(theatre: Theatre) -> Iterator[str]:
    """Words for what is not there; and a map with provinces left out is none."""
    words, provinces = theatre.words, {province.iso for province in theatre.provinces}
    named = (
        ("actor", words.actors, _names(theatre)),
        ("forum", words.forums, {forum.name for forum in theatre.forums}),
        ("outcome", [*words.headline, *words.question, *words.outcomes], _outcomes(theatre)),
        ("parameter", words.parameters, set(theatre.parameters)),
        ("province", theatre.tiles, provinces),
    )
    for kind, names, known in named:
        yield from (f"words for the {kind} {name}" for name in names if name not in known)
    if theatre.tiles:
        yield from (f"no place on the map for {iso}" for iso in provinces - set(theatre.tiles))
    if len(theatre.tiles) != len(list(words.tiles())):
        yield "a province has two places on the map"


def _citations(theatre: Theatre) -> Iterator[str]:
    claims = {claim.id for claim in theatre.claims}
    for label, cited in theatre.citations():
        yield from (f"{label} cites {claim}" for claim in cited.claims if claim not in claims)
        if cited.source and cited.source not in theatre.sources:
            yield f"{label} cites {cited.source}"
        if not cited.claims and not cited.source:
            yield f"{label} cites nothing"


def _sources_of_numbers(theatre: Theatre) -> Iterator[str]:
    claims = {claim.id for claim in theatre.claims}
    for spec in theatre.parameters.values():
        for claim in _CLAIM.findall(f"{spec.source} {spec.note}"):
            if claim not in claims:
                yield f"{spec.name} cites {claim}"
        for key in _KEY.findall(_CLAIM.sub("", spec.source)):
            if key not in theatre.sources:
                yield f"{spec.name} cites {key}"
