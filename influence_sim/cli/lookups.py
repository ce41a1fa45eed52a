"""`actors`, `levers`, `outcomes`, `params`: tables of what the theatre defines."""

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
INVITATIONS = "invitations"
"""What sets a lever that is a seat at a format."""


@click.command(short_help="Who there is; of one, what it wants and decides on.")
@click.argument("name", required=False, shell_complete=options.complete_actors)
@options.common
def actors(console: Console, name: str | None) -> None:
    """Every actor, or all about the one called NAME: what it wants, between what it decides, how it stands with others.

    Of an option COST is what it costs with all its levers, aversion left out. A level such as `vital` is one
    parameter for everybody (`params vital`).
    """
    if name is None:
        data = api.lookups.actor_rows()
        rows = [
            (row["name"], row["label"], str(row["seats"]), *(f"{row[kind.lower()]:g}" for kind in CAPABILITY),
             ", ".join(row["stances"]))
            for row in data
        ]  # fmt: skip
        console.answer({"actors": data}, console.table(ACTORS, rows, right=("SEATS", *CAPABILITY), wraps="DECIDES ON"))
        return
    actor = api.lookups.actor_details(name)
    console.answer({"actor": actor}, _actor_lines(console, actor))


def _actor_lines(console: Console, actor: dict[str, Any]) -> Iterator[str]:
    """Everything about one actor."""
    yield f"{actor['name']}: {actor['label']}" + (f", {actor['who']}" if actor["who"] else "")
    weights = ", ".join(f"{kind} {_number(number)}" for kind, number in actor["capability"].items())
    yield f"states at a table: {actor['seats']}; weight: {weights}"
    if actor["aversion"]["value"]:
        yield f"aversion to open relations with the insurgents: {_number(actor['aversion'])}"
    if actor["interests"]:
        yield ""
        rows = [
            (
                item["outcome"] + (f" ({item['faction']})" if item["faction"] else ""),
                f"{item['ideal']:g}",
                _number(item["salience"]),
                ", ".join(filter(None, [*item["claims"], item["source"]])),
            )
            for item in actor["interests"]
        ]
        yield from console.table(WANTS, rows, right=("IDEAL",))
    if actor["stances"]:
        yield ""
        yield from console.table(STANCES, list(_options(actor["stances"])), right=("COST",), wraps="SETS")
    if actor["guest_at"]:
        yield ""
        yield f"answers invitations to: {', '.join(actor['guest_at'])}"
    if actor["ties"]:
        yield ""
        yield from console.table(TIES, [(other, _number(tie)) for other, tie in actor["ties"].items()])


def _options(stances: list[dict[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """A row per option; the one that holds at first is marked."""
    for stance in stances:
        for n, option in enumerate(stance["options"]):
            effects = [f"{lever} {level:g}" for lever, level in option["sets"].items()] or ["nothing"]
            effects += ["a public promise"] * option["promise"]
            effects += [f"only while {option['at']} has a chair for it"] * bool(option["at"])
            name = option["name"] + (" (at first)" if option["start"] else "")
            yield "" if n else stance["name"], name, f"{option['cost']:.3g}", ", ".join(effects)


def _number(entry: dict[str, Any]) -> str:
    """A number, and the level or the parameter that it refers to."""
    name = entry["level"] or entry["parameter"]
    return f"{entry['value']:g}" + (f" ({name})" if name else "")


@click.command(short_help="Who can do what to whom.")
@click.argument("actor", required=False, shell_complete=options.complete_actors)
@options.common
def levers(console: Console, actor: str | None) -> None:
    """Every lever, or those of ACTOR: what it does to whom, which stance sets it, how strongly at first, its cost.

    These are what an intervention of a scenario may fix. Seats at formats are answers to invitations; they are
    taken meeting by meeting.
    """
    data = api.lookups.lever_rows(actor)
    rows = [
        (row["actor"], row["do"], row["target"], row["set_by"] or INVITATIONS, f"{row['start']:g}", f"{row['cost']:g}")
        for row in data
    ]
    console.answer({"levers": data}, console.table(LEVERS, rows, right=("AT FIRST", "COST")))


@click.command(short_help="What a run records each month.")
@options.common
def outcomes(console: Console) -> None:
    """Every outcome: the columns of a run's tables, and what `--outcome` and `outcomes:` take."""
    data = api.lookups.outcome_rows()
    rows = [(row["name"], row["unit"], row["claims"] or row["source"], row["label"]) for row in data]
    console.answer({"outcomes": data}, console.table(OUTCOMES, rows, wraps="MEANING"))


@click.command(short_help="Every parameter: default, prior range, unit, source, status.")
@click.argument("word", required=False, shell_complete=options.complete_parameters)
@options.common
def params(console: Console, word: str | None) -> None:
    """Every parameter, or those with WORD in any column.

    The prior range is what a value plausibly is. Status: `cited` means that it was set after what an outside
    source says of the size, `fitted` that it was adjusted to the record, `assumed` that nobody has measured it,
    `switch` that it is 1, or 0 to try what happens without it.
    """
    parameters = theatre.load().parameters
    columns = attrgetter("name", "unit", "status", "source", "note")
    needle = "" if word is None else word.casefold()
    matches = [spec for spec in parameters.values() if needle in "\n".join(columns(spec)).casefold()]
    if not matches:
        parts = {part for name in parameters for part in name.split(".")}
        hint = did_you_mean(str(word), parameters) or did_you_mean(str(word), parts)
        raise InputError(wrong("WORD", word, "not a word of any parameter", hint))
    rows = []
    for spec in matches:
        numbers = [f"{number:g}" for number in spec.choices or (spec.low, spec.high)]
        span = (", " if spec.choices else " to ").join(numbers) if spec.varies else "-"
        choices = api.late.terms.choices_text(spec.name, theatre.load())
        unit = "choice" if choices else spec.unit
        note = "; ".join(filter(None, (spec.note, choices)))
        rows.append((spec.name, f"{spec.default:g}", span, unit, spec.status, spec.source or "-", note))
    lines = console.table(PARAMETERS, rows, right=("DEFAULT", "PRIOR RANGE"), wraps="MEANING")
    if not console.fits(lines):  # too narrow for a table: a short paragraph a parameter
        lines = []
        for name, default, span, unit, status, source, note in rows:
            lines += [name, console.wrap(f"{default} ({span}) {unit}; {status}; source: {source}", "    ")]
            lines += [console.wrap(note, "    ")] if note else []
    console.answer({"parameters": matches}, lines)
