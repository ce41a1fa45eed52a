"""Whatever stands in a file: a command ends by itself, in words, and touches nothing outside its folder.

`INFLUENCE_SIM_FUZZ=4000 python -m pytest -m slow tests/fuzz -n 0 -s` goes on looking, at random, with so many cases of
each kind (`-k "result or theatre"` for some kinds, `--hypothesis-seed=7` for other cases than without), and says which
command took longest. Let no more memory be had than the machine has, as by `ulimit -v 12000000`: some files never end.
What it finds is mended, and its file kept in the corpus beside the tests of its kind.
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

pytestmark = [
    pytest.mark.usefixtures("few_pixels", "few_replicates"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),  # of files
    pytest.mark.filterwarnings("default:Glyph"),  # as in a program of its own, which makes one note of it
]
FEW, MANY = 20, int(os.environ.get("INFLUENCE_SIM_FUZZ", "60"))


def look(kind: str, place: Path, number: int, *, expensive: bool, **more: Any) -> None:
    """Fails with whatever commands do wrong in so many folders of a kind; says which took longest."""
    took = dict[str, float]()

    @settings(max_examples=number, deadline=None, database=None, suppress_health_check=list(HealthCheck), **more)
    @given(cases(kind))
    def check(case: Case) -> None:
        assert found_wrong(case, place, expensive=expensive, took=took) == []

    check()
    longest = max(took, key=took.__getitem__)
    print(f"{number} of {kind}: nothing took longer than {took[longest]:.1f} s, as did {longest!r}")


@pytest.mark.parametrize("kind", [SCENARIO, STUDY, POINTS])
def test_changed_files_are_read_or_refused(kind: str, tmp_path: Path) -> None:
    look(kind, tmp_path, FEW, expensive=False, derandomize=True, phases=[Phase.generate])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:More than 20 figures")  # if another test has loaded pyplot, which keeps them
@pytest.mark.parametrize("kind", [SCENARIO, STUDY, POINTS, SCORE, RESULT, THEATRE])
def test_many_changed_files_are_read_or_refused(kind: str, tmp_path: Path, compiled: None) -> None:
    import matplotlib.font_manager  # noqa: F401 - its own caches are made now
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
