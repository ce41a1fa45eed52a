"""What is wrong with a theatre's files is told with its place, the value, the rule, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import influence_sim as sim
from influence_sim.base.errors import InputError
from influence_sim.model.fields import CONDITIONS, NUMBERS
from influence_sim.theatre import load
from influence_sim.theatre.asked import asked
from influence_sim.theatre.files import CODE, NAMES, data_folder
from influence_sim.theatre.patterns import declared_patterns

RUSSIA, US, TALIBAN, PAKISTAN = (f"actors/{name}.yaml" for name in ("01_russia", "02_us", "04_taliban", "06_pakistan"))
PARAMETERS, UNREAD = "parameters.yaml", "no equation asks for this number, and no entry names it"
WRITTEN = "[default, low, high], or value, low and high"
MISTAKES = [
    # numbers and levels
    (RUSSIA, "salience: vital", "salience: vitl", "not a level of salience; did you mean 'vital'?"),
    (RUSSIA, "salience: vital", "salience: true", f"must be a number, the name of a level, {WRITTEN}"),
    (RUSSIA, "salience: vital", "salience: [0.9, 1.2]", "three numbers belong here: [default, low, high]"),
    (RUSSIA, "salience: vital", "salience: [0.9, 1, 1.2]", "the default 0.9 is outside its range 1 to 1.2"),
    (RUSSIA, "salience: vital", "salience: {value: 3, low: 1, high: 2}", "the default 3 is outside its range 1 to 2"),
    (RUSSIA, "diplomatic: major", "diplomatic: mejor", "not a level of capability; did you mean 'major'?"),
    (RUSSIA, "diplomatic: major", "diplomatik: major", "must be 'diplomatic', 'military' or 'economic'"),
    (RUSSIA, "tie: rival", "tie: rivall", "not a level of tie; did you mean 'rival'?"),
    (PAKISTAN, "  support: {value", "  suport: {value", "not an instrument; did you mean 'support'?"),
    (PAKISTAN, "sponsor: {", "sponsor: 0.5 # {", f"must be {WRITTEN}"),
    ("effects.yaml", "size: strong", "size: stronk", "not a level of effect; did you mean 'strong'?"),
    ("events.yaml", "strength: disclosed", "strength: disclosd", "not a level of event; did you mean 'disclosed'?"),
    ("ground.yaml", "some_ground", "som_ground", "not a level of daesh; did you mean 'some_ground'?"),
    ("rules.yaml", "    strength: 1", "    strength: on", f"must be 1, {WRITTEN}"),
    (PARAMETERS, "high: 1, choices: {product", "high: 2, choices: {product", "0 product, 1 weakest side"),
    (PARAMETERS, "choices: {product", "unit: share, choices: {product", "has choices, and so no unit"),
    (PARAMETERS, "none: nothing", 'none: ""', "must not be empty"),
    # stances
    (RUSSIA, "engage_covertly taliban: 1", "engage_covertly: 1", "a lever is written `do target`, such as"),
    (RUSSIA, "engage_covertly taliban: 1", "engage_covertly taliban now: 1", "a lever is written `do target`, such as"),
    (
        RUSSIA,
        "engage_covertly t",
        "engage_covertli t",
        "not an instrument; did you mean 'engage_covertly'?",
    ),
    (RUSSIA, "engage_covertly t", "engage_covertly th", "thaliban is not an actor; did you mean 'taliban'?"),
    (RUSSIA, "engage_covertly taliban: 1", "engage_covertly taliban: 2", "must be at most 1"),
    (RUSSIA, "convene moscow_format", "convene moscow", "moscow is not a forum; did you mean 'moscow_format'?"),
    (RUSSIA, "convene moscow_format", "convene qcg", "us convenes it"),
    (
        US,
        "invite russia",
        "invite iran",
        "us convenes no channel with a chair for iran; forums.yaml",
    ),
    (RUSSIA, "press_for_talks us", "invite us", "russia convenes no channel with a chair for us"),
    (US, "    start: full", "    start: ful", "not an option of this stance; did you mean 'full'?"),
    (US, "fight daesh", "fight taliban", "set by war already"),
    (RUSSIA, "at: us_channel", "at: us_chanel", "not a forum; did you mean 'us_channel'?"),
    (
        RUSSIA,
        "at: us_channel",
        "at: kabul_channel",
        "russia has no seat there; an option that sets",
    ),
    (TALIBAN, "      none: {}\n      moscow:", "      moscow:", "the first option must always be possible"),
    (TALIBAN, "  moderate:", "  moderat:", "must be 'moderate' or 'hardline'"),
    # roles
    ("theatre.yaml", "patron: us", "patron: uss", "not an actor; did you mean 'us'?"),
    ("theatre.yaml", "talks: moscow_format", "talks: moscow", "not a forum; did you mean 'moscow_format'?"),
    # effects and rules
    ("effects.yaml", "raises: [violence]", "raises: [violense]", "not an outcome; did you mean 'violence'?"),
    (
        "effects.yaml",
        "lowers: [kabul_authority]",
        "lowers: [kabul_autority]",
        "not an outcome; did you mean 'kabul_authority'?",
    ),
    ("effects.yaml", "do: eradicate_poppy", "do: eradicate_popy", "not an instrument; did you mean 'eradicate_poppy'?"),
    ("effects.yaml", "id: ban,", "id: war,", "this id stands in the list already"),
    ("rules.yaml", "through: [settlement]", "through: [setlement]", "not an outcome; did you mean 'settlement'?"),
    ("rules.yaml", "    wants: less", "    wants: fewer", "must be 'less', 'more' or 'held'"),
    ("rules.yaml", "enemy: daesh", "enemy: dash", "not an actor or an outcome; did you mean 'daesh'?"),
    # values that mean nothing
    (RUSSIA, "seats: 1", "seats: -1", "must be at least 0"),
    (RUSSIA, "label: Russia", "label: ''", "must not be empty"),
    (RUSSIA, "salience: vital", "salience: 3", "a number of the unit salience lies between 0 and 2"),
    (RUSSIA, "salience: vital", "salience: [0.5, -1, 1]", "a number of the unit salience lies between 0 and 2"),
    (PAKISTAN, "tie: friend", "tie: 4", "a number of the unit tie lies between -1 and 1"),
    (PAKISTAN, "value: 0.1, low: 0, high: 0.25", "value: 0.1, low: 0, high: 25", "lies between -2 and 2"),
    (PAKISTAN, "  daesh: {tie", "  pakistan: {tie", "a tie is to another actor"),
    (PAKISTAN, "press_for_talks us: 1}}", "press_for_talks pakistan: 1}}", "pakistan is the actor itself"),
    ("effects.yaml", "size: slight", "size: 5", "a number of the unit effect lies between -1 and 1"),
    ("effects.yaml", "target: kabul", "target: iran", "no actor has the lever fight iran"),
    ("effects.yaml", "lowers: [kabul_authority]", "lowers: [taliban_recognition]", "is raised as well"),
    ("rules.yaml", "target: taliban}", "target: us}", "no actor has the lever support us"),
    ("outcomes.yaml", "of: us,", "of: uss,", "not an actor, a forum or a lever (actor.do.target)"),
    ("outcomes.yaml", "name: violence", "name: vio-lence", "must be lower-case letters, digits and _"),
    ("forums.yaml", "2016-12: [pakistan", "2016-12: [russia", "the convenor is always there; leave it out"),
    ("forums.yaml", "[kabul, iran", "[china, iran", "is invited already"),
    ("forums.yaml", "[kabul, iran", "[daesh, iran", "has no seat to take at moscow_format"),
    ("forums.yaml", "meets: [2016-12", "meets: [2006-12", "a date must lie within 2015-09 to 2035-12"),
    ("events.yaml", "month: 2016-05", "month: 2006-05", "a date must lie within 2015-09 to 2035-12"),
    ("conditions.yaml", "low: 0, high: 150", "low: 200, high: 150", "must not be above high, 150"),
    ("conditions.yaml", "{2015-09: 0}", "{}", "must not be empty"),
    ("theatre.yaml", "record_ends: 2018-01", "record_ends: 2008-01", "must lie between start and last"),
    ("theatre.yaml", "months: 64", "months: 640", "a run of so many months ends after last"),
    ("theatre.yaml", "half: 9000", "half: 0", "must be above 0"),
    (
        "theatre.yaml",
        "sanctuary: [PAK]",
        "sanctuary: [PAC]",
        "not a border of a province (provinces.csv); did you mean",
    ),
    ("outcomes.yaml", "name: contested", "name: replicate", "tables of results have a column of this name"),
    ("words.yaml", "claims: [C49]", "claims: [C94]", "not a claim"),
    (
        "words.yaml",
        "scenario: us_engages_taliban",
        "scenario: us_engage_taliban",
        "not a shipped scenario; did you mean",
    ),
    # numbers that nothing reads, and units
    (PARAMETERS, "  decide.inertia:", "  decide.inertja:", f"{UNREAD}; did you mean 'decide.inertia'?"),
    (PARAMETERS, '"{spoiler}.growth":', '"{spoiler}.grwth":', f"{UNREAD}; did you mean 'daesh.growth'?"),
    (PARAMETERS, "  cost.attend:", "  cost.atend:", f"{UNREAD}; did you mean 'cost.attend'?"),
    (PARAMETERS, "  decide.form:", "  extra: {value: 0, low: 0, high: 1}\n  decide.form:", UNREAD),
    (PARAMETERS, "unit: 1/utility", "unit: 1/utilty", "not a unit; did you mean '1/utility'?"),
    (PARAMETERS, "unit: salience", "unit: tie", "salience.vital is measured in salience"),
    (
        PARAMETERS,
        "low: 0.6, high: 1.4, unit: salience",
        "low: 0.6, high: 14, unit: salience",
        "must lie between 0 and 2",
    ),
    (PAKISTAN, "unit: utility", "unit: utilty", "the unit here is utility"),
    (PAKISTAN, "  support: {value", "  eradicate_poppy: {value", "no option of pakistan sets it, so that it never"),
    (
        RUSSIA,
        "seats: 1",
        "costs: {support: {value: 0.2, low: 0.1, high: 0.3, unit: share}}\nseats: 1",
        "the unit here is",
    ),
    (
        "actors/07_china.yaml",
        "seats: 1",
        "sponsor: [0.1, 0, 0.2]\nseats: 1",
        "no option of china sets `support taliban`",
    ),
    (RUSSIA, "seats: 1", "factions: {moderate: {claims: [C01], interests: []}}\nseats: 1", "only taliban has factions"),
    (RUSSIA, "ideal: 0", "ideal: 5", "must be at most 1"),
    (
        "conditions.yaml",
        "name: crises_elsewhere",
        "name: crises",
        "equations ask for; did you mean 'crises_elsewhere'?",
    ),
    ("conditions.yaml", "name: daesh_inflow", "name: daesh_inflw", "equations ask for; did you mean 'daesh_inflow'?"),
    ("rules.yaml", "function: shared_enemy", "function: null", "no equation carries the rule shared_enemy; without a"),
    ("rules.yaml", "function: shared_enemy", "function: ''", "must be lower-case letters, digits and _"),
    (
        "rules.yaml",
        "{russia: us, us: russia}",
        "{rusia: us, us: russia}",
        "not an actor, as another of these keys is; did",
    ),
    # names that are taken, or nobody's
    (RUSSIA, "name: russia", "name: opium", "the crop has this name"),
    ("forums.yaml", "name: qcg", "name: china", "an actor or the crop has this name; choose another"),
    ("outcomes.yaml", "name: contested", "name: china", "an actor or a forum has this name; choose another"),
    ("theatre.yaml", "spoiler: daesh", "spoiler: ''", "must be lower-case letters, digits and _"),
    ("words.yaml", "  dealing: dealings", "  deeling: dealings", "not a stance; did you mean 'dealing'?"),
    ("words.yaml", "same index:", "same indx:", "not a unit of an outcome or a parameter; did you mean 'same index'?"),
    # what supports an entry
    (RUSSIA, "claims: [C15, C38, C39]", "claims: []", "cites nothing; write claims: [C01], or a source"),
    (RUSSIA, "guest_at: {qcg: {claims: [C10", "guest_at: {qcg: {claims: [C90", "not a claim; did you mean"),
    ("sources.yaml", "  calvo1983:", "  calvo1893:", "not listed in sources.yaml; did you mean 'calvo1893'?"),
]


KIND = "kind 'contekst' is no kind of claim; did you mean 'context'?"
CONDITION_LINES = (data_folder() / "conditions.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
(CRISES,) = (line for line in CONDITION_LINES if "crises_elsewhere" in line)


@pytest.mark.parametrize(("name", "old", "new", "rule"), MISTAKES, ids=[f"{m[0]} {m[2]}" for m in MISTAKES])
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    spoilt: Callable[[str, str, str], Path], name: str, old: str, new: str, rule: str
) -> None:
    folder = spoilt(name, old, new)
    text, changed = ((place / name).read_text(encoding="utf-8") for place in (data_folder(), folder))
    with pytest.raises(InputError) as caught:
        load(folder)
    (problem, *_) = [each for each in caught.value.problems if rule in str(each)]
    if name == "sources.yaml":  # which is missed where it is cited
        assert problem.path == str(folder / "parameters.yaml")
        return
    assert problem.path == str(folder / name)
    assert problem.line == text[: text.index(old)].count("\n") + 1
    assert problem.column is not None
    stands = changed.splitlines()[problem.line - 1][problem.column - 1 :]
    assert stands.lstrip('"').startswith(problem.value)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("provinces.csv", "AF-KAP,", "AF-KAB,"),
        ("claims.csv", "C02,", "C01,"),
        ("own_effects.csv", "daesh,fight,kabul,taliban_control", "daesh,fight,kabul,kabul_authority"),
        ("claims.csv", ",context,,author", ",contekst,,author"),
        ("adjacency.csv", "AF-KAB,AF-KAP", "AF-KAB,AF-KAB"),
    ],
)
def test_a_line_of_a_table_that_means_nothing_is_told(
    spoilt: Callable[[str, str, str], Path], name: str, old: str, new: str
) -> None:
    folder, text = spoilt(name, old, new), (data_folder() / name).read_text(encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder)
    rules = ("another line has this name", "a province does not adjoin itself", KIND)
    line = text[: text.index(old)].count("\n") + 1
    assert [p.line for p in caught.value.problems if p.path == str(folder / name) and p.rule in rules] == [line]


def test_a_part_that_is_none_is_told(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt("parameters.yaml", '  "{spoiler}.start"', '  "{spoilr}.start"')
    with pytest.raises(InputError, match=r"'\{spoilr\}.start': not a part in braces; there are \{challenger\}, "):
        load(folder)


@pytest.mark.parametrize(
    ("name", "old", "new", "rule"),
    [
        ("conditions.yaml", CRISES, "", "the equations ask for a circumstance that is not there"),
        (
            "outcomes.yaml",
            "measure: acceptance, of: us",
            "measure: acceptance",
            "measures acceptance of one of the mediators",
        ),
        (
            "outcomes.yaml",
            "measure: acceptance, of: us",
            "measure: acceptance, of: iran",
            "of one of the mediators; write `of`: r",
        ),
    ],
)
def test_what_the_equations_miss_is_told_when_they_are_made(
    spoilt: Callable[[str, str, str], Path], name: str, old: str, new: str, rule: str
) -> None:
    with sim.use_theatre(spoilt(name, old, new)), pytest.raises(InputError, match=rule):
        sim.run("baseline", replicates=1, months=1)


def test_a_table_with_semicolons_is_told_once(spoilt: Callable[[str, str, str], Path]) -> None:
    table = (data_folder() / "adjacency.csv").read_text(encoding="utf-8")
    folder = spoilt("adjacency.csv", table, table.replace(",", ";"))
    with pytest.raises(InputError, match=r"adjacency.csv:1: 'a;b': commas must stand between columns, not semicolons$"):
        load(folder)


def test_what_a_pattern_cites_is_there(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt("patterns.yaml", "source: stances", "source: stanzas")
    with pytest.raises(InputError, match=r"patterns.yaml:27:\d+: 'stanzas': not listed in sources.yaml; did you mean"):
        declared_patterns(load(folder), folder)


def test_a_column_twice_is_told(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt("adjacency.csv", "a,b\n", "a,a\n")
    with pytest.raises(InputError, match=r"adjacency.csv:1: 'a': another column has this name"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("word.yaml", "did you mean 'words.yaml'?"),
        ("own_effect.csv", "did you mean 'own_effects.csv'?"),
        ("rule.py", "did you mean 'rules.py'?"),
        ("actors/12_turkey.yml", "an actor's file ends in .yaml"),
        ("my_scenario.yaml", "keep what is none of its files elsewhere"),
    ],
)
def test_a_file_that_nothing_reads_is_told(spoilt: Callable[[str, str, str], Path], name: str, hint: str) -> None:
    folder = spoilt("theatre.yaml", "title", "title")
    (folder / name).write_text("", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(folder)
    assert str(caught.value) == f"{folder / name}: no file of a theatre is called so; {hint}"


def test_equations_ask_for_what_the_shipped_theatre_has() -> None:
    """So that its names can be those that another theatre may use."""
    shipped = load()
    known, named = asked().by(shipped), {name for name in shipped.named_numbers() if isinstance(name, str)}
    fields = {*map(shipped.named, NUMBERS)}
    assert fields <= shipped.parameters.keys()
    mechanisms = {f"{rule}.strength" for rule in known.mechanisms}
    assert mechanisms <= fields
    assert not known.parameters.keys() - fields - named
    assert {*known.conditions} == {shipped.named(name) for name in CONDITIONS.values()}
    assert known.conditions == tuple(condition.name for condition in shipped.conditions)


def test_every_file_of_the_shipped_theatre_has_a_name_of_one() -> None:
    files = {path.name for path in data_folder().iterdir() if path.suffix in {".yaml", ".csv", ".geojson"}}
    assert files == {*NAMES} - {CODE}


def test_a_number_without_a_unit_has_that_of_its_place(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt(RUSSIA, "salience: vital", "salience: {value: 1.5, low: 1, high: 2}")
    numbers = [number for name, number in load(folder).parameters.items() if name.startswith("salience.russia.")]
    assert [(number.unit, number.limits.high) for number in numbers] == [("salience", 2.0)]


def test_a_list_that_is_too_short_is_told_how_long_it_must_be(spoilt: Callable[[str, str, str], Path]) -> None:
    folder = spoilt(
        RUSSIA, "      covert: {sets: {engage_covertly taliban: 1}}\n      open: {sets: {engage_publicly", "      #"
    )
    with pytest.raises(InputError, match=r"russia.yaml:18:7: must have 2 entries at least"):
        load(folder)
