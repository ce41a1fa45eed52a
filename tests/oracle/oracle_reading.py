"""The oracle's reading of the data files and of a scenario (ODD 2 and 6)."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from oracle_theatre import Dated, Effect, Forum, Interest, Option, Pattern, Province, Rule, Scenario, Stance, Theatre

FIRST_YEAR, FIRST_MONTH = 2015, 9
FOREVER = 10**6


def month_of(text: str) -> int:
    """Number of a month, from 0 in September 2015."""
    year, month = (int(part) for part in str(text).split("-"))
    return (year - FIRST_YEAR) * 12 + month - FIRST_MONTH


@cache
def read_yaml(path: Path) -> Any:
    """A YAML file; nobody changes what it returns."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def pattern(raw: dict[str, Any]) -> Pattern:
    """The levers that an entry is about."""
    return Pattern(raw["do"], raw.get("actor", ""), raw.get("target", ""), raw.get("against", False))


def read_stance(actor: str, raw: dict[str, Any]) -> Stance:
    """A stance of an actor's file."""
    options = []
    for name, entry in raw["options"].items():
        sets = {(actor, *key.split()): float(level) for key, level in entry.get("sets", {}).items()}
        options.append(Option(name, sets, entry.get("promise", False), entry.get("at", "")))
    return Stance(actor, raw["name"], raw["start"], options)


def read_actor(theatre: Theatre, raw: dict[str, Any]) -> None:
    """One file of actors/."""
    name = raw["name"]
    theatre.actors.append(name)
    theatre.states[name] = raw["seats"]
    for kind, entry in raw["capability"].items():
        theatre.capabilities[name, kind] = theatre.level("capability", entry, f"capability.{name}.{kind}")
    for towards, entry in raw.get("aversions", {}).items():
        theatre.aversions[name] = theatre.add_number(f"aversion.{name}.{towards}", entry["level"])
    for towards, entry in raw["ties"].items():
        theatre.ties[name, towards] = theatre.level("tie", entry["tie"], f"tie.{name}.{towards}")
    theatre.add_number(f"interests.{name}", 1)
    for do, entry in raw.get("costs", {}).items():
        theatre.add_number(f"cost.{do}.{name}", entry)
    if "sponsor" in raw:
        theatre.add_number(f"sponsors.{name}", raw["sponsor"])
    groups = {faction: part["interests"] for faction, part in raw.get("factions", {}).items()}
    theatre.interests[name] = [
        Interest(faction, entry["outcome"], float(entry["ideal"]), f"salience.{entry['salience']}")
        for faction, interests in (groups or {"": raw["interests"]}).items()
        for entry in interests
    ]
    for stance in raw["stances"]:
        theatre.add_stance(read_stance(name, stance))
    theatre.seats += [(name, "attend", forum) for forum in raw.get("guest_at", {})]


def read_effect(theatre: Theatre, raw: dict[str, Any]) -> None:
    """One entry of effects.yaml."""
    signs = dict.fromkeys(raw.get("raises", []), 1) | dict.fromkeys(raw.get("lowers", []), -1)
    size = theatre.level("effect", raw["size"], f"effect.{raw['id']}")
    theatre.effects.append(Effect(pattern(raw), signs, size, raw.get("slope", "")))


def read_rule(theatre: Theatre, raw: dict[str, Any]) -> None:
    """One entry of rules.yaml."""
    theatre.add_number(f"{raw['id']}.strength", raw["strength"])
    applies = [pattern(entry) for entry in raw["applies"]]
    rule = Rule(raw["id"], raw.get("with", {}), raw.get("through", []), raw.get("wants", ""), applies)
    theatre.rules.append(rule)


def read_event(theatre: Theatre, raw: dict[str, Any]) -> None:
    """One entry of events.yaml."""
    strength = theatre.level("event", raw["strength"], f"event.{raw['id']}.strength")
    theatre.events.append({**raw, "month": month_of(raw["month"]), "strength": strength})


def read_provinces(theatre: Theatre, path: Path) -> None:
    """The 34 provinces."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            theatre.provinces.append(
                Province(
                    iso=row["iso"],
                    population=float(row["population"]),
                    districts=float(row["districts"]),
                    borders=set(row["borders"].split(";")),
                    insurgency=float(row["insurgency"]),
                    poppy_2014=float(row["opium_ha_2014"]),
                    poppy_2015=float(row["opium_ha_2015"]),
                )
            )


def read_theatre(folder: Path) -> Theatre:
    """All data files."""
    theatre = Theatre()
    for path in sorted((folder / "actors").glob("*.yaml")):
        read_actor(theatre, read_yaml(path))
    for raw in read_yaml(folder / "effects.yaml")["effects"]:
        read_effect(theatre, raw)
    for raw in read_yaml(folder / "rules.yaml")["rules"]:
        read_rule(theatre, raw)
    for raw in read_yaml(folder / "forums.yaml")["forums"]:
        forum = Forum(raw["name"], raw["kind"], raw["convenor"], meets={month_of(date) for date in raw["meets"]})
        for date, guests in raw["invites"].items():
            for guest in guests:
                forum.invites.setdefault(guest, []).append((month_of(date), FOREVER))
        theatre.forums[forum.name] = forum
    for raw in read_yaml(folder / "events.yaml")["events"]:
        read_event(theatre, raw)
    for raw in read_yaml(folder / "conditions.yaml")["conditions"]:
        theatre.conditions[raw["name"]] = {month_of(date): value for date, value in raw["series"].items()}
    for iso, entry in read_yaml(folder / "ground.yaml")["spoiler_ground"].items():
        theatre.daesh_ground[iso] = theatre.level("daesh", entry, f"daesh.ground.{iso}")
    world = read_yaml(folder / "theatre.yaml")
    parts = {**world["roles"], "crop": world["crop"]["name"], "plant": world["crop"]["plant"]}
    for name, entry in read_yaml(folder / "parameters.yaml")["parameters"].items():
        theatre.add_number(name.format(**parts), entry)
    theatre.outcomes = [raw["name"] for raw in read_yaml(folder / "outcomes.yaml")["outcomes"]]
    with (folder / "own_effects.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            theatre.own_effects[row["actor"], row["do"], row["target"], row["outcome"]] = float(row["effect"])
    read_provinces(theatre, folder / "provinces.csv")
    return theatre


def last_month(entry: dict[str, Any]) -> int:
    """The last month in which an entry of a scenario holds."""
    return month_of(entry["until"]) if "until" in entry else FOREVER


def read_forum_entry(theatre: Theatre, entry: dict[str, Any]) -> None:
    """Invitations and meetings that a scenario adds, to a forum that may be new (ODD 6)."""
    name = entry["forum"]
    if name not in theatre.forums:
        theatre.forums[name] = Forum(name, "format", entry["convenor"], founded=month_of(entry["from"]))
        convene = (entry["convenor"], "convene", name)
        options = [Option("away", {}), Option("there", {convene: 1.0})]
        theatre.add_stance(Stance(entry["convenor"], f"convene_{name}", "away", options))
    forum = theatre.forums[name]
    forum.founded = min(forum.founded, month_of(entry["from"]))
    forum.meets |= {month_of(date) for date in entry.get("meets", [])}
    for guest in entry.get("invite", []):
        forum.invites.setdefault(guest, []).append((month_of(entry["from"]), last_month(entry)))
        if (guest, "attend", name) not in theatre.levers:
            theatre.seats.append((guest, "attend", name))


def read_scenario(theatre: Theatre, path: Path) -> Scenario:
    """Write a scenario and what it extends into the theatre."""
    raw = read_yaml(path)
    scenario = Scenario(theatre)
    if raw.get("extends"):
        scenario = read_scenario(theatre, path.with_name(raw["extends"] + ".yaml"))
    theatre.values.update(raw.get("parameters", {}))
    for name, series in raw.get("conditions", {}).items():
        dates = {month_of(date): value for date, value in series.items()}
        before = {date: value for date, value in theatre.conditions[name].items() if date < min(dates)}
        theatre.conditions[name] = before | dates
        scenario.own_conditions[name] = set(dates)
    for entry in raw.get("forums", []):
        read_forum_entry(theatre, entry)
    for entry in raw.get("interventions", []):
        lever = (entry["actor"], entry["do"], entry["target"])
        dated = Dated(month_of(entry["from"]), last_month(entry), lever, float(entry.get("level", 1)))
        scenario.dated.append(dated)
    for entry in raw.get("changes", []):
        scenario.dated.append(Dated(month_of(entry["from"]), last_month(entry), parameters=entry["set"]))
    return scenario


def vary(scenario: Scenario, parameters: dict[str, float]) -> dict[str, float]:
    """Undated parameters of a run; what it varies of interventions and conditions goes into the scenario (ODD 6)."""
    values = dict(scenario.theatre.values)
    for name, value in parameters.items():
        kind, *path = name.split(".")
        if kind == "interventions":
            for entry in scenario.dated:
                if entry.lever == tuple(path):
                    entry.level = value
        elif kind == "conditions":
            for date in scenario.own_conditions[path[0]]:
                scenario.theatre.conditions[path[0]][date] = value
        else:
            values[name] = value
    return values
