"""What bears on each lever: the interests of its actor, and the alliance rules that can apply to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.model.index import Index
from influence_sim.model.rules import TIE, Rule, rules_of
from influence_sim.theatre.spec import Lever, Ref
from influence_sim.theatre.spec import Rule as RuleSpec


@dataclass(frozen=True, slots=True)
class Term:
    """One alliance rule as it bears on an actor's levers, towards one target unless it looks at none.

    Attributes:
        actor: who decides.
        spec, rule: the rule as the theatre states it, and the function that computes it.
        target: an actor or a forum; "" if it looks at none.
        weights: lever -> the numbers that add up to the rule's weight on it.
    """

    actor: str
    spec: RuleSpec
    rule: Rule
    target: str
    weights: dict[str, tuple[Ref, ...]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What bears on a lever, an interest or a term by its row, and the numbers that add up to its weight."""

    weights: Sequence[Ref]
    interest: int = -1
    term: int = -1


@dataclass(frozen=True, eq=False)
class Motives:
    """What moves the actors of a theatre.

    Attributes:
        terms: rules, in the order of their rows: by function, ties last, since these are read where they stand.
        entries: for each lever what bears on it.
    """

    terms: tuple[Term, ...]
    entries: tuple[tuple[Entry, ...], ...]


def motives_of(index: Index) -> Motives:
    """Finds the motives of every actor.

    Raises:
        InputError: a rule has no function.
    """
    found = [term for actor in index.actors for term in _terms_for(index, actor.name)]
    rows = sorted(range(len(found)), key=lambda n: (found[n].rule.number == TIE, found[n].rule.number))
    row_of = {n: row for row, n in enumerate(rows)}

    def entries(lever: Lever) -> Iterator[Entry]:
        i = index.actor[lever.actor]
        first = sum(len(actor.interests) for actor in index.actors[:i])
        for row, interest in enumerate(index.actors[i].interests, start=first):
            if interest.outcome in lever.beliefs:
                yield Entry([lever.beliefs[interest.outcome]], interest=row)
        for n, term in enumerate(found):  # as written: whatever a rule's number, sums are the same to the last bit
            if term.actor == lever.actor and term.weights[lever.name]:
                yield Entry(term.weights[lever.name], term=row_of[n])

    return Motives(tuple(found[n] for n in rows), tuple(tuple(entries(lever)) for lever in index.levers))


def _terms_for(index: Index, actor: str) -> Iterator[Term]:
    """The rules that can bear on an actor's levers, rule by rule and target by target."""
    levers = [lever for lever in index.levers if lever.actor == actor]
    targets = sorted({lever.target for lever in levers})
    known = rules_of(index.theatre.code)
    for spec in index.theatre.rules:
        if not spec.function:
            continue
        if spec.function not in known:
            hint = did_you_mean(spec.function, known) or f"there are {', '.join(sorted(known))}"
            problem = f"no function for the rule {spec.id}"
            raise InputError(wrong("rules.yaml", spec.function, problem, hint))
        rule = known[spec.function]
        for target in targets if rule.targeted else [""]:
            weights = {
                lever.name: tuple(p.weight for p in spec.applies if target in {"", lever.target} and p.fits(lever))
                for lever in levers
            }
            if any(weights.values()):
                yield Term(actor, spec, rule, target, weights)
