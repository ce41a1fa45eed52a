"""A few planted tests on the shipped theatre, examined once with few worlds."""

from __future__ import annotations

import pytest

from influence_sim.analysis.claims.examination import Examination
from influence_sim.analysis.claims.examine import examine
from influence_sim.theatre import Theatre, load
from influence_sim.theatre.claim_tests import Argument, ClaimTest, Declared, declared_tests


@pytest.fixture(scope="session")
def theatre() -> Theatre:
    return load()


@pytest.fixture(scope="session")
def shipped(theatre: Theatre) -> Declared:
    return declared_tests(theatre)


@pytest.fixture(scope="session")
def planted(shipped: Declared) -> Declared:
    """One test that must hold, one that must fail, one that nobody's interests decide."""
    ban = next(test for test in shipped.tests if test.id == "C34-taliban-can-cut-opium")
    soon = ban.model_copy(update={"month": "2018-02", "minimum": 1e-6})
    backwards = soon.model_copy(update={"id": "C34-backwards", "expect": "increase"})
    empty_seat = ClaimTest(
        id="C44-too-early",
        claim="C44",
        scenario="baseline",
        against=0.05,
        outcome="us_in_moscow_format",
        expect="below",
        month="2016-01",
        minimum=0.0,
        reads="free",
    )
    argument = Argument(odd="7.7", equation="an equation", why="a reason")
    forced = {"C34-taliban-can-cut-opium": argument, "C34-backwards": argument}
    planted = {"tests": [soon, backwards, empty_seat], "forced": forced, "untestable": {"C18": "no outcome"}}
    return shipped.model_copy(update=planted)


@pytest.fixture(scope="module")
def examined(theatre: Theatre, planted: Declared, few_replicates: None) -> Examination:
    return examine(theatre, samples=16, replicates=2, shuffles=6, declared=planted, ways=False)
