"""What no run records, but a replay of some of its replicates shows: decisions, ties, who holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from influence_sim.analysis.summary import differences
from influence_sim.base.months import Month, first_day
from influence_sim.base.numbers import Floats
from influence_sim.base.threads import in_thread
from influence_sim.base.values import ByValue
from influence_sim.model import Arm, history, read_fields
from influence_sim.model.draws import replicate_keys
from influence_sim.model.ensemble import states
from influence_sim.model.plan import plan_of
from influence_sim.model.reasons import Thought, thoughts
from influence_sim.runs.request import RunRequest

KEYS = ("date", "stance", "option")
REPLICATES = 64
"""At most so many are replayed: enough for the means in figures."""
TIES = {"tie": "tie"}
HOLDERS = {"held_government": "government", "held_contested": "contested", "held_insurgent": "insurgents"}
HOLDERS |= {"spoiler": "spoiler"}
"""Field of the state -> the column of a table; the first comes with its paired difference, too."""
DATES = {"date": "datetime64[ms]"}
"""The type of dates, as in all tables."""
HELD = ("actor", "stance", "option", "date", "share", "extent", "fixed", "level")


def decisions(arm: Arm, actor: str, *, seed: int, replicate: int) -> pd.DataFrame:
    """What an actor thought of each option of its stances in one replicate, month by month.

    Returns:
        Indexed by date, stance and option; the other columns are the fields of `model.reasons.Thought`, and `fixed`:
        whether the scenario sets some of the stance's levers that month.
    """
    records, fixed = history(arm, actor, seed=seed, replicate=replicate), fixed_stances(arm)
    rows = [
        (first_day(arm.theatre.start + step), *thought, (actor, thought.stance) in fixed[step])
        for step, thought in records
    ]
    return pd.DataFrame(rows, columns=["date", *Thought._fields, "fixed"]).astype(DATES).set_index(list(KEYS))


def held(arm: Arm, *, seed: int, replicates: range) -> pd.DataFrame:
    """The share of replicates that hold each option, month by month.

    Returns:
        One row an option and month: `actor`, `stance`, `option`, `date`, the `share` of replicates that hold it at the
        end of the month, how far it goes among the options of its stance (`extent`: 0 for the first, 1 for the last),
        whether the scenario sets some of the stance's levers that month (`fixed`), and the `level` to which it sets
        them: NaN for none, or for different ones.
    """
    shares, index, fixed = shares_of(arm, seed=seed, replicates=replicates), plan_of(arm).index, fixed_stances(arm)
    dates, tables = [first_day(arm.theatre.start + step) for step in range(arm.months)], []
    for row, (stance, option, _) in enumerate(index.options):
        extent = list(stance.options).index(option) / (len(stance.options) - 1)
        keys = {"actor": stance.actor, "stance": stance.name, "option": option, "extent": extent}
        settings = [month.get((stance.actor, stance.name), set()) for month in fixed]
        level = [next(iter(levels)) if len(levels) == 1 else np.nan for levels in settings]
        columns = {"date": dates, "share": shares[:, row], "fixed": list(map(bool, settings)), "level": level}
        tables.append(pd.DataFrame({**keys, **columns}))
    return pd.concat(tables, ignore_index=True).astype(DATES)[list(HELD)]


def shares_of(arm: Arm, *, seed: int, replicates: range) -> Floats:
    """The share of some replicates that hold each option of all stances, (months, options), in their order."""
    shares: Floats = in_thread(read_fields, arm, ["chosen"], seed=seed, replicates=replicates)["chosen"].mean(axis=-1)
    return shares


class Move(NamedTuple):
    """A change of an actor's mind in one replicate: which option of a stance it took, instead of which, and why."""

    step: int  # the month, from 0
    actor: str
    stance: str
    was: str
    now: str
    fixed: bool  # whether the scenario sets all in which the options differ, so that it made no difference
    # what spoke for the new option and against the old one, the strongest first (see `Thought.reasons`)
    motives: tuple[tuple[str, float], ...]


def moves(arm: Arm, *, seed: int, replicate: int, most: int = 2) -> list[Move]:
    """Every change of mind in one replicate, month by month, each with at most so many motives."""
    plan, changes = plan_of(arm), []
    parameters, key = plan.parameters({}), replicate_keys(seed, np.array([replicate]))[0]
    stances = {(stance.actor, stance.name): stance for stance in plan.index.stances}
    run = in_thread(states, arm, seed=seed, replicates=[replicate], steps=range(arm.months))
    for step, (q, (s,)) in enumerate(zip(plan.months, run, strict=True)):
        movers = {
            stance.actor
            for (stance, *_), was, chosen in zip(plan.index.options, s.was, s.chosen, strict=False)
            if chosen > was
        }
        fixed = {lever for lever, _ in arm.fixed(arm.month(step))} if movers else set()
        for actor in (actor.name for actor in plan.index.actors if actor.name in movers):
            options = list(thoughts(plan, s, parameters[q.segment], q, key, actor))
            for new in (option for option in options if option.chosen and not option.was):
                old = next(option for option in options if option.was and option.stance == new.stance)
                gains = {
                    name: new.reasons.get(name, 0.0) - old.reasons.get(name, 0.0)
                    for name in {**new.reasons, **old.reasons}
                }
                motives = sorted(((name, gain) for name, gain in gains.items() if gain > 0), key=lambda item: -item[1])
                sets = [stances[actor, new.stance].options[one.option].sets for one in (old, new)]
                differing = dict(sets[0].items() ^ sets[1].items())
                holds = all((actor, *lever.split()) in fixed for lever in differing)
                changes.append(Move(step, actor, new.stance, old.option, new.option, holds, tuple(motives[:most])))
    return changes


def fixed_stances(arm: Arm) -> list[dict[tuple[str, str], set[float]]]:
    """For each month the stances, by actor and name, of whose levers the scenario sets some, and to what levels."""
    sets = {(stance.actor, *lever): stance.name for stance in plan_of(arm).index.stances for lever in stance.levers}
    months = range(arm.theatre.start, arm.theatre.start + arm.months)
    by_month: list[dict[tuple[str, str], set[float]]] = [{} for _ in months]
    for stances, month in zip(by_month, months, strict=True):
        for lever, level in arm.fixed(month):
            if lever in sets:
                stances.setdefault((lever[0], sets[lever]), set()).add(level)
    return by_month


@dataclass(frozen=True, eq=False)
class Snapshots(ByValue):
    """Means over replicates, one row an arm and month (`scenario`, `date`), and dyad or province.

    Of the scenario, if it was paired, also the mean paired difference with its 95 % interval (`diff`, `ci_low`,
    `ci_high`), of the tie or of the government's share; NaN of the baseline.
    """

    ties: pd.DataFrame  # of each directed dyad: who, towards, tie (-1 to 1)
    control: pd.DataFrame  # of each province: iso, name, and the shares by holder (`HOLDERS`), 1 in all
    replicates: int  # how many


def snapshots(request: RunRequest, months: Sequence[Month]) -> Snapshots:
    """Replays the first replicates of a run, and reads the state at the end of some of its months."""
    theatre, months = request.theatre, sorted(set(months))
    steps, replicates = [month - theatre.start for month in months], min(REPLICATES, request.replicates)
    options: dict[str, Any] = {"seed": request.seed, "replicates": range(replicates), "steps": steps}
    runs = [in_thread(read_fields, arm, ["tie", *HOLDERS], **options) for arm in request.arms]
    dyads = [(actor.name, other) for actor in theatre.actors for other in actor.ties]  # in the order of the state
    provinces = [(province.iso, province.name) for province in theatre.provinces]

    def table(keys: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
        parts, first = [], next(iter(columns))
        for name, fields in zip(request.names, runs, strict=True):
            paired = len(runs) > 1 and fields is runs[0]
            for row, month in enumerate(months):
                values = {column: fields[field][row].mean(axis=-1) for field, column in columns.items()}
                gaps = fields[first][row] - runs[-1][first][row]
                statistics = differences(gaps if paired else np.full_like(gaps, np.nan))
                values |= {column: statistics[column] for column in ("diff", "ci_low", "ci_high")}
                cells = {column: numbers[: len(keys)] for column, numbers in values.items()}  # without spare rows
                parts.append(keys.assign(scenario=name, date=first_day(month), **cells))
        return pd.concat(parts, ignore_index=True).astype(DATES)

    ties = table(pd.DataFrame(dyads, columns=["who", "towards"]), TIES)
    return Snapshots(ties, table(pd.DataFrame(provinces, columns=["iso", "name"]), HOLDERS), replicates)
