"""What a verdict rests on: on decisions, or coins would do; on numbers, or on forms; or on what cites the claim itself.

*Constant agents* toss coins for their policies, each option as likely as it is held in the baseline, whoever does what
and whatever has happened: what they give as well is no evidence of decisions. The *division* of an effect says what the
scenario does by itself while all else keeps to the other arm's path, what ground and stocks add, and what the decisions
of others do. Plausible *numbers* are tried with every equation in its usual form, and every combination of *forms* at
the default numbers. A claim is *coded* if its effect goes without the entries of the theatre that cite it: rules,
expected effects, aversions, events, mechanisms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from influence_sim.analysis.claims.knockouts import KILLS, Knockout, knockouts
from influence_sim.analysis.claims.places import COINS, GROUND, ITSELF, Means, Reading, places_of, read, score
from influence_sim.analysis.worlds import Points, defaults_of, latin_hypercube, own_draws, values_of, with_settings
from influence_sim.base.numbers import Flags
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared

WORLDS, REPLICATES, AT_DEFAULTS, KNOCKED = 256, 16, 256, 64
"""Worlds of each kind, replicates in each; at the defaults; and without what cites a claim."""


@dataclass(frozen=True)
class Grounds:
    """What one verdict rests on; NaN where there is nothing to divide or to hold."""

    itself: float  # parts of the effect at the defaults, which sum to it
    ground: float
    response: float
    constant: float  # the effect at the defaults if agents are constant
    constant_share: float  # the share of worlds in which the test then holds
    over_numbers: float  # the share of plausible numbers, every equation in its usual form, in which the test holds
    over_forms: float  # the share of forms, at the default numbers, in which it does
    by_forms: float  # how much of the disagreement between worlds goes with their forms
    coded: str = ""  # what cites the claim and carries the effect; "" if that goes on without it


def grounds(
    theatre: Theatre,
    declared: Declared,
    worlds: Points,
    holds: Mapping[str, Flags],
    errors: list[str],
    *,
    replicates: int = REPLICATES,
    seed: int,
    **options: Any,
) -> dict[str, Grounds]:
    """Finds what the verdicts of some tests rest on.

    Args:
        theatre: the world.
        declared: the tests.
        worlds: those over which the verdicts were found.
        holds: test -> in which of these it holds, (worlds,).
        errors: what happens in worlds that cannot be computed is added to it; shares are then of the others.
        replicates: in each world.
        seed: of draws, and of combinations of forms.
        options: as for `run_points`.
    """
    tests, start = declared.tests, theatre.start
    forms = [spec for spec in theatre.parameters.values() if spec.varies and len(spec.choices) > 1]
    names = {spec.name for spec in forms}
    first = {name: values[:WORLDS] for name, values in worlds.items()}
    usual_points = {name: values for name, values in first.items() if name not in names}
    count = min(len(next(iter(worlds.values()), ())), WORLDS)
    draws = own_draws(np.arange(count), replicates)
    cube = latin_hypercube(count, len(forms), np.random.default_rng(seed))
    two_arms = [test for test in tests if test.level is None and test.earlier is None]
    held = places_of(two_arms, start, ITSELF) + places_of(two_arms, start, GROUND)
    coins = places_of(tests, start, COINS)
    by_claim = {claim: citations(theatre, declared, claim) for claim in dict.fromkeys(test.claim for test in tests)}
    readings = [
        Reading(theatre, [*places_of(tests, start), *held, *coins], AT_DEFAULTS),
        Reading(theatre, coins, draws, first),
        Reading(theatre, places_of(tests, start), draws, usual_points),
        Reading(theatre, places_of(tests, start), draws, values_of(forms, cube)),
    ]
    for claim, (items, other) in by_claim.items():
        places = places_of([test for test in tests if test.claim == claim], start)
        off = [{}, *(item.off for item in items)]
        readings.append(Reading(theatre, places, KNOCKED, with_settings(off, defaults_of(theatre)) if items else {}))
        all_off = {name: value for item in items for name, value in item.off.items()}
        readings.append(Reading(other, places, KNOCKED, with_settings([all_off], defaults_of(theatre))))
    defaults, coin_means, usual_form, all_forms, *means_without = read(readings, seed, errors, **options)
    without = dict(zip(by_claim, zip(means_without[::2], means_without[1::2], strict=True), strict=True))

    def share(test: ClaimTest, values: Means, held: str = "") -> float:
        effects = score(test, values, held)
        effects = effects[np.isfinite(effects)]
        return float((effects >= test.minimum).mean()) if len(effects) else np.nan

    def grounds_for(test: ClaimTest) -> Grounds:
        effect = score(test, defaults).item()
        itself, with_ground = (
            score(test, defaults, mode).item() if test in two_arms else np.nan for mode in (ITSELF, GROUND)
        )
        effects, (together,) = (score(test, means).tolist() for means in without[test.claim])
        return Grounds(
            itself=itself,
            ground=with_ground - itself,
            response=effect - with_ground,
            constant=score(test, defaults, COINS).item(),
            constant_share=share(test, coin_means, COINS),
            over_numbers=share(test, usual_form),
            over_forms=share(test, all_forms) if forms else np.nan,
            by_forms=variance_explained(holds[test.id], {name: worlds[name] for name in worlds if name in names}),
            coded=find_carrier(by_claim[test.claim][0], effects, together, test.minimum),
        )

    return {test.id: grounds_for(test) for test in tests}


def citations(theatre: Theatre, declared: Declared, claim: str) -> tuple[list[Knockout], Theatre]:
    """Knock-outs of all that cites a claim, and the theatre without the expected effects that cite it."""
    items = [item for item in knockouts(theatre, declared) if claim in item.claims]
    effects = tuple(effect for effect in theatre.effects if claim not in effect.claims)
    if len(effects) < len(theatre.effects):
        names = ", ".join(effect.id for effect in theatre.effects if claim in effect.claims)
        items.append(Knockout(f"what is expected ({names})", "expected effects", {}))
        theatre = replace(theatre, effects=effects, digest=f"{theatre.digest} without what cites {claim}")
    return list({item.name: item for item in items}.values()), theatre


def find_carrier(items: Sequence[Knockout], effects: Sequence[float], together: float, minimum: float) -> str:
    """What cites the claim and carries the effect: the first item without which it is gone, or all of them together."""
    effect, *without = effects  # of the whole theatre, and without each item
    if effect < minimum:  # there is nothing that could have been written in
        return ""
    threshold = (1 - KILLS) * effect
    parts = [item.name for item, value in zip(items, without, strict=False) if value <= threshold]
    return parts[0] if parts else " and ".join(item.name for item in items) if together <= threshold else ""


def variance_explained(holds: Flags, forms: Points) -> float:
    """How much the forms alone explain of whether a test holds: adjusted R² of a regression on a dummy a choice."""
    if holds.all() or not holds.any() or not forms:
        return float("nan")
    columns = [values == choice for values in forms.values() for choice in np.unique(values)[1:]]
    design = np.column_stack([np.ones(len(holds)), *columns]).astype(np.float64)
    line, *_ = np.linalg.lstsq(design, holds.astype(np.float64), rcond=None)
    unexplained = float(np.var(holds - design @ line) / np.var(holds))
    freedom = len(holds) - design.shape[1]
    return max(1.0 - unexplained * (len(holds) - 1) / freedom, 0.0) if freedom > 0 else float("nan")
