"""Figures of drivers and of discovery: what they show is what the tables say, and no text lies on another."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.text import Text

import influence_sim as sim
from influence_sim import views
from influence_sim.api import explore
from influence_sim.views import Label

Make = Callable[..., pd.DataFrame]
NAMES = ("x1", "x2", "x3")
BOUNDS = dict.fromkeys(NAMES, (-np.pi, np.pi))
FACTORS = dict.fromkeys("abcde", (0.0, 1.0))
LABELS = {"y": Label("Kabul's authority", "0-1")}


@pytest.fixture(scope="module")
def indices(ishigami: Make) -> explore.Sensitivity:
    return sim.sensitivity(ishigami(64), "y", factors=BOUNDS, method="sobol_indices", resamples=50)


@pytest.fixture(scope="module")
def box(planted: Make) -> explore.Discovery:
    return sim.discover(planted(flipped=0.1), "y < 0", factors=FACTORS, method="lhs")


def row_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def bars(ax: Axes) -> dict[str, list[float]]:
    """The ends of bars by what the key calls them, in the order of the rows."""
    containers = [c for c in ax.containers if isinstance(c, BarContainer)]
    return {str(c.get_label()): [bar.get_x() + bar.get_width() for bar in c] for c in containers}


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts of a figure that lie on one another."""
    figure.draw_without_rendering()
    texts = {text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()}
    boxes = [(t.get_text(), Text.get_window_extent(t).shrunk(0.98, 0.7)) for t in texts]  # without lines to dots
    return [(a, b) for (a, first), (b, other) in combinations(boxes, 2) if first.overlaps(other)]


def beyond(figure: Figure) -> list[str]:
    """Words that reach beyond the edge of a figure; numbers of a scale may, where none is drawn."""
    figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and re.search("[a-z]", text.get_text())]
    low, high = figure.bbox.min - 1, figure.bbox.max + 1
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in texts]
    return [text for text, box in boxes if (box.min < low).any() or (box.max > high).any()]


def test_sobol_bars_are_the_indices_from_the_largest_down(indices: explore.Sensitivity) -> None:
    ax = views.sobol_bars(indices.table)
    assert row_names(ax) == indices.table["factor"].tolist()
    shown = bars(ax)
    assert shown["first-order (by itself)"] == pytest.approx(indices.table["S1"].tolist())
    assert shown["total (with all others)"] == pytest.approx(indices.table["ST"].tolist())
    assert ax.get_xlim()[1] >= (indices.table["ST"] + indices.table["ST_conf"]).max()
    assert "share of the variance" in ax.get_xlabel()


def test_convergence_shows_total_indices_by_base_samples(indices: explore.Sensitivity) -> None:
    ax = views.convergence(indices.convergence)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["8", "16", "32", "64"]
    rows = indices.convergence.set_index(["factor", "samples"])["ST"]
    lines = [line for line in ax.lines if len(line.get_xdata()) == 4 and line.get_linestyle() != "None"]
    expected = [[rows[name, size] for size in (8, 16, 32, 64)] for name in indices.table["factor"]]
    assert [list(line.get_ydata()) for line in lines] == expected
    assert len({(line.get_marker(), str(line.get_linestyle())) for line in lines}) == 3  # told apart in grey


def crowd(count: int) -> pd.DataFrame:
    """Morris' numbers of many factors with long names, many of them close together."""
    rng = np.random.default_rng(3)
    size = np.sort(rng.gamma(1.0, 0.02, count))[::-1] + 0.01
    names = [f"mediation.some_long_name_{i}" for i in range(count)]
    return pd.DataFrame(
        {"factor": names, "mu_star": size, "mu_star_conf": size / 5, "sigma": size * rng.uniform(0.3, 1.1, count)}
    )


def test_labels_of_morris_dots_do_not_overlap() -> None:
    table = crowd(14)
    ax = views.morris(table)
    figure = ax.get_figure(root=True)
    assert not [pair for pair in overlapping(figure) if set(pair) <= set(table["factor"])]
    labels = {text.get_text(): text for text in ax.texts if text.get_gid() == "end"}
    assert sorted(labels) == sorted(table["factor"])
    for factor, x, y in zip(table["factor"], table["mu_star"], table["sigma"], strict=True):
        lead = labels[factor].arrow_patch.get_path().vertices  # each line ends at its dot
        assert lead[-1] == pytest.approx(ax.transData.transform((x, y)))
    (dots,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert list(dots.get_xdata()) == table["mu_star"].tolist()
    assert list(dots.get_ydata()) == table["sigma"].tolist()


def test_morris_names_no_factor_that_does_nothing() -> None:
    table = crowd(4).assign(mu_star=[1.0, 0.5, 0.05, 0.04])
    named = [text.get_text() for text in views.morris(table).texts if text.get_gid() == "end"]
    assert named == table["factor"].tolist()[:3]


def test_morris_of_groups_is_bars() -> None:
    table = crowd(20).assign(sigma=np.nan)
    ax = views.morris(table, labels=LABELS)
    assert row_names(ax) == table["factor"].tolist()[:15]
    assert "5 more factors are not shown" in ax.get_xlabel()
    assert ax.get_xlim()[0] == 0


def test_tornado_shows_both_ends_and_the_correlation(planted: Make) -> None:
    drivers = sim.sensitivity(planted(), "y", factors=FACTORS, method="lhs")
    ax = views.tornado(drivers.table, "y", labels=LABELS)
    assert row_names(ax) == drivers.table["factor"].tolist()
    shown = bars(ax)
    assert shown["lowest fifth of the factor's values"] == pytest.approx(drivers.table["low_mean"].tolist())
    assert shown["highest fifth"] == pytest.approx(drivers.table["high_mean"].tolist())
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    clear = drivers.table[drivers.table["verdict"].str.startswith("matters")]
    assert bold == [f"{rho:+.2f}".replace("-", "\N{MINUS SIGN}") for rho in clear["rho"]]
    assert bold
    assert "(0-1)" in ax.get_xlabel()


def test_trade_off_shows_every_box_and_marks_the_chosen_one(box: explore.Discovery) -> None:
    ax = views.trade_off(box.trajectory, box.step, settled=(box.quality["coverage"], box.quality["density"]))
    counts = {str(n) for n in box.trajectory["restricted"]}
    dots = [line for line in ax.lines if line.get_label() in counts]
    shown = {(x, y) for line in dots for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)}
    assert shown == set(zip(box.trajectory["coverage"], box.trajectory["density"], strict=True))
    assert len({line.get_marker() for line in dots}) == len(counts)  # told apart in grey
    (ring,) = [line for line in ax.lines if line.get_gid() == "chosen"]
    row = box.trajectory.iloc[box.step]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (row["coverage"], row["density"])
    assert f"point {box.step}, chosen" in {text.get_text() for text in ax.get_legend().get_texts()}


def limits() -> pd.DataFrame:
    """A box with both ends of a factor, one end of a logarithmic one, and choices."""
    columns = ["factor", "limit", "value", "choices", "left_out", "range_low", "range_high", "scale", "quasi_p"]
    rows = [
        ["decide.rationality", "above", 8.0, "", "", 4.0, 20.0, "linear", 1e-9],
        ["decide.rationality", "below", 12.0, "", "", 4.0, 20.0, "linear", 0.03],
        ["b", "above", 0.1, "", "", 0.01, 1.0, "log", 1e-9],
        ["mode", "only", np.nan, "0, 2", "1", 0.0, 2.0, "linear", 0.2],
    ]
    return pd.DataFrame(rows, columns=columns)


def test_box_limits_are_drawn_in_their_ranges() -> None:
    ax = views.box_limits(limits())
    assert row_names(ax) == ["decide.rationality", "b", "mode"]
    wide = [list(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 9]
    assert wide[0] == pytest.approx([0.25, 0.5])
    assert wide[1] == pytest.approx([0.5, 1.0])  # half-way on its logarithmic scale
    written = {text.get_text() for text in ax.texts}
    assert {"8", "12", "4", "20", "0.1", "p 0.03", "p < 0.001", "p 0.2", "0", "1", "2"} <= written
    filled = [line.get_markerfacecolor() != "white" for line in ax.lines if line.get_marker() == "o"]
    assert filled == [True, False, True]


@pytest.mark.parametrize("steepness", np.linspace(0.2, 1.4, 9))
def test_slopes_of_morris_dots_keep_clear_of_the_words_above(steepness: float) -> None:
    table = crowd(3).assign(mu_star=[0.11, 0.03, 0.03], sigma=[0.11 * steepness, 0.03, 0.03])
    figure = views.morris(table).get_figure(root=True)
    assert not [pair for pair in overlapping(figure) if {"0.1", "0.5", "1"} & set(pair)]


def crowded(box: explore.Discovery) -> explore.Discovery:
    """A box of 17 factors at the end of a trajectory that restricts one more with every other box."""
    names = [f"factor.{n}" for n in range(17)]
    row = {"limit": "above", "value": 0.5, "choices": "", "left_out": "", "range_low": 0.0, "range_high": 1.0}
    rows = pd.DataFrame([row | {"factor": name, "scale": "linear", "quasi_p": 0.2} for name in names])
    steps, share = np.arange(36), np.linspace(1.0, 0.05, 36)
    way = pd.DataFrame({"step": steps, "coverage": share, "density": 0.4 * (1.0 - share), "restricted": steps // 2})
    return dataclasses.replace(box, limits=rows, trajectory=way, step=35, by_rule=False)


def test_a_box_of_many_factors_has_a_short_title_and_a_short_key(box: explore.Discovery) -> None:
    page = views.discovery_page(crowded(box))
    assert page.get_label().endswith("within limits of factor.0, factor.1, factor.2 and 14 more")
    key = [text.get_text() for text in page.axes[1].get_legend().get_texts()]
    assert key == [*(f"{n}\N{EN DASH}{n + 2}" for n in range(0, 18, 3)), "point 35, chosen"]
    assert page.axes[1].get_position().height < 0.6 * page.axes[0].get_position().height
    assert overlapping(page) == []


def test_both_limits_of_a_factor_are_told_as_one(box: explore.Discovery) -> None:
    finding = views.discovery.finding(dataclasses.replace(box, limits=limits()[:3]))
    assert finding.endswith("decide.rationality is between 8 and 12 and b is above 0.1")


def test_a_box_without_limits_says_so() -> None:
    ax = views.box_limits(limits()[:0])
    assert [text.get_text() for text in ax.texts] == ["no limit"]


def test_pages_have_no_text_on_text(indices: explore.Sensitivity, box: explore.Discovery, planted: Make) -> None:
    ranks = sim.sensitivity(planted(), "y", factors=FACTORS, method="lhs")
    drivers = {
        name: f"How much {name} counts for all those who were never asked what they would make of it"
        for name in (*FACTORS, *BOUNDS)
    }
    without = dataclasses.replace(box, limits=box.limits[:0])
    for names in ({}, drivers):
        pages = [
            views.sensitivity_page(entry, "y", title="T", labels=LABELS, names=names) for entry in (indices, ranks)
        ]
        pages += [views.discovery_page(entry, title="T", names=names) for entry in (box, without)]
        for page in pages:
            assert overlapping(page) == []
            assert beyond(page) == []


def test_rows_say_what_factors_mean(indices: explore.Sensitivity, box: explore.Discovery) -> None:
    names = {"x1": "How much the first counts", "a": "How much the other counts"}
    for page in (views.sensitivity_page(indices, "y", names=names), views.discovery_page(box, names=names)):
        rows = [name.replace("\n", " ") for name in row_names(page.axes[0])]
        assert {"How much the first counts (x1)", "How much the other counts (a)"} & set(rows)
        assert {"x2", "b"} & set(rows)  # of these nothing is known


def test_factors_that_are_no_parameters_have_words_too() -> None:
    path, groups = "interventions.us.engage_publicly.taliban", {"salience": ["salience.vital", "salience.minor"]}
    names = explore.factor_labels([path, "conditions.aid_to_kabul", "salience", "y"], groups)
    assert names[path] == "How strongly the United States deals openly with the Taliban"
    assert names["conditions.aid_to_kabul"] == "Aid to Kabul"
    assert names["salience"] == "Vital, minor together"
    assert "y" not in names


def test_pages_say_what_was_found(indices: explore.Sensitivity, box: explore.Discovery) -> None:
    page = views.sensitivity_page(indices, "y", title="The US follows", note="Noise.", labels=LABELS)
    words = [text.get_text().replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ") for text in page.texts]
    assert words[0] == f"Kabul's authority {indices.summary['verdict'].iloc[0]}"
    assert words[1] == "The US follows: Kabul's authority"
    assert any(text.endswith("Noise.") for text in words)
    page = views.discovery_page(box, title="The US follows")
    words = [text.get_text().replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ") for text in page.texts]
    assert words[0].startswith(f"{box.quality['coverage']:.0%}"[:-1] + " % of the cases lie where ")
    assert all(factor in words[0] for factor in box.limits["factor"])
    assert words[1] == f"The US follows: y < 0, at {box.cases} of {box.points} points"


def test_the_box_is_held_against_the_other_points(box: explore.Discovery) -> None:
    (counts,) = views.discovery_page(box).axes[0].child_axes
    hits = {bars.get_gid(): bars.get_width() for bars in counts.patches if bars.get_gid()}
    assert hits == {"in the box": round(box.quality["cases"]), "elsewhere": box.cases - round(box.quality["cases"])}
    assert max(bars.get_width() for bars in counts.patches) == max(
        box.quality["points"], box.points - box.quality["points"]
    )


def test_draws_on_the_axes_it_is_given_and_the_same_bytes(indices: explore.Sensitivity, box: explore.Discovery) -> None:
    for draw in (
        lambda ax: views.sobol_bars(indices.table, ax=ax),
        lambda ax: views.convergence(indices.convergence, ax=ax),
        lambda ax: views.morris(crowd(5), ax=ax),
        lambda ax: views.trade_off(box.trajectory, box.step, ax=ax),
        lambda ax: views.box_limits(box.limits, ax=ax),
    ):
        ax = Figure().add_subplot()
        assert draw(ax) is ax
    first, second = (views.pictures(views.discovery_page(box), "page") for _ in range(2))
    assert first == second


def test_tables_that_lack_something_are_refused(indices: explore.Sensitivity) -> None:
    with pytest.raises(ValueError, match="lacks the columns S1, S1_conf"):
        views.sobol_bars(indices.table.drop(columns=["S1", "S1_conf"]))
    with pytest.raises(ValueError, match="'z': not an outcome of this table"):
        views.sobol_bars(indices.table, "z")
    with pytest.raises(ValueError, match="not an outcome of this sweep"):
        views.sensitivity_page(indices, "z")


def test_choices_are_called_by_their_names_which_keep_clear_of_all_else(box: explore.Discovery) -> None:
    row = {"factor": "authority.mean", "limit": "only", "value": np.nan, "choices": "0, 1", "left_out": "2"}
    rows = pd.DataFrame([row | {"range_low": 0.0, "range_high": 2.0, "scale": "", "quasi_p": 0.01}])
    called = {"authority.mean": {"0": "geometric", "1": "arithmetic", "2": "minimum"}}
    ax = views.box_limits(rows, choices=called)
    assert {"geometric", "arithmetic", "minimum"} <= {text.get_text() for text in ax.texts}
    assert not {"0", "1", "2"} & {text.get_text() for text in ax.texts}
    meanings = {"authority.mean": "How the four parts of authority combine, and whether one makes up for another"}
    page = views.discovery_page(dataclasses.replace(box, limits=rows), choices=called, names=meanings)
    assert overlapping(page) == []
