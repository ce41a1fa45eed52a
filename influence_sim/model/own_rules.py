"""Alliance rules that a theatre brings in a file `rules.py` of its own, beside those of `rules`."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from typing import Any

import numpy as np

from influence_sim.base.errors import InputError, Problem
from influence_sim.model.machine_code import PLAIN
from influence_sim.model.records import Kinds, Parameters, State, Wiring
from influence_sim.model.rules import FIRST_OWN, MARK, SHIPPED, Own, Rule

_log = logging.getLogger("influence_sim")
_FILE = "<rules.py>"
"""What a theatre's own code is called in tracebacks; under the name of a file its machine code would be kept."""


@lru_cache(maxsize=16)
def rules_of(code: str = "") -> Mapping[str, Rule]:
    """The rules that a theatre can name: those of this module, and of its own code, which replace their namesakes.

    Args:
        code: what `rules.py` of the theatre says.

    Raises:
        InputError: the code cannot be run, or ends the program.
    """
    namespace: dict[str, Any] = {"__name__": "rules"}
    if code:
        _log.warning("running the theatre's own rules.py, which is trusted to do whatever you can do")
    try:
        exec(compile(code, _FILE, "exec"), namespace)  # `Theatre.own_code` has seen to it that the user trusts it
    except (Exception, SystemExit, GeneratorExit) as error:
        raise _reported(error) from error
    rules = {function.__name__: replace(getattr(function, MARK), number=n) for n, function in enumerate(SHIPPED)}
    own = {value.__name__: value for value in namespace.values() if hasattr(value, MARK) and value not in SHIPPED}
    for number, (name, function) in enumerate(own.items(), start=FIRST_OWN):
        rules[name] = replace(getattr(function, MARK), number=number)
    return rules


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Where in a theatre's own code something was raised."""
    return [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _FILE]


def _reported(error: BaseException) -> InputError:
    """An error of a theatre's own code as an `InputError` with its line."""
    frames = _frames(error)
    line = frames[-1].lineno if frames else getattr(error, "lineno", None)
    name = frames[-1].name if frames and frames[-1].name != "<module>" else ""
    return InputError(Problem("rules.py", line, None, name, f"cannot be run ({type(error).__name__}: {error})"))


def raise_lost() -> None:
    """Raises the error of a rule in machine code, which cannot raise it itself (`InputError`)."""
    if _lost.error is not None:
        error, _lost.error = _lost.error, None
        raise _reported(error)


class _Lost(threading.local):
    """The last error of a rule in this thread."""

    error: BaseException | None = None


_lost = _Lost()


def _keep_lost(before: Callable[[Any], Any]) -> Callable[[Any], None]:
    """A hook for exceptions that Python can only print: it keeps those of rules for `raise_lost`."""

    def keep(unraisable: Any) -> None:
        if unraisable.exc_value is not None and _frames(unraisable.exc_value):
            _lost.error = unraisable.exc_value
        else:
            before(unraisable)

    return keep


@lru_cache(maxsize=16)
def own_rules(code: str, kinds: Kinds, *, side_by_side: bool) -> Own:
    """The rules of a theatre's own as functions `(s, p, w, n) -> float` of the number n of a term, in their order.

    Compiled code takes their addresses, and so need not be compiled again for other rules.

    Args:
        code: what `rules.py` of the theatre says.
        kinds: of the records.
        side_by_side: whether the replicate that a rule looks at stands beside others.

    Raises:
        InputError: a rule cannot be compiled.
    """
    own = sorted((rule for rule in rules_of(code).values() if rule.number >= FIRST_OWN), key=lambda r: r.number)
    terms = [_own_term(rule, kinds, side_by_side) for rule in own]
    if terms and not any(hook is sys.unraisablehook for hook in _kept):
        sys.unraisablehook = _keep_lost(sys.unraisablehook)
        _kept.append(sys.unraisablehook)
    if PLAIN:
        return tuple(terms)
    _kept.extend(terms)
    return np.array([term.address for term in terms], dtype=np.uint64)


_kept: list[Any] = []
"""Machine code whose address is in use, and the hook for its exceptions."""


def _own_term(rule: Rule, kinds: Kinds, side_by_side: bool) -> Any:
    if PLAIN:
        return _plain(_by_number(rule.function, len(rule.arguments)))
    import numba
    from numba import types

    from influence_sim.model.compiler import LaneRecord, dispatcher

    records = [numba.from_dtype(kind) for kind in (kinds.state, kinds.parameters, kinds.wiring)]
    if side_by_side:
        records[:2] = [LaneRecord(record, types.float64) for record in records[:2]]
    call = _by_number(dispatcher(rule.function), len(rule.arguments))
    try:
        return numba.cfunc(numba.float64(*records, numba.int64))(call)
    except Exception as error:  # numba lets through what it does not expect
        code = rule.function.py_func.__code__
        text = re.sub(r"\x1b\[\d*m", "", str(error))
        lines = [int(number) for number in re.findall(rf"{_FILE}\W+(?:line )?(\d+)", text)]
        message = [line.strip() for line in text.splitlines() if line.strip() and "mode pipeline" not in line]
        message = [*takewhile(lambda line: not line.startswith(("During", "File")), message)]
        problem = f"cannot be compiled ({type(error).__name__}: {' '.join(message[:2]) or error})"
        raise InputError(Problem("rules.py", [code.co_firstlineno, *lines][-1], None, code.co_name, problem)) from error


def _plain(call: Callable[..., float]) -> Callable[..., float]:
    """A rule as plain Python, whose exceptions are reported as those of machine code."""

    def reporting(*args: Any) -> float:
        try:
            return call(*args)
        except Exception as error:
            raise _reported(error) from error

    return reporting


def _by_number(function: Any, count: int) -> Any:
    """A rule as a function of the number of a term, by how many arguments of its own it has."""

    def of_none(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n]))

    def of_one(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.argument[n, 0]))

    def of_two(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.argument[n, 0], w.argument[n, 1]))

    def of_three(s: State, p: Parameters, w: Wiring, n: int) -> float:
        return float(function(s, p, w, w.decider[n], w.other[n], w.argument[n, 0], w.argument[n, 1], w.argument[n, 2]))

    return (of_none, of_one, of_two, of_three)[count]
