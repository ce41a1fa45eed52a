"""What verdicts rest on: what cites a claim, decisions, and forms, on planted cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from influence_sim.analysis.claims import grounds as resting
from influence_sim.analysis.claims.grounds import citations, find_carrier, grounds, variance_explained
from influence_sim.analysis.claims.knockouts import Knockout
from influence_sim.analysis.claims.places import Reading, places_of, read, score
from influence_sim.analysis.worlds import latin_hypercube, values_of
from influence_sim.theatre import Theatre
from influence_sim.theatre.claim_tests import ClaimTest, Declared

FORMS = {"some.form": np.array([0.0, 1.0] * 50), "other.form": np.array([0.0, 0.0, 1.0, 2.0] * 25)}


def only(shipped: Declared, *tests: ClaimTest) -> Declared:
    return shipped.model_copy(update={"tests": list(tests), "ways": None, "forced": {}})


def named(shipped: Declared, name: str) -> ClaimTest:
    return next(test for test in shipped.tests if test.id == name)


def test_a_claim_written_in_as_a_rule_is_found_coded(theatre: Theatre, shipped: Declared) -> None:
    test = named(shipped, "C34-ban-is-rewarded")
    planted = test.model_copy(update={"id": "C07-planted", "claim": "C07"})
    worlds = values_of(list(theatre.parameters.values())[:3], latin_hypercube(4, 3, np.random.default_rng(1)))
    holds = {test.id: np.ones(4, np.bool_), planted.id: np.ones(4, np.bool_)}
    rules = tuple(
        rule.model_copy(update={"claims": ("C07",)}) if rule.id == "reward" else rule for rule in theatre.rules
    )
    other = replace(theatre, rules=rules, digest=f"{theatre.digest} planted")
    result = grounds(other, only(shipped, test, planted), worlds, holds, [], replicates=1, seed=1)
    assert result["C07-planted"].coded == "reward.strength"
    assert result[test.id].coded == ""  # the same effect, but nothing that carries it cites the claim any more


def test_constant_agents_fail_what_only_decisions_can_pass(
    theatre: Theatre, shipped: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "AT_DEFAULTS", 256)
    test = named(shipped, "C28-iran-joins-russia").model_copy(update={"minimum": 0.1})  # beyond what chance gives
    worlds = values_of(list(theatre.parameters.values())[:3], latin_hypercube(4, 3, np.random.default_rng(1)))
    holds = {test.id: np.ones(4, np.bool_)}
    result = grounds(theatre, only(shipped, test), worlds, holds, [], replicates=64, seed=1)[test.id]
    whole = result.itself + result.ground + result.response
    (as_is,) = read([Reading(theatre, places_of([test], theatre.start), 256)], 1)
    assert whole == pytest.approx(score(test, as_is).item(), abs=1e-12)
    assert whole > 2 * test.minimum
    assert abs(result.constant) < 0.1 * test.minimum
    assert result.constant_share == 0.0
    assert result.over_numbers > 0.5
    assert result.response == pytest.approx(whole, abs=1e-3)  # nobody but who decides carries it


def test_what_cites_a_claim(theatre: Theatre, shipped: Declared) -> None:
    items, without = citations(theatre, shipped, "C35")
    names = [item.name for item in items]
    assert {"legitimacy.morale", "authority.erosion", "authority.sidelined"} <= set(names)
    assert "what is expected (open_talks, help_to_insurgents)" in names
    assert {effect.id for effect in theatre.effects} - {effect.id for effect in without.effects} == {
        "open_talks",
        "help_to_insurgents",
    }
    items, same = citations(theatre, shipped, "C61")
    assert not items
    assert same is theatre


ONE, TWO = Knockout("one", "", {"one": 0.0}), Knockout("two", "", {"two": 0.0})


@pytest.mark.parametrize(
    ("alone", "together", "carried"),
    [
        ((1.0, 0.1, 0.9), 0.0, "one"),
        ((1.0, 0.9, 0.15), 0.0, "two"),
        ((1.0, 0.6, 0.6), 0.1, "one and two"),
        ((1.0, 0.6, 0.6), 0.5, ""),
        ((0.01, 0.0, 0.0), 0.0, ""),  # too small to count
        ((-1.0, 0.0, 0.0), 0.0, ""),  # it goes the other way
    ],
)
def test_what_carries_an_effect(alone: tuple[float, ...], together: float, carried: str) -> None:
    assert find_carrier([ONE, TWO], alone, together, 0.02) == carried


def test_disagreement_that_goes_with_forms_is_told_from_disagreement_that_does_not() -> None:
    rng = np.random.default_rng(3)
    assert variance_explained(FORMS["other.form"] == 2.0, FORMS) == pytest.approx(1.0)
    assert variance_explained(rng.random(100) < 0.5, FORMS) < 0.1
    assert np.isnan(variance_explained(np.ones(100, np.bool_), FORMS))
    assert np.isnan(variance_explained(rng.random(100) < 0.5, {}))
