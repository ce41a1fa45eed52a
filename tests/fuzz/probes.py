"""What programs ask of a result or a theatre, as commands, so that it is watched as they are."""

from __future__ import annotations

import pickle
from pathlib import Path

import click

import influence_sim as sim
from influence_sim.cli import options
from influence_sim.cli.console import Console
from influence_sim.cli.main import SETTINGS, Program, cli


@click.command()
@options.FOLDER
@options.common
def opened(console: Console, folder: Path) -> None:
    """All that a result says of itself."""
    loaded = sim.load(folder)
    texts = [repr(loaded), str(loaded._repr_html_()), len(pickle.dumps(loaded))]
    for name in ("frame", "design", "failed", "table", "factors", "effect", "finding", "parameters"):
        texts += [len(getattr(loaded, name))] if hasattr(loaded, name) else []
    texts += [len(loaded.ending())] if hasattr(loaded, "ending") else []
    console.answer({}, [f"{len(texts)} answers"])


@click.command()
@options.common
def declared(console: Console) -> None:
    """What a theatre declares beside what is run."""
    from influence_sim.theatre import load
    from influence_sim.theatre.claim_tests import declared_tests
    from influence_sim.theatre.patterns import declared_patterns
    from influence_sim.theatre.properties import declared_properties

    for read in (declared_tests, declared_patterns, declared_properties):
        read(load())
    console.answer({}, ["read"])


program = Program(cli.name, context_settings=SETTINGS, commands=[*cli.commands.values(), opened, declared])
program.params, program.callback = cli.params, cli.callback
