"""`plot`: every kind of figure, listed in the manifest, the same bytes again."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import influence_sim as sim
from influence_sim.analysis.claims.examination import shipped_examination
from influence_sim.api import figures
from influence_sim.api.explore import save_pages
from influence_sim.base.files import file_hash
from influence_sim.runs.manifest import read_manifest

RUN = ("--replicates", "3", "--months", "32", "--assumptions", "none", "--workers", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("runs") / "run"
    return sim.run("us_engages_taliban", replicates=3, months=32).save(place)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sim.run("baseline", replicates=2, months=4, against=None).save(tmp_path_factory.mktemp("runs") / "alone")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the figures that would have been written; what is drawn on most pages is looked at elsewhere."""
    names: list[str] = []
    for page in ("headline", "multiples", "stances_page", "network_page", "map_page", "verdicts_page"):
        monkeypatch.setattr(f"influence_sim.views.{page}", lambda *_, **__: Figure())
    monkeypatch.setattr("influence_sim.views.pictures", lambda figure, name, **_: names.append(Path(name).name) or {})
    return names


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that are drawn for their names alone; what is on them is looked at elsewhere."""
    for page in ("headline", "stances_page", "network_page", "map_page"):
        monkeypatch.setattr(f"influence_sim.views.{page}", lambda *_, **__: Figure())


def listed(folder: Path) -> set[str]:
    return set(json.loads((folder / "manifest.json").read_text())["files"])


def test_the_page_of_a_run_is_drawn_again_with_the_same_bytes(folder, invoke):
    before = (folder / "figures" / "headline.png").read_bytes()
    out = invoke("plot", str(folder)).stdout
    assert out == f"Figure: {folder}/figures/headline.png\n"
    assert (folder / "figures" / "headline.png").read_bytes() == before
    assert sim.load(folder).scenario == "us_engages_taliban"  # whose files are as the manifest says


def test_some_kinds_are_drawn_and_listed(folder, invoke):
    document = json.loads(
        invoke(
            "plot", str(folder), "--kind", "fan", "--kind", "difference", "--kind", "verdicts",
            "--outcome", "violence", "--svg", "--json",
        ).stdout
    )  # fmt: skip
    names = {Path(name).relative_to(folder).as_posix() for name in document["figures"]}
    stems = ("fan_violence", "difference_violence", "verdicts")
    assert names == {f"figures/{stem}.{kind}" for stem in stems for kind in ("png", "svg")}
    assert names <= listed(folder)
    sim.load(folder)


def test_svg_is_reproducible(folder):
    path = folder / "figures" / "verdicts.svg"
    figures.draw(folder, ["verdicts"], svg=True)
    first = path.read_bytes()
    figures.draw(folder, ["verdicts"], svg=True)
    assert path.read_bytes() == first
    assert b"<dc:date>" not in first


def test_everything_means_every_outcome_that_moves(folder, drawn, monkeypatch, caplog):
    monkeypatch.setattr("influence_sim.views.single", lambda summary, outcome, **more: outcome)
    monkeypatch.setattr("influence_sim.views.caption", lambda page: "")
    monkeypatch.setattr("influence_sim.views.multiples", lambda summary, outcomes, **more: outcomes)
    figures.draw(folder, every=True)
    values = sim.load(folder).frame.drop(columns=["scenario", "replicate", "date"])
    moves = values.nunique() > 1
    assert {name for name in drawn if name.startswith("fan_")} == {f"fan_{name}" for name in moves[moves].index}
    (text,) = [record.getMessage() for record in caplog.records if "never moves" in record.getMessage()]
    still = sim.outcomes().set_index("name")["label"][moves[~moves].index]
    assert len(still)
    assert all(label in text for label in still)


def test_an_outcome_alone_asks_for_its_fan(folder, drawn):
    sim.draw(folder, outcomes=["violence"])
    assert drawn == ["headline", "fan_violence"]


@pytest.mark.usefixtures("empty")
def test_networks_and_maps_are_played_again(folder):
    written = sim.draw(folder, ["network", "map"], months=["2018-02"])
    assert [path.name for path in written] == ["network.png", "map.png"]
    with pytest.raises(sim.InputError, match="the run goes from 2015-09 to 2018-04"):
        sim.draw(folder, ["map"], months=["2018-05"])


def test_the_map_as_a_film_is_listed_and_the_same_again(alone, invoke):
    output = invoke("plot", str(alone), "--animate").stdout
    assert output == "".join(f"Figure: {alone}/figures/map.{kind}\n" for kind in ("png", "gif"))
    film = (alone / "figures" / "map.gif").read_bytes()
    assert f"influence-sim:{read_manifest(alone).numbers}".encode() in film[:8192]
    assert "figures/map.gif" in listed(alone)
    figures.draw(alone, animate=True)
    assert (alone / "figures" / "map.gif").read_bytes() == film


def test_the_page_of_all_figures_needs_no_other_file_and_says_what_is_left_out(alone, invoke):
    output = invoke("plot", str(alone), "--all", "--outcome", "violence")
    page = (alone / "figures" / "index.html").read_text(encoding="utf-8")
    names = re.findall(r"Figure: .*/([a-z_]+\.png)", output.stdout)
    assert re.findall(r'<figure id="([^"]+)">', page) == names
    assert page.count("data:image/png;base64,") == len(names) > 4
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "run without a second arm" in page
    assert "run without a second arm" in output.stderr
    assert "figures/index.html" in listed(alone)


@pytest.mark.usefixtures("empty")
def test_stances_of_all_replicates_or_of_one(alone, invoke):
    output = invoke("plot", str(alone), "--kind", "stances", "--replicate", "1").stdout
    assert output == f"Figure: {alone}/figures/stances_1.png\n"
    assert [path.name for path in sim.draw(alone, ["stances"])] == ["stances.png"]
    assert {"figures/stances.png", "figures/stances_1.png"} <= listed(alone)


@pytest.mark.usefixtures("empty")
def test_a_changed_model_is_told(folder, tmp_path):
    copy = sim.load(folder).save(tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**manifest, "model_version": "0" * 64}))
    with pytest.raises(sim.MachineError, match="the model has changed since this run"):
        sim.draw(copy, ["network"])
    assert sim.draw(copy, ["headline"])  # what was recorded can still be drawn


def test_everything_of_one_arm(alone, drawn):
    sim.draw(alone, every=True, outcomes=["violence"])
    assert set(drawn) == {"headline", "fan_violence", "multiples", "stances", "network", "map", "verdicts"}
    with pytest.raises(sim.InputError, match="no difference to draw"):
        sim.draw(alone, ["difference"])


@pytest.fixture(scope="module")
def why(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an explanation, for copies of it to be drawn from."""
    explanation = sim.explain("us_own_channel", by=["interventions"], replicates=2, month="2018-02")
    return explanation.save(tmp_path_factory.mktemp("runs") / "why")


def test_comparisons_and_explanations(invoke, why, tmp_path):
    invoke("compare", "us_own_channel", *RUN[:4], "--assumptions", "none", "--workers", "1", "--out", "both")
    drawn = invoke("plot", "both", "--outcome", "russia_prestige").stdout
    assert drawn == "Figure: both/figures/forest_russia_prestige.png\n"
    assert "was not compared" in invoke("plot", "both", "--outcome", "violence", status=2).stderr
    shutil.copytree(why, tmp_path / "why")
    names = {path.name for path in sim.draw(tmp_path / "why", every=True)}
    assert names == {"waterfall.png", "waterfall_interventions.png", "index.html"}
    assert "figures/waterfall_interventions.png" in listed(tmp_path / "why")


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "a\x1b[31mb\n", "\u202egnp.x", ".hidden", "x" * 300, "opium/crop"]
)
def test_what_a_file_calls_its_outcome_is_only_text_in_the_names_of_files(folder, name):
    manifest = read_manifest(folder)
    (path,) = save_pages([(name, Figure())], folder, manifest.numbers)
    assert path.parent == folder / "figures"
    assert re.fullmatch(r"[a-z_31][\w.-]{0,59}_[0-9a-f]{8}\.png", path.name)
    assert f"figures/{path.name}" in listed(folder)


def test_an_explanation_that_was_divided_by_something_else(invoke, why, tmp_path):
    shutil.copytree(why, tmp_path / "why")
    table, manifest = tmp_path / "why" / "explanation.csv", tmp_path / "why" / "manifest.json"
    before = file_hash(table)
    table.write_text(table.read_text().replace("\ninterventions,", "\n../../x,"))
    manifest.write_text(manifest.read_text().replace(before, file_hash(table)))
    errors = invoke("plot", "why", "--all", status=1).stderr
    assert "explanation.csv: damaged (an effect divided by '../../x')" in errors


def test_verdicts_of_a_document(invoke, tmp_path):
    (tmp_path / "claims.json").write_text(json.dumps(shipped_examination().document()))
    assert invoke("plot", "claims.json").stdout == "Figure: claims.png\n"
    assert (tmp_path / "claims.png").stat().st_size > 2000
    (tmp_path / "other.json").write_text('{"tests": 3}')
    assert "nor a document of" in invoke("plot", "other.json", status=2).stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--kind", "forest"), "no figure of a folder of `run`; there is headline"),
        (("--outcome", "voilence"), "did you mean 'violence'"),
        (("--kind", "map", "--month", "soon"), "a month is written YYYY-MM"),
        (("--kind", "pie"), "'pie' is not one of"),
        (("--kind", "stances", "--replicate", "3"), "the run has 3 replicates, numbered from 0"),
        (("--replicate", "1"), "--replicate: '1': chooses for stances, and none of these is drawn"),
        (("--month", "2018-01"), "chooses for network, map, heatmap, and none of these is drawn"),
        (("--kind", "map", "--outcome", "violence"), "chooses for fan, difference, "),
    ],
)
def test_what_cannot_be_drawn_is_told(folder, invoke, options, words):
    assert words in invoke("plot", str(folder), *options, status=2).stderr


def test_no_result_folder(invoke, tmp_path):
    assert "not a result folder" in invoke("plot", str(tmp_path), status=2).stderr
