"""The scenario format as JSON Schema, so that editors complete names and mark mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influence_sim.scenario.months import PATTERN
from influence_sim.scenario.schema import SLUG, Scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILE_BESIDE = {"type": "string", "pattern": r"^[^/\\]+\.yaml$"}


def scenario_json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, with the names and limits of `vocabulary`."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    parts = schema["$defs"]
    _name_levers(parts["Intervention"]["properties"], vocabulary)
    _name_forums(parts["ForumEntry"]["properties"], vocabulary)
    parts["Change"]["properties"]["set"] |= _values(vocabulary.parameters)
    properties = schema["properties"]
    properties["extends"] |= {"anyOf": [_one_of(shipped_scenarios()), _FILE_BESIDE, {"type": "null"}]}
    properties["claims"]["items"] = _one_of(vocabulary.claims)
    properties["parameters"] |= _values(vocabulary.parameters)
    properties["conditions"] |= _series(vocabulary.conditions)
    return {"$schema": DIALECT, **schema, "title": "influence_sim scenario"}


def _name_levers(properties: dict[str, Any], vocabulary: Vocabulary) -> None:
    properties["actor"] |= _one_of(vocabulary.actors)
    properties["do"] |= _one_of(do for _, do, _ in vocabulary.levers)
    # A new forum is a target too, so that any word stays allowed beside the known ones.
    known = _one_of(target for _, _, target in vocabulary.levers)
    properties["target"] |= {"anyOf": [known, {"type": "string", "pattern": SLUG}]}


def _name_forums(properties: dict[str, Any], vocabulary: Vocabulary) -> None:
    actor = _one_of(vocabulary.actors)
    properties["invite"]["items"] = actor
    properties["convenor"] |= {"anyOf": [actor, {"type": "null"}]}
    known = _one_of(vocabulary.forums)
    properties["forum"] |= {"anyOf": [known, {"type": "string", "pattern": SLUG}]}


def _one_of(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(set(names))}


def _values(known: Mapping[str, Bounds]) -> dict[str, Any]:
    return {
        "properties": {name: _number(bounds) for name, bounds in sorted(known.items())},
        "additionalProperties": False,
    }


def _number(bounds: Bounds) -> dict[str, Any]:
    limits = {"type": "number", "minimum": bounds.low, "maximum": bounds.high}
    return {**limits, "default": bounds.default, "description": bounds.unit}


def _series(known: Mapping[str, Bounds]) -> dict[str, Any]:
    months = {"type": "object", "propertyNames": {"pattern": PATTERN}, "minProperties": 1}
    series = {name: {**months, "additionalProperties": _number(b)} for name, b in sorted(known.items())}
    return {"properties": series, "additionalProperties": False}
