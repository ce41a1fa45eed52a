"""Writing figures: the same picture gives the same bytes, and no half-written file is ever seen."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from influence_sim.base.files import replace_file
from influence_sim.views.style import style

# Neither date nor version of matplotlib: both would change the bytes without changing the picture.
METADATA: Final[Mapping[str, Mapping[str, None]]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
DPI: Final = 150


def save_figure(figure: Figure | Axes, path: str | os.PathLike[str], *, svg: bool = False) -> tuple[Path, ...]:
    """Write a figure, or the one of some Axes, as PNG, and as SVG beside it if asked; say which files.

    The ending `.png` may be left out of the path.

    Raises:
        OSError: a file could not be written; what was there before is untouched.
        ValueError: the Axes belong to no figure.
    """
    whole = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if whole is None:
        raise ValueError("the Axes belong to no figure")
    base = Path(path)
    stem = base.name.removesuffix(".svg").removesuffix(".png")
    files = {base.with_name(f"{stem}.{kind}"): rendered(whole, kind) for kind in (("png", "svg") if svg else ("png",))}
    base.parent.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        replace_file(file, data)
    return tuple(files)


@style()
def rendered(figure: Figure, kind: str) -> bytes:
    """A figure as `png` or `svg`; its own canvas and pixel density are as before afterwards."""
    buffer = BytesIO()
    figure.savefig(buffer, format=kind, dpi=DPI, metadata=dict(METADATA[kind]), facecolor="white")
    return buffer.getvalue()
