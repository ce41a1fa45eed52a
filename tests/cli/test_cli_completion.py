"""What a shell is offered after the Tab key."""

from __future__ import annotations

import pytest
from click.shell_completion import ShellComplete

from influence_sim.cli.main import cli


def offered(args: list[str], incomplete: str) -> list[str]:
    completion = ShellComplete(cli, {}, "influence-sim", "_INFLUENCE_SIM_COMPLETE")
    return [item.value for item in completion.get_completions(args, incomplete)]


@pytest.mark.parametrize("command", ["run", "explain", "compare"])
def test_scenarios_are_offered(command):
    assert offered([command], "us_own") == ["us_own_channel", "us_own_public_channel"]


def test_a_path_is_left_to_the_shell():
    assert offered(["explain"], "./mine") == ["./mine"]


def test_what_is_asked_is_offered_one_after_another():
    assert offered(["run", "us_surge", "--asks"], "violence,kabul_re") == [
        "violence,kabul_recognition",
        "violence,kabul_revenue",
    ]


def test_parameters_are_offered_with_room_for_a_value():
    assert offered(["run", "us_surge", "--set"], "decide.ration") == ["decide.rationality="]
    assert offered(["sweep", "us_surge", "--vary"], "decide.ration") == ["decide.rationality="]
    assert offered(["params"], "decide.ration") == ["decide.rationality"]


@pytest.mark.parametrize("command", ["actors", "levers"])
def test_actors_are_offered(command):
    assert offered([command], "ru") == ["russia"]


@pytest.mark.parametrize("command", [["explain", "us_surge"], ["compare", "us_surge"], ["plot", "results"]])
def test_outcomes_are_offered(command):
    assert offered([*command, "--outcome"], "kabul_re") == ["kabul_recognition", "kabul_revenue"]
