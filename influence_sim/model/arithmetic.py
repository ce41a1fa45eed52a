"""Exponential and logarithm of our own, and other arithmetic that every equation may use.

Only additions, multiplications, divisions and operations on bits, in a fixed order: the same bits on every processor,
one replicate at a time or several side by side. Polynomials interpolate at Chebyshev nodes.
"""

from __future__ import annotations

import numpy as np

from influence_sim.model.compiling import equation
from influence_sim.model.lanes import as_float, bits_of, float_of, where

LEAST = 1e-12
"""A sum of weights below this counts as this, so that shares of nothing are 0."""
LARGEST = 700.0
"""Arguments of the exponential beyond this count as this: e to it and to minus it are still ordinary numbers."""

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""ln 2 in two parts, of which multiples of the first are exact."""
_TO_WHOLE = 1.5 * 2.0**52
"""A number that is added and taken away again leaves a rounded one."""
_BIAS, _MANTISSA = np.int64(1023), np.int64(52)
_SQRT_OF_HALF = 0.5**0.5
_SQRT_HALF = np.int64(0x3FE6A09E00000000)
_ONE = np.int64(0x3FF0000000000000)


@equation
def exp(x: float) -> float:
    """The exponential, at most about 1 unit in the last place off, of x brought into [-700, 700]."""
    x = min(max(x, -LARGEST), LARGEST)
    shifted = x * _LOG2_E + _TO_WHOLE  # whose last bits are the nearest whole number
    k = shifted - _TO_WHOLE
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    square = r * r  # Estrin's scheme: the processor works on several terms at once
    fourth = square * square
    low = (0.5 + 0.16666666666666669 * r) + (0.04166666666662399 + 0.008333333333330051 * r) * square
    high = (0.0013888888917281794 + 0.00019841269863105968 * r) + (
        2.480152119021773e-05 + 2.7557268378684192e-06 * r
    ) * square
    y = low + high * fourth + (2.7620138719732994e-07 + 2.5100424157005067e-08 * r) * (fourth * fourth)
    y = 1.0 + (r + r * r * y)
    return y * float_of((bits_of(shifted) + _BIAS) << _MANTISSA)


@equation
def log(x: float) -> float:
    """The natural logarithm of a positive number, at most about 1 unit in the last place off."""
    bits = bits_of(x) - _SQRT_HALF
    whole = bits >> _MANTISSA
    m = float_of(bits_of(x) - (whole << _MANTISSA))  # between the roots of 1/2 and 2
    k = as_float(whole)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    y = 0.13088034850927555
    y = y * z + 0.13268638369266825
    y = y * z + 0.15386244737621665
    y = y * z + 0.18181795547521137
    y = y * z + 0.22222222392581045
    y = y * z + 0.28571428570799784
    y = y * z + 0.40000000000000885
    y = y * z + 0.6666666666666666
    half = (
        0.5 * (m - 1.0) * (m - 1.0)
    )  # ln m = (m - 1) - (m - 1)^2/2 + s ((m - 1)^2/2 + z y), which loses nothing near 1
    return k * _LN2_HIGH - ((half - (s * (half + z * y) + k * _LN2_LOW)) - (m - 1.0))


@equation
def logistic(x: float) -> float:
    """The logistic function, 1/(1 + e^-x)."""
    return 1.0 / (1.0 + exp(-x))


@equation
def normal_odds(x: float) -> float:
    """The odds that a standard normal number is below x, brought into [-32, 32]: off by at most 1e-12 of themselves."""
    x = min(max(x, -32.0), 32.0)
    z = magnitude(x) * _SQRT_OF_HALF
    t = 2.0 / (2.0 + z)  # between 0.08 and 1, and u between -1 and 1
    u = (t - 0.54) / 0.46
    y = -9.831839515360484e-08
    y = y * u - 2.629187864213753e-07
    y = y * u + 1.2523169701716982e-06
    y = y * u + 1.2640536460271346e-06
    y = y * u - 7.854330329953591e-06
    y = y * u + 1.1688233752042916e-06
    y = y * u + 3.226362507581324e-05
    y = y * u - 3.882797763972259e-05
    y = y * u - 9.27973441326138e-05
    y = y * u + 0.0002581197920730835
    y = y * u + 0.00015327611188316033
    y = y * u - 0.0012787076886039824
    y = y * u + 0.00027103526529183606
    y = y * u + 0.006164486491112615
    y = y * u - 0.004453127777946496
    y = y * u - 0.03852593069362187
    y = y * u + 0.030263329503331805
    y = y * u + 0.6249554256495982
    y = y * u - 0.617704014583184
    tail = 0.5 * t * exp(y - z * z)
    odds = (1.0 - tail) / tail
    return where(x > 0.0, odds, 1.0 / odds)


@equation
def magnitude(x: float) -> float:
    """The size of a number, without its sign."""
    return max(x, -x)


@equation
def clip(x: float) -> float:
    """A number brought into [0, 1]."""
    return min(max(x, 0.0), 1.0)
