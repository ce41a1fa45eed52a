"""Forms of equations that theory allows as well (ODD 7.14); the oracle holds each of them to the digit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_ndtr

from influence_sim.base.errors import InputError
from influence_sim.model import Arm, read_fields, simulate
from influence_sim.model.arithmetic import normal_odds
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.files import OWN_EFFECTS, data_folder

FORMS = {name: spec.choices for name, spec in load().parameters.items() if len(spec.choices) > 1}
OTHERS = [(name, choice) for name, choices in FORMS.items() for choice in choices if choice]


def outcomes(theatre: Theatre, **settings: float) -> np.ndarray:
    arm = Arm(theatre, load_scenario("us_engages_taliban", theatre.vocabulary), 40)
    return simulate(arm, seed=3, replicates=range(8), parameters=settings)


@pytest.mark.parametrize("x", [-40.0, -32.0, -9.3, -1.0, -1e-9, 0.0, 1e-9, 0.4, 3.0, 11.0, 32.0, 50.0])
def test_the_odds_of_a_normal_number(x: float) -> None:
    near = min(max(x, -32.0), 32.0)
    assert np.log(normal_odds(x)) == pytest.approx(log_ndtr(near) - log_ndtr(-near), rel=1e-12, abs=1e-12)


def test_there_are_eight_places_with_another_form() -> None:
    assert len(FORMS) >= 8
    assert all(load().parameters[name].default == 0 for name in FORMS)


@pytest.mark.parametrize(("name", "choice"), OTHERS, ids=str)
def test_every_form_makes_a_difference_and_keeps_within_bounds(name: str, choice: float) -> None:
    theatre = load()
    usual, other = outcomes(theatre), outcomes(theatre, **{name: choice})
    assert np.abs(other - usual).max() > 1e-3
    assert np.isfinite(other).all()
    names = [name for name in theatre.headline if name != "russia_lead"]
    headline = other[:, [*map(theatre.vocabulary.outcomes.index, names)]]
    assert headline.min() >= 0.0
    assert headline.max() <= 1.0


@pytest.mark.parametrize("choice", FORMS["decide.form"])
def test_every_choice_is_a_distribution(choice: float) -> None:
    theatre = load()
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 24)
    fields = read_fields(arm, ["probability"], seed=1, replicates=range(8), parameters={"decide.form": choice})
    probability, row = fields["probability"], 0
    assert (probability >= 0.0).all()
    for stance in (stance for actor in theatre.actors for stance in actor.stances):
        sums = probability[:, row : row + len(stance.options)].sum(axis=1)
        assert np.abs(sums - 1.0).max() < 1e-12
        row += len(stance.options)


def test_who_satisfices_keeps_what_holds_with_the_chance_that_it_satisfies() -> None:
    """Of two options the second is kept as readily as it is taken up: half of what it would be beside nothing else."""
    theatre = load()
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 24)
    asked = ["probability", "considered", "value", "was"]
    free = {"decide.form": 2.0, "decide.switch": 0.0, "decide.audience": 0.0}
    fields = read_fields(arm, asked, seed=1, replicates=range(16), parameters=free)
    row, rationality = 0, theatre.parameters["decide.rationality"].default
    for stance in (stance for actor in theatre.actors for stance in actor.stances):
        first, second = row, row + 1
        if len(stance.options) == 2 and not any(option.at for option in stance.options.values()):
            gain = fields["value"][:, second] - fields["value"][:, first]
            satisfies = fields["considered"][:, second] / (1.0 + np.exp(-rationality * gain))
            held = fields["was"][:, second]
            taken = held * satisfies + (1.0 - held) * 0.5 * satisfies
            assert np.abs(fields["probability"][:, second] - taken).max() < 1e-12
        row += len(stance.options)


def test_without_a_table_of_own_effects_actors_expect_what_they_believe(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    (folder / OWN_EFFECTS).unlink()
    theatre = load(folder)
    assert not theatre.parameters["effect.form"].varies
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 2)
    with pytest.raises(InputError, match=r"effect\.form"):
        simulate(arm, seed=1, replicates=[0], parameters={"effect.form": 1.0})


def test_a_table_of_own_effects_that_is_another_theatres_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(data_folder(), folder)
    table = folder / OWN_EFFECTS
    table.write_text(table.read_text().replace("pakistan,support,taliban", "pakistan,support,nobody"))
    with pytest.raises(InputError, match=r"own_effects\.csv:\d+: 'pakistan, support, nobody.*no lever or outcome"):
        load(folder)
