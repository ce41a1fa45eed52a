"""Tests every declared claim: at the defaults, all over the prior ranges, and against its controls.

Method. *Plausible worlds* are the points of a Latin hypercube over the prior ranges of all parameters at once. Every
arm that any test needs is run in each of them, all on the same draws; a test holds in a world if its mean effect over
replicates reaches its minimum. The share of worlds in which it does gives the verdict; nothing is weighted, since
nobody has measured which worlds are likelier. *Knock-outs* set one rule, motive, event or mechanism to 0 at the
defaults. *Shuffles* deal the actors' interests and beliefs out anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from influence_sim.analysis import four_ways, kinds, trials
from influence_sim.analysis.bench import (
    Job,
    Means,
    Place,
    Progress,
    by_replicate,
    gathered,
    jobs,
    run_all,
    score,
    spots,
)
from influence_sim.analysis.flips import Ranking
from influence_sim.analysis.knockouts import Knockout, knockouts
from influence_sim.analysis.summary import mean_interval
from influence_sim.analysis.trials import Measured, Size, look_again, measure, plausible
from influence_sim.base.numbers import Floats
from influence_sim.runs.workers import helpers
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared, declared_tests

SAMPLES, REPLICATES = 512, 32
COLUMNS = (
    *("claim", "test", "words", "effect", "ci_low", "ci_high", "minimum", "holds_at_defaults"),
    *("share", "share_low", "share_high", "share_sign", "verdict", "kind", "why"),
    *("parameters", "mechanisms", "control", "discriminates", "reads", "note"),
)


@dataclass(frozen=True)
class Examination:
    """What testing the claims found.

    Attributes:
        table: one row a test, and one a claim that cannot be tested; see `examine`.
        four_ways: the four ways in which the US can engage, side by side; None if left out.
        samples: plausible worlds.
        replicates: in each of them.
        seed: of worlds, draws and shuffles.
        parameters: how many were varied.
        shuffles: how often interests were dealt out anew.
        knockouts: how many things were switched off, one at a time.
    """

    table: pd.DataFrame
    four_ways: pd.DataFrame | None
    samples: int
    replicates: int
    seed: int
    parameters: int
    shuffles: int
    knockouts: int


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
    ways: bool = True,
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
        ways: whether to compare the four ways in which the US can engage, too.

    Returns:
        Its table has the columns `claim`, `test`, `words` (what is tested); at the defaults the `effect` with its
        95 % interval (`ci_low`, `ci_high`), the `minimum` that counts and whether the test `holds_at_defaults`; the
        `share` of plausible worlds in which it holds with its 95 % interval (`share_low`, `share_high`), and the
        share in which the effect has the claimed direction (`share_sign`); `verdict`, `kind` and `why`; the
        `parameters` that flip it; the `mechanisms` it cannot do without; `control` and whether that `discriminates`
        (None: there is nothing to control); `reads`; a `note`.

    Raises:
        InputError: the declared tests are wrong.
        MachineError: a worker process died.
    """
    declared = declared or declared_tests(theatre)
    size = Size(samples, replicates, shuffles, seed, ways)
    worlds, cube = plausible(theatre, samples, seed)
    ranking = Ranking(cube, list(worlds.settings), seed)
    out = knockouts(theatre, declared)
    with helpers(workers) as pool:

        def do(work: Sequence[Job]) -> list[tuple[tuple[Place, ...], Floats]]:
            return run_all(work, pool)

        def first(work: Sequence[Job]) -> list[tuple[tuple[Place, ...], Floats]]:
            return run_all(work, pool, progress)

        measured = measure(theatre, declared, worlds, out, size=size, do=first)
        found = [_evidence(test, declared, measured, out, ranking) for test in declared.tests]
        found = look_again(theatre, declared.tests, found, seed, do)
    rows = [_row(test, evidence, measured) for test, evidence in zip(declared.tests, found, strict=True)]
    side_by_side = four_ways.table(measured.defaults, measured.sampled, ranking) if ways else None
    return Examination(
        _table(rows, declared), side_by_side, samples, replicates, seed, len(worlds.settings), shuffles, len(out) - 1
    )


def examine_four_ways(
    theatre: Theatre,
    *,
    samples: int = SAMPLES,
    replicates: int = REPLICATES,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The four ways in which the US can engage, side by side; the same numbers as in `examine`.

    Returns:
        One row a scenario and outcome, as `four_ways.table` gives it.

    Raises:
        MachineError: a worker process died.
    """
    worlds, cube = plausible(theatre, samples, seed)
    arms = spots(theatre, four_ways.places())
    with helpers(workers) as pool:
        work = jobs(arms, worlds, np.arange(replicates), seed)
        sampled = gathered(run_all(work, pool, progress))
    ranking = Ranking(cube, list(worlds.settings), seed)
    return four_ways.table(by_replicate(arms, trials.AT_DEFAULTS, seed), sampled, ranking)


def _evidence(
    test: ClaimTest, declared: Declared, measured: Measured, out: Sequence[Knockout], ranking: Ranking
) -> kinds.Evidence:
    """All that was measured about one test."""
    at_defaults, scores = score(test, measured.defaults), score(test, measured.sampled)
    effect, low, high = mean_interval(at_defaults)
    free = test.reads == "free"
    varied = _varied(test, measured.free if free else measured.forced, free or test.id in declared.forced)
    return kinds.Evidence(
        effect=effect,
        low=low,
        high=high,
        minimum=test.minimum,
        scores=scores,
        knockouts=out,
        without=score(test, measured.knocked),
        base=float(at_defaults[: trials.SHUFFLED].mean()),
        empty=float(varied[0]) if len(varied) else float("nan"),
        shuffled=varied[1:],
        argument=declared.forced.get(test.id),
        free=free,
        flips=ranking.flips(scores >= test.minimum),
    )


def _varied(test: ClaimTest, means: Means, shuffled: bool) -> Floats:
    return score(test, means) if shuffled else np.empty(0)


def _row(test: ClaimTest, found: kinds.Evidence, measured: Measured) -> dict[str, object]:
    """One row of the table."""
    share_low, share_high = kinds.wilson(found.share, len(found.scores))
    kind = kinds.kind_of(found)
    control, discriminates = kinds.control_of(found)
    low, high = sorted((test.sign * found.low, test.sign * found.high))
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
        "kind": kind.kind,
        "why": kind.why,
        "parameters": kinds.on_parameters(found),
        "mechanisms": kinds.on_mechanisms(found) if found.removable or kind.kind != "forced" else "",
        "control": control,
        "discriminates": discriminates,
        "reads": test.reads,
        "note": _note(test, found, measured),
    }


def _note(test: ClaimTest, found: kinds.Evidence, measured: Measured) -> str:
    """What else to keep in mind."""
    if found.low <= found.minimum <= found.high and found.low < found.high:
        return "at the defaults the interval of the effect spans the minimum"
    return "" if test.level is None else _early(test, test.level, measured)


def _early(test: ClaimTest, level: float, measured: Measured) -> str:
    """A test against a level may be true before anything has happened."""
    start = next(v for place, v in measured.sampled.items() if place.step == 0 and place.outcome == test.outcome)
    share = float((test.sign * (start - level) >= test.minimum).mean())
    return f"already so in the first month in {100 * share:.0f} % of worlds" if share > kinds.FAILS else ""


def _table(rows: Sequence[dict[str, object]], declared: Declared) -> pd.DataFrame:
    """All tests and all claims that have none, by claim."""
    texts = dict.fromkeys(("words", "kind", "parameters", "mechanisms", "control", "reads", "note"), "")
    every: list[dict[str, object]] = [*rows]
    for claim, reason in declared.untestable.items():
        told = {"claim": claim, "test": claim, "verdict": "not testable", "why": reason}
        every.append({**dict.fromkeys(COLUMNS, None), **texts, **told})
    every.sort(key=lambda entry: str(entry["claim"]))
    return pd.DataFrame.from_records(every, columns=list(COLUMNS))
