"""Turning equations into machine code, and keeping it on disk for the next process.

An equation is a plain function of records and numbers. There is one version of each: the compiled function keeps the
Python it was made from as `py_func`, and with `NUMBA_DISABLE_JIT=1` everything runs as Python, for a debugger and for
coverage. Compilation may not change a bit: nothing here allows it to reorder sums or to contract a product and a sum.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config
from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

F = TypeVar("F", bound=Callable[..., Any])

_DIGEST = 64
"""Characters of a SHA-256 digest, which stands before what is kept."""

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
        stamp = repr((self._impl.locator.get_source_stamp(), code_digest(), numba.__version__))
        self._cache_file: Any = _Files(Path(self._cache_path), self._impl.filename_base, stamp)

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
        with suppress(OSError):  # the disk is full, or not ours
            super().save_overload(sig, data)


class _Files:
    """The machine code of a function, a file for each signature, behind its own hash: a damaged file is never run.

    numba's own cache numbers such files and keeps an index. Two processes that compile at the same time may give the
    same number to different signatures, and then find the wrong one under it.
    """

    def __init__(self, folder: Path, function: str, stamp: str) -> None:
        self.folder, self.function = folder, function
        self.begins = f"{function}.{_hash(stamp.encode())[:16]}."

    def load(self, key: object) -> Any:
        """What was kept for a signature, or None."""
        try:
            found = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        digest, data = found[:_DIGEST], found[_DIGEST:]
        if _hash(data).encode() != digest:
            raise ValueError("damaged")
        return pickle.loads(data)

    def save(self, key: object, made: object) -> None:
        """Keeps what was made for a signature; what another version of the model has left goes."""
        for old in self.folder.glob(f"{self.function}.*"):
            if not old.name.startswith(self.begins):
                old.unlink(missing_ok=True)
        data, path = dumps(made), self._path(key)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            draft.write_bytes(_hash(data).encode() + data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _path(self, key: object) -> Path:
        return self.folder / f"{self.begins}{_hash(repr(key).encode())[:16]}.nbc"


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
