"""Titles in any script: a font that has its letters where there is one, otherwise one note and no warnings."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from matplotlib.font_manager import fontManager

from influence_sim.cli.console import NO_GLYPH
from influence_sim.views import saving

look: Any = importlib.import_module("influence_sim.views.style")
CHINESE, DARI = "美国效仿俄罗斯的做法", "ایالات متحده از روسیه پیروی می‌کند"
RARE = "\u1d81"
"""A letter that STIX has, which travels with matplotlib, and DejaVu lacks."""


def drawn(text: str, weight: str = "normal") -> bytes:
    with look.style():
        figure = look.new_figure(2, 1)
        figure.text(0.1, 0.1, text, weight=weight)
    return saving.render(figure, "png")


def test_a_font_that_has_the_letters_is_found_and_changes_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU])
    plain = drawn("Kabul")
    with pytest.warns(UserWarning, match="Glyph 7553"):
        boxes = drawn(RARE)
    assert look.installed(["No such font", "STIXGeneral"]) == ["STIXGeneral"]
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU, "STIXGeneral"])
    assert drawn(RARE) != boxes
    assert drawn("Kabul") == plain


@pytest.mark.parametrize(
    ("style", "weight"), [("normal", 400), ("normal", "regular"), ("normal", 500), ("normal", 900), ("italic", 700)]
)
def test_a_font_of_one_weight_is_used_for_all_without_a_word(
    style: str, weight: int | str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Debian's Droid has no bold, and WenQuanYi is of medium weight; readers were told so with every picture."""
    stix = next(font for font in fontManager.ttflist if Path(font.fname).name == "STIXGeneral.ttf")
    only = replace(stix, style=style, weight=weight)

    def pictures(name: str, family: Callable[[list[str]], list[str]]) -> list[bytes]:
        caplog.clear()
        fonts = [*fontManager.ttflist, replace(only, name=name)]
        monkeypatch.setattr(fontManager, "ttflist", fonts)
        monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU, *family([name, "No such font"])])
        return [drawn(RARE, weight) for weight in ("normal", "bold")]

    noisy = pictures(f"Only {style} {weight}", look.installed)
    assert "Failed to find font weight" in caplog.text
    assert pictures(f"Both {style} {weight}", look.in_both_weights) == noisy
    assert caplog.messages == []


@pytest.mark.usefixtures("few_pixels")
@pytest.mark.filterwarnings("default")  # as in a program of its own
@pytest.mark.parametrize(("title", "notes"), [(CHINESE, [NO_GLYPH]), (DARI, [])])
def test_titles_of_other_scripts(
    title: str, notes: list[str], here: Path, invoke: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(look.RC, "font.family", [look.DEJAVU])
    scenario = f"schema_version: 1\nname: other\ntitle: {title}\nquestion: {title}?\nextends: us_engages_taliban\n"
    Path("other.yaml").write_text(scenario, encoding="utf-8")
    warnings = invoke("run", "other.yaml", "--replicates", 2, "--months", 30, "--assumptions", "none", "--out", "out")
    assert warnings.stderr.splitlines() == notes
    assert title in warnings.stdout
    assert invoke("plot", "out", "--quiet").stderr == ""
