"""What the lab answers: the ordinary engine's numbers, and the ordinary words for what is wrong."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pandas as pd
import pytest

import influence_sim as sim
from influence_sim.analysis.replay import snapshots
from influence_sim.theatre import load

Ask = Callable[..., httpx.Response]
Fixed = Callable[..., dict[str, Any]]


def test_numbers_are_those_of_a_run_of_the_downloaded_file(ask: Ask, fixed: Fixed, tmp_path: Path) -> None:
    asks = ["kabul_authority", "us_acceptance"]
    question = fixed(asks=asks)
    question["scenario"]["parameters"] = {"authority.erosion": 0.25}
    answer = ask("answer", question).json()
    (name,) = answer["files"]
    path = tmp_path / name
    path.write_text(answer["files"][name], encoding="utf-8")
    result = sim.run(path, replicates=8, months=36)
    assert answer["answer"]["finding"] == result.answer.finding
    for entry in answer["outcomes"]:
        assert entry["name"] in asks
        assert entry["difference"]["diff"] == result.difference(entry["name"])["mean"].tolist()
        assert entry["difference"]["ci_low"] == result.difference(entry["name"])["ci_low"].tolist()
        for arm, part in zip((result.scenario, result.against), ("scenario", "against"), strict=True):
            series = result[entry["name"]][arm]
            assert {key: entry[part][key] for key in series} == {key: series[key].tolist() for key in series}
    table = ask("table", question).content
    pd.testing.assert_frame_equal(
        pd.read_csv(io.BytesIO(table), parse_dates=["date"]), result.summary, check_dtype=False
    )


def test_worlds_are_those_of_a_run(ask: Ask, fixed: Fixed) -> None:
    asks = ["kabul_authority"]
    question = fixed(count=24)
    question["scenario"] = {"schema_version": 1, "name": "mine", "extends": "us_withdraws", "asks": asks}
    lines = [json.loads(line) for line in ask("worlds", question).text.splitlines()]
    assert [line["done"] for line in lines] == sorted(line["done"] for line in lines)
    (row,) = lines[-1]["rows"]
    result = sim.run("us_withdraws", replicates=8, months=36, assumptions=24, asks=asks)
    tried = result.assumptions
    assert tried is not None
    assert lines[-1]["answer"]["text"] == result.answer.text
    same = tried.set_index("outcome").loc["kabul_authority"]
    assert (row["share_same_sign"], row["parameter"], row["pawn"]) == (
        same["share_same_sign"], same["parameter"], same["pawn"])  # fmt: skip
    assert lines[-1]["hangs"][0] == row["parameter"]


@pytest.mark.parametrize("name", ["answer", "who", "history", "why"])
def test_everything_can_be_asked_of_a_question(ask: Ask, fixed: Fixed, name: str) -> None:
    response = ask(name, fixed())
    assert response.status_code == 200
    json.loads(response.content, parse_constant=pytest.fail)


@pytest.mark.usefixtures("blank_pages")
@pytest.mark.parametrize("name", ["brief", pytest.param("report", marks=pytest.mark.slow)])
def test_pages_are_those_of_report(ask: Ask, fixed: Fixed, name: str) -> None:
    response = ask(name, fixed(replicates=4))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert ask("answer", fixed(replicates=4)).json()["answer"]["finding"] in html.unescape(response.text)
    assert ask(name, {"scenario": {"schema_version": 1, "name": "mine"}}).status_code == 422


def test_nothing_fixed_yet_is_an_answer_too(ask: Ask) -> None:
    answer = ask("answer", {"scenario": {"schema_version": 1, "name": "mine"}, "replicates": 1, "months": 2}).json()
    assert answer["branch"] is None
    assert "difference" not in answer["outcomes"][0]
    assert answer["command"].split()[3:5] == ["--against", "none"]


def test_a_scenario_against_itself_is_no_comparison(ask: Ask, fixed: Fixed) -> None:
    question = fixed(replicates=1)
    answer = ask("answer", {**question, "against": {**question["scenario"], "title": "The same"}}).json()
    assert answer["branch"] is None
    assert answer["answer"]["text"].startswith("Both sides of the comparison are the same")


def test_mistakes_are_told_in_the_words_of_validate(ask: Ask, fixed: Fixed, tmp_path: Path) -> None:
    question = fixed()
    question["scenario"]["interventions"][0]["target"] = "talban"
    question["scenario"]["parameters"] = {"authority.erosion": 9}
    response = ask("answer", question)
    path = tmp_path / "mine.yaml"
    path.write_text(json.dumps(question["scenario"]), encoding="utf-8")
    with pytest.raises(sim.InputError) as error:
        sim.run(path)
    problems = {(entry["value"], entry["rule"], entry["hint"]) for entry in response.json()["problems"]}
    assert response.status_code == 422
    assert problems == {(entry.value, entry.rule, entry.hint) for entry in error.value.problems}
    assert response.json()["problems"][0]["path"] == "scenario.interventions[0].target"


def test_the_openapi_document_knows_what_files_may_say(ask: Ask, fixed: Fixed) -> None:
    document = ask("openapi.json").json()
    store = {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}

    def valid(question: Any) -> bool:
        return jsonschema.Draft202012Validator({**store, "$ref": "#/components/schemas/question"}).is_valid(question)

    assert valid(fixed(asks=["kabul_authority"]))
    assert not valid(fixed(asks=["nonsense"]))
    wrong = fixed()
    wrong["scenario"]["interventions"][0]["actor"] = "nobody"
    assert not valid(wrong)
    assert {"/api/answer", "/api/worlds", "/api/theatre"} <= set(document["paths"])


def test_what_overlaps_is_said_by_its_place_in_the_question(ask: Ask, fixed: Fixed) -> None:
    question = fixed()
    question["scenario"]["interventions"] *= 2
    (problem,) = ask("answer", question).json()["problems"]
    assert problem["path"] == "scenario.interventions[1].from"
    assert problem["rule"].endswith("already set for some of these months at interventions[0]")


def test_menus_offer_only_what_can_be(ask: Ask) -> None:
    answer = ask("theatre").json()
    theatre = load()
    assert {tuple(lever) for lever in answer["levers"]} == set(theatre.vocabulary.levers)
    assert {entry["name"] for entry in answer["parameters"]} == {n for n, p in theatre.parameters.items() if p.varies}
    (mean,) = (entry["choices"] for entry in answer["parameters"] if entry["name"] == "authority.mean")
    assert mean[2] == {"value": 2, "name": "minimum", "meaning": "the weakest part alone counts"}
    assert {entry["unit"] for entry in answer["outcomes"]} >= {"scale from 0 to 1"}
    for entry in answer["scenarios"]:
        reply = ask("answer", {"scenario": entry["scenario"], "replicates": 1, "months": 40}).json()
        assert reply["scenario"] == entry["scenario"]


def test_a_history_tells_who_changed_his_mind_and_why(ask: Ask, fixed: Fixed) -> None:
    answer = ask("history", fixed(replicate=3)).json()
    result = sim.run("baseline", against=None, replicates=4, months=36)
    first = next(entry for entry in answer["moves"] if entry["month"] < "2018-01")
    assert not first["new"]
    thought = result.decisions(first["actor"], replicate=3).loc[f"{first['month']}-01", first["stance"]]
    assert thought.loc[first["now"], "chosen"]
    assert thought.loc[first["was"], "was"]
    gains = {name: thought.loc[first["now"], "reasons"].get(name, 0.0) - worth
             for name, worth in thought.loc[first["was"], "reasons"].items()}  # fmt: skip
    gains = dict(thought.loc[first["now"], "reasons"]) | gains
    assert first["motives"][0]["worth"] == pytest.approx(max(gains.values()))


def test_in_the_history_for_a_class_the_mind_is_changed(ask: Ask) -> None:
    """What docs/teaching.md asks of it: when in 2018 and 2019, by which two motives; and in some others never."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "teaching.md").read_text(encoding="utf-8")
    name, number = re.search(r"#(\w+)&tab=story&replicate=(\d+)`", page).groups()  # type: ignore[union-attr]

    def found(replicate: int) -> list[Any]:
        scenario = {"schema_version": 1, "name": "mine", "extends": name}
        moves = ask("history", {"scenario": scenario, "replicate": replicate}).json()["moves"]
        return [move for move in moves if (move["actor"], move["stance"], move["new"]) == ("us", "dealing", True)]

    first = [move for move in found(int(number)) if move["month"] < "2020"]
    assert [len(move["motives"]) for move in first[:2]] == [2, 2]
    assert any(not found(int(number) + n) for n in range(1, 4))


def test_only_what_the_question_sets_whole_is_without_effect(ask: Ask, fixed: Fixed) -> None:
    """An actor that is made to deal openly still decides whom it invites; one made to stop fighting, nothing."""
    question = fixed(months=64)
    question["scenario"]["interventions"].append(
        {"from": "2018-01", "actor": "us", "do": "fight", "target": "taliban", "level": 0})  # fmt: skip
    moves = [move for n in (0, 8) for move in ask("history", question | {"replicate": n}).json()["moves"]]
    found = {(move["stance"], move["was"], move["now"], move["fixed"])
             for move in moves if move["actor"] == "us" and move["month"] >= "2018-01"}  # fmt: skip
    assert ("dealing", "open_alone", "open_with_all", False) in found
    assert ("dealing", "none", "open_alone", True) in found
    assert {(stance, effect) for stance, *_, effect in found if stance == "war"} == {("war", True)}


def test_what_would_be_chosen_instead_of_what_the_question_sets_is_no_change(ask: Ask, fixed: Fixed) -> None:
    answer = ask("who", fixed(months=64, replicates=64)).json()
    (row,) = [row for row in answer["stances"] if any(row["scenario_fixed"])]
    branch = row["scenario_fixed"].index(True)
    assert all(row["scenario_fixed"][branch:])
    assert max(shares[-1] for shares in row["scenario"]) != max(shares[-1] for shares in row["against"])
    assert row["change"] == 0.0


def test_an_invitation_can_be_answered_by_a_player(ask: Ask, fixed: Fixed) -> None:
    invited = [{"from": "2018-07", "forum": "qcg", "invite": ["russia"]}]
    question = {
        **fixed(actor="russia", month="2018-03"),
        "scenario": {"schema_version": 1, "name": "mine", "forums": invited},
    }

    def seats(month: str) -> dict[str, Any]:
        answer = ask("play", {**question, "month": month}).json()
        return {entry["stance"]: entry["options"] for entry in answer["stances"] if entry["seat"]}

    assert seats("2018-03") == {}
    (options,) = seats("2018-06").values()
    refuse, accept = options
    assert accept["words"] == "sits at the Quadrilateral Coordination Group"
    assert (refuse["option"], accept["option"]) == ("refuse", "accept")
    assert refuse["probability"] + accept["probability"] == pytest.approx(1)
    assert (accept["probability"] > 0.5) == (accept["value"] > 0)
    choice = {"stance": "attend qcg", "option": "accept"}
    choices = [{"from": "2018-04", "until": "2018-06", **choice}, {"from": "2018-07", "until": "2018-09", **choice}]
    (added,) = ask("play", {**question, "choices": choices}).json()["scenario"]["interventions"]
    assert added == {
        "actor": "russia",
        "do": "attend",
        "from": "2018-07",
        "level": 1.0,
        "target": "qcg",
        "until": "2018-09",
    }


def test_every_option_is_called_by_what_it_does(ask: Ask, fixed: Fixed) -> None:
    for actor in load().actors:
        for entry in ask("play", fixed(actor=actor.name, replicates=1)).json()["stances"]:
            words = [option["words"] for option in entry["options"]]
            assert len(set(words)) == len(words), (actor.name, words)


def test_every_policy_can_be_chosen_in_every_quarter(ask: Ask, fixed: Fixed) -> None:
    answer = ask("play", fixed(actor="us", replicates=1)).json()["stances"]
    stances = [entry for entry in answer if not entry["fixed"]]
    assert [entry["stance"] for entry in answer if entry["fixed"]] == ["dealing"]
    months = [f"{year}-{month:02}" for year in (2018, 2019, 2020) for month in range(1, 13)]
    choices = [
        {"from": first, "until": last, "stance": entry["stance"], "option": entry["options"][place % 2]["option"]}
        for place, (first, last) in enumerate(zip(months[::3], months[2::3], strict=True))
        for entry in stances
    ]
    response = ask("play", fixed(actor="us", replicates=1, months=64, month="2020-12", choices=choices))
    assert response.status_code == 200, response.text
    assert response.json()["over"]
    assert len(response.json()["scenario"]["interventions"]) == len(choices) + 1


def test_a_player_is_told_what_answers_its_choices(ask: Ask, fixed: Fixed) -> None:
    """Without choices nothing is new; with them what others do is marked unless they would have done it anyway."""
    question = fixed(months=64, actor="russia", month="2020-12")
    usual = ask("play", question).json()["moves"]
    assert usual
    assert not any(move["new"] for move in usual)
    months = {"from": "2018-01", "until": "2020-12"}
    choices = [{**months, "stance": "dealing", "option": "none"}, {**months, "stance": "convening", "option": "idle"}]
    played = ask("play", question | {"choices": choices}).json()["moves"]
    known = [(move["month"], move["actor"], move["stance"], move["now"]) for move in usual]
    for move in played:
        assert move["new"] == ((move["month"], move["actor"], move["stance"], move["now"]) not in known)
    assert {move["new"] for move in played if move["actor"] != "russia"} == {True, False}


def test_what_the_question_fixes_goes_before_what_a_player_chooses(ask: Ask, fixed: Fixed) -> None:
    scenario = {"schema_version": 1, "name": "mine", "extends": "us_withdraws"}
    choices = [
        {"from": "2018-10", "until": "2018-12", "stance": "war", "option": "full"},
        {"from": "2019-01", "until": "2020-12", "stance": "war", "option": "full"},
    ]
    response = ask("play", {**fixed(actor="us", replicates=1), "scenario": scenario, "choices": choices})
    assert response.status_code == 200, response.text
    spans = {
        (entry["from"], entry["until"], entry["level"])
        for entry in response.json()["scenario"]["interventions"]
        if entry["do"] == "fight"
    }
    assert spans == {("2018-10", "2018-12", 1.0), ("2019-01", None, 0.0)}


def test_provinces_say_whether_their_change_could_be_chance(ask: Ask) -> None:
    question = {"scenario": {"schema_version": 1, "name": "mine", "extends": "us_withdraws"}, "replicates": 16}
    told = {one["iso"]: one["clear"] for one in ask("who", question).json()["map"]}
    run = sim.run("us_withdraws", replicates=16).playable
    control = snapshots(run, [run.last]).control.dropna(subset="diff").set_index("iso")
    assert told == {iso: not row["ci_low"] <= 0 <= row["ci_high"] for iso, row in control.iterrows()}
    assert any(told.values())
