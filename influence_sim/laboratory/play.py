"""For a player in one actor's chair: what it may choose next, what each option is worth to its actor, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from influence_sim.analysis.replayed import moves
from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.base.months import Month, format_month
from influence_sim.base.strict_yaml import Document
from influence_sim.laboratory.answers import Told
from influence_sim.laboratory.question import Choice, Question
from influence_sim.laboratory.stories import motive, moves_told, option_words
from influence_sim.model import Arm, simulate
from influence_sim.model.draws import replicate_keys
from influence_sim.model.ensemble import parameters_of, states
from influence_sim.model.plan import plan_of
from influence_sim.model.reasons import AVERSION, COST, Thought, reasons_of, thoughts
from influence_sim.scenario.resolve import resolve_document
from influence_sim.theatre import Theatre
from influence_sim.theatre.spec import Option, Stance

REFUSE, ACCEPT = "refuse", "accept"
"""How an invitation may be answered."""


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
    q, p = plan.months[step], parameters_of(plan, {})[plan.months[step].segment]
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
