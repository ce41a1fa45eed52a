"""The lab's interface for programs: its addresses, requests and responses, as OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from influence_sim._version import __version__
from influence_sim.laboratory.question import Asked
from influence_sim.scenario.json_schema import scenario_json_schema
from influence_sim.theatre import load as load_theatre

PROBLEM = {
    "path": "Where: keys and indices into the question.",
    "value": "What stands there.",
    "rule": "Which rule it breaks.",
    "hint": "What would be right.",
}
"""The fields of a problem, all of them texts."""
REFUSED = {
    "400": "not asked under the lab's own address",
    "403": "asked by another page",
    "413": "too long",
    "415": "not JSON",
    "422": "something in the question is wrong",
    "503": "too many questions at once; Retry-After says when to ask again",
}
"""Why a question is not answered, by status."""


def openapi(answers: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The OpenAPI document; `answers` has the description and type of each answer, by the end of its address."""
    vocabulary = load_theatre().vocabulary
    scenario = scenario_json_schema(vocabulary)
    parts = dict(scenario.pop("$defs"))
    scenario.pop("$schema")
    question = Asked.model_json_schema(by_alias=True, mode="validation", ref_template="#/components/schemas/{model}")
    parts |= question.pop("$defs", {})
    reference = {"$ref": "#/components/schemas/scenario"}
    fields = question["properties"]
    fields["scenario"] |= reference
    fields["against"] = {"anyOf": [reference, {"type": "null"}], "description": fields["against"]["description"]}
    texts = {name: {"type": "string", "description": description} for name, description in PROBLEM.items()}
    problem = {"type": "object", "required": [*PROBLEM], "properties": texts}
    listed = {"problems": {"type": "array", "items": problem}}
    answer = {"type": "object", "required": ["problems"], "properties": listed}
    schemas = {"question": question, "scenario": scenario, "problems": answer, **parts}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/question"}}}, "required": True}
    problems = {"application/json": {"schema": {"$ref": "#/components/schemas/problems"}}}
    refusals = {status: {"description": reason, "content": problems} for status, reason in REFUSED.items()}

    def post(description: str, kind: str) -> dict[str, Any]:
        success = {"description": description, "content": {kind: {}}}
        return {"post": {"summary": description, "requestBody": body, "responses": {"200": success, **refusals}}}

    def get(description: str) -> dict[str, Any]:
        return {"get": {"summary": description, "responses": {"200": {"description": description}}}}

    paths = {f"/api/{name}": post(*entry) for name, entry in answers.items()}
    paths |= {
        "/api/theatre": get("Whom and what a question may name, with words for readers."),
        "/api/health": get("Whether the lab is there."),
    }
    info = {"title": "influence_sim lab", "version": __version__}
    document = {"openapi": "3.1.0", "info": info, "paths": paths, "components": {"schemas": schemas}}
    # References in JSON Schema point to its own definitions, which OpenAPI keeps elsewhere.
    text = json.dumps(document).replace('"#/$defs/', '"#/components/schemas/')
    resolved: dict[str, Any] = json.loads(text)
    return resolved
