"""Summaries to draw, and what a reader sees of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from influence_sim.views import Label

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Box = tuple[float, float, float, float]

LEVELS = (0.05, 0.25, 0.50, 0.75, 0.95)
QUANTILES = ("q05", "q25", "q50", "q75", "q95")
# Level, slope a month, final difference, its sd over replicates, sd of the noise.
OUTCOMES = {
    "kabul_authority": (0.58, -0.0012, -0.085, 0.020, 0.02),
    "russia_mediator_share": (0.20, 0.0040, -0.110, 0.050, 0.03),
    "russia_prestige": (0.42, 0.0018, 0.001, 0.060, 0.02),
    "us_presence": (0.72, -0.0020, 0.000, 0.000, 0.03),
    "moscow_forum_states": (6.0, 0.0900, 1.300, 0.800, 0.60),
    "violence": (0.50, 0.0000, 0.020, 0.030, 0.04),
}


def make_summary(
    *,
    months: int = 64,
    branch: int = 28,
    replicates: int = 40,
    paired: bool = True,
    name: str = "us_engages_taliban",
) -> pd.DataFrame:
    """A summary table as a run writes it; the arms are one before month `branch`."""
    rng = np.random.default_rng(3)
    frames = []
    for outcome, (level, slope, effect, spread, noise) in OUTCOMES.items():
        t = np.arange(months, dtype=np.float64)[:, None]
        base = level + slope * t + rng.normal(0, noise, (months, replicates))
        ramp = 1 - np.exp(-np.maximum(t - branch + 1, 0) / 9)
        difference = ramp * rng.normal(effect, spread, replicates)
        if paired:
            frames.append(_rows(name, outcome, base + difference, difference))
        frames.append(_rows("baseline", outcome, base, None))
    return pd.concat(frames, ignore_index=True)


def _rows(
    scenario: str, outcome: str, data: NDArray[np.float64], difference: NDArray[np.float64] | None
) -> pd.DataFrame:
    columns = dict(zip(QUANTILES, np.quantile(data, LEVELS, axis=1), strict=True))
    months = pd.date_range("2015-09-01", periods=len(data), freq="MS")
    frame = pd.DataFrame({"scenario": scenario, "outcome": outcome, "date": months, "mean": data.mean(axis=1)})
    frame = frame.assign(sd=data.std(axis=1), **columns)
    if difference is None:
        return frame.assign(diff=np.nan, ci_low=np.nan, ci_high=np.nan, diff_q05=np.nan, diff_q95=np.nan)
    mean, half = difference.mean(axis=1), 1.96 * difference.std(axis=1) / difference.shape[1] ** 0.5
    low, high = np.quantile(difference, [0.05, 0.95], axis=1)
    return frame.assign(diff=mean, ci_low=mean - half, ci_high=mean + half, diff_q05=low, diff_q95=high)


def make_comparison(*, scenarios: int = 6, shares: bool = True) -> pd.DataFrame:
    """A table of final differences; every third one's interval holds zero."""
    rng = np.random.default_rng(4)
    rows = []
    for i in range(scenarios):
        for outcome, (_, _, effect, _, _) in OUTCOMES.items():
            mean = effect + rng.normal(0, 0.02)
            half = abs(mean) * (2.0 if i % 3 == 0 else 0.3)
            row = {"scenario": f"scenario_number_{i}", "outcome": outcome, "diff": mean}
            rows.append(row | {"ci_low": mean - half, "ci_high": mean + half})
    table = pd.DataFrame(rows)
    return table.assign(share_same_sign=np.linspace(0.4, 1.0, len(table))) if shares else table


@pytest.fixture(scope="session")
def summary() -> pd.DataFrame:
    """A paired run branching in January 2018."""
    return make_summary()


@pytest.fixture(scope="session")
def alone() -> pd.DataFrame:
    """The baseline run alone."""
    return make_summary(paired=False)


@pytest.fixture(scope="session")
def labels() -> dict[str, Label]:
    """Names and units, one of them long."""
    return {
        "kabul_authority": Label("Kabul's authority", "index, 0-1"),
        "russia_mediator_share": Label("Russia's share of acceptance as mediator", "share, 0-1"),
        "russia_prestige": Label("Russia's prestige", "index, 0-1"),
        "us_presence": Label("US presence", "index: 0.5 is the strength of 2017"),
        "moscow_forum_states": Label("States in the Moscow forum", "states"),
        "violence": Label("Violence", "index, 0-1"),
    }


@pytest.fixture(scope="session")
def seen_texts() -> Callable[[Figure], list[tuple[str, Box]]]:
    """Every text a reader sees on a figure, with its box in pixels: left, bottom, right, top."""
    return _seen_texts


@pytest.fixture(scope="session")
def summarise() -> Callable[..., pd.DataFrame]:
    """Makes summaries of other runs; see `make_summary`."""
    return make_summary


@pytest.fixture(scope="session")
def comparison() -> Callable[..., pd.DataFrame]:
    """Makes tables of final differences; see `make_comparison`."""
    return make_comparison


def _seen_texts(figure: Figure) -> list[tuple[str, Box]]:
    figure.draw_without_rendering()
    hidden = {id(text) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for text in _unseen(axis)}
    hidden |= {
        id(text) for ax in figure.axes if not ax.axison for axis in (ax.xaxis, ax.yaxis) for text in axis.findobj(Text)
    }
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text) and id(text) not in hidden]
    shown = [text for text in texts if text.get_visible() and text.get_text().strip()]
    return [(text.get_text(), text.get_window_extent().extents.tolist()) for text in shown]


def _unseen(axis: Axis) -> list[Text]:
    """Labels of ticks beyond the limits."""
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    beyond = [tick for tick in ticks if not low - 1e-9 <= tick.get_loc() <= high + 1e-9]
    return [text for tick in beyond for text in (tick.label1, tick.label2)]
