"""Libraries and rooms that take long to load, each of which loads when an attribute of it is first used.

So wrong input is reported at once, and what a run needs in the end loads while the model runs. `late.pyi` lists them.
"""

from influence_sim.base.lazy import late_modules

globals().update(late_modules(__file__))
Axes = Figure = object  # used in annotations only
