"""Tests every declared claim: at the defaults, all over the prior ranges, and against its controls.

Method. *Plausible worlds* are those of the prior ranges that the record does not rule out (`analysis.worlds`). Every
arm that any test needs is run in each of them, all on the same draws, which are the world's own; a test holds in a
world if its mean effect over replicates reaches its minimum. The share of worlds in which it does gives the verdict;
nothing is weighted, since nobody has measured which worlds are likelier. *Knock-outs* set one rule, motive, event or
mechanism to 0 at the defaults. *Shuffles* deal the actors' interests out anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, compress, product
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.claims import evidence as kinds
from influence_sim.analysis.claims.evidence import Evidence, at_ends, find_flips, settle
from influence_sim.analysis.claims.examination import COLUMNS, SETTLES, Examination, table_of
from influence_sim.analysis.claims.grounds import grounds
from influence_sim.analysis.claims.knockouts import combine, knockouts, smallest, variants
from influence_sim.analysis.claims.places import (
    Means,
    Place,
    Reading,
    computed,
    other_place,
    place_of,
    places_of,
    read,
    score,
)
from influence_sim.analysis.claims.witnesses import COLUMNS as WITNESSES
from influence_sim.analysis.claims.witnesses import SIDES, Search, Trial, Witness, file_name, own_sign, to_yaml
from influence_sim.analysis.drivers import Slices, directions
from influence_sim.analysis.worlds import defaults_of, sample, with_settings
from influence_sim.base.errors import InputError, ModelError, wrong
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Flags, percent
from influence_sim.base.progress import Progress
from influence_sim.base.statistics import mean_interval, wilson
from influence_sim.base.values import picked
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared, declared_tests

SAMPLES, PRIOR_SAMPLES, REPLICATES = 4096, 1024, 16
"""Plausible worlds, at most so many of the prior beside them, and replicates in each."""
AT_DEFAULTS, KNOCKED, SHUFFLED = 256, 32, 32
"""Replicates at the defaults, under each knock-out, and in each shuffle."""
LIMITS = {"states": (0.0, math.inf), "lead": (-1.0, 1.0)}
"""The least and the greatest value of what is measured, where they are not 0 and 1."""
FORCED_SHUFFLES = 10
"""Shuffles that an effect declared forced must survive."""
TEXTS = ("words", "kind", "parameters", "mechanisms", "control", "reads", "note")
"""Columns that are empty where a claim cannot be tested."""
Pairs = dict[tuple[str, str], tuple[Place, Place]]
"""For each scenario and outcome of ways of doing the same where to look, and what to compare it with."""


def examine(
    theatre: Theatre,
    *,
    samples: int = SAMPLES,
    replicates: int = REPLICATES,
    seed: int = 1,
    worlds: str = PLAUSIBLE,
    shuffles: int = kinds.SHUFFLES,
    declared: Declared | None = None,
    ways: bool = True,
    workers: int = 1,
    progress: Progress | None = None,
) -> Examination:
    """Tests every claim that can be tested.

    Numbers and worlds as the fields of `Examination`; `declared` are the tests, by default those that are shipped;
    `ways` says whether to compare the theatre's ways of doing the same, too.

    Returns:
        What was found; `influence_sim.test_claims` explains the columns of its table.
    """
    declared = declared or declared_tests(theatre)
    tests, start = declared.tests, theatre.start
    pairs: Pairs = {}
    if ways and (declared_ways := declared.ways):
        month = parse_month(declared_ways.month)
        for scenario, outcome in product(declared_ways.scenarios, declared_ways.outcomes):
            place, reference = (Place(name, (), outcome, month) for name in (scenario, declared_ways.against))
            pairs[scenario, outcome] = place, reference
    shuffling = np.random.default_rng([seed, samples])
    world_sample = sample(theatre, samples, worlds, np.random.default_rng(seed), shuffling)
    items, places = knockouts(theatre, declared), places_of(tests, start)
    everywhere = [*places, *chain(*pairs.values())]
    readings: dict[str | int, Reading] = {
        "defaults": Reading(theatre, everywhere, AT_DEFAULTS, each=True),
        "worlds": Reading(theatre, everywhere, world_sample.draws(replicates), world_sample.points),
        "knock-outs": Reading(theatre, places, KNOCKED, with_settings([i.off for i in items], defaults_of(theatre))),
    }
    samples_of = {"worlds": world_sample}
    if world_sample.worlds == PLAUSIBLE:
        count = min(samples, PRIOR_SAMPLES)
        prior = samples_of["prior worlds"] = sample(theatre, count, PRIOR, np.random.default_rng(seed), shuffling)
        readings["prior worlds"] = Reading(theatre, places, prior.draws(replicates), prior.points)
    for shuffle, variant in enumerate(variants(theatre, shuffles, seed)):
        shuffled_tests = [test for test in tests if _is_shuffled(test, declared, shuffle)]
        readings[shuffle] = Reading(variant, places_of(shuffled_tests, start), SHUFFLED)
    errors: list[str] = []
    means = read(list(readings.values()), seed, errors, workers=workers, progress=progress)
    means_of, finite = dict(zip(readings, means, strict=True)), dict[str, Flags]()
    for name, count in {"knock-outs": len(items), **{name: item.size for name, item in samples_of.items()}}.items():
        means_of[name], finite[name] = computed(means_of[name], count)
    if not all(finite[name].any() for name in samples_of):
        raise ModelError(f"none of the worlds could be computed ({errors[0]})")
    samples_of = {name: item.computed(finite[name], errors) for name, item in samples_of.items()}
    defaults, world_means, world_sample = means_of["defaults"], means_of["worlds"], samples_of["worlds"]
    items, slices = list(compress(items, finite["knock-outs"])), world_sample.slices
    rows: list[dict[str, object]] = []
    settles: list[dict[str, object]] = []
    witnesses: list[Witness] = []
    holding = {test.id: score(test, world_means) >= test.minimum for test in tests}
    grounds_errors, options = list[str](), {"replicates": replicates, "seed": seed, "workers": workers}
    bases = grounds(theatre, declared, world_sample.points, holding, grounds_errors, **options)
    for claim, reason in declared.untestable.items():
        cells = {"claim": claim, "test": claim, "verdict": "not testable", "why": reason}
        rows.append({**dict.fromkeys(COLUMNS, None), **dict.fromkeys(TEXTS, ""), **cells})
    for test in tests:
        at_defaults, scores = score(test, defaults), score(test, world_means)
        effect, low, high = mean_interval(at_defaults)
        shuffled_means = [means_of[shuffle] for shuffle in range(shuffles + 1) if _is_shuffled(test, declared, shuffle)]
        empty, *shuffled = [score(test, means).item() for means in shuffled_means] or [np.nan]
        evidence = Evidence(
            effect=effect,
            low=low,
            high=high,
            minimum=test.minimum,
            scores=scores,
            knockouts=items,
            without=score(test, means_of["knock-outs"]),
            base=float(at_defaults[:SHUFFLED].mean()),
            empty=empty,
            shuffled=np.array(shuffled),
            argument=declared.forced.get(test.id),
            free=test.reads == "free",
            driver=slices.driver((scores >= test.minimum).astype(float)),
            flips=find_flips(slices, scores >= test.minimum),
            coded=bases[test.id].coded,
        )
        search = Search(theatre, test, AT_DEFAULTS, seed, workers)
        row = _row(theatre, test, look_again(search, evidence), world_means)
        trials = [Trial(item.worlds, item.points, score(test, means_of[name])) for name, item in samples_of.items()]
        share = float((trials[-1].scores >= test.minimum).mean())
        rows.append(row | {"prior_share": share, "prior_verdict": kinds.verdict_of(share), **asdict(bases[test.id])})
        if evidence.verdict == "depends":
            settles += [{"test": test.id, **line} for line in settle(slices, scores >= test.minimum, evidence.flips)]
        witnesses += [search.witness(side, trials) for side in SIDES.get(evidence.verdict, ())]
    return Examination(
        table=table_of(sorted(rows, key=lambda row: str(row["claim"])), COLUMNS),
        ways=_side_by_side(pairs, defaults, world_means, slices) if pairs else None,
        settles=table_of(settles, SETTLES),
        witnesses=table_of([witness.row for witness in witnesses], WITNESSES),
        samples=int(finite["worlds"].sum()),
        prior_samples=int(finite.get("prior worlds", finite["worlds"]).sum()),
        replicates=replicates,
        seed=seed,
        worlds=world_sample.worlds,
        parameters=len(world_sample.points),
        shuffles=shuffles,
        knockouts=len(items) - 1,
        scenarios={
            file_name(witness.test.id, witness.side): to_yaml(theatre, witness, replicates=AT_DEFAULTS, seed=seed)
            for witness in witnesses
            if witness.parameters
        },
        lacking=_lacking(finite, errors, grounds_errors),
    )


def examine_ways(theatre: Theatre, **options: Any) -> pd.DataFrame:
    """The theatre's ways of doing the same, side by side; arguments and numbers as those of `examine`.

    Returns:
        One row a scenario and outcome: `effect` against the baseline with its 95 % interval (`ci_low`, `ci_high`),
        the `share` of plausible worlds in which it has that sign, and the `parameter` it depends on most ("": none);
        its `attrs["lacking"]` says how many worlds could not be computed, and why.

    Raises:
        InputError: the theatre declares no such ways.
    """
    ways_alone = declared_tests(theatre).model_copy(update={"tests": [], "untestable": {}})
    examination = examine(theatre, **options, shuffles=0, declared=ways_alone)
    table = examination.ways
    if table is None:
        rule = "this theatre declares no scenarios to set side by side"
        raise InputError(wrong("--ways", theatre.title, rule))
    table.attrs["lacking"] = examination.lacking
    return table


def _side_by_side(pairs: Pairs, defaults: Means, world_means: Means, slices: Slices) -> pd.DataFrame:
    rows = []
    for (scenario, outcome), (place, reference) in pairs.items():
        effect, low, high = mean_interval(defaults[place] - defaults[reference])
        gaps = world_means[place] - world_means[reference]
        driver, share = slices.driver(gaps), float((directions(gaps) == np.sign(effect)).mean())
        rows.append((scenario, outcome, effect, low, high, share, driver.parameter if driver.stands_out else ""))
    return pd.DataFrame(rows, columns=["scenario", "outcome", "effect", "ci_low", "ci_high", "share", "parameter"])


def _lacking(finite: Mapping[str, Flags], errors: Sequence[str], others: Sequence[str]) -> str:
    """How much could not be computed, and why; "" if all was."""
    parts = [f"{int((~flags).sum())} of {len(flags)} {name}" for name, flags in finite.items() if not flags.all()]
    parts += [f"{len(others)} points of what verdicts rest on"] if others else []
    return f"{', '.join(parts)} failed ({[*errors, *others][0]}); the numbers are those of the others" if parts else ""


def _is_shuffled(test: ClaimTest, declared: Declared, shuffle: int) -> bool:
    """Whether a test is repeated in some shuffle: of free decisions in each, a forced effect in the first few."""
    return test.reads == "free" or (test.id in declared.forced and shuffle <= FORCED_SHUFFLES)


def look_again(search: Search, evidence: Evidence) -> Evidence:
    """Moves the parameters that flip a test at the defaults, and combines knock-outs where none alone removes it."""
    defaults, minimum = defaults_of(search.theatre), evidence.minimum
    if evidence.flips:
        ends = with_settings(at_ends(evidence.flips, evidence.holding), defaults)
        scores = search.effects(ends, KNOCKED)
        *flags, flips_together = (np.isfinite(scores) & ((scores >= minimum) != evidence.holding)).tolist()
        flips = [replace(flip, alone=flag) for flip, flag in zip(evidence.flips, flags, strict=True)]
        evidence = replace(evidence, flips=flips, together=flips_together)
    groups = combine(evidence.knockouts, evidence.remaining) if evidence.remaining and not evidence.killers else []
    if groups:
        off = with_settings([group.off for group in groups], defaults)
        remaining = np.nan_to_num(search.effects(off, KNOCKED) / evidence.without[0], nan=1.0)
        evidence = replace(evidence, joint=smallest(groups, remaining.tolist()))
    return evidence


def _row(theatre: Theatre, test: ClaimTest, evidence: Evidence, world_means: Means) -> dict[str, object]:
    """One row of the table."""
    share_low, share_high = wilson(evidence.share, len(evidence.scores))
    kind, why = kinds.kind_of(evidence)
    control, discriminates = kinds.control_of(evidence)
    notes = [*notes_on(theatre, test, evidence, world_means), *kinds.doubts_of(evidence, kind)]
    return {
        "test": test.id,
        **picked(test, "claim", "words", "minimum", "reads"),
        **own_sign(test, evidence),
        **picked(evidence, "share", "verdict"),
        "holds_at_defaults": evidence.holding,
        "share_low": share_low,
        "share_high": share_high,
        "share_sign": evidence.sign_share,
        "kind": kind,
        "why": why,
        "parameters": kinds.on_parameters(evidence),
        "mechanisms": kinds.on_mechanisms(evidence) if evidence.removable or kind != "forced" else "",
        "control": control,
        "discriminates": discriminates,
        "note": "; ".join(notes),
    }


def notes_on(theatre: Theatre, test: ClaimTest, evidence: Evidence, world_means: Means) -> Iterator[str]:
    """What makes a test another thing, or easier or harder to pass, than it looks."""
    if test.further:
        yield f"further than the words of its claim: {test.further}"
    if evidence.low <= evidence.minimum <= evidence.high and evidence.low < evidence.high:
        yield "at the defaults the interval of the effect spans the minimum"
    reference = other_place(test)
    before = world_means[reference or replace(place_of(test), month=theatre.start)]
    if test.level is not None:
        share = float((test.sign * (before - test.level) >= test.minimum).mean())
        if share > kinds.FAILS:
            yield f"already so in the first month in {percent(share)} of worlds"
        return
    (outcome,) = (outcome for outcome in theatre.outcomes if outcome.name == test.outcome)
    least, most = LIMITS.get(outcome.measure, (0.0, 1.0))
    has_room = (most - before if test.sign > 0 else before - least) >= test.minimum
    if has_room.mean() < 1 - kinds.FAILS:
        text = f"no room for it in {percent(float(1 - has_room.mean()))} of worlds"
        holding = evidence.scores[has_room] >= test.minimum
        yield f"{text}; where there is, it holds in {percent(float(holding.mean()))}" if len(holding) else text
