"""One outcome on one Axes: what is drawn stands where the numbers say."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from influence_sim.views import Label, difference, fan
from influence_sim.views.axes import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

BRANCH = date(2018, 1, 1)
AT = date2num(np.datetime64(BRANCH))
FIRST, LAST = date2num(np.datetime64("2015-09-01")), date2num(np.datetime64("2020-12-01"))


def _axes() -> Axes:
    return Figure(figsize=(5, 3)).add_subplot()


def _bands(ax: Axes) -> list[tuple[float, float, float, float]]:
    """Left, low, right and high of every band, in the order drawn."""
    bands = [band for band in ax.collections if isinstance(band, PolyCollection)]
    vertices = [band.get_paths()[0].vertices for band in bands]
    return [(*xy.min(axis=0), *xy.max(axis=0)) for xy in vertices]


def _rows(summary: pd.DataFrame, scenario: str, outcome: str = "kabul_authority") -> pd.DataFrame:
    return summary[(summary["scenario"] == scenario) & (summary["outcome"] == outcome)]


def _line(ax: Axes, gid: str) -> Line2D:
    (line,) = [line for line in ax.lines if line.get_gid() == gid]
    return line


def _end_labels(ax: Axes) -> list[Text]:
    return [text for text in ax.texts if text.get_gid() == "end"]


@pytest.mark.parametrize("draw", [fan, difference])
def test_draws_on_the_axes_it_is_given_and_returns_it(draw, summary, labels):
    ax = _axes()
    assert draw(summary, "kabul_authority", ax=ax, branch=BRANCH, labels=labels) is ax
    assert draw(summary, "kabul_authority").figure is not ax.figure


def test_the_baseline_band_spans_all_months_and_its_quantiles(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    rows = _rows(summary, "baseline")
    assert _bands(ax)[0] == pytest.approx((FIRST, rows["q05"].min(), LAST, rows["q95"].max()))


def test_the_scenario_begins_at_the_branch_with_the_last_shared_record(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    rows = _rows(summary, "us_engages_taliban")
    rows = rows[rows["date"] >= "2017-12-01"]
    outer, inner = _bands(ax)[1:]
    assert outer == pytest.approx((AT, rows["q05"].min(), LAST, rows["q95"].max()))
    assert inner == pytest.approx((AT, rows["q25"].min(), LAST, rows["q75"].max()))
    median = ax.lines[1]
    np.testing.assert_array_equal(median.get_ydata(), rows["q50"])


def test_history_that_differs_is_not_hidden(summary):
    broken = summary.copy()
    early = (broken["scenario"] == "us_engages_taliban") & (broken["date"] == "2016-03-01")
    broken.loc[early, ["q50", "diff"]] += 0.01
    assert _bands(fan(broken, "kabul_authority", ax=_axes(), branch=BRANCH))[1][0] == FIRST
    assert _bands(difference(broken, "kabul_authority", ax=_axes(), branch=BRANCH))[0][0] == FIRST


def test_the_order_of_rows_does_not_matter(summary):
    first, other = (fan(s, "violence", ax=_axes(), branch=BRANCH) for s in (summary, summary[::-1]))
    assert _bands(first) == _bands(other)


def test_dates_read_from_text_are_dates(summary):
    text = summary.assign(date=summary["date"].dt.strftime("%Y-%m-%d"))
    ax = fan(text, "violence", ax=_axes())
    assert ax.get_xlim() == (FIRST, LAST)


def test_arms_differ_without_colour(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    baseline, scenario = ax.lines[:2]
    assert (baseline.get_linestyle(), scenario.get_linestyle()) == ("--", "-")
    assert baseline.get_linewidth() < scenario.get_linewidth()


def test_the_baseline_is_quiet(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    bands = [band for band in ax.collections if isinstance(band, PolyCollection)]
    assert len(bands) == 3  # of the baseline one
    assert not any(band.get_hatch() or band.get_edgecolor().size for band in bands if band.get_linewidth()[0])
    assert bands[0].zorder < min(band.zorder for band in bands[1:])


def test_the_branch_month_is_marked_and_named(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    assert _line(ax, "branch").get_xdata() == pytest.approx([date2num(np.datetime64(BRANCH))] * 2)
    (words,) = [text for text in ax.texts if text.get_text() == "branch: Jan 2018"]
    bands_top = ax.transData.transform((0, _rows(summary, "baseline")["q95"].max()))[1]
    assert words.get_window_extent().ymin >= bands_top - 1


@pytest.mark.parametrize(("branch", "side"), [(date(2015, 11, 1), "left"), (date(2020, 10, 1), "right")])
def test_the_words_at_the_branch_stay_inside(summary, branch, side):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=branch)
    (words,) = [text for text in ax.texts if text.get_text().startswith("branch")]
    box, frame = words.get_window_extent(), ax.get_window_extent()
    assert words.get_ha() == side
    assert frame.xmin <= box.xmin
    assert box.xmax <= frame.xmax


def test_a_branch_outside_the_months_gets_no_words(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=date(2031, 1, 1))
    assert not [text for text in ax.texts if text.get_text().startswith("branch")]
    assert ax.get_xlim() == (FIRST, LAST)


@pytest.mark.parametrize("outcome", ["us_presence", "kabul_authority", "russia_prestige"])
def test_end_labels_never_overlap(summary, outcome):
    ax = fan(summary, outcome, ax=_axes(), branch=BRANCH)
    texts = _end_labels(ax)
    assert {text.get_text() for text in texts} == {"baseline", "us_engages_taliban"}
    # Placed anew at every drawing: also when the figure is made small afterwards.
    for size in ((5, 3), (4, 0.9)):
        ax.figure.set_size_inches(*size)
        ax.figure.draw_without_rendering()
        low, high = sorted((text.get_window_extent() for text in texts), key=lambda box: box.ymin)
        assert low.ymax <= high.ymin + 1e-6
        assert min(low.xmin, high.xmin) >= ax.get_window_extent().xmax


def test_an_end_label_with_room_stands_at_its_line(summary):
    ax = fan(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    ax.figure.draw_without_rendering()
    for text, name in zip(_end_labels(ax), ("baseline", "us_engages_taliban"), strict=True):
        box, end = text.get_window_extent(), _rows(summary, name)["q50"].iloc[-1]
        assert (box.ymin + box.ymax) / 2 == pytest.approx(ax.transData.transform((0, end))[1], abs=2)


def test_end_labels_are_part_of_the_layout(summary):
    figure = Figure(figsize=(5, 3), layout="constrained")
    ax = fan(summary, "kabul_authority", ax=figure.add_subplot())
    figure.draw_without_rendering()
    right = max(text.get_window_extent().xmax for text in _end_labels(ax))
    assert right <= figure.bbox.xmax


@given(
    labels=st.lists(st.tuples(st.floats(-50, 450), st.floats(5, 30)), min_size=1, max_size=6),
)
def test_spread_keeps_order_room_and_edges(labels):
    wanted, tall = [y for y, _ in labels], [h for _, h in labels]
    placed = spread(wanted, tall, 0.0, 400.0)
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    for below, above in pairwise(order):
        assert placed[above] - placed[below] >= (tall[above] + tall[below]) / 2 - 1e-6
    assert placed[order[0]] - tall[order[0]] / 2 >= -1e-6
    assert placed[order[-1]] + tall[order[-1]] / 2 <= 400 + 1e-6


def test_spread_leaves_alone_what_has_room_and_centres_what_has_not():
    assert spread([10.0, 100.0], [12.0, 12.0], 0.0, 400.0) == [10.0, 100.0]
    assert spread([52.0, 50.0], [12.0, 12.0], 0.0, 400.0) == [57.0, 45.0]


def test_unit_and_name_head_the_axes(summary, labels):
    ax = fan(summary, "kabul_authority", ax=_axes(), labels=labels)
    assert ax.get_title(loc="left") == "Kabul's authority"
    assert ax.get_ylabel() == "index, 0-1"
    ax = difference(summary, "kabul_authority", ax=_axes(), labels=labels)
    assert ax.get_ylabel() == "scenario minus baseline (index, 0-1)"


def test_a_dollar_is_a_dollar(summary):
    odd = {"violence": Label("cost in $ and $^2", "US$ and {$")}
    ax = fan(summary, "violence", ax=_axes(), labels=odd, names={"baseline": "$x^$"})
    ax.figure.draw_without_rendering()
    assert not ax._left_title.get_parse_math()
    assert not ax.yaxis.label.get_parse_math()


def test_names_replace_those_of_the_arms(summary):
    ax = fan(summary, "violence", ax=_axes(), names={"us_engages_taliban": "example followed"})
    assert [text.get_text() for text in _end_labels(ax)] == ["baseline", "example followed"]


def test_an_arm_alone_is_one_fan_and_has_no_difference(alone):
    ax = fan(alone, "violence", ax=_axes())
    assert len(_bands(ax)) == 2
    assert [text.get_text() for text in _end_labels(ax)] == ["baseline"]
    with pytest.raises(ValueError, match="'violence': no paired difference to draw; 'baseline' was run without"):
        difference(alone, "violence", ax=_axes())


def test_the_difference_shows_zero_interval_and_spread(summary):
    ax = difference(summary, "kabul_authority", ax=_axes(), branch=BRANCH)
    rows = _rows(summary, "us_engages_taliban")
    assert list(_line(ax, "zero").get_ydata()) == [0, 0]
    assert _line(ax, "branch").get_xdata()[0] == date2num(np.datetime64(BRANCH))
    spread_band, interval = _bands(ax)
    assert spread_band == pytest.approx((AT, rows["diff_q05"].min(), LAST, rows["diff_q95"].max()))
    assert interval == pytest.approx((AT, rows["ci_low"].min(), LAST, rows["ci_high"].max()))
    (mean,) = [line for line in ax.lines if line.get_gid() is None]
    np.testing.assert_array_equal(mean.get_ydata(), rows["diff"][rows["date"] >= "2017-12-01"])
    assert ax.get_ylim()[0] < 0 < ax.get_ylim()[1]


@pytest.mark.parametrize("draw", [fan, difference])
def test_no_change_is_drawn_before_the_branch(draw, summary):
    sudden = summary.copy()
    rows = (sudden["scenario"] == "us_engages_taliban") & (sudden["date"] >= pd.Timestamp(BRANCH))
    sudden.loc[rows, ["diff", "ci_low", "ci_high", "diff_q05", "diff_q95", "q05", "q25", "q50", "q75", "q95"]] -= 0.3
    (line,) = [line for line in draw(sudden, "violence", ax=_axes(), branch=BRANCH).lines if line.get_zorder() == 4]
    x, y = line.get_xdata(orig=False), line.get_ydata()
    assert x.min() == x[0] == x[1] == AT  # upright, on the branch's line
    assert y[1] < y[0] - 0.25


@pytest.mark.parametrize(
    ("mean", "low", "high", "words"),
    [
        (-0.0853, -0.09, -0.08, "\N{MINUS SIGN}0.085"),
        (0.9966, 0.9, 1.1, "+1.0"),
        (12.34, 12.0, 12.6, "+12"),
        (0.0041, -0.001, 0.009, "+0.0041\nunclear"),
        (-0.5, np.nan, np.nan, "\N{MINUS SIGN}0.50\nunclear"),
        (0.0, 0.0, 0.0, "0"),
        (-1e-17, -1e-17, -1e-17, "≈ 0"),
    ],
)
def test_the_number_at_the_end_says_no_more_than_its_interval(summary, mean, low, high, words):
    last = summary["date"] == summary["date"].max()
    table = summary.copy()
    table.loc[last & (table["scenario"] != "baseline"), ["diff", "ci_low", "ci_high"]] = [mean, low, high]
    ax = difference(table, "kabul_authority", ax=_axes())
    assert [text.get_text() for text in _end_labels(ax)] == [words]


def test_rounding_noise_does_not_look_like_movement(summary):
    noise = summary.copy()
    columns = ["diff", "ci_low", "ci_high", "diff_q05", "diff_q95"]
    noise[columns] = noise[columns].where(noise[columns].isna(), 3e-17)
    low, high = difference(noise, "us_presence", ax=_axes()).get_ylim()
    assert high - low >= 0.002


def test_a_single_replicate_has_a_line_but_no_interval(summarise):
    single = summarise(replicates=1).assign(ci_low=np.nan, ci_high=np.nan)
    ax = difference(single.drop(columns=["diff_q05", "diff_q95"]), "kabul_authority", ax=_axes())
    ax.figure.draw_without_rendering()
    (mean,) = [line for line in ax.lines if line.get_gid() is None]
    assert (
        mean.get_ydata()[-1]
        == single.loc[single["diff"].notna() & (single["outcome"] == "kabul_authority"), "diff"].iloc[-1]
    )


def test_a_single_month_is_a_dot(summarise):
    ax = fan(summarise(months=1, paired=False), "violence", ax=_axes())
    ax.figure.draw_without_rendering()
    assert ax.lines[0].get_marker() == "o"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["Sep\n2015"]


@pytest.mark.parametrize(
    ("months", "expected"),
    [
        (64, ["2016", "2017", "2018", "2019", "2020"]),
        (14, ["Sep\n2015", "Nov", "Jan\n2016", "Mar", "May", "Jul", "Sep"]),
        (244, ["2016", "2018", "2020", "2022", "2024", "2026", "2028", "2030", "2032", "2034"]),
    ],
)
def test_years_are_named_or_months_if_few(summarise, months, expected):
    ax = fan(summarise(months=months, replicates=2), "violence", ax=_axes())
    assert [tick.get_text() for tick in ax.get_xticklabels()] == expected


def test_an_unknown_outcome_gets_the_nearest_name(summary):
    with pytest.raises(ValueError, match=r"'kabul_autority': not an outcome .*; did you mean 'kabul_authority'"):
        fan(summary, "kabul_autority", ax=_axes())


def test_all_missing_columns_are_named(summary):
    with pytest.raises(ValueError, match=r"lacks the columns q05, diff$"):
        fan(summary.drop(columns=["q05", "diff"]), "violence", ax=_axes())


def test_more_than_two_arms_are_refused(summary, summarise):
    three = pd.concat([summary, summarise(name="us_surge")])
    with pytest.raises(ValueError, match="the summary has 3"):
        fan(three, "violence", ax=_axes())


def test_two_arms_without_a_difference_are_refused(summary):
    with pytest.raises(ValueError, match="exactly one of"):
        fan(summary.assign(diff=np.nan), "violence", ax=_axes())


def test_drawing_leaves_the_settings_alone(summary):
    before = dict(mpl.rcParams)
    fan(summary, "violence")
    difference(summary, "violence")
    assert dict(mpl.rcParams) == before
