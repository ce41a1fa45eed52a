"""What a run is, and what is refused before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.months import format_month
from influence_sim.model import simulate
from influence_sim.runs import manifest
from influence_sim.runs.request import RunRequest

Make = Callable[..., RunRequest]


def test_the_branch_is_the_first_month_in_which_the_arms_can_differ(small: RunRequest) -> None:
    assert small.branch is not None
    assert format_month(small.branch) == "2018-01"
    numbers = np.arange(4)
    first, other = (simulate(arm, seed=1, replicates=numbers) for arm in small.arms)
    assert np.array_equal(first[:28], other[:28])
    assert not np.array_equal(first[28], other[28])


def test_months_too_few_to_reach_the_branch_are_refused(request_of: Make) -> None:
    with pytest.raises(InputError, match="ends in 2017-12, before us_engages_taliban begins to differ in 2018-01"):
        request_of(months=28)
    assert request_of(months=29).months == 29


@pytest.mark.parametrize(
    ("name", "value"),
    [("replicates", 0), ("replicates", True), ("seed", -1), ("seed", 2**63), ("months", 0), ("months", 245)],
)
def test_numbers_out_of_range_are_refused(request_of: Make, name: str, value: int) -> None:
    with pytest.raises(InputError, match=f"--{name}: '{value}': {name} must be a whole number"):
        request_of(**{name: value})


def test_all_numbers_are_told_at_once(request_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        request_of(replicates=0, seed=-1, months=0)
    assert [problem.path for problem in caught.value.problems] == ["--replicates", "--seed", "--months"]


def test_a_wrong_setting_is_told_once_though_both_arms_get_it(request_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        request_of(set={"authority.erosn": 1.0})
    assert [problem.value for problem in caught.value.problems] == ["authority.erosn"]


def test_mistakes_in_both_arms_are_told_together(request_of: Make) -> None:
    with pytest.raises(InputError) as caught:
        request_of("us_engage_taliban", against="basline")
    assert [problem.value for problem in caught.value.problems] == ["us_engage_taliban", "basline"]


@pytest.mark.parametrize("against", [None, "none", "us_engages_taliban"])
def test_one_arm(request_of: Make, against: str | None) -> None:
    request = request_of(against=against)
    assert request.against is None
    assert len(request.arms) == 1


def test_undated_parameters_go_to_both_arms(tmp_path: Path, request_of: Make) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema_version: 1\nname: mine\ntitle: t\nquestion: q\nparameters: {precedent.strength: 0.5}\n"
        "interventions: [{from: 2018-01, actor: us, do: engage_publicly, target: taliban}]\n"
    )
    request = request_of(file, set={"decide.inertia": 0.4})
    assert request.parameters == {"decide.inertia": 0.4, "precedent.strength": 0.5}
    first, other = (simulate(arm, seed=1, replicates=[0, 1]) for arm in request.arms)
    assert np.array_equal(first[:28], other[:28])
    plain = simulate(request_of().arms[1], seed=1, replicates=[0, 1])
    assert not np.array_equal(other[:28], plain[:28])


def test_a_scenario_without_anything_dated_is_refused(tmp_path: Path, request_of: Make) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("schema_version: 1\nname: mine\ntitle: t\nquestion: q\nparameters: {precedent.strength: 0.5}\n")
    with pytest.raises(InputError, match=r"nothing dated differs between mine and baseline.*--against none"):
        request_of(file)
    assert len(request_of(file, against=None).arms) == 1


def test_two_arms_of_one_name_are_refused(tmp_path: Path, request_of: Make) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema_version: 1\nname: us_withdraws\ntitle: t\nquestion: q\n"
        "interventions: [{from: 2018-01, actor: us, do: engage_publicly, target: taliban}]\n"
    )
    with pytest.raises(InputError, match="bear the same name"):
        request_of(file, against="us_withdraws")


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"replicates": 4},
        {"months": 31},
        {"against": None},
        {"against": "us_withdraws"},
        {"scenario": "us_own_channel"},
        {"set": {"decide.inertia": 0.4}},
    ],
)
def test_the_digest_follows_all_that_determines_the_numbers(
    request_of: Make, small: RunRequest, change: dict[str, object]
) -> None:
    assert request_of().digest == small.digest
    assert request_of(**change).digest != small.digest


def test_the_digest_follows_the_model(small: RunRequest, monkeypatch: pytest.MonkeyPatch, request_of: Make) -> None:
    before = small.digest  # which is kept once it is asked for
    monkeypatch.setattr("influence_sim.runs.request.model_version", lambda theatre: "another")
    assert request_of().digest != before


def test_what_both_scenarios_fix_is_no_difference(request_of: Make) -> None:
    longer = request_of("us_engages_taliban", against="us_own_public_channel", months=40)
    assert longer.branch == longer.scenario.first_dated(longer.scenarios[1])
    assert longer.scenario.first_dated(longer.scenario) is None


def test_size(small: RunRequest) -> None:
    size = small.size()
    assert size["runs"] == 6
    assert size["rows"] == 6 * 30
    assert size["bytes"] > size["rows"]


def test_code_that_checks_or_tells_is_not_in_the_hash_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = Path(manifest.__file__).parents[1]
    assert all((package / name).is_file() for name in manifest.CHECKS_AND_TEXTS)
    monkeypatch.setattr(manifest, "__file__", str(tmp_path / "runs" / "manifest.py"))
    (tmp_path / "theatre").mkdir()

    def hash_with(name: str) -> str:
        (tmp_path / "theatre" / name).write_text(f"# {name}\n", encoding="utf-8")
        return manifest.code_hash.__wrapped__("theatre")

    before = hash_with("reader.py")
    assert hash_with("words.py") == hash_with("bounds.py") == before
    assert hash_with("spec.py") != before
