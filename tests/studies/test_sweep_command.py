"""The command `sweep`, what it says and what it refuses; `validate`, `schema` and `init` for studies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from jsonschema import Draft202012Validator

import influence_sim as sim
from influence_sim.base import progress as progress_module
from influence_sim.base.progress import Progress
from influence_sim.cli.console import Console
from influence_sim.cli.sweep import parse_study_options

STUDY = """\
schema_version: 1
scenario: us_engages_taliban
replicates: 2
months: 30
design: {method: lhs, samples: 6}
vary: {precedent.strength: [0, 2]}
outcomes: [us_acceptance]
"""
SHORT = ("sweep", "us_engages_taliban", "--vary", "precedent.strength=0:2", "--samples", "6", "--replicates", "2",
         "--months", "30", "--outcome", "us_acceptance", "--workers", "1")  # fmt: skip
Invoke = Callable[..., Result]


@pytest.fixture
def invoke(invoke: Invoke) -> Invoke:
    """Runs a command line beside a study."""
    Path("study.yaml").write_text(STUDY)
    return invoke


def _document(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(result.stdout)
    assert document["schema_version"] == 1
    return document


def test_a_study_is_run_and_told(invoke: Invoke) -> None:
    output = invoke("sweep", "study.yaml", "--workers", "1").stdout
    (folder,) = Path("results").iterdir()
    assert re.fullmatch(r"us_engages_taliban-sweep-[0-9a-f]{12}", folder.name)
    lines = output.splitlines()
    assert lines[0] == "The US follows Russia's example"
    assert lines[2] == (
        "us_engages_taliban against baseline; 1 number varied, 6 points (lhs), 2 replicates at each, seed 1, "
        "30 months to 2018-02"
    )
    assert re.fullmatch(
        r"Acceptance of the US as mediator  \+0\.\d+ \[\+0\.\d+ to \+0\.\d+\] +positive in 100 %", lines[5]
    )
    assert f"Result: {folder}" in lines
    assert lines[-1] == f"Next:   influence-sim sensitivity {folder}"


def test_a_folder_with_a_space_is_proposed_in_quotes(invoke: Invoke) -> None:
    output = invoke("sweep", "study.yaml", "--workers", "1", "--out", "my sweep").stdout
    assert output.splitlines()[-1] == 'Next:   influence-sim sensitivity "my sweep"'


def test_what_can_be_discovered_at_enough_points_is_proposed(invoke: Invoke) -> None:
    output = invoke("sweep", "study.yaml", "--workers", "1", "--samples", "40").stdout
    (folder,) = Path("results").iterdir()
    next_line = output.splitlines()[-1]
    assert re.fullmatch(rf' +influence-sim discover {folder} --where "us_acceptance_diff > 0\.\d+"', next_line)


def test_the_numbers_told_are_those_of_the_folder(invoke: Invoke) -> None:
    result = _document(invoke("sweep", "study.yaml", "--workers", "1", "--json"))
    ending = sim.load_sweep(result["folder"]).ending().to_dict("records")
    assert result["outcomes"] == ending
    assert (result["points"], result["computed"], result["reused"], result["failed"]) == (6, 6, 0, 0)
    assert (result["status"], result["missing_shards"], result["method"]) == ("done", [], "lhs")
    assert [factor["path"] for factor in result["factors"]] == ["precedent.strength"]


def test_the_same_again_is_already_done(invoke: Invoke) -> None:
    first = invoke("sweep", "study.yaml", "--workers", "1").stdout
    again = invoke(*SHORT).stdout  # the short form of the same study
    assert "(already done; nothing was run)" in again
    assert again.replace(" (already done; nothing was run)", "") == first


def test_a_dry_run_says_what_it_takes_and_writes_nothing(invoke: Invoke) -> None:
    output = invoke("sweep", "study.yaml", "--dry-run", "--workers", "2").stdout
    assert re.fullmatch(
        r"us_engages_taliban: 1 number varied, 6 points \(lhs\), 24 runs of 30 months, about \d+ s with 2 workers and "
        r"[\d.]+ (kB|bytes), into results/us_engages_taliban-sweep-[0-9a-f]{12}; nothing was written\n",
        output,
    )
    result = _document(invoke("sweep", "study.yaml", "--dry-run", "--json", "--out", "there"))
    assert (result["points"], result["runs"], result["months"], result["folder"]) == (6, 24, 30, "there")
    assert result["seconds"] > 0
    assert not Path("results").exists()


def test_more_than_a_million_runs_want_a_yes(invoke: Invoke) -> None:
    large = ("sweep", "study.yaml", "--samples", "300000")
    result = invoke(*large, status=2)
    assert "--yes: '1,200,000': this is more than 1,000,000 runs; --dry-run says what it takes, --yes does it" in (
        result.stderr
    )
    assert "1,200,000 runs" in invoke(*large, "--dry-run").stdout
    assert not Path("results").exists()


def test_a_million_runs_are_done_after_a_yes(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.cli.sweep.MANY", 10)
    assert "this is more than 10 runs" in invoke("sweep", "study.yaml", "--workers", "1", status=2).stderr
    assert "Result:" in invoke("sweep", "study.yaml", "--workers", "1", "--yes").stdout


def test_options_change_what_a_study_says(invoke: Invoke) -> None:
    result = _document(invoke("sweep", "study.yaml", "--dry-run", "--json", "--design", "morris", "--samples", "3",
                             "--replicates", "5", "--months", "31", "--against", "none"))  # fmt: skip
    assert (result["points"], result["runs"], result["months"]) == (6, 30, 31)


def test_every_form_of_vary() -> None:
    options, _, problems = parse_study_options(
        ["a=1:2", " b = 1 : 1e1 : log", "c={0, 1,.5}", "d=0:3:triangular:1"], ["e=3"]
    )
    assert problems == []
    assert options["vary"] == {
        "a": {"low": 1, "high": 2},
        "b": {"low": 1, "high": 10.0, "scale": "log"},
        "c": {"choice": [0, 1, 0.5]},
        "d": {"low": 0, "high": 3, "scale": "triangular", "peak": 1},
    }
    assert options["set"] == {"e": 3}
    assert parse_study_options(["priors"], [])[0]["vary"] == "priors"
    assert parse_study_options([], [])[0]["vary"] is None


@pytest.mark.parametrize("text", ["a", "a=", "=1:2", "a=1", "a=1:", "a=1:2:3:4:5", "a=1::2", "a={1,2"])
def test_other_forms_are_refused(invoke: Invoke, text: str) -> None:
    result = invoke("sweep", "us_engages_taliban", "--vary", "tie.strength=0:1", "--vary", text, status=2)
    assert f"--vary no. 2: {text!r}: must be written PATH=LOW:HIGH, PATH=LOW:HIGH:log, " in result.stderr


def test_all_mistakes_of_a_line_come_at_once_with_their_option(invoke: Invoke) -> None:
    result = invoke("sweep", "us_engages_taliba", "--vary", "decide.rationalty=4:30", "--vary", "tie.strength=2:x",
                    "--vary", "lull.strength=2:1", "--vary", "lull.strength=0:1", "--set", "a=1", "--set", "b",
                    "--outcome", "violence", "--outcome", "kabul_autority", "--samples", "1", "--replicates", "0",
                    status=2)  # fmt: skip
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert {line.partition(": ")[0] for line in lines} == {
        "--vary no. 1", "--vary no. 2", "--vary no. 3", "--vary no. 4", "--set no. 1", "--set no. 2",
        "--outcome no. 2", "--samples", "--replicates", "scenario",
    }  # fmt: skip
    assert "--vary no. 1: 'decide.rationalty': not a parameter; did you mean 'decide.rationality'?" in lines
    assert "--vary no. 4: 'lull.strength=0:1': this is varied already" in lines
    assert "scenario: 'us_engages_taliba': not a shipped scenario; did you mean 'us_engages_taliban'?" in lines


def test_what_is_malformed_is_not_also_missing(invoke: Invoke) -> None:
    errors = invoke("sweep", "us_engages_taliban", "--vary", "authority.erosion=0,1", status=2).stderr
    assert errors.startswith("--vary no. 1: 'authority.erosion=0,1': must be written PATH=LOW:HIGH")
    assert len(errors.splitlines()) == 1
    wrong = {"scenario": "us_engages_taliban", "dates": ["2018-14"], "vary": {"authority.erosion": [0, 1]}}
    wrong |= {"schema_version": 1, "design": {"method": "lhs", "samples": 16}}
    Path("wrong.yaml").write_text(json.dumps(wrong))
    (line,) = invoke("validate", "wrong.yaml", status=2).stderr.splitlines()
    assert "there is no such month" in line


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("us_engages_taliban",), "a scenario's name alone is no sweep; say what to vary, or name a study file"),
        (("study.yaml", "--vary", "tie.strength=0:1"), "this is a study, which says itself what is varied"),
        (("sudy.yaml",), "sudy.yaml: no such file; did you mean 'study.yaml'?"),
        (("study.yaml", "--samples", "x"), "'x' is not a valid integer"),
        (("study.yaml", "--months", "10"), "--months: '10': the run ends in 2016-06, before us_engages_taliban begins"),
        (("study.yaml", "--shard", "3/2"), "'3/2' is no share; write its number, from 1, and their count: 3/8"),
        (("study.yaml", "--shard", "0/2"), "'0/2' is no share"),
        (("study.yaml", "--shard", "one"), "'one' is no share"),
        (("study.yaml", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "give one"),
        (("study.yaml", "--design", "sobol_indices"), "study.yaml:5:32: '6': the number of base samples must be a "
                                                      "power of two; the nearest is 4"),
        (("us_engages_taliban", "--vary", "priors", "--vary", "tie.strength=0:1"), "stands for every parameter"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(invoke: Invoke, args: tuple[str, ...], message: str) -> None:
    result = invoke("sweep", *args, status=2)
    assert message in result.stderr
    assert result.stdout == ""


def test_points_may_be_given(invoke: Invoke) -> None:
    Path("p.csv").write_text("precedent.strength,decide.rationality\n0,5\n2,10\n")
    actual = _document(invoke("sweep", "us_engages_taliban", "--points", "p.csv", "--replicates", "2", "--months", "30",
                             "--workers", "1", "--json"))  # fmt: skip
    assert (actual["method"], actual["points"]) == ("csv", 2)
    assert sim.load_sweep(actual["folder"]).design.to_numpy().tolist() == [[0, 5], [2, 10]]
    Path("p.csv").write_text("precedent.strength\n9\n")
    result = invoke("sweep", "us_engages_taliban", "--points", "p.csv", status=2)
    assert "p.csv:2:1: '9': precedent.strength must lie between 0 and 5 (strength)" in result.stderr


def test_one_arm_is_told_by_its_level(invoke: Invoke) -> None:
    output = invoke("sweep", "baseline", "--vary", "precedent.strength=0:2", "--samples", "4", "--replicates", "1",
                  "--months", "12", "--workers", "1").stdout  # fmt: skip
    assert "MEAN [5 % to 95 % of points]" in output
    assert "discover" not in output


def test_a_screening_suggests_no_discovery(invoke: Invoke) -> None:
    output = invoke("sweep", "study.yaml", "--design", "morris", "--samples", "2", "--workers", "1").stdout
    assert "influence-sim sensitivity" in output
    assert "discover" not in output


def test_missing_shards_are_named(invoke: Invoke) -> None:
    large = ("sweep", "study.yaml", "--samples", "3", "--replicates", "700", "--months", "29", "--workers", "1",
             "--out", "s")  # fmt: skip
    lines = invoke(*large, "--shard", "1/2").stdout.splitlines()
    first = re.fullmatch(r"shard 1/2 is done: ([12]) points? computed, 0 reused", lines[0])
    assert first is not None
    assert lines[1:] == ["Missing still: shard 2 of 2", "Folder: s"]
    result = _document(invoke(*large, "--shard", "1/2", "--json"))
    assert (result["status"], result["missing_shards"], result["reused"]) == ("shards missing", [2], int(first[1]))
    assert "Result: s" in invoke(*large, "--shard", "2/2").stdout


def test_a_shard_without_a_part_says_so(invoke: Invoke) -> None:
    lines = invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", "--shard", "9/9").stdout.splitlines()
    assert re.fullmatch(r"It has nothing to do: the sweep has \d+ parts?, and a shard at least one\.", lines[1])


def fail(monkeypatch: pytest.MonkeyPatch, worst: float) -> None:
    """A model that gives no number where what is varied is at least so large."""
    from influence_sim.model import simulate_points

    def instead(arm: Any, points: Mapping[str, Any], **options: Any) -> Any:
        outcomes = simulate_points(arm, points, **options)
        for values in points.values():
            outcomes[values >= worst] = np.nan
        return outcomes

    monkeypatch.setattr("influence_sim.model.simulate_points", instead)


def test_failed_points_end_with_a_count(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fail(patch, 1.0)
        result = invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", status=1)
    text = f"3 of 6 points failed; {Path('s') / 'failed.json'} says why, and --resume tries them again"
    assert text in result.stderr
    assert " in 100 %" in result.stdout
    actual = _document(invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", "--resume", "--json"))
    assert actual["failed"] == 0


def test_nothing_is_said_of_points_that_were_not_run(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, 0.0)
    result = invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", status=1)
    assert result.stdout.splitlines()[-2:] == ["No point could be run.", "Folder: s"]
    assert "6 of 6 points failed" in result.stderr


def test_an_interrupted_sweep_says_how_it_goes_on(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("influence_sim.runs.sweeps.execute.run_sweep", interrupted)
    result = invoke("sweep", "study.yaml", "--workers", "1", status=130)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "what is done so far stays; the same command with --resume goes on",
        "interrupted",
    ]


def test_what_is_left_of_another_sweep_is_refused_by_name(invoke: Invoke) -> None:
    invoke("sweep", "study.yaml", "--workers", "1", "--out", "s")
    result = invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", "--seed", "2", status=2)
    assert "seed" in result.stderr
    assert "Result: s" in invoke("sweep", "study.yaml", "--workers", "1", "--out", "s", "--seed", "2", "--force").stdout


def test_validate_knows_studies_by_what_they_say(invoke: Invoke) -> None:
    Path("wrong.yaml").write_text(STUDY.replace("lhs", "lsh"))
    Path("scenario.yaml").write_text("schema_version: 1\nname: mine\n")
    assert invoke("validate", "study.yaml", "scenario.yaml").stdout == "study.yaml: ok\nscenario.yaml: ok\n"
    result = invoke("validate", "study.yaml", "wrong.yaml", "--json", status=2)
    assert [file["ok"] for file in _document(result)["files"]] == [True, False]
    assert "wrong.yaml:5:18: 'lsh': not a method; did you mean 'lhs'?" in result.stderr


def test_schema_of_studies(invoke: Invoke) -> None:
    schema = json.loads(invoke("schema", "study").stdout)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == "influence_sim study"
    assert json.loads(invoke("schema", "scenario").stdout)["title"] == "influence_sim scenario"


def test_init_writes_a_study_that_is_right(invoke: Invoke) -> None:
    assert "influence-sim sweep mine.yaml" in invoke("init", "--study", "mine").stdout
    assert invoke("validate", "mine.yaml").stdout == "mine.yaml: ok\n"
    assert "576 points (sobol_indices)" in invoke("sweep", "mine.yaml", "--dry-run").stdout
    lines = Path("mine.yaml").read_text().splitlines()
    spare = {"#   costs: [cost.*]": "groups: {}", "#   settlement.decay: 0.05": "parameters: {}"}
    for line, over in spare.items():  # what is only suggested is right as well
        lines[lines.index(over)] = over.partition(" ")[0]
        lines[lines.index(line)] = line.replace("#", " ", 1)
    text = "\n".join(lines).replace("# dates:", "dates:")
    Path("more.yaml").write_text(text)
    assert invoke("validate", "more.yaml").stdout == "more.yaml: ok\n"
    assert "--force replaces it" in invoke("init", "--study", "mine", status=2).stderr


class TestProgress:
    """How a sweep says how far it is."""

    @pytest.fixture
    def clock(self, monkeypatch: pytest.MonkeyPatch) -> list[float]:
        """What the time is, in its only item."""
        now = [0.0]
        monkeypatch.setattr(progress_module, "monotonic", lambda: now[0])
        return now

    @pytest.fixture
    def lines(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What is said where there is no terminal."""
        texts: list[str] = []
        monkeypatch.setattr(Console, "_err", staticmethod(texts.append))
        return texts

    def _tell(self, progress: Progress, clock: list[float]) -> None:
        for second in range(0, 241, 20):
            clock[0] = float(second)
            progress(1000 + 5 * second, 5000)

    def test_a_line_a_minute_with_rate_and_time_left(self, clock: list[float], lines: list[str]) -> None:
        with Console().progress("points", long=True) as progress:
            clock[0] = -30.0  # workers start; what was done before says nothing about the rate
            self._tell(progress, clock)
        assert lines == [
            "1300 of 5000 points, 5 a second, about 12 min left",
            "1600 of 5000 points, 5 a second, about 11 min left",
            "1900 of 5000 points, 5 a second, about 10 min left",
            "2200 of 5000 points, 5 a second, about 9 min left",
        ]

    def test_slow_points_are_counted_by_the_minute(self, clock: list[float], lines: list[str]) -> None:
        with Console().progress("points", long=True) as progress:
            progress(0, 10)
            clock[0] = 100.0
            progress(2, 10)
        assert lines == ["2 of 10 points, 1.2 a minute, about 7 min left"]

    @pytest.mark.parametrize(("quiet", "long"), [(True, True), (False, False)])
    def test_quiet_and_short_ones_say_nothing(
        self, clock: list[float], lines: list[str], quiet: bool, long: bool
    ) -> None:
        with Console(quiet=quiet).progress("points", long=long) as progress:
            self._tell(progress, clock)
        assert lines == []
