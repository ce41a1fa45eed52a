"""A scenario with everything it extends written out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from influence_sim.base.months import Month, format_month
from influence_sim.scenario import scalars
from influence_sim.scenario.schema import Change, ForumEntry, Intervention


@dataclass(frozen=True, slots=True)
class ResolvedScenario:
    """What an arm is run from. Equal scenarios are equal whatever the order of their files.

    Attributes:
        name: short name.
        title: heading.
        question: what it asks, in plain words.
        claims: ids of the claims it bears on, sorted.
        interventions: sorted by month and lever; no two on one lever overlap.
        forums: invitations and meetings, sorted.
        conditions: for each named condition its value from each month on.
        changes: parameters of this arm, by month; no two of one parameter overlap.
        parameters: undated values, for both arms.
    """

    name: str
    title: str
    question: str
    claims: tuple[str, ...]
    interventions: tuple[Intervention, ...]
    forums: tuple[ForumEntry, ...]
    conditions: dict[str, dict[Month, float]]
    changes: tuple[Change, ...]
    parameters: dict[str, float]

    def first_dated(self) -> Month | None:
        """The first month in which anything dated differs from the replayed history; None if nothing does."""
        months = [item.start for item in self.interventions]
        months += [entry.start for entry in self.forums]
        months += [change.start for change in self.changes]
        months += [month for series in self.conditions.values() for month in series]
        return min(months, default=None)

    def canonical(self) -> dict[str, Any]:
        """Plain data that JSON can hold: everything explicit, sorted, without `extends`."""
        return {
            "changes": [_plain_change(change) for change in self.changes],
            "claims": list(self.claims),
            "conditions": {name: _plain_series(series) for name, series in sorted(self.conditions.items())},
            "forums": [_plain_forum(forum) for forum in self.forums],
            "interventions": [_plain_intervention(item) for item in self.interventions],
            "name": self.name,
            "parameters": _plain_values(self.parameters),
            "question": self.question,
            "schema_version": 1,
            "title": self.title,
        }

    def digest(self) -> str:
        """SHA-256 of the canonical form without title and question: the same digest runs the same."""
        data = self.canonical()
        del data["title"], data["question"]
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_yaml(self) -> str:
        """A scenario file that resolves to this scenario again."""
        return "\n".join(_lines(self.canonical())) + "\n"


def _plain_span(part: Intervention | ForumEntry | Change) -> dict[str, str | None]:
    until = None if part.until is None else format_month(part.until)
    return {"from": format_month(part.start), "until": until}


def _plain_intervention(item: Intervention) -> dict[str, Any]:
    lever = {"actor": item.actor, "do": item.do, "target": item.target}
    return {**_plain_span(item), **lever, "level": _number(item.level)}


def _plain_forum(entry: ForumEntry) -> dict[str, Any]:
    invite, meets = sorted(set(entry.invite)), sorted(set(entry.meets))
    return {
        **_plain_span(entry),
        "forum": entry.forum,
        "convenor": entry.convenor,
        "invite": invite,
        "meets": [format_month(month) for month in meets],
    }


def _plain_change(change: Change) -> dict[str, Any]:
    return {**_plain_span(change), "set": _plain_values(change.values)}


def _plain_series(series: dict[Month, float]) -> dict[str, float]:
    return {format_month(month): _number(series[month]) for month in sorted(series)}


def _plain_values(values: dict[str, float]) -> dict[str, float]:
    return {name: _number(values[name]) for name in sorted(values)}


def _number(value: float) -> float:
    return float(value) + 0.0  # so that -0.0 and 0.0 are written, and hashed, alike


def _lines(data: dict[str, Any]) -> Iterator[str]:
    for key in ("schema_version", "name", "title", "question"):
        yield f"{key}: {flow(data[key])}"
    yield "extends: null  # everything is written out here"
    yield f"claims: {flow(data['claims'])}"
    for key in ("interventions", "forums", "changes"):
        yield from block(key, [f"- {flow(_given(item))}" for item in data[key]], "[]")
    for key in ("conditions", "parameters"):
        yield from block(key, [f"{flow(name)}: {flow(item)}" for name, item in data[key].items()], "{}")


def block(key: str, lines: list[str], empty: str) -> Iterable[str]:
    """A key with its lines beneath it, or with `empty` beside it."""
    return [f"{key}:", *(f"  {line}" for line in lines)] if lines else [f"{key}: {empty}"]


def _given(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if value not in (None, [])}


def flow(value: Any) -> str:
    """A value in YAML's one-line style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    """Bare if that reads back as the same text, else in double quotes, whose escapes JSON shares."""
    bare = text.replace(".", "").replace("_", "").replace("-", "").isalnum() and text.isascii()
    if bare and text[0].isalnum() and scalars.plain_or_none(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)
