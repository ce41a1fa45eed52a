"""The article's claims, tested: what is asked, how it is computed, what comes back."""

# ruff: noqa: PT028 - `test_claims` is no test, but tests
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from influence_sim.api.kept import Kept, opened
from influence_sim.api.late import Figure, examination, examine, pd, summary, views, witnesses
from influence_sim.api.lookups import as_table
from influence_sim.api.run import check_worlds
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, machine_faults, raise_any, wrong
from influence_sim.base.files import first_bytes
from influence_sim.base.numbers import percent, with_interval
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.folder import Files
from influence_sim.runs.manifest import CLAIMS, SCHEMA_VERSION, Manifest, code_hash
from influence_sim.runs.request import PLAUSIBLE, WORLDS, Request, not_whole
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.claim_tests import Declared, declared_tests

if TYPE_CHECKING:
    from influence_sim.analysis.claims.examination import Examination

DOCUMENT, TABLE, WAYS = "verdicts.json", "verdicts.csv", "ways.csv"
SETTLES, WITNESSES = "settles.csv", "witnesses.csv"
LIMITS = {"samples": (8, 65_536), "replicates": (1, 1024), "seed": (0, 2**63 - 1)}
"""With fewer worlds a share says nothing; more than these are no test but a study."""


@dataclass(frozen=True, eq=False)
class ClaimsRequest(Request):
    """All that determines what testing the claims finds."""

    kind: ClassVar[str] = CLAIMS
    figure: ClassVar[str] = "figures/verdicts.png"

    theatre: Theatre = field(repr=False)  # the world
    claims: tuple[str, ...]  # ids of those to test; none for all, and then the ways of doing the same are compared, too
    samples: int = 4096  # worlds
    replicates: int = 16  # runs of each scenario in each world
    seed: int = 1  # of worlds, draws and shuffles
    worlds: str = PLAUSIBLE  # which

    def __post_init__(self) -> None:
        """Refuses a claim without a test, and a number out of range."""
        rule = " must be a whole number from {} to {}"
        problems = [p for n, limits in LIMITS.items() for p in not_whole(getattr(self, n), *limits, n, n + rule)]
        if self.worlds not in WORLDS:
            problems.append(wrong("worlds", self.worlds, f"must be {' or '.join(WORLDS)}"))
        raise_any(problems)
        check_worlds(self.theatre, self.samples, self.worlds)
        _ = self.declared

    @cached_property
    def declared(self) -> Declared:
        """The tests."""
        every = declared_tests(self.theatre)
        return every.only(self.claims) if self.claims else every

    @property
    def ingredients(self) -> Mapping[str, Any]:
        """All that determines the numbers, as plain data."""
        made_by = {"model": self.model_version, "analysis": code_hash("analysis")}
        return {"kind": self.kind, **made_by, **self.about["arguments"]}

    @property
    def about(self) -> dict[str, Any]:
        """What a manifest says of it: of the claims in place of a scenario, and what was asked for in full."""
        about = {"name": ", ".join(self.claims) or "all claims", "title": self.theatre.title}
        return {"scenario": about, "against": None, "arguments": {"claims": list(self.claims), **self.size}}

    @property
    def size(self) -> dict[str, Any]:
        """How large the test is, and in which worlds."""
        return {name: getattr(self, name) for name in (*LIMITS, "worlds")}

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it makes, the manifest apart."""
        made = (DOCUMENT, TABLE, SETTLES, WITNESSES, self.figure, *(() if self.claims else (WAYS,)))
        return (*made, *witnesses.file_names(self.declared.tests))


@dataclass(frozen=True, eq=False, repr=False)
class Verdicts(Kept):
    """What testing the claims found.

    Attributes:
        examination: all of it; its `table` has one row a test, and one a claim that cannot be tested.
    """

    examination: Examination

    @property
    def table(self) -> pd.DataFrame:
        """One row a test, and one a claim that cannot be tested; `analysis.claims.examine` explains the columns."""
        return self.examination.table

    @property
    def lacking(self) -> str:
        """How many worlds and knock-outs could not be computed, and why; "" if all were."""
        return self.examination.lacking

    def figure(self) -> Figure:
        """The page of all verdicts."""
        return figure_of(self.examination)

    def files(self) -> Files:
        """What its folder holds."""
        found = self.examination
        document = json.dumps({"schema_version": SCHEMA_VERSION, **found.document()}, indent=2) + "\n"
        ways = {} if found.ways is None else {WAYS: summary.to_csv(found.ways)}
        tables = {TABLE: found.table, SETTLES: found.settles, WITNESSES: found.witnesses}
        texts = {name: text.encode() for name, text in found.scenarios.items()}
        made = {name: summary.to_csv(one) for name, one in tables.items()}
        return {DOCUMENT: document.encode(), **made, **ways, **texts}

    def described(self) -> str:
        """What was tested."""
        found = self.examination
        size = f"{found.samples:,} {found.worlds} worlds, {found.replicates} replicates, seed {found.seed}"
        return f"of {int(self.table['share'].notna().sum())} tests: {size}"

    @property
    def finding(self) -> str:
        """How many tests hold, depend and fail."""
        return f"{views.tally(self.table[self.table['share'].notna()])}."

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The verdicts."""
        rows = self.table.to_dict("records")
        told = {
            "effect": [with_interval((row[n] for n in ("effect", "ci_low", "ci_high")), signed=True) for row in rows],
            "holds in": [percent(row["share"]) for row in rows],
        }
        yield "", self.table.assign(**told)[["test", "words", *told, "verdict", "kind", "why"]]


TESTED = "Declared tests of the article's claims"


def figure_of(found: examination.Examination, table: pd.DataFrame | None = None, subtitle: str = "") -> Figure:
    """The page of verdicts, by default all; claims that cannot be tested are left out."""
    rows = found.table if table is None else table
    rows = rows[rows["share"].notna()]
    size = f"{found.samples:,} {found.worlds} worlds, {found.replicates} replicates in each, seed {found.seed}."
    return views.verdicts_page(rows, title=views.tally(rows), subtitle=subtitle or TESTED, note=size)


@validated
def test_claims(
    samples: int = 4096,
    replicates: int = 16,
    seed: int = 1,
    *,
    worlds: str = PLAUSIBLE,
    workers: int = 1,
    claims: Sequence[str] = (),
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Tests the claims of the article; takes minutes.

    Args:
        samples: how many worlds.
        replicates: runs of each scenario in each world.
        seed: of worlds, draws and shuffles.
        worlds: `plausible`, those that the record does not rule out, or `prior`, all over the prior ranges.
        workers: threads.
        claims: ids of those to test; none for all.
        progress: True for a bar, or a function that is called with the histories done and their total.

    Returns:
        One row a test, and one a claim that cannot be tested; `analysis.claims.examine` explains the columns.

    Raises:
        InputError: a claim has no test, or a number is out of range.
        MachineError: memory is short.
    """
    request = plan_claims(claims, samples=samples, replicates=replicates, seed=seed, worlds=worlds)
    return as_table(compute(request, workers=workers, progress=shown(progress, "histories")).table)


def plan_claims(claims: Sequence[str] = (), **size: Any) -> ClaimsRequest:
    """Checks everything that determines a test of claims, and computes nothing; takes and raises as `test_claims`."""
    request = ClaimsRequest(load_theatre(), tuple(dict.fromkeys(claims)), **size)
    if not request.declared.tests and not request.declared.untestable:
        raise InputError(wrong("claims", request.theatre.title, "this theatre declares no tests"))
    return request


def compute(request: ClaimsRequest, *, workers: int = 1, progress: Progress | None = None) -> Verdicts:
    """Tests claims."""
    how: dict[str, Any] = {**request.size, "workers": workers, "progress": progress}
    found = examine.examine(request.theatre, declared=request.declared, ways=not request.claims, **how)
    return Verdicts(found, request=request)


def read(folder: Path, request: object = None) -> Verdicts:
    """Reads tested claims from their folder."""
    place = opened(folder, CLAIMS)
    with machine_faults(folder, "read"):
        raw = first_bytes(folder / DOCUMENT)
    try:
        return Verdicts(examination.Examination.of_document(json.loads(raw)), **place)
    except (ValueError, RecursionError) as error:
        raise MachineError(f"{folder / DOCUMENT}: damaged ({error})") from None


def again(folder: Path, manifest: Manifest, **how: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Tests the folder's claims again; what is told apart are tests."""
    given = manifest.arguments
    new = compute(plan_claims(given["claims"], **{name: given[name] for name in (*LIMITS, "worlds")}), **how)
    old = read(folder)
    yield old.table.assign(outcome=old.table["test"]), new.table.assign(outcome=new.table["test"])


@validated
def ways(
    samples: int = 4096,
    replicates: int = 16,
    seed: int = 1,
    *,
    worlds: str = PLAUSIBLE,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Scenarios that the theatre declares to be ways of doing the same, side by side against their baseline.

    Returns:
        One row a scenario and outcome: `effect` at the defaults with its 95 % interval (`ci_low`,
        `ci_high`), the `share` of plausible worlds in which it has that sign, and the `parameter` it hangs on most
        ("" if none stands out).

    Raises:
        InputError: a number is out of range.
        MachineError: memory is short.
    """
    request = plan_claims(samples=samples, replicates=replicates, seed=seed, worlds=worlds)
    return examine.examine_ways(request.theatre, **request.size, workers=workers, progress=shown(progress, "histories"))
