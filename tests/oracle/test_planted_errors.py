"""Errors planted in the oracle, each of which the comparison with the model must notice.

In every equation every term, factor, bound, number and condition is made wrong, one at a time, and runs in which
everything acts must notice: in one equation of each module always, in all of them with `-m slow`.
"""

from __future__ import annotations

import shutil
from pathlib import Path
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
from comparison import DATA, first_difference, record_of, sample

Planted = tuple[str, int, dict[str, float]]  # scenario, seed, parameters
FORMS: list[dict[str, float]] = [
    {
        "decide.form": 1,
        "effect.form": 1,
        "territory.form": 1,
        "ties.balance": 1,
        "mediation.form": 1,
        "rivalry.form": 2,
    },
    {"decide.form": 2, "territory.form": 1, "legitimacy.form": 1, "ties.balance": 1, "rivalry.form": 1},
    {"decide.form": 2, "effect.form": 1, "mediation.form": 1, "authority.mean": 1},
]
"""Forms that theory allows as well (ODD 7.14), each in some run."""
POWERLESS: dict[str, float] = {"territory.form": 1, "legitimacy.morale": 0} | {
    f"capability.{force}": 0 for force in ("effort", "support", "rent", "revenue", "troops", "air")
}
"""Both sides have less force than counts least, where ratios count."""
UNHEARD: dict[str, float] = {
    "mediation.form": 1,
    "mediation.base": 3,
    "mediation.absent": 1,
    "mediation.without_access": 0,
}
"""Mediators whom both sides would accept, and who have no access to them."""
PLANTED: list[Planted] = [
    *(("everything", 3, sample(8)), ("minds", 5, {}), ("new_forums", 3, sample(10)), ("turned", 6, {})),
    *(("bounds", 1, {}), ("changes", 1, {}), ("seats", 3, sample(12)), ("everything", 4, sample(14))),
    ("everything", 5, FORMS[0]),
    ("minds", 6, FORMS[1]),
    ("turned", 4, FORMS[2]),
    ("minds", 8, {"decide.form": 1}),
    ("everything", 6, POWERLESS),
    ("everything", 7, UNHEARD),
    *((scenario, seed, {}) for seed in (2, 7, 8, 9, 10) for scenario in ("minds", "turned")),
]


def equations() -> list[tuple[Any, str]]:
    """Every function in which the oracle computes something, and who has it."""
    modules = (oracle_decision, oracle_world, oracle_war, oracle_authority, oracle)
    functions: list[tuple[Any, str]] = [
        (module, name)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and name != "run"
    ]
    state = vars(oracle_state.State)
    functions += [
        (oracle_state.State, name)
        for name, value in state.items()
        if isinstance(value, FunctionType) and not name.startswith("__")
    ]
    return functions


RECORDS: dict[tuple[object, ...], list[list[float]]] = {}


def departs(planted: Planted, data: Path) -> str:
    """Where a run departs in which errors are planted."""
    key = (*planted[:2], *sorted(planted[2].items()), data)
    if key not in RECORDS:
        RECORDS[key] = record_of(*planted, data)
    return first_difference(*planted, RECORDS[key], data)


def caught(owner: Any, name: str, wrong: Any, elsewhere: Path | None = None) -> bool:
    """Whether some run, here or elsewhere, departs from the model, or breaks, with a function that is wrong."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, wrong)
        for planted in sorted(PLANTED, key=lambda planted: planted is not TELLING.get(name)):
            try:
                departed = departs(planted, elsewhere or DATA)
            except (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError):
                departed = "breaks"
            if departed:
                TELLING[name] = planted
                return True
    return False


TELLING: dict[str, Planted] = {}
"""The run that showed the last error of an equation: it mostly shows the next one as well."""


ELSEWHERE = {
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
    "sponsors": {"max(1 - sum(named.values()), 0) -> 1 - sum(named.values())"},
    "support": {"given / max(sum(weights.values()), 1) -> given"},
    # both sides judge both mediators
    "raw_acceptance": {" for j in SIDES if (j, k) in s.ties ->  for j in SIDES"},
    # nobody's contact is disclosed twice; and Russia is in no contact before it is said to make some
    "dated_events": {
        "max(s.disclosed[event['actor']], strength) -> strength",
        "strength * (1 - s.x[lever]) -> strength",
        "1 - s.x[lever] -> 1",
    },
}
"""Errors that no run with this theatre's data can show, and why; some run in another theatre does."""
NOWHERE = {
    # further out the odds of a normal number are 1 or 0 to the last digit
    "errs_normally": {
        "clip(gain(s, stance, option) * math.sqrt(3) / math.pi, -32, 32) -> "
        "gain(s, stance, option) * math.sqrt(3) / math.pi",
        "32 -> 35.2",
    },
    # the first option takes what the others leave, and what is recorded of probabilities is of no first option
    "satisfices": {"0.0 -> 1.0", "odds[first.name] += searching -> pass"},
    # nor do they ever sum to less
    "support": {"max(sum(weights.values()), 1) -> sum(weights.values())"},
    # Kabul's own channel bypasses nobody, so that the largest of all is never below 0
    "bypassed": {"min(taliban, s.seat('kabul', forum.name)) -> s.seat('kabul', forum.name)"},
}
HARMLESS = {name: ELSEWHERE.get(name, set()) | NOWHERE.get(name, set()) for name in (*ELSEWHERE, *NOWHERE)}


def planted_in(function: Any, name: str) -> list[mutants.Mutant]:
    """The errors of a function that can show."""
    return [(wrong, bad) for wrong, bad in mutants.mutants(function) if wrong not in HARMLESS.get(name, ())]


def has_errors(owner: Any, name: str) -> bool:
    """Whether anything can be made wrong in a function; in some everything stands in those that they call."""
    return any(True for _ in mutants.mutants(getattr(owner, name)))


EQUATIONS = [(owner, name) for owner, name in equations() if has_errors(owner, name)]
NAMES = [name for _, name in EQUATIONS]


@pytest.mark.parametrize(("owner", "name"), dict(EQUATIONS).items(), ids=lambda part: getattr(part, "__name__", part))
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


@pytest.mark.slow
def test_without_an_error_the_same_runs_agree():
    assert [departs(planted, DATA) for planted in PLANTED] == [""] * len(PLANTED)


# Another theatre: what the equations say of data that these files do not have.

EDITS = [
    ("actors/01_russia.yaml", "russia_inclusion, ideal: 1", "russia_inclusion, ideal: 0.2"),
    ("actors/01_russia.yaml", "northern_threat, ideal: 0,", "northern_threat, ideal: 0.3,"),
    ("actors/01_russia.yaml", "start: none", "start: covert"),
    ("actors/02_us.yaml", "alone: {sets: {engage_publicly taliban: 1}", "alone: {sets: {engage_publicly taliban: 0.7}"),
    ("actors/02_us.yaml", "ties:", "ties:\n  pakistan: {tie: 0, claims: [C11]}"),
    ("actors/03_kabul.yaml", "  russia: {tie: 0, claims: [C35, C48]}\n", ""),
    ("actors/06_pakistan.yaml", "{support taliban: 0.3}", "{support taliban: 0.3, support kabul: 0.4}"),
    # so that levers fit into records that are compiled already
    ("actors/07_china.yaml", "{press_for_talks us: 1}", "{press_for_talks taliban: 0.5}"),
    ("actors/07_china.yaml", "{press_for_talks us: 1, press_for_talks taliban: 1}", "{press_for_talks taliban: 0.8}"),
    ("actors/08_iran.yaml", "stances:", "sponsor: {value: 0.7, low: 0.6, high: 0.8, unit: weight, note: x}\nstances:"),
    (
        "actors/09_europe.yaml",
        "stances:",
        "costs: {attend: {value: 0.1, low: 0, high: 0.2, unit: utility, note: x}}\nstances:",
    ),
    ("events.yaml", "kind: disclose, actor: russia", "kind: disclose, actor: europe"),
    ("events.yaml", "2017-04, kind: disclose", "2016-02, kind: disclose"),
    ("events.yaml", "europe, strength: disclosed, claims: [C52", "europe, strength: 0.05, claims: [C52"),
]
"""File, what stands there, and what stands there in the other theatre."""


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of another theatre."""
    folder = tmp_path_factory.mktemp("elsewhere") / "data"
    shutil.copytree(DATA, folder)
    for name, here, there in EDITS:
        text = (folder / name).read_text(encoding="utf-8")
        assert here in text, here
        (folder / name).write_text(text.replace(here, there, 1), encoding="utf-8")
    return folder


@pytest.mark.parametrize("planted", PLANTED[:4], ids=lambda planted: planted[0])
def test_oracle_and_model_agree_in_another_theatre(elsewhere, planted):
    assert departs(planted, elsewhere) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", ELSEWHERE)
def test_errors_that_only_another_theatre_shows_are_caught_there(elsewhere, name):
    owner = next(owner for owner, equation in EQUATIONS if equation == name)
    errors = dict(mutants.mutants(getattr(owner, name)))
    assert [wrong for wrong in ELSEWHERE[name] if not caught(owner, name, errors[wrong], elsewhere)] == []
