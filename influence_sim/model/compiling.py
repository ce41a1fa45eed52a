"""Equations as machine code, which is kept on disk for the next process.

An equation is a plain function of records, arrays and numbers. There is one version of each: `py_func` is the Python it
was made from, and with `NUMBA_DISABLE_JIT=1` everything runs as Python, for a debugger and for coverage. Compilation
may not change a bit: nothing here allows it to reorder sums or to contract a product and a sum.

The compiler, numba, takes half a second to load. Its machine code does not need it: that is a C function of addresses,
sizes and numbers.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, update_wrapper
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar, cast

import numpy as np

from influence_sim.model.machine_code import PLAIN, Kind, cache_path, link, load, save, turn

F = TypeVar("F", bound=Callable[..., Any])

_log = logging.getLogger("influence_sim")
_lock = RLock()

_IN_C: Mapping[str, Any] = {
    "float64": ctypes.c_double,
    "int64": ctypes.c_int64,
    "uint64": ctypes.c_uint64,
    "boolean": ctypes.c_bool,
    "none": ctypes.c_void_p,
}
_RETURNED = {"float": "float64", "int": "int64", "np.uint64": "uint64", "bool": "boolean", "None": "none"}
"""What an equation that is called from Python may return, as it is annotated."""


class Equation:
    """A function that becomes machine code when it is first called, or when the compiler meets it in another.

    Attributes:
        py_func: the function.
        returns: the type of its result, by numba's name; None if its annotation is none that Python can receive.
        compilations: for how many kinds of arguments this process had to compile it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        """Compiles nothing yet."""
        update_wrapper(self, function)
        self.py_func = function
        annotation = function.__annotations__.get("return", "float")
        self.returns = _RETURNED.get(getattr(annotation, "__name__", str(annotation)))
        self.compilations = 0
        self._result: Any = _IN_C.get(self.returns or "")
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
            raise ArithmeticError(f"{self.py_func.__name__} has failed in machine code")
        return result.value

    def _load(self, kinds: tuple[Kind, ...]) -> Callable[..., Any]:
        """Loads the machine code from disk, or compiles and saves it."""
        if self.returns is None:
            raise TypeError(f"{self.py_func.__name__} must say that it returns {', '.join(_RETURNED)}")
        path = cache_path(self.py_func, kinds)
        address = _address(path)
        if not address:
            with turn(path, _announce_another):
                address = _address(path) or self._compile(path, kinds)
        status, result, error = ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p
        self._codes[kinds] = ctypes.CFUNCTYPE(status, result, error, *_signature(kinds))(address)
        return self._codes[kinds]

    def _compile(self, path: Path | None, kinds: tuple[Kind, ...]) -> int:
        _announce()
        from influence_sim.model.compiler import compile_equation

        code, address = compile_equation(self, kinds)
        self.compilations += 1
        if path is not None and code.file:
            save(path, code)
        return address


def equation(function: F) -> F:
    """Compiles a function when it is first called; division by zero gives infinity or NaN, as in numpy."""
    return function if PLAIN else cast(F, Equation(function))


def _address(path: Path | None) -> int:
    """Where in memory the machine code of a file stands now; 0 if there is none."""
    code = path and load(path)
    return link(code) if code else 0


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
    """The types of arguments in C: the address of a record or array, and the length of each dimension of an array."""
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
            yield np.frombuffer(value, np.uint8).ctypes.data  # fifty times as fast as to ask the record
        else:
            yield value if isinstance(value, float) else int(value)


def _announce_another() -> None:
    _log.warning("waiting for another process, which compiles the model for this machine …")


@lru_cache(maxsize=1)
def _announce() -> None:
    """Says once why nothing happens for a while; scripts and notebooks show warnings unless they set up logging."""
    _log.warning("compiling the model for this machine, which takes up to half a minute, once …")
