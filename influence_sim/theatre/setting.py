"""What a theatre is about: when, who plays which part, and what grows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from influence_sim.scenario.schema import Date, Level, Part, Several, Slug


class Calendar(Part):
    """When things happen.

    Attributes:
        start: the first month of every run.
        record_ends: up to this month the record is replayed; afterwards convening is a free decision.
        months: monthly records of a run unless one asks for another number.
        last: no date may lie beyond this month.
    """

    start: Date
    record_ends: Date
    months: Annotated[int, Field(ge=1)]
    last: Date


class Roles(Part):
    """Who plays which part, by id. The equations know parts only.

    Attributes:
        challenger: the mediator that gathers others in talks of its own.
        patron: the mediator whose troops and aid stand behind the government.
        government: who governs, or should.
        insurgents: who fight the government.
        spoiler: who fights both; there need be no actor of this name.
        talks: the challenger's format, of `forums.yaml`.
    """

    challenger: Slug
    patron: Slug
    government: Slug
    insurgents: Slug
    spoiler: Slug
    talks: Slug

    @property
    def mediators(self) -> tuple[str, str]:
        """The rivals for mediation."""
        return self.challenger, self.patron

    @property
    def belligerents(self) -> tuple[str, str]:
        """Between whom anyone mediates."""
        return self.government, self.insurgents

    def named(self, template: str, crop: Crop) -> str:
        """The theatre's own name for what the equations call by a role: `{spoiler}.growth` may be `raiders.growth`."""
        return template.format(**dict(self), crop=crop.name, plant=crop.plant) if "{" in template else template


class Borders(Part):
    """Codes of neighbours.

    Attributes:
        sanctuary: across whose border insurgents find shelter.
        spillover: over whose border the spoiler would spill.
    """

    sanctuary: Several[str]
    spillover: Several[str]


class Crop(Part):
    """The illicit crop.

    Attributes:
        name: the target of the instrument that bans it.
        plant: what is eradicated.
        years: those whose areas `provinces.csv` has; the first two say what ground suits it, the second is the base.
        half: tonnes at which the index of output is one half.
        northern_route: the share of the crop that leaves across the borders of the spillover.
    """

    name: Slug
    plant: Slug
    years: Annotated[tuple[int, ...], Field(strict=False, min_length=2)]
    tonnes_per_hectare: float = Field(alias="yield", gt=0, description="Mean tonnes a hectare.")
    half: Annotated[float, Field(gt=0)]
    northern_route: Level

    @property
    def instrument(self) -> str:
        """What whoever holds the ground can do against it."""
        return f"eradicate_{self.plant}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `provinces.csv` with its areas in hectares, in the order of the years."""
        return tuple(f"{self.name}_ha_{year}" for year in self.years)
