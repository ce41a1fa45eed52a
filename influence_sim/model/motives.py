"""What bears on each lever: the interests of its actor, and the alliance rules that can apply to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.model.index import Index
from influence_sim.model.own_rules import rules_of
from influence_sim.model.parameters import AS_IT_IS, BESIDE, THROUGH
from influence_sim.model.rules import PRECEDENT, TIE, Rule
from influence_sim.theatre.numbers import Ref
from influence_sim.theatre.spec import Lever
from influence_sim.theatre.spec import Rule as RuleSpec


@dataclass(frozen=True, slots=True)
class Term:
    """One alliance rule as it bears on an actor's levers, towards one target unless it looks at none.

    Attributes:
        actor: who decides.
        spec, rule: the rule as the theatre states it, and the function that computes it.
        target: an actor or a forum; "" if it looks at none.
        signs: lever -> 1 if it speaks for it, -1 if against, 0 if it does not bear on it.
        drives: rows of the interests through which it works.
    """

    actor: str
    spec: RuleSpec
    rule: Rule
    target: str
    signs: dict[str, int]
    drives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What bears on a lever: an interest or a term by its row; for or against; how much, and how that is scaled.

    `own_effect` is the lever's effect on that interest in the model itself, for and against in one number.
    """

    size: Ref
    sign: int
    scale: int
    slope: str = ""
    own_effect: float = 0.0
    interest: int = -1
    term: int = -1


@dataclass(frozen=True, eq=False)
class Motives:
    """What moves the actors of a theatre.

    Attributes:
        terms: rules, in the order of their rows: by function, ties last, since these are read where they stand.
        entries: for each lever what bears on it: interests, rules that work through interests, and rules beside them.
    """

    terms: tuple[Term, ...]
    entries: tuple[tuple[Entry, ...], ...]


def motives_of(index: Index) -> Motives:
    """Finds the motives of every actor.

    Raises:
        InputError: a rule has no function.
    """
    interests: dict[str, dict[int, str]] = {}  # actor -> row -> outcome
    row = 0
    for actor in index.actors:
        interests[actor.name] = {row + n: interest.outcome for n, interest in enumerate(actor.interests)}
        row += len(actor.interests)
    terms = [term for actor in index.actors for term in _terms_for(index, actor.name, interests[actor.name])]
    rows = sorted(range(len(terms)), key=lambda n: (terms[n].rule.number == TIE, terms[n].rule.number))
    row_of = {n: row for row, n in enumerate(rows)}

    def entries(lever: Lever) -> Iterator[Entry]:
        for row, outcome in interests[lever.actor].items():
            for effect in index.theatre.effects:
                sign = (outcome in effect.raises) - (outcome in effect.lowers)
                if sign and lever.fits(effect):
                    effect_in_model = index.theatre.own_effects.get((lever.actor, lever.do, lever.target, outcome), 0.0)
                    yield Entry(effect.size, sign, AS_IT_IS, effect.slope, effect_in_model, interest=row)
        # as written, those through interests first: whatever a rule's number, sums are the same to the last bit
        for n, term in sorted(enumerate(terms), key=lambda item: not item[1].spec.through):
            if term.actor == lever.actor and term.signs[lever.name]:
                scale = THROUGH if term.spec.through else AS_IT_IS if term.rule.number == PRECEDENT else BESIDE
                yield Entry(1.0, term.signs[lever.name], scale, term=row_of[n])

    return Motives(tuple(terms[n] for n in rows), tuple(tuple(entries(lever)) for lever in index.levers))


def _terms_for(index: Index, actor: str, interests: Mapping[int, str]) -> Iterator[Term]:
    """The rules that can bear on an actor's levers, rule by rule and target by target."""
    levers = [lever for lever in index.levers if lever.actor == actor]
    targets = sorted({lever.target for lever in levers})
    functions = rules_of(index.theatre.own_code)
    for spec in index.theatre.rules:
        if not spec.function:
            continue
        if spec.function not in functions:
            hint = did_you_mean(spec.function, functions) or f"there are {', '.join(sorted(functions))}"
            problem = f"no function for the rule {spec.id}"
            raise InputError(wrong("rules.yaml", spec.function, problem, hint))
        rule = functions[spec.function]
        drives = tuple(row for row, outcome in interests.items() if outcome in spec.through)
        if spec.through and not drives:  # without such an interest the rule is exactly 0
            continue
        by_actor = rule.arguments and any(key in index.actor for key in spec.with_)
        if by_actor and actor not in spec.with_:  # it says nothing of this actor
            continue
        for target in targets if rule.targeted else [""]:
            signs = {
                lever.name: sum(
                    -1 if p.against else 1 for p in spec.applies if target in {"", lever.target} and lever.fits(p)
                )
                for lever in levers
            }
            if any(signs.values()):
                yield Term(actor, spec, rule, target, signs, drives)
