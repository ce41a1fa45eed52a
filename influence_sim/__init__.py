"""Who gains when others deal with the insurgents: scenarios of a war and its outside mediators, simulated.

Names load when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim._version import __version__ as __version__
from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.api.drawing import draw as draw
    from influence_sim.api.explaining import explain as explain
    from influence_sim.api.exploration import discover as discover
    from influence_sim.api.exploration import sensitivity as sensitivity
    from influence_sim.api.reporting import report as report
    from influence_sim.api.running import claims as claims
    from influence_sim.api.running import compare as compare
    from influence_sim.api.running import load as load
    from influence_sim.api.running import outcomes as outcomes
    from influence_sim.api.running import params as params
    from influence_sim.api.running import rerun as rerun
    from influence_sim.api.running import run as run
    from influence_sim.api.running import scenarios as scenarios
    from influence_sim.api.sweeps import load_sweep as load_sweep
    from influence_sim.api.sweeps import sweep as sweep
    from influence_sim.api.testing import four_ways as four_ways
    from influence_sim.api.testing import test_claims as test_claims
    from influence_sim.base.errors import InputError as InputError
    from influence_sim.base.errors import MachineError as MachineError
    from influence_sim.model import InfluenceModel as InfluenceModel
    from influence_sim.results.comparison import Comparison as Comparison
    from influence_sim.results.explanation import Explanation as Explanation
    from influence_sim.results.result import Result as Result
    from influence_sim.results.sweep import Sweep as Sweep
    from influence_sim.theatre import use_theatre as use_theatre

__getattr__, __all__ = attach(
    __name__,
    {
        "api.drawing": ("draw",),
        "api.explaining": ("explain",),
        "api.exploration": ("discover", "sensitivity"),
        "api.reporting": ("report",),
        "api.running": ("claims", "compare", "load", "outcomes", "params", "rerun", "run", "scenarios"),
        "api.sweeps": ("load_sweep", "sweep"),
        "api.testing": ("four_ways", "test_claims"),
        "model": ("InfluenceModel",),
        "results.comparison": ("Comparison",),
        "results.explanation": ("Explanation",),
        "results.result": ("Result",),
        "results.sweep": ("Sweep",),
        "base.errors": ("InputError", "MachineError"),
        "theatre": ("use_theatre",),
    },
)
__all__ += ["__version__"]


def __dir__() -> list[str]:
    return __all__
