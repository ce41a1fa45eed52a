"""What programs are told of the lab: its addresses and what they take and give, as OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from influence_sim._version import __version__
from influence_sim.laboratory.question import Asked
from influence_sim.scenario.json_schema import scenario_json_schema
from influence_sim.theatre import load as load_theatre

PROBLEMS = {
    "type": "object",
    "required": ["problems"],
    "properties": {
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "value", "rule", "hint"],
                "properties": {
                    "path": {"type": "string", "description": "Where: keys and indices into the question."},
                    "value": {"type": "string", "description": "What stands there."},
                    "rule": {"type": "string", "description": "Which rule it breaks."},
                    "hint": {"type": "string", "description": "What would be right."},
                },
            },
        }
    },
}
REFUSED = {
    "400": "not asked under the lab's own address",
    "403": "asked by another page",
    "413": "too long",
    "415": "not JSON",
    "422": "something in the question is wrong",
    "503": "too many questions at once; Retry-After says when to ask again",
}
"""Why a question is not answered, by the status of that."""


def openapi(asked: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The document; `asked` has what is told of a question and as which type, by the end of its address."""
    vocabulary = load_theatre().vocabulary
    scenario = scenario_json_schema(vocabulary)
    parts = dict(scenario.pop("$defs"))
    scenario.pop("$schema")
    question = Asked.model_json_schema(by_alias=True, mode="validation", ref_template="#/components/schemas/{model}")
    parts |= question.pop("$defs", {})
    reference = {"$ref": "#/components/schemas/scenario"}
    known = question["properties"]
    known["scenario"] |= reference
    known["against"] = {"anyOf": [reference, {"type": "null"}], "description": known["against"]["description"]}
    schemas = {"question": question, "scenario": scenario, "problems": PROBLEMS, **parts}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/question"}}}, "required": True}
    wrong = {"application/json": {"schema": {"$ref": "#/components/schemas/problems"}}}
    refused = {status: {"description": words, "content": wrong} for status, words in REFUSED.items()}

    def post(words: str, kind: str) -> dict[str, Any]:
        good = {"description": words, "content": {kind: {}}}
        return {"post": {"summary": words, "requestBody": body, "responses": {"200": good, **refused}}}

    def get(words: str) -> dict[str, Any]:
        return {"get": {"summary": words, "responses": {"200": {"description": words}}}}

    paths = {f"/api/{name}": post(*told) for name, told in asked.items()}
    paths |= {
        "/api/theatre": get("Whom and what a question may name, with words for readers."),
        "/api/health": get("Whether the lab is there."),
    }
    about = {"title": "influence_sim lab", "version": __version__}
    document = {"openapi": "3.1.0", "info": about, "paths": paths, "components": {"schemas": schemas}}
    # JSON Schema's own references point to where it keeps definitions, and OpenAPI keeps them elsewhere.
    told = json.dumps(document).replace('"#/$defs/', '"#/components/schemas/')
    found: dict[str, Any] = json.loads(told)
    return found
