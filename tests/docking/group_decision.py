"""Group decisions as the literature computes them, written from the papers' equations; it knows nothing of the package.

* The compromise model: the outcome is the mean of the positions, weighted by capability times salience (Van den Bos
  1991; Stokman & Van den Bos 1992).
* The median voter: the position that no other defeats, votes being capability times salience times the difference in
  loss (Black 1958; Bueno de Mesquita 1994).
* Bueno de Mesquita's expected utility model in the version of Scholz, Calbert & Smith (2011, *Journal of Theoretical
  Politics* 23(4), 510-531): everyone weighs a challenge to everyone else, and yields to the best offer.

The example is theirs: by how many years ten members of the European Community wanted to put off emission limits for
medium-sized cars (Bueno de Mesquita & Stokman 1994). What was decided: 8.833 years.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

NAMES = (
    *("Netherlands", "Belgium", "Luxembourg", "Germany", "France"),
    *("Italy", "United Kingdom", "Ireland", "Denmark", "Greece"),
)
CAPABILITY = (0.08, 0.08, 0.03, 0.16, 0.16, 0.16, 0.16, 0.05, 0.05, 0.08)
POSITION = (4.0, 7.0, 4.0, 4.0, 10.0, 10.0, 10.0, 7.0, 4.0, 7.0)
SALIENCE = (0.8, 0.4, 0.2, 0.8, 0.6, 0.6, 0.9, 0.1, 1.0, 0.7)
DECIDED = 8.833

STATUS_QUO = 1.0
"""Chance that nothing changes unless one challenges (their q)."""


@dataclass(frozen=True)
class Member:
    """A member: what it wants, how much it can do and how much it cares; `risk` is its exponent r."""

    name: str
    capability: float
    position: float
    salience: float
    risk: float = 1.0


@dataclass(frozen=True)
class Offer:
    """What one member is offered by another: how they stand to each other, and where the first would go."""

    kind: str
    own: float
    other: float
    position: float
    by: str


def members() -> tuple[Member, ...]:
    """The published example."""
    return tuple(map(Member, NAMES, CAPABILITY, POSITION, SALIENCE))


def weighted_mean(group: tuple[Member, ...]) -> float:
    """The compromise model."""
    votes = [m.capability * m.salience for m in group]
    return sum(v * m.position for v, m in zip(votes, group, strict=True)) / sum(votes)


def votes_for(m: Member, one: float, other: float, width: float) -> float:
    """Votes of a member for one position against another: negative if it likes the other better."""
    loss = [(abs(m.position - x) / width) ** m.risk for x in (one, other)]
    return m.capability * m.salience * (loss[1] - loss[0])


def median(group: tuple[Member, ...], width: float) -> float:
    """The position that beats every other, with votes at neutral risk."""
    neutral = [replace(m, risk=1.0) for m in group]
    positions = sorted({m.position for m in group})

    def beaten(x: float) -> int:
        return sum(sum(votes_for(m, y, x, width) for m in neutral) > 0 for y in positions)

    return min(positions, key=beaten)


class Bargain:
    """One round of offers among the members.

    Attributes:
        pairwise: whether the chance of winning is a share of the votes cast between the two positions, as the
            equations say, or of all votes between any two members, as the published program computed it.
    """

    def __init__(self, group: tuple[Member, ...], width: float, *, pairwise: bool) -> None:
        self.group, self.width, self.pairwise = group, width, pairwise

    def cast(self, one: float, other: float) -> float:
        """All votes cast between two positions, for either."""
        return sum(abs(votes_for(m, one, other, self.width)) for m in self.group)

    def winning(self, one: float, other: float) -> float:
        """Chance that a challenge from one position to another succeeds."""
        if one == other:
            return 0.0
        won = sum(max(votes_for(m, one, other, self.width), 0.0) for m in self.group)
        pairs = [(one, other)] if self.pairwise else [(a.position, b.position) for a in self.group for b in self.group]
        return won / sum(self.cast(*pair) for pair in pairs)

    def challenge(self, i: Member, j: Member, risk: float) -> float:
        """Expected utility to i of challenging j, at a risk exponent."""
        half = 0.5 * abs(i.position - j.position) / self.width
        success, failure, nothing = (2 - 4 * (0.5 + d) ** risk for d in (-half, half, 0.0))
        p = self.winning(i.position, j.position)
        return j.salience * (p * success + (1 - p) * failure) + (1 - j.salience) * success - STATUS_QUO * nothing

    def with_risk(self) -> Bargain:
        """The same round, with each member's attitude to risk from how exposed its position is."""
        danger = [sum(self.challenge(i, j, 1.0) for i in self.group if i is not j) for j in self.group]
        low, high = min(danger), max(danger)
        accept = [(2 * d - high - low) / (high - low) for d in danger]
        group = tuple(replace(m, risk=(1 - a / 3) / (1 + a / 3)) for m, a in zip(self.group, accept, strict=True))
        return Bargain(group, self.width, pairwise=self.pairwise)

    def offer(self, i: Member, j: Member) -> Offer | None:
        """What j can get from i: its position if i loses or gives in, something between if they compromise."""
        own, other = self.challenge(i, j, i.risk), self.challenge(j, i, i.risk)
        if other > own > 0:
            return Offer("confrontation", own, other, j.position, j.name)
        if other > 0 > own and other > -own:
            return Offer("compromise", own, other, i.position + (j.position - i.position) * -own / other, j.name)
        if other > 0 > own:
            return Offer("capitulation", own, other, j.position, j.name)
        return None

    def best(self, i: Member) -> Offer | None:
        """The offer that i takes: the one that moves it least, of the first kind there is."""
        found = [self.offer(i, j) for j in self.group if j.position != i.position]
        for kind in ("confrontation", "compromise", "capitulation"):
            of_kind = [offer for offer in found if offer is not None and offer.kind == kind]
            if of_kind:
                return min(of_kind, key=lambda offer: abs(offer.position - i.position))
        return None

    def taken(self) -> dict[str, Offer]:
        """The offers that members take in this round."""
        risky = self.with_risk()
        best = {m.name: risky.best(m) for m in risky.group}
        return {name: offer for name, offer in best.items() if offer is not None}

    def after(self) -> Bargain:
        """The next round, in which everyone stands where the offer it took has put it."""
        taken = self.taken()
        moved = tuple(replace(m, position=taken[m.name].position) if m.name in taken else m for m in self.group)
        return Bargain(moved, self.width, pairwise=self.pairwise)
