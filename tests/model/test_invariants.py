"""What holds in every month of every run, wherever in their prior ranges the parameters lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.model import Arm, InfluenceModel, simulate, states
from influence_sim.model.index import Index
from influence_sim.model.plan import plan_of
from influence_sim.theatre import load

THEATRE = load()
WIDTH, FEW, MONTHS = 24, 4, 44
KINDS = ("inside", "corners", "some corners")
HAIR = 1e-12
"""What rounding may take from, or add to, a share."""

SCENARIOS = (
    *("baseline", "us_engages_taliban", "us_withdraws", "us_surge", "daesh_surge", "daesh_collapse"),
    *("qcg_succeeds", "moscow_settlement", "moscow_forum_grows", "opium_ban", "taliban_split", "russia_raises_support"),
)
COUNTS = {"moscow_forum_states"}
DIFFERENCES = {"russia_lead"}

where = st.tuples(st.integers(0, 2**32), st.sampled_from(KINDS))
scenarios = st.sampled_from(SCENARIOS)


def sampled(place: tuple[int, str], width: int = WIDTH) -> dict[str, np.ndarray]:
    """Every parameter, uniform over its prior range or at one of its ends, one value a replicate."""
    seed, kind = place
    rng = np.random.default_rng(seed)
    out = {}
    for name, spec in THEATRE.parameters.items():
        share = rng.uniform(size=width)
        share = np.where(rng.uniform(size=width) < {"inside": 0.0, "corners": 1.0}.get(kind, 0.5), share.round(), share)
        out[name] = spec.low + share * (spec.high - spec.low)
        if spec.choices:
            out[name] = rng.choice(spec.choices, size=width)
    return out


@pytest.fixture(scope="module", params=SCENARIOS)
def played(request: pytest.FixtureRequest, arm: Callable[..., Arm]) -> tuple[Index, Any]:
    """What the rows of states stand for, and those of a scenario, shape (1 + months, replicates).

    The first is before the first month, at the parameters of the first few replicates: a Mesa model is slow to make.
    """
    run, number = arm(request.param, MONTHS), SCENARIOS.index(request.param)
    who, values = np.arange(WIDTH), sampled((number, KINDS[number % len(KINDS)]))
    points = [{name: float(value[k]) for name, value in values.items()} for k in who[:FEW]]
    starts = np.array([InfluenceModel(run, rng=1, parameters=point).state for point in points])
    later = states(run, seed=number, replicates=who, steps=range(run.months), parameters=values)
    return plan_of(run).index, np.concatenate([starts[None, who % FEW], later])


def within(values: np.ndarray, low: float, high: float) -> bool:
    """Whether every value is a number between two bounds, but for rounding."""
    return bool(np.isfinite(values).all() and values.min() >= low - HAIR and values.max() <= high + HAIR)


@given(scenario=scenarios, place=where)
def test_every_outcome_is_a_number_within_its_bounds(
    arm: Callable[..., Arm], row: dict[str, int], scenario: str, place: tuple[int, str]
) -> None:
    records = simulate(arm(scenario), seed=place[0], replicates=np.arange(WIDTH), parameters=sampled(place))
    seats = sum(actor.seats for actor in THEATRE.actors)
    wrong = [
        name
        for name, position in row.items()
        if not within(records[:, position], -float(name in DIFFERENCES), float(seats) if name in COUNTS else 1.0)
    ]
    assert wrong == []


@given(scenario=scenarios, place=where)
def test_shares_add_up(arm: Callable[..., Arm], row: dict[str, int], scenario: str, place: tuple[int, str]) -> None:
    records = simulate(arm(scenario), seed=place[0], replicates=np.arange(WIDTH), parameters=sampled(place))
    for parts in (
        ("kabul_territory", "taliban_control", "daesh_control"),
        ("districts_government", "contested", "districts_insurgent"),
    ):
        total = sum(records[:, row[part]] for part in parts)
        np.testing.assert_allclose(total, 1.0, rtol=0, atol=HAIR)
    shares = records[:, row["russia_mediator_share"]] + records[:, row["us_mediator_share"]]
    accepted = records[:, row["russia_acceptance"]] + records[:, row["us_acceptance"]]
    np.testing.assert_allclose(shares[accepted > 0], 1.0, rtol=0, atol=1e-9)
    lead = records[:, row["russia_acceptance"]] - records[:, row["us_acceptance"]]
    assert np.array_equal(records[:, row["russia_lead"]], lead)


def test_ground_ties_policies_and_factions_stay_where_they_can_be(played: tuple[Index, Any]) -> None:
    state = played[1]
    count = len(THEATRE.provinces)
    people = np.array([province.population for province in THEATRE.provinces])
    names = ("held_government", "held_contested", "held_insurgent", "spoiler")
    kabul, contested, taliban, daesh = (state[name][..., :count] for name in names)
    for part in (kabul, contested, taliban, daesh):
        assert within(part, 0.0, 1.0)
    np.testing.assert_allclose(kabul + contested + taliban + daesh, 1.0, rtol=0, atol=HAIR)
    held = kabul + 0.5 * contested
    np.testing.assert_allclose(state["territory"], held @ (people / people.sum()), rtol=0, atol=HAIR)
    assert within(state["tie"], -1.0, 1.0)
    for field in (
        *("x", "seat", "live", "met", "both", "moderates", "spoiler_strength", "disclosed", "line", "past"),
        *("fortune", "prestige", "contact", "settlement", "cohesion", "choice", "inclusion", "followed"),
        *("legitimacy", "acceptance", "fear", "spillover", "at_stake", "bypassed", "stir", "news"),
    ):
        assert within(state[field], 0.0, 1.0), field


def test_of_each_stance_exactly_one_option_holds(played: tuple[Index, Any]) -> None:
    index, state = played
    stance_of = np.array([index.stance[stance.actor, stance.name] for stance, *_ in index.options])
    chosen, likely = (state[field][..., : len(stance_of)] for field in ("chosen", "probability"))
    assert set(np.unique(chosen)) == {0.0, 1.0}
    assert within(likely, 0.0, 1.0)
    for row in range(len(index.stances)):
        assert (chosen[..., stance_of == row].sum(axis=-1) == 1.0).all()
        np.testing.assert_allclose(likely[1:][..., stance_of == row].sum(axis=-1), 1.0, rtol=0, atol=HAIR)
    changed = (chosen[1:] != chosen[:-1]).any(axis=-1)
    assert changed.any()
    assert within(state["held"], 0.0, MONTHS)


def test_what_does_not_exist_stays_nothing(played: tuple[Index, Any]) -> None:
    index, state = played
    for field, rows in {"x": index.levers, "tie": index.tie, "seat": index.seat, "live": index.forums}.items():
        assert not state[field][..., len(rows) :].any(), field
    assert not state["contact"][..., len(index.actors) :].any()
    assert not state["nothing"].any()


def test_every_chance_is_a_probability(played: tuple[Index, Any]) -> None:
    index, state = played
    assert within(state["chance"], 0.0, 1.0)
    assert state["chance"][..., : index.policies].any()
