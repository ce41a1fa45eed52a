"""Who gains when others deal with the insurgents: scenarios of a war and its outside mediators, simulated.

Names load when they are first used, so that importing the package costs next to nothing; `__init__.pyi` lists them.
"""

from __future__ import annotations

from influence_sim.base.caches import provide
from influence_sim.base.lazy import attach, names_by_module

provide()
__getattr__, __all__ = attach(__name__, names_by_module(__path__[0]))


def __dir__() -> list[str]:
    return __all__
