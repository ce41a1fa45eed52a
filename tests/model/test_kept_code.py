"""Machine code that is kept on disk: what cannot be read is compiled anew, what cannot be written is done without."""

from __future__ import annotations

import errno
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from influence_sim.model import Arm, machine_code, simulate
from influence_sim.model.machine_code import code_digest

CODE = """\
from __future__ import annotations

from influence_sim.model.compiling import equation


@equation
def half(x: float) -> float:
    return x / 2.0


@equation
def quarter(x: float) -> float:
    return half(half(x))
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for machine code of the tests' own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., tuple[float, int]]:
    """Loads a module of equations as a new process would; answers with a result, and how much was compiled for it."""
    path = tmp_path / "equations.py"
    path.write_text(CODE, encoding="utf-8")

    def load(x: float = 2.0) -> tuple[float, int]:
        spec = importlib.util.spec_from_file_location("equations", path)
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        result = module.quarter(x)
        return result, module.quarter.compilations

    return load


def files(folder: Path) -> list[Path]:
    """The files of machine code."""
    return sorted(folder.rglob("*.nbc"))


def test_what_was_compiled_is_kept(cache: Path, loaded: Callable[..., tuple[float, int]]) -> None:
    assert [loaded(), loaded(), loaded()] == [(0.5, 1), (0.5, 0), (0.5, 0)]
    assert len(files(cache)) == 1


def test_what_is_compiled_for_other_arguments_is_kept_beside_it(
    cache: Path, loaded: Callable[..., tuple[float, int]]
) -> None:
    assert [loaded(2.0), loaded(2), loaded(2.0), loaded(2)] == [(0.5, 1), (0.5, 1), (0.5, 0), (0.5, 0)]
    assert len(files(cache)) == 2


def test_machines_that_share_a_folder_keep_each_their_own(
    cache: Path, loaded: Callable[..., tuple[float, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for name in ("nehalem", "", "nehalem", ""):
        monkeypatch.setenv("NUMBA_CPU_NAME", name)
        machine_code._processor.cache_clear()
        results.append(loaded())
    assert results == [(0.5, 1), (0.5, 1), (0.5, 0), (0.5, 0)]


def flip(data: bytes, share: float) -> bytes:
    """Data with one bit changed."""
    at = int(share * len(data))
    return data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "one byte": lambda data: data[:1],
    "cut": lambda data: data[: len(data) // 2],
    "its last byte lost": lambda data: data[:-1],
    "of something else": lambda data: b"\x7fELF, but no machine code at all" * 9,
    "longer": lambda data: data + b"more",
    **{f"a bit at {share:.0%}": lambda data, share=share: flip(data, share) for share in (0.01, 0.3, 0.5, 0.7, 0.99)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_compiled_anew(cache: Path, loaded: Callable[..., tuple[float, int]], damage: str) -> None:
    loaded()
    for path in files(cache):
        path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert loaded()[0] == 0.5
    assert loaded() == (0.5, 0)


def test_of_processes_that_begin_at_once_one_compiles_and_the_others_wait(tmp_path: Path) -> None:
    (tmp_path / "equations.py").write_text(CODE, encoding="utf-8")
    code = "import equations; print(equations.quarter(2.0), equations.quarter.compilations)"
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", code], env=variables, **pipes) for _ in range(3)]
    results = [process.communicate(timeout=120) for process in processes]
    assert sorted(out.split() for out, _ in results) == [["0.5", "0"], ["0.5", "0"], ["0.5", "1"]], results
    assert sum("compiling the model" in said for _, said in results) == 1
    assert [path.suffix for path in tmp_path.glob("cache/*/*")] == [".nbc"]


def test_what_is_gone_is_compiled_anew(cache: Path, loaded: Callable[..., tuple[float, int]]) -> None:
    loaded()
    for path in files(cache):
        path.unlink()
    assert [loaded(), loaded()] == [(0.5, 1), (0.5, 0)]


def test_a_folder_that_cannot_be_made_is_done_without(cache: Path, loaded: Callable[..., tuple[float, int]]) -> None:
    cache.write_text("a file stands here", encoding="utf-8")
    assert [loaded()[0], loaded()[0]] == [0.5, 0.5]
    assert cache.read_text(encoding="utf-8") == "a file stands here"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT])
def test_what_cannot_be_written_is_done_without(
    cache: Path, loaded: Callable[..., tuple[float, int]], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        assert [loaded(), loaded()] == [(0.5, 1), (0.5, 1)]
    assert files(cache) == []
    assert [loaded(), loaded()] == [(0.5, 1), (0.5, 0)]


def test_a_change_of_any_file_of_the_model_makes_machine_code_stale(
    cache: Path, loaded: Callable[..., tuple[float, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(Path(machine_code.__file__).parent, tmp_path / "model"))
    monkeypatch.setattr(machine_code, "__file__", str(folder / "machine_code.py"))
    before = code_digest.__wrapped__()
    assert before == code_digest()
    with (folder / "forums.py").open("a", encoding="utf-8") as file:
        file.write("# another equation\n")
    assert code_digest.__wrapped__() != before
    loaded()
    assert loaded() == (0.5, 0)
    monkeypatch.setattr(machine_code, "code_digest", code_digest.__wrapped__)
    assert [loaded(), loaded()] == [(0.5, 1), (0.5, 0)]


def told_by_a_process(program: str, **environment: str) -> list[str]:
    """The words that a Python program prints in a process of its own."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


MODEL = """
import sys
from influence_sim.model import Arm, simulate
from influence_sim.model.ensemble import _run
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import load

theatre = load()
arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), 3)
print(simulate(arm, seed=5, replicates=[0]).tobytes().hex(), _run.compilations, "numba" in sys.modules)
"""
SMALL = """
import sys
from equations import quarter

print(quarter(2.0), quarter.compilations, "numba" in sys.modules)
"""


@pytest.mark.slow
def test_the_model_runs_without_the_compiler(arm: Callable[..., Arm]) -> None:
    """Once its machine code is on disk, as it is when this process has run it."""
    numbers = simulate(arm(months=3), seed=5, replicates=[0]).tobytes().hex()
    assert told_by_a_process(MODEL) == [numbers, "0", "False"]


@pytest.mark.slow
def test_the_compiler_is_loaded_where_machine_code_is_missing_or_damaged(tmp_path: Path) -> None:
    """In processes of their own, of equations that are quickly compiled."""
    (tmp_path / "equations.py").write_text(CODE, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *sys.path])
    compiled = []
    for damaged in (False, False, True, False):
        for file in files(tmp_path) if damaged else ():
            file.write_bytes(file.read_bytes()[:100])
        compiled.append(told_by_a_process(SMALL, NUMBA_CACHE_DIR=str(tmp_path), PYTHONPATH=path))
    assert compiled == [["0.5", "1", "True"], ["0.5", "0", "False"]] * 2
