"""The declared tests of the article's claims, and what is declared about how each comes about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field

from influence_sim.base.errors import Problem, did_you_mean, raise_any, wrong
from influence_sim.base.months import PATTERN, Month, format_month, parse_month
from influence_sim.base.plain_data import KeyPath
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.schema import Line, Part, Version, Word
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.theatre.files import KINDS, TESTS, checked
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.shapes import MonthText
from influence_sim.theatre.theatre import Theatre

TESTABLE = frozenset({"causal", "trend", "counterfactual", "alliance_rule"})
"""Kinds of claims that say what leads to what, and so need a test or a reason why there is none."""


class ClaimTest(Part):
    """What one claim predicts inside the model.

    Attributes:
        id: name of the test.
        claim: the numbered claim.
        scenario: the arm in which the claim's cause is present (or absent, with `decrease`).
        against: another scenario, an earlier month of the same arm, or a fixed level.
        set: undated parameter values of the scenario's arm alone.
        outcome: what is read.
        expect: `increase`, `decrease`, `above` or `below`.
        month: when it is read.
        minimum: the smallest difference that counts.
        reads: `forced` if the scenario fixes the lever the claim is about, `free` if an actor decides.
        further: what it says beyond the words of the claim; "" if it keeps to them.
    """

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
    further: str = ""

    @property
    def when(self) -> Month:
        """The month in which it is read."""
        return parse_month(self.month)

    @property
    def level(self) -> float | None:
        """The level it is compared with, if that is one."""
        return None if isinstance(self.against, str) else self.against

    @property
    def earlier(self) -> Month | None:
        """The earlier month it is compared with, if that is one."""
        return parse_month(self.against) if isinstance(self.against, str) and self.against[0].isdigit() else None

    @property
    def other(self) -> str:
        """The scenario it is compared with; "" if it is none."""
        return self.against if isinstance(self.against, str) and self.earlier is None else ""

    @property
    def sign(self) -> float:
        """1 where the claim expects more, -1 where it expects less."""
        return 1.0 if self.expect in {"increase", "above"} else -1.0

    @property
    def words(self) -> str:
        """What is tested, in words."""
        arm = self.scenario + "".join(f" with {name} = {value:g}" for name, value in self.set.items())
        if self.level is not None:
            return f"{arm}: {self.outcome} is {self.expect} {self.level:g} in {self.month}"
        other, rises = self.other or f"its own {self.against}", "rises" if self.sign > 0 else "falls"
        return f"{arm} against {other}: {self.outcome} {rises} by {self.minimum:g} or more by {self.month}"


class Ways(Part):
    """Scenarios that are ways of doing the same, to be set side by side.

    Attributes:
        title: above their table.
        scenarios: the ways.
        against: what each is compared with.
        outcomes: what is compared.
        month: when.
    """

    title: Line
    scenarios: Annotated[list[str], Field(min_length=1)]
    against: str
    outcomes: Annotated[list[str], Field(min_length=1)]
    month: MonthText


class TestsFile(Part):
    """What the claims predict.

    Attributes:
        schema_version: of this format.
        tests: in the order of the file.
        untestable: claim id -> why no outcome can contradict it.
        ways: scenarios that are set side by side.
    """

    __test__ = False  # to pytest, which would take the name for a test of its own

    schema_version: Version
    tests: list[ClaimTest]
    untestable: dict[str, Word]
    ways: Ways | None = None


class Argument(Part):
    """Why a test is held to come out by construction.

    Attributes:
        odd: the section of docs/odd.md.
        equation: the one that connects lever and outcome.
        why: the argument, in a sentence.
    """

    odd: Word
    equation: Word
    why: Word


class KindsFile(Part):
    """What is declared about how results come about.

    Attributes:
        schema_version: of this format.
        forced: test id -> why it is held to be forced; the computation may contradict.
        knockouts: parameter of a mechanism that 0 switches off -> the mechanism in words.
        saturated: the same for parameters that 1 switches off.
    """

    schema_version: Version
    forced: dict[str, Argument]
    knockouts: dict[str, Line]
    saturated: dict[str, Line]


class Declared(TestsFile, KindsFile):
    """All that is declared about testing the claims; tests by claim."""

    def only(self, claims: Sequence[str]) -> Declared:
        """The same for some claims alone.

        Raises:
            InputError: a claim has neither a test nor a reason for none.
        """
        known = {test.claim for test in self.tests} | set(self.untestable)
        raise_any(wrong("ID", name, "not a claim that can be tested") for name in claims if name not in known)
        tests = [test for test in self.tests if test.claim in claims]
        untestable = {name: reason for name, reason in self.untestable.items() if name in claims}
        return self.model_copy(update={"tests": tests, "untestable": untestable})


def declared_tests(theatre: Theatre, folder: Path | None = None) -> Declared:
    """Reads the declared tests and holds every name in them against the theatre.

    Raises:
        InputError: a file breaks its shape, or names what does not exist; all problems of a file at once.
    """
    tests_file, kinds_file = _read(folder or folder_in_use(), theatre.digest)
    tests, kinds = tests_file.required(), kinds_file.required()
    raise_any([*_wrong_tests(tests_file, tests, theatre), *_wrong_kinds(kinds_file, kinds, tests, theatre)])
    by_claim = {"tests": sorted(tests.tests, key=lambda test: test.claim)}
    return Declared.model_validate(dict(tests) | dict(kinds) | by_claim)


@lru_cache(maxsize=8)
def _read(folder: Path, digest: str) -> tuple[CheckedFile[TestsFile], CheckedFile[KindsFile]]:
    """The two files of a theatre with this digest."""
    return checked(folder / TESTS, TestsFile), checked(folder / KINDS, KindsFile)


def _wrong_tests(file: CheckedFile[TestsFile], tests: TestsFile, theatre: Theatre) -> Iterator[Problem]:
    names, scenarios = theatre.vocabulary, list(shipped_scenarios())
    counts = Counter(test.id for test in tests.tests)
    for index, test in enumerate(tests.tests):
        at: KeyPath = ("tests", index)
        yield from file.check_name((*at, "claim"), "a claim", names.claims)
        yield from file.check_name((*at, "scenario"), "a shipped scenario", scenarios)
        yield from file.check_name((*at, "outcome"), "an outcome", names.outcomes)
        if test.other:
            yield from file.check_name((*at, "against"), "a shipped scenario", scenarios)
        yield from file.check_values((*at, "set"), names.parameters)
        yield from (file.problem((*at, key), rule) for key, rule in _contradictions(test, theatre))
        if counts[test.id] > 1:
            yield file.problem((*at, "id"), "two tests bear this id")
    if tests.ways is not None:
        for key, known in (("scenarios", scenarios), ("outcomes", names.outcomes)):
            for path in file.items("ways", key):
                yield from file.check_name(path, f"one of the {key}", known)
        yield from file.check_name(("ways", "against"), "a shipped scenario", scenarios)
        yield from file.check_date(("ways", "month"), theatre.start, theatre.calendar.last)
    tested = {test.claim for test in tests.tests}
    for name in tests.untestable:
        if name not in names.claims:
            yield file.problem(("untestable", name), "not a claim", key=True)
        if name in tested:
            yield file.problem(("untestable", name), "this claim has a test", key=True)
    for claim in theatre.claims:
        if TESTABLE & set(claim.kind.split(";")) and claim.id not in tested | set(tests.untestable):
            rule = "this claim has neither a test nor a reason for none"
            yield file.document.problem(("tests",), claim.id, rule)


def _contradictions(test: ClaimTest, theatre: Theatre) -> Iterator[tuple[str, str]]:
    """Keys of a test whose values do not fit the others, and the rules they break."""
    start, last = theatre.start, theatre.calendar.last
    if not test.id.startswith(f"{test.claim}-"):
        yield "id", f"must begin with the claim, {test.claim}-"
    if (test.level is None) == (test.expect in {"above", "below"}):
        yield "expect", "above and below go with a level, increase and decrease with a scenario or a month"
    if not start <= test.when <= last:
        yield "month", f"a date must lie within {format_month(start)} to {format_month(last)}"
    if test.earlier is not None and not start <= test.earlier < test.when:
        yield "against", "must lie before the month that is read"
    if test.other == test.scenario and not test.set:
        yield "against", "nothing differs from the scenario"


def _wrong_kinds(
    file: CheckedFile[KindsFile], kinds: KindsFile, tests: TestsFile, theatre: Theatre
) -> Iterator[Problem]:
    known, limits = [test.id for test in tests.tests], theatre.vocabulary.parameters
    for name in kinds.forced:
        if name not in known:
            yield file.problem(("forced", name), "not a test", did_you_mean(name, known), key=True)
    for part, off in (("knockouts", 0.0), ("saturated", 1.0)):
        for name in getattr(kinds, part):
            if name not in limits:
                yield file.problem((part, name), "not a parameter", did_you_mean(name, limits), key=True)
            elif not limits[name].hold(off):
                yield file.problem((part, name), f"{off:g} is outside its limits", key=True)
