"""Figures: functions that take data and an Axes, draw, and return it; and pages of them.

Every function takes a table whose columns its docstring names, and raises ValueError if one of them or an outcome is
missing, or if there is nothing to draw. Of the other arguments

* `ax` is where to draw; a new figure if None;
* `outcome` is the name of one in the table, and `labels` give label and unit of outcomes; without them stands the name;
* `names` say what to call arms, scenarios or actors instead of their names in the table;
* `branch` is the first month in which the arms may differ; it is marked.

Functions of pages take `title`, `subtitle` and `note` (small print for the foot, after how to read the figure) and
return a Figure that pyplot knows nothing of, 10 in wide where they do not say otherwise.

Importing this room loads matplotlib (never pyplot); whoever wants to stay light imports it when a figure is asked for.
"""

from influence_sim.views.axes import retitle
from influence_sim.views.calibration import calibration, calibration_page, reliability
from influence_sim.views.discovery import box_limits, discovery_page, trade_off
from influence_sim.views.fan import difference, fan, history
from influence_sim.views.forest import compare_forest, forest
from influence_sim.views.headline import headline, multiples, single, stands_still
from influence_sim.views.heat_map import heat_map, heat_map_page
from influence_sim.views.network import network, network_page, warming
from influence_sim.views.outlines import Shapes, shapes_of
from influence_sim.views.province_map import change_map, ground, holders_map, map_frames, map_page
from influence_sim.views.saving import caption, film, index_page, pictures
from influence_sim.views.sensitivity import convergence, morris, sensitivity_page, sobol_bars, tornado
from influence_sim.views.stances import stances, stances_page, turns
from influence_sim.views.style import style
from influence_sim.views.tables import Label
from influence_sim.views.verdicts import tally, verdicts, verdicts_page
from influence_sim.views.waterfall import waterfall, waterfall_page
