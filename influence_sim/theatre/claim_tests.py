"""The declared tests of the article's claims, and what is declared about how each comes about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.base.months import PATTERN, Month, format_month, parse_month
from influence_sim.base.strict_yaml import Document, KeyPath, read_yaml
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import MonthText, Strict, data_folder, read_shape
from influence_sim.theatre.theatre import START, Theatre

TESTS, KINDS = "claim_tests.yaml", "claim_kinds.yaml"
TESTABLE = frozenset({"causal", "trend", "counterfactual", "alliance_rule"})
"""Kinds of claims that say what leads to what, and so need a test or a reason why there is none."""


class TestEntry(Strict):
    """A test as written."""

    __test__ = False  # to pytest, which would take the name for a test of its own

    id: Annotated[str, Field(pattern=r"^C\d\d-[a-z][a-z-]*$")]
    claim: Annotated[str, Field(pattern=r"^C\d\d$")]
    scenario: str
    against: Annotated[str, Field(pattern=f"^[a-z][a-z0-9_]*$|{PATTERN}")] | float
    set: dict[str, float] = Field(default_factory=dict)
    outcome: str
    expect: Annotated[str, Field(pattern="^(increase|decrease|above|below)$")]
    month: MonthText
    minimum: Annotated[float, Field(ge=0)]
    reads: Annotated[str, Field(pattern="^(forced|free)$")]


class TestsFile(Strict):
    """`claim_tests.yaml`."""

    __test__ = False

    schema_version: Annotated[int, Field(ge=1, le=1)]
    tests: list[TestEntry]
    untestable: dict[str, str]


class ArgumentEntry(Strict):
    """Why a test is held to be forced, as written."""

    odd: str
    equation: str
    why: str


class KindsFile(Strict):
    """`claim_kinds.yaml`."""

    schema_version: Annotated[int, Field(ge=1, le=1)]
    forced: dict[str, ArgumentEntry]
    knockouts: dict[str, str]
    saturated: dict[str, str]


@dataclass(frozen=True, slots=True)
class ClaimTest:
    """What one claim predicts inside the model.

    Attributes:
        id: name of the test.
        claim: the numbered claim.
        scenario: the arm in which the claim's cause is present (or absent, with `decrease`).
        against: the other arm; "" if the test compares with a month or a level.
        earlier: the earlier month of the same arm, or None.
        level: the fixed level, or None.
        set: undated parameter values of the scenario's arm alone.
        outcome: what is read.
        expect: `increase`, `decrease`, `above` or `below`.
        month: when it is read.
        minimum: the smallest difference that counts.
        reads: `forced` if the scenario fixes the lever the claim is about, `free` if an actor decides.
    """

    id: str
    claim: str
    scenario: str
    against: str
    earlier: Month | None
    level: float | None
    set: Mapping[str, float]
    outcome: str
    expect: str
    month: Month
    minimum: float
    reads: str

    @property
    def sign(self) -> float:
        """1 where the claim expects more, -1 where it expects less."""
        return 1.0 if self.expect in {"increase", "above"} else -1.0

    @property
    def words(self) -> str:
        """What is tested, in words."""
        arm = self.scenario + "".join(f" with {name} = {value:g}" for name, value in self.set.items())
        when = format_month(self.month)
        if self.level is not None:
            return f"{arm}: {self.outcome} is {self.expect} {self.level:g} in {when}"
        other = self.against if self.earlier is None else f"its own {format_month(self.earlier)}"
        rises = "rises" if self.sign > 0 else "falls"
        return f"{arm} against {other}: {self.outcome} {rises} by {self.minimum:g} or more by {when}"


@dataclass(frozen=True, slots=True)
class Argument:
    """Why a test is held to come out by construction.

    Attributes:
        odd: section of `docs/odd.md`.
        equation: the equation that connects lever and outcome.
        why: the argument, in a sentence.
    """

    odd: str
    equation: str
    why: str


@dataclass(frozen=True, slots=True)
class Declared:
    """All that is declared about testing the claims.

    Attributes:
        tests: by claim, in the order of the file.
        untestable: claim id -> why no outcome can contradict it.
        forced: test id -> why it is held to be forced; the computation may contradict.
        knockouts: parameter of a mechanism that 0 switches off -> the mechanism in words.
        saturated: the same for parameters that 1 switches off.
    """

    tests: tuple[ClaimTest, ...]
    untestable: Mapping[str, str]
    forced: Mapping[str, Argument]
    knockouts: Mapping[str, str]
    saturated: Mapping[str, str]

    def only(self, claims: Sequence[str]) -> Declared:
        """The same for some claims alone.

        Raises:
            InputError: a claim has neither a test nor a reason for none.
        """
        known = {test.claim for test in self.tests} | set(self.untestable)
        rule = "not a claim that can be tested"
        unknown = [Problem("ID", None, None, name, rule) for name in claims if name not in known]
        if unknown:
            raise InputError(unknown)
        tests = tuple(test for test in self.tests if test.claim in claims)
        untestable = {name: reason for name, reason in self.untestable.items() if name in claims}
        return replace(self, tests=tests, untestable=untestable)


def declared_tests(theatre: Theatre, folder: Path | None = None) -> Declared:
    """Reads the declared tests and holds every name in them against the theatre.

    Raises:
        InputError: a file breaks its shape, or names what does not exist; all problems of a file at once.
    """
    folder = folder or data_folder()
    written, kinds = _read(folder)
    problems = [*_wrong_tests(folder, written, theatre), *_wrong_kinds(folder, kinds, written, theatre)]
    if problems:
        raise InputError(problems)
    tests = tuple(sorted(map(_test, written.tests), key=lambda test: test.claim))
    forced = {name: Argument(entry.odd, entry.equation, entry.why) for name, entry in kinds.forced.items()}
    return Declared(tests, dict(written.untestable), forced, dict(kinds.knockouts), dict(kinds.saturated))


@lru_cache(maxsize=8)
def _read(folder: Path) -> tuple[TestsFile, KindsFile]:
    return read_shape(folder / TESTS, TestsFile), read_shape(folder / KINDS, KindsFile)


def _test(entry: TestEntry) -> ClaimTest:
    month = isinstance(entry.against, str) and _is_month(entry.against)
    name = isinstance(entry.against, str) and not month
    return ClaimTest(
        id=entry.id,
        claim=entry.claim,
        scenario=entry.scenario,
        against=str(entry.against) if name else "",
        earlier=parse_month(str(entry.against)) if month else None,
        level=None if isinstance(entry.against, str) else float(entry.against),
        set=dict(entry.set),
        outcome=entry.outcome,
        expect=entry.expect,
        month=parse_month(entry.month),
        minimum=entry.minimum,
        reads=entry.reads,
    )


def _is_month(text: str) -> bool:
    return text[:1].isdigit()


def _wrong_tests(folder: Path, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    document = read_yaml(folder / TESTS, twin=data_folder() / TESTS)
    counts = Counter(entry.id for entry in written.tests)
    for index, entry in enumerate(written.tests):
        at: KeyPath = ("tests", index)
        yield from _unknown(document, at, entry, theatre)
        yield from _contradictions(document, at, entry)
        if counts[entry.id] > 1:
            yield document.problem((*at, "id"), entry.id, "two tests bear this id")
    yield from _coverage(document, written, theatre)


def _unknown(document: Document, at: KeyPath, entry: TestEntry, theatre: Theatre) -> Iterator[Problem]:
    """Names that nothing defines."""
    vocabulary = theatre.vocabulary
    scenarios = list(shipped_scenarios())
    named: list[tuple[str, str, Sequence[str], str]] = [
        ("claim", entry.claim, sorted(vocabulary.claims), "a claim"),
        ("scenario", entry.scenario, scenarios, "a shipped scenario"),
        ("outcome", entry.outcome, vocabulary.outcomes, "an outcome"),
    ]
    if isinstance(entry.against, str) and not _is_month(entry.against):
        named.append(("against", entry.against, scenarios, "a shipped scenario"))
    for key, value, known, what in named:
        if value not in known:
            yield document.problem((*at, key), value, f"not {what}", did_you_mean(value, known))
    for name, setting in entry.set.items():
        limits = vocabulary.parameters.get(name)
        if limits is None:
            hint = did_you_mean(name, vocabulary.parameters)
            yield document.problem((*at, "set", name), name, "not a parameter", hint, key=True)
        elif not limits.hold(setting):
            rule = f"{name} lies between {limits.low:g} and {limits.high:g}"
            yield document.problem((*at, "set", name), setting, rule)


def _contradictions(document: Document, at: KeyPath, entry: TestEntry) -> Iterator[Problem]:
    """Parts of one test that do not fit each other."""
    if not entry.id.startswith(f"{entry.claim}-"):
        yield document.problem((*at, "id"), entry.id, f"must begin with the claim, {entry.claim}-")
    if isinstance(entry.against, str) == (entry.expect in {"above", "below"}):
        rule = "above and below go with a level, increase and decrease with a scenario or a month"
        yield document.problem((*at, "expect"), entry.expect, rule)
    if parse_month(entry.month) < START:
        yield document.problem((*at, "month"), entry.month, f"before the first month, {format_month(START)}")
    if isinstance(entry.against, str) and _is_month(entry.against):
        if not START <= parse_month(entry.against) < parse_month(entry.month):
            yield document.problem((*at, "against"), entry.against, "must lie before the month that is read")
    elif entry.against == entry.scenario and not entry.set:
        yield document.problem((*at, "against"), entry.against, "nothing differs from the scenario")


def _coverage(document: Document, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    """Every claim that can be tested is, or says why not; none is both."""
    tested = {entry.claim for entry in written.tests}
    known = sorted(theatre.vocabulary.claims)
    for name in written.untestable:
        if name not in known:
            yield document.problem(("untestable", name), name, "not a claim", key=True)
        if name in tested:
            yield document.problem(("untestable", name), name, "this claim has a test", key=True)
    for claim in theatre.claims:
        if TESTABLE & set(claim.kind.split(";")) and claim.id not in tested | set(written.untestable):
            yield document.problem(("tests",), claim.id, "this claim has neither a test nor a reason for none")


def _wrong_kinds(folder: Path, kinds: KindsFile, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    document = read_yaml(folder / KINDS, twin=data_folder() / KINDS)
    names = [entry.id for entry in written.tests]
    limits = theatre.vocabulary.parameters
    for name in kinds.forced:
        if name not in names:
            yield document.problem(("forced", name), name, "not a test", did_you_mean(name, names), key=True)
    for part, off in (("knockouts", 0.0), ("saturated", 1.0)):
        for name in getattr(kinds, part):
            at: KeyPath = (part, name)
            if name not in limits:
                yield document.problem(at, name, "not a parameter", did_you_mean(name, limits), key=True)
            elif not limits[name].hold(off):
                yield document.problem(at, name, f"{off:g} is outside its limits", key=True)
