"""Consistency of a theatre's files: every name that is used must be defined, and every entry supported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import format_month
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile, in_order, suggestion
from influence_sim.theatre.bounds import of_tables, values_of
from influence_sim.theatre.entries import of_entries
from influence_sim.theatre.files import ACTORS, OWN_EFFECTS, TABLES_BEGIN, WORDS
from influence_sim.theatre.spec import Forum, Province
from influence_sim.theatre.theatre import Theatre

File = CheckedFile[Any]
Problems = Iterator[Problem]
PARTS = 5
"""Two mediators, two belligerents, and a spoiler."""


def mistakes(theatre: Theatre, read: Mapping[str, File]) -> Problems:
    """Names in a theatre that are not defined or defined twice, entries that cite nothing, values outside their limits.

    Args:
        theatre: as built from its files, whether or not its names are known.
        read: its YAML files, each by its path in the folder.
    """
    known = _Known(theatre)

    def table(name: str) -> str:
        return read["theatre.yaml"].document.name.replace("theatre.yaml", name)

    actors = [file for path, file in read.items() if path.startswith(ACTORS)]
    names = [file.get("name") for file in actors]
    for number, file in enumerate(actors):
        if names[number] in names[:number]:
            yield file.problem(("name",), "another actor has this name")
            return  # whoever is meant by the name of this file would be missed everywhere
    for path, file in read.items():
        check = _actor if path.startswith(ACTORS) else _CHECKS.get(path, _nothing)
        yield from in_order(chain(check(file, known), values_of(path, file, theatre), of_entries(file, theatre)))
    yield from of_tables(theatre, table(""))
    for line, pair in enumerate(theatre.neighbours, start=TABLES_BEGIN):
        for iso in set(pair) - known.provinces.keys():
            yield Problem(table("adjacency.csv"), line, None, iso, "not a province", did_you_mean(iso, known.provinces))
    levers, outcomes = {(x.actor, x.do, x.target) for x in theatre.levers}, {x.name for x in theatre.outcomes}
    for line, (*lever, outcome) in enumerate(theatre.own_effects, start=TABLES_BEGIN):
        if tuple(lever) not in levers or outcome not in outcomes:
            hint = "without this file nothing is said of the model's own effects"
            named = ", ".join((*lever, outcome))
            yield Problem(table(OWN_EFFECTS), line, None, named, "no lever or outcome of this theatre", hint)


@dataclass(frozen=True)
class _Known:
    """The names that the theatre defines."""

    theatre: Theatre

    @cached_property
    def actors(self) -> tuple[str, ...]:
        return tuple(actor.name for actor in self.theatre.actors)

    @cached_property
    def forums(self) -> dict[str, Forum]:
        return {forum.name: forum for forum in self.theatre.forums}

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(outcome.name for outcome in self.theatre.outcomes)

    @cached_property
    def provinces(self) -> dict[str, Province]:
        return {province.iso: province for province in self.theatre.provinces}

    @cached_property
    def claims(self) -> tuple[str, ...]:
        return tuple(claim.id for claim in self.theatre.claims)

    @cached_property
    def levers(self) -> set[tuple[str, str, str]]:
        return {(lever.actor, lever.do, lever.target) for lever in self.theatre.levers}

    def targets(self, do: str) -> tuple[str, tuple[str, ...]]:
        """The targets of an instrument: their kind in words, and their names."""
        if do in {"attend", "convene"}:
            return "a forum", tuple(self.forums)
        if do == self.theatre.crop.instrument:
            return "the crop", (self.theatre.crop.name,)
        return "an actor", self.actors


def _actor(file: File, known: _Known) -> Problems:
    actor, insurgents = file.get("name"), known.theatre.roles.insurgents
    if actor == known.theatre.crop.name:
        yield file.problem(("name",), "the crop has this name", "choose another")
    in_factions = [file.items("factions", faction, "interests") for faction in file.get("factions") or ()]
    for path in chain(file.items("interests"), *in_factions):
        yield from file.check_name((*path, "outcome"), "an outcome", known.outcomes)
    for other in file.get("aversions") or ():  # the model knows no other (C44)
        if other != insurgents:
            rule = f"only an aversion to {insurgents} has a meaning"
            yield file.problem(("aversions", other), rule, did_you_mean(other, [insurgents]), key=True)
    yield from file.check_keys(("costs",), "an instrument", tuple(known.theatre.instruments))
    yield from file.check_keys(("guest_at",), "a forum", tuple(known.forums))
    yield from file.check_keys(("ties",), "an actor", known.actors)
    yield from file.check_unique(((*path, "name") for path in file.items("stances")), "stance")
    set_by = {f"attend {forum}": "guest_at" for forum in file.get("guest_at") or ()}
    for path in file.items("stances"):
        yield from _stance(file, path, actor, set_by, known)


def _stance(file: File, path: KeyPath, actor: str, set_by: dict[str, str], known: _Known) -> Problems:
    """One stance; `set_by` says of each lever what sets it."""
    options, name = file.get(*path, "options"), file.get(*path, "name")
    yield from file.check_name((*path, "start"), "an option of this stance", tuple(options))
    for number, option in enumerate(options):
        at = (*path, "options", option)
        for lever in file.get(*at, "sets") or ():
            yield from _lever(file, (*at, "sets", lever), actor, lever, known)
            if set_by.setdefault(lever, name) != name:
                yield file.problem((*at, "sets", lever), f"set by {set_by[lever]} already", key=True)
        yield from file.check_name((*at, "at"), "a forum", tuple(known.forums))
        forum = file.get(*at, "at")
        if forum in known.forums and number == 0:
            yield file.problem((*at, "at"), "the first option must always be possible", "put another one first")
        elif forum in known.forums and (actor, "attend", forum) not in known.levers:
            yield file.problem(
                (*at, "at"), f"{actor} has no seat there", f"an option that sets `attend {forum}` is one"
            )


def _lever(file: File, path: KeyPath, actor: str, lever: str, known: _Known) -> Problems:
    """A lever that an option sets."""
    do, target = lever.split()
    instruments = known.theatre.instruments
    kind, targets = known.targets(do)
    rule, near = "", ""
    if do not in instruments:
        rule, near = f"{do} is not an instrument", did_you_mean(do, instruments)
    elif target not in targets:
        rule, near = f"{target} is not {kind}", suggestion(target, targets)
    elif do == "convene" and known.forums[target].convenor != actor:
        rule = f"{known.forums[target].convenor} convenes it"
    elif do == "invite" and not any(_asks(forum, actor, target) for forum in known.forums.values()):
        rule, near = f"{actor} convenes no channel with a chair for {target}", "forums.yaml says who may be invited"
    if rule:
        yield file.problem(path, rule, near, key=True)


def _asks(forum: Forum, actor: str, guest: str) -> bool:
    """Whether it is a channel of the actor's at which the guest could sit; who is asked to a format, its file says."""
    return forum.kind == "channel" and forum.convenor == actor and guest in forum.invites


def _pattern(file: File, path: KeyPath, known: _Known) -> Problems:
    """Which levers an entry is about."""
    yield from file.check_name((*path, "do"), "an instrument", tuple(known.theatre.instruments))
    yield from file.check_name((*path, "actor"), "an actor", known.actors)
    targets = (*known.actors, *known.forums, known.theatre.crop.name)
    yield from file.check_name((*path, "target"), "an actor, a forum or the crop", targets)


def _effects(file: File, known: _Known) -> Problems:
    yield from file.check_unique(((*path, "id") for path in file.items("effects")), "id")
    for path in file.items("effects"):
        yield from _pattern(file, path, known)
        for place in chain(file.items(*path, "raises"), file.items(*path, "lowers")):
            yield from file.check_name(place, "an outcome", known.outcomes)


def _rules(file: File, known: _Known) -> Problems:
    yield from file.check_unique(((*path, "id") for path in file.items("rules")), "id")
    for path in file.items("rules"):
        for place in file.items(*path, "through"):
            yield from file.check_name(place, "an outcome", known.outcomes)
        given = file.get(*path, "with") or ()
        for key in given:
            if key not in known.actors and {*known.actors} & {*given}:
                near = suggestion(key, known.actors)
                yield file.problem((*path, "with", key), "not an actor, as another of these keys is", near, key=True)
            yield from file.check_name((*path, "with", key), "an actor or an outcome", known.actors + known.outcomes)
        for place in file.items(*path, "applies"):
            yield from _pattern(file, place, known)


def _forums(file: File, known: _Known) -> Problems:
    yield from file.check_unique(((*path, "name") for path in file.items("forums")), "name")
    for path in file.items("forums"):
        if file.get(*path, "name") in {*known.actors, known.theatre.crop.name}:
            yield file.problem((*path, "name"), "an actor or the crop has this name", "choose another")
        yield from file.check_name((*path, "convenor"), "an actor", known.actors)
        for month in file.get(*path, "invites") or ():
            for place in file.items(*path, "invites", month):
                yield from file.check_name(place, "an actor", known.actors)


def _events(file: File, known: _Known) -> Problems:
    yield from file.check_unique(((*path, "id") for path in file.items("events")), "id")
    for path in file.items("events"):
        yield from file.check_name((*path, "actor"), "an actor", known.actors)


def _conditions(file: File, known: _Known) -> Problems:
    parameters = known.theatre.parameters
    for path, condition in zip(file.items("conditions"), known.theatre.conditions, strict=True):
        if min(condition.series) != known.theatre.start:
            rule = f"must begin with the first month, {format_month(known.theatre.start)}"
            yield file.document.problem((*path, "series"), condition.name, rule)
        for month in file.get(*path, "series"):
            place, ref = (*path, "series", month), file.get(*path, "series", month)
            if isinstance(ref, str) and ref not in parameters:
                yield file.problem(place, "not a parameter", did_you_mean(ref, parameters))
            elif not condition.low <= known.theatre.number(ref) <= condition.high:
                yield file.problem(place, f"{condition.name} lies between {condition.low:g} and {condition.high:g}")


def _outcomes(file: File, known: _Known) -> Problems:
    yield from file.check_unique(((*path, "name") for path in file.items("outcomes")), "name")


def _ground(file: File, known: _Known) -> Problems:
    yield from file.check_keys(("spoiler_ground",), "a province", tuple(known.provinces))


def _theatre(file: File, known: _Known) -> Problems:
    roles = known.theatre.roles
    for part in ("challenger", "patron", "government", "insurgents"):  # there need be no spoiler
        yield from file.check_name(("roles", part), "an actor", known.actors)
    yield from file.check_name(("roles", "talks"), "a forum", tuple(known.forums))
    if len({*roles.mediators, *roles.belligerents, roles.spoiler}) < PARTS:
        yield file.problem(("roles",), "two roles are played by one actor")


def _words(file: File, known: _Known) -> Problems:
    theatre = known.theatre
    units = [*(one.unit for one in theatre.outcomes), *(one.unit for one in theatre.parameters.values())]
    for key, kind, names in (
        ("actors", "an actor", known.actors),
        ("forums", "a forum", tuple(known.forums)),
        ("stances", "a stance", tuple(stance.name for actor in theatre.actors for stance in actor.stances)),
        ("outcomes", "an outcome", known.outcomes),
        ("units", "a unit of an outcome or a parameter", tuple(dict.fromkeys(units))),
        ("parameters", "a parameter", tuple(theatre.parameters)),
    ):
        yield from file.check_keys((key,), kind, names)
    for path in chain(file.items("headline"), file.items("question")):
        yield from file.check_name(path, "an outcome", known.outcomes)
    levers = {" ".join(lever) for lever in known.levers}
    for path in file.items("example", "levers"):
        yield from file.check_name(path, "a lever", levers)
    yield from file.check_name(("example", "rule"), "a rule", {"", *(rule.id for rule in theatre.rules)})
    if theatre.tiles:
        rules = [f"{iso} is no province" for iso in theatre.tiles.keys() - known.provinces.keys()]
        rules += [f"{iso} has no place" for iso in known.provinces.keys() - theatre.tiles.keys()]
        rules += ["a province has two places"] * (len(theatre.tiles) != len(list(theatre.words.tiles())))
        yield from (file.document.problem(("map",), "map", rule, key=True) for rule in sorted(rules))


def _nothing(file: File, known: _Known) -> Problems:
    yield from ()


_CHECKS: Mapping[str, Callable[[File, _Known], Problems]] = {
    "theatre.yaml": _theatre,
    "effects.yaml": _effects,
    "rules.yaml": _rules,
    "forums.yaml": _forums,
    "events.yaml": _events,
    "conditions.yaml": _conditions,
    "outcomes.yaml": _outcomes,
    "ground.yaml": _ground,
    WORDS: _words,
}
"""File -> the check of its names against the rest of the theatre."""
