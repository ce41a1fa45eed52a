"""What is measured of the model as a model of decisions, and what it should reach."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from influence_sim.base.errors import InputError, raise_any, wrong
from influence_sim.scenario.checked_file import in_order
from influence_sim.scenario.resolve import shipped_for
from influence_sim.scenario.schema import Line, Part, Version
from influence_sim.theatre.files import EXAMPLE, PROPERTIES, checked, data_folder
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.shapes import MonthText
from influence_sim.theatre.theatre import Theatre


class Property(Part):
    """A line of the table: a number between these limits, or what is to be reached in words.

    Attributes:
        name: what is measured; the shipped file has all that can be.
        words: what that is, for readers.
        at_least, at_most: what it should reach, where a number says it.
        reach: the same in words.
    """

    name: str
    words: Line
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
    """How the loss of being passed over grows.

    Attributes:
        scenario: one in which the government is passed over.
        against: one in which it is not.
        outcome: the one that says its authority.
        ground: the one that says its ground.
    """

    scenario: str
    against: str
    outcome: str
    ground: str


class PropertiesFile(Part):
    """What is measured of the model as a model of decisions.

    Attributes:
        schema_version: of this format.
        question: the scenario whose effects are held against shuffled interests and against coins.
        bypassed: how the loss of being passed over grows.
        turnout: month -> states at the talks that the challenger convenes, as recorded.
        properties: in the order of the table.
    """

    schema_version: Version
    question: str
    bypassed: Bypassed
    turnout: Annotated[dict[MonthText, Annotated[int, Field(ge=0)]], Field(min_length=1)]
    properties: list[Property]


def declared_properties(theatre: Theatre, folder: Path | None = None) -> PropertiesFile:
    """Reads the properties, and checks the names in them.

    Raises:
        InputError: the theatre has no such file, or it is wrong.
    """
    path = (folder or folder_in_use()) / PROPERTIES
    if not path.is_file():
        rule = f"this theatre has no {PROPERTIES}, which says what to measure"
        raise InputError(wrong("properties", theatre.title, rule, EXAMPLE))
    file = checked(path, PropertiesFile)
    scenarios, measured = list(shipped_for(theatre.vocabulary)), checked(data_folder() / PROPERTIES, PropertiesFile)
    names = [one.name for one in measured.required().properties]
    problems = [
        *file.problems,
        *file.check_name(("question",), "a shipped scenario that this theatre can run", scenarios),
        *file.check_name(("bypassed", "scenario"), "a shipped scenario that this theatre can run", scenarios),
        *file.check_name(("bypassed", "against"), "a shipped scenario that this theatre can run", scenarios),
        *file.check_name(("bypassed", "outcome"), "an outcome", theatre.vocabulary.outcomes),
        *file.check_name(("bypassed", "ground"), "an outcome", theatre.vocabulary.outcomes),
        *(one for path in file.items("properties") for one in file.check_name((*path, "name"), "measured", names)),
        *file.check_unique(((*path, "name") for path in file.items("properties")), "name"),
    ]
    for month in file.get("turnout") or ():
        problems += file.check_date(("turnout", month), theatre.start, theatre.calendar.record_ends, key=True)
    raise_any(in_order(problems))
    return file.required()
