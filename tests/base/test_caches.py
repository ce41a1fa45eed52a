"""Where machine code and fonts are kept if neither the installation nor the home can be written."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from influence_sim.base import caches

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="other rules for permissions")
NAMES = ("NUMBA_CACHE_DIR", "MPLCONFIGDIR")


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that would be made; no other can be written, and no variable names one."""
    for name in NAMES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"influence_sim-{os.getuid()}"


def named() -> dict[str, str | None]:
    caches.provide()
    return {name: os.environ.get(name) for name in NAMES}


def test_a_private_folder_is_named(private: Path) -> None:
    assert named() == {"NUMBA_CACHE_DIR": str(private / "numba"), "MPLCONFIGDIR": str(private / "matplotlib")}
    assert private.stat().st_mode & 0o777 == 0o700
    assert named() == named()


def test_what_the_user_names_is_left_alone(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", "mine")
    assert named()["NUMBA_CACHE_DIR"] == "mine"


def test_nothing_is_named_where_the_usual_places_can_be_written(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert named() == dict.fromkeys(NAMES)
    assert not private.exists()


@pytest.mark.parametrize("kind", ["link", "open", "file"])
def test_a_folder_that_might_be_anothers_is_not_used(kind: str, private: Path, tmp_path: Path) -> None:
    """Whose code would be run."""
    if kind == "link":
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        private.symlink_to(tmp_path / "elsewhere")
    elif kind == "open":
        private.mkdir()
        private.chmod(0o770)
    else:
        private.write_text("")
    assert named() == dict.fromkeys(NAMES)
