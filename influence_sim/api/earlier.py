"""Earlier runs, by their folders, among the scenarios of a comparison: they stand for what was asked of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from influence_sim.api.run import baseline_key
from influence_sim.base.errors import InputError, Problem, wrong
from influence_sim.runs.manifest import NAME, RUN, read_complete
from influence_sim.runs.request import AGAINST, PLAUSIBLE, RunRequest, read_request
from influence_sim.scenario.study_schema import ASKED
from influence_sim.theatre import load as load_theatre

SIZE = ("replicates", "seed", "months")
"""What all runs of a comparison have in common, beside their baseline and the model."""


@dataclass(frozen=True)
class Earlier:
    """The runs among some references, by these."""

    runs: Mapping[str, RunRequest]
    problems: tuple[Problem, ...]  # why some cannot be compared

    @classmethod
    def among(cls, refs: Sequence[str | PathLike[str]], asked: Mapping[str, Any]) -> Earlier:
        """Those that are result folders, held against each other and against what is asked for."""
        runs, problems = dict[str, RunRequest](), list[Problem]()
        for ref in refs:
            place = Path(ref)
            if (place / NAME).is_file():
                try:
                    manifest = read_complete(place, RUN)
                    run = read_request(place, manifest, load_theatre())
                except InputError as error:
                    problems += error.problems
                    continue
                if manifest.model_version != run.model_version:
                    rule = "the model has changed since this run was made, so that its numbers are not those of others"
                    problems.append(wrong(place, "", rule, "run it again"))
                # In which worlds they were tried is no matter: they are tried again, as all others are.
                runs[str(place)] = replace(run, assumptions=0, worlds=asked.get("worlds", PLAUSIBLE))
        found = cls(runs, ())
        return cls(runs, (*problems, *found._unlike(), *found._contradicted(asked)))

    @property
    def size(self) -> dict[str, Any]:
        """What others are run with beside them: their size, and their baseline."""
        if not self.runs:
            return {}
        place, first = next(iter(self.runs.items()))
        return {name: getattr(first, name) for name in SIZE} | {"against": Path(place) / AGAINST}

    def _unlike(self) -> Iterator[Problem]:
        """What differs between the first of the folders and others."""
        runs = iter(self.runs.items())
        where, first = next(runs, ("", None))
        for place, run in runs:
            if first is None or first.against is None or run.against is None:
                continue
            for name in SIZE:
                own, other = getattr(run, name), getattr(first, name)
                if own != other:
                    yield wrong(
                        place, own, f"has other {name} than {where}, which has {other}", "run one of them again"
                    )
            if baseline_key(run) != baseline_key(first):
                rule = f"is compared with another baseline than {where}, or has other parameters"
                yield wrong(place, run.against.name, rule, "run one of them again")

    def _contradicted(self, asked: Mapping[str, Any]) -> Iterator[Problem]:
        """What is asked for beside folders that have been run otherwise."""
        for name, value in self.size.items():
            if name in SIZE and asked.get(name, value) != value:
                yield wrong(f"--{name}", asked[name], f"the runs in the folders have {value}", "leave it out")
        if self.runs and asked.get("set"):
            yield wrong("--set", "", "the runs in the folders have their parameters", "leave it out")
        if self.runs and asked.get("against", ASKED) != ASKED:
            yield wrong("--against", asked["against"], "the runs in the folders have their baseline", "leave it out")
