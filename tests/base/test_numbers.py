"""Numbers as they are shown."""

from __future__ import annotations

import math

import pytest

from influence_sim.base.numbers import (
    MINUS,
    decimals_for,
    decimals_of,
    percent,
    table_percent,
    two_digits,
    with_interval,
    written,
)


@pytest.mark.parametrize(
    ("size", "digits", "decimals"),
    [(0.123, 1, 1), (0.0007, 1, 4), (-0.0007, 1, 4), (0.00096, 1, 3), (0.9966, 2, 1), (12.3, 1, 0), (123.4, 3, 0)],
)
def test_so_many_digits_of_a_number(size: float, digits: int, decimals: int) -> None:
    assert decimals_of(size, digits) == decimals


@pytest.mark.parametrize(
    ("numbers", "decimals"),
    [
        ((0.2, 0.1, 0.3), 3),
        ((0.003, -0.0007, 0.007), 4),
        ((0.00001, 0.1), 4),
        ((0.0, 1e-12, math.nan, math.inf), 3),
        ((), 3),
    ],
)
def test_decimals_tell_numbers_from_zero(numbers: tuple[float, ...], decimals: int) -> None:
    assert decimals_for(numbers) == decimals
    assert decimals_for([0.00001], most=6) == 5


def test_zero_has_no_sign() -> None:
    assert [written(x, signed=True) for x in (0.0, -0.0, 0.0001, -0.0001, -0.5, 0.5)] == [
        *["0.000"] * 4,
        "-0.500",
        "+0.500",
    ]
    assert written(-0.5, 1, minus=MINUS) == f"{MINUS}0.5"


def test_a_share_that_is_none() -> None:
    assert (percent(0.724), percent(math.nan)) == ("72 %", "-")


def test_a_share_in_a_table_is_all_only_if_it_is() -> None:
    assert list(map(table_percent, (0.0, 0.001, 0.724, 0.998, 1.0))) == ["0 %", "< 1 %", "72 %", "> 99 %", "100 %"]


def test_two_digits_have_no_exponent_and_few_decimals() -> None:
    assert list(map(two_digits, (0.0, 1.7e-5, 0.00096, 0.0077, 0.06, 7.78, 123.0))) == [
        *("0", "0", "0.0010", "0.0077", "0.060", "7.8", "123"),
    ]
    assert two_digits(0.02, signed=True) == "+0.020"


def test_a_number_with_its_interval() -> None:
    assert with_interval((0.003, -0.0007, 0.007), signed=True) == "+0.0030 [-0.0007 to +0.0070]"
    assert with_interval((0.5, 0.4, 0.6), decimals=1) == "0.5 [0.4 to 0.6]"
    assert with_interval((-0.25, math.nan, math.nan), minus=MINUS) == f"{MINUS}0.250"
