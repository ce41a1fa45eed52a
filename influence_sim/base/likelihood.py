"""What a share of worlds is called: the estimative terms of intelligence analysts.

They are those of Intelligence Community Directive 203 (Office of the Director of National Intelligence, 2015).
"""

from __future__ import annotations

from typing import Final, NamedTuple

TERMS: Final = (
    (0.05, "almost no chance", "there is almost no chance that it ends {way}"),
    (0.20, "very unlikely", "it is very unlikely that it ends {way}"),
    (0.45, "unlikely", "it is unlikely that it ends {way}"),
    (0.55, "roughly even chance", "there is a roughly even chance that it ends {way}"),
    (0.80, "likely", "it is likely that it ends {way}"),
    (0.95, "very likely", "it is very likely that it ends {way}"),
    (1.00, "almost certain", "it is almost certain that it ends {way}"),
)
"""What a share of worlds is called that is below the first number, alone and in a sentence (ICD 203, D.6.e.2.a)."""


class Likelihood(NamedTuple):
    """How far a direction holds over worlds."""

    term: str  # of ICD 203, `in all` or `in none`
    words: str  # the same in a sentence


def likelihood(share: float, way: str) -> Likelihood:
    """What the share of worlds with a direction is called; `way` is that direction, `higher` or `lower`."""
    if share in {0.0, 1.0}:
        term = "in all" if share else "in none"
        return Likelihood(term, f"it ends {way} {term}")
    term, words = next((term, words) for below, term, words in TERMS if share < below or below == 1)
    return Likelihood(term, words.format(way=way))
