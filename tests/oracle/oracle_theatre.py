"""The oracle's reading of the data files and of a scenario: plain dicts, lists and numbers (ODD 2 and 6)."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Lever = tuple[str, str, str]  # actor, instrument, target
FIRST_YEAR, FIRST_MONTH = 2015, 9
FOREVER = 10**6
LAST_RECORDED = 28  # January 2018, counted from September 2015
NORTH = ("TJK", "UZB", "TKM")


def month_of(text: str) -> int:
    """Number of a month, from 0 in September 2015."""
    year, month = (int(part) for part in str(text).split("-"))
    return (year - FIRST_YEAR) * 12 + month - FIRST_MONTH


@dataclass
class Forum:
    """A forum: who may come from when, and when it meets."""

    name: str
    kind: str
    convenor: str
    invites: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    meets: set[int] = field(default_factory=set)
    founded: int = 0
    new: bool = False  # known to a scenario only

    def invited(self, actor: str, month: int) -> bool:
        """Whether an actor is invited in this month."""
        return any(first <= month <= last for first, last in self.invites.get(actor, []))


@dataclass
class Rule:
    """An alliance rule: what it is told, and which levers it applies to."""

    name: str
    told: dict[str, str]
    applies: list[dict[str, Any]]

    def weights(self, lever: Lever) -> list[str]:
        """Names of the weights of all patterns that fit the lever (ODD 7.1)."""
        actor, do, target = lever
        return [
            weight_name(self.name, pattern)
            for pattern in self.applies
            if pattern["do"] == do and pattern.get("actor", actor) == actor and pattern.get("target", target) == target
        ]


def weight_name(rule: str, pattern: dict[str, Any]) -> str:
    """The parameter that holds the weight of a pattern (ODD 7.1)."""
    return ".".join(["weight", rule, *(pattern[key] for key in ("do", "actor", "target") if key in pattern)])


@dataclass
class Province:
    """A province as the files give it."""

    iso: str
    population: float
    area: float
    districts: float
    borders: set[str]
    poppy_2014: float
    poppy_2015: float
    neighbours: list[str] = field(default_factory=list)


@dataclass
class Theatre:
    """Everything that a scenario does not change."""

    actors: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    levers: list[Lever] = field(default_factory=list)
    ties: list[tuple[str, str]] = field(default_factory=list)
    interests: dict[str, list[tuple[str | None, str]]] = field(default_factory=dict)  # faction, outcome
    forums: dict[str, Forum] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    provinces: list[Province] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    conditions: dict[str, dict[int, float | str]] = field(default_factory=dict)  # a text names a parameter
    events: list[dict[str, Any]] = field(default_factory=list)
    daesh_ground: list[str] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    choices: dict[str, list[float]] = field(default_factory=dict)
    added: list[Lever] = field(default_factory=list)  # levers at forums that only a scenario knows

    def can(self, do: str, target: str) -> list[str]:
        """The actors that have a lever."""
        return [actor for actor in self.actors if (actor, do, target) in self.levers]

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

    def add_lever(self, lever: Lever) -> None:
        """A lever at a forum that only a scenario knows: no cost, and a belief in a settlement (ODD 6)."""
        self.levers.append(lever)
        self.added.append(lever)
        for prefix in ("start", "cost"):
            self.values[f"{prefix}.{'.'.join(lever)}"] = 0.0

    def add_number(self, name: str, given: Any) -> None:
        """Note a parameter: `[value, low, high]`, a mapping, or a plain number (which has no range)."""
        if isinstance(given, list):
            self.values[name] = float(given[0])
            self.ranges[name] = (given[1], given[2])
        elif isinstance(given, dict):
            self.values[name] = float(given["value"])
            self.ranges[name] = (given["low"], given["high"])
            if "choices" in given:
                self.choices[name] = given["choices"]
        else:
            self.values[name] = float(given)


@cache
def read_yaml(path: Path) -> Any:
    """A YAML file; nobody changes what it returns."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def read_actor(theatre: Theatre, raw: dict[str, Any]) -> None:
    """One file of actors/."""
    name = raw["name"]
    theatre.actors.append(name)
    theatre.states[name] = raw["seats"]
    theatre.interests[name] = []
    for kind, given in raw["capability"].items():
        theatre.add_number(f"capability.{name}.{kind}", given)
    for towards, given in raw.get("aversions", {}).items():
        theatre.add_number(f"aversion.{name}.{towards}", given["level"])
    for towards, given in raw["ties"].items():
        theatre.ties.append((name, towards))
        theatre.add_number(f"tie.{name}.{towards}", given["tie"])
    groups = {faction: part["interests"] for faction, part in raw.get("factions", {}).items()}
    for faction, interests in (groups or {None: raw["interests"]}).items():
        for interest in interests:
            owner = f"{name}.{faction}" if faction else name
            theatre.interests[name].append((faction, interest["outcome"]))
            theatre.add_number(f"ideal.{owner}.{interest['outcome']}", interest["ideal"])
            theatre.add_number(f"interest.{owner}.{interest['outcome']}", interest["salience"])
    for lever in raw["levers"]:
        key = (name, lever["do"], lever["target"])
        theatre.levers.append(key)
        dotted = ".".join(key)
        theatre.add_number(f"start.{dotted}", lever["start"])
        theatre.add_number(f"cost.{dotted}", lever["cost"])
        for outcome, given in lever["beliefs"].items():
            theatre.add_number(f"belief.{dotted}.{outcome}", given)


def read_provinces(theatre: Theatre, folder: Path) -> None:
    """The 34 provinces and which of them touch."""
    with (folder / "provinces.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            theatre.provinces.append(
                Province(
                    iso=row["iso"],
                    population=float(row["population"]),
                    area=float(row["area_km2"]),
                    districts=float(row["districts"]),
                    borders=set(row["borders"].split(";")),
                    poppy_2014=float(row["opium_ha_2014"]),
                    poppy_2015=float(row["opium_ha_2015"]),
                )
            )
    by_iso = {province.iso: province for province in theatre.provinces}
    with (folder / "adjacency.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_iso[row["a"]].neighbours.append(row["b"])
            by_iso[row["b"]].neighbours.append(row["a"])


def read_theatre(folder: Path) -> Theatre:
    """All data files."""
    theatre = Theatre()
    for path in sorted((folder / "actors").glob("*.yaml")):
        read_actor(theatre, read_yaml(path))
    for raw in read_yaml(folder / "rules.yaml")["rules"]:
        theatre.rules.append(Rule(raw["id"], raw.get("with", {}), raw["applies"]))
        theatre.add_number(f"{raw['id']}.strength", raw["strength"])
        for pattern in raw["applies"]:
            theatre.add_number(weight_name(raw["id"], pattern), pattern["weight"])
    for raw in read_yaml(folder / "forums.yaml")["forums"]:
        forum = Forum(raw["name"], raw["kind"], raw["convenor"], meets={month_of(date) for date in raw["meets"]})
        for date, guests in raw["invites"].items():
            for guest in guests:
                forum.invites.setdefault(guest, []).append((month_of(date), FOREVER))
        theatre.forums[forum.name] = forum
    for raw in read_yaml(folder / "events.yaml")["events"]:
        theatre.events.append({**raw, "month": month_of(raw["month"])})
        theatre.add_number(f"event.{raw['id']}.strength", raw["strength"])
    for raw in read_yaml(folder / "conditions.yaml")["conditions"]:
        theatre.conditions[raw["name"]] = {month_of(date): value for date, value in raw["series"].items()}
    for iso, given in read_yaml(folder / "ground.yaml")["spoiler_ground"].items():
        theatre.daesh_ground.append(iso)
        theatre.add_number(f"daesh.ground.{iso}", given)
    world = read_yaml(folder / "theatre.yaml")
    parts = {**world["roles"], "crop": world["crop"]["name"], "plant": world["crop"]["plant"]}
    for name, given in read_yaml(folder / "parameters.yaml")["parameters"].items():
        theatre.add_number(name.format(**parts), given)
    theatre.outcomes = [raw["name"] for raw in read_yaml(folder / "outcomes.yaml")["outcomes"]]
    read_provinces(theatre, folder)
    return theatre


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


def last_month(entry: dict[str, Any]) -> int:
    """The last month in which an entry of a scenario holds."""
    return month_of(entry["until"]) if "until" in entry else FOREVER


def read_forum_entry(theatre: Theatre, entry: dict[str, Any]) -> None:
    """Invitations and meetings that a scenario adds, to a forum that may be new (ODD 6)."""
    name = entry["forum"]
    if name not in theatre.forums:
        theatre.forums[name] = Forum(name, "format", entry["convenor"], founded=month_of(entry["from"]), new=True)
        theatre.add_lever((entry["convenor"], "convene", name))
    forum = theatre.forums[name]
    forum.founded = min(forum.founded, month_of(entry["from"]))
    forum.meets |= {month_of(date) for date in entry.get("meets", [])}
    for guest in entry.get("invite", []):
        forum.invites.setdefault(guest, []).append((month_of(entry["from"]), last_month(entry)))
        if forum.new and (guest, "attend", name) not in theatre.levers:
            theatre.add_lever((guest, "attend", name))


def read_scenario(theatre: Theatre, path: Path) -> list[Dated]:
    """Write a scenario and what it extends into the theatre; return its interventions and dated changes."""
    raw = read_yaml(path)
    dated = read_scenario(theatre, path.with_name(raw["extends"] + ".yaml")) if raw.get("extends") else []
    theatre.values.update(raw.get("parameters", {}))
    for name, series in raw.get("conditions", {}).items():
        first = min(month_of(date) for date in series)
        before = {date: value for date, value in theatre.conditions[name].items() if date < first}
        theatre.conditions[name] = before | {month_of(date): value for date, value in series.items()}
    for entry in raw.get("forums", []):
        read_forum_entry(theatre, entry)
    for entry in raw.get("interventions", []):
        lever = (entry["actor"], entry["do"], entry["target"])
        dated.append(Dated(month_of(entry["from"]), last_month(entry), lever, float(entry.get("level", 1))))
    for entry in raw.get("changes", []):
        dated.append(Dated(month_of(entry["from"]), last_month(entry), parameters=entry["set"]))
    return dated


def condition(theatre: Theatre, name: str, month: int, parameters: dict[str, float]) -> float:
    """Value of a condition: that of its latest date so far, or of the parameter that stands there (ODD 6)."""
    value = theatre.conditions[name][max(date for date in theatre.conditions[name] if date <= month)]
    return parameters[value] if isinstance(value, str) else float(value)
