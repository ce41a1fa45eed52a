"""Whole pages: everything named, nothing clipped, no two texts on top of each other."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from itertools import combinations

import pytest
from matplotlib import pyplot
from matplotlib.text import Text

from influence_sim.views import Label, compare_forest, headline, pictures, single

BRANCH = date(2018, 1, 1)
NAMES = [
    "kabul_authority",
    "russia_mediator_share",
    "russia_prestige",
    "us_presence",
    "moscow_forum_states",
    "violence",
]
NOTE = (
    "200 replicates, seed 1; bands: 90 % and 50 % of replicates; intervals are Monte-Carlo error only. "
    "Assumptions: in 61 of 64 samples of the prior ranges the difference has this sign."
)
TITLE = "The US follows Russia's example"
QUESTION = "What if Washington accepts relations with the Taliban, in the Moscow track? " * 3


def _page(summary, names, labels, **changes):
    words = {"branch": BRANCH, "title": TITLE, "subtitle": QUESTION, "note": NOTE} | changes
    return headline(summary, names, labels=labels, **words)


def _assert_tidy(figure, seen_texts):
    """All texts lie within the page, and no two share more than half a pixel."""
    texts, (_, _, width, height) = seen_texts(figure), figure.bbox.extents
    outside = [
        text for text, (left, bottom, right, top) in texts if left < 0 or bottom < 0 or right > width or top > height
    ]
    assert not outside
    clashes = [(a, b) for (a, first), (b, other) in combinations(texts, 2) if _overlap(first, other) > 0.5]
    assert not clashes


def _overlap(first, other):
    """Shorter side of what two boxes share, in pixels."""
    wide = min(first[2], other[2]) - max(first[0], other[0])
    tall = min(first[3], other[3]) - max(first[1], other[1])
    return min(wide, tall)


@pytest.fixture(scope="module")
def page(summary, labels):
    """The page `run` draws, of five outcomes; only to be looked at."""
    return _page(summary, NAMES[:5], labels)


def test_the_headline_page_is_tidy(page, seen_texts):
    _assert_tidy(page, seen_texts)


def test_the_page_says_what_it_was_told(page, labels, seen_texts):
    words = [text.replace("\n", " ").replace("\xa0", " ") for text, _ in seen_texts(page)]
    assert {TITLE, QUESTION.strip(), NOTE} <= set(words)
    assert {labels[name].label for name in NAMES[:5]} <= set(words)
    assert any("scenario (us_engages_taliban): median" in text for text in words)


def test_letters_are_eight_points_where_a_readme_shows_the_page(page):
    shown = 900 / 96 / page.get_figwidth()
    sizes = [text.get_fontsize() * shown for text in page.findobj(Text) if text.get_text()]
    assert min(sizes) >= 8


def test_what_is_asked_is_large_its_difference_beneath_it_and_the_others_small_beside_it(page, labels):
    upper, lower, *others, key = page.axes
    above, beneath = upper.get_position(), lower.get_position()
    assert (above.x0, above.x1) == (beneath.x0, beneath.x1)
    assert beneath.y1 < above.y0
    assert lower.get_shared_x_axes().joined(upper, lower)
    assert lower.get_ylabel() == "scenario minus baseline"
    assert not lower.get_title(loc="left")
    assert key.get_gid() == "key"
    assert [ax.get_title(loc="left").replace("\n", " ") for ax in others] == [labels[n].label for n in NAMES[1:5]]
    for ax in others:
        place = ax.get_position()
        assert place.x0 > above.x1
        assert place.width * place.height < 0.25 * above.width * above.height
        assert {line.get_gid() for line in ax.lines} >= {"zero", "branch"}


def test_differences_of_one_unit_have_one_scale(page, labels):
    _, *panels, _ = page.axes
    scales = {name: ax.get_ylim() for name, ax in zip(NAMES[:5], panels, strict=True)}
    assert scales["kabul_authority"] == scales["russia_prestige"]  # index, 0-1
    assert scales["kabul_authority"] != scales["moscow_forum_states"]
    assert scales["kabul_authority"][0] <= -0.085


@pytest.mark.parametrize("count", [1, 2, 6])
def test_any_number_of_outcomes_is_tidy(summary, labels, seen_texts, count):
    figure = _page(summary, NAMES[:count], labels)
    *panels, _ = figure.axes
    assert len(panels) == count + 1
    _assert_tidy(figure, seen_texts)


@pytest.mark.parametrize(("months", "branch"), [(12, date(2016, 5, 1)), (244, date(2032, 5, 1))])
def test_short_and_long_runs_are_tidy(summarise, labels, seen_texts, months, branch):
    summary = summarise(months=months, branch=(branch.year - 2015) * 12 + branch.month - 9, replicates=8)
    _assert_tidy(_page(summary, NAMES[1:2], labels, branch=branch), seen_texts)


def test_a_run_alone_is_tidy_and_has_fans_only(alone, labels, seen_texts):
    figure = _page(alone, NAMES[:2], labels, branch=None)
    _assert_tidy(figure, seen_texts)
    assert len(figure.axes) == 2 + 1


def test_long_labels_break_into_lines(summary, seen_texts):
    labels = {name: Label(f"{name.replace('_', ' ')} as it is weighed by all the others", "0-1") for name in NAMES}
    figure = _page(summary, NAMES[:3], labels)
    _assert_tidy(figure, seen_texts)
    assert figure.axes[2].get_title(loc="left").count("\n") >= 1


def test_no_outcome_no_page(summary):
    with pytest.raises(ValueError, match="at least one outcome"):
        _page(summary, [], None)


def test_single_stacks_fan_and_difference(summary, labels, seen_texts):
    upper = single(summary, "russia_mediator_share", branch=BRANCH, labels=labels, note=NOTE)
    lower = upper.figure.axes[1]
    assert upper.get_title(loc="left") == "Russia's share of acceptance as mediator"
    assert lower.get_shared_x_axes().joined(upper, lower)
    _assert_tidy(upper.figure, seen_texts)


def test_single_alone_has_no_difference(alone, seen_texts):
    upper = single(alone, "violence")
    assert [ax.get_gid() for ax in upper.figure.axes] == [None, "key"]
    _assert_tidy(upper.figure, seen_texts)


@pytest.mark.parametrize(("scenarios", "outcomes"), [(1, 1), (3, 5), (4, 6)])
def test_a_forest_page_is_tidy(comparison, labels, seen_texts, scenarios, outcomes):
    table = comparison(scenarios=scenarios, shares=scenarios > 1)
    table = table[table["outcome"].isin(NAMES[:outcomes])]
    figure = compare_forest(table, title="Scenarios", note=NOTE, labels=labels)
    _assert_tidy(figure, seen_texts)
    assert len(figure.axes) == outcomes


def test_pyplot_is_not_loaded_and_users_settings_do_not_show(alone, tmp_path):
    alone.to_pickle(tmp_path / "summary")
    program = """
import sys
from pathlib import Path
import matplotlib
import pandas as pd
from influence_sim.views import fan, headline, pictures
matplotlib.rcParams.update({"text.usetex": True, "font.size": 30, "savefig.bbox": "tight", "axes.grid": True})
summary = pd.read_pickle(sys.argv[1])
fan(summary, "violence")
(page,) = pictures(headline(summary, ["violence"], branch=None, title="T"), "page").values()
Path(sys.argv[2]).write_bytes(page)
assert "matplotlib.pyplot" not in sys.modules
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [str(tmp_path / "summary"), str(tmp_path / "theirs.png")]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, env=environment)
    (ours,) = pictures(headline(alone, ["violence"], branch=None, title="T"), "page").values()
    assert (tmp_path / "theirs.png").read_bytes() == ours


def test_whoever_uses_pyplot_finds_the_figure_there(summary):
    before = set(pyplot.get_fignums())
    upper = single(summary, "violence")
    try:
        assert set(pyplot.get_fignums()) - before
        assert pyplot.gcf() is upper.figure
    finally:
        pyplot.close("all")
    headline(summary, ["violence"], branch=None, title="T")
    assert not pyplot.get_fignums()
