"""The shapes of provinces: those of a theatre's `provinces.geojson`, or else the tiles of its `words.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

import numpy as np
from pydantic import BaseModel, Field, FiniteFloat, ValidationError

from influence_sim.base.errors import InputError, raise_any, wrong
from influence_sim.base.files import leads_out, read_text, real
from influence_sim.base.numbers import Floats
from influence_sim.theatre import Theatre
from influence_sim.theatre.files import data_folder

FILE: Final = "provinces.geojson"
SIDE: Final = 0.92  # of a tile, where 1 leaves no gap


class Outline(NamedTuple):
    """A province on a map, x to the east and y to the north, in any unit."""

    name: str  # a short one, if nothing else tells which province it is
    rings: tuple[Floats, ...]  # closed lines, each of shape (points, 2)
    centre: tuple[float, float]  # where it is named


Shapes: TypeAlias = Mapping[str, Outline]
"""Code of a province -> its outline."""

Coordinate: TypeAlias = Annotated[FiniteFloat, Field(ge=-9999, le=9999)]
"""In degrees; of a third one, which is not used, in metres."""
Ring: TypeAlias = Annotated[list[Annotated[list[Coordinate], Field(min_length=2, max_length=3)]], Field(min_length=4)]


class _Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: Annotated[list[Ring], Field(min_length=1)]


class _MultiPolygon(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Annotated[list[Ring], Field(min_length=1)]], Field(min_length=1)]


class _Properties(BaseModel):
    iso: str


class _Feature(BaseModel):
    properties: _Properties
    geometry: Annotated[_Polygon | _MultiPolygon, Field(discriminator="type")]


class _Collection(BaseModel):
    """GeoJSON (RFC 7946): longitude and latitude in degrees."""

    type: Literal["FeatureCollection"]
    features: list[_Feature]


def shapes_of(theatre: Theatre, folder: Path) -> Shapes:
    """The shapes of a theatre whose files are in `folder`; none if it has neither a file of them nor tiles.

    Raises:
        InputError: the file is no GeoJSON of polygons, leads out of the folder, or its provinces are not the theatre's.
    """
    path = folder / FILE
    if not path.exists():
        square = SIDE * np.array([(0, 0), (1, 0), (1, -1), (0, -1), (0, 0)])
        tiles = {iso: (short, column, -row) for iso, (short, column, row) in theatre.tiles.items()}  # from the north
        return {
            iso: Outline(short, (np.add(square, (x, y)),), (x + SIDE / 2, y - SIDE / 2))
            for iso, (short, x, y) in tiles.items()
        }
    if folder != data_folder() and leads_out(path, real(folder)):
        raise InputError(wrong(path, "", "this link leads out of the theatre's folder"))
    try:
        features = _Collection.model_validate_json(read_text(path)).features
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        rule = f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
        raise InputError(
            wrong(path, "", rule, "GeoJSON: a FeatureCollection of polygons, each with its `iso`")
        ) from None
    rings_of = {}
    for feature in features:
        shape = feature.geometry
        parts = [shape.coordinates] if isinstance(shape, _Polygon) else shape.coordinates
        rings_of[feature.properties.iso] = [ring for part in parts for ring in part]
    codes = [province.iso for province in theatre.provinces]
    hint = "a map needs the shapes of all provinces; without this file they are drawn as tiles"
    raise_any(
        [wrong(path, iso, "there is no such province", hint) for iso in rings_of if iso not in codes]
        + [wrong(path, iso, "this province has no shape", hint) for iso in codes if iso not in rings_of]
    )
    latitude = np.mean([point[1] for rings in rings_of.values() for ring in rings for point in ring])
    shapes, shrink = {}, float(np.cos(np.radians(latitude)))  # degrees of longitude are shorter by this factor
    for iso in codes:
        lines = tuple(np.array([point[:2] for point in ring]) * (shrink, 1.0) for ring in rings_of[iso])
        _, centre = max(map(_area_and_centre, lines), key=lambda pair: pair[0])
        shapes[iso] = Outline("", lines, centre)
    return shapes


def _area_and_centre(ring: Floats) -> tuple[float, tuple[float, float]]:
    """Size and centre of what a ring encloses (the shoelace formula)."""
    starts, ends = ring[:-1], ring[1:]
    cross = starts[:, 0] * ends[:, 1] - ends[:, 0] * starts[:, 1]
    area = float(cross.sum()) / 2
    if not area:
        return 0.0, (float(ring[0, 0]), float(ring[0, 1]))
    x, y = ((starts + ends) * cross[:, None]).sum(axis=0) / (6 * area)
    return abs(area), (float(x), float(y))
