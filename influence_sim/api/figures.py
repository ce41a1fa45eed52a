"""The figures of a result folder, drawn again and more of them. Importing this loads matplotlib."""

from __future__ import annotations

import hashlib
import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim import views
from influence_sim.analysis.claims.examination import Examination, shipped_examination
from influence_sim.analysis.replayed import REPLICATES, Snapshots, snapshots
from influence_sim.api import FIGURE_KINDS, claims, compare, explain, run
from influence_sim.api.explore import file_name, sensitivity, sensitivity_pages
from influence_sim.api.kept import require, unknown_outcomes
from influence_sim.api.lookups import labels
from influence_sim.api.result import Result
from influence_sim.api.sweep import load_sweep
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, machine_faults, raise_any, wrong
from influence_sim.base.files import first_bytes, put_files, stamp
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import counted
from influence_sim.runs.derived import add_derived
from influence_sim.runs.folder import FIGURES
from influence_sim.runs.manifest import COMPARE, EXPLAIN, RUN, SWEEP, read_complete
from influence_sim.runs.request import SCENARIO
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre import shipped
from influence_sim.theatre.load import folder_in_use
from influence_sim.views.outlines import FILE

Drawn = Iterator[tuple[str, Figure | Axes | Iterator[Figure]]]
"""Figures, and the pictures of films, each with the name of its file."""
INDEX = "index.html"
_log = logging.getLogger("influence_sim")


class Pictures(list[Path]):
    """The files of pictures, which a notebook shows."""

    def _repr_html_(self) -> str:
        """The pictures themselves."""
        kinds = {".png": "png", ".gif": "gif"}
        shown = [(path, b64encode(path.read_bytes()).decode()) for path in self if path.suffix in kinds]
        return "".join(
            f'<p><img alt="{escape(path.stem)}" style="max-width: 100%" '
            f'src="data:image/{kinds[path.suffix]};base64,{data}"></p>'
            for path, data in shown
        )


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn."""

    kinds: tuple[str, ...]  # of figures
    outcomes: tuple[str, ...]  # of figures that show one, or some; none for the usual ones
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
            `forest` of a comparison, `waterfall` of an explanation, `sensitivity` of a sweep, `verdicts` of tested
            claims; by default the folder's own figure, and of a run the fan of each outcome that is named.
        outcomes: for figures of one outcome, and multiples; by default those that are told, or all where all fit.
        replicate: for stances; by default shares over replicates.
        months: YYYY-MM, for networks and maps; by default the last.
        every: all kinds, and unless outcomes are named, fans of all that move; and `index.html`, a page of them.
        animate: also the map month by month, as a GIF.
        svg: also write SVG.

    Returns:
        The files written, which a notebook shows.

    Raises:
        InputError: it is no complete result folder, or cannot be drawn so.
        MachineError: a file in it is missing or damaged, another process writes there, or the disk fails.
    """
    place = Path(folder)
    manifest = read_complete(place, *FIGURE_KINDS)
    if animate and manifest.kind == RUN:
        kinds = (*kinds, "map")
    wanted = _wanted(manifest.kind, kinds, outcomes, months, every=every, replicate=replicate, animate=animate)
    files, shown, source = dict[str, bytes](), list[tuple[str, str, bytes]](), stamp(manifest.numbers)
    for name, page in _drawn(manifest.kind, place, wanted):
        stem = f"{FIGURES}/{file_name(name)}"
        if isinstance(page, Iterator):
            made, said = {f"{stem}.gif": views.film(page, source)}, "The same, month by month"
        else:
            made, said = views.pictures(page, stem, svg=svg, source=source), views.caption(page)
        files |= made
        shown += [(Path(file).name, said or name, data) for file, data in made.items() if not file.endswith(".svg")]
    for text in wanted.left_out:
        _log.warning(text)
    if every:
        scenario = manifest.scenario
        about = {"title": str(scenario["title"]), "subtitle": str(scenario.get("question", ""))}
        files[f"{FIGURES}/{INDEX}"] = views.index_page(shown, left_out=wanted.left_out, source=source, **about)
    return Pictures(add_derived(place, manifest.numbers, files))


def draw_verdicts(document: str | Path, *, svg: bool = False) -> list[Path]:
    """Draws the verdicts that `influence-sim claims --test --json` has printed into a file, beside that file.

    Raises:
        InputError: it is no such document.
        MachineError: it cannot be read, or the figure cannot be written.
    """
    path = Path(document)
    with machine_faults(path, "read"):
        text = first_bytes(path)
    try:
        figure = claims.figure_of(Examination.of_document(json.loads(text)))
    except (ValueError, RecursionError):
        raise InputError(wrong(path, "", "not a document of `influence-sim claims --test --json`")) from None
    source = stamp(hashlib.sha256(text).hexdigest())
    pictures = views.pictures(figure, path.stem, svg=svg, source=source)
    with machine_faults(path.parent):
        return put_files({path.with_name(name): data for name, data in pictures.items()})


def _wanted(
    kind: str, kinds: Sequence[str], outcomes: Sequence[str], months: Sequence[str], *, every: bool, **more: Any
) -> Wanted:
    """What is asked for of a kind of folder; an `InputError` says everything that is wrong with it."""
    problems, parsed = [], set()
    for name in kinds:
        if name not in FIGURE_KINDS[kind]:
            hint = f"there is {', '.join(FIGURE_KINDS[kind])}"
            problems.append(wrong("--kind", name, f"no figure of a folder of `{kind}`", hint))
    problems += unknown_outcomes(outcomes)
    for text in months:
        try:
            parsed.add(parse_month(text))
        except ValueError as error:
            problems.append(wrong("--month", text, str(error)))
    raise_any(problems)
    chosen = FIGURE_KINDS[kind] if every else tuple(dict.fromkeys(kinds)) or FIGURE_KINDS[kind][:1]
    if outcomes and not kinds and not every and kind == RUN:
        chosen = (*chosen, "fan")
    return Wanted(chosen, tuple(dict.fromkeys(outcomes)), tuple(sorted(parsed)), every, **more)


def _drawn(kind: str, folder: Path, wanted: Wanted) -> Drawn:
    """Draws what is wanted of a kind of folder."""
    if kind == RUN:
        yield from _of_run(folder, wanted)
    elif kind == COMPARE:
        compared = compare.read(folder)
        for name in wanted.outcomes:
            require(name, compared.outcomes, "--outcome", "was not compared")
        if not wanted.outcomes:
            yield "forest", compared.figure()
        for name in wanted.outcomes:
            yield f"forest_{name}", compared.plot(name)
    elif kind == EXPLAIN:
        explained = explain.read(folder)
        yield "waterfall", explained.figure()
        for division in explained.divisions if wanted.every else ():
            yield f"waterfall_{division}", explained.plot(division)
    elif kind == SWEEP:
        swept = load_sweep(folder)
        yield from sensitivity_pages(sensitivity(swept, wanted.outcomes or None), swept.title).items()
    else:
        yield "verdicts", claims.read(folder).figure()


def _of_run(folder: Path, wanted: Wanted) -> Drawn:
    """Draws what is wanted of a run, kind by kind; what cannot be drawn is refused, or left out if all are wanted."""
    result = run.read(folder)
    outcomes: Sequence[str] = wanted.outcomes or (result.outcomes if wanted.every else result.reported)
    shapes, no_map = _shapes(wanted)
    tested = _tested(folder) if "verdicts" in wanted.kinds else None
    if wanted.every and not wanted.outcomes:
        still = [name for name in outcomes if views.stands_still(result.summary, name)]
        outcomes = [name for name in outcomes if name not in still]
        if named := ", ".join(labels()[name].label for name in still):
            wanted.left_out.append(f"no fan of what never moves in this run: {named}")
    lacking = {
        "difference": result.against is None and "run without a second arm: there is no difference to draw",
        "map": no_map,
        "verdicts": tested is None and f"no claim that {result.scenario} names is among the tested ones",
    }
    replayed = _replayed(result, wanted) if shapes or "network" in wanted.kinds else None
    for kind in wanted.kinds:
        if lack := lacking.get(kind):
            if not wanted.every:
                raise InputError(wrong("--kind", kind, lack))
            wanted.left_out.append(f"no figure `{kind}`: {lack}")
        elif kind == "headline":
            yield kind, result.figure()
        elif kind == "fan" or (kind == "difference" and not wanted.every):  # which would stand beneath every fan
            yield from _of_each(kind, result, outcomes)
        elif kind == "multiples":
            said = {"title": "Every outcome of the run", **_said(result)}
            yield kind, views.multiples(result.summary, wanted.outcomes, **said, **result.look)
        elif kind == "verdicts" and tested is not None:
            yield kind, claims.figure_of(shipped_examination(), tested, f"Claims that “{result.title}” bears on")
        elif kind == "stances":
            own = kind if wanted.replicate is None else f"{kind}_{wanted.replicate}"
            yield own, _stances_page(result, wanted.replicate)
        elif kind == "network" and replayed is not None:
            yield kind, _network_page(result, replayed)
        elif kind == "map" and replayed is not None:
            yield from _maps(result, replayed, shapes, animate=wanted.animate)


def _said(result: Result, replicates: int = 0) -> dict[str, Any]:
    """What stands beneath a title, and at the foot: the scenario, and the sample, of fewer replicates if so many."""
    sample = f"{counted(replicates, 'replicate')}, seed {result.seed}" if replicates else result.sample
    return {"subtitle": result.title, "note": f"{sample}."}


def _shapes(wanted: Wanted) -> tuple[views.Shapes, str]:
    """The shapes of the provinces if a map is wanted, and otherwise, or if there are none, why not."""
    try:
        shapes = views.shapes_of(load_theatre(), folder_in_use()) if "map" in wanted.kinds else {}
    except InputError as error:
        if not wanted.every:
            raise
        return {}, "; ".join(str(problem) for problem in error.problems[:1])
    why = f"this theatre has no map: its folder has no {FILE}, and its words.yaml no `map`"
    return shapes, "" if shapes else why


def _network_page(result: Result, replayed: Snapshots) -> Figure:
    """Which ties moved, or who is on which terms with whom."""
    theatre, ties = load_theatre(), replayed.ties
    places = {name: actor.place for name, actor in theatre.words.actors.items() if actor.place is not None}
    title = views.warming(ties, theatre.within) or "No tie moves"
    if result.against is None:
        title = "Who is on which terms with whom"
    return views.network_page(
        ties, names=theatre.short, places=places, title=title, **_said(result, replayed.replicates)
    )


def _maps(result: Result, replayed: Snapshots, shapes: views.Shapes, *, animate: bool) -> Drawn:
    """Where the government gains and loses ground, and who holds the provinces; and that month by month."""
    theatre, control = load_theatre(), replayed.control
    parts = {part: getattr(theatre.roles, part) for part in ("government", "insurgents", "spoiler")}
    called = {part: theatre.within.get(name, name) for part, name in parts.items()}
    title = views.ground(control, called["government"])
    if result.against is None or replayed.replicates == 1:
        title = "Who holds the provinces"
    title = title or f"Nowhere does {called['government']} clearly gain or lose ground"
    yield "map", views.map_page(control, shapes, names=called, title=title, **_said(result, replayed.replicates))
    if animate:
        request = result.playable
        first = request.theatre.start if request.branch is None else request.branch
        played = snapshots(request, range(first, request.last + 1))
        yield "map", views.map_frames(played.control, shapes, title=result.title)


def _of_each(kind: str, result: Result, outcomes: Sequence[str]) -> Drawn:
    """A picture of each of some outcomes: fan and difference, or the difference alone."""
    for name in outcomes:
        said = {"title": labels()[name].label, **_said(result)}
        for answer in result.answers_of([name]):
            said |= {"title": answer.finding.removesuffix("."), "subtitle": f"{result.title}\n{answer.holds}".strip()}
        if kind == "fan":
            yield f"fan_{name}", views.single(result.summary, name, **said, **result.look)
        else:
            ax = views.difference(result.summary, name, **result.look)
            views.retitle(ax, said["title"])
            yield f"difference_{name}", ax


def _tested(folder: Path) -> pd.DataFrame | None:
    """The tests of the claims that a run's scenario names, as the package ships them; in its theatre only."""
    if load_theatre().digest != shipped().digest:  # in another theatre nobody has tested them
        return None
    named = load_scenario(folder / SCENARIO, load_theatre().vocabulary).claims
    table = shipped_examination().table
    found = table[table["claim"].isin(named) & table["share"].notna()]
    return None if found.empty else found


def _stances_page(result: Result, replicate: int | None) -> Figure:
    """Who holds which option when, in both arms, and the change."""
    theatre, arms = load_theatre(), result.playable.names
    roles = ("scenario", "baseline") if len(arms) > 1 else ("",)
    tables = {role: result.stances(replicate, name) for role, name in zip(roles, arms, strict=True)}
    title = "Which policies actors hold"
    if replicate is not None:
        title += f" in replicate {replicate}"
    elif len(tables) > 1:
        title = views.turns(tables["scenario"], tables["baseline"], theatre.short)
    count = min(result.replicates, REPLICATES) if replicate is None else 1
    look: dict[str, Any] = {"branch": result.branch_date, "names": theatre.short}
    return views.stances_page(tables, title=title, **look, **_said(result, count))


def _replayed(result: Result, wanted: Wanted) -> Snapshots:
    """What a run did not record, played again: if its scenario, the months and the model allow that still."""
    request = result.playable
    first = request.theatre.start
    for month in wanted.months:
        if not first <= month <= request.last:
            rule = f"the run goes from {format_month(first)} to {format_month(request.last)}"
            raise InputError(wrong("--month", format_month(month), rule))
    return snapshots(request, wanted.months or [request.last])
