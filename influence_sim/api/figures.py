"""The figures of a result folder, drawn again and more of them. Importing this loads matplotlib."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim import views
from influence_sim.api import claims, compare, explain, run
from influence_sim.api.explore import save_pages, sensitivity, sensitivity_pages
from influence_sim.api.kept import unknown
from influence_sim.api.lookups import labels
from influence_sim.api.result import Result
from influence_sim.api.sweep import load_sweep
from influence_sim.base.errors import InputError, MachineError, machine_faults, wrong
from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.runs.manifest import CLAIMS, COMPARE, EXPLAIN, RUN, SWEEP, read_complete, read_manifest
from influence_sim.runs.request import SCENARIO, read_request
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre import shipped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.analysis.snapshots import Snapshots

KINDS: Mapping[str, tuple[str, ...]] = {
    RUN: ("headline", "fan", "difference", "multiples", "network", "map", "verdicts"),
    COMPARE: ("forest",),
    EXPLAIN: ("waterfall",),
    SWEEP: ("sensitivity",),
    CLAIMS: ("verdicts",),
}
"""What can be drawn of each kind of folder, its own figure first."""
LARGEST = 64 << 20
"""Bytes of a document of verdicts."""
Drawn = Iterator[tuple[str, "Figure | Axes"]]
"""Figures, each with the name of its file."""


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn."""

    kinds: tuple[str, ...]  # of figures
    outcomes: tuple[str, ...]  # of figures that show one, or some; none for the usual ones
    months: tuple[Month, ...]  # of networks and maps; none for the first, the last common and the last month
    every: bool  # figures of all outcomes, if none are named


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
        folder: of any kind.
        kinds: `headline`, `fan`, `difference`, `multiples`, `network`, `map` and `verdicts` of a run, `forest` of a
            comparison, `waterfall` of an explanation, `sensitivity` of a sweep, `verdicts` of tested claims; by
            default the folder's own figure, and of a run the fan of each outcome that is named.
        outcomes: for figures of one outcome, and multiples; by default the headline outcomes, or all where all fit.
        months: YYYY-MM, for networks and maps; by default the first month, the last before the branch, and the last.
        every: all kinds, and unless outcomes are named, fans and differences of all of them.
        svg: also write SVG.

    Returns:
        The files written.

    Raises:
        InputError: it is no complete result folder, or cannot be drawn so.
        MachineError: a file in it is missing or damaged, another process writes there, or the disk fails.
    """
    place = Path(folder)
    kind = read_complete(place, *KINDS).kind
    wanted = _wanted(kind, kinds, outcomes, months, every=every)
    return save_pages(_DRAWN[kind](place, wanted), place, svg=svg)


def draw_verdicts(document: str | Path, *, svg: bool = False) -> list[Path]:
    """Draws the verdicts that `influence-sim claims --test --json` has printed into a file, beside that file.

    Raises:
        InputError: it is no such document.
        MachineError: it cannot be read, or the figure cannot be written.
    """
    import pandas as pd

    path = Path(document)
    with machine_faults(path, "read"):
        text = path.read_bytes()[:LARGEST]
    try:
        figure = claims.figure_of(pd.DataFrame(json.loads(text)["tests"]))
    except (ValueError, KeyError, TypeError):
        raise InputError(wrong(path, "", "not a document of `influence-sim claims --test --json`")) from None
    with machine_faults(path.parent):
        return list(views.save_figure(figure, path.with_suffix(".png"), svg=svg))


def _wanted(kind: str, kinds: Sequence[str], outcomes: Sequence[str], months: Sequence[str], *, every: bool) -> Wanted:
    """What is asked for of a kind of folder; an `InputError` says everything that is wrong with it."""
    problems, parsed = [], set()
    for name in kinds:
        if name not in KINDS[kind]:
            hint = f"there is {', '.join(KINDS[kind])}"
            problems.append(wrong("--kind", name, f"no figure of a folder of `{kind}`", hint))
    problems += unknown(outcomes, load_theatre().vocabulary.outcomes, "--outcome")
    for text in months:
        try:
            parsed.add(parse_month(text))
        except ValueError as error:
            problems.append(wrong("--month", text, str(error)))
    if problems:
        raise InputError(problems)
    own = KINDS[kind][:1]
    chosen = KINDS[kind] if every else tuple(dict.fromkeys(kinds)) or own
    if outcomes and not kinds and not every and kind == RUN:
        chosen = (*own, "fan")
    return Wanted(chosen, tuple(dict.fromkeys(outcomes)), tuple(sorted(parsed)), every)


def _of_comparison(folder: Path, wanted: Wanted) -> Drawn:
    found = compare.read(folder)
    for name in wanted.outcomes:
        if name not in found.outcomes:
            hint = f"there is {', '.join(found.outcomes)}"
            raise InputError(wrong("--outcome", name, "was not compared", hint))
    if not wanted.outcomes:
        yield "forest", found.figure()
    for name in wanted.outcomes:
        yield f"forest_{name}", found.plot(name)


def _of_explanation(folder: Path, wanted: Wanted) -> Drawn:
    found = explain.read(folder)
    yield "waterfall", found.figure()
    for division in found.divisions if wanted.every else ():
        yield f"waterfall_{division}", found.plot(division)


def _of_sweep(folder: Path, wanted: Wanted) -> Drawn:
    swept = load_sweep(folder)
    yield from sensitivity_pages(sensitivity(swept, wanted.outcomes or None), swept.title).items()


def _of_claims(folder: Path, _: Wanted) -> Drawn:
    yield "verdicts", claims.read(folder).figure()


def _of_run(folder: Path, wanted: Wanted) -> Drawn:
    figures = RunFigures(folder, run.read(folder), wanted)
    for kind in wanted.kinds:
        yield from getattr(figures, kind)()


_DRAWN: Mapping[str, Callable[[Path, Wanted], Drawn]] = {
    RUN: _of_run,
    COMPARE: _of_comparison,
    EXPLAIN: _of_explanation,
    SWEEP: _of_sweep,
    CLAIMS: _of_claims,
}


@dataclass(frozen=True)
class RunFigures:
    """Draws what is wanted of a run; its methods bear the names of the kinds."""

    folder: Path
    result: Result
    wanted: Wanted

    @property
    def look(self) -> dict[str, Any]:
        """What every figure of outcomes is given."""
        return {"branch": self.result.branch_date, "labels": labels()}

    @property
    def note(self) -> str:
        """The small print of a page."""
        return f"{self.result.replicates} replicates, seed {self.result.seed}."

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes of single figures."""
        return self.wanted.outcomes or (self.result.outcomes if self.wanted.every else load_theatre().headline)

    def headline(self) -> Drawn:
        """The page of a run."""
        yield "headline", self.result.headline()

    def fan(self) -> Drawn:
        """Each outcome in both arms, over its difference."""
        for name in self.outcomes:
            yield f"fan_{name}", views.single(self.result.summary, name, note=self.note, **self.look)

    def difference(self) -> Drawn:
        """The paired difference of each outcome; of a run of one arm there is none."""
        if self.result.against is None:
            self._refuse("difference", "run without a second arm: there is no difference to draw")
            return
        for name in self.outcomes:
            yield f"difference_{name}", views.difference(self.result.summary, name, **self.look)

    def multiples(self) -> Drawn:
        """All outcomes, small."""
        said: dict[str, Any] = {"title": "Every outcome of the run", "subtitle": self.result.title, "note": self.note}
        yield "multiples", views.multiples(self.result.summary, self.wanted.outcomes, **said, **self.look)

    def network(self) -> Drawn:
        """Ties at some months."""
        theatre = load_theatre()
        places = {name: actor.place for name, actor in theatre.words.actors.items() if actor.place is not None}
        said = self._replayed("Who is on which terms with whom")
        yield "network", views.network_page(self.snapshots.ties, names=theatre.short, places=places, **said)

    def map(self) -> Drawn:
        """Control of the provinces at some months; not every theatre has a map."""
        theatre = load_theatre()
        if not theatre.tiles:
            self._refuse("map", "this theatre has no map; draw one in its words.yaml")
            return
        parts = {part: getattr(theatre.roles, part) for part in ("insurgents", "spoiler")}
        called = {part: theatre.within.get(name, name) for part, name in parts.items()}
        said = self._replayed("Who holds the provinces")
        yield "map", views.map_page(self.snapshots.control, theatre.tiles, **called, **said)

    def verdicts(self) -> Drawn:
        """The tests of the claims that the scenario names, as the package ships them; in its theatre only."""
        from influence_sim.analysis.claims.examination import shipped_examination

        named: tuple[str, ...] = ()
        if load_theatre().digest == shipped().digest:  # in another theatre nobody has tested them
            named = load_scenario(self.folder / SCENARIO, load_theatre().vocabulary).claims
        table = shipped_examination().table
        table = table[table["claim"].isin(named) & table["share"].notna()]
        if table.empty:
            self._refuse("verdicts", f"no claim that {self.result.scenario} names is among the tested ones")
            return
        subtitle = f"Claims that {self.result.scenario} bears on"
        yield "verdicts", views.verdicts_page(table, title=views.tally(table), subtitle=subtitle)

    def _refuse(self, kind: str, rule: str) -> None:
        """Refuses a figure that was asked for by name; where every figure is wanted, it is left out."""
        if not self.wanted.every:
            raise InputError(wrong("--kind", kind, rule))

    def _replayed(self, title: str) -> dict[str, Any]:
        """What heads and ends a page of snapshots."""
        note = f"{self.snapshots.replicates} replicates, seed {self.result.seed}."
        return {"title": title, "subtitle": self.result.title, "note": note}

    @cached_property
    def snapshots(self) -> Snapshots:
        """What the run did not record, played again.

        Raises:
            InputError: a month is not one of the run, or its scenario cannot be run any more.
            MachineError: the model has changed.
        """
        from influence_sim.analysis.snapshots import snapshots

        manifest = read_manifest(self.folder)
        request = read_request(self.folder, manifest, load_theatre())
        first = request.theatre.start
        for month in self.wanted.months:
            if not first <= month <= request.last:
                rule = f"the run goes from {format_month(first)} to {format_month(request.last)}"
                raise InputError(wrong("--month", format_month(month), rule))
        if request.model_version != manifest.model_version:
            raise MachineError(
                f"{self.folder}: the model has changed since this run, so that ties and provinces, which it did not "
                "record, cannot be had again; run it anew"
            )
        before = first if request.branch is None else max(request.branch - 1, first)
        return snapshots(request, self.wanted.months or sorted({first, before, request.last}))
