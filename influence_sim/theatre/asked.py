"""What the equations ask a theatre for by name: what the shipped one has, in which nothing is without use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from influence_sim.scenario.vocabulary import Bounds
from influence_sim.theatre.files import checked, data_folder
from influence_sim.theatre.shapes import ConditionsFile, ParametersFile, RulesFile, TheatreFile
from influence_sim.theatre.theatre import Theatre


class Asked(NamedTuple):
    """Names that a theatre may use because the shipped one does, roles in braces.

    Attributes:
        parameters: name -> its limits there, and its unit.
        conditions: of which a theatre needs each.
        mechanisms: rules without a function, whose strength an equation asks for.
    """

    parameters: Mapping[str, Bounds]
    conditions: tuple[str, ...]
    mechanisms: tuple[str, ...]

    def by(self, theatre: Theatre) -> Asked:
        """The same, as this theatre calls it."""
        parameters = {theatre.named(name): bounds for name, bounds in self.parameters.items()}
        return Asked(parameters, tuple(map(theatre.named, self.conditions)), self.mechanisms)


@lru_cache(maxsize=1)
def asked() -> Asked:
    """What the files of the shipped theatre have."""
    folder = data_folder()
    parameters = checked(folder / "parameters.yaml", ParametersFile).required().parameters
    conditions = checked(folder / "conditions.yaml", ConditionsFile).required().conditions
    rules = checked(folder / "rules.yaml", RulesFile).required().rules
    setting = checked(folder / "theatre.yaml", TheatreFile).required()
    part = {name: f"{{{role}}}" for role, name in setting.roles} | {setting.crop.name: "{crop}"}
    return Asked(
        {name: item.limits for name, item in parameters.items()},
        tuple("_".join(part.get(word, word) for word in one.name.split("_")) for one in conditions),
        tuple(rule.id for rule in rules if rule.function is None),
    )
