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


@pytest.mark.parametrize("command", [["explain", "us_surge"], ["compare", "us_surge"], ["plot", "results"]])
def test_outcomes_are_offered(command):
    assert offered([*command, "--outcome"], "kabul_re") == ["kabul_recognition", "kabul_revenue"]
