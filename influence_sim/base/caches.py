"""Where caches are kept for the next process: in the package, at home, or in a temporary folder.

Part of this runs when the package is imported, before signals are handled, so it imports as little as it can.
"""

from __future__ import annotations

import os

BESIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "model", "__pycache__")
"""The folder for machine code, if it is writable."""


def provide() -> None:
    """Sets a private temporary folder for matplotlib's list of fonts if it has no other writable place."""
    if os.name == "posix" and "MPLCONFIGDIR" not in os.environ and not _writable(os.path.join(_home(), "matplotlib")):
        try:
            os.environ["MPLCONFIGDIR"] = os.path.join(_private(), "matplotlib")
        except OSError:
            return  # then each process goes without


def machine_code() -> str | None:
    """The folder for machine code; None if there is none, so that each process compiles again.

    `NUMBA_CACHE_DIR` overrides it, as for all that numba compiles.
    """
    requested = os.environ.get("NUMBA_CACHE_DIR")
    if not requested and _writable(BESIDE):
        return BESIDE
    folder = requested or os.path.join(_home(), "influence_sim")
    if not requested and not _writable(folder):
        try:
            folder = _private()
        except (OSError, AttributeError):  # not ours alone; or other rules for permissions
            return None
    from hashlib import sha256

    return os.path.join(folder, f"machine_code_{sha256(BESIDE.encode()).hexdigest()[:16]}")  # each installation's own


def _home() -> str:
    """The user's folder for caches; without a home, one that cannot be made."""
    return os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")


def _writable(folder: str) -> bool:
    """Whether a folder can be written, or made."""
    while folder not in {"", "/"} and not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return os.access(folder or ".", os.W_OK)


def _private() -> str:
    """A temporary folder of our own; an `OSError` if it might be another user's, whose code we would run."""
    import stat
    from tempfile import gettempdir

    folder = os.path.join(gettempdir(), f"influence_sim-{os.getuid()}")
    if not os.path.lexists(folder):
        os.mkdir(folder, mode=0o700)
    status = os.lstat(folder)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is not private")
    return folder
