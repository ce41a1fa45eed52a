"""Forest plots: a row a scenario, hollow where the sign is open."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from influence_sim.views import compare_forest, forest


def _axes():
    return Figure(figsize=(5, 3)).add_subplot()


def _dots(ax):
    """Height and filling of every dot."""
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    return {float(y): line.get_markerfacecolor() for line in marks for y in line.get_ydata()}


def test_rows_stand_in_the_tables_order_from_the_top(comparison, labels):
    ax = _axes()
    assert forest(comparison(), "violence", ax=ax, labels=labels) is ax
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == [f"scenario_number_{i}" for i in range(6)]
    bottom, top = ax.get_ylim()
    assert bottom > top
    assert ax.get_title(loc="left") == "Violence"
    assert ax.get_xlabel() == "scenario minus baseline (index, 0-1)"


def test_intervals_are_where_the_table_says(comparison):
    table = comparison()
    ax = forest(table, "violence", ax=_axes())
    rows = table[table["outcome"] == "violence"]
    bars = ax.collections[0].get_segments()
    np.testing.assert_allclose([bar[:, 0] for bar in bars], rows[["ci_low", "ci_high"]])
    low, high = ax.get_xlim()
    assert low < min(rows["ci_low"].min(), 0)
    assert high > max(rows["ci_high"].max(), 0)


def test_a_dot_is_hollow_where_the_interval_holds_zero(comparison):
    assert _dots(forest(comparison(), "kabul_authority", ax=_axes())) == {
        0.0: "white",
        1.0: "#0072B2",
        2.0: "#0072B2",
        3.0: "white",
        4.0: "#0072B2",
        5.0: "#0072B2",
    }


def test_zero_is_marked(comparison):
    ax = forest(comparison(), "violence", ax=_axes())
    (zero,) = [line for line in ax.lines if line.get_gid() == "zero"]
    assert list(zero.get_xdata()) == [0, 0]


def test_shares_of_the_assumptions_stand_at_the_right(comparison):
    table = comparison(scenarios=2).assign(share_same_sign=[0.953, *[np.nan] * 11])
    ax = forest(table, "kabul_authority", ax=_axes())
    assert [text.get_text() for text in ax.texts] == ["95 %"]
    assert ax.texts[0].get_window_extent().xmin >= ax.get_window_extent().xmax


def test_a_scenario_without_the_outcome_keeps_its_row(comparison):
    table = comparison(scenarios=3)
    table = table[~((table["scenario"] == "scenario_number_1") & (table["outcome"] == "violence"))]
    ax = forest(table, "violence", ax=_axes())
    assert len(ax.get_yticklabels()) == 3
    ax.figure.draw_without_rendering()


def test_names_are_written_once_a_row_of_panels(comparison, labels):
    figure = compare_forest(comparison(), labels=labels)
    named = [ax.yaxis.get_tick_params()["labelleft"] for ax in figure.axes]
    assert named == [True, False, False] * 2


def test_panels_of_one_unit_have_one_scale(comparison, labels):
    figure = compare_forest(comparison(), labels=labels)
    scales = {ax.get_title(loc="left").replace("\n", " "): ax.get_xlim() for ax in figure.axes}
    assert scales["Kabul's authority"] == scales["Russia's prestige"] == scales["Violence"]  # index, 0-1
    assert scales["Kabul's authority"] != scales["States in the Moscow forum"]


def test_long_names_of_scenarios_break_into_lines(comparison, labels):
    table = comparison(scenarios=2)
    long = table.assign(scenario=table["scenario"] + " that goes on for a while, and then for a while longer")
    first, second = (compare_forest(each, labels=labels).axes[0] for each in (table, long))
    assert all("\n" in text.get_text() for text in second.get_yticklabels())
    assert second.get_window_extent().height > first.get_window_extent().height
    second.figure.draw_without_rendering()
    assert all(text.get_window_extent().xmin >= 0 for text in second.get_yticklabels())


def test_how_to_read_is_said(comparison):
    words = " ".join(text.get_text() for text in compare_forest(comparison(shares=False)).texts)
    assert "hollow: the interval holds zero" in words.replace("\n", " ")
    assert "assumptions" not in words


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda table: table.drop(columns="diff"), "lacks the column diff"),
        (lambda table: pd.concat([table, table]), "more than one row for scenario_number_0, "),
        (lambda table: table[:0], "nothing to compare"),
    ],
)
def test_a_table_that_cannot_be_drawn_is_refused(comparison, spoil, words):
    with pytest.raises(ValueError, match=words):
        compare_forest(spoil(comparison()))


def test_an_unknown_outcome_is_refused(comparison):
    with pytest.raises(ValueError, match="'violense': not an outcome of this comparison; did you mean 'violence'"):
        forest(comparison(), "violense", ax=_axes())
