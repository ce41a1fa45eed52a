"""Tests of the article's claims: the request, the computation and the result."""

# ruff: noqa: PT028 - `test_claims` is no test, but tests
from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from influence_sim.api.base_result import ComputedResult, open_folder
from influence_sim.api.late import Figure, examination, examine, pd, summary, views, witnesses
from influence_sim.api.lookups import as_table, worded
from influence_sim.api.run import check_worlds
from influence_sim.base.arguments import validated
from influence_sim.base.errors import InputError, MachineError, machine_faults, not_whole, raise_any, wrong
from influence_sim.base.files import first_bytes
from influence_sim.base.numbers import percent, with_interval
from influence_sim.base.progress import Progress, shown
from influence_sim.runs.folder import Files
from influence_sim.runs.manifest import CLAIMS, SCHEMA_VERSION, Manifest, code_hash
from influence_sim.runs.request import MAX_SEED, PLAUSIBLE, WORLDS, Request
from influence_sim.theatre import Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.claim_tests import Declared, declared_tests

if TYPE_CHECKING:
    from influence_sim.analysis.claims.examination import Examination

DOCUMENT, TABLE, WAYS = "verdicts.json", "verdicts.csv", "ways.csv"
SETTLES, WITNESSES = "settles.csv", "witnesses.csv"
LIMITS = {"samples": (8, 65_536), "replicates": (1, 1024), "seed": (0, MAX_SEED)}
"""With fewer worlds a share is meaningless; more are a matter for a study."""


@dataclass(frozen=True, eq=False)
class ClaimsRequest(Request):
    """Everything that determines the verdicts on the claims."""

    kind: ClassVar[str] = CLAIMS
    figure: ClassVar[str] = "figures/verdicts.png"

    theatre: Theatre = field(repr=False)  # the world
    claims: tuple[str, ...]  # ids of those to test; if empty, all are tested, and the declared ways are compared
    samples: int = 4096  # worlds
    replicates: int = 16  # runs of each scenario in each world
    seed: int = 1  # of worlds, draws and shuffles
    worlds: str = PLAUSIBLE  # or `prior`

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
        tests = declared_tests(self.theatre)
        return tests.only(self.claims) if self.claims else tests

    @property
    def ingredients(self) -> Mapping[str, Any]:
        """Everything that determines the numbers, as plain data."""
        versions = {"model": self.model_version, "analysis": code_hash("analysis")}
        return {"kind": self.kind, **versions, **self.about["arguments"]}

    @property
    def about(self) -> dict[str, Any]:
        """Its entries in a manifest: the claims in place of a scenario, and all arguments."""
        scenario = {"name": ", ".join(self.claims) or "all claims", "title": self.theatre.title}
        return {"scenario": scenario, "against": None, "arguments": {"claims": list(self.claims), **self.size}}

    @property
    def size(self) -> dict[str, Any]:
        """The size of the test, and its kind of worlds."""
        return {name: getattr(self, name) for name in (*LIMITS, "worlds")}

    @property
    def file_names(self) -> tuple[str, ...]:
        """All files that it writes, except the manifest."""
        names = (DOCUMENT, TABLE, SETTLES, WITNESSES, self.figure, *(() if self.claims else (WAYS,)))
        return (*names, *witnesses.file_names(self.declared.tests))


@dataclass(frozen=True, eq=False, repr=False)
class Verdicts(ComputedResult):
    """The verdicts on the claims.

    Attributes:
        examination: the whole result; its `table` has one row a test, and one a claim that cannot be tested.
    """

    examination: Examination

    @property
    def table(self) -> pd.DataFrame:
        """One row a test, and one a claim that cannot be tested.

        Columns: `claim`, `test`, and in `words` what is tested.
        At the defaults, the `effect` with its 95 % interval (`ci_low`, `ci_high`), the `minimum` that counts, and
        whether the test `holds_at_defaults`. Over the worlds, the `share` in which it holds with its 95 % interval
        (`share_low`, `share_high`), and that in which the effect has the claimed direction (`share_sign`); of worlds of
        the prior ranges the share in which it holds (`prior_share`), and what the verdict would be there
        (`prior_verdict`). The `verdict`, its `kind`, and `why`. The `parameters` that flip it, and the `mechanisms`
        without which the effect goes. The `control`, and whether that `discriminates` (None: there is nothing to
        control). `reads`: `forced` if the scenario fixes what the claim is about, `free` if an actor decides. A `note`.
        What the verdict rests on: `itself`, `ground` and `response`, the parts of the effect, which add up to it;
        the effect if actors toss coins (`constant`), and the share of worlds in which the test then holds
        (`constant_share`); the share of plausible numbers, every equation in its usual form, in which it holds
        (`over_numbers`), that of forms, at the default numbers (`over_forms`), and how much of the disagreement
        between worlds goes with their forms (`by_forms`); what cites the claim and carries the effect (`coded`).
        """
        return as_table(self.examination.table)

    @property
    def lacking(self) -> str:
        """How many worlds and knock-outs could not be computed, and why; "" if all were."""
        return self.examination.lacking

    def figure(self) -> Figure:
        """The page of all verdicts."""
        return figure_of(self.examination)

    def files(self) -> Files:
        """The contents of its folder."""
        result = self.examination
        document = json.dumps({"schema_version": SCHEMA_VERSION, **result.document()}, indent=2, allow_nan=False) + "\n"
        tables = {TABLE: result.table, SETTLES: result.settles, WITNESSES: result.witnesses}
        tables |= {} if result.ways is None else {WAYS: result.ways}
        csv_files = {name: summary.to_csv(table) for name, table in tables.items()}
        scenarios = {name: text.encode() for name, text in result.scenarios.items()}
        return {DOCUMENT: document.encode(), **csv_files, **scenarios}

    def described(self) -> str:
        """What was tested."""
        result = self.examination
        size = f"{result.samples:,} {result.worlds} worlds, {result.replicates} replicates, seed {result.seed}"
        return f"of {int(self.table['share'].notna().sum())} tests: {size}"

    @property
    def finding(self) -> str:
        """How many tests hold, depend and fail."""
        return f"{views.tally(self.table[self.table['share'].notna()])}."

    def tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The verdicts."""
        rows = self.table.to_dict("records")
        columns = {
            "effect": [with_interval((row[n] for n in ("effect", "ci_low", "ci_high")), signed=True) for row in rows],
            "holds in": [percent(row["share"]) for row in rows],
        }
        yield "", self.table.assign(**columns)[["test", "words", *columns, "verdict", "kind", "why"]]


SUBTITLE = "Declared tests of the article's claims"


def figure_of(result: Examination, table: pd.DataFrame | None = None, subtitle: str = SUBTITLE) -> Figure:
    """The page of verdicts, by default all; claims that cannot be tested are left out."""
    rows = result.table if table is None else table
    rows = rows[rows["share"].notna()]
    rows = rows.assign(test=worded(rows["test"]))
    size = f"{result.samples:,} {result.worlds} worlds, {result.replicates} replicates in each, seed {result.seed}."
    return views.verdicts_page(rows, title=views.tally(rows), subtitle=subtitle, note=size)


@validated
def test_claims(
    claims: Sequence[str] = (),
    *,
    samples: int = 4096,
    replicates: int = 16,
    seed: int = 1,
    worlds: str = PLAUSIBLE,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> Verdicts:
    """Tests the claims of the article; takes minutes.

    Args:
        claims: ids of those to test; none for all.
        samples: how many worlds.
        replicates: runs of each scenario in each world.
        seed: of worlds, draws and shuffles.
        worlds: `plausible`, those that the record does not rule out, or `prior`, all over the prior ranges.
        workers: threads.
        progress: True for a bar, or a function that is called with the histories done and their total.

    Returns:
        The verdicts, which can be drawn and saved; `table` has one row a test, and one a claim that cannot be tested.

    Raises:
        InputError: a claim has no test, or a number is out of range.
        MachineError: memory is short.
    """
    request = plan_claims(claims, samples=samples, replicates=replicates, seed=seed, worlds=worlds)
    return compute(request, workers=workers, progress=shown(progress, "histories"))


def plan_claims(claims: Sequence[str] = (), **size: Any) -> ClaimsRequest:
    """Checks a request to test claims without computing it; arguments and errors as for `test_claims`."""
    request = ClaimsRequest(load_theatre(), tuple(dict.fromkeys(claims)), **size)
    if not request.declared.tests and not request.declared.untestable:
        raise InputError(wrong("claims", request.theatre.title, "this theatre declares no tests"))
    return request


def compute(request: ClaimsRequest, *, workers: int = 1, progress: Progress | None = None) -> Verdicts:
    """Tests claims."""
    kwargs: dict[str, Any] = {**request.size, "workers": workers, "progress": progress}
    result = examine.examine(request.theatre, declared=request.declared, ways=not request.claims, **kwargs)
    return Verdicts(result, request=request)


def read(folder: Path, request: object = None) -> Verdicts:
    """Reads tested claims from their folder."""
    origin = open_folder(folder, CLAIMS)
    with machine_faults(folder, "read"):
        raw = first_bytes(folder / DOCUMENT)
    try:
        return Verdicts(examination.Examination.of_document(json.loads(raw)), **origin)
    except (ValueError, RecursionError) as error:
        raise MachineError(f"{folder / DOCUMENT}: damaged ({error})") from None


def repeat(folder: Path, manifest: Manifest, **kwargs: Any) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Tests the folder's claims again; the tests stand in for outcomes."""
    arguments, names = manifest.arguments, (*LIMITS, "worlds")
    new = compute(plan_claims(arguments["claims"], **{name: arguments[name] for name in names}), **kwargs)
    old = read(folder)
    yield old.table.assign(outcome=old.table["test"]), new.table.assign(outcome=new.table["test"])


@validated
def ways(
    *,
    samples: int = 4096,
    replicates: int = 16,
    seed: int = 1,
    worlds: str = PLAUSIBLE,
    workers: int = 1,
    progress: Progress | bool | None = None,
) -> pd.DataFrame:
    """Scenarios that the theatre declares to be ways of doing the same, side by side against their baseline.

    The arguments are as for `test_claims`.

    Returns:
        One row a scenario and outcome: `effect` at the defaults with its 95 % interval (`ci_low`, `ci_high`), the
        `share` of worlds in which it has that sign, and the `parameter` it hangs on most ("" if none stands out).

    Raises:
        InputError: a number is out of range.
        MachineError: memory is short.
    """
    request = plan_claims(samples=samples, replicates=replicates, seed=seed, worlds=worlds)
    return examine.examine_ways(request.theatre, **request.size, workers=workers, progress=shown(progress, "histories"))
