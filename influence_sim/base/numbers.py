"""Numbers: the arrays they come in, and how many decimals they are shown with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # formatting numbers does not need numpy
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Integers: TypeAlias = "NDArray[np.int64]"
Flags: TypeAlias = "NDArray[np.bool_]"

MINUS = "\N{MINUS SIGN}"
FEWEST, MOST = 3, 4
"""Decimals of most numbers, and of the smallest, in a sentence or a table."""
NOTHING = 1e-9
"""Anything smaller is rounding error."""
TINY = 0.5 * 10**-MOST
"""Anything smaller shows only zeros."""


def decimals_of(size: float, digits: int = 1) -> int:
    """Decimals that show `digits` significant digits of a number other than 0; at least none."""
    rounded = abs(float(f"{size:.{digits - 1}e}"))  # first, since 0.0996 in two digits is 0.10
    return max(digits - 1 - math.floor(math.log10(rounded)), 0)


def decimals_for(numbers: Iterable[float], fewest: int = FEWEST, most: int = MOST) -> int:
    """Decimals that distinguish each number from zero, within limits; for numbers that stand side by side."""
    sizes = (abs(number) for number in numbers)
    return min(max([fewest, *(decimals_of(size) for size in sizes if NOTHING < size < math.inf)]), most)


def written(number: float, decimals: int = FEWEST, *, signed: bool = False, minus: str = "-") -> str:
    """A number with fixed decimals; zero has no sign, and a positive number has one only if `signed`.

    The `minus` is `MINUS` where the number will be read as text and not copied.
    """
    text = f"{number:{'+' if signed else ''}.{decimals}f}"
    return (text if float(text) else text.lstrip("+-")).replace("-", minus)


number = partial(written, minus=MINUS)
"""A number with a true minus sign; no sign before zero."""


def short(number: float) -> str:
    """With three significant digits; `-` where there is none."""
    return f"{number:.3g}" if math.isfinite(number) else "-"


def two_digits(number: float, *, signed: bool = False) -> str:
    """With two significant digits, but no more than `MOST` decimals: `0.077`, `0.0004`; `0` where these are zeros."""
    return written(number, min(decimals_of(number, 2), MOST), signed=signed) if abs(number) >= TINY else "0"


def probability(p: float) -> str:
    """`0.02`; `< 0.001` where it is smaller than that."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"


def percent(share: float) -> str:
    """`72 %`; `-` where there is none."""
    return f"{100 * share:.0f} %" if math.isfinite(share) else "-"


def telling_percent(share: float) -> str:
    """`72 %`, but `less than 1 %` instead of 0 % for a few, and `more than 99 %` instead of 100 % for nearly all."""
    if 0 < share < 0.005:
        return "less than 1 %"
    return "more than 99 %" if 0.995 <= share < 1 else percent(share)


def table_percent(share: float) -> str:
    """As `telling_percent`, in the few letters that a table has: `< 1 %`, `> 99 %`."""
    return telling_percent(share).replace("less than", "<").replace("more than", ">")


def counted(count: int, noun: str) -> str:
    """`1 replicate`, `1,000 replicates`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def with_interval(
    numbers: Iterable[float], *, signed: bool = False, most: int = MOST, minus: str = "-", decimals: int | None = None
) -> str:
    """`+0.038 [+0.036 to +0.040]`: a number and the ends of its interval; only the number where these are NaN.

    By default with as many decimals as distinguish each from zero, up to `most`; otherwise as for `written`.
    """
    values = tuple(numbers)
    places = decimals_for(values, most=most) if decimals is None else decimals
    mean, low, high = (written(number, places, signed=signed, minus=minus) for number in values)
    return f"{mean} [{low} to {high}]" if math.isfinite(values[1]) else mean
