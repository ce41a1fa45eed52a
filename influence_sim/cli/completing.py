"""What a shell completes: names of scenarios and outcomes."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem


def scenarios(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shipped scenarios, and files for whoever types a path."""
    from influence_sim.scenario.shipped import shipped_scenarios

    names = [CompletionItem(name) for name in shipped_scenarios() if name.startswith(incomplete)]
    return names or [CompletionItem(incomplete, type="file")]


def outcomes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The outcomes of a run."""
    from influence_sim.theatre import load

    return [CompletionItem(o.name, help=o.label) for o in load().outcomes if o.name.startswith(incomplete)]
