"""The parts that an effect is divided among: what the scenario fixes, rules, interests, mechanisms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from influence_sim.analysis.knockouts import Knockout, knockouts
from influence_sim.analysis.slots import Slot, claims_of, differing, in_words, parameter_claims
from influence_sim.scenario import ResolvedScenario
from influence_sim.theatre import Actor, Theatre
from influence_sim.theatre.claim_tests import declared_tests

INTERVENTIONS, RULES, INTERESTS, MECHANISMS = "interventions", "rules", "interests", "mechanisms"
GROUPS = (INTERVENTIONS, RULES, INTERESTS, MECHANISMS)
AVERSIONS = "aversions"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is on or off.

    Attributes:
        name: in short, as scenario files and `--set` write it.
        words: what it is.
        group: one of `GROUPS`.
        claims: what of the article it stands for.
        slot: what of the scenario it is; None for parameters.
        off: the parameters that switch it off, in both arms, and their values.
    """

    name: str
    words: str
    group: str
    claims: tuple[str, ...]
    slot: Slot | None = None
    off: Mapping[str, float] = field(default_factory=dict)


def parts_of(
    group: str,
    theatre: Theatre,
    scenario: ResolvedScenario,
    against: ResolvedScenario,
    parameters: Mapping[str, float],
) -> list[Part]:
    """All parts of a group that are on to begin with.

    Args:
        group: one of `GROUPS`.
        theatre: the world.
        scenario: whose effect it is.
        against: what it is compared with.
        parameters: undated values that were set, for both arms.
    """
    if group == INTERVENTIONS:
        return list(_slots(theatre, scenario, against))
    found = _knockouts(group, theatre)
    values = {name: spec.default for name, spec in theatre.parameters.items()} | dict(parameters)
    dated = {name for arm in (scenario, against) for change in arm.changes for name in change.values}
    return [part for part in found if any(values[n] != v or n in dated for n, v in part.off.items())]


def _slots(theatre: Theatre, scenario: ResolvedScenario, against: ResolvedScenario) -> Iterator[Part]:
    for slot in differing(scenario, against):
        words, claims = in_words(slot, scenario, theatre), claims_of(slot, scenario, theatre)
        name = slot.name if slot.kind == INTERVENTIONS else f"{slot.kind.removesuffix('s')} {slot.name}"
        yield Part(name, words, INTERVENTIONS, claims, slot=slot)


def _knockouts(group: str, theatre: Theatre) -> list[Part]:
    every = knockouts(theatre, declared_tests(theatre))
    return list({RULES: _rules, INTERESTS: _interests, MECHANISMS: _mechanisms}[group](theatre, every))


def _rules(theatre: Theatre, every: Iterable[Knockout]) -> Iterator[Part]:
    rules = {rule.strength: rule for rule in theatre.rules}
    for item in every:
        if item.name in rules:
            rule = rules[item.name]
            yield Part(rule.id, rule.statement.removesuffix("."), RULES, rule.cited.claims, off=item.off)


def _interests(theatre: Theatre, every: Iterable[Knockout]) -> Iterator[Part]:
    """One part an actor, and one for what everybody minds about open relations with the insurgents."""
    actors = {f"interests of {actor.name}": actor for actor in theatre.actors}
    labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
    for item in every:
        if item.name in actors and item.off:
            actor = actors[item.name]
            yield Part(item.name, _wants(actor, theatre.within, labels), INTERESTS, _claims_of(actor), off=item.off)
    aversions = {actor.aversion: 0.0 for actor in theatre.actors if isinstance(actor.aversion, str)}
    claims = {claim for name in aversions for claim in parameter_claims(theatre, name)}
    whom = theatre.within.get(theatre.roles.insurgents, "the insurgents")
    words = f"what each of them minds about open relations with {whom}"
    yield Part(AVERSIONS, words, INTERESTS, tuple(sorted(claims)), off=aversions)


def _wants(actor: Actor, names: Mapping[str, str], labels: Mapping[str, str]) -> str:
    outcomes = dict.fromkeys(labels[interest.outcome] for interest in actor.interests)
    return f"interests of {names[actor.name]}: {', '.join(outcomes)}"


def _claims_of(actor: Actor) -> tuple[str, ...]:
    return tuple(sorted({claim for interest in actor.interests for claim in interest.cited.claims}))


def _mechanisms(theatre: Theatre, every: Iterable[Knockout]) -> Iterator[Part]:
    declared = declared_tests(theatre)
    for item in every:
        if not item.broad and item.name in {**declared.knockouts, **declared.saturated}:
            yield Part(item.name, item.words, MECHANISMS, parameter_claims(theatre, item.name), off=item.off)
