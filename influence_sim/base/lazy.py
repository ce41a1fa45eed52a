"""Names of a package (PEP 562), and modules, that load when they are first used: importing them costs little."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as `typing` has it, which is not to be loaded for it
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def attach(package: str, homes: Mapping[str, tuple[str, ...]]) -> tuple[Callable[[str], Any], list[str]]:
    """What a package takes for its `__getattr__` and `__all__`; `homes` has the names of each of its modules."""
    home = {name: module for module, names in homes.items() for name in names}

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        vars(sys.modules[package])[name] = value
        return value

    return load, sorted(home)


def listed(folder: str) -> Mapping[str, tuple[str, ...]]:
    """The names that the stub of a package in some folder, `__init__.pyi`, says it has, by their modules."""
    with open(f"{folder}/__init__.pyi", encoding="ascii") as stub:
        found = [line.split() for line in stub if line.startswith("from ")]  # from PACKAGE.MODULE import NAME as NAME
    homes = {line[1]: tuple(name for _, module, _, name, *_ in found if module == line[1]) for line in found}
    return {module.partition(".")[2]: names for module, names in homes.items()}


class Late:
    """A module that is loaded when something of it is first used."""

    def __init__(self, name: str) -> None:
        """Takes its full name."""
        self.__late__ = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self.__late__), attribute)


def modules_of(package: str) -> Callable[[str], Any]:
    """What a package takes for its `__getattr__`, so that each of its modules loads when it is first used."""

    def load(name: str) -> Any:
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":  # it is there, and lacks something itself
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load
