"""Rules for a scenario beyond its shape: names, limits, dates, and one setting at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from influence_sim.base.errors import Problem, did_you_mean
from influence_sim.base.months import Month, parse_month
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import Scenario
from influence_sim.scenario.vocabulary import Vocabulary

Lever = tuple[str, str, str]
ScenarioFile = CheckedFile[Scenario]


def with_forums(vocabulary: Vocabulary, files: Iterable[ScenarioFile]) -> Vocabulary:
    """The vocabulary with the levers of the forums that the files of one chain of `extends` add."""
    added: set[Lever] = set()
    for file in files:
        for path in file.items("forums"):
            forum, convenor = file.get(*path, "forum"), file.get(*path, "convenor")
            if forum is not None and forum not in vocabulary.forums:
                added |= {(convenor, "convene", forum)} if convenor is not None else set()
                added |= {(file.get(*place), "attend", forum) for place in file.items(*path, "invite")}
    return replace(vocabulary, levers=vocabulary.levers | added)


def check_names(file: ScenarioFile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """All unknown names, values out of bounds and wrong dates of one file; the vocabulary is that `with_forums`."""
    parts = {
        "actor": ("an actor", frozenset(vocabulary.actors)),
        "do": ("anything an actor can do", frozenset(do for _, do, _ in vocabulary.levers)),
        "target": ("a target of any lever", frozenset(target for *_, target in vocabulary.levers)),
    }
    for key, kind, names in (
        ("claims", "the id of a claim", vocabulary.claims),
        ("asks", "an outcome", vocabulary.outcomes),
    ):
        for path in file.items(key) if names else ():  # a theatre may have no ledger
            yield from file.check_name(path, kind, names)
    yield from file.check_unique(file.items("asks"), "outcome")
    for section in ("interventions", "forums", "changes"):
        for path in file.items(section):
            first, last = file.get(*path, "from"), file.get(*path, "until")
            yield from file.check_date((*path, "from"), *vocabulary.span)
            yield from file.check_date((*path, "until"), *vocabulary.span)
            if first and last and last < first:
                yield file.problem((*path, "until"), f"must not be before 'from' ({first})")
    for path in file.items("interventions"):
        lever = tuple(file.get(*path, part) for part in parts)
        for part, (kind, allowed) in parts.items():
            yield from file.check_name((*path, part), kind, allowed)
        if all(name in allowed for name, (_, allowed) in zip(lever, parts.values(), strict=True)):
            yield from _check_lever(file, path, lever, vocabulary)
    for path in file.items("forums"):
        yield from _check_forum(file, path, vocabulary)
    yield from _check_conditions(file, vocabulary)
    for path in file.items("changes"):
        yield from file.check_values((*path, "set"), vocabulary.parameters)
        for name in file.get(*path, "set") or ():
            if name in vocabulary.initial and file.get(*path, "set", name) is not None:
                rule = "only sets the first month, so that a dated change would do nothing"
                yield file.problem((*path, "set", name), rule, "write it under parameters", key=True)
    yield from file.check_values(("parameters",), vocabulary.parameters)


def _check_conditions(file: ScenarioFile, vocabulary: Vocabulary) -> Iterator[Problem]:
    for name in file.get("conditions") or ():
        bounds, path = vocabulary.conditions.get(name), ("conditions", name)
        if bounds is None:
            yield file.problem(path, "not a condition", did_you_mean(name, vocabulary.conditions), key=True)
            continue
        for month in file.get(*path) or ():
            if file.get(*path, month) is not None:
                yield from file.check_date((*path, month), *vocabulary.span, key=True)
                yield from file.check_number((*path, month), bounds, name)


def _check_lever(file: ScenarioFile, path: KeyPath, lever: Lever, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Whether an actor has a lever, given that actor, deed and target exist."""
    if lever in vocabulary.levers:
        return
    actor, do, target = lever
    targets = sorted(t for a, d, t in vocabulary.levers if (a, d) == (actor, do))
    actors = vocabulary.who_can(do, target)
    hints = [
        f"{actor} can {do}: {', '.join(targets)}" if targets else "",
        f"{', '.join(actors)} can {do} {target}" if actors else "",
    ]
    yield file.problem((*path, "do"), f"{actor} cannot {do} {target}", "; ".join(filter(None, hints)))


def _check_forum(file: ScenarioFile, path: KeyPath, vocabulary: Vocabulary) -> Iterator[Problem]:
    forum, convenor = file.get(*path, "forum"), file.get(*path, "convenor")
    yield from file.check_name((*path, "convenor"), "an actor", vocabulary.actors)
    for place in file.items(*path, "invite"):
        yield from file.check_name(place, "an actor", vocabulary.actors)
    first, last = file.get(*path, "from"), file.get(*path, "until")
    for place in file.items(*path, "meets"):
        text = file.get(*place)
        yield from file.check_date(place, *vocabulary.span)
        if text and ((first and text < first) or (last and text > last)):
            span = f"{first} to {last or 'the end'}"
            yield file.problem(place, f"a meeting must lie between 'from' and 'until' of its entry ({span})")
    if forum in vocabulary.forums:
        convenors, seats = vocabulary.who_can("convene", forum), vocabulary.who_can("attend", forum)
        for place in file.items(*path, "invite"):
            if file.get(*place) in set(vocabulary.actors).difference(seats):
                yield file.problem(place, f"has no seat to take at {forum}", f"who has: {', '.join(seats)}")
        if convenor in vocabulary.actors and convenor not in convenors:
            yield file.problem((*path, "convenor"), f"does not convene {forum}", "leave convenor out")
    elif forum is not None:
        yield from _check_new_forum(file, path, forum, vocabulary)


def _check_new_forum(file: ScenarioFile, path: KeyPath, forum: str, vocabulary: Vocabulary) -> Iterator[Problem]:
    convenor, convenors = file.get(*path, "convenor"), vocabulary.who_can("convene", forum)
    others = {target for _, do, target in vocabulary.levers if do not in {"convene", "attend"}}
    if forum in vocabulary.actors or forum in others:
        yield file.problem((*path, "forum"), "this name is taken by something that is no forum")
    elif not convenors:
        hint = did_you_mean(forum, vocabulary.forums)
        yield file.problem((*path, "forum"), "not a known forum, and a new one must give its convenor", hint)
    if convenor is not None and convenors != [convenor]:
        names = ", ".join(name for name in convenors if name != convenor)
        yield file.problem((*path, "convenor"), f"{forum} has another convenor already: {names}")
    for place in file.items(*path, "invite"):
        if file.get(*place) in convenors:
            yield file.problem(place, "the convenor is always there", "leave it out of invite")


class _Span(NamedTuple):
    """The months for which an entry of a file sets something; `rank` is that of the file, parents first."""

    first: Month
    last: Month
    rank: int
    path: KeyPath


def check_overlaps(files: Sequence[ScenarioFile]) -> Iterator[Problem]:
    """Whether two interventions on a lever, or two changes of a parameter, hold at the same time.

    Each span that begins before an earlier one has ended is reported at the later place in the files.
    """
    ranked, spans = files[::-1], defaultdict[str, list[_Span]](list)
    for rank, file in enumerate(ranked):
        for path in (*file.items("interventions"), *file.items("changes")):
            lever = [file.get(*path, part) for part in ("actor", "do", "target")]
            subjects = [f"parameter {name}" for name in file.get(*path, "set") or ()]
            if path[0] == "interventions" and None not in lever:
                subjects = ["lever " + " ".join(lever)]
            first, last = (file.get(*path, key) for key in ("from", "until"))
            if first is None or file.spoiled(*path, "until"):
                continue
            span = _Span(parse_month(first), parse_month(last or "9999-12"), rank, path)
            for subject in subjects if span.first <= span.last else ():
                spans[subject].append(span)
    for subject, group in spans.items():
        longest: _Span | None = None
        for span in sorted(group):
            if longest is not None and span.first <= longest.last:
                earlier, later = sorted((longest, span), key=lambda entry: (entry.rank, entry.path))
                place = ranked[earlier.rank].document.problem(earlier.path, "", "").place
                rule = f"the {subject} is already set for some of these months at {place}"
                yield ranked[later.rank].problem((*later.path, "from"), rule)
            if longest is None or span.last > longest.last:
                longest = span
