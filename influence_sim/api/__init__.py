"""The public functions: what notebooks call, and what the command line is made of. Modules load when they are used."""

from typing import TYPE_CHECKING

from influence_sim.base.lazy import modules_of

if not TYPE_CHECKING:
    __getattr__ = modules_of(__name__)

FIGURE_KINDS = {
    "run": ("headline", "map", "network", "stances", "verdicts", "multiples", "fan", "difference"),
    "compare": ("forest",),
    "explain": ("waterfall",),
    "sweep": ("sensitivity", "heatmap"),
    "claims": ("verdicts",),
}
"""What can be drawn of each kind of result, its own figure first."""
