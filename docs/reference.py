"""The pages of the reference that are written from the package itself; `python docs/refresh.py` writes them anew."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from pathlib import Path
from textwrap import fill
from typing import Any

import click
import pandas as pd
from studies import keys_page, stances_page
from studies.claims_page import claims_page, ways_page, ways_table

import influence_sim as sim
from influence_sim.analysis.claims.examination import shipped_examination
from influence_sim.cli.main import NAME, cli
from influence_sim.theatre import load
from influence_sim.theatre.numbers import SWITCH
from influence_sim.theatre.properties import declared_properties
from influence_sim.words.terms import UNITS, choices_text

WIDTH = 120
MADE = "Written by `python docs/refresh.py` from the {}."


GROUPS = {
    "Forms": (
        "Where theory allows another equation: which one holds (ODD 7.14). Worlds are drawn over all of them.",
        ("*.form", "ties.balance", "authority.mean"),
    ),
    "Scales": (
        "How actors are described, and what is expected of instruments: a level is one number for everybody.",
        ("salience.*", "capability.major", "capability.middle", "capability.small", "tie.*"),
        ("effect.strong", "effect.moderate", "effect.slight"),
    ),
    "Decisions": (
        "When a stance is reviewed, how an option is drawn, and what is known of others (ODD 7.1, 7.2).",
        ("decide.*", "precedent.*", "pressure.*", "event.disclosed"),
    ),
    "Costs": (
        "What an instrument in full use costs whoever has it, by the most exact name: one's own, of a target, of all.",
        ("cost.*", "aversion.*"),
    ),
    "Expected effects": (
        "The belief that has a number of its own; all other expectations stand on levels (`effects.yaml`).",
        ("effect.*",),
    ),
    "Ties and factions": ("How ties move, and who prevails among the insurgents (ODD 7.4).", ("ties.*", "factions.*")),
    "Ground and war": (
        "What decides the fighting, what legitimacy adds, and how ground changes hands (ODD 7.5, 7.6).",
        ("capability.*", "sponsors.*", "legitimacy.*", "territory.*", "answers.*"),
    ),
    "Daesh": ("The third force, its recruits and its enemies (ODD 7.5, 7.6).", ("daesh.*",)),
    "Opium": ("The crop and its bans (ODD 7.7).", ("opium.*",)),
    "Forums and mediation": (
        "How long meetings count, whose good offices are taken, and what talks achieve (ODD 7.3, 7.8, 7.9).",
        ("forums.*", "consensus.*", "opinion.*", "mediation.*", "rivalry.*", "settlement.*"),
    ),
    "Prestige": ("What makes a great power's standing (ODD 7.11).", ("prestige.*",)),
    "Authority": ("The government's authority and its parts (ODD 7.10).", ("authority.*",)),
    "Violence": ("What violence is made of (ODD 7.10).", ("violence.*",)),
    "Events": ("What happened, at what strength; 0 removes it (ODD 6).", ("event.*",)),
}
"""Heading -> what its numbers are about, and patterns of their names; the first that fits counts."""


def parameters() -> str:
    """Every parameter with a prior range, group by group, then the switches, then the sources."""
    rows = sim.params().to_dict("records")
    counts, used = Counter(row["status"] for row in rows), {row["unit"] for row in rows}
    sized = f"{counts['cited']} *cited* (set by hand after what an outside source says of the size), "
    cited = sized if counts["cited"] else ""
    groups: dict[str, list[dict[str, Any]]] = {heading: [] for heading in GROUPS}
    for row in rows:
        if row["status"] != SWITCH:
            groups[_group(row["name"])].append(row)
    lines = [
        "# Every parameter",
        "",
        MADE.format("theatre's data") + " `influence-sim params` prints the same, `params WORD` some of it.",
        "",
        fill(
            f"{len(rows) - counts[SWITCH]} numbers have a range of what is held plausible, which sweeps over the priors"
            f" vary: {counts['assumed']} *assumed* (nobody has measured them), {cited}{counts['fitted']} *fitted* to"
            " the record ([fit.md](fit.md)). What supports the"
            f" sign or the form of an assumed number stands beside it. {counts[SWITCH]} are [switches](#switches).",
            WIDTH,
        ),
        "",
        "Units that are short for something:",
        "",
        *(f"* `{unit}`: {UNITS[unit].removeprefix(f'{unit}: ')}" for unit in UNITS if unit in used),
    ]
    for heading, (about, *_) in GROUPS.items():
        lines += ["", f"## {heading}", "", about, ""]
        lines += ["| name | default | range | unit | status | what it does |", "| --- | ---: | --- | --- | --- | --- |"]
        lines += [_parameter(row) for row in groups[heading]]
    lines += [
        "",
        "## Switches",
        "",
        "1 as stated; 0 shows what a rule, or all that an actor wants, does in a result.",
        "",
    ]
    lines += ["| name | switches off | source |", "| --- | --- | --- |"]
    lines += [_row(f"`{row['name']}`", row["note"], row["source"]) for row in rows if row["status"] == SWITCH]
    named = " ".join(row["source"] for row in rows)
    lines += ["", "## Sources", ""]
    lines += [f"* `{key}`: {text}" for key, text in load().sources.items() if re.search(rf"\b{key}\b", named)]
    return "\n".join(lines) + "\n"


def _group(name: str) -> str:
    """The group of a parameter.

    Raises:
        LookupError: it has none, so that the page would leave it out.
    """
    for heading, (_, *patterns) in GROUPS.items():
        if any(fnmatch(name, pattern) for pattern in itertools.chain(*patterns)):
            return heading
    raise LookupError(f"{name}: no group in docs/reference.py")


def _parameter(row: Mapping[str, Any]) -> str:
    ends = [f"{end:g}" for end in row["choices"] or (row["low"], row["high"])]
    status = f"{row['status']} ({row['source']})" if row["source"] else row["status"]
    span = (", " if row["choices"] else " to ").join(ends)
    choices = choices_text(row["name"], load())
    unit = "choice" if choices else row["unit"]
    note = "; ".join(filter(None, (row["note"], choices)))
    return _row(f"`{row['name']}`", f"{row['default']:g}", span, unit, status, note)


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


def verdicts() -> str:
    """The verdict on each declared test with each model; those of models before stand in docs/verdicts."""
    files = sorted((Path(__file__).parent / "verdicts").glob("*.csv"))
    before = [pd.read_csv(path).set_index("test") for path in files]
    now = shipped_examination().table.set_index("test")
    tested = now[now["verdict"] != "not testable"]
    always = tested.index[(tested["share_sign"] >= ALWAYS) | (tested["share_sign"] <= 1 - ALWAYS)]
    names = [*(path.stem.replace("_", " ").capitalize() for path in files), f"Model {len(files) + 1}"]
    lines = [
        "# Verdicts, model by model",
        "",
        MADE.format("table of verdicts, and from those of earlier models in `docs/verdicts`"),
        "",
        "The tests are the same for all models. Those under `what actors make of each other` in `claim_tests.yaml`",
        "were declared when Model 1 had been run, and before Model 2 was written; all others stood before any model.",
        "In each cell: the verdict, the effect at the defaults, and the share of worlds in which the test holds. A",
        "verdict that changes says what hung on the model rather than on the article.",
        "",
        f"**In (nearly) every world by construction.** In at least {ALWAYS:.0%} of the worlds the effect has",
        "the same direction, whatever the actors decide, in these tests; what they say of the article is little:",
        ", ".join(f"`{name}`" for name in always) + ".",
        "",
        _row("test", *names),
        _row("---", *["---"] * len(names)),
    ]
    for name in tested.index:
        cells = [_verdict(table.loc[name]) if name in table.index else "" for table in (*before, tested)]
        lines.append(_row(f"`{name}`", *cells))
    return "\n".join(lines) + "\n"


ALWAYS = 0.98


def _verdict(row: Any) -> str:
    return f"{row['verdict']}, {row['effect']:+.3f}, {row['share']:.0%}"


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
    "keys.md": keys_page.page,
    "outcomes.md": outcomes,
    "parameters.md": parameters,
    "stances_record.md": stances_page.page,
    "verdicts.md": verdicts,
}
"""Page beneath docs/ -> what writes it."""
