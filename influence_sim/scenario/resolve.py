"""Finding a scenario, adding what it extends, and checking the whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from math import isfinite
from numbers import Real
from pathlib import Path

from influence_sim.base.errors import InputError, Problem, did_you_mean
from influence_sim.scenario import scalars
from influence_sim.scenario.checks import World, check_names, check_overlaps, outside
from influence_sim.scenario.compose import MAX_PROBLEMS
from influence_sim.scenario.inherit import merged, read_chain
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.sheet import Sheet, raise_any
from influence_sim.scenario.shipped import shipped_scenarios
from influence_sim.scenario.vocabulary import Vocabulary


def find_scenario(ref: str | Path) -> Path:
    """The file that `ref` means: with a slash or ending in `.yaml` a path, else a shipped name.

    Raises:
        InputError: no shipped scenario has this name.
    """
    if isinstance(ref, Path) or "/" in ref or os.sep in ref or ref.endswith(".yaml"):
        return Path(ref)
    shipped = shipped_scenarios()
    if ref not in shipped:
        hint = did_you_mean(ref, shipped) or f"write ./{ref}.yaml for a file; `list` names the shipped ones"
        raise InputError(Problem("scenario", None, None, ref or "nothing", "not a shipped scenario", hint))
    return shipped[ref]


def load_scenario(
    ref: str | Path, vocabulary: Vocabulary, *, overrides: Mapping[str, float | str] | None = None
) -> ResolvedScenario:
    """Reads a scenario and everything it extends.

    Args:
        ref: a shipped name or a path.
        vocabulary: the names and limits it is checked against.
        overrides: undated parameter values that replace the file's, as numbers or as typed by a user.

    Raises:
        InputError: anything in the files or overrides is wrong; all problems at once.
        MachineError: a file is there but cannot be read.
    """
    sheets, unread = read_chain(find_scenario(ref))
    values: dict[str, float] = {}
    problems = _problems(sheets, World.of(vocabulary, sheets))
    raise_any(chain(problems, unread, _take_overrides(overrides or {}, vocabulary, values)))
    return merged([sheet.scenario for sheet in reversed(sheets) if sheet.scenario is not None], values)


def _problems(sheets: Sequence[Sheet], world: World) -> Iterator[Problem]:
    for sheet in sheets:
        yield from in_order(chain(sheet.problems, check_names(sheet, world)))
    yield from check_overlaps(sheets)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one file in the order of its lines, of too many only some."""
    some = islice(problems, MAX_PROBLEMS + 1)
    return sorted(some, key=lambda problem: (problem.line or 0, problem.column or 0))


def _take_overrides(
    overrides: Mapping[str, float | str], vocabulary: Vocabulary, values: dict[str, float]
) -> Iterator[Problem]:
    """Puts the `--set` values that are right into `values` and reports the others."""
    for name, given in overrides.items():
        value = scalars.plain_or_none(given.strip()) if isinstance(given, str) else given
        shown, bounds = f"{name}={given}", vocabulary.parameters.get(name)
        if bounds is None:
            hint = did_you_mean(name, vocabulary.parameters)
            yield Problem("--set", None, None, name, "not a parameter", hint)
        elif isinstance(value, bool) or not isinstance(value, Real) or not isfinite(value):
            yield Problem("--set", None, None, shown, "the value must be a finite decimal number")
        elif not bounds.hold(float(value)):
            yield Problem("--set", None, None, shown, outside(name, bounds))
        else:
            values[name] = float(value)
