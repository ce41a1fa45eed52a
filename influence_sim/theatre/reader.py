"""Building a theatre from the files of a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from influence_sim.base.errors import InputError
from influence_sim.base.files import first_bytes, read_text
from influence_sim.base.months import Month
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import Part
from influence_sim.theatre import files, shapes
from influence_sim.theatre.numbers import SHARE, SWITCH, ParameterSpec, Prior, Ref, Sourced
from influence_sim.theatre.setting import Crop
from influence_sim.theatre.spec import (
    Actor,
    Claim,
    Effect,
    Entry,
    Event,
    Forum,
    Interest,
    Lever,
    Option,
    Province,
    Rule,
    Stance,
)
from influence_sim.theatre.theatre import Theatre
from influence_sim.theatre.words import Words

Shape = TypeVar("Shape", bound=Part)


class Reader:
    """Reads one folder, and collects its numbers in the order of the files: each becomes a named parameter."""

    def __init__(self, folder: Path) -> None:
        """Has read nothing yet."""
        self.folder = folder
        self.files: dict[str, CheckedFile[Any]] = {}
        self.parameters: dict[str, ParameterSpec] = {}
        self.duplicates: list[str] = []

    def theatre(self) -> Theatre:
        """The whole folder."""
        folder, words, code = self.folder, self.folder / files.WORDS, self.folder / files.CODE
        measured = folder / files.OWN_EFFECTS
        entry = self.read("theatre.yaml", shapes.TheatreFile)
        calendar, roles, crop = entry.calendar, entry.roles, entry.crop
        for name, item in self.read("parameters.yaml", shapes.ParametersFile).parameters.items():
            try:
                named = roles.named(name, crop)
            except (KeyError, ValueError, IndexError):
                parts = ", ".join(f"{{{part}}}" for part in (*dict(roles), "crop", "plant"))
                file, rule = self.files["parameters.yaml"], "not a part in braces"
                problem = file.problem(("parameters", name), rule, f"there are {parts}", key=True)
                raise InputError(problem) from None
            self.number(named, item, SHARE)
        actors = tuple(self.actor(path.name) for path in sorted((folder / files.ACTORS).glob("*.yaml")))
        effects = tuple(map(self.effect, self.read("effects.yaml", shapes.EffectsFile).effects))
        rules = tuple(map(self.rule, self.read("rules.yaml", shapes.RulesFile).rules))
        forums = self.read("forums.yaml", shapes.ForumsFile).forums
        events = tuple(map(self.event, self.read("events.yaml", shapes.EventsFile).events))
        conditions = self.read("conditions.yaml", shapes.ConditionsFile).conditions
        outcomes = self.read("outcomes.yaml", shapes.OutcomesFile).outcomes
        labels = {actor.name: actor.label for actor in actors}
        if not measured.is_file():
            self.as_believed(roles.named("effect.form", crop))
        provinces = tuple(self.provinces(roles.spoiler, labels.get(roles.spoiler, roles.spoiler), crop))
        return Theatre(
            title=entry.title,
            calendar=calendar,
            roles=roles,
            crop=crop,
            borders=entry.borders,
            actors=actors,
            effects=effects,
            rules=rules,
            forums=tuple(_forum(item, calendar.start) for item in forums),
            events=events,
            conditions=tuple(conditions),
            outcomes=tuple(outcomes),
            provinces=provinces,
            neighbours=tuple((pair.a, pair.b) for pair in files.read_table(folder / "adjacency.csv", shapes.Adjacency)),
            parameters=self.parameters,
            claims=tuple(Claim(**dict(row)) for row in files.read_table(folder / "claims.csv", shapes.ClaimRow)),
            sources=self.read("sources.yaml", shapes.SourcesFile).sources,
            words=self.read(files.WORDS, Words) if words.is_file() else Words(),
            digest=digest_of(folder, without=files.WORDS),
            own_effects={
                (row.actor, row.do, row.target, row.outcome): row.effect
                for row in (files.read_table(measured, shapes.OwnEffect) if measured.is_file() else ())
            },
            code=read_text(code) if code.is_file() else "",
        )

    def read(self, name: str, shape: type[Shape]) -> Shape:
        """One YAML file in its shape.

        Raises:
            InputError: the file breaks the YAML rules or the shape; every mistake is listed with its place.
        """
        self.files[name] = file = files.checked(self.folder / name, shape)
        return file.required()

    def number(
        self, name: str, number: Ref | Prior | Sourced, unit: str, entry: Entry | None = None, note: str = ""
    ) -> Ref:
        """Turns a number as written into a parameter, or leaves a bare number a constant."""
        if isinstance(number, str | int | float):
            return number
        self.note_duplicate(name)
        if isinstance(number, Sourced):
            status = "fitted" if number.fitted else "cited" if number.source else "assumed"
            source = ", ".join(filter(None, [number.source, number.form]))
            unit, note = number.measured or unit, number.note or note
            default, low, high, choices = number.value, number.low, number.high, number.choices
        else:
            (default, low, high), status, choices = number, "assumed", {}
            source = ", ".join(filter(None, [*entry.claims, entry.source])) if entry is not None else ""
        values = tuple(map(float, range(len(choices))))
        self.parameters[name] = ParameterSpec(name, default, low, high, unit, source, status, note, values, choices)
        return name

    def switch(self, name: str, note: str, entry: Entry | None = None) -> str:
        """A number that is 1 unless it is switched off, or tried larger; it has no prior range."""
        self.note_duplicate(name)
        source = ", ".join(filter(None, [*entry.claims, entry.source])) if entry is not None else ""
        self.parameters[name] = ParameterSpec(name, 1.0, 1.0, 1.0, "strength", source, SWITCH, note)
        return name

    def as_believed(self, name: str) -> None:
        """Leaves the form of effects no choice but beliefs where the model's own effects have not been measured."""
        if name in self.parameters:
            only: dict[str, Any] = {"choices": (0.0,), "meanings": dict([*self.parameters[name].meanings.items()][:1])}
            self.parameters[name] = replace(self.parameters[name], default=0.0, low=0.0, high=0.0, **only)

    def note_duplicate(self, name: str) -> None:
        """Remembers the name of a parameter if there is one of that name already."""
        self.duplicates += [name] * (name in self.parameters)

    def actor(self, file: str) -> Actor:
        """One actor; its numbers are named after it and what they are of."""
        entry = self.read(f"{files.ACTORS}/{file}", shapes.ActorFile)
        name, label = entry.name, entry.label
        capability: dict[str, Ref] = {
            kind: self.level("capability", f"{name}.{kind}", number, note=f"{label}: {kind} weight")
            for kind, number in entry.capability.items()
        }
        aversion: Ref = 0.0
        for other, item in entry.aversions.items():
            note = f"{label}: aversion to open relations"
            aversion = self.number(f"aversion.{name}.{other}", item.level, "utility", item, note)
        ties = {
            other: self.level("tie", f"{name}.{other}", item.tie, item, f"{label}: tie to {other}")
            for other, item in entry.ties.items()
        }
        groups: dict[str, list[Interest]] = {"": entry.interests}
        groups |= {faction: part.interests for faction, part in entry.factions.items()}
        interests = tuple(
            self.interest(name, label, faction, item) for faction, items in groups.items() for item in items
        )
        weight = self.switch(f"interests.{name}", f"{label}: all that it wants")
        for do, number in entry.costs.items():
            self.number(f"cost.{do}.{name}", number, "utility", note=f"{label}: what it costs")
        if entry.sponsor is not None:
            note = f"{label}: what its full support is worth to the insurgents, against all sponsors'"
            self.number(f"sponsors.{name}", entry.sponsor, "weight", note=note)
        stances = tuple(item.model_copy(update={"actor": name}) for item in entry.stances)
        levers = tuple(self.levers(name, stances, entry.guest_at))
        cited: dict[str, Entry] = {f"tie {name}.{other}": tie for other, tie in entry.ties.items()}
        cited |= {f"faction {name}.{faction}": part for faction, part in entry.factions.items()}
        cited |= {f"seat {name}.{forum}": item for forum, item in entry.guest_at.items()}
        return Actor(name, label, entry.seats, capability, interests, weight, aversion, stances, levers, ties, cited)

    def interest(self, actor: str, label: str, faction: str, item: Interest) -> Interest:
        """What an actor, or a faction of it, wants of an outcome."""
        name = ".".join(filter(None, (actor, faction, item.outcome)))
        note = f"{label}: how much it cares for {item.outcome}"
        salience = self.level("salience", name, item.salience, item, note)
        return item.model_copy(update={"salience": salience, "faction": faction})

    def level(self, kind: str, name: str, number: Ref, entry: Entry | None = None, note: str = "") -> Ref:
        """The parameter that a level such as `vital` stands for, a constant, or a parameter `kind.name` of its own."""
        if isinstance(number, str):
            return f"{kind}.{number}"
        return self.number(f"{kind}.{name}", number, kind, entry, note)

    def levers(self, actor: str, stances: Sequence[Stance], guest_at: Mapping[str, Entry]) -> Iterator[Lever]:
        """What an actor's stances set, and its seats at formats; what each costs, by the most exact name there is."""

        def cost(do: str, target: str) -> Ref:
            names = [f"cost.{do}.{actor}", f"cost.{do}.{target}", f"cost.{do}"]
            return next((name for name in names if name in self.parameters), 0.0)

        for stance in stances:
            start = stance.options.get(stance.start, Option()).sets
            for do, target in stance.levers:
                level = start.get(f"{do} {target}", 0.0)
                yield Lever(actor, do, target, level, cost(do, target), stance.claims, stance.source)
        for forum, item in guest_at.items():
            yield Lever(actor, "attend", forum, 0.0, cost("attend", forum), item.claims, item.source)

    def effect(self, item: Effect) -> Effect:
        """What is expected of an instrument."""
        note = f"expected effect on {', '.join((*item.raises, *item.lowers))}"
        size = self.level("effect", item.id, item.size, item, note)
        return item.model_copy(update={"size": size})

    def rule(self, item: Rule) -> Rule:
        """An alliance rule."""
        name = f"{item.id}.strength"
        if str(item.strength) == "1":
            strength: Ref = self.switch(name, item.statement, item)
        else:
            strength = self.number(name, item.strength, "strength", item, item.statement)
        return item.model_copy(update={"strength": strength})

    def event(self, item: Event) -> Event:
        """What happened, and how strong it was."""
        if isinstance(item.strength, str):
            return item.model_copy(update={"strength": f"event.{item.strength}"})
        strength = self.number(f"event.{item.id}.strength", item.strength, "share", item, item.note)
        return item.model_copy(update={"strength": strength})

    def provinces(self, spoiler: str, label: str, crop: Crop) -> Iterator[Province]:
        """The provinces, with the spoiler's ground in each."""
        entry = self.read("ground.yaml", shapes.GroundFile)
        note = f"{label}'s ground against its core province"
        ground = {
            iso: f"{spoiler}.{number}"
            if isinstance(number, str)
            else self.number(f"{spoiler}.ground.{iso}", number, "share", entry, note)
            for iso, number in entry.spoiler_ground.items()
        }
        rows = files.read_table(self.folder / "provinces.csv", shapes.province_row(crop))
        for row in rows:
            yield Province(
                iso=row.iso,
                name=row.name,
                population=row.population,
                area_km2=row.area_km2,
                districts=row.districts,
                borders=row.borders,
                crop=tuple(getattr(row, column) for column in crop.columns),
                spoiler_ground=ground.get(row.iso, 0.0),
                insurgency=row.insurgency,
            )


def _forum(item: shapes.ForumEntry, since: Month) -> Forum:
    invites = {actor: month for month, actors in item.invites.items() for actor in actors}
    meets, cited = frozenset(item.meets), (item.claims, item.source)
    return Forum(item.name, item.label, item.kind, item.convenor, since, invites, meets, *cited)


def digest_of(folder: Path, without: str = "") -> str:
    """A hash of every data file but one, names included."""
    total = hashlib.sha256()
    for path in files.files_of(folder):
        if path.name == without:
            continue
        total.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        total.update(hashlib.sha256(first_bytes(path)).digest())
    return total.hexdigest()
