"""Whom a convenor asks to its channel is its own choice; who is asked to a format, its invitations say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from influence_sim.model import Arm, simulate
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import Theatre

BOTH_COME = """interventions:
  - {{from: 2015-10, actor: us, do: invite, target: kabul, level: {asked}}}
  - {{from: 2015-10, actor: us, do: attend, target: moscow_format, level: 0}}
  - {{from: 2015-10, actor: us, do: {open}, target: {where}}}
  - {{from: 2015-10, actor: taliban, do: attend, target: {forum}}}
  - {{from: 2015-10, actor: kabul, do: attend, target: {forum}}}
forums:
  - {{from: 2015-10, forum: {forum}, invite: [taliban, kabul]}}
"""
FORMAT = {"forum": "qcg", "open": "convene", "where": "qcg"}
CHANNEL = {"forum": "us_channel", "open": "engage_publicly", "where": "taliban"}


@pytest.mark.parametrize(
    ("there", "met"),
    [
        (FORMAT | {"asked": 0}, True),
        (FORMAT | {"asked": 1}, True),
        (CHANNEL | {"asked": 0}, False),
        (CHANNEL | {"asked": 1}, True),
    ],
)
def test_only_a_channel_waits_for_its_convenor_to_invite(
    theatre: Theatre, write: Callable[..., ResolvedScenario], row: dict[str, int], there: dict[str, object], met: bool
) -> None:
    arm = Arm(theatre, write(BOTH_COME.format(**there)), months=3)
    settlement = simulate(arm, seed=1, replicates=np.arange(4))[-1, row["settlement"]]
    assert np.array_equal(settlement > 0.0, np.full(4, met)), settlement
