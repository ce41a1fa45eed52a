"""Titles in any script: a font that has its letters where there is one, otherwise one note and no warnings."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from influence_sim.cli.console import NO_GLYPH
from influence_sim.views import saving

look: Any = importlib.import_module("influence_sim.views.style")
CHINESE, DARI = "美国效仿俄罗斯的做法", "ایالات متحده از روسیه پیروی می‌کند"
RARE = "\u1d81"
"""A letter that STIX has, which travels with matplotlib, and DejaVu lacks."""


def drawn(text: str) -> bytes:
    with look.style():
        figure = look.new_figure(2, 1)
        figure.text(0.1, 0.1, text)
    return saving.rendered(figure, "png")


def test_a_font_that_has_the_letters_is_found_and_changes_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU])
    plain = drawn("Kabul")
    with pytest.warns(UserWarning, match="Glyph 7553"):
        boxes = drawn(RARE)
    assert look.installed(["No such font", "STIXGeneral"]) == ["STIXGeneral"]
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU, "STIXGeneral"])
    assert drawn(RARE) != boxes
    assert drawn("Kabul") == plain


def test_a_font_for_other_scripts_without_bold_letters_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    regular = "cmr10"  # travels with matplotlib
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU, regular])
    with look.style():
        look.fontManager._findfont_cached.cache_clear()
        look.new_figure(2, 1).text(0.1, 0.1, "Kabul", weight="bold").get_window_extent()
    assert "font weight bold for cmr10" in caplog.text  # whose font it is, we do not know
    caplog.clear()
    monkeypatch.setattr(look, "OTHERS", (regular,))
    with look.style():
        look.fontManager._findfont_cached.cache_clear()
        look.new_figure(2, 1).text(0.1, 0.1, "Herat", weight="bold").get_window_extent()
    assert caplog.text == ""


@pytest.mark.filterwarnings("default")  # as in a program of its own
@pytest.mark.parametrize(("title", "notes"), [(CHINESE, [NO_GLYPH]), (DARI, [])])
def test_titles_of_other_scripts(
    title: str, notes: list[str], here: Path, invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU])
    scenario = f"schema_version: 1\nname: other\ntitle: {title}\nquestion: {title}?\nextends: us_engages_taliban\n"
    Path("other.yaml").write_text(scenario, encoding="utf-8")
    told = invoke("run", "other.yaml", "--replicates", 2, "--months", 30, "--assumptions", "none", "--out", "out")
    assert told.stderr.splitlines() == notes
    assert title in told.stdout
    assert invoke("plot", "out", "--quiet").stderr == ""
