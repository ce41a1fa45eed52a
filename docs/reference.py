"""The pages of the reference that are written from the package itself; `python docs/refresh.py` writes them anew."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pandas as pd
from pydantic import BaseModel
from studies import stances_page

import influence_sim as sim
from influence_sim.analysis.claims.examination import shipped_examination
from influence_sim.base.months import PATTERN
from influence_sim.cli.main import NAME, cli
from influence_sim.scenario.schema import Change, ForumEntry, Intervention, Scenario
from influence_sim.scenario.study_schema import Design, Range, Study
from influence_sim.theatre import load
from influence_sim.theatre.properties import declared_properties
from influence_sim.views.claims_page import claims_page, ways_page, ways_table

MADE = "Written by `python docs/refresh.py` from the {}."


def parameters() -> str:
    """Every parameter, in groups by the first part of its name."""
    rows = sim.params().to_dict("records")
    counts = Counter(row["status"] for row in rows)
    lines = [
        "# Every parameter",
        "",
        "Written by `python docs/refresh.py` from the theatre's data; `influence-sim params` prints the same.",
        "",
        f"{len(rows)} numbers: {counts['cited']} cited (an outside source gives the size), {counts['fitted']} fitted",
        f"to the record ([fit.md](fit.md)), {counts['assumed']} assumed: nobody has measured them, and the range says",
        "what is held plausible. A source beside an assumed number supports its sign or its form, not its size.",
    ]
    for group, members in itertools.groupby(sorted(rows, key=lambda row: row["name"].split(".")[0]), key=_group):
        lines += ["", f"## {group}", "", "| name | default | range | unit | source | status | meaning |"]
        lines += ["| --- | ---: | --- | --- | --- | --- | --- |"]
        lines += [_parameter(row) for row in members]
    return "\n".join(lines) + "\n"


def _group(row: Mapping[str, Any]) -> str:
    return str(row["name"]).split(".")[0]


def _parameter(row: Mapping[str, Any]) -> str:
    span = f"{row['low']:g} to {row['high']:g}"
    return _row(f"`{row['name']}`", f"{row['default']:g}", span, row["unit"], row["source"], row["status"], row["note"])


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def outcomes() -> str:
    """What a run records."""
    lines = [
        "# Every outcome",
        "",
        MADE.format("theatre's data") + " `influence-sim outcomes` and `sim.outcomes()` list the same.",
        "",
        "What a run records at the end of each month: the columns of `trajectories.parquet`, and what `--outcome` and",
        "`outcomes:` take. How each is computed stands in [odd.md](odd.md). The *levels* of outcomes mean little;",
        "differences between scenarios, and their signs, are what the model is about.",
        "",
        "| name | meaning | unit | claims or source |",
        "| --- | --- | --- | --- |",
    ]
    rows = sim.outcomes().to_dict("records")
    lines += [_row(f"`{r['name']}`", r["label"], r["unit"], r["claims"] or r["source"]) for r in rows]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """What every command says of itself."""
    root = click.Context(cli, info_name=NAME, terminal_width=100, **cli.context_settings)
    names = cli.list_commands(root)
    lines = [
        "# Every command",
        "",
        MADE.format("commands' own `--help`"),
        "",
        "Results go to standard output, notes and errors to standard error. `--json` prints one JSON document with",
        "a `schema_version`. Exit status: 0 done, 1 the run or the machine failed, 2 the input is wrong, 130",
        "interrupted.",
        "",
    ]
    lines += [f"* [`{name}`](#{name}): {cli.commands[name].get_short_help_str(120)}" for name in names]
    for name in names:
        command = cli.commands[name]
        told = command.get_help(click.Context(command, parent=root, info_name=name))
        lines += ["", f"## {name}", "", "```text", *(line.rstrip() for line in told.splitlines()), "```"]
    return "\n".join(lines) + "\n"


KEYS = {
    "The scenario file": ("[scenarios.md](scenarios.md) says how to write one.", Scenario),
    "An intervention": ("An entry of `interventions`.", Intervention),
    "An entry of forums": ("Invitations and meetings, or a forum of its own.", ForumEntry),
    "A change": ("An entry of `changes`.", Change),
    "The study file": ("[sweeps.md](sweeps.md) says how to write one.", Study),
    "A design": ("What stands under `design`.", Design),
    "A range": ("What a line of `vary` may say, beside a list of two numbers.", Range),
}
"""Heading -> what to say first, and the part of a file that it lists."""
EMPTY = (None, [], {}, "")
WORDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}


def keys() -> str:
    """The keys of scenario and study files."""
    lines = [
        "# Every key of scenarios and studies",
        "",
        MADE.format("schemas"),
        "`influence-sim schema scenario` and `influence-sim schema study` print them as JSON Schema, with all names",
        "and limits, for editors. A key that is not listed is an error.",
    ]
    for heading, (words, part) in KEYS.items():
        lines += ["", f"## {heading}", "", words, "", "| key | value | if left out | meaning |"]
        lines += ["| --- | --- | --- | --- |", *_keys(part)]
    return "\n".join(lines) + "\n"


def _keys(part: type[BaseModel]) -> Iterator[str]:
    schema = part.model_json_schema(by_alias=True)
    for name, entry in schema["properties"].items():
        default = entry.get("default")
        without = "needed" if name in schema.get("required", ()) else "" if default in EMPTY else f"`{default}`"
        yield _row(f"`{name}`", _kind(entry), without, entry.get("description", "See below."))


def _kind(entry: Mapping[str, Any]) -> str:
    """A type of JSON Schema in a user's words."""
    if "anyOf" in entry:
        return " or ".join(_kind(one) for one in entry["anyOf"])
    if entry.get("pattern") == PATTERN:
        return "month"
    if "const" in entry:
        return f"`{entry['const']}`"
    if entry.get("type") == "array":
        return f"list ({_kind(entry['items'])})"
    return WORDS[entry.get("type", "object")]


def claims() -> str:
    """What testing the claims found."""
    return claims_page(shipped_examination(), load())


def ways() -> str:
    """The ways in which the US can engage, side by side."""
    found = shipped_examination()
    assert found.ways is not None
    return ways_page(found.ways, load(), found.samples, found.replicates)


def ways_alone() -> str:
    """Their table alone."""
    table = shipped_examination().ways
    assert table is not None
    return ways_table(table, load())


def properties() -> str:
    """What was measured of each model as a model of decisions: a column a file of docs/properties."""
    files = sorted((Path(__file__).parent / "properties").glob("*.csv"))
    tables = [pd.read_csv(path).set_index("name") for path in files]
    lines = [_row("property", *(path.stem.replace("_", " ").capitalize() for path in files), "reach")]
    lines += [_row("---", *["---:"] * len(files), "---")]
    for one in declared_properties(load()).properties:
        values = [f"{table.loc[one.name, 'value']:.3g}" if one.name in table.index else "" for table in tables]
        lines.append(_row(f"`{one.name}`: {one.words}", *values, one.goal))
    return "\n".join(lines)


PAGES: Mapping[str, Callable[[], str]] = {
    "claims.md": claims,
    "commands.md": commands,
    "ways.md": ways,
    "keys.md": keys,
    "outcomes.md": outcomes,
    "parameters.md": parameters,
    "stances_record.md": stances_page.page,
}
"""Page beneath docs/ -> what writes it."""
