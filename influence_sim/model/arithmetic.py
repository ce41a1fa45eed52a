"""Exponential and logarithm of our own, and other arithmetic that every equation may use.

Only additions, multiplications, divisions and operations on bits, in a fixed order: the same bits on every processor,
and loops over provinces or judges become vector code. Polynomials interpolate at Chebyshev nodes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from influence_sim.model.compiling import equation

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
_SQRT_HALF = np.int64(0x3FE6A09E00000000)
_ONE = np.int64(0x3FF0000000000000)


@equation
def exp(x: float) -> float:
    """The exponential, at most about 1 unit in the last place off, of x brought into [-700, 700]."""
    x = min(max(x, -LARGEST), LARGEST)
    k = (x * _LOG2_E + _TO_WHOLE) - _TO_WHOLE
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    y = 2.5100424157005067e-08
    y = y * r + 2.7620138719733994e-07
    y = y * r + 2.7557268378684192e-06
    y = y * r + 2.480152119021773e-05
    y = y * r + 0.00019841269863105968
    y = y * r + 0.0013888888917281794
    y = y * r + 0.008333333333330051
    y = y * r + 0.04166666666662399
    y = y * r + 0.16666666666666669
    y = y * r + 0.5
    y = 1.0 + (r + r * r * y)
    return y * _float_of((np.int64(k) + _BIAS) << _MANTISSA)


@equation
def log(x: float) -> float:
    """The natural logarithm of a positive number, at most about 1 unit in the last place off."""
    bits = _bits_of(x) - _SQRT_HALF
    k = bits >> _MANTISSA
    m = _float_of(_bits_of(x) - (k << _MANTISSA))  # between the roots of 1/2 and 2
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
def clip(x: float) -> float:
    """A number brought into [0, 1]."""
    return min(max(x, 0.0), 1.0)


@equation
def power(base: float, exponent: float) -> float:
    """A power of 1, 2 or 3, by multiplication."""
    squared = base * base
    return squared if exponent == 2.0 else base if exponent == 1.0 else squared * base


def _bits_of(x: float) -> np.int64:
    """The bits of a number, as an integer."""
    bits: np.int64 = np.float64(x).view(np.int64)
    return bits


def _float_of(bits: np.int64) -> float:
    """The number that has these bits."""
    return float(np.int64(bits).view(np.float64))


def peek(record: Any, place: int) -> float:
    """The number at a place of a record that holds floats and nothing else."""
    name, index = _field_at(record.dtype, int(place))
    return float(np.ravel(record[name])[index])


def poke(record: Any, place: int, value: float) -> None:
    """Puts a number into a place of a record that holds floats and nothing else."""
    name, index = _field_at(record.dtype, int(place))
    if record.dtype[name].shape:
        record[name].reshape(-1)[index] = value
    else:
        record[name] = value


@lru_cache(maxsize=100_000)
def _field_at(kind: np.dtype[Any], place: int) -> tuple[str, int]:
    """The field that holds a place, and where in it."""
    for name, (field, start, *_) in (kind.fields or {}).items():
        if start <= 8 * place < start + field.itemsize:
            return name, place - start // 8
    raise IndexError(place)


# What compiled code makes of these four: one instruction each.


@intrinsic
def _as_bits(_: Any, x: Any) -> Any:
    def make(__: Any, builder: Any, ___: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(64))

    return types.int64(types.float64), make


@intrinsic
def _as_float(_: Any, bits: Any) -> Any:
    def make(__: Any, builder: Any, ___: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), make


def _pointer(builder: Any, record: Any, place: Any) -> Any:
    floats = builder.bitcast(record, ir.DoubleType().as_pointer())
    return builder.gep(floats, [place])


@intrinsic
def _load(_: Any, record: Any, place: Any) -> Any:
    def make(__: Any, builder: Any, ___: Any, args: Any) -> Any:
        return builder.load(_pointer(builder, *args))

    return types.float64(record, types.int64), make


@intrinsic
def _store(_: Any, record: Any, place: Any, value: Any) -> Any:
    def make(context: Any, builder: Any, ___: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(builder, *args[:2]))
        return context.get_dummy_value()

    return types.none(record, types.int64, types.float64), make


_intrinsics: Any = _as_bits, _as_float, _load, _store
_bits, _float, _read, _write = _intrinsics  # whose first argument the compiler gives
overload(_bits_of)(lambda x: lambda x: _bits(x))
overload(_float_of)(lambda bits: lambda bits: _float(bits))
overload(peek)(lambda record, place: lambda record, place: _read(record, place))
overload(poke)(lambda record, place, value: lambda record, place, value: _write(record, place, value))
