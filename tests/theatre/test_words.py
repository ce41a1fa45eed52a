"""Words and shapes of a theatre: read strictly, never needed, and no number hangs on them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from influence_sim.base.errors import InputError
from influence_sim.theatre import load, shipped
from influence_sim.theatre.files import data_folder


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A copy of the shipped theatre."""
    return Path(shutil.copytree(data_folder(), tmp_path / "own"))


def test_a_theatre_without_words_goes_by_labels_and_ids(world: Path) -> None:
    (world / "words.yaml").unlink()
    theatre = load(world)
    assert theatre.headline == theatre.vocabulary.outcomes[:5]
    assert theatre.within["us"] == "United States"
    assert theatre.short["central_asia"] == "Central Asia"
    assert theatre.inner("Opium output") == "opium output"
    assert theatre.instruments["eradicate_poppy"].thing == "rooting out poppy on its own ground"
    assert theatre.tiles == {}
    assert theatre.digest == shipped().digest


def test_names_keep_their_capital_although_nobody_lists_them(world: Path) -> None:
    """A label shows behind its beginning what a name is, and an actor's label is one."""
    path = world / "words.yaml"
    path.write_text(
        re.sub(r"^proper: .*$", "proper: []", path.read_text(encoding="utf-8"), flags=re.M), encoding="utf-8"
    )
    actor = world / "actors" / "10_india.yaml"
    actor.write_text(
        actor.read_text(encoding="utf-8").replace("label: India", "label: The neighbours"), encoding="utf-8"
    )
    theatre = load(world)
    for label in ("Kabul's authority", "Daesh threat", "China's engagement", "European states", "UN envoys", "McMahon"):
        assert theatre.inner(label) == label
    assert [theatre.inner(label) for label in ("States at talks", "The US")] == ["states at talks", "the US"]
    assert theatre.within["india"] == "the neighbours"


def test_words_that_change_are_read_again_and_change_no_digest(world: Path) -> None:
    before, path = load(world), world / "words.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("within: the Taliban", "within: them"), encoding="utf-8")
    assert load(world).within["taliban"] == "them"
    assert load(world).digest == before.digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  daesh: {place", "  dash: {place", "'dash': not an actor; did you mean 'daesh'?"),
        ("headline: [kabul_authority", "headline: [kabul", "'kabul': not an outcome"),
        ("  qcg: four", "  quad: four", "'quad': not a forum"),
        ("  tie.strength:", "  ties.strength:", "'ties.strength': not a parameter; did you mean 'tie.strength'?"),
        ("JOW BAL", "JOW BLA", "BLA is no province"),
        ("JOW BAL", "JOW JOW", "a province has two places"),
        ("europe engage_publicly taliban", "europe fight taliban", "'europe fight taliban': not a lever"),
        ("rule: precedent", "rule: president", "'president': not a rule"),
        ("country: Afghanistan", "land: Afghanistan", "words.yaml:3:1: 'land'"),
    ],
)
def test_words_for_nothing_are_mistakes(world: Path, old: str, new: str, words: str) -> None:
    path = world / "words.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(world)
    assert words in str(caught.value).replace("\n", "; ")
