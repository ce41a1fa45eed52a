"""Where what takes long is kept for the next process, on machines that let us write neither beside us nor at home."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

BESIDE = Path(__file__).parents[1] / "model" / "__pycache__"
"""Where numba keeps machine code, if it can."""


def provide() -> None:
    """Names a private folder among the temporary ones for machine code and fonts, where they have no other place."""
    if os.name != "posix":
        return
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # which, without a home, stays as it is
    for variable, name, beside in (("NUMBA_CACHE_DIR", "numba", [BESIDE]), ("MPLCONFIGDIR", "matplotlib", [])):
        with suppress(OSError):
            if variable not in os.environ and not any(map(_writable, [*beside, Path(home, name)])):
                os.environ[variable] = str(_private() / name)


def _writable(folder: Path) -> bool:
    """Whether a folder can be written, or made."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.exists(place))
    return os.access(there, os.W_OK)


def _private() -> Path:
    """A folder of ours among the temporary ones; an `OSError` if it might be another's, whose code we would run."""
    from tempfile import gettempdir  # which is slow to load, and rarely needed

    folder = Path(gettempdir()) / f"influence_sim-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise PermissionError(f"{folder} is not private")
    return folder
