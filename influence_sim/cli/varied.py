"""What is typed after `sweep`: what to vary, which share, read as strictly as a study file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from influence_sim.base.errors import Problem, wrong
from influence_sim.base.plain_data import number
from influence_sim.cli import options

PRIORS = "priors"
_CHOICES = re.compile(r"\{(.*)\}")
_HOW = "must be written PATH=LOW:HIGH, PATH=LOW:HIGH:log, PATH=LOW:HIGH:triangular:PEAK or PATH={A,B,C}"
_KEYS = ("low", "high", "scale", "peak")

Names = dict[tuple[str | int, ...], str]
"""What errors call the parts of a study, by the path of their keys."""


def typed(varied: Sequence[str], sets: Sequence[str]) -> tuple[dict[str, Any], Names, list[Problem]]:
    """Reads the values of all `--vary` and `--set`.

    Returns:
        The study's `vary` and `set`; what errors call their parts; what is wrong with how they were written.
    """
    names: Names = {("vary",): "--vary", ("parameters",): "--set"}
    values, places, problems = options.settings(sets)
    names |= {("parameters", name): place for name, place in places.items()}
    if PRIORS in varied:
        if len(varied) > 1:
            problems.append(wrong("--vary", PRIORS, "stands for every parameter, and so alone"))
        vary: Any = PRIORS
    else:
        vary, places, more = options.assignments("--vary", varied, _range, _HOW, "this is varied already")
        names |= {("vary", path): place for path, place in places.items()}
        problems += more
    return (
        {"vary": vary if varied else None, "set": {name: _value(text) for name, text in values.items()}},
        names,
        problems,
    )


def _range(text: str) -> dict[str, Any] | None:
    """`LOW:HIGH` and so on as a study file says it; None if it is written in no such way."""
    choices = _CHOICES.fullmatch(text)
    if choices is not None:
        return {"choice": [_value(part) for part in choices[1].split(",")]}
    parts = [part.strip() for part in text.split(":")]
    if not 2 <= len(parts) <= 4 or not all(parts):
        return None
    given = dict(zip(_KEYS, parts, strict=False))
    return {key: value if key == "scale" else _value(value) for key, value in given.items()}


def _value(text: str) -> Any:
    """A number; what is none stays as it was typed, and is refused with its place."""
    value = number(text)
    return text.strip() if value is None else value


def shard(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Which share of how many: `3/8`.

    Raises:
        click.BadParameter: it is written otherwise, or there is no such share.
    """
    if value is None:
        return None
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", value)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r} is no share; write its number, from 1, and their count: 3/8", ctx, param)
    return int(match[1]), int(match[2])
