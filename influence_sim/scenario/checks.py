"""Checks that need more than a file's shape: names, limits, dates and overlaps."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import PATTERN, Month, format_month, parse_month
from influence_sim.scenario.compose import KeyPath
from influence_sim.scenario.sheet import Form, Sheet
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

Lever = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class World:
    """The vocabulary, together with the forums that the files add to it."""

    vocabulary: Vocabulary
    levers: frozenset[Lever]
    deeds: frozenset[str]
    targets: frozenset[str]

    @classmethod
    def of(cls, vocabulary: Vocabulary, sheets: Iterable[Sheet]) -> World:
        """What may be named in `sheets`, the files of one chain of `extends`."""
        added = (lever for sheet in sheets for lever in _added(sheet, vocabulary))
        levers = vocabulary.levers.union(added)
        return cls(vocabulary, levers, frozenset(do for _, do, _ in levers), frozenset(t for *_, t in levers))

    def who_can(self, do: str, target: str) -> list[str]:
        """The actors that have the lever (do, target), by name."""
        return sorted(actor for actor, deed, goal in self.levers if (deed, goal) == (do, target))


def _added(sheet: Sheet, vocabulary: Vocabulary) -> Iterator[Lever]:
    """The levers that the new forums of one file bring with them."""
    for path in sheet.items("forums"):
        forum, convenor = sheet.get(*path, "forum"), sheet.get(*path, "convenor")
        if forum is None or forum in vocabulary.forums:
            continue
        if convenor is not None:
            yield (convenor, "convene", forum)
        for place in sheet.items(*path, "invite"):
            yield (sheet.get(*place), "attend", forum)


def check_names(sheet: Sheet, world: World) -> Iterator[Problem]:
    """All unknown names, values out of bounds and wrong dates of one file."""
    vocabulary = world.vocabulary
    for section in ("interventions", "forums", "changes"):
        for path in sheet.items(section):
            yield from _check_span(sheet, path, vocabulary)
    yield from _check_claims(sheet, vocabulary)
    for path in sheet.items("interventions"):
        yield from _check_lever(sheet, path, world)
    for path in sheet.items("forums"):
        yield from _check_forum(sheet, path, world)
    yield from _check_conditions(sheet, vocabulary)
    for path in sheet.items("changes"):
        yield from check_values(sheet, (*path, "set"), "parameter", vocabulary.parameters)
        yield from _check_not_initial(sheet, (*path, "set"), vocabulary)
    yield from check_values(sheet, ("parameters",), "parameter", vocabulary.parameters)


def _check_not_initial(sheet: Sheet, path: KeyPath, vocabulary: Vocabulary) -> Iterator[Problem]:
    for name, _ in sheet.pairs(*path):
        if name in vocabulary.initial:
            rule = "only sets the first month, so that a dated change would do nothing"
            yield sheet.problem((*path, name), rule, "write it under parameters", key=True)


def check_values(sheet: Form[Any], path: KeyPath, kind: str, known: Mapping[str, Bounds]) -> Iterator[Problem]:
    """Whether each name in a mapping is known and its value within its limits."""
    for name in sheet.get(*path) or ():
        if name not in known:
            yield sheet.problem((*path, name), f"not a {kind}", did_you_mean(name, known), key=True)
            continue
        value = sheet.get(*path, name)
        if value is not None and not known[name].hold(value):
            yield sheet.problem((*path, name), outside(name, known[name]))


def outside(name: str, bounds: Bounds) -> str:
    """The rule a value breaks that lies outside its limits."""
    unit = f" ({bounds.unit})" if bounds.unit else ""
    return f"{name} must lie between {bounds.low:g} and {bounds.high:g}{unit}"


def check_overlaps(sheets: Sequence[Sheet]) -> Iterator[Problem]:
    """Whether two interventions on a lever, or two changes of a parameter, hold at the same time."""
    spans: dict[Any, list[_Span]] = defaultdict(list)
    for rank, sheet in enumerate(reversed(sheets)):
        for path in sheet.items("interventions"):
            lever = tuple(sheet.get(*path, part) for part in ("actor", "do", "target"))
            if None not in lever:
                spans[lever].append(_Span.of(sheet, path, rank))
        for path in sheet.items("changes"):
            for name in sheet.get(*path, "set") or ():
                spans[name].append(_Span.of(sheet, path, rank))
    for key, group in spans.items():
        what = f"parameter {key}" if isinstance(key, str) else "lever " + " ".join(key)
        yield from _clashes(what, [span for span in group if span.readable])


@dataclass(frozen=True, slots=True)
class _Span:
    sheet: Sheet
    path: KeyPath
    rank: int
    first: Month | None
    last: Month | None

    @classmethod
    def of(cls, sheet: Sheet, path: KeyPath, rank: int) -> _Span:
        until = sheet.get(*path, "until")
        last = None if sheet.spoiled(*path, "until") else _month(until or "9999-12")
        return cls(sheet, path, rank, _month(sheet.get(*path, "from")), last)

    @property
    def readable(self) -> bool:
        return self.first is not None and self.last is not None and self.first <= self.last


def _clashes(what: str, spans: list[_Span]) -> Iterator[Problem]:
    """Reports each span that begins before an earlier one has ended, at the later place in the files."""
    longest: _Span | None = None
    for span in sorted(spans, key=lambda span: (span.first, span.last)):
        if longest is not None and span.first is not None and longest.last is not None:
            if span.first <= longest.last:
                yield _clash(what, *sorted((longest, span), key=lambda s: (s.rank, s.path)))
            if span.last is not None and span.last <= longest.last:
                continue
        longest = span


def _clash(what: str, earlier: _Span, later: _Span) -> Problem:
    line, column = earlier.sheet.document.where(earlier.path)
    place = f"{earlier.sheet.document.name}:{line}:{column}"
    rule = f"the {what} is already set for some of these months at {place}"
    return later.sheet.document.problem((*later.path, "from"), later.sheet.get(*later.path, "from"), rule)


def _month(text: Any) -> Month | None:
    return parse_month(text) if isinstance(text, str) and re.match(PATTERN, text) else None


def _check_span(sheet: Sheet, path: KeyPath, vocabulary: Vocabulary) -> Iterator[Problem]:
    first, last = (sheet.get(*path, part) for part in ("from", "until"))
    for part in ("from", "until"):
        yield from _check_date(sheet, (*path, part), sheet.get(*path, part), vocabulary)
    if first and last and last < first:
        yield sheet.problem((*path, "until"), f"must not be before 'from' ({first})")


def _check_date(
    sheet: Sheet, path: KeyPath, text: str | None, vocabulary: Vocabulary, *, key: bool = False
) -> Iterator[Problem]:
    month = _month(text)
    if month is not None and not vocabulary.start <= month <= vocabulary.last:
        window = f"{format_month(vocabulary.start)} to {format_month(vocabulary.last)}"
        yield sheet.problem(path, f"a date must lie within {window}", key=key)


def _check_claims(sheet: Sheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    for path in sheet.items("claims"):
        yield from _check_name(sheet, path, "the id of a claim", vocabulary.claims)


def _check_name(sheet: Sheet, path: KeyPath, kind: str, known: Iterable[str]) -> Iterator[Problem]:
    name = sheet.get(*path)
    if name is not None and name not in known:
        yield sheet.problem(path, f"not {kind}", did_you_mean(name, known))


def _check_lever(sheet: Sheet, path: KeyPath, world: World) -> Iterator[Problem]:
    kinds = {"actor": "an actor", "do": "anything an actor can do", "target": "a target of any lever"}
    known = {"actor": world.vocabulary.actors, "do": world.deeds, "target": world.targets}
    lever = tuple(sheet.get(*path, part) for part in known)
    for part, names in known.items():
        yield from _check_name(sheet, (*path, part), kinds[part], names)
    if all(name in names for name, names in zip(lever, known.values(), strict=True)):
        yield from _check_possible(sheet, path, lever, world)


def _check_possible(sheet: Sheet, path: KeyPath, lever: tuple[Any, ...], world: World) -> Iterator[Problem]:
    if lever in world.levers:
        return
    actor, do, target = lever
    targets = sorted(t for a, d, t in world.levers if (a, d) == (actor, do))
    actors = world.who_can(do, target)
    hints = [
        f"{actor} can {do}: {', '.join(targets)}" if targets else "",
        f"{', '.join(actors)} can {do} {target}" if actors else "",
    ]
    yield sheet.problem((*path, "do"), f"{actor} cannot {do} {target}", "; ".join(filter(None, hints)))


def _check_forum(sheet: Sheet, path: KeyPath, world: World) -> Iterator[Problem]:
    vocabulary, forum = world.vocabulary, sheet.get(*path, "forum")
    for place in sheet.items(*path, "invite"):
        yield from _check_name(sheet, place, "an actor", vocabulary.actors)
    for place in sheet.items(*path, "meets"):
        yield from _check_meeting(sheet, path, place, vocabulary)
    yield from _check_name(sheet, (*path, "convenor"), "an actor", vocabulary.actors)
    if forum in vocabulary.forums:
        yield from _check_known_forum(sheet, path, forum, world)
    elif forum is not None:
        yield from _check_new_forum(sheet, path, forum, world)


def _check_meeting(sheet: Sheet, path: KeyPath, place: KeyPath, vocabulary: Vocabulary) -> Iterator[Problem]:
    text = sheet.get(*place)
    first, last = sheet.get(*path, "from"), sheet.get(*path, "until")
    yield from _check_date(sheet, place, text, vocabulary)
    if text and ((first and text < first) or (last and text > last)):
        yield sheet.problem(place, f"a meeting must lie within its entry ({first} to {last or 'the end'})")


def _check_known_forum(sheet: Sheet, path: KeyPath, forum: str, world: World) -> Iterator[Problem]:
    seats = world.who_can("attend", forum)
    for place in sheet.items(*path, "invite"):
        if sheet.get(*place) in set(world.vocabulary.actors).difference(seats):
            yield sheet.problem(place, f"has no seat to take at {forum}", f"who has: {', '.join(seats)}")
    convenor = sheet.get(*path, "convenor")
    if convenor in world.vocabulary.actors and (convenor, "convene", forum) not in world.levers:
        yield sheet.problem((*path, "convenor"), f"does not convene {forum}", "leave convenor out")


def _check_new_forum(sheet: Sheet, path: KeyPath, forum: str, world: World) -> Iterator[Problem]:
    vocabulary, convenors = world.vocabulary, world.who_can("convene", forum)
    if forum in vocabulary.actors or forum in {target for *_, target in vocabulary.levers}:
        yield sheet.problem((*path, "forum"), "this name is taken by something that is no forum")
    elif not convenors:
        near = did_you_mean(forum, vocabulary.forums)
        yield sheet.problem((*path, "forum"), "not a known forum, and a new one must give its convenor", near)
    convenor = sheet.get(*path, "convenor")
    if convenor is not None and convenors != [convenor]:
        others = ", ".join(name for name in convenors if name != convenor)
        yield sheet.problem((*path, "convenor"), f"{forum} has another convenor already: {others}")
    for place in sheet.items(*path, "invite"):
        if sheet.get(*place) in convenors:
            yield sheet.problem(place, "the convenor is always there", "leave it out of invite")


def _check_conditions(sheet: Sheet, vocabulary: Vocabulary) -> Iterator[Problem]:
    known = vocabulary.conditions
    for name in sheet.get("conditions") or ():
        path = ("conditions", name)
        if name not in known:
            yield sheet.problem(path, "not a condition", did_you_mean(name, known), key=True)
            continue
        for month, value in sheet.pairs(*path):
            yield from _check_date(sheet, (*path, month), month, vocabulary, key=True)
            if not known[name].hold(value):
                yield sheet.problem((*path, month), outside(name, known[name]))
