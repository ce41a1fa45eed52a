"""The scenarios that come with the package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from influence_sim.base.errors import MachineError

ROOT = "baseline"
"""The scenario that all others extend unless they say otherwise."""


@cache
def shipped_scenarios() -> Mapping[str, Path]:
    """The files of the shipped scenarios, by name; looked for once.

    An installed copy has them inside the package; in a checkout they lie next to it.

    Raises:
        MachineError: the installation has none.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "scenarios", package.parent / "scenarios"):
        if (folder / f"{ROOT}.yaml").is_file():
            return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.yaml"))})
    raise MachineError("the shipped scenarios are missing; install influence-sim again")
