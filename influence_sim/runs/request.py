"""The request of a run: everything that determines its numbers, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from influence_sim._version import __version__
from influence_sim.base.errors import InputError, Problem, did_you_mean, not_whole, raise_any, wrong
from influence_sim.base.months import Month, format_month
from influence_sim.base.values import ByValue, picked
from influence_sim.runs import MOST_TRIED
from influence_sim.runs.manifest import RUN, RUNNING, Manifest, digest_of, model_version, now, require_kept, versions
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import MOST_ASKED
from influence_sim.scenario.shipped import ROOT
from influence_sim.scenario.study_schema import ALONE, ASKED
from influence_sim.theatre import Theatre, shipped
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.load import folder_in_use

if TYPE_CHECKING:
    from influence_sim.model import Arm

PLAUSIBLE, PRIOR, BOTH = "plausible", "prior", "both"
WORLDS = {
    PLAUSIBLE: "plausible worlds, sets of assumptions that the record does not rule out",
    PRIOR: "worlds of the prior ranges, whether or not the record allows them",
}
"""The sets of assumptions in which a result may be tested, described for readers; a run may also use `BOTH`."""
MAX_REPLICATES = 1_000_000
MAX_SEED = 2**63 - 1
BYTES_A_VALUE = 5.7
"""Bytes of a number in a results file, measured."""
TRAJECTORIES = "trajectories.parquet"
SUMMARY, ASSUMPTIONS, DIVISION = "summary.csv", "assumptions.csv", "division.csv"
SCENARIO, AGAINST = "scenario.yaml", "against.yaml"


class Request(ByValue):
    """A computation whose results go into a folder, with all that determines its numbers."""

    kind: ClassVar[str]  # kind of the result, one of `manifest.CALLED`
    figure: ClassVar[str]  # file of its main figure
    theatre: Theatre  # the world
    seed: int  # of the draws

    @property
    def ingredients(self) -> Mapping[str, Any]:
        """All that determines the numbers, as plain data."""
        raise NotImplementedError

    @property
    def about(self) -> dict[str, Any]:
        """Its part of a manifest, as plain data: `scenario`, `against` and `arguments`, see `Manifest`."""
        raise NotImplementedError

    @property
    def inputs(self) -> dict[str, bytes]:
        """Files that make this request again."""
        return {}

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that its folder may hold, the manifest apart."""
        raise NotImplementedError

    @cached_property
    def model_version(self) -> str:
        """Hash of the model's code and of the theatre."""
        return model_version(self.theatre)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that determines the numbers."""
        return digest_of(self.ingredients)

    @property
    def folder_name(self) -> str:
        """Name of the folder the results go to unless the user gives another."""
        return f"{self.kind}-{self.digest[:12]}"

    def place(self, out: Path | None) -> Path:
        """The folder of the results: `out`, or one in `results/`."""
        return Path("results") / self.folder_name if out is None else out

    def manifest(self) -> Manifest:
        """The manifest of this request when it starts to run."""
        return Manifest(
            **picked(self, "kind", "model_version", "seed"),
            status=RUNNING,
            request=self.digest,
            **self.about,
            files=dict.fromkeys(self.file_names),
            started=now(),
            versions=versions(),
            tool=__version__,
        )


@dataclass(frozen=True, eq=False)
class RunRequest(Request):
    """A run of a scenario, usually with another one on the same draws."""

    kind: ClassVar[str] = RUN
    figure: ClassVar[str] = "figures/headline.png"

    theatre: Theatre = field(repr=False)  # the world
    scenario: ResolvedScenario  # the arm in question
    against: ResolvedScenario | None  # the arm it is compared with; None for a run of one arm
    seed: int  # of the draws
    replicates: int  # how many, numbered from 0
    months: int  # how many monthly records, from the theatre's start on
    # the number of worlds in which the arms are compared again, 0 for none, and their kind; no effect on the run itself
    assumptions: int = 0
    worlds: str = PLAUSIBLE
    asks: tuple[str, ...] = ()  # outcomes that are asked about, the first for the answer; the scenario's own if empty

    def __post_init__(self) -> None:
        """Refuses numbers out of range, and arms that cannot differ within the run (`InputError`)."""
        problems: list[Problem] = []
        longest = self.theatre.calendar.last - self.theatre.calendar.start + 1
        for name, low, high in (("replicates", 1, MAX_REPLICATES), ("seed", 0, MAX_SEED), ("months", 1, longest)):
            rule = name + " must be a whole number from {} to {}"
            problems += not_whole(getattr(self, name), low, high, f"--{name}", rule)
        rule = "must be none, or a whole number up to {1}"
        problems += not_whole(self.assumptions, 0, MOST_TRIED, "--assumptions", rule)
        if self.worlds not in (*WORLDS, BOTH):
            problems.append(wrong("--worlds", self.worlds, f"must be {', '.join(WORLDS)} or {BOTH}"))
        if len(self.asks) > MOST_ASKED or len(set(self.asks)) < len(self.asks):
            problems.append(wrong("--asks", ", ".join(self.asks), f"must be one to {MOST_ASKED} different outcomes"))
        outcomes = self.theatre.vocabulary.outcomes
        problems += unknown_outcomes(self.asks, outcomes, "--asks")
        scenario, against, branch = self.scenario.name, self.against, self.branch
        if against is not None and scenario == against.name:
            rule = "the scenario and the one it is compared with bear the same name; rename one"
            problems.append(wrong("--against", scenario, rule))
        if against is not None and branch is None:
            hint = "undated parameters apply to both; use --against none"
            rule = f"nothing dated differs between {scenario} and {against.name}"
            problems.append(wrong("scenario", scenario, rule, hint))
        has_months = isinstance(self.months, int) and self.months > 0
        if branch is not None and has_months and self.last < branch:
            hint = f"take at least {branch - self.theatre.start + 1} months"
            rule = f"the run ends in {format_month(self.last)}, before {scenario} begins to differ"
            problems.append(wrong("--months", self.months, f"{rule} in {format_month(branch)}; {hint}"))
        raise_any(problems)

    @cached_property
    def scenarios(self) -> tuple[ResolvedScenario, ...]:
        """The scenario, then the one it is compared with."""
        return (self.scenario,) if self.against is None else (self.scenario, self.against)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The outcomes that are asked about, the first for the answer: by the user, the scenario, or the theatre."""
        return self.asks or self.scenario.asks or self.theatre.question

    @cached_property
    def reported(self) -> tuple[str, ...]:
        """The outcomes of the report: those asked about, then the headline's."""
        return reported_first(self.asked, self.theatre)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arms."""
        return tuple(scenario.name for scenario in self.scenarios)

    @cached_property
    def parameters(self) -> dict[str, float]:
        """Undated values, the same in both arms; the scenario's take precedence over its baseline's."""
        values = {name: value for arm in reversed(self.scenarios) for name, value in arm.parameters.items()}
        return dict(sorted(values.items()))

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """The arms, the scenario's first."""
        from influence_sim.model import Arm

        return tuple(Arm(self.theatre, s, self.months, self.parameters) for s in self.scenarios)

    @cached_property
    def branch(self) -> Month | None:
        """The first month in which the arms may differ, or in which a single arm departs from the record."""
        return self.scenario.first_dated(self.against)

    @property
    def ingredients(self) -> Mapping[str, Any]:
        """All that determines the numbers, as plain data."""
        digests = [scenario.digest() for scenario in self.scenarios]
        numbers = picked(self, "seed", "replicates", "months", "parameters")
        return {"model": self.model_version, "scenarios": digests, **numbers, "asked": list(self.asked)}

    @property
    def folder_name(self) -> str:
        """Name of the folder the results go to unless the user gives another."""
        return f"{self.scenario.name}-{self.digest[:12]}"

    @property
    def last(self) -> Month:
        """The last month."""
        return self.theatre.start + self.months - 1

    @property
    def about(self) -> dict[str, Any]:
        """Its part of a manifest: both arms, and the arguments in full."""
        branch = None if self.branch is None else format_month(self.branch)
        arguments = {
            "scenario": self.scenario.name,
            "against": None if self.against is None else self.against.name,
            **picked(self, "replicates", "seed", "months", "parameters"),
            "assumptions": self.assumptions or None,
            "worlds": self.worlds if self.assumptions else None,
            "asked": list(self.asked),
        }
        return {
            "scenario": describe(self.scenario) | {"branch": branch},
            "against": None if self.against is None else describe(self.against),
            "arguments": arguments,
        }

    @property
    def inputs(self) -> dict[str, bytes]:
        """Files that make this request again: both arms with everything written out."""
        return self.files_of_arms(SCENARIO, AGAINST)

    def files_of_arms(self, scenario_file: str, against_file: str) -> dict[str, bytes]:
        """Both arms with everything written out, as files with these names."""
        scenario = replace(self.scenario, asks=self.asked, against=ROOT if self.against is None else against_file)
        files = {scenario_file: scenario.to_yaml().encode()}
        if self.against is not None:
            files[against_file] = replace(self.against, against=ROOT).to_yaml().encode()
        return files

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it makes, except the manifest."""
        assumptions = (ASSUMPTIONS,) if self.assumptions else ()
        division = (DIVISION,) if self.against else ()
        return (TRAJECTORIES, *self.inputs, SUMMARY, *division, *assumptions, self.figure)

    def size(self) -> dict[str, int]:
        """The size of the run: simulated histories, rows, and bytes on disk (an estimate)."""
        runs = self.replicates * len(self.scenarios)
        values = runs * self.months * len(self.theatre.outcomes)
        return {"runs": runs, "rows": runs * self.months, "bytes": int(values * BYTES_A_VALUE)}


def plan_run(
    scenario: str | Path,
    *,
    against: str | Path | None = ASKED,
    replicates: int = 200,
    seed: int = 1,
    months: int | None = None,
    set: Mapping[str, float | str] | None = None,
    assumptions: int | None = None,
    worlds: str = PLAUSIBLE,
    asks: Sequence[str] = (),
) -> RunRequest:
    """Checks everything that determines a run, and computes nothing; takes and raises what `influence_sim.run` does.

    A scenario against itself is one arm. `assumptions` says in how many worlds to compare the arms again (None or 0 for
    none), `worlds` in which.
    """
    theatre, problems = load_theatre(), list[Problem]()

    def read_scenario(ref: str | Path) -> ResolvedScenario | None:
        try:
            require_kept(ref)
            return load_scenario(ref, theatre.vocabulary, overrides=set)
        except InputError as error:
            problems.extend(error.problems)
            return None

    main = read_scenario(scenario)
    against_ref = (main.against if main else ALONE) if against == ASKED else against
    baseline = None if against_ref is None or against_ref == ALONE else read_scenario(against_ref)
    if main is None or problems:
        raise InputError(dict.fromkeys(problems))  # both scenarios report the problems of `set`
    if baseline is not None and baseline.digest() == main.digest():
        baseline = None
    run_months = theatre.calendar.months if months is None else months
    world_count = (assumptions or 0) if baseline else 0
    return RunRequest(theatre, main, baseline, seed, replicates, run_months, world_count, worlds, tuple(asks))


def read_request(folder: Path, manifest: Manifest, theatre: Theatre) -> RunRequest:
    """The request of a run's folder, on the current theatre; an `InputError` if it has become wrong."""
    scenario = load_scenario(folder / SCENARIO, theatre.vocabulary)
    against = None if manifest.against is None else load_scenario(folder / AGAINST, theatre.vocabulary)
    arguments: Any = manifest.arguments
    world_count = arguments.get("assumptions") or 0
    worlds = arguments.get("worlds") or PRIOR  # the only kind in older manifests
    size = arguments["seed"], arguments["replicates"], arguments["months"]
    return RunRequest(theatre, scenario, against, *size, world_count, worlds, tuple(arguments.get("asked", ())))


def reported_first(asked: Sequence[str], theatre: Theatre) -> tuple[str, ...]:
    """The outcomes of a report: those asked about, then the headline's."""
    return tuple(dict.fromkeys((*asked, *theatre.headline)))


def theatre_option(theatre: Theatre) -> list[str]:
    """The option `--theatre`: the name of the folder in use, without its parents; nothing for the shipped theatre."""
    return [] if theatre.digest == shipped().digest else ["--theatre", folder_in_use().name]


def describe(scenario: ResolvedScenario) -> dict[str, Any]:
    """A scenario in a manifest."""
    return {**picked(scenario, "name", "title", "question"), "digest": scenario.digest()}


def unknown_outcomes(names: Iterable[str], known: Collection[str], option: str = "--outcome") -> list[Problem]:
    """A problem for each name that is not an outcome."""
    listed = "`influence-sim outcomes` lists them"
    return [wrong(option, n, "not an outcome", did_you_mean(n, known) or listed) for n in names if n not in known]
