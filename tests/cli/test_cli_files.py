"""`init`, `validate`, `schema`: files to write and to check."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import load

Invoke = Callable[..., Result]


def test_init_writes_a_scenario_that_is_valid_and_branches(invoke: Invoke, folder: Path) -> None:
    result = invoke("init", "my_idea")
    assert result.stdout.startswith("my_idea.yaml: written")
    assert os.listdir(folder) == ["my_idea.yaml"]
    assert invoke("validate", "my_idea.yaml").stdout == "my_idea.yaml: ok\n"
    scenario = load_scenario("my_idea.yaml", load().vocabulary)
    assert scenario.name == "my_idea"
    assert scenario.first_dated() is not None


def test_every_example_in_the_comments_of_init_is_valid(invoke: Invoke, folder: Path) -> None:
    invoke("init", "my_idea")
    lines = []
    for line in Path("my_idea.yaml").read_text().splitlines():
        bare = line.replace(": {}", ":").replace(": []", ":") if line.endswith(("{}", "[]")) else line
        example = bare.startswith(("#   - {from", "  # - {from")) or (bare.startswith("#   ") and "201" in bare)
        example = example or bare.startswith("#   decide.")
        lines.append(bare.replace("#   ", "  ").replace("  # - ", "  - ") if example else bare)
    Path("full.yaml").write_text("\n".join(lines))
    scenario = load_scenario("full.yaml", load().vocabulary)
    assert len(scenario.interventions) == 2
    assert scenario.conditions["pressure_for_talks"]
    assert scenario.forums[0].invite == ("europe",)
    assert scenario.changes[0].values == {"precedent.strength": 0}
    assert scenario.parameters == {"decide.rationality": 12.0}


def test_init_names_all_actors_deeds_and_conditions_there_are(invoke: Invoke, folder: Path) -> None:
    invoke("init", "my_idea")
    text, vocabulary = Path("my_idea.yaml").read_text(), load().vocabulary
    assert f"actors: {' '.join(vocabulary.actors)}" in text
    listed = text.partition("do:     ")[2].partition("# `influence-sim levers`")[0].replace("#", " ").split()
    assert set(listed) == {do for _, do, _ in vocabulary.levers}
    assert all(name in text for name in vocabulary.conditions)


def test_init_keeps_what_is_there_unless_forced(invoke: Invoke, folder: Path) -> None:
    Path("idea.yaml").write_text("mine")
    result = invoke("init", "idea", status=2)
    assert result.stderr == "idea.yaml: there is such a file already; --force replaces it\n"
    assert Path("idea.yaml").read_text() == "mine"
    invoke("init", "idea", "--force")
    assert "name: idea" in Path("idea.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("My-Idea", "did you mean 'my_idea'?"),
        ("../idea", "did you mean 'idea'?"),
        ("idea.yaml", "did you mean 'idea'?"),
        ("1idea", "did you mean 'idea'?"),
        ("ide\N{LATIN SMALL LETTER A WITH DIAERESIS}", "lower-case letters, digits and _"),
        ("", "beginning with a letter"),
        ("baseline", "a shipped scenario has this name"),
        ("a" * 65, "at most 64 characters"),
    ],
)
def test_init_refuses_what_cannot_be_a_name(invoke: Invoke, folder: Path, name: str, words: str) -> None:
    assert words in invoke("init", name, status=2).stderr
    assert os.listdir(folder) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_init_where_nothing_may_be_written_is_the_machines_fault(invoke: Invoke, folder: Path) -> None:
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert "idea.yaml: cannot be written (permission denied)" in invoke("init", "idea", status=1).stderr


def test_init_as_json(invoke: Invoke) -> None:
    assert json.loads(invoke("init", "idea", "--json").stdout) == {"schema_version": 1, "file": "idea.yaml"}


def test_validate_says_ok_of_the_good_and_all_of_the_bad(invoke: Invoke, folder: Path) -> None:
    good = str(shipped_scenarios()["opium_ban"])
    Path("bad.yaml").write_text(
        "schema_version: 1\nname: bad\ninterventions:\n"
        "  - {from: 2018-01, actor: uss, do: engage_publicly, target: taliban}\n"
        "parameters: {authority.erosn: 1}\n"
    )
    Path("worse.yaml").write_text("name: worse\nlevel: .nan\n")
    result = invoke("validate", "bad.yaml", good, "worse.yaml", status=2)
    assert result.stdout == f"{good}: ok\n"
    lines = result.stderr.splitlines()
    assert lines[0] == "bad.yaml:4:28: 'uss': not an actor; did you mean 'us'?"
    assert lines[1] == "bad.yaml:5:14: 'authority.erosn': not a parameter; did you mean 'authority.erosion'?"
    assert lines[2].startswith("worse.yaml:2:8: '.nan': ")


def test_validate_as_json_gives_every_problem_its_place(invoke: Invoke, folder: Path) -> None:
    Path("bad.yaml").write_text("schema_version: 1\nname: bad\nclaims: [C77]\n")
    result = invoke("validate", "--json", "bad.yaml", status=2)
    (record,) = json.loads(result.stdout)["files"]
    assert record["ok"] is False
    (problem,) = record["problems"]
    assert (problem["line"], problem["column"], problem["value"]) == (3, 10, "C77")
    assert result.stderr.startswith("bad.yaml:3:10: 'C77'")


def test_validate_wants_a_file(invoke: Invoke) -> None:
    result = invoke("validate", status=2)
    assert "missing argument 'FILE...'" in result.stderr


def test_schema_knows_the_names(invoke: Invoke) -> None:
    plain = json.loads(invoke("schema", "scenario").stdout)
    assert plain["$schema"].endswith("2020-12/schema")
    assert "decide.rationality" in plain["properties"]["parameters"]["properties"]
    numbered = json.loads(invoke("schema", "scenario", "--json").stdout)
    assert numbered == {"schema_version": 1, **plain}


def test_schema_of_something_else_is_refused(invoke: Invoke) -> None:
    assert "'studies' is not one of 'scenario', 'study'" in invoke("schema", "studies", status=2).stderr
