"""`params`: what the model's numbers are, and what they rest on."""

from __future__ import annotations

from operator import attrgetter

import click

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.cli import options
from influence_sim.cli.console import Console

HEADINGS = ("PARAMETER", "DEFAULT", "PRIOR RANGE", "UNIT", "STATUS", "SOURCE", "MEANING")


@click.command(short_help="Every parameter: default, prior range, unit, source, status.")
@click.argument("word", required=False, shell_complete=options.complete_parameters)
@options.common
def params(console: Console, word: str | None) -> None:
    """Every parameter, or those with WORD in any column.

    The prior range is what a value plausibly is. Status: `cited` means that an outside source gives the size,
    `fitted` that it was adjusted to the record, `assumed` that nobody has measured it, `switch` that it is 1, or 0 to
    try what happens without it.
    """
    from influence_sim.theatre import load

    every = load().parameters
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
    lines = console.table(HEADINGS, rows, right=("DEFAULT", "PRIOR RANGE"), wraps="MEANING")
    if not console.fits(lines):  # too narrow for a table: a short paragraph a parameter
        lines = []
        for name, default, span, unit, status, source, note in rows:
            lines += [name, console.wrapped(f"{default} ({span}) {unit}; {status}; source: {source}", "    ")]
            lines += [console.wrapped(note, "    ")] if note else []
    console.answer({"parameters": found}, lines)
