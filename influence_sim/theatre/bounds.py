"""Values of a theatre's files that would load, but mean nothing: beyond their limits, out of time, or of nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import format_month
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import MOST_ASKED
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import ACTORS, TABLES_BEGIN
from influence_sim.theatre.numbers import HARD_LIMITS
from influence_sim.theatre.spec import Effect, Pattern
from influence_sim.theatre.theatre import Theatre

File = CheckedFile[Any]
Problems = Iterator[Problem]
LIMITS = HARD_LIMITS | {"capability": (0.0, 5.0)}
"""What a number may be by its unit; whoever has no capability of a kind at all has 0."""
COLUMNS = frozenset({"scenario", "replicate", "date", "outcome", "point"})
"""Columns of tables of results, beside those that are named after outcomes."""


def of_actor(file: File, theatre: Theatre) -> Problems:
    """Numbers of an actor's file, and what it would do to itself."""
    name = file.get("name")
    factions = [("factions", part, "interests") for part in file.get("factions") or ()]
    for path in chain.from_iterable(file.items(*place) for place in (("interests",), *factions)):
        yield from number(file, (*path, "salience"), "salience")
    for section, key, unit in (
        ("capability", "", "capability"),
        ("ties", "tie", "tie"),
        ("aversions", "level", "utility"),
        ("costs", "", "utility"),
    ):
        for item in file.get(section) or ():
            yield from number(file, (section, item, key) if key else (section, item), unit)
    yield from number(file, ("sponsor",), "weight")
    if name in (file.get("ties") or ()):
        yield file.problem(("ties", name), "a tie is to another actor", key=True)
    for path in file.items("stances"):
        for option in file.get(*path, "options"):
            for lever in file.get(*path, "options", option, "sets") or ():
                if lever.split()[1] == name:
                    yield file.problem(
                        (*path, "options", option, "sets", lever), f"{name} is the actor itself", key=True
                    )


def number(file: File, path: KeyPath, unit: str) -> Problems:
    """Whether a number, and both ends of its range, are within the limits of its unit."""
    written = file.get(*path)
    if isinstance(written, Mapping):
        unit, places = written.get("unit", unit), [(*path, key) for key in ("value", "low", "high")]
    else:
        places = [(*path, n) for n in range(len(written))] if isinstance(written, list) else [path]
    low, high = LIMITS.get(unit, (float("-inf"), float("inf")))
    for place in places:
        value = file.get(*place)
        if isinstance(value, int | float) and not low <= value <= high:
            yield file.problem(place, f"a number of the unit {unit} lies between {low:g} and {high:g}")


def of_effects(file: File, theatre: Theatre) -> Problems:
    """Whether what is expected is of a lever that somebody has, and of a direction."""
    for path, effect in zip(file.items("effects"), theatre.effects, strict=True):
        yield from number(file, (*path, "size"), "effect")
        yield from _pattern(file, path, effect, theatre)
        if not effect.raises and not effect.lowers:
            yield file.problem((*path, "id"), "raises nothing and lowers nothing")
        for place in file.items(*path, "lowers"):
            if file.get(*place) in effect.raises:
                yield file.problem(place, "is raised as well")


def of_rules(file: File, theatre: Theatre) -> Problems:
    """Whether the levers to which rules apply are there."""
    for path, rule in zip(file.items("rules"), theatre.rules, strict=True):
        yield from number(file, (*path, "strength"), "strength")
        for place, pattern in zip(file.items(*path, "applies"), rule.applies, strict=True):
            yield from _pattern(file, place, pattern, theatre)


def _pattern(file: File, path: KeyPath, pattern: Pattern | Effect, theatre: Theatre) -> Problems:
    """Whether anybody has a lever that is meant; names that are not known are told elsewhere."""
    of_deed = {f"{lever.actor} {lever.do} {lever.target}" for lever in theatre.levers if lever.do == pattern.do}
    if of_deed and not any(lever.fits(pattern) for lever in theatre.levers):
        key = "target" if pattern.target else "actor"
        meant = " ".join(filter(None, (pattern.actor, pattern.do, pattern.target)))
        yield file.problem((*path, key), f"no actor has the lever {meant}", did_you_mean(meant, of_deed))


def of_forums(file: File, theatre: Theatre) -> Problems:
    """Dates within the calendar; guests that could come, once each."""
    first, last = theatre.start, theatre.calendar.last
    seats = {(lever.actor, lever.target) for lever in theatre.levers if lever.do == "attend"}
    for path, forum in zip(file.items("forums"), theatre.forums, strict=True):
        seen = set[str]()
        for month in file.get(*path, "invites"):
            yield from file.check_date((*path, "invites", month), first, last, key=True)
            for place in file.items(*path, "invites", month):
                guest = file.get(*place)
                if guest == forum.convenor:
                    yield file.problem(place, "the convenor is always there", "leave it out of invites")
                elif guest in seen:
                    yield file.problem(place, "is invited already")
                elif any(guest == actor.name for actor in theatre.actors) and (guest, forum.name) not in seats:
                    hint = f"an option that sets `attend {forum.name}` is one, or `guest_at`"
                    yield file.problem(place, f"has no seat to take at {forum.name}", hint)
                seen.add(guest)
        for place in file.items(*path, "meets"):
            yield from file.check_date(place, first, last)


def of_events(file: File, theatre: Theatre) -> Problems:
    """Dates within the calendar, and strengths within their limits."""
    for path in file.items("events"):
        yield from file.check_date((*path, "month"), theatre.start, theatre.calendar.last)
        yield from number(file, (*path, "strength"), "share")


def of_conditions(file: File, theatre: Theatre) -> Problems:
    """Circumstances once each, with limits in their order and dates within the calendar."""
    yield from file.check_unique(((*path, "name") for path in file.items("conditions")), "name")
    for path, condition in zip(file.items("conditions"), theatre.conditions, strict=True):
        if condition.low > condition.high:
            yield file.problem((*path, "low"), f"must not be above high, {condition.high:g}")
        for month in file.get(*path, "series"):
            yield from file.check_date((*path, "series", month), theatre.start, theatre.calendar.last, key=True)


def of_outcomes(file: File, theatre: Theatre) -> Problems:
    """Of whom each is measured, and what it may not be called."""
    levers = (".".join((lever.actor, lever.do, lever.target)) for lever in theatre.levers)
    names = {*(actor.name for actor in theatre.actors), *(forum.name for forum in theatre.forums), *levers}
    for path in file.items("outcomes"):
        if file.get(*path, "name") in COLUMNS:
            yield file.problem((*path, "name"), "tables of results have a column of this name", "choose another")
        yield from file.check_name((*path, "of"), "an actor, a forum or a lever (actor.do.target)", {"", *names})


def of_theatre(file: File, theatre: Theatre) -> Problems:
    """The order of dates, and borders that are some province's."""
    calendar = theatre.calendar
    if not calendar.start <= calendar.record_ends <= calendar.last:
        span = f"{format_month(calendar.start)} to {format_month(calendar.last)}"
        yield file.problem(("calendar", "record_ends"), f"must lie between start and last ({span})")
    elif calendar.start + calendar.months - 1 > calendar.last:
        rule = f"a run of so many months ends after last, {format_month(calendar.last)}"
        yield file.problem(("calendar", "months"), rule)
    borders = {code for province in theatre.provinces for code in province.borders}
    for key in ("sanctuary", "spillover"):
        for place in file.items("borders", key):
            yield from file.check_name(place, "a border of a province (provinces.csv)", tuple(sorted(borders)))


def of_ground(file: File, theatre: Theatre) -> Problems:
    """The spoiler's ground, against that of its core province."""
    for iso in file.get("spoiler_ground"):
        yield from number(file, ("spoiler_ground", iso), "share")


def of_words(file: File, theatre: Theatre) -> Problems:
    """Outcomes once each, as many as a scenario may ask about; claims that are there."""
    for key in ("headline", "question"):
        yield from file.check_unique(file.items(key), "outcome")
    for place in list(file.items("question"))[MOST_ASKED:]:
        yield file.problem(place, f"a scenario asks about {MOST_ASKED} outcomes at most")
    scenario = file.get("example", "scenario")
    if scenario and scenario not in (known := list(shipped_scenarios())):
        yield file.problem(("example", "scenario"), "not a shipped scenario", did_you_mean(scenario, known))
    for place in file.items("example", "claims"):
        yield from file.check_name(place, "a claim", tuple(claim.id for claim in theatre.claims))


def of_tables(theatre: Theatre, folder: str) -> Problems:
    """Lines of tables that stand there twice, or join a province to itself."""
    for name, keys in (
        ("provinces.csv", [province.iso for province in theatre.provinces]),
        ("claims.csv", [claim.id for claim in theatre.claims]),
    ):
        for row, key in enumerate(keys):
            if key in keys[:row]:
                yield Problem(folder + name, row + TABLES_BEGIN, None, key, "another line has this name")
    if not theatre.provinces:
        yield Problem(folder + "provinces.csv", TABLES_BEGIN, None, "", "there must be a province at least")
    for line, (a, b) in enumerate(theatre.neighbours, start=TABLES_BEGIN):
        if a == b:
            yield Problem(folder + "adjacency.csv", line, None, a, "a province does not adjoin itself")


CHECKS = {
    "theatre.yaml": of_theatre,
    "effects.yaml": of_effects,
    "rules.yaml": of_rules,
    "forums.yaml": of_forums,
    "events.yaml": of_events,
    "conditions.yaml": of_conditions,
    "outcomes.yaml": of_outcomes,
    "ground.yaml": of_ground,
    "words.yaml": of_words,
}
"""File -> the check of its values."""


def values_of(path: str, file: File, theatre: Theatre) -> Problems:
    """Everything in a file that means nothing."""
    check = of_actor if path.startswith(ACTORS) else CHECKS.get(path)
    yield from check(file, theatre) if check else ()
