"""Figures: functions that take data and an Axes, draw, and return it; and pages of them.

What all of them share is said here once. Every function takes a table whose columns its docstring names, and raises
ValueError if one is missing. Of the other arguments

* `ax` is where to draw; a new figure if None;
* `outcome` is the name of one in the table, and `labels` give label and unit of outcomes; without them stands the name;
* `names` say what to call arms, scenarios or actors instead of their names in the table;
* `branch` is the first month in which the arms may differ; it is marked.

Functions of pages take `title`, `subtitle` and `note` (small print for the foot, after how to read the figure) and
return a Figure that pyplot knows nothing of, 10 in wide where they do not say otherwise.

Importing this room loads matplotlib (never pyplot); whoever wants to stay light imports it when a figure is asked for.
"""

from influence_sim.views.discovery import box_limits, discovery_page, trade_off
from influence_sim.views.fan import difference, fan
from influence_sim.views.forest import compare_forest, forest
from influence_sim.views.headline import headline, multiples, single
from influence_sim.views.network import network, network_page
from influence_sim.views.province_map import map_page, tile_map
from influence_sim.views.saving import save_figure
from influence_sim.views.sensitivity import convergence, morris, sensitivity_page, sobol_bars, tornado
from influence_sim.views.style import style
from influence_sim.views.tables import Label, OutcomeLabel
from influence_sim.views.verdicts import tally, verdicts, verdicts_page
from influence_sim.views.waterfall import waterfall, waterfall_page

__all__ = [
    "Label",
    "OutcomeLabel",
    "box_limits",
    "compare_forest",
    "convergence",
    "difference",
    "discovery_page",
    "fan",
    "forest",
    "headline",
    "map_page",
    "morris",
    "multiples",
    "network",
    "network_page",
    "save_figure",
    "sensitivity_page",
    "single",
    "sobol_bars",
    "style",
    "tally",
    "tile_map",
    "tornado",
    "trade_off",
    "verdicts",
    "verdicts_page",
    "waterfall",
    "waterfall_page",
]
