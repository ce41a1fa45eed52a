"""`claims --test` and `claims --four-ways`: what testing the claims found, to be read or as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from influence_sim.base.errors import MachineError
from influence_sim.base.numbers import percent
from influence_sim.cli.console import Console
from influence_sim.cli.inputs import usable_cores
from influence_sim.cli.progress import Progress
from influence_sim.cli.tables import Column, paragraph, table

if TYPE_CHECKING:
    import pandas as pd

    from influence_sim.analysis.verdicts import Examination

TESTS = (
    Column("TEST"),
    Column("WHAT IS TESTED", wraps=True),
    Column("EFFECT [95 %]", right=True),
    Column("WORLDS", right=True),
    Column("VERDICT"),
    Column("KIND"),
)
WAYS = (
    Column("SCENARIO"),
    Column("OUTCOME"),
    Column("EFFECT [95 %]", right=True),
    Column("WORLDS", right=True),
    Column("HANGS MOST ON"),
)
CAUTION = (
    "Effects are at the defaults, and their intervals Monte-Carlo error only. WORLDS is the share of plausible worlds "
    "(points of all prior ranges) in which a test holds, or an effect has this sign."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for.

    Attributes:
        samples: plausible worlds.
        replicates: in each.
        seed: of worlds and draws.
        workers: processes; None for the usable cores.
        markdown: print the page of the documentation.
    """

    samples: int
    replicates: int
    seed: int
    workers: int | None
    markdown: bool

    @property
    def size(self) -> dict[str, int]:
        """What the public functions are told."""
        workers = self.workers or usable_cores()
        return {"samples": self.samples, "replicates": self.replicates, "seed": self.seed, "workers": workers}


def test(console: Console, wanted: Wanted, claims: Sequence[str]) -> None:
    """Tests the claims, all of them if none is named, and prints what was found.

    Raises:
        InputError: a claim has no test.
        MachineError: a worker process died.
    """
    from influence_sim.api.claims import examine_claims
    from influence_sim.theatre import load

    try:
        with Progress(console, "batches of runs") as progress:
            found = examine_claims(**wanted.size, claims=claims, progress=progress)
    except BrokenPipeError as error:  # between processes of ours: not the user's closed pipe
        raise MachineError("a worker process has died") from error
    if wanted.markdown:
        from influence_sim.views.claims_page import claims_page

        console.out(claims_page(found, load()).removesuffix("\n"))
    elif console.json:
        ways = {} if found.four_ways is None else {"four_ways": _records(found.four_ways)}
        console.document({**_size(wanted), "tests": _records(found.table), **ways})
    else:
        console.lines(_report(found, console, reasons=bool(claims) or console.verbose))


def four_ways(console: Console, wanted: Wanted) -> None:
    """Prints the four ways in which the US can engage, side by side.

    Raises:
        MachineError: a worker process died.
    """
    from influence_sim.api.claims import four_ways as compute
    from influence_sim.theatre import load

    try:
        with Progress(console, "batches of runs") as progress:
            found = compute(**wanted.size, progress=progress)
    except BrokenPipeError as error:
        raise MachineError("a worker process has died") from error
    if wanted.markdown:
        from influence_sim.views.claims_page import four_ways_page

        page = four_ways_page(found, load(), wanted.samples, wanted.replicates)
        console.out(page.removesuffix("\n"))
    elif console.json:
        console.document({**_size(wanted), "four_ways": _records(found)})
    else:
        console.lines([*table(WAYS, [_way(row) for row in _records(found)], console.width), "", _caution(console)])


def _size(wanted: Wanted) -> dict[str, int]:
    return {"samples": wanted.samples, "replicates": wanted.replicates, "seed": wanted.seed}


def _records(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    """Rows as plain data."""
    return [{str(key): _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _report(found: Examination, console: Console, *, reasons: bool) -> Iterator[str]:
    from influence_sim.views.claims_page import tally

    rows = _records(found.table)
    yield from table(TESTS, [_cells(row) for row in rows], console.width)
    if reasons:
        yield from _reasons(rows, console.width)
    yield ""
    yield from (paragraph(line, console.width, "  ") for line in tally(rows))
    yield ""
    yield _caution(console)


def _caution(console: Console) -> str:
    return paragraph(CAUTION, console.width)


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    from influence_sim.views.claims_page import effect_words

    if not row["words"]:
        return str(row["test"]), str(row["why"]), "-", "-", str(row["verdict"]), "-"
    share = percent(row["share"])
    return str(row["test"]), str(row["words"]), effect_words(row), share, str(row["verdict"]), str(row["kind"])


def _way(row: Mapping[str, Any]) -> tuple[str, ...]:
    from influence_sim.views.claims_page import effect_words

    parameter = str(row["parameter"]) or "no single parameter"
    return str(row["scenario"]), str(row["outcome"]), effect_words(row), percent(row["share"]), parameter


def _reasons(rows: Sequence[Mapping[str, Any]], width: int | None) -> Iterator[str]:
    for row in rows:
        if row["words"]:
            yield ""
            yield paragraph(f"{row['test']} {row['verdict']}, {row['kind']}: {row['why']}", width, "    ")
            told = [("parameters", row["parameters"]), ("mechanisms", row["mechanisms"])]
            seen = str(row["why"])
            for name, words in [*told, ("control", row["control"]), ("note", row["note"])]:
                if words and str(words) not in seen:
                    yield paragraph(f"{name}: {words}", width, "        ", "    ")
