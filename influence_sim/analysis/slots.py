"""What a scenario fixes, slot by slot, so that single entries can be taken out and put back.

A slot is a lever, a forum, a condition or a dated parameter. Two scenarios differ in a slot if they fix other things
there; a slot is *on* if it stands as in the one and *off* if it stands as in the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from influence_sim.base.months import Month, format_month
from influence_sim.scenario import ResolvedScenario
from influence_sim.theatre import Theatre

LEVER, FORUM, CONDITION, CHANGE = "interventions", "forums", "conditions", "changes"


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot.

    Attributes:
        kind: `interventions`, `forums`, `conditions` or `changes`.
        name: the lever, forum, condition or parameter.
    """

    kind: str
    name: str


Entries = Mapping[Slot, tuple[Any, ...]]
"""What a scenario fixes: for each slot its entries, as they stand in the scenario."""


def entries_of(scenario: ResolvedScenario) -> Entries:
    """What a scenario fixes, slot by slot."""
    found: dict[Slot, list[Any]] = defaultdict(list)
    for item in scenario.interventions:
        found[Slot(LEVER, " ".join(item.lever))].append(item)
    for entry in scenario.forums:
        found[Slot(FORUM, entry.forum)].append(entry)
    for name, series in scenario.conditions.items():
        found[Slot(CONDITION, name)] += series.items()
    for change in scenario.changes:
        for name, value in change.values.items():
            found[Slot(CHANGE, name)].append(change.model_copy(update={"values": {name: value}}))
    return {slot: tuple(entries) for slot, entries in found.items()}


def differing(one: ResolvedScenario, other: ResolvedScenario) -> tuple[Slot, ...]:
    """The slots in which two scenarios differ, in the order of the first."""
    mine, theirs = entries_of(one), entries_of(other)
    return tuple(slot for slot in dict.fromkeys([*mine, *theirs]) if mine.get(slot, ()) != theirs.get(slot, ()))


def mixed(
    one: ResolvedScenario, other: ResolvedScenario, on: Collection[Slot], without: Collection[str] = ()
) -> ResolvedScenario:
    """The second scenario with some slots as they stand in the first.

    Args:
        one: where the slots that are on come from.
        other: where all others come from.
        on: those slots.
        without: parameters whose dated changes are left out, because something else sets them.
    """
    mine, theirs = entries_of(one), entries_of(other)
    chosen = {slot: mine.get(slot, ()) if slot in on else theirs.get(slot, ()) for slot in {**mine, **theirs}}
    series = {slot.name: dict(entries) for slot, entries in chosen.items() if slot.kind == CONDITION and entries}
    changes = [slot for slot in chosen if slot.kind == CHANGE and slot.name not in without]
    return replace(
        other,
        interventions=tuple(_all_of(chosen, [slot for slot in chosen if slot.kind == LEVER])),
        forums=tuple(_all_of(chosen, [slot for slot in chosen if slot.kind == FORUM])),
        changes=tuple(_all_of(chosen, changes)),
        conditions=series,
    )


def _all_of(chosen: Entries, slots: Collection[Slot]) -> Iterator[Any]:
    for slot in slots:
        yield from chosen[slot]


def in_words(slot: Slot, one: ResolvedScenario, theatre: Theatre) -> str:
    """What the first scenario fixes in a slot: `the guarantor: deals openly with the rebels, from 2018-01`."""
    entries = entries_of(one).get(slot, ())
    if not entries:
        return f"nothing is fixed for {slot.name}"
    say = {LEVER: _lever, FORUM: _forum, CONDITION: _condition, CHANGE: _change}[slot.kind]
    return "; ".join(say(entry, slot, theatre) for entry in entries)


def _lever(item: Any, slot: Slot, theatre: Theatre) -> str:
    said = theatre.instruments[item.do]
    words = (said.does if item.level > 0 else said.does_not).format(target=_named(item.target, theatre))
    level = f" at {item.level:g}" if 0 < item.level < 1 else ""
    return f"{_named(item.actor, theatre)}: {words}{level}, {_span(item)}"


def _named(name: str, theatre: Theatre) -> str:
    """What an actor or a forum is called within a sentence; a scenario's own forum goes by its name."""
    return theatre.within.get(name, name)


def _forum(entry: Any, slot: Slot, theatre: Theatre) -> str:
    guests = ", ".join(_named(name, theatre) for name in entry.invite)
    meets = f"meets in {', '.join(map(format_month, entry.meets))}" if entry.meets else ""
    invited = f"{guests} invited to it, {_span(entry)}" if guests else ""
    return f"{_named(slot.name, theatre)}: {'; '.join(filter(None, (invited, meets)))}"


def _condition(entry: tuple[Month, float], slot: Slot, theatre: Theatre) -> str:
    month, value = entry
    return f"{slot.name.replace('_', ' ')} at {value:g} from {format_month(month)}"


def _change(entry: Any, slot: Slot, theatre: Theatre) -> str:
    return f"{slot.name} at {entry.values[slot.name]:g}, {_span(entry)}"


def _span(entry: Any) -> str:
    until = "" if entry.until is None else f" to {format_month(entry.until)}"
    return f"from {format_month(entry.start)}{until}"


def claims_of(slot: Slot, one: ResolvedScenario, theatre: Theatre) -> tuple[str, ...]:
    """The claims behind a slot: those of its lever, forum, condition or parameter, else those of the scenario."""
    cited = {f"{lever.actor} {lever.do} {lever.target}": lever.cited.claims for lever in theatre.levers}
    cited |= {forum.name: forum.cited.claims for forum in theatre.forums}
    cited |= {condition.name: condition.cited.claims for condition in theatre.conditions}
    return cited.get(slot.name, ()) or parameter_claims(theatre, slot.name) or one.claims


def parameter_claims(theatre: Theatre, name: str) -> tuple[str, ...]:
    """The claims that a parameter's source or note names."""
    spec = theatre.parameters.get(name)
    return () if spec is None else tuple(c.id for c in theatre.claims if c.id in f"{spec.source} {spec.note}")
