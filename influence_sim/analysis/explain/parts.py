"""The parts that an effect is divided among: what the scenario fixes, rules, interests, mechanisms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from influence_sim.analysis.claims.knockouts import mechanisms, open_relations, parameter_claims, wants_of
from influence_sim.analysis.explain import INTERESTS, INTERVENTIONS, MECHANISMS, RULES
from influence_sim.analysis.explain.entries import LEVER, Entry, claims_of, differing, in_words
from influence_sim.analysis.priors import defaults_of
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
AVERSIONS = "aversions"


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
    values, dated = defaults_of(request.theatre) | request.parameters, dated_parameters(request)
    return [
        part
        for part in _every(group, request.theatre, *request.scenarios)
        if part.entry is not None or any(values[name] != off or name in dated for name, off in part.off.items())
    ]


def dated_parameters(request: RunRequest) -> set[str]:
    """The parameters that a scenario of the run changes at a date."""
    return {name for arm in request.scenarios for change in arm.changes for name in change.values}


def _every(group: str, theatre: Theatre, scenario: ResolvedScenario, against: ResolvedScenario) -> Iterator[Part]:
    if group == INTERVENTIONS:
        for entry in differing(scenario, against):
            name = entry.name if entry.kind == LEVER else f"{entry.kind.removesuffix('s')} {entry.name}"
            yield Part(name, in_words(entry, scenario, theatre), claims_of(entry, scenario, theatre), entry)
    elif group == RULES:
        for rule in theatre.rules:
            yield Part(rule.id, rule.statement.removesuffix("."), rule.claims, off={rule.strength: 0.0})
    elif group == MECHANISMS:
        for item in mechanisms(theatre, declared_tests(theatre)):
            if not item.broad:
                yield Part(item.name, item.words, item.claims, off=item.off)
    else:  # one part an actor, and one for what everybody minds about open relations with the insurgents
        labels = {outcome.name: outcome.label for outcome in theatre.outcomes}
        for actor in theatre.actors:
            wants = ", ".join(dict.fromkeys(labels[interest.outcome] for interest in actor.interests))
            claims = tuple(sorted({claim for interest in actor.interests for claim in interest.claims}))
            if off := wants_of(actor):
                words = f"interests of {theatre.within[actor.name]}: {wants}"
                yield Part(f"interests of {actor.name}", words, claims, off=off)
        aversions = {actor.aversion: 0.0 for actor in theatre.actors if isinstance(actor.aversion, str)}
        claims = tuple(sorted({claim for name in aversions for claim in parameter_claims(theatre, name)}))
        yield Part(AVERSIONS, f"what each of them minds about {open_relations(theatre)}", claims, off=aversions)
