"""Running scenarios many times, and keeping the results so that they can be trusted and repeated.

Names load when they are first used, so that a worker process imports the model and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.lazy import attach

if TYPE_CHECKING:
    from influence_sim.runs.ensemble import collect as collect
    from influence_sim.runs.ensemble import gather as gather
    from influence_sim.runs.execution import Extras as Extras
    from influence_sim.runs.execution import execute as execute
    from influence_sim.runs.folder import record_files as record_files
    from influence_sim.runs.lock import folder_lock as folder_lock
    from influence_sim.runs.manifest import Manifest as Manifest
    from influence_sim.runs.manifest import model_version as model_version
    from influence_sim.runs.manifest import read_manifest as read_manifest
    from influence_sim.runs.points import Block as Block
    from influence_sim.runs.points import Failure as Failure
    from influence_sim.runs.points import Job as Job
    from influence_sim.runs.points import means as means
    from influence_sim.runs.points import records as records
    from influence_sim.runs.points import run_points as run_points
    from influence_sim.runs.points import whole as whole
    from influence_sim.runs.repetition import Repeat as Repeat
    from influence_sim.runs.repetition import repeat as repeat
    from influence_sim.runs.request import RunRequest as RunRequest
    from influence_sim.runs.request import plan as plan
    from influence_sim.runs.workers import worker_pool as worker_pool

__getattr__, __all__ = attach(
    __name__,
    {
        "ensemble": ("collect", "gather"),
        "execution": ("Extras", "execute"),
        "folder": ("record_files",),
        "lock": ("folder_lock",),
        "manifest": ("Manifest", "model_version", "read_manifest"),
        "points": ("Block", "Failure", "Job", "means", "records", "run_points", "whole"),
        "request": ("RunRequest", "plan"),
        "repetition": ("Repeat", "repeat"),
        "workers": ("worker_pool",),
    },
)


def __dir__() -> list[str]:
    return __all__
