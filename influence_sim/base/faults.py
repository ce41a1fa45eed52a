"""What the machine did wrong, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from influence_sim.base.errors import MachineError


@contextmanager
def machine_faults(place: Path, doing: str = "written") -> Iterator[None]:
    """Turns failures of disk, permissions and memory into one short error.

    Raises:
        MachineError: instead of any `OSError` or `MemoryError` from within.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error) or type(error).__name__).splitlines()[0].lower()
        raise MachineError(f"{place}: cannot be {doing} ({reason})") from error
    except MemoryError as error:
        raise MachineError("not enough memory; try fewer replicates or workers") from error
