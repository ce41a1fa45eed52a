"""Every wrong file of the corpus is refused for the stated reason, at the right place, in plain words."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.base.errors import InputError
from influence_sim.base.strict_yaml import read_yaml_text
from influence_sim.scenario.checked_file import CheckedFile, raise_any
from influence_sim.scenario.checks import check_names, check_overlaps, with_forums
from influence_sim.scenario.json_schema import scenario_json_schema
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.schema import Scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.vocabulary import Vocabulary

INVALID = sorted((Path(__file__).parent / "corpus" / "invalid").glob("*.yaml"))
EXPECT = "# expect: "
JARGON = (
    "pydantic",
    "http",
    "Input should",
    "Field required",
    "mapping",
    "NoneType",
    "dict",
    "instance",
    "str ",
)
Write = Callable[..., Path]


def _refusal(path: Path, vocabulary: Vocabulary) -> InputError:
    with pytest.raises(InputError) as caught:
        load_scenario(path, vocabulary)
    return caught.value


def test_the_corpus_is_there() -> None:
    assert len(INVALID) > 70


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_wrong_file_is_refused_as_stated_and_where_it_stands(path: Path, vocabulary: Vocabulary) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]
    refusal = _refusal(path, vocabulary)
    text = str(refusal)
    assert expected
    assert [fragment for fragment in expected if fragment not in text] == []
    rules = [problem.rule + problem.hint for problem in refusal.problems]
    assert [word for word in JARGON for rule in rules if word in rule] == []
    for problem in refusal.problems:
        assert problem.line is not None
        assert problem.column is not None
        rest = [*lines, ""][problem.line - 1][problem.column - 1 :]
        if "missing" not in problem.rule and problem.value.isalnum():
            assert rest.strip("'\"").startswith(problem.value)


def test_problems_come_in_the_order_of_the_file(write: Write, vocabulary: Vocabulary) -> None:
    path = write("parameters: {a: 1}\nclaims: [C40, x]\ntitel: b\nquestion: 3\n")
    assert [problem.line for problem in _refusal(path, vocabulary).problems] == [3, 4, 5, 6]


def test_thousands_of_problems_take_no_time(write: Write, vocabulary: Vocabulary) -> None:
    item = "  - {from: 2018-01, actor: tlaiban, do: fihgt, target: kabull, level: 7}\n"
    path = write("interventions:\n" + item * 3000)
    began = time.process_time()
    problems = _refusal(path, vocabulary).problems
    assert time.process_time() - began < 120  # seconds; against what would take for ever
    assert len(problems) == 101
    assert "more than 100 problems" in problems[-1].rule


def test_thousands_of_overlaps_take_no_time(write: Write, vocabulary: Vocabulary) -> None:
    path = write("interventions:\n" + "  - {from: 2018-01, actor: us, do: fight, target: daesh}\n" * 3000)
    began = time.process_time()
    problems = _refusal(path, vocabulary).problems
    assert time.process_time() - began < 120  # seconds; against what would take for ever
    assert "already set" in problems[0].rule


_KEYS = ["schema_version", "name", "extends", "claims", "interventions", "forums", "conditions", "changes"]
_KEYS += [
    "parameters",
    "from",
    "until",
    "actor",
    "do",
    "target",
    "level",
    "set",
    "forum",
    "convenor",
    "invite",
]
_KEYS += ["meets", "2018-01", "foreign_troops", "precedent.strength", "[key]", "x"]
_WORDS = [
    "2018-01",
    "2014-01",
    "us",
    "kabul",
    "fight",
    "attend",
    "qcg",
    "tashkent",
    "C40",
    "",
    "[key]",
    "baseline",
]
_LEAVES = st.sampled_from([*_WORDS, 1, 0.5, -1, 1e6, True, None])
_DATA = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=25,
)


def _answer(text: str, vocabulary: Vocabulary) -> str:
    """The refusal of a scenario file, or its name."""
    try:
        file = CheckedFile(read_yaml_text(text, "t.yaml"), Scenario)
        known = with_forums(vocabulary, [file])
        raise_any([*file.problems, *check_names(file, known), *check_overlaps([file])])
    except InputError as error:
        return str(error)
    assert file.whole is not None
    return file.whole.name


@given(data=_DATA)
def test_any_data_is_accepted_or_refused(data: Any, vocabulary: Vocabulary) -> None:
    text = json.dumps({"schema_version": 1, "name": "any", **data} if isinstance(data, dict) else data)
    assert [word for word in JARGON if word in _answer(text, vocabulary)] == []


class TestJsonSchema:
    """The schema for editors names what the checks know."""

    @pytest.fixture
    def schema(self, vocabulary: Vocabulary) -> dict[str, Any]:
        return scenario_json_schema(vocabulary)

    def test_it_is_plain_json_of_the_right_dialect(self, schema: dict[str, Any]) -> None:
        assert json.loads(json.dumps(schema, allow_nan=False)) == schema
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def test_every_reference_is_defined(self, schema: dict[str, Any]) -> None:
        used = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
        assert used == set(schema["$defs"]) == {"Intervention", "ForumEntry", "Change"}

    def test_nothing_unknown_is_allowed(self, schema: dict[str, Any]) -> None:
        parts = [schema, *schema["$defs"].values()]
        parts += [schema["properties"][key] for key in ("conditions", "parameters")]
        assert [part["additionalProperties"] for part in parts] == [False] * 6

    def test_names_are_listed(self, schema: dict[str, Any], vocabulary: Vocabulary) -> None:
        lever = schema["$defs"]["Intervention"]["properties"]
        assert lever["actor"]["enum"] == sorted(vocabulary.actors)
        assert lever["do"]["enum"] == sorted({do for _, do, _ in vocabulary.levers})
        assert "invite" in lever["do"]["enum"]
        assert set(lever) == {"from", "until", "actor", "do", "target", "level"}
        assert schema["properties"]["claims"]["items"]["enum"] == sorted(vocabulary.claims)

    def test_limits_are_given(self, schema: dict[str, Any]) -> None:
        troops = schema["properties"]["conditions"]["properties"]["foreign_troops"]
        assert (troops["additionalProperties"]["minimum"], troops["additionalProperties"]["maximum"]) == (
            0,
            150,
        )
        rationality = schema["properties"]["parameters"]["properties"]["decide.rationality"]
        assert (rationality["minimum"], rationality["maximum"]) == (0, 100)

    def test_shipped_files_use_only_its_keys(self, schema: dict[str, Any]) -> None:
        for path in shipped_scenarios().values():
            data = read_yaml_text(path.read_text(encoding="utf-8"), path.name).data
            assert set(data) <= set(schema["properties"])
            assert set(schema["required"]) <= set(data)
