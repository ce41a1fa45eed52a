"""Tests every declared claim: at the defaults, all over the prior ranges, and against its controls.

Method. *Plausible worlds* are the points of a Latin hypercube over the prior ranges of all parameters at once. Every
arm that any test needs is run in each of them, all on the same draws; a test holds in a world if its mean effect over
replicates reaches its minimum. The share of worlds in which it does gives the verdict; nothing is weighted, since
nobody has measured which worlds are likelier. *Knock-outs* set one rule, interest, event or mechanism to 0 at the
defaults. *Shuffles* deal the actors' interests and beliefs out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence_sim.analysis import four_ways, kinds
from influence_sim.analysis.bench import (
    Floats,
    Job,
    Means,
    Place,
    Progress,
    Spot,
    Worlds,
    by_replicate,
    gathered,
    jobs,
    places_of,
    run_all,
    score,
    spots,
)
from influence_sim.analysis.flips import Flip, Ranking, ends
from influence_sim.analysis.knockouts import Knockout, knocked_out, knockouts
from influence_sim.analysis.priors import latin_hypercube, values_at
from influence_sim.analysis.summary import mean_interval
from influence_sim.analysis.variants import variant_jobs
from influence_sim.experiments import worker_pool
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared, declared_tests

SAMPLES, REPLICATES = 512, 32
AT_DEFAULTS, KNOCKED, SHUFFLED = 256, 32, 32
"""Replicates at the defaults, under each knock-out, and in each shuffle."""
FORCED_SHUFFLES = 20
"""Shuffles that an effect declared forced must survive."""


@dataclass(frozen=True)
class Examination:
    """What testing the claims found.

    Attributes:
        table: one row a test, and one a claim that cannot be tested; see `test_claims` in `api`.
        four_ways: the four ways in which the US can engage, side by side.
        samples: plausible worlds.
        replicates: in each of them.
        seed: of worlds, draws and shuffles.
        parameters: how many were varied.
    """

    table: pd.DataFrame
    four_ways: pd.DataFrame
    samples: int
    replicates: int
    seed: int
    parameters: int


@dataclass(frozen=True)
class Measured:
    """Everything that was run.

    Attributes:
        defaults: every replicate at the defaults.
        sampled: means in every plausible world.
        knocked: means under every knock-out.
        free: means without interests and then with shuffled ones, for the tests of free decisions.
        forced: the same for the tests that are declared forced.
    """

    defaults: Means
    sampled: Means
    knocked: Means
    free: Means
    forced: Means


def plausible(theatre: Theatre, samples: int, seed: int) -> tuple[Worlds, Floats]:
    """Worlds from all over the prior ranges, and their points in the unit cube, (worlds, parameters)."""
    specs = list(theatre.parameters.values())
    cube = latin_hypercube(samples, len(specs), np.random.default_rng(seed))
    return Worlds({spec.name: values_at(spec, cube[:, k]) for k, spec in enumerate(specs)}, samples), cube


def examine(
    theatre: Theatre,
    *,
    samples: int = SAMPLES,
    replicates: int = REPLICATES,
    seed: int = 1,
    workers: int = 1,
    shuffles: int = kinds.SHUFFLES,
    progress: Progress | None = None,
    declared: Declared | None = None,
) -> Examination:
    """Tests every claim that can be tested. The numbers do not depend on `workers`.

    Args:
        theatre: the world.
        samples: plausible worlds.
        replicates: in each of them.
        seed: of worlds, draws and shuffles.
        workers: processes.
        shuffles: of the interests, for the tests of free decisions.
        progress: called with the jobs done and their total.
        declared: the tests; by default those that are shipped.

    Raises:
        InputError: the declared tests are wrong.
        MachineError: a worker process died.
    """
    declared = declared or declared_tests(theatre)
    worlds, cube = plausible(theatre, samples, seed)
    ranking = Ranking(cube, list(worlds.values), seed)
    out = knockouts(theatre, declared.knockouts)
    with worker_pool(workers) if workers > 1 else nullcontext() as pool:

        def do(work: Sequence[Job], told: Progress | None = None) -> list[tuple[tuple[Place, ...], Floats]]:
            return run_all(work, pool, told)

        plan = _plan(theatre, declared, worlds, out, (replicates, shuffles, seed))
        measured = _measure(theatre, declared, plan, seed, lambda work: do(work, progress))
        flips = [ranking.flips(score(test, measured.sampled) >= test.minimum) for test in declared.tests]
        tried = [
            _try_ends(theatre, test, found, measured, seed, do)
            for test, found in zip(declared.tests, flips, strict=True)
        ]
    rows = [
        row(test, evidence(test, declared, measured, out, found), measured)
        for test, found in zip(declared.tests, tried, strict=True)
    ]
    ways = four_ways.table(measured.defaults, measured.sampled, ranking)
    return Examination(_table(rows, declared), ways, samples, replicates, seed, len(worlds.values))


Do = Callable[[Sequence[Job]], list[tuple[tuple[Place, ...], Floats]]]


def _plan(
    theatre: Theatre,
    declared: Declared,
    worlds: Worlds,
    out: Sequence[Knockout],
    size: tuple[int, int, int],
) -> dict[str, list[Job]]:
    """All work but that which depends on results."""
    replicates, shuffles, seed = size
    tests = declared.tests
    free = [test for test in tests if test.reads == "free"]
    forced = [test for test in tests if test.id in declared.forced and test.reads != "free"]
    everywhere = spots(theatre, [*places_of(tests), *four_ways.places()])
    return {
        "sampled": jobs(everywhere, worlds, np.arange(replicates), seed),
        "knocked": jobs(_spots(theatre, tests), knocked_out(theatre, out), np.arange(KNOCKED), seed),
        "free": variant_jobs(_spots(theatre, free), shuffles, np.arange(SHUFFLED), seed) if free else [],
        "forced": variant_jobs(_spots(theatre, forced), min(FORCED_SHUFFLES, shuffles), np.arange(SHUFFLED), seed)
        if forced
        else [],
    }


def _spots(theatre: Theatre, tests: Sequence[ClaimTest]) -> tuple[Spot, ...]:
    return spots(theatre, places_of(tests))


def _measure(theatre: Theatre, declared: Declared, plan: dict[str, list[Job]], seed: int, do: Do) -> Measured:
    results = iter(do([job for work in plan.values() for job in work]))
    parts = {name: gathered([next(results) for _ in work]) for name, work in plan.items()}
    places = [*places_of(declared.tests), *four_ways.places()]
    return Measured(defaults=by_replicate(spots(theatre, places), AT_DEFAULTS, seed), **parts)


def _try_ends(
    theatre: Theatre, test: ClaimTest, flips: Sequence[Flip], measured: Measured, seed: int, do: Do
) -> tuple[list[Flip], bool]:
    """Which of the parameters flip a test at the defaults, each alone; and whether all together do."""
    if not flips:
        return [], False
    holding = bool(score(test, measured.defaults).mean() >= test.minimum)
    work = jobs(_spots(theatre, [test]), ends(theatre.parameters, flips, holding), np.arange(KNOCKED), seed)
    flipped = (score(test, gathered(do(work))) >= test.minimum) != holding
    told = [Flip(f.name, f.rho, f.high, f.low, bool(f_flips)) for f, f_flips in zip(flips, flipped, strict=False)]
    return told, bool(flipped[-1])


def evidence(
    test: ClaimTest,
    declared: Declared,
    measured: Measured,
    out: Sequence[Knockout],
    tried: tuple[Sequence[Flip], bool],
) -> kinds.Evidence:
    """All that was measured about one test."""
    at_defaults = score(test, measured.defaults)
    effect, low, high = mean_interval(at_defaults)
    shuffled = measured.free if test.reads == "free" else measured.forced if test.id in declared.forced else None
    varied = score(test, shuffled) if shuffled is not None else np.empty(0)
    return kinds.Evidence(
        effect=effect,
        low=low,
        high=high,
        minimum=test.minimum,
        scores=score(test, measured.sampled),
        knockouts=out,
        without=score(test, measured.knocked),
        base=float(at_defaults[:SHUFFLED].mean()),
        empty=float(varied[0]) if len(varied) else float("nan"),
        shuffled=varied[1:],
        flips=tried[0],
        together=tried[1],
        argument=declared.forced.get(test.id),
        free=test.reads == "free",
    )


def row(test: ClaimTest, found: kinds.Evidence, measured: Measured) -> dict[str, object]:
    """One row of the table."""
    share_low, share_high = kinds.wilson(found.share, len(found.scores))
    kind = kinds.kind_of(found)
    control, discriminates = kinds.control_of(found)
    bounds = sorted((test.sign * found.low, test.sign * found.high))
    return {
        "claim": test.claim,
        "test": test.id,
        "words": test.words,
        "effect": test.sign * found.effect,
        "ci_low": bounds[0],
        "ci_high": bounds[1],
        "minimum": test.minimum,
        "holds_at_defaults": found.effect >= test.minimum,
        "share": found.share,
        "share_low": share_low,
        "share_high": share_high,
        "share_sign": found.sign_share,
        "verdict": found.verdict,
        "kind": kind.kind,
        "why": kind.why,
        "parameters": kinds.on_parameters(found),
        "mechanisms": kinds.on_mechanisms(found) if found.killers else "",
        "control": control,
        "discriminates": discriminates,
        "reads": test.reads,
        "note": _note(test, measured),
    }


def _note(test: ClaimTest, measured: Measured) -> str:
    """A test against a level may be true before anything has happened."""
    if test.level is None:
        return ""
    start = next(v for place, v in measured.sampled.items() if place.step == 0 and place.outcome == test.outcome)
    share = float((test.sign * (start - test.level) >= test.minimum).mean())
    return f"already so in the first month in {100 * share:.0f} % of worlds" if share > kinds.FAILS else ""


def _table(rows: Sequence[dict[str, object]], declared: Declared) -> pd.DataFrame:
    """All tests and all claims that have none, by claim."""
    empty = dict.fromkeys(rows[0], None) if rows else {}
    texts = {"words": "", "kind": "", "parameters": "", "mechanisms": "", "control": "", "reads": "", "note": ""}
    missing = [
        {**empty, **texts, "claim": claim, "test": claim, "verdict": "not testable", "why": reason}
        for claim, reason in declared.untestable.items()
    ]
    ordered = sorted([*rows, *missing], key=lambda entry: str(entry["claim"]))
    return pd.DataFrame(ordered)
