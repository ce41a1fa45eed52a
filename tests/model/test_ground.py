"""Ground in three states: where it begins, how it changes hands, what it tips on, and how it is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from influence_sim.model import InfluenceModel, capability, territory
from influence_sim.theatre import Theatre, load

COUNT = len(load().provinces)
PARTS = ("held_government", "held_contested", "held_insurgent", "spoiler")
HAIR = 1e-12
CALM = {"territory.shock": 0.0}
"""No fortunes of war."""

After = Callable[..., InfluenceModel]
Otherwise = Callable[..., InfluenceModel]


def ground(model: InfluenceModel) -> np.ndarray:
    """Government's, contested, insurgents' and the spoiler's share of each province, (4, provinces)."""
    return np.array([model.state[part][:COUNT] for part in PARTS])


def put(model: InfluenceModel, *shares: float) -> None:
    """Puts every province into one state."""
    for part, share in zip(PARTS, shares, strict=True):
        model.state[part][:COUNT] = share


def contest(model: InfluenceModel, months: int = 1) -> np.ndarray:
    """Lets the contest go on while all else stands still; the ground after each month, (months, 4, provinces)."""
    shares = []
    for _ in range(months):
        territory.contest(model.state, model.parameters, model.wiring, model.circumstances, model.key)
        shares.append(ground(model))
    return np.array(shares)


def logistic(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def leans(model: InfluenceModel) -> np.ndarray:
    """By hand: earlier insurgency, and ground that suits the crop."""
    provinces, p = model.arm.theatre.provinces, model.parameters
    suits = np.log1p([(province.crop[0] + province.crop[1]) / 2 for province in provinces])
    suits = (suits - suits.mean()) / suits.std()
    return p.territory_insurgency * np.array([each.insurgency for each in provinces]) + p.territory_plant * suits


@pytest.mark.parametrize("month", [0, 40])
def test_a_month_is_what_the_formula_says(after: After, otherwise: Otherwise, theatre: Theatre, month: int) -> None:
    model = otherwise(after(month), CALM)
    s, p = model.state, model.parameters
    ours, disputed, theirs, spoiler = ground(model)
    survival = (ours + 0.5 * disputed + s.legitimacy + s.presence) / 3.0
    falls = logistic(p.legitimacy_sharpness * (p.legitimacy_breaking - survival))
    odds = p.territory_pull + capability.advantage(s, p, model.wiring) + leans(model) + p.cascade * falls
    wins, attack, hold = logistic(odds), p.territory_attack, p.territory_hold
    relative = np.array([theatre.number(province.spoiler_ground) for province in theatre.provinces])
    strong = theatre.parameters["daesh.ground"].default * relative * s.spoiler_strength
    new = spoiler + hold * (strong / (1.0 + strong) - spoiler)
    left = (1.0 - new) / (1.0 - spoiler)
    expected = [
        left * (ours - attack * wins * ours + hold * (1.0 - wins) * disputed),
        left * (disputed + attack * (wins * ours + (1.0 - wins) * theirs) - hold * disputed),
        left * (theirs + hold * wins * disputed - attack * (1.0 - wins) * theirs),
        new,
    ]
    (shares,) = contest(model)
    np.testing.assert_allclose(shares, expected, rtol=0, atol=HAIR)
    assert (shares[3] > 0.0).any()


def test_it_begins_where_the_contest_would_come_to_rest(after: After, otherwise: Otherwise) -> None:
    """At even odds of start and lean; the spoiler takes its part from all alike."""
    model = after(0)
    ours, disputed, theirs, spoiler = ground(model)
    p = model.parameters
    odds = np.exp(p.territory_start + leans(model))
    np.testing.assert_allclose(theirs / ours, odds**2, rtol=1e-9)
    np.testing.assert_allclose(disputed / ours, odds * p.territory_attack / p.territory_hold, rtol=1e-9)
    np.testing.assert_allclose(ours + disputed + theirs + spoiler, 1.0, rtol=0, atol=HAIR)


def test_shares_sum_to_1_for_as_long_as_one_likes(after: After, otherwise: Otherwise) -> None:
    model = otherwise(after(5), {"territory.attack": 0.2, "territory.hold": 0.2, "territory.shock": 1.0})
    model.state.spoiler_strength = 1.0
    ground = contest(model, 400)
    np.testing.assert_allclose(ground.sum(axis=1), 1.0, rtol=0, atol=HAIR)
    assert ground.min() >= 0.0


MORE = {
    "territory.pull": (-0.5, 0.5),
    "capability.effort": (0.3, 1.5),
    "capability.support": (0.2, 1.5),
    "capability.rent": (0.0, 0.8),
    "legitimacy.defection": (0.0, 2.0),
}
"""What is good for insurgents, as things stand; where they fight and the government does not."""


@pytest.mark.parametrize("parameter", MORE)
def test_what_helps_insurgents_never_helps_the_government(after: After, otherwise: Otherwise, parameter: str) -> None:
    """Province by province and month by month, on the same fortunes of war."""
    start, ground = after(12), []
    start.state.x[start.index.lever["kabul", "fight", "taliban"]] = 0.0
    for value in MORE[parameter]:
        ground.append(contest(otherwise(start, {parameter: value}), 60))
    less, more = ground
    assert (more[:, 0] <= less[:, 0] + HAIR).all()
    assert (more[:, 2] >= less[:, 2] - HAIR).all()
    assert (more[-1, 2] > less[-1, 2]).all()


def test_legitimacy_keeps_ground(after: After, otherwise: Otherwise) -> None:
    start, ground = after(12), []
    for legitimacy in (0.2, 0.5, 0.8):
        model = otherwise(start, {})
        model.state.legitimacy = legitimacy
        ground.append(contest(model, 24)[-1, 0])
    assert (np.diff(ground, axis=0) > 0.0).all()


def test_without_morale_and_defection_legitimacy_does_not_reach_the_ground(after: After, otherwise: Otherwise) -> None:
    start, ground = after(12), []
    for legitimacy in (0.2, 0.8):
        model = otherwise(start, {"legitimacy.morale": 0.0, "legitimacy.defection": 0.0})
        model.state.legitimacy = legitimacy
        ground.append(contest(model, 24).tobytes())
    assert ground[0] == ground[1]


def test_classes_can_move_in_any_combination(after: After, otherwise: Otherwise) -> None:
    """Contested ground first grows and then shrinks, whoever wins, and shrinks for both at even odds."""
    signs = set()
    for pull, shares in (
        (-6.0, (0.0, 0.0, 1.0)),
        (6.0, (1.0, 0.0, 0.0)),
        (0.0, (0.3, 0.4, 0.3)),
        (0.0, (0.1, 0.8, 0.1)),
    ):
        model = otherwise(after(0), CALM | {"territory.pull": pull, "legitimacy.defection": 0.0})
        put(model, *shares, 0.0)
        model.state.spoiler_strength = 0.0
        ground = contest(model, 80)[:, :3].mean(axis=2)
        signs |= {tuple(np.sign(step).astype(int)) for step in np.diff(ground, axis=0)}
    assert {(1, 1, -1), (1, -1, -1), (-1, 1, 1), (-1, -1, 1), (1, -1, 1)} <= signs


def resting(model: InfluenceModel, *shares: float) -> np.ndarray:
    """The government's ground after fifty years of a contest that began somewhere."""
    put(model, *shares, 0.0)
    model.state.spoiler_strength = 0.0
    ground: np.ndarray = contest(model, 600)[-1, 0]
    return ground


def tense(after: After, otherwise: Otherwise, defection: float) -> InfluenceModel:
    """Even odds but for what people expect, and a survival that hangs on the ground alone."""
    model = otherwise(
        after(0),
        CALM
        | {"territory.insurgency": 0.0, "territory.poppy": 0.0}
        | {"legitimacy.defection": defection, "legitimacy.sharpness": 25.0, "legitimacy.breaking": 0.4},
    )
    model.state.legitimacy = model.state.presence = 0.35
    base = capability.advantage(model.state, model.parameters, model.wiring)
    model.parameters.territory_pull = -base - 0.5 * defection
    return model


def test_a_province_tips_on_what_its_people_expect(after: After, otherwise: Otherwise) -> None:
    """The same odds hold a province that stands and keep down one that has fallen; without defection both end alike."""
    for defection, apart in ((0.0, False), (2.0, True)):
        stands = resting(tense(after, otherwise, defection), 1.0, 0.0, 0.0)
        fallen = resting(tense(after, otherwise, defection), 0.0, 0.0, 1.0)
        assert np.ptp(stands) < HAIR
        assert (stands[0] - fallen[0] > 0.3) == apart, (defection, stands[0], fallen[0])
        assert apart or stands[0] == pytest.approx(fallen[0], abs=1e-6)


def test_ground_is_counted_by_people_and_by_districts(after: After, theatre: Theatre) -> None:
    model = after(30)
    ours, disputed, theirs, spoiler = ground(model)
    people = np.array([province.population for province in theatre.provinces], dtype=float)
    districts = np.array([province.districts for province in theatre.provinces], dtype=float)
    people, districts = people / people.sum(), districts / districts.sum()
    assert model["kabul_territory"] == pytest.approx((ours + 0.5 * disputed) @ people, abs=HAIR)
    assert model["taliban_control"] == pytest.approx((theirs + 0.5 * disputed) @ people, abs=HAIR)
    assert model["daesh_control"] == pytest.approx(spoiler @ people, abs=HAIR)
    assert model["contested"] == pytest.approx(disputed @ districts, abs=HAIR)
    assert model["districts_insurgent"] == pytest.approx((theirs + spoiler) @ districts, abs=HAIR)
    assert model["districts_government"] == pytest.approx(ours @ districts, abs=HAIR)
