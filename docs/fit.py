"""Fits the model to the record anew and freezes what it predicts.

`python docs/fit.py` writes docs/fit.md (text: docs/fit.md.in), docs/predictions.csv and
docs/images/fit.png, in a minute or two. The same code, data and seed give the same files.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from studies import fit, forecast, rolling
from studies.fit_figure import drawn
from studies.markdown import table

from influence_sim.base.numbers import Integers
from influence_sim.model import Arm
from influence_sim.runs.manifest import model_version
from influence_sim.scenario.resolve import load_scenario
from influence_sim.theatre import Theatre, load
from influence_sim.views import save_figure

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
    rows: Integers
    wide: fit.Bank
    wide_rows: Integers
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


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, with columns as attributes."""
    yield from rows.itertuples(index=False)


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
        for p, r in zip(each(posterior), each(recovery), strict=True)
    ]
    header = ["parameter", "default", "prior", "accepted 5-95 %", "median", "shrinkage"]
    return table([*header, "covered", "shrinks", "correlation", "identified"], rows), recovery


def firm_directions(f: Fitted) -> str:
    """The combinations that the record holds, in words."""
    found = fit.directions(f.bank, f.rows)
    firm = found[found["sd"] <= 1.0 - fit.IDENTIFIED]
    lines = [f"* to {row['sd']:.2f} of the prior's spread: {_mixture(row.drop('sd'))}" for _, row in firm.iterrows()]
    return "\n".join(lines) or "* none"


def _mixture(loadings: pd.Series) -> str:
    large = loadings[loadings.abs() >= 0.25].sort_values(key=abs, ascending=False)
    return ", ".join(f"{value:+.2f} `{str(name).removeprefix('territory.')}`" for name, value in large.items())


OTHERS = {
    "forum": "states at the Moscow format",
    "area": "poppy, thousand ha",
    "tonnes": "opium, thousand t, yields given",
}


def scores(f: Fitted) -> tuple[str, dict[str, float], dict[str, dict[str, float]]]:
    """The table of rolling-origin errors, the model's skill in each district class, and the errors in `OTHERS`."""
    forecasts = rolling.sigar(f.bank, f.goal)
    rows, skill = [], {}
    for outcome, group in forecasts.groupby("outcome", sort=False):
        wrong = rolling.errors(group.drop(columns="outcome"))
        skill[str(outcome)] = rolling.skill(wrong)
        rows.append(_score(f"`{outcome}`, points", len(group), wrong, 1.0))
    others = {
        "forum": rolling.forums(f.bank, f.goal),
        "area": rolling.opium(f.bank, f.goal),
        "tonnes": rolling.opium(f.bank, f.goal, column="tonnes"),
    }
    wrongs = {name: rolling.errors(found) for name, found in others.items()}
    rows += [_score(OTHERS[name], 3, wrong, 1.0 if name == "forum" else 1e-3) for name, wrong in wrongs.items()]
    header = ["", "forecasts", *METHODS.values(), "model against the better of flat and last"]
    return table(header, rows), skill, wrongs


def _score(label: str, count: int, wrong: dict[str, float], scale: float) -> list[str]:
    skill = rolling.skill(wrong)
    verdict = f"{abs(skill):.0%} {'smaller' if skill >= 0.0 else 'larger'}"
    return [label, str(count), *(f"{wrong[name] * scale:.2f}" for name in METHODS), verdict]


def variants(f: Fitted) -> str:
    """Errors of the model in the three classes under other tolerances, without the start's anchor, and unfitted."""
    goals = {
        "as above": f.goal,
        "tolerances times 2/3": f.goal.loosened(2 / 3),
        "tolerances times 1.5": f.goal.loosened(1.5),
        "without November 2015": fit.targets(anchor=False),
    }
    rows = [_variant(name, f.bank, goal, "model") for name, goal in goals.items()]
    rows.append(_variant("all parameters vary over their priors", f.wide, f.goal, "model"))
    rows.append(_variant("every run, unfitted", f.bank, f.goal, "prior"))
    return table(["", "accepted", *(f"`{name}`" for name in fit.CLASSES)], rows)


def _variant(label: str, bank: fit.Bank, goal: fit.Targets, method: str) -> list[str]:
    groups = rolling.sigar(bank, goal).groupby("outcome", sort=False)
    wrong = [rolling.errors(group.drop(columns="outcome"))[method] for _, group in groups]
    count = len(fit.accept(bank, goal)) if method == "model" else len(bank)
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
        for row in each(rolling.sizes(f.bank, f.goal))
    ]
    return table(["meeting", "states recorded", "median", "chance of exactly that", "the US comes"], rows)


def violence(f: Fitted) -> str:
    """Direction of deaths, in words."""
    found = each(rolling.deaths(f.bank, f.goal))
    return "; ".join(
        f"deaths of {row.year} {row.deaths:,.0f} after {row.deaths_before:,.0f}, violence up in {row.share_rising:.0%}"
        for row in found
    )


def widened(f: Fitted) -> str:
    """Predictions of the baseline, with the other parameters at their defaults and over their priors."""
    joined = forecast.widening(f.narrow, f.broad, ["2018-10", "2020-12"])
    rows = [
        [
            f"`{row.outcome}`",
            row.month,
            _digits(row.q50),
            f"{_digits(row.q05)} to {_digits(row.q95)}",
            _digits(row.q50_wide),
            f"{_digits(row.q05_wide)} to {_digits(row.q95_wide)}",
            "" if np.isnan(row.times) else f"{row.times:.1f}",
        ]
        for row in each(joined[joined["outcome"].isin(SHOWN)])
    ]
    header = ["baseline", "month", "median", "5-95 %", "median, all vary", "5-95 %, all vary", "times wider"]
    return table(header, rows)


def _digits(value: float) -> str:
    return f"{value:.1f}" if abs(value) > 1.5 else f"{value:.3f}"


def page(f: Fitted, theatre: Theatre, made_by: str) -> str:
    """The whole of docs/fit.md."""
    posterior, recovery = parameters(f)
    held = forecast.hold_out(forecast.provinces(f.bank, f.rows))
    rolled, skill, wrongs = scores(f)
    values = {
        "made_by": made_by,
        "version": model_version(theatre)[:12],
        "runs": f"{len(f.bank):,}",
        "accepted": f"{len(f.rows):,}",
        "rate": f"{len(f.rows) / len(f.bank):.2%}",
        "usual": f"{f.usual:.0%}",
        "fitted": f"{len(f.bank.points)}",
        "others": f"{len(theatre.parameters) - len(f.bank.points)}",
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
        "forum": f"{wrongs['forum']['model']:.2f}",
        "invited": f"{wrongs['forum']['invited']:.2f}",
        "us": f"{rolling.sizes(f.bank, f.goal)['us_came'].max():.1%}",
        "opium": opium_said(wrongs),
        "violence": violence(f),
        "wide_runs": f"{len(f.wide):,}",
        "wide_accepted": f"{len(f.wide_rows):,}",
        "widened": widened(f),
        **{key: f"{held[key]:.0f}" for key in ("error", "even")},
        "rank": f"{held['rank']:.2f}",
        "inside": f"{held['inside']:.0%}",
        "provinces": provinces_said(held),
    }
    return (ROOT / "docs" / "fit.md.in").read_text(encoding="utf-8").format(**values)


def opium_said(wrongs: dict[str, dict[str, float]]) -> str:
    """Whether the model knows more of poppy than its last area."""
    if rolling.skill(wrongs["area"]) >= A_FIFTH:
        return "**Opium:** the model's area, which follows insurgent ground, beats the flat line and the last value."
    return (
        "**Opium: no skill.** The model's area follows insurgent ground and misses that it grew by 63 % in 2017. What "
        "it knows of tonnes it knows from the yields, which are given to it."
    )


def provinces_said(held: Mapping[str, float]) -> str:
    """Whether provinces may be read."""
    if held["error"] < held["even"] and held["rank"] > 0.5:
        return "better than giving every province the nation's share"
    return (
        "against {even:.0f} points if every province is given the nation's share. **Where the model puts the "
        "insurgents is not where they were**: poppy of 2014-15, Pakistan's border and thin population, as used "
        "here, do not tell one province from another. National shares may be read; provinces may not"
    ).format(**held)


def _named(recovery: pd.DataFrame, verdict: str) -> str:
    names = recovery.loc[recovery["verdict"] == verdict, "parameter"]
    return ", ".join(f"`{name}`" for name in names) or "none"


def main() -> int:
    """Writes the three files."""
    theatre, made_by = load(), commit()
    f = fitted(theatre)
    CSV.write_bytes(forecast.frozen(f.narrow, commit=made_by, model_version=model_version(theatre)[:12]))
    save_figure(drawn(f.bank, f.rows, f.goal), IMAGE)
    PAGE.write_text(page(f, theatre, made_by), encoding="utf-8", newline="\n")
    print(f"{len(f.rows)} of {len(f.bank)} runs accepted; wrote {PAGE.name}, {CSV.name}, {IMAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
