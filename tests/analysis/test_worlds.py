"""Worlds that the record does not rule out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from influence_sim.analysis import matching, worlds
from influence_sim.analysis.matching import allowed, implausibility, make, narrowed
from influence_sim.analysis.worlds import COUNT, SHIPPED, Worlds, assumed, draw_cube, own_draws, plausible, read, sample
from influence_sim.base.errors import InputError, MachineError
from influence_sim.model import Arm, simulate
from influence_sim.runs.manifest import model_version
from influence_sim.runs.request import PLAUSIBLE, PRIOR
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre, load, use_theatre
from influence_sim.theatre.files import data_folder
from influence_sim.theatre.patterns import Pattern, PatternsFile, declared_patterns

DIGITS = [
    [0.6638138319069147, 0.609566670501717],
    [0.42046947673221857, 0.6542845526957715],
    [0.4068624490114865, 0.6952433776973798],
]


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    return load()


@pytest.fixture(scope="module")
def declared(theatre: Theatre) -> PatternsFile:
    return declared_patterns(theatre)


def pattern(**changes: object) -> Pattern:
    return Pattern.model_validate(
        {
            "id": "p",
            "words": "a pattern",
            "read": "history",
            "months": ("2017-05",),
            "error": 0.0,
            "claims": ("C01",),
            **changes,
        }
    )


def points_at(theatre: Theatre, cube: np.ndarray) -> worlds.Points:
    return worlds.values_of(assumed(theatre), cube)


def drawn(theatre: Theatre, count: int) -> np.ndarray:
    return draw_cube(3, np.arange(count), [spec.name for spec in assumed(theatre)])


def test_a_world_is_the_same_everywhere_and_in_any_company() -> None:
    """By the hash of SplitMix64, whole numbers and a power of two alone: the digits hold on every machine."""
    cube = draw_cube(1, np.array([0, 1, 5]), ["territory.pull", "decide.switch"])
    assert cube.tolist() == DIGITS
    assert draw_cube(1, np.array([5]), ["decide.switch"]).item() == cube[2, 1]
    many = draw_cube(2, np.arange(20_000), ["a", "b"])
    assert 0 <= many.min() < 1e-3
    assert 0.999 < many.max() < 1
    assert np.abs(many.mean(axis=0) - 0.5).max() < 0.01  # 5 standard errors
    assert abs(np.corrcoef(many.T)[0, 1]) < 0.03
    assert abs(np.corrcoef(many[:, 0], draw_cube(3, np.arange(20_000), ["a"])[:, 0])[0, 1]) < 0.03


def test_no_two_worlds_share_a_draw() -> None:
    assert own_draws(np.arange(3), 2).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert own_draws(np.array([0, 7]), 2, 256).tolist() == [[0, 1], [1792, 1793]]


def test_those_that_are_shipped_are_the_models(theatre: Theatre) -> None:
    """If this fails: `influence-sim worlds --make --out influence_sim/analysis/plausible_worlds.npz`."""
    worlds = plausible(theatre)
    assert worlds is not None
    assert worlds.model == model_version(theatre)
    assert worlds.names == tuple(spec.name for spec in assumed(theatre))
    assert len(worlds.numbers) == COUNT >= 1024
    assert (np.diff(worlds.numbers) > 0).all()
    assert SHIPPED.stat().st_size < 20_000
    assert 0.02 < worlds.share < 0.5
    assert set(worlds.cuts) == {entry.id for entry in declared_patterns(theatre).patterns}


def test_those_that_are_shipped_are_not_ruled_out(theatre: Theatre, declared: PatternsFile) -> None:
    """By the replicates of the last wave; worlds of the prior mostly are."""
    worlds = read()
    last = worlds.replicates[-1]
    options = {"replicates": own_draws(worlds.numbers[:24], last, last), "seed": worlds.seed}
    distances = implausibility(theatre, declared, points_at(theatre, worlds.cube(24)), [], **options)
    assert allowed(distances, declared).all()
    others = implausibility(theatre, declared, points_at(theatre, drawn(theatre, 64)), [], replicates=32, seed=1)
    assert allowed(others, declared).mean() < 0.5


@pytest.mark.parametrize(
    ("far", "left"), [([0, 1, 2], True), ([0, 1, 4.9], True), ([0, 1, 5], False), ([0, 3, 3], False)]
)
def test_one_pattern_may_be_missed_by_more(declared: PatternsFile, far: list[float], left: bool) -> None:
    assert (declared.second, declared.largest) == (3, 5)
    assert allowed(np.array([far]), declared).tolist() == [left]


def test_the_distance_by_hand(theatre: Theatre, declared: PatternsFile) -> None:
    """Of a history the spread between replicates counts; of a chance only the error of the mean does."""
    of = {"outcome": "districts_government", "observed": 0.4, "error": 0.03, "tolerated": 0.04}
    both = declared.model_copy(update={"patterns": [pattern(**of), pattern(**{**of, "read": "chance"})]})
    specs, cube = assumed(theatre), drawn(theatre, 3)
    history, chance = implausibility(theatre, both, points_at(theatre, cube), [], replicates=8, seed=5).T
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary))
    row = theatre.vocabulary.outcomes.index("districts_government")
    for world in range(3):
        values = {name: float(value[world]) for name, value in worlds.values_of(specs, cube).items()}
        ends = simulate(arm, seed=5, replicates=np.arange(8), parameters=values)[20, row]  # 2017-05
        gap, spread = abs(ends.mean() - 0.4), ends.var(ddof=1)
        assert history[world] == pytest.approx(gap / np.sqrt(0.03**2 + 0.04**2 + spread * (1 + 1 / 8)))
        assert chance[world] == pytest.approx(gap / np.sqrt(0.03**2 + 0.04**2 + spread / 8))


def test_switches_are_counted_over_all_that_are_named() -> None:
    declared = pattern(
        read="switches", outcomes=("a", "b"), months=("2015-09", "2015-12"), level=0.5, observed=1, tolerated=1
    )
    run = np.array([[0, 1, 1, 0, 1], [0, 0, 0, 1, 1]], dtype=float).T[None, :, :, None]  # the last month does not count
    assert matching._statistic(run, declared, [0, 1], [0, 3]).tolist() == [[3.0]]


def test_no_world_is_left_in_a_corner_that_a_pattern_excludes(
    theatre: Theatre, declared: PatternsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cohesion in the first month follows its start alone: nearly nothing of a low start is left."""
    high = pattern(
        id="high", outcome="kabul_cohesion", months=("2015-09",), observed=0.66, tolerated=0.005, read="history"
    )
    planted = declared.model_copy(update={"patterns": [high, high.model_copy(update={"id": "again"})]})
    monkeypatch.setattr(matching, "declared_patterns", lambda theatre: planted)
    monkeypatch.setattr(matching, "BATCH", 1024)
    worlds = make(theatre, count=64, seed=2, workers=2)
    start = worlds.cube(64)[:, worlds.names.index("authority.cohesion_start")]
    assert start.min() > 0.6
    table = narrowed(theatre, worlds).set_index("parameter")
    assert table.index[0] == "authority.cohesion_start"
    assert table.loc["authority.cohesion_start", "narrowed"] > 0.6
    assert table.loc["authority.cohesion_start", "q05"] > theatre.parameters["authority.cohesion_start"].default
    assert worlds.cuts["high"] > 0.5
    assert list(worlds.waves) == sorted(worlds.waves, reverse=True)


def test_a_record_that_allows_nothing_is_said(
    theatre: Theatre, declared: PatternsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = pattern(outcome="kabul_cohesion", months=("2015-09",), observed=9, tolerated=0.01)
    both = declared.model_copy(update={"patterns": [far, far.model_copy(update={"id": "q"})]})
    monkeypatch.setattr(matching, "declared_patterns", lambda theatre: both)
    monkeypatch.setattr(matching, "BATCH", 16)
    monkeypatch.setattr(matching, "MOST_BATCHES", 2)
    with pytest.raises(MachineError, match="of 32 worlds the record allows 0"):
        make(theatre, count=8, seed=1)


def test_the_same_worlds_give_the_same_file(tmp_path: Path) -> None:
    worlds = read()
    for name in ("one", "two"):
        worlds.save(tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes() == SHIPPED.read_bytes()
    again = read(tmp_path / "one.npz")
    assert np.array_equal(again.numbers, worlds.numbers)
    assert (again.waves, again.replicates, again.cuts) == (worlds.waves, worlds.replicates, worlds.cuts)
    (tmp_path / "two.npz").write_bytes(SHIPPED.read_bytes()[:2000])
    with pytest.raises(MachineError, match="damaged"):
        read(tmp_path / "two.npz")


def rngs() -> Sequence[np.random.Generator]:
    return np.random.default_rng(1), np.random.default_rng(2)


def test_plausible_worlds_are_run_as_they_are_kept(theatre: Theatre) -> None:
    worlds = sample(theatre, 16, PLAUSIBLE, *rngs(), fixed=["authority.erosion"])
    shipped = read()
    assert worlds.worlds == PLAUSIBLE
    assert set(worlds.points) == set(shipped.names) - {"authority.erosion"}
    spec = theatre.parameters["territory.pull"]
    units = shipped.cube(16)[:, shipped.names.index("territory.pull")]
    np.testing.assert_allclose(worlds.points["territory.pull"], spec.low + units * (spec.high - spec.low))
    prior = sample(theatre, 16, PRIOR, *rngs())
    assert prior.worlds == PRIOR
    assert not np.array_equal(prior.points["territory.pull"], worlds.points["territory.pull"])


def test_of_another_model_or_theatre_there_are_only_worlds_of_the_prior(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(theatre, digest="another")
    assert plausible(other) is None
    assert sample(other, 8, PLAUSIBLE, *rngs()).worlds == PRIOR
    old: Worlds = replace(read(), model="older")
    monkeypatch.setattr(worlds, "_read", lambda path, changed: old)
    assert sample(theatre, 8, PLAUSIBLE, *rngs()).worlds == PRIOR


def test_worlds_of_another_theatre_are_found_in_its_folder(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(data_folder(), tmp_path / "own"))
    path = folder / "theatre.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("months: 64", "months: 60"), encoding="utf-8")
    kept = folder / SHIPPED.name
    with use_theatre(folder) as theatre:
        assert plausible(theatre) is None
        replace(read(), model=model_version(theatre), seed=7).save(kept)
        found = plausible(theatre)
        assert found is not None
        assert found.seed == 7
        kept.write_bytes(b"PK")
        with pytest.raises(MachineError, match="damaged"):
            plausible(theatre)
        np.savez_compressed(kept, names=np.zeros(9 << 20))
        with pytest.raises(MachineError, match="too large"):
            plausible(theatre)


def test_more_plausible_worlds_than_there_are_are_refused(theatre: Theatre) -> None:
    with pytest.raises(InputError, match=r"4,096 plausible worlds; take fewer, or worlds of the prior"):
        sample(theatre, COUNT + 1, PLAUSIBLE, *rngs())
    assert sample(theatre, COUNT + 1, PRIOR, *rngs()).size == COUNT + 1
