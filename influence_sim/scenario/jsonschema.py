"""The scenario format as JSON Schema, so that editors complete names and mark mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influence_sim.base.months import PATTERN
from influence_sim.scenario.schema import SLUG, Scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILE_BESIDE: dict[str, Any] = {"type": "string", "pattern": r"^[^/\\]+\.yaml$"}


def scenario_json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, with the names and limits of `vocabulary`."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    parts = schema["$defs"]
    _name_levers(parts["Intervention"]["properties"], vocabulary)
    _name_forums(parts["ForumEntry"]["properties"], vocabulary)
    parts["Change"]["properties"]["set"] |= values(vocabulary.parameters)
    properties = schema["properties"]
    properties["extends"] |= {"anyOf": [one_of(shipped_scenarios()), FILE_BESIDE, {"type": "null"}]}
    properties["claims"]["items"] = one_of(vocabulary.claims)
    properties["parameters"] |= values(vocabulary.parameters)
    properties["conditions"] |= _series(vocabulary.conditions)
    return {"$schema": DIALECT, **schema, "title": "influence_sim scenario"}


def _name_levers(properties: dict[str, Any], vocabulary: Vocabulary) -> None:
    properties["actor"] |= one_of(vocabulary.actors)
    properties["do"] |= one_of(do for _, do, _ in vocabulary.levers)
    # A new forum is a target too, so that any word stays allowed beside the known ones.
    known = one_of(target for _, _, target in vocabulary.levers)
    properties["target"] |= {"anyOf": [known, {"type": "string", "pattern": SLUG}]}


def _name_forums(properties: dict[str, Any], vocabulary: Vocabulary) -> None:
    actor = one_of(vocabulary.actors)
    properties["invite"]["items"] = actor
    properties["convenor"] |= {"anyOf": [actor, {"type": "null"}]}
    known = one_of(vocabulary.forums)
    properties["forum"] |= {"anyOf": [known, {"type": "string", "pattern": SLUG}]}


def one_of(names: Iterable[str]) -> dict[str, Any]:
    """One of some names."""
    return {"type": "string", "enum": sorted(set(names))}


def values(known: Mapping[str, Bounds]) -> dict[str, Any]:
    """Some of the known names, each with a number within its limits."""
    return {
        "properties": {name: number(bounds) for name, bounds in sorted(known.items())},
        "additionalProperties": False,
    }


def number(bounds: Bounds) -> dict[str, Any]:
    """A number within limits."""
    limits = {"type": "number", "minimum": bounds.low, "maximum": bounds.high}
    return {**limits, "default": bounds.default, "description": bounds.unit}


def _series(known: Mapping[str, Bounds]) -> dict[str, Any]:
    months = {"type": "object", "propertyNames": {"pattern": PATTERN}, "minProperties": 1}
    series = {name: {**months, "additionalProperties": number(b)} for name, b in sorted(known.items())}
    return {"properties": series, "additionalProperties": False}
