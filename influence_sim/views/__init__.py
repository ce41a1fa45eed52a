"""Figures: functions that take data and an Axes, draw, and return it; and pages of them.

What all of them share is said here once. Every function takes a table whose columns its docstring names, and raises
ValueError if one of them or an outcome is missing, or if there is nothing to draw. Of the other arguments

* `ax` is where to draw; a new figure if None;
* `outcome` is the name of one in the table, and `labels` give label and unit of outcomes; without them stands the name;
* `names` say what to call arms, scenarios or actors instead of their names in the table;
* `branch` is the first month in which the arms may differ; it is marked.

Functions of pages take `title`, `subtitle` and `note` (small print for the foot, after how to read the figure) and
return a Figure that pyplot knows nothing of, 10 in wide where they do not say otherwise.

Importing this room loads matplotlib (never pyplot); whoever wants to stay light imports it when a figure is asked for.
"""

from influence_sim.views.axes import retitle as retitle
from influence_sim.views.calibration import calibration as calibration
from influence_sim.views.calibration import calibration_page as calibration_page
from influence_sim.views.calibration import reliability as reliability
from influence_sim.views.discovery import box_limits as box_limits
from influence_sim.views.discovery import discovery_page as discovery_page
from influence_sim.views.discovery import trade_off as trade_off
from influence_sim.views.fan import difference as difference
from influence_sim.views.fan import fan as fan
from influence_sim.views.fan import history as history
from influence_sim.views.forest import compare_forest as compare_forest
from influence_sim.views.forest import forest as forest
from influence_sim.views.headline import headline as headline
from influence_sim.views.headline import multiples as multiples
from influence_sim.views.headline import single as single
from influence_sim.views.headline import stands_still as stands_still
from influence_sim.views.network import network as network
from influence_sim.views.network import network_page as network_page
from influence_sim.views.network import warming as warming
from influence_sim.views.outlines import Shapes as Shapes
from influence_sim.views.outlines import shapes_of as shapes_of
from influence_sim.views.province_map import change_map as change_map
from influence_sim.views.province_map import ground as ground
from influence_sim.views.province_map import holders_map as holders_map
from influence_sim.views.province_map import map_frames as map_frames
from influence_sim.views.province_map import map_page as map_page
from influence_sim.views.saving import caption as caption
from influence_sim.views.saving import film as film
from influence_sim.views.saving import index_page as index_page
from influence_sim.views.saving import pictures as pictures
from influence_sim.views.sensitivity import convergence as convergence
from influence_sim.views.sensitivity import morris as morris
from influence_sim.views.sensitivity import sensitivity_page as sensitivity_page
from influence_sim.views.sensitivity import sobol_bars as sobol_bars
from influence_sim.views.sensitivity import tornado as tornado
from influence_sim.views.stances import stances as stances
from influence_sim.views.stances import stances_page as stances_page
from influence_sim.views.stances import turns as turns
from influence_sim.views.style import style as style
from influence_sim.views.tables import Label as Label
from influence_sim.views.verdicts import tally as tally
from influence_sim.views.verdicts import verdicts as verdicts
from influence_sim.views.verdicts import verdicts_page as verdicts_page
from influence_sim.views.waterfall import waterfall as waterfall
from influence_sim.views.waterfall import waterfall_page as waterfall_page
