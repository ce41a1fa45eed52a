"""What is measured of the model as a model of decisions, and what it should reach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from influence_sim.base.errors import InputError, raise_any, wrong
from influence_sim.base.months import PATTERN
from influence_sim.scenario.schema import Part
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import checked
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.theatre import Theatre

FILE = "properties.yaml"


class Property(Part):
    """A line of the table: a number between these limits, or what is to be reached in words."""

    name: str
    words: str
    at_least: float | None = None
    at_most: float | None = None
    reach: str = ""

    @property
    def goal(self) -> str:
        """What should be reached."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        limits = {"at least": self.at_least, "at most": self.at_most}
        return next((f"{words} {limit:g}" for words, limit in limits.items() if limit is not None), self.reach)

    def reached(self, value: float) -> bool | None:
        """Whether it is; None if no number says so."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


class Bypassed(Part):
    """Two scenarios, one of which passes the government over; its authority, and its ground."""

    scenario: str
    against: str
    outcome: str
    ground: str


class PropertiesFile(Part):
    """`properties.yaml`."""

    schema_version: Annotated[int, Field(ge=1, le=1)]
    question: str
    bypassed: Bypassed
    turnout: dict[Annotated[str, Field(pattern=PATTERN)], int]
    properties: list[Property]


def declared_properties(theatre: Theatre, folder: Path | None = None) -> PropertiesFile:
    """Reads the properties, and checks the names in them.

    Raises:
        InputError: the theatre has no such file, or it is wrong.
    """
    path = (folder or folder_in_use()) / FILE
    if not path.is_file():
        raise InputError(wrong("properties", theatre.title, f"this theatre has no {FILE}, which says what to measure"))
    file = checked(path, PropertiesFile)
    scenarios = list(shipped_scenarios())
    problems = [
        *file.check_name(("question",), "a shipped scenario", scenarios),
        *file.check_name(("bypassed", "scenario"), "a shipped scenario", scenarios),
        *file.check_name(("bypassed", "against"), "a shipped scenario", scenarios),
        *file.check_name(("bypassed", "outcome"), "an outcome", theatre.vocabulary.outcomes),
        *file.check_name(("bypassed", "ground"), "an outcome", theatre.vocabulary.outcomes),
    ]
    raise_any(problems)
    return file.required()
