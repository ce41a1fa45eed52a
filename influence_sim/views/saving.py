"""Writing figures: the same picture gives the same bytes, and no half-written file is ever seen."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.files import replace_file
from influence_sim.views.style import style

if TYPE_CHECKING:
    from collections.abc import Mapping

# Neither date nor version of matplotlib: both would change the bytes without changing the picture.
METADATA: Final[Mapping[str, Mapping[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
DPI: Final = 150


def save_figure(figure: Figure | Axes, path: str | os.PathLike[str], *, svg: bool = False) -> tuple[Path, ...]:
    """Write a figure as PNG, and as SVG beside it if asked.

    Args:
        figure: a figure, or any Axes of it.
        path: the PNG's path; its ending `.png` may be left out.
        svg: also write `.svg`.

    Returns:
        The files written.

    Raises:
        OSError: a file could not be written; what was there before is untouched.
        ValueError: the Axes belong to no figure.
    """
    whole = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if whole is None:
        raise ValueError("the Axes belong to no figure")
    base = Path(path)
    stem = base.name.removesuffix(".svg").removesuffix(".png")
    kinds = ("png", "svg") if svg else ("png",)
    return tuple(write_file(base.with_name(f"{stem}.{kind}"), rendered(whole, kind)) for kind in kinds)


def rendered(figure: Figure, kind: str) -> bytes:
    """A figure as `png` or `svg`; its own canvas and pixel density are as before afterwards."""
    buffer = BytesIO()
    with style():
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=dict(METADATA[kind]), facecolor="white")
    return buffer.getvalue()


def write_file(path: Path, data: bytes) -> Path:
    """Write beside the target, then rename onto it.

    Raises:
        OSError: it could not be written; what was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, data)
    return path
