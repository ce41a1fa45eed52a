"""Figures as pictures, compared with kept ones; on the one pinned matplotlib, because others draw a pixel otherwise.

`pytest tests/views/test_images.py --mpl-generate-path=tests/views/baseline` draws the kept ones anew: look at them.
"""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.testing.compare import compare_images

from influence_sim import views
from influence_sim.theatre import load
from influence_sim.theatre.load import folder_in_use
from influence_sim.views import Label
from influence_sim.views.style import new_figure

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.search(r"^matplotlib==(.+)$", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE)
TOLERANCE = 3
LABEL = Label("Kabul's authority", "0-1")
BRANCH = pd.Timestamp("2018-01-01")
HEADLINE = ["kabul_authority", "russia_prestige", "violence"]
SHAPES = views.shapes_of(load(), folder_in_use())

pytestmark = pytest.mark.skipif(
    PINNED is None or mpl.__version__ != PINNED[1], reason="pictures are kept for the pinned matplotlib only"
)
pictured = pytest.mark.mpl_image_compare(
    baseline_dir="baseline", style="default", savefig_kwargs={"dpi": 50}, tolerance=TOLERANCE, remove_text=False
)


def axes(width=4.6, height=3.2):
    return new_figure(width, height, layout="constrained").add_subplot()


@pictured
def test_fan(summary, labels):
    return views.fan(summary, "kabul_authority", ax=axes(), labels=labels, branch=BRANCH).figure


@pictured
def test_difference(summary, labels):
    return views.difference(summary, "kabul_authority", ax=axes(), labels=labels, branch=BRANCH).figure


@pictured
def test_forest(comparison, labels):
    return views.forest(comparison(), "violence", ax=axes(), labels=labels).figure


@pictured
def test_heat_map():
    levels = pd.MultiIndex.from_product([np.linspace(0, 1, 5), [0.0, 1.0, 2.0], [0.0, 1.0]])
    cells = pd.DataFrame(levels.to_list(), columns=["across", "up", "panel"])
    cells["value"] = 0.04 * (1 + cells["panel"]) * (cells["across"] - 0.3) * (cells["up"] - 2.5)
    cells["sign"] = np.sign(cells["value"]) * (cells["value"].abs() > 0.02)
    said = {"title": "Lower in 9 and higher in 3 of 30 cells", "subtitle": "Kabul's authority", "note": "30 points."}
    labels = {"across": "How much recognition counts (authority.erosion)", "up": "How parts combine", "panel": "form"}
    choices = {"up": {"0": "geometric", "1": "arithmetic", "2": "minimum"}}
    return views.heat_map_page(cells, signed=True, labels=labels, choices=choices, key="difference (0-1)", **said)


@pictured
def test_headline(summary, labels):
    return views.headline(summary, HEADLINE, branch=BRANCH, title="Kabul's authority ends lower", labels=labels)


@pictured
def test_multiples(summary, labels):
    return views.multiples(summary, title="Every outcome", labels=labels)


def _waterfall(second=0.01):
    values = [-0.03, second, -0.002, -0.008, -0.03]
    table = pd.DataFrame({"kind": ["part", "part", "pooled", "remainder", "effect"], "value": values})
    table = table.assign(part=["tie", "lull", "2 smaller ones", "remainder", "effect"])
    table = table.assign(ci_low=table["value"] - 0.003, ci_high=table["value"] + 0.003)
    return views.waterfall(table, ax=axes(), label=LABEL, title="Through which rules").figure


@pictured
def test_waterfall():
    return _waterfall()


def test_another_picture_is_noticed(tmp_path):
    _waterfall(second=0.015).savefig(tmp_path / "other.png", dpi=50)
    baseline = Path(__file__).parent / "baseline" / "test_waterfall.png"
    (tmp_path / "kept.png").write_bytes(baseline.read_bytes())  # the comparison writes beside it
    assert compare_images(str(tmp_path / "kept.png"), str(tmp_path / "other.png"), tol=TOLERANCE) is not None


def _control():
    rows = []
    for number, province in enumerate(load().provinces):
        held = {"insurgents": 0.02 * number, "contested": 0.3, "spoiler": 0.05}
        gap = {"diff": 0.004 * (number - 12), "ci_low": 0.004 * (number - 12) - 0.01}
        row = {"iso": province.iso, "name": province.name, "government": 1 - sum(held.values())}
        rows.append(row | held | gap | {"ci_high": gap["diff"] + 0.01})
    return pd.DataFrame(rows)


@pictured
def test_change_map():
    return views.change_map(_control(), SHAPES, ax=axes(4.0, 3.4), title="December 2020").figure


@pictured
def test_map_page():
    whole = _control().assign(date=pd.Timestamp("2020-12-01"))
    other = whole.assign(scenario="baseline", diff=np.nan, ci_low=np.nan, ci_high=np.nan)
    called = {"insurgents": "the insurgents", "spoiler": "the spoiler", "government": "the government"}
    title = views.ground(whole, "the government")
    return views.map_page(pd.concat([whole.assign(scenario="leaves"), other]), SHAPES, names=called, title=title)


@pictured
def test_tiles(tmp_path):
    tiles = views.shapes_of(load(), tmp_path)  # a folder without shapes
    return views.holders_map(_control(), tiles, ax=axes(4.0, 3.4), title="December 2020").figure


@pictured
def test_stances():
    months, later = pd.date_range("2015-09-01", periods=64, freq="MS"), np.arange(64) >= 32
    open_by = np.where(later, np.linspace(-0.6, 0.65, 64), 0.0)
    held = {
        ("russia", "dealing"): {"none": 0.9 - open_by, "covert": np.full(64, 0.1), "open": open_by},
        ("russia", "convening"): {"idle": np.where(later, 0.0, 1.0), "active": np.where(later, 1.0, 0.0)},
        ("us", "war"): {"pause": np.ones(64), "limited": np.zeros(64), "full": np.zeros(64)},
    }
    rows = [
        pd.DataFrame({"actor": actor, "stance": stance, "option": option, "date": months, "share": share}).assign(
            extent=number / (len(options) - 1), fixed=(actor == "us") & later, level=1.0
        )
        for (actor, stance), options in held.items()
        for number, (option, share) in enumerate(options.items())
    ]
    scenario = pd.concat(rows)
    moving = scenario["option"].isin(["none", "open"])
    still = np.where(scenario["option"] == "none", 0.9, 0.0)
    baseline = scenario.assign(share=np.where(moving, still, scenario["share"]), fixed=False)
    arms = {"scenario": scenario, "baseline": baseline}
    title = views.turns(scenario, baseline, load().short)
    return views.stances_page(arms, title=title, names=load().short, branch=months[28])


@pictured
def test_network():
    ties = [
        ("us", "kabul", 0.7),
        ("us", "taliban", -0.8),
        ("russia", "taliban", 0.3),
        ("pakistan", "taliban", 0.6),
        ("russia", "us", -0.5),
        ("kabul", "taliban", -0.9),
        ("taliban", "daesh", -0.7),
    ]
    theatre, table = load(), pd.DataFrame(ties, columns=["who", "towards", "tie"])
    gaps = np.array([-0.1, 0.3, 0.01, 0.0, 0.05, 0.0, -0.04])
    table = table.assign(diff=gaps, ci_low=gaps - 0.01, ci_high=gaps + 0.01)
    places = {name: words.place for name, words in theatre.words.actors.items()}
    return views.network(table, ax=axes(4.4, 3.8), names=theatre.short, places=places).figure


@pictured
def test_verdicts():
    table = pd.DataFrame(
        {
            "test": ["C08-daesh-gains", "C15-support-bars-us", "C40-russia-gains", "C56-us-own-channel"],
            "share": [0.95, 0.4, 0.99, 0.02],
            "share_low": [0.93, 0.35, 0.97, 0.01],
            "share_high": [0.97, 0.45, 1.0, 0.04],
            "verdict": ["holds", "depends", "holds", "fails"],
            "kind": ["emergent", "conditional", "forced", "emergent"],
        }
    )
    return views.verdicts_page(table, title="Of 4 tests 2 hold, 1 depends, 1 fails")


@pictured
def test_calibration():
    levels = np.array([5.0, 25.0, 50.0, 75.0, 95.0])
    table = pd.DataFrame({"outcome": "all", "level": levels, "share": [0.0, 0.1, 0.4, 0.9, 1.0], "rows": 18})
    answers = pd.DataFrame({"probability": [0.07, 0.5, 0.93], "share": [0.1, 0.25, 1.0], "rows": [12, 4, 2]})
    return views.calibration_page(table, answers, title="Better than persistence in 2 of 5 outcomes, worse in 3")
