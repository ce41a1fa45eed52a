"""Verdicts, and of which kind they are: forced by construction, conditional on parameters, or emergent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from influence_sim.analysis.claims.flips import Flip
from influence_sim.analysis.claims.knockouts import KILLS, NO_INTERESTS, NO_RULES, Knockout, killers, listed, removes
from influence_sim.base.numbers import Floats
from influence_sim.base.statistics import SAME
from influence_sim.theatre.claim_tests import Argument

HOLDS, FAILS = 0.90, 0.10
"""Shares of plausible worlds from which a claim holds, and up to which it fails."""
ALWAYS = 0.995
"""Share of plausible worlds in which a forced effect must have the same sign."""
PRESENT = 0.1
"""Part of the minimum that an effect must reach for there to be something to explain."""
SHUFFLES, BEATEN = 100, 95
"""Shuffles of interests, and how many of them a test of free decisions must beat."""


@dataclass(frozen=True)
class Evidence:
    """What was measured about one test; effects are in the direction that the claim expects.

    Attributes:
        effect: mean at the defaults, with its 95 % interval (`low`, `high`).
        minimum: the smallest effect that counts.
        scores: effect in each plausible world, (worlds,).
        knockouts: what was switched off, the untouched model first.
        without: effect under each knock-out, (knockouts,).
        base: effect at the defaults with the replicates that shuffles have.
        empty: effect without interests, from the same; NaN without shuffles.
        shuffled: effect with shuffled interests, (shuffles,).
        argument: why it is declared forced, or None.
        free: whether the test reads an actor's own decision.
        flips: parameters that go with holding.
        together: whether these, moved together, flip the test at the defaults.
        joint: the smallest group of knock-outs that removes an effect which none removes alone; None if none does.
    """

    effect: float
    low: float
    high: float
    minimum: float
    scores: Floats
    knockouts: Sequence[Knockout]
    without: Floats
    base: float
    empty: float
    shuffled: Floats
    argument: Argument | None
    free: bool
    flips: Sequence[Flip] = ()
    together: bool = False
    joint: Knockout | None = None

    @property
    def share(self) -> float:
        """Share of plausible worlds in which the test holds."""
        return float((self.scores >= self.minimum).mean())

    @property
    def sign_share(self) -> float:
        """Share of plausible worlds in which the effect has the sign that the claim expects."""
        return float((self.scores > SAME).mean())

    @property
    def verdict(self) -> str:
        """`holds`, `depends` or `fails`."""
        return "holds" if self.share >= HOLDS else "fails" if self.share <= FAILS else "depends"

    @property
    def holding(self) -> bool:
        """Whether the test holds at the defaults."""
        return self.effect >= self.minimum

    @property
    def present(self) -> bool:
        """Whether there is an effect at the defaults, of either sign, that could be explained."""
        return not self.low <= 0 <= self.high and abs(self.effect) > PRESENT * self.minimum

    @property
    def lefts(self) -> list[float]:
        """What part of the effect each knock-out leaves; empty if there is no effect."""
        found: list[float] = (self.without / self.without[0]).tolist() if self.present and self.without[0] else []
        return found

    @property
    def killers(self) -> list[Knockout]:
        """The narrow knock-outs of which each alone removes the effect."""
        return killers(self.knockouts, self.lefts, broad=False)

    @property
    def broad_killers(self) -> list[Knockout]:
        """The same for whole groups of rules and motives."""
        return killers(self.knockouts, self.lefts, broad=True)

    @property
    def removable(self) -> bool:
        """Whether anything that was switched off removes the effect."""
        return bool(self.killers or self.joint or self.broad_killers)

    def left_without(self, name: str) -> float:
        """What part of the effect a knock-out leaves; NaN if there is no effect."""
        names = [item.name for item in self.knockouts]
        return self.lefts[names.index(name)] if self.lefts else math.nan


class Kind(NamedTuple):
    """Of which kind a verdict is, and why."""

    kind: str
    why: str


def kind_of(found: Evidence) -> Kind:
    """Classifies a verdict.

    Forced: declared so, and `not_forced` finds nothing against it. Otherwise conditional if the verdict depends, and
    emergent if it does not but one knock-out, or two or three together, remove the effect. What is left is conditional
    if parameters stand out, emergent from many mechanisms if there is an effect, and of no kind if there is none.
    """
    against, argument = not_forced(found), found.argument
    if argument is not None and not against:
        short = "" if found.verdict == "holds" else "its direction is by construction, its size falls short; "
        return Kind("forced", f"{short}ODD {argument.odd}: {argument.equation}; {argument.why}")
    if found.verdict == "depends" or (found.flips and not found.removable):
        kind, why = "conditional", on_parameters(found)
    elif found.removable or found.present:
        kind, why = "emergent", on_mechanisms(found)
    else:
        kind, why = "none", "nothing to explain: there is no such effect at the defaults, and hardly anywhere else"
    note = f"; declared forced (ODD {argument.odd}), not upheld: {against}" if argument is not None else ""
    return Kind(kind, why + note)


def not_forced(found: Evidence) -> str:
    """Why an effect is not forced, whatever was declared; "" if nothing speaks against it."""
    reasons: Mapping[str, bool] = {
        "nothing was declared": found.argument is None,
        f"its sign is the expected one in {100 * found.sign_share:.1f} % of worlds": found.sign_share < ALWAYS,
        "it does not survive without rules": not _survives(found.left_without(NO_RULES)),
        "it does not survive without interests": not _survives(found.left_without(NO_INTERESTS)),
        "it does not survive shuffled interests": not len(found.shuffled)
        or not all(_survives(effect / found.base) for effect in found.shuffled),
        "only its direction is by construction, not its size": found.verdict == "depends",
    }
    return next((reason for reason, counts in reasons.items() if counts), "")


def _survives(left: float) -> bool:
    return not (math.isnan(left) or removes(left))


def on_parameters(found: Evidence) -> str:
    """What flips a test, in words."""
    if not found.flips:
        return "no single parameter stands out" if 0 < found.share < 1 else "no parameter flips it"
    words = "holds where " + ", ".join(flip.words for flip in found.flips)
    alone = [flip.name for flip in found.flips if flip.alone]
    if alone:
        which = alone[0] if len(alone) == 1 else f"each of {', '.join(alone)}"
        return f"{words}; at the defaults {which} alone flips it"
    if len(found.flips) == 1:
        return f"{words}; at the defaults it does not flip by this alone"
    flipped = "only together do they flip it" if found.together else "not even together do they flip it"
    return f"{words}; at the defaults {flipped}"


def on_mechanisms(found: Evidence) -> str:
    """What removes an effect, in words; where it goes against the claim, what stands in the claim's way."""
    if not found.present:
        return ""
    other = "" if found.holding else "too small to count; " if found.effect > 0 else "it goes the other way; "
    if found.killers:
        return f"{other}gone without {listed(found.killers)}"
    if found.joint:
        return f"{other}no single knock-out removes it; gone without {found.joint.words} together"
    if found.broad_killers:
        return f"{other}nothing narrower removes it; gone without {listed(found.broad_killers)}"
    return f"{other}many mechanisms carry it: no knock-out removes it, nor do two or three of the strongest together"


def control_of(found: Evidence) -> tuple[str, bool | None]:
    """How the control came out, and whether it discriminates; None where there is nothing to control."""
    if found.free:
        return _against_shuffles(found)
    if not found.lefts:
        return "no effect at the defaults that a knock-out could remove", None
    if found.killers:
        return "removed by " + ", ".join(item.name for item in found.killers), True
    pairs = zip(found.lefts, found.knockouts, strict=True)
    left, most = min((left, item.name) for left, item in pairs if not item.broad)
    words = f"no single knock-out removes {100 * KILLS:.0f} % of it, the strongest ({most}) leaves {100 * left:.0f} %"
    groups = [f"{found.joint.name} together"] if found.joint else [item.name for item in found.broad_killers]
    if groups:
        return f"{words}; removed by {', '.join(groups)}", True
    return f"{words}: does not discriminate", False


def _against_shuffles(found: Evidence) -> tuple[str, bool | None]:
    beaten = int((found.base > found.shuffled + SAME).sum())
    equal = int((np.abs(found.base - found.shuffled) <= SAME).sum())
    ties = f" and equals {equal}" if equal else ""
    words = f"beats {beaten}{ties} of {len(found.shuffled)} shuffles; {found.empty:+.3f} without interests"
    if not found.holding:
        return f"{words}; moot, as the test does not hold at the defaults", None
    if beaten >= BEATEN / SHUFFLES * len(found.shuffled) and found.base > found.empty:
        return words, True
    apart = " (most of it)" if found.empty > 0.5 * found.base else ""
    return f"{words}{apart}: does not discriminate", False
