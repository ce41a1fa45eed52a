"""A small vocabulary, so that this room is tested without the theatre."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from influence_sim.base.months import parse_month
from influence_sim.scenario.vocabulary import Bounds, Vocabulary

ACTORS = (
    *("russia", "us", "kabul", "taliban", "daesh", "pakistan", "china", "iran"),
    *("europe", "india", "central_asia"),
)

_LEVERS = (
    ("russia us kabul pakistan china iran europe india central_asia", "engage_publicly", "taliban"),
    ("russia us pakistan china iran europe", "engage_covertly", "taliban"),
    ("russia iran pakistan", "support", "taliban"),
    ("us europe india", "support", "kabul"),
    ("us kabul daesh", "fight", "taliban"),
    ("us kabul taliban", "fight", "daesh"),
    ("taliban daesh", "fight", "kabul"),
    ("russia", "convene", "moscow_format"),
    ("us", "convene", "qcg"),
    ("us kabul taliban pakistan china iran india central_asia europe", "attend", "moscow_format"),
    ("china pakistan kabul russia taliban", "attend", "qcg"),
    ("taliban kabul russia", "attend", "us_channel"),
    ("taliban", "attend", "kabul_channel"),
    ("kabul taliban", "eradicate_poppy", "opium"),
    ("russia pakistan china europe", "press_for_talks", "us"),
    ("pakistan china", "press_for_talks", "taliban"),
    ("us", "invite", "kabul"),
    ("us", "invite", "russia"),
)


def levers() -> frozenset[tuple[str, str, str]]:
    """All levers, as (actor, do, target)."""
    return frozenset(lever for actors, do, target in _LEVERS for lever in product(actors.split(), [do], [target]))


def make_vocabulary() -> Vocabulary:
    """A vocabulary with every lever, forum and condition and a few parameters."""
    return Vocabulary(
        actors=ACTORS,
        levers=levers(),
        forums=("moscow_format", "qcg", "us_channel", "kabul_channel"),
        conditions={
            "foreign_troops": Bounds(0, 150, 21.6, "thousand"),
            "aid_to_kabul": Bounds(0, 3, 1, "multiple of 2015-17"),
            "pressure_for_talks": Bounds(0, 1, 0.3, ""),
            "daesh_inflow": Bounds(0, 1, 0.5, ""),
            "moderate_current": Bounds(-0.1, 0.1, 0, "share a month"),
        },
        parameters={
            "decide.rationality": Bounds(0, 100, 12, ""),
            "precedent.strength": Bounds(0, 5, 1, ""),
            "aversion.us.taliban": Bounds(-1, 1, 0.6, ""),
        },
        outcomes=(
            *("kabul_authority", "kabul_revenue", "kabul_cohesion", "taliban_control", "taliban_recognition"),
            *("daesh_control", "daesh_strength", "northern_threat", "opium_to_russia", "violence", "settlement"),
            *("russia_acceptance", "us_acceptance", "russia_prestige", "consensus", "moscow_forum_states"),
            *("russia_support", "iran_support", "russia_engagement", "us_engagement", "p_us_engages"),
        ),
        claims=frozenset(f"C{number:02d}" for number in range(1, 62)),
        start=parse_month("2015-09"),
        months=64,
        last=parse_month("2035-12"),
    )


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The small vocabulary."""
    return make_vocabulary()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a scenario file into the test's folder and returns its path."""

    def _write(text: str, name: str = "mine.yaml", *, head: bool = True) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        start = f"schema_version: 1\nname: {path.stem}\n" if head else ""
        path.write_text(start + text, encoding="utf-8")
        return path

    return _write
