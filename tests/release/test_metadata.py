"""The metadata of a release: CITATION.cff, codemeta.json, ro-crate-metadata.json.

`cff_1_2_0.json` is the schema of the Citation File Format 1.2.0 (Druskat et al., CC-BY-4.0).
"""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest
import yaml

import influence_sim

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def metadata() -> ModuleType:
    spec = importlib.util.spec_from_file_location("metadata", ROOT / "docs" / "metadata.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    result: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return result


@pytest.fixture(scope="module")
def crate(metadata: ModuleType) -> dict[str, dict[str, Any]]:
    document = json.loads((ROOT / metadata.CRATE).read_text(encoding="utf-8"))
    assert document["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(entities) == len(document["@graph"])
    return entities


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict) and set(value) == {"@id"}:
        yield value["@id"]
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references(item)


def test_files_are_current(metadata: ModuleType) -> None:
    for name, text in metadata.files().items():
        assert (ROOT / name).read_text(encoding="utf-8") == text, "run: python docs/metadata.py"


def test_a_release_changes_its_date_in_all_three(metadata: ModuleType) -> None:
    made = metadata.files("2031-02-03")
    assert all("2031-02-03" in text for text in made.values())
    assert yaml.load(made[metadata.CITATION], yaml.BaseLoader)["date-released"] == "2031-02-03"


def test_they_agree_with_the_package(metadata: ModuleType, project: dict[str, Any], crate: dict[str, Any]) -> None:
    cited = yaml.load((ROOT / metadata.CITATION).read_text(encoding="utf-8"), yaml.BaseLoader)
    meta = json.loads((ROOT / metadata.CODEMETA).read_text(encoding="utf-8"))
    root = crate["./"]
    assert cited["version"] == meta["version"] == root["version"] == influence_sim.__version__
    assert cited["date-released"] == meta["datePublished"] == root["datePublished"]
    assert cited["keywords"] == meta["keywords"] == root["keywords"].split(", ") == project["keywords"]
    assert meta["license"] == root["license"]["@id"] == f"https://spdx.org/licenses/{cited['license']}"
    assert sorted(meta["softwareRequirements"]) == sorted(project["dependencies"])
    names = [author["name"] for author in project["authors"]]
    assert [a["name"] for a in cited["authors"]] == [a["name"] for a in meta["author"]] == names
    assert [crate[name]["name"] for name in references(root["author"])] == names


def test_the_citation_is_one(metadata: ModuleType) -> None:
    schema = json.loads((Path(__file__).parent / "cff_1_2_0.json").read_text(encoding="utf-8"))
    cited = yaml.load((ROOT / metadata.CITATION).read_text(encoding="utf-8"), yaml.BaseLoader)
    jsonschema.validate(cited, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**cited, "licence": "MIT"}, schema)


def test_the_crate_has_what_its_specification_requires(crate: dict[str, Any]) -> None:
    """RO-Crate 1.1, Root Data Entity: the descriptor is about the root, and the root is described."""
    descriptor, root = crate["ro-crate-metadata.json"], crate["./"]
    assert descriptor["@type"] == "CreativeWork"
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert root["@type"] == "Dataset"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", root["datePublished"])
    assert {"name", "description", "license", "author"} <= set(root)


def test_everything_in_the_crate_is_there_and_everything_named_is_told(crate: dict[str, Any]) -> None:
    parts = [part["@id"] for part in crate["./"]["hasPart"]]
    assert all((ROOT / name).is_dir() if name.endswith("/") else (ROOT / name).is_file() for name in parts)
    data = {name for name, entity in crate.items() if entity["@type"] == "File" or name.endswith("/")}
    assert data - {"./"} == set(parts)
    named = set(references(list(crate.values()))) - {"https://w3id.org/ro/crate/1.1"}
    assert named <= set(crate)
