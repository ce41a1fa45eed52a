"""Sobol indices, Morris' screening and rank correlations against SALib, SciPy and functions that are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as morris_analysis
from SALib.analyze import sobol as sobol_analysis
from SALib.sample import morris, sobol
from SALib.test_functions import Ishigami
from scipy.stats import kruskal, qmc, spearmanr

import influence_sim as sim
from influence_sim import views
from influence_sim.base.errors import InputError
from influence_sim.runs.sweeps.design import Factor

Make = Callable[..., pd.DataFrame]
NAMES = ("x1", "x2", "x3")
BOUNDS = dict.fromkeys(NAMES, (-np.pi, np.pi))
PROBLEM = {"num_vars": 3, "names": list(NAMES), "bounds": [list(BOUNDS[name]) for name in NAMES]}
NUMBERS = ["S1", "S1_conf", "ST", "ST_conf"]
EXACT = {"x1": (0.3139, 0.5576), "x2": (0.4424, 0.4424), "x3": (0.0, 0.2437)}
"""First-order and total indices of the Ishigami function with a = 7, b = 0.1 (Sobol and Levitan 1999)."""


def indexed(table: pd.DataFrame) -> pd.DataFrame:
    return table.set_index("factor").loc[list(NAMES)]


def test_reproduces_salibs_own_figures_on_the_ishigami_function(ishigami: Make) -> None:
    frame = ishigami(512)
    drivers = sim.sensitivity(frame, "y", factors=BOUNDS, method="sobol_indices", seed=11, resamples=200)
    theirs = sobol_analysis.analyze(
        PROBLEM, frame["y"].to_numpy(), calc_second_order=False, num_resamples=200, conf_level=0.95, seed=11
    )
    ours = indexed(drivers.table)
    for name in NUMBERS:
        assert ours[name].tolist() == theirs[name].tolist()
    for factor, (first, total) in EXACT.items():
        assert ours.loc[factor, "S1"] == pytest.approx(first, abs=0.08)
        assert ours.loc[factor, "ST"] == pytest.approx(total, abs=0.08)
    assert drivers.table["factor"].tolist() == ["x1", "x2", "x3"]  # by total index
    assert drivers.cautions == ()


def test_says_how_factors_matter(ishigami: Make) -> None:
    drivers = sim.sensitivity(ishigami(1024), "y", factors=BOUNDS, method="sobol_indices")
    verdicts = indexed(drivers.table)["verdict"]
    assert verdicts.tolist() == ["matters", "matters, mostly by itself", "matters, mostly together with others"]
    assert drivers.summary["verdict"].tolist() == ["hangs on x1, x2, x3"]


def test_convergence_is_what_fewer_base_samples_would_have_given(ishigami: Make) -> None:
    frame = ishigami(256)
    drivers = sim.sensitivity(frame, "y", factors=BOUNDS, method="sobol_indices", resamples=50)
    assert sorted(set(drivers.convergence["samples"])) == [32, 64, 128, 256]
    for samples in (32, 256):
        part = sim.sensitivity(frame[: samples * 5], "y", factors=BOUNDS, method="sobol_indices", resamples=50)
        rows = drivers.convergence[drivers.convergence["samples"] == samples]
        pd.testing.assert_frame_equal(indexed(rows)[NUMBERS], indexed(part.table)[NUMBERS])


def test_groups_move_together() -> None:
    problem = {**PROBLEM, "groups": ["inner", "x2", "inner"]}
    x = sobol.sample(problem, 128, calc_second_order=False, seed=3)
    frame = pd.DataFrame(x, columns=list(NAMES)).assign(y=Ishigami.evaluate(x))
    factors = [
        Factor(n, -np.pi, np.pi, group=g if g != n else "") for n, g in zip(NAMES, problem["groups"], strict=True)
    ]
    drivers = sim.sensitivity(frame, "y", factors=factors, method="sobol_indices", resamples=20, seed=5)
    theirs = sobol_analysis.analyze(problem, frame["y"].to_numpy(), calc_second_order=False, num_resamples=20, seed=5)
    ours = drivers.table.set_index("factor").loc[["inner", "x2"]]
    for name in NUMBERS:
        assert ours[name].tolist() == theirs[name].tolist()
    assert drivers.summary["samples"].tolist() == [128]


def test_a_point_that_failed_costs_its_base_sample_and_no_other(ishigami: Make) -> None:
    frame = ishigami(64).assign(point=range(320))
    lost = frame.drop(index=[7, 203]).sample(frac=1, random_state=1)  # in any order
    drivers = sim.sensitivity(lost, "y", factors=BOUNDS, method="sobol_indices", resamples=20)
    whole = frame[~(frame["point"] // 5).isin([1, 40])]
    alone = sim.sensitivity(whole.drop(columns="point"), "y", factors=BOUNDS, method="sobol_indices", resamples=20)
    pd.testing.assert_frame_equal(indexed(drivers.table)[NUMBERS], indexed(alone.table)[NUMBERS])
    assert drivers.summary[["points", "dropped", "samples"]].to_numpy().tolist() == [[310, 10, 62]]


def test_no_whole_base_sample_is_an_error(ishigami: Make) -> None:
    frame = ishigami(4).assign(point=range(20))
    with pytest.raises(InputError, match="needs 5 finished points together"):
        sim.sensitivity(frame[frame["point"] % 5 != 2], "y", factors=BOUNDS, method="sobol_indices")


def test_says_when_there_are_too_few_base_samples(ishigami: Make) -> None:
    drivers = sim.sensitivity(ishigami(32), "y", factors=BOUNDS, method="sobol_indices")
    (caution,) = drivers.cautions
    assert caution.startswith("y: too few base samples to tell how much")
    assert "matters, but how much is too uncertain" in set(drivers.table["verdict"])
    nothing = ishigami(32).assign(y=np.random.default_rng(1).standard_cauchy(160) ** 3)
    (caution,) = sim.sensitivity(nothing, "y", factors=BOUNDS, method="sobol_indices").cautions
    assert "the intervals of all total indices include zero" in caution


@pytest.mark.parametrize("method", ["sobol_indices", "lhs"])
def test_an_outcome_that_does_not_vary_has_no_drivers(ishigami: Make, method: str) -> None:
    drivers = sim.sensitivity(ishigami(8).assign(y=3.0), "y", factors=BOUNDS, method=method)
    assert set(drivers.table["verdict"]) == {"the outcome does not vary"}
    assert drivers.table[["ST"] if method == "sobol_indices" else ["rho"]].isna().all(axis=None)
    assert drivers.cautions == ()


def test_replicates_noise_is_told_and_limits_what_is_said(ishigami: Make) -> None:
    frame = ishigami(512).rename(columns={"y": "y_diff"})
    frame["y_mean"], sd = 0.0, 4.0
    frame["y_diff_sd"] = sd
    drivers = sim.sensitivity(frame, factors=BOUNDS, method="sobol_indices", replicates=4, resamples=50)
    assert drivers.summary["column"].tolist() == ["y_diff"]
    share = sd**2 / 4 / frame["y_diff"].var()
    assert drivers.summary["noise_share"].tolist() == pytest.approx([share])
    assert 0.25 < share < 0.4
    verdicts = drivers.table.set_index("factor")["verdict"]
    assert verdicts["x3"] == "may be no more than noise"  # its total index is 0.24
    assert verdicts["x1"].startswith("matters")
    loud = sim.sensitivity(frame.assign(y_diff_sd=9.0), factors=BOUNDS, method="sobol_indices", replicates=4)
    assert "too few replicates: their noise may be 100 % of the variance" in loud.cautions[0]


def trajectories(count: int, levels: int = 4) -> pd.DataFrame:
    x = morris.sample(PROBLEM, count, num_levels=levels, seed=9)
    return pd.DataFrame(x, columns=list(NAMES)).assign(y=Ishigami.evaluate(x))


def test_reproduces_salibs_morris() -> None:
    frame = trajectories(30)
    drivers = sim.sensitivity(frame, "y", factors=BOUNDS, method="morris", seed=4, resamples=100)
    theirs = morris_analysis.analyze(
        dict(PROBLEM), frame[list(NAMES)].to_numpy(), frame["y"].to_numpy(), num_resamples=100, num_levels=4, seed=4
    )
    ours = indexed(drivers.table)
    for name in ("mu", "mu_star", "sigma", "mu_star_conf"):
        assert ours[name].tolist() == np.asarray(theirs[name]).tolist()
    assert drivers.cautions == ()


def test_morris_says_what_an_effect_is_like() -> None:
    frame = trajectories(20)
    frame["y"] = 10 * frame["x1"] + 0.01 * frame["x2"] + frame["x3"] ** 2 * frame["x1"]
    verdicts = sim.sensitivity(frame, "y", factors=BOUNDS, method="morris").table.set_index("factor")["verdict"]
    assert verdicts["x2"] == "negligible"
    assert verdicts["x1"] == "matters, monotone"
    assert verdicts["x3"] == "matters, not monotone, or together with others"
    frame["y"] = 10 * frame["x1"]
    verdicts = sim.sensitivity(frame, "y", factors=BOUNDS, method="morris").table.set_index("factor")["verdict"]
    assert verdicts["x1"] == "matters, nearly linear"


def test_morris_says_when_there_are_too_few_trajectories() -> None:
    drivers = sim.sensitivity(trajectories(9), "y", factors=BOUNDS, method="morris")
    assert drivers.cautions == ("y: too few trajectories to tell: 9, and it takes 10",)
    assert set(drivers.table["verdict"]) == {"too few trajectories to tell"}


def test_morris_of_groups_has_no_sigma() -> None:
    problem = {**PROBLEM, "groups": ["inner", "x2", "inner"]}
    x = morris.sample(problem, 12, num_levels=4, seed=9)
    frame = pd.DataFrame(x, columns=list(NAMES)).assign(y=Ishigami.evaluate(x))
    factors = [Factor("x1", -4, 4, group="inner"), Factor("x2", -4, 4), Factor("x3", -4, 4, group="inner")]
    table = sim.sensitivity(frame, "y", factors=factors, method="morris").table.set_index("factor")
    assert sorted(table.index) == ["inner", "x2"]
    assert np.isnan(table.loc["inner", "sigma"])
    assert table.loc["inner", "mu_star"] > 0


def hypercube(points: int) -> pd.DataFrame:
    x = qmc.LatinHypercube(3, rng=np.random.default_rng(2)).random(points)
    return pd.DataFrame(x, columns=list(NAMES)).assign(y=x[:, 0] ** 3 - 0.5 * x[:, 1])


def spoilt() -> dict[str, tuple[str, pd.DataFrame]]:
    """Tables whose points are not those of the design that they are said to have, by what is wrong with them."""
    x = sobol.sample(PROBLEM, 64, calc_second_order=True, seed=7)  # SALib's default
    saltelli = sobol.sample(PROBLEM, 64, calc_second_order=False, seed=7)
    return {
        "with second-order points": ("sobol_indices", pd.DataFrame(x, columns=list(NAMES))),
        "shuffled": ("sobol_indices", pd.DataFrame(saltelli, columns=list(NAMES)).sample(frac=1, random_state=1)),
        "a hypercube": ("sobol_indices", hypercube(200)[list(NAMES)]),
        "no trajectories": ("morris", hypercube(200)[list(NAMES)]),
        "shuffled trajectories": ("morris", trajectories(20)[list(NAMES)].sample(frac=1, random_state=1)),
        "two at once": ("morris", trajectories(20)[list(NAMES)].assign(x2=lambda frame: frame["x1"])),
    }


@pytest.mark.parametrize("design", spoilt())
def test_points_of_another_design_are_refused(design: str) -> None:
    method, points = spoilt()[design]
    frame = points.assign(y=Ishigami.evaluate(points.to_numpy()))
    with pytest.raises(InputError, match=f"^method: '{method}': these are no points of this design"):
        sim.sensitivity(frame, "y", factors=BOUNDS, method=method)


def test_points_that_went_through_a_file_are_those_of_their_design(ishigami: Make, tmp_path: Path) -> None:
    for method, frame in (("sobol_indices", ishigami(64)), ("morris", trajectories(20))):
        frame.to_csv(tmp_path / "points.csv", index=False, float_format="%.8g")
        read = pd.read_csv(tmp_path / "points.csv")
        assert sim.sensitivity(read, "y", factors=BOUNDS, method=method).method == method


@pytest.mark.parametrize("method", ["lhs", "grid", "sobol_sequence", "csv"])
def test_other_designs_give_rank_correlations_and_say_so(method: str) -> None:
    frame = hypercube(200)
    drivers = sim.sensitivity(frame, "y", factors=NAMES, method=method)
    assert f"{method} design does not allow Sobol indices" in drivers.notes[0]
    assert drivers.described() == "by rank correlations, 200 points"
    table = indexed(drivers.table)
    assert table["rho"].tolist() == pytest.approx([spearmanr(frame[n], frame["y"]).statistic for n in NAMES])
    assert table["verdict"].tolist() == [
        "matters, outcome rises with it",
        "matters, outcome falls with it",
        "could be chance",
    ]
    low = frame.nsmallest(40, "x1")["y"].mean()
    assert table.loc["x1", "low_mean"] == pytest.approx(low, abs=0.01)
    assert table.loc["x1", "swing"] == pytest.approx(table.loc["x1", "high_mean"] - low, abs=0.01)
    assert drivers.convergence.empty


def test_chance_stays_below_the_threshold_in_about_95_of_100_cases() -> None:
    frame = hypercube(60)
    rng = np.random.default_rng(8)
    columns = {f"y{i}": rng.normal(size=60) for i in range(40)}
    drivers = sim.sensitivity(frame.assign(**columns), list(columns), factors=NAMES, method="lhs")
    wrong = {row["outcome"] for row in drivers.table.to_dict("records") if row["verdict"].startswith("matters")}
    assert len(wrong) <= 6
    assert len(drivers.cautions) == 40 - len(wrong)
    assert all("stands out from chance" in caution for caution in drivers.cautions)


def test_too_few_points_for_ranks() -> None:
    drivers = sim.sensitivity(hypercube(19), "y", factors=NAMES, method="lhs")
    assert drivers.cautions == ("y: too few points to tell: 19, and it takes 20",)


def test_a_factor_that_was_not_varied_is_told_of() -> None:
    table = sim.sensitivity(hypercube(50).assign(x3=1.0), "y", factors=NAMES, method="csv").table
    assert table.set_index("factor").loc["x3", "verdict"] == "the same at every point"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"outcome": "z"}, "not an outcome of this sweep"),
        ({"outcome": "x1"}, "not an outcome of this sweep"),
        ({"outcome": None}, "name a column"),
        ({"outcome": "y", "factors": ["x1", "x_2"]}, "'x_2': not a column of the table; did you mean 'x2'"),
        ({"outcome": "y", "factors": None}, "needs the names of what was varied"),
        ({"outcome": "y", "method": "sobol"}, "'sobol': not a method of a design; did you mean 'sobol_"),
        ({"outcome": "y", "seed": 0}, "a whole number from 1"),
    ],
)
def test_wrong_questions(asked: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sim.sensitivity(hypercube(30), **{"factors": NAMES, **asked})


def choices(points: int = 120) -> tuple[pd.DataFrame, list[Factor]]:
    """A factor of three choices, one of two, and one of a range."""
    rng = np.random.default_rng(4)
    x = pd.DataFrame({"mode": np.arange(points) % 3.0, "switch": np.arange(points) % 2.0, "a": rng.random(points)})
    three, two = (
        Factor(name, 0.0, n - 1.0, choices=tuple(map(float, range(n)))) for name, n in (("mode", 3), ("switch", 2))
    )
    return x, [three, two, Factor("a", 0.0, 1.0)]


def test_the_middle_of_three_choices_is_seen() -> None:
    x, factors = choices()
    y = (x["mode"] == 1) + 0.3 * x["a"]
    drivers = sim.sensitivity(x.assign(y=y), "y", factors=factors, method="lhs")
    table = drivers.table.set_index("factor")
    assert table.loc["mode", "verdict"] == "matters, outcome lowest at 0, highest at 1"
    statistic = kruskal(*(y[x["mode"] == mode] for mode in range(3))).statistic
    assert table.loc["mode", "epsilon_squared"] == pytest.approx(statistic / (len(y) - 1))
    assert table.loc["mode", ["low_mean", "high_mean"]].tolist() == pytest.approx(
        [y[x["mode"] == 0].mean(), y[x["mode"] == 1].mean()]
    )
    assert table["rho"].notna().tolist() == [name != "mode" for name in table.index]
    assert drivers.summary["verdict"].tolist() == ["hangs on mode, a"]
    assert any("of several choices (mode) there is epsilon squared" in note for note in drivers.notes)
    bold = [text.get_text() for text in views.tornado(drivers.table).texts if text.get_fontweight() == "bold"]
    assert bold == [f"ε² {table.loc['mode', 'epsilon_squared']:.2f}", f"{table.loc['a', 'rho']:+.2f}"]


def test_of_two_choices_epsilon_squared_would_be_the_square_of_the_rank_correlation() -> None:
    x, factors = choices()
    table = sim.sensitivity(x.assign(y=x["switch"] + x["a"]), "y", factors=factors, method="lhs").table.set_index(
        "factor"
    )
    statistic = kruskal(*((x["switch"] + x["a"])[x["switch"] == choice] for choice in range(2))).statistic
    assert table.loc["switch", "rho"] ** 2 == pytest.approx(statistic / (len(x) - 1))


def test_chance_gives_factors_of_many_choices_no_better_odds() -> None:
    rng = np.random.default_rng(8)
    many = Factor("many", 0.0, 5.0, choices=tuple(map(float, range(6))))
    x, factors = choices(60)
    frame = x.assign(many=np.arange(60) % 6.0, **{f"y{i}": rng.normal(size=60) for i in range(60)})
    table = sim.sensitivity(frame, [f"y{i}" for i in range(60)], factors=[*factors, many], method="lhs").table
    wrong = table[table["verdict"].str.startswith("matters")]
    assert wrong["outcome"].nunique() <= 8
    assert wrong["factor"].value_counts().max() <= 4
