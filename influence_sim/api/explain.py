"""Explanations of why an outcome moved: the request, the computation and the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite, nan
from pathlib import Path
from typing import Any, ClassVar

from influence_sim.analysis.explain import DIVISIONS, GROUPS
from influence_sim.api import base_result
from influence_sim.api.late import Axes, Figure, answer_words, attribution, endings, pd, sentences, views
from influence_sim.api.lookups import labels
from influence_sim.base.arguments import validated
from influence_sim.base.display import capital
from influence_sim.base.errors import InputError, MachineError, machine_faults, not_whole, raise_any, wrong
from influence_sim.base.months import format_month, parse_month
from influence_sim.base.numbers import TINY, percent, two_digits, with_interval
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.manifest import EXPLAIN, Manifest
from influence_sim.runs.request import RunRequest, plan_run, unknown_outcomes
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import load as load_theatre

REPLICATES, ORDERS = 64, 8
HEADINGS: Mapping[str, str] = {
    "response": "By itself, and by response",
    "interventions": "By what the scenario fixes",
    "rules": "Through which alliance rules",
    "interests": "Through whose interests",
    "mechanisms": "Through which mechanisms",
    "everything": "By everything together",
}
MOST_ORDERS, MOST_WALKS = 1_024, 65_536
"""Orders, and orders times replicates: beyond, memory would run out before patience."""


@dataclass(frozen=True)
class ExplanationRequest(base_result.RequestOfRuns):
    """Everything that determines an explanation."""

    kind: ClassVar[str] = EXPLAIN
    table: ClassVar[str] = "explanation.csv"
    figure: ClassVar[str] = "figures/waterfall.png"

    runs: tuple[RunRequest]  # the one whose effect is explained; its last month is the month in question
    outcome: str  # what moved
    by: tuple[str, ...]  # the groups of parts
    samples: int  # orders a replicate where there are too many parts
    together: bool  # whether to divide once among all groups


@validated
def explain(
    scenario: str | Path,
    outcome: str | None = None,
    *,
    month: str | None = None,
    against: str | Path = ASKED,
    by: Sequence[str] = DIVISIONS,
    replicates: int = REPLICATES,
    seed: int = 1,
    set: Mapping[str, float | str] | None = None,
    samples: int = ORDERS,
    together: bool = False,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Explanation:
    """Says why an outcome moved: which parts of scenario and model carry the effect.

    The effect is the mean paired difference of the outcome in one month. One way of dividing it asks what is left of it
    if others keep to what they do in the other arm; the others, by Shapley values, what it is when only some of the
    parts are on, in all combinations (up to eight parts) or along orders drawn at random.

    Args:
        scenario: a shipped name, or a path.
        outcome: what moved; by default the first outcome that the scenario asks about.
        month: when, YYYY-MM; by default the last month of a run.
        against: what to compare with; by default what the scenario asks to be compared with.
        by: how to divide: `response` (what the scenario itself does, what ground and stocks add, and what others decide
            otherwise), `interventions` (what the scenario fixes), `rules`, `interests` (of each actor) and
            `mechanisms`; each divides the whole effect.
        replicates: how many.
        seed: of the draws.
        set: undated parameter values, for both arms.
        samples: orders drawn for each replicate; an even number.
        together: divide once among the parts of all groups but `response` instead.
        workers: threads.
        progress: True for a bar, or a function that is called with the blocks run and their total.

    Returns:
        The divided effect; `table` has everything, `sentences` one sentence a part.

    Raises:
        InputError: all that is wrong with files, names and numbers.
        MachineError: a file is there but cannot be read, or memory is short.

    Examples:
        >>> why = explain("us_engages_taliban", "us_acceptance", by=["interventions"], replicates=4, month="2018-06")
        >>> why["interventions"]["kind"].tolist()
        ['part', 'part', 'effect']
    """
    size: dict[str, Any] = {"replicates": replicates, "seed": seed, "samples": samples, "together": together}
    request = plan_explanation(scenario, outcome, month=month, against=against, by=by, set=set, **size)
    return compute(request, workers=workers, progress=shown(progress, "blocks of runs"))


def plan_explanation(
    scenario: str | Path,
    outcome: str | None = None,
    *,
    month: str | None = None,
    by: Sequence[str] = DIVISIONS,
    replicates: int = REPLICATES,
    samples: int = ORDERS,
    together: bool = False,
    **kwargs: Any,
) -> ExplanationRequest:
    """Checks a request for an explanation without computing it; arguments and errors as for `explain`."""
    calendar = load_theatre().calendar
    month_text = format_month(calendar.start + calendar.months - 1) if month is None else month
    problems = unknown_outcomes([] if outcome is None else [outcome], load_theatre().vocabulary.outcomes)
    problems += [wrong("--by", name, f"must be one of {', '.join(GROUPS)}") for name in by if name not in GROUPS]
    if not by:
        problems.append(wrong("--by", "", "at least one way of dividing the effect is needed"))
    sample_problems = [*not_whole(samples, 2, MOST_ORDERS, "--samples")]
    if not sample_problems and isinstance(replicates, int) and samples * replicates > MOST_WALKS:
        sample_problems.append(wrong("--samples", samples, f"samples times replicates must not exceed {MOST_WALKS}"))
    problems += sample_problems
    try:
        last = parse_month(month_text)
    except (ValueError, TypeError):
        last = calendar.last + 1
    if not calendar.start <= last <= calendar.last:
        rule = f"must be a month, YYYY-MM, from {format_month(calendar.start)} to {format_month(calendar.last)}"
        problems.append(wrong("--month", month_text, rule))
        last = calendar.last  # the longest run, so that all other problems are found, too
    try:
        run = plan_run(scenario, replicates=replicates, months=last - calendar.start + 1, **kwargs)
    except InputError as error:
        for problem in error.problems:  # a wrong length of the run is a wrong month
            rule, hint = problem.rule.partition("; ")[0], "ask for a later month"
            problems.append(wrong("--month", month_text, rule, hint) if problem.path == "--months" else problem)
        raise InputError(problems) from None
    if run.against is None:
        rule = "nothing to explain: there is no second arm that it differs from"
        problems.append(wrong("scenario", run.scenario.name, rule))
    raise_any(problems)
    outcome, orders = outcome or run.asked[0], samples + samples % 2
    return ExplanationRequest((run,), outcome, tuple(dict.fromkeys(by)), orders, together)


def compute(request: ExplanationRequest, *, workers: int = 1, progress: Progress | None = None) -> Explanation:
    """Computes an explanation."""
    (explanation,) = compute_each(request, (request.outcome,), workers=workers, progress=progress)
    return explanation


def compute_each(
    request: ExplanationRequest, outcomes: Sequence[str], *, workers: int = 1, progress: Progress | None = None
) -> list[Explanation]:
    """Explains several outcomes from the same runs, each as `compute` does."""
    run, orders = request.runs[0], request.samples
    with machine_faults(Path(run.scenario.name), "explained"):
        tables = attribution.attribute_each(
            run, outcomes, request.by, orders=orders, together=request.together, workers=workers, progress=progress
        )
    return [Explanation(rows, request=replace(request, outcome=outcome)) for outcome, rows in tables.items()]


def read(folder: Path, request: object = None) -> Explanation:
    """Reads an explanation from its folder; a `MachineError` if it is damaged."""
    texts = ("by", "kind", "part", "words", "claims", "method", "error")
    fields = base_result.read_table(
        folder, ExplanationRequest, texts=texts, counts=("failed",), needs={*attribution.COLUMNS} - {"failed", "error"}
    )
    table = fields["table"]
    divisions, effects = list(dict.fromkeys(table["by"])), table.loc[table["kind"] == "effect", "by"]
    reason = next((f"an effect divided by {name!r}" for name in divisions if name not in HEADINGS), "")
    if reason or not divisions or list(effects) != divisions:
        raise MachineError(f"{folder / ExplanationRequest.table}: damaged ({reason or 'no divisions of an effect'})")
    return Explanation(**fields)


def rebuild_request(folder: Path, manifest: Manifest) -> ExplanationRequest:
    """The request that an explanation's folder answers, for the theatre in use; an `InputError` if that refuses it."""
    arguments, last = manifest.arguments, load_theatre().start + manifest.arguments["months"] - 1
    kwargs = {name: arguments[name] for name in ("by", "replicates", "seed", "samples", "together")}
    names = (arguments["scenarios"][0], arguments["against"])
    scenario, against = (base_result.arm_file(folder, name) for name in names)
    return plan_explanation(scenario, arguments["outcome"], month=format_month(last), against=against, **kwargs)


def repeat(folder: Path, manifest: Manifest, **kwargs: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Explains the folder's effect again."""
    request = rebuild_request(folder, manifest)  # first, since it refuses files outside the folder
    old, new = read(folder), compute(request, **kwargs)
    yield old.table.assign(outcome=old.outcome), new.table.assign(outcome=old.outcome)


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(base_result.TableResult):
    """The effect of a `scenario` against another on an `outcome` in one `month`, divided among parts.

    Attributes:
        table: one row a part: by, kind (`part`, `remainder` or `effect`), part, words, claims, value with its 95 %
            interval (ci_low, ci_high), share of the effect, method; in how many replicates it failed, with an error,
            where a model without some of the parts cannot be run. In each division parts and remainder add up to
            the effect.
    """

    @property
    def outcome(self) -> str:
        """The outcome that moved."""
        return str(self.about["arguments"]["outcome"])

    @property
    def lacking(self) -> str:
        """In how many replicates a division could not be computed, and why; "" if all could."""
        return base_result.failure_message(self.table, "replicates of a division", self.replicates)

    @property
    def divisions(self) -> tuple[str, ...]:
        """The ways in which the effect is divided."""
        return tuple(dict.fromkeys(self.table["by"]))

    @property
    def effect(self) -> tuple[float, float, float]:
        """The whole effect and its 95 % interval."""
        row = self.table[self.table["kind"] == "effect"].iloc[0]
        return float(row["value"]), float(row["ci_low"]), float(row["ci_high"])

    @property
    def finding(self) -> str:
        """The effect in one sentence that claims no more than the interval allows."""
        outcome, gap = labels()[self.outcome], endings.Interval(*self.effect)
        subject, size = endings.OutcomeText(*endings.names_of(outcome, load_theatre())), _size(gap.mean)
        text = answer_words.finding(
            subject, gap.direction, size, self.last, against=self.other_title, replicates=self.replicates
        )
        return text.removesuffix(".")

    @validated
    def by(self, division: str) -> pd.DataFrame:
        """The rows of one division, the largest parts first; an `InputError` if the effect was not divided so."""
        base_result.require(division, self.divisions, "by", "the effect was not divided in this way")
        return self.table[self.table["by"] == division].reset_index(drop=True)

    @validated
    def with_clear_shares(self, division: str) -> pd.DataFrame:
        """As `by`, but with NaN for shares of an effect whose interval contains zero, which mean nothing."""
        rows, (_, low, high) = self.by(division), self.effect
        return rows.assign(share=nan) if low <= 0 <= high else rows

    @validated
    def sentences(self, division: str) -> list[str]:
        """One sentence a part of a division, naming its claims; raises as `by` does."""
        rows = self.with_clear_shares(division)
        parts = rows[rows["kind"] == "part"].to_dict("records")
        return [sentence(row, labels()[self.outcome].label) for row in parts]

    @validated
    def plot(self, division: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws one division, by default the first, as a waterfall; small parts are put together; raises as `by` does.

        `ax` is where to draw; a new figure if None.
        """
        chosen = division or self.divisions[0]
        rows = self._pooled_rows(chosen)
        return views.waterfall(rows, ax=ax, label=labels()[self.outcome], title=HEADINGS[chosen])

    def figure(self) -> Figure:
        """The page of all divisions."""
        return views.waterfall_page(
            {HEADINGS[name]: self._pooled_rows(name) for name in self.divisions},
            title=self.finding,
            subtitle=self.title,
            note=f"{self.described()}: {self.sample}.",
            label=labels()[self.outcome],
        )

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The largest parts of every division."""
        for name in self.divisions:
            rows = self._pooled_rows(name)
            numbers = rows[["value", "ci_low", "ci_high"]].itertuples(index=False)
            shares = [percent(share) if isfinite(share) else "" for share in rows["share"]]
            columns: dict[str, Any] = {
                "part": rows["part"],
                "effect": [with_interval(interval, signed=True) for interval in numbers],
            }
            yield HEADINGS[name], rows.assign(**columns, share=shares)[[*columns, "share", "words", "claims"]]

    def _pooled_rows(self, division: str) -> pd.DataFrame:
        """The rows of one division, with small parts pooled, for a picture."""
        rows = attribution.shortened(self.with_clear_shares(division))
        return rows.assign(words=rows["words"].map(sentences.for_print, na_action="ignore"))

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.divisions)

    __getitem__ = by  # `explanation["rules"]` is `explanation.by("rules")`

    def described(self) -> str:
        """What was explained."""
        return f"{self.scenario} minus {self.against}, {self.outcome} in {self.month}"


def sentence(row: Mapping[Any, Any], label: str) -> str:
    """What one part does, with its claims: `The guarantor supports the crown (C55): raises its authority by 0.02.`."""
    value, low, high, share = (float(row[name]) for name in ("value", "ci_low", "ci_high", "share"))
    if value == 0:
        verb_phrase = f"changes nothing in {label}"
    elif isfinite(low) and low <= 0 <= high:
        verb_phrase = f"whether it raises or lowers {label} is open"
        if abs(value) >= TINY:
            verb_phrase += f" ({two_digits(value, signed=True)})"
    else:
        verb_phrase = f"{'raises' if value > 0 else 'lowers'} {label} by {_size(value)}"
        if isfinite(share):
            verb_phrase += f", {percent(share)} of the effect" if share > 0 else ", against the effect"
    return f"{part_label(row)}: {verb_phrase}."


def _size(value: float) -> str:
    """How large a change is, whichever way it goes."""
    return two_digits(abs(value)) if abs(value) >= TINY else "less than 0.0001"


def part_label(row: Mapping[Any, Any]) -> str:
    """A part with its claims: `The guarantor supports the crown (C55)`."""
    claims = f" ({', '.join(str(row['claims']).split())})" if row["claims"] else ""
    return capital(str(row["words"])) + claims
