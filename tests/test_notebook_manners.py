"""What a notebook shows of results, completes, and counts."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import influence_sim as sim
from influence_sim.base.progress import Bar, shown


@pytest.fixture(scope="module")
def result() -> sim.Result:
    return sim.run("us_engages_taliban", replicates=3, months=32)


def test_an_outcome_by_its_name(result: sim.Result) -> None:
    assert result._ipython_key_completions_() == list(sim.outcomes()["name"])
    assert result.outcomes[0] == "kabul_authority"
    table = result["violence"]
    assert set(table.columns.get_level_values(0)) == {"baseline", "us_engages_taliban"}
    last = result.frame[(result.frame["scenario"] == "baseline") & (result.frame["date"] == table.index[-1])]
    assert table[("baseline", "mean")].iloc[-1] == pytest.approx(last["violence"].mean())
    with pytest.raises(sim.InputError, match="did you mean 'violence'"):
        result["voilence"]


def test_outcomes_are_told() -> None:
    table = sim.outcomes()
    assert list(table.columns) == ["name", "label", "unit", "claims", "source"]
    assert table.set_index("name").loc["kabul_authority", "label"] == "Kabul's authority"


def test_html_is_escaped(result: sim.Result) -> None:
    page = result._repr_html_()
    assert "<table" in page
    assert "Russia&#x27;s example" in page


def test_to_xarray(result: sim.Result) -> None:
    data = result.to_xarray()
    assert dict(data.sizes) == {"scenario": 2, "replicate": 3, "date": 32}
    assert data["violence"].attrs == {"long_name": "Violence", "units": "0-1"}
    assert data.attrs["branch"] == "2018-01"
    arm = result.frame[(result.frame["scenario"] == "us_engages_taliban") & (result.frame["replicate"] == 2)]
    values = data["us_acceptance"].sel(scenario="us_engages_taliban", replicate=2)
    np.testing.assert_array_equal(values, arm["us_acceptance"])


def test_without_xarray_the_extra_is_named(result: sim.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xarray", None)
    with pytest.raises(sim.MachineError, match=r"influence-sim\[xarray\]"):
        result.to_xarray()


def test_a_bar_is_shown_for_true(capsys: pytest.CaptureFixture[str]) -> None:
    sim.run("us_engages_taliban", replicates=3, months=32, progress=True)
    assert "6/6" in capsys.readouterr().err
    sim.run("us_engages_taliban", replicates=3, months=32, progress=False)
    assert capsys.readouterr().err == ""


def test_a_bar_follows_what_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar("blocks")
    bar(1, 4)
    assert bar._bar.n == 1
    bar(3, 4)
    assert bar._bar.n == 3
    bar(4, 4)
    assert bar._bar is None  # closed
    assert "blocks" in capsys.readouterr().err


def test_functions_are_called_and_nothing_is_shown_for_none() -> None:
    told: list[tuple[int, int]] = []
    assert shown(None, "runs") is None
    assert shown(False, "runs") is None
    follow = shown(lambda done, total: told.append((done, total)), "runs")
    assert follow is not None
    follow(1, 2)
    assert told == [(1, 2)]
