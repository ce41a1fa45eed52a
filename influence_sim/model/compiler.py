"""What turns equations into machine code: numba, which is loaded only where there is none on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, typeof_impl
from numba.np.arrayobj import populate_array

from influence_sim.model import lane_code  # noqa: F401  # tells numba what equations may ask of lanes
from influence_sim.model.compiling import Code, Equation, Kind
from influence_sim.model.lane_types import LaneRecord as LaneRecord

_PROCESS = re.compile(r"_?Py|mem(cpy|move|set)$|llvm\.")
"""Functions that every process of Python has."""


@typeof_impl.register(Equation)
def _type(equation: Equation, _: Any) -> types.Type:
    """An equation that stands in another: what numba makes of it."""
    return types.Dispatcher(dispatcher(equation))


def dispatcher(equation: Equation) -> Any:
    """An equation for numba."""
    if equation not in _dispatchers:
        _dispatchers[equation] = numba.njit(equation.py_func, **_OPTIONS)
    return _dispatchers[equation]


_dispatchers: dict[Equation, Any] = {}
_OPTIONS: Mapping[str, Any] = {"error_model": "numpy", "_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Nothing is allocated, and nothing is called from Python."""


@intrinsic
def array_at(_: Any, address: Any, sizes: Any, of: Any) -> Any:
    """An array that lies in memory as C has it."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        array = context.make_array(sig.return_type)(context, builder)
        item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(of.dtype)))
        shape, strides = cgutils.unpack_tuple(builder, args[1]), [item]
        for size in shape[:0:-1]:
            strides.insert(0, builder.mul(strides[0], size))
        data = builder.bitcast(args[0], array.data.type)
        populate_array(array, data=data, shape=shape, strides=strides, itemsize=item, meminfo=None)
        return array._getvalue()

    return types.Array(of.dtype, len(sizes), "C")(address, sizes, of), make


@intrinsic
def record_at(_: Any, address: Any, of: Any) -> Any:
    """A single record."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(of.dtype))

    return of.dtype(address, of), make


def compiled(equation: Equation, kinds: Sequence[Kind]) -> tuple[Code, int]:
    """Machine code of an equation for some kinds of arguments; and where in memory it stands.

    The file is empty if it would not run in a process without numba.
    """
    names: dict[str, Any] = {"equation": numba.njit(equation.py_func, inline="always", **_OPTIONS), "array_at": array_at, "record_at": record_at}
    parameters: list[str] = []
    taken: list[types.Type] = []
    given: list[str] = []
    for n, (dtype, dimensions) in enumerate(kinds):
        parameters.append(f"a{n}")
        if isinstance(dtype, str):
            taken.append(getattr(types, dtype))
            given.append(f"a{n}")
            continue
        names[f"dtype{n}"] = dtype
        sizes = [f"a{n}_{axis}" for axis in range(dimensions)]
        parameters += sizes
        taken += [types.voidptr, *[types.int64] * dimensions]
        given.append(
            f"array_at(a{n}, ({', '.join(sizes)},), dtype{n})" if sizes else f"record_at(a{n}, dtype{n})"
        )
    exec(f"def entry({', '.join(parameters)}):\n    return equation({', '.join(given)})", names)
    made = numba.njit(names["entry"], **_OPTIONS)
    made.compile(tuple(taken))
    (found,) = made.overloads.values()
    library, name = found.library, found.fndesc.llvm_func_name
    needed = [function.name for function in library._final_module.functions if function.is_declaration]
    file = b"" if any(not _PROCESS.match(name) for name in needed) else library._get_compiled_object()
    return Code(name, file), library.get_pointer_to_function(name)
