"""Building the theatre of the page on another conflict, and living in it."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.base.months import format_month
from influence_sim.cli.main import cli
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load, shipped, use_theatre
from influence_sim.theatre.theatre import Theatre

pytestmark = pytest.mark.usefixtures("blank_pages", "few_pixels")
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "another_conflict.md").read_text(encoding="utf-8")
MONTHS = 40


@pytest.fixture
def island(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refresh: ModuleType) -> Iterator[Theatre]:
    """The page's theatre, in use."""
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, ["init", "island", "--own-theatre"]).exit_code == 0
    for command in re.findall(r"^\$ rm .*$", PAGE, re.MULTILINE):
        refresh.output(command, tmp_path)
    refresh.lay(PAGE, tmp_path)
    with use_theatre("island") as theatre:
        yield theatre


def commands() -> list[str]:
    lines = re.findall(r"^\$ influence-sim (.*)$", PAGE, re.MULTILINE)
    return [line for line in lines if not line.startswith("init ")]


def test_it_is_another_world(island: Theatre) -> None:
    assert [actor.name for actor in island.actors] == ["neighbour", "guarantor", "crown", "rebels", "raiders"]
    assert [province.name for province in island.provinces] == ["North", "Middle", "South"]
    assert {"raiders.growth", "territory.khat", "prestige.neighbour_start"} <= set(island.parameters)
    assert format_month(island.start) == "1995-01"
    afghan = {name for thing in (*shipped().actors, *shipped().forums) for name in thing.name.split("_")}
    names = [*island.parameters, *island.vocabulary.outcomes, *island.vocabulary.conditions, *island.instruments]
    assert not afghan & {word for name in names for word in re.split(r"[._]", name)} - {"format", "channel"}


@pytest.mark.usefixtures("island")
def test_its_actors_decide_and_its_ground_changes_hands() -> None:
    """Each actor is found, in some month of some run, under more than one option of a stance of its own."""
    held: dict[tuple[str, str], set[str]] = {}
    for replicate in range(6):
        model = sim.InfluenceModel("baseline", rng=1, months=MONTHS, replicate=replicate)
        assert [agent.name for agent in model.agents] == ["neighbour", "guarantor", "crown", "rebels", "raiders"]
        while model.running:
            model.step()
            for agent in model.agents:
                for stance, option in agent.stances.items():
                    held.setdefault((agent.name, stance), set()).add(option)
    assert {name for (name, _), options in held.items() if len(options) > 1} == {name for name, _ in held}
    ground = model.datacollector.get_model_vars_dataframe()["rebel_ground"]
    assert ground.between(0, 1).all()
    assert ground.nunique() == len(ground)


@pytest.mark.usefixtures("island")
def test_its_scenario_answers_its_question() -> None:
    result = sim.run("./guarantor_talks.yaml", replicates=8, months=MONTHS)
    assert result.difference("rebels_recognised")["mean"].iloc[-1] > 0
    assert result.difference("crown_authority")["mean"].iloc[-1] < 0
    frame = result.frame[list(result.outcomes)]
    assert np.isfinite(frame.to_numpy()).all()


def test_the_shipped_world_comes_back(island: Theatre) -> None:
    assert len(sim.InfluenceModel("baseline", rng=1, months=2).agents) == len(island.actors)
    with use_theatre(None):
        assert len(sim.InfluenceModel("baseline", rng=1, months=2).agents) == len(shipped().actors)


@pytest.mark.usefixtures("island")
def test_what_it_lacks_is_said_with_what_to_do() -> None:
    def told(*words: str) -> str:
        return CliRunner().invoke(cli, [*words, "--theatre", "island"]).stderr

    assert "name what this theatre has not; `influence-sim init my_scenario --theatre island` begins" in told("list")
    assert "this theatre has no patterns.yaml, which says what was observed; write one; `influence-sim" in told(
        "worlds"
    )
    told("init", "mine")
    assert "article" not in Path("mine.yaml").read_text(encoding="utf-8")
    assert "ok" in CliRunner().invoke(cli, ["validate", "mine.yaml", "--theatre", "island"]).stdout
    Path("island/patterns.yaml").write_text(PATTERNS, encoding="utf-8")
    make = "worlds --make --out island/plausible_worlds.npz"
    assert f"`influence-sim {make} --theatre island` makes them, where runs look for them" in told("worlds")
    run = ["run", "./guarantor_talks.yaml", "--replicates", "2", "--months", "34", "--assumptions", "8", "--out"]
    assert "no plausible worlds are known for this theatre and model; `influence-sim worlds" in told(*run, "without")
    told(*make.split(), "--count", "8")
    assert "no plausible worlds" not in told(*run, "with")
    assert sim.load("with").answer.worlds == "plausible"


PATTERNS = """\
schema_version: 1
second: 3
largest: 5
patterns:
  - {id: crown, words: the crown governs, read: history, outcome: crown_authority, months: [1996-06], observed: 0.7,
     error: 0.05, tolerated: 0.1, source: island}
  - {id: rebels, words: rebels hold ground, read: history, outcome: rebel_ground, months: [1997-06], observed: 0.2,
     error: 0.05, tolerated: 0.1, source: island}
"""
FOREIGN = ("Afghan", "Kabul", "Taliban", "Russia", "Moscow", "Daesh", "opium", "the The", "the article")


def _words(page: str) -> str:
    """What a reader sees of a page."""
    return re.sub(r"<style>.*?</style>|<script.*?</script>|data:[^\"]*|<pre.*?</pre>", "", page, flags=re.DOTALL)


@pytest.mark.usefixtures("island")
def test_commands_reports_and_figures_know_it() -> None:
    (run,) = commands()
    short = ["--replicates", "4", "--months", "34", "--assumptions", "8"]
    done = CliRunner().invoke(cli, [*run.split(), *short])
    assert done.exit_code == 0, done.output
    assert "The guarantor talks to the rebels" in done.stdout
    assert done.stdout.split("\n\n")[1].startswith(("The crown's authority", "At the default assumptions the crown's"))
    page = sim.report("island_talks", sliders={}, explain_replicates=2).path.read_text(encoding="utf-8")
    seen = _words(page)
    assert "The guarantor: deals openly with the rebels, from June 1997" in seen
    assert "Through whose interests" in seen
    why = sim.explain("./guarantor_talks.yaml", replicates=2, by=["interventions"]).save("why")
    both = sim.compare(["./guarantor_talks.yaml"], replicates=2, months=34, assumptions=8).save("both")
    briefs = [sim.report(folder, brief=True).path.read_text(encoding="utf-8") for folder in ("island_talks", why, both)]
    reports = [sim.report(folder).path.read_text(encoding="utf-8") for folder in (why, both)]
    for text in (page, *briefs, *reports):
        assert "the island, 1995 to 199" in _words(text)
        assert not [word for word in FOREIGN if word in _words(text)]
        assert "--theatre island" in text
    kinds = [path.stem for path in sim.draw("island_talks", kinds=["multiples", "network", "map"])]
    assert kinds == ["multiples", "network", "map"]
    with pytest.raises(sim.InputError, match="no claim"):
        sim.draw("island_talks", kinds=["verdicts"])


@pytest.mark.usefixtures("island")
def test_what_its_pages_and_folders_offer_can_be_done(tmp_path: Path) -> None:
    """Files that a page offers are run by the command beside them; another theatre refuses its folders."""
    folder = sim.run("./guarantor_talks.yaml", replicates=2, months=34, assumptions=None).save("talks")
    page = sim.report(folder, sliders={}, explain_replicates=2).path.read_text(encoding="utf-8")
    saved = re.findall(r'download="(\w+\.yaml)" href="data:application/yaml;base64,([^"]+)"', page)
    assert [name for name, _ in saved] == ["guarantor_talks.yaml"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / saved[0][0]).write_bytes(b64decode(saved[0][1]))
    assert load_scenario(elsewhere / saved[0][0], load().vocabulary).against == "baseline"
    assert "<code>influence-sim run ./guarantor_talks.yaml --theatre island</code>" in page
    swept = sim.sweep("./guarantor_talks.yaml", vary={"tie.strength": (0, 1)}, samples=4, replicates=2, months=34)
    refused = "no outcome of the theatre in use; a folder that another one made"
    with use_theatre(None):
        for function in (sim.load, sim.report, sim.sensitivity, sim.rerun):
            with pytest.raises(sim.InputError, match=refused):
                function(swept.folder)


@pytest.mark.usefixtures("island")
def test_a_ledger_of_its_own_has_nothing_to_do_with_that_of_the_shipped_scenarios() -> None:
    """They name claims, which another ledger may lack."""
    ledger = Path("island/claims.csv")
    row = "C01,1,crown,The crown stands by its guarantor.,causal,,author,,,\n"
    ledger.write_text(ledger.read_text(encoding="utf-8").rstrip() + f"\n{row}", encoding="utf-8")
    numbers = Path("island/parameters.yaml")
    numbers.write_text(re.sub(r" \((C\d\d(, )?)+\)", "", numbers.read_text(encoding="utf-8")), encoding="utf-8")
    test = "id: C01-aid-matters, claim: C01, scenario: baseline, set: {authority.aid_share: 0.4}, against: baseline"
    read = "outcome: crown_authority, expect: increase, month: 1998-06, minimum: 0.01, reads: forced"
    Path("island/claim_tests.yaml").write_text(
        f"schema_version: 1\nuntestable: {{}}\ntests: [{{{test}, {read}}}]\n", encoding="utf-8"
    )
    assert sim.scenarios()["name"].tolist() == ["baseline"]
    assert load_scenario("baseline", load().vocabulary).claims == ()
    invoke = ["claims", "--test", "--theatre", "island", "--samples", "8", "--replicates", "2", "--out", "tested"]
    done = CliRunner().invoke(cli, invoke)
    assert done.exit_code == 0, done.output
    assert "C01-aid-matters" in done.stdout
    assert "WORLDS is the share of worlds all over the prior ranges" in done.stdout
    assert "plausible" not in done.stdout
    for witness in Path("tested/witnesses").iterdir():
        assert " --theatre island\n" in witness.read_text(encoding="utf-8")
    with use_theatre(None), pytest.raises(sim.InputError, match="1998': not the title of the theatre in use"):
        sim.report("tested")


@pytest.mark.usefixtures("island")
def test_what_it_has_not_is_said() -> None:
    assert sim.scenarios()["name"].tolist() == ["baseline"]  # others name whom it lacks, or later dates
    assert sim.claims().empty
    assert CliRunner().invoke(cli, ["claims", "--theatre", "island"]).stdout.startswith("No claims: the claims.csv")
    done = CliRunner().invoke(cli, ["claims", "C01", "--theatre", "island"])
    assert done.stderr == "ID: 'C01': not a claim; this theatre has none\n"
    with pytest.raises(sim.InputError, match="this theatre declares no tests"):
        sim.test_claims()
    done = CliRunner().invoke(cli, ["validate", "island"])
    assert "this is a theatre, not a scenario or study; `influence-sim list --theatre island` reads it" in done.stderr


@pytest.mark.usefixtures("island")
def test_init_writes_about_it() -> None:
    for name, options in {"my_question": (), "my_study": ("--study",)}.items():
        written = CliRunner().invoke(cli, ["init", name, *options, "--theatre", "island"])
        assert written.exit_code == 0
        assert written.stdout.endswith(f"{name}.yaml --theatre island\n")
        text = Path(f"{name}.yaml").read_text(encoding="utf-8")
        assert "rebels" in text or "1995" in text
        assert f"{name}.yaml --theatre island\n" in text
        done = CliRunner().invoke(cli, ["validate", f"{name}.yaml", "--theatre", "island"])
        assert done.exit_code == 0, done.output


@pytest.mark.usefixtures("island")
def test_init_writes_what_is_right_whatever_names_there_are() -> None:
    actor, rules = Path("island/actors/01_neighbour.yaml"), Path("island/rules.yaml")
    changed = actor.read_text(encoding="utf-8").replace("label: The neighbour", "label: 'Neighbour: #1'")
    actor.write_text(changed, encoding="utf-8")
    rules.write_text("rules: []\n", encoding="utf-8")
    for name, options in {"my_question": (), "my_study": ("--study",)}.items():
        assert CliRunner().invoke(cli, ["init", name, *options, "--theatre", "island"]).exit_code == 0
    text = Path("my_question.yaml").read_text(encoding="utf-8").replace("forums: []\n#   -", "forums:\n  -")
    Path("my_question.yaml").write_text(text, encoding="utf-8")
    scenario = load_scenario("./my_question.yaml", load().vocabulary)
    assert scenario.title == "Neighbour: #1 deals openly with the rebels"
    assert scenario.forums[0].invite == ("crown",)
