"""Who does what when, and why: by shares of replicates, and in one history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from influence_sim.analysis.explain import MOST_ENTRIES
from influence_sim.analysis.explain.parts import differing
from influence_sim.analysis.replayed import REPLICATES, Move, fixed_stances, moves, shares_of, snapshots
from influence_sim.api import explain
from influence_sim.api.explain import HEADINGS, ExplanationRequest
from influence_sim.base.months import format_month
from influence_sim.laboratory.answers import Told
from influence_sim.laboratory.question import Question
from influence_sim.model import Arm, simulate
from influence_sim.model.plan import plan_of
from influence_sim.model.reasons import AVERSION, COST
from influence_sim.runs.request import RunRequest
from influence_sim.theatre import Theatre
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.spec import Option, Stance

FEW = 32
"""Replicates behind what carries an effect."""
WIDE = 660
"""Units of a map from west to east."""
DIGITS = 3
"""Decimals of shares that are only drawn."""
WHY = {COST: "spares the cost", AVERSION: "spares what it minds about such relations"}
"""What speaks for an option because it does less."""


def who(question: Question) -> Told:
    """Which options are held by what share of replicates, month by month, and who holds the ground in the end."""
    request = question.request
    few = range(min(request.replicates, REPLICATES))
    shares = [shares_of(arm, seed=request.seed, replicates=few).round(DIGITS) for arm in request.arms]
    fixed, rows = [fixed_stances(arm) for arm in request.arms], []
    plans = [plan_of(arm).index for arm in request.arms]
    for stance in plans[0].stances:
        words = [
            option_words(request.arms[0], stance, name) if one.sets else "nothing"
            for name, one in stance.options.items()
        ]
        row: Told = {"actor": stance.actor, "stance": stance.name, "options": list(stance.options), "words": words}
        for part, index, share, held in zip(("scenario", "against"), plans, shares, fixed, strict=False):
            places = [n for n, (one, *_) in enumerate(index.options) if one.label == stance.label]
            row[part] = share[:, places].T.tolist()
            row[f"{part}_fixed"] = [(stance.actor, stance.name) in month for month in held]
        pair = [np.array(row[part]) for part in ("scenario", "against") if row.get(part)]
        row["change"] = float(np.abs(pair[0] - pair[1]).sum(axis=0).mean() / 2) if len(pair) == 2 else 0.0
        rows.append(row)
    return {"stances": rows, "replicates": len(few), "map": list(_ground(request))}


def _ground(request: RunRequest) -> Iterator[Told]:
    """Who holds which share of each province in the last month, in both arms."""
    control = snapshots(request, [request.last]).control
    arms = {name: rows.set_index("iso") for name, rows in control.groupby("scenario", sort=False)}
    holders = ["government", "contested", "insurgents", "spoiler"]
    for iso, shape in _shapes(request.theatre).items():
        held = {
            part: arms[name].loc[iso, holders].round(DIGITS + 1).to_dict()
            for part, name in zip(("scenario", "against"), request.names, strict=False)
        }
        name = str(arms[request.scenario.name].loc[iso, "name"])
        yield {"iso": iso, "name": name, **shape, **held}


def _shapes(theatre: Theatre) -> dict[str, Told]:
    """Each province's outline as an SVG path, and where it is named; `WIDE` from west to east, y runs south."""
    from influence_sim.views.outlines import shapes_of  # with matplotlib, for which a first answer need not wait

    shapes = shapes_of(theatre, folder_in_use())
    if not shapes:
        return {}
    corners = np.concatenate([ring for one in shapes.values() for ring in one.rings])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    scale, height = WIDE / (east - west), round(WIDE * (north - south) / (east - west))
    found = {}
    for iso, one in shapes.items():
        rings = [np.column_stack([ring[:, 0] - west, north - ring[:, 1]]) * scale for ring in one.rings]
        path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1]) + "Z" for ring in rings)
        x, y = (one.centre[0] - west) * scale, (north - one.centre[1]) * scale
        found[iso] = {"short": one.name, "path": path, "x": round(x, 1), "y": round(y, 1), "height": height}
    return found


def tell(question: Question) -> Told:
    """One history: every change of mind with the motives that decided it, and the asked outcomes beside it."""
    request, number = question.request, question.asked.replicate
    names = ("scenario", "against")
    told = {
        part: moves(arm, seed=request.seed, replicate=number) for part, arm in zip(names, request.arms, strict=False)
    }
    usual = {(one.step, one.actor, one.stance, one.now) for one in told.get("against", ())}
    found = list(moves_told(request.arms[0], told["scenario"], usual if request.against else None))
    paths = {
        part: simulate(arm, seed=request.seed, replicates=[number])[:, question.rows, 0].T.tolist()
        for part, arm in zip(names, request.arms, strict=False)
    }
    return {"replicate": number, "moves": found, "paths": paths}


def moves_told(arm: Arm, found: Iterable[Move], usual: set[tuple[int, str, str, str]] | None = None) -> Iterator[Told]:
    """Changes of mind in words; of those that the other arm has, too, it is not said that they are new."""
    options = {stance.label: stance for stance in plan_of(arm).index.stances}
    for one in found:
        stance = options[f"{one.actor}.{one.stance}"]
        yield {
            "month": format_month(arm.month(one.step)),
            "actor": one.actor,
            "stance": one.stance,
            "was": one.was,
            "now": one.now,
            "words": option_words(arm, stance, one.now, one.was),
            "fixed": one.fixed,
            "new": usual is not None and (one.step, one.actor, one.stance, one.now) not in usual,
            "motives": [motive(arm.theatre, *each) for each in one.motives],
        }


def option_words(arm: Arm, stance: Stance, now: str, was: str = "") -> str:
    """What an actor does under an option: `deals openly with the insurgents`; or what it does not."""
    theatre = arm.theatre
    called = {forum.name: forum.label for forum in arm.forums} | dict(theatre.within)

    def said(option: Option, *, negated: bool = False) -> Iterator[str]:
        for key, level in option.sets.items():
            do, target = key.split()
            words = theatre.instruments[do]
            phrase = (words.does_not if negated else words.does).format(target=called.get(target, target))
            yield phrase if level == 1 or negated else f"{phrase} (at {level:g} of full strength)"

    does = list(said(stance.options[now]))
    if not does:
        before = [stance.options[was]] if was else stance.options.values()
        left = list(dict.fromkeys(phrase for option in before for phrase in said(option, negated=True)))
        does = left if len(left) == 1 else ["does nothing of the kind"]
    return " and ".join(filter(None, (", ".join(does[:-1]), does[-1])))


def motive(theatre: Theatre, reason: str, worth: float) -> Told:
    """A reason, as `Thought.reasons` names it, in words."""
    name, _, whom = reason.partition(" (")
    labels = {one.name: theatre.inner(one.label) for one in theatre.outcomes}
    rule = next((one for one in theatre.rules if one.id == name), None)
    words = WHY.get(name) or labels.get(name) or name.replace("_", " ")
    about = rule.statement if rule else ""
    towards = theatre.within.get(whom.removesuffix(")"), "") if whom else ""
    return {"words": words, "towards": towards, "about": about, "worth": worth}


def why(question: Question) -> Told:
    """What carries the change of the first outcome: itself and response, each thing fixed, interests and rules."""
    request = question.request
    few = replace(request, replicates=min(FEW, request.replicates))
    fixed = len(differing(*request.scenarios))
    groups = ["response", *(["interventions"] if 1 < fixed <= MOST_ENTRIES else []), "interests", "rules"]
    found = explain.compute(ExplanationRequest((few,), question.outcomes[0], tuple(groups), 2, together=False))
    keep = ["kind", "part", "words", "value", "ci_low", "ci_high", "share"]
    divisions = [
        {"heading": HEADINGS[name], "rows": found.by(name)[keep].replace({np.nan: None}).to_dict("records")}
        for name in found.divisions
    ]
    return {"outcome": question.outcomes[0], "replicates": few.replicates, "divisions": divisions}
