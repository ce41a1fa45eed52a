"""The actors decide: each has an agent of its own, and taking it out or giving it other interests changes what happens.

The contract tests run for every actor of the theatre; a new actor inherits them by being in the data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import mesa
import numpy as np
import pytest

from influence_sim.model import Arm, InfluenceModel, simulate
from influence_sim.model.agents import ActorAgent
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.spec import Stance

NAMES = [actor.name for actor in load().actors]
WIDTH = 60
READ_AT = -12
"""Read a year before the end: 2019-12."""

FELT = {
    "russia": {"consensus", "us_mediator_share", "russia_acceptance"},
    "us": {"us_acceptance", "kabul_authority"},
    "kabul": {"violence", "moscow_forum_states"},
    "taliban": {"violence", "taliban_daesh_fighting"},
    "daesh": {"daesh_control", "northern_threat"},
    "pakistan": {"moscow_forum_states", "taliban_control"},
    "china": {"moscow_forum_states"},
    "iran": {"moscow_forum_states"},
    "europe": {"taliban_recognition"},
    "india": {"moscow_forum_states"},
    "central_asia": {"moscow_forum_states"},
}
"""Without the actor these outcomes, on which its policies bear directly, are clearly others than in the baseline."""

SWAPPED = {
    ("russia", "us"): {"russia_support"},
    ("pakistan", "iran"): {"pakistan_support", "iran_support"},
    ("kabul", "taliban"): {"violence", "kabul_authority"},
    ("taliban", "daesh"): {"taliban_daesh_fighting", "daesh_strength"},
}
"""With the interests of the two exchanged these outcomes are clearly others than in the baseline."""

CLEARLY = 3.0
"""Standard errors of the mean difference on the same draws."""


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Every actor in turn."""
    return str(request.param)


@pytest.fixture
def model(after: Callable[..., InfluenceModel]) -> InfluenceModel:
    """The baseline just before the Moscow meeting of 2017-04, at which everyone who has a seat decides."""
    return after(19)


def agent_of(model: InfluenceModel, name: str) -> ActorAgent:
    """The agent of an actor, found as Mesa users find it."""
    (match,) = model.agents.select(lambda agent: agent.name == name)
    return match


def moved(theatre: Theatre, arm: Callable[..., Arm]) -> dict[str, float]:
    """Mean difference to the baseline on the same draws, in standard errors, by outcome."""
    names = [outcome.name for outcome in theatre.outcomes]
    run = Arm(theatre, arm().scenario)
    records = [simulate(each, seed=1, replicates=np.arange(WIDTH)) for each in (run, arm())]
    assert np.isfinite(records[0]).all()
    differences = (records[0] - records[1])[READ_AT]
    error = differences.std(axis=1, ddof=1) / WIDTH**0.5
    sizes = np.abs(differences.mean(axis=1)) / np.where(error > 0.0, error, 1e-12)
    return dict(zip(names, sizes.tolist(), strict=True))


Decide = Callable[[Arm], dict[str, float]]


@pytest.fixture
def decisions(worths_of: Callable[[InfluenceModel], dict[str, float]]) -> Decide:
    """What every lever is worth in the first month."""
    return lambda run: worths_of(InfluenceModel(run, rng=1))


@pytest.fixture(scope="module")
def unswapped(arm: Callable[..., Arm], worths_of: Callable[[InfluenceModel], dict[str, float]]) -> dict[str, float]:
    """What every lever is worth in the first month of the shipped theatre."""
    return worths_of(InfluenceModel(arm(months=1), rng=1))


def test_every_actor_is_an_agent(model: InfluenceModel, name: str) -> None:
    agent = agent_of(model, name)
    assert isinstance(agent, mesa.Agent)
    assert agent.model is model
    assert agent.name in repr(agent)


def test_every_lever_of_an_actor_is_decided_by_its_agent(model: InfluenceModel, theatre: Theatre, name: str) -> None:
    agent = agent_of(model, name)
    decided = sorted(lever.name for lever in agent.levers)
    assert decided == sorted(lever.name for lever in theatre.actor(name).levers)
    assert decided


def test_the_agents_together_decide_every_lever_once(model: InfluenceModel) -> None:
    rows = [k for agent in model.agents for k in agent.rows]
    assert sorted(rows) == list(range(len(model.index.levers)))


def test_an_agent_weighs_the_rows_of_its_own_levers_and_no_others(model: InfluenceModel, name: str) -> None:
    agent = agent_of(model, name)
    model.state.chance[:] = np.nan
    agent.observe()
    agent.decide()
    assert np.flatnonzero(~np.isnan(model.state.chance)).tolist() == agent.rows


def test_an_agent_sets_the_rows_of_its_own_policies_and_no_others(model: InfluenceModel, name: str) -> None:
    agent, state = agent_of(model, name), model.state
    model.agents.do("observe")
    model.agents.do("decide")
    for field in ("before", "choice", "reviewed"):
        state[field][:] = np.nan
    before = {field: np.copy(state[field]) for field in state.dtype.names}
    agent.act()
    policies = [row for row, stance in enumerate(model.index.stances) if stance.actor == name]
    rows = {field: np.flatnonzero(~np.isnan(state[field])).tolist() for field in ("before", "choice", "reviewed")}
    assert rows == {"before": list(agent.policies), "choice": agent.rows, "reviewed": policies}
    assert set(np.flatnonzero(state.x != before["x"])) <= set(agent.policies)
    assert set(np.flatnonzero(state.stir != before["stir"])) <= {agent.row}
    same = [field for field in before if np.array_equal(before[field], state[field], equal_nan=True)]
    assert set(before) - set(same) <= {"x", "before", "stir", "choice", "chosen", "held", "reviewed"}


def test_deciding_changes_nothing_but_what_it_thinks(model: InfluenceModel, name: str) -> None:
    agent, state = agent_of(model, name), model.state
    before = {field: np.copy(state[field]) for field in state.dtype.names}
    agent.observe()
    agent.decide()
    changed = {field for field, value in before.items() if not np.array_equal(value, state[field])}
    assert "worth" in changed
    assert changed <= {
        *("at_stake", "gap", "stake", "usual", "news"),
        *("motive", "sought", "worth", "value", "considered", "probability", "was", "lasted", "review_odds", "chance"),
    }


def test_a_chance_for_each_lever(model: InfluenceModel, name: str) -> None:
    agent = agent_of(model, name)
    agent.observe()
    agent.decide()
    assert agent.chances.shape == agent.choices.shape == (len(agent.levers),)
    assert ((agent.chances >= 0.0) & (agent.chances <= 1.0)).all()
    agent.act()
    levels = {level for s in agent.actor.stances for option in s.options.values() for level in option.sets.values()}
    assert set(agent.choices[: len(agent.policies)]) <= {0.0, *levels}
    assert list(agent.intensities.values()) == model.state.x[agent.rows].tolist()


def test_an_actor_has_interests_and_can_do_something_for_them(theatre: Theatre, name: str) -> None:
    actor = theatre.actor(name)
    effects = [effect for effect in theatre.effects if any(lever.fits(effect) for lever in actor.levers)]
    expected = {outcome for effect in effects for outcome in (*effect.raises, *effect.lowers)}
    assert actor.interests
    for interest in actor.interests:
        assert interest.claims or interest.source
    assert expected & {interest.outcome for interest in actor.interests}


def test_what_an_actor_sees_is_distance_from_what_it_wants(model: InfluenceModel, name: str) -> None:
    agent, state = agent_of(model, name), model.state
    agent.observe()
    known = model.arm.theatre.parameters
    assert len(agent.gaps) == len(agent.actor.interests)
    for gap, interest in zip(agent.gaps, agent.actor.interests, strict=True):
        share = {"moderate": state.moderates, "hardline": 1.0 - state.moderates}.get(interest.faction, 1.0)
        salience, ideal = (known[n].default if n in known else n for n in (interest.salience, interest.ideal))
        wanted = share * salience * (ideal - model[interest.outcome])
        np.testing.assert_allclose(gap, wanted, rtol=1e-12, atol=1e-15)


def _only(stance: Stance, lost: set[str]) -> bool:
    """Whether a stance is about nothing but what is lost."""
    return all(target in lost for _, target in stance.levers)


def _less(stance: Stance, lost: set[str]) -> Stance:
    """A stance without the options, and the parts of options, that are about what is lost."""
    options = {
        name: option.model_copy(
            update={"sets": {key: level for key, level in option.sets.items() if key.split()[1] not in lost}}
        )
        for name, option in stance.options.items()
        if option.at not in lost
    }
    start = stance.start if stance.start in options else next(iter(options))
    return stance.model_copy(update={"options": options, "start": start})


def without(theatre: Theatre, name: str) -> Theatre:
    """The same theatre with one actor taken out: its levers, ties, forums and seats, and what was aimed at it."""
    lost = {name, *(forum.name for forum in theatre.forums if forum.convenor == name)}
    actors = (
        replace(
            actor,
            levers=tuple(lever for lever in actor.levers if lever.target not in lost),
            stances=tuple(_less(stance, lost) for stance in actor.stances if not _only(stance, lost)),
            ties={other: tie for other, tie in actor.ties.items() if other not in lost},
        )
        for actor in theatre.actors
        if actor.name != name
    )
    forums = (
        replace(forum, invites={who: since for who, since in forum.invites.items() if who != name})
        for forum in theatre.forums
        if forum.convenor != name
    )
    events = tuple(event for event in theatre.events if event.actor != name)
    parts = {"actors": tuple(actors), "forums": tuple(forums), "events": events}
    return replace(theatre, **parts, digest=f"{theatre.digest} without {name}")


def test_taking_an_actor_out_changes_what_happens_to_the_others(
    theatre: Theatre, arm: Callable[..., Arm], name: str
) -> None:
    differences = moved(without(theatre, name), arm)
    felt = {outcome: differences[outcome] for outcome in FELT[name]}
    assert min(felt.values()) > CLEARLY, felt
    assert sum(size > 0.0 for size in differences.values()) > len(differences) / 2


def test_a_theatre_without_an_actor_knows_it_no_more(theatre: Theatre, arm: Callable[..., Arm], name: str) -> None:
    less = without(theatre, name)  # rules may go on naming it: they then apply to no lever
    run = Arm(less, arm().scenario, 30)
    model = InfluenceModel(run, rng=1)
    while model.running:
        model.step()
    assert [agent.name for agent in model.agents] == [other for other in NAMES if other != name]
    assert all(name not in (lever.actor, lever.target) for lever in model.index.levers)
    assert all(name not in dyad for dyad in model.index.tie)
    assert all(name not in (forum.convenor, *forum.invites) for forum in run.forums)
    assert all(name != forum.convenor for forum in model.index.forums)
    assert less.digest != theatre.digest


@pytest.mark.parametrize("scenario", ["partners_leave_moscow", "moscow_forum_grows", "us_engages_taliban"])
@pytest.mark.parametrize("gone", ["china", "europe", "us"])
def test_what_a_scenario_fixes_for_an_actor_that_is_gone_moves_nobody(
    theatre: Theatre, arm: Callable[..., Arm], scenario: str, gone: str
) -> None:
    model = InfluenceModel(Arm(without(theatre, gone), arm(scenario).scenario, 32), rng=1)
    while model.running:
        model.step()
        assert not model.state.x[len(model.index.levers) :].any()
        assert not model.state.seat[len(model.index.seat) :].any()


def test_an_agent_that_leaves_in_mid_run_lets_its_policies_fade(
    after: Callable[..., InfluenceModel], name: str
) -> None:
    model = after(6)
    agent = agent_of(model, name)
    rows = [row for row in agent.policies if not model.wiring.at_once[row]]
    agent.remove()
    keep = 1.0 - float(model.parameters.decide_inertia)
    for _ in range(5):
        before = model.state.x[rows].copy()
        model.step()
        np.testing.assert_allclose(model.state.x[rows], keep * before, rtol=1e-12, atol=1e-15)
    while model.running:
        model.step()
    assert (model.state.x[agent.policies] < 1e-3).all()
    assert not model.state.x[agent.seats].any() or name == "pakistan"
    assert agent not in model.agents


def test_nobody_expects_an_agent_that_left_to_engage(arm: Callable[..., Arm]) -> None:
    model = InfluenceModel(arm(), rng=1)
    model.step()
    assert model["p_us_engages"] > 0.0
    agent_of(model, "us").remove()
    model.step()
    assert model["p_us_engages"] == 0.0


def swapped_interests(theatre: Theatre, first: str, other: str) -> Theatre:
    """The same theatre with the interests of two actors exchanged; all else stays theirs."""
    a, b = theatre.actor(first), theatre.actor(other)
    new = {first: replace(a, interests=b.interests), other: replace(b, interests=a.interests)}
    actors = tuple(new.get(actor.name, actor) for actor in theatre.actors)
    return replace(theatre, actors=actors, digest=f"{theatre.digest} with {first} and {other} swapped")


@pytest.mark.parametrize("pair", list(combinations(NAMES, 2)), ids=" and ".join)
def test_swapping_the_interests_of_two_actors_changes_their_choices_and_only_theirs(
    theatre: Theatre, arm: Callable[..., Arm], decisions: Decide, unswapped: dict[str, float], pair: tuple[str, str]
) -> None:
    first, other = pair
    swapped = decisions(Arm(swapped_interests(theatre, first, other), arm().scenario, 1))
    changed = {lever.split(".")[0] for lever, chance in swapped.items() if chance != unswapped[lever]}
    assert changed
    assert changed <= {first, other}


@pytest.mark.parametrize("pair", list(SWAPPED), ids=" and ".join)
def test_swapping_interests_changes_what_happens(
    theatre: Theatre, arm: Callable[..., Arm], pair: tuple[str, str]
) -> None:
    differences = moved(swapped_interests(theatre, *pair), arm)
    felt = {outcome: differences[outcome] for outcome in SWAPPED[pair]}
    assert min(felt.values()) > CLEARLY, felt


def test_swapping_twice_gives_the_same_world(
    theatre: Theatre, arm: Callable[..., Arm], decisions: Decide, unswapped: dict[str, float]
) -> None:
    back = swapped_interests(swapped_interests(theatre, "russia", "us"), "russia", "us")
    assert decisions(Arm(back, arm().scenario, 1)) == unswapped


@pytest.mark.parametrize(("share", "faction"), [(1.0, "moderate"), (0.0, "hardline")])
def test_a_taliban_of_one_mind_wants_what_that_faction_wants(
    theatre: Theatre, arm: Callable[..., Arm], share: float, faction: str
) -> None:
    chances = []
    for theirs in (theatre, _of_one_mind(theatre, faction)):
        model = InfluenceModel(Arm(theirs, arm().scenario, 1), rng=1)
        model.state.moderates = share
        agent = agent_of(model, "taliban")
        agent.observe()
        agent.decide()
        chances.append(agent.chances)
    assert np.array_equal(*chances)


def _of_one_mind(theatre: Theatre, faction: str) -> Theatre:
    """A theatre whose Taliban have the interests of one faction only."""
    taliban = theatre.actor("taliban")
    remaining = tuple(interest for interest in taliban.interests if interest.faction == faction)
    actors = tuple(replace(a, interests=remaining) if a is taliban else a for a in theatre.actors)
    return replace(theatre, actors=actors)


def test_the_taliban_are_a_blend_of_their_factions(
    arm: Callable[..., Arm], worths_of: Callable[[InfluenceModel], dict[str, float]]
) -> None:
    """What a lever is worth is linear in the share of moderates, from the hard line's to the moderates'."""
    worths = []
    for share in (0.0, 0.25, 1.0):
        model = InfluenceModel(arm(months=1), rng=1)
        model.state.moderates = share
        worths.append(np.array([worth for name, worth in worths_of(model).items() if name.startswith("taliban.")]))
    np.testing.assert_allclose(worths[1], 0.75 * worths[0] + 0.25 * worths[2], rtol=1e-9, atol=1e-12)
    assert (worths[0] != worths[2]).any()


def test_every_actor_has_its_expectation_here() -> None:
    assert set(FELT) == set(NAMES)
