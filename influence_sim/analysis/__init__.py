"""What the numbers say: summaries, paired differences, and how far they hang on what was assumed.

Names load when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.analysis.priors import over_priors as over_priors
    from influence_sim.analysis.summary import paired_ends as paired_ends
    from influence_sim.analysis.summary import summarise as summarise

__getattr__, __all__ = attach(
    __name__,
    {
        "priors": ("over_priors",),
        "summary": ("paired_ends", "summarise"),
    },
)


def __dir__() -> list[str]:
    return __all__
