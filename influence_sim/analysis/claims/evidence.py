"""Verdicts, of which kind they are (written in, forced, conditional, or emergent), and what flips them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from influence_sim.analysis.claims.knockouts import KILLS, MOST_LEFT, NO_INTERESTS, NO_RULES, Knockout, killers, phrase
from influence_sim.analysis.drivers import Driver, End, Slices
from influence_sim.base.numbers import Flags, Floats
from influence_sim.base.statistics import SAME, wilson
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

    At either end the test holds in a share of worlds. Some flip the test at the defaults when they `alone` move to one
    of their ends.
    """

    name: str
    low: End
    high: End
    alone: bool = False

    @property
    def holding(self) -> End:
        """The end where the test holds more often."""
        return max(self.low, self.high, key=lambda end: end.share)

    @property
    def failing(self) -> End:
        """The end where it holds less often."""
        return self.low if self.holding is self.high else self.high

    @property
    def words(self) -> str:
        """`… high (82 % against 31 %)`: where the test holds."""
        holding, failing = self.holding, self.failing
        return f"{self.name} {holding.name} ({100 * holding.share:.0f} % against {100 * failing.share:.0f} %)"


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
    driver: Driver  # the parameter on which holding depends most
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
    def remaining(self) -> list[float]:
        """What part of the effect each knock-out leaves; empty if there is no effect."""
        parts: list[float] = (self.without / self.without[0]).tolist() if self.present and self.without[0] else []
        return parts

    @cached_property
    def killers(self) -> list[Knockout]:
        """The narrow knock-outs of which each alone removes the effect."""
        return killers(self.knockouts, self.remaining, broad=False)

    @cached_property
    def broad_killers(self) -> list[Knockout]:
        """The same for whole groups of rules and motives."""
        return killers(self.knockouts, self.remaining, broad=True)

    @property
    def removable(self) -> bool:
        """Whether anything that was switched off removes the effect."""
        return bool(self.killers or self.joint or self.broad_killers)


def kind_of(evidence: Evidence) -> tuple[str, str]:
    """Classifies a verdict: its kind, and why.

    Coded: the effect goes without what cites the claim itself. Forced: declared so, and `not_forced` finds nothing
    against it. Otherwise conditional if the verdict depends, and emergent if it does not but one knock-out, or two or
    three together, remove the effect. What is left is conditional if parameters stand out, emergent from many
    mechanisms if there is an effect, and of no kind if there is none.
    """
    if evidence.coded:
        return "coded", f"it goes without what cites the claim itself: {evidence.coded}"
    objection, argument = not_forced(evidence), evidence.argument
    if argument is not None and not objection:
        caveat = "" if evidence.verdict == "holds" else "its direction is by construction, its size falls short; "
        return "forced", f"{caveat}ODD {argument.odd}: {argument.equation}; {argument.why}"
    if evidence.verdict == "depends" or (evidence.flips and not evidence.removable):
        kind, why = "conditional", on_parameters(evidence)
    elif evidence.removable or evidence.present:
        kind, why = "emergent", on_mechanisms(evidence)
    else:
        kind, why = "none", "nothing to explain: there is no such effect at the defaults, and hardly anywhere else"
    note = f"; declared forced (ODD {argument.odd}), not upheld: {objection}" if argument is not None else ""
    return kind, why + note


def doubts_of(evidence: Evidence, kind: str) -> list[str]:
    """What more worlds than these might change, in words."""
    worlds, verdict = len(evidence.scores), evidence.verdict
    ends, (always, _) = wilson(evidence.share, worlds), wilson(evidence.sign_share, worlds)
    size = f"{worlds:,} worlds"
    doubts = {
        f"a close call: more than {size} might give another verdict": any(verdict_of(end) != verdict for end in ends),
        f"{size} cannot tell whether its sign is the same in {100 * ALWAYS:g} %": kind == "forced" and always < ALWAYS,
        f"in more than {size} an assumption might stand out": kind in {"emergent", "none"}
        and 0 < evidence.share < 1
        and bool(evidence.driver.needed),
    }
    return [doubt for doubt, applies in doubts.items() if applies]


def not_forced(evidence: Evidence) -> str:
    """Why an effect is not forced, whatever was declared; "" if nothing speaks against it."""
    pairs = zip(evidence.knockouts, evidence.remaining, strict=False)  # none where there is no effect
    remaining = {NO_RULES: 0.0, NO_INTERESTS: 0.0} | {item.name: part for item, part in pairs}
    survives = evidence.shuffled * np.sign(evidence.base) > MOST_LEFT * abs(evidence.base)
    reasons = {
        "nothing was declared": evidence.argument is None,
        f"its sign is the expected one in {100 * evidence.sign_share:.1f} % of worlds": evidence.sign_share < ALWAYS,
        "it does not survive without rules": remaining[NO_RULES] <= MOST_LEFT,
        "it does not survive without interests": remaining[NO_INTERESTS] <= MOST_LEFT,
        "it does not survive shuffled interests": not (len(survives) and survives.all()),
        "only its direction is by construction, not its size": evidence.verdict == "depends",
    }
    return next((reason for reason, counts in reasons.items() if counts), "")


def on_parameters(evidence: Evidence) -> str:
    """What flips a test, in words."""
    if not evidence.flips:
        return evidence.driver.words(len(evidence.scores)) if 0 < evidence.share < 1 else "no parameter flips it"
    words = "holds where " + ", ".join(flip.words for flip in evidence.flips)
    single_flips = [flip.name for flip in evidence.flips if flip.alone]
    if single_flips:
        names = single_flips[0] if len(single_flips) == 1 else f"each of {', '.join(single_flips)}"
        return f"{words}; at the defaults {names} alone flips it"
    if len(evidence.flips) == 1:
        return f"{words}; at the defaults it does not flip by this alone"
    conclusion = "only together do they flip it" if evidence.together else "not even together do they flip it"
    return f"{words}; at the defaults {conclusion}"


def on_mechanisms(evidence: Evidence) -> str:
    """What removes an effect, in words; where it goes against the claim, what stands in the claim's way."""
    if not evidence.present:
        return ""
    prefix = "" if evidence.holding else "too small to count; " if evidence.effect > 0 else "it goes the other way; "
    if evidence.killers:
        return f"{prefix}gone without {phrase(evidence.killers)}"
    if evidence.joint:
        return f"{prefix}no single knock-out removes it; gone without {evidence.joint.words} together"
    if evidence.broad_killers:
        return f"{prefix}nothing narrower removes it; gone without {phrase(evidence.broad_killers)}"
    return f"{prefix}many mechanisms carry it: no knock-out removes it, nor do two or three of the strongest together"


def control_of(evidence: Evidence) -> tuple[str, bool | None]:
    """How the control came out, and whether it discriminates; None where there is nothing to control."""
    suffix = ": does not discriminate"
    if evidence.free:  # the true interests against shuffled ones, and none
        beaten = int((evidence.base > evidence.shuffled + SAME).sum())
        equal = int((np.abs(evidence.base - evidence.shuffled) <= SAME).sum())
        ties = f" and equals {equal}" if equal else ""
        words = f"beats {beaten}{ties} of {len(evidence.shuffled)} shuffles; {evidence.empty:+.3f} without interests"
        if not evidence.holding:
            return f"{words}; moot, as the test does not hold at the defaults", None
        if beaten >= BEATEN / SHUFFLES * len(evidence.shuffled) and evidence.base > evidence.empty:
            return words, True
        return words + (" (most of it)" if evidence.empty > 0.5 * evidence.base else "") + suffix, False
    if not evidence.remaining:
        return "no effect at the defaults that a knock-out could remove", None
    if evidence.killers:
        return "removed by " + ", ".join(item.name for item in evidence.killers), True
    pairs = zip(evidence.remaining, evidence.knockouts, strict=True)
    share, most = min((share, item.name) for share, item in pairs if not item.broad)
    words = f"no single knock-out removes {100 * KILLS:.0f} % of it, the strongest ({most}) leaves {100 * share:.0f} %"
    groups = [f"{evidence.joint.name} together"] if evidence.joint else [item.name for item in evidence.broad_killers]
    return (f"{words}; removed by {', '.join(groups)}", True) if groups else (words + suffix, False)


def find_flips(slices: Slices, holds: Flags) -> list[Flip]:
    """The parameters that go with holding, (worlds,), beyond chance; the strongest first, at most `NAMED`."""
    if not SEVERAL <= holds.mean() <= 1 - SEVERAL:
        return []
    return [Flip(name, *slices.ends(name, holds)) for name in slices.standing_out(holds.astype(float), NAMED)]


def settle(slices: Slices, holds: Flags, flips: Sequence[Flip]) -> list[dict[str, object]]:
    """How much knowing parameters would settle, each alone and all together: rows of `Examination.settles`."""
    rows: list[tuple[list[str], dict[str, float]]] = [
        ([f.name], {"low": f.low.share, "high": f.high.share}) for f in flips
    ]
    if len(flips) > 1:
        rows.append(([flip.name for flip in flips], {}))
    agreed = slices.agreement(holds)
    return [
        {"parameters": ", ".join(names), **shares, "agreed": agreed, "known": slices.agreement(holds, names)}
        for names, shares in rows
    ]


def at_ends(flips: Sequence[Flip], holding: bool) -> list[dict[str, float]]:
    """Settings that try to flip a test at the defaults: each parameter alone at the end against it, then all together.

    Where the test holds at the defaults, parameters move to where it fails, and the other way round.
    """
    ends = {flip.name: (flip.failing if holding else flip.holding).value for flip in flips}
    return [*({name: end} for name, end in ends.items()), ends]
