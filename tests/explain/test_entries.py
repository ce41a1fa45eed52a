"""What a scenario fixes, in words, with its claims."""

from __future__ import annotations

import pytest

from influence_sim.analysis.explain.parts import Entry, claims_of, differing, in_words
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenarios") / "many.yaml"
    path.write_text(
        "schema_version: 1\nname: many\nclaims: [C55]\n"
        "interventions:\n"
        "  - {from: 2018-01, until: 2018-06, actor: us, do: fight, target: taliban, level: 0}\n"
        "  - {from: 2018-07, actor: us, do: fight, target: taliban, level: 0.5}\n"
        "  - {from: 2018-01, actor: kabul, do: attend, target: moscow_format}\n"
        "forums:\n  - {from: 2018-01, forum: moscow_format, invite: [taliban], meets: [2018-03]}\n"
        "conditions:\n  foreign_troops: {2018-01: 8, 2019-01: 0}\n  aid_to_kabul: {2018-01: 0.5}\n"
        "changes:\n  - {from: 2018-01, set: {authority.erosion: 0.3}}\n",
        encoding="utf-8",
    )
    theatre = load()
    scenario, baseline = (load_scenario(ref, theatre.vocabulary) for ref in (path, "baseline"))
    entries = differing(scenario, baseline)
    return {entry.name: (in_words(entry, scenario, theatre), claims_of(entry, scenario, theatre)) for entry in entries}


def test_entries_of_one_lever_are_one_part(entries):
    assert entries["us fight taliban"] == (
        "the United States: does not fight the Taliban, from 2018-01 to 2018-06; "
        "the United States: fights the Taliban at 0.5, from 2018-07",
        ("C18",),
    )
    assert (
        entries["kabul attend moscow_format"][0] == "the government in Kabul: sits at the Moscow format, from 2018-01"
    )


def test_forums_conditions_and_changes_are_told(entries):
    words, claims = entries["moscow_format"]
    assert words == "Moscow format: the Taliban invited to it, from 2018-01; meets in 2018-03"
    assert claims
    assert entries["foreign_troops"] == ("foreign troops at 8 from 2018-01; foreign troops at 0 from 2019-01", ("C15",))
    assert entries["aid_to_kabul"][0] == "aid to Kabul at 0.5 from 2018-01"
    assert entries["authority.erosion"] == ("authority.erosion at 0.3, from 2018-01", ("C35",))
    assert len(entries) == 6


def test_what_only_the_other_fixes_is_told():
    theatre = load()
    first, other = (load_scenario(name, theatre.vocabulary) for name in ("baseline", "opium_ban"))
    (entry,) = differing(first, other)
    assert entry == Entry("interventions", "taliban eradicate_poppy opium")
    assert in_words(entry, first, theatre) == "nothing is fixed for taliban eradicate_poppy opium"
