"""The public function that draws the figures of a result folder again, and more of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from influence_sim.api.run_figures import FAN, RUN_KINDS, Drawn, RunFigures, Wish
from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import parse_month
from influence_sim.theatre import load as load_theatre

__all__ = ["KINDS", "draw", "draw_verdicts"]

FOREST, WATERFALL = "forest", "waterfall"
KINDS: Mapping[str, tuple[str, ...]] = {
    "run": RUN_KINDS,
    "compare": (FOREST,),
    "explain": (WATERFALL,),
}
"""What can be drawn of each kind of folder, its own figure first."""
FIGURES = "figures"
LARGEST = 64 << 20
"""Bytes of a document of verdicts."""


def draw(
    folder: str | Path,
    kinds: Sequence[str] = (),
    *,
    outcomes: Sequence[str] = (),
    months: Sequence[str] = (),
    every: bool = False,
    svg: bool = False,
) -> list[Path]:
    """Draws figures of a result folder into it, and lists them in its manifest.

    Args:
        folder: of a run, a comparison or an explanation.
        kinds: `headline`, `fan`, `difference`, `multiples`, `network`, `map` and `verdicts` of a run, `forest` of a
            comparison, `waterfall` of an explanation; by default the folder's own figure, and the fan of each outcome
            that is named.
        outcomes: for fans, differences, multiples and forests; by default the headline outcomes, or all where all fit.
        months: YYYY-MM, for networks and maps; by default the first month, the last before the branch, and the last.
        every: all kinds, and unless outcomes are named, fans and differences of all of them.
        svg: also write SVG.

    Returns:
        The files written.

    Raises:
        InputError: it is no complete result folder, or cannot be drawn so.
        MachineError: a file in it is missing or damaged, another process writes there, or the disk fails.
    """
    from influence_sim import views
    from influence_sim.base.faults import machine_faults
    from influence_sim.runs.folder import record_files
    from influence_sim.runs.manifest import COMPLETE, read_manifest

    place = Path(folder)
    manifest = read_manifest(place)
    if manifest.status != COMPLETE or manifest.kind not in KINDS:
        told = f"{manifest.kind}, {manifest.status}"
        raise InputError(Problem(str(place), None, None, told, "there is nothing complete here that can be drawn"))
    wish = _wish(manifest.kind, kinds, outcomes, months, every=every)
    source = {"run": _run, "compare": _comparison, "explain": _explanation}[manifest.kind]
    written: list[Path] = []
    with machine_faults(place):
        for name, figure in source(place, wish):
            written += views.save_figure(figure, place / FIGURES / name, svg=svg)
        record_files(place, written)
    return written


def draw_verdicts(document: str | Path, *, svg: bool = False) -> list[Path]:
    """Draws the verdicts that `influence-sim claims --test --json` has printed into a file, beside that file.

    Raises:
        InputError: it is no such document.
        MachineError: it cannot be read, or the figure cannot be written.
    """
    import pandas as pd

    from influence_sim import views
    from influence_sim.base.faults import machine_faults

    path = Path(document)
    with machine_faults(path, "read"):
        text = path.read_bytes()[:LARGEST]
    try:
        table = pd.DataFrame(json.loads(text)["tests"])
        figure = views.verdicts_page(table, title=views.tally(table), subtitle="Declared tests of the article's claims")
    except (ValueError, KeyError, TypeError):
        rule = "not a document of `influence-sim claims --test --json`"
        raise InputError(Problem(str(path), None, None, "", rule)) from None
    with machine_faults(path.parent):
        return list(views.save_figure(figure, path.with_suffix(".png"), svg=svg))


def _wish(kind: str, kinds: Sequence[str], outcomes: Sequence[str], months: Sequence[str], *, every: bool) -> Wish:
    """What is asked for, checked.

    Raises:
        InputError: everything that is wrong with it.
    """
    problems = [*_wrong(kind, kinds, outcomes, months)]
    if problems:
        raise InputError(problems)
    own = KINDS[kind][:1]
    chosen = KINDS[kind] if every else tuple(dict.fromkeys(kinds)) or own
    if outcomes and not kinds and not every and kind == "run":
        chosen = (*own, FAN)
    return Wish(chosen, tuple(dict.fromkeys(outcomes)), tuple(sorted({parse_month(m) for m in months})), every)


def _wrong(kind: str, kinds: Sequence[str], outcomes: Sequence[str], months: Sequence[str]) -> Iterator[Problem]:
    for name in kinds:
        if name not in KINDS[kind]:
            hint = f"there is {', '.join(KINDS[kind])}"
            yield Problem("--kind", None, None, str(name), f"no figure of a folder of `{kind}`", hint)
    known = load_theatre().vocabulary.outcomes
    for name in outcomes:
        if name not in known:
            yield Problem("--outcome", None, None, str(name), "not an outcome", did_you_mean(name, known))
    for text in months:
        try:
            parse_month(text)
        except ValueError as error:
            yield Problem("--month", None, None, str(text), str(error))


def _comparison(folder: Path, wish: Wish) -> Drawn:
    from influence_sim.api.comparing import load_comparison

    found = load_comparison(folder)
    for name in wish.outcomes:
        if name not in found.outcomes:
            hint = f"there is {', '.join(found.outcomes)}"
            raise InputError(Problem("--outcome", None, None, name, "was not compared", hint))
    if not wish.outcomes:
        yield FOREST, found.figure()
    for name in wish.outcomes:
        yield f"{FOREST}_{name}", found.plot(name)


def _explanation(folder: Path, wish: Wish) -> Drawn:
    from influence_sim.api.explaining import load_explanation

    found = load_explanation(folder)
    yield WATERFALL, found.figure()
    if wish.every:
        for division in found.divisions:
            yield f"{WATERFALL}_{division}", found.plot(division)


def _run(folder: Path, wish: Wish) -> Drawn:
    from influence_sim.api import runs

    figures = RunFigures(folder, runs.from_folder(folder), wish)
    for kind in wish.kinds:
        yield from figures.kinds[kind]()
