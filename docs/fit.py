"""Fits the model to the record anew and freezes what it predicts: docs/fit.md, docs/predictions.csv, docs/images/fit.png.

`python docs/fit.py` takes a minute or two. The same code, data and seed give the same files.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from influence_sim.analysis import fit, forecast, rolling
from influence_sim.experiments import model_version
from influence_sim.model import Arm
from influence_sim.scenario import load_scenario
from influence_sim.scenario.months import Month
from influence_sim.theatre import START, Theatre, load
from influence_sim.views.axes import month_axis, unit_above, value_axis
from influence_sim.views.marks import draw_look
from influence_sim.views.saving import save_figure
from influence_sim.views.style import INK, MIST, SCENARIO, SMALL, VERMILION, dress, plain_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOT = Path(__file__).resolve().parent.parent
PAGE, CSV, IMAGE = (ROOT / "docs" / name for name in ("fit.md", "predictions.csv", "images/fit.png"))

SEED = 1
RUNS, WIDE_RUNS, DEFAULT_RUNS = 2**17, 2**16, 2**12
A_FIFTH = 0.2
SHOWN = (
    "districts_government",
    "contested",
    "districts_insurgent",
    "moscow_forum_states",
    "taliban_recognition",
    "kabul_recognition",
    "russia_acceptance",
    "us_acceptance",
    "us_engagement",
    "violence_change",
)
METHODS = {"model": "model", "flat": "flat line", "carried": "last value", "trend": "linear trend"}


@dataclass(frozen=True)
class Fitted:
    """All that the page tells of: the banks, what was accepted of each, and the predictions."""

    goal: fit.Targets
    bank: fit.Bank
    rows: fit.Rows
    wide: fit.Bank
    wide_rows: fit.Rows
    usual: float
    narrow: pd.DataFrame
    broad: pd.DataFrame


def fitted(theatre: Theatre) -> Fitted:
    """Runs everything."""
    arm = Arm(theatre, load_scenario("baseline", theatre.vocabulary), months=fit.HISTORY)
    goal, names = fit.targets(), fit.fitted_names(theatre)
    bank = fit.run_bank(arm, names, fit.sobol(RUNS, len(names), SEED), seed=SEED, months=goal.months)
    every = list(theatre.parameters)
    anywhere = np.random.default_rng(SEED).random((WIDE_RUNS, len(every)))
    wide = fit.run_bank(arm, every, anywhere, seed=SEED, months=goal.months)
    usual = fit.run_bank(arm, [], np.empty((DEFAULT_RUNS, 0)), seed=SEED, months=goal.months)
    rows, wide_rows = fit.accept(bank, goal), fit.accept(wide, goal)
    scenarios = [load_scenario(name, theatre.vocabulary) for name in forecast.SCENARIOS]
    narrow = forecast.predictions(bank, rows, scenarios, seed=SEED)
    broad = forecast.predictions(wide, wide_rows, scenarios[:1], seed=SEED)
    return Fitted(goal, bank, rows, wide, wide_rows, len(fit.accept(usual, goal)) / DEFAULT_RUNS, narrow, broad)


def commit() -> str:
    """The commit that is checked out, marked if the package or the scenarios differ from it."""
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--", "influence_sim", "scenarios"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; all but the first column to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def parameters(f: Fitted) -> tuple[str, pd.DataFrame]:
    """Prior, posterior and recovery of each fitted parameter; and the recovery as numbers."""
    posterior, recovery = fit.posterior(f.bank, f.rows), fit.recover(f.bank, f.goal, seed=SEED)
    rows = [
        [
            f"`{p.parameter}`",
            f"{p.default:g}",
            f"{p.low:g} to {p.high:g}",
            f"{p.q05:.2f} to {p.q95:.2f}",
            f"{p.q50:.2f}",
            f"{p.shrinkage:.2f}",
            f"{r.coverage:.0%}",
            f"{r.shrinkage:.2f}",
            f"{r.correlation:.2f}",
            r.verdict,
        ]
        for p, r in zip(posterior.itertuples(), recovery.itertuples(), strict=True)
    ]
    header = ["parameter", "default", "prior", "accepted 5–95 %", "median", "shrinkage"]
    return table([*header, "covered", "shrinks", "correlation", "identified"], rows), recovery


def firm_directions(f: Fitted) -> str:
    """The combinations that the record holds, in words."""
    found = fit.directions(f.bank, f.rows)
    firm = found[found["sd"] <= 1.0 - fit.IDENTIFIED]
    lines = [f"* to {row['sd']:.2f} of the prior's spread: {_mixture(row.drop('sd'))}" for _, row in firm.iterrows()]
    return "\n".join(lines) or "* none"


def _mixture(loadings: pd.Series) -> str:  # type: ignore[type-arg]
    large = loadings[loadings.abs() >= 0.25].sort_values(key=abs, ascending=False)
    return ", ".join(f"{value:+.2f} `{str(name).removeprefix('territory.')}`" for name, value in large.items())


def scores(f: Fitted) -> tuple[str, dict[str, float]]:
    """The table of rolling-origin errors, and the model's skill in each district class."""
    forecasts = rolling.sigar(f.bank, f.goal)
    rows, skill = [], {}
    for outcome, group in forecasts.groupby("outcome", sort=False):
        wrong = rolling.errors(group.drop(columns="outcome"))
        skill[str(outcome)] = rolling.skill(wrong)
        rows.append(_score(f"`{outcome}`, points", len(group), wrong, 1.0))
    others = {
        "states at the Moscow format": (rolling.forums(f.bank, f.goal), 1.0),
        "poppy, thousand ha": (rolling.opium(f.bank, f.goal), 1e-3),
        "opium, thousand t, yields given": (rolling.opium(f.bank, f.goal, column="tonnes"), 1e-3),
    }
    rows += [_score(label, len(found), rolling.errors(found), scale) for label, (found, scale) in others.items()]
    return table(["", "forecasts", *METHODS.values(), "model against the better of flat and last"], rows), skill


def _score(label: str, count: int, wrong: dict[str, float], scale: float) -> list[str]:
    skill = rolling.skill(wrong)
    verdict = f"{abs(skill):.0%} {'smaller' if skill >= 0.0 else 'larger'}"
    return [label, str(count), *(f"{wrong[name] * scale:.2f}" for name in METHODS), verdict]


def variants(f: Fitted) -> str:
    """Errors of the model in the three classes under other tolerances, without the start's anchor, and unfitted."""
    goals = {
        "as above": f.goal,
        "tolerances × ⅔": f.goal.loosened(2 / 3),
        "tolerances × 1.5": f.goal.loosened(1.5),
        "without November 2015": fit.targets(anchor=False),
    }
    rows = [_variant(name, f, goal, "model") for name, goal in goals.items()]
    header = ["", "accepted", *(f"`{name}`" for name in fit.CLASSES)]
    return table(header, [*rows, _variant("all runs of the prior, unfitted", f, f.goal, "prior")])


def _variant(label: str, f: Fitted, goal: fit.Targets, method: str) -> list[str]:
    groups = rolling.sigar(f.bank, goal).groupby("outcome", sort=False)
    wrong = [rolling.errors(group.drop(columns="outcome"))[method] for _, group in groups]
    count = len(fit.accept(f.bank, goal)) if method == "model" else len(f.bank)
    return [label, f"{count:,}", *(f"{value:.2f}" for value in wrong)]


def criterion(skill: dict[str, float]) -> str:
    """Whether the ensemble beats flat line and last value by a fifth in each class."""
    failed = [name for name, value in skill.items() if value < A_FIFTH]
    if not failed:
        return (
            "**In each of SIGAR's classes the ensemble beats the flat line and the last value carried forward by more "
            "than a fifth.**"
        )
    names = ", ".join(f"`{name}`" for name in failed)
    return f"**The ensemble does not beat the flat line and the last value carried forward by a fifth in {names}.**"


def meetings(f: Fitted) -> str:
    """Sizes of the Moscow format."""
    rows = [
        [row.month, f"{row.recorded}", f"{row.median:g}", f"{row.exact:.0%}", f"{row.us_came:.1%}"]
        for row in rolling.sizes(f.bank, f.goal).itertuples()
    ]
    return table(["meeting", "states recorded", "median", "chance of exactly that", "the US comes"], rows)


def violence(f: Fitted) -> str:
    """Direction of deaths, in words."""
    found = rolling.deaths(f.bank, f.goal).itertuples()
    return "; ".join(
        f"{row.year}: deaths {row.deaths_before:,.0f} → {row.deaths:,.0f}, violence rises in {row.share_rising:.0%} of runs"
        for row in found
    )


def widened(f: Fitted) -> str:
    """Predictions of the baseline, with the other parameters at their defaults and over their priors."""
    joined = forecast.widening(f.narrow, f.broad, ["2018-10", "2020-12"])
    rows = [
        [
            f"`{row.outcome}`",
            row.month,
            f"{row.q50:.3g}",
            f"{row.q05:.3g} to {row.q95:.3g}",
            f"{row.q50_wide:.3g}",
            f"{row.q05_wide:.3g} to {row.q95_wide:.3g}",
            f"{row.times:.1f}" if row.times == row.times else "",
        ]
        for row in joined[joined["outcome"].isin(SHOWN)].itertuples()
    ]
    header = ["baseline", "month", "median", "5–95 %", "median, all vary", "5–95 %, all vary", "times wider"]
    return table(header, rows)


def page(f: Fitted, theatre: Theatre, made_by: str) -> str:
    """The whole of docs/fit.md."""
    posterior, recovery = parameters(f)
    held = forecast.hold_out(forecast.provinces(f.bank, f.rows))
    rolled, skill = scores(f)
    values = {
        "made_by": made_by,
        "version": model_version(theatre)[:12],
        "runs": f"{len(f.bank):,}",
        "accepted": f"{len(f.rows):,}",
        "rate": f"{len(f.rows) / len(f.bank):.2%}",
        "usual": f"{f.usual:.0%}",
        "fitted": f"{len(f.bank.values)}",
        "others": f"{len(theatre.parameters) - len(f.bank.values)}",
        "compared": f"{f.goal.tolerance.size}",
        "posterior": posterior,
        "records": f"{recovery['records'].iloc[0]}",
        "yes": _named(recovery, "yes"),
        "weakly": _named(recovery, "weakly"),
        "no": _named(recovery, "no"),
        "directions": firm_directions(f),
        "rolled": rolled,
        "criterion": criterion(skill),
        "variants": variants(f),
        "meetings": meetings(f),
        "violence": violence(f),
        "wide_runs": f"{len(f.wide):,}",
        "wide_accepted": f"{len(f.wide_rows):,}",
        "widened": widened(f),
        **{key: f"{held[key]:.0f}" for key in ("error", "even")},
        "rank": f"{held['rank']:.2f}",
        "inside": f"{held['inside']:.0%}",
        "usable": "worse" if held["error"] > held["even"] else "better",
    }
    return (ROOT / "docs" / "fit.template.md").read_text(encoding="utf-8").format(**values)


def _named(recovery: pd.DataFrame, verdict: str) -> str:
    names = recovery.loc[recovery["verdict"] == verdict, "parameter"]
    return ", ".join(f"`{name}`" for name in names) or "none"


def draw(f: Fitted) -> None:
    """Record over the fans, and accepted values over the prior."""
    with style():
        figure = plain_figure(10.0, 7.6)
        top = figure.add_gridspec(1, 3, left=0.05, right=0.985, top=0.93, bottom=0.60, wspace=0.2)
        low = figure.add_gridspec(3, 3, left=0.05, right=0.985, top=0.49, bottom=0.05, wspace=0.2, hspace=0.85)
        runs = 100.0 * rolling.replay(f.bank.arm, f.bank, f.rows)[:, fit.rows_of(f.bank.arm.theatre, fit.CLASSES)]
        for index, name in enumerate(fit.CLASSES):
            _fan(figure.add_subplot(top[0, index]), runs[:, index], f.goal, index)
            figure.axes[-1].set_title(name.replace("_", " "), loc="left", pad=16)
        for index, (name, column) in enumerate(f.bank.values.items()):
            _histogram(figure.add_subplot(low[index // 3, index % 3]), f, name, column)
        save_figure(figure, IMAGE)


def _fan(ax: Axes, runs: fit.Floats, goal: fit.Targets, index: int) -> None:
    q05, q25, q50, q75, q95 = np.quantile(runs, [0.05, 0.25, 0.5, 0.75, 0.95], axis=1)
    days = np.array([_day(START + step) for step in range(len(runs))])
    draw_look(ax, days, q50, inner=(q25, q75), outer=(q05, q95), look=SCENARIO)
    for month, share in zip(goal.months, goal.shares[:, index], strict=True):
        hollow = month < fit.FIRST
        ax.plot(_day(month), share, "o", ms=5, mec=VERMILION, mfc="white" if hollow else VERMILION, zorder=5)
    dress(ax)
    month_axis(ax, days[0], days[-1])
    value_axis(ax, min(q05.min(), goal.shares[:, index].min()), max(q95.max(), goal.shares[:, index].max()), ticks=5)
    unit_above(ax, "% of districts; points: SIGAR")


def _day(month: Month) -> np.datetime64:
    return np.datetime64(f"{month // 12:04d}-{month % 12 + 1:02d}", "D")


def _histogram(ax: Axes, f: Fitted, name: str, column: fit.Floats) -> None:
    spec = f.bank.arm.theatre.parameters[name]
    edges = np.linspace(spec.low, spec.high, 16)
    ax.hist(column[f.rows], bins=edges.tolist(), density=True, **SCENARIO.inner)
    ax.hlines(1.0 / (spec.high - spec.low), spec.low, spec.high, color=MIST, linewidth=1.6, zorder=3)
    ax.axvline(spec.default, color=INK, linewidth=1.2, linestyle=(0, (4, 1.8)))
    dress(ax)
    ax.set(xlim=(spec.low, spec.high), yticks=[])
    ax.set_title(name.removeprefix("territory."), loc="left", fontsize=SMALL)


def main() -> int:
    """Writes the three files."""
    theatre, made_by = load(), commit()
    f = fitted(theatre)
    CSV.write_bytes(forecast.frozen(f.narrow, commit=made_by, model_version=model_version(theatre)[:12]))
    draw(f)
    PAGE.write_text(page(f, theatre, made_by), encoding="utf-8", newline="\n")
    print(f"{len(f.rows)} of {len(f.bank)} runs accepted; wrote {PAGE.name}, {CSV.name}, {IMAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
