"""The data files against themselves: sums, shapes, codes and cut-off dates, as the package ships them."""

import csv
import re
from collections import defaultdict
from importlib import resources
from pathlib import Path

import pytest

from influence_sim.theatre import load

DATA = Path(str(resources.files("influence_sim"))) / "theatre" / "data"
YEARS = (2014, 2015, 2016, 2017)
LAST_DAY = "2018-01-31"
FIRST_STANCE, STANCES, MONTH = "2010-01", 147, r"\d{4}-(0[1-9]|1[0-2])"
PROVINCES, PAIRS, DISTRICTS, CLAIMS = 34, 80, 407, 61
SIGAR_REPORTS, REPORTS_FITTED, DYAD_YEARS, EVENTS = 10, 6, 24, 16
WEST_EAST, SOUTH_NORTH = (60, 75), (29, 39)  # degrees; the country lies well inside
STATEMENT_WORDS, REASON_WORDS = range(5, 31), range(8, 41)
NEIGHBOURS = {"PAK", "IRN", "TKM", "UZB", "TJK", "CHN"}
KINDS = {"interest", "context", "event", "alliance_rule", "trend", "causal", "number", "counterfactual"}
ACTORS = {"russia", "us", "kabul", "taliban", "daesh", "pakistan", "china", "iran"}
CONTEXT_ACTORS = {"europe", "india", "central_asia"}
PLAIN_COLUMNS = ("iso", "name", "population", "area_km2", "lon", "lat", "districts", "borders", "insurgency")
CLASSES = ("government", "contested", "insurgent")

Row = dict[str, str]


def read(name: str) -> list[Row]:
    """Rows of a data file; a row that is too long or too short is an error, not a blank."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows), f"{name}: ragged row"
    return rows


@pytest.fixture(scope="module")
def provinces() -> list[Row]:
    """The 34 provinces."""
    return read("provinces.csv")


@pytest.fixture(scope="module")
def claims() -> list[Row]:
    """The ledger."""
    return read("claims.csv")


def codes(rows: list[Row]) -> set[str]:
    """Province codes of a table."""
    return {row["iso"] for row in rows}


def reachable(pairs: list[Row], start: str) -> set[str]:
    """Provinces that can be reached from `start` over common borders."""
    beside: dict[str, set[str]] = defaultdict(set)
    for pair in pairs:
        beside[pair["a"]].add(pair["b"])
        beside[pair["b"]].add(pair["a"])
    seen, waiting = {start}, [start]
    while waiting:
        fresh = beside[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def test_there_are_34_provinces_with_distinct_codes_and_names(provinces: list[Row]) -> None:
    """Every province once, under an ISO 3166-2 code."""
    assert len(provinces) == len(codes(provinces)) == len({row["name"] for row in provinces}) == PROVINCES
    assert all(re.fullmatch(r"AF-[A-Z]{3}", row["iso"]) for row in provinces)


def test_provinces_add_up_to_the_country(provinces: list[Row]) -> None:
    """About 27 million settled people on about 644,000 square kilometres."""
    assert sum(int(row["population"]) for row in provinces) == pytest.approx(27.1e6, rel=0.01)
    assert sum(int(row["area_km2"]) for row in provinces) == pytest.approx(644e3, rel=0.01)


@pytest.mark.parametrize(("column", "frame"), [("lon", WEST_EAST), ("lat", SOUTH_NORTH)])
def test_provinces_lie_in_the_country(provinces: list[Row], column: str, frame: tuple[int, int]) -> None:
    """Longitude and latitude are in degrees and not swapped."""
    assert all(frame[0] < float(row[column]) < frame[1] for row in provinces)


def test_provincial_districts_match_the_list_they_came_from(provinces: list[Row]) -> None:
    """The control list and the province table count the same districts."""
    listed = {row["iso"]: row["districts"] for row in read("record/control_2017_10.csv")}
    assert {row["iso"]: row["districts"] for row in provinces} == listed


def test_provinces_border_only_known_neighbours_and_all_of_them(provinces: list[Row]) -> None:
    """Each neighbouring state touches at least one province, and no other state does."""
    assert {code for row in provinces for code in row["borders"].split(";") if code} == NEIGHBOURS


def test_the_province_table_holds_nothing_of_the_hold_out(provinces: list[Row]) -> None:
    """Control in October 2017 must not slip into the model's initial state."""
    opium = [f"opium_ha_{year}" for year in YEARS]
    assert list(provinces[0]) == [*PLAIN_COLUMNS, *opium]


def test_the_insurgency_is_told_in_standard_deviations(provinces: list[Row]) -> None:
    """Mean 0 and standard deviation 1 over provinces, to two decimals."""
    values = [float(row["insurgency"]) for row in provinces]
    assert all(re.fullmatch(r"-?\d\.\d\d", row["insurgency"]) for row in provinces)
    assert sum(values) / PROVINCES == pytest.approx(0, abs=0.005)
    assert sum(value**2 for value in values) / PROVINCES == pytest.approx(1, abs=0.01)
    ranked = [row["name"] for row in sorted(provinces, key=lambda row: float(row["insurgency"]))]
    assert ranked[0] == "Panjshir"  # no attack and no death
    assert ranked[-2:] == ["Zabul", "Helmand"]  # three of the four districts that Kabul said it had lost


def test_adjacency_lists_each_pair_of_known_provinces_once(provinces: list[Row]) -> None:
    """80 pairs; none with itself, none twice, none in both directions."""
    pairs = [(row["a"], row["b"]) for row in read("adjacency.csv")]
    assert len(pairs) == len({frozenset(pair) for pair in pairs}) == PAIRS
    assert all(a != b for a, b in pairs)
    assert {code for pair in pairs for code in pair} == codes(provinces)


def test_every_province_can_be_reached_from_kabul(provinces: list[Row]) -> None:
    """The graph is in one piece."""
    assert reachable(read("adjacency.csv"), "AF-KAB") == codes(provinces)


@pytest.mark.parametrize("year", YEARS)
def test_provincial_opium_adds_up_to_the_national_figure(provinces: list[Row], year: int) -> None:
    """National hectares are rounded to thousands: within 1 %."""
    national = {int(row["year"]): float(row["hectares"]) for row in read("record/opium_national.csv")}
    assert sum(int(row[f"opium_ha_{year}"]) for row in provinces) == pytest.approx(national[year], rel=0.01)


def test_opium_peaks_in_2017() -> None:
    """More ground and more opium in 2017 than in any of the three years before."""
    rows = read("record/opium_national.csv")
    assert [int(row["year"]) for row in rows] == list(YEARS)
    for column in ("hectares", "tonnes"):
        assert max(rows, key=lambda row: int(row[column]))["year"] == "2017"


def test_sigar_percentages_sum_to_a_hundred() -> None:
    """Three classes share all districts and, where recorded, all people."""
    rows = read("record/sigar_districts.csv")
    assert len(rows) == SIGAR_REPORTS
    for row in rows:
        districts = [float(row[f"percent_{name}"]) for name in CLASSES]
        people = [row[f"population_percent_{name}"] for name in CLASSES]
        assert sum(districts) == pytest.approx(100, abs=0.5), row["date"]
        if all(people):
            assert sum(map(float, people)) == pytest.approx(100, abs=0.5), row["date"]


def test_sigar_counts_are_of_407_districts() -> None:
    """407 wherever counts are given; SIGAR printed 408 for May 2016, and the row's note says so."""
    counted = [row for row in read("record/sigar_districts.csv") if row["districts_government"]]
    totals = {row["date"]: sum(int(row[f"districts_{name}"]) for name in CLASSES) for row in counted}
    assert {date: total for date, total in totals.items() if total != DISTRICTS} == {"2016-05-28": 408}
    assert "408" in next(row["note"] for row in counted if row["date"] == "2016-05-28")
    assert sum(date >= "2016-11" for date in totals) == REPORTS_FITTED


def test_sigar_percentages_follow_from_the_counts() -> None:
    """Printed shares are the counts over 407, to their rounding."""
    for row in read("record/sigar_districts.csv"):
        for name in CLASSES:
            if row[f"districts_{name}"]:
                share = 100 * int(row[f"districts_{name}"]) / DISTRICTS
                assert float(row[f"percent_{name}"]) == pytest.approx(share, abs=0.3), (row["date"], name)


def test_control_of_2017_10_is_marked_hold_out_and_adds_up(provinces: list[Row]) -> None:
    """177 of 398 districts and 36 % of people not under government, in all 34 provinces."""
    rows = read("record/control_2017_10.csv")
    assert codes(rows) == codes(provinces)
    assert {row["use"] for row in rows} == {"hold-out"}
    lost, all_ = (sum(int(row[name]) for row in rows) for name in ("districts_not_government", "districts"))
    assert (lost, all_) == (177, 398)
    people = {row["iso"]: int(row["population"]) for row in provinces}
    out = sum(people[row["iso"]] * float(row["share_population_not_government"]) for row in rows)
    assert out / sum(people.values()) == pytest.approx(0.36, abs=0.005)


def test_control_shares_follow_from_the_district_counts() -> None:
    """The share of districts is the count over the number of districts."""
    for row in read("record/control_2017_10.csv"):
        share = int(row["districts_not_government"]) / int(row["districts"])
        assert float(row["share_districts_not_government"]) == pytest.approx(share, abs=1e-4), row["iso"]
        assert 0 <= float(row["share_population_not_government"]) <= 1, row["iso"]


def test_deaths_lie_between_their_bounds_and_inside_the_window() -> None:
    """24 dyad-years; low, best and high in order; each dyad once a year."""
    rows = read("record/deaths_by_dyad.csv")
    dyad_years = {(row["year"], row["violence"], row["side_a"], row["side_b"]) for row in rows}
    assert len(dyad_years) == len(rows) == DYAD_YEARS
    for row in rows:
        assert int(row["deaths_low"]) <= int(row["deaths_best"]) <= int(row["deaths_high"]), row
        assert int(row["year"]) in range(2012, 2018), row


def test_taliban_and_daesh_fight_from_2015_on() -> None:
    """The record holds deaths between the two for each of the three years, and none before."""
    rows = read("record/deaths_by_dyad.csv")
    both = [row["year"] for row in rows if {row["side_a"], row["side_b"]} == {"taliban", "daesh"}]
    assert both == ["2015", "2016", "2017"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [("civilian_casualties", ("killed", "injured")), ("foreign_troops", ("us", "other_coalition"))],
)
def test_totals_are_the_sum_of_their_parts(name: str, parts: tuple[str, str]) -> None:
    """Nobody is lost or counted twice, and no year is missing."""
    rows = read(f"record/{name}.csv")
    years = [int(row["year"]) for row in rows]
    assert years == list(range(years[0], years[0] + len(years)))
    for row in rows:
        assert int(row["total"]) == sum(int(row[part]) for part in parts), row


def test_air_weapons_cover_2013_to_2017() -> None:
    """Five whole years with a positive count each."""
    weapons = {int(row["year"]): int(row["weapons_released"]) for row in read("record/air_weapons.csv")}
    assert list(weapons) == [2013, 2014, 2015, 2016, 2017]
    assert min(weapons.values()) > 0


def test_diplomatic_events_are_dated_in_order_and_end_with_the_record() -> None:
    """16 events, none after the record's last day."""
    dates = [row["date"] for row in read("record/diplomatic_events.csv")]
    assert len(dates) == EVENTS
    assert dates == sorted(dates)
    assert dates[-1] <= LAST_DAY
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in dates)


def test_forum_sizes_are_the_participants_of_the_moscow_events() -> None:
    """3, 6 and 11 states, none of them the United States: two files, one record."""
    sizes = {row["date"]: (int(row["states"]), int(row["us_came"])) for row in read("record/forum_sizes.csv")}
    came = {
        row["date"][:7]: row["participants"].split(";")
        for row in read("record/diplomatic_events.csv")
        if row["forum"] == "moscow_format"
    }
    assert sizes == {"2016-12": (3, 0), "2017-02": (6, 0), "2017-04": (11, 0)}
    assert sizes == {date: (len(set(who)), int("us" in who)) for date, who in came.items()}


@pytest.fixture(scope="module")
def stances() -> list[Row]:
    """Who held which policy, from when to when."""
    return read("record/stances.csv")


def test_stances_are_dated_within_the_record_and_use_known_codes(stances: list[Row]) -> None:
    """147 lines; months in order, none after the last; levels are shares; every line says who tells it."""
    assert len(stances) == STANCES
    for row in stances:
        assert re.fullmatch(MONTH, row["from"]), row
        assert FIRST_STANCE <= row["from"] <= (row["until"] or LAST_DAY[:7]) <= LAST_DAY[:7], row
        assert row["until"] == "" or re.fullmatch(MONTH, row["until"]), row
        assert 0 <= float(row["level"]) <= 1, row
        assert row["confidence"] in {"A", "B", "C"}, row
        assert row["source"], row
        assert bool(row["invited"]) <= (row["do"] == "attend"), row
    assert {row["actor"] for row in stances} - {"qatar", "japan"} == ACTORS | CONTEXT_ACTORS
    assert {row["do"] for row in stances} <= set(load().instruments)


def test_stances_are_in_order_and_none_stands_twice(stances: list[Row]) -> None:
    """Sorted by who does what to whom, then by month."""
    keys = [(row["actor"], row["do"], row["target"], row["from"], row["until"]) for row in stances]
    assert keys == sorted(keys)
    assert len({(*key, row["level"]) for key, row in zip(keys, stances, strict=True)}) == len(stances)


def test_who_sat_at_the_moscow_talks_is_one_record(stances: list[Row]) -> None:
    """The seats of the stances are the sizes of the forum; who came had been asked; the US alone declined."""
    seats = {actor.name: actor.seats for actor in load().actors}
    rows = [row for row in stances if row["do"] == "attend" and row["target"] == "moscow_format"]
    for size in read("record/forum_sizes.csv"):
        there = [row for row in rows if row["from"] == size["date"] and float(row["level"]) == 1]
        assert 1 + sum(seats[row["actor"]] for row in there) == int(size["states"]), size
        assert {row["invited"] for row in there} == {"yes"}
    assert [row["actor"] for row in rows if row["invited"] == "yes" and float(row["level"]) == 0] == ["us"]


def test_eradication_collapses_and_is_what_the_stances_say(stances: list[Row]) -> None:
    """Levels of the government's eradication are hectares, as a share of those of 2015."""
    hectares = {row["year"]: float(row["hectares"]) for row in read("record/eradication.csv")}
    levels = {
        row["from"][:4]: float(row["level"])
        for row in stances
        if row["actor"] == "kabul" and row["do"] == "eradicate_poppy"
    }
    assert levels == {year: round(area / hectares["2015"], 1) for year, area in hectares.items()}


def test_claims_are_numbered_from_1_to_61_without_gap(claims: list[Row]) -> None:
    """Unique, consecutive ids in order."""
    assert [row["id"] for row in claims] == [f"C{number:02}" for number in range(1, CLAIMS + 1)]


def test_every_claim_is_one_sentence_of_5_to_30_words(claims: list[Row]) -> None:
    """Short enough for a table, long enough to be understood alone."""
    for row in claims:
        assert len(row["statement"].split()) in STATEMENT_WORDS, row["id"]
        assert re.fullmatch(r"[A-Z][^.!?]*\.", row["statement"]), row["id"]


def test_claims_use_only_the_known_classes(claims: list[Row]) -> None:
    """Kinds, voices and what the record says come from closed lists."""
    for row in claims:
        assert set(row["kind"].split(";")) <= KINDS, row["id"]
        assert row["voice"] in {"author", "reported", "belief", "publisher"}, row["id"]
        assert row["record"] in {"", "supported", "disputed", "contradicted"}, row["id"]
        assert all(part.isdigit() for part in row["paragraph"].split(";")), row["id"]


def test_claims_name_their_actors_by_the_models_names(claims: list[Row]) -> None:
    """Slugs only, and each actor of the model is named by some claim."""
    named = [name for row in claims for name in row["actors"].split(";")]
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in named)
    assert set(named) >= ACTORS | CONTEXT_ACTORS


def test_a_claim_that_the_record_questions_says_how(claims: list[Row]) -> None:
    """A note stands exactly beside the disputed and the contradicted claims."""
    questioned = {row["id"] for row in claims if row["record"] in {"disputed", "contradicted"}}
    assert {row["id"] for row in claims if row["record_note"]} == questioned


def test_few_claims_are_left_out_and_each_gives_its_reason(claims: list[Row]) -> None:
    """A reason is a sentence; nearly all of the ledger is in use."""
    reasons = [row["left_out"] for row in claims if row["left_out"]]
    assert len(reasons) <= CLAIMS // 6
    assert all(len(reason.split()) in REASON_WORDS and reason.endswith(".") for reason in reasons)


def test_every_table_has_its_attribution() -> None:
    """No table in the folder without a word on source and terms, and no word on a table that is gone."""
    text = (DATA / "ATTRIBUTION.md").read_text(encoding="utf-8")
    tables = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.csv")}
    assert set(re.findall(r"[\w/]+\.csv", text)) - {"control_2017_10.csv", "forum_sizes.csv"} == tables
