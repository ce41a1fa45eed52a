"""The picture of who holds which policy when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import rgb_to_hsv

from influence_sim import views
from influence_sim.views.stances import SHADES, changes, free_levels, places_of, spells, turns

DATES = pd.date_range("2015-09-01", periods=64, freq="MS")


def history(
    actor: str, stance: str, options: Sequence[str], shares: Any, *, fixed: Any = False, level: float = np.nan
) -> pd.DataFrame:
    """A stance's rows; `shares` has a row an option."""
    every = np.broadcast_to(np.asarray(shares, dtype=np.float64).reshape(len(options), -1), (len(options), 64))
    extents = np.linspace(0.0, 1.0, len(options))
    keys = {"actor": actor, "stance": stance, "date": DATES, "fixed": np.broadcast_to(fixed, 64), "level": level}
    rows = zip(options, every, extents, strict=True)
    return pd.concat([pd.DataFrame({**keys, "option": o, "share": s, "extent": e}) for o, s, e in rows])


@pytest.fixture
def alone() -> pd.DataFrame:
    """One replicate: one side opens in the middle, the other is made to fight from the branch on."""
    later = np.arange(64) >= 32
    return pd.concat(
        [
            history("east", "dealing", ["none", "covert", "open_with_all"], [~later, [0.0] * 64, later]),
            history("east", "helping", ["none", "full"], [[1.0], [0.0]]),
            history("far_west", "war", ["pause", "full"], [[1.0], [0.0]], fixed=np.arange(64) >= 28, level=1.0),
        ]
    )


@pytest.fixture
def several() -> pd.DataFrame:
    """A quarter of replicates opens, slowly."""
    part = np.linspace(0.0, 0.25, 64)
    return history("east", "dealing", ["none", "covert", "open"], [0.9 - part, [0.1] * 64, part])


def test_every_policy_is_named_and_its_spells_are(alone: pd.DataFrame) -> None:
    texts = [text.get_text() for text in views.stances(alone, names={"far_west": "Far West"}).texts]
    rows = ["dealing: open with all", "helping: full", "war: full"]  # with the option that goes furthest
    assert [text for text in texts if text in rows] == rows
    assert texts.count("east") == 1
    assert texts.count("Far West") == 1
    assert texts.count("open with all") == 1  # within its spell
    assert "covert" not in texts  # never held


def test_what_the_scenario_does_covers_what_the_actor_would(alone: pd.DataFrame) -> None:
    ax = views.stances(alone, branch=DATES[28].date())
    (cover,) = [drawn for drawn in ax.collections if drawn.get_gid() == "fixed"]
    begin, end = cover.get_datalim(ax.transData).intervalx
    assert begin == views.axes.day_number(np.datetime64("2018-01-01"))
    assert end > views.axes.day_number(np.datetime64("2020-12-01"))
    texts = [text.get_text() for text in ax.texts]
    assert texts.count("set to 1") == 1
    alone["share"] = np.where(
        (alone["stance"] == "war") & (alone["date"] >= DATES[40]), 1 - alone["share"], alone["share"]
    )
    assert len(views.stances(alone).texts) == len(texts)  # what it would choose beneath the cover has no name there


def test_levels_that_change_or_differ_are_told_apart() -> None:
    fixed = np.arange(64) >= 20
    east = history("east", "war", ["pause", "full"], [[1.0], [0.0]], fixed=fixed)
    east["level"] = np.tile(np.where(np.arange(64) < 40, 0.5, np.nan), 2)
    ax = views.stances(east)
    assert len([drawn for drawn in ax.collections if drawn.get_gid() == "fixed"]) == 2
    assert {"set to 0.5", "set"} <= {text.get_text() for text in ax.texts}


def _panels(page: Any) -> list[Any]:
    """The Axes with rows, without those of scales."""
    return [ax for ax in page.axes if ax.yaxis_inverted()]


def _shades(ax: Any, row: str) -> Any:
    """What a row of shades stands for, month by month."""
    (mesh,) = [drawn for drawn in ax.collections if drawn.get_gid() == row]
    return mesh.get_array().ravel()


def test_shades_are_shares_and_half_way_counts_half(several: pd.DataFrame) -> None:
    shades = _shades(views.stances(several), "east dealing")
    np.testing.assert_allclose(shades, np.linspace(0.0, 0.25, 64) + 0.5 * 0.1)
    (row,) = free_levels(several).to_numpy()
    np.testing.assert_array_equal(shades, row)


def test_the_change_is_drawn_told_and_bold(several: pd.DataFrame) -> None:
    none = history("east", "dealing", ["none", "covert", "open"], [[1.0], [0.0], [0.0]])
    page = views.stances_page({"scenario": several, "baseline": none}, branch=DATES[28], title="T")
    first, second, change = _panels(page)
    np.testing.assert_allclose(_shades(change, "east dealing"), _shades(first, "east dealing"))
    assert not _shades(second, "east dealing").any()
    (number,) = [text.get_text() for text in change.texts]
    assert number == "+30"
    (bold,) = [text for text in first.texts if text.get_text() == "dealing: open"]
    assert bold.get_fontweight() == "bold"
    assert changes(several, none) == {("east", "dealing"): pytest.approx(0.3)}
    assert turns(several, none, {"east": "The East"}) == "Who changes policy most, in points: The East (dealing, +30)"
    # What the scenario does in an actor's stead is no decision of that actor's.
    assert turns(several.assign(fixed=True), none, {}).startswith("No other policy ends 10 points")


def test_arms_that_do_the_same_have_no_number(alone: pd.DataFrame) -> None:
    *_, change = _panels(views.stances_page({"scenario": alone, "baseline": alone}))
    assert not change.texts
    shades = _shades(change, "far_west war")
    assert not shades[:28].any()
    assert shades.mask[28:].all()  # its own policy has no effect there


def test_shades_darken_with_extent() -> None:
    bright = [rgb_to_hsv(SHADES(extent)[:3])[2] for extent in np.linspace(0.0, 1.0, 7)]
    assert all(first > other for first, other in pairwise(bright))


@pytest.mark.parametrize("which", ["alone", "several"])
def test_no_words_overlap_or_leave_the_page(
    which: str, request: pytest.FixtureRequest, seen_texts: Callable[..., list[Any]]
) -> None:
    table = request.getfixturevalue(which)
    page = views.stances_page({"one": table, "other": table}, title="Policies", note="3 replicates.", branch=DATES[28])
    texts, (wide, tall) = seen_texts(page), page.get_size_inches() * page.dpi
    for text, (left, bottom, right, top) in texts:
        assert 0 <= left <= right <= wide, text
        assert 0 <= bottom <= top <= tall, text
    for (first, a), (other, b) in combinations(texts, 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (first, other)


def test_the_second_arm_and_the_change_repeat_no_names(alone: pd.DataFrame) -> None:
    first, second, change = _panels(views.stances_page({"one": alone, "other": alone}))
    assert "helping: full" in {text.get_text() for text in first.texts}
    assert "helping: full" not in {text.get_text() for ax in (second, change) for text in ax.texts}


def test_actors_stand_apart(alone: pd.DataFrame) -> None:
    edges = list(places_of(alone).values())
    assert edges[2] - edges[1] > edges[1] - edges[0] > 0


def test_spells() -> None:
    assert spells(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert spells(np.zeros(3, dtype=bool)) == []


def test_what_is_no_history_is_refused(several: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="lacks the column fixed"):
        views.stances(several.drop(columns="fixed"))
    with pytest.raises(ValueError, match="no rows"):
        views.stances(several.iloc[:0])
    with pytest.raises(ValueError, match="add up to 1"):
        views.stances(several.assign(share=0.5))
    with pytest.raises(ValueError, match="no arm"):
        views.stances_page({})
