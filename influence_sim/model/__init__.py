"""The model: Mesa agents that decide, and the mechanisms that follow, for many replicates at once.

Names load when they are first used, so that whoever only says what to run needs neither Mesa nor the compiler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.model.arm import HISTORY_MONTHS as HISTORY_MONTHS
    from influence_sim.model.arm import Arm as Arm
    from influence_sim.model.ensemble import simulate_points as simulate_points
    from influence_sim.model.model import InfluenceModel as InfluenceModel
    from influence_sim.model.model import simulate as simulate

__getattr__, __all__ = attach(
    __name__,
    {
        "arm": ("HISTORY_MONTHS", "Arm"),
        "ensemble": ("simulate_points",),
        "model": ("InfluenceModel", "simulate"),
    },
)


def __dir__() -> list[str]:
    return __all__
