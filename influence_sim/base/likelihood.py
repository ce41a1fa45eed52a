"""What a share of worlds is called: the estimative terms of intelligence analysts.

They are those of Intelligence Community Directive 203 (Office of the Director of National Intelligence, 2015).
"""

from __future__ import annotations

from typing import Final

TERMS: Final = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.00, "almost certain"),
)
"""What a share of worlds is called that is below the number (ICD 203, D.6.e.2.a); beyond, `in none` and `in all`."""


def likelihood(share: float) -> str:
    """What a share of worlds is called."""
    if share in {0.0, 1.0}:
        return "in all" if share else "in none"
    return next(term for below, term in TERMS if share < below or below == 1)
