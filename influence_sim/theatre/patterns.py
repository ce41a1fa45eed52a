"""Patterns in the record that a world must not contradict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from influence_sim.base.errors import InputError, raise_any, wrong
from influence_sim.scenario.checked_file import in_order
from influence_sim.scenario.schema import Line, Part, Several, Slug, Version
from influence_sim.theatre.entries import of_entries
from influence_sim.theatre.files import EXAMPLE, PATTERNS, checked
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.shapes import MonthText
from influence_sim.theatre.spec import Entry
from influence_sim.theatre.theatre import Theatre

HISTORY, CHANCE, SWITCHES = "history", "chance", "switches"


class Pattern(Entry):
    """An observed value, how it is read from the model, and how far off the model may be.

    Attributes:
        id: its name.
        words: what was observed, for readers.
        read: in a `history`, whose spread counts; as a `chance`, the mean over replicates; or as `switches`: how often
            the outcomes, all together, cross `level` from the first of the months to the last.
        outcome: what it is read from.
        outcomes: with `read: switches`, those that are counted.
        months: when; with `read: switches` the first and the last.
        level: with `read: switches`, what the outcomes cross.
        observed: the value that was observed.
        error: its standard error.
        tolerated: how far off a model may be and still be of use, as a standard deviation.
    """

    id: Slug
    words: Line
    read: Literal["history", "chance", "switches"]
    outcome: str = ""
    outcomes: Several[str] = ()
    months: Annotated[Several[MonthText], Field(min_length=1)]
    level: float = 0.0
    observed: float
    error: Annotated[float, Field(ge=0)]
    tolerated: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _whole(self) -> Pattern:
        if (self.read == SWITCHES) != bool(self.outcomes) or (self.read == SWITCHES) == bool(self.outcome):
            raise ValueError("`read: switches` takes `outcomes`, all else one `outcome`")
        if self.read == SWITCHES and len(self.months) != 2:
            raise ValueError("`read: switches` takes the first and the last of its `months`")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The outcomes that it looks at."""
        return self.outcomes or (self.outcome,)


class PatternsFile(Part):
    """Patterns in the record that a world must not contradict.

    Attributes:
        schema_version: of this format.
        second: a world is ruled out if its second largest implausibility reaches this.
        largest: the same if its largest reaches this.
        patterns: what was observed.
    """

    schema_version: Version
    second: Annotated[float, Field(gt=0)]
    largest: Annotated[float, Field(gt=0)]
    patterns: Annotated[list[Pattern], Field(min_length=2)]


def declared_patterns(theatre: Theatre, folder: Path | None = None) -> PatternsFile:
    """Reads the patterns, and checks their names and months against the theatre.

    Raises:
        InputError: the theatre has no such file, or it is wrong.
    """
    path = (folder or folder_in_use()) / PATTERNS
    if not path.is_file():
        rule = f"this theatre has no {PATTERNS}, which says what was observed"
        raise InputError(wrong("worlds", theatre.title, rule, EXAMPLE))
    file = checked(path, PatternsFile)
    outcomes, first, last = theatre.vocabulary.outcomes, theatre.start, theatre.calendar.record_ends
    problems = list(file.problems)
    for place in file.items("patterns"):
        problems += file.check_name((*place, "outcome"), "an outcome", outcomes)
        for name in file.items(*place, "outcomes"):
            problems += file.check_name(name, "an outcome", outcomes)
        for month in file.items(*place, "months"):
            problems += file.check_date(month, first, last, "the record that is run, ")
    problems += file.check_unique(((*place, "id") for place in file.items("patterns")), "id")
    raise_any(in_order([*problems, *(of_entries(file, theatre) if file.whole else ())]))
    return file.required()
