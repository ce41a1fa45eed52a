"""Equations as machine code, which is kept on disk for the next process.

An equation is a plain function of records, arrays and numbers. There is one version of each: `py_func` is the Python it
was made from, and with `NUMBA_DISABLE_JIT=1` everything runs as Python, for a debugger and for coverage. Compilation
may not change a bit: nothing here allows it to reorder sums or to contract a product and a sum.

The compiler, numba, takes half a second to load. What it has made needs only its small library: an object file with one
function in the manner of C, which is handed addresses, sizes and numbers.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, update_wrapper
from importlib.metadata import version
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from influence_sim.base.caches import machine_code

F = TypeVar("F", bound=Callable[..., Any])

PLAIN = os.environ.get("NUMBA_DISABLE_JIT", "0").strip() not in {"", "0"}
"""Whether everything runs as Python."""

_log = logging.getLogger("influence_sim")
_lock = RLock()

_DIGEST = 64
"""Characters of a SHA-256 digest, which stands before what is kept."""
_IN_C: Mapping[str, Any] = {
    "float64": ctypes.c_double,
    "int64": ctypes.c_int64,
    "uint64": ctypes.c_uint64,
    "boolean": ctypes.c_bool,
    "none": ctypes.c_void_p,
}
_RETURNED = {"float": "float64", "int": "int64", "np.uint64": "uint64", "bool": "boolean", "None": "none"}
"""What an equation returns, as it is annotated."""


class Kind(NamedTuple):
    """What an argument is: a number of a type, an array of records or numbers, or a single record (no dimensions)."""

    dtype: np.dtype[Any] | str
    dimensions: int = 0


class Code(NamedTuple):
    """Machine code of an equation for some kinds of arguments: an object file, and what the function is called in it."""

    name: str
    file: bytes


class Equation:
    """A function that becomes machine code when it is first called, or when the compiler meets it in another.

    Attributes:
        py_func: the function.
        returns: the type of what it gives, by numba's name.
        compilations: for how many kinds of arguments this process had to compile it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Compiles nothing yet."""
        update_wrapper(self, function)
        self.py_func = function
        self.returns = _RETURNED[function.__annotations__.get("return", "float")]
        self.compilations = 0
        self._result: Any = _IN_C[self.returns]
        self._codes: dict[tuple[Kind, ...], Callable[..., Any]] = {}

    def __call__(self, *args: Any) -> Any:
        """Runs the machine code; other threads go on meanwhile."""
        kinds = tuple([_kind(value) for value in args])
        code = self._codes.get(kinds)
        if code is None:
            with _lock:
                code = self._codes.get(kinds) or self._load(kinds)
        result, error = self._result(), ctypes.c_void_p()
        if code(ctypes.byref(result), ctypes.byref(error), *_in_c(args)):
            raise ArithmeticError(f"{self.__name__} has failed in machine code")
        return result.value

    def _load(self, kinds: tuple[Kind, ...]) -> Callable[..., Any]:
        """What was kept, or else compiles and keeps it."""
        path = self._path(kinds)
        code = path and _kept(path)
        address = code and _linked(code)
        if not code or not address:
            _say_once()
            from influence_sim.model.compiler import compiled

            code, address = compiled(self, kinds)
            self.compilations += 1
            if path is not None and code.file:
                _keep(path, code)
        self._codes[kinds] = ctypes.CFUNCTYPE(
            ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *_signature(kinds)
        )(address)
        return self._codes[kinds]

    def _path(self, kinds: tuple[Kind, ...]) -> Path | None:
        """The file of the machine code for some kinds of arguments."""
        folder, source = machine_code(), _source(self.py_func)
        if folder is None or source is None:
            return None
        name = f"{self.py_func.__module__.rpartition('.')[2]}.{self.py_func.__name__}"
        stamp = _hash(repr((code_digest(), source, *_machine())).encode())[:16]
        return Path(folder, f"{name}.{stamp}.{_hash(repr(kinds).encode())[:16]}.nbc")


def equation(function: F) -> F:
    """Compiles a function when it is first called; division by zero gives infinity or NaN, as in numpy."""
    return function if PLAIN else cast(F, Equation(function))


def _kind(value: Any) -> Kind:
    if isinstance(value, np.ndarray):
        if not value.flags.c_contiguous:
            raise TypeError("machine code takes arrays that lie in memory as C has them")
        return Kind(value.dtype, value.ndim)
    if isinstance(value, np.void):
        return Kind(value.dtype)
    if isinstance(value, float):
        return Kind("float64")
    if isinstance(value, np.uint64):
        return Kind("uint64")
    if isinstance(value, int | np.integer):
        return Kind("int64")
    raise TypeError(f"machine code takes records, arrays and numbers, not {type(value).__name__}")


def _signature(kinds: tuple[Kind, ...]) -> Iterator[Any]:
    """What that is in C: of records and arrays the address, and of arrays the length of each dimension."""
    for kind in kinds:
        if isinstance(kind.dtype, str):
            yield _IN_C[kind.dtype]
        else:
            yield ctypes.c_void_p
            yield from [ctypes.c_int64] * kind.dimensions


def _in_c(args: tuple[Any, ...]) -> Iterator[Any]:
    for value in args:
        if isinstance(value, np.ndarray):
            yield value.ctypes.data
            yield from value.shape
        elif isinstance(value, np.void):
            yield value.__array_interface__["data"][0]
        else:
            yield value if isinstance(value, float) else int(value)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A hash of all Python files of the model: machine code of one is stale as soon as another changes."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def _source(function: Callable[..., Any]) -> object:
    """What tells apart functions of files that are not the model's; None of what stands in no file."""
    path = Path(function.__code__.co_filename)
    if path.parent == Path(__file__).parent:
        return path.name
    with suppress(OSError):
        about = path.stat()
        return str(path), about.st_mtime_ns, about.st_size
    return None


@lru_cache(maxsize=1)
def _machine() -> tuple[str, ...]:
    """For which compiler and processor machine code is."""
    from llvmlite import binding

    features = binding.get_host_cpu_features().flatten()
    return version("numba"), version("llvmlite"), platform.python_version(), binding.get_host_cpu_name(), features


@lru_cache(maxsize=1)
def _say_once() -> None:
    """Says why nothing happens for a while; scripts and notebooks show warnings unless they set up logging."""
    _log.warning("compiling the model for this machine, which takes up to half a minute, once …")


def _kept(path: Path) -> Code | None:
    """What was kept behind its own hash, or nothing: a damaged file is never run."""
    with suppress(OSError):
        found = path.read_bytes()
        if _hash(found[_DIGEST:]).encode() == found[:_DIGEST]:
            name, file = found[_DIGEST:].split(b"\n", 1)
            return Code(name.decode(), file)
    return None


def _keep(path: Path, code: Code) -> None:
    """Keeps machine code; what another version of the model has left goes. What cannot be written is done without."""
    data = code.name.encode() + b"\n" + code.file
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):  # the disk is full, or not ours
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            function, stamp, *_ = path.name.removesuffix(".nbc").rsplit(".", 2)
            for old in path.parent.glob(f"{function}.*"):
                if not old.name.startswith(f"{function}.{stamp}."):
                    old.unlink(missing_ok=True)
            draft.write_bytes(_hash(data).encode() + data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def _linked(code: Code) -> int:
    """Where in memory the function stands once its object file is loaded, as numba itself does; 0 if it lacks it."""
    from llvmlite import binding

    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    machine = target.create_target_machine(codemodel="jitdefault", jit=True)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(""), machine)  # equal names may stand in other files
    engine.add_object_file(binding.ObjectFileRef.from_data(code.file))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(code.name))


_engines: list[Any] = []
"""Machine code stays where it is as long as its engine."""


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
