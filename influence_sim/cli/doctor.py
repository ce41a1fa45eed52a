"""`doctor`: what is installed here."""

from __future__ import annotations

import platform
import sys
from contextlib import suppress

import click

from influence_sim._version import __version__
from influence_sim.api.late import theatre
from influence_sim.cli import options
from influence_sim.cli.console import Console

PACKAGES = ["numpy", "numba", "scipy", "pandas", "pyarrow", "mesa", "matplotlib", "pydantic", "pyyaml", "salib"]
PACKAGES += ["click", "tqdm", "scoringrules"]
NOT_KEPT = "not kept: each command compiles it, for half a minute; let NUMBA_CACHE_DIR be a folder that can be written"


@click.command(short_help="Versions of everything that matters, for a bug report.")
@options.common
def doctor(console: Console) -> None:
    """Versions of everything that matters, for a bug report. Exit status 1 if something is missing.

    Says, too, where the model's machine code is kept for the next command.
    """
    packages = {name: _version_of(name) for name in PACKAGES}
    facts = {
        "influence_sim": __version__,
        "model": _model(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": options.usable_cores(),
        "encoding": sys.stdout.encoding,
        "machine_code": _machine_code(),
    }
    entries = facts | {"machine_code": facts["machine_code"] or NOT_KEPT}
    rows = [(name, str(value or "missing")) for name, value in (entries | packages).items()]
    console.answer({**facts, "packages": packages}, console.table(("", ""), rows)[1:])
    if None in packages.values():
        raise click.exceptions.Exit(1)


def _version_of(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    with suppress(PackageNotFoundError):
        return version(package)
    return None


def _model() -> str | None:
    """The version of the model; None if a package that it needs is missing."""
    try:
        from influence_sim.runs.manifest import model_version
    except ModuleNotFoundError:
        return None
    return model_version(theatre.load())


def _machine_code() -> str | None:
    """The folder of the compiled model; None if there is none, or nothing is compiled."""
    try:
        from influence_sim.base.caches import machine_code
        from influence_sim.model.machine_code import PLAIN
        from influence_sim.runs.manifest import without_home
    except ModuleNotFoundError:
        return None
    folder = None if PLAIN else machine_code()
    return folder and without_home(folder)
