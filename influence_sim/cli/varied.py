"""What is typed after `sweep`: what to vary, which share, read as strictly as a study file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from influence_sim.base.errors import Problem
from influence_sim.cli.options import settings

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
    values, problems = settings(sets)
    written = [text.partition("=")[0].strip() for text in sets]
    names |= {("parameters", name): f"--set no. {written.index(name) + 1}" for name in values}
    ranges: dict[str, Any] = {}
    for rank, text in enumerate(varied if PRIORS not in varied else (), 1):
        place = f"--vary no. {rank}"
        path, sign, span = (part.strip() for part in text.partition("="))
        given = _range(span)
        if not (path and sign) or given is None:
            problems.append(Problem(place, None, None, text, _HOW))
        elif path in ranges:
            problems.append(Problem(place, None, None, text, "this is varied already"))
        else:
            ranges[path] = given
            names["vary", path] = place
    if PRIORS in varied and len(varied) > 1:
        problems.append(Problem("--vary", None, None, PRIORS, "stands for every parameter, and so alone"))
    vary = PRIORS if PRIORS in varied else ranges if varied else None
    return {"vary": vary, "set": {name: _value(text) for name, text in values.items()}}, names, problems


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
    from influence_sim.base.plain_data import number

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
