"""Doing what the how-tos say: an actor and a rule, in YAML and one small function."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import influence_sim as sim
from influence_sim.cli.main import cli
from influence_sim.model import Arm, simulate
from influence_sim.model.fields import PARAMETERS, STATE, WIRING
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load, use_theatre

pytestmark = pytest.mark.usefixtures("blank_pages")
DOCS = Path(__file__).resolve().parents[2] / "docs"
ACTOR, RULE = DOCS / "add_an_actor.md", DOCS / "add_a_rule.md"
STRENGTH = "ally_leads.strength"
MONTHS = 40


def fenced(page: Path, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def typed(page: Path, start: str) -> str:
    """The one command of the page that begins so, without the program's name."""
    blocks = [*fenced(page, "console"), *fenced(page, "sh")]
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    (line,) = [line for line in lines if line.startswith(f"influence-sim {start}")]
    return line.removeprefix("influence-sim ")


def invoke(command: str, *more: str) -> Result:
    result = CliRunner().invoke(cli, [*command.split(), *more])
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def with_turkey(newcomer: Path) -> Path:
    """What the page about actors says, done."""
    invoke(typed(ACTOR, "init"))
    actor, scenario = fenced(ACTOR, "yaml")
    (newcomer / "mine" / "actors" / "12_turkey.yaml").write_text(actor, encoding="utf-8")
    (newcomer / "turkey_talks.yaml").write_text(scenario, encoding="utf-8")
    return newcomer


@pytest.fixture
def with_rule(newcomer: Path) -> Path:
    """What the page about rules says, done."""
    invoke(typed(RULE, "init"))
    (entry,) = fenced(RULE, "yaml")
    with (newcomer / "mine" / "rules.yaml").open("a", encoding="utf-8") as file:
        file.write(entry)
    (newcomer / "mine" / "rules.py").write_text(fenced(RULE, "python")[0], encoding="utf-8")
    return newcomer


def ends(scenario: str, **values: float) -> np.ndarray:
    """The last month of three short runs."""
    theatre = load()
    arm = Arm(theatre, load_scenario(scenario, theatre.vocabulary), MONTHS)
    return simulate(arm, seed=1, replicates=[0, 1, 2], parameters=values)[-1]


@pytest.mark.usefixtures("with_turkey")
def test_the_actor_decides() -> None:
    """Over some replicates it is found under more than one option of each stance."""
    held: dict[str, set[str]] = {}
    with use_theatre("mine"):
        for replicate in range(6):
            model = sim.InfluenceModel("baseline", rng=1, months=MONTHS, replicate=replicate)
            (turkey,) = model.agents.select(lambda agent: agent.name == "turkey")
            assert turkey.stances == {"dealing": "none", "pressing": "quiet"}
            while model.running:
                model.step()
                for stance, option in turkey.stances.items():
                    held.setdefault(stance, set()).add(option)
    assert [f"{lever.do} {lever.target}" for lever in turkey.levers] == [
        "engage_covertly taliban",
        "engage_publicly taliban",
        "press_for_talks us",
    ]
    assert all(len(options) > 1 for options in held.values())
    assert all(0.0 < chance < 1.0 for chance in turkey.chances)


@pytest.mark.usefixtures("with_turkey")
def test_the_actor_changes_what_happens_to_others() -> None:
    before = ends("baseline")
    with use_theatre("mine"):
        assert not np.array_equal(ends("baseline"), before)
        result = sim.run("./turkey_talks.yaml", replicates=8, months=MONTHS)
        theirs = [result.difference(name)["mean"].iloc[-1] for name in ("kabul_authority", "p_us_engages")]
    assert result.difference("taliban_recognition")["mean"].iloc[-1] > 0
    assert all(theirs)


@pytest.mark.usefixtures("with_turkey")
def test_the_commands_of_the_page_about_actors() -> None:
    shown = invoke(typed(ACTOR, "actors")).stdout
    assert "engage_publicly taliban 1" in shown
    listed = invoke(typed(ACTOR, "params")).stdout
    names = ["capability.turkey.economic", "aversion.turkey.taliban", "cost.press_for_talks.turkey", "tie.turkey.us"]
    assert all(name in listed for name in names)
    short = ("--replicates", "4", "--months", "32", "--assumptions", "4")
    assert "Turkey talks to the Taliban" in invoke(typed(ACTOR, "run ./turkey"), *short).stdout


@pytest.mark.usefixtures("with_rule")
@pytest.mark.parametrize("scenario", ["us_own_public_channel", "us_engages_taliban"])
def test_the_rule_at_zero_changes_nothing_and_at_one_it_does(scenario: str) -> None:
    """The ally deals in the open in both, so that the rule has something to say."""
    before = ends(scenario)
    with use_theatre("mine", trust=True):
        assert np.array_equal(ends(scenario, **{STRENGTH: 0.0}), before)
        result = ends(scenario, **{STRENGTH: 1.0})
        assert not np.array_equal(result, before)
        assert np.array_equal(result, ends(scenario))


@pytest.mark.usefixtures("with_rule")
def test_the_rule_does_what_its_statement_says() -> None:
    """When the US engages, its friends in Europe engage more than they would without the rule."""
    with use_theatre("mine", trust=True):
        on, off = (
            sim.run("us_engages_taliban", replicates=16, months=MONTHS, set={STRENGTH: strength})
            for strength in (1.0, 0.0)
        )
    name = "europe_engagement"
    assert on.difference(name)["mean"].iloc[-1] > off.difference(name)["mean"].iloc[-1]


def test_what_the_page_says_a_rule_can_ask_for_is_there() -> None:
    page = RULE.read_text(encoding="utf-8").partition("## 3. ")[2].partition("## 4. ")[0]
    for record, fields in {"s": STATE, "p": PARAMETERS, "w": WIRING}.items():
        asked = set(re.findall(rf"(?<![\w.]){record}\.(\w+)", page))
        assert asked
        assert asked <= set(fields)


@pytest.mark.usefixtures("with_rule")
def test_params_and_sweeps_know_the_rule() -> None:
    with use_theatre("mine", trust=True):
        known = sim.params().set_index("name")
        assert known.loc[STRENGTH, ["default", "low", "high"]].tolist() == [1.0, 0.0, 2.0]
        swept = sim.sweep(
            "us_engages_taliban",
            vary={STRENGTH: (0, 2)},
            design="grid",
            samples=2,
            replicates=2,
            months=MONTHS,
            outcomes=["europe_engagement"],
        )
        last = swept.frame[swept.frame["date"] == swept.frame["date"].max()]
    assert len(last) == 2
    assert last["europe_engagement_diff"].nunique() == 2
    assert "ally_leads" in invoke("params ally_leads --theatre mine").stdout


@pytest.mark.usefixtures("with_turkey")
def test_the_python_of_the_page_about_actors(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = fenced(ACTOR, "python")
    exec(compile(code, ACTOR.name, "exec"), {})
    output = capsys.readouterr().out
    assert "engage_publicly taliban" in output
    assert "covert" in output


@pytest.mark.usefixtures("with_rule")
def test_the_python_of_the_page_about_rules(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(fenced(RULE, "python")[1], RULE.name, "exec"), {})
    on, off = (line for line in capsys.readouterr().out.splitlines() if "2020" in line)
    assert on != off
