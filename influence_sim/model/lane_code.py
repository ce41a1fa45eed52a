"""What the compiler makes of what equations may ask of `lanes`: an instruction each."""
# mypy: disable-error-code="untyped-decorator"
# numba's decorators have no types.

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from influence_sim.model import lane_types
from influence_sim.model.lane_types import FLOATS, INT, TRUTHS, WHOLE, LaneRecord, Lanes
from influence_sim.model.lanes import (
    WIDTH,
    all_of,
    anywhere,
    as_float,
    bits_of,
    call_at,
    float_of,
    peek,
    poke,
    side_by_side,
    where,
)

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
