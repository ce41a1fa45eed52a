import math
from collections.abc import Iterable

import pytest
from scipy.special import stdtrit

from influence_sim.base.statistics import student_t


@pytest.mark.parametrize(("count", "expected"), [(2, 12.706), (3, 4.303), (16, 2.131), (121, 1.980)])
def test_students_t_is_that_of_the_tables(count: int, expected: float) -> None:
    """Abramowitz and Stegun (1964), table 26.10, by degrees of freedom: one less than there are values."""
    assert student_t(count) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("counts", [range(2, 400), (999, 1000, 10_000, 65_537, 99_999)])
def test_students_t_is_that_of_scipy(counts: Iterable[int]) -> None:
    for count in counts:
        assert student_t(count) == pytest.approx(stdtrit(count - 1, 0.975), rel=1e-14, abs=0), count


def test_a_single_replicate_has_no_interval() -> None:
    assert math.isnan(student_t(1))
