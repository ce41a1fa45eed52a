"""What decides is found where something was planted, and nothing is where nothing matters."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import pawn
from scipy.stats import ks_2samp

from influence_sim import run
from influence_sim.analysis import WORLDS_TRIED
from influence_sim.analysis.drivers import SLICES, Driver, Slices, cuts_of, slice_values
from influence_sim.base.numbers import Floats
from influence_sim.model import Arm, Held
from influence_sim.runs import points
from influence_sim.runs.points import Job
from influence_sim.theatre import Theatre, load

pytestmark = pytest.mark.usefixtures("blank_pages")
WIDTH = 100


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    return load()


def cube(worlds: int, seed: int = 1, width: int = WIDTH) -> dict[str, Floats]:
    rng = np.random.default_rng(seed)
    return {f"{'abcde'[number % 5]}.p{number}": rng.random(worlds) for number in range(width)}


def slices(worlds: int, seed: int = 1, width: int = WIDTH) -> Slices:
    return Slices(cube(worlds, seed, width), np.random.default_rng(seed + 1))


def straight(x: Floats, rho: float, rng: np.random.Generator) -> Floats:
    """Something whose correlation with evenly spread values is rho."""
    spread = rho / np.sqrt(1 - rho**2)
    return spread * (x - 0.5) * np.sqrt(12) + rng.normal(size=len(x))


def test_an_index_is_the_mean_distance_of_kolmogorov_and_smirnov() -> None:
    sample, rng = slices(100, width=3), np.random.default_rng(3)
    answers = np.round(rng.normal(size=100))  # few values, so that all are cuts
    measured = sample.measured(answers)
    assert measured is not None
    for at, name in enumerate(sample.names):
        where = sample.slices[name]
        far = [ks_2samp(answers[where == number], answers).statistic for number in range(SLICES)]
        assert measured.index[at] == pytest.approx(np.mean(far), abs=1e-12)


def test_it_is_that_of_salib_but_for_the_largest_value_which_salib_leaves_out() -> None:
    worlds, names = 2000, ("a.x", "a.y", "b.z")
    rng = np.random.default_rng(4)
    values = {name: rng.random(worlds) for name in names}
    answers = np.round(2 * values["a.x"] + (values["b.z"] - 0.5) ** 2 + 0.2 * rng.normal(size=worlds), 1)
    x = np.column_stack(list(values.values()))
    problem: dict[str, Any] = {"num_vars": 3, "names": list(names), "bounds": [[0, 1]] * 3}
    measured = Slices(values, rng).measured(answers)
    assert measured is not None
    theirs = [*pawn.analyze(problem, x, answers, S=SLICES)["mean"]]
    theirs += [pawn.analyze({**problem, "groups": ["a", "a", "b"]}, x, answers, S=SLICES)["mean"][0]]
    assert measured.index == pytest.approx(theirs, abs=0.02)  # fewer cuts than values, too
    assert Slices(values, rng).groups == ("a.*",)


THREADS = """
import numpy as np
from influence_sim.analysis.drivers import Slices
rng = np.random.default_rng(1)
found = Slices({f"{'abc'[one % 3]}.p{one}": rng.random(64) for one in range(120)}, rng).measured(rng.normal(size=64))
print(*(numbers.tobytes().hex() for numbers in (found.index, found.mean, found.spread, found.chance)))
"""


def test_the_numbers_do_not_hang_on_how_many_processors_there_are() -> None:
    done = []
    for threads in ("1", "4"):
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads}
        done.append(subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, check=True))
    assert done[0].stdout == done[1].stdout != b""


def test_slices_are_even_and_a_choice_is_one_of_its_own() -> None:
    assert np.bincount(slice_values(np.random.default_rng(1).random(100))).tolist() == [20] * 5
    assert slice_values(np.array([2.0, 0.0, 1.0, 2.0, 0.0])).tolist() == [2, 0, 1, 2, 0]
    assert slice_values(np.array([3.0, 3.0])).tolist() == [0, 0]
    assert slice_values(np.array([0.0] * 50 + list(range(1, 51)))).max() < SLICES  # equal values stay together


def test_cuts_tell_the_few_that_differ_from_the_rest() -> None:
    assert cuts_of(np.zeros(9)).tolist() == []
    assert cuts_of(np.array([0.0, 1.0, 1.0])).tolist() == [0.0]
    few = np.array([0.0] * 500 + [-0.2, -0.1])
    assert set(cuts_of(few)) == {-0.2, -0.1}
    assert len(cuts_of(np.random.default_rng(1).random(512))) <= 17


@pytest.mark.parametrize("shape", ["straight", "from the middle", "a step", "only its spread"])
def test_a_decisive_assumption_is_named_whatever_the_shape(shape: str) -> None:
    sample, rng = slices(WORLDS_TRIED), np.random.default_rng(7)
    x, noise = sample.points["c.p7"], rng.normal(size=WORLDS_TRIED)
    answers = {
        "straight": straight(x, 0.45, rng),
        "from the middle": 12 * (x - 0.5) ** 2 + noise,
        "a step": 2 * (x > 0.8) + noise,
        "only its spread": noise * np.exp(4 * (x - 0.5)),
    }
    driver = sample.driver(answers[shape])
    assert (driver.parameter, driver.stands_out) == ("c.p7", True)


def test_chance_hardly_ever_names_anything() -> None:
    sample, rng = slices(WORLDS_TRIED), np.random.default_rng(8)
    named = [sample.driver(rng.normal(size=WORLDS_TRIED)) for _ in range(100)]
    assert sum(bool(driver.stands_out or driver.together) for driver in named) <= 4  # one is expected
    few = np.arange(WORLDS_TRIED) < 50
    ties = [sample.driver(rng.permutation(few).astype(float)) for _ in range(100)]
    assert sum(driver.stands_out for driver in ties) <= 4


def test_a_group_is_named_where_several_of_its_members_decide_a_little_each() -> None:
    drivers = []
    for seed in range(4):
        sample, rng = slices(WORLDS_TRIED, seed, width=50), np.random.default_rng(9)
        members = [values for name, values in sample.points.items() if name.startswith("b.")]
        mean = (np.mean(members, axis=0) - 0.5) * np.sqrt(len(members)) + 0.5
        drivers.append(sample.driver(straight(mean, 0.4, rng)))
    named = [driver for driver in drivers if driver.together]
    assert all(driver.parameter.startswith("b.") for driver in drivers)
    assert len(named) >= 2
    assert all((driver.together, driver.stands_out) == ("b.*", False) for driver in named)
    assert "no single assumption stands out, but those of b.* together do" in named[0].words(WORLDS_TRIED)


@pytest.mark.slow
def test_a_sample_that_cannot_tell_says_which_could() -> None:
    named, could = 0, []
    for seed in range(15):
        few, rng = slices(64, seed, 40), np.random.default_rng(seed)
        driver = few.driver(straight(few.points["c.p7"], 0.5, rng))
        if not driver.stands_out and driver.needed and driver.parameter == "c.p7":
            more = slices(driver.needed, seed + 100, 40)
            could.append(more.driver(straight(more.points["c.p7"], 0.5, rng)).stands_out)
        named += driver.stands_out
    assert named <= 9
    assert len(could) >= 4
    assert np.mean(could) > 0.7


def test_nothing_hangs_where_nothing_varies() -> None:
    assert slices(64).driver(np.ones(64)) == Driver()
    assert Slices({}, np.random.default_rng(1)).driver(np.arange(4.0)) == Driver()
    assert Driver().words(64) == "no assumption stands out in 64 worlds, nor is there a trace of one"


def test_the_ends_are_of_the_answer_s_sign() -> None:
    sample = slices(WORLDS_TRIED)
    answers = sample.points["a.p0"] - 0.4
    up, down = sample.driver(answers, 1.0), sample.driver(answers, -1.0)
    assert (up.at_low, up.at_high, down.at_low) == (0.0, 1.0, 1.0)
    assert up.words(512) == "it hangs most on a.p0 (0 % if low, 100 % if high)"
    always = sample.driver(answers + 1, 1.0)
    assert always.words(512, "how much") == "its size hangs most on how much"


def test_what_knowing_is_worth() -> None:
    sample = slices(WORLDS_TRIED)
    x, y = sample.points["a.p0"], sample.points["b.p1"]
    low = sample.slices["a.p0"] < 2
    assert sample.agreement(low) == pytest.approx(0.4**2 + 0.6**2, abs=0.01)
    assert sample.agreement(low, ["a.p0"]) == 1.0
    assert sample.agreement(low, ["c.p2"]) == pytest.approx(
        sample.agreement(low), abs=0.02
    )  # nothing is learnt by chance
    both = (x > 0.5) ^ (y > 0.5)  # neither alone tells anything
    assert sample.agreement(both, ["a.p0"]) == pytest.approx(0.5, abs=0.03)
    assert sample.agreement(both, ["a.p0", "b.p1"]) > 0.75
    assert sample.agreement(np.ones(WORLDS_TRIED, dtype=bool), ["c.p2", "d.p3", "a.p0"]) == 1.0


class Planted:
    """A model in which a scenario adds noise, another in each world, and what one assumption makes of it."""

    def __init__(self, theatre: Theatre, parameter: str = "") -> None:
        self.spec, self.rng = theatre.parameters.get(parameter), np.random.default_rng(5)

    def runs(self, job: Job[Any], stopped: object = None) -> list[Floats]:
        return [self.run(job, arm) for arm in job.arms]

    def run(self, job: Job[Any], arm: Arm | Held) -> Floats:
        arm = arm if isinstance(arm, Arm) else arm.arm  # which is held to another
        steps = range(arm.months) if job.steps is None else job.steps
        count = job.count if job.points else 1
        levels = np.full((count, len(steps), len(job.outcome_names), job.numbers.shape[-1]), 0.5)
        if arm.scenario.name != "baseline":
            levels += self.rng.normal(size=(count, 1, len(job.outcome_names), 1)) + 0.01 * self.rng.normal(
                size=levels.shape
            )
            if self.spec is not None:
                value = job.points.get(self.spec.name, np.full(count, self.spec.high))
                at = (value - self.spec.low) / (self.spec.high - self.spec.low)
                levels += 0.6 * ((at - 0.5) * np.sqrt(12))[:, None, None, None]
        return levels


def told(theatre: Theatre, parameter: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a run says of the assumptions in a planted model, outcome by outcome, with as many worlds as by default."""
    monkeypatch.setattr(points, "_runs", Planted(theatre, parameter).runs)
    tried = run("us_withdraws", replicates=2, assumptions=WORLDS_TRIED).assumptions
    assert tried is not None
    assert set(theatre.headline) <= set(tried["outcome"])
    return [Driver.of_row(row).words(WORLDS_TRIED) for row in tried.to_dict("records")]


@pytest.mark.parametrize("parameter", ["mediation.base", "authority.mean", "cost.fight"])
def test_run_names_a_planted_assumption_at_its_own_sample(
    theatre: Theatre, parameter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert all(f"hangs most on {parameter}" in words for words in told(theatre, parameter, monkeypatch))


def test_run_names_nothing_in_a_model_in_which_nothing_matters(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    for words in told(theatre, "", monkeypatch):
        assert "cannot tell" in words or "nor is there a trace" in words


def test_a_number_of_worlds_is_whole_even_beside_rows_without_one() -> None:
    row = pd.DataFrame([{"parameter": "a.b", "needed": 1024}, {"parameter": ""}]).to_dict("records")[0]
    assert Driver.of_row(row).words(512) == "512 worlds cannot tell on what it hangs: if on a.b, some 1,024 could"


def test_words_of_a_table() -> None:
    driver = Driver("a.b", 0.3, 0.2, stands_out=True)
    assert driver.short == "a.b"
    assert driver._replace(stands_out=False, together="a.*").short == "a.* together"
    assert driver._replace(stands_out=False).short == "cannot tell"


def test_of_several_choices_those_are_told_that_differ_most() -> None:
    rivalry = np.arange(300) % 3.0  # in part, none, zero-sum
    sample = Slices({"rivalry.form": rivalry}, np.random.default_rng(1))
    rises = np.random.default_rng(2).random(300) < np.array([0.7, 0.3, 0.75])[rivalry.astype(int)]
    driver = sample.driver(np.where(rises, 1.0, -1.0), 1.0)
    shares = [rises[rivalry == choice].mean() for choice in range(3)]
    assert (driver.at_low, driver.at_high) == (shares[1], shares[2])
    # though the first and the last of them are alike
    assert driver.words(300) == "it hangs most on rivalry.form (36 % if none, 77 % if zero-sum)"
    falls = sample.driver(np.where(rises, 1.0, -1.0), -1.0)
    assert (falls.at_low, falls.at_high) == pytest.approx((1 - shares[1], 1 - shares[2]))
