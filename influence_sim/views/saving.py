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
    base = Path(path)
    files = {base.with_name(name): data for name, data in pictures(figure, base.name, svg=svg).items()}
    base.parent.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        replace_file(file, data)
    return tuple(files)


def pictures(figure: Figure | Axes, name: str, *, svg: bool = False, source: str = "") -> dict[str, bytes]:
    """A figure, or the one of some Axes, as PNG, and as SVG if asked, by the names of their files.

    `source` is what the files say in themselves of what they were made from.

    Raises:
        ValueError: the Axes belong to no figure.
    """
    whole = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if whole is None:
        raise ValueError("the Axes belong to no figure")
    stem = name.removesuffix(".svg").removesuffix(".png")
    return {f"{stem}.{kind}": rendered(whole, kind, source) for kind in (("png", "svg") if svg else ("png",))}


@style()
def rendered(figure: Figure, kind: str, source: str = "") -> bytes:
    """A figure as `png` or `svg`, see `pictures`; its own canvas and pixel density are as before afterwards."""
    buffer, said = BytesIO(), {"Source": source} if source else {}
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={**METADATA[kind], **said}, facecolor="white")
    return buffer.getvalue()
