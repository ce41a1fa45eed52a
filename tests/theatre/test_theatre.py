"""The theatre: every number sourced, every claim accounted for, every name defined, and mistakes named."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from influence_sim.base.errors import InputError
from influence_sim.base.months import parse_month
from influence_sim.base.strict_yaml import read_yaml
from influence_sim.model.own_rules import rules_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre import ParameterSpec, Theatre, load
from influence_sim.theatre.files import data_folder
from influence_sim.theatre.numbers import SWITCH

CLAIMS, PROVINCES, LEAST_ACTORS = 61, 34, 11
MOST_PARAMETERS = 120
"""With a prior range; more nobody reads in one sitting."""
ONLY_WATCHED = {"china: violence"}
"""Interests that none of the actor's own levers bears on: they make it look up when things get worse, no more."""
TESTABLE = {"causal", "counterfactual", "alliance_rule", "trend"}
CLAIM = re.compile(r"\bC\d\d\b")

THEATRE = load()
CITATIONS = dict(THEATRE.citations())
STANCES = [stance for actor in THEATRE.actors for stance in actor.stances]


@pytest.fixture(scope="module")
def theatre() -> Theatre:
    """The shipped theatre."""
    return load()


@pytest.fixture(scope="module")
def declared() -> dict[str, Any]:
    """The declared tests of the claims."""
    return dict(read_yaml(Path(data_folder()) / "claim_tests.yaml").data)


def sources_of(spec: ParameterSpec) -> set[str]:
    """Keys of the outside sources that a parameter names."""
    return {word for word in re.split(r"[,;\s]+", spec.source) if word and not CLAIM.fullmatch(word)}


# The ledger


def test_all_claims_of_the_article_are_in_the_ledger(theatre: Theatre) -> None:
    assert [claim.id for claim in theatre.ledger] == [f"C{number:02}" for number in range(1, CLAIMS + 1)]


def test_every_claim_is_used_or_left_out_with_a_reason_and_never_both(theatre: Theatre) -> None:
    for claim in theatre.ledger:
        assert bool(claim.used_by) != bool(claim.left_out), (claim.id, claim.used_by, claim.left_out)
        assert not claim.left_out or len(claim.left_out.split()) >= 8, claim.id


def test_what_uses_a_claim_names_it(theatre: Theatre) -> None:
    for claim in theatre.ledger:
        for user in claim.used_by:
            if user.startswith("parameter "):
                assert claim.id in theatre.parameters[user.removeprefix("parameter ")].note
            else:
                assert claim.id in CITATIONS[user].claims


def test_most_claims_are_used(theatre: Theatre) -> None:
    assert sum(bool(claim.used_by) for claim in theatre.ledger) > 0.8 * CLAIMS


def test_every_entry_cites_a_claim_or_an_outside_source(theatre: Theatre) -> None:
    claims = {claim.id for claim in theatre.claims}
    for label, cited in CITATIONS.items():
        assert cited.claims or cited.source, label
        assert set(cited.claims) <= claims, label
        assert not cited.source or cited.source in theatre.sources, label


def test_entries_of_every_kind_are_asked_for_citations() -> None:
    kinds = Counter(label.split(" ")[0].split(".")[0] for label in CITATIONS)
    assert set(kinds) == {
        *("interest", "stance", "tie", "faction", "seat"),
        *("effect", "rule", "forum", "event", "condition", "outcome"),
    }
    for kind, part in {"interest": "interests", "stance": "stances", "tie": "ties"}.items():
        assert kinds[kind] == sum(len(getattr(actor, part)) for actor in THEATRE.actors), kind
    set_by_stances = sum(len(stance.levers) for actor in THEATRE.actors for stance in actor.stances)
    assert kinds["seat"] == len(THEATRE.levers) - set_by_stances
    assert kinds["effect"] == len(THEATRE.effects)
    assert kinds["rule"] == len(THEATRE.rules)
    assert kinds["outcome"] == len(THEATRE.outcomes)


def test_every_source_is_cited_somewhere(theatre: Theatre) -> None:
    used = {cited.source for cited in CITATIONS.values()}.union(*map(sources_of, theatre.parameters.values()))
    for source in theatre.sources:
        assert source in used or (data_folder() / "record" / f"{source}.csv").is_file(), source  # as studies cite it


# The numbers


def test_every_parameter_says_what_it_is(theatre: Theatre) -> None:
    claims = {claim.id for claim in theatre.claims}
    for spec in theatre.parameters.values():
        assert re.fullmatch(r"[a-z_]+(\.[a-zA-Z_-]+)+", spec.name), spec.name
        assert spec.low <= spec.default <= spec.high, spec.name
        assert spec.unit, spec.name
        assert spec.status in {"cited", "assumed", "fitted", SWITCH}, spec.name
        assert (spec.low < spec.high) == (spec.status != SWITCH), spec.name
        assert spec.source or spec.status in {"assumed", SWITCH}, spec.name
        assert spec.source or spec.note, f"{spec.name}: neither a source nor what it means"
        assert sources_of(spec) <= set(theatre.sources), spec.name
        assert set(CLAIM.findall(spec.source + spec.note)) <= claims, spec.name
        assert not spec.choices or spec.default in spec.choices, spec.name


def test_hard_limits_hold_the_prior_range(theatre: Theatre) -> None:
    for name, spec in theatre.parameters.items():
        limits = theatre.vocabulary.parameters[name]
        assert limits.low <= spec.low <= spec.high <= limits.high
        assert (limits.default, limits.unit) == (spec.default, spec.unit)


def test_fitted_numbers_are_few_and_say_to_what(theatre: Theatre) -> None:
    fitted = [spec for spec in theatre.parameters.values() if spec.status == "fitted"]
    assert len(fitted) <= 12
    assert all(sources_of(spec) for spec in fitted)


def test_the_core_is_small_enough_to_be_read(theatre: Theatre) -> None:
    varied = [spec for spec in theatre.parameters.values() if spec.status != SWITCH]
    assert 60 <= len(varied) <= MOST_PARAMETERS


def test_switches_are_the_rules_and_the_interests(theatre: Theatre) -> None:
    """All at 1, so that nothing of the model as stated is off; a rule with a range of its own is no switch."""
    switches = {spec.name for spec in theatre.parameters.values() if spec.status == SWITCH}
    rules = {str(rule.strength) for rule in theatre.rules}
    ranged = {name for name in rules if theatre.parameters[name].status != SWITCH}
    assert switches == rules - ranged | {actor.weight for actor in theatre.actors}
    assert {theatre.parameters[name].default for name in switches} == {1.0}
    assert all(theatre.vocabulary.parameters[name].hold(0.0) for name in switches)


# The parts against each other


def test_the_theatre_has_its_parts_and_none_twice(theatre: Theatre) -> None:
    assert len(theatre.actors) >= LEAST_ACTORS
    assert len(theatre.provinces) == PROVINCES
    assert len({outcome.name for outcome in theatre.outcomes}) == len(theatre.outcomes)
    assert len({lever.name for lever in theatre.levers}) == len(theatre.levers)


def test_every_rule_has_its_function_and_every_function_its_rule(theatre: Theatre) -> None:
    assert {rule.function for rule in theatre.rules if rule.function} == set(rules_of())


@pytest.mark.parametrize("rule", [rule for rule in THEATRE.rules if rule.function], ids=lambda rule: rule.id)
def test_every_pattern_of_a_rule_fits_some_lever(rule: Any) -> None:
    assert rule.applies
    for pattern in rule.applies:
        assert any(lever.fits(pattern) for lever in THEATRE.levers), pattern
    assert rule.strength in THEATRE.parameters


def test_every_expected_effect_is_of_some_lever_and_on_something_wanted(theatre: Theatre) -> None:
    able = {actor.name: {interest.outcome for interest in actor.interests} for actor in theatre.actors}
    for effect in theatre.effects:
        fitting = [lever for lever in theatre.levers if lever.fits(effect)]
        assert fitting, effect.id
        assert not set(effect.raises) & set(effect.lowers), effect.id
        expected = {*effect.raises, *effect.lowers}
        assert expected <= set().union(*able.values()), effect.id
        assert any(expected & able[lever.actor] for lever in fitting), effect.id


def test_every_interest_is_in_reach_of_some_lever(theatre: Theatre) -> None:
    """By what is expected of one, or by a rule that works through it."""
    idle = set()
    for actor in theatre.actors:
        reached = {
            outcome
            for effect in theatre.effects
            if any(lever.fits(effect) for lever in actor.levers)
            for outcome in (*effect.raises, *effect.lowers)
        }
        reached |= {outcome for rule in theatre.rules for outcome in rule.through}
        idle |= {f"{actor.name}: {interest.outcome}" for interest in actor.interests if interest.outcome not in reached}
    assert idle <= ONLY_WATCHED


def test_a_rule_works_through_outcomes_that_somebody_wants(theatre: Theatre) -> None:
    wanted = {interest.outcome for actor in theatre.actors for interest in actor.interests}
    assert {outcome for rule in theatre.rules for outcome in rule.through} <= wanted


@pytest.mark.parametrize("stance", STANCES, ids=lambda stance: stance.label)
def test_the_options_of_a_stance_are_told_apart_by_what_they_set(stance: Any) -> None:
    set_by = [tuple(sorted(option.sets.items())) for option in stance.options.values()]
    assert len(set(set_by)) == len(set_by) >= 2
    assert stance.start in stance.options
    assert {key for option in set_by for key, _ in option} == {f"{do} {target}" for do, target in stance.levers}


def test_no_lever_is_set_by_two_stances(theatre: Theatre) -> None:
    named = Counter((stance.actor, *lever) for stance in STANCES for lever in stance.levers)
    assert set(named.values()) == {1}


def test_the_first_option_is_always_there(theatre: Theatre) -> None:
    """It takes what the others leave, so that it must not need a table."""
    assert [stance.label for stance in STANCES if next(iter(stance.options.values())).at] == []


def test_series_begin_with_the_run_and_end_with_the_record(theatre: Theatre) -> None:
    for condition in theatre.conditions:
        assert min(condition.series) == theatre.start
        assert max(condition.series) <= theatre.calendar.record_ends
        values = [theatre.number(ref) for ref in condition.series.values()]
        assert all(condition.low <= value <= condition.high for value in values)


def test_the_vocabulary_is_that_of_the_theatre(theatre: Theatre) -> None:
    words = theatre.vocabulary
    assert words.actors == tuple(actor.name for actor in theatre.actors)
    assert ("us", "engage_publicly", "taliban") in words.levers
    assert words.claims == {claim.id for claim in theatre.claims}
    assert set(words.parameters) == set(theatre.parameters)
    assert words.start == theatre.start


def test_an_unknown_actor_is_a_key_error(theatre: Theatre) -> None:
    with pytest.raises(KeyError, match="nobody"):
        theatre.actor("nobody")


def test_the_theatre_cannot_be_changed(theatre: Theatre) -> None:
    with pytest.raises(FrozenInstanceError):
        theatre.actors = ()  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        theatre.actors[0].seats = 2  # type: ignore[misc]


def test_the_digest_hangs_on_every_file(spoilt: Callable[[str, str, str], Path], theatre: Theatre) -> None:
    assert load() is theatre
    assert load(spoilt("actors/01_russia.yaml", "label: Russia", "label: Moscow")).digest != theatre.digest


def test_a_copy_elsewhere_is_the_same_theatre(tmp_path: Path, theatre: Theatre) -> None:
    copy = tmp_path / "data"
    shutil.copytree(data_folder(), copy)
    twin = load(copy)
    assert twin.digest == theatre.digest
    assert twin.parameters == theatre.parameters
    assert twin.actors == theatre.actors


# Mistakes in the data

MISTAKES = [
    ("actors/01_russia.yaml", "claims: [C15, C38, C39]", "claims: [C15, C99]", "C99"),
    ("actors/01_russia.yaml", "claims: [C15, C38, C39]", "claims: [C15, X1]", "X1"),
    ("actors/01_russia.yaml", "outcome: us_presence", "outcome: us_presense", "us_presense"),
    ("effects.yaml", "raises: [consensus, russia_acceptance", "raises: [konsensus, russia_acceptance", "konsensus"),
    ("actors/01_russia.yaml", "  pakistan: {tie", "  pakistann: {tie", "pakistann"),
    ("actors/01_russia.yaml", "guest_at: {qcg", "guest_at: {qcgg", "qcgg"),
    (
        "actors/01_russia.yaml",
        "guest_at: {qcg: {claims: [C10, C13]",
        "guest_at: {qcg: {claims: [C10, C93]",
        "01_russia.yaml:47:32: 'C93': not a claim",
    ),
    (
        "actors/01_russia.yaml",
        "guest_at: {qcg: {claims: [C10, C13]",
        "guest_at: {qcg: {claims: []",
        "01_russia.yaml:47:17: cites nothing",
    ),
    ("actors/01_russia.yaml", "press_for_talks us", "press_for_walks us", "press_for_walks"),
    ("actors/01_russia.yaml", "seats: 1", "seats: 1\nchairs: 2", "01_russia.yaml:4:"),
    ("actors/01_russia.yaml", "claims: [C15, C38, C39]", "claims: []", "01_russia.yaml:6:5: cites nothing"),
    ("actors/02_us.yaml", "aversions:\n  taliban", "aversions:\n  talibann", "talibann"),
    ("actors/04_taliban.yaml", "name: taliban", "name: russia", "russia"),
    ("actors/04_taliban.yaml", "claims: [C42, C43]", "claims: [C42, C83]", "04_taliban.yaml:7:19: 'C83': not a claim"),
    ("actors/04_taliban.yaml", "source: waldman2010", "source: waldmann", "waldmann"),
    ("rules.yaml", "enemy: daesh", "enemy: daeshh", "daeshh"),
    ("rules.yaml", "[northern_threat,", "[northern_thread,", "northern_thread"),
    ("rules.yaml", "rival: us}", "rival: uss}", "uss"),
    ("rules.yaml", "patron: pakistan", "patron: pakistann", "pakistann"),
    ("rules.yaml", "{do: support, actor: russia", "{do: support, actor: rusia", "rusia"),
    ("rules.yaml", "do: support, target: taliban", "do: suport, target: taliban", "suport"),
    ("effects.yaml", "target: moscow_format", "target: moscow_formt", "moscow_formt"),
    ("conditions.yaml", "pressure.outside", "pressure.outsde", "pressure.outsde"),
    ("rules.yaml", "id: lull", "id: precedent", "'precedent': this id stands in the list already"),
    ("forums.yaml", "convenor: russia", "convenor: rusia", "rusia"),
    ("forums.yaml", "[pakistan, china]", "[pakistan, chinna]", "chinna"),
    ("forums.yaml", "source: diplomatic_events", "source: diplomatic_event", "diplomatic_event"),
    ("events.yaml", "actor: europe", "actor: eurpe", "eurpe"),
    ("events.yaml", "kind: strike", "kind: stroke", "stroke"),
    ("events.yaml", "month: 2016-05", "month: 2016-13", "2016-13"),
    ("events.yaml", "strength: [0.3, 0.0, 0.6]", "strength: [0.7, 0.0, 0.6]", "the default 0.7 is outside its range"),
    ("rules.yaml", "strength: 1", "strength: 2", "rules.yaml:"),
    ("actors/01_russia.yaml", "  - name: dealing", "  - name: dealing\n    actor: us", "01_russia.yaml:16:12"),
    ("conditions.yaml", "{2015-09: 13.6, ", "{", "foreign_troops"),
    ("conditions.yaml", "2018-01: 21.6}", "2018-01: 221.6}", "foreign_troops"),
    ("ground.yaml", "AF-NAN", "AF-NAX", "AF-NAX"),
    ("adjacency.csv", "AF-KAB", "AF-KAX", "AF-KAX"),
    ("adjacency.csv", "a,b\n", "a,c\n", "adjacency.csv:1: 'c': not a known column"),
    ("provinces.csv", ",insurgency", ",insurgence", "did you mean 'insurgency'?"),
    (
        "provinces.csv",
        "opium_ha_2014",
        "opium_ha_2013",
        "1: 'opium_ha_2014': this column is missing",
    ),
    ("provinces.csv", ",,-1.05", ",,-10.5", "provinces.csv:2: '-10.5': insurgency must be at least -6"),
    ("provinces.csv", ",,-0.87", ",,", "provinces.csv:3: insurgency must be a number"),
    ("provinces.csv", "4372977", "many", "provinces.csv:2: 'many': population must be a number"),
    ("provinces.csv", "4372977", "0", "provinces.csv:2: '0': population must be above 0"),
    ("provinces.csv", "34.554,15", "34.554,1.5", "provinces.csv:2: '1.5': districts must be a whole number"),
    ("provinces.csv", "398,435", "398,435,1", "provinces.csv:2: this line must have 13 cells"),
    ("provinces.csv", "398,435", "398", "provinces.csv:2: this line must have 13 cells"),
    ("provinces.csv", "AF-KAP,Kapisa", 'AF-KAP,"Ka"pisa', "provinces.csv:3: not a table of commas and quotes"),
    (
        "claims.csv",
        "id,paragraph",
        "id,paragraf",
        "claims.csv:1: 'paragraf': not a known column; did you mean",
    ),
    ("parameters.yaml", "decide.inertia: {value: 0.", "decide.inertia: {value: 7.", "is outside its range"),
    ("parameters.yaml", "form: calvo1983", "form: calvo1893", "calvo1893"),
    ("parameters.yaml", "as a precedent (C54)", "as a precedent (C94)", "C94"),
]


@pytest.mark.parametrize(("name", "old", "new", "culprit"), MISTAKES, ids=[f"{m[0]} {m[3]}" for m in MISTAKES])
def test_a_mistake_in_the_data_is_refused_by_name(
    spoilt: Callable[[str, str, str], Path], name: str, old: str, new: str, culprit: str
) -> None:
    folder = spoilt(name, old, new)
    with pytest.raises(ValueError, match=re.escape(culprit)):
        load(folder)


def test_all_mistakes_of_a_table_are_told_at_once(spoilt: Callable[[str, str, str], Path]) -> None:
    path = spoilt("provinces.csv", "4372977", "many") / "provinces.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",41811,", ",none,"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path.parent)
    assert [(problem.line, problem.value) for problem in caught.value.problems] == [(2, "many"), (35, "none")]


def test_a_theatre_need_not_say_how_strong_the_insurgency_was(spoilt: Callable[[str, str, str], Path]) -> None:
    path = spoilt("provinces.csv", ",insurgency", ",insurgency") / "provinces.csv"
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("\n".join(",".join(cells[:8] + cells[9:]) for cells in lines), encoding="utf-8")
    assert {province.insurgency for province in load(path.parent).provinces} == {0.0}
    assert load().provinces[-5].insurgency == pytest.approx(3.19)


def test_all_dangling_names_are_told_at_once(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt("actors/01_russia.yaml", "guest_at: {qcg", "guest_at: {qcgg")
    path = folder / "forums.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("[pakistan, china]", "[chinna]"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"(?s)chinna.*qcgg|qcgg.*chinna"):
        load(folder)


# The declared tests of the claims


def test_declared_tests_have_names_of_their_own(declared: dict[str, Any]) -> None:
    names = [entry["id"] for entry in declared["tests"]]
    assert len(set(names)) == len(names)
    assert all(entry["id"].startswith(entry["claim"]) for entry in declared["tests"])


def test_a_declared_test_names_what_exists(theatre: Theatre, declared: dict[str, Any]) -> None:
    words, shipped = theatre.vocabulary, shipped_scenarios()
    assert declared["tests"]
    for entry in declared["tests"]:
        assert entry["claim"] in words.claims, entry
        assert entry["scenario"] in shipped, entry
        assert entry["outcome"] in words.outcomes, entry
        assert entry["reads"] in {"forced", "free"}, entry
        against, expect = entry["against"], entry["expect"]
        numbers = isinstance(against, int | float)
        assert expect in ({"above", "below"} if numbers else {"increase", "decrease"}), entry
        if isinstance(against, str) and against not in shipped:
            assert words.start <= parse_month(against) < parse_month(entry["month"]), entry
        assert words.start <= parse_month(entry["month"]) < words.start + words.months, entry
        assert entry["minimum"] >= 0, entry
        for name, value in entry.get("set", {}).items():
            assert words.parameters[name].hold(value), entry


def test_a_declared_test_reads_after_its_arms_part(theatre: Theatre, declared: dict[str, Any]) -> None:
    shipped = shipped_scenarios()
    dates = {name: load_scenario(name, theatre.vocabulary).first_dated() for name in shipped}
    for entry in declared["tests"]:
        arms = [name for name in (entry["scenario"], entry["against"]) if name in shipped]
        parted = [date for date in map(dates.__getitem__, arms) if date is not None]
        if len(arms) == 2 and "set" not in entry:
            assert parted, entry
            assert parse_month(entry["month"]) >= min(parted), entry


def test_a_claim_that_could_be_wrong_is_tested_or_said_to_be_untestable(
    theatre: Theatre, declared: dict[str, Any]
) -> None:
    tested = {entry["claim"] for entry in declared["tests"]}
    for claim in theatre.ledger:
        listed = claim.id in tested or claim.id in declared["untestable"]
        assert listed or not TESTABLE & set(claim.kind.split(";")), claim.id
        assert not (claim.id in tested and claim.id in declared["untestable"]), claim.id


def test_untestable_claims_are_known_and_have_reasons(theatre: Theatre, declared: dict[str, Any]) -> None:
    assert set(declared["untestable"]) <= theatre.vocabulary.claims
    assert all(len(reason.split()) >= 5 for reason in declared["untestable"].values())
