"""Which parameters decide whether a claim holds, and what knowing them would be worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from influence_sim.analysis.decides import Slices, ends_of
from influence_sim.base.numbers import Flags
from influence_sim.theatre import ParameterSpec

NAMED = 3
"""At most so many parameters are named."""
SEVERAL = 0.02
"""Least part of the worlds in which a test holds, and in which it fails, for asking what flips it."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A parameter that goes with whether a test holds.

    The test holds in a share of worlds, `high`, in the fifth where it is highest, and `low` where it is lowest. Some
    flip the test at the defaults when they `alone` move to one end of their range.
    """

    name: str
    high: float
    low: float
    alone: bool = False

    @property
    def rises(self) -> bool:
        """Whether the test holds rather where it is high."""
        return self.high > self.low

    @property
    def words(self) -> str:
        """`… high (82 % against 31 %)`: where the test holds."""
        low, high = ends_of(self.name)
        side, one, other = (high, self.high, self.low) if self.rises else (low, self.low, self.high)
        return f"{self.name} {side} ({100 * one:.0f} % against {100 * other:.0f} %)"


def find_flips(slices: Slices, holds: Flags) -> list[Flip]:
    """The parameters that go with holding, (worlds,), beyond chance; the strongest first, at most `NAMED`."""
    if not SEVERAL <= holds.mean() <= 1 - SEVERAL:
        return []
    found = []
    for name in slices.standing_out(holds.astype(float), NAMED):
        low, high = slices.ends(name, holds)
        found.append(Flip(name, high, low))
    return found


def settling(slices: Slices, holds: Flags, flips: Sequence[Flip]) -> list[dict[str, object]]:
    """What knowing parameters would be worth, one by one and all together: a row each, as in `Examination.settles`."""
    ends: dict[tuple[str, ...], dict[str, float]] = {(one.name,): {"low": one.low, "high": one.high} for one in flips}
    if len(flips) > 1:
        ends[tuple(one.name for one in flips)] = {}
    agreed = slices.agreement(holds)
    return [
        {"parameters": ", ".join(names), **of, "agreed": agreed, "known": slices.agreement(holds, names)}
        for names, of in ends.items()
    ]


def at_ends(specs: Mapping[str, ParameterSpec], flips: Sequence[Flip], holding: bool) -> list[dict[str, float]]:
    """Settings that try to flip a test at the defaults: each parameter alone at the end against it, then all together.

    Where the test holds at the defaults, parameters move to where it fails, and the other way round.
    """
    low = {flip.name: flip.rises == holding for flip in flips}
    ends = {name: specs[name].low if down else specs[name].high for name, down in low.items()}
    return [*({name: end} for name, end in ends.items()), ends]
