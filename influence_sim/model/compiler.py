"""Turns equations into machine code with numba, which is loaded only if there is none on disk."""
# mypy: disable-error-code="untyped-decorator"
# numba's decorators have no types.

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numba
from llvmlite import binding
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, typeof_impl
from numba.np.arrayobj import populate_array

from influence_sim.model import lane_code
from influence_sim.model.lane_types import LaneRecord
from influence_sim.model.machine_code import Code, Kind

__all__ = [
    "LaneRecord",
    "compile_equation",
    "dispatcher",
    "lane_code",
]  # the last tells numba what equations may ask of lanes

_ALONE: Mapping[str, Any] = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "forceinline": True}
"""Nothing is allocated, nobody calls from Python, and all becomes one function, which is a quarter faster."""
_SYSTEM = re.compile(r"mem(cpy|move|set)$|llvm\.")
"""Functions that a process has without numba."""
_dispatchers: dict[Any, Any] = {}


def dispatcher(equation: Any) -> Any:
    """An equation for numba, which then knows others wherever it meets them."""
    if equation not in _dispatchers:
        if not _dispatchers:
            typeof_impl.register(type(equation))(lambda value, _: types.Dispatcher(dispatcher(value)))
        _dispatchers[equation] = numba.njit(equation.py_func, error_model="numpy", **_ALONE)
    return _dispatchers[equation]


def compile_equation(equation: Any, kinds: Sequence[Kind]) -> tuple[Code, int]:
    """Machine code of an equation for some kinds of arguments, and where in memory it stands.

    It is called as numba calls its own: with addresses for the result and for what is raised, and with the arguments;
    of a record, with its address; of an array, also with its lengths. The file is empty if it would need numba.

    Raises:
        TypeError: the equation returns something else than it says.
    """
    body = numba.njit(dispatcher(equation).py_func, error_model="numpy", inline="always", **_ALONE)
    namespace: dict[str, Any] = {"equation": body, "array_at": _array_at, "record_at": _record_at}
    parameters: list[str] = []
    signature: list[types.Type] = []
    arguments: list[str] = []
    for n, (dtype, dimensions) in enumerate(kinds):
        name, sizes = f"a{n}", [f"a{n}_{axis}" for axis in range(dimensions)]
        parameters += [name, *sizes]
        if isinstance(dtype, str):
            signature.append(getattr(types, dtype))
            arguments.append(name)
        else:
            namespace[f"kind{n}"] = dtype
            signature += [types.voidptr, *[types.int64] * dimensions]
            arguments.append(
                f"array_at({name}, ({', '.join(sizes)},), kind{n})" if sizes else f"record_at({name}, kind{n})"
            )
    exec(f"def entry({', '.join(parameters)}):\n    return equation({', '.join(arguments)})", namespace)
    entry = numba.njit(namespace["entry"], error_model="numpy", **_ALONE)
    with _short_loops():
        entry.compile(tuple(signature))
    (result,) = entry.overloads.values()
    if result.signature.return_type != getattr(types, equation.returns):
        raise TypeError(
            f"{equation.__name__} returns {result.signature.return_type}, not {equation.returns} as it says"
        )
    library, name = result.library, result.fndesc.llvm_func_name
    needed = [function.name for function in library._final_module.functions if function.is_declaration]
    alone = all(map(_SYSTEM.match, needed))
    return Code(name, library._get_compiled_object() if alone else b""), library.get_pointer_to_function(name)


@contextmanager
def _short_loops() -> Iterator[None]:
    """Keeps the compiler from writing out several rounds of loops whose number of rounds it does not know.

    They are many and short. Written out they take half as long again to compile, and a little longer to run.
    """
    binding.set_option("influence_sim", "--unroll-runtime=false")
    try:
        yield
    finally:
        binding.set_option("influence_sim", "--unroll-runtime=true")  # as processors of our day have it by default


_instruction: Any = intrinsic  # whose first argument the compiler gives


@_instruction
def _array_at(_: Any, address: Any, sizes: Any, of: Any) -> Any:
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


@_instruction
def _record_at(_: Any, address: Any, of: Any) -> Any:
    """A single record."""

    def make(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.bitcast(args[0], context.get_value_type(of.dtype))

    return of.dtype(address, of), make
