"""What all pages share: their frame and style, a policy that lets nothing in, and what can be saved from them."""

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
from influence_sim.base.numbers import percent
from influence_sim.base.templates import templates
from influence_sim.reports import sentences
from influence_sim.theatre import Theatre
from influence_sim.views.saving import rendered

SAVING: Final = "saving.js"
"""Without this script a page lacks nothing but the charts as files."""


def laid_out(
    template: str, theatre: Theatre, last: Month, manifest: Mapping[str, Any], *, script: str = "", **said: Any
) -> str:
    """The HTML of a page; the same material gives the same text.

    `script` is the name of one that its template embeds after that which saves charts, and `said` what it says.
    """
    css, saving = text_of("report.css"), text_of(SAVING)
    own = text_of(script) if script else ""
    return _pages().get_template(template).render(
        theatre=theatre,
        words=theatre.words,
        last=last,
        manifest=manifest,
        source=stamp(manifest["numbers"]),
        style=css,
        saving=saving,
        script=own,
        policy=policy(css, saving, own),
        say=sentences,
        status=Counter(spec.status for spec in theatre.parameters.values() if spec.varies),
        month=format_month,
        month_words=month_words,
        **said,
    )  # fmt: skip


@cache
def _pages() -> Environment:
    """The templates of pages, each compiled once: that takes as long as filling it in."""
    pages = templates("reports", html=True)
    pages.filters |= {"percent": lambda share: sentences.unbroken(percent(share)), "unbroken": sentences.unbroken}
    pages.filters["saved"] = saved
    return pages


def data_uri(figure: Figure) -> str:
    """A figure as an SVG image that needs no file."""
    return "data:image/svg+xml;base64," + base64.b64encode(rendered(figure, "svg")).decode()


def saved(data: bytes | str, kind: str = "text/csv") -> str:
    """A file within the page: what a link to save it leads to."""
    return f"data:{kind};base64," + base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def text_of(name: str) -> str:
    """A style or script of the pages."""
    return (resources.files("influence_sim.reports") / "templates" / name).read_text(encoding="utf-8")


def policy(css: str, *scripts: str) -> str:
    """A content security policy: nothing from anywhere, and no script but the page's own."""

    def allowed(kind: str, *texts: str) -> str:
        hashes = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts if text)
        return " ".join([kind, *(f"'sha256-{one}'" for one in hashes)])

    own = allowed("style-src", css), allowed("script-src", *scripts)
    return "; ".join(["default-src 'none'", "img-src data:", *own, "base-uri 'none'"])
