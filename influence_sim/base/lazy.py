"""Names of a package (PEP 562), and modules, that load when they are first used, so that importing is cheap."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as `typing` has it, which is not to be loaded for it
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def attach(package: str, names_of: Mapping[str, tuple[str, ...]]) -> tuple[Callable[[str], Any], list[str]]:
    """The `__getattr__` and `__all__` of a package, from the names of each of its modules."""
    module_of = {name: module for module, names in names_of.items() for name in names}

    def load(name: str) -> Any:
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{module_of[name]}"), name)
        vars(sys.modules[package])[name] = value
        return value

    return load, sorted(module_of)


def names_by_module(folder: str) -> Mapping[str, tuple[str, ...]]:
    """The names that a package's stub, `__init__.pyi` in its folder, imports, by module."""
    with open(f"{folder}/__init__.pyi", encoding="ascii") as stub:
        imports = [line.split() for line in stub if line.startswith("from ")]  # from PACKAGE.MODULE import NAME as NAME
    modules = {line[1]: tuple(name for _, module, _, name, *_ in imports if module == line[1]) for line in imports}
    return {module.partition(".")[2]: names for module, names in modules.items()}


def late_modules(file: str) -> dict[str, Late]:
    """What the stub of a module imports, `FILE.pyi`, by the names that it has there."""
    with open(f"{file}i", encoding="ascii") as stub:
        imports = [line.split() for line in stub if line.startswith(("import ", "from "))]
    # import MODULE as NAME, or from PACKAGE import MODULE as NAME
    return {name: Late(".".join(words[1::2])) for *words, _, name in imports}


class Late:
    """A module that is loaded when something of it is first used."""

    def __init__(self, name: str) -> None:
        """Takes its full name."""
        self.__late__ = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self.__late__), attribute)


def modules_of(package: str) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose modules load when they are first used."""

    def load(name: str) -> Any:
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":  # it is there, and lacks something itself
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load
