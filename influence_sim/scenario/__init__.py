"""What a user writes: scenario and study files, read strictly and resolved completely.

Names load when they are first used, so that `vocabulary` costs nothing and pydantic is imported only to check a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.scenario.json_schema import scenario_json_schema as scenario_json_schema
    from influence_sim.scenario.json_schema import study_json_schema as study_json_schema
    from influence_sim.scenario.resolve import find_scenario as find_scenario
    from influence_sim.scenario.resolve import load_scenario as load_scenario
    from influence_sim.scenario.resolved import ResolvedScenario as ResolvedScenario
    from influence_sim.scenario.schema import Change as Change
    from influence_sim.scenario.schema import ForumEntry as ForumEntry
    from influence_sim.scenario.schema import Intervention as Intervention
    from influence_sim.scenario.schema import Scenario as Scenario
    from influence_sim.scenario.shipped import shipped_scenarios as shipped_scenarios
    from influence_sim.scenario.study import ReadStudy as ReadStudy
    from influence_sim.scenario.study import is_study as is_study
    from influence_sim.scenario.study import read_study as read_study
    from influence_sim.scenario.study import take_study as take_study
    from influence_sim.scenario.vocabulary import Bounds as Bounds
    from influence_sim.scenario.vocabulary import Vocabulary as Vocabulary

__getattr__, __all__ = attach(
    __name__,
    {
        "json_schema": ("scenario_json_schema", "study_json_schema"),
        "resolve": ("find_scenario", "load_scenario"),
        "resolved": ("ResolvedScenario",),
        "schema": ("Change", "ForumEntry", "Intervention", "Scenario"),
        "shipped": ("shipped_scenarios",),
        "study": ("ReadStudy", "is_study", "read_study", "take_study"),
        "vocabulary": ("Bounds", "Vocabulary"),
    },
)


def __dir__() -> list[str]:
    return __all__
