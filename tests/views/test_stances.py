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
from influence_sim.views.stances import SHADES, places_of, spells

DATES = pd.date_range("2015-09-01", periods=64, freq="MS")


def history(actor: str, stance: str, options: Sequence[str], shares: Any, fixed: Any = False) -> pd.DataFrame:
    """A stance's rows; `shares` has a row an option."""
    every = np.broadcast_to(np.asarray(shares, dtype=np.float64).reshape(len(options), -1), (len(options), 64))
    extents = np.linspace(0.0, 1.0, len(options))
    keys = {"actor": actor, "stance": stance, "date": DATES, "fixed": np.broadcast_to(fixed, 64)}
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
            history("far_west", "war", ["pause", "full"], [[1.0], [0.0]], np.arange(64) >= 28),
        ]
    )


@pytest.fixture
def several() -> pd.DataFrame:
    """A quarter of replicates opens, slowly."""
    part = np.linspace(0.0, 0.25, 64)
    return history("east", "dealing", ["none", "covert", "open"], [0.9 - part, [0.1] * 64, part])


def test_every_policy_is_named_and_its_spells_are(alone: pd.DataFrame) -> None:
    texts = [text.get_text() for text in views.stances(alone, names={"far_west": "Far West"}).texts]
    assert [text for text in texts if text in {"dealing", "helping", "war"}] == ["dealing", "helping", "war"]
    assert texts.count("east") == 1
    assert texts.count("Far West") == 1
    assert texts.count("open with all") == 2  # within its spell, and at the end
    assert "covert" not in texts  # never held


def test_what_the_scenario_does_is_underlined_for_as_long(alone: pd.DataFrame) -> None:
    ax = views.stances(alone, branch=DATES[28].date())
    (line,) = [found for found in ax.collections if found.get_gid() == "fixed"]
    begin, end = line.get_segments()[0][:, 0]
    assert begin == views.axes.day_number(np.datetime64("2018-01-01"))
    assert end > views.axes.day_number(np.datetime64("2020-12-01"))


def test_bars_are_filled_by_shares(several: pd.DataFrame) -> None:
    ax = views.stances(several)
    heights = {}
    for filled in ax.collections:
        edges = filled.get_paths()[0].vertices
        heights[filled.get_gid()] = edges[edges[:, 0] == edges[:, 0].max(), 1]
    tall = {name: float(np.ptp(y)) for name, y in heights.items()}
    assert tall["covert"] / tall["none"] == pytest.approx(0.1 / 0.65, rel=1e-6)
    assert tall["open"] / tall["none"] == pytest.approx(0.25 / 0.65, rel=1e-6)
    assert heights["open"].max() > heights["none"].max()  # at the bottom: y runs downward
    assert "none 65 %" in [text.get_text() for text in ax.texts]


def test_shades_darken_with_extent() -> None:
    bright = [rgb_to_hsv(SHADES(extent)[:3])[2] for extent in np.linspace(0.0, 1.0, 7)]
    assert all(one > other for one, other in pairwise(bright))


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
    for (one, a), (other, b) in combinations(texts, 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (one, other)
    said = " ".join(text for text, _ in texts)
    assert ("most often" in said) == (which == "several")


def test_the_second_arm_repeats_no_names(alone: pd.DataFrame) -> None:
    first, second = views.stances_page({"one": alone, "other": alone}).axes
    assert "dealing" in {text.get_text() for text in first.texts}
    assert "dealing" not in {text.get_text() for text in second.texts}


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
