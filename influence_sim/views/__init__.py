"""Figures: functions that take data and an Axes, draw, and return it.

Importing this room loads matplotlib (never pyplot); whoever wants to stay light imports it when a figure is
asked for.
"""

from influence_sim.views.figures import difference, fan
from influence_sim.views.forest import compare_forest, forest
from influence_sim.views.frames import Label, OutcomeLabel
from influence_sim.views.multiples import multiples
from influence_sim.views.network import network, network_page
from influence_sim.views.pages import headline, single
from influence_sim.views.saving import save_figure
from influence_sim.views.style import style
from influence_sim.views.tiles import map_page, tile_map
from influence_sim.views.verdicts import tally, verdicts, verdicts_page
from influence_sim.views.waterfall import waterfall, waterfall_page

__all__ = [
    "Label",
    "OutcomeLabel",
    "compare_forest",
    "difference",
    "fan",
    "forest",
    "headline",
    "map_page",
    "multiples",
    "network",
    "network_page",
    "save_figure",
    "single",
    "style",
    "tally",
    "tile_map",
    "verdicts",
    "verdicts_page",
    "waterfall",
    "waterfall_page",
]
