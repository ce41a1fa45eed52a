"""Studies of the corpus: the right ones are read, the wrong ones refused for the stated reason at the right place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from influence_sim.base.errors import InputError
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.json_schema import study_json_schema
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.study import is_study, read_study
from influence_sim.theatre import Theatre, load

CORPUS = Path(__file__).parent / "corpus"
BESIDE = "beside.yaml"
VALID = sorted(path for path in (CORPUS / "valid").glob("*.yaml") if path.name != BESIDE)
INVALID = sorted(path for path in (CORPUS / "invalid").glob("*.yaml") if path.name != BESIDE)
EXPECT = "# expect: "
JARGON = ("pydantic", "http", "Input should", "Field required", "mapping", "NoneType", "dict", "instance", "str ")
Read = Callable[[Path], SweepRequest]


def _refusal(path: Path, read: Read) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value


def test_the_corpus_is_there() -> None:
    assert len(VALID) >= 15
    assert len(INVALID) > 80


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_wrong_study_is_refused_as_stated_and_where_it_stands(path: Path, read: Read) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    expected = [line.removeprefix(EXPECT) for line in lines if line.startswith(EXPECT)]
    refusal = _refusal(path, read)
    assert expected
    assert [fragment for fragment in expected if fragment not in str(refusal)] == []
    rules = [problem.rule + problem.hint for problem in refusal.problems]
    assert [word for word in JARGON for rule in rules if word in rule] == []
    for problem in refusal.problems:
        place = Path(problem.path)
        assert place.parent == path.parent
        if problem.line is None or problem.column is None:
            assert path.stem == "a_scenario"
            continue
        lines = [*place.read_text(encoding="utf-8").splitlines(), ""]
        rest = lines[problem.line - 1][problem.column - 1 :]
        if "missing" not in problem.rule and problem.value.isalnum():
            assert rest.strip("'\"").startswith(problem.value)


def test_all_problems_of_a_study_come_at_once_and_in_its_order(read: Read) -> None:
    problems = _refusal(CORPUS / "invalid" / "many.yaml", read).problems
    lines = [problem.line or 0 for problem in problems]
    assert len(lines) >= 9
    assert lines == sorted(lines)


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_right_study_is_read_and_its_written_form_reads_back_the_same(path: Path, read: Read, tmp_path: Path) -> None:
    request = read(path)
    for name, content in request.inputs.items():
        (tmp_path / name).write_bytes(content)
    again = read(tmp_path / "study.yaml")
    assert again.ingredients == request.ingredients
    assert again.digest == request.digest
    assert again.inputs == request.inputs
    assert again.design.tobytes() == request.design.tobytes()
    assert json.loads(json.dumps(request.canonical(), allow_nan=False)) == request.canonical()


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_the_same_study_in_keys_and_values_is_the_same(path: Path, theatre: Theatre) -> None:
    data = read_yaml(path).data
    for place, key in ((data, "scenario"), (data["design"], "file")):
        if str(place.get(key)).endswith((".yaml", ".csv")):
            place[key] = path.parent / place[key]
    taken = read_study(data, theatre.vocabulary)
    written = read_study(path, theatre.vocabulary)
    assert (taken.scenario, taken.against, taken.points) == (written.scenario, written.against, written.points)
    same = {"scenario", "design"}
    assert taken.study.model_dump(exclude=same) == written.study.model_dump(exclude=same)


def test_what_is_wrong_with_keys_and_values_is_placed_by_its_keys(theatre: Theatre) -> None:
    data = {
        "scenario": "us_engages_talban",
        "design": {"method": "lhs", "samples": 1},
        "vary": {"decide.rationality": (30, 4), "tie.strength": (0, float("nan")), "a": [0, 1]},
    }
    with pytest.raises(InputError) as caught:
        read_study(data, theatre.vocabulary)
    assert [problem.path for problem in caught.value.problems] == [
        "vary.tie.strength[1]",
        "design.samples",
        "vary.decide.rationality[1]",
        "vary.a",
        "scenario",
    ]


def test_a_link_out_of_the_folder_is_refused(read: Read, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    for name in (BESIDE, "condition.yaml"):
        (there / name).write_bytes((CORPUS / "valid" / name).read_bytes())
    (here / BESIDE).symlink_to(there / BESIDE)
    (here / "condition.yaml").write_bytes((there / "condition.yaml").read_bytes())
    assert read(there / "condition.yaml").scenario.name == "beside"
    with pytest.raises(InputError, match=r"condition\.yaml:2:11: .* this link leads out of the folder"):
        read(here / "condition.yaml")


def test_studies_and_scenarios_are_told_apart() -> None:
    scenarios = [read_yaml(path).data for path in shipped_scenarios().values()]
    studies = [read_yaml(path).data for path in VALID]
    assert [is_study(data) for data in scenarios] == [False] * len(scenarios)
    assert [is_study(data) for data in studies] == [True] * len(studies)
    assert not is_study(["design"])


@pytest.fixture(scope="module")
def validator(theatre: Theatre) -> Draft202012Validator:
    schema = study_json_schema(theatre.vocabulary)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(json.loads(json.dumps(schema, allow_nan=False)))


class TestJsonSchema:
    """The schema for editors names what the checks know."""

    @pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
    def test_it_accepts_right_studies(self, validator: Draft202012Validator, path: Path) -> None:
        assert [error.message for error in validator.iter_errors(read_yaml(path).data)] == []

    @pytest.mark.parametrize(
        "stem",
        ["key_unknown", "key_unknown_in_range", "method_strange", "parameter_unknown", "outcome_unknown", "vary_word",
         "range_of_three", "scale_unknown", "keep_unknown", "samples_fraction", "group_name", "fixed_outside",
         "date_year", "scenario_above", "replicates_none", "version_other", "design_missing", "outcome_twice"],
    )  # fmt: skip
    def test_it_refuses_wrong_ones(self, validator: Draft202012Validator, stem: str) -> None:
        assert not validator.is_valid(read_yaml(CORPUS / "invalid" / f"{stem}.yaml").data)

    def test_every_name_is_listed(self, validator: Draft202012Validator, theatre: Theatre) -> None:
        properties = validator.schema["properties"]
        assert set(properties["vary"]["anyOf"][1]["properties"]) == set(theatre.parameters)
        assert properties["outcomes"]["items"]["enum"] == sorted(theatre.vocabulary.outcomes)


_KEYS = ["scenario", "against", "design", "vary", "groups", "parameters", "outcomes", "dates", "months", "keep"]
_KEYS += ["method", "samples", "seed", "file", "low", "high", "scale", "peak", "choice", "replicates", "x"]
_KEYS += ["tie.strength", "authority.mean", "conditions.opium_weather", "interventions.us.attend.moscow_format", "ties"]
_WORDS = ["us_engages_taliban", "baseline", "none", "priors", "lhs", "csv", "morris", "grid", "sobol_indices", "log"]
_WORDS += ["2018-12", "2014-01", "violence", "trajectories", "cost.*", "*", "points.csv", ""]
_LEAVES = st.sampled_from([*_WORDS, 0, 1, 2, 0.5, -1, 16, 1e6, True, None])
_DATA = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=5),
    max_leaves=25,
)


@given(data=st.dictionaries(st.sampled_from(_KEYS), _DATA, max_size=8))
def test_any_data_is_accepted_or_refused(data: dict[str, Any]) -> None:
    try:
        text = str(read_study({"scenario": "us_engages_taliban", **data}, load().vocabulary).study.model_dump_json())
    except InputError as error:
        text = str(error)
    assert [word for word in JARGON if word in text] == []
