"""The names of the package, and where each of them lives."""

from influence_sim._version import __version__ as __version__
from influence_sim.api.claims import Verdicts as Verdicts
from influence_sim.api.claims import test_claims as test_claims
from influence_sim.api.claims import ways as ways
from influence_sim.api.compare import Comparison as Comparison
from influence_sim.api.compare import compare as compare
from influence_sim.api.explain import Explanation as Explanation
from influence_sim.api.explain import explain as explain
from influence_sim.api.explore import Discovery as Discovery
from influence_sim.api.explore import Sensitivity as Sensitivity
from influence_sim.api.explore import discover as discover
from influence_sim.api.explore import sensitivity as sensitivity
from influence_sim.api.figures import draw as draw
from influence_sim.api.folders import Repeat as Repeat
from influence_sim.api.folders import export as export
from influence_sim.api.folders import load as load
from influence_sim.api.folders import rerun as rerun
from influence_sim.api.lookups import actors as actors
from influence_sim.api.lookups import claims as claims
from influence_sim.api.lookups import levers as levers
from influence_sim.api.lookups import outcomes as outcomes
from influence_sim.api.lookups import params as params
from influence_sim.api.lookups import scenarios as scenarios
from influence_sim.api.model import InfluenceModel as InfluenceModel
from influence_sim.api.model import viewer as viewer
from influence_sim.api.result import Result as Result
from influence_sim.api.run import run as run
from influence_sim.api.score import Scores as Scores
from influence_sim.api.score import score as score
from influence_sim.api.sweep import Sweep as Sweep
from influence_sim.api.sweep import load_sweep as load_sweep
from influence_sim.api.sweep import sweep as sweep
from influence_sim.api.worlds import Worlds as Worlds
from influence_sim.api.worlds import make_worlds as make_worlds
from influence_sim.api.worlds import properties as properties
from influence_sim.api.worlds import worlds as worlds
from influence_sim.base.errors import InputError as InputError
from influence_sim.base.errors import MachineError as MachineError
from influence_sim.base.errors import ModelError as ModelError
from influence_sim.laboratory.serve import lab as lab
from influence_sim.reports.report import report as report
from influence_sim.theatre import use_theatre as use_theatre

__all__: list[str]
