"""Replicates side by side: what equations may ask of a number that may be eight.

Equations are written for one replicate, and a Mesa model runs them so. The ensemble runs the same text on eight
replicates at a time, of one point or of several, to the same bits; the processor then does eight sums at once.

Who is who (`w`) and what a month brings (`q`) are the same for all eight, so an `if` or a loop about those stays one.
An `if` about a number of the state or the parameters would have eight answers: it is written `where`.
"""
# mypy: disable-error-code="untyped-decorator"
# numba's decorators have no types.

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from influence_sim.base.numbers import Floats
from influence_sim.model import lane_types
from influence_sim.model.lane_types import FLOATS, INT, TRUTHS, WHOLE, WIDTH, LaneRecord, Lanes


def where(condition: Any, yes: Any, no: Any) -> Any:
    """`yes if condition else no`, for each replicate its own; both are computed."""
    return yes if condition else no


def anywhere(condition: Any) -> bool:
    """Whether something holds in any of the replicates side by side; to pass over what would change nothing."""
    return bool(condition)


def as_float(whole: Any) -> Any:
    """A whole number, or a word of at most 63 bits, as a float."""
    return float(whole)


def bits_of(x: Any) -> Any:
    """The bits of a float, as a whole number."""
    return np.float64(x).view(np.int64)


def float_of(bits: Any) -> Any:
    """The float that has these bits."""
    return float(np.int64(bits).view(np.float64))


def peek(record: Any, place: int) -> Any:
    """The number at a place of a record that holds floats and nothing else."""
    return record.getfield(np.float64, 8 * place)


def poke(record: Any, place: int, value: Any) -> None:
    """Puts a number into a place of a record that holds floats and nothing else."""
    record.setfield(value, np.float64, 8 * place)


def empty(*shape: int) -> Floats:
    """Zeros with room for replicates side by side, (…, replicates), at the beginning of a line of the cache."""
    size = int(np.prod(shape)) * WIDTH
    room = np.zeros(size + 8)
    start = -room.ctypes.data // 8 % 8
    return room[start : start + size].reshape(*shape, WIDTH)


def side_by_side(room: Floats, like: Any) -> Any:
    """The record that stands in some room, (places, replicates), and has the fields of another."""
    return room.reshape(-1).view(like.dtype)[0]


def all_of(numbers: Any) -> Any:
    """One number from each, (replicates,)."""
    return numbers[0]


def call_at(address: Any, s: Any, p: Any, w: Any, n: int) -> Any:
    """Calls `(s, p, w, n) -> float` at an address; it looks at one replicate after another, so it may say `if`."""
    return address(s, p, w, n)


# What the compiler makes of them: an instruction each.

_instruction: Any = intrinsic  # whose first argument the compiler gives
_implement: Any = overload  # whose functions may not be annotated


@_instruction
def _select(_: Any, condition: Any, yes: Any, no: Any) -> Any:
    return FLOATS(TRUTHS, FLOATS, FLOATS), lambda context, builder, sig, args: builder.select(*args)


@_instruction
def _any(_: Any, condition: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(TRUTHS), make


@_instruction
def _convert(_: Any, whole: Any) -> Any:
    return FLOATS(whole), lambda context, builder, sig, args: builder.sitofp(args[0], FLOATS.vector)


@_instruction
def _recast(_: Any, x: Any) -> Any:
    other = {types.float64: types.int64, types.int64: types.float64, FLOATS: WHOLE, WHOLE: FLOATS}[x]
    return other(x), lambda context, builder, sig, args: builder.bitcast(args[0], context.get_value_type(other))


def _pointer(builder: Any, record: Any, places: Any, place: Any) -> Any:
    if isinstance(record, LaneRecord):
        return lane_types.place_at(builder, places, place)
    return builder.gep(builder.bitcast(places, lane_types.FLOAT.as_pointer()), [place])


@_instruction
def _peek(_: Any, record: Any, place: Any) -> Any:
    of = record.of if isinstance(record, LaneRecord) else types.float64

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return lane_types.load(builder, _pointer(builder, record, *args), of)

    return of(record, types.int64), make


@_instruction
def _poke(_: Any, record: Any, place: Any, value: Any) -> Any:
    of = record.of if isinstance(record, LaneRecord) else types.float64

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lane_types.store(builder, _pointer(builder, record, *args[:2]), args[2])
        return context.get_dummy_value()

    return types.none(record, types.int64, of), make


@_instruction
def _side_by_side(_: Any, room: Any, like: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_array(room)(context, builder, args[0]).data

    return LaneRecord(like, FLOATS)(room, like), make


@_instruction
def _all_of(_: Any, numbers: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(numbers)(context, builder, args[0]).data
        return lane_types.load(builder, data, sig.return_type)

    return Lanes(numbers.dtype)(numbers), make


@_instruction
def _call_at(_: Any, address: Any, s: Any, p: Any, w: Any, n: Any) -> Any:
    result = FLOATS if isinstance(s, LaneRecord) else types.float64

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kinds = ir.FunctionType(lane_types.FLOAT, [context.get_value_type(kind) for kind in sig.args[1:]])
        function = builder.inttoptr(args[0], kinds.as_pointer())
        if result is not FLOATS:
            return builder.call(function, args[1:])
        found = ir.Constant(FLOATS.vector, ir.Undefined)
        for lane in (ir.Constant(INT, lane) for lane in range(WIDTH)):
            own = [builder.gep(record, [lane]) for record in args[1:3]]
            found = builder.insert_element(found, builder.call(function, [*own, *args[3:]]), lane)
        return found

    return result(types.uint64, s, p, w, types.int64), make


_implement(where)(
    lambda condition, yes, no: (
        (lambda condition, yes, no: _select(condition, yes, no))
        if condition == TRUTHS
        else (lambda condition, yes, no: yes if condition else no)
    )
)
_implement(anywhere)(
    lambda condition: (lambda condition: _any(condition)) if condition == TRUTHS else (lambda condition: condition)
)
_implement(as_float)(
    lambda whole: (lambda whole: _convert(whole)) if isinstance(whole, Lanes) else (lambda whole: float(whole))
)
_implement(bits_of)(lambda x: lambda x: _recast(x))
_implement(float_of)(lambda bits: lambda bits: _recast(bits))
_implement(peek)(lambda record, place: lambda record, place: _peek(record, place))
_implement(poke)(lambda record, place, value: lambda record, place, value: _poke(record, place, value))
_implement(side_by_side)(lambda room, like: lambda room, like: _side_by_side(room, like))
_implement(all_of)(lambda numbers: lambda numbers: _all_of(numbers))
_implement(call_at)(lambda address, s, p, w, n: lambda address, s, p, w, n: _call_at(address, s, p, w, n))
_implement(max)(lambda x, y: (lambda x, y: where(y > x, y, x)) if FLOATS in (x, y) else None)
_implement(min)(lambda x, y: (lambda x, y: where(y < x, y, x)) if FLOATS in (x, y) else None)
