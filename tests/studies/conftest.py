"""The studies of the corpus, and the world they are read against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from influence_sim.runs.sweeps.plan import plan_study
from influence_sim.runs.sweeps.request import SweepRequest
from influence_sim.scenario.study import read_study
from influence_sim.theatre import Theatre, load

OUTCOMES = ("kabul_authority", "russia_acceptance")
settings.register_profile("studies", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("studies")

Plan = Callable[..., SweepRequest]


@pytest.fixture(scope="session")
def theatre() -> Theatre:
    """The world."""
    return load()


@pytest.fixture(scope="session")
def read(theatre: Theatre) -> Callable[[Path], SweepRequest]:
    """Reads a study file to the request it makes."""
    return lambda path: plan_study(theatre, read_study(path, theatre.vocabulary), OUTCOMES)


@pytest.fixture(scope="session")
def plan(theatre: Theatre) -> Plan:
    """The request of a study given in keys and values; whatever is not given is small."""

    def _plan(vary: Mapping[str, Any] | str | None = None, method: str = "lhs", samples: int = 8, **more: Any) -> Any:
        design = {"method": method, "samples": samples, "seed": more.pop("design_seed", 7)}
        data = {"scenario": "us_engages_taliban", "design": design, "replicates": 2, "vary": vary, **more}
        return plan_study(theatre, read_study(data, theatre.vocabulary), OUTCOMES)

    return _plan
