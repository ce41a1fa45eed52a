"""Libraries that take long to import; each loads when something of it is first used. `late.pyi` lists them."""

from influence_sim.base.lazy import late_modules

globals().update(late_modules(__file__))
