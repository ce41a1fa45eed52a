"""What docs/reading.md shows is there, and what it says can be typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from influence_sim.api import FIGURE_KINDS
from influence_sim.cli.main import cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reading.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::UserWarning")  # of pyplot, that Agg shows nothing
def test_the_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    namespace: dict[str, object] = {}
    for code in blocks:
        names: dict[str, object] = {}
        exec(compile(code, PAGE.name, "exec"), names)  # the page's own example
        namespace |= names
    assert {"why", "both", "result", "russia", "turns"} <= namespace.keys()
    columns = re.findall(r"`(\w+)`", TEXT.partition("| column | says |")[2].partition("\n\n")[0])
    assert set(namespace["russia"].columns) <= set(columns)


def test_images_are_there_and_every_kind_is_named() -> None:
    images = re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", TEXT)
    assert len(images) == 6
    assert all((PAGE.parent / name).stat().st_size > 10_000 for name in images)
    named = set(re.findall(r"`(\w+)`", TEXT))
    assert {kind for kinds in FIGURE_KINDS.values() for kind in kinds} <= named


def test_commands_and_options_of_the_page_exist() -> None:
    lines = re.findall(r"^\$ influence-sim (.+)$", TEXT, re.MULTILINE)
    assert len(lines) == 5
    for line in lines:
        name, *words = line.split()
        known = {option for param in cli.commands[name].params for option in param.opts}
        assert {word for word in words if word.startswith("--")} <= known
