"""What the page holds, without a browser: structure, words, numbers, and nothing that words could break."""

from __future__ import annotations

import html
import itertools
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot

import influence_sim as sim
from influence_sim.api.run import last_differences, under_assumptions
from influence_sim.base.numbers import percent
from influence_sim.reports.report import report
from influence_sim.runs.request import PRIOR, plan_run
from influence_sim.theatre import load

VOID = {"meta", "img", "input", "br", "hr", "link"}


@dataclass
class Node:
    """An element."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def all(self, *tags: str) -> list[Node]:
        """The elements of these tags beneath, in the order of the page."""
        nodes = [self] if self.tag in tags else []
        return nodes + [node for child in self.children for node in child.all(*tags)]

    @property
    def text(self) -> str:
        """All text beneath, in single spaces."""
        return " ".join(" ".join([*self.words, *(child.text for child in self.children)]).split())


class Tree(HTMLParser):
    """Reads a page into nodes, and insists that every element is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].words.append(data)


def parsed(text: str) -> Node:
    tree = Tree()
    tree.feed(text)
    tree.close()
    (root,) = tree.open
    return root


@pytest.fixture(scope="module")
def page(made: Any) -> Node:
    return parsed(made.text)


def test_one_file_that_asks_for_nothing(made: Any, evil: Any) -> None:
    for text in (made.text, evil.text):
        assert "://" not in text
        assert len(text.encode()) < 2_000_000
        for node in parsed(text).all("a", "img", "script", "link", "use", "image", "iframe", "source"):
            for name in {"src", "href", "xlink:href", "srcset", "data"} & set(node.attributes):
                assert node.attributes[name].startswith(("#", "data:")), node
        assert "url(" not in text
        assert "@import" not in text


def test_links_lead_somewhere_and_ids_are_single(page: Node) -> None:
    everything = [node for node in page.all(*{n.tag for n in _walk(page)}) if "id" in node.attributes]
    ids = [node.attributes["id"] for node in everything]
    assert len(ids) == len(set(ids))
    links = [node.attributes["href"][1:] for node in page.all("a") if "download" not in node.attributes]
    assert len(links) >= 8
    assert set(links) <= set(ids)


def _walk(node: Node) -> list[Node]:
    return [node, *(deeper for child in node.children for deeper in _walk(child))]


def test_headings_landmarks_and_language(page: Node) -> None:
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    levels = [int(node.tag[1]) for node in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert [len(page.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
    sections = page.all("section")
    assert all(node.attributes["aria-labelledby"] for node in sections)
    (title,) = [node for node in page.all("title") if "id" not in node.attributes]
    assert "The US follows Russia's example" in title.text


def test_tables_say_what_they_are(page: Node) -> None:
    tables = page.all("table")
    assert len(tables) == 4 + 3
    for table in tables:
        assert table.all("caption")[0].text
        assert table.all("th")
        assert all(node.attributes.get("scope") for node in table.all("th"))


def test_figures_have_words_and_controls_have_labels(page: Node) -> None:
    images = page.all("img")
    assert len(images) == len(load().headline)
    assert all("scenario minus baseline" in image.attributes["alt"] for image in images)
    labelled = {node.attributes["for"] for node in page.all("label")}
    assert {node.attributes["id"] for node in page.all("input", "select")} == labelled


def test_the_numbers_are_those_of_the_folder(made: Any, page: Node) -> None:
    ending = sim.load(made.folder).ending()
    table = next(node for node in page.all("table") if node.attributes["class"] == "ends")
    rows = {row.all("th")[0].text: row.text for row in table.all("tr")[1:]}
    assert len(rows) == len(load().headline)
    for row in ending.to_dict("records"):
        (text,) = (words for name, words in rows.items() if str(row["label"]) in name)
        for number in (row["mean"], row["q05"], row["q95"], row["baseline_mean"], abs(row["diff"])):
            assert f"{number:.3f}".replace("-", "\N{MINUS SIGN}") in text
        if np.isfinite(same := row["share_same_sign"]):
            is_open = row["ci_low"] <= 0 <= row["ci_high"]  # then the direction of most worlds is told
            told = max(same, 1 - same - row["share_zero"]) if is_open else same
            assert f"{100 * told:.0f}" in text
    everything = page.text
    for outcome in sim.load(made.folder).summary["outcome"].unique():
        assert sim_label(outcome) in everything


def sim_label(outcome: str) -> str:
    from influence_sim.api.lookups import labels

    return labels()[outcome].label


def test_it_says_what_a_stranger_needs(made: Any, page: Node) -> None:
    text = page.text
    for words in (
        "What if Washington accepts open relations with the Taliban",
        "The answer, within the model Kabul's authority ",
        "United States: open relations with the Taliban from January 2018",
        "Daesh the local branch of the Islamic State",
        "If Washington copied Moscow and accepted Taliban dealings",
        "Russia's standing as a great power rises by 0.02 or more by December 2019",
        "Not a forecast",
        "influence-sim run us_engages_taliban --replicates 6 --seed 1 --months 40 --assumptions 8",
    ):
        assert words in text, words
    manifest = json.loads((made.folder / "manifest.json").read_text())
    for value in (manifest["request"], manifest["model_version"], manifest["versions"]["numpy"]):
        assert value in text


def test_without_a_script_a_table_answers(made: Any, page: Node) -> None:
    assert page.all("noscript")
    table = next(node for node in page.all("table") if "one assumption is changed" in node.all("caption")[0].text)
    rows = [row for row in table.all("tr") if row.all("td")]
    assert [row.all("th")[0].text for row in rows] == [
        "0",
        "0.5",
        "0.6 (the run's)",
        "1",
        "0",
        "0.2 (the run's)",
        "0.4",
    ]
    result = sim.run("us_engages_taliban", months=40, replicates=5, set={"authority.erosion": 1})
    gap = abs(result.ending(["kabul_authority"])["diff"].iloc[0])
    heads = [node.text for node in table.all("thead")[0].all("th")]
    assert f"{gap:.3f}" in rows[3].all("td")[heads.index("Kabul's authority") - 1].text


def test_words_stay_words(evil: Any) -> None:
    text = evil.text
    page = parsed(text)
    assert "window.hacked" in page.all("h1")[0].text
    assert page.all("h1")[0].children == []
    assert "<script>window.hacked" not in text
    assert "{{ 7 * 7 }}" in page.text
    assert len(page.all("script")) == 3
    assert all("onerror" not in node.attributes for node in page.all("img"))
    assert json.loads(page.all("script")[1].words[0])["replicates"] == 2
    policy = next(n for n in page.all("meta") if "http-equiv" in n.attributes).attributes["content"]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_an_own_scenario_is_told_and_can_be_made_again(evil: Any) -> None:
    text = parsed(evil.text).text
    assert (
        "Russia: support for the Taliban (money, arms or intelligence), at 0.4 of full strength, from January 2018"
        in text
    )
    assert "New table, led by China: India invited from January 2018" in text
    assert "New table, led by China: meets in March 2018" in text
    assert "foreign troops (thousand): 5 from February 2018" in text
    assert "Assumption authority.erosion: 0.1 from February 2018" in text
    assert "influence-sim run ./evil.yaml --against ./calm.yaml --replicates 6" in text
    assert "The scenario as a file" in text
    assert "The baseline as a file" in text
    assert "against: calm.yaml" in text
    assert 'name: evil title: "</script>' in text
    assert "name: calm title: Calm" in text


@pytest.mark.parametrize("kind", ["compare", "explain", "sweep", "claims"])
def test_every_kind_has_a_report(folders: dict[str, Path], tmp_path: Path, kind: str) -> None:
    pyplot.close("all")
    text = report(folders[kind], tmp_path / "page.html").path.read_text(encoding="utf-8")
    page = parsed(text)
    assert not pyplot.get_fignums()  # a notebook would show its pictures a second time, and keep them
    assert "://" not in text
    assert len(text) < 2_000_000
    assert "Not a forecast." in page.text
    targets = {node.attributes["id"] for node in page.all("section", "h2", "div") if "id" in node.attributes}
    contents = [node.attributes["href"].removeprefix("#") for node in page.all("nav")[0].all("a")]
    assert set(contents) <= targets | {"hangs"}
    assert page.all("figure")
    assert str(sim.load(folders[kind]).manifest["numbers"]) in page.text


def test_a_brief_is_small(made: Any, tmp_path: Path) -> None:
    """With its picture, which has the outcome's name."""
    text = report(made.folder, tmp_path / "page.html", brief=True).path.read_text(encoding="utf-8")
    assert 20_000 < len(text) < 250_000


@pytest.fixture
def rules_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """What carries the result is tested elsewhere; one group is enough."""
    monkeypatch.setattr("influence_sim.reports.report.GROUPS", ("rules",))


@pytest.mark.usefixtures("rules_only")
def test_the_same_folder_gives_the_same_page(made: Any, tmp_path: Path) -> None:
    folder = made.folder
    first = report(folder, tmp_path / "one.html", sliders={}, explain_replicates=2)
    assert first.points == 0
    assert first.sliders == ()
    assert first.explained == plan_run("us_engages_taliban").asked
    report(folder, tmp_path / "two.html", sliders={}, explain_replicates=2)
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    text = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert "There are no sliders here: none were asked for." in text
    assert "document.getElementById" not in text  # only charts can be saved


def test_sliders_are_chosen_where_none_are_named(made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("influence_sim.reports.page.data_uri", lambda _: "data:image/svg+xml;base64,")
    written = report(made.folder, tmp_path / "page.html", replicates=2, explain_replicates=0)
    assert len(written.sliders) == 3
    assert 8 <= written.points <= 125
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "in the middle 90&nbsp;% of plausible worlds" in " ".join(text.split())
    assert written.size == (tmp_path / "page.html").stat().st_size
    assert written.size < 2_000_000


@pytest.mark.usefixtures("rules_only")
def test_the_guide_s_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guide = Path(__file__).resolve().parents[2] / "docs" / "report.md"
    (code,) = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("influence_sim.reports.page.data_uri", lambda _: "data:image/svg+xml;base64,")
    names: dict[str, Any] = {}
    exec(compile(code, str(guide), "exec"), names)  # the guide's own example
    page = names["page"]
    assert page.path == Path("results/withdrawal/report.html")
    assert page.size == page.path.stat().st_size
    assert page.points == 4
    assert "kabul_authority" in page.explained


def test_plausible_worlds_and_those_of_the_prior_stand_side_by_side_where_they_differ(made: Any) -> None:
    result = sim.load(made.folder)
    asked = plan_run("us_engages_taliban", replicates=6, months=40, assumptions=8, worlds=PRIOR)
    (prior,) = under_assumptions([asked], [last_differences(result.summary)], result.reported)
    text = html.unescape(" ".join(made.text[made.text.index("Which assumptions it hangs on") :].split()))
    differs = []
    answers = {answer.outcome: answer for answer in result.answers}
    for (_, mine), (_, theirs) in zip(result.assumptions.iterrows(), prior.iterrows(), strict=True):
        answer = answers[mine["outcome"]]
        part = text.split(f"<b>{answer.label}</b>")[1].split("</li>")[0].replace("\N{NO-BREAK SPACE}", " ")
        words = f"in {percent(theirs['share_same_sign'])} of worlds all over the prior ranges"
        is_told = answer.share == mine["share_same_sign"]  # and not that of the other way, where most worlds go that
        differs.append(is_told and abs(mine["share_same_sign"] - theirs["share_same_sign"]) >= 0.1)
        assert (words in part) == differs[-1]
    assert any(differs)


def test_where_fewer_repetitions_are_divided_than_were_run_the_page_says_so(made: Any, tmp_path: Path) -> None:
    fewer = report(made.folder, tmp_path / "page.html", sliders={}, explain_replicates=2).path.read_text("utf-8")
    text = "the first 2 of the run's 6 repetitions"
    assert text in fewer
    assert "repetitions are divided" not in made.text  # which divides all of them


def test_shares_of_worlds_are_told_with_the_direction_that_they_are_of(made: Any) -> None:
    text = " ".join(parsed(made.text).text.split())
    for answer in sim.load(made.folder).answers:
        way = "no difference" if answer.way == "none" else answer.way
        assert f"{way} in {percent(answer.share)}: {answer.likelihood}" in text
