"""Eight replicates side by side: what a number is when the ensemble runs an equation.

Equations are written for one replicate, and a Mesa model runs them so. Compiled for `Lanes`, the same text computes
eight: a number becomes a vector that fits a register, a record one whose every place is eight numbers wide, and each
operation the same one on each of the eight, to the bit. Who is who (the wiring) and what a month brings are the same
for all eight, so `if`s and loops about those stay as they are. An `if` about a number of the state or the parameters
has eight answers; it is written `where`, which computes both sides.

Everything here tells the compiler what such types are and what operators make of them; nothing is about the subject.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import (
    intrinsic,
    lower_builtin,
    lower_cast,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    overload,
    register_model,
)

from influence_sim.base.numbers import Floats

WIDTH = 8
"""Replicates side by side. Processors with registers for four or two take two or four turns."""

_FLOAT, _INT, _TRUTH = ir.DoubleType(), ir.IntType(64), ir.IntType(1)


class Lanes(types.Type):  # type: ignore[misc]
    """Eight numbers of a type."""

    def __init__(self, of: types.Type) -> None:
        self.of = of
        super().__init__(f"Lanes({of})")

    def unify(self, _: Any, other: types.Type) -> types.Type | None:
        """What one that is lanes here and a number there is: a number stands for eight of the same."""
        return self if isinstance(other, types.Number | types.Boolean) else None

    def can_convert_from(self, _: Any, other: types.Type) -> Conversion | None:
        """Whether the other will do where these are needed."""
        return Conversion.safe if isinstance(other, types.Number | types.Boolean) else None

    @property
    def vector(self) -> ir.VectorType:
        """What it is for the processor."""
        one = {types.float64: _FLOAT, types.boolean: _TRUTH}.get(self.of, _INT)
        return ir.VectorType(one, WIDTH)


FLOATS, WHOLE, WORDS, TRUTHS = (Lanes(of) for of in (types.float64, types.int64, types.uint64, types.boolean))


class LaneRecord(types.Type):  # type: ignore[misc]
    """A record of floats whose places are eight wide; a place gives `of`: all eight, or a single one."""

    def __init__(self, record: types.Record, of: types.Type) -> None:
        self.record, self.of = record, of
        super().__init__(f"LaneRecord({record}, {of})")


class LaneArray(types.Type):  # type: ignore[misc]
    """A field of such a record that has axes."""

    def __init__(self, shape: tuple[int, ...], of: types.Type) -> None:
        self.shape, self.of = shape, of
        super().__init__(f"LaneArray({shape}, {of})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


@register_model(LaneRecord)
@register_model(LaneArray)
class _PlacesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, _FLOAT.as_pointer())


@lower_cast(types.Number, Lanes)
@lower_cast(types.Boolean, Lanes)
def _spread(context: Any, builder: Any, given: types.Type, lanes: Lanes, value: Any) -> Any:
    one = context.cast(builder, value, given, lanes.of)
    first = builder.insert_element(ir.Constant(lanes.vector, ir.Undefined), one, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


# Operators: the processor's own, lane by lane. Nothing allows the compiler to reorder or to contract them.


def _operator(function: Any, lanes: Lanes, result: Lanes, make: Callable[..., Any]) -> None:
    """Lets lanes meet lanes, or a number, in an operator of two."""

    def generic(_: Any, args: Any, kws: Any) -> Any:
        if lanes in args and all(found == lanes or isinstance(found, types.Number) for found in args):
            return signature(result, lanes, lanes) if len(args) == 2 else None
        return None

    infer_global(function)(type(f"_{function.__name__}", (AbstractTemplate,), {"generic": generic}))
    lower_builtin(function, lanes, lanes)(lambda context, builder, sig, args: make(builder, *args))


_Builder = ir.IRBuilder
for _name, _make in (("add", _Builder.fadd), ("sub", _Builder.fsub), ("mul", _Builder.fmul), ("truediv", _Builder.fdiv)):
    _operator(getattr(operator, _name), FLOATS, FLOATS, _make)
    _operator(getattr(operator, f"i{_name}"), FLOATS, FLOATS, _make)
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "==")):
    _operator(getattr(operator, _name), FLOATS, TRUTHS, lambda b, x, y, sign=_sign: b.fcmp_ordered(sign, x, y))
_operator(operator.ne, FLOATS, TRUTHS, lambda b, x, y: b.fcmp_unordered("!=", x, y))
for _lanes, _shifted in ((WHOLE, _Builder.ashr), (WORDS, _Builder.lshr)):
    _operator(operator.add, _lanes, _lanes, _Builder.add)
    _operator(operator.sub, _lanes, _lanes, _Builder.sub)
    _operator(operator.mul, _lanes, _lanes, _Builder.mul)
    _operator(operator.xor, _lanes, _lanes, _Builder.xor)
    _operator(operator.lshift, _lanes, _lanes, _Builder.shl)
    _operator(operator.rshift, _lanes, _lanes, _shifted)


@infer_global(operator.neg)
class _Negative(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(FLOATS, FLOATS) if args == (FLOATS,) else None


lower_builtin(operator.neg, FLOATS)(lambda context, builder, sig, args: builder.fneg(args[0]))


# Functions of numbers: as plain Python, and what the compiler makes of lanes.


def where(condition: Any, yes: Any, no: Any) -> Any:
    """`yes if condition else no`, for each replicate its own; both have been computed."""
    return yes if condition else no


def anywhere(condition: Any) -> bool:
    """Whether something holds in any of the replicates side by side."""
    return bool(condition)


def as_float(whole: Any) -> Any:
    """A whole number as a float."""
    return float(whole)


def as_whole(word: Any) -> Any:
    """A word of at most 63 bits as a whole number."""
    return np.int64(word)


def bits_of(x: Any) -> Any:
    """The bits of a float, as a whole number."""
    return np.float64(x).view(np.int64)


def float_of(bits: Any) -> Any:
    """The float that has these bits."""
    return float(np.int64(bits).view(np.float64))


@intrinsic
def _select(_: Any, condition: Any, yes: Any, no: Any) -> Any:
    return FLOATS(TRUTHS, FLOATS, FLOATS), lambda context, builder, sig, args: builder.select(*args)


@intrinsic
def _any(_: Any, condition: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = builder.bitcast(args[0], ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(TRUTHS), make


@intrinsic
def _converted(_: Any, whole: Any) -> Any:
    return FLOATS(WHOLE), lambda context, builder, sig, args: builder.sitofp(args[0], FLOATS.vector)


@intrinsic
def _recast(_: Any, x: Any) -> Any:
    """The same bits: of floats and words as whole numbers, of whole numbers as floats."""
    one = {types.float64: types.int64, types.int64: types.float64, types.uint64: types.int64}
    other = Lanes(one[x.of]) if isinstance(x, Lanes) else one[x]

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(other))

    return other(x), make


_instructions: Any = _select, _any, _converted, _recast
_select_, _any_, _converted_, _recast_ = _instructions  # whose first argument the compiler gives


_implement: Any = overload  # its functions may not be annotated
_implement(where)(
    lambda condition, yes, no: (lambda condition, yes, no: _select_(condition, yes, no))
    if condition == TRUTHS
    else (lambda condition, yes, no: yes if condition else no)
)
_implement(anywhere)(
    lambda condition: (lambda condition: _any_(condition)) if condition == TRUTHS else (lambda condition: condition)
)
_implement(as_float)(
    lambda whole: (lambda whole: _converted_(whole)) if whole == WHOLE else (lambda whole: float(whole))
)
_implement(as_whole)(lambda word: lambda word: _recast_(word))
_implement(bits_of)(lambda x: lambda x: _recast_(x))
_implement(float_of)(lambda bits: lambda bits: _recast_(bits))
_implement(max)(lambda x, y: (lambda x, y: where(y > x, y, x)) if FLOATS in (x, y) else None)
_implement(min)(lambda x, y: (lambda x, y: where(y < x, y, x)) if FLOATS in (x, y) else None)


# Records: their fields and rows, found at eight times the distance.


def _load(builder: Any, pointer: Any, of: types.Type) -> Any:
    if not isinstance(of, Lanes):
        return builder.load(pointer)
    found = builder.load(builder.bitcast(pointer, of.vector.as_pointer()))
    found.align = 8
    return found


def _store(builder: Any, pointer: Any, value: Any) -> None:
    kept = builder.store(value, builder.bitcast(pointer, value.type.as_pointer()))
    kept.align = 8


def _at(builder: Any, places: Any, place: Any) -> Any:
    return builder.gep(places, [builder.mul(place, ir.Constant(_INT, WIDTH))])


@infer_getattr
class _Fields(AttributeTemplate):  # type: ignore[misc]
    key = LaneRecord

    def generic_resolve(self, record: LaneRecord, name: str) -> types.Type | None:
        if name not in record.record.fields:
            return None
        kind = record.record.typeof(name)
        return LaneArray(kind.shape, record.of) if isinstance(kind, types.NestedArray) else record.of


def _field(builder: Any, record: LaneRecord, places: Any, name: str) -> Any:
    return _at(builder, places, ir.Constant(_INT, record.record.offset(name) // 8))


@lower_getattr_generic(LaneRecord)
def _get_field(context: Any, builder: Any, record: LaneRecord, places: Any, name: str) -> Any:
    pointer = _field(builder, record, places, name)
    whole = isinstance(record.record.typeof(name), types.NestedArray)
    return pointer if whole else _load(builder, pointer, record.of)


@lower_setattr_generic(LaneRecord)
def _set_field(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    record, kind = sig.args
    _store(builder, _field(builder, record, args[0], name), context.cast(builder, args[1], kind, record.of))


def _row(context: Any, builder: Any, array: LaneArray, index: types.Type, args: Any) -> Any:
    """Where a row, or a row and a column, stands."""
    rows, kinds = [args[1]], [index]
    if isinstance(index, types.BaseTuple):
        rows, kinds = [builder.extract_value(args[1], n) for n in range(len(index))], [*index]
    place = ir.Constant(_INT, 0)
    for length, row, kind in zip(array.shape, rows, kinds, strict=True):
        place = builder.add(builder.mul(place, ir.Constant(_INT, length)), context.cast(builder, row, kind, types.int64))
    return _at(builder, args[0], place)


@infer_global(operator.getitem)
class _GetRow(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(args[0].of, *args) if isinstance(args[0], LaneArray) else None


@infer_global(operator.setitem)
class _SetRow(AbstractTemplate):  # type: ignore[misc]
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.none, *args[:2], args[0].of) if isinstance(args[0], LaneArray) else None


@lower_builtin(operator.getitem, LaneArray, types.Integer)
@lower_builtin(operator.getitem, LaneArray, types.BaseTuple)
def _get_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    array, index = sig.args
    return _load(builder, _row(context, builder, array, index, args), array.of)


@lower_builtin(operator.setitem, LaneArray, types.Integer, types.Any)
@lower_builtin(operator.setitem, LaneArray, types.BaseTuple, types.Any)
def _set_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    array, index, _ = sig.args
    _store(builder, _row(context, builder, array, index, args), args[2])
    return context.get_dummy_value()


# Places by number, and how the ensemble puts replicates side by side.


def peek(record: Any, place: int) -> Any:
    """The number at a place of a record that holds floats and nothing else."""
    name, index = _field_at(record.dtype, int(place))
    return float(np.ravel(record[name])[index])


def poke(record: Any, place: int, value: Any) -> None:
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


def side_by_side(places: Floats, like: Any) -> Any:
    """The record of a kind that stands in some memory, (places, lanes)."""
    return places.reshape(-1).view(like.dtype)[0]


def all_of(numbers: Any) -> Any:
    """Numbers, one a lane, (lanes,)."""
    return numbers[0]


def _pointer(builder: Any, kind: Any, record: Any, place: Any) -> Any:
    if isinstance(kind, LaneRecord):
        return _at(builder, record, place)
    return builder.gep(builder.bitcast(record, _FLOAT.as_pointer()), [place])


@intrinsic
def _peek(_: Any, record: Any, place: Any) -> Any:
    of = record.of if isinstance(record, LaneRecord) else types.float64

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _load(builder, _pointer(builder, record, *args), of)

    return of(record, types.int64), make


@intrinsic
def _poke(_: Any, record: Any, place: Any, value: Any) -> Any:
    of = record.of if isinstance(record, LaneRecord) else types.float64

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _store(builder, _pointer(builder, record, *args[:2]), args[2])
        return context.get_dummy_value()

    return types.none(record, types.int64, of), make


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


@intrinsic
def _side_by_side(_: Any, places: Any, like: Any) -> Any:
    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _data(context, builder, places, args[0])

    return LaneRecord(like, FLOATS)(places, like), make


@intrinsic
def _all_of(_: Any, numbers: Any) -> Any:
    lanes = Lanes(numbers.dtype)

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        found = builder.load(builder.bitcast(_data(context, builder, numbers, args[0]), lanes.vector.as_pointer()))
        found.align = 8
        return found

    return lanes(numbers), make


_instructions = _peek, _poke, _side_by_side, _all_of
_peek_, _poke_, _side_by_side_, _all_of_ = _instructions
_implement(peek)(lambda record, place: lambda record, place: _peek_(record, place))
_implement(poke)(lambda record, place, value: lambda record, place, value: _poke_(record, place, value))
_implement(side_by_side)(lambda places, like: lambda places, like: _side_by_side_(places, like))
_implement(all_of)(lambda numbers: lambda numbers: _all_of_(numbers))
