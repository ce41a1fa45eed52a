"""Numbers and records of eight replicates side by side: what they are for the compiler, and what operators do.

`Lanes` are a vector: eight numbers in one register, or in two or four narrower ones. A `LaneRecord` holds eight records
of floats, place by place: the eight numbers of a place are neighbours. Each operation is the processor's own, on each
of the eight, and nothing allows the compiler to reorder sums or to contract a product and a sum.
"""
# mypy: disable-error-code="untyped-decorator, misc, override"
# numba's decorators and base classes have no types.

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core.errors import TypingError
from numba.core.typeconv.castgraph import Conversion
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import (
    lower_builtin,
    lower_cast,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
)

from influence_sim.model.lanes import WIDTH

FLOAT, INT = ir.DoubleType(), ir.IntType(64)


class Lanes(types.Type):
    """Eight numbers of a type."""

    def __init__(self, of: types.Type) -> None:
        """Remembers the type."""
        self.of = of
        super().__init__(f"Lanes({of})")

    def unify(self, _: Any, other: types.Type) -> types.Type | None:
        """The type of what is lanes here and a number there: a number stands for eight of the same."""
        return self if isinstance(other, types.Number | types.Boolean) else None

    def can_convert_from(self, _: Any, other: types.Type) -> Conversion | None:
        """Whether the other will do where these are needed."""
        return Conversion.safe if isinstance(other, types.Number | types.Boolean) else None

    @property
    def vector(self) -> ir.VectorType:
        """What it is for the processor."""
        one = FLOAT if self.of is types.float64 else ir.IntType(1) if self.of is types.boolean else INT
        return ir.VectorType(one, WIDTH)


FLOATS, WHOLE, WORDS, TRUTHS = (Lanes(of) for of in (types.float64, types.int64, types.uint64, types.boolean))


class LaneRecord(types.Type):
    """Eight records of floats, place by place; a place gives `of`: all eight numbers, or that of a single one."""

    def __init__(self, record: types.Record, of: types.Type) -> None:
        """Remembers what a single one would be, and what a place gives."""
        self.record, self.of = record, of
        super().__init__(f"LaneRecord({record}, {of})")


class LaneArray(types.Type):
    """A field of such a record that has rows."""

    def __init__(self, of: types.Type) -> None:
        """Remembers what a row gives."""
        self.of = of
        super().__init__(f"LaneArray({of})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


@register_model(LaneRecord)
@register_model(LaneArray)
class _PlacesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, FLOAT.as_pointer())


@lower_cast(types.Number, Lanes)
@lower_cast(types.Boolean, Lanes)
def _spread(context: Any, builder: Any, given: types.Type, lanes: Lanes, value: Any) -> Any:
    one, index = context.cast(builder, value, given, lanes.of), ir.IntType(32)
    first = builder.insert_element(ir.Constant(lanes.vector, ir.Undefined), one, ir.Constant(index, 0))
    return builder.shuffle_vector(first, first, ir.Constant(ir.VectorType(index, WIDTH), [0] * WIDTH))


# Operators


def _operator(name: str, lanes: Lanes, result: Lanes, make: Callable[..., Any]) -> None:
    """Lets lanes meet lanes, or a number, in an operator."""
    function = getattr(operator, name)

    def generic(_: Any, args: Any, kws: Any) -> Any:
        fit = all(found == lanes or isinstance(found, types.Number) for found in args)
        return signature(result, *[lanes] * len(args)) if fit and lanes in args else None

    infer_global(function)(type(f"_{name}", (AbstractTemplate,), {"generic": generic}))
    for count in (1, 2):
        lower_builtin(function, *[lanes] * count)(lambda context, builder, sig, args: make(builder, *args))


_Builder = ir.IRBuilder
for _name, _make in {"add": "fadd", "sub": "fsub", "mul": "fmul", "truediv": "fdiv"}.items():
    _operator(_name, FLOATS, FLOATS, getattr(_Builder, _make))
    _operator(f"i{_name}", FLOATS, FLOATS, getattr(_Builder, _make))
_operator("neg", FLOATS, FLOATS, _Builder.fneg)
for _name, _sign in {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}.items():
    _operator(_name, FLOATS, TRUTHS, lambda builder, x, y, sign=_sign: builder.fcmp_ordered(sign, x, y))
_operator("ne", FLOATS, TRUTHS, lambda builder, x, y: builder.fcmp_unordered("!=", x, y))
for _lanes, _right in ((WHOLE, "ashr"), (WORDS, "lshr")):
    for _name, _make in {
        "add": "add",
        "sub": "sub",
        "mul": "mul",
        "xor": "xor",
        "lshift": "shl",
        "rshift": _right,
    }.items():
        _operator(_name, _lanes, _lanes, getattr(_Builder, _make))


# Fields and rows


def place_at(builder: Any, places: Any, place: Any) -> Any:
    """A pointer to a place, given one to the first."""
    return builder.gep(places, [builder.mul(place, ir.Constant(INT, WIDTH))])


def load(builder: Any, pointer: Any, of: types.Type) -> Any:
    """The lanes, or the number, at a pointer."""
    if not isinstance(of, Lanes):
        return builder.load(pointer)
    found = builder.load(builder.bitcast(pointer, of.vector.as_pointer()))
    found.align = 8
    return found


def store(builder: Any, pointer: Any, value: Any) -> None:
    """Puts lanes, or a number, where a pointer says."""
    builder.store(value, builder.bitcast(pointer, value.type.as_pointer())).align = 8


@infer_getattr
class _Fields(AttributeTemplate):
    key = LaneRecord

    def generic_resolve(self, record: LaneRecord, name: str) -> types.Type:
        if name not in record.record.fields:
            raise TypingError(f"there is no '{name}' in {', '.join(record.record.fields)}")
        rows = isinstance(record.record.typeof(name), types.NestedArray)
        return LaneArray(record.of) if rows else record.of


def _field(builder: Any, record: LaneRecord, places: Any, name: str) -> Any:
    return place_at(builder, places, ir.Constant(INT, record.record.offset(name) // 8))


@lower_getattr_generic(LaneRecord)
def _get_field(context: Any, builder: Any, record: LaneRecord, places: Any, name: str) -> Any:
    pointer = _field(builder, record, places, name)
    rows = isinstance(record.record.typeof(name), types.NestedArray)
    return pointer if rows else load(builder, pointer, record.of)


@lower_setattr_generic(LaneRecord)
def _set_field(context: Any, builder: Any, sig: Any, args: Any, name: str) -> None:
    record, given = sig.args
    store(builder, _field(builder, record, args[0], name), context.cast(builder, args[1], given, record.of))


@infer_global(operator.getitem)
class _GetRow(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(args[0].of, args[0], types.int64) if isinstance(args[0], LaneArray) else None


@infer_global(operator.setitem)
class _SetRow(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        rows = isinstance(args[0], LaneArray)
        return signature(types.none, args[0], types.int64, args[0].of) if rows else None


@lower_builtin(operator.getitem, LaneArray, types.int64)
def _get_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return load(builder, place_at(builder, *args), sig.return_type)


@lower_builtin(operator.setitem, LaneArray, types.int64, types.Any)
def _set_row(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    store(builder, place_at(builder, *args[:2]), args[2])
    return context.get_dummy_value()
