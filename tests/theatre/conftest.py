"""A copy of the shipped theatre in which something is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from influence_sim.theatre.files import data_folder


@pytest.fixture
def spoilt(tmp_path: Path) -> Callable[[str, str, str], Path]:
    """Copies the data, with one text of one file replaced where it stands first."""

    def spoil(name: str, old: str, new: str) -> Path:
        folder = tmp_path / "data"
        shutil.copytree(data_folder(), folder)
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return spoil
