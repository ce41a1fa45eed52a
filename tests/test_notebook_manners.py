"""What a notebook shows of results, completes, and counts."""

from __future__ import annotations

import html
import sys

import numpy as np
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.base.display import as_html
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


def test_the_answer_comes_first(result: sim.Result) -> None:
    tried = sim.run("us_engages_taliban", replicates=3, months=40, assumptions=8)
    assert repr(tried).startswith(f"{tried.answer.finding} {tried.answer.holds}\n<Result us_engages_taliban")
    page = html.unescape(tried._repr_html_())
    assert page.startswith(f"<p><b>{tried.answer.finding} {tried.answer.holds}</b>")
    assert all(answer.short in page for answer in tried.answers)
    assert "8 plausible worlds" in page
    assert "not a probability of anything in the real world" in page
    assert "worlds" not in result._repr_html_()  # where none were tried


def test_long_texts_are_shown_in_full() -> None:
    page = html.unescape(sim.scenarios()._repr_html_())
    assert all(question in page for question in sim.scenarios()["question"])
    assert "..." not in sim.claims().head()[["id", "statement"]]._repr_html_()
    words = "An observation <that> " + 20 * "goes on and on "
    shown = as_html(pd.DataFrame({"words": [words], "small": [0.0004], "none": [np.nan], "count": [12]}))
    assert html.escape(words) in shown
    assert [text in shown for text in (">0.0004<", "><", ">12<")] == [True, True, True]


def test_plots_of_what_is_asked(result: sim.Result) -> None:
    ax = result.plot()
    assert ax.get_title(loc="left") == "Kabul's authority"
    texts = [text.get_text().replace("\n", " ") for text in ax.figure.texts]
    assert result.answer.finding.removesuffix(".").replace("\N{NO-BREAK SPACE}", " ") in [
        text.replace("\N{NO-BREAK SPACE}", " ") for text in texts
    ]
    assert len(result.plot("violence").figure.axes) == 1
    both = sim.compare(["us_engages_taliban", "us_withdraws"], replicates=3, months=40)
    title = both.plot().get_title(loc="left").replace("\n", " ")
    assert title == both.finding
    assert both.plot("russia_prestige").get_title(loc="left") == "Russia's standing as a great power"


def test_a_model_says_where_it_stands() -> None:
    model = sim.InfluenceModel("us_engages_taliban", rng=1, months=2)
    assert repr(model).startswith("Before its first month, September 2015.\n<InfluenceModel us_engages_taliban")
    model.step()
    assert "After September 2015, 1 of 2 months." in model._repr_html_()
    assert f"{model['kabul_authority']:.3f}" in model._repr_html_()
    model.step()
    assert "it is over" in repr(model)


def test_plausible_worlds_are_counted() -> None:
    worlds = sim.worlds()
    assert repr(worlds).startswith(f"{len(worlds.numbers):,} plausible worlds: the record leaves ")
    assert worlds._repr_html_().count("<tr>") == len(worlds.cuts) + 1


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
    calls: list[tuple[int, int]] = []
    assert shown(None, "runs") is None
    assert shown(False, "runs") is None
    follow = shown(lambda done, total: calls.append((done, total)), "runs")
    assert follow is not None
    follow(1, 2)
    assert calls == [(1, 2)]
