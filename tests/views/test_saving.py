"""Figures on disk: the same bytes for the same picture, never half a file."""

from __future__ import annotations

import os
from datetime import date

import pytest
from matplotlib.figure import Figure

from influence_sim.views import fan, save_figure, single


def _page(summary):
    return fan(summary, "kabul_authority", branch=date(2018, 1, 1), ax=Figure(figsize=(4, 3)).add_subplot())


def test_the_same_picture_gives_the_same_bytes_and_only_it(summary, tmp_path):
    figure, anew = _page(summary), _page(summary)
    other = _page(summary.assign(q50=summary["q50"] + 0.01))
    first, again, twin, changed = (
        [path.read_bytes() for path in save_figure(page, tmp_path / str(i), svg=True)]
        for i, page in enumerate((figure, figure, anew, other))
    )
    assert first == again == twin
    assert all(before != after for before, after in zip(first, changed, strict=True))


def test_no_date_and_no_version_are_written(tmp_path):
    png, svg = save_figure(Figure(figsize=(1, 1)), tmp_path / "page.png", svg=True)
    assert b"Software" not in png.read_bytes()
    assert b"dc:date" not in svg.read_bytes()
    assert b"dc:creator" not in svg.read_bytes()


@pytest.mark.parametrize("name", ["page", "page.png", "page.svg"])
def test_files_are_named_by_kind(tmp_path, name):
    paths = save_figure(Figure(figsize=(1, 1)), tmp_path / "deep" / name, svg=True)
    assert paths == (tmp_path / "deep" / "page.png", tmp_path / "deep" / "page.svg")
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["page.png", "page.svg"]


def test_a_dot_in_a_name_is_kept(tmp_path):
    assert save_figure(Figure(figsize=(1, 1)), tmp_path / "fan.kabul") == (tmp_path / "fan.kabul.png",)


def test_axes_stand_for_their_figure(summary, tmp_path):
    ax = single(summary, "violence")
    save_figure(ax, tmp_path / "a")
    save_figure(ax.figure, tmp_path / "b")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_figure_is_as_before_after_saving(tmp_path):
    figure = Figure(figsize=(1, 1), dpi=72)
    canvas = figure.canvas
    save_figure(figure, tmp_path / "a", svg=True)
    assert figure.dpi == 72
    assert figure.canvas is canvas


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch):
    (path,) = save_figure(Figure(figsize=(1, 1)), tmp_path / "a")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_figure(Figure(figsize=(2, 2)), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_axes_without_a_figure_are_refused(tmp_path):
    ax = Figure().add_subplot()
    ax.remove()
    with pytest.raises(ValueError, match="belong to no figure"):
        save_figure(ax, tmp_path / "a")
