"""The network of ties: what moved stands out, told without colour alone, and actors never change their places."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from influence_sim.theatre import load
from influence_sim.views import network, network_page, warming
from influence_sim.views.network import MOVED, mutual_ties

PLACES = {name: words.place for name, words in load().words.actors.items()}
DATES = [pd.Timestamp("2015-09-01"), pd.Timestamp("2020-12-01")]
STRENGTHS = {("us", "kabul"): 0.8, ("kabul", "us"): 0.6, ("us", "taliban"): -0.7, ("iran", "us"): 0.04}


def ties() -> pd.DataFrame:
    return pd.DataFrame([{"who": who, "towards": to, "tie": tie} for (who, to), tie in STRENGTHS.items()])


def changed(*changes: float, half: float = 0.005) -> pd.DataFrame:
    table = ties().assign(diff=changes)
    return table.assign(ci_low=table["diff"] - half, ci_high=table["diff"] + half)


def everywhere(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame.assign(scenario=name, date=date) for name in ("leaves", "baseline") for date in DATES])


def _axes():
    return Figure(figsize=(4, 4)).add_subplot()


def _lines(ax):
    return {line.get_gid(): line for line in ax.lines}


def _arrows(ax):
    return {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)}


def test_ties_are_means_of_both_directions():
    assert mutual_ties(ties()) == {("kabul", "us"): pytest.approx(0.7), ("taliban", "us"): -0.7, ("iran", "us"): 0.04}


def test_only_ties_that_moved_have_arrows():
    ax = network(changed(0.2, -0.05, MOVED / 2, 0.0), ax=_axes(), places=PLACES)
    arrows = _arrows(ax)
    assert set(arrows) == {"us > kabul", "kabul > us"}
    warmer, colder = arrows["us > kabul"], arrows["kabul > us"]
    assert warmer.get_linestyle() != colder.get_linestyle()
    assert to_hex(warmer.get_edgecolor()) != to_hex(colder.get_edgecolor())
    assert warmer.get_linewidth() > colder.get_linewidth()
    assert {text.get_text() for text in ax.texts} >= {"+0.20", "\N{MINUS SIGN}0.05"}
    lines = _lines(ax)
    assert set(lines) == {"kabul us", "taliban us"}  # weaker ones are left out
    assert max(line.get_linewidth() for line in lines.values()) < colder.get_linewidth()
    assert len({to_hex(line.get_color()) for line in lines.values()}) == 1  # pale, all of them


def test_a_change_that_could_be_chance_is_none():
    assert not _arrows(network(changed(0.2, 0.0, 0.0, 0.0, half=0.3), ax=_axes()))


def test_one_replicate_has_no_interval_and_its_changes_are_drawn():
    single = changed(0.2, -0.05, MOVED / 2, 0.0).assign(ci_low=float("nan"), ci_high=float("nan"))
    assert set(_arrows(network(single, ax=_axes()))) == {"us > kabul", "kabul > us"}


def test_arrows_end_at_the_names():
    figure = Figure(figsize=(6, 5))
    ax = network(changed(0.0, 0.0, 0.3, 0.0), ax=figure.add_subplot(), places=PLACES)
    figure.draw_without_rendering()
    (arrow,) = _arrows(ax).values()
    line = arrow.get_path().vertices
    tip = ax.transData.transform(line[line[:, 0].argmax()])  # to the right, from the US to the Taliban
    (name,) = [text for text in ax.texts if text.get_text() == "taliban"]
    box = name.get_bbox_patch().get_window_extent()
    assert box.padded(6).contains(*tip)
    assert not box.padded(-1).contains(*tip)


def test_an_arm_alone_shows_friends_and_enemies():
    ax = _axes()
    assert network(ties(), ax=ax) is ax
    lines = _lines(ax)
    friend, enemy = lines["kabul us"], lines["taliban us"]
    assert (friend.get_linestyle(), enemy.get_linestyle()) == ("-", "--")
    assert friend.get_linewidth() == pytest.approx(enemy.get_linewidth())
    assert to_hex(friend.get_color()) != to_hex(enemy.get_color())
    weaker = _lines(network(ties().assign(tie=[0.4, 0.4, -0.2, 0.0]), ax=_axes()))
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


def test_a_network_of_each_date(seen_texts):
    page = network_page(everywhere(changed(0.2, 0.0, 0.0, 0.0)), title="Ties")
    assert [ax.get_title(loc="left") for ax in page.axes] == ["Sep 2015", "Dec 2020"]
    assert any("Arrows" in text for text, _ in seen_texts(page))
    with pytest.raises(ValueError, match="a dyad stands twice"):
        network(everywhere(ties()), ax=_axes())
    with pytest.raises(ValueError, match="nothing to draw"):
        network_page(everywhere(ties())[:0])


def test_the_finding_names_the_tie_that_moved_most():
    table = everywhere(changed(0.2, -0.05, 0.0, 0.0))
    table.loc[table["scenario"] == "baseline", ["diff", "ci_low", "ci_high"]] = float("nan")
    text = "2 of 4 ties move, above all that of Washington to kabul (+0.20)"
    assert warming(table, {"us": "Washington"}) == text
    assert warming(everywhere(changed(0.0, 0.0, 0.0, 0.0)), {}) == ""
