"""The declared tests are read strictly, and held against the theatre."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.months import parse_month
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import KINDS, TESTS, Declared, declared_tests
from influence_sim.theatre.files import data_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (TESTS, KINDS):
        shutil.copyfile(data_folder() / name, tmp_path / name)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_is_shipped(shipped: Declared) -> None:
    tests = {test.id: test for test in shipped.tests}
    assert len(tests) == len(shipped.tests) >= 30
    truce = tests["C25-truce"]
    assert (truce.scenario, truce.other, truce.sign, truce.when) == (
        "taliban_daesh_truce",
        "baseline",
        -1.0,
        parse_month("2019-12"),
    )
    assert tests["C31-opium-on-taliban-ground"].level == 0.5
    assert tests["C41-talks-grow"].earlier == parse_month("2016-12")
    assert tests["C44-aversion-is-why"].set == {"aversion.us.taliban": 0.0}


def test_words_say_what_is_compared(shipped: Declared) -> None:
    words = {test.id: test.words for test in shipped.tests}
    assert words["C44-us-stays-out"] == "baseline: us_in_moscow_format is below 0.05 in 2017-04"
    assert words["C44-aversion-is-why"].startswith("baseline with aversion.us.taliban = 0 against baseline: ")
    assert "against its own 2016-12: moscow_forum_states rises by 1 or more by 2017-04" in words["C41-talks-grow"]


def test_every_testable_claim_has_a_test_or_a_reason(shipped: Declared, theatre: Theatre) -> None:
    tested = {test.claim for test in shipped.tests}
    assert not tested & set(shipped.untestable)
    kinds = {claim.id: claim.kind for claim in theatre.claims}
    assert all("counterfactual" not in kinds[name] for name in kinds if name not in tested | set(shipped.untestable))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("scenario: qcg_includes_russia", "scenario: qcg_include_russia", "did you mean 'qcg_includes_russia'?"),
        ("outcome: northern_threat", "outcome: northern_threats", "did you mean 'northern_threat'?"),
        ("against: 2016-12", "against: 2017-12", "must lie before the month that is read"),
        ("against: 2016-12", "against: 2016-13", "2016-13"),
        ("expect: above", "expect: increase", "above and below go with a level"),
        ("set: {aversion.us.taliban: 0}", "set: {aversion.us.talibans: 0}", "did you mean 'aversion.us.taliban'?"),
        ("set: {aversion.us.taliban: 0}", "set: {aversion.us.taliban: 9}", "must lie between"),
        ("set: {aversion.us.taliban: 0}, ", "", "nothing differs from the scenario"),
        ("id: C25-truce", "id: C24-truce", "must begin with the claim"),
        ("id: C25-daesh-gone", "id: C25-truce", "two tests bear this id"),
        ("minimum: 0.05, reads: free", "minimum: -0.05, reads: free", "must be at least 0"),
        ("month: 2018-01", "month: 2018-1", "a month is written YYYY-MM"),
        ("month: 2018-01", "month: 2118-01", "a date must lie within 2015-09 to 2035-12"),
        ("  month: 2019-12\n", "  month: 2119-12\n", "a date must lie within 2015-09 to 2035-12"),
        ("claim: C09", "claim: K09", "a claim is written C and two digits"),
        ("reads: forced", "reads: perhaps", "perhaps"),
        ("  C07: the purpose", "  C25: the purpose", "this claim has a test"),
        ("  C51: what", "  C99: what", "not a claim"),
        ("  C51: what", "  C01: what", "neither a test nor a reason"),
    ],
)
def test_mistakes_are_told_with_their_place(folder: Path, theatre: Theatre, old: str, new: str, rule: str) -> None:
    change(folder / TESTS, old, new)
    with pytest.raises(InputError) as caught:
        declared_tests(theatre, folder)
    assert rule in str(caught.value)
    assert all(problem.line is not None for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("  C58-success:", "  C58-succes:", "did you mean 'C58-success'?"),
        ("  capability.rent:", "  capability.rents:", "did you mean 'capability.rent'?"),
        ("  capability.rent:", "  capability.troops_half:", "0 is outside its limits"),
        ("forced:", "forcing:", "forcing"),
    ],
)
def test_mistakes_about_kinds_are_told(folder: Path, theatre: Theatre, old: str, new: str, rule: str) -> None:
    change(folder / KINDS, old, new)
    with pytest.raises(InputError, match=rule.replace("?", r"\?")):
        declared_tests(theatre, folder)


def test_some_claims_alone(shipped: Declared) -> None:
    chosen = shipped.only(["C25", "C18"])
    assert {test.claim for test in chosen.tests} == {"C25"}
    assert list(chosen.untestable) == ["C18"]
    with pytest.raises(InputError, match=r"C01.*not a claim that can be tested"):
        shipped.only(["C25", "C01"])
