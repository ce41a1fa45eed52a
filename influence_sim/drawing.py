"""The public function that draws the figures of a result folder again, and more of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.result import HEADLINE, Result, branch_date, labels
from influence_sim.scenario import InputError, MachineError, Month, Problem, format_month, parse_month
from influence_sim.scenario.errors import did_you_mean
from influence_sim.theatre import START
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.analysis.snapshots import Snapshots

__all__ = ["KINDS", "draw", "draw_verdicts"]

HEADLINE_PAGE, FAN, DIFFERENCE, MULTIPLES = "headline", "fan", "difference", "multiples"
NETWORK, MAP, VERDICTS = "network", "map", "verdicts"
FOREST, WATERFALL = "forest", "waterfall"
KINDS: Mapping[str, tuple[str, ...]] = {
    "run": (HEADLINE_PAGE, FAN, DIFFERENCE, MULTIPLES, NETWORK, MAP, VERDICTS),
    "compare": (FOREST,),
    "explain": (WATERFALL,),
}
"""What can be drawn of each kind of folder, its own figure first."""
FIGURES = "figures"
PLURAL = {"holds": "hold", "depends": "depend", "fails": "fail"}
Drawn = Iterator[tuple[str, "Figure | Axes"]]
LARGEST = 64 << 20
"""Bytes of a document of verdicts."""


@dataclass(frozen=True)
class Wish:
    """What is to be drawn.

    Attributes:
        kinds: of figures.
        outcomes: of fans and differences, and of what else shows outcomes; none for the usual ones.
        months: of networks and maps; none for the first, the last common and the last month.
        every: fans and differences of all outcomes, if none are named.
    """

    kinds: tuple[str, ...]
    outcomes: tuple[str, ...]
    months: tuple[Month, ...]
    every: bool


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
    from influence_sim.experiments.faults import machine_faults
    from influence_sim.experiments.folder import record_files
    from influence_sim.experiments.manifest import COMPLETE, read_manifest

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
    from influence_sim.experiments.faults import machine_faults

    path = Path(document)
    with machine_faults(path, "read"):
        text = path.read_bytes()[:LARGEST]
    try:
        table = pd.DataFrame(json.loads(text)["tests"])
        figure = views.verdicts_page(table, title=_tally(table), subtitle="Declared tests of the article's claims")
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
    from influence_sim.comparing import load_comparison

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
    from influence_sim.explaining import load_explanation

    found = load_explanation(folder)
    yield WATERFALL, found.figure()
    if wish.every:
        for division in found.divisions:
            yield f"{WATERFALL}_{division}", found.plot(division)


def _run(folder: Path, wish: Wish) -> Drawn:
    from influence_sim import runs

    drawer = _Drawer(folder, runs.from_folder(folder), wish)
    for kind in wish.kinds:
        yield from drawer.kinds[kind]()


@dataclass(frozen=True)
class _Drawer:
    """Draws what is wished of a run."""

    folder: Path
    result: Result
    wish: Wish

    @property
    def kinds(self) -> Mapping[str, Callable[[], Drawn]]:
        """Kind -> what draws it."""
        return {
            HEADLINE_PAGE: self.headline,
            FAN: self.fans,
            DIFFERENCE: self.differences,
            MULTIPLES: self.multiples,
            NETWORK: self.network,
            MAP: self.map,
            VERDICTS: self.verdicts,
        }

    @property
    def look(self) -> dict[str, Any]:
        """What every figure of outcomes is told."""
        branch = self.result.branch
        return {"branch": None if branch is None else branch_date(branch), "labels": labels()}

    @property
    def words(self) -> dict[str, Any]:
        """What heads and ends a page."""
        note = f"{self.result.replicates} replicates, seed {self.result.seed}."
        return {"subtitle": self.result.title, "note": note}

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes of single figures."""
        return self.wish.outcomes or (self.result.outcomes if self.wish.every else HEADLINE)

    def headline(self) -> Drawn:
        """The page of a run."""
        yield HEADLINE_PAGE, self.result.headline()

    def fans(self) -> Drawn:
        """An outcome in both arms, over its difference."""
        from influence_sim import views

        for name in self.outcomes:
            yield f"{FAN}_{name}", views.single(self.result.summary, name, note=self.words["note"], **self.look)

    def differences(self) -> Drawn:
        """The paired difference of an outcome.

        Raises:
            InputError: the run has one arm, and differences were asked for by name.
        """
        from influence_sim import views

        if self.result.against is None:
            if self.wish.every:
                return
            rule = "run without a second arm: there is no difference to draw"
            raise InputError(Problem("--kind", None, None, DIFFERENCE, rule))
        for name in self.outcomes:
            yield f"{DIFFERENCE}_{name}", views.difference(self.result.summary, name, **self.look)

    def multiples(self) -> Drawn:
        """All outcomes, small."""
        from influence_sim import views

        yield (
            MULTIPLES,
            views.multiples(
                self.result.summary, self.wish.outcomes, title="Every outcome of the run", **self.words, **self.look
            ),
        )

    def network(self) -> Drawn:
        """Ties at some months."""
        from influence_sim import views

        page = views.network_page(
            self.snapshots.ties,
            title="Who is on which terms with whom",
            subtitle=self.words["subtitle"],
            note=self._played,
        )
        yield NETWORK, page

    def map(self) -> Drawn:
        """Control of the provinces at some months."""
        from influence_sim import views

        title = "Who holds the provinces"
        page = views.map_page(self.snapshots.control, title=title, subtitle=self.words["subtitle"], note=self._played)
        yield MAP, page

    def verdicts(self) -> Drawn:
        """The tests of the claims that the scenario names, as the package ships them.

        Raises:
            InputError: none of them was tested, and verdicts were asked for by name.
        """
        from influence_sim import views

        table = _shipped(self.claims)
        if table.empty and self.wish.every:
            return
        if table.empty:
            rule = f"no claim that {self.result.scenario} names is among the tested ones"
            raise InputError(Problem("--kind", None, None, VERDICTS, rule))
        page = views.verdicts_page(table, title=_tally(table), subtitle=f"Claims that {self.result.scenario} bears on")
        yield VERDICTS, page

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that the scenario names."""
        from influence_sim.experiments.execution import SCENARIO
        from influence_sim.scenario import load_scenario

        return load_scenario(self.folder / SCENARIO, load_theatre().vocabulary).claims

    @cached_property
    def snapshots(self) -> Snapshots:
        """What the run did not record, played again.

        Raises:
            InputError: a month is not one of the run, or its scenario cannot be run any more.
        """
        from influence_sim.analysis.snapshots import snapshots
        from influence_sim.experiments.manifest import read_manifest
        from influence_sim.experiments.repetition import request_of

        last = START + self.result.months - 1
        for month in self.wish.months:
            if not START <= month <= last:
                rule = f"the run goes from {format_month(START)} to {format_month(last)}"
                raise InputError(Problem("--month", None, None, format_month(month), rule))
        manifest = read_manifest(self.folder)
        request = request_of(self.folder, manifest, load_theatre())
        if request.model_version != manifest.model_version:
            raise MachineError(
                f"{self.folder}: the model has changed since this run, so that ties and provinces, which it did not "
                "record, cannot be had again; run it anew"
            )
        before = START if self.result.branch is None else max(self.result.branch - 1, START)
        return snapshots(request, self.wish.months or sorted({START, before, last}))

    @property
    def _played(self) -> str:
        return f"{self.snapshots.replicates} replicates, seed {self.result.seed}."


def _shipped(claims: Sequence[str]) -> pd.DataFrame:
    """The shipped tests of some claims, as `verdicts` draws them.

    Raises:
        MachineError: the installation has no page of verdicts.
    """
    import re

    import pandas as pd

    from influence_sim.views import report_claims
    from influence_sim.views.verdicts import COLUMNS

    path = report_claims.shipped_page()
    if path is None:
        raise MachineError("the page of tested claims is missing; install influence-sim again")
    rows = []
    for test in report_claims.verdicts(path.read_text(encoding="utf-8")):
        share, low, high = (float(number) / 100 for number in re.findall(r"\d+(?:\.\d+)?", test.worlds))
        if test.id.split("-")[0] in claims:
            found = {"test": test.id, "share": share, "share_low": low, "share_high": high}
            rows.append(found | {"verdict": test.verdict, "kind": test.kind})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _tally(table: pd.DataFrame) -> str:
    """How many tests hold, depend and fail."""
    counts = table["verdict"].value_counts().reindex(["holds", "depends", "fails"], fill_value=0)
    told = [f"{number} {verdict if number == 1 else PLURAL[str(verdict)]}" for verdict, number in counts.items()]
    return f"Of {int(counts.sum())} tests {', '.join(told)}"
