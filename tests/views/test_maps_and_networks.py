"""The tile map and the network of ties: everything at its place, told apart without colour."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from influence_sim.theatre import load
from influence_sim.views import map_page, network, network_page, tile_map
from influence_sim.views.network import mutual
from influence_sim.views.province_map import SIDE

TILES = load().tiles
PLACES = {name: words.place for name, words in load().words.actors.items()}
DATES = [pd.Timestamp("2015-09-01"), pd.Timestamp("2020-12-01")]


def control(insurgents: float = 0.2, spoiler: float = 0.05, contested: float = 0.1) -> pd.DataFrame:
    held = {"contested": contested, "insurgents": insurgents, "spoiler": spoiler}
    held |= {"government": 1 - sum(held.values())}
    return pd.DataFrame([{"iso": iso, **held} for iso in TILES])


def everywhere(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame.assign(scenario=name, date=date) for name in ("leaves", "baseline") for date in DATES])


def ties(**more: float) -> pd.DataFrame:
    strengths = {("us", "kabul"): 0.8, ("kabul", "us"): 0.6, ("us", "taliban"): -0.7, ("iran", "us"): 0.04} | more
    return pd.DataFrame([{"who": who, "towards": to, "tie": tie} for (who, to), tie in strengths.items()])


def _axes():
    return Figure(figsize=(4, 4)).add_subplot()


def _bars(ax):
    """The bars of Kabul's tile, by what they show."""
    kabul = list(TILES).index("AF-KAB")
    return {bars.get_label(): bars[kabul] for bars in ax.containers}


def _lines(ax):
    return {line.get_gid(): line for line in ax.lines}


def test_every_province_has_a_tile_of_its_own():
    provinces = load().provinces
    assert set(TILES) == {province.iso for province in provinces}
    places = [place[1:] for place in TILES.values()]
    assert len(set(places)) == 34
    assert all(short == iso.removeprefix("AF-") for iso, (short, *_) in TILES.items())


def test_neighbours_mostly_touch():
    theatre, place = load(), {iso: np.array(where[1:]) for iso, where in TILES.items()}
    near = [np.abs(place[one] - place[other]).max() <= 2 for one, other in theatre.neighbours]
    assert np.mean(near) > 0.9


def test_tiles_are_filled_by_who_holds_them():
    ax = _axes()
    assert tile_map(control(), TILES, ax=ax, title="Now") is ax
    insurgents, contested, spoiler = (_bars(ax)[holder] for holder in ("insurgents", "contested", "spoiler"))
    assert insurgents.get_height() == pytest.approx(0.2 * SIDE)
    assert contested.get_height() == pytest.approx(0.1 * SIDE)
    assert spoiler.get_height() == pytest.approx(0.05 * SIDE)
    assert contested.get_y() + contested.get_height() == pytest.approx(insurgents.get_y())
    assert spoiler.get_y() + spoiler.get_height() == pytest.approx(contested.get_y())
    short, column, row = TILES["AF-KAB"]
    assert (insurgents.get_x(), insurgents.get_y() + insurgents.get_height()) == pytest.approx((column, row + SIDE))
    assert short in {text.get_text() for text in ax.texts}
    assert sorted(text.get_text() for text in ax.texts) == sorted(short for short, *_ in TILES.values())


def test_holders_differ_without_colour_and_lost_provinces_are_framed():
    kept, lost = (_bars(tile_map(control(held), TILES, ax=_axes())) for held in (0.2, 0.6))
    assert kept["insurgents"].get_hatch()
    assert not kept["contested"].get_hatch()
    assert not kept["spoiler"].get_hatch()
    assert kept["contested"].get_facecolor() != kept["spoiler"].get_facecolor()
    assert lost["frame"].get_linewidth() > 2 * kept["frame"].get_linewidth()


def test_a_map_of_each_arm_and_date(seen_texts):
    page = map_page(everywhere(control()), TILES, title="Who holds the provinces")
    assert [ax.get_title(loc="left") for ax in page.axes] == [
        "leaves, Sep 2015",
        "leaves, Dec 2020",
        "baseline, Sep 2015",
        "baseline, Dec 2020",
    ]
    assert any("hatched" in text for text, _ in seen_texts(page))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda frame: frame.replace("AF-KAB", "AF-XXX"), "no tile for AF-XXX"),
        (lambda frame: pd.concat([frame, frame]), "stands twice"),
        (lambda frame: frame.assign(government=0.9), "must add up to 1"),
        (lambda frame: frame.drop(columns="spoiler"), "lacks the column spoiler"),
    ],
)
def test_a_table_that_is_no_map_is_refused(spoil, words):
    with pytest.raises(ValueError, match=words):
        tile_map(spoil(control()), TILES, ax=_axes())


def test_ties_are_means_of_both_directions():
    assert mutual(ties()) == {("kabul", "us"): pytest.approx(0.7), ("taliban", "us"): -0.7, ("iran", "us"): 0.04}


def test_friends_and_enemies_differ_without_colour_and_by_strength():
    ax = _axes()
    assert network(ties(), ax=ax) is ax
    lines = _lines(ax)
    assert set(lines) == {"kabul us", "taliban us"}  # weaker ones are left out
    friend, enemy = lines["kabul us"], lines["taliban us"]
    assert friend.get_linestyle() == "-"
    assert enemy.get_linestyle() == "--"
    assert friend.get_linewidth() == pytest.approx(enemy.get_linewidth())
    assert to_hex(friend.get_color()) != to_hex(enemy.get_color())
    weaker = _lines(network(ties(**{}).assign(tie=[0.4, 0.4, -0.2, 0.0]), ax=_axes()))
    assert weaker["taliban us"].get_linewidth() < enemy.get_linewidth()


def test_actors_stand_where_they_always_stand():
    first, second = (network(ties().assign(tie=scale), ax=_axes(), places=PLACES) for scale in (0.5, -0.9))
    places = [{text.get_text(): text.get_position() for text in ax.texts} for ax in (first, second)]
    assert places[0] == places[1]
    assert places[0]["us"] == PLACES["us"]
    assert {actor.name for actor in load().actors} <= set(PLACES)


def test_an_actor_of_another_theatre_gets_a_place():
    extra = pd.DataFrame([{"who": "turkey", "towards": "us", "tie": 0.5}])
    ax = network(pd.concat([ties(), extra]), ax=_axes(), places=PLACES, names={"turkey": "Turkey"})
    assert "Turkey" in {text.get_text() for text in ax.texts}


def test_networks_of_each_arm_and_date():
    page = network_page(everywhere(ties()), title="Ties")
    assert len(page.axes) == 4
    with pytest.raises(ValueError, match="a dyad stands twice"):
        network(everywhere(ties()), ax=_axes())
    with pytest.raises(ValueError, match="nothing to draw"):
        network_page(everywhere(ties())[:0])
