"""A scenario with everything it extends written out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.plain_data import block, flow
from influence_sim.scenario.schema import Change, ForumEntry, Intervention
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

PARTS = ("interventions", "forums", "changes")
NOT_HASHED = ("title", "question", "asks", "against")
"""Keys about what a scenario asks, which do not change how it runs."""
INTERVENTIONS, CONDITIONS = "interventions.", "conditions."
"""Prefixes of paths that lead into a scenario instead of the parameters."""
LEVEL = Bounds(0.0, 1.0, 1.0, "level")
"""Limits of the level of an intervention."""


def level_path(lever: tuple[str, str, str]) -> str:
    """The path by which a run or study sets the level of all of a scenario's interventions on a lever."""
    return INTERVENTIONS + ".".join(lever)


def condition_path(name: str) -> str:
    """The path by which a run or study sets every value that a scenario gives a condition."""
    return CONDITIONS + name


@dataclass(frozen=True, slots=True)
class ResolvedScenario:
    """A scenario ready to run; it does not depend on the order in the files it was merged from."""

    name: str  # short name
    title: str  # heading
    question: str  # what it asks, in plain words
    asks: tuple[str, ...]  # outcomes that it asks about, the first for the answer; empty if it does not say
    against: str  # what it is compared with: a shipped name, or the path of a file
    claims: tuple[str, ...]  # ids of the claims it bears on, sorted
    interventions: tuple[Intervention, ...]  # sorted by month and lever; no two on one lever overlap
    forums: tuple[ForumEntry, ...]  # invitations and meetings, sorted
    conditions: dict[str, dict[Month, float]]  # for each named condition its value from each month on
    changes: tuple[Change, ...]  # parameters of this arm, by month; no two of one parameter overlap
    parameters: dict[str, float]  # undated values, for both arms

    def first_dated(self, other: ResolvedScenario | None = None) -> Month | None:
        """The first month in which anything dated differs from another scenario, or from the replayed history.

        None if nothing does.
        """
        entries = self._dated() ^ (set() if other is None else other._dated())
        return min((parse_month(month) for month, _ in entries), default=None)

    def _dated(self) -> set[tuple[str, str]]:
        """Everything dated, as text, with its first month."""
        data = self.canonical()
        entries = {(item["from"], json.dumps([part, item], sort_keys=True)) for part in PARTS for item in data[part]}
        series = data["conditions"].items()
        return entries | {(month, f"{name} {value!r}") for name, values in series for month, value in values.items()}

    def numbers(self, vocabulary: Vocabulary) -> dict[str, Bounds]:
        """The limits of what a run or study may set besides parameters, by path."""
        levels = {level_path(lever): LEVEL for lever in sorted({item.lever for item in self.interventions})}
        return levels | {condition_path(name): vocabulary.conditions[name] for name in self.conditions}

    def canonical(self) -> dict[str, Any]:
        """As plain data for JSON: everything explicit, sorted, without `extends`."""
        parts = {key: [item.model_dump(mode="json", by_alias=True) for item in getattr(self, key)] for key in PARTS}
        numbers = {
            "conditions": {
                name: {format_month(month): value for month, value in sorted(series.items())}
                for name, series in sorted(self.conditions.items())
            },
            "parameters": dict(sorted(self.parameters.items())),
        }
        heading = {"claims": list(self.claims), "name": self.name, "question": self.question, "title": self.title}
        heading |= {"against": Path(self.against).name, **({"asks": list(self.asks)} if self.asks else {})}
        return dict(sorted({"schema_version": 1, **heading, **_without_signed_zeros(parts | numbers)}.items()))

    def digest(self) -> str:
        """SHA-256 of the canonical form without what it asks: equal digests run alike."""
        data = {key: value for key, value in self.canonical().items() if key not in NOT_HASHED}
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self) -> str:
        """A scenario file that resolves to this scenario again, if the file it is compared with lies in its folder."""
        data = self.canonical()
        lines = [f"{key}: {flow(data[key])}" for key in ("schema_version", "name", "title", "question")]
        lines += ["extends: null  # everything is written out here"]
        lines += [f"{key}: {flow(data[key])}" for key in ("asks", "against", "claims") if key in data]
        for key in PARTS:
            entries = [{name: value for name, value in item.items() if value not in (None, [])} for item in data[key]]
            lines += block(key, [f"- {flow(item)}" for item in entries], "[]")
        for key in ("conditions", "parameters"):
            lines += block(key, [f"{flow(name)}: {flow(item)}" for name, item in data[key].items()], "{}")
        return "\n".join(lines) + "\n"


def _without_signed_zeros(value: Any) -> Any:
    """Turns every number into a float without a signed zero, so that -0.0 and 0 are written, and hashed, alike."""
    if isinstance(value, dict):
        return {key: _without_signed_zeros(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_signed_zeros(item) for item in value]
    return float(value) + 0.0 if isinstance(value, int | float) else value
