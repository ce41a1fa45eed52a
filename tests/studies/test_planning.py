"""From a study to its request: what is varied and kept, what is said by default, how large it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.months import format_month
from influence_sim.model import Arm, simulate
from influence_sim.runs.request import MAX_REPLICATES, MAX_SEED
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.execute import job_of
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.study_schema import MAX_COUNT, MAX_DRAWS
from influence_sim.theatre import Theatre

Plan = Callable[..., SweepRequest]
LEVER = "interventions.us.engage_publicly.taliban"


def test_ranges_become_factors_in_their_order(plan: Plan) -> None:
    vary = {
        "tie.strength": [0, 1],
        "decide.rationality": {"low": 4, "high": 30, "scale": "log"},
        LEVER: {"low": 0, "high": 1, "scale": "triangular", "peak": 0.25},
        "authority.mean": {"choice": [2, 0]},
    }
    assert plan(vary).factors == (
        Factor("tie.strength", 0, 1),
        Factor("decide.rationality", 4, 30, "log"),
        Factor(LEVER, 0, 1, "triangular", 0.25),
        Factor("authority.mean", 0, 2, choices=(2.0, 0.0)),
    )


def test_what_only_a_group_names_is_varied_over_its_prior_range(plan: Plan, theatre: Theatre) -> None:
    groups = {"ties": ["ties.*"], "means": ["authority.mean", "decide.rationality"]}
    request = plan({"decide.rationality": [5, 6]}, groups=groups)
    assert request.factors[0] == Factor("decide.rationality", 5, 6, group="means")
    ties = [name for name in theatre.parameters if name.startswith("ties.")]
    assert [factor.path for factor in request.factors[1:]] == [*ties, "authority.mean"]
    for factor in request.factors[1:]:
        spec = theatre.parameters[factor.path]
        assert (factor.low, factor.high, factor.choices) == (spec.low, spec.high, spec.choices)
    assert {factor.group for factor in request.factors[1:-1]} == {"ties"}


def test_priors_are_all_parameters_but_the_fixed_ones(plan: Plan, theatre: Theatre) -> None:
    request = plan("priors", parameters={"ties.cooling": 0.01, "decide.inertia": 0.2})
    varying = {name for name, spec in theatre.parameters.items() if spec.low < spec.high}
    assert varying < set(theatre.parameters)  # switches have no range
    assert {factor.path for factor in request.factors} == varying - {"ties.cooling", "decide.inertia"}
    assert {factor.group for factor in request.factors} == {""}
    assert request.parameters == {"decide.inertia": 0.2, "ties.cooling": 0.01}


@pytest.mark.parametrize(("method", "more"), [("sobol_indices", 2), ("morris", 1)])
def test_priors_are_grouped_by_their_first_word_where_points_are_dear(
    plan: Plan, theatre: Theatre, method: str, more: int
) -> None:
    request = plan("priors", method, 4)
    words = Counter(name.partition(".")[0] for name, spec in theatre.parameters.items() if spec.varies)
    for factor in request.factors:
        word = factor.path.partition(".")[0]
        assert factor.group == (word if words[word] > 1 else "")
    assert request.points == 4 * (len(words) + more)


def test_groups_that_are_given_take_their_members_out_of_the_words(plan: Plan) -> None:
    request = plan("priors", "morris", 4, groups={"backing": ["cost.support.*", "capability.support"]})
    labels = {factor.path: factor.group for factor in request.factors}
    backing = [path for path, group in labels.items() if group == "backing"]
    assert {path.split(".")[0] for path in backing} == {"cost", "capability"}
    assert {path.split(".")[1] for path in backing} == {"support"}
    others = [path for path in labels if path.startswith("cost.") and path not in backing]
    assert {labels[path] for path in others} == {"cost"}


def test_a_pattern_takes_no_switches_along_unless_they_are_given_a_range(plan: Plan) -> None:
    groups = {"rest": ["r*.strength"]}  # a rule that is a switch, and one with a prior range
    assert [factor.path for factor in plan(None, groups=groups).factors] == ["rivalry.strength"]
    planned = plan({"reward.strength": {"choice": [0, 1]}}, groups=groups).factors
    assert {factor.path: factor.group for factor in planned} == {"reward.strength": "rest", "rivalry.strength": "rest"}


def test_a_fixed_parameter_drops_out_of_a_pattern(plan: Plan) -> None:
    request = plan({"tie.strength": [0, 1]}, groups={"costs": ["cost.*"]}, parameters={"cost.fight": 0})
    paths = [factor.path for factor in request.factors]
    assert len(paths) > 2
    assert "cost.fight" not in paths


def test_fixed_values_hold_in_both_arms(plan: Plan) -> None:
    fixed = plan({"tie.strength": [0, 1]}, parameters={"lull.strength": 2})
    assert fixed.parameters == {"lull.strength": 2.0}
    assert fixed.arms[0].parameters == fixed.arms[1].parameters == {"lull.strength": 2.0}


def test_numbers_of_the_scenario_are_its_own(plan: Plan) -> None:
    request = plan({LEVER: [0, 1], "tie.strength": [0, 1]})
    job = job_of(request, request.parts[0])
    assert list(job.points) == [LEVER, "tie.strength"]
    assert job.first_only == {LEVER}


def test_a_point_runs_as_its_values_say(plan: Plan) -> None:
    """The arms and values of a request are what the model takes: at its own level an intervention changes nothing."""
    request = plan({LEVER: {"choice": [0, 1]}}, "grid", months=31)
    arm = request.arms[0]
    off, on = (
        simulate(arm, seed=1, replicates=np.arange(2), parameters={LEVER: np.full(2, value)})
        for value in request.design[:, 0]
    )
    plain = simulate(Arm(request.theatre, request.scenario, 31), seed=1, replicates=np.arange(2))
    np.testing.assert_array_equal(on, plain)
    assert (off[-1] != plain[-1]).any()


def _months(request: SweepRequest) -> list[str]:
    return [format_month(date) for date in request.dates]


def test_each_december_and_the_last_month_are_kept(plan: Plan) -> None:
    vary = {"tie.strength": [0, 1]}
    assert _months(plan(vary)) == ["2018-12", "2019-12", "2020-12"]
    assert _months(plan(vary, months=42)) == ["2018-12", "2019-02"]
    assert _months(plan(vary, scenario="baseline", months=20)) == ["2015-12", "2016-12", "2017-04"]
    assert _months(plan(vary, dates=["2020-01", "2018-06"])) == ["2018-06", "2020-01"]
    assert plan(vary, dates=["2015-10", "2018-06"]).steps == (1, 33)


def test_headline_outcomes_are_kept_unless_the_study_says(plan: Plan) -> None:
    vary = {"tie.strength": [0, 1]}
    assert plan(vary).outcomes == ("kabul_authority", "russia_acceptance")
    assert plan(vary, outcomes=["violence"]).outcomes == ("violence",)


def test_a_scenario_against_itself_is_one_arm(plan: Plan) -> None:
    vary = {"tie.strength": [0, 1]}
    assert plan(vary, against="us_engages_taliban").against is None
    assert plan(vary, against="none").against is None
    assert plan(vary, against=None).against is None
    assert [s.name for s in plan(vary).scenarios] == ["us_engages_taliban", "baseline"]


@pytest.mark.parametrize(
    "change",
    [{"seed": 2}, {"replicates": 3}, {"months": 50}, {"scenario": "us_withdraws"}, {"against": None},
     {"vary": {"tie.strength": [0, 0.9]}}, {"vary": {"lull.strength": [0, 1]}}, {"design_seed": 8}, {"samples": 16},
     {"method": "sobol_sequence"}, {"outcomes": ["violence"]}, {"dates": ["2019-01"]}, {"keep": "trajectories"},
     {"parameters": {"lull.strength": 2}}],
)  # fmt: skip
def test_whatever_determines_the_numbers_changes_the_digest(plan: Plan, change: dict[str, object]) -> None:
    plain = plan({"tie.strength": [0, 1]})
    other = plan(**{"vary": {"tie.strength": [0, 1]}, **change})
    assert other.digest != plain.digest
    assert other.folder_name != plain.folder_name
    assert plain.digest == plan({"tie.strength": [0, 1]}).digest


def test_the_size_is_what_will_be_run(plan: Plan) -> None:
    size = plan({"tie.strength": [0, 1]}, "sobol_indices", 16, replicates=5).size()
    assert {name: size[name] for name in ("points", "runs", "rows")} == {"points": 48, "runs": 480, "rows": 144}
    whole = plan({"tie.strength": [0, 1]}, "sobol_indices", 16, replicates=5, keep="trajectories").size()
    assert whole["bytes"] - size["bytes"] == 7 * 480 * 64 * 2


def test_limits_of_a_study_are_those_of_a_run() -> None:
    assert (MAX_COUNT, MAX_DRAWS) == (MAX_REPLICATES, MAX_SEED)


def test_nothing_varied_is_no_sweep(plan: Plan) -> None:
    with pytest.raises(InputError, match="a sweep varies at least one number"):
        plan(None)
