"""The world of a run, as the data files and a scenario have it (ODD 2, 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Lever = tuple[str, str, str]  # actor, instrument, target
Value = float | str  # a number, or the name of the parameter that holds it
LAST_RECORDED = 28  # January 2018, counted from September 2015


@dataclass
class Option:
    """What an option of a stance sets, whether it is a promise, and the forum at which it is, if at one."""

    name: str
    sets: dict[Lever, float]
    promise: bool = False
    at: str = ""


@dataclass
class Stance:
    """A policy with a few options, of which exactly one holds."""

    actor: str
    name: str
    start: str
    options: list[Option]


@dataclass
class Interest:
    """What an actor, or one of its factions, wants."""

    faction: str
    outcome: str
    ideal: Value
    salience: Value


@dataclass
class Pattern:
    """Levers that an effect or a rule is about; what is left out means any."""

    do: str
    actor: str = ""
    target: str = ""
    against: bool = False

    def fits(self, lever: Lever) -> bool:
        """Whether a lever is one of them."""
        actor, do, target = lever
        return do == self.do and self.actor in ("", actor) and self.target in ("", target)


@dataclass
class Effect:
    """What everyone expects of an instrument."""

    levers: Pattern
    signs: dict[str, int]  # outcome: 1 raises, -1 lowers
    size: Value
    slope: str


@dataclass
class Rule:
    """An alliance rule: what it is told, for whose sake it counts, and to which levers it applies."""

    name: str
    told: dict[str, str]
    through: list[str]
    wants: str
    applies: list[Pattern]


@dataclass
class Forum:
    """A forum: who may come from when, and when it meets."""

    name: str
    kind: str
    convenor: str
    invites: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    meets: set[int] = field(default_factory=set)
    founded: int = 0

    def invited(self, actor: str, month: int) -> bool:
        """Whether an actor is invited in this month."""
        return any(first <= month <= last for first, last in self.invites.get(actor, []))


@dataclass
class Province:
    """A province as the file gives it."""

    iso: str
    population: float
    districts: float
    borders: set[str]
    insurgency: float
    poppy_2014: float
    poppy_2015: float


@dataclass
class Theatre:
    """The world, with what a scenario adds to it."""

    actors: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    capabilities: dict[tuple[str, str], Value] = field(default_factory=dict)
    aversions: dict[str, Value] = field(default_factory=dict)
    ties: dict[tuple[str, str], Value] = field(default_factory=dict)
    interests: dict[str, list[Interest]] = field(default_factory=dict)
    stances: list[Stance] = field(default_factory=list)
    policies: list[Lever] = field(default_factory=list)  # levers that stances set
    seats: list[Lever] = field(default_factory=list)  # attendance that no stance sets
    effects: list[Effect] = field(default_factory=list)
    own_effects: dict[tuple[str, str, str, str], float] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    forums: dict[str, Forum] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    conditions: dict[str, dict[int, Value]] = field(default_factory=dict)
    daesh_ground: dict[str, Value] = field(default_factory=dict)
    provinces: list[Province] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    choices: dict[str, list[float]] = field(default_factory=dict)
    switches: list[str] = field(default_factory=list)
    fitting: dict[Lever, tuple[list[Effect], list[tuple[int, Rule]]]] = field(default_factory=dict)

    @property
    def levers(self) -> list[Lever]:
        """Everything that anyone can do to anyone."""
        return self.policies + self.seats

    def can(self, do: str, target: str) -> list[str]:
        """The actors that have a lever."""
        levers = set(self.levers)
        return [actor for actor in self.actors if (actor, do, target) in levers]

    @property
    def engagers(self) -> list[str]:
        """Those that can engage the Taliban publicly."""
        return self.can("engage_publicly", "taliban")

    @property
    def formats(self) -> list[Forum]:
        """The forums that meet when convened."""
        return [forum for forum in self.forums.values() if forum.kind == "format"]

    def led_by(self, actor: str) -> list[Forum]:
        """The forums that an actor convenes."""
        return [forum for forum in self.forums.values() if forum.convenor == actor]

    def about(self, lever: Lever) -> tuple[list[Effect], list[tuple[int, Rule]]]:
        """The effects of a lever, and the rules that apply to it, with 1 or, where they speak against it, -1."""
        if lever not in self.fitting:
            effects = [effect for effect in self.effects if effect.levers.fits(lever)]
            rules = [(-1 if p.against else 1, rule) for rule in self.rules for p in rule.applies if p.fits(lever)]
            self.fitting[lever] = effects, rules
        return self.fitting[lever]

    def add_number(self, name: str, entry: Any) -> str:
        """Note a parameter: `[value, low, high]`, a mapping, or a plain number (a switch); return its name."""
        if isinstance(entry, list):
            self.values[name] = float(entry[0])
            self.ranges[name] = (entry[1], entry[2])
        elif isinstance(entry, dict):
            self.values[name] = float(entry["value"])
            self.ranges[name] = (entry["low"], entry["high"])
            if "choices" in entry:
                self.choices[name] = [float(value) for value in range(len(entry["choices"]))]
        else:
            self.values[name] = float(entry)
            self.switches.append(name)
        return name

    def level(self, scale: str, entry: Any, name: str) -> Value:
        """A value on a named level, a number of its own with a prior range, or a plain number (ODD 2)."""
        if isinstance(entry, str):
            return f"{scale}.{entry}"
        return self.add_number(name, entry) if isinstance(entry, list) else float(entry)

    def add_stance(self, stance: Stance) -> None:
        """Note a stance and the levers that it sets."""
        self.stances.append(stance)
        for option in stance.options:
            self.policies += [lever for lever in option.sets if lever not in self.policies]


@dataclass
class Dated:
    """What a scenario sets while it lasts: the level of a lever, or parameters."""

    first: int
    last: int
    lever: Lever | None = None
    level: float = 1.0
    parameters: dict[str, float] = field(default_factory=dict)

    def holds(self, month: int) -> bool:
        """Whether it lasts in this month."""
        return self.first <= month <= self.last


@dataclass
class Scenario:
    """A theatre as a scenario has it, its dated entries, and the dates of the conditions that it gives itself."""

    theatre: Theatre
    dated: list[Dated] = field(default_factory=list)
    own_conditions: dict[str, set[int]] = field(default_factory=dict)
