"""The code knows parts; who plays them, where and over what, only the theatre's files say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import pytest

from influence_sim.theatre import shipped

PACKAGE = Path(str(resources.files("influence_sim")))
DATA = PACKAGE / "theatre" / "data"
KINDS = {".py", ".js", ".j2", ".css", ".html", ".md"}
FILES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in KINDS and DATA not in path.parents)
TOO_SHORT = {"us"}
"""Names that are words of the language, too: they are looked for as a quoted word, an attribute or a variable."""


def names() -> set[str]:
    """What the shipped theatre calls its actors, forums, crop, neighbours and itself."""
    theatre = shipped()
    words = {theatre.crop.name, theatre.crop.plant, theatre.words.country, *theatre.words.proper}
    words |= {code for province in theatre.provinces for code in (province.iso, *province.borders)}
    for thing in (*theatre.actors, *theatre.forums):
        words |= {thing.name, thing.label}
    return words | set(theatre.short.values()) | {province.name for province in theatre.provinces}


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of some words."""
    return rf"\b(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b"


# Short capitals are told from words by their case.
SHORT = re.compile(any_of(name for name in names() - TOO_SHORT if len(name) < 4) + r"|[\"'`.]us\b(?!')|\bus\s*[=:)]")
LONG = re.compile(any_of(name.lower() for name in names() if len(name) >= 4))


def named(text: str) -> bool:
    """Whether a text names anyone, by whatever case; a pattern that ignores it takes ten times as long."""
    return bool(LONG.search(text.lower()) or SHORT.search(text))


def test_no_file_of_the_code_names_anyone() -> None:
    places = []
    for path in FILES:
        lines = path.read_text(encoding="utf-8").splitlines()
        places += [f"{path}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if named(line)]
    assert len(FILES) > 100
    assert not places


@pytest.mark.parametrize("text", ["kabul", "the Taliban's", 'of("us")', "x.us", "us = 1", "the US", "Moscow", "PAK"])
def test_a_name_would_be_found(text: str) -> None:
    assert named(text)


@pytest.mark.parametrize("text", ["it tells us so", "us_engages_taliban", "kabul_authority", "status", "focus."])
def test_words_and_longer_names_are_none(text: str) -> None:
    assert not named(text)


ADDRESS = re.compile(r"index-url|find-links|//(?:deb|files|ftp|registry|security)\.[\w-]+\.(?:com|org)\b")
"""Of a package index or its files: whoever installs chooses where from."""
ROOT = Path(__file__).parents[2]
TEXTS = {*KINDS, ".cfg", ".ipynb", ".json", ".toml", ".txt", ".yaml", ".yml"}


def test_no_file_says_where_packages_are_to_come_from() -> None:
    folders = (ROOT / name for name in ("influence_sim", "scenarios", "notebooks", "tests", "docs"))
    files = [*ROOT.glob("*"), *(path for folder in folders for path in folder.rglob("*"))]
    texts = [path for path in files if path.suffix in TEXTS and path.is_file() and path != Path(__file__)]
    assert len(texts) > 500
    assert not [path for path in texts if ADDRESS.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "text", ["https://files.example.org/a.whl", "http://registry.example.com/a", "--extra-index-url x"]
)
def test_such_a_place_would_be_found(text: str) -> None:
    assert ADDRESS.search(text)
