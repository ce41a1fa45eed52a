"""Fits the model to the record anew, freezes what plausible worlds predict, and makes the example of docs/score.md.

`python docs/fit.py` writes docs/fit.md (text: docs/fit.md.in), docs/images/fit.png, docs/score/*.csv and, named after
the model and never changed again, docs/predictions/m….csv, in a few minutes. The same code, data and seed give the same
files. Before, the plausible worlds must be those of the model as it is (`influence-sim worlds --make --out
influence_sim/analysis/plausible_worlds.npz`); afterwards, `python docs/refresh.py` renews what docs/score.md shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from studies import fit, forecast, year_before
from studies.fit_figure import drawn
from studies.fit_page import FROZEN, Fitted, page

from influence_sim.analysis.matching import make
from influence_sim.api.worlds import worlds
from influence_sim.model import Arm
from influence_sim.runs.manifest import model_version
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre, load
from influence_sim.views import pictures

ROOT = Path(__file__).resolve().parent.parent
PAGE, IMAGE, EXAMPLE = ROOT / "docs" / "fit.md", ROOT / "docs" / "images" / "fit.png", ROOT / "docs" / "score"

SEED = 1
RUNS, WIDE_RUNS, DEFAULT_RUNS = 2**17, 2**16, 2**12


def fitted(theatre: Theatre) -> Fitted:
    """Runs everything."""
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), months=fit.HISTORY)
    goal, names, months = fit.targets(), fit.fitted_names(theatre), fit.targets(fit.EARLIER).months
    bank = fit.run_bank(arm, names, fit.sobol(RUNS, len(names), SEED), seed=SEED, months=months)
    every = [name for name, spec in theatre.parameters.items() if spec.varies]
    anywhere = np.random.default_rng(SEED).random((WIDE_RUNS, len(every)))
    wide = fit.run_bank(arm, every, anywhere, seed=SEED, months=months)
    usual = fit.run_bank(arm, [], np.empty((DEFAULT_RUNS, 0)), seed=SEED, months=months)
    rows = fit.accept(bank, goal)
    scenarios = [load_scenario(name, theatre.vocabulary) for name in forecast.SCENARIOS]
    narrow = forecast.predictions(bank, rows, scenarios[:1], seed=SEED)
    lived, near = forecast.histories(arm, worlds(), goal, goal.months, seed=SEED)
    frozen = forecast.predictions(lived, near, scenarios, seed=SEED)
    return Fitted(goal, bank, rows, wide, usual, narrow, lived, near, frozen)


def example(theatre: Theatre, made_by: str) -> None:
    """Writes what is predicted of 2017, and what came."""
    until_then = make(theatre, seed=SEED, workers=os.cpu_count() or 1, declared=year_before.known_patterns(theatre))
    said = year_before.predicted(theatre, until_then, seed=SEED)
    EXAMPLE.mkdir(exist_ok=True)
    marked = forecast.frozen(said, commit=made_by, model_version=model_version(theatre)[:12])
    (EXAMPLE / "predictions.csv").write_bytes(marked)
    year_before.observed().to_csv(EXAMPLE / "observed.csv", index=False, lineterminator="\n")


def commit() -> str:
    """The commit that is checked out, marked if the package, the scenarios or this file differ from it."""
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "influence_sim", "scenarios", "docs/fit.py", "docs/studies"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def main() -> int:
    """Writes the files; predictions that are there already stay."""
    theatre, made_by = load(), commit()
    f = fitted(theatre)
    example(theatre, made_by)
    path = forecast.freeze(FROZEN, f.frozen, commit=made_by, model_version=model_version(theatre)[:12])
    IMAGE.write_bytes(pictures(drawn(f.bank, f.rows, fit.targets(fit.EARLIER)), IMAGE.name)[IMAGE.name])
    PAGE.write_text(page(f, theatre, made_by), encoding="utf-8", newline="\n")
    print(f"{len(f.rows)} of {len(f.bank)} runs accepted; see {PAGE.name}, {path.name}, {IMAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
