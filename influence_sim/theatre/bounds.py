"""Values of a theatre's files that would load, but mean nothing: beyond their limits, out of time, or of nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import format_month
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile, suggestion
from influence_sim.scenario.schema import MOST_ASKED
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.asked import asked
from influence_sim.theatre.files import ACTORS, TABLES_BEGIN
from influence_sim.theatre.numbers import HARD_LIMITS, UNITS
from influence_sim.theatre.spec import Effect, Pattern
from influence_sim.theatre.theatre import Theatre

File = CheckedFile[Any]
Problems = Iterator[Problem]
AT_FORUMS = ("convene", "attend")
"""Instruments that a scenario may put in any actor's hands, at a forum of its own."""
COLUMNS = frozenset({"scenario", "replicate", "date", "outcome", "point"})
"""Columns of tables of results, beside those that are named after outcomes."""


def of_actor(file: File, theatre: Theatre) -> Problems:
    """What an actor would do to itself, and what it says of what it never does."""
    name, mine = file.get("name"), [lever for lever in theatre.levers if lever.actor == file.get("name")]
    for do in file.get("costs") or ():
        if do not in AT_FORUMS and do in theatre.instruments and not any(lever.do == do for lever in mine):
            yield file.problem(("costs", do), f"no option of {name} sets it, so that it never costs this", key=True)
    insurgents = theatre.roles.insurgents
    if file.says("sponsor") and not any((lever.do, lever.target) == ("support", insurgents) for lever in mine):
        yield file.problem(("sponsor",), f"no option of {name} sets `support {insurgents}`", key=True)
    if file.get("factions") and name != insurgents:
        yield file.problem(("factions",), f"only {insurgents} has factions", key=True)
    if name in (file.get("ties") or ()):
        yield file.problem(("ties", name), "a tie is to another actor", key=True)
    for path in file.items("stances"):
        for option in file.get(*path, "options"):
            for lever in file.get(*path, "options", option, "sets") or ():
                if lever.split()[1] == name:
                    yield file.problem(
                        (*path, "options", option, "sets", lever), f"{name} is the actor itself", key=True
                    )


def of_effects(file: File, theatre: Theatre) -> Problems:
    """Whether what is expected is of a lever that somebody has, and of a direction."""
    for path, effect in zip(file.items("effects"), theatre.effects, strict=True):
        yield from _pattern(file, path, effect, theatre)
        if not effect.raises and not effect.lowers:
            yield file.problem((*path, "id"), "raises nothing and lowers nothing")
        for place in file.items(*path, "lowers"):
            if file.get(*place) in effect.raises:
                yield file.problem(place, "is raised as well")


def of_rules(file: File, theatre: Theatre) -> Problems:
    """Whether the levers to which rules apply are there."""
    for path, rule in zip(file.items("rules"), theatre.rules, strict=True):
        if rule.function and not rule.applies:
            yield file.problem((*path, "applies"), "a rule with a function applies to some lever", key=True)
        elif not rule.function and rule.id not in asked().mechanisms:
            carried = f"without a function there is {', '.join(asked().mechanisms)}"
            yield file.problem((*path, "function"), f"no equation carries the rule {rule.id}", carried)
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


def of_parameters(file: File, theatre: Theatre) -> Problems:
    """Numbers that an equation asks for, or an entry names, in a unit and within the limits that are theirs."""
    known, named = asked().by(theatre).parameters, set(theatre.named_numbers())
    missing = [name for name in known if name not in theatre.parameters]
    for written, number in file.required().parameters.items():
        path, name = ("parameters", written), theatre.named(written)
        limits = known.get(name, number.limits)
        if name not in known and name not in named:
            hint = did_you_mean(name, missing) or did_you_mean(name, known)
            yield file.problem(path, "no equation asks for this number, and no entry names it", hint, key=True)
        elif not number.choices and number.limits.unit not in UNITS:
            yield file.problem((*path, "unit"), "not a unit", suggestion(number.unit, UNITS))
        elif not number.choices and number.limits.unit != limits.unit:
            yield file.problem((*path, "unit"), f"{name} is measured in {limits.unit}")
        for key in ("value", "low", "high") if limits.choices or limits.unit in HARD_LIMITS else ():
            yield from file.check_number((*path, key), limits, name)


def of_events(file: File, theatre: Theatre) -> Problems:
    """Dates within the calendar."""
    for path in file.items("events"):
        yield from file.check_date((*path, "month"), theatre.start, theatre.calendar.last)


def of_conditions(file: File, theatre: Theatre) -> Problems:
    """Circumstances once each and for an equation, with limits in their order and dates within the calendar."""
    names = asked().by(theatre).conditions
    for path in file.items("conditions"):
        yield from file.check_name((*path, "name"), "a circumstance that the equations ask for", names)
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
        if file.get(*path, "name") in names:
            yield file.problem((*path, "name"), "an actor or a forum has this name", "choose another")
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
    """A table without provinces, and a line that joins a province to itself."""
    if not theatre.provinces:
        yield Problem(folder + "provinces.csv", TABLES_BEGIN, None, "", "there must be a province at least")
    for line, (a, b) in enumerate(theatre.neighbours, start=TABLES_BEGIN):
        if a == b:
            yield Problem(folder + "adjacency.csv", line, None, a, "a province does not adjoin itself")


CHECKS = {
    "theatre.yaml": of_theatre,
    "parameters.yaml": of_parameters,
    "effects.yaml": of_effects,
    "rules.yaml": of_rules,
    "forums.yaml": of_forums,
    "events.yaml": of_events,
    "conditions.yaml": of_conditions,
    "outcomes.yaml": of_outcomes,
    "words.yaml": of_words,
}
"""File -> the check of its values."""


def values_of(path: str, file: File, theatre: Theatre) -> Problems:
    """Everything in a file that means nothing."""
    check = of_actor if path.startswith(ACTORS) else CHECKS.get(path)
    yield from check(file, theatre) if check else ()
