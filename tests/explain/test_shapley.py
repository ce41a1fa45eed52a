"""Shapley values of games whose solution is known, or found in another way."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influence_sim.analysis.explain.attribution import draw_orders, exact, sampled, unique_columns
from influence_sim.base.statistics import mean_interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Game = Callable[[NDArray[np.int64], NDArray[np.bool_]], NDArray[np.float64]]


def table_game(values: NDArray[np.float64]) -> Game:
    """A game that looks the value of each coalition up, (coalitions, replicates)."""

    def game(numbers, members):
        masks = (
            (members << np.arange(members.shape[1])).sum(axis=1) if members.shape[1] else np.zeros(len(numbers), int)
        )
        return values[masks, numbers]

    return game


def random_game(parts: int, replicates: int, seed: int = 1) -> Game:
    return table_game(np.random.default_rng(seed).normal(size=(2**parts, replicates)))


def solved(design, game: Game):
    return design.solve(game(design.numbers, design.members))


def by_all_orders(game: Game, parts: int, replicate: int) -> list[float]:
    """The definition, literally: the mean gain over all orders."""
    number = np.array([replicate])

    def value(inside):
        return game(number, np.array([[part in inside for part in range(parts)]]))[0]

    orders = list(permutations(range(parts)))
    totals = [0.0] * parts
    for order in orders:
        for place, part in enumerate(order):
            totals[part] += value({*order[:place], part}) - value(set(order[:place]))
    return [total / len(orders) for total in totals]


@pytest.mark.parametrize("parts", [1, 2, 4, 5])
def test_exact_shares_are_the_mean_gains_over_all_orders(parts):
    game = random_game(parts, replicates=2)
    shares = solved(exact(parts, 2), game)
    for replicate in range(2):
        np.testing.assert_allclose(shares.parts[:, replicate], by_all_orders(game, parts, replicate), atol=1e-12)


@settings(max_examples=30)
@given(st.integers(0, 6), st.integers(1, 4), st.integers(0, 99), st.booleans())
def test_shares_and_what_is_left_add_up_to_the_whole(parts, replicates, seed, every):
    game = random_game(parts, replicates, seed)
    design = exact(parts, replicates)
    if not every:
        design = sampled(draw_orders(parts, replicates, 4, np.random.default_rng(seed)))
    shares = solved(design, game)
    np.testing.assert_allclose(shares.parts.sum(axis=0) + shares.empty, shares.full, rtol=0, atol=1e-9)
    nobody, everybody = np.zeros((replicates, parts), dtype=bool), np.ones((replicates, parts), dtype=bool)
    np.testing.assert_array_equal(shares.empty, game(np.arange(replicates), nobody))
    np.testing.assert_array_equal(shares.full, game(np.arange(replicates), everybody))


def test_a_part_that_changes_nothing_gets_exactly_nothing():
    base = np.random.default_rng(2).normal(size=(2**4, 3))
    game = table_game(np.concatenate([base, base]))  # the fifth part is in the upper half
    assert (solved(exact(5, 3), game).parts[4] == 0.0).all()
    result = solved(sampled(draw_orders(5, 3, 6, np.random.default_rng(1))), game).parts
    assert (result[4] == 0.0).all()
    assert (result[:4] != 0.0).all()


def test_parts_that_can_be_exchanged_get_the_same():
    def game(numbers, members):
        return np.exp(members[:, 0].astype(float) + members[:, 1]) * (1 + members[:, 2]) + numbers

    parts = solved(exact(3, 2), game).parts
    np.testing.assert_allclose(parts[0], parts[1], atol=1e-12)
    assert (np.abs(parts[2] - parts[0]) > 0.1).all()


def test_two_links_of_one_chain_share_it_equally():
    def game(numbers, members):
        return (members[:, 0] & members[:, 1]).astype(float)

    np.testing.assert_allclose(solved(exact(2, 1), game).parts[:, 0], [0.5, 0.5])


def test_sampled_shares_agree_with_exact_ones_within_their_intervals():
    parts, replicates = 6, 200
    rng = np.random.default_rng(5)
    common = rng.normal(size=(2**parts, 1)) + 0.1 * rng.normal(size=(2**parts, replicates))
    game = table_game(common)
    truths = solved(exact(parts, replicates), game).parts.mean(axis=1)
    result = solved(sampled(draw_orders(parts, replicates, 2, np.random.default_rng(6))), game).parts
    inside = 0
    for share, truth in zip(result, truths, strict=True):
        mean, low, high = mean_interval(share)
        inside += low <= truth <= high
        assert abs(mean - truth) < 0.25
        assert high - low > 0.01
    assert inside >= parts - 1


def test_orders_come_with_their_reverses_and_differ_between_replicates():
    orders = draw_orders(7, 5, 4, np.random.default_rng(1))
    assert orders.shape == (5, 4, 7)
    np.testing.assert_array_equal(orders[:, 2:], orders[:, :2, ::-1])
    np.testing.assert_array_equal(np.sort(orders, axis=2), np.broadcast_to(np.arange(7), orders.shape))
    assert len({tuple(order) for order in orders[:, 0]}) == 5


def test_antithetic_orders_solve_a_game_of_pairs_at_once():
    def game(numbers, members):
        return (members[:, 0] & members[:, 1]) + 2.0 * (members[:, 2] & members[:, 3])

    shares = solved(sampled(draw_orders(4, 3, 2, np.random.default_rng(8))), game).parts
    np.testing.assert_allclose(shares, np.repeat([[0.5], [0.5], [1.0], [1.0]], 3, axis=1), atol=1e-12)


def test_equal_rows_are_found_once():
    numbers = np.array([0, 1, 0, 0], dtype=np.int64)
    members = np.array([[True, False], [True, False], [True, False], [False, False]])
    first, group = unique_columns(numbers, members)
    assert len(first) == 3
    np.testing.assert_array_equal(numbers[first][group], numbers)
    np.testing.assert_array_equal(members[first][group], members)
    assert group[0] == group[2] != group[1]


@pytest.mark.parametrize(("columns", "parts"), [(0, 3), (1, 0), (400, 3), (400, 64), (400, 70)])
def test_no_more_rows_are_found_than_differ_and_each_at_its_first(columns: int, parts: int):
    rng = np.random.default_rng(1)
    numbers = rng.integers(0, 3, columns)
    members = (rng.random((9, parts)) < 0.5)[rng.integers(0, 9, columns)]
    first, group = unique_columns(numbers, members)
    rows = [(number, *row) for number, row in zip(numbers.tolist(), members.tolist(), strict=True)]
    assert [rows.index(row) for row in rows] == first[group].tolist()
    assert sorted(set(rows)) == sorted(rows[at] for at in first)
