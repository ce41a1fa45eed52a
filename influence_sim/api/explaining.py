"""The public functions that say why an outcome moved, and keep what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.api.bundles import Write, drawn, kept, read_back, written
from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import format_month, parse_month
from influence_sim.base.progress import Progress, shown
from influence_sim.results.explanation import Explanation
from influence_sim.theatre import START
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.runs.request import RunRequest

__all__ = ["Explanation", "Inquiry", "explain", "inquire", "load_explanation"]

OUTCOME, MONTH = "kabul_authority", "2020-12"
REPLICATES, ORDERS = 64, 8
DIVISIONS = ("interventions", "rules", "mechanisms")
GROUPS = ("interventions", "rules", "interests", "mechanisms")
MOST_REPLICATES, MOST_ORDERS, MOST_WALKS = 10_000, 1_024, 65_536
"""Replicates, orders, and their product: beyond, memory would run out before patience."""
TABLE, FIGURE = "explanation.csv", "figures/waterfall.png"


@dataclass(frozen=True)
class Inquiry:
    """A question that was checked: all that determines an explanation.

    Attributes:
        request: the run whose effect is explained; its last month is the month in question.
        outcome: what moved.
        by: the groups of parts.
        samples: orders a replicate where there are too many parts.
        together: whether to divide once among all groups.
    """

    request: RunRequest
    outcome: str
    by: tuple[str, ...]
    samples: int
    together: bool

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked for beside the run."""
        return {
            "outcome": self.outcome,
            "by": list(self.by),
            "samples": self.samples,
            "together": self.together,
            "parameters": self.request.parameters,
        }

    @property
    def folder_name(self) -> str:
        """Name of the folder the explanation goes to unless the user gives another."""
        from influence_sim.runs.bundle import EXPLAIN, digest_of

        return f"explain-{digest_of(EXPLAIN, (self.request,), self.asked)[:12]}"


def explain(
    scenario: str | Path,
    outcome: str = OUTCOME,
    *,
    month: str = MONTH,
    against: str | Path = "baseline",
    by: Sequence[str] = DIVISIONS,
    replicates: int = REPLICATES,
    seed: int = 1,
    set: Mapping[str, float | str] | None = None,
    samples: int = ORDERS,
    together: bool = False,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Explanation:
    """Says why an outcome moved: which parts of scenario and model carry the effect, as Shapley values.

    The effect is the mean paired difference of the outcome in one month. Each way of dividing it asks what the effect
    is when only some of the parts are on, in all combinations (up to eight parts) or along orders drawn at random.

    Args:
        scenario: a shipped name, or a path.
        outcome: what moved.
        month: when, YYYY-MM.
        against: what to compare with.
        by: how to divide: `interventions` (what the scenario fixes), `rules`, `interests` (of each actor) and
            `mechanisms`; each divides the whole effect.
        replicates: how many.
        seed: of the draws.
        set: undated parameter values, for both arms.
        samples: orders drawn for each replicate; an even number.
        together: divide once among the parts of all groups instead.
        workers: processes; more than one needs a script to be guarded by `if __name__ == "__main__":`.
        progress: True for a bar, or a function that is called with the blocks run and their total.

    Returns:
        The divided effect; `table` has everything, `sentences` one sentence a part.

    Raises:
        InputError: all that is wrong with files, names and numbers.
        MachineError: a file is there but cannot be read, or a worker process died.

    Examples:
        >>> why = explain("us_engages_taliban", "us_acceptance", by=["interventions"], replicates=4, month="2018-06")
        >>> why["interventions"]["part"].tolist()
        ['us engage_publicly taliban', 'us attend moscow_format', 'effect']
    """
    inquiry = inquire(
        scenario,
        outcome,
        month=month,
        against=against,
        by=by,
        replicates=replicates,
        seed=seed,
        set=set,
        samples=samples,
        together=together,
    )
    return answer(inquiry, workers=workers, progress=shown(progress, "blocks of runs"))


def inquire(
    scenario: str | Path,
    outcome: str = OUTCOME,
    *,
    month: str = MONTH,
    against: str | Path = "baseline",
    by: Sequence[str] = DIVISIONS,
    replicates: int = REPLICATES,
    seed: int = 1,
    set: Mapping[str, float | str] | None = None,
    samples: int = ORDERS,
    together: bool = False,
) -> Inquiry:
    """Checks everything that determines an explanation, and computes nothing; arguments as for `explain`.

    Raises:
        InputError: all that is wrong with files, names and numbers.
        MachineError: a file is there but cannot be read.
    """
    from influence_sim.runs.request import plan

    problems = list(_wrong(outcome, month, by, samples, replicates))
    try:
        request = plan(
            load_theatre(),
            scenario,
            against=against,
            seed=seed,
            replicates=replicates,
            months=_months(month),
            overrides=set,
        )
    except InputError as error:
        raise InputError([*(_placed(problem, month) for problem in error.problems), *problems]) from None
    if request.against is None:
        rule = "nothing to explain: there is no second arm that it differs from"
        problems.append(Problem("scenario", None, None, request.scenario.name, rule))
    if problems:
        raise InputError(problems)
    return Inquiry(request, outcome, tuple(dict.fromkeys(by)), samples + samples % 2, together)


def answer(inquiry: Inquiry, *, workers: int = 1, progress: Progress | None = None) -> Explanation:
    """Computes an explanation.

    Raises:
        MachineError: memory is short, or a worker process died.
    """
    from influence_sim.analysis.attribution import attribute_each
    from influence_sim.base.faults import machine_faults

    with machine_faults(Path(inquiry.request.scenario.name), "explained"):
        (table,) = attribute_each(
            inquiry.request,
            (inquiry.outcome,),
            inquiry.by,
            orders=inquiry.samples,
            together=inquiry.together,
            workers=workers,
            progress=progress,
        ).values()
    return explanation_of(inquiry.request, inquiry.outcome, table)


def into_folder(
    inquiry: Inquiry,
    folder: Path,
    *,
    workers: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> tuple[Explanation, bool]:
    """Computes an explanation into a folder, or reads it there; says whether anything was computed.

    Raises:
        InputError: the folder holds something else.
        MachineError: another process writes there, a worker died, or disk, permissions or memory fail.
    """
    from influence_sim.runs.bundle import EXPLAIN

    return kept(
        folder,
        EXPLAIN,
        (inquiry.request,),
        inquiry.asked,
        read=load_explanation,
        compute=lambda: answer(inquiry, workers=workers, progress=progress),
        files=_files,
        force=force,
    )


def load_explanation(folder: str | Path) -> Explanation:
    """Reads an explanation from its folder.

    Raises:
        InputError: it is no folder of `explain`, or not complete.
        MachineError: a file in it is missing or damaged.
    """
    from influence_sim.runs.bundle import EXPLAIN

    texts = ("by", "kind", "part", "words", "claims", "method")
    manifest, table = read_back(Path(folder), EXPLAIN, TABLE, texts=texts)
    given = manifest.arguments
    return Explanation(
        scenario=given["scenarios"][0],
        title=manifest.scenario["title"],
        against=given["against"],
        outcome=given["outcome"],
        month=START + given["months"] - 1,
        replicates=given["replicates"],
        seed=given["seed"],
        parameters=given["parameters"],
        table=table,
    )


def _files(found: Explanation) -> dict[str, Write]:
    """What a folder holds: the table and the figure."""
    from influence_sim.analysis.summary import to_csv

    return {TABLE: written(to_csv(found.table)), FIGURE: drawn(found)}


def explanation_of(request: RunRequest, outcome: str, table: pd.DataFrame) -> Explanation:
    """The explanation that the divided effect of a run on an outcome gives."""
    return Explanation(
        scenario=request.scenario.name,
        title=request.scenario.title,
        against="" if request.against is None else request.against.name,
        outcome=outcome,
        month=START + request.months - 1,
        replicates=request.replicates,
        seed=request.seed,
        parameters=request.parameters,
        table=table,
    )


def _months(month: str) -> int:
    """Length of the run that ends in a month; of the longest where that is no month of a run."""
    last = load_theatre().vocabulary.last
    try:
        return min(max(parse_month(month) - START + 1, 1), last - START + 1)
    except ValueError:
        return last - START + 1


def _placed(problem: Problem, month: str) -> Problem:
    """What is wrong with the length of the run, told of the month that was asked for."""
    if problem.path != "--months":
        return problem
    rule = problem.rule.partition("; ")[0]
    return Problem("--month", None, None, month, rule, "ask for a later month")


def _wrong(outcome: str, month: str, by: Sequence[str], samples: int, replicates: int) -> Iterator[Problem]:
    vocabulary = load_theatre().vocabulary
    if outcome not in vocabulary.outcomes:
        hint = did_you_mean(outcome, vocabulary.outcomes)
        yield Problem("--outcome", None, None, outcome, "not an outcome", hint)
    first, last = format_month(START), format_month(vocabulary.last)
    if not _is_month(month) or not START <= parse_month(month) <= vocabulary.last:
        yield Problem("--month", None, None, str(month), f"must be a month, YYYY-MM, from {first} to {last}")
    for name in by:
        if name not in GROUPS:
            yield Problem("--by", None, None, str(name), f"must be one of {', '.join(GROUPS)}")
    if not by:
        yield Problem("--by", None, None, "", "at least one way of dividing the effect is needed")
    if not _whole(samples) or not 2 <= samples <= MOST_ORDERS:
        yield Problem("--samples", None, None, str(samples), f"must be a whole number from 2 to {MOST_ORDERS}")
    elif _whole(replicates) and samples * replicates > MOST_WALKS:
        rule = f"samples times replicates must not exceed {MOST_WALKS}"
        yield Problem("--samples", None, None, str(samples), rule)


def _is_month(text: str) -> bool:
    try:
        parse_month(text)
    except (ValueError, TypeError):
        return False
    return True


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
