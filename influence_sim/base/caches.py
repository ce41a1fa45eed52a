"""Where what takes long is kept for the next process, on machines that let us write neither beside us nor at home.

This runs when the package is imported, before signals are heard: so it loads as little as it can.
"""

from __future__ import annotations

import os

BESIDE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "model", "__pycache__")
"""Where numba keeps machine code, if it can."""


def provide() -> None:
    """Names a private folder among the temporary ones for machine code and fonts, where they have no other place."""
    if os.name != "posix":
        return
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # which, without a home, stays as it is
    for variable, name, beside in (("NUMBA_CACHE_DIR", "numba", [BESIDE]), ("MPLCONFIGDIR", "matplotlib", [])):
        if variable not in os.environ and not any(map(_writable, [*beside, os.path.join(home, name)])):
            try:
                os.environ[variable] = os.path.join(_private(), name)
            except OSError:
                return  # then each process goes without


def _writable(folder: str) -> bool:
    """Whether a folder can be written, or made."""
    while folder not in {"", "/"} and not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return os.access(folder or ".", os.W_OK)


def _private() -> str:
    """A folder of ours among the temporary ones; an `OSError` if it might be another's, whose code we would run."""
    import stat
    from tempfile import gettempdir

    folder = os.path.join(gettempdir(), f"influence_sim-{os.getuid()}")
    if not os.path.lexists(folder):
        os.mkdir(folder, mode=0o700)
    about = os.lstat(folder)
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise PermissionError(f"{folder} is not private")
    return folder
