"""Verdicts, of which kind they are (written in, forced, conditional, or emergent), and what flips them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from influence_sim.analysis.claims.knockouts import KILLS, MOST_LEFT, NO_INTERESTS, NO_RULES, Knockout, killers, listed
from influence_sim.analysis.decides import Hanging, Slices, ends_of
from influence_sim.base.numbers import Flags, Floats
from influence_sim.base.statistics import SAME, wilson
from influence_sim.theatre import ParameterSpec
from influence_sim.theatre.claim_tests import Argument

HOLDS, FAILS = 0.90, 0.10
"""Shares of plausible worlds from which a claim holds, and up to which it fails."""
ALWAYS = 0.995
"""Share of plausible worlds in which a forced effect must have the same sign."""
PRESENT = 0.1
"""Part of the minimum that an effect must reach for there to be something to explain."""
SHUFFLES, BEATEN = 100, 95
"""Shuffles of interests, and how many of them a test of free decisions must beat."""
NAMED = 3
"""At most so many parameters are named."""
SEVERAL = 0.02
"""Least part of the worlds in which a test holds, and in which it fails, for asking what flips it."""


def verdict_of(share: float) -> str:
    """`holds`, `depends` or `fails`, by the share of worlds in which a test holds."""
    return "holds" if share >= HOLDS else "fails" if share <= FAILS else "depends"


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


@dataclass(frozen=True)
class Evidence:
    """What was measured about one test; effects are in the direction that the claim expects."""

    effect: float  # mean at the defaults
    low: float  # its 95 % interval
    high: float
    minimum: float  # the smallest effect that counts
    scores: Floats  # effect in each plausible world, (worlds,)
    knockouts: Sequence[Knockout]  # what was switched off, the untouched model first
    without: Floats  # effect under each of them, (knockouts,)
    base: float  # effect at the defaults with the replicates that shuffles have
    empty: float  # effect without interests, from the same; NaN without shuffles
    shuffled: Floats  # effect with shuffled interests, (shuffles,)
    argument: Argument | None  # why it is declared forced
    free: bool  # whether the test reads an actor's own decision
    hanging: Hanging  # on what holding hangs
    flips: Sequence[Flip] = ()  # parameters that go with it
    together: bool = False  # whether these, moved together, flip the test at the defaults
    coded: str = ""  # what carries the effect and cites the claim
    joint: Knockout | None = None  # the smallest group that removes an effect which no knock-out removes alone

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
        return verdict_of(self.share)

    @property
    def holding(self) -> bool:
        """Whether the test holds at the defaults."""
        return self.effect >= self.minimum

    @property
    def present(self) -> bool:
        """Whether there is an effect at the defaults, of either sign, that could be explained."""
        return not self.low <= 0 <= self.high and abs(self.effect) > PRESENT * self.minimum

    @cached_property
    def lefts(self) -> list[float]:
        """What part of the effect each knock-out leaves; empty if there is no effect."""
        found: list[float] = (self.without / self.without[0]).tolist() if self.present and self.without[0] else []
        return found

    @cached_property
    def killers(self) -> list[Knockout]:
        """The narrow knock-outs of which each alone removes the effect."""
        return killers(self.knockouts, self.lefts, broad=False)

    @cached_property
    def broad_killers(self) -> list[Knockout]:
        """The same for whole groups of rules and motives."""
        return killers(self.knockouts, self.lefts, broad=True)

    @property
    def removable(self) -> bool:
        """Whether anything that was switched off removes the effect."""
        return bool(self.killers or self.joint or self.broad_killers)


def kind_of(found: Evidence) -> tuple[str, str]:
    """Classifies a verdict: its kind, and why.

    Coded: the effect goes without what cites the claim itself. Forced: declared so, and `not_forced` finds nothing
    against it. Otherwise conditional if the verdict depends, and emergent if it does not but one knock-out, or two or
    three together, remove the effect. What is left is conditional if parameters stand out, emergent from many
    mechanisms if there is an effect, and of no kind if there is none.
    """
    if found.coded:
        return "coded", f"it goes without what cites the claim itself: {found.coded}"
    against, argument = not_forced(found), found.argument
    if argument is not None and not against:
        short = "" if found.verdict == "holds" else "its direction is by construction, its size falls short; "
        return "forced", f"{short}ODD {argument.odd}: {argument.equation}; {argument.why}"
    if found.verdict == "depends" or (found.flips and not found.removable):
        kind, why = "conditional", on_parameters(found)
    elif found.removable or found.present:
        kind, why = "emergent", on_mechanisms(found)
    else:
        kind, why = "none", "nothing to explain: there is no such effect at the defaults, and hardly anywhere else"
    note = f"; declared forced (ODD {argument.odd}), not upheld: {against}" if argument is not None else ""
    return kind, why + note


def doubts_of(found: Evidence, kind: str) -> list[str]:
    """What more worlds than these might change, in words."""
    worlds = len(found.scores)
    ends, (always, _) = wilson(found.share, worlds), wilson(found.sign_share, worlds)
    some = f"{worlds:,} worlds"
    doubts = {
        f"a close call: more than {some} might give another verdict": {found.verdict} != set(map(verdict_of, ends)),
        f"{some} cannot tell whether its sign is the same in {100 * ALWAYS:g} %": kind == "forced" and always < ALWAYS,
        f"in more than {some} an assumption might stand out": kind in {"emergent", "none"}
        and 0 < found.share < 1
        and bool(found.hanging.needed),
    }
    return [words for words, doubted in doubts.items() if doubted]


def not_forced(found: Evidence) -> str:
    """Why an effect is not forced, whatever was declared; "" if nothing speaks against it."""
    lefts = zip(found.knockouts, found.lefts, strict=False)  # none where there is no effect
    left = {NO_RULES: 0.0, NO_INTERESTS: 0.0} | {item.name: part for item, part in lefts}
    survives = found.shuffled * np.sign(found.base) > MOST_LEFT * abs(found.base)
    reasons = {
        "nothing was declared": found.argument is None,
        f"its sign is the expected one in {100 * found.sign_share:.1f} % of worlds": found.sign_share < ALWAYS,
        "it does not survive without rules": left[NO_RULES] <= MOST_LEFT,
        "it does not survive without interests": left[NO_INTERESTS] <= MOST_LEFT,
        "it does not survive shuffled interests": not (len(survives) and survives.all()),
        "only its direction is by construction, not its size": found.verdict == "depends",
    }
    return next((reason for reason, counts in reasons.items() if counts), "")


def on_parameters(found: Evidence) -> str:
    """What flips a test, in words."""
    if not found.flips:
        return found.hanging.words(len(found.scores)) if 0 < found.share < 1 else "no parameter flips it"
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
    blind = ": does not discriminate"
    if found.free:  # the true interests against shuffled ones, and none
        beaten = int((found.base > found.shuffled + SAME).sum())
        equal = int((np.abs(found.base - found.shuffled) <= SAME).sum())
        ties = f" and equals {equal}" if equal else ""
        words = f"beats {beaten}{ties} of {len(found.shuffled)} shuffles; {found.empty:+.3f} without interests"
        if not found.holding:
            return f"{words}; moot, as the test does not hold at the defaults", None
        if beaten >= BEATEN / SHUFFLES * len(found.shuffled) and found.base > found.empty:
            return words, True
        return words + (" (most of it)" if found.empty > 0.5 * found.base else "") + blind, False
    if not found.lefts:
        return "no effect at the defaults that a knock-out could remove", None
    if found.killers:
        return "removed by " + ", ".join(item.name for item in found.killers), True
    pairs = zip(found.lefts, found.knockouts, strict=True)
    left, most = min((left, item.name) for left, item in pairs if not item.broad)
    words = f"no single knock-out removes {100 * KILLS:.0f} % of it, the strongest ({most}) leaves {100 * left:.0f} %"
    groups = [f"{found.joint.name} together"] if found.joint else [item.name for item in found.broad_killers]
    return (f"{words}; removed by {', '.join(groups)}", True) if groups else (words + blind, False)


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
