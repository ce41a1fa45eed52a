import math

import pytest
from scipy.special import stdtrit

from influence_sim.base.statistics import student_t


@pytest.mark.parametrize("count", [2, 3, 4, 5, 16, 63, 64, 200, 1001, 100_000])
def test_students_t_is_that_of_scipy(count: int) -> None:
    assert student_t(count) == pytest.approx(stdtrit(count - 1, 0.975), rel=1e-11)


def test_a_single_replicate_has_no_interval() -> None:
    assert math.isnan(student_t(1))
