"""`plot`: the figures of a result folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from influence_sim.cli import options
from influence_sim.cli.console import Console

KINDS = ("headline", "map", "network", "stances", "verdicts", "multiples", "fan", "difference", "forest",
         "waterfall", "sensitivity")  # fmt: skip


@click.command(short_help="Draw the figures of a result folder, again or more of them.")
@options.FOLDER
@click.option("--all", "every", is_flag=True,
              help="Every kind of figure, every outcome that moves, and a page of them all, index.html.")  # fmt: skip
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), metavar="NAME",
              help=f"What to draw; may be repeated. Of a run: {', '.join(KINDS[:8])}; of a comparison: forest; "
                   "of an explanation: waterfall; of a sweep: sensitivity.")  # fmt: skip
@options.outcomes("Of which outcome; may be repeated.")
@click.option("--month", "months", multiple=True, metavar="YYYY-MM",
              help="Of which month a network or map; may be repeated.")  # fmt: skip
@click.option("--replicate", type=int, metavar="NUMBER", help="Of which replicate its stances; all without it.")
@click.option("--animate", is_flag=True, help="Also write the map month by month, as a GIF.")
@click.option("--svg", is_flag=True, help="Also write SVG.")
@options.common
def plot(console: Console, /, folder: Path, *, kinds: tuple[str, ...], svg: bool, **asked: Any) -> None:
    """Draws figures of the results in DIR into it, and lists them in its manifest.

    Without options draws the page that `run`, `compare` or `explain` has drawn, and with --outcome the fan of that
    outcome, too. Stances, ties and provinces are not recorded: for these a few replicates are played again.
    DIR may also be a file that `claims --test --json` has printed into: then its verdicts are drawn beside it.
    """
    from influence_sim.api.figures import draw, draw_verdicts

    written = draw_verdicts(folder, svg=svg) if folder.is_file() else draw(folder, kinds, svg=svg, **asked)
    console.answer({"folder": folder, "figures": written}, (f"Figure: {path}" for path in written))
