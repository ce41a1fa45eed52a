"""The model: Mesa agents that decide, and the mechanisms that follow, for many replicates at once."""

from influence_sim.model.arm import HISTORY_MONTHS, Arm
from influence_sim.model.model import InfluenceModel, simulate

__all__ = ["HISTORY_MONTHS", "Arm", "InfluenceModel", "simulate"]
