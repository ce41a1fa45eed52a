"""What the server of worker processes imports before it forks them: the model, and all that runs it.

Importing makes hundreds of thousands of objects and no garbage, so the collector rests meanwhile; afterwards it leaves
them alone, so that workers go on sharing their memory.
"""

from __future__ import annotations

import gc

gc.disable()

from influence_sim.model import model  # noqa: E402, F401
from influence_sim.runs import ensemble  # noqa: E402, F401

gc.enable()
gc.freeze()
