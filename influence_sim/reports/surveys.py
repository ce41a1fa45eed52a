"""The pages of results over many points: sweeps and tested claims."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from influence_sim import views
from influence_sim.analysis.claims.examination import plain_rows
from influence_sim.api import claims, explore
from influence_sim.api.heat_map import heat_map_pages
from influence_sim.api.lookups import choice_labels, choice_notes, factor_labels, label_of, named
from influence_sim.api.sweep import CAUTION, Sweep, load_sweep
from influence_sim.base.display import capital, choice_words, sentences
from influence_sim.base.errors import InputError
from influence_sim.base.files import read_text
from influence_sim.base.months import month_words
from influence_sim.base.numbers import MINUS, number, percent, short, telling_percent
from influence_sim.reports.sheet import Part, Picture, Sheet, Table
from influence_sim.runs.manifest import Manifest
from influence_sim.runs.request import AGAINST, SCENARIO, WORLDS, theatre_option
from influence_sim.runs.sweeps.design import Factor
from influence_sim.runs.sweeps.request import STUDY
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.claim_tests import declared_tests
from influence_sim.views.discovery import Choices
from influence_sim.words.factors import noise_words, size_headings, size_words
from influence_sim.words.sentences import deeds, grammar
from influence_sim.words.terms import choices_text
from influence_sim.words.verdicts import KINDS, effect_words, plain_tests, share_words

MOST_CHARTS = 3
"""Outcomes of a sweep whose charts are on its page."""
CONSTANT = "the outcome does not vary"
"""The verdict on an outcome that has nothing to draw."""
MOST_FACTORS = 12
"""Factors shown of each outcome of a sweep; the table's file has all."""
LIMITS = ("Factor", "Limit", "Of the range", "Found again", "Verdict")


def sweep_sheet(folder: Path, manifest: Manifest) -> Sheet:
    """How outcomes end over the points of a sweep, what drives them, and where the first goes the other way."""
    sweep, theatre = load_sweep(folder), load_theatre()
    scenario, last = load_scenario(folder / SCENARIO, theatre.vocabulary), sweep.last
    outcomes = sorted(sweep.outcomes, key=lambda name: name not in scenario.asks)  # those asked about lead
    sensitivity, ends = explore.sensitivity(sweep, outcomes), sweep.ending(outcomes)
    paths = [item.path for item in sweep.factors]
    groups = explore.design_of(sweep).groups
    names, choices = factor_labels([*paths, *groups], groups), choice_labels(paths)
    rows = [(row["label"], row["unit"], str(row["points"]), *_spread(row)) for row in ends.to_dict("records")]
    headings = ("Outcome", "Unit", "Points", "Mean", "Middle 90 % of points", "Same direction in")
    tables = [Table.of("ending", f"How it ends over the points, in {month_words(last)}", headings, rows, ends)]
    hangs = [
        f"{label_of(row['outcome'])}: {row['verdict']}. {noise_words(float(row['noise_share']))}".strip()
        for row in sensitivity.summary.to_dict("records")
    ]
    method = sensitivity.method
    driver_rows = [
        (
            label_of(row["outcome"]),
            named(row["factor"], names),
            *map(_minus, size_words(method, row)),
            row["verdict"],
        )
        for row in sensitivity.table.groupby("outcome", sort=False).head(MOST_FACTORS).to_dict("records")
    ]
    title = (
        f"What drives the outcomes, {sensitivity.described()}; at most {MOST_FACTORS} factors of each, the file has all"
    )
    heads = ("Outcome", "Factor", *map(capital, size_headings(method)), "Verdict")
    tables.append(Table.of("sensitivity", title, heads, driver_rows, sensitivity.table))
    verdicts = dict(zip(sensitivity.summary["outcome"], hangs, strict=True))
    charted = list(sensitivity.summary[sensitivity.summary["verdict"] != CONSTANT]["outcome"])[:MOST_CHARTS]
    pages = explore.sensitivity_pages(explore.sensitivity(sweep, charted), sweep) if charted else {}
    pictures = [Picture.of(name, f"{label_of(outcome)}: what drives it", verdicts[outcome], page)
                for (name, page), outcome in zip(pages.items(), charted, strict=True)]  # fmt: skip
    for name, page in heat_map_pages(sweep, outcomes[:1]) if sweep.mapped else ():
        pictures.insert(0, Picture.of(name, f"{label_of(outcomes[0])} over the grid", str(page.get_label()), page))
    cautions = sentences((*sensitivity.cautions, *sensitivity.notes))
    ranges = [f"{named(item.path, names)}: {_range(item, theatre)}" for item in sweep.factors]
    if len(ranges) > MOST_FACTORS:  # nobody reads a hundred
        every = "each over its own range: that of the study, or the prior range that influence-sim params lists"
        ranges = [f"{len(ranges)} numbers, {every}"]
    for box in _discoveries(sweep, outcomes[0]):
        (page,) = explore.discovery_page(box, sweep.title).values()
        caption = f"Where {box.where}: {box.cases} of {box.points} points"
        hangs += [f"{caption}. {' '.join(f'{capital(text)}.' for text in box.cautions)}".strip()]
        pictures.append(Picture.of("discovery", f"{caption}, and under which ranges", "; ".join(hangs[-1:]), page))
        if len(box.limits):
            cells = [list(_limit_cells(row, names, choices)) for row in box.limits.to_dict("records")]
            note = " ".join(choice_notes(box.limits["factor"]))
            tables.append(Table.of("discovery", f"The box in which {box.where}", LIMITS, cells, box.limits, note=note))
    return Sheet(
        theatre=theatre,
        last=last,
        title=sweep.title,
        question=sweep.question,
        answers=list(_ending_sentences(ends, against=sweep.against is not None)),
        gloss=[f"{sweep.described()}."],
        caution=CAUTION,
        compared=[
            Part(f"The scenario: {scenario.title}", list(deeds(scenario, theatre))),
            Part("What is varied", ranges),
        ],
        pictures=pictures,
        hangs=[*hangs, *cautions],
        tables=tables,
        command=shlex.join(["influence-sim", "sweep", STUDY, *theatre_option(theatre)]),
        files={name: read_text(folder / name) for name in (STUDY, SCENARIO, AGAINST) if name in manifest.files},
        facts={
            "Design": sweep.method,
            "Points": str(sweep.points),
            "Replicates at each, seed": f"{sweep.replicates}, {sweep.seed}",
        },
    )


def _ending_sentences(endings: Any, *, against: bool) -> Iterator[str]:
    """How each outcome ends over the points of a sweep, in words."""
    for row in endings.to_dict("records"):
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
    """Mean, middle 90 %, and the share of points that have the sign of the mean."""
    signed = "sign" in row
    mean, low, high = (number(row[name], signed=signed) for name in ("mean", "low", "high"))
    return mean, f"{low} to {high}", telling_percent(row["share_same_sign"]) if signed else ""


def _discoveries(sweep: Sweep, outcome: str) -> Iterator[explore.Discovery]:
    """The ranges in which an outcome goes the other way than at most points, if the design can tell."""
    ending = sweep.ending([outcome]).iloc[0]
    if sweep.against is None or explore.design_of(sweep).block > 1 or not ending["sign"]:
        return
    try:
        yield explore.discover(sweep, f"{outcome}_diff {'<' if ending['sign'] == '+' else '>'} 0")
    except InputError:  # it does so at no point
        return


def _range(factor: Factor, theatre: Theatre) -> str:
    """The values that a factor takes, and what its choices mean."""
    if factor.choices:
        return choices_text(factor.path, theatre) or ", ".join(f"{value:g}" for value in factor.choices)
    return _minus(f"{short(factor.low)} to {short(factor.high)}")


def _limit_cells(row: Mapping[Any, Any], names: Mapping[str, str], choices: Choices) -> Iterator[str]:
    """A limit of a box in words: the factor, the limit, the whole range, how often it was found again, the verdict."""
    yield named(row["factor"], names)
    if row["limit"] == "only":
        labels_of_choices = choices.get(row["factor"], {})
        inside, outside = (choice_words(row[name], labels_of_choices) for name in ("choices", "left_out"))
        yield f"only {', '.join(inside)}"
        yield ", ".join((*inside, *outside))
    else:
        yield _minus(f"{row['limit']} {short(row['value'])}")
        yield _minus(f"{short(row['range_low'])} to {short(row['range_high'])}")
    yield percent(row["reproduced"])
    yield str(row["verdict"])


def _minus(text: str) -> str:
    """A number with a true minus sign, and in one piece; `-`, where there is none, stays."""
    return text if text == "-" else text.replace("-", MINUS).replace(" ±", "\N{NO-BREAK SPACE}±")


def claims_sheet(folder: Path, manifest: Manifest) -> Sheet:
    """The page of the verdicts on claims."""
    result, theatre = claims.read(folder), load_theatre()
    examination, rows = result.examination, plain_rows(result.table)
    tested, plain = [row for row in rows if row["words"]], plain_tests(declared_tests(theatre).tests, theatre)
    cells = [
        (
            row["test"],
            plain.get(row["test"], row["words"]),
            effect_words(row).replace("-", MINUS),
            share_words(row),
            row["verdict"],
            row["kind"],
            row["why"],
        )
        for row in tested
    ]
    headings = ("Test", "What is tested", "Effect [95 %]", "Worlds", "Verdict", "Kind", "Why")
    kinds, whys = (
        [f"{capital(kind)}: {meaning}." for kind, meaning in KINDS.items()],
        [str(row["why"]) for row in tested],
    )
    size = {name: getattr(examination, name) for name in ("samples", "replicates", "seed", "worlds")}
    ids = {row["claim"] for row in rows}
    statements = [f"{claim.id}: {claim.statement}" for claim in theatre.claims if claim.id in ids]
    command = ["influence-sim", "claims", *manifest.arguments["claims"], "--test", *theatre_option(theatre)]
    return Sheet(
        theatre=theatre,
        last=theatre.start + theatre.calendar.months - 1,
        title="The article's claims, tested",
        question="Which of its claims hold in the model that was made of them, and on what does that hang?",
        answers=[f"{views.tally(result.table)}."],
        gloss=[
            "A test holds if it comes true in at least 90 % of worlds, fails if in 10 % at most, and otherwise depends."
        ],
        besides=[f"{row['test']}: {row['verdict']}" for row in tested] if len(tested) <= MOST_FACTORS else [],
        caution="A verdict is about the argument as the model has it, and not about the world.",
        compared=[Part("The claims", statements)],
        pictures=[Picture.of("verdicts", "The verdicts", "; ".join(f"{c[0]} {c[4]}" for c in cells), result.figure())],
        tables=[
            Table.of(
                "verdicts", "Every test", headings, cells, result.table, note=" ".join([*kinds, *choice_notes(whys)])
            )
        ],
        command=shlex.join([*command, *(text for name, value in size.items() for text in (f"--{name}", str(value)))]),
        facts={
            "Worlds": f"{examination.samples:,} {WORLDS[examination.worlds]}",
            "Replicates, seed": f"{examination.replicates}, {examination.seed}",
        },
    )
