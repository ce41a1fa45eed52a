"""Waterfalls: bars that follow on each other, from nothing to the whole effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from influence_sim.views import Label, waterfall, waterfall_page

LABEL = Label("Kabul's authority", "0-1")


def division(**more):
    table = pd.DataFrame(
        {
            "kind": ["part", "part", "pooled", "remainder", "effect"],
            "part": ["tie", "lull", "2 smaller ones", "remainder", "effect"],
            "value": [-0.03, 0.01, -0.002, -0.008, -0.03],
            "ci_low": [-0.035, 0.008, np.nan, -0.01, -0.032],
            "ci_high": [-0.025, 0.012, np.nan, -0.006, -0.028],
        }
    )
    return table.assign(**more)


def _axes():
    return Figure(figsize=(5, 3)).add_subplot()


def test_each_bar_begins_where_the_one_above_ends():
    ax = _axes()
    assert waterfall(division(), ax=ax, label=LABEL, title="Through which rules") is ax
    bars = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    np.testing.assert_allclose(bars, [(0, -0.03), (-0.03, -0.02), (-0.02, -0.022), (-0.022, -0.03), (0, -0.03)])
    assert ax.get_xlabel() == "change of Kabul's authority (0-1)"
    assert ax.get_title(loc="left") == "Through which rules"
    assert [text.get_text() for text in ax.get_yticklabels()] == list(division()["part"])


def test_intervals_stand_at_the_ends_of_their_bars():
    ax = waterfall(division(), ax=_axes())
    segments = np.array([segment[:, 0] for segment in ax.collections[0].get_segments() if len(segment)])
    np.testing.assert_allclose(segments[0], [-0.035, -0.025])
    np.testing.assert_allclose(segments[1], [-0.03 + 0.008, -0.03 + 0.012])
    np.testing.assert_allclose(segments[-1], [-0.032, -0.028])


def test_raising_and_lowering_differ_without_colour():
    ax = waterfall(division(), ax=_axes())
    hatches = [bar.get_hatch() for bar in ax.patches]
    assert hatches[0] == hatches[2] != hatches[1]
    assert hatches[1] is None
    greys = {bar.get_facecolor()[:3] for bar in ax.patches[3:]}
    assert len(greys) == 2
    assert all(len(set(grey)) == 1 for grey in greys)


def test_numbers_stand_at_the_right():
    ax = waterfall(division(), ax=_axes())
    numbers = [text.get_text().replace("\N{MINUS SIGN}", "-") for text in ax.texts]
    assert numbers == ["-0.0300", "+0.0100", "-0.0020", "-0.0080", "-0.0300"]


def test_divisions_share_one_scale_on_a_page(seen_texts):
    other = division(value=[-0.05, 0.02, -0.002, 0.002, -0.03])
    page = waterfall_page({"One": division(), "Other": other}, title="Why", subtitle="a minus b", label=LABEL)
    first, second = page.axes
    assert first.get_xlim() == second.get_xlim()
    assert first.get_xlim()[0] < -0.05
    boxes = seen_texts(page)
    width = page.get_window_extent().width
    assert all(box[0] >= 0 and box[2] <= width for _, box in boxes)
    assert "95 % interval" in " ".join(text for text, _ in boxes).replace("\n", " ").replace("\N{NO-BREAK SPACE}", " ")


def test_an_effect_of_nothing_can_be_drawn():
    ax = waterfall(division(value=0.0, ci_low=0.0, ci_high=0.0), ax=_axes())
    assert [text.get_text() for text in ax.texts] == ["0"] * 5
    ax.figure.draw_without_rendering()


def test_what_is_no_division_is_refused():
    with pytest.raises(ValueError, match="one row of the kind 'effect'"):
        waterfall(division()[:3])
    with pytest.raises(ValueError, match="lacks the column value"):
        waterfall(division().drop(columns="value"))
    with pytest.raises(ValueError, match="no division"):
        waterfall_page({})


def test_parts_are_called_by_their_words():
    words = [
        "dealing with those on good terms.",
        "a pause in fighting makes talking easier, " * 3,
        "tie, lull",
        "",
        np.nan,
    ]
    names = [text.get_text() for text in waterfall(division(words=words), ax=_axes()).get_yticklabels()]
    assert names[0] == "Dealing with those on good terms"
    assert "\n" in names[1]
    assert names[2:] == ["2 smaller ones", "remainder", "effect"]
    page = waterfall_page({"Rules": division(words=words)}, title="T")
    page.draw_without_rendering()
    assert all(text.get_window_extent().xmin >= 0 for text in page.axes[0].get_yticklabels())
