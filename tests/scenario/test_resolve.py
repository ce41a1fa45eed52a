"""Finding, inheriting, overriding, writing out; and the shipped scenarios themselves."""

from __future__ import annotations

import json
import pickle
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence_sim.base.errors import InputError, MachineError
from influence_sim.base.months import format_month, parse_month
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.scenario import shipped
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.vocabulary import Vocabulary

VALID = sorted((Path(__file__).parent / "corpus" / "valid").glob("*.yaml"))
SHIPPED = [
    *("baseline", "us_engages_taliban", "us_own_public_channel", "us_own_channel"),
    *("us_covert_moscow", "us_hardens_refusal", "us_withdraws", "us_surge"),
    *("daesh_surge", "daesh_collapse", "qcg_succeeds", "qcg_includes_russia"),
    *("europe_opens_dialogue", "moscow_forum_grows", "partners_leave_moscow", "russia_iran_joint_action"),
    *("russia_stops_support", "russia_raises_support", "opium_ban", "taliban_split"),
    *("taliban_daesh_truce", "pressure_for_talks", "moscow_settlement", "russia_disengages"),
    *("us_talks_without_kabul", "us_talks_with_kabul", "russia_seat_at_us_table", "kabul_boycotts"),
    *("pakistan_ends_sanctuary", "aid_cut", "daesh_recruits"),
]
BRANCH = {
    "baseline": None,
    "us_withdraws": "2018-07",
    "qcg_succeeds": "2016-01",
    "qcg_includes_russia": "2016-01",
}
Write = Callable[..., Path]


@pytest.fixture(params=[*VALID, *SHIPPED], ids=lambda ref: Path(ref).stem)
def ref(request: pytest.FixtureRequest) -> Path | str:
    """Each valid file of the corpus and each shipped scenario."""
    name: Path | str = request.param
    return name


def test_the_written_form_and_a_pickled_scenario_read_back_the_same(
    ref: Path | str, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    first = load_scenario(ref, vocabulary)
    copy = tmp_path / "copy.yaml"
    copy.write_text(first.to_yaml(), encoding="utf-8")
    assert first.to_yaml().replace("\n", "").isprintable()  # `show` prints it
    again = load_scenario(copy, vocabulary)
    assert again == first
    assert again.to_yaml() == first.to_yaml()
    assert again.digest() == first.digest()
    assert pickle.loads(pickle.dumps(first)) == first


def test_the_canonical_form_is_plain_and_explicit(ref: Path | str, vocabulary: Vocabulary) -> None:
    data = load_scenario(ref, vocabulary).canonical()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert list(data) == sorted(data)
    assert "extends" not in data


def _shuffled(value: Any, order: random.Random) -> Any:
    """The same data in another order of lists and keys."""
    if isinstance(value, dict):
        keys = order.sample(list(value), len(value))
        return {key: _shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        return [_shuffled(item, order) for item in order.sample(value, len(value))]
    return value


def test_reordering_changes_nothing(ref: Path | str, vocabulary: Vocabulary, tmp_path: Path) -> None:
    path = shipped_scenarios()[ref] if isinstance(ref, str) else ref
    for beside in path.parent.glob("*.yaml"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    data = _shuffled(read_yaml(path).data, random.Random(path.name))
    data["asks"] = read_yaml(path).data.get("asks")  # of which the first leads
    (tmp_path / path.name).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    assert load_scenario(tmp_path / path.name, vocabulary).to_yaml() == load_scenario(ref, vocabulary).to_yaml()


def test_the_example_says_what_it_should(vocabulary: Vocabulary) -> None:
    example = load_scenario(VALID[0].parent / "example.yaml", vocabulary)
    assert [(format_month(i.start), i.until, i.lever, i.level) for i in example.interventions] == [
        ("2018-01", None, ("us", "attend", "moscow_format"), 1.0),
        ("2018-01", None, ("us", "engage_publicly", "taliban"), 1.0),
    ]
    assert example.conditions == {"pressure_for_talks": {parse_month("2018-01"): 0.6}}
    assert [(change.start, change.values) for change in example.changes] == [
        (parse_month("2018-01"), {"precedent.strength": 1.5})
    ]
    assert {"C40", "C56"} <= set(example.claims)


def test_lists_add_and_keys_replace(vocabulary: Vocabulary) -> None:
    parent = load_scenario(VALID[0].parent / "example.yaml", vocabulary)
    child = load_scenario(VALID[0].parent / "child.yaml", vocabulary)
    assert child.interventions == parent.interventions
    assert set(child.claims) == {*parent.claims, "C41"}
    assert child.conditions["pressure_for_talks"] == {parse_month("2019-01"): 0.2}
    assert list(child.conditions["foreign_troops"]) == [parse_month("2018-02"), parse_month("2018-06")]
    assert child.title == "Child"


def test_title_and_question_do_not_change_the_digest(write: Write, vocabulary: Vocabulary) -> None:
    plain = load_scenario(write("title: A\nquestion: B\n"), vocabulary).digest()
    assert load_scenario(write("title: C\nquestion: D\n"), vocabulary).digest() == plain
    assert load_scenario(write("parameters: {decide.rationality: 3}\n"), vocabulary).digest() != plain


def test_zero_has_no_sign(write: Write, vocabulary: Vocabulary) -> None:
    text = "parameters: {{precedent.strength: {}}}\n"
    plain = load_scenario(write(text.format("0")), vocabulary).to_yaml()
    assert load_scenario(write(text.format("-0.0")), vocabulary).to_yaml() == plain


def test_first_dated_looks_everywhere(write: Write, vocabulary: Vocabulary) -> None:
    dated = {
        "interventions:\n  - {from: 2018-03, actor: us, do: fight, target: daesh}\n": "2018-03",
        "conditions:\n  foreign_troops: {2019-01: 1, 2018-04: 2}\n": "2018-04",
        "changes:\n  - {from: 2018-05, set: {precedent.strength: 1}}\n": "2018-05",
        "forums:\n  - {from: 2018-06, forum: qcg, invite: [russia]}\n": "2018-06",
    }
    for text, month in dated.items():
        assert load_scenario(write(text), vocabulary).first_dated() == parse_month(month)
    assert load_scenario(write("parameters: {decide.rationality: 3}\n"), vocabulary).first_dated() is None


class TestExtends:
    """What a file may extend."""

    def test_a_file_beside(self, write: Write, vocabulary: Vocabulary) -> None:
        write("parameters: {decide.rationality: 3}\n", "a.yaml")
        child = load_scenario(write("extends: a.yaml\n", "b.yaml"), vocabulary)
        assert child.parameters == {"decide.rationality": 3.0}

    def test_a_loop_is_refused(self, write: Write, vocabulary: Vocabulary) -> None:
        write("extends: b.yaml\n", "a.yaml")
        write("extends: c.yaml\n", "b.yaml")
        path = write("extends: a.yaml\n", "c.yaml")
        with pytest.raises(InputError, match=r"a\.yaml:3:10: 'b\.yaml': this file extends itself"):
            load_scenario(path.with_name("b.yaml"), vocabulary)

    def test_a_link_out_of_the_folder_is_refused(self, write: Write, vocabulary: Vocabulary) -> None:
        outside = write("", "other/a.yaml")
        path = write("extends: link.yaml\n", "here/b.yaml")
        (path.parent / "link.yaml").symlink_to(outside)
        with pytest.raises(InputError, match=r"b\.yaml:3:10: 'link\.yaml': this link leads out of the folder"):
            load_scenario(path, vocabulary)

    def test_a_loop_of_links_is_refused(self, write: Write, vocabulary: Vocabulary) -> None:
        path = write("extends: link.yaml\n")
        (path.parent / "link.yaml").symlink_to(path.parent / "link.yaml")
        with pytest.raises(InputError, match="no such file in the folder"):
            load_scenario(path, vocabulary)

    @pytest.mark.parametrize("ref", ["sub/a.yaml", "./a.yaml", "..", "sub/a.yml", "'..\\a.yaml'"])
    def test_a_path_is_refused(self, write: Write, vocabulary: Vocabulary, ref: str) -> None:
        write("", "a.yaml")
        write("", "sub/a.yaml")
        with pytest.raises(InputError, match=r"mine\.yaml:3:10: .* must be a shipped scenario or a file"):
            load_scenario(write(f"extends: {ref}\n"), vocabulary)

    def test_a_folder_is_refused(self, write: Write, vocabulary: Vocabulary) -> None:
        path = write("extends: a.yaml\n")
        (path.parent / "a.yaml").mkdir()
        with pytest.raises(InputError, match=r"a\.yaml: this is a folder"):
            load_scenario(path, vocabulary)

    def test_a_long_chain_is_refused(self, write: Write, vocabulary: Vocabulary) -> None:
        for number in range(40):
            write(f"extends: s{number + 1}.yaml\n", f"s{number}.yaml")
        path = write("", "s40.yaml").parent / "s0.yaml"
        with pytest.raises(InputError, match="more than 16 files extend one another"):
            load_scenario(path, vocabulary)

    def test_problems_of_parent_and_child_come_together(self, write: Write, vocabulary: Vocabulary) -> None:
        write("claims: [C99]\n", "a.yaml")
        with pytest.raises(InputError) as caught:
            load_scenario(write("extends: a.yaml\nparameters: {x: 1}\n", "b.yaml"), vocabulary)
        assert [Path(problem.path).name for problem in caught.value.problems] == ["b.yaml", "a.yaml"]

    def test_an_unreadable_parent_does_not_hide_the_child(self, write: Write, vocabulary: Vocabulary) -> None:
        write("a: [", "a.yaml")
        with pytest.raises(InputError) as caught:
            load_scenario(write("extends: a.yaml\nparameters: {x: 1}\n", "b.yaml"), vocabulary)
        assert [Path(problem.path).name for problem in caught.value.problems] == ["b.yaml", "a.yaml"]

    def test_a_parents_new_forum_is_known(self, write: Write, vocabulary: Vocabulary) -> None:
        write("forums:\n  - {from: 2018-01, forum: tashkent, convenor: us, invite: [kabul]}\n", "a.yaml")
        attend = "interventions:\n  - {from: 2018-01, actor: kabul, do: attend, target: tashkent}\n"
        child = load_scenario(write("extends: a.yaml\n" + attend, "b.yaml"), vocabulary)
        assert child.interventions[0].lever == ("kabul", "attend", "tashkent")


class TestFinding:
    """What a reference means."""

    def test_a_shipped_name_is_not_looked_for_in_the_folder(
        self, write: Write, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write("title: Mine\n", "us_surge.yaml")
        monkeypatch.chdir(path.parent)
        assert load_scenario("us_surge", vocabulary).title != "Mine"
        assert load_scenario("us_surge.yaml", vocabulary).title == "Mine"
        assert load_scenario("./us_surge.yaml", vocabulary).title == "Mine"
        assert load_scenario(Path("us_surge.yaml"), vocabulary).title == "Mine"

    @pytest.mark.parametrize("ref", ["us_engage_taliban", "US_engages_taliban"])
    def test_an_unknown_name_gets_the_closest(self, ref: str, vocabulary: Vocabulary) -> None:
        with pytest.raises(InputError, match="not a shipped scenario; did you mean 'us_engages_taliban'"):
            load_scenario(ref, vocabulary)

    def test_a_file_or_a_folder_of_that_name_is_told_of(
        self, write: Write, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write("title: Mine\n", "us_surges.yaml")
        monkeypatch.chdir(path.parent)
        with pytest.raises(InputError, match=r"not a shipped scenario; write \./us_surges\.yaml for a file"):
            load_scenario("us_surges", vocabulary)
        (path.parent / "us_engage").mkdir()
        with pytest.raises(InputError, match="not a shipped scenario; it is a folder; `report`"):
            load_scenario("us_engage", vocabulary)

    @pytest.mark.parametrize("ref", ["", "zzz", ".."])
    def test_no_name_at_all(self, ref: str, vocabulary: Vocabulary) -> None:
        with pytest.raises(InputError, match="not a shipped scenario"):
            load_scenario(ref, vocabulary)

    def test_the_copy_in_the_package_comes_first(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        package = tmp_path / "influence_sim"
        monkeypatch.setattr(shipped, "__file__", str(package / "scenario" / "shipped.py"))
        for folder in (tmp_path / "scenarios", package / "scenarios"):
            folder.mkdir(parents=True)
            (folder / "baseline.yaml").touch()
            assert shipped_scenarios.__wrapped__() == {"baseline": folder / "baseline.yaml"}

    def test_a_broken_installation_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shipped, "__file__", str(tmp_path / "a" / "b" / "shipped.py"))
        with pytest.raises(MachineError, match="shipped scenarios are missing"):
            shipped_scenarios.__wrapped__()


class TestOverrides:
    """What `--set` takes."""

    def test_it_replaces_the_files_value(self, write: Write, vocabulary: Vocabulary) -> None:
        path = write("parameters: {decide.rationality: 3, precedent.strength: 2}\n")
        scenario = load_scenario(path, vocabulary, overrides={"decide.rationality": " 1e1 "})
        assert scenario.parameters == {"decide.rationality": 10.0, "precedent.strength": 2.0}

    @pytest.mark.parametrize("value", ["", "x", ".nan", "nan", ".inf", "1e999", "0x1", "true", "null", "1,5", "9" * 99])
    def test_text_that_is_no_number_is_refused(self, vocabulary: Vocabulary, value: str) -> None:
        with pytest.raises(InputError, match=r"^--set: .*finite decimal number"):
            load_scenario("baseline", vocabulary, overrides={"decide.rationality": value})

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), True])
    def test_a_value_that_is_no_number_is_refused(self, vocabulary: Vocabulary, value: float) -> None:
        with pytest.raises(InputError, match=r"^--set: .*finite decimal number"):
            load_scenario("baseline", vocabulary, overrides={"decide.rationality": value})

    def test_all_are_refused_at_once(self, vocabulary: Vocabulary) -> None:
        with pytest.raises(InputError) as caught:
            load_scenario("baseline", vocabulary, overrides={"precedent.strenth": 1, "decide.rationality": 101})
        assert str(caught.value).splitlines() == [
            "--set: 'precedent.strenth': not a parameter; did you mean 'precedent.strength'?",
            "--set: 'decide.rationality=101': decide.rationality must lie between 0 and 100",
        ]


class TestShipped:
    """The scenarios that come with the package."""

    def test_all_are_there_under_their_names(self, vocabulary: Vocabulary) -> None:
        assert sorted(shipped_scenarios()) == sorted(SHIPPED)
        assert [load_scenario(name, vocabulary).name for name in SHIPPED] == SHIPPED

    @pytest.mark.parametrize("name", SHIPPED)
    def test_each_explains_itself(self, name: str, vocabulary: Vocabulary) -> None:
        lines = shipped_scenarios()[name].read_text(encoding="utf-8").splitlines()
        comments = [line for line in lines if line.startswith("# ")]
        assert 1 <= len(comments) <= 3
        assert comments == lines[: len(comments)]
        assert "free" in " ".join(comments).lower() or name == "baseline"
        scenario = load_scenario(name, vocabulary)
        assert re.fullmatch(r"What (if|happens) .{30,}\?", scenario.question)
        assert scenario.claims

    def test_no_two_are_the_same(self, vocabulary: Vocabulary) -> None:
        scenarios = [load_scenario(name, vocabulary).canonical() for name in SHIPPED]
        for text in ("title", "question"):
            assert len({scenario[text] for scenario in scenarios}) == len(SHIPPED)
        bodies = [{**s, "name": "", "title": "", "question": "", "claims": []} for s in scenarios]
        assert len({json.dumps(body, sort_keys=True) for body in bodies}) == len(SHIPPED)

    @pytest.mark.parametrize("name", SHIPPED)
    def test_each_branches_in_its_month(self, name: str, vocabulary: Vocabulary) -> None:
        month = load_scenario(name, vocabulary).first_dated()
        expected = BRANCH.get(name, "2018-01")
        assert month == (parse_month(expected) if expected else None)

    def test_the_ways_of_the_us_differ_in_track_openness_and_company(self, vocabulary: Vocabulary) -> None:
        ways = {
            "us_engages_taliban": (1, 1, None, None),
            "us_talks_without_kabul": (1, 0, 0, None),
            "us_talks_with_kabul": (1, 0, 1, None),
            "russia_seat_at_us_table": (1, 0, 1, 1),
            "us_own_channel": (0, 0, None, None),
            "us_covert_moscow": (0, 1, None, None),
        }
        public, moscow = ("us", "engage_publicly", "taliban"), ("us", "attend", "moscow_format")
        guests = (("kabul", "attend", "us_channel"), ("russia", "attend", "us_channel"))
        for way, expected in ways.items():
            levels = {i.lever: i.level for i in load_scenario(way, vocabulary).interventions}
            assert tuple(levels.get(lever) for lever in (public, moscow, *guests)) == expected, way


class TestAsking:
    def test_what_is_asked_is_inherited_until_a_child_says_otherwise(
        self, write: Callable[..., Path], vocabulary: Vocabulary
    ) -> None:
        other = write("", name="other.yaml")
        write("asks: [violence, settlement]\nagainst: other.yaml", name="parent.yaml")
        child = load_scenario(write("extends: parent.yaml", name="child.yaml"), vocabulary)
        assert (child.asks, child.against) == (("violence", "settlement"), str(other.resolve()))
        text = "extends: parent.yaml\nasks: [consensus]\nagainst: us_surge"
        late = load_scenario(write(text, name="late.yaml"), vocabulary)
        assert (late.asks, late.against) == (("consensus",), "us_surge")
        plain = load_scenario(write("", name="plain.yaml"), vocabulary)
        assert (plain.asks, plain.against) == ((), "baseline")

    def test_it_changes_nothing_in_how_a_scenario_runs(
        self, write: Callable[..., Path], vocabulary: Vocabulary
    ) -> None:
        plain = load_scenario(write("", name="one/same.yaml"), vocabulary)
        asking = load_scenario(write("asks: [violence]\nagainst: us_surge", name="two/same.yaml"), vocabulary)
        assert plain.digest() == asking.digest()
        assert plain.to_yaml() != asking.to_yaml()

    @pytest.mark.parametrize(
        ("text", "place", "rule"),
        [
            ("asks: [violense]", ":3:8", "not an outcome; did you mean 'violence'?"),
            ("asks: [violence, violence]", ":3:18", "this outcome stands in the list already"),
            ("asks: []", ":3:7", "must not be empty"),
            ("asks: [violence, settlement, consensus, us_engagement]", ":3:7", "must have at most 3 entries"),
            ("asks: violence", ":3:7", "must be a list: [a, b]"),
            ("against: us_serge", ":3:10", "did you mean 'us_surge'?"),
            ("against: ../x.yaml", ":3:10", "in the same folder"),
            ("against: gone.yaml", ":3:10", "no such file in the folder of this file"),
        ],
    )
    def test_what_is_wrong_with_it_is_said_where_it_stands(
        self, write: Callable[..., Path], vocabulary: Vocabulary, text: str, place: str, rule: str
    ) -> None:
        path = write(text, name="x.yaml")
        with pytest.raises(InputError) as caught:
            load_scenario(path, vocabulary)
        assert f"x.yaml{place}" in str(caught.value)
        assert rule in str(caught.value)
