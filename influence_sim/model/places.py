"""Where the state holds what an outcome measures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from influence_sim.base.errors import InputError, did_you_mean, wrong
from influence_sim.model.fields import STATE
from influence_sim.model.index import Index
from influence_sim.model.records import Kinds, place
from influence_sim.theatre.spec import Outcome

MOST_LISTED = 6
POLICY = "policy"
"""What outcomes call the intensity of a lever."""


def place_of(index: Index, kinds: Kinds, outcome: Outcome) -> int:
    """Where the state holds an outcome; what belongs to an actor, lever or forum that is not there is always 0.

    Raises:
        InputError: nobody measures it.
    """
    field = "x" if outcome.measure == POLICY else outcome.measure
    if field not in STATE:
        known = [*STATE, POLICY]
        problem = f"no measure for the outcome {outcome.name}"
        hint = did_you_mean(outcome.measure, known)
        raise InputError(wrong("outcomes.yaml", outcome.measure, problem, hint))
    axes, of = STATE[field], outcome.of
    if not axes:
        return place(kinds.state, field)
    rows: Mapping[Any, int] = {}
    match axes[0]:
        case "mediators":
            rows = {name: k for k, name in enumerate(index.theatre.roles.mediators)}
        case "actors":
            rows = index.actor
        case "forums":
            rows = index.forum
        case "levers":
            rows = {".".join(key): row for key, row in index.lever.items()}
    if not of or (of in index.actor and axes[0] in {"mediators", "forums", "levers"} and of not in rows):
        rule = f"the outcome {outcome.name} measures {outcome.measure} of one of the {axes[0]}"
        raise InputError(wrong("outcomes.yaml", of, rule, f"write `of`: {', '.join(sorted(rows)[:MOST_LISTED])}"))
    return place(kinds.state, field, rows[of]) if of in rows else place(kinds.state, "nothing")
