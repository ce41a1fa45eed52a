"""Maps of provinces: real shapes or tiles, where ground changes hands, and who holds it; told without colour alone."""

from __future__ import annotations

import json
import shutil
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from influence_sim.base.errors import InputError
from influence_sim.theatre import load
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.reader import digest_of
from influence_sim.views import change_map, film, ground, holders_map, map_frames, map_page, shapes_of
from influence_sim.views.outlines import FILE
from influence_sim.views.province_map import GAP, HOLDERS, NAMED

THEATRE = load()
SHAPES = shapes_of(THEATRE, folder_in_use())
DATES = [pd.Timestamp("2019-01-01"), pd.Timestamp("2020-12-01")]


def control(change: float = -0.03, half: float = 0.01, **held: float) -> pd.DataFrame:
    shares = {"government": 0.6, "contested": 0.2, "insurgents": 0.15, "spoiler": 0.05} | held
    table = pd.DataFrame([{"iso": each.iso, "name": each.name, **shares} for each in THEATRE.provinces])
    gaps = change * np.linspace(0.5, 1.5, len(table))
    return table.assign(diff=gaps, ci_low=gaps - half, ci_high=gaps + half)


def both(frame: pd.DataFrame) -> pd.DataFrame:
    other = frame.assign(diff=np.nan, ci_low=np.nan, ci_high=np.nan)
    arms = [("leaves", frame), ("baseline", other)]
    return pd.concat([arm.assign(scenario=name, date=date) for name, arm in arms for date in DATES])


def _axes():
    return Figure(figsize=(4, 4)).add_subplot()


def _fills(ax):
    return {patch.get_gid(): to_hex(patch.get_facecolor()) for patch in ax.patches if patch.get_gid()}


def test_every_province_has_a_shape_where_it_lies():
    assert list(SHAPES) == [province.iso for province in THEATRE.provinces]
    west, east, north, south = ("AF-HER", "AF-BDS", "AF-BAL", "AF-HEL")
    assert SHAPES[west].centre[0] < SHAPES[east].centre[0]
    assert SHAPES[south].centre[1] < SHAPES[north].centre[1]
    for outline in SHAPES.values():
        for ring in outline.rings:
            assert (ring[0] == ring[-1]).all()


def test_neighbours_share_their_borders():
    points = {iso: {tuple(np.round(p, 6)) for ring in o.rings for p in ring} for iso, o in SHAPES.items()}
    touching = [bool(points[first] & points[other]) for first, other in THEATRE.neighbours]
    assert np.mean(touching) > 0.9


def test_a_theatre_without_shapes_has_tiles(tmp_path):
    tiles = shapes_of(THEATRE, tmp_path)
    assert set(tiles) == {province.iso for province in THEATRE.provinces}
    assert all(short == iso.removeprefix("AF-") for iso, (short, *_) in tiles.items())
    assert not any(outline.name for outline in SHAPES.values())
    places = [outline.centre for outline in tiles.values()]
    assert len(set(places)) == 34
    near = [np.abs(np.subtract(tiles[a].centre, tiles[b].centre)).max() <= 2 for a, b in THEATRE.neighbours]
    assert np.mean(near) > 0.9
    ax = change_map(control(), tiles, ax=_axes())
    codes = {text.get_text().partition("\n")[0] for text in ax.texts}
    assert codes == {outline.name for outline in tiles.values()}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda document: "{", "not|Invalid|EOF"),
        (lambda document: json.dumps(document | {"type": "Topology"}), "FeatureCollection"),
        (lambda document: json.dumps(document | {"features": document["features"][1:]}), "this province has no shape"),
        (lambda document: json.dumps(document).replace("AF-KAB", "AF-XXX"), "there is no such province"),
        (lambda document: json.dumps(document).replace('"MultiPolygon"', '"LineString"', 1), "geometry"),
        (lambda document: json.dumps(document).replace("[[[[", '[[[["x",', 1), "valid number"),
        (lambda document: json.dumps(document).replace("[[[[", "[[[[1e308,", 1), "less than or equal to 9999"),
    ],
)
def test_a_file_of_shapes_that_is_none_is_refused(tmp_path, spoil, words):
    document = json.loads((folder_in_use() / FILE).read_text(encoding="utf-8"))
    (tmp_path / FILE).write_text(spoil(document), encoding="utf-8")
    with pytest.raises(InputError, match=words) as refused:
        shapes_of(THEATRE, tmp_path)
    assert str(tmp_path / FILE) in str(refused.value)


def test_shapes_outside_the_theatre_are_refused(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / FILE).symlink_to(folder_in_use() / FILE)
    with pytest.raises(InputError, match="leads out"):
        shapes_of(THEATRE, tmp_path / "own")


def test_what_is_gained_and_lost_has_two_colours_and_what_could_be_chance_none():
    table = control(0.04)
    table.loc[0, ["diff", "ci_low", "ci_high"]] = [-0.05, -0.06, -0.04]
    table.loc[1, ["diff", "ci_low", "ci_high"]] = [0.05, -0.01, 0.11]
    ax = _axes()
    assert change_map(table, SHAPES, ax=ax, title="Now") is ax
    fills = _fills(ax)
    assert set(fills) == set(SHAPES)
    lost, unclear, gained = (fills[iso] for iso in table["iso"][[0, 1, 33]])
    assert unclear == to_hex(GAP)
    red, blue = (tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) for colour in (lost, gained))
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_a_province_is_seen_even_where_next_to_nothing_changes():
    table = control(0.04).assign(diff=0.0004, ci_low=0.0003, ci_high=0.0005)
    edges = {to_hex(patch.get_edgecolor()) for patch in change_map(table, SHAPES, ax=_axes(), most=50).patches}
    assert edges.isdisjoint({"#ffffff", *_fills(change_map(table, SHAPES, ax=_axes(), most=50)).values()})


def test_one_replicate_has_no_interval_and_its_changes_are_drawn():
    single = control(-0.03).assign(ci_low=np.nan, ci_high=np.nan)
    assert to_hex(GAP) not in _fills(change_map(single, SHAPES, ax=_axes())).values()


def test_the_largest_changes_are_named_with_their_sign():
    ax = change_map(control(-0.03), SHAPES, ax=_axes())
    names = [text.get_text() for text in ax.texts if text.get_gid() == "named"]
    assert len(names) == NAMED
    assert names[-1] == f"{THEATRE.provinces[-1].name}\n\N{MINUS SIGN}4.5"
    assert not [text for text in change_map(control(0.001, 0.01), SHAPES, ax=_axes()).texts if text.get_gid()]


def test_who_holds_most_is_told_without_colour():
    mine, theirs = (
        holders_map(control(**held), SHAPES, ax=_axes()) for held in ({}, {"government": 0.1, "insurgents": 0.65})
    )
    assert {patch.get_label() for patch in mine.patches} == {"government"}
    assert {patch.get_label() for patch in theirs.patches} == {"insurgents"}
    assert {patch.get_hatch() for patch in theirs.patches} == {HOLDERS["insurgents"][2]}
    assert not any(patch.get_hatch() for patch in mine.patches)
    most = holders_map(control(government=0.4, contested=0.4 - 1e-3, insurgents=0.15 + 1e-3), SHAPES, ax=_axes())
    assert set(_fills(most).values()) == {to_hex(HOLDERS["government"][1])}  # pale: not half


def test_the_page_has_the_change_large_and_both_arms_beside_it(seen_texts):
    page = map_page(both(control()), SHAPES, names={"insurgents": "the rebels"}, title="T")
    panels = [ax for ax in page.axes if ax.patches and ax.get_title(loc="left")]
    titles = [ax.get_title(loc="left") for ax in panels]
    beside = ["Scenario: who holds most", "Baseline: who holds most"]
    assert titles == ["Change by Jan 2019", *beside, "Change by Dec 2020", *beside]
    assert panels[0].get_position().width > 1.5 * panels[1].get_position().width
    texts = [text for text, _ in seen_texts(page)]
    assert "the rebels" in texts
    assert sum("scenario minus baseline, percentage points" in text for text in texts) == 2


def test_all_dates_share_one_scale():
    table = both(control())
    table.loc[table["date"] == DATES[0], "diff"] /= 3
    first, last = (map_page(table[table["date"] == date], SHAPES, title="T") for date in DATES)
    whole = map_page(table, SHAPES, title="T")
    (left, *_, other, _, _) = [_fills(ax) for ax in whole.axes if ax.get_title(loc="left")]
    assert other == _fills(last.axes[0])
    assert left != _fills(first.axes[0])  # which has a scale of its own


def test_an_arm_alone_shows_who_holds_what():
    alone = both(control())
    alone = alone[alone["scenario"] == "baseline"]
    page = map_page(alone, SHAPES, title="T")
    assert [ax.get_title(loc="left") for ax in page.axes] == ["Jan 2019", "Dec 2020"]
    assert ground(alone, "the government") == ""


def test_the_finding_counts_only_what_is_clear():
    assert ground(both(control(-0.03, 0.0)), "the crown") == (
        f"The crown loses ground in all 34 provinces, most in {THEATRE.provinces[-1].name} (\N{MINUS SIGN}4.5 points)"
    )
    mixed = control(0.03, 0.0)
    mixed.loc[:3, ["diff", "ci_low", "ci_high"]] = -0.01
    assert ground(both(mixed), "the crown").startswith(
        "The crown gains ground in 30 of 34 provinces and loses some in 4"
    )
    assert ground(both(control(0.001, 0.01)), "the crown") == ""


def test_a_film_has_a_picture_a_month_on_one_scale():
    frames = list(map_frames(both(control()), SHAPES, title="The US leaves"))
    assert [figure.axes[0].get_title(loc="left") for figure in frames] == ["Jan 2019", "Dec 2020"]
    data = film(frames, "influence-sim:" + "0" * 64)
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.n_frames, picture.info["loop"]) == ("GIF", 2, 0)
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert b"influence-sim:000" in data[:8192]
    assert film(map_frames(both(control()), SHAPES, title="The US leaves"), "influence-sim:" + "0" * 64) == data
    with pytest.raises(ValueError, match="needs a picture"):
        film([])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda frame: frame.replace("AF-KAB", "AF-XXX"), "no shape for AF-XXX"),
        (lambda frame: pd.concat([frame, frame]), "stands twice"),
        (lambda frame: frame.assign(government=0.9), "must add up to 1"),
        (lambda frame: frame.drop(columns="spoiler"), "lacks the column spoiler"),
    ],
)
def test_a_table_that_is_no_map_is_refused(spoil, words):
    with pytest.raises(ValueError, match=words):
        holders_map(spoil(control()), SHAPES, ax=_axes())
    with pytest.raises(ValueError, match="nothing to draw"):
        map_page(both(control())[:0], SHAPES)


def test_the_shapes_are_no_part_of_the_model(tmp_path):
    copy = shutil.copytree(folder_in_use(), tmp_path / "own")
    (copy / FILE).unlink()
    assert digest_of(copy) == digest_of(folder_in_use())
