"""`properties`: how the model behaves as a model of decisions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from influence_sim.cli import options
from influence_sim.cli.console import Console

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = ("PROPERTY", "VALUE", "REACH", "", "WHAT IT IS")
SAID = {True: "yes", False: "no", None: "-"}


@click.command(short_help="How the model behaves as a model of decisions.")
@click.option("--replicates", type=click.IntRange(2, 4096), default=128, help="Runs of each arm at the defaults.")
@click.option("--worlds", type=click.IntRange(8, 65536), default=1024, help="Points all over the prior ranges.")
@click.option("--shuffles", type=click.IntRange(1, 10000), default=100, help="How often interests are dealt out anew.")
@options.SEED
@click.option("--parts", is_flag=True, help="Show, too, what each number sums up: scenario by scenario, and so on.")
@options.WORKERS
@options.common
def properties(console: Console, /, *, parts: bool, workers: int, **asked: int) -> None:
    """Do actors answer to what happens, and do their interests matter?

    Measures on shared draws how far choices vary, what others' response brings to the effects of the shipped scenarios,
    and what becomes of them with shuffled interests, without interests, and with actors who toss coins. REACH says
    what the model should come to, and whether it does. --json has all parts.
    """
    from influence_sim.api.properties import properties as measured

    with console.progress("measures") as progress:
        found = measured(**asked, workers=workers, progress=progress)
    console.answer({**asked, "properties": found}, _report(found, console, parts=parts))


def _report(found: pd.DataFrame, console: Console, *, parts: bool) -> Iterator[str]:
    whole = [row for row in found.to_dict("records") if "." not in row["name"]]
    cells = [(row["name"], f"{row['value']:.3g}", row["reach"], SAID[row["reached"]], row["words"]) for row in whole]
    yield from console.table(HEADINGS, cells, right=("VALUE",), wraps="WHAT IT IS")
    if parts:
        yield ""
        below = [(row["name"], f"{row['value']:.3f}") for row in found.to_dict("records") if "." in row["name"]]
        yield from console.table(("PART", "VALUE"), below, right=("VALUE",))
