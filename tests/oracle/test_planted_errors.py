"""Errors planted in the oracle, each of which the comparison with the model must notice.

In every equation every term, factor, bound, number and condition is made wrong, one at a time, and runs in which
everything acts must notice: the first of each equation always, all of them with `-m slow`.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any

import mutants
import oracle
import oracle_authority
import oracle_decision
import oracle_state
import oracle_war
import oracle_world
import pytest
from comparison import first_difference, record_of, sample

PLANTED: list[tuple[str, int, dict[str, float]]] = [
    *(("everything", 3, sample(8)), ("minds", 5, {}), ("new_forums", 3, sample(10)), ("turned", 6, {})),
    *(("bounds", 1, {}), ("changes", 1, {}), ("seats", 3, sample(12)), ("everything", 4, sample(14))),
    *((scenario, seed, {}) for seed in (7, 8, 9, 10) for scenario in ("minds", "turned")),
]


def equations() -> list[tuple[Any, str]]:
    """Every function in which the oracle computes something, and who has it."""
    modules = (oracle_decision, oracle_world, oracle_war, oracle_authority, oracle)
    found: list[tuple[Any, str]] = [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and name != "run"
    ]
    state = vars(oracle_state.State)
    found += [
        (oracle_state.State, name)
        for name, value in state.items()
        if isinstance(value, FunctionType) and not name.startswith("__")
    ]
    return found


@cache
def planted_record(number: int) -> list[list[float]]:
    """The model's outcomes of a run in which errors are planted."""
    return record_of(*PLANTED[number])


def caught(owner: Any, name: str, wrong: Any) -> bool:
    """Whether some run departs from the model, or breaks, with a function that is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, wrong)
        for number, planted in enumerate(PLANTED):
            try:
                if first_difference(*planted, planted_record(number)):
                    return True
            except (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError):
                return True
    return False


HARMLESS = {
    # interests that rules work through have their ideals at an end of the scale, so that gaps have one sign
    "drive": {"max(-total, 0.0) -> -total", "max(total, 0.0) -> total"},
    # whoever engages openly does so in full
    "chance_of": {"option.sets[lever] * likely[option.name] -> likely[option.name]"},
    # whoever helps somebody helps one side only
    "tie_aid_to_enemy": {
        "{(i, 'fight', e), (e, 'fight', i)} & set(s.x) -> {(i, 'fight', e), (e, 'fight', i)}",
        "{(i, 'fight', e), (e, 'fight', i)} & set(s.x) -> set(s.x)",
    },
    # weights of sponsors sum to 1
    "support": {
        "given / max(sum(weights.values()), 1) -> given",
        "max(sum(weights.values()), 1) -> sum(weights.values())",
    },
    # Kabul's own channel bypasses nobody, so that the largest of all is never below 0
    "bypassed": {"min(taliban, s.seat('kabul', forum.name)) -> s.seat('kabul', forum.name)"},
    # nobody's contact is disclosed twice; and Russia is in contact already when it is said to make contact
    "dated_events": {
        "max(s.disclosed[event['actor']], strength) -> strength",
        "s.x[lever] += strength * (1 - s.x[lever]) -> pass",
        "strength * (1 - s.x[lever]) -> 1 - s.x[lever]",
    },
}
"""Errors that no run with this theatre's data can show, and why."""


def planted_in(function: Any, name: str) -> list[mutants.Mutant]:
    """The errors of a function that can show."""
    return [(wrong, bad) for wrong, bad in mutants.mutants(function) if wrong not in HARMLESS.get(name, ())]


def has_errors(owner: Any, name: str) -> bool:
    """Whether anything can be made wrong in a function; in some everything stands in those that they call."""
    return any(True for _ in mutants.mutants(getattr(owner, name)))


EQUATIONS = [(owner, name) for owner, name in equations() if has_errors(owner, name)]
NAMES = [name for _, name in EQUATIONS]


@pytest.mark.parametrize(("owner", "name"), EQUATIONS, ids=NAMES)
def test_an_error_planted_in_an_equation_is_caught(owner, name):
    wrong, bad = planted_in(getattr(owner, name), name)[0]
    assert caught(owner, name, bad), wrong


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name"), EQUATIONS, ids=NAMES)
def test_every_error_planted_in_an_equation_is_caught(owner, name):
    assert [wrong for wrong, bad in planted_in(getattr(owner, name), name) if not caught(owner, name, bad)] == []


def test_errors_called_harmless_can_be_planted():
    functions = {name: getattr(owner, name) for owner, name in EQUATIONS}
    for name, harmless in HARMLESS.items():
        assert harmless <= {wrong for wrong, _ in mutants.mutants(functions[name])}, name


def test_without_an_error_the_same_runs_agree():
    assert [first_difference(*planted, planted_record(n)) for n, planted in enumerate(PLANTED)] == [""] * len(PLANTED)
