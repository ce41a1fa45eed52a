"""The formats of scenarios and studies as JSON Schema, so that editors complete names and mark mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influence_sim.base.months import PATTERN
from influence_sim.scenario.schema import SLUG, Scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.study_schema import ALONE, ASKED, KEEPS, METHODS, PRIORS, SCALES, Study
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILE_NAME: Schema = {"type": "string", "pattern": r"^[^/\\]+\.yaml$"}
_WORD: Schema = {"type": "string", "pattern": SLUG}
_NULL: Schema = {"type": "null"}


def scenario_json_schema(vocabulary: Vocabulary) -> Schema:
    """JSON Schema (draft 2020-12) of a scenario file, with the names and limits of `vocabulary`."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    properties, parts = schema["properties"], schema["$defs"]
    actor = _one_of(vocabulary.actors)
    lever, forum = parts["Intervention"]["properties"], parts["ForumEntry"]["properties"]
    lever["actor"] |= actor
    lever["do"] |= _one_of(do for _, do, _ in vocabulary.levers)
    # A new forum is a target too, so any word is allowed besides the known ones.
    lever["target"] |= {"anyOf": [_one_of(target for _, _, target in vocabulary.levers), _WORD]}
    forum["forum"] |= {"anyOf": [_one_of(vocabulary.forums), _WORD]}
    forum["invite"]["items"] = actor
    forum["convenor"] |= {"anyOf": [actor, _NULL]}
    parts["Change"]["properties"]["set"] |= _values(vocabulary.parameters)
    properties["extends"] |= {"anyOf": [_one_of(shipped_scenarios()), _FILE_NAME, _NULL]}
    properties["asks"]["anyOf"][0] |= {"items": _one_of(vocabulary.outcomes), "uniqueItems": True}
    properties["against"] |= {"anyOf": [_one_of(shipped_scenarios()), _FILE_NAME, _NULL]}
    if vocabulary.claims:
        properties["claims"]["items"] = _one_of(vocabulary.claims)
    properties["parameters"] |= _values(vocabulary.parameters)
    months = {"type": "object", "propertyNames": {"pattern": PATTERN}, "minProperties": 1}
    series = {name: {**months, "additionalProperties": _number(b)} for name, b in sorted(vocabulary.conditions.items())}
    properties["conditions"] |= {"properties": series, "additionalProperties": False}
    return {"$schema": DIALECT, **schema, "title": "influence_sim scenario"}


def study_json_schema(vocabulary: Vocabulary) -> Schema:
    """JSON Schema (draft 2020-12) of a study file, with the names and limits of `vocabulary`."""
    schema = Study.model_json_schema(by_alias=True, mode="validation")
    properties, parts = schema["properties"], schema["$defs"]
    scenario = [_one_of(shipped_scenarios()), _FILE_NAME]
    ranges = {
        "type": "object",
        "minProperties": 1,
        "properties": {name: _range(bounds) for name, bounds in sorted(vocabulary.parameters.items())},
        "patternProperties": {r"^(interventions|conditions)\.": {"$ref": "#/$defs/Values"}},
        "additionalProperties": False,
    }
    outcomes = {"type": "array", "items": _one_of(vocabulary.outcomes), "minItems": 1, "uniqueItems": True}
    other_types: dict[str, Schema] = {
        "scenario": {"anyOf": scenario},
        "against": {"anyOf": [*scenario, {"enum": [ALONE, ASKED]}, _NULL]},
        "vary": {"anyOf": [{"const": PRIORS}, ranges]},
        "outcomes": outcomes,
    }
    for key, schema_type in other_types.items():
        docs = {word: properties[key][word] for word in ("description", "default", "title") if word in properties[key]}
        properties[key] = {**schema_type, **docs}
    properties["groups"] |= {"propertyNames": {"pattern": SLUG}}
    properties["parameters"] |= _values(vocabulary.parameters)
    properties["keep"] |= _one_of(KEEPS)
    parts["Design"]["properties"]["method"] |= _one_of(METHODS)
    parts["Range"]["properties"]["scale"] = _one_of(SCALES)
    pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    parts["Values"] = {"anyOf": [pair, {"$ref": "#/$defs/Range"}], "description": "[low, high], a range, or choices."}
    return {"$schema": DIALECT, **schema, "title": "influence_sim study"}


def _one_of(names: Iterable[str]) -> Schema:
    return {"type": "string", "enum": sorted(set(names))}


def _values(bounds: Mapping[str, Bounds]) -> Schema:
    """A mapping from the names to numbers within their limits."""
    numbers = {name: _number(limits) for name, limits in sorted(bounds.items())}
    return {"properties": numbers, "additionalProperties": False}


def _number(bounds: Bounds) -> Schema:
    limits: Schema = {"type": "number", "minimum": bounds.low, "maximum": bounds.high}
    limits |= {"enum": list(bounds.choices)} if bounds.choices else {}
    return {**limits, "default": bounds.default, "description": bounds.unit}


def _range(bounds: Bounds) -> Schema:
    unit = f"{bounds.unit}, " if bounds.unit else ""
    description = f"{unit}from {bounds.low:g} to {bounds.high:g}, {bounds.default:g} by default"
    return {"$ref": "#/$defs/Values", "description": description}
