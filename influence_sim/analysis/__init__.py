"""What the numbers say: summaries, paired differences, and how far they hang on what was assumed.

Names load when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from influence_sim.analysis.priors import over_priors as over_priors
    from influence_sim.analysis.summary import paired_ends as paired_ends
    from influence_sim.analysis.summary import summarise as summarise

_HOME = {"over_priors": "priors", "paired_ends": "summary", "summarise": "summary"}

__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
