"""Heat maps of grids: cells are means, signs hold at every point, and commands draw them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import Result
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import influence_sim as sim
from influence_sim import views
from influence_sim.analysis.sweeps.grid import cells_of

pytestmark = pytest.mark.usefixtures("few_pixels")
Invoke = Callable[..., Result]
EROSION, MEAN, IMPORTANT = "authority.erosion", "authority.mean", "salience.important"
VARIED = {MEAN: {"choice": [0, 1, 2]}, EROSION: (0.0, 1.0), IMPORTANT: (0.3, 0.9)}


@pytest.fixture(scope="module")
def gridded(tmp_path_factory: pytest.TempPathFactory) -> sim.Sweep:
    """A real grid of three factors, one of choices, over two dates."""
    out = tmp_path_factory.mktemp("grids") / "grid"
    size = {"design": "grid", "samples": 4, "replicates": 4, "months": 36, "dates": ["2018-06", "2018-08"]}
    return sim.sweep("us_engages_taliban", vary=VARIED, **size, outcomes=["kabul_authority", "us_acceptance"], out=out)


def runs() -> pd.DataFrame:
    """A grid of two by two by two points whose differences rise with `a` and are unclear at one point."""
    x = pd.DataFrame([(a, b, c) for a in (0.0, 1.0) for b in (0.0, 1.0) for c in (0.0, 1.0)], columns=list("abc"))
    middle = np.where(x["a"] > 0, 0.2, -0.4) + 0.1 * x["c"]
    half = np.where((x["a"] > 0) & (x["b"] > 0) & (x["c"] > 0), 0.5, 0.05)
    return x.assign(y_diff=middle, y_diff_low=middle - half, y_diff_high=middle + half, y_mean=0.5)


def shown(ax: Axes) -> dict[int, set[tuple[float, float]]]:
    """Where signs are drawn."""
    marks = {collection.get_gid(): collection.get_offsets() for collection in ax.collections}
    return {sign: {(x, y) for x, y in np.asarray(marks[f"sign {sign:+d}"])} for sign in (1, -1)}


def test_a_cell_is_a_mean_and_has_the_sign_of_all_its_points() -> None:
    cells, date = cells_of(runs(), "y_diff", "a", "b")
    assert date == ""
    assert cells[["across", "up", "sign"]].to_numpy().tolist() == [[0, 0, -1], [0, 1, -1], [1, 0, 1], [1, 1, 0]]
    assert cells["value"].tolist() == pytest.approx([-0.35, -0.35, 0.25, 0.25])
    parts, _ = cells_of(runs(), "y_diff", "a", "b", "c")
    assert parts["panel"].tolist() == [0.0, 1.0] * 4
    assert (parts["sign"] == 0).sum() == 1
    assert set(cells_of(runs(), "y_mean", "a", "b")[0]["sign"]) == {0}


def test_a_map_shows_its_cells_and_marks_their_signs() -> None:
    cells, _ = cells_of(runs(), "y_diff", "a", "b")
    ax = views.heat_map(
        cells, signed=True, labels={"across": "A"}, choices={"up": {"0": "no", "1": "yes"}}, ax=Figure().add_subplot()
    )
    (image,) = ax.images
    np.testing.assert_allclose(image.get_array(), [[-0.35, 0.25], [-0.35, 0.25]])
    assert image.get_clim() == pytest.approx((-0.35, 0.35))  # white is no difference
    assert shown(ax) == {1: {(1, 0)}, -1: {(0, 0), (0, 1)}}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["no", "yes"]
    assert ax.get_xlabel() == "A"


def test_cells_that_failed_are_left_empty() -> None:
    cells, _ = cells_of(runs().iloc[2:], "y_diff", "a", "b")
    (image,) = views.heat_map(cells, signed=True, ax=Figure().add_subplot()).images
    assert np.ma.getmaskarray(image.get_array()).tolist() == [[True, False], [False, False]]


def test_a_sweep_draws_two_of_its_factors(gridded: sim.Sweep) -> None:
    ax = gridded.plot(ax=Figure().add_subplot())
    assert (EROSION in ax.get_xlabel().replace("\n", " "), MEAN in ax.get_ylabel()) == (True, True)  # names along y
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["geometric", "arithmetic", "minimum"]
    last = gridded.frame[gridded.frame["date"] == gridded.frame["date"].max()]
    means = last.pivot_table(index=MEAN, columns=EROSION, values="kabul_authority_diff")
    np.testing.assert_allclose(ax.images[0].get_array(), means)
    ax = gridded.plot("us_acceptance", month="2018-06", across=IMPORTANT, up=EROSION, ax=Figure().add_subplot())
    assert ax.images[0].get_array().shape == (4, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outcome": "violence"}, "not an outcome of this sweep"),
        ({"across": "cost.aid"}, "not a factor of this grid"),
        ({"across": EROSION, "up": EROSION}, "along x already"),
        ({"month": "2018-07"}, "has not kept this month"),
    ],
)
def test_what_a_grid_has_not_is_refused(gridded: sim.Sweep, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(sim.InputError, match=message):
        gridded.plot(**arguments)


def test_other_designs_have_no_map(swept: Path, invoke: Invoke) -> None:
    with pytest.raises(sim.InputError, match="only a grid of two factors or more has a heat map"):
        sim.load_sweep(swept).plot()
    assert "only a grid of two factors" in invoke("plot", swept, "--kind", "heatmap", status=2).stderr


def test_plot_draws_the_maps_of_a_grid(gridded: sim.Sweep, invoke: Invoke) -> None:
    names = [Path(line).stem for line in invoke("plot", gridded.folder).stdout.split() if line.endswith(".png")]
    assert names == ["heatmap_kabul_authority_2018-08", "heatmap_us_acceptance_2018-08"]
    chosen = invoke("plot", gridded.folder, "--kind", "heatmap", "--outcome", "us_acceptance", "--month", "2018-06")
    assert chosen.stdout.strip().endswith("heatmap_us_acceptance_2018-06.png")
    every = {path.stem for path in sim.draw(gridded.folder, every=True)}
    assert {"heatmap_kabul_authority_2018-08", "sensitivity_kabul_authority_2018-08", "index"} <= every


def test_a_third_factor_has_a_map_for_each_level(gridded: sim.Sweep) -> None:
    from influence_sim.api.heat_map import heat_map_pages

    ((name, page),) = heat_map_pages(gridded, ["kabul_authority"])
    assert name == "heatmap_kabul_authority_2018-08"
    maps = [ax for ax in page.axes if ax.images]
    assert [ax.get_title(loc="left") for ax in maps] == [
        f"{IMPORTANT}: {level}" for level in ("0.3", "0.5", "0.7", "0.9")
    ]
    page.draw_without_rendering()
    texts = [text for text in page.findobj(Text) if text.get_visible() and text.get_text().strip()]
    boxes = [(text.get_text(), Text.get_window_extent(text).shrunk(0.98, 0.7)) for text in texts]
    over = [(a, b) for n, (a, box) in enumerate(boxes) for b, other in boxes[:n] if box.overlaps(other)]
    assert over == []


def test_the_report_of_a_grid_opens_with_its_map(gridded: sim.Sweep, tmp_path: Path) -> None:
    page = sim.report(gridded, tmp_path / "page.html").path.read_text(encoding="utf-8")
    assert "Kabul&#39;s authority over the grid" in page or "Kabul's authority over the grid" in page
