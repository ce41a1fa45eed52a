"""Designed experiments: one comparison at many points, run so that nothing is lost.

Names load when they are first used, so that a worker process imports what it needs and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.factors import Factor as Factor
    from influence_sim.runs.sweeps.request import SweepRequest as SweepRequest

__getattr__, __all__ = attach(__name__, {"factors": ("Factor",), "request": ("SweepRequest",)})


def __dir__() -> list[str]:
    return __all__
