"""Texts that are filled in, such as pages and files to start from."""

from __future__ import annotations

from influence_sim.base.late import jinja2


def templates(room: str, *, html: bool = False) -> jinja2.Environment:
    """The templates in a room's folder `templates`; it is an error if one asks for what it is not given."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(f"influence_sim.{room}"),
        undefined=jinja2.StrictUndefined,
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not html,
    )
