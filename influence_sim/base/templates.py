"""Templates of texts, such as pages and starter files."""

from __future__ import annotations

from influence_sim.base.late import jinja2


def templates(room: str, *, html: bool = False) -> jinja2.Environment:
    """The templates in a room's folder `templates`; an undefined variable is an error."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(f"influence_sim.{room}"),
        undefined=jinja2.StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not html,
    )
