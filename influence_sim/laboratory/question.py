"""What may be asked: a scenario as in a file, what to compare it with, and how much to run.

It reads and checks questions, and lists what the page offers for them, in the words of the theatre.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import Field

from influence_sim._version import __version__
from influence_sim.analysis.worlds import plausible
from influence_sim.api.lookups import labels, scenario_rows
from influence_sim.base.display import capital
from influence_sim.base.errors import InputError, Problem, raise_any
from influence_sim.base.months import format_month
from influence_sim.base.strict_yaml import Document
from influence_sim.base.values import picked
from influence_sim.runs.manifest import model_version
from influence_sim.runs.request import MAX_SEED, RunRequest
from influence_sim.scenario.checked_file import CheckedFile
from influence_sim.scenario.resolve import load_scenario, resolve_document
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.scenario.schema import Date, Part, Several, Word
from influence_sim.theatre import ParameterSpec, Theatre
from influence_sim.theatre import load as load_theatre
from influence_sim.theatre.words import ActorWords
from influence_sim.words.sentences import name_words, parameter_words
from influence_sim.words.terms import unit_words

MOST_REPLICATES = 1000
"""A run with more belongs on the command line."""
MOST_WORLDS = 1024
MOST_CHOICES = 256

ScenarioData = dict[str, Any]
"""A scenario as in a file, and checked as one."""


class Choice(Part):
    """What a player does: an option of a stance of his, or how strongly he uses one lever, for some months."""

    start: Date = Field(alias="from", description="First month it holds.")
    until: Date = Field(description="Last month it holds.")
    stance: Word = Field(description="One of the actor's stances, or `attend FORUM` where it answers invitations.")
    option: Word = Field(description="One of the stance's options.")


class Asked(Part):
    """A question."""

    scenario: ScenarioData = Field(description="A scenario as a file would have it; it may extend shipped ones.")
    against: ScenarioData | None = Field(None, description="What to compare it with, if no shipped one that it names.")
    replicates: int = Field(200, ge=1, le=MOST_REPLICATES, description="How many histories of either arm.")
    seed: int = Field(1, ge=0, le=MAX_SEED, description="Of the draws.")
    months: int | None = Field(None, ge=1, description="Monthly records; by default as many as the theatre says.")
    worlds: Literal["plausible", "prior"] = Field("plausible", description="In which worlds to try the answer.")
    count: int = Field(512, ge=16, le=MOST_WORLDS, description="In how many of them.")
    month: Date | None = Field(None, description="Up to which month a history is told; by default to its end.")
    replicate: int = Field(0, ge=0, lt=MOST_REPLICATES, description="Which history to tell.")
    actor: Word | None = Field(None, description="Whose part is played.")
    choices: Several[Choice] = Field((), max_length=MOST_CHOICES, description="What the player has chosen.")


@dataclass(frozen=True)
class Question:
    """A question that can be answered."""

    asked: Asked
    request: RunRequest

    @property
    def rows(self) -> list[int]:
        """The outcomes that are asked about, as indices into the theatre's outcomes."""
        return [self.request.theatre.vocabulary.outcomes.index(name) for name in self.request.asked]


def read_question(document: Document) -> Question:
    """Checks a question.

    Raises:
        InputError: all its problems; those of the scenario as `validate` reports them.
    """
    theatre = load_theatre()
    file = CheckedFile(document, Asked)
    problems = list(file.problems)
    problems += file.check_name(("actor",), "an actor", theatre.vocabulary.actors)
    scenario = _resolve(file, "scenario", theatre, problems)
    against = _resolve(file, "against", theatre, problems)
    if against is None and scenario is not None:
        against = load_scenario(scenario.against, theatre.vocabulary)
    raise_any(problems)
    asked = file.required()
    if scenario is None or against is None:
        raise AssertionError("a question without problems has scenarios")
    baseline = None if scenario.first_dated(against) is None else against
    months = asked.months or theatre.calendar.months
    size = asked.seed, asked.replicates, months, asked.count if baseline else 0, asked.worlds
    request = RunRequest(theatre, scenario, baseline, *size)
    return Question(asked, request)


def _resolve(file: CheckedFile[Asked], key: str, theatre: Theatre, problems: list[Problem]) -> ResolvedScenario | None:
    """A scenario of a question; its problems are added to the list."""
    try:
        if isinstance(data := file.get(key), dict):
            return resolve_document(Document(key, data), theatre.vocabulary)
    except InputError as error:
        problems += [replace(item, path=f"{key}.{item.path}".removesuffix(f".{key}")) for item in error.problems]
    return None


def menus(initial: ResolvedScenario | None = None) -> dict[str, Any]:
    """The theatre as the page needs it, and the scenario with which it opens: plain data."""
    theatre = load_theatre()
    calendar, words = theatre.calendar, theatre.words
    worlds = plausible(theatre)
    return {
        "tool": __version__,
        "model": model_version(theatre)[:12],
        "title": theatre.title,
        "background": words.background,
        "calendar": {name: format_month(getattr(calendar, name)) for name in ("start", "record_ends", "last")}
        | {"months": calendar.months},
        "limits": {"replicates": MOST_REPLICATES, "worlds": min(len(worlds.numbers), MOST_WORLDS) if worlds else 0},
        "question": list(theatre.question),
        "opened": None if initial is None else initial.canonical(),
        "example": list(words.example.levers),
        "roles": dict(theatre.roles),
        "actors": [
            {
                **picked(actor, "name", "label"),
                "short": theatre.short[actor.name],
                "within": theatre.within[actor.name],
                "who": words.actors.get(actor.name, ActorWords()).who,
                "stances": [stance.name for stance in actor.stances],
            }
            for actor in theatre.actors
        ],
        "targets": {**{forum.name: forum.label for forum in theatre.forums}, **theatre.within},
        "instruments": {name: dict(entry._asdict()) for name, entry in theatre.instruments.items()},
        "levers": [[lever.actor, lever.do, lever.target] for lever in theatre.levers],
        "conditions": [
            {
                "name": name,
                "label": capital(name_words(name, theatre)),
                "unit": unit_words(entry.unit, theatre),
                **picked(entry, "low", "high", "default"),
            }
            | {"record": {format_month(month): theatre.number(value) for month, value in condition.series.items()}}
            for (name, entry), condition in zip(theatre.vocabulary.conditions.items(), theatre.conditions, strict=True)
        ],
        "outcomes": [
            {**picked(entry, "name", "label", "unit"), "about": words.outcomes.get(entry.name, "")}
            for entry in labels().values()
        ],
        "parameters": [
            {
                "name": spec.name,
                "words": parameter_words(spec.name, theatre),
                "unit": unit_words(spec.unit, theatre),
                **picked(spec, "default", "low", "high", "status"),
                "source": ", ".join(theatre.sources.get(entry, entry) for entry in spec.source.split(", ")),
                "choices": _choices(spec),
            }
            for spec in theatre.parameters.values()
            if spec.varies
        ],
        "sliders": [
            name for name in words.parameters if name in theatre.parameters and theatre.parameters[name].varies
        ],
        "scenarios": [
            {**row, "scenario": load_scenario(row["name"], theatre.vocabulary).canonical()} for row in scenario_rows()
        ],
    }


def _choices(spec: ParameterSpec) -> list[dict[str, Any]]:
    """The choices of a parameter: value, name, and what it means."""
    pairs = zip(spec.choices, spec.meanings.items(), strict=True)
    return [{"value": value, "name": name, "meaning": meaning} for value, (name, meaning) in pairs]
