"""What the pictures of three shipped scenarios show, held against the run behind them; and as kept images.

`pytest tests/views/test_named_scenarios.py --mpl-generate-path=tests/views/baseline` draws the kept ones anew, which a
model of other numbers asks for: look at them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

import influence_sim as sim
from influence_sim.analysis.replay import Snapshots, snapshots
from influence_sim.api.figures import Selection, _draw_run
from influence_sim.api.lookups import labels
from influence_sim.theatre import load
from influence_sim.views.axes import day_number
from influence_sim.views.network import COLDER, MOVED, WARMER
from influence_sim.views.province_map import GAP
from influence_sim.views.stances import TOLD, free_levels, places_of
from influence_sim.words.sentences import stance_words

SCENARIOS = ("us_engages_taliban", "us_withdraws", "taliban_split")
KINDS = ("headline", "map", "network", "stances")
CONSTRAINTS = (Path(__file__).parents[2] / "constraints.txt").read_text(encoding="utf-8")
MPL = "".join(re.findall(r"^matplotlib==(.+)$", CONSTRAINTS, re.MULTILINE))


@dataclass(frozen=True)
class Pictured:
    """A small run, what its last month looked like, and its pictures."""

    result: sim.Result
    ending: Snapshots
    pages: dict[str, Figure]


@pytest.fixture(scope="session")
def pictured(
    tmp_path_factory: pytest.TempPathFactory, with_blank_pages: Callable[[], AbstractContextManager[None]]
) -> Callable[[str], Pictured]:
    """The pictures of a scenario, run and drawn once."""

    @cache
    def draw(scenario: str) -> Pictured:
        result = sim.run(scenario, replicates=12, assumptions=None)
        folder = tmp_path_factory.mktemp("named") / scenario
        with with_blank_pages():
            result.save(folder)
        pages = dict(_draw_run(folder, Selection(KINDS, (), (), every=False)))
        return Pictured(result, snapshots(result.playable, [result.playable.last]), pages)

    return draw


@pytest.fixture(params=SCENARIOS)
def drawn(request: pytest.FixtureRequest, pictured: Callable[[str], Pictured]) -> Pictured:
    """Each of the scenarios' pictures."""
    return pictured(request.param)


def test_the_headline_says_what_is_asked_and_moves_from_the_branch_on(drawn: Pictured) -> None:
    page, branch = drawn.pages["headline"], day_number(np.datetime64(drawn.result.branch_date, "D"))
    assert page.get_label() == drawn.result.answer.finding.removesuffix(".")
    large = max(page.axes, key=lambda ax: ax.bbox.width * ax.bbox.height)
    assert large.get_title(loc="left") == labels()[drawn.result.asked[0]].label
    for name, ax in zip(drawn.result.reported, page.axes[1:], strict=False):
        (line,) = [each for each in ax.lines if each.get_gid() is None]
        x, y = np.asarray(line.get_xdata(orig=False)), np.asarray(line.get_ydata())
        assert (x.min(), y[0]) == (branch, 0.0), name
        assert y[-1] == drawn.result.difference(name)["mean"].iloc[-1]


def test_arrows_are_the_ties_that_moved_and_no_others(drawn: Pictured) -> None:
    ties = drawn.ending.ties[drawn.ending.ties["diff"].notna()]
    beyond = (ties["ci_low"] > 0) | (ties["ci_high"] < 0)
    moved = ties[beyond & (ties["diff"].abs() >= MOVED)]
    (ax,) = drawn.pages["network"].axes
    arrows = {patch.get_gid(): patch for patch in ax.patches if " > " in str(patch.get_gid())}
    assert set(arrows) == {f"{who} > {to}" for who, to in zip(moved["who"], moved["towards"], strict=True)}
    for who, to, change in zip(moved["who"], moved["towards"], moved["diff"], strict=True):
        colour, dashes = WARMER if change > 0 else COLDER
        arrow = arrows[f"{who} > {to}"]
        assert to_hex(arrow.get_edgecolor()) == to_hex(colour)
        assert (arrow.get_linestyle() == "-") == (dashes == "-")
    signs = {text.get_color(): text.get_text()[0] for text in ax.texts if text.get_text()[0] in "+\N{MINUS SIGN}"}
    assert signs.items() <= {WARMER[0]: "+", COLDER[0]: "\N{MINUS SIGN}"}.items()
    assert all(line.get_alpha() < 1 for line in ax.lines)  # ties as such stay faint


def test_the_map_has_the_sign_of_each_provinces_change(drawn: Pictured) -> None:
    control = drawn.ending.control[drawn.ending.control["diff"].notna()].set_index("iso")
    change, *holders = (ax for ax in drawn.pages["map"].axes if ax.patches)
    shapes = {str(patch.get_gid()): patch for patch in change.patches if patch.get_gid() in control.index}
    assert set(shapes) == set(control.index)
    for iso, row in control.iterrows():
        red, _, blue = to_rgb(shapes[str(iso)].get_facecolor())
        if row["ci_low"] <= 0 <= row["ci_high"]:
            assert to_hex(shapes[str(iso)].get_facecolor()).upper() == GAP
        else:
            assert np.sign(red - blue) == -np.sign(row["diff"]) or abs(row["diff"]) < 0.001
    assert [ax.get_title(loc="left") for ax in holders] == ["Scenario: who holds most", "Baseline: who holds most"]


def test_policies_change_after_the_branch_and_what_is_set_says_so(drawn: Pictured) -> None:
    arms = [drawn.result.stances(None, arm) for arm in drawn.result.playable.names]
    shares = free_levels(arms[0]) - free_levels(arms[1])
    first, _, change = (ax for ax in drawn.pages["stances"].axes if ax.yaxis_inverted())
    before = shares.columns < np.datetime64(drawn.result.branch_date)
    for key in places_of(arms[0]):
        shades = _shades(change, " ".join((key[0], stance_words(key[1], load()))))
        assert not shades[before].any(), key
        np.testing.assert_allclose(np.ma.filled(shades, np.nan), shares.loc[key].to_numpy())
    numbers = [text.get_text() for text in change.texts]
    ends = shares.iloc[:, -1]
    assert numbers == [f"{100 * by:+.0f}".replace("-", "\N{MINUS SIGN}") for by in ends if abs(by) >= TOLD]
    fixed = arms[0][arms[0]["fixed"]].drop_duplicates(["actor", "stance"])
    assert len(fixed) > 0
    notes = [text.get_text() for text in first.texts if text.get_text().startswith("set to")]
    assert notes == [f"set to {level:g}" for level in fixed["level"]]


@pytest.mark.skipif(mpl.__version__ != MPL, reason="pictures are kept for the pinned matplotlib only")
@pytest.mark.mpl_image_compare(baseline_dir="baseline", style="default", savefig_kwargs={"dpi": 24}, tolerance=2)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_picture(pictured: Callable[[str], Pictured], scenario: str, kind: str) -> Figure:
    return pictured(scenario).pages[kind]


def _shades(ax: Axes, row: str) -> Any:
    """What a row of shades stands for, month by month."""
    (mesh,) = [drawn for drawn in ax.collections if drawn.get_gid() == row]
    return mesh.get_array().ravel()
