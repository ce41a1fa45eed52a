"""Who does what when, and why: by shares of replicates, in one history, and for a player in one actor's chair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from influence_sim.analysis.explain import MOST_ENTRIES
from influence_sim.analysis.explain.parts import differing
from influence_sim.analysis.replayed import REPLICATES, Move, fixed_stances, moves, shares_of, snapshots
from influence_sim.api import explain
from influence_sim.api.explain import HEADINGS, ExplanationRequest
from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.base.months import Month, format_month
from influence_sim.base.strict_yaml import Document
from influence_sim.laboratory.answers import Told
from influence_sim.laboratory.question import Choice, Question
from influence_sim.model import Arm, simulate
from influence_sim.model.draws import replicate_keys
from influence_sim.model.ensemble import states
from influence_sim.model.plan import plan_of
from influence_sim.model.reasons import AVERSION, COST, Thought, reasons_of, thoughts
from influence_sim.runs.request import RunRequest
from influence_sim.scenario.resolve import resolve_document
from influence_sim.theatre import Theatre
from influence_sim.theatre.load import folder_in_use
from influence_sim.theatre.spec import Option, Stance

REFUSE, ACCEPT = "refuse", "accept"
"""How an invitation may be answered."""
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


def play(question: Question) -> Told:
    """A player's next turn: what happened, what it may choose, what each option is worth to its actor, and why.

    What it has chosen makes a scenario with dated interventions, which runs like any other.
    """
    request, asked = question.request, question.asked
    theatre, actor = request.theatre, asked.actor
    if actor is None:
        raise InputError(wrong("actor", "", "must be named to be played"))
    before = request.arms[0]
    known = {one.name: one for one in plan_of(before).index.stances if one.actor == actor}
    seats = {one.name: one for one in _seats(before, actor)}
    arm, now = replace(before, scenario=_played(question, known | seats)), asked.month or theatre.calendar.record_ends
    step = min(now - theatre.start, request.months - 1)
    if step < 0:
        raise InputError(wrong("month", format_month(now), f"nothing happens before {format_month(theatre.start)}"))
    next_month = before.month(min(step + 1, request.months - 1))
    fixed = {lever for lever, _ in before.fixed(next_month)}
    thought = list(_thoughts(arm, actor, seats, seed=request.seed, replicate=asked.replicate, step=step))
    one: dict[str, Any] = {"seed": request.seed, "replicates": [asked.replicate]}
    paths = {
        "scenario": simulate(arm, **one)[: step + 1, question.rows, 0].T.tolist(),
        "against": simulate(before, **one)[:, question.rows, 0].T.tolist(),
    }
    told = moves(arm, seed=request.seed, replicate=asked.replicate)
    return {
        "actor": actor,
        "month": format_month(theatre.start + step),
        "over": step >= request.months - 1,
        "stances": [
            {
                "stance": stance.name,
                "seat": stance.name in seats,
                "words": option_words(arm, stance, ACCEPT) if stance.name in seats else stance.name.replace("_", " "),
                "fixed": any((actor, *lever) in fixed for lever in stance.levers),
                "options": [_option(arm, stance, one) for one in thought if one.stance == stance.name],
            }
            for stance in [*known.values(), *(one for one in seats.values() if _invited(before, one, next_month))]
        ],
        "moves": list(moves_told(arm, (one for one in told if one.step <= step))),
        "paths": paths,
        "scenario": arm.scenario.canonical(),
    }


def _seats(arm: Arm, actor: str) -> Iterator[Stance]:
    """The invitations that an actor answers, each as if it were a stance of two options."""
    index = plan_of(arm).index
    for lever in index.levers[index.policies :]:
        if lever.actor == actor:
            name = f"{lever.do} {lever.target}"
            options = {REFUSE: Option(), ACCEPT: Option(sets={name: 1.0})}
            yield Stance(name=name, start=REFUSE, options=options).model_copy(update={"actor": actor})


def _invited(arm: Arm, seat: Stance, month: Month) -> bool:
    ((_, forum),) = seat.levers
    return any(one.name == forum and seat.actor in arm.invited(one, month) for one in arm.forums)


def _thoughts(
    arm: Arm, actor: str, seats: Mapping[str, Stance], *, seed: int, replicate: int, step: int
) -> Iterator[Thought]:
    """What the actor thinks in a month of the options of its stances, and of its invitations."""
    plan = plan_of(arm)
    q, p = plan.months[step], plan.parameters({})[plan.months[step].segment]
    ((s,),) = states(arm, seed=seed, replicates=[replicate], steps=[step])
    yield from thoughts(plan, s, p, q, replicate_keys(seed, np.array([replicate]))[0], actor)
    for name, seat in seats.items():
        ((do, forum),) = seat.levers
        lever = plan.index.lever[actor, do, forum]
        reasons = reasons_of(plan, s, p, lever)
        worth, sits = sum(reasons.values()), bool(s.x[lever] >= 0.5)
        come = 1.0 / (1.0 + np.exp(-float(p.decide_rationality) * worth))
        for option, value, share, why in ((REFUSE, 0.0, 1.0 - come, {}), (ACCEPT, worth, come, reasons)):
            held = sits == (option == ACCEPT)
            yield Thought(name, option, held, held, False, value, 0.0, 1.0, float(share), 0.0, why)


def _option(arm: Arm, stance: Stance, one: Thought) -> Told:
    best = sorted(one.reasons.items(), key=lambda each: -abs(each[1]))[:3]
    return {
        "option": one.option,
        "words": option_words(arm, stance, one.option),
        "held": one.chosen,
        "value": one.value,
        "probability": one.probability,
        "motives": [motive(arm.theatre, *each) | {"words": _plainly(arm.theatre, *each)} for each in best],
    }


def _plainly(theatre: Theatre, reason: str, worth: float) -> str:
    """A reason of an option by itself: what it costs, or what it serves."""
    cost = "what a refusal would cost" if worth > 0 else "its cost"  # of an invitation
    plain: Mapping[str, str] = {COST: cost, AVERSION: "what it minds about such relations"}
    return plain.get(reason) or str(motive(theatre, reason, worth)["words"])


def _played(question: Question, known: Mapping[str, Stance]) -> Any:
    """The scenario with all that the player has chosen, in spans as long as a choice stays the same."""
    request, actor = question.request, str(question.asked.actor)
    problems: list[Problem] = []
    spans: list[tuple[Choice, Month]] = []
    for place, choice in enumerate(question.asked.choices):
        if found := list(_wrong(place, choice, known)):
            problems += found
            continue
        until = _until(request.arms[0], known[choice.stance], choice)
        if until < choice.start:
            continue
        last = next((n for n, (one, _) in enumerate(spans) if one.stance == choice.stance), None)
        if last is not None and spans[last][0].option == choice.option and spans[last][1] + 1 == choice.start:
            spans[last] = spans[last][0], until
        else:
            spans.insert(0, (choice, until))
    raise_any(problems)
    written = request.scenario.canonical()
    for choice, until in reversed(spans):
        sets = known[choice.stance].options[choice.option].sets
        for do, target in known[choice.stance].levers:
            entry = {"from": format_month(choice.start), "until": format_month(until), "actor": actor, "do": do}
            written["interventions"] += [{**entry, "target": target, "level": float(sets.get(f"{do} {target}", 0.0))}]
    if spans:
        written["name"] = f"{written['name'][:50]}_played"
        written["title"] = f"{written['title'][:250]}, {request.theatre.short[actor]} played"
    return resolve_document(Document("choices", {**written, "extends": None}), request.theatre.vocabulary)


def _until(arm: Arm, stance: Stance, choice: Choice) -> Month:
    """The last month of a choice: what the question fixes goes first, and who is not asked has nothing to accept."""
    if choice.option == ACCEPT and not _invited(arm, stance, choice.start):
        return choice.start - 1
    own = {(stance.actor, *lever) for lever in stance.levers}
    fixed = [
        item.start - 1
        for item in arm.scenario.interventions
        if item.lever in own and item.start <= choice.until and (item.until is None or item.until >= choice.start)
    ]
    return min([choice.until, *fixed])


def _wrong(place: int, choice: Choice, known: Mapping[str, Stance]) -> Iterator[Problem]:
    if choice.stance not in known:
        yield wrong(f"choices[{place}].stance", choice.stance, "not a stance", f"there are {', '.join(known)}")
    elif choice.option not in known[choice.stance].options:
        options = ", ".join(known[choice.stance].options)
        yield wrong(f"choices[{place}].option", choice.option, "not an option", f"there are {options}")
    if choice.until < choice.start:
        yield wrong(f"choices[{place}].until", format_month(choice.until), "must not be before 'from'")
