"""Turning equations into machine code, and keeping it on disk for the next process.

An equation is a plain function of records and numbers. There is one version of each: the compiled function keeps the
Python it was made from as `py_func`, and with `NUMBA_DISABLE_JIT=1` everything runs as Python, for a debugger and for
coverage. Compilation may not change a bit: nothing here allows it to reorder sums or to contract a product and a sum.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime.nrt import rtsys

F = TypeVar("F", bound=Callable[..., Any])

_DIGEST = 32
"""Bytes of a SHA-256 digest, which stands before what is kept."""

_log = logging.getLogger("influence_sim")


def equation(function: F) -> F:
    """Compiles a function when it is first called; division by zero gives infinity or NaN, as in numpy."""
    dispatcher = numba.njit(nogil=True, error_model="numpy")(function)
    if not config.DISABLE_JIT:  # type: ignore[attr-defined]
        keep(dispatcher, function)
    return cast(F, dispatcher)


def keep(dispatcher: Any, function: Callable[..., Any]) -> None:
    """Keeps a function's machine code beside the package or in the user's cache folder, where either can be written."""
    try:
        dispatcher._cache = _Cache(function)
    except RuntimeError:  # no folder to keep it in: every process compiles anew
        return


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A hash of all Python files of the model: machine code of one is stale as soon as another changes."""
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        total.update(path.name.encode())
        total.update(path.read_bytes())
    return total.hexdigest()


@lru_cache(maxsize=1)
def _say_once() -> None:
    """Says why nothing happens for a while; scripts and notebooks show warnings unless they set up logging."""
    _log.warning("compiling the model for this machine, which takes up to half a minute, once …")


class _Cache(FunctionCache):
    """Machine code on disk. What cannot be read is compiled anew; what cannot be written is done without."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = (self._impl.locator.get_source_stamp(), code_digest())
        self._cache_file = _CheckedFile(self._cache_path, self._impl.filename_base, stamp)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            rtsys.initialize(target_context)  # no more: what else a compiler needs takes longer than to load
            found = self._load_overload(sig, target_context)
        except Exception:  # a damaged file may fail in any way; compiling anew mends it
            found = None
        if found is None:
            _say_once()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        for _ in range(2):
            try:
                super().save_overload(sig, data)
            except OSError:  # the disk is full, or not ours
                return
            except Exception:  # the index is damaged: begin a new one, once
                if not self._flushed():
                    return
            else:
                return

    def _flushed(self) -> bool:
        try:
            self.flush()
        except OSError:
            return False
        return True


class _CheckedFile(IndexDataCacheFile):
    """Machine code behind its own hash, so that a damaged file is never run."""

    def _dump(self, obj: Any) -> bytes:
        data: bytes = super()._dump(obj)
        return hashlib.sha256(data).digest() + data

    def _save_index(self, overloads: Any) -> None:
        # the index is written as numba reads it, without a hash: its stamp tells whether it is whole
        data = super()._dump((self._source_stamp, overloads))
        with self._open_for_write(self._index_path) as file:
            file.write(super()._dump(self._version))
            file.write(data)

    def _load_data(self, name: str) -> Any:
        data = Path(self._data_path(name)).read_bytes()
        if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
            raise ValueError(f"{name}: damaged")
        return pickle.loads(data[_DIGEST:])
