"""What loads when it is first used: names of the package, rooms and libraries."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import influence_sim as sim
from influence_sim import api
from influence_sim.api import late
from influence_sim.base import late as base
from influence_sim.base.lazy import Late, modules_of

TYPES = {"Axes", "Figure"}
"""What is only named in annotations."""


def promised(late: ModuleType) -> dict[str, str]:
    """What type checkers are told that late names are: the full names of modules."""
    names = {}
    for node in ast.walk(ast.parse(Path(str(late.__file__)).with_suffix(".pyi").read_text())):
        if isinstance(node, ast.ImportFrom | ast.Import):
            home = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
            names |= {alias.asname or alias.name: f"{home}{alias.name}" for alias in node.names}
    return {name: module for name, module in names.items() if name not in TYPES}


@pytest.mark.parametrize("late", [base, late])
def test_late_names_are_the_modules_that_type_checkers_are_told(late: ModuleType) -> None:
    names = promised(late)
    assert {name: value.__late__ for name, value in vars(late).items() if isinstance(value, Late)} == names
    assert all(map(importlib.import_module, names.values()))


def test_nothing_late_is_loaded_before_it_is_used():
    code = (
        "import sys; import influence_sim.cli.main, influence_sim.api.late as late;"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'matplotlib', 'pydantic'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules);"
        "late.np.pi; assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_late_module_has_what_the_module_has():
    json = Late("json")
    assert json.loads("1") == 1
    with pytest.raises(AttributeError, match="nothing"):
        _ = json.nothing


def test_modules_of_a_room_load_by_name(tmp_path, monkeypatch):
    assert api.lookups is importlib.import_module("influence_sim.api.lookups")
    with pytest.raises(AttributeError, match=r"module 'influence_sim\.api' has no attribute 'nothing'"):
        _ = api.nothing
    room = tmp_path / "a_room"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "lame.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        modules_of("a_room")("lame")


def test_every_name_of_the_package_is_there():
    assert {"run", "Result", "InputError", "__version__"} <= set(sim.__all__)
    assert all(getattr(sim, name) is not None for name in sim.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = sim.nothing  # type: ignore[attr-defined]
