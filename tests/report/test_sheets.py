"""Briefs, and the reports of what is no run: what they say, for which folders, and that they fit."""

from __future__ import annotations

import base64
import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import influence_sim as sim
from influence_sim.api.explain import sentence
from influence_sim.cli.main import cli
from influence_sim.reports import sheet
from influence_sim.reports.sheets import _few, _narrow_axes
from influence_sim.views import forest
from influence_sim.words.answer import caution
from influence_sim.words.sentences import for_print
from tests.report.test_page import Node, parsed

pytestmark = pytest.mark.usefixtures("blank_pages")


def page_of(folder: Path, tmp_path: Path, **options: Any) -> tuple[str, Node]:
    path = sim.report(folder, tmp_path / "page.html", **options).path
    text = path.read_text(encoding="utf-8")
    return text, parsed(text)


def spaced(text: str) -> str:
    """A text with plain spaces, as the text of a node has them."""
    return " ".join(text.split())


def saved(page: Node, name: str) -> str:
    """The text of a file that a page carries."""
    (link,) = (node for node in page.all("a") if node.attributes.get("download") == name)
    return base64.b64decode(link.attributes["href"].partition("base64,")[2]).decode()


def test_names_of_rows_do_not_run_into_one_another() -> None:
    names = ["The US talks with\nthe Taliban over\nthe heads of all who\nare concerned", "A short one", "Two\nlines"]
    numbers = {"outcome": "y", "diff": 0.1, "ci_low": 0.0, "ci_high": 0.2}
    ax = forest(pd.DataFrame([{"scenario": name, **numbers} for name in names]), "y", ax=_narrow_axes(names))
    ax.figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_yticklabels()]
    assert all(upper.ymin >= lower.ymax for upper, lower in pairwise(boxes))


def test_pages_say_what_is_assumed_otherwise_than_by_default(tmp_path: Path) -> None:
    small = {"replicates": 2, "months": 31, "assumptions": None}
    values = {"authority.mean": 2, "tie.ally": 0.6, "precedent.strength": 0}
    folder = sim.run("us_engages_taliban", set=values, **small).save(tmp_path / "run")
    for options in ({"brief": True}, {"sliders": {}, "explain_replicates": 0}):
        words = " ".join(page_of(folder, tmp_path, **options)[1].text.split())
        assert "Both assume otherwise than by default" in words
        change = "minimum (the weakest part alone counts), by default geometric (a weak part pulls the whole down)."
        assert f"How the four parts of authority combine: {change}" in words
        assert "How close allies are at the start: 0.6, by default 0.7." in words
        assert ": 0, by default 1." in words


def test_a_brief_of_a_run_says_it_all(made: Any, tmp_path: Path) -> None:
    result = sim.load(made.folder)
    _, page = page_of(made.folder, tmp_path, brief=True)
    words = page.text
    assert page.all("h1")[0].text == result.title
    assert result.question in words
    sentences = [node.text for node in page.all("p") if node.attributes.get("class") == "sentence"]
    assert sentences == [spaced(result.answer.text)]
    for other in result.answers[1:]:
        assert spaced(f"{other.label}: {other.short}") in words
    assert caution(result.answer, result.replicates) in words
    assert len(page.all("img")) == 1
    assert result.answer.label in page.all("img")[0].attributes["alt"]
    assert "What it hangs on" in words
    assert "Not a forecast." in words
    command = page.all("pre")[0].text
    assert command == "influence-sim run us_engages_taliban --replicates 6 --seed 1 --months 40 --assumptions 8"
    assert str(result.manifest["model_version"]) in words
    assert str(result.manifest["numbers"]) in words
    kept = (made.folder / "scenario.yaml").read_text(encoding="utf-8")
    # a reader of the page has no against.yaml
    assert saved(page, "us_engages_taliban.yaml") == kept.replace("against: against.yaml", "against: baseline")


def test_a_brief_is_one_of_the_folder_s_own_files(made: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(made.folder, folder)
    done = CliRunner().invoke(cli, ["report", str(folder), "--brief", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["file"] == str(folder / "brief.html")
    assert "brief.html" in json.loads((folder / "manifest.json").read_text())["derived"]
    again = CliRunner().invoke(cli, ["report", str(folder), "--brief"])
    assert again.exit_code == 0, again.output


def test_a_brief_of_hostile_words(evil: Any, tmp_path: Path) -> None:
    text, page = page_of(evil.folder, tmp_path, brief=True)
    assert "window.hacked" in page.all("h1")[0].text
    assert "<script>window.hacked" not in text
    assert all("onerror" not in node.attributes for node in page.all("img"))
    assert "name: evil" in saved(page, "evil.yaml")
    assert "name: calm" in saved(page, "calm.yaml")


@pytest.mark.parametrize("kind", ["run", "compare", "explain"])
def test_a_brief_cuts_what_is_too_long_for_a_page_but_no_answer(
    longest: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    """Whatever a scenario says; that it is one side of paper is looked at in a browser."""
    _, page = page_of(longest[kind], tmp_path, brief=True)
    _, whole = page_of(longest[kind], tmp_path, sliders={} if kind == "run" else None, explain_replicates=0)
    loaded = sim.load(longest[kind])
    if kind == "compare":
        answers = [f"{name}: {answer.short}" for name, answer in loaded.answers.items()]
    else:
        answers = [loaded.answer.text if kind == "run" else loaded.finding]
    for answer in answers:
        assert spaced(answer)[: sheet.ANSWER - 2] in page.text
    assert len(page.all("h1")[0].text) <= sheet.HEAD
    assert "…" in page.text
    assert kind == "compare" or "more, in the full report" in page.text
    assert len(page.all("main")[0].text) < 3_500 < len(whole.all("main")[0].text)


def test_the_parts_of_an_effect_are_not_called_assumptions(folders: dict[str, Path], tmp_path: Path) -> None:
    _, brief = page_of(folders["explain"], tmp_path, brief=True)
    assert "What brings it about" in brief.text
    _, whole = page_of(folders["explain"], tmp_path)
    for page in (brief, whole):  # which has them in its table
        assert "What it hangs on" not in page.text
    assert not re.search(r"\b\d{4}-\d{2}\b|\(-", " ".join(node.text for node in brief.all("main")[0].all("li")))


def test_a_brief_says_with_which_scenario_an_effect_is_compared(tmp_path: Path) -> None:
    asked: Any = {"against": "us_talks_without_kabul", "by": ["response"], "month": "2018-04"}
    explained = sim.explain("us_talks_with_kabul", "kabul_authority", **asked, replicates=2, samples=2)
    explained.save(tmp_path / "effect")
    _, page = page_of(tmp_path / "effect", tmp_path, brief=True)
    other = sim.scenarios().set_index("name")["title"]["us_talks_without_kabul"]
    assert f"end higher or lower than under “{other}” by" in page.text
    assert "otherwise would by" not in page.text


def test_a_short_list_of_deeds_says_how_many_are_left_out() -> None:
    assert _few(["one", "two", "three"]) == ["one", "two", "three"]
    assert _few(["one", "two", "three", "four"]) == ["one", "two", "and 2 more"]


def test_only_what_has_one_answer_has_a_brief(folders: dict[str, Path], alone: Path, tmp_path: Path) -> None:
    for kind in ("sweep", "claims"):
        done = CliRunner().invoke(cli, ["report", str(folders[kind]), "--brief", "-o", str(tmp_path / "page.html")])
        assert done.exit_code == 2
        assert "a brief has one answer" in done.stderr
    with pytest.raises(sim.InputError, match="without a baseline"):
        sim.report(alone, tmp_path / "page.html", brief=True)
    assert not list(tmp_path.iterdir())


def test_sliders_are_for_runs_only(folders: dict[str, Path], made: Any, tmp_path: Path) -> None:
    sliders = {"authority.erosion": (0.0, 1.0, 2)}
    for folder, brief in ((folders["compare"], False), (made.folder, True)):
        with pytest.raises(sim.InputError, match="only the full report of a run"):
            sim.report(folder, tmp_path / "page.html", brief=brief, sliders=sliders)


def test_a_report_of_a_comparison_has_its_answers(folders: dict[str, Path], tmp_path: Path) -> None:
    compared = sim.load(folders["compare"])
    _, page = page_of(folders["compare"], tmp_path)
    for answer in compared.answers.values():
        assert spaced(answer.text) in page.text
    assert len(page.all("img")) == len(compared.outcomes)
    assert saved(page, "comparison.csv").encode() == (folders["compare"] / "comparison.csv").read_bytes()
    _, brief = page_of(folders["compare"], tmp_path, brief=True)
    assert len(brief.all("img")) == 1
    assert brief.all("table") == []


def test_a_report_of_an_explanation_has_its_parts(folders: dict[str, Path], tmp_path: Path) -> None:
    why = sim.load(folders["explain"])
    _, page = page_of(folders["explain"], tmp_path)
    assert why.finding in page.text
    label = "Kabul's authority"
    assert why.outcome == "kabul_authority"
    for row in why.by("interventions").to_dict("records")[:1]:
        assert for_print(sentence(row, label)) in spaced(page.text)
    command = page.all("pre")[0].text
    assert command.startswith("influence-sim explain us_engages_taliban --outcome kabul_authority --month 2018-06")


def test_many_ranges_are_counted_and_not_listed(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [factor.path for factor in sim.load(folders["sweep"]).factors]
    monkeypatch.setattr("influence_sim.reports.surveys.MOST_FACTORS", len(paths) - 1)
    _, page = page_of(folders["sweep"], tmp_path)
    (compared,) = [node.text for node in page.all("section") if node.attributes.get("id") == "compared"]
    assert f"{len(paths)} numbers, each over its own range" in spaced(compared)
    assert not any(path in compared for path in paths)


def test_a_report_of_a_sweep_says_what_drives_it(folders: dict[str, Path], tmp_path: Path) -> None:
    swept = sim.load(folders["sweep"])
    _, page = page_of(folders["sweep"], tmp_path)
    drivers = sim.sensitivity(swept)
    assert all(factor.path in page.text for factor in swept.factors)
    assert str(drivers.summary["verdict"].iloc[0]) in page.text
    assert saved(page, "study.yaml") == (folders["sweep"] / "study.yaml").read_text(encoding="utf-8")
    assert saved(page, "sensitivity.csv").count("\n") == len(drivers.table) + 1


def test_a_report_of_claims_has_every_verdict(folders: dict[str, Path], tmp_path: Path) -> None:
    table = sim.load(folders["claims"]).table
    _, page = page_of(folders["claims"], tmp_path)
    for row in table[table["share"].notna()].to_dict("records"):
        assert f"{row['test']}: {row['verdict']}" in page.text
        assert row["words"] not in page.text  # they have ids
    assert "Kabul's authority falls by" in page.text
    assert page.all("pre")[0].text.startswith("influence-sim claims C35 --test --samples 8")


def test_commands_of_pages_make_the_same_again(folders: dict[str, Path], tmp_path: Path) -> None:
    """What a page says makes it again asks for the very same request."""
    for kind in ("compare", "explain"):
        _, page = page_of(folders[kind], tmp_path)
        args = page.all("pre")[0].text.split()[1:]
        done = CliRunner().invoke(cli, [*args, "--out", str(folders[kind]), "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["status"] == "already done", re.sub(r"\s+", " ", done.stderr)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("compare", ["about", "comparison"]),
        ("explain", ["about", "explanation"]),
        ("sweep", ["about", "ending", "sensitivity", "points"]),
        ("claims", ["about", "verdicts", "settles", "witnesses"]),
    ],
)
def test_every_kind_can_be_exported(folders: dict[str, Path], tmp_path: Path, kind: str, names: list[str]) -> None:
    files = sim.export(folders[kind], out=tmp_path / "tables")
    assert [path.stem for path in files] == names
    assert all(path.read_text(encoding="utf-8").count("\n") > 0 for path in files)
    assert len(sim.export(folders[kind], "xlsx", tmp_path / "book.xlsx")) == 1
