"""The random draws: uniform, unrelated, and functions of nothing but seed, replicate, process and month."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_sim.model import draws
from influence_sim.model.compiling import equation
from influence_sim.model.draws import calendar, process_key, replicate_keys

BINS = 256
CRITICAL = 330.5
"""Chi-square with 255 degrees of freedom is above this once in a thousand."""

PROCESSES = ("choice us.fight.taliban", "choice us.fight.daesh", "fortune AF-KAB", "a", "b", "ab", "ba", "")
SEEDS = (0, 1, 2, -1, 2**31, 2**63 - 1, 2**64 + 1, -(2**63), 10**30)
LAST = 2**40
PINNED = [
    *(0.6259514605016662, 0.623338564326077, 0.867553648048483),
    *(0.2725861718709439, 0.778877384603996, 0.4703734406287151),
    *(0.13684401459399198, 0.33807985652991657, 0.1904196776740842),
    *(0.555086859155197, 0.7108884840618683, 0.13256745733542086),
]
"""Draws of replicates 0, 7 and 2**40 of seed 1: two processes, two months."""

seeds = st.integers(-(2**70), 2**70)
replicates = st.lists(st.integers(0, LAST), min_size=1, max_size=9)


@equation
def _table(processes: Any, who: Any, out: Any) -> None:
    for n in range(len(processes)):
        for r in range(len(who)):
            out[n, r] = draws.uniform(processes[n], who[r])


@equation
def _mixed(words: Any, out: Any) -> None:
    for n in range(len(words)):
        out[n] = draws.mixed(words[n])


def uniform(seed: int, who: object, names: tuple[str, ...] = PROCESSES, months: int = 1) -> np.ndarray:
    """Draws of some replicates, (months, processes, replicates)."""
    keys, processes = replicate_keys(seed, np.asarray(who, dtype=np.int64)), calendar(names, months)
    out = np.empty((processes.size, len(keys)))
    _table(processes.ravel(), keys, out)
    return out.reshape(*processes.shape, len(keys))


def mix(words: np.ndarray) -> np.ndarray:
    """Every word of an array mixed, one by one."""
    out = np.empty_like(words)
    _mixed(words, out)
    return out


def chi_square(sample: np.ndarray) -> float:
    """Pearson's statistic of a sample over equal bins of [0, 1)."""
    counts = np.bincount((sample.ravel() * BINS).astype(int), minlength=BINS)
    expected = sample.size / BINS
    return float(((counts - expected) ** 2 / expected).sum())


SAMPLES = {
    "over replicates": lambda: uniform(1, np.arange(100_000), ("x",)),
    "over far replicates": lambda: uniform(1, LAST - np.arange(100_000), ("x",)),
    "over months": lambda: uniform(7, [0], ("x",), 20_000),
    "over processes": lambda: uniform(3, [5], tuple(f"process {k}" for k in range(50_000))),
    "over seeds": lambda: np.array([uniform(seed, [0], ("x",)) for seed in range(4_000)]),
    "over all": lambda: uniform(-1, np.arange(500), PROCESSES, 40),
}


@pytest.fixture(scope="module", params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest) -> np.ndarray:
    """Many draws along one direction of the key."""
    return SAMPLES[request.param]().ravel()


def test_draws_lie_in_the_half_open_unit_interval(sample: np.ndarray) -> None:
    assert sample.min() >= 0.0
    assert sample.max() < 1.0


def test_draws_are_uniform(sample: np.ndarray) -> None:
    assert chi_square(sample) < CRITICAL


def test_a_skewed_sample_is_told_from_a_uniform_one(sample: np.ndarray) -> None:
    assert chi_square(sample**1.2) > CRITICAL


def test_draws_have_the_mean_and_variance_of_a_uniform(sample: np.ndarray) -> None:
    error = 4.0 / np.sqrt(sample.size)
    assert abs(sample.mean() - 0.5) < error * np.sqrt(1 / 12)
    assert abs(sample.var() - 1 / 12) < error * np.sqrt(1 / 180)


@pytest.mark.parametrize("lag", [1, 2, 7, 64])
def test_neighbouring_draws_are_unrelated(sample: np.ndarray, lag: int) -> None:
    first, other = sample[:-lag] - sample.mean(), sample[lag:] - sample.mean()
    assert abs((first * other).mean() / sample.var()) < 4.0 / np.sqrt(sample.size)


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["months", "processes", "replicates"])
def test_no_two_months_processes_or_replicates_are_correlated(axis: int) -> None:
    cube = np.moveaxis(uniform(11, np.arange(60), tuple(f"process {k}" for k in range(60)), 60), axis, 0)
    related = np.corrcoef(cube.reshape(60, -1))
    np.fill_diagonal(related, 0.0)
    assert np.abs(related).max() < 5.0 / 60  # 1,770 pairs of 3,600 draws each


def test_the_lowest_bit_is_fair() -> None:
    bits = (uniform(1, np.arange(100_000), ("x",)) * 2.0**53).astype(np.uint64) & np.uint64(1)
    assert abs(bits.mean() - 0.5) < 4.0 * 0.5 / np.sqrt(bits.size)


def test_mixing_changes_half_of_the_bits_and_loses_nothing() -> None:
    words = np.arange(4_096, dtype=np.uint64)
    flipped = [np.bitwise_count(mix(words) ^ mix(words ^ np.uint64(1 << bit))).mean() for bit in range(64)]
    assert len(np.unique(mix(words))) == len(words)
    assert min(flipped) > 31.0
    assert max(flipped) < 33.0


def test_keys_of_replicates_are_mixed_like_draws_and_leave_their_numbers_alone() -> None:
    numbers = np.arange(8)
    keys = replicate_keys(5, numbers)
    assert numbers.tolist() == list(range(8))
    base = np.uint64(process_key("seed 5"))
    counters = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert np.array_equal(keys, mix(mix(counters + base) ^ base))


@given(seed=seeds, numbers=replicates, data=st.data())
def test_a_draw_does_not_depend_on_the_batch_its_order_or_the_other_processes(
    seed: int, numbers: list[int], data: st.DataObject
) -> None:
    whole = uniform(seed, numbers, PROCESSES, 3)
    order = data.draw(st.permutations(range(len(numbers))))
    rows = data.draw(st.lists(st.sampled_from(range(len(PROCESSES))), min_size=1, unique=True))
    mixed = uniform(seed, [numbers[k] for k in order], tuple(PROCESSES[k] for k in rows), 3)
    assert np.array_equal(mixed, whole[:, rows][:, :, order])
    alone = np.concatenate([uniform(seed, [number], PROCESSES, 3) for number in numbers], axis=2)
    assert np.array_equal(alone, whole)


@given(seed=seeds, months=st.integers(1, 30))
def test_fewer_months_are_the_first_months(seed: int, months: int) -> None:
    assert np.array_equal(uniform(seed, [0, LAST], PROCESSES, months), uniform(seed, [0, LAST], PROCESSES, 30)[:months])


@pytest.mark.parametrize("seed", SEEDS)
def test_any_seed_works_and_gives_draws_of_its_own(seed: int) -> None:
    draws = uniform(seed, np.arange(50))
    assert chi_square(uniform(seed, np.arange(2_0000), ("x",))) < CRITICAL
    assert not any(np.any(draws == uniform(other, np.arange(50))) for other in SEEDS if other != seed)


def test_months_processes_and_replicates_have_draws_of_their_own() -> None:
    many = uniform(1, [*range(40), LAST, LAST - 1], PROCESSES, 40)
    assert len(np.unique(many)) == many.size


def test_neighbouring_seeds_are_not_neighbouring_replicates() -> None:
    cube = np.array([uniform(seed, np.arange(200), ("x",))[0, 0] for seed in range(200)])
    assert len(np.unique(cube)) == cube.size


def test_the_key_of_a_process_hangs_on_its_whole_name() -> None:
    assert len({process_key(name) for name in PROCESSES}) == len(PROCESSES)
    assert process_key("choice us.fight.taliban") == process_key("choice " + "us.fight.taliban")


def test_draws_are_pinned_so_that_results_can_be_repeated_years_later() -> None:
    seen = uniform(1, [0, 7, LAST], ("choice us.fight.taliban", "fortune AF-KAB"), 2)
    assert seen.shape == (2, 2, 3)
    assert seen.ravel().tolist() == PINNED
