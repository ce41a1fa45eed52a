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


def fonts() -> str | None:
    caches.provide()
    return os.environ.get("MPLCONFIGDIR")


def code() -> Path | None:
    """The folder for machine code, in which each installation has its own."""
    folder = caches.machine_code()
    return folder and Path(folder).parent


def test_a_private_folder_is_named(private: Path) -> None:
    assert (fonts(), code()) == (str(private / "matplotlib"), private)
    assert private.stat().st_mode & 0o777 == 0o700
    assert (fonts(), code()) == (str(private / "matplotlib"), private)


def test_what_the_user_names_is_left_alone(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "mine")
    assert (fonts(), code()) == ("mine", Path("mine"))
    assert not private.exists()


def test_nothing_is_named_where_the_usual_places_can_be_written(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert (fonts(), caches.machine_code()) == (None, caches.BESIDE)
    assert not private.exists()


def test_machine_code_is_kept_at_home_where_the_installation_cannot_be_written(
    private: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: path == str(tmp_path))
    assert (fonts(), code()) == (None, tmp_path / "influence_sim")
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
    assert (fonts(), code()) == (None, None)
