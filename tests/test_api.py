"""What notebooks call."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import influence_sim as sim
from influence_sim import api
from influence_sim.api.folders import FolderResult, compute_into
from influence_sim.api.lookups import labels
from influence_sim.api.run import plan_run
from influence_sim.theatre import load

pytestmark = pytest.mark.usefixtures("few_pixels")
MONTHS = 31
ROOT = Path(__file__).resolve().parents[1]
HEAVY = ["numpy", "pandas", "mesa", "matplotlib", "pydantic", "yaml", "scipy", "pyarrow"]


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run("us_engages_taliban", replicates=5, months=MONTHS)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> FolderResult:
    request = plan_run("us_engages_taliban", replicates=5, months=MONTHS, assumptions=4)
    return compute_into(request, tmp_path_factory.mktemp("runs") / "a")


def python(code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, influence_sim; print([name for name in {HEAVY} if name in sys.modules])"
    assert python(code).strip() == "[]"


def test_planning_loads_neither_the_model_nor_tables() -> None:
    code = "import sys; from influence_sim.api import run; run.plan_run('us_withdraws').digest"
    code += f"; print([name for name in {HEAVY[:4]} if name in sys.modules])"
    assert python(code).strip() == "[]"


def test_public_names() -> None:
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    assert set(sim.__all__) <= set(dir(sim))
    assert sim.__version__ == "0.1.0"
    with pytest.raises(AttributeError, match="nothing_like_it"):
        sim.nothing_like_it  # noqa: B018


def test_lists() -> None:
    scenarios = sim.scenarios().set_index("name")
    assert len(scenarios) >= 23
    assert scenarios.loc["us_engages_taliban", "branch"] == "2018-01"
    assert scenarios["branch"].isna().sum() == 1
    assert scenarios["branch"].isna()["baseline"]
    params = sim.params()
    assert set(params.columns) >= {"name", "default", "low", "high", "unit", "source", "status"}
    assert len(params) == len(load().parameters)
    claims = sim.claims().set_index("id")
    assert len(claims) == len(load().claims)
    assert any(name == "stance us.dealing" for names in claims["used_by"] for name in names)


def test_a_result_tells_what_it_is(result: sim.Result) -> None:
    assert (result.scenario, result.against) == ("us_engages_taliban", "baseline")
    assert (result.seed, result.replicates, result.months) == (1, 5, MONTHS)
    assert "\n<Result us_engages_taliban against baseline from 2018-01: 5 replicates" in repr(result)
    assert (result.branch, result.branch_date, result.month) == ("2018-01", pd.Timestamp("2018-01-01"), "2018-03")
    assert (result.frame["date"] >= result.branch_date).sum() == 2 * 5 * (MONTHS - 28)
    assert result.folder is None


def test_levels_of_columns_have_names(result: sim.Result) -> None:
    assert result["violence"].xs("mean", axis=1, level="statistic").columns.tolist() == [result.scenario, "baseline"]
    assert result.division("violence").columns.names == ["part", "statistic"]


def test_all_dates_have_one_type(result: sim.Result) -> None:
    indexed = [result["violence"], result.difference("violence"), result.division("violence")]
    levels = result.decisions("russia").index.levels[0]
    columns = [result.summary["date"], result.frame["date"], result.stances()["date"], levels]
    assert {str(dates.dtype) for dates in (*(table.index for table in indexed), *columns)} == {"datetime64[ms]"}


def test_the_frame_is_tidy(result: sim.Result) -> None:
    frame = result.frame
    assert list(frame.columns) == ["scenario", "replicate", "date", *load().vocabulary.outcomes]
    assert len(frame) == 2 * 5 * MONTHS
    assert frame["date"].iloc[0] == pd.Timestamp("2015-09-01")
    wide = frame.pivot_table(index=["replicate", "date"], columns="scenario", values="kabul_authority")
    before = wide.index.get_level_values("date") < pd.Timestamp("2018-01-01")
    gap = wide["us_engages_taliban"] - wide["baseline"]
    assert (gap[before] == 0).all()
    assert (gap[~before] != 0).any()


def test_a_difference_is_what_the_frame_says(result: sim.Result) -> None:
    table = result.difference("kabul_authority")
    assert list(table.columns) == ["mean", "ci_low", "ci_high", "q05", "q95"]
    wide = result.frame.pivot_table(index="date", columns=["scenario", "replicate"], values="kabul_authority")
    gap = wide["us_engages_taliban"] - wide["baseline"]
    np.testing.assert_allclose(table["mean"], gap.to_numpy().mean(axis=1), atol=1e-15)
    assert table.index.equals(gap.index)
    assert (table["ci_low"] <= table["mean"]).all()


@pytest.mark.parametrize("call", ["difference", "plot", "endings", "answers_of"])
def test_unknown_outcomes_are_told_with_the_closest(result: sim.Result, call: str) -> None:
    with pytest.raises(sim.InputError, match="'kabul_autority': not an outcome; did you mean 'kabul_auth"):
        getattr(result, call)("kabul_autority")


def test_unknown_scenarios_and_parameters_are_told_with_the_closest() -> None:
    with pytest.raises(sim.InputError, match="did you mean 'us_withdraws'"):
        sim.run("us_withdrwas")
    with pytest.raises(sim.InputError, match=r"did you mean 'decide\.inertia'"):
        sim.run("us_withdraws", set={"decide.inerta": 1})


def test_a_run_that_ends_before_its_branch_is_refused() -> None:
    with pytest.raises(sim.InputError, match=r"ends in 2016-08, before us_withdraws begins to differ in 20"):
        sim.run("us_withdraws", months=12)


def test_one_arm() -> None:
    alone = sim.run("us_engages_taliban", against=None, replicates=2, months=MONTHS)
    assert alone.against is None
    assert set(alone.frame["scenario"]) == {"us_engages_taliban"}
    assert alone.ending()["diff"].isna().all()
    assert "diff" not in alone._repr_html_()
    with pytest.raises(sim.InputError, match="without a second arm"):
        alone.difference("violence")
    assert isinstance(alone.plot("violence"), Axes)


def test_settings_go_to_both_arms(result: sim.Result) -> None:
    other = sim.run("us_engages_taliban", replicates=5, months=MONTHS, set={"decide.inertia": "0.5"})
    assert other.parameters == {"decide.inertia": 0.5}
    for _, rows in result.frame.groupby("scenario"):
        others = other.frame.loc[rows.index]
        assert not np.array_equal(rows["violence"], others["violence"])
    early = other.difference("violence").loc[:"2017-12-01"]
    assert (early == 0).all(axis=None)


def test_plots(result: sim.Result) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert result.plot("russia_prestige", ax=ax) is ax
    assert ax.get_title(loc="left") == "Russia's standing as a great power"
    assert len(result.figure().axes) == len(load().headline) + 2  # the first has two, and there is a key


def test_html_shows_the_headline_outcomes(result: sim.Result) -> None:
    text = result._repr_html_()
    assert "The US follows Russia&#x27;s example" in text
    for name in load().headline:
        assert labels()[name].label.replace("'", "&#x27;") in text.replace("'", "&#x27;")


def test_a_folder_reads_back_as_it_was(result: sim.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "x")
    back = sim.load(folder)
    pd.testing.assert_frame_equal(back.frame, result.frame, check_exact=True)
    pd.testing.assert_frame_equal(back.summary, result.summary, check_exact=True)
    assert repr(back) == repr(result)
    assert back.folder == folder
    assert (folder / "figures" / "headline.png").read_bytes().startswith(b"\x89PNG")
    again = back.save(tmp_path / "y")
    pd.testing.assert_frame_equal(sim.load(again).frame, result.frame, check_exact=True)


def test_a_folder_of_the_command_line_holds_the_same(finished: FolderResult, result: sim.Result) -> None:
    assert finished.fresh
    pd.testing.assert_frame_equal(finished.result.frame, result.frame, check_exact=True)
    names = {str(p.relative_to(finished.folder)) for p in finished.folder.rglob("*") if p.is_file()}
    assert names == {
        "manifest.json",
        "trajectories.parquet",
        "summary.csv",
        "scenario.yaml",
        "against.yaml",
        "assumptions.csv",
        "division.csv",
        str(Path("figures") / "headline.png"),
    }
    listed = json.loads((finished.folder / "manifest.json").read_text())["files"]
    assert {str(Path(name)) for name in listed} == names - {"manifest.json"}
    assert finished.result.manifest is not None
    assert finished.result.manifest["files"] == listed


def test_histories_have_left_the_memory_when_the_figure_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute, draw_into = api.run.compute, sim.Result.draw_into
    alive: list[weakref.ref[np.ndarray]] = []

    def watched(*args: Any, **options: Any) -> sim.Result:
        result = compute(*args, **options)
        assert result.arms is not None
        alive.extend(map(weakref.ref, result.arms))
        return result

    def draw(result: sim.Result, *args: Any) -> None:
        gc.collect()
        assert len(alive) == 2
        assert not any(arm() is not None for arm in alive)
        draw_into(result, *args)

    monkeypatch.setattr(api.run, "compute", watched)
    monkeypatch.setattr(sim.Result, "draw_into", draw)
    request = plan_run("us_engages_taliban", replicates=2, months=MONTHS)
    assert compute_into(request, tmp_path / "out").error is None
    assert (tmp_path / "out" / "figures" / "headline.png").is_file()


def test_assumptions_are_kept_and_told(finished: FolderResult) -> None:
    table = finished.result.assumptions
    assert table is not None
    assert tuple(table["outcome"]) == finished.result.reported
    assert (table["points"] == 4).all()
    assert "share_same_sign" in finished.result.ending().columns
    np.testing.assert_array_equal(table["main"], finished.result.ending()["diff"])


def test_already_done(finished: FolderResult) -> None:
    request = plan_run("us_engages_taliban", replicates=5, months=MONTHS, assumptions=4)
    again = compute_into(request, finished.folder)
    assert not again.fresh
    assert finished.result.assumptions is not None
    assert again.result.assumptions is not None
    pd.testing.assert_frame_equal(again.result.assumptions, finished.result.assumptions, check_exact=True)
    assert compute_into(replace(request, assumptions=0), finished.folder).result.assumptions is None
    other = compute_into(replace(request, assumptions=2), finished.folder).result.assumptions
    assert other is not None
    assert (other["points"] == 2).all()


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    request = plan_run("baseline", replicates=1, months=2)
    done = compute_into(request)
    assert done.folder == Path("results") / f"baseline-{request.digest[:12]}"
    assert done.result.against is None
    assert done.result.assumptions is None


def test_rerun(finished: FolderResult) -> None:
    repetition = sim.rerun(finished.folder)
    assert repetition.same
    assert repetition.identical
    assert repetition.within == 1e-9
    assert repetition.differences["max_abs_diff"].max() == 0


def test_damage_is_told(result: sim.Result, tmp_path: Path) -> None:
    folder = result.save(tmp_path / "x")
    with (folder / "summary.csv").open("a") as file:
        file.write("x")
    with pytest.raises(sim.MachineError, match=r"summary\.csv: missing, or changed"):
        sim.load(folder)
    with pytest.raises(sim.InputError, match="not a result folder"):
        sim.load(tmp_path)


def test_a_comparison_is_each_run_by_itself(result: sim.Result) -> None:
    calls = []
    both = sim.compare(
        ["us_engages_taliban", "us_own_channel"],
        replicates=5,
        months=MONTHS,
        progress=lambda *now: calls.append(now),
    )
    assert calls[-1] == (15, 15)  # the baseline once
    first = both.results[0]
    pd.testing.assert_frame_equal(first.summary, result.summary, check_exact=True)
    pd.testing.assert_frame_equal(first.frame, result.frame, check_exact=True)
    parts = ["itself", "ground", "response"]
    levels = ["mean", "q05", "q95", "baseline_mean", "baseline_q05", "baseline_q95"]
    assert list(both.table.columns) == ["scenario", "outcome", *levels, "diff", "ci_low", "ci_high", *parts]
    assert both.outcomes[0] == "kabul_authority"
    assert both.answers["us_engages_taliban"].finding == first.answer.finding
    assert len(both.table) == 2 * len(set(load().headline) | {first.asked[0]})


def test_what_cannot_be_compared() -> None:
    with pytest.raises(sim.InputError) as caught:
        sim.compare(["us_withdraws", "us_withdraws", "baseline", "us_withdrwas"], replicates=1)
    rules = [problem.rule for problem in caught.value.problems]
    assert rules[0].startswith("two of the scenarios")
    assert rules[1].startswith("this is what the others")
    assert rules[2] == "not a shipped scenario"
    with pytest.raises(sim.InputError, match="at least one scenario"):
        sim.compare([])
