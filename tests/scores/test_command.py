"""The command `score`: what it prints and writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result

Invoke = Callable[..., Result]
SAID = "outcome,month,origin,q05,q25,q50,q75,q95,probability\n"
SAID += "x,2017-03,2016-12,1,1.8,2,2.2,3,\nx,2017-06,2016-12,1,1.8,2,2.2,3,\ncame,2017-05,2016-12,,,,,,0.2\n"
CAME = "outcome,month,value\nx,2016-01,1\nx,2016-04,1.5\nx,2016-12,2\nx,2017-03,2.1\nx,2017-06,3.5\n"
CAME += "came,2016-05,0\ncame,2016-12,0\ncame,2017-05,1\n"


@pytest.fixture
def files(here: Path) -> tuple[str, str]:
    (here / "said.csv").write_text(SAID, encoding="utf-8")
    (here / "came.csv").write_text(CAME, encoding="utf-8")
    return "said.csv", "came.csv"


def test_a_table_by_outcome_and_over_all(files, invoke: Invoke) -> None:
    lines = invoke("score", *files).stdout.splitlines()
    table = {line.split()[0]: line for line in lines if line}
    assert lines[0].startswith("Better than persistence in")
    assert "2 of 2" not in table["x"]
    assert "1 of 2" in table["x"]
    assert "0.64" in table["came"]
    assert "3" in table["all"]


def test_json_says_all_of_it(files, invoke: Invoke) -> None:
    document = json.loads(invoke("score", *files, "--json").stdout)
    assert document["schema_version"] == 1
    assert [row["outcome"] for row in document["table"]] == ["x", "came", "all"]
    assert len(document["rows"]) == 3
    assert document["table"][1]["crps"] is None
    assert document["reliability"] == [{"rows": 1, "probability": 0.2, "share": 1.0}]


def test_files_are_written_again_but_not_over_others(files, invoke: Invoke, here: Path) -> None:
    for _ in range(2):
        invoke("score", *files, "--out", "scores")
    assert {path.name for path in (here / "scores").iterdir()} == {"scores.csv", "rows.csv", "calibration.png"}
    assert len(pd.read_csv(here / "scores" / "rows.csv")) == 3
    (here / "scores" / "rows.csv").write_text("mine\n", encoding="utf-8")
    invoke("score", *files, "--out", "scores", status=2)
    assert (here / "scores" / "rows.csv").read_text(encoding="utf-8") == "mine\n"


def test_mistakes_end_with_status_two(files, invoke: Invoke, here: Path) -> None:
    (here / "came.csv").write_text(CAME.replace("3.5", "3,5"), encoding="utf-8")
    refused = invoke("score", *files, status=2)
    assert refused.stderr.startswith("came.csv:6:1: '4 cells': this line must have 3 cells")
    assert "no such file" in invoke("score", "none.csv", "came.csv", status=2).stderr
