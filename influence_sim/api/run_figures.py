"""The figures of a run: of what it recorded, and of what can be had by playing a few replicates again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import InputError, MachineError, Problem
from influence_sim.base.months import Month, format_month
from influence_sim.results.result import HEADLINE, Result, branch_date, labels
from influence_sim.theatre import START
from influence_sim.theatre import load as load_theatre

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim.analysis.snapshots import Snapshots

HEADLINE_PAGE, FAN, DIFFERENCE, MULTIPLES = "headline", "fan", "difference", "multiples"
NETWORK, MAP, VERDICTS = "network", "map", "verdicts"
RUN_KINDS = (HEADLINE_PAGE, FAN, DIFFERENCE, MULTIPLES, NETWORK, MAP, VERDICTS)
Drawn = Iterator[tuple[str, "Figure | Axes"]]


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


@dataclass(frozen=True)
class RunFigures:
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

        theatre = load_theatre()
        placed = {name: words.place for name, words in theatre.words.actors.items() if words.place is not None}
        page = views.network_page(
            self.snapshots.ties,
            names=theatre.short,
            places=placed,
            title="Who is on which terms with whom",
            subtitle=self.words["subtitle"],
            note=self._played,
        )
        yield NETWORK, page

    def map(self) -> Drawn:
        """Control of the provinces at some months.

        Raises:
            InputError: the theatre has no map, and one was asked for by name.
        """
        from influence_sim import views

        theatre = load_theatre()
        if not theatre.tiles:
            if not self.wish.every:
                rule = "this theatre has no map; draw one in its words.yaml"
                raise InputError(Problem("--kind", None, None, MAP, rule))
            return
        within, roles = theatre.within, theatre.roles
        page = views.map_page(
            self.snapshots.control,
            theatre.tiles,
            title="Who holds the provinces",
            subtitle=self.words["subtitle"],
            note=self._played,
            insurgents=within.get(roles.insurgents, roles.insurgents),
            spoiler=within.get(roles.spoiler, roles.spoiler),
        )
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
        page = views.verdicts_page(
            table, title=views.tally(table), subtitle=f"Claims that {self.result.scenario} bears on"
        )
        yield VERDICTS, page

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that the scenario names; none in another theatre, where nobody has tested them."""
        from influence_sim.runs.execution import SCENARIO
        from influence_sim.scenario import load_scenario
        from influence_sim.theatre import shipped

        if load_theatre().digest != shipped().digest:
            return ()
        return load_scenario(self.folder / SCENARIO, load_theatre().vocabulary).claims

    @cached_property
    def snapshots(self) -> Snapshots:
        """What the run did not record, played again.

        Raises:
            InputError: a month is not one of the run, or its scenario cannot be run any more.
        """
        from influence_sim.analysis.snapshots import snapshots
        from influence_sim.runs.manifest import read_manifest
        from influence_sim.runs.repetition import request_of

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
        MachineError: the installation has no table of verdicts.
    """
    from influence_sim.analysis.claims.examination import shipped_examination

    table = shipped_examination().table
    return table[table["claim"].isin(claims) & table["share"].notna()]
