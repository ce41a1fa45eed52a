"""The model as the Python that its machine code is made from."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

import influence_sim.model as package
from influence_sim.model.compiling import Equation


def modules() -> Iterator[ModuleType]:
    """Those of the model."""
    for module in pkgutil.iter_modules(package.__path__):
        yield importlib.import_module(f"{package.__name__}.{module.name}")


def equations() -> list[tuple[ModuleType, str]]:
    """Every compiled function, wherever a module knows it by name."""
    return [
        (module, name) for module in modules() for name, value in vars(module).items() if isinstance(value, Equation)
    ]


def make_plain(patch: pytest.MonkeyPatch) -> None:
    """Makes every equation the Python that it was made from, which calls others of its kind."""
    known = equations()
    assert len(known) > 60
    for module, name in known:
        patch.setattr(module, name, getattr(module, name).py_func)
    for module in modules():
        if hasattr(module, "WIDTH"):
            patch.setattr(module, "WIDTH", 1)  # plain Python knows no lanes
