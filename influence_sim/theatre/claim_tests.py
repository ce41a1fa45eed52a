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
from influence_sim.scenario.checked_file import raise_any
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import MonthText, Strict, data_folder, read_shape
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.theatre import Theatre

TESTS, KINDS = "claim_tests.yaml", "claim_kinds.yaml"
TESTABLE = frozenset({"causal", "trend", "counterfactual", "alliance_rule"})
"""Kinds of claims that say what leads to what, and so need a test or a reason why there is none."""


class TestEntry(Strict):
    """A test as written; `against` is a scenario, an earlier month or a level."""

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

    @property
    def test(self) -> ClaimTest:
        """The test as it is used."""
        against = self.against
        month = isinstance(against, str) and against[0].isdigit()
        return ClaimTest(
            **self.model_dump(exclude={"against", "month"}),
            month=parse_month(self.month),
            against=against if isinstance(against, str) and not month else "",
            earlier=parse_month(str(against)) if month else None,
            level=None if isinstance(against, str) else against,
        )


class Ways(Strict):
    """Scenarios that are ways of doing the same, to be set side by side.

    Attributes:
        title: heads them.
        scenarios: the ways.
        against: what each is compared with.
        outcomes: in which.
        month: and when, `YYYY-MM`.
    """

    title: str
    scenarios: list[str]
    against: str
    outcomes: list[str]
    month: MonthText


class TestsFile(Strict):
    """`claim_tests.yaml`."""

    __test__ = False

    schema_version: Annotated[int, Field(ge=1, le=1)]
    tests: list[TestEntry]
    untestable: dict[str, str]
    ways: Ways | None = None


class Argument(Strict):
    """Why a test is held to come out by construction.

    Attributes:
        odd: section of `docs/odd.md`.
        equation: that connects lever and outcome.
        why: the argument, in a sentence.
    """

    odd: str
    equation: str
    why: str


class KindsFile(Strict):
    """`claim_kinds.yaml`."""

    schema_version: Annotated[int, Field(ge=1, le=1)]
    forced: dict[str, Argument]
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
class Declared:
    """All that is declared about testing the claims.

    Attributes:
        tests: by claim, in the order of the file.
        untestable: claim id -> why no outcome can contradict it.
        forced: test id -> why it is held to be forced; the computation may contradict.
        knockouts: parameter of a mechanism that 0 switches off -> the mechanism in words.
        saturated: the same for parameters that 1 switches off.
        ways: what is set side by side; None if nothing is.
    """

    tests: tuple[ClaimTest, ...]
    untestable: Mapping[str, str]
    forced: Mapping[str, Argument]
    knockouts: Mapping[str, str]
    saturated: Mapping[str, str]
    ways: Ways | None = None

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
    folder = folder or folder_in_use()
    written, kinds = _read(folder, theatre.digest)
    documents = (read_yaml(folder / name, twin=data_folder() / name) for name in (TESTS, KINDS))
    raise_any(
        [*_wrong_tests(next(documents), written, theatre), *_wrong_kinds(next(documents), kinds, written, theatre)]
    )
    return Declared(
        tests=tuple(sorted((entry.test for entry in written.tests), key=lambda test: test.claim)),
        untestable=written.untestable,
        forced=kinds.forced,
        knockouts=kinds.knockouts,
        saturated=kinds.saturated,
        ways=written.ways,
    )


@lru_cache(maxsize=8)
def _read(folder: Path, digest: str) -> tuple[TestsFile, KindsFile]:
    """The two files of a theatre with this digest."""
    return read_shape(folder / TESTS, TestsFile), read_shape(folder / KINDS, KindsFile)


def _wrong_tests(document: Document, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    counts = Counter(entry.id for entry in written.tests)
    for index, entry in enumerate(written.tests):
        at: KeyPath = ("tests", index)
        test = entry.test
        named = [("claim", test.claim), ("scenario", test.scenario), ("outcome", test.outcome)]
        named += [("against", test.against)] if test.against else []
        yield from (wrong for key, name in named for wrong in _unknown(document, (*at, key), name, theatre))
        yield from _wrong_settings(document, (*at, "set"), test, theatre)
        yield from _contradictions(document, at, test, theatre.start)
        if counts[test.id] > 1:
            yield document.problem((*at, "id"), test.id, "two tests bear this id")
    if written.ways is not None:
        for key in ("scenarios", "outcomes"):
            for index, name in enumerate(getattr(written.ways, key)):
                yield from _unknown(document, ("ways", key, index), name, theatre)
        yield from _unknown(document, ("ways", "against"), written.ways.against, theatre)
    yield from _coverage(document, written, theatre)


def _unknown(document: Document, at: KeyPath, name: str, theatre: Theatre) -> Iterator[Problem]:
    """A name that nothing defines; the last key that is a word says what it should be of."""
    key = next(part for part in reversed(at) if isinstance(part, str))
    known, what = {
        "claim": (sorted(theatre.vocabulary.claims), "a claim"),
        "outcome": (theatre.vocabulary.outcomes, "an outcome"),
    }.get(key.removesuffix("s"), (list(shipped_scenarios()), "a shipped scenario"))
    if name not in known:
        yield document.problem(at, name, f"not {what}", did_you_mean(name, known))


def _wrong_settings(document: Document, at: KeyPath, test: ClaimTest, theatre: Theatre) -> Iterator[Problem]:
    known = theatre.vocabulary.parameters
    for name, value in test.set.items():
        if name not in known:
            yield document.problem((*at, name), name, "not a parameter", did_you_mean(name, known), key=True)
        elif not known[name].hold(value):
            rule = f"{name} lies between {known[name].low:g} and {known[name].high:g}"
            yield document.problem((*at, name), value, rule)


def _contradictions(document: Document, at: KeyPath, test: ClaimTest, start: Month) -> Iterator[Problem]:
    """Parts of one test that do not fit each other."""
    against = format_month(test.earlier) if test.earlier is not None else test.against
    rules = {
        ("id", test.id, f"must begin with the claim, {test.claim}-"): not test.id.startswith(f"{test.claim}-"),
        (
            "expect",
            test.expect,
            "above and below go with a level, increase and decrease with a scenario or a month",
        ): (test.level is None) == (test.expect in {"above", "below"}),
        ("month", format_month(test.month), f"before the first month, {format_month(start)}"): test.month < start,
        ("against", against, "must lie before the month that is read"): test.earlier is not None
        and not start <= test.earlier < test.month,
        ("against", against, "nothing differs from the scenario"): test.against == test.scenario and not test.set,
    }
    yield from (document.problem((*at, key), value, rule) for (key, value, rule), broken in rules.items() if broken)


def _coverage(document: Document, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    """Every claim that can be tested is, or says why not; none is both."""
    tested = {entry.claim for entry in written.tests}
    for name in written.untestable:
        if name not in theatre.vocabulary.claims:
            yield document.problem(("untestable", name), name, "not a claim", key=True)
        if name in tested:
            yield document.problem(("untestable", name), name, "this claim has a test", key=True)
    for claim in theatre.claims:
        if TESTABLE & set(claim.kind.split(";")) and claim.id not in tested | set(written.untestable):
            yield document.problem(("tests",), claim.id, "this claim has neither a test nor a reason for none")


def _wrong_kinds(document: Document, kinds: KindsFile, written: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    tests, limits = [entry.id for entry in written.tests], theatre.vocabulary.parameters
    for name in kinds.forced:
        if name not in tests:
            yield document.problem(("forced", name), name, "not a test", did_you_mean(name, tests), key=True)
    for part, off in (("knockouts", 0.0), ("saturated", 1.0)):
        for name in getattr(kinds, part):
            if name not in limits:
                yield document.problem((part, name), name, "not a parameter", did_you_mean(name, limits), key=True)
            elif not limits[name].hold(off):
                yield document.problem((part, name), name, f"{off:g} is outside its limits", key=True)
