"""What all pages share: their frame and style, their content security policy, and files to save from them."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from jinja2 import Environment
from matplotlib.figure import Figure

from influence_sim.base.files import stamp
from influence_sim.base.months import Month, format_month, month_words
from influence_sim.base.numbers import telling_percent
from influence_sim.base.templates import templates
from influence_sim.theatre import Theatre
from influence_sim.views.saving import render
from influence_sim.words import sentences

SAVING: Final = "saving.js"
"""The script that saves charts; a page works without it."""


def render_page(
    template: str, theatre: Theatre, last: Month, manifest: Mapping[str, Any], *, script: str = "", **context: Any
) -> str:
    """Renders the HTML of a page; the same input gives the same text.

    `script` is the name of a script that the template embeds after `SAVING`, and `context` the template's variables.
    """
    css, saving = read_resource("report.css"), read_resource(SAVING)
    page_script = read_resource(script) if script else ""
    return _pages().get_template(template).render(
        theatre=theatre,
        words=theatre.words,
        last=last,
        manifest=manifest,
        source=stamp(manifest["numbers"]),
        style=css,
        saving=saving,
        script=page_script,
        policy=policy(css, saving, page_script),
        say=sentences,
        status=Counter(spec.status for spec in theatre.parameters.values() if spec.varies),
        month=format_month,
        month_words=month_words,
        **context,
    )  # fmt: skip


@cache
def _pages() -> Environment:
    """The templates of pages, cached, since compiling one takes as long as rendering it."""
    pages = templates("reports", html=True)
    pages.filters |= {"unbroken": sentences.unbroken, "saved": download_uri}
    pages.filters["percent"] = lambda share: sentences.unbroken(telling_percent(share))
    return pages


def data_uri(figure: Figure) -> str:
    """A figure as an SVG image that needs no file."""
    return "data:image/svg+xml;base64," + base64.b64encode(render(figure, "svg")).decode()


def download_uri(data: bytes | str, kind: str = "text/csv") -> str:
    """The data URI of a file that a link in the page saves."""
    return f"data:{kind};base64," + base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def read_resource(name: str) -> str:
    """A style or script of the pages."""
    return (resources.files("influence_sim.reports") / "templates" / name).read_text(encoding="utf-8")


def policy(css: str, *scripts: str) -> str:
    """A content security policy: no external resources, and no scripts but those of the page."""

    def directive(kind: str, *texts: str) -> str:
        hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts if text)
        return " ".join([kind, *(f"'sha256-{digest}'" for digest in hashes)])

    sources = directive("style-src", css), directive("script-src", *scripts)
    return "; ".join(["default-src 'none'", "img-src data:", *sources, "base-uri 'none'"])
