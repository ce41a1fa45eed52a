"""Whatever stands in a file: a command ends by itself, in words, and touches nothing outside its folder.

`INFLUENCE_SIM_FUZZ=4000 python -m pytest -m slow tests/fuzz` goes on looking, at random, with so many cases of each
kind. What it finds is mended, and its file kept in the corpus beside the tests of its kind.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import watch
from cases import POINTS, RESULT, SCENARIO, SCORE, STUDY, THEATRE, Case, cases, found_wrong
from hypothesis import HealthCheck, Phase, given, settings
from strategies import Put

FEW, MANY = 40, int(os.environ.get("INFLUENCE_SIM_FUZZ", "200"))


def look(kind: str, place: Path, number: int, *, expensive: bool, **more: Any) -> None:
    """Fails with whatever commands do wrong in so many folders of a kind."""

    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck), **more)
    @given(cases(kind))
    def check(case: Case) -> None:
        assert found_wrong(case, place, expensive=expensive) == []

    check()


@pytest.mark.parametrize("kind", [SCENARIO, STUDY, POINTS])
def test_changed_files_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    look(kind, tmp_path, FEW, expensive=False, derandomize=True, phases=[Phase.generate])


@pytest.mark.slow
@pytest.mark.parametrize("kind", [SCENARIO, STUDY, POINTS, SCORE, RESULT, THEATRE])
def test_many_changed_files_are_read_or_refused(kind: str, tmp_path: Path, compiled: None) -> None:
    import matplotlib.pyplot  # noqa: F401 - its own caches are made now
    import scoringrules  # noqa: F401

    look(kind, tmp_path, MANY, expensive=True)


def test_the_watch_sees_what_it_is_there_for(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret").write_text(watch.SECRET)
    with watch.watched(folder, outside, 120) as seen:
        (folder / "mine").write_text("x")
        assert seen == []
        Put("link", None, "link").into(folder, outside)
        (folder / "link").read_text()
        (tmp_path / "beside").write_text("x")
    assert len(seen) == 2
    Put("pipe", None, "pipe").into(folder, outside)
    with pytest.raises(AssertionError, match="no end"), watch.watched(folder, outside, 1):
        (folder / "pipe").read_text()
    assert watch.steers("a\x1b[2Jb\x9b\u202e\u2028\r") == {"\x1b", "\x9b", "\u202e", "\u2028", "\r"}
    assert not watch.steers("Größe, 俄罗斯\n")
