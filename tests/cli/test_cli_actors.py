"""`actors`, `levers` and `outcomes`: who there is, who can do what to whom, what is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

import influence_sim as sim
from influence_sim.theatre import load

Invoke = Callable[..., Result]
NAMES = [actor.name for actor in load().actors]


def test_actors_lists_everyone_with_what_they_decide_on(invoke: Invoke) -> None:
    heading, *lines = invoke("actors").stdout.splitlines()
    assert heading.startswith("ACTOR")
    assert [line.split()[0] for line in lines] == NAMES
    (us,) = (line for line in lines if line.startswith("us "))
    assert us.endswith(", ".join(stance.name for stance in load().actor("us").stances))


@pytest.mark.parametrize("name", NAMES)
def test_one_actor_is_told_in_full(invoke: Invoke, name: str) -> None:
    text, actor = invoke("actors", name).stdout, load().actor(name)
    assert text.startswith(f"{name}: {actor.label}")
    for interest in actor.interests:
        assert interest.outcome in text
        assert f"{load().number(interest.salience):g}" in text
    for stance in actor.stances:
        assert stance.name in text
        for option, choice in stance.options.items():
            assert option + (" (at first)" if option == stance.start else "") in text
            assert all(f"{lever} {level:g}" in text for lever, level in choice.sets.items())
    assert all(f"\n{other} " in text for other in actor.ties)
    seats = {lever.target for lever in actor.levers} & {forum.name for forum in load().forums}
    assert all(forum in text for forum in seats)


def test_a_level_is_told_with_its_number_and_a_number_of_its_own_with_its_parameter(invoke: Invoke) -> None:
    text, number = invoke("actors", "us").stdout, load().number
    assert f"{number('salience.vital'):g} (vital)" in text
    assert f"{number('tie.ally'):g} (ally)" in text
    assert f"{number('aversion.us.taliban'):g} (aversion.us.taliban)" in text


def test_an_option_costs_what_its_levers_cost(invoke: Invoke) -> None:
    """A limited war costs its level of a full one; a table is told with what it needs."""
    document = json.loads(invoke("actors", "taliban", "--json").stdout)["actor"]
    options = {option["name"]: option for stance in document["stances"] for option in stance["options"]}
    (war,) = (stance for stance in load().actor("taliban").stances if stance.name == "war")
    fight = load().number("cost.fight")
    assert options["full"]["cost"] == pytest.approx(fight)
    assert options["limited"]["cost"] == pytest.approx(fight * war.options["limited"].sets["fight kabul"])
    assert options["none"]["cost"] == 0
    assert options["american"]["at"] == "us_channel"


def test_an_unknown_actor_is_told_with_the_closest(invoke: Invoke) -> None:
    for command in ("actors", "levers"):
        assert invoke(command, "rusia", status=2).stderr == "ACTOR: 'rusia': not an actor; did you mean 'russia'?\n"
    assert "there are russia, us," in invoke("levers", "zzz", status=2).stderr


def test_levers_are_those_of_the_theatre(invoke: Invoke) -> None:
    lines = invoke("levers").stdout.splitlines()[1:]
    assert [".".join(line.split()[:3]) for line in lines] == [lever.name for lever in load().levers]
    (invite,) = (line.split() for line in lines if line.startswith("us ") and " invite " in line and "russia" in line)
    assert invite[:4] == ["us", "invite", "russia", "dealing"]
    (seat,) = (line.split() for line in lines if line.split()[:3] == ["us", "attend", "moscow_format"])
    assert seat[3] == "invitations"


def test_levers_as_json_say_what_sets_each(invoke: Invoke) -> None:
    document = json.loads(invoke("levers", "kabul", "--json").stdout)["levers"]
    assert {row["actor"] for row in document} == {"kabul"}
    assert {row["set_by"] for row in document} == {"", *(stance.name for stance in load().actor("kabul").stances)}
    assert sim.levers("kabul").to_dict("records") == document


def test_outcomes_are_listed_with_their_units(invoke: Invoke) -> None:
    lines = invoke("outcomes").stdout.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [outcome.name for outcome in load().outcomes]
    document = json.loads(invoke("outcomes", "--json").stdout)["outcomes"]
    assert document == sim.outcomes().to_dict("records")


def test_actors_in_python_are_a_table() -> None:
    table = sim.actors().set_index("name")
    assert list(table.index) == NAMES
    assert table.loc["central_asia", "seats"] == load().actor("central_asia").seats
