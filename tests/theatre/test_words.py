"""Words and shapes of a theatre: read strictly, never needed, and no number hangs on them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from influence_sim.base.errors import InputError
from influence_sim.theatre import load, shipped
from influence_sim.theatre.files import data_folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A copy of the shipped theatre."""
    return Path(shutil.copytree(data_folder(), tmp_path / "own"))


def test_a_theatre_without_words_goes_by_labels_and_ids(own: Path) -> None:
    (own / "words.yaml").unlink()
    theatre = load(own)
    assert theatre.headline == theatre.vocabulary.outcomes[:5]
    assert theatre.within["us"] == "United States"
    assert theatre.short["central_asia"] == "Central Asia"
    assert theatre.inner("Opium output") == "opium output"
    assert theatre.instruments["eradicate_poppy"].thing == "rooting out poppy on its own ground"
    assert theatre.tiles == {}
    assert theatre.digest == shipped().digest


def test_words_that_change_are_read_again_and_change_no_digest(own: Path) -> None:
    before, path = load(own), own / "words.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("within: the Taliban", "within: them"), encoding="utf-8")
    assert load(own).within["taliban"] == "them"
    assert load(own).digest == before.digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  daesh: {place", "  dash: {place", "words for the actor dash"),
        ("headline: [kabul_authority", "headline: [kabul", "words for the outcome kabul"),
        ("  qcg: four", "  quad: four", "words for the forum quad"),
        ("  tie.strength:", "  ties.strength:", "words for the parameter ties.strength"),
        ("JOW BAL", "JOW BLA", "a place on the map for BLA; no place on the map for AF-BAL"),
        ("JOW BAL", "JOW JOW", "a province has two places on the map; no place on the map for AF-BAL"),
        ("europe engage_publicly taliban", "europe fight taliban", "an example of the lever europe fight taliban"),
        ("rule: precedent", "rule: president", "an example of the rule president"),
        ("country: Afghanistan", "land: Afghanistan", "words.yaml:3:1: 'land'"),
    ],
)
def test_words_for_nothing_are_mistakes(own: Path, old: str, new: str, words: str) -> None:
    path = own / "words.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as found:
        load(own)
    assert words in str(found.value).replace("\n", "; ")
