"""The record of stances, coded month by month, and runs of the model coded the same way.

A stance is off, partly or fully held (`coded`); dealing with someone is one stance, whether in the open or in secret
(`dealings`). What is counted of codes, `switches`, `spells` and `first`, takes the record's, shape (months,), and a
model's, shape (months, replicates), alike, so that `beside` can lay the two next to each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from studies.fit import record

from influence_sim.base.months import Month, format_month, parse_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.theatre import Theatre

FIRST, LAST = parse_month("2010-01"), parse_month("2018-01")
PARTLY, FULLY = 0.15, 0.6
"""From which level on a stance counts as partly, and as fully held.

On the record's scale (ATTRIBUTION.md) diplomatic favour alone, 0.1, is off; what is alleged, small or only
acknowledged, 0.2 to 0.5, is partly; what is regular or full is fully. The model's levers have the same scale, 0 to 1.
"""
OFF, PART, FULL = 0, 1, 2
DEAL, OPENLY, SECRETLY = "deal", "engage_publicly", "engage_covertly"
AT_TABLES = ("attend", "convene")
"""What is done for the length of a meeting, and so has no spells."""
LONG = 24
"""Months of reports that make a policy worth a line, if it has no two spells."""
GAP = 12
"""Longest silence in months between two reports that `filled` takes for no change."""


class Policy(NamedTuple):
    """What an actor does towards a target; `deal` is to engage it, openly or in secret."""

    actor: str
    do: str
    target: str


@dataclass(frozen=True)
class Line:
    """One line of the record: a policy held at a level from a month to another, both included."""

    policy: Policy
    level: float
    start: Month
    end: Month
    confidence: str
    invited: str


class Spell(NamedTuple):
    """Months in a row with one code: the first one, how many, and whether the window's edge cuts them off."""

    code: int
    start: int
    months: int
    cut: bool


def lines(confidence: str = "ABC") -> tuple[Line, ...]:
    """The lines of the record with some grades of confidence."""
    return tuple(
        Line(
            Policy(row["actor"], row["do"], row["target"]),
            float(row["level"]),
            parse_month(row["from"]),
            parse_month(row["until"]) if row["until"] else LAST,
            row["confidence"],
            row["invited"],
        )
        for row in record("stances")
        if row["confidence"] in confidence
    )


def levels(told: Iterable[Line], policy: Policy) -> Floats:
    """The level of a policy in each month of the record, the highest where lines overlap; NaN where none is told."""
    found = np.full(LAST - FIRST + 1, np.nan)
    for line in told:
        if line.policy == policy:
            span = slice(line.start - FIRST, line.end - FIRST + 1)
            found[span] = np.fmax(found[span], line.level)
    return found


def filled(found: Floats, gap: int = GAP) -> Floats:
    """Levels or codes with silences of at most `gap` months between two reports filled by the report before."""
    new = found.copy()
    told = np.flatnonzero(~np.isnan(found))
    for before, after in pairwise(told):
        if after - before - 1 <= gap:
            new[before + 1 : after] = found[before]
    return new


def coded(found: Floats) -> Integers:
    """Levels as codes: 0 off, 1 partly, 2 fully; what is not told is off. Of any shape.

    A lever's intensity that follows decisions with inertia passes through `partly` on its way; a model that knows its
    stances hands over these as codes instead.
    """
    codes: Integers = np.digitize(np.nan_to_num(found), [PARTLY, FULLY])
    return codes


def dealings(openly: Floats, secretly: Floats) -> Integers:
    """Codes of dealing with someone, of any shape: fully only in the open; what is secret is held in part at most."""
    codes: Integers = np.maximum(coded(openly), np.minimum(coded(secretly), PART))
    return codes


def codes_of(told: Sequence[Line], policy: Policy, gap: int = 0) -> Integers:
    """The record of a policy as codes, shape (97,), from January 2010 to January 2018, with silences `filled`."""
    dealing = policy.do == DEAL
    found = [levels(told, policy._replace(do=do)) for do in ((OPENLY, SECRETLY) if dealing else (policy.do,))]
    codes = dealings(*found) if dealing else coded(*found)
    silent = np.isnan(found).all(axis=0)
    return np.nan_to_num(filled(np.where(silent, np.nan, codes), gap)).astype(np.int64)


def switches(codes: Integers) -> Integers:
    """How often codes change, of one history or of each of many: (T, …) -> (…)."""
    changes: Integers = np.count_nonzero(np.diff(codes, axis=0), axis=0)
    return changes


def spells(codes: Integers) -> list[Spell]:
    """The spells of one history, shape (T,), or of many, (T, R), one history after another."""
    if codes.ndim > 1:
        return [spell for history in codes.reshape(len(codes), -1).T for spell in spells(history)]
    edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    return [Spell(int(codes[a]), a, b - a, a == 0 or b == len(codes)) for a, b in pairwise(edges)]


def median_spell(codes: Integers) -> float:
    """Median length in months of the spells that are not off, or NaN; cut ones count with what is seen of them."""
    held = [spell.months for spell in spells(codes) if spell.code != OFF]
    return float(np.median(held)) if held else float("nan")


def first(happens: Integers) -> Floats:
    """The first month in which something is not 0, from 0, or NaN if it never is: (T, …) -> (…)."""
    there = happens != 0
    month: Floats = np.where(there.any(axis=0), there.argmax(axis=0).astype(np.float64), np.nan)
    return month


def months_between(excluded: Integers, convened: Integers) -> Floats:
    """Months from when one is first left out to when one first convenes after that, or NaN: (T, …) -> (…)."""
    since = first(excluded)
    months = np.arange(len(convened)).reshape(-1, *[1] * (convened.ndim - 1))
    gap: Floats = first((convened != 0) & (months > since)) - since
    return gap


def years_between(table: pd.DataFrame, column: str = "switches") -> float:
    """Years of policies in a table of `behaviour` for each of their switches."""
    return float((table["months"] - 1).sum() / 12 / table[column].sum())


def policies(theatre: Theatre, told: Sequence[Line] | None = None) -> list[Policy]:
    """The policies with two spells, or with two years of reports, between actors of the model; sorted."""
    told = lines() if told is None else told
    actors = {actor.name for actor in theatre.actors}
    all_of_them = {_stance(line.policy) for line in told if line.policy.do not in AT_TABLES}
    known = [policy for policy in all_of_them if {policy.actor, policy.target} <= actors]
    return sorted(policy for policy in known if _well_told(told, policy))


def _stance(policy: Policy) -> Policy:
    return policy._replace(do=DEAL) if policy.do in {OPENLY, SECRETLY} else policy


def _well_told(told: Sequence[Line], policy: Policy) -> bool:
    held = [spell for spell in spells(codes_of(told, policy)) if spell.code != OFF]
    spans = [(line.start, line.end) for line in told if _stance(line.policy) == policy]
    return len(held) >= 2 or len({month for a, b in spans for month in range(a, b + 1)}) >= LONG


def since(theatre: Theatre, told: Sequence[Line], policy: Policy) -> Month:
    """From when a policy counts: one of or towards the spoiler from when it is there, others from January 2010."""
    spoiler = theatre.roles.spoiler
    if spoiler not in policy:
        return FIRST
    return min(line.start for line in told if spoiler in line.policy)


def behaviour(theatre: Theatre, start: Month = FIRST) -> pd.DataFrame:
    """How stances behave in the record from a month on.

    Returns:
        One row a policy: `actor`, `do`, `target`, `months` that count, shares of them `off`, `partly` and `fully`,
        `switches`, the same in a stricter and a looser reading (`switches_filled`: silences of a year filled;
        `switches_sure`: without what is only alleged), and `spell`, the median in months.
    """
    told, sure = lines(), lines("AB")
    found = []
    for policy in policies(theatre, told):
        step = max(since(theatre, told, policy), start) - FIRST
        codes, full, firm = (codes_of(*one)[step:] for one in ((told, policy), (told, policy, GAP), (sure, policy)))
        shares = [float((codes == code).mean()) for code in (OFF, PART, FULL)]
        counts = [int(switches(one)) for one in (codes, full, firm)]
        found.append((*policy, len(codes), *shares, *counts, median_spell(codes)))
    columns = ["months", "off", "partly", "fully", "switches", "switches_filled", "switches_sure", "spell"]
    return pd.DataFrame(found, columns=[*Policy._fields, *columns])


def beside(runs: Mapping[Policy, Integers], start: Month) -> pd.DataFrame:
    """A model's stances beside the record's, in the months that both have.

    Args:
        runs: the codes of policies, (T, R) each: `coded` of a lever's intensity, or `dealings` of two.
        start: the month of the first row.

    Returns:
        One row a policy: switches a year in the record, and in the runs the mean and the 5 and 95 % quantiles
        over replicates; the share of replicates with as many switches as the record or fewer; median spells; shares of
        months in which the stance is not off.
    """
    told = lines()
    found = []
    for policy, every in runs.items():
        end = min(LAST - start + 1, len(every))
        model, real = every[:end], codes_of(told, policy)[start - FIRST : start - FIRST + end]
        years, counts, recorded = (end - 1) / 12, switches(model), switches(real)
        low, high = np.quantile(counts, [0.05, 0.95])
        row = [recorded / years, counts.mean() / years, low / years, high / years, (counts <= recorded).mean()]
        row += [median_spell(real), median_spell(model), (real != OFF).mean(), (model != OFF).mean()]
        found.append((*policy, *map(float, row)))
    columns = ["record", "model", "model_q05", "model_q95", "share_up_to_record"]
    columns += ["record_spell", "model_spell", "record_held", "model_held"]
    return pd.DataFrame(found, columns=[*Policy._fields, *columns])


def talks(actor: str, target: str) -> pd.DataFrame:
    """The episodes in which an actor dealt with a target: `start`, `end`, `months`, `code`, worst `confidence`."""
    told, policy = lines(), Policy(actor, DEAL, target)
    held = (codes_of(told, policy) != OFF).astype(np.int64)
    found = []
    for spell in spells(held):
        if spell.code:
            begin = FIRST + spell.start
            end = begin + spell.months - 1
            inside = [one for one in told if _stance(one.policy) == policy and one.start <= end and one.end >= begin]
            code = int(codes_of(told, policy)[spell.start : spell.start + spell.months].max())
            worst = max(one.confidence for one in inside if one.level >= PARTLY)
            found.append((format_month(begin), format_month(end), spell.months, code, worst))
    return pd.DataFrame(found, columns=["start", "end", "months", "code", "confidence"])


def beginnings(theatre: Theatre) -> pd.DataFrame:
    """In which order outsiders began to deal with the insurgents, and whether they went back.

    Returns:
        One row an outsider, by month: `actor`, `began`, `sure` (the same without what is only alleged, or ""), the
        `highest` code, the one `at_end`, and `kept`: whether at the end the highest one still holds.
    """
    told, sure, found = lines(), lines("AB"), []
    for actor in theatre.actors:
        policy = Policy(actor.name, DEAL, theatre.roles.insurgents)
        codes = codes_of(told, policy)
        if actor.name in theatre.roles.belligerents or not codes.any():
            continue
        firm = first(codes_of(sure, policy))
        began, highest = FIRST + int(first(codes)), int(codes.max())
        told_surely = "" if np.isnan(firm) else format_month(FIRST + int(firm))
        found.append((actor.name, format_month(began), told_surely, highest, int(codes[-1]), codes[-1] == highest))
    columns = ["actor", "began", "sure", "highest", "at_end", "kept"]
    return pd.DataFrame(found, columns=columns).sort_values(["began", "actor"], ignore_index=True)


def invitations(theatre: Theatre) -> pd.DataFrame:
    """Who was asked to a table, and came: one row a `forum`, by states (`asked`, `came`), and who `refused` when.

    A line that spans several sessions counts once; whoever was not asked, or of whom it is not known, does not count.
    Whoever has no seat as a state counts as one.
    """
    seats = {actor.name: max(actor.seats, 1) for actor in theatre.actors}
    asked = [line for line in lines() if line.invited == "yes"]
    found = []
    for forum in sorted({line.policy.target for line in asked}):
        here = [(seats[line.policy.actor], line) for line in asked if line.policy.target == forum]
        refused = [(line.policy.actor, format_month(line.start)) for _, line in here if line.level < PARTLY]
        came = sum(count for count, line in here if line.level >= PARTLY)
        found.append((forum, sum(count for count, _ in here), came, refused))
    return pd.DataFrame(found, columns=["forum", "asked", "came", "refused"])


def exclusions() -> pd.DataFrame:
    """Who was not asked to a table, and when it first convened one after that.

    Returns:
        One row an actor: `actor`, `forum` it was first left out of, `since` when, `convened` what and `when`, and
        `months` between; the last three are empty or NaN where it convened nothing.
    """
    told, found = lines(), []
    out = sorted((line.start, line.policy) for line in told if line.invited == "no")
    for actor in sorted({policy.actor for _, policy in out}):
        month, policy = next(pair for pair in out if pair[1].actor == actor)
        own = sorted((line.start, line.policy.target) for line in told if line.policy[:2] == (actor, "convene"))
        when, forum = next((pair for pair in own if pair[0] > month), (None, ""))
        months = float("nan") if when is None else float(when - month)
        told_when = "" if when is None else format_month(when)
        found.append((actor, policy.target, format_month(month), forum, told_when, months))
    return pd.DataFrame(found, columns=["actor", "forum", "since", "convened", "when", "months"])
