"""Who does what when, and why: by shares of replicates, in one history, and for the player of an actor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from influence_sim.analysis.explain import MOST_ENTRIES
from influence_sim.analysis.explain.parts import differing
from influence_sim.analysis.replay import REPLICATES, Move, fixed_stances, moves, shares_of, snapshots
from influence_sim.api import explain
from influence_sim.api.explain import HEADINGS, ExplanationRequest
from influence_sim.base.display import agreeing
from influence_sim.base.errors import InputError, Problem, raise_any, wrong
from influence_sim.base.months import Month, format_month
from influence_sim.base.strict_yaml import Document
from influence_sim.base.values import picked
from influence_sim.laboratory.answers import Data
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
from influence_sim.words.sentences import for_print, name_words, stance_words

SIDES = ("scenario", "against")
"""The names of the two arms in answers."""
REFUSE, ACCEPT = "refuse", "accept"
"""The answers to an invitation."""
FEW = 32
"""Replicates of an explanation."""
MAP_WIDTH = 660
"""Units of a map from west to east."""
DIGITS = 3
"""Decimals of shares that are only drawn."""


def who(question: Question) -> Data:
    """The share of replicates that hold each option, month by month, and who holds the ground at the end."""
    request = question.request
    replicates = range(min(request.replicates, REPLICATES))
    shares = [shares_of(arm, seed=request.seed, replicates=replicates).round(DIGITS) for arm in request.arms]
    fixed, rows = [fixed_stances(arm) for arm in request.arms], []
    for stance in plan_of(request.arms[0]).index.stances:
        words = [
            option_words(request.arms[0], stance, name) if option.sets else "nothing"
            for name, option in stance.options.items()
        ]
        label = stance_words(stance.name, request.theatre)
        row: Data = {"actor": stance.actor, "stance": stance.name, "label": label}
        row |= {"options": list(stance.options), "words": words}
        for part, arm, share, fixed_months in zip(SIDES, request.arms, shares, fixed, strict=False):
            options = enumerate(plan_of(arm).index.options)
            row[part] = share[:, [n for n, (other, *_) in options if other.label == stance.label]].T
            row[f"{part}_fixed"] = np.array([(stance.actor, stance.name) in month for month in fixed_months])
        own = ~row["scenario_fixed"]  # what an actor would choose where the scenario does it has no effect
        gaps = np.abs(row["scenario"] - row.get("against", row["scenario"])).sum(axis=0)
        rows.append(row | {"change": gaps[own].sum() / 2 / len(own)})
    return {"stances": rows, "replicates": len(replicates), "map": list(_ground(request))}


def _ground(request: RunRequest) -> Iterator[Data]:
    """Who holds which share of each province in the last month, in both arms."""
    control = snapshots(request, [request.last]).control
    arms = {name: rows.set_index("iso") for name, rows in control.groupby("scenario", sort=False)}
    holders = ["government", "contested", "insurgents", "spoiler"]
    for iso, shape in _shapes(request.theatre).items():
        holdings = {
            part: arms[name].loc[iso, holders].round(DIGITS + 1).to_dict()
            for part, name in zip(SIDES, request.names, strict=False)
        }
        row = arms[request.scenario.name].loc[iso]
        could_be_chance = "diff" in row and row["ci_low"] <= 0 <= row["ci_high"]
        yield {"iso": iso, "name": str(row["name"]), "clear": not could_be_chance, **shape, **holdings}


def _shapes(theatre: Theatre) -> dict[str, Data]:
    """Each province's outline as an SVG path, and the place of its name; `MAP_WIDTH` units wide, y runs south."""
    from influence_sim.views.outlines import shapes_of  # with matplotlib, for which a first answer need not wait

    shapes = shapes_of(theatre, folder_in_use())
    if not shapes:
        return {}
    corners = np.concatenate([ring for shape in shapes.values() for ring in shape.rings])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    scale, height = MAP_WIDTH / (east - west), round(MAP_WIDTH * (north - south) / (east - west))
    outlines = {}
    for iso, shape in shapes.items():
        rings = [np.column_stack([ring[:, 0] - west, north - ring[:, 1]]) * scale for ring in shape.rings]
        path = "".join("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring[:-1]) + "Z" for ring in rings)
        x, y = (shape.centre[0] - west) * scale, (north - shape.centre[1]) * scale
        outlines[iso] = {"short": shape.name, "path": path, "x": round(x, 1), "y": round(y, 1), "height": height}
    return outlines


def tell(question: Question) -> Data:
    """One history: every change of mind with the motives that decided it, and the asked outcomes."""
    request, replicate = question.request, question.asked.replicate
    by_arm = (moves(arm, seed=request.seed, replicate=replicate) for arm in request.arms)
    changes = list(moves_data(request.arms[0], *by_arm))
    return {"replicate": replicate, "moves": changes, "paths": _paths(question, request.arms)}


def _paths(question: Question, arms: Sequence[Arm]) -> Data:
    """The asked outcomes in the history of each arm, (outcomes, months)."""
    draws: Data = {"seed": question.request.seed, "replicates": [question.asked.replicate]}
    return {part: simulate(arm, **draws)[:, question.rows, 0].T for part, arm in zip(SIDES, arms, strict=False)}


def moves_data(arm: Arm, moves: Iterable[Move], others: Iterable[Move] | None = None) -> Iterator[Data]:
    """Changes of mind in words; those that are not among the `others`, of the other arm, are marked as new."""
    usual = {(move.step, move.actor, move.stance, move.now) for move in others or ()}
    options = {stance.label: stance for stance in plan_of(arm).index.stances}
    for move in moves:
        stance = options[f"{move.actor}.{move.stance}"]
        yield {
            "month": format_month(arm.month(move.step)),
            **picked(move, "actor", "stance", "was", "now", "fixed"),
            "words": option_words(arm, stance, move.now, move.was),
            "new": others is not None and (move.step, move.actor, move.stance, move.now) not in usual,
            "motives": [motive(arm.theatre, *item) for item in move.motives],
        }


def option_words(arm: Arm, stance: Stance, now: str, was: str = "") -> str:
    """What an actor does under an option, `deals openly with the insurgents`, or what it does not do."""
    theatre = arm.theatre
    labels = {forum.name: forum.label for forum in arm.forums} | dict(theatre.within)
    actor = theatre.within[stance.actor]

    def phrases(option: Option, *, negated: bool = False) -> Iterator[str]:
        for key, level in option.sets.items():
            do, target = key.split()
            words = theatre.instruments[do]
            phrase = (words.does_not if negated else words.does).format(target=labels.get(target, target))
            phrase = agreeing(phrase, actor)
            yield phrase if level == 1 or negated else f"{phrase} (at {level:g} of full strength)"

    deeds = list(phrases(stance.options[now]))
    if not deeds:
        others = [stance.options[was]] if was else stance.options.values()
        undone = list(dict.fromkeys(phrase for option in others for phrase in phrases(option, negated=True)))
        deeds = undone if len(undone) == 1 else [agreeing("does nothing of the kind", actor)]
    return " and ".join(filter(None, (", ".join(deeds[:-1]), deeds[-1])))


def motive(theatre: Theatre, reason: str, worth: float, *, single: bool = False) -> Data:
    """A reason, as `Thought.reasons` names it, in words: for one option instead of another, or about a `single` one."""
    name, _, target = reason.partition(" (")
    plain = {COST: "spares the cost", AVERSION: "spares what it minds about such relations"}  # by doing less
    if single:
        cost = "what a refusal would cost" if worth > 0 else "its cost"  # of an invitation
        plain = {COST: cost, AVERSION: "what it minds about such relations"}
    labels = {outcome.name: theatre.inner(outcome.label) for outcome in theatre.outcomes}
    rule = next((rule for rule in theatre.rules if rule.id == name), None)
    words = plain.get(name) or labels.get(name) or name_words(name, theatre)
    about = rule.statement if rule else ""
    towards = theatre.within.get(target.removesuffix(")"), "") if target else ""
    return {"words": words, "towards": towards, "about": about, "worth": worth}


def why(question: Question) -> Data:
    """The parts of the change of the first outcome: itself and response, each intervention, interests and rules."""
    request = question.request
    sample = replace(request, replicates=min(FEW, request.replicates))
    fixed_count = len(differing(*request.scenarios))
    groups = ["response", *(["interventions"] if 1 < fixed_count <= MOST_ENTRIES else []), "interests", "rules"]
    explanation = explain.compute(ExplanationRequest((sample,), request.asked[0], tuple(groups), 2, together=False))
    columns = ["kind", "part", "words", "value", "ci_low", "ci_high", "share"]
    divisions = [
        {
            "heading": HEADINGS[name],
            "rows": [
                {**row, "words": for_print(row["words"])}
                for row in explanation.with_clear_shares(name)[columns].to_dict("records")
            ],
        }
        for name in explanation.divisions
    ]
    return {"outcome": request.asked[0], "replicates": sample.replicates, "divisions": divisions}


def play(question: Question) -> Data:
    """A player's next turn: what happened, what may be chosen, what each option is worth to the actor, and why."""
    request, asked = question.request, question.asked
    theatre, actor = request.theatre, asked.actor
    if actor is None:
        raise InputError(wrong("actor", "", "must be named to be played"))
    unplayed = request.arms[0]
    stances = {stance.name: stance for stance in plan_of(unplayed).index.stances if stance.actor == actor}
    seats = {seat.name: seat for seat in _seats(unplayed, actor)}
    # the choices so far become dated interventions of a scenario that runs like any other
    arm = replace(unplayed, scenario=_played_scenario(question, stances | seats))
    month = asked.month or theatre.calendar.record_ends
    step = min(month - theatre.start, request.months - 1)
    if step < 0:
        raise InputError(wrong("month", format_month(month), f"nothing happens before {format_month(theatre.start)}"))
    next_month = unplayed.month(min(step + 1, request.months - 1))
    fixed = {lever for lever, _ in unplayed.fixed(next_month)}
    considered = list(_thoughts(arm, actor, seats, seed=request.seed, replicate=asked.replicate, step=step))
    paths = _paths(question, (arm, unplayed))
    paths["scenario"] = paths["scenario"][:, : step + 1]
    changes, others = (moves(each, seed=request.seed, replicate=asked.replicate) for each in (arm, unplayed))
    invited = [seat for seat in seats.values() if _invited(unplayed, seat, next_month)]
    return {
        "actor": actor,
        "month": format_month(theatre.start + step),
        "over": step >= request.months - 1,
        "stances": [
            {
                "stance": stance.name,
                "seat": stance.name in seats,
                "words": option_words(arm, stance, ACCEPT)
                if stance.name in seats
                else stance_words(stance.name, theatre),
                "fixed": any((actor, *lever) in fixed for lever in stance.levers),
                "options": [_option(arm, stance, thought) for thought in considered if thought.stance == stance.name],
            }
            for stance in [*stances.values(), *invited]
        ],
        "moves": list(moves_data(arm, (move for move in changes if move.step <= step), others)),
        "paths": paths,
        "scenario": arm.scenario.canonical(),
    }


def _seats(arm: Arm, actor: str) -> Iterator[Stance]:
    """The invitations that an actor answers, each as a stance of two options."""
    index = plan_of(arm).index
    for lever in index.levers[index.policies :]:
        if lever.actor == actor:
            name = f"{lever.do} {lever.target}"
            options = {REFUSE: Option(), ACCEPT: Option(sets={name: 1.0})}
            yield Stance.model_construct(actor=actor, name=name, start=REFUSE, options=options)  # a name of no file


def _invited(arm: Arm, seat: Stance, month: Month) -> bool:
    ((_, forum),) = seat.levers
    return any(entry.name == forum and seat.actor in arm.invited(entry, month) for entry in arm.forums)


def _thoughts(
    arm: Arm, actor: str, seats: Mapping[str, Stance], *, seed: int, replicate: int, step: int
) -> Iterator[Thought]:
    """The actor's thoughts in a month on the options of its stances, and on its invitations."""
    plan = plan_of(arm)
    q, p = plan.months[step], plan.parameters({})[plan.months[step].segment]
    ((s,),) = states(arm, seed=seed, replicates=[replicate], steps=[step])
    yield from thoughts(plan, s, p, q, replicate_keys(seed, np.array([replicate]))[0], actor)
    for name, seat in seats.items():
        ((do, forum),) = seat.levers
        lever = plan.index.lever[actor, do, forum]
        reasons = reasons_of(plan, s, p, lever)
        worth, accepts = sum(reasons.values()), bool(s.x[lever] >= 0.5)
        accept = 1.0 / (1.0 + np.exp(-float(p.decide_rationality) * worth))
        for option, value, share, motives in ((REFUSE, 0.0, 1.0 - accept, {}), (ACCEPT, worth, accept, reasons)):
            held = accepts == (option == ACCEPT)
            yield Thought(name, option, held, held, False, value, 0.0, 1.0, float(share), 0.0, motives)


def _option(arm: Arm, stance: Stance, thought: Thought) -> Data:
    strongest = sorted(thought.reasons.items(), key=lambda item: -abs(item[1]))[:3]
    return {
        **picked(thought, "option", "value", "probability"),
        "words": option_words(arm, stance, thought.option),
        "held": thought.chosen,
        "motives": [motive(arm.theatre, *item, single=True) for item in strongest],
    }


def _played_scenario(question: Question, stances: Mapping[str, Stance]) -> Any:
    """The scenario with the player's choices, each for as long as it stays the same."""
    request, actor = question.request, str(question.asked.actor)
    problems: list[Problem] = []
    spans: list[tuple[Choice, Month]] = []
    for index, choice in enumerate(question.asked.choices):
        if choice_problems := list(_check_choice(index, choice, stances)):
            problems += choice_problems
            continue
        until = _last_month(request.arms[0], stances[choice.stance], choice)
        if until < choice.start:
            continue
        prior = next((n for n, (other, _) in enumerate(spans) if other.stance == choice.stance), None)
        if prior is not None and spans[prior][0].option == choice.option and spans[prior][1] + 1 == choice.start:
            spans[prior] = spans[prior][0], until
        else:
            spans.insert(0, (choice, until))
    raise_any(problems)
    data = request.scenario.canonical()
    for choice, until in reversed(spans):
        sets = stances[choice.stance].options[choice.option].sets
        for do, target in stances[choice.stance].levers:
            entry = {"from": format_month(choice.start), "until": format_month(until), "actor": actor, "do": do}
            data["interventions"] += [{**entry, "target": target, "level": float(sets.get(f"{do} {target}", 0.0))}]
    if spans:
        data["name"] = f"{data['name'][:50]}_played"
        data["title"] = f"{data['title'][:250]}, {request.theatre.short[actor]} played"
    return resolve_document(Document("choices", {**data, "extends": None}), request.theatre.vocabulary)


def _last_month(arm: Arm, stance: Stance, choice: Choice) -> Month:
    """The last month of a choice: what the question fixes takes precedence, and only an invitation can be accepted."""
    if choice.option == ACCEPT and not _invited(arm, stance, choice.start):
        return choice.start - 1
    levers = {(stance.actor, *lever) for lever in stance.levers}
    fixed = [
        item.start - 1
        for item in arm.scenario.interventions
        if item.lever in levers and item.start <= choice.until and (item.until is None or item.until >= choice.start)
    ]
    return min([choice.until, *fixed])


def _check_choice(index: int, choice: Choice, stances: Mapping[str, Stance]) -> Iterator[Problem]:
    if choice.stance not in stances:
        yield wrong(f"choices[{index}].stance", choice.stance, "not a stance", f"there are {', '.join(stances)}")
    elif choice.option not in stances[choice.stance].options:
        options = ", ".join(stances[choice.stance].options)
        yield wrong(f"choices[{index}].option", choice.option, "not an option", f"there are {options}")
    if choice.until < choice.start:
        yield wrong(f"choices[{index}].until", format_month(choice.until), "must not be before 'from'")
