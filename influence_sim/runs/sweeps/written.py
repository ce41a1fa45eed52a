"""A sweep as files that make the same sweep again: the study, its scenarios, its points if they were given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from influence_sim.base.months import format_month
from influence_sim.base.strict_yaml import block, flow
from influence_sim.runs.request import AGAINST, SCENARIO
from influence_sim.runs.sweeps.factors import LINEAR, Factor, Floats

if TYPE_CHECKING:
    from influence_sim.runs.sweeps.request import SweepRequest

STUDY, POINTS = "study.yaml", "points.csv"


def files(request: SweepRequest) -> dict[str, bytes]:
    """The files by name; `study.yaml` names the others, and lies in one folder with them."""
    written = {STUDY: to_yaml(request), SCENARIO: request.scenario.to_yaml()}
    if request.against is not None:
        written[AGAINST] = request.against.to_yaml()
    if request.table is not None:
        paths = [factor.path for factor in request.factors]
        written[POINTS] = "\n".join([",".join(paths), *_rows(request.table)]) + "\n"
    return {name: text.encode() for name, text in written.items()}


def canonical(request: SweepRequest) -> dict[str, Any]:
    """The study as plain data that JSON can hold, with every default and every pattern written out."""
    return {
        "schema_version": 1,
        "scenario": SCENARIO,
        "against": None if request.against is None else AGAINST,
        "replicates": request.replicates,
        "seed": request.seed,
        "months": request.months,
        "design": _design(request),
        "vary": {} if request.table is not None else {factor.path: _range(factor) for factor in request.factors},
        "groups": _groups(request),
        "parameters": request.parameters,
        "outcomes": list(request.outcomes),
        "dates": [format_month(date) for date in request.dates],
        "keep": request.keep,
    }


def to_yaml(request: SweepRequest) -> str:
    """A study file that makes this very request again, beside the files of its scenarios."""
    return "\n".join(_lines(request, canonical(request))) + "\n"


def _lines(request: SweepRequest, data: dict[str, Any]) -> Iterator[str]:
    yield f"# {request.scenario.title}"
    for key, value in data.items():
        if isinstance(value, dict) and key != "design":
            if value or key != "vary":
                yield from block(key, [f"{flow(name)}: {flow(item)}" for name, item in value.items()], "{}")
        else:
            yield f"{key}: {flow(value)}"


def _design(request: SweepRequest) -> dict[str, Any]:
    size = {"samples": request.samples} if request.table is None else {"file": POINTS}
    return {"method": request.method, **size, "seed": request.design_seed}


def _range(factor: Factor) -> dict[str, Any]:
    if factor.choices:
        return {"choice": list(factor.choices)}
    ends: dict[str, Any] = {"low": factor.low, "high": factor.high}
    if factor.scale != LINEAR:
        ends["scale"] = factor.scale
    return ends if factor.peak is None else {**ends, "peak": factor.peak}


def _groups(request: SweepRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for factor in request.factors:
        if factor.group:
            found.setdefault(factor.group, []).append(factor.path)
    return found


def _rows(table: Floats) -> Iterator[str]:
    return (",".join(map(repr, row)) for row in table.tolist())
