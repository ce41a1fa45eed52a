"""Measures what each lever does in the model itself, which actors of the form `effect.form` 1 expect of it.

`python docs/own_effects.py` writes influence_sim/theatre/data/own_effects.csv, in some seconds: for each lever and each
interest of its actor in an outcome that the lever is believed to move, the outcome with the lever in full use less
without any, all others doing what they do in the baseline, two years on. A table by which others deal with the
insurgents is held open for whoever sits at it. Sizes are then brought to the mean size of what is believed, and none
is beyond 1.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from influence_sim.base.files import put_file
from influence_sim.model import Arm, Held, simulate
from influence_sim.model.plan import plan_of
from influence_sim.scenario.resolve import load_scenario
from influence_sim.scenario.shipped import ROOT
from influence_sim.theatre import Lever, Theatre, load
from influence_sim.theatre.files import OWN_EFFECTS, data_folder

SINCE, MONTHS, LAST = "2016-01", 29, 12
"""From when a lever is held, how long a run is (to January 2018), and over how many months of it is measured."""
REPLICATES, SEED = 256, 1


def held(theatre: Theatre, lever: Lever, level: float, folder: Path) -> Arm:
    """The baseline with a lever held at a level, and the channel at which it sits held open."""
    orders = [(lever.actor, lever.do, lever.target, level)]
    known = {(each.actor, each.do, each.target) for each in theatre.levers}
    for forum in theatre.forums:
        host, other = forum.convenor, None
        if (lever.do, lever.target) == ("attend", forum.name):
            other = (host, "invite", lever.actor)
        elif (lever.actor, lever.do) == (host, "invite"):
            other = (lever.target, "attend", forum.name)
        if other and forum.kind == "channel":
            opened = [(host, "engage_publicly", theatre.roles.insurgents), other]
            orders += [(*order, 1.0) for order in opened if order in known]
    lines = [f"  - {{from: {SINCE}, actor: {a}, do: {d}, target: {t}, level: {x}}}" for a, d, t, x in orders]
    path = folder / "held.yaml"
    text = [f"schema_version: 1\nname: held\ntitle: A lever is held\nquestion: What does it do?\nextends: {ROOT}"]
    path.write_text("\n".join([*text, "interventions:", *lines, ""]), encoding="utf-8")
    return Arm(theatre, load_scenario(str(path), theatre.vocabulary), MONTHS)


def measured(theatre: Theatre, folder: Path) -> Iterator[tuple[Lever, dict[str, float]]]:
    """Each lever with what it does to every outcome."""
    baseline = Arm(theatre, load_scenario(ROOT, theatre.vocabulary), MONTHS)
    names = [outcome.name for outcome in theatre.outcomes]
    for lever in theatre.levers:
        ends = []
        for level in (1.0, 0.0):
            arm = Held(held(theatre, lever, level, folder), baseline)
            found = simulate(arm, seed=SEED, replicates=range(REPLICATES))
            ends.append(found[-LAST:].mean(axis=(0, 2)))
        yield lever, dict(zip(names, ends[0] - ends[1], strict=True))


def table(theatre: Theatre, folder: Path) -> list[tuple[str, str, str, str, float]]:
    """The rows of the file."""
    plan = plan_of(Arm(theatre, load_scenario(ROOT, theatre.vocabulary), MONTHS))
    wanted = [interest.outcome for actor in plan.index.actors for interest in actor.interests]
    effects, rows, believed = dict(measured(theatre, folder)), [], []
    for lever, entries in zip(plan.index.levers, plan.wired.motives.entries, strict=True):
        for entry in entries:
            if entry.interest >= 0:
                size = theatre.parameters[entry.size].default if isinstance(entry.size, str) else entry.size
                believed.append(abs(size))
                outcome = wanted[entry.interest]
                rows.append((lever.actor, lever.do, lever.target, outcome, effects[lever][outcome]))
    scale = np.mean(believed) / np.mean([abs(row[-1]) for row in rows])
    sizes = np.round(np.clip([row[-1] * scale for row in rows], -1.0, 1.0), 3).tolist()
    return sorted({(*row[:-1], size) for row, size in zip(rows, sizes, strict=True) if size})


def main() -> None:
    """Writes the file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("actor", "do", "target", "outcome", "effect"))
    with tempfile.TemporaryDirectory() as folder:
        writer.writerows(table(load(), Path(folder)))
    put_file(data_folder() / OWN_EFFECTS, text.getvalue().encode(), lambda _: True)


if __name__ == "__main__":
    main()
