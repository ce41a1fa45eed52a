import math

import pytest

from influence_sim.base.statistics import student_t


@pytest.mark.parametrize(("count", "expected"), [(2, 12.706), (3, 4.303), (16, 2.131), (121, 1.980)])
def test_students_t_is_that_of_the_tables(count: int, expected: float) -> None:
    """Abramowitz and Stegun (1964), table 26.10, by degrees of freedom: one less than there are values."""
    assert student_t(count) == pytest.approx(expected, abs=5e-4)


def test_a_single_replicate_has_no_interval() -> None:
    assert math.isnan(student_t(1))
