"""Libraries that take long to import; each loads when something of it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import Late

if TYPE_CHECKING:
    import jinja2
    import pandas as pd
else:
    jinja2, pd = Late("jinja2"), Late("pandas")

__all__ = ["jinja2", "pd"]
