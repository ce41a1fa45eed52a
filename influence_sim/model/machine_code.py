"""Machine code on disk: if it cannot be read, it is compiled anew; if it cannot be written, that does not matter.

It is an object file with one function, which needs the small library of the compiler, not the compiler.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from influence_sim.base import caches

PLAIN = os.environ.get("NUMBA_DISABLE_JIT", "0").strip() not in {"", "0"}
"""Whether everything runs as Python."""

_PATIENCE = 300.0
"""Seconds for which a process waits for the machine code that another one compiles."""
_DIGEST = 32
"""Bytes of the SHA-256 digest at the beginning of a file."""


class Kind(NamedTuple):
    """What an argument is: a number of a type, an array of records or numbers, or a single record (no dimensions)."""

    dtype: np.dtype[Any] | str
    dimensions: int = 0


class Code(NamedTuple):
    """Machine code of a function for some kinds of arguments: an object file, and what it is called in it."""

    name: str
    file: bytes


def cache_path(function: Callable[..., Any], kinds: tuple[Kind, ...]) -> Path | None:
    """The file for the machine code of a function for some kinds of arguments; None if there can be none."""
    folder, source = caches.machine_code(), _source(function)
    if folder is None or source is None:
        return None
    name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
    source_hash = _hash(repr((code_digest(), source, *_compiler())))
    return Path(folder, f"{name}.{source_hash}.{_hash(repr((kinds, *_processor())))}.nbc")


def load(path: Path) -> Code | None:
    """The machine code in a file, or None: a file whose hash is wrong is never run."""
    with suppress(OSError):
        content = path.read_bytes()
        digest, data = content[:_DIGEST], content[_DIGEST:]
        if hashlib.sha256(data).digest() == digest:
            name, file = data.split(b"\n", 1)
            return Code(name.decode(), file)
    return None


@contextmanager
def turn(path: Path | None, waiting: Callable[[], None]) -> Iterator[None]:
    """Waits for another process that compiles what belongs into a file, and keeps others from it meanwhile.

    Calls `waiting` before it waits. Without a file, or where the disk knows no locks or is not ours, each process
    compiles.
    """
    if path is None:
        yield
        return
    from filelock import FileLock, Timeout

    lock = FileLock(f"{path}.lock", fallback_to_soft=False)  # a soft lock would outlive a process that is killed
    with suppress(OSError, NotImplementedError):  # a `Timeout` is an `OSError`, too
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire(timeout=_PATIENCE, poll_interval=0.2)
    try:
        yield
    finally:
        if os.name == "posix" and lock.is_locked:  # while it is held: who waits sees that it has no name any more
            Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def save(path: Path, code: Code) -> None:
    """Saves machine code, and removes that of other versions of the model; errors of the disk are ignored."""
    data = code.name.encode() + b"\n" + code.file
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):  # the disk is full, or not ours
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            function, stamp, *_ = path.name.removesuffix(".nbc").rsplit(".", 2)
            for old in path.parent.glob(f"{function}.*"):
                if not old.name.startswith(f"{function}.{stamp}."):
                    old.unlink(missing_ok=True)
            draft.write_bytes(hashlib.sha256(data).digest() + data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def link(code: Code) -> int:
    """Loads an object file as numba itself does. Returns the address of its function, or 0 if it has none."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    machine = target.create_target_machine(codemodel="jitdefault", jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)  # other files may have equal names
    engine.add_object_file(binding.ObjectFileRef.from_data(code.file))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(code.name))


_engines: list[Any] = []
"""Machine code stays where it is as long as its engine."""


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A hash of all Python files of the model: a change of any of them makes all machine code stale."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _source(function: Callable[..., Any]) -> object:
    """The file of a function and, outside the model, its version; None for a function without a file."""
    path = Path(function.__code__.co_filename)
    if path.parent == Path(__file__).parent:
        return path.name
    with suppress(OSError):
        about = path.stat()
        return str(path), about.st_mtime_ns, about.st_size
    return None


@lru_cache(maxsize=1)
def _compiler() -> tuple[str, ...]:
    return version("numba"), version("llvmlite"), platform.python_version()


@lru_cache(maxsize=1)
def _processor() -> tuple[str, str]:
    """The processor that machine code is for; numba's environment variables may name another than this one."""
    from llvmlite import binding

    name = os.environ.get("NUMBA_CPU_NAME") or binding.get_host_cpu_name()
    return name, os.environ.get("NUMBA_CPU_FEATURES") or binding.get_host_cpu_features().flatten()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
