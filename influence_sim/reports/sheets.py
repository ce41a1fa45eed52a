"""The pages of results that have one answer: a brief of a run, any page of a comparison or an explanation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from textwrap import fill, shorten

from matplotlib.axes import Axes

from influence_sim import views
from influence_sim.analysis.drivers import Driver
from influence_sim.analysis.explain import PARTS, RESPONSE
from influence_sim.analysis.explain.attribution import shortened
from influence_sim.api import compare, explain, run
from influence_sim.api.lookups import labels, meanings
from influence_sim.api.result import Result
from influence_sim.base.errors import InputError, wrong
from influence_sim.base.months import first_day, format_month, month_words
from influence_sim.base.numbers import MINUS, counted, number, percent, table_percent
from influence_sim.reports import parts, surveys
from influence_sim.reports.page import card
from influence_sim.reports.sheet import ANSWERS, Part, Picture, Sheet, Table
from influence_sim.runs.manifest import COMPARE, EXPLAIN, RUN, SWEEP, Manifest
from influence_sim.runs.request import RunRequest, read_request
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.views.axes import axes_for
from influence_sim.views.page_layout import text_height
from influence_sim.views.style import SMALL, new_figure
from influence_sim.words import sentences
from influence_sim.words.answer import INTERVALS, caution
from influence_sim.words.commands import command, reference, run_command, saved_files, settings
from influence_sim.words.endings import Interval

BRIEF_KINDS = (RUN, COMPARE, EXPLAIN)
"""Kinds of folders that have one answer."""
MOST_IN_FULL = 2
"""Scenarios beyond which a brief shortens their answers."""
WIDTH, MARGIN, ROW_HEIGHT, ROW_GAP = 4.1, 1.0, 0.34, 0.06
"""Inches of a chart with rows: its width, the margin above and beneath them, a row, and what parts names."""
NAME_WIDTH, SCALE_WIDTH = 20, 36
"""Characters in a line of a scenario's name, and of the label of a scale."""
MOST_PARTS = 2
"""Parts of each division that an explanation's page lists as decisive."""


def sheet_of(folder: Path, manifest: Manifest, *, brief: bool) -> Sheet:
    """The content of a folder's page; a brief of what has not one answer is refused (`InputError`)."""
    if brief and manifest.kind not in BRIEF_KINDS:
        rule = "a brief has one answer, as a run, a comparison and an explanation have; make a report instead"
        raise InputError(wrong("--brief", manifest.kind, rule))
    if manifest.kind == RUN:
        return _run_sheet(folder, manifest)
    if manifest.kind == COMPARE:
        return _comparison_sheet(folder, manifest, brief=brief)
    if manifest.kind == EXPLAIN:
        return _explanation_sheet(folder, manifest)
    return surveys.sweep_sheet(folder, manifest) if manifest.kind == SWEEP else surveys.claims_sheet(folder, manifest)


def _run_sheet(folder: Path, manifest: Manifest) -> Sheet:
    result, request = run.read(folder), read_request(folder, manifest, load_theatre())
    if result.against is None:
        rule = "run without a baseline: there is no difference to tell; run it again without --against none"
        raise InputError(wrong(folder, result.scenario, rule))
    theatre, last, first, ending = request.theatre, request.last, result.answers[0], result.endings()[0]
    branch = result.branch_date or first_day(theatre.start)
    period = f"{month_words(theatre.start)} to {month_words(last)}"
    chart = card(result.summary, first.outcome, branch=branch, labels=labels())
    return Sheet(
        theatre=theatre,
        last=last,
        title=request.scenario.title,
        question=request.scenario.question,
        answers=[first.text],
        gloss=_meaning(first.outcome, theatre, f"In numbers: {first.numbers}."),
        besides=[
            f"{sentences.brief_words(other.label, sentences.LABEL)}: {other.short}" for other in result.answers[1:]
        ],
        caution=caution(first, request.replicates),
        compared=[*_background(theatre), *_arms(request)],
        pictures=[Picture.of(first.outcome, f"{first.label}, month by month", sentences.seen(ending, period), chart)],
        hangs=list(_run_assumptions(result, theatre)),
        command=run_command(request, result.tried),
        files=saved_files(request),
        facts=_size(request),
    )


def _run_assumptions(result: Result, theatre: Theatre) -> Iterator[str]:
    """The assumptions on which the requested answers depend."""
    if result.assumptions is None:
        yield "How far it hangs on what was assumed was not tried; run --assumptions 512 does."
        return
    pairs = zip(result.answers, result.endings(), strict=True)
    for answer, ending in list(pairs)[: len(result.asked)]:
        if ending.robustness is not None and answer.decides:
            driver, first = ending.robustness.driver, answer is result.answers[0]
            if first and driver.stands_out and driver.parameter in theatre.parameters:  # the answer itself names it
                yield _parameter_sentence(driver.parameter, theatre)
            else:
                yield f"{answer.label}: {_lower_first(answer.decides)}"


def _parameter_sentence(name: str, theatre: Theatre) -> str:
    """What is known of a parameter on which an answer depends, its assumed value and its range."""
    meaning, status = sentences.parameter_words(name, theatre), theatre.parameters[name].status
    known = {"cited": "has a source, and is still not known exactly", "fitted": "was fitted to the record"}
    return f"{meaning} {known.get(status, 'was never measured')}. {sentences.assumed_words(name, theatre)}"


def _comparison_sheet(folder: Path, manifest: Manifest, *, brief: bool) -> Sheet:
    comparison, request = compare.read(folder), compare.rebuild_request(folder, manifest)
    outcomes, theatre, last, first = labels(), request.theatre, comparison.last, comparison.outcomes[0]
    titles = comparison.titles
    short = brief and len(titles) > MOST_IN_FULL
    drawn = list(titles)[:ANSWERS] if brief else list(titles)
    titled = comparison.titled[comparison.table["scenario"].isin(drawn)]
    titled = titled.assign(scenario=[fill(title, NAME_WIDTH) for title in titled["scenario"]])
    which = "each scenario" if len(drawn) == len(titles) else f"each of the first {len(drawn)} scenarios"
    arms = [Part(titles[run.scenario.name], list(sentences.deeds(run.scenario, theatre))) for run in request.runs]
    if short:
        arms = [Part("The scenarios", [f"{arm.heading}: {'; '.join(_few(arm.lines))}" for arm in arms])]
    answers = [(titles[name], answer) for name, answer in comparison.answers.items()]
    against, inner = request.runs[0].scenarios[1], theatre.inner(outcomes[first].label)
    baseline_title = sentences.brief_words(against.title, sentences.LABEL) if brief else against.title
    rows, with_worlds = [], comparison.assumptions > 0
    order = comparison.table["outcome"].map(comparison.outcomes.index)
    for row in comparison.table.loc[order.sort_values(kind="stable").index].to_dict("records"):
        difference = Interval(*(row[name] for name in ("diff", "ci_low", "ci_high")))
        cells = [outcomes[row["outcome"]].label, titles[row["scenario"]], sentences.difference_words(difference)]
        cells += [number(row[part], signed=True) for part in PARTS]
        rows.append(cells + ([table_percent(row["share_same_sign"]), Driver.of_row(row).short] if with_worlds else []))
    headings = ["Outcome", "Scenario", "Difference [95 %]", "Itself", "Ground", "Response"]
    headings += ["Worlds", "Hangs most on"] if with_worlds else []
    caption = f"Differences from {against.title} in {month_words(last)}: with the 95 % interval, and what carries them"
    note = " ".join(meanings(comparison.table.loc[comparison.table["stands_out"], "parameter"])) if with_worlds else ""
    size = {name: getattr(comparison, name) for name in ("replicates", "seed", "months")}
    first_run, *others = request.runs
    options = {
        "against": reference(first_run, 1),
        **size,
        "assumptions": comparison.assumptions or "none",
        "outcome": list(comparison.outcomes),
        "set": settings(first_run),
    }
    return Sheet(
        theatre=theatre,
        last=last,
        title=f"{counted(len(titles), 'scenario')} side by side",
        question=f"How {sentences.grammar(inner).does} {inner} end by {month_words(last)} in each of them, compared "
        f"with “{baseline_title}”?",
        answers=[f"{title}: {answer.short if short else answer.text}" for title, answer in answers],
        gloss=_meaning(first, theatre),
        caution=caution(answers[0][1], comparison.replicates) if answers else INTERVALS,
        compared=[*arms, Part(f"Compared with: {baseline_title}", [against.question]), *_assumed(request.runs[0])],
        pictures=[
            Picture.of(
                f"forest_{name}",
                f"{outcomes[name].label}: how far {which} ends from “{baseline_title}”",
                "; ".join(f"{row[1]}: {row[2]}" for row in rows if row[0] == outcomes[name].label),
                _remove_title(views.forest(titled, name, ax=_narrow_axes(set(titled["scenario"])), labels=outcomes)),
            )
            for name in (comparison.outcomes[:1] if brief else comparison.outcomes)
        ],
        hangs=[f"{title}: {_lower_first(answer.decides)}" for title, answer in answers if answer.decides],
        tables=[Table.of("comparison", caption, headings, rows, comparison.table, note=note)],
        command=command(first_run, "compare", options, *(reference(run, 0) for run in others)),
        files={name: text for run in request.runs for name, text in saved_files(run).items()},
        facts=_size(first_run),
    )


def _few(lines: Sequence[str]) -> list[str]:
    """Up to three lines; of more the first two, and how many more there are."""
    return list(lines) if len(lines) <= 3 else [*lines[:2], f"and {len(lines) - 2} more"]


def _explanation_sheet(folder: Path, manifest: Manifest) -> Sheet:
    explanation, request = explain.read(folder), explain.rebuild_request(folder, manifest)
    explained_run, page = request.runs[0], parts.lay_out(explanation, request.theatre)
    theatre, last, first, table = request.theatre, explained_run.last, explanation.divisions[0], explanation.table
    bars = shortened(explanation.by(first))
    names = bars["words"].where(bars["by"] != RESPONSE, bars["part"])  # its sentences are long, and stand beneath
    bars = bars.assign(words=[fill(shorten(text, 2 * NAME_WIDTH, placeholder=" …"), NAME_WIDTH) for text in names])
    largest = f" The part that brings most, group by group: {page.largest}." if page.largest else ""
    headings = ("Group", "Part", "What it is", "Brings", "Low", "High", "Share of the effect", "Claims")
    rows = [
        (
            explain.HEADINGS[row["by"]],
            row["part"],
            row["words"],
            *(number(row[name], signed=True) for name in ("value", "ci_low", "ci_high")),
            percent(row["share"]).replace("-", MINUS) if row["share"] == row["share"] else "",
            row["claims"],
        )
        for name in explanation.divisions
        for row in explanation.with_clear_shares(name).to_dict("records")
    ]
    inner = theatre.inner(labels()[explanation.outcome].label)
    forms, other = sentences.grammar(inner), explanation.other_title
    than = f"under “{other}”" if other else f"{forms.it} otherwise would"
    options: dict[str, object] = {
        "outcome": explanation.outcome,
        "month": format_month(last),
        "against": reference(explained_run, 1),
        "by": list(request.by),
    }
    options |= {"replicates": explanation.replicates, "seed": explained_run.seed, "samples": request.samples}
    options["set"] = settings(explained_run)
    return Sheet(
        theatre=theatre,
        last=last,
        title=explanation.title,
        question=f"Why {forms.does} {inner} end higher or lower than {than} by "
        f"{month_words(last)}? {explained_run.scenario.question}".strip(),
        answers=[f"{page.finding} ({page.interval}).{largest}"],
        gloss=_meaning(explanation.outcome, theatre),
        caution=INTERVALS,
        compared=[*_background(theatre), *_arms(explained_run)],
        pictures=[
            Picture.of(
                f"waterfall_{first}",
                explain.HEADINGS[first],
                " ".join(explanation.sentences(first)),
                _remove_title(
                    views.waterfall(bars, ax=_narrow_axes(bars["words"]), label=labels()[explanation.outcome])
                ),
            )
        ],
        hangs=[
            sentences.for_print(text)
            for name in explanation.divisions
            for text in explanation.sentences(name)[:MOST_PARTS]
        ],
        hangs_heading="What brings it about",
        tables=[Table.of("explanation", "Every part of the effect, with its 95 % interval", headings, rows, table)],
        command=command(explained_run, "explain", options) + (" --together" if request.together else ""),
        files=saved_files(explained_run),
        facts=_size(explained_run),
        explained=page,
    )


def _narrow_axes(names: Collection[str]) -> Axes:
    """Axes for a chart with a row per name, which may have several lines, that is no wider than a telephone."""
    row = max([ROW_HEIGHT, *(text_height(name, SMALL) + ROW_GAP for name in names)])
    return axes_for(new_figure(WIDTH, MARGIN + row * len(names), layout="constrained").add_subplot())


def _remove_title(ax: Axes) -> Axes:
    """A narrow chart without its title, which the page prints above it, and with a wrapped label of its scale."""
    ax.set_title("", loc="left")
    ax.set_xlabel(fill(ax.get_xlabel(), SCALE_WIDTH))
    return ax


def _meaning(outcome: str, theatre: Theatre, *lines: str) -> list[str]:
    """The meaning of an outcome, if the theatre has words for it, and more lines."""
    meaning = theatre.inner(theatre.words.outcomes.get(outcome, ""))
    return [*([f"{labels()[outcome].label}: {meaning}"] if meaning else []), *lines]


def _background(theatre: Theatre) -> list[Part]:
    """The background for readers who have not read the article."""
    return [Part("The background", [theatre.words.background])] if theatre.words.background else []


def _arms(request: RunRequest) -> list[Part]:
    """The scenario with what it fixes, and its baseline."""
    scenario, against = request.scenarios
    fixed = list(sentences.deeds(scenario, request.theatre)) or ["as in the file"]
    return [
        Part(f"The scenario: {scenario.title}", fixed),
        Part(f"Compared with: {against.title}", [against.question] if against.question else []),
        *_assumed(request),
    ]


def _assumed(request: RunRequest) -> list[Part]:
    """What both sides assume otherwise than by default."""
    lines = list(sentences.assumed_otherwise(request.parameters, request.theatre))
    return [Part("Both assume otherwise than by default", lines)] if lines else []


def _size(request: RunRequest) -> dict[str, str]:
    period = f"{format_month(request.theatre.start)} to {format_month(request.last)}"
    return {"Replicates, seed, months": f"{request.replicates}, {request.seed}, {period}"}


def _lower_first(text: str) -> str:
    """A sentence with a small first letter, to follow a colon."""
    return text[:1].lower() + text[1:]
