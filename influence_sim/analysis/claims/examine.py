"""Tests every declared claim: at the defaults, all over the prior ranges, and against its controls.

Method. *Plausible worlds* are those of the prior ranges that the record does not rule out (`analysis.worlds`). Every
arm that any test needs is run in each of them, all on the same draws, which are the world's own; a test holds in a
world if its mean effect over replicates reaches its minimum. The share of worlds in which it does gives the verdict;
nothing is weighted, since nobody has measured which worlds are likelier. *Knock-outs* set one rule, motive, event or
mechanism to 0 at the defaults. *Shuffles* deal the actors' interests out anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from itertools import chain, compress, product
from typing import Any

import numpy as np
import pandas as pd

from influence_sim.analysis.claims import evidence as kinds
from influence_sim.analysis.claims.evidence import Evidence, at_ends, find_flips, settling
from influence_sim.analysis.claims.examination import COLUMNS, SETTLES, Examination
from influence_sim.analysis.claims.grounds import grounds
from influence_sim.analysis.claims.knockouts import knockouts, smallest, together, variants
from influence_sim.analysis.claims.places import Means, Place, Reading, computed, place_of, places_of, read, score
from influence_sim.analysis.claims.witnesses import COLUMNS as WITNESSES
from influence_sim.analysis.claims.witnesses import SIDES, Search, Tried, Witness, file_name, to_yaml
from influence_sim.analysis.decides import Slices, directions
from influence_sim.analysis.worlds import defaults_of, sample, with_settings
from influence_sim.base.errors import InputError, ModelError, wrong
from influence_sim.base.months import parse_month
from influence_sim.base.numbers import Flags, Floats
from influence_sim.base.progress import Progress
from influence_sim.base.statistics import mean_interval, wilson
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared, declared_tests

SAMPLES, PRIOR_SAMPLES, REPLICATES = 4096, 1024, 16
"""Plausible worlds, at most so many of the prior beside them, and replicates in each."""
AT_DEFAULTS, KNOCKED, SHUFFLED = 256, 32, 32
"""Replicates at the defaults, under each knock-out, and in each shuffle."""
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
        Its table has the columns `claim`, `test`, `words` (what is tested); at the defaults the `effect` with its
        95 % interval (`ci_low`, `ci_high`), the `minimum` that counts and whether the test `holds_at_defaults`; the
        `share` of worlds in which it holds with its 95 % interval (`share_low`, `share_high`), the share in which the
        effect has the claimed direction (`share_sign`), and that of worlds all over the prior ranges in which it holds
        (`prior_share`) with what the verdict would be there (`prior_verdict`); `verdict`, `kind` and `why`; the
        `parameters` that flip it; the `mechanisms` it cannot do without; `control` and whether that `discriminates`
        (None: there is nothing to control); `reads`; a `note`; and the fields of `Grounds`.
    """
    declared = declared or declared_tests(theatre)
    tests, start = declared.tests, theatre.start
    pairs: Pairs = {}
    if ways and (alike := declared.ways):
        month = parse_month(alike.month)
        for scenario, outcome in product(alike.scenarios, alike.outcomes):
            here, there = (Place(name, (), outcome, month) for name in (scenario, alike.against))
            pairs[scenario, outcome] = here, there
    shuffling = np.random.default_rng([seed, samples])
    drawn = sample(theatre, samples, worlds, np.random.default_rng(seed), shuffling)
    out, tested = knockouts(theatre, declared), places_of(tests, start)
    everywhere = [*tested, *chain(*pairs.values())]
    asked: dict[str | int, Reading] = {
        "defaults": Reading(theatre, everywhere, AT_DEFAULTS, each=True),
        "worlds": Reading(theatre, everywhere, drawn.draws(replicates), drawn.points),
        "knock-outs": Reading(theatre, tested, KNOCKED, with_settings([i.off for i in out], defaults_of(theatre))),
    }
    samples_of = {"worlds": drawn}
    if drawn.worlds == PLAUSIBLE:
        beside = min(samples, PRIOR_SAMPLES)
        beyond = samples_of["prior worlds"] = sample(theatre, beside, PRIOR, np.random.default_rng(seed), shuffling)
        asked["prior worlds"] = Reading(theatre, tested, beyond.draws(replicates), beyond.points)
    for shuffle, other in enumerate(variants(theatre, shuffles, seed)):
        some = [test for test in tests if _is_shuffled(test, declared, shuffle)]
        asked[shuffle] = Reading(other, places_of(some, start), SHUFFLED)
    errors: list[str] = []
    found = dict(zip(asked, read(list(asked.values()), seed, errors, workers=workers, progress=progress), strict=True))
    ran: dict[str, Flags] = {}
    for name, count in {"knock-outs": len(out), **{name: one.size for name, one in samples_of.items()}}.items():
        found[name], ran[name] = computed(found[name], count)
    if not all(ran[name].any() for name in samples_of):
        raise ModelError(f"none of the worlds could be computed ({errors[0]})")
    samples_of = {name: one.computed(ran[name], errors) for name, one in samples_of.items()}
    defaults, sampled, drawn = found["defaults"], found["worlds"], samples_of["worlds"]
    out, slices = list(compress(out, ran["knock-outs"])), drawn.slices
    rows: list[dict[str, object]] = []
    settles: list[dict[str, object]] = []
    witnesses: list[Witness] = []
    holding = {test.id: score(test, sampled) >= test.minimum for test in tests}
    failed, how = list[str](), {"replicates": replicates, "seed": seed, "workers": workers}
    rests = grounds(theatre, declared, drawn.points, holding, failed, **how)
    for claim, reason in declared.untestable.items():
        said = {"claim": claim, "test": claim, "verdict": "not testable", "why": reason}
        rows.append({**dict.fromkeys(COLUMNS, None), **dict.fromkeys(TEXTS, ""), **said})
    for test in tests:
        at_defaults, scores = score(test, defaults), score(test, sampled)
        effect, low, high = mean_interval(at_defaults)
        dealt = [found[shuffle] for shuffle in range(shuffles + 1) if _is_shuffled(test, declared, shuffle)]
        empty, *shuffled = [score(test, means).item() for means in dealt] or [np.nan]
        evidence = Evidence(
            effect=effect,
            low=low,
            high=high,
            minimum=test.minimum,
            scores=scores,
            knockouts=out,
            without=score(test, found["knock-outs"]),
            base=float(at_defaults[:SHUFFLED].mean()),
            empty=empty,
            shuffled=np.array(shuffled),
            argument=declared.forced.get(test.id),
            free=test.reads == "free",
            hanging=slices.hanging((scores >= test.minimum).astype(float)),
            flips=find_flips(slices, scores >= test.minimum),
            coded=rests[test.id].coded,
        )
        row = _row(theatre, test, look_again(theatre, test, evidence, seed, workers), sampled)
        tried = [Tried(one.worlds, one.points, score(test, found[name])) for name, one in samples_of.items()]
        share = float((tried[-1].scores >= test.minimum).mean())
        rows.append(row | {"prior_share": share, "prior_verdict": kinds.verdict_of(share), **asdict(rests[test.id])})
        if evidence.verdict == "depends":
            settles += [{"test": test.id, **one} for one in settling(slices, scores >= test.minimum, evidence.flips)]
        search = Search(theatre, test, AT_DEFAULTS, seed, workers)
        witnesses += [search.witness(side, tried) for side in SIDES.get(evidence.verdict, ())]
    return Examination(
        table=pd.DataFrame.from_records(sorted(rows, key=lambda row: str(row["claim"])), columns=list(COLUMNS)),
        ways=_side_by_side(pairs, defaults, sampled, slices) if pairs else None,
        settles=pd.DataFrame.from_records(settles, columns=list(SETTLES)),
        witnesses=pd.DataFrame.from_records([one.row for one in witnesses], columns=list(WITNESSES)),
        samples=int(ran["worlds"].sum()),
        prior_samples=int(ran.get("prior worlds", ran["worlds"]).sum()),
        replicates=replicates,
        seed=seed,
        worlds=drawn.worlds,
        parameters=len(drawn.points),
        shuffles=shuffles,
        knockouts=len(out) - 1,
        scenarios={
            file_name(one.test.id, one.side): to_yaml(theatre, one, replicates=AT_DEFAULTS, seed=seed)
            for one in witnesses
            if one.parameters
        },
        lacking=_lacking(ran, errors, failed),
    )


def examine_ways(theatre: Theatre, **how: Any) -> pd.DataFrame:
    """The theatre's ways of doing the same, side by side; arguments and numbers as those of `examine`.

    Returns:
        One row a scenario and outcome: `effect` against the baseline with its 95 % interval (`ci_low`, `ci_high`),
        the `share` of plausible worlds in which it has that sign, and the `parameter` it hangs on most ("": none);
        its `attrs["lacking"]` says how many worlds could not be computed, and why.

    Raises:
        InputError: the theatre declares no such ways.
    """
    ways_alone = declared_tests(theatre).model_copy(update={"tests": [], "untestable": {}})
    found = examine(theatre, **how, shuffles=0, declared=ways_alone)
    table = found.ways
    if table is None:
        rule = "this theatre declares no scenarios to set side by side"
        raise InputError(wrong("--ways", theatre.title, rule))
    table.attrs["lacking"] = found.lacking
    return table


def _side_by_side(pairs: Pairs, defaults: Means, sampled: Means, slices: Slices) -> pd.DataFrame:
    rows = []
    for (scenario, outcome), (here, there) in pairs.items():
        effect, low, high = mean_interval(defaults[here] - defaults[there])
        gaps = sampled[here] - sampled[there]
        top, share = slices.hanging(gaps), float((directions(gaps) == np.sign(effect)).mean())
        rows.append((scenario, outcome, effect, low, high, share, top.parameter if top.stands_out else ""))
    return pd.DataFrame(rows, columns=["scenario", "outcome", "effect", "ci_low", "ci_high", "share", "parameter"])


def _lacking(ran: Mapping[str, Flags], errors: Sequence[str], beside: Sequence[str]) -> str:
    """How much could not be computed, and why; "" if all was."""
    parts = [f"{int((~flags).sum())} of {len(flags)} {name}" for name, flags in ran.items() if not flags.all()]
    parts += [f"{len(beside)} points of what verdicts rest on"] if beside else []
    return f"{', '.join(parts)} failed ({[*errors, *beside][0]}); the numbers are those of the others" if parts else ""


def _is_shuffled(test: ClaimTest, declared: Declared, shuffle: int) -> bool:
    """Whether a test is repeated in some shuffle: of free decisions in each, a forced effect in the first few."""
    return test.reads == "free" or (test.id in declared.forced and shuffle <= FORCED_SHUFFLES)


def look_again(theatre: Theatre, test: ClaimTest, found: Evidence, seed: int, workers: int) -> Evidence:
    """Moves the parameters that flip a test at the defaults, and combines knock-outs where none alone removes it."""

    def effects(settings: Sequence[Mapping[str, float]]) -> Floats:
        worlds = with_settings(settings, defaults_of(theatre))
        reading = Reading(theatre, places_of([test], theatre.start), KNOCKED, worlds)
        (means,) = read([reading], seed, [], workers=workers)
        return score(test, means)

    if found.flips:
        moved = effects(at_ends(theatre.parameters, found.flips, found.holding))
        *alone, jointly = (np.isfinite(moved) & ((moved >= test.minimum) != found.holding)).tolist()
        flips = [replace(flip, alone=one) for flip, one in zip(found.flips, alone, strict=True)]
        found = replace(found, flips=flips, together=jointly)
    groups = together(found.knockouts, found.lefts) if found.lefts and not found.killers else []
    if groups:
        lefts = np.nan_to_num(effects([group.off for group in groups]) / found.without[0], nan=1.0)
        found = replace(found, joint=smallest(groups, lefts.tolist()))
    return found


def _row(theatre: Theatre, test: ClaimTest, found: Evidence, sampled: Means) -> dict[str, object]:
    """One row of the table."""
    share_low, share_high = wilson(found.share, len(found.scores))
    kind, why = kinds.kind_of(found)
    control, discriminates = kinds.control_of(found)
    low, high = sorted((test.sign * found.low, test.sign * found.high))
    notes = kinds.doubts_of(found, kind)
    if found.low <= found.minimum <= found.high and found.low < found.high:
        notes.insert(0, "at the defaults the interval of the effect spans the minimum")
    elif test.level is not None:  # it may be true before anything has happened
        start = sampled[replace(place_of(test), month=theatre.start)]
        share = float((test.sign * (start - test.level) >= test.minimum).mean())
        if share > kinds.FAILS:
            notes.insert(0, f"already so in the first month in {100 * share:.0f} % of worlds")
    return {
        "claim": test.claim,
        "test": test.id,
        "words": test.words,
        "effect": test.sign * found.effect,
        "ci_low": low,
        "ci_high": high,
        "minimum": test.minimum,
        "holds_at_defaults": found.holding,
        "share": found.share,
        "share_low": share_low,
        "share_high": share_high,
        "share_sign": found.sign_share,
        "verdict": found.verdict,
        "kind": kind,
        "why": why,
        "parameters": kinds.on_parameters(found),
        "mechanisms": kinds.on_mechanisms(found) if found.removable or kind != "forced" else "",
        "control": control,
        "discriminates": discriminates,
        "reads": test.reads,
        "note": "; ".join(notes),
    }
