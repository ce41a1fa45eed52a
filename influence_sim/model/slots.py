"""Which numbers add up to each field of the parameters: parameters by name, and constants of the theatre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.model.fields import NUMBERS, field_of
from influence_sim.model.index import Index
from influence_sim.model.motives import Motives
from influence_sim.theatre import Theatre
from influence_sim.theatre.numbers import Ref


@dataclass(frozen=True, slots=True)
class Slot:
    """A row of a field of the parameters, and the places of the values that add up to it."""

    field: str
    row: int
    sources: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Slots:
    """What the fields of the parameters are made of.

    Attributes:
        places: parameter -> its place among the values; constants stand behind.
        values: every parameter at its default, and the constants.
        slots: all that is not 0.
    """

    places: Mapping[str, int]
    values: tuple[float, ...]
    slots: tuple[Slot, ...]


def slots_of(index: Index, motives: Motives) -> Slots:
    """Looks up every number that the theatre names.

    Raises:
        InputError: the theatre lacks a parameter that equations ask for.
    """
    theatre, slots = index.theatre, list[Slot]()
    values = [spec.default for spec in theatre.parameters.values()]
    places = {name: row for row, name in enumerate(theatre.parameters)}
    constants: dict[float, int] = {}

    def source(ref: Ref) -> int:
        if isinstance(ref, str):
            return places[ref]
        if ref not in constants:
            constants[ref] = len(values)
            values.append(float(ref))
        return constants[ref]

    def put(field: str, rows: Iterable[Iterable[Ref]]) -> None:
        for row, refs in enumerate(rows):
            sources = tuple(source(ref) for ref in refs if ref != 0.0)
            if sources:
                slots.append(Slot(field, row, sources))

    for number in NUMBERS:
        name = theatre.named(number)
        if name not in places:
            rule = "the equations ask for a parameter that is not there"
            raise InputError(wrong("parameters.yaml", name, rule, did_you_mean(name, places)))
        put(field_of(number), [[name]])
    actors, interests = index.actors, [interest for actor in index.actors for interest in actor.interests]
    for kind in ("diplomatic", "economic", "military"):
        put(kind, [[actor.capability.get(kind, 0.0)] for actor in actors])
    put("aversion", [[actor.aversion] for actor in actors])
    put("minds", [[actor.weight] for actor in actors])
    put("salience", [[interest.salience] for interest in interests])
    put("ideal", [[interest.ideal] for interest in interests])
    put("strength", [[term.spec.strength] for term in motives.terms])
    put("cost", [[lever.cost] for lever in index.levers])
    put("weight", [[entry.size] for entries in motives.entries for entry in entries])
    put("sponsor", [[_sponsor(theatre, actor.name)] for actor in actors])
    put("tie_prior", [[tie] for actor in actors for tie in actor.ties.values()])
    put("ground", [[province.spoiler_ground] for province in theatre.provinces])
    put("event", [[event.strength] for event in theatre.events])
    return Slots(places, tuple(values), tuple(slots))


def _sponsor(theatre: Theatre, actor: str) -> Ref:
    """What an actor's full support is worth to the insurgents: its parameter, if there is one."""
    name = f"sponsors.{actor}"
    return name if name in theatre.parameters else 0.0
