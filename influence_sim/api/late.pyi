"""The names of `late`, and what each of them is."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from matplotlib.axes import Axes as Axes
from matplotlib.figure import Figure as Figure

from influence_sim import theatre as theatre
from influence_sim import views as views
from influence_sim.analysis import drivers as drivers
from influence_sim.analysis import replay as replay
from influence_sim.analysis import summary as summary
from influence_sim.analysis import worlds as sampling
from influence_sim.analysis.claims import examination as examination
from influence_sim.analysis.claims import examine as examine
from influence_sim.analysis.claims import witnesses as witnesses
from influence_sim.analysis.explain import attribution as attribution
from influence_sim.analysis.explain import division as division
from influence_sim.runs import store as store
from influence_sim.runs.sweeps import execute as execute
from influence_sim.runs.sweeps import parts as parts
from influence_sim.words import answer as answer_words
from influence_sim.words import endings as endings
from influence_sim.words import factors as factor_words
from influence_sim.words import sentences as sentences
from influence_sim.words import terms as terms
from influence_sim.words import verdicts as verdict_words

__all__ = ["Axes", "Figure", "answer_words", "attribution", "division", "drivers", "endings", "examination", "examine",
           "execute", "factor_words", "np", "pa", "parts", "pc", "pd", "replay", "sampling", "sentences", "store",
           "summary", "terms", "theatre", "verdict_words", "views", "witnesses"]  # fmt: skip
