"""Drawing the figures of a result folder. Importing this loads matplotlib."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim import views
from influence_sim.analysis.claims.examination import Examination, shipped_examination
from influence_sim.analysis.replay import REPLICATES, Snapshots, snapshots
from influence_sim.api import FIGURE_KINDS, claims, compare, explain, run
from influence_sim.api.base_result import require
from influence_sim.api.explore import file_name, sensitivity, sensitivity_pages
from influence_sim.api.heat_map import NO_GRID, heat_map_pages
from influence_sim.api.lookups import labels, stances_in_words
from influence_sim.api.result import Result
from influence_sim.api.sweep import load_sweep
from influence_sim.base.arguments import validated
from influence_sim.base.display import Pictures
from influence_sim.base.errors import InputError, machine_faults, raise_any, wrong
from influence_sim.base.files import first_bytes, put_files, stamp
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.runs.derived import add_derived
from influence_sim.runs.folder import FIGURES
from influence_sim.runs.manifest import COMPARE, EXPLAIN, RUN, SWEEP, read_complete
from influence_sim.runs.request import SCENARIO, unknown_outcomes
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre import shipped
from influence_sim.theatre.load import folder_in_use
from influence_sim.views.outlines import FILE

NamedFigures = Iterator[tuple[str, Figure | Axes | Iterator[Figure]]]
"""Figures, and the frames of films, each with the name of its file."""
INDEX = "index.html"
CHOOSES = {
    "--outcome": ("fan", "difference", "multiples", "forest", "sensitivity", "heatmap"),
    "--month": ("network", "map", "heatmap"),
    "--replicate": ("stances",),
}
"""Options that choose what figures show, and the kinds for which they do."""
_log = logging.getLogger("influence_sim")


@dataclass(frozen=True)
class Selection:
    """The figures to draw."""

    kinds: tuple[str, ...]  # of figures
    outcomes: tuple[str, ...]  # of figures that show one, or some; empty for the default ones
    months: tuple[Month, ...]  # of networks and maps; none for the last
    every: bool  # figures of all outcomes, if none are named
    replicate: int | None = None  # of stances; none for all
    animate: bool = False  # the map, month by month
    left_out: list[str] = field(default_factory=list)  # sentences on what was not drawn, and why


@validated
def draw(
    folder: str | PathLike[str],
    kinds: Sequence[str] = (),
    *,
    outcomes: Sequence[str] = (),
    months: Sequence[str] = (),
    replicate: int | None = None,
    every: bool = False,
    animate: bool = False,
    svg: bool = False,
) -> list[Path]:
    """Draws figures of a result folder into it, and lists them in its manifest.

    What cannot be drawn, or would be empty, is refused; of all kinds it is left out, and a log record says why.

    Args:
        folder: of any kind, or a result that was saved.
        kinds: `headline`, `fan`, `difference`, `multiples`, `stances`, `network`, `map` and `verdicts` of a run,
            `forest` of a comparison, `waterfall` of an explanation, `sensitivity` of a sweep, `heatmap` of a grid,
            `verdicts` of tested claims; by default the folder's own figure, of a grid its heat maps, and of a run the
            fan of each outcome that is named.
        outcomes: for figures of one outcome, and multiples; by default those that are reported, or all where all fit.
        replicate: for stances; by default shares over replicates.
        months: YYYY-MM, for networks, maps and heat maps; by default the last.
        every: all kinds, and unless outcomes are named, fans of all that move; and `index.html`, a page of them.
        animate: also the map month by month, as a GIF.
        svg: also write SVG.

    Returns:
        The files written, which a notebook shows.

    Raises:
        InputError: it is no complete result folder, or cannot be drawn so.
        MachineError: a file in it is missing or damaged, another process writes there, or the disk fails.
    """
    path = Path(folder)
    manifest = read_complete(path, *FIGURE_KINDS)
    if manifest.kind == SWEEP and not (kinds or every) and load_sweep(path).mapped:
        kinds = ("heatmap",)
    if animate and manifest.kind == RUN:
        kinds = (*kinds, "map")
    selection = _select(manifest.kind, kinds, outcomes, months, every=every, replicate=replicate, animate=animate)
    files, entries, source = dict[str, bytes](), list[tuple[str, str, bytes]](), stamp(manifest.numbers)
    for name, page in _draw_kind(manifest.kind, path, selection):
        stem = f"{FIGURES}/{file_name(name)}"
        if isinstance(page, Iterator):
            images, caption = {f"{stem}.gif": views.film(page, source)}, "The same, month by month"
        else:
            images, caption = views.pictures(page, stem, svg=svg, source=source), views.caption(page) or name
        files |= images
        entries += [(Path(file).name, caption, data) for file, data in images.items() if not file.endswith(".svg")]
    for text in selection.left_out:
        _log.warning(text)
    if every:
        scenario = manifest.scenario
        about = {"title": str(scenario["title"]), "subtitle": str(scenario.get("question", ""))}
        files[f"{FIGURES}/{INDEX}"] = views.index_page(entries, left_out=selection.left_out, source=source, **about)
    return Pictures(add_derived(path, manifest.numbers, files))


def draw_verdicts(document: str | Path, *, svg: bool = False) -> list[Path]:
    """Draws the verdicts that `influence-sim claims --test --json` has printed into a file, beside that file.

    Raises:
        InputError: it is no such document.
        MachineError: it cannot be read, or the figure cannot be written.
    """
    path = Path(document)
    with machine_faults(path, "read"):
        raw = first_bytes(path)
    try:
        figure = claims.figure_of(Examination.of_document(json.loads(raw)))
    except (ValueError, RecursionError):
        rule = "neither a result folder nor a document of `influence-sim claims --test --json`"
        raise InputError(wrong(path, "", rule)) from None
    source = stamp(hashlib.sha256(raw).hexdigest())
    pictures = views.pictures(figure, path.stem, svg=svg, source=source)
    with machine_faults(path.parent):
        return put_files({path.with_name(name): data for name, data in pictures.items()})


def _select(
    kind: str, kinds: Sequence[str], outcomes: Sequence[str], months: Sequence[str], *, every: bool, **kwargs: Any
) -> Selection:
    """The figures to draw of a kind of folder; an `InputError` reports all problems at once."""
    problems, parsed_months = [], set()
    for name in kinds:
        if name not in FIGURE_KINDS[kind]:
            hint = f"there is {', '.join(FIGURE_KINDS[kind])}"
            problems.append(wrong("--kind", name, f"no figure of a folder of `{kind}`", hint))
    problems += unknown_outcomes(outcomes, load_theatre().vocabulary.outcomes)
    for text in months:
        try:
            parsed_months.add(parse_month(text))
        except ValueError as error:
            problems.append(wrong("--month", text, str(error)))
    chosen = FIGURE_KINDS[kind] if every else tuple(dict.fromkeys(kinds)) or FIGURE_KINDS[kind][:1]
    if outcomes and not kinds and not every and kind == RUN:
        chosen = (*chosen, "fan")
    replicates = [] if kwargs["replicate"] is None else [kwargs["replicate"]]
    for option, values in {"--outcome": outcomes, "--month": months, "--replicate": replicates}.items():
        if values and not {*CHOOSES[option]} & {*chosen}:
            rule = f"chooses for {', '.join(CHOOSES[option])}, and none of these is drawn"
            problems.append(wrong(option, ", ".join(map(str, values)), rule))
    raise_any(problems)
    return Selection(chosen, tuple(dict.fromkeys(outcomes)), tuple(sorted(parsed_months)), every, **kwargs)


def _draw_kind(kind: str, folder: Path, selection: Selection) -> NamedFigures:
    """Draws a selection for a folder of a kind."""
    if kind == RUN:
        yield from _draw_run(folder, selection)
    elif kind == COMPARE:
        comparison = compare.read(folder)
        for name in selection.outcomes:
            require(name, comparison.outcomes, "--outcome", "was not compared")
        if not selection.outcomes:
            yield "forest", comparison.figure()
        for name in selection.outcomes:
            yield f"forest_{name}", comparison.plot(name)
    elif kind == EXPLAIN:
        explanation = explain.read(folder)
        yield "waterfall", explanation.figure()
        for division in explanation.divisions if selection.every else ():
            yield f"waterfall_{division}", explanation.plot(division)
    elif kind == SWEEP:
        sweep = load_sweep(folder)
        if "sensitivity" in selection.kinds:
            yield from sensitivity_pages(sensitivity(sweep, selection.outcomes or None), sweep).items()
        if selection.every and not sweep.mapped:
            selection.left_out.append(f"no figure `heatmap`: {NO_GRID}")
        elif "heatmap" in selection.kinds:
            yield from heat_map_pages(sweep, selection.outcomes, map(format_month, selection.months))
    else:
        yield "verdicts", claims.read(folder).figure()


def _draw_run(folder: Path, selection: Selection) -> NamedFigures:
    """Draws a selection for a run, kind by kind; what cannot be drawn is refused, or left out if all are selected."""
    result = run.read(folder)
    outcomes: Sequence[str] = selection.outcomes or (result.outcomes if selection.every else result.reported)
    shapes, no_map = _province_shapes(selection)
    tests = _claim_tests(folder) if "verdicts" in selection.kinds else None
    if selection.every and not selection.outcomes:
        constant = [name for name in outcomes if views.stands_still(result.summary, name)]
        outcomes = [name for name in outcomes if name not in constant]
        if names := ", ".join(labels()[name].label for name in constant):
            selection.left_out.append(f"no fan of what never moves in this run: {names}")
    reasons = {
        "difference": result.against is None and "run without a second arm: there is no difference to draw",
        "map": no_map,
        "verdicts": tests is None and f"no claim that {result.scenario} names is among the tested ones",
    }
    replay = _replay(result, selection) if shapes or "network" in selection.kinds else None
    for kind in selection.kinds:
        if reason := reasons.get(kind):
            if not selection.every:
                raise InputError(wrong("--kind", kind, reason))
            selection.left_out.append(f"no figure `{kind}`: {reason}")
        elif kind == "headline":
            yield kind, result.figure()
        elif kind == "fan" or (kind == "difference" and not selection.every):  # fans include their differences
            yield from _outcome_figures(kind, result, outcomes)
        elif kind == "multiples":
            captions = {"title": "Every outcome of the run", **_captions(result)}
            yield kind, views.multiples(result.summary, selection.outcomes, **captions, **result.look)
        elif kind == "verdicts" and tests is not None:
            yield kind, claims.figure_of(shipped_examination(), tests, f"Claims that “{result.title}” bears on")
        elif kind == "stances":
            stem = kind if selection.replicate is None else f"{kind}_{selection.replicate}"
            yield stem, _stances_page(result, selection.replicate)
        elif kind == "network" and replay is not None:
            yield kind, _network_page(result, replay)
        elif kind == "map" and replay is not None:
            yield from _maps(result, replay, shapes, animate=selection.animate)


def _captions(result: Result, replicates: int = 0) -> dict[str, Any]:
    """Subtitle and note of a figure: the scenario, and the sample, with a number of replicates if it is smaller."""
    return {"subtitle": result.title, "note": f"{result.sample_of(replicates or result.replicates)}."}


def _province_shapes(selection: Selection) -> tuple[views.Shapes, str]:
    """The shapes of the provinces if a map is selected; and if there are none, the reason."""
    try:
        shapes = views.shapes_of(load_theatre(), folder_in_use()) if "map" in selection.kinds else {}
    except InputError as error:
        if not selection.every:
            raise
        return {}, "; ".join(str(problem) for problem in error.problems[:1])
    reason = f"this theatre has no map: its folder has no {FILE}, and its words.yaml no `map`"
    return shapes, "" if shapes else reason


def _network_page(result: Result, replay: Snapshots) -> Figure:
    """The network of ties, or of how they changed."""
    theatre, ties = load_theatre(), replay.ties
    places = {name: actor.place for name, actor in theatre.words.actors.items() if actor.place is not None}
    title = views.warming(ties, theatre.within) or "No tie moves"
    if result.against is None:
        title = "Who is on which terms with whom"
    return views.network_page(
        ties, names=theatre.short, places=places, title=title, **_captions(result, replay.replicates)
    )


def _maps(result: Result, replay: Snapshots, shapes: views.Shapes, *, animate: bool) -> NamedFigures:
    """The map of who holds the provinces and where that changes; with `animate` also month by month."""
    theatre, control = load_theatre(), replay.control
    actors = {part: getattr(theatre.roles, part) for part in ("government", "insurgents", "spoiler")}
    names = {part: theatre.within.get(name, name) for part, name in actors.items()}
    title = views.ground(control, names["government"])
    if result.against is None or replay.replicates == 1:
        title = "Who holds the provinces"
    title = title or f"Nowhere does {names['government']} clearly gain or lose ground"
    yield "map", views.map_page(control, shapes, names=names, title=title, **_captions(result, replay.replicates))
    if animate:
        request = result.playable
        first = request.theatre.start if request.branch is None else request.branch
        monthly = snapshots(request, range(first, request.last + 1))
        yield "map", views.map_frames(monthly.control, shapes, title=result.title)


def _outcome_figures(kind: str, result: Result, outcomes: Sequence[str]) -> NamedFigures:
    """A figure of each outcome: fan and difference, or the difference alone."""
    for name in outcomes:
        texts = {"title": labels()[name].label, **_captions(result)}
        for answer in result.answers_of([name]):
            texts |= {"title": answer.finding.removesuffix("."), "subtitle": f"{result.title}\n{answer.holds}".strip()}
        if kind == "fan":
            yield f"fan_{name}", views.single(result.summary, name, **texts, **result.look)
        else:
            ax = views.difference(result.summary, name, **result.look)
            views.retitle(ax, texts["title"])
            yield f"difference_{name}", ax


def _claim_tests(folder: Path) -> pd.DataFrame | None:
    """The shipped tests of the claims that a run's scenario names; none in another theatre."""
    if load_theatre().digest != shipped().digest:
        return None
    claim_ids = load_scenario(folder / SCENARIO, load_theatre().vocabulary).claims
    table = shipped_examination().table
    rows = table[table["claim"].isin(claim_ids) & table["share"].notna()]
    return None if rows.empty else rows


def _stances_page(result: Result, replicate: int | None) -> Figure:
    """Who holds which option when, in both arms, and the change."""
    theatre, arms = load_theatre(), result.playable.names
    roles = ("scenario", "baseline") if len(arms) > 1 else ("",)
    tables = {}
    for role, name in zip(roles, arms, strict=True):
        tables[role] = stances_in_words(result.stances(replicate, name))
    title = "Which policies actors hold"
    if replicate is not None:
        title += f" in replicate {replicate}"
    elif len(tables) > 1:
        title = views.turns(tables["scenario"], tables["baseline"], theatre.short)
    count = min(result.replicates, REPLICATES) if replicate is None else 1
    options: dict[str, Any] = {"branch": result.branch_date, "names": theatre.short}
    return views.stances_page(tables, title=title, **options, **_captions(result, count))


def _replay(result: Result, selection: Selection) -> Snapshots:
    """Replays a run for what it did not record; an `InputError` if it does not have the months."""
    request = result.playable
    first = request.theatre.start
    for month in selection.months:
        if not first <= month <= request.last:
            rule = f"the run goes from {format_month(first)} to {format_month(request.last)}"
            raise InputError(wrong("--month", format_month(month), rule))
    return snapshots(request, selection.months or [request.last])
