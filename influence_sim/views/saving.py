"""Figures as files, films of them, and a page of all: the same picture gives the same bytes."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from influence_sim.base.templates import templates
from influence_sim.views.style import style

# Neither date nor version of matplotlib: both would change the bytes without changing the picture.
METADATA: Final[Mapping[str, Mapping[str, None]]] = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
PACKED: Final[Mapping[str, Mapping[str, int]]] = {"png": {"compress_level": 3}}
"""How pixels are packed: hardly larger than at the usual 6, in half the time."""
DPI: Final = 150
FILM_DPI: Final = 80
FRAME, LAST = 250, 2500
"""Milliseconds that a picture of a film stays, and the last one."""
COLOURS: Final = 200
"""Of a film, beside white: enough for flat areas and smooth letters."""


def pictures(figure: Figure | Axes, name: str, *, svg: bool = False, source: str = "") -> dict[str, bytes]:
    """A figure, or the one of some Axes, as PNG, and as SVG if asked, by the names of their files.

    `source` is written into the files: what they were made from.

    Raises:
        ValueError: the Axes belong to no figure.
    """
    root = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if root is None:
        raise ValueError("the Axes belong to no figure")
    stem = name.removesuffix(".svg").removesuffix(".png")
    return {f"{stem}.{kind}": render(root, kind, source) for kind in (("png", "svg") if svg else ("png",))}


def caption(figure: Figure | Axes) -> str:
    """What a figure shows, in its own words: the title of its page, or of its Axes."""
    return str(figure.get_label()) if isinstance(figure, Figure) else figure.get_title(loc="left")


@style()
def render(figure: Figure, kind: str, source: str = "") -> bytes:
    """A figure as `png` or `svg`, see `pictures`; its own canvas and pixel density are as before afterwards."""
    buffer, metadata = BytesIO(), {"Source": source} if source else {}
    options: dict[str, Any] = {"pil_kwargs": PACKED[kind]} if kind in PACKED else {}
    figure.savefig(buffer, format=kind, dpi=DPI, metadata={**METADATA[kind], **metadata}, facecolor="white", **options)
    return buffer.getvalue()


def film(figures: Iterable[Figure], source: str = "") -> bytes:
    """Figures of one size one after the other, for ever, as a GIF; `source` is written into it.

    Raises:
        ValueError: there is none.
    """
    frames = []
    for figure in figures:
        picture = BytesIO()
        figure.savefig(picture, format="png", dpi=FILM_DPI, facecolor="white")
        frames.append(Image.open(picture).convert("RGB"))
    if not frames:
        raise ValueError("a film needs a picture")
    palette = frames[-1].quantize(COLOURS)  # one for all, so that nothing flickers
    palette.putpalette([*(palette.getpalette() or [])[: 3 * COLOURS], 255, 255, 255])
    first, *others = (_reduced(frame, palette) for frame in frames)
    durations, buffer = [FRAME] * len(others) + [LAST], BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others, duration=durations, loop=0, comment=source.encode())
    return buffer.getvalue()


def _reduced(frame: Image.Image, palette: Image.Image) -> Image.Image:
    """A picture in the colours of a palette, the last of which is white: Pillow takes one that is merely near."""
    reduced = frame.quantize(palette=palette, dither=Image.Dither.NONE)
    paper = (np.asarray(frame) == 255).all(axis=2)
    reduced.paste(COLOURS, mask=Image.fromarray((255 * paper).astype(np.uint8)))
    return reduced


def index_page(
    figures: Iterable[tuple[str, str, bytes]], *, title: str, subtitle: str, left_out: Iterable[str], source: str
) -> bytes:
    """A self-contained HTML page of figures: of each the name of its file, what it shows, and a PNG or GIF.

    `left_out` are sentences on what was not drawn, and why; `source` is written into the page.
    """
    pictures = [
        {"file": name, "caption": caption, "kind": Path(name).suffix[1:], "data": base64.b64encode(data).decode()}
        for name, caption, data in figures
    ]
    texts = {"title": title, "subtitle": subtitle, "left_out": list(left_out), "source": source}
    return templates("views", html=True).get_template("figures.html").render(pictures=pictures, **texts).encode()
