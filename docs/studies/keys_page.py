"""The page of keys: of scenario and study files, and of the files of a theatre, as their shapes declare them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any

from pydantic import BaseModel
from studies.markdown import table

from influence_sim.base.display import capital
from influence_sim.base.months import PATTERN
from influence_sim.scenario.schema import SLUG, Change, ForumEntry, Intervention, Scenario
from influence_sim.scenario.study_schema import Design, Range, Study
from influence_sim.theatre.claim_tests import KindsFile, TestsFile
from influence_sim.theatre.files import KINDS, OWN_EFFECTS, PATTERNS, PROPERTIES, TESTS, WORDS
from influence_sim.theatre.numbers import UNITS, Sourced
from influence_sim.theatre.patterns import PatternsFile
from influence_sim.theatre.properties import PropertiesFile
from influence_sim.theatre.shapes import SHAPES, ActorFile
from influence_sim.theatre.spec import Entry
from influence_sim.theatre.words import Words

MADE = "Written by `python docs/refresh.py` from the shapes of the files."
KEYS = {
    "The scenario file": ("[scenarios.md](scenarios.md) says how to write one.", Scenario),
    "An intervention": ("An entry of `interventions`.", Intervention),
    "An entry of forums": ("Invitations and meetings, or a forum of its own.", ForumEntry),
    "A change": ("An entry of `changes`.", Change),
    "The study file": ("[sweeps.md](sweeps.md) says how to write one.", Study),
    "A design": ("What stands under `design`.", Design),
    "A range": ("What a line of `vary` may say, beside a list of two numbers.", Range),
}
"""Heading -> what to say first, and the part of a file that it lists."""
THEATRE: Mapping[str, type[BaseModel]] = {
    "theatre.yaml": SHAPES["theatre.yaml"],
    "actors/*.yaml": ActorFile,
    **SHAPES,
    WORDS: Words,
    TESTS: TestsFile,
    KINDS: KindsFile,
    PATTERNS: PatternsFile,
    PROPERTIES: PropertiesFile,
}
"""File of a theatre -> its shape."""
OPTIONAL = (OWN_EFFECTS, WORDS, PATTERNS, PROPERTIES)
OF_THEATRE = """\
## The files of a theatre

[another_conflict.md](another_conflict.md) builds a theatre, [add_an_actor.md](add_an_actor.md) an actor. `a.b` is the
key `b` within `a`, or within each entry of the list `a`; `NAME` stands for names of one's own, or of what other files
define. An *entry* says what supports it: beside the keys that are listed it has `claims`, a list of ids in
`claims.csv`, or `source`, a key of `sources.yaml`. Of tables the columns are listed. Beside these files a theatre may
have the outlines of its provinces, `provinces.geojson`, and [rules of its own](add_a_rule.md), `rules.py`.

A *number* is written as such, and is then constant; as the name of a level, `vital` for the parameter `salience.vital`;
as a *range*, `[default, low, high]`; or, which is a range, too, with these keys. Where no unit is said it is that of
its place, in `parameters.yaml` a share.
"""
EMPTY = (None, [], {}, "")
WORDS_OF = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "object": "mapping",
    "null": "null",
}
PATTERNED = {PATTERN: "month", SLUG: "id"}
HEAD = ("key", "value", "if left out", "meaning")


def page() -> str:
    """The keys of scenario and study files, and of a theatre's."""
    lines = [
        "# Every key of scenarios, studies and theatres",
        "",
        MADE,
        "`influence-sim schema scenario` and `influence-sim schema study` print them as JSON Schema, with all names",
        "and limits, for editors. A key that is not listed is an error.",
    ]
    for heading, (words, part) in KEYS.items():
        lines += ["", f"## {heading}", "", words, "", _table(part)]
    lines += ["", *OF_THEATRE.rstrip().splitlines(), "", _table(Sourced)]
    lines += ["", "Units: " + ", ".join(f"`{unit}`" for unit in UNITS) + "; of `choices` it says what each means."]
    for name, part in THEATRE.items():
        about, *_ = (getdoc(part) or "").splitlines()
        lines += [
            "",
            f"### {name}",
            "",
            about + " May be left out." * (name in OPTIONAL),
            "",
            _table(part, within=True),
        ]
    return "\n".join(lines) + "\n"


def _table(part: type[BaseModel], *, within: bool = False) -> str:
    """The keys of a part of a file, and those `within` the parts in it."""
    schema = part.model_json_schema(by_alias=True)
    return table(HEAD, _keys(schema, schema.get("$defs", {"": {}}) if within else {}), len(HEAD))


def _keys(part: Mapping[str, Any], parts: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, ...]]:
    """The keys of a part of a file, given in JSON Schema, and those of the `parts` in it."""
    told = _attributes(getdoc(Entry) or "") | _attributes(part.get("description", ""))
    entry_keys = Entry.model_fields.keys() if Entry.model_fields.keys() <= part["properties"].keys() else ()
    for name, entry in part["properties"].items():
        if "not" in entry or (within and name in entry_keys):
            continue
        default, meaning = entry.get("default"), entry.get("description") or told.get(name)
        if not meaning and parts:
            raise LookupError(f"nobody says what {within}{name} means")
        without = (
            "needed" if name in part.get("required", ()) else "" if default in EMPTY else f"`{str(default).lower()}`"
        )
        yield f"`{within}{name}`", _kind(entry, parts), without, meaning or "See below."
        place, inner = f"{within}{name}", next((one for one in entry.get("anyOf", ()) if "$ref" in one), entry)
        while "items" in inner or "additionalProperties" in inner:
            place += ".NAME" * ("items" not in inner)
            inner = inner.get("items") or inner["additionalProperties"]
        if "$ref" in inner and parts:
            yield from _keys(parts[_named(inner["$ref"])], parts, f"{place}.")


def _named(ref: str) -> str:
    return ref.rpartition("/")[2]


def _attributes(docstring: str) -> dict[str, str]:
    """What a docstring says of attributes, by name."""
    listed = docstring.partition("Attributes:\n")[2]
    found = re.findall(r"^    ([\w, ]+): (.+(?:\n     .+)*)", listed, re.MULTILINE)
    return {
        name.rstrip("_"): capital(re.sub(r"\s+", " ", meaning))
        for names, meaning in found
        for name in names.split(", ")
    }


def _kind(entry: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """A type of JSON Schema in a user's words."""
    match entry:
        case {"oneOf": kinds}:  # as a theatre writes its numbers
            level = any(kind.get("type") == "string" for kind in kinds)
            words = "number" if level else "1 or range" if "const" in kinds[0] else "range"
        case {"anyOf": kinds}:
            words = " or ".join(_kind(one, parts) for one in kinds)
        case {"$ref": name} if parts:
            words = "entry" if set(Entry.model_fields) <= set(parts[_named(name)]["properties"]) else "keys"
        case {"enum": choices}:
            *others, last = (f"`{one}`" for one in choices)
            words = f"{', '.join(others)} or {last}"
        case {"const": value}:
            words = f"`{value}`"
        case {"prefixItems": items}:
            words = f"list ({', '.join(_kind(one, parts) for one in items)})"
        case {"type": "array", "items": item}:
            words = f"list ({_kind(item, parts)})"
        case {"type": "object", "additionalProperties": {**item}} if parts:
            words = f"mapping ({_kind(item, parts)})"
        case _:
            words = PATTERNED.get(entry.get("pattern", ""), WORDS_OF[entry.get("type", "object")])
    if parts and "minimum" in entry:
        words += (
            f", {entry['minimum']:g} to {entry['maximum']:g}" if "maximum" in entry else f", from {entry['minimum']:g}"
        )
    elif parts and "exclusiveMinimum" in entry:
        words += f", above {entry['exclusiveMinimum']:g}"
    return words + (f", unit `{entry['unit']}`" if "unit" in entry else "")
