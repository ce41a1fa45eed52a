"""Libraries and rooms that take long to load, each of which loads when an attribute of it is first used.

So wrong input is reported at once, and what a run needs in the end can load while the model runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from influence_sim.base.late import pd
from influence_sim.base.lazy import Late

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from influence_sim import theatre, views
    from influence_sim.analysis import drivers, replay, summary
    from influence_sim.analysis import worlds as sampling
    from influence_sim.analysis.claims import examination, examine, witnesses
    from influence_sim.analysis.explain import attribution, division
    from influence_sim.runs import store
    from influence_sim.runs.sweeps import execute, parts
    from influence_sim.words import answer as answer_words
    from influence_sim.words import endings, sentences, terms
    from influence_sim.words import factors as factor_words
    from influence_sim.words import verdicts as verdict_words
else:
    Axes = Figure = object  # used in annotations only
    np, pa, pc = Late("numpy"), Late("pyarrow"), Late("pyarrow.compute")
    theatre, views = Late("influence_sim.theatre"), Late("influence_sim.views")
    store = Late("influence_sim.runs.store")
    execute, parts = Late("influence_sim.runs.sweeps.execute"), Late("influence_sim.runs.sweeps.parts")
    verdict_words = Late("influence_sim.words.verdicts")
    answer_words, endings = Late("influence_sim.words.answer"), Late("influence_sim.words.endings")
    factor_words, terms = Late("influence_sim.words.factors"), Late("influence_sim.words.terms")
    sentences, summary = Late("influence_sim.words.sentences"), Late("influence_sim.analysis.summary")
    drivers, replay = Late("influence_sim.analysis.drivers"), Late("influence_sim.analysis.replay")
    sampling = Late("influence_sim.analysis.worlds")
    attribution = Late("influence_sim.analysis.explain.attribution")
    division = Late("influence_sim.analysis.explain.division")
    examination = Late("influence_sim.analysis.claims.examination")
    examine = Late("influence_sim.analysis.claims.examine")
    witnesses = Late("influence_sim.analysis.claims.witnesses")

__all__ = ["Axes", "Figure", "answer_words", "attribution", "division", "drivers", "endings", "examination", "examine",
           "execute", "factor_words", "np", "pa", "parts", "pc", "pd", "replay", "sampling", "sentences", "store",
           "summary", "terms", "theatre", "verdict_words", "views", "witnesses"]  # fmt: skip
