"""What is typed after `run`: values of options, checked as strictly as a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import click

from influence_sim.base.errors import InputError, Problem

Made = TypeVar("Made")

MOST_POINTS = 4096
"""Sets of assumptions beyond which a proper sweep is the tool."""


def points(ctx: click.Context, param: click.Parameter, value: str) -> int | None:
    """A number of sampled sets of assumptions; None for `none`.

    Raises:
        click.BadParameter: it is neither.
    """
    if value.casefold() == "none":
        return None
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MOST_POINTS):
        words = f"{value!r} is neither none nor a whole number from 1 to {MOST_POINTS}"
        raise click.BadParameter(words, ctx, param)
    return int(value)


def settings(given: Sequence[str]) -> tuple[dict[str, str], list[Problem]]:
    """The `--set` values by parameter, and what is wrong with how they are written."""
    found: dict[str, str] = {}
    problems = []
    for number, text in enumerate(given, 1):
        name, sign, value = (part.strip() for part in text.partition("="))
        if not (name and sign and value):
            problems.append(Problem(_place(number), None, None, text, "must be written PARAMETER=NUMBER"))
        elif name in found:
            problems.append(Problem(_place(number), None, None, text, "this parameter is set already"))
        else:
            found[name] = value
    return found, problems


def placed(problems: Sequence[Problem], given: Sequence[str]) -> Iterator[Problem]:
    """The same problems, those of `--set` with the number of the one they mean."""
    names = [text.partition("=")[0].strip() for text in given]
    for problem in problems:
        name = problem.value.partition("=")[0]
        if problem.path == "--set" and name in names:
            number = names.index(name) + 1
            yield replace(problem, path=_place(number), value=given[number - 1])
        else:
            yield problem


def with_settings(given: Sequence[str], make: Callable[[dict[str, str]], Made]) -> Made:
    """What is made with the `--set` values, once they are well written.

    Args:
        given: the values as typed.
        make: given them by parameter, makes what is wanted, or says what is wrong.

    Raises:
        InputError: all that is wrong with either, with the number of the `--set` it means.
    """
    chosen, problems = settings(given)
    try:
        made = make(chosen)
    except InputError as error:
        raise InputError([*placed(error.problems, given), *problems]) from None
    if problems:
        raise InputError(problems)
    return made


def _place(number: int) -> str:
    return f"--set no. {number}"


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
