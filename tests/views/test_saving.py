"""Figures as files: the same bytes for the same picture."""

from __future__ import annotations

from datetime import date

import pytest
from matplotlib.figure import Figure

from influence_sim.views import fan, pictures, single


def _page(summary):
    return fan(summary, "kabul_authority", branch=date(2018, 1, 1), ax=Figure(figsize=(4, 3)).add_subplot())


def test_the_same_picture_gives_the_same_bytes_and_only_it(summary):
    figure, anew = _page(summary), _page(summary)
    other = _page(summary.assign(q50=summary["q50"] + 0.01))
    first, again, twin, changed = (pictures(page, "page", svg=True) for page in (figure, figure, anew, other))
    assert first == again == twin
    assert all(first[name] != changed[name] for name in first)


def test_no_date_and_no_version_are_written():
    png, svg = pictures(Figure(figsize=(1, 1)), "page", svg=True).values()
    assert b"Software" not in png
    assert b"dc:date" not in svg
    assert b"dc:creator" not in svg


@pytest.mark.parametrize("name", ["page", "page.png", "page.svg"])
def test_files_are_named_by_kind(name):
    assert list(pictures(Figure(figsize=(1, 1)), name, svg=True)) == ["page.png", "page.svg"]


def test_a_dot_in_a_name_is_kept():
    assert list(pictures(Figure(figsize=(1, 1)), "fan.kabul")) == ["fan.kabul.png"]


def test_axes_stand_for_their_figure(summary):
    ax = single(summary, "violence")
    assert pictures(ax, "a") == pictures(ax.figure, "a")


def test_a_figure_is_as_before_after_saving():
    figure = Figure(figsize=(1, 1), dpi=72)
    canvas = figure.canvas
    pictures(figure, "a", svg=True)
    assert figure.dpi == 72
    assert figure.canvas is canvas


def test_axes_without_a_figure_are_refused():
    ax = Figure().add_subplot()
    ax.remove()
    with pytest.raises(ValueError, match="belong to no figure"):
        pictures(ax, "a")
