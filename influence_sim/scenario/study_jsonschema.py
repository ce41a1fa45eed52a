"""The study format as JSON Schema, so that editors complete names and mark mistakes."""

from __future__ import annotations

from typing import Any

from influence_sim.scenario.jsonschema import DIALECT, FILE_BESIDE, one_of, values
from influence_sim.scenario.schema import SLUG
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.study_schema import ALONE, KEEPS, METHODS, PRIORS, SCALES, Study
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

_LEADS_INTO_SCENARIO = r"^(interventions|conditions)\."


def study_json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a study file, with the names and limits of `vocabulary`."""
    schema = Study.model_json_schema(by_alias=True, mode="validation")
    properties, parts = schema["properties"], schema["$defs"]
    scenario = {"anyOf": [one_of(shipped_scenarios()), FILE_BESIDE]}
    properties["scenario"] = _described(properties["scenario"], scenario)
    nothing = [{"const": ALONE}, {"type": "null"}]
    properties["against"] = _described(properties["against"], {"anyOf": [*scenario["anyOf"], *nothing]})
    properties["vary"] = _described(properties["vary"], {"anyOf": [{"const": PRIORS}, _varied(vocabulary)]})
    properties["outcomes"] = _described(properties["outcomes"], _list_of(one_of(vocabulary.outcomes)))
    properties["groups"] |= {"propertyNames": {"pattern": SLUG}}
    properties["parameters"] |= values(vocabulary.parameters)
    properties["keep"] |= one_of(KEEPS)
    parts["Design"]["properties"]["method"] |= one_of(METHODS)
    parts["Range"]["properties"]["scale"] = one_of(SCALES)
    pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    parts["Values"] = {"anyOf": [pair, {"$ref": "#/$defs/Range"}], "description": "[low, high], a range, or choices."}
    return {"$schema": DIALECT, **schema, "title": "influence_sim study"}


def _described(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """A property of another type, which keeps what was said of it."""
    return {**new, **{key: old[key] for key in ("description", "default", "title") if key in old}}


def _varied(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "type": "object",
        "minProperties": 1,
        "properties": {name: _values(bounds) for name, bounds in sorted(vocabulary.parameters.items())},
        "patternProperties": {_LEADS_INTO_SCENARIO: {"$ref": "#/$defs/Values"}},
        "additionalProperties": False,
    }


def _values(bounds: Bounds) -> dict[str, Any]:
    unit = f"{bounds.unit}, " if bounds.unit else ""
    words = f"{unit}from {bounds.low:g} to {bounds.high:g}, {bounds.default:g} by default"
    return {"$ref": "#/$defs/Values", "description": words}


def _list_of(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
