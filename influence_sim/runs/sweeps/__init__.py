"""Designed experiments: one comparison at many points, run so that nothing is lost.

Names load when they are first used, so that whoever only plans a sweep needs no tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.design import Factor as Factor
    from influence_sim.runs.sweeps.request import SweepRequest as SweepRequest

__getattr__, __all__ = attach(__name__, {"design": ("Factor",), "request": ("SweepRequest",)})


def __dir__() -> list[str]:
    return __all__
