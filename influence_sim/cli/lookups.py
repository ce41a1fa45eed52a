"""`actors`, `levers`, `outcomes`, `params`: who there is and can do what to whom, what is recorded, the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import click

from influence_sim import api
from influence_sim.api.late import theatre
from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.cli import options
from influence_sim.cli.console import Console

CAPABILITY = ("DIPLOMATIC", "MILITARY", "ECONOMIC")
ACTORS = ("ACTOR", "NAME", "SEATS", *CAPABILITY, "DECIDES ON")
WANTS = ("WANTS", "IDEAL", "SALIENCE", "CLAIMS OR SOURCE")
STANCES = ("DECIDES ON", "OPTION", "COST", "SETS")
TIES = ("TIE TO", "TIE")
LEVERS = ("ACTOR", "DOES", "TO", "SET BY", "AT FIRST", "COST")
OUTCOMES = ("OUTCOME", "UNIT", "CLAIMS OR SOURCE", "MEANING")
PARAMETERS = ("PARAMETER", "DEFAULT", "PRIOR RANGE", "UNIT", "STATUS", "SOURCE", "MEANING")
AS_INVITED = "invitations"
"""What sets a seat at a format."""


@click.command(short_help="Who there is; of one, what it wants and decides on.")
@click.argument("name", required=False, shell_complete=options.complete_actors)
@options.common
def actors(console: Console, name: str | None) -> None:
    """Every actor, or all about the one called NAME: what it wants, between what it decides, how it stands with others.

    Of an option COST is what it costs with all its levers, aversion left out. A level such as `vital` is one
    parameter for everybody (`params vital`).
    """
    if name is None:
        found = api.lookups.actor_rows()
        rows = [
            (row["name"], row["label"], str(row["seats"]), *(f"{row[kind.lower()]:g}" for kind in CAPABILITY),
             ", ".join(row["stances"]))
            for row in found
        ]  # fmt: skip
        console.answer({"actors": found}, console.table(ACTORS, rows, right=("SEATS", *CAPABILITY), wraps="DECIDES ON"))
        return
    one = api.lookups.actor_details(name)
    console.answer({"actor": one}, _told(console, one))


def _told(console: Console, one: dict[str, Any]) -> Iterator[str]:
    """All about one actor."""
    yield f"{one['name']}: {one['label']}" + (f", {one['who']}" if one["who"] else "")
    weights = ", ".join(f"{kind} {_number(number)}" for kind, number in one["capability"].items())
    yield f"states at a table: {one['seats']}; weight: {weights}"
    if one["aversion"]["value"]:
        yield f"aversion to open relations with the insurgents: {_number(one['aversion'])}"
    if one["interests"]:
        yield ""
        rows = [
            (
                item["outcome"] + (f" ({item['faction']})" if item["faction"] else ""),
                f"{item['ideal']:g}",
                _number(item["salience"]),
                ", ".join(filter(None, [*item["claims"], item["source"]])),
            )
            for item in one["interests"]
        ]
        yield from console.table(WANTS, rows, right=("IDEAL",))
    if one["stances"]:
        yield ""
        yield from console.table(STANCES, list(_options(one["stances"])), right=("COST",), wraps="SETS")
    if one["guest_at"]:
        yield ""
        yield f"answers invitations to: {', '.join(one['guest_at'])}"
    if one["ties"]:
        yield ""
        yield from console.table(TIES, [(other, _number(tie)) for other, tie in one["ties"].items()])


def _options(stances: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """A line an option; the one that holds at first is marked."""
    for stance in stances:
        for n, option in enumerate(stance["options"]):
            said = [f"{lever} {level:g}" for lever, level in option["sets"].items()] or ["nothing"]
            said += ["a public promise"] * option["promise"]
            said += [f"only while {option['at']} has a chair for it"] * bool(option["at"])
            name = option["name"] + (" (at first)" if option["start"] else "")
            yield "" if n else stance["name"], name, f"{option['cost']:.3g}", ", ".join(said)


def _number(sized: dict[str, Any]) -> str:
    """A number, and the level or the parameter of its own that it is."""
    named = sized["level"] or sized["parameter"]
    return f"{sized['value']:g}" + (f" ({named})" if named else "")


@click.command(short_help="Who can do what to whom.")
@click.argument("actor", required=False, shell_complete=options.complete_actors)
@options.common
def levers(console: Console, actor: str | None) -> None:
    """Every lever, or those of ACTOR: what it does to whom, which stance sets it, how strongly at first, its cost.

    These are what an intervention of a scenario may fix. Seats at formats are answers to invitations; they are
    taken meeting by meeting.
    """
    found = api.lookups.lever_rows(actor)
    rows = [
        (row["actor"], row["do"], row["target"], row["set_by"] or AS_INVITED, f"{row['start']:g}", f"{row['cost']:g}")
        for row in found
    ]
    console.answer({"levers": found}, console.table(LEVERS, rows, right=("AT FIRST", "COST")))


@click.command(short_help="What a run records each month.")
@options.common
def outcomes(console: Console) -> None:
    """Every outcome: the columns of a run's tables, and what `--outcome` and `outcomes:` take."""
    found = api.lookups.outcome_rows()
    rows = [(row["name"], row["unit"], row["claims"] or row["source"], row["label"]) for row in found]
    console.answer({"outcomes": found}, console.table(OUTCOMES, rows, wraps="MEANING"))


@click.command(short_help="Every parameter: default, prior range, unit, source, status.")
@click.argument("word", required=False, shell_complete=options.complete_parameters)
@options.common
def params(console: Console, word: str | None) -> None:
    """Every parameter, or those with WORD in any column.

    The prior range is what a value plausibly is. Status: `cited` means that an outside source gives the size,
    `fitted` that it was adjusted to the record, `assumed` that nobody has measured it, `switch` that it is 1, or 0 to
    try what happens without it.
    """
    every = theatre.load().parameters
    columns = attrgetter("name", "unit", "status", "source", "note")
    sought = "" if word is None else word.casefold()
    found = [spec for spec in every.values() if sought in "\n".join(columns(spec)).casefold()]
    if not found:
        parts = {part for name in every for part in name.split(".")}
        hint = did_you_mean(str(word), every) or did_you_mean(str(word), parts)
        raise InputError(wrong("WORD", word, "not a word of any parameter", hint))
    rows = []
    for spec in found:
        numbers = [f"{number:g}" for number in spec.choices or (spec.low, spec.high)]
        span = (", " if spec.choices else " to ").join(numbers) if spec.varies else "-"
        rows.append((spec.name, f"{spec.default:g}", span, spec.unit, spec.status, spec.source or "-", spec.note))
    lines = console.table(PARAMETERS, rows, right=("DEFAULT", "PRIOR RANGE"), wraps="MEANING")
    if not console.fits(lines):  # too narrow for a table: a short paragraph a parameter
        lines = []
        for name, default, span, unit, status, source, note in rows:
            lines += [name, console.wrapped(f"{default} ({span}) {unit}; {status}; source: {source}", "    ")]
            lines += [console.wrapped(note, "    ")] if note else []
    console.answer({"parameters": found}, lines)
