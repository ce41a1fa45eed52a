"""A run's trajectories, and what it does not record but a replay shows: who held which policy when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property

from influence_sim import model
from influence_sim.api.base_result import ComputedResult, ScenarioResult, require
from influence_sim.api.late import Axes, division, np, pa, pd, replay, store, summary, views
from influence_sim.api.lookups import stances_in_words
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, wrong
from influence_sim.base.numbers import Floats
from influence_sim.base.progress import Progress
from influence_sim.runs.folder import read_whole
from influence_sim.runs.manifest import RUN
from influence_sim.runs.request import TRAJECTORIES, RunRequest, read_request
from influence_sim.theatre import load as load_theatre


class PlayableRun(ScenarioResult, ComputedResult):
    """A run of one or two arms, in memory or in a folder."""

    @property
    def branch(self) -> str | None:
        """The first month in which the arms may differ, YYYY-MM; None if there is none."""
        branch = self.about["scenario"].get("branch")
        return None if branch is None else str(branch)

    @property
    def branch_date(self) -> pd.Timestamp | None:
        """The first day on which the arms may differ, to compare dates in tables with."""
        return None if self.branch is None else pd.Timestamp(self.branch)

    @validated
    def decisions(self, actor: str, replicate: int = 0, scenario: str | None = None) -> pd.DataFrame:
        """What an actor thought and chose in one replicate, which is played again for it.

        Args:
            actor: its id.
            replicate: its number.
            scenario: one of the two arms; by default the scenario's own.

        Returns:
            Indexed by date, stance and option. `was`, `chosen`: whether the option held before the month, and after it.
            `reviewed`: whether the actor looked at the stance. `value`: what the option was worth; `changing`: what it
            would have cost to change to it. `considered`: how far it was, from 0 to 1. `probability`: of choosing
            it, if the stance is reviewed; `draw`: what decided, the options' probabilities laid end to end in their
            order. `reasons`: what the value is made of, interest by interest and rule by rule, with cost and aversion.
            `fixed`: whether the scenario does some of this in the actor's stead that month, so that the stance did not
            matter there.

        Raises:
            InputError: there is no such actor, replicate or arm.
            MachineError: the model has changed since the run.

        Examples:
            >>> from influence_sim import run
            >>> result = run("baseline", against=None, replicates=2, months=12)
            >>> thought = result.decisions(load_theatre().roles.challenger, replicate=1)
            >>> chosen = thought[thought["chosen"]].reset_index().pivot(index="date", columns="stance", values="option")
            >>> chosen["dealing"].iloc[[0, -1]].tolist()
            ['none', 'open']
        """
        require(actor, load_theatre().vocabulary.actors, "actor", "not an actor")
        self._require_replicate(replicate)
        return replay.decisions(self._arm(scenario), actor, seed=self.seed, replicate=replicate)

    @validated
    def stances(self, replicate: int | None = None, scenario: str | None = None) -> pd.DataFrame:
        """Which options actors hold when: all of the first 64 replicates, which are played again, or one of them.

        Arguments and errors as for `decisions`.

        Returns:
            One row an option and month: actor, stance, option, date, the `share` of replicates that hold it at the end
            of the month, how far it goes (`extent`, from 0 for the first option of its stance to 1 for the last), and
            whether the scenario does some of this in the actor's stead (`fixed`), and at which `level`, if at one.
        """
        if replicate is None:
            replicates = range(min(self.replicates, replay.REPLICATES))
        else:
            self._require_replicate(replicate)
            replicates = range(replicate, replicate + 1)
        return replay.held(self._arm(scenario), seed=self.seed, replicates=replicates)

    @validated
    def plot_stances(self, replicate: int | None = None, scenario: str | None = None, ax: Axes | None = None) -> Axes:
        """Draws who holds which option when, in one arm; arguments and errors as for `stances` and `plot`."""
        table = stances_in_words(self.stances(replicate, scenario))
        return views.stances(table, branch=self.branch_date, ax=ax, names=load_theatre().short)

    @validated
    def division(self, outcome: str, *, workers: int = 1) -> pd.DataFrame:
        """What carries the difference of an outcome; runs two more arms, the first time that it is asked for.

        Both arms stand on the same draws, and so do two between them: in one everyone but the scenario decides as in
        the other arm's replicate, and each month begins where that replicate stands; in the other only decisions are
        kept.

        Returns:
            Indexed by date; columns of two levels. The first is the `part`: `effect`, the mean paired difference;
            `itself`, what the scenario does in one month; `ground`, what that adds up to in ground and stocks;
            `response`, what others decide otherwise. The three add up to the effect. The second is the `statistic`:
            `mean`, `ci_low`, `ci_high`, as of `difference`.

        Raises:
            InputError: the outcome does not exist, or the run has one arm.
            MachineError: it was read from a folder, and a file there is missing or damaged.

        Examples:
            >>> from influence_sim import run
            >>> parts = run("us_engages_taliban", replicates=4, months=40).division("kabul_authority")
            >>> parts["response"].columns.tolist()
            ['mean', 'ci_low', 'ci_high']
        """
        require(outcome, load_theatre().vocabulary.outcomes, "outcome", "not an outcome")
        self._require_two_arms("division")
        if outcome not in self._divisions:
            (gaps,) = division.divide([self.playable], [outcome], each_month=True, workers=workers)
            self._divisions[outcome] = division.by_month(gaps[..., 0], self.playable.theatre.start)
        return self._divisions[outcome].copy()

    @cached_property
    def _divisions(self) -> dict[str, pd.DataFrame]:
        return {}

    def _require_two_arms(self, name: str) -> None:
        """Refuses what only a run with a baseline has (`InputError`)."""
        if self.against is None:
            raise InputError(wrong(name, self.scenario, "run without a second arm: there is no difference"))

    def _require_replicate(self, number: int) -> None:
        if number not in range(self.replicates):
            rule = f"the run has {self.replicates} replicate{'s' * (self.replicates > 1)}, numbered from 0"
            raise InputError(wrong("replicate", number, rule))

    def _arm(self, scenario: str | None) -> model.Arm:
        """An arm to play again, by default the scenario's."""
        name = self.scenario if scenario is None else scenario
        require(name, self.playable.names, "scenario", "not an arm of this run")
        return self.playable.arms[self.playable.names.index(name)]

    @cached_property
    def playable(self) -> RunRequest:
        """The request that it answers, to play some of it again.

        Raises:
            MachineError: the model has changed since the run, or a file of its folder is missing or damaged.
        """
        if self.folder is None or self.request is not None:
            request: RunRequest = self.request
            return request
        manifest = read_whole(self.folder, RUN, but=(TRAJECTORIES,))
        request = read_request(self.folder, manifest, load_theatre())
        if request.model_version != manifest.model_version:
            raise MachineError(
                f"{self.folder}: the model has changed since this run, so that what it did not record cannot be had "
                "again; run it anew"
            )
        return request


def trajectories(
    request: RunRequest, arms: Sequence[model.Arm], *, workers: int = 1, progress: Progress | None = None
) -> Iterator[Floats]:
    """Runs arms for a request, and yields the outcomes of each, shape (months, outcomes, replicates)."""
    from influence_sim.runs.points import Job, records, run_points

    jobs = [Job([arm], request.seed, request.replicates, records, split=True) for arm in arms]
    remaining = request.replicates
    outcomes = np.empty((request.months, len(request.theatre.outcomes), request.replicates))
    with closing(run_points(jobs, workers=workers, progress=progress)) as blocks:
        for block in blocks:
            # Month by month, since the first block touches all of the memory: a single call would ignore interrupts for
            # seconds.
            for month, values in enumerate(block.value[0]):
                outcomes[month][:, block.replicates] = values
            remaining -= len(block.replicates)
            if not remaining:
                yield outcomes
                outcomes, remaining = np.empty_like(outcomes), request.replicates


def summary_of(request: RunRequest, arms: Sequence[Floats]) -> pd.DataFrame:
    """The summary of a request, from the outcomes of its arms."""
    return summary.summarise(arms, request.names, request.theatre.vocabulary.outcomes, request.theatre.start)


def rows_of(request: RunRequest, arms: Iterable[Floats]) -> Iterator[pa.Table]:
    """The row groups of a request's trajectories, from the outcomes of its arms."""
    return store.row_groups(request.names, arms, request.theatre.vocabulary.outcomes, request.theatre.start)
