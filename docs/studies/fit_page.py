"""The page on the fit, docs/fit.md: all that it says of the banks and of what was accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from studies import fit, forecast, rolling, unfitted
from studies.markdown import table

from influence_sim.base.months import format_month
from influence_sim.base.numbers import Floats, Integers
from influence_sim.runs.manifest import model_version
from influence_sim.theatre import Theatre

DOCS = Path(__file__).resolve().parent.parent
FROZEN = DOCS / "predictions"
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
    usual: fit.Bank
    narrow: pd.DataFrame  # predictions of the baseline from the accepted runs
    lived: fit.Bank  # histories of plausible worlds
    near: Integers  # those from which predictions go on
    frozen: pd.DataFrame  # these


def each(rows: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, with columns as attributes."""
    yield from rows.itertuples(index=False)


def targets(f: Fitted) -> str:
    """Everything that is fitted to."""
    rows = [
        [format_month(month), *(f"{share:.1f}" for share in shares), " and ".join(f"{error:g}" for error in tolerance)]
        for month, shares, tolerance in zip(
            f.goal.months, f.goal.shares.tolist(), f.goal.tolerance.tolist(), strict=True
        )
    ]
    header = ["report", *(f"`{name}`" for name in fit.CLASSES), "tolerance of government and insurgents, points"]
    return table(header, rows)


def parameters(f: Fitted) -> tuple[str, pd.DataFrame]:
    """Prior, posterior and recovery of each fitted parameter; and the recovery as numbers."""
    posterior, recovery = fit.posterior(f.bank, f.rows), fit.recover(f.bank, f.goal, seed=f.bank.seed)
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
        "without November 2015": fit.targets(()),
        "with the three other reports before the window": fit.targets(fit.EARLIER),
    }
    rows = [_variant(name, f.bank, goal, "model") for name, goal in goals.items()]
    rows.append(_variant("all parameters vary over their priors", f.wide, f.goal, "model"))
    rows.append(_variant("every run, unfitted", f.bank, f.goal, "prior"))
    return table(["", "accepted", *(f"`{name}`" for name in fit.CLASSES)], rows)


def _variant(label: str, bank: fit.Bank, goal: fit.Targets, method: str) -> list[str]:
    try:
        count = len(fit.accept(bank, goal)) if method == "model" else len(bank)
        groups = rolling.sigar(bank, goal).groupby("outcome", sort=False)
    except ValueError:
        return [label, "none", *("-" for _ in fit.CLASSES)]
    wrong = [rolling.errors(group.drop(columns="outcome"))[method] for _, group in groups]
    return [label, f"{count:,}", *(f"{value:.2f}" for value in wrong)]


def criterion(skill: dict[str, float]) -> str:
    """In which classes the ensemble beats flat line and last value by a fifth."""
    beaten = [name for name, value in skill.items() if value >= A_FIFTH]
    if len(beaten) == len(skill):
        return (
            "**In each of SIGAR's classes the ensemble beats the flat line and the last value carried forward by more "
            "than a fifth.**"
        )
    names = " and ".join(f"`{name}`" for name in beaten) or "none of SIGAR's classes"
    failed = " and ".join(f"`{name}`" for name in skill if name not in beaten)
    return f"**The ensemble beats the flat line and the last value by a fifth in {names}; it does not in {failed}.**"


def inside(f: Fitted) -> tuple[str, str]:
    """Errors within the sample, of the mean run at the defaults and of the median accepted run; and what they say."""
    steps = [f.bank.months.index(month) for month in f.goal.months if month >= fit.FIRST]
    paths: dict[str, Floats] = {
        "mean run at the defaults": f.usual.classes[steps].mean(axis=2),
        "median accepted run": np.median(f.bank.classes[steps][:, :, f.rows], axis=2),
    }
    rows, said = [], []
    for label, path in paths.items():
        found = rolling.within(path, f.goal)
        for row in each(found):
            errors = [f"{value:.2f}" for value in (row.model, row.flat, row.later, row.carried, row.slope)]
            rows.append([f"{label}, `{row.outcome}`", *errors])
        flat, carried = (
            " and ".join(f"`{name}`" for name in found.loc[found[ours] <= (1.0 - A_FIFTH) * found[line], "outcome"])
            for ours, line in (("model", "flat"), ("later", "carried"))
        )
        said.append(
            f"* The {label} is nearer by a fifth than the mean of the six in {flat or 'no class'}, than the last "
            f"report carried forward in {carried or 'no class'}."
        )
    header = [
        "points",
        "error",
        "mean of the six",
        "error from the second on",
        "last report",
        "slope over the record's",
    ]
    return table(header, rows), "\n".join(said)


def earlier(f: Fitted) -> str:
    """The reports before the window that nothing is held against."""
    rows = [
        [row.month, f"`{row.outcome}`", f"{row.recorded:.1f}", f"{row.q50:.1f}", f"{row.q05:.1f} to {row.q95:.1f}"]
        for row in each(unfitted.reports(f.bank, f.goal))
    ]
    return table(["report", "class", "recorded", "median", "5-95 %"], rows, texts=2)


def meetings(f: Fitted) -> str:
    """Sizes of the Moscow format."""
    rows = [
        [row.month, f"{row.recorded}", f"{row.median:g}", f"{row.exact:.0%}", f"{row.us_came:.1%}"]
        for row in each(unfitted.sizes(f.bank, f.goal))
    ]
    return table(["meeting", "states recorded", "median", "chance of exactly that", "the US comes"], rows)


def harvests(f: Fitted) -> str:
    """Opium by year."""
    rows = [
        [
            f"{row.year}" if row.months == 12 else f"{row.year}, last {row.months} months",
            f"{row.hectares / 1e3:.0f}",
            f"{row.area / 1e3:.0f}",
            f"{row.tonnes:,.0f}",
            f"{row.weight:,.0f}",
            f"{row.most:.0%}",
        ]
        for row in each(unfitted.harvests(f.bank, f.goal)[lambda found: found["months"] > 1])
    ]
    header = ["", "thousand ha, recorded", "median", "tonnes, recorded", "median", "runs with their peak here"]
    return table(header, rows)


def violence(f: Fitted) -> str:
    """Direction of deaths, in words."""
    found = each(unfitted.deaths(f.bank, f.goal))
    return "; ".join(
        f"deaths of {row.year} {row.deaths:,.0f} after {row.deaths_before:,.0f}, violence up in {row.share_rising:.0%}"
        for row in found
    )


def widened(f: Fitted) -> str:
    """Predictions of the baseline, with the other parameters at their defaults and from plausible worlds."""
    joined = forecast.widening(f.narrow, f.frozen, ["2018-10", "2020-12"])
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
    header = ["baseline", "month", "median, fit alone", "5-95 %", "median, frozen", "5-95 %, frozen", "times wider"]
    return table(header, rows)


def _digits(value: float) -> str:
    return f"{value:.1f}" if abs(value) > 1.5 else f"{value:.3f}"


def page(f: Fitted, theatre: Theatre, made_by: str) -> str:
    """The whole of docs/fit.md."""
    posterior, recovery = parameters(f)
    held = unfitted.hold_out(unfitted.provinces(f.bank, f.rows))
    bare = unfitted.hold_out(unfitted.provinces(f.bank, f.rows, **{"territory.poppy": 0.0}))
    rolled, skill, wrongs = scores(f)
    within, beats = inside(f)
    us, spoiler = unfitted.patron(f.bank, f.rows), unfitted.spoiler(f.bank, f.goal)
    version = model_version(theatre)[:12]
    values = {
        "made_by": made_by,
        "version": version,
        "runs": f"{len(f.bank):,}",
        "accepted": f"{len(f.rows):,}",
        "rate": f"{len(f.rows) / len(f.bank):.2%}",
        "usual": f"{len(fit.accept(f.usual, f.goal)) / len(f.usual):.0%}",
        "fitted": f"{len(f.bank.points)}",
        "others": f"{len(f.wide.points) - len(f.bank.points)}",
        "names": ", ".join(f"`{name}`" for name in f.bank.points),
        "targets": targets(f),
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
        "inside": within,
        "beats": beats,
        "earlier": earlier(f),
        "meetings": meetings(f),
        "forum": f"{wrongs['forum']['model']:.2f}",
        "invited": f"{wrongs['forum']['invited']:.2f}",
        "seat": f"{unfitted.sizes(f.bank, f.goal)['us_came'].max():.1%}",
        "dealt": f"{us['all']:.0%}",
        "opened": f"{us['open']:.1%}",
        "spoiler": "{q50:.1f} % of people at the end (5-95 %: {q05:.1f} to {q95:.1f}), never above {most:.1f} %".format(
            **spoiler
        ),
        "harvests": harvests(f),
        "violence": violence(f),
        "worlds": f"{len(f.lived) // forecast.HISTORIES:,}",
        "lived": f"{len(f.lived):,}",
        "near": f"{len(f.near):,}",
        "of_worlds": f"{len(set((f.near % (len(f.lived) // forecast.HISTORIES)).tolist())):,}",
        "widened": widened(f),
        "error": f"{held['error']:.0f}",
        "even": f"{held['even']:.0f}",
        "rank": f"{held['rank']:.2f}",
        "before": f"{held['before']:.2f}",
        "bare": f"{bare['rank']:.2f}",
        "within": f"{held['inside']:.0%}",
        "frozen": frozen_files(),
    }
    return (DOCS / "fit.md.in").read_text(encoding="utf-8").format(**values)


def frozen_files() -> str:
    """The files of predictions, and what made them."""
    rows = []
    for path in sorted(FROZEN.glob("*.csv")):
        kept = pd.read_csv(path)
        scenarios = f"{kept['scenario'].nunique()} scenarios"
        rows.append([f"[{path.name}](predictions/{path.name})", f"`{kept['commit'].iloc[0]}`", scenarios])
    return table(["file, named after the model", "commit", ""], rows, texts=3)


def _named(recovery: pd.DataFrame, verdict: str) -> str:
    names = recovery.loc[recovery["verdict"] == verdict, "parameter"]
    return ", ".join(f"`{name}`" for name in names) or "none"
