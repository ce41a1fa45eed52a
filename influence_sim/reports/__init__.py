"""The pages of results, of every kind: what stands on them, and the templates. Modules load when they are used."""

from typing import TYPE_CHECKING

from influence_sim.base.lazy import modules_of

if not TYPE_CHECKING:
    __getattr__ = modules_of(__name__)
