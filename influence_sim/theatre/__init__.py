"""The world of the article as data: who, what they want, what is known, and where each number comes from."""

from influence_sim.theatre.load import load, shipped, use_theatre
from influence_sim.theatre.numbers import ParameterSpec
from influence_sim.theatre.spec import Actor, Claim, Lever, Rule
from influence_sim.theatre.theatre import Theatre

__all__ = [
    "Actor",
    "Claim",
    "Lever",
    "ParameterSpec",
    "Rule",
    "Theatre",
    "load",
    "shipped",
    "use_theatre",
]
