"""What the pages of results that have an answer say: the brief of a run, and all of a comparison and an explanation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill, shorten

from matplotlib.axes import Axes

from influence_sim import views
from influence_sim.analysis.decides import Hanging, choices_of
from influence_sim.analysis.explain import PARTS, RESPONSE
from influence_sim.analysis.explain.attribution import shortened
from influence_sim.api import compare, explain, run, surveys
from influence_sim.api.commands import command, reference, run_command, settings
from influence_sim.api.lookups import labels
from influence_sim.api.result import Result
from influence_sim.base.errors import InputError, wrong
from influence_sim.base.months import first_day, format_month, month_words
from influence_sim.base.numbers import counted, number, percent
from influence_sim.reports import explained, sentences
from influence_sim.reports.answer import INTERVALS, caution
from influence_sim.reports.endings import Interval
from influence_sim.reports.explained import Explained
from influence_sim.reports.page import card
from influence_sim.reports.sheet import Part, Picture, Sheet, Table
from influence_sim.runs.manifest import COMPARE, EXPLAIN, RUN, SWEEP, Manifest
from influence_sim.runs.request import RunRequest, read_request
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.views.axes import axes_for
from influence_sim.views.style import new_figure

BRIEFED = (RUN, COMPARE, EXPLAIN)
"""Kinds of folders that have one answer."""
MOST_IN_FULL = 2
"""Scenarios beyond which a brief tells the answer of each in a few words."""
WIDTH, BESIDE, ROW = 4.1, 1.0, 0.34
"""Inches of a chart with rows: its width, what stands above and beneath them, and a row."""
NAME, SCALE = 20, 36
"""Letters in a line of a scenario's name, and of that of a scale."""
TOLD = 2
"""Parts of each division on which an explanation is said to hang."""


def sheet_of(folder: Path, manifest: Manifest, *, brief: bool) -> Sheet:
    """What the page of a folder says; a brief of a run, or of what has no one answer, is refused (`InputError`)."""
    if brief and manifest.kind not in BRIEFED:
        rule = "a brief has one answer, as a run, a comparison and an explanation have; make a report instead"
        raise InputError(wrong("--brief", manifest.kind, rule))
    if manifest.kind == RUN:
        return _of_run(folder, manifest)
    if manifest.kind == COMPARE:
        return _of_comparison(folder, manifest, brief=brief)
    if manifest.kind == EXPLAIN:
        return _of_explanation(folder, manifest)
    return surveys.of_sweep(folder, manifest) if manifest.kind == SWEEP else surveys.of_claims(folder, manifest)


def _of_run(folder: Path, manifest: Manifest) -> Sheet:
    result, request = run.read(folder), read_request(folder, manifest, load_theatre())
    if result.against is None:
        rule = "run without a baseline: there is no difference to tell; run it again without --against none"
        raise InputError(wrong(folder, result.scenario, rule))
    theatre, last, first, end = request.theatre, request.last, result.answers[0], result.endings()[0]
    branch = result.branch_date or first_day(theatre.start)
    span = f"{month_words(theatre.start)} to {month_words(last)}"
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
        pictures=[Picture.of(first.outcome, f"{first.label}, month by month", sentences.seen(end, span), chart)],
        hangs=list(_hangs_of_run(result, theatre)),
        command=run_command(request, result.tried),
        files=_files(request),
        facts=_size(request),
    )


def _hangs_of_run(result: Result, theatre: Theatre) -> Iterator[str]:
    """On which assumptions the answers hang that were asked for."""
    if result.assumptions is None:
        yield "How far it hangs on what was assumed was not tried; run --assumptions 512 does."
        return
    pairs = zip(result.answers, result.endings(), strict=True)
    for found, end in list(pairs)[: len(result.asked)]:
        if end.robustness is not None and found.decides:
            hanging, first = end.robustness.hanging, found is result.answers[0]
            if first and hanging.stands_out and hanging.parameter in theatre.parameters:  # the answer itself names it
                yield _unmeasured(hanging.parameter, theatre)
            else:
                yield f"{found.label}: {_inner(found.decides)}"


def _unmeasured(name: str, theatre: Theatre) -> str:
    """What is assumed of a parameter on which an answer hangs, and what it might be as well."""
    spec, words = theatre.parameters[name], sentences.parameter_words(name, theatre)
    names = choices_of(spec)
    assumed, might = f"{spec.default:.3g}", f"could be anything from {spec.low:.3g} to {spec.high:.3g}"
    if names:
        own = names.pop(list(spec.choices).index(spec.default))
        assumed, might = f"“{own}”", f"could as well be {' or '.join(f'“{other}”' for other in names)}"
    return f"{words} was never measured: the run assumes {assumed}, and it {might}."


def _of_comparison(folder: Path, manifest: Manifest, *, brief: bool) -> Sheet:
    found, request = compare.read(folder), compare.asked_again(folder, manifest)
    known, theatre, last, first = labels(), request.theatre, found.month, found.outcomes[0]
    titles = found.titles
    short = brief and len(titles) > MOST_IN_FULL
    called = found.titled.assign(scenario=[fill(title, NAME) for title in found.titled["scenario"]])
    arms = [Part(titles[arm.scenario.name], list(sentences.deeds(arm.scenario, theatre))) for arm in request.runs]
    if short:
        arms = [Part("The scenarios", [f"{arm.heading}: {'; '.join(arm.lines[:2])}" for arm in arms])]
    answers = [f"{titles[name]}: {answer.short if short else answer.text}" for name, answer in found.answers.items()]
    against, inner = request.runs[0].scenarios[1], theatre.inner(known[first].label)
    beside = sentences.brief_words(against.title, sentences.LABEL) if brief else against.title
    rows, tried = [], found.samples > 0
    for row in found.table.to_dict("records"):
        gap = Interval(*(row[name] for name in ("diff", "ci_low", "ci_high")))
        cells = [titles[row["scenario"]], known[row["outcome"]].label, sentences.difference_words(gap)]
        cells += [number(row[part], signed=True) for part in PARTS]
        rows.append(cells + ([percent(row["share_same_sign"]), Hanging.of_row(row).short] if tried else []))
    heads = ["Scenario", "Outcome", "Difference [95 %]", "Itself", "Ground", "Response"]
    heads += ["Worlds", "Hangs most on"] if tried else []
    caption = f"Differences from {against.title} in {month_words(last)}: with the 95 % interval, and what carries them"
    size = {name: getattr(found, name) for name in ("replicates", "seed", "months")}
    one = request.runs[0]
    others = [reference(other, 0) for other in request.runs[1:]]
    options = {
        "against": reference(one, 1),
        **size,
        "samples": found.samples or "none",
        "outcome": list(found.outcomes),
    }
    return Sheet(
        theatre=theatre,
        last=last,
        title=f"{counted(len(titles), 'scenario')} side by side",
        question=f"How does {inner} end by {month_words(last)} in each of them, compared with “{beside}”?",
        answers=answers,
        gloss=_meaning(first, theatre),
        caution=caution(next(iter(found.answers.values())), found.replicates) if found.answers else INTERVALS,
        compared=[*arms, Part(f"Compared with: {beside}", [against.question])],
        pictures=[
            Picture.of(
                f"forest_{name}",
                f"{known[name].label}: how far each scenario ends from “{beside}”",
                "; ".join(f"{row[0]}: {row[2]}" for row in rows if row[1] == known[name].label),
                _untitled(views.forest(called, name, ax=_narrow(len(titles)), labels=known)),
            )
            for name in (found.outcomes[:1] if brief else found.outcomes)
        ],
        hangs=[f"{titles[name]}: {_inner(one.decides)}" for name, one in found.answers.items() if one.decides],
        tables=[Table.of("comparison", caption, heads, rows, found.table)],
        command=command(one, "compare", options | {"set": settings(one)}, *others),
        files={name: text for run in request.runs for name, text in _files(run).items()},
        facts=_size(one),
    )


def _of_explanation(folder: Path, manifest: Manifest) -> Sheet:
    found, request = explain.read(folder), explain.asked_again(folder, manifest)
    one, told = request.runs[0], laid_out(found, request.theatre)
    theatre, last, first = request.theatre, one.last, found.divisions[0]
    bars = shortened(found.by(first))
    names = bars["words"].where(bars["by"] != RESPONSE, bars["part"])  # the sentences of that are long, and beneath
    bars = bars.assign(words=[fill(shorten(text, 2 * NAME, placeholder=" …"), NAME) for text in names])
    largest = f" The part that brings most, group by group: {told.largest}." if told.largest else ""
    heads = ("Group", "Part", "What it is", "Brings", "Low", "High", "Share of the effect", "Claims")
    rows = [
        (
            explain.HEADINGS[row["by"]],
            row["part"],
            row["words"],
            *(number(row[name], signed=True) for name in ("value", "ci_low", "ci_high")),
            percent(row["share"]) if row["share"] == row["share"] else "",
            row["claims"],
        )
        for row in found.table.to_dict("records")
    ]
    asked = {
        "outcome": found.outcome,
        "month": format_month(last),
        "against": reference(one, 1),
        "by": list(request.by),
    }
    size = {"replicates": found.replicates, "seed": one.seed, "samples": request.samples, "set": settings(one)}
    return Sheet(
        theatre=theatre,
        last=last,
        title=found.title,
        question=f"Why does {theatre.inner(labels()[found.outcome].label)} end other than it otherwise would by "
        f"{month_words(last)}? {one.scenario.question}".strip(),
        answers=[f"{told.finding} ({told.interval}).{largest}"],
        gloss=_meaning(found.outcome, theatre),
        caution=INTERVALS,
        compared=[*_background(theatre), *_arms(one)],
        pictures=[
            Picture.of(
                f"waterfall_{first}",
                explain.HEADINGS[first],
                " ".join(found.sentences(first)),
                _untitled(views.waterfall(bars, ax=_narrow(len(bars)), label=labels()[found.outcome])),
            )
        ],
        hangs=[text for name in found.divisions for text in found.sentences(name)[:TOLD]],
        tables=[Table.of("explanation", "Every part of the effect, with its 95 % interval", heads, rows, found.table)],
        command=command(one, "explain", asked | size) + (" --together" if request.together else ""),
        files=_files(one),
        facts=_size(one),
        explained=told,
    )


def laid_out(explanation: explain.Explanation, theatre: Theatre) -> Explained:
    """An explanation as pages take it: its divisions that have parts, each part with a sentence."""
    outcome, divisions = labels()[explanation.outcome], {}
    for name in explanation.divisions:
        rows = explanation.by(name)
        if (rows["kind"] == "part").any():
            # An actor's interests may be many: it is only said whose they are.
            whose = rows["part"].str.startswith("interests of ")
            rows = rows.assign(words=rows["words"].where(~whose, rows["words"].str.partition(":")[0]))
            told = [explain.sentence(row, theatre.inner(outcome.label)) for row in rows.to_dict("records")]
            divisions[explain.HEADINGS[name]] = rows.assign(sentence=told)
    return explained.explain(
        outcome,
        theatre,
        finding=explanation.finding,
        size=Interval(*explanation.effect),
        replicates=explanation.replicates,
        divisions=divisions,
    )


def _narrow(rows: int) -> Axes:
    """Where a chart with a row for each of some names is drawn that is no wider than a telephone."""
    return axes_for(new_figure(WIDTH, BESIDE + ROW * rows, layout="constrained").add_subplot())


def _untitled(ax: Axes) -> Axes:
    """A narrow chart without its title, which stands above it, and with all of its scale's name."""
    ax.set_title("", loc="left")
    ax.set_xlabel(fill(ax.get_xlabel(), SCALE))
    return ax


def _meaning(outcome: str, theatre: Theatre, *more: str) -> list[str]:
    """What an outcome means, and more."""
    told = theatre.inner(theatre.words.outcomes.get(outcome, ""))
    return [*([f"{labels()[outcome].label}: {told}"] if told else []), *more]


def _background(theatre: Theatre) -> list[Part]:
    """What a reader must know who has not read the article."""
    return [Part("The background", [theatre.words.background])] if theatre.words.background else []


def _arms(request: RunRequest) -> list[Part]:
    """The scenario with what it fixes, and what it is compared with."""
    scenario, against = request.scenarios
    fixed = list(sentences.deeds(scenario, request.theatre)) or ["as in the file"]
    return [
        Part(f"The scenario: {scenario.title}", fixed),
        Part(f"Compared with: {against.title}", [against.question] if against.question else []),
    ]


def _files(request: RunRequest) -> dict[str, str]:
    """The scenario as a file, and what it is compared with if that does not come with the tool."""
    own = (
        arm for place, arm in enumerate(request.scenarios) if not place or reference(request, place).startswith("./")
    )
    return {f"{arm.name}.yaml": arm.to_yaml() for arm in own}


def _size(request: RunRequest) -> dict[str, str]:
    span = f"{format_month(request.theatre.start)} to {format_month(request.last)}"
    return {"Replicates, seed, months": f"{request.replicates}, {request.seed}, {span}"}


def _inner(text: str) -> str:
    """A sentence as it goes on after a colon."""
    return text[:1].lower() + text[1:]
