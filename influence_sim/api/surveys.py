"""What the pages of results say that ask about many points at once: sweeps, and tested claims."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from influence_sim import views
from influence_sim.analysis.claims.examination import plain_rows
from influence_sim.api import claims, explore
from influence_sim.api.commands import in_its_theatre
from influence_sim.api.lookups import label_of
from influence_sim.api.sweep import Sweep, load_sweep
from influence_sim.base.errors import InputError
from influence_sim.base.files import read_text
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS, number, short, telling_percent
from influence_sim.base.shown import capital
from influence_sim.reports.claims import effect_words, share_words
from influence_sim.reports.sentences import deeds, grammar
from influence_sim.reports.sheet import Part, Picture, Sheet, Table
from influence_sim.runs.manifest import Manifest
from influence_sim.runs.request import AGAINST, SCENARIO, WORLDS
from influence_sim.runs.sweeps.request import STUDY
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load as load_theatre

DRAWN = 3
"""Outcomes of a sweep whose charts are on its page."""
STILL = "the outcome does not vary"
"""What the analysis says of an outcome of which there is nothing to draw."""
FACTORS = 12
"""Factors that are shown of each outcome of a sweep; the table's file has all."""


def of_sweep(folder: Path, manifest: Manifest) -> Sheet:
    """How outcomes end over the points of a sweep, what drives them, and where the first goes the other way."""
    found, theatre = load_sweep(folder), load_theatre()
    scenario = load_scenario(folder / SCENARIO, theatre.vocabulary)
    outcomes = sorted(found.outcomes, key=lambda name: name not in scenario.asks)  # those asked about lead
    driven, ends = explore.sensitivity(found, outcomes), found.ending(outcomes)
    spread = [(row["label"], row["unit"], str(row["points"]), *_spread(row)) for row in ends.to_dict("records")]
    heads = ("Outcome", "Unit", "Points", "Mean", "Middle 90 % of points", "Same direction in")
    tables = [Table.of("ending", f"How it ends over the points, in {month_words(found.month)}", heads, spread, ends)]
    hangs = [
        f"{label_of(row['outcome'])}: {row['verdict']}. {explore.noise_words(float(row['noise_share']))}".strip()
        for row in driven.summary.to_dict("records")
    ]
    columns = [name for name in driven.table if name not in {"outcome", "date", "threshold", "mean"}]
    numbers = [
        (label_of(row["outcome"]), *(_cell(row[name]) for name in columns))
        for row in driven.table.groupby("outcome", sort=False).head(FACTORS).to_dict("records")
    ]
    drivers = f"What drives the outcomes ({driven.method}); of each at most {FACTORS} factors, the file has all"
    tables.append(Table.of("sensitivity", drivers, ("Outcome", *map(str, columns)), numbers, driven.table))
    told = dict(zip(driven.summary["outcome"], hangs, strict=True))
    moving = driven.summary[driven.summary["verdict"] != STILL]["outcome"]
    shown = list(moving)[:DRAWN]
    pages = explore.sensitivity_pages(explore.sensitivity(found, shown), found.title) if shown else {}
    pictures = [Picture.of(name, f"{label_of(one)}: what drives it", told[one], page)
                for (name, page), one in zip(pages.items(), shown, strict=True)]  # fmt: skip
    # A caution begins with an outcome, or with a word that is none.
    warned = [f"{capital(label_of(name))}{colon}{rest}."
              for name, colon, rest in (text.partition(":") for text in (*driven.cautions, *driven.notes))]  # fmt: skip
    varied = [
        f"{one.path}: {', '.join(map(str, one.choices)) if one.choices else f'{one.low:g} to {one.high:g}'}"
        for one in found.factors
    ]
    for box in _discovered(found, outcomes[0]):
        (page,) = explore.discovery_page(box, found.title).values()
        said = f"Where {box.where}: {box.cases} of {box.points} points"
        hangs += [f"{said}. {' '.join(f'{text}.' for text in box.cautions)}".strip()]
        pictures.append(Picture.of("discovery", f"{said}, and under which ranges", "; ".join(hangs[-1:]), page))
        if len(box.limits):
            wanted = ["factor", "limit", "value", "choices", "range_low", "range_high", "reproduced", "verdict"]
            cells = [[_cell(row[name]) for name in wanted] for row in box.limits.to_dict("records")]
            tables.append(Table.of("discovery", f"The box in which {box.where}", wanted, cells, box.limits))
    return Sheet(
        theatre=theatre,
        last=found.month,
        title=found.title,
        question=found.question,
        answers=list(_over_points(ends, against=found.against is not None)),
        gloss=[f"{found.described()}."],
        caution="A share of points is not a probability of anything in the real world: the design chose them.",
        compared=[
            Part(f"The scenario: {scenario.title}", list(deeds(scenario, theatre))),
            Part("What is varied", varied),
        ],
        pictures=pictures,
        hangs=[*hangs, *warned],
        tables=tables,
        command=shlex.join(["influence-sim", "sweep", STUDY, *in_its_theatre(theatre)]),
        files={name: read_text(folder / name) for name in (STUDY, SCENARIO, AGAINST) if name in manifest.files},
        facts={
            "Design": found.method,
            "Points": str(found.points),
            "Replicates at each, seed": f"{found.replicates}, {found.seed}",
        },
    )


def _over_points(ends: Any, *, against: bool) -> Iterator[str]:
    """How each outcome ends over the points of a sweep, in words."""
    for row in ends.to_dict("records"):
        if not against:
            yield f"{row['label']}: {' over points, middle 90 % '.join(_spread(row)[:2])}."
        elif not row["sign"]:
            yield f"{row['label']}: no difference at any of {row['points']} points."
        else:
            way = "higher" if row["sign"] == "+" else "lower"
            mean, middle, share = _spread(row)
            size = f"{mean} on average, {middle} in the middle 90 %"
            yield f"{row['label']} {grammar(row['label']).ends} {way} in {share} of {row['points']} points: {size}."


def _spread(row: Mapping[Any, Any]) -> tuple[str, str, str]:
    """Mean, the middle 90 %, and the share of points that have its sign."""
    signed = "sign" in row
    mean, low, high = (number(row[name], signed=signed) for name in ("mean", "low", "high"))
    return mean, f"{low} to {high}", telling_percent(row["share_same_sign"]) if signed else ""


def _discovered(found: Sweep, outcome: str) -> Iterator[explore.Discovery]:
    """Under which ranges an outcome goes the other way than at most points, if the design can tell."""
    first = found.ending([outcome]).iloc[0]
    if found.against is None or explore.design_of(found).block > 1 or not first["sign"]:
        return
    try:
        yield explore.discover(found, f"{outcome}_diff {'<' if first['sign'] == '+' else '>'} 0")
    except InputError:  # at no point
        return


def _cell(value: Any) -> str:
    """A number with three significant digits, anything else as it is."""
    return short(value) if isinstance(value, float) else str(value)


def of_claims(folder: Path, manifest: Manifest) -> Sheet:
    """Which claims hold, depend and fail."""
    found, theatre = claims.read(folder), load_theatre()
    examined, rows = found.examination, plain_rows(found.table)
    tested = [row for row in rows if row["words"]]
    cells = [
        (
            row["test"],
            row["words"],
            effect_words(row).replace("-", MINUS),
            share_words(row),
            row["verdict"],
            row["kind"],
            row["why"],
        )
        for row in tested
    ]
    heads = ("Test", "What is tested", "Effect [95 %]", "Worlds", "Verdict", "Kind", "Why")
    size = {name: getattr(examined, name) for name in ("samples", "replicates", "seed", "worlds")}
    named = {row["claim"] for row in rows}
    words = ["influence-sim", "claims", *manifest.arguments["claims"], "--test", *in_its_theatre(theatre)]
    return Sheet(
        theatre=theatre,
        last=theatre.start + theatre.calendar.months - 1,
        title="The article's claims, tested",
        question="Which of its claims hold in the model that was made of them, and on what does that hang?",
        answers=[f"{views.tally(found.table)}."],
        gloss=["A test holds if it does in at least 90 % of worlds, fails if in at most 10 %, and otherwise depends."],
        besides=[f"{row['test']}: {row['verdict']}" for row in tested] if len(tested) <= FACTORS else [],
        caution="A verdict is about the argument as the model has it, and not about the world.",
        compared=[Part("The claims", [f"{one.id}: {one.statement}" for one in theatre.claims if one.id in named])],
        pictures=[Picture.of("verdicts", "The verdicts", "; ".join(f"{c[0]} {c[4]}" for c in cells), found.figure())],
        tables=[Table.of("verdicts", "Every test", heads, cells, found.table)],
        command=shlex.join([*words, *(text for name, value in size.items() for text in (f"--{name}", str(value)))]),
        facts={
            "Worlds": f"{examined.samples:,} {WORLDS[examined.worlds]}",
            "Replicates, seed": f"{examined.replicates}, {examined.seed}",
        },
    )
