"""Exponential and logarithm of our own: as exact as the C library's, and the same bits on every processor."""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from random import Random

import numpy as np
import pytest

from influence_sim.model.arithmetic import clip, exp, log, logistic, magnitude
from influence_sim.model.lanes import peek, poke

CLOSE = 1.15
"""Units in the last place by which a result may be off; most where ranges meet, below powers of 2."""

EXPONENTIALS = {
    -700.0: "0x1.14f2b0fb9307fp-1010",
    -87.3: "0x1.09874c0b9cacbp-126",
    -1.0: "0x1.78b56362cef38p-2",
    -0.1: "0x1.cf46d99d52b3ap-1",
    0.0: "0x1.0000000000000p+0",
    1e-09: "0x1.000000044b830p+0",
    0.5: "0x1.a61298e1e069cp+0",
    1.0: "0x1.5bf0a8b14576ap+1",
    2.5: "0x1.85d6fd931e0bbp+3",
    10.0: "0x1.5829dcf950560p+14",
    88.8: "0x1.148906c06fc8ap+128",
    345.6: "0x1.82ca33b1c0ee6p+498",
    700.0: "0x1.d945df4f8ec8ep+1009",
}
LOGARITHMS = {
    1e-300: "-0x1.5963447f87fb5p+9",
    1e-05: "-0x1.7069e2aa2aa5bp+3",
    0.1: "-0x1.26bb1bbb55515p+1",
    0.5: "-0x1.62e42fefa39efp-1",
    0.7071067811865475: "-0x1.62e42fefa39f1p-2",
    0.99999: "-0x1.4f8bc681df714p-17",
    1.0: "0x0.0p+0",
    1.0000001: "0x1.ad7f2847b6492p-24",
    1.5: "0x1.9f323ecbf984cp-2",
    2.0: "0x1.62e42fefa39efp-1",
    3.0: "0x1.193ea7aad030ap+0",
    1e10: "0x1.7069e2aa2aa5bp+4",
    1e300: "0x1.5963447f87fb5p+9",
}
"""Bits that were seen once; every other processor must give them, too."""

EXPONENTS: list[Callable[[Random], float]] = [
    lambda rng: rng.uniform(-700.0, 700.0),
    lambda rng: rng.uniform(-30.0, 30.0),
    lambda rng: rng.uniform(-1.0, 1.0),
    lambda rng: rng.uniform(-1e-6, 1e-6),
    lambda rng: (rng.randint(-1000, 1000) + 0.5) * math.log(2.0) + rng.uniform(-1e-9, 1e-9),  # where ranges meet
]
NUMBERS: list[Callable[[Random], float]] = [
    lambda rng: 10.0 ** rng.uniform(-300.0, 300.0),
    lambda rng: rng.uniform(1e-6, 2.0),
    lambda rng: 1.0 + rng.uniform(-1e-6, 1e-6),
    lambda rng: 2.0 ** rng.randint(-1000, 1000) * math.sqrt(0.5) * (1.0 + rng.uniform(-1e-9, 1e-9)),
]


def off(value: float, exact: Decimal) -> float:
    """By how many units in the last place a result is off."""
    return float(abs(Decimal(value) - exact) / Decimal(math.ulp(float(exact))))


@pytest.mark.parametrize("drawn", range(len(EXPONENTS)))
def test_the_exponential_is_exact_to_the_last_place(drawn: int) -> None:
    rng = Random(drawn)
    with decimal.localcontext(prec=50):
        wrong = max(off(exp(x), Decimal(x).exp()) for x in (EXPONENTS[drawn](rng) for _ in range(2_000)))
    assert wrong <= CLOSE


@pytest.mark.parametrize("drawn", range(len(NUMBERS)))
def test_the_logarithm_is_exact_to_the_last_place(drawn: int) -> None:
    rng = Random(drawn)
    with decimal.localcontext(prec=50):
        wrong = max(off(log(x), Decimal(x).ln()) for x in (NUMBERS[drawn](rng) for _ in range(2_000)))
    assert wrong <= CLOSE


def test_a_wrong_result_is_told_from_a_right_one() -> None:
    x = 0.3
    with decimal.localcontext(prec=50):
        assert off(math.nextafter(math.nextafter(exp(x), 9.0), 9.0), Decimal(x).exp()) > CLOSE


@pytest.mark.parametrize("x", EXPONENTIALS)
def test_the_bits_of_the_exponential(x: float) -> None:
    assert exp(x).hex() == exp.py_func(x).hex() == EXPONENTIALS[x]


@pytest.mark.parametrize("x", LOGARITHMS)
def test_the_bits_of_the_logarithm(x: float) -> None:
    assert log(x).hex() == log.py_func(x).hex() == LOGARITHMS[x]


def test_at_0_and_1_they_are_exact() -> None:
    assert exp(0.0) == exp(-0.0) == 1.0
    assert log(1.0) == 0.0
    assert logistic(0.0) == 0.5


def test_beyond_their_range_nothing_overflows() -> None:
    assert exp(1e300) == exp(math.inf) == exp(700.0) < math.inf
    assert exp(-1e300) == exp(-math.inf) == exp(-700.0) > 0.0
    assert math.isnan(exp(math.nan))
    assert (logistic(-1e9), logistic(1e9)) == (1.0 / (1.0 + exp(700.0)), 1.0)


@pytest.mark.parametrize("function", [exp, logistic], ids=["exp", "logistic"])
def test_they_rise_on_a_grid(function: Callable[[float], float]) -> None:
    steps = np.diff([function(x) for x in np.linspace(-30.0, 30.0, 20_001)])
    assert steps.min() > 0.0


def test_the_logarithm_rises_on_a_grid() -> None:
    assert np.diff([log(x) for x in np.geomspace(1e-9, 1e3, 20_001)]).min() > 0.0


@pytest.mark.parametrize("x", [-300.0, -3.3, -0.34657359, 0.34657359, 1.0, 1.0397207, 250.0])
def test_the_exponential_never_falls_from_one_number_to_the_next(x: float) -> None:
    values = []
    for _ in range(1_000):
        values.append(exp(x))
        x = math.nextafter(x, math.inf)
    assert values == sorted(values)


def test_a_magnitude_has_no_sign() -> None:
    assert [magnitude(x) for x in (-0.3, 0.0, 0.3)] == [0.3, 0.0, 0.3]


def test_clipping_leaves_shares_alone() -> None:
    assert [clip(x) for x in (-0.1, -0.0, 0.0, 0.3, 1.0, 1.1)] == [0.0, 0.0, 0.0, 0.3, 1.0, 1.0]


def test_a_place_of_a_record_is_a_field_and_a_row() -> None:
    for read, write in ((peek, poke), (peek.py_func, poke.py_func)) if hasattr(peek, "py_func") else ((peek, poke),):
        record = np.zeros(1, np.dtype([("one", "f8"), ("many", "f8", (3,)), ("grid", "f8", (2, 2))], align=True))[0]
        for place in range(8):
            write(record, place, float(place))
        assert (record["one"], record["many"].tolist(), record["grid"].tolist()) == (0, [1, 2, 3], [[4, 5], [6, 7]])
        assert [read(record, place) for place in range(8)] == list(range(8))
