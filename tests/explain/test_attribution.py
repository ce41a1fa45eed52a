"""Real effects, divided: what is switched off, and what the parts add up to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from influence_sim.analysis.explain import attribution
from influence_sim.analysis.explain.attribution import attribute_each, shortened
from influence_sim.analysis.explain.parts import Entry, differing, entries_of, mix, parts_of
from influence_sim.model import Arm, simulate
from influence_sim.runs.request import plan_run
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

MONTHS = 34


@pytest.fixture(scope="module")
def request_():
    return plan_run("us_engages_taliban", replicates=3, months=MONTHS)


def attribute(request, outcome, groups, **options):
    return attribute_each(request, (outcome,), groups, **options)[outcome]


@pytest.fixture(scope="module")
def divided(request_):
    return attribute(request_, "kabul_authority", ("interventions", "rules"), orders=2)


def effect(request, outcome, parameters=None, scenario=None):
    """Mean paired difference in the last month, run plainly."""
    theatre = request.theatre
    row = theatre.vocabulary.outcomes.index(outcome)
    arms = [scenario or request.scenario, request.against]
    numbers = np.arange(request.replicates)
    first, other = (
        simulate(
            Arm(theatre, arm, request.months, request.parameters),
            seed=request.seed,
            replicates=numbers,
            parameters=parameters,
        )[-1, row]
        for arm in arms
    )
    return first - other


def test_parts_and_remainder_add_up_to_the_effect(request_, divided):
    whole = effect(request_, "kabul_authority").mean()
    for _, rows in divided.groupby("by"):
        parts = rows.loc[rows["kind"] != "effect", "value"].sum()
        assert abs(parts - whole) < 1e-9
        assert rows.loc[rows["kind"] == "effect", "value"].item() == pytest.approx(whole, abs=1e-12)


def test_two_interventions_share_as_four_plain_runs_say(request_, divided):
    engage, attend = (
        Entry("interventions", f"us {deed}") for deed in ("engage_publicly taliban", "attend moscow_format")
    )
    alone = {
        entry: effect(request_, "kabul_authority", scenario=mix(request_.scenario, request_.against, {entry}))
        for entry in (engage, attend)
    }
    both = effect(request_, "kabul_authority")
    rows = divided[divided["by"] == "interventions"].set_index("part")
    for first, other in ((engage, attend), (attend, engage)):
        share = 0.5 * (alone[first] + both - alone[other])
        assert rows.loc[first.name, "value"] == pytest.approx(share.mean(), abs=1e-12)
    assert "remainder" not in set(rows["kind"])  # nothing fixed, nothing differs


def test_several_outcomes_are_read_in_the_same_runs(request_, divided):
    outcomes = ("russia_prestige", "kabul_authority")
    result = attribute_each(request_, outcomes, ("interventions", "rules"), orders=2)
    assert tuple(result) == outcomes
    pd.testing.assert_frame_equal(result["kabul_authority"], divided)
    rows = result["russia_prestige"]
    whole = rows.loc[rows["kind"] == "effect", "value"].iloc[0]
    assert whole == pytest.approx(effect(request_, "russia_prestige").mean(), abs=1e-12)


def test_the_remainder_is_the_effect_without_any_rule(request_, divided):
    off = {rule.strength: np.zeros(3) for rule in request_.theatre.rules}
    rows = divided[(divided["by"] == "rules") & (divided["kind"] == "remainder")]
    assert rows["value"].item() == pytest.approx(effect(request_, "kabul_authority", off).mean(), abs=1e-12)


def test_a_rule_that_does_not_matter_gets_exactly_nothing():
    request = plan_run("opium_ban", replicates=2, months=MONTHS)
    rows = attribute(request, "opium_output", ("mechanisms",), orders=2).set_index("part")
    assert rows.loc["prestige.following", "value"] == 0.0
    assert rows.loc["prestige.following", "ci_high"] == 0.0
    assert rows.loc["opium.eradication", "value"] < -0.01


def test_claims_and_words_are_told(divided):
    rows = divided.set_index("part")
    theatre = load()
    (lever,) = (each for each in theatre.levers if each.name == "us.engage_publicly.taliban")
    assert rows.loc["us engage_publicly taliban", "claims"] == " ".join(lever.claims)
    assert rows.loc["us engage_publicly taliban", "words"] == (
        "the United States: deals openly with the Taliban, from 2018-01"
    )
    assert rows.loc["tie", "claims"] == "C05 C24 C46"


def test_together_divides_once(request_, monkeypatch):
    monkeypatch.setattr(attribution, "EXACT", 2)
    rows = attribute(request_, "us_acceptance", ("interventions", "rules"), orders=2, together=True)
    assert set(rows["by"]) == {"everything"}
    assert {"tie", "us attend moscow_format"} <= set(rows["part"])
    assert "remainder" not in set(rows["kind"])  # without interventions nothing differs, whatever the rules
    parts = rows.loc[rows["kind"] == "part", "value"].sum()
    assert abs(parts - effect(request_, "us_acceptance").mean()) < 1e-9


def test_a_rule_is_no_part_where_it_is_off_already():
    request = plan_run("us_engages_taliban", replicates=2, months=MONTHS, set={"tie.strength": 0.0})
    names = {part.name for part in parts_of("rules", request)}
    assert "tie" not in names
    assert {"precedent", "rivalry"} <= names


def test_a_dated_change_does_not_bring_back_what_is_off(tmp_path):
    path = tmp_path / "stronger.yaml"
    path.write_text(
        "schema_version: 1\nname: stronger\nclaims: [C55]\nchanges:\n"
        "  - {from: 2018-01, set: {precedent.strength: 2, lull.strength: 2}}\n"
        "interventions:\n  - {from: 2018-01, actor: us, do: fight, target: taliban, level: 0}\n",
        encoding="utf-8",
    )
    request = plan_run(path, replicates=2, months=MONTHS)
    rows = attribute(request, "p_us_engages", ("interventions", "rules"), orders=2)
    off = {rule.strength: np.zeros(2) for rule in request.theatre.rules}
    unchanged = mix(request.scenario, request.against, differing(request.scenario, request.against), off)
    left = effect(request, "p_us_engages", off, scenario=unchanged).mean()
    row = rows[(rows["by"] == "rules") & (rows["kind"] == "remainder")]["value"]
    assert (0.0 if row.empty else row.item()) == pytest.approx(left, abs=1e-12)
    names = set(rows.loc[rows["by"] == "interventions", "part"])
    assert names == {"us fight taliban", "change lull.strength", "change precedent.strength", "effect"}


def test_entries_are_taken_from_the_one_or_the_other():
    vocabulary = load().vocabulary
    first, other = (load_scenario(name, vocabulary) for name in ("us_withdraws", "us_surge"))
    entries = differing(first, other)
    troops = Entry("conditions", "foreign_troops")
    assert troops in entries
    assert entries_of(mix(first, other, entries)) == entries_of(first)
    assert entries_of(mix(first, other, ())) == entries_of(other)
    half = entries_of(mix(first, other, {troops}))
    assert half[troops] == entries_of(first)[troops]
    assert {entry: items for entry, items in half.items() if entry != troops} == {
        entry: items for entry, items in entries_of(other).items() if entry != troops
    }


def test_few_parts_are_exact_and_many_are_sampled(request_):
    methods = {
        (group, size): attribution._design(size, request_, 4, group).method.partition(":")[0]
        for group, size in (("rules", 8), ("rules", 9), ("interventions", 9), ("interventions", 10))
    }
    assert list(methods.values()) == ["exact", "sampled", "exact", "sampled"]


def test_small_parts_are_put_together(divided):
    rows = divided[divided["by"] == "rules"]
    short = shortened(rows, most=3)
    assert list(short["kind"]) == ["part"] * 3 + ["pooled", "remainder", "effect"]
    assert short.loc[short["kind"] != "effect", "value"].sum() == pytest.approx(
        short.loc[short["kind"] == "effect", "value"].item(), abs=1e-9
    )
    assert short["part"].iloc[3] == f"{(rows['kind'] == 'part').sum() - 3} smaller ones"
    few = rows[rows["part"].isin(["tie", "effect"])]
    assert list(shortened(few, most=0)["part"]) == ["tie", "effect"]  # a row for one part would say less


def test_the_numbers_do_not_depend_on_workers(request_, divided):
    again = attribute(request_, "kabul_authority", ("rules",), orders=2, workers=2)
    rows = divided[divided["by"] == "rules"].reset_index(drop=True)
    np.testing.assert_array_equal(again["value"], rows["value"])
