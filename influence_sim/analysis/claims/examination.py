"""What testing the claims found, as data: the tables, how they were made, and the copy that is shipped.

The shipped copy is what `influence-sim claims --test --json` prints. Page, README, report and figures render it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError, create_model

from influence_sim.analysis.claims import witnesses
from influence_sim.analysis.claims.grounds import Grounds
from influence_sim.base.errors import MachineError
from influence_sim.base.values import ByValue, for_json, picked

SHIPPED = Path(__file__).with_name("verdicts.json")
SCHEMA_VERSION = 1
RESTS = tuple(cell.name for cell in fields(Grounds))
"""What a verdict rests on: numbers, and in words what cites the claim."""
_TEXT, _NUMBER, _ANY = (str, ...), (float | None, ...), (str | bool | float | None, ...)
_CELLS: Any = {
    **dict.fromkeys(("claim", "test", "words"), _TEXT),
    **dict.fromkeys(("effect", "ci_low", "ci_high", "minimum"), _NUMBER),
    "holds_at_defaults": _ANY,
    **dict.fromkeys(("share", "share_low", "share_high", "share_sign", "prior_share"), _NUMBER),
    "prior_verdict": _ANY,
    **dict.fromkeys(("verdict", "kind", "why"), _TEXT),
    **dict.fromkeys(("parameters", "mechanisms", "control", "discriminates", "reads", "note"), _ANY),
    **dict.fromkeys(RESTS[:-1], _NUMBER),
    RESTS[-1]: _ANY,
}
"""Columns of the table: those that say something in every row, numbers, and others; None is what is not known."""
COLUMNS = tuple(_CELLS)
FLOATS = {name for name, cell in _CELLS.items() if cell is _NUMBER} | {"low", "high", "agreed", "known"}
"""Numbers in this table, and in those of what would settle a test and of witnesses."""
SETTLES = ("test", "parameters", "low", "high", "agreed", "known")
"""Columns of the table of what would settle a test."""
NUMBERS = ("samples", "prior_samples", "worlds", "replicates", "seed", "parameters", "shuffles", "knockouts")
_FIELDS: Any = {name: (str if name == "worlds" else int, ...) for name in NUMBERS}
_FIELDS |= {"prior_samples": (int, 0), "lacking": (str, "")}
_Test: Any = create_model("Test", **_CELLS)
_FIELDS |= dict.fromkeys(("ways", "settles", "witnesses"), (list[dict[str, Any]], []))
_Document: Any = create_model("Document", tests=(list[_Test], ...), **_FIELDS)
"""The type of `Examination.document`."""


@dataclass(frozen=True, eq=False)
class Examination(ByValue):
    """What testing the claims found."""

    table: pd.DataFrame  # one row a test, and one a claim that cannot be tested; see `influence_sim.test_claims`
    ways: pd.DataFrame | None  # the theatre's ways of doing the same, side by side; None if left out
    # where a verdict depends: `parameters`, one or all that stand out, the share of worlds in which the test holds
    # where the one is `low` and `high`, how often two worlds `agreed`, and do once the parameters are `known`
    settles: pd.DataFrame
    witnesses: pd.DataFrame  # worlds on either side of such a test, and in which a failing one holds; see `witnesses`
    samples: int  # worlds
    prior_samples: int  # worlds all over the prior ranges beside them
    worlds: str  # which: those that the record does not rule out (`plausible`), or all of the prior ranges (`prior`)
    replicates: int  # in each of them
    seed: int  # of worlds, draws and shuffles
    parameters: int  # how many were varied
    shuffles: int  # how often interests were dealt out anew
    knockouts: int  # how many things were switched off, one at a time
    lacking: str = ""  # how many of these could not be computed, and why
    scenarios: Mapping[str, str] = field(default_factory=dict)  # the witnesses as files; none if it was read from data

    def document(self) -> dict[str, Any]:
        """All of it as plain data."""
        tables = {"tests": self.table, **picked(self, "settles", "witnesses")}
        tables |= {} if self.ways is None else {"ways": self.ways}
        lacking = {"lacking": self.lacking} if self.lacking else {}
        return {**picked(self, *NUMBERS), **lacking, **for_json(tables)}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Examination:
        """Reads such data, of which older folders have less; a `ValueError` says what is wrong with them."""
        try:
            _Document.model_validate(document)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise ValueError(f"`{'.'.join(map(str, first['loc']))}`: {first['msg']}") from None

        return cls(
            table_of(document["tests"], COLUMNS),
            pd.DataFrame.from_records(document["ways"]) if "ways" in document else None,
            table_of(document.get("settles", []), SETTLES),
            table_of(document.get("witnesses", []), witnesses.COLUMNS),
            **{name: document.get(name, 0) for name in NUMBERS},
            lacking=document.get("lacking", ""),
        )


def table_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A table of rows with these columns; of its numbers NaN is what is not known."""
    table = pd.DataFrame.from_records(rows, columns=list(columns))
    return table.astype({name: float for name in columns if name in FLOATS})


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """A table's rows as plain data."""
    rows = table.to_dict("records")
    return [{str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()} for row in rows]


def shipped_examination() -> Examination:
    """What testing the claims of the shipped theatre found when it was last done.

    Raises:
        MachineError: the installation has no such table, or that of another version.
    """
    try:
        document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    except OSError as error:
        raise MachineError("the table of tested claims is missing; install influence-sim again") from error
    if document["schema_version"] != SCHEMA_VERSION:
        raise MachineError("the table of tested claims is of another version; install influence-sim again")
    return Examination.of_document(document)
