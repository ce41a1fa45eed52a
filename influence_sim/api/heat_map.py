"""Heat maps of a grid: an outcome of a sweep over two of its factors. Importing this loads pandas."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from influence_sim.analysis.sweeps.grid import MOST_MAPS, cells_of
from influence_sim.api.base_result import require
from influence_sim.api.late import Axes, Figure, views
from influence_sim.api.lookups import choice_labels, choice_notes, factor_labels, labels, meanings, named
from influence_sim.base.display import first_of
from influence_sim.base.errors import InputError, wrong
from influence_sim.base.months import month_words, parse_month
from influence_sim.base.numbers import counted, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from influence_sim.api.sweep import Sweep
    from influence_sim.views.page_layout import Texts

NO_GRID = "only a grid of two factors or more has a heat map"


def heat_map(
    sweep: Sweep, outcome: str | None, *, month: str | None, across: str | None, up: str | None, ax: Axes | None
) -> Axes:
    """Draws one map; see `Sweep.plot`."""
    options, texts = _map(sweep, outcome, month, across, up)
    ax = views.heat_map(**options, ax=ax)
    views.retitle(ax, str(texts["title"]))
    return ax


def heat_map_pages(sweep: Sweep, outcomes: Iterable[str], months: Iterable[str] = ()) -> Iterator[tuple[str, Figure]]:
    """A page of each outcome in each month, by default all in the last, with the name of its file.

    It has a map for each level of a third factor, if these are few.
    """
    for name, month in product(outcomes or sweep.outcomes, list(months) or sweep.arguments["dates"][-1:]):
        options, texts = _map(sweep, name, month, panels=True)
        yield f"heatmap_{name}_{month}", views.heat_map_page(**options, **texts)


def _map(
    sweep: Sweep,
    outcome: str | None,
    month: str | None,
    across: str | None = None,
    up: str | None = None,
    *,
    panels: bool = False,
) -> tuple[dict[str, Any], Texts]:
    """What a map shows, and what its page says."""
    paths = sweep.mapped
    if not paths:
        hint = "`sensitivity` draws what drives the outcomes of any design"
        raise InputError(wrong("design", sweep.method, NO_GRID, hint))
    name = sweep.outcomes[0] if outcome is None else outcome
    require(name, sweep.outcomes, "outcome", "not an outcome of this sweep")
    for side, path in (("across", across), ("up", up)):
        require(path or paths[0], paths, side, "not a factor of this grid")
    if across is not None and across == up:
        raise InputError(wrong("up", up, "this factor is along x already"))
    names, by = choice_labels(paths), ""
    free = [path for path in paths if path not in {across, up}]
    if across is None and up is None and names.get(free[0]) and not names.get(free[1]):
        across = free.pop(1)  # names of choices have more room beside rows
    across, up = across or free.pop(0), up or free.pop(0)
    few = [path for path in free if sweep.design[path].nunique() <= MOST_MAPS]
    if panels and few:
        by = few[0]
        free.remove(by)
    signed = sweep.against is not None
    cells, date = cells_of(sweep.frame, f"{name}_{'diff' if signed else 'mean'}", across, up, by, month=month)
    label, found = labels()[name], cells["value"]
    low, high = (number(end, signed=signed) for end in (found.min(), found.max()))
    title = f"{label.label}: {'differences ' if signed else ''}from {low} to {high}"
    counts = {"lower": (cells["sign"] == -1).sum(), "higher": (cells["sign"] == 1).sum()}
    if ways := [f"{way} in {count:,}" for way, count in counts.items() if count]:
        title = f"{label.label}: {' and '.join(ways)} of {len(cells):,} cells (95 % intervals)"
    quantity, small = "difference" if signed else "mean", counted(sweep.points, "point")
    maps = f". A map for each level of {by}" * bool(by) + f". Means over the levels of {first_of(free)}" * bool(free)
    notes = ["A sign holds at every point of its cell."] * bool(free and signed)
    notes += [*meanings([by]), *choice_notes([across, up])]
    texts: Texts = {
        "title": title,
        "subtitle": f"{sweep.title}: {label.label}, {quantity} in {month_words(parse_month(date))}{maps}",
        "note": " ".join([*notes, f"{small}, {counted(sweep.replicates, 'replicate')} at each."]),
    }
    words = factor_labels([across, up])
    options = {
        "cells": cells,
        "signed": signed,
        "labels": {"across": named(across, words), "up": named(up, words), "panel": by},
        "choices": {side: names.get(path, {}) for side, path in (("across", across), ("up", up), ("panel", by))},
        "key": f"{quantity} ({label.unit})" if label.unit else quantity,
    }
    return options, texts
