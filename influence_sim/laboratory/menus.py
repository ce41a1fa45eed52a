"""What the page may offer: everybody and everything that this theatre has, in its own words."""

from __future__ import annotations

from typing import Any

from influence_sim._version import __version__
from influence_sim.analysis.worlds import plausible
from influence_sim.api.lookups import scenario_rows
from influence_sim.base.months import format_month
from influence_sim.laboratory.question import MOST_REPLICATES, MOST_WORLDS
from influence_sim.reports.sentences import parameter_words
from influence_sim.runs.manifest import model_version
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.resolved import ResolvedScenario
from influence_sim.theatre import load
from influence_sim.theatre.words import ActorWords


def menus(opened: ResolvedScenario | None = None) -> dict[str, Any]:
    """The theatre as the page needs it, and the scenario with which it opens: plain data."""
    theatre = load()
    calendar, said = theatre.calendar, theatre.words
    known = plausible(theatre)
    return {
        "tool": __version__,
        "model": model_version(theatre)[:12],
        "title": theatre.title,
        "background": said.background,
        "calendar": {name: format_month(getattr(calendar, name)) for name in ("start", "record_ends", "last")}
        | {"months": calendar.months},
        "limits": {
            "replicates": MOST_REPLICATES,
            "worlds": 0 if known is None else min(len(known.numbers), MOST_WORLDS),
        },
        "question": list(theatre.question),
        "opened": None if opened is None else opened.canonical(),
        "example": list(said.example.levers),
        "roles": dict(theatre.roles),
        "actors": [
            {
                "name": actor.name,
                "label": actor.label,
                "short": theatre.short[actor.name],
                "within": theatre.within[actor.name],
                "who": said.actors.get(actor.name, ActorWords()).who,
                "stances": [stance.name for stance in actor.stances],
            }
            for actor in theatre.actors
        ],
        "targets": {**{forum.name: forum.label for forum in theatre.forums}, **theatre.within},
        "instruments": {name: dict(one._asdict()) for name, one in theatre.instruments.items()},
        "levers": [[lever.actor, lever.do, lever.target] for lever in theatre.levers],
        "conditions": [
            {"name": name, "unit": one.unit, "low": one.low, "high": one.high, "default": one.default}
            | {"record": {format_month(at): theatre.number(value) for at, value in said_by.series.items()}}
            for (name, one), said_by in zip(theatre.vocabulary.conditions.items(), theatre.conditions, strict=True)
        ],
        "outcomes": [
            {"name": one.name, "label": one.label, "unit": one.unit, "about": said.outcomes.get(one.name, "")}
            for one in theatre.outcomes
        ],
        "parameters": [
            {
                "name": spec.name,
                "words": parameter_words(spec.name, theatre),
                "plain": spec.name in said.parameters,
                "default": spec.default,
                "low": spec.low,
                "high": spec.high,
                "unit": spec.unit,
                "status": spec.status,
                "source": ", ".join(theatre.sources.get(one, one) for one in spec.source.split(", ")),
                "choices": list(spec.choices),
            }
            for spec in theatre.parameters.values()
            if spec.varies
        ],
        "scenarios": [
            {**row, "scenario": load_scenario(row["name"], theatre.vocabulary).canonical()} for row in scenario_rows()
        ],
    }
