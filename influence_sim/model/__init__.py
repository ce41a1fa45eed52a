"""The model: Mesa agents that decide, and the mechanisms that follow, one replicate and one month at a time.

Names load when they are first used, so that whoever only says what to run needs neither Mesa nor the compiler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.model.arm import Arm as Arm
    from influence_sim.model.ensemble import can_run_beside as can_run_beside
    from influence_sim.model.ensemble import read_fields as read_fields
    from influence_sim.model.ensemble import simulate as simulate
    from influence_sim.model.ensemble import simulate_points as simulate_points
    from influence_sim.model.ensemble import states as states
    from influence_sim.model.held import Held as Held
    from influence_sim.model.model import InfluenceModel as InfluenceModel
    from influence_sim.model.reasons import history as history

__getattr__, __all__ = attach(
    __name__,
    {
        "arm": ("Arm",),
        "ensemble": ("can_run_beside", "read_fields", "simulate", "simulate_points", "states"),
        "held": ("Held",),
        "model": ("InfluenceModel",),
        "reasons": ("history",),
    },
)


def __dir__() -> list[str]:
    return __all__
