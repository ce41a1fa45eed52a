"""The notebooks run from top to bottom, and are kept with what they show, pictures included."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

import influence_sim as sim
from influence_sim.api.model import draw_outcome

VIEWER = "skip-execution"
"""Tag of the cell that needs the extra `viz`; nbclient knows it, too."""
pytestmark = pytest.mark.usefixtures("few_replicates", "few_pixels")
NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def cells(path: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


def pictures(cell: dict[str, Any]) -> int:
    shown = [output.get("data", {}) for output in cell["outputs"]]
    return sum("image/png" in data or "data:image/png" in "".join(data.get("text/html", "")) for data in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept_was_executed_in_order(path: Path) -> None:
    executed = [cell for cell in cells(path) if VIEWER not in cell["metadata"].get("tags", [])]
    assert [cell["execution_count"] for cell in executed] == list(range(1, len(executed) + 1))
    kinds = {output["output_type"] for cell in executed for output in cell["outputs"]}
    assert kinds <= {"execute_result", "display_data", "stream"}  # no error
    drawing = [cell for cell in executed if re.search(r"\.(plot|plot_stances|draw)\(", "".join(cell["source"]))]
    assert drawing
    assert all(map(pictures, drawing))  # and not of the first alone
    assert str(Path.home()) not in path.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("default")  # Mesa's batch_run warns in its newer releases
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(path: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(cells(path)):
        if VIEWER in cell["metadata"].get("tags", []):
            continue  # see the next test
        source = re.sub(r"\b(assumptions|samples)=\d+", r"\1=8", "".join(cell["source"]))
        source = re.sub(r"\breplicates=\d+", "replicates=4", source)  # enough to run; what is kept shows more
        exec(compile(source, f"{path.name}[{number}]", "exec"), names)
    assert "sim" in names


def test_the_viewer_of_the_last_notebook() -> None:
    pytest.importorskip("solara", reason="the viewer needs the extra [viz]")
    (cell,) = [cell for path in NOTEBOOKS for cell in cells(path) if VIEWER in cell["metadata"].get("tags", [])]
    names: dict[str, Any] = {"sim": sim}
    exec("".join(cell["source"]), names)
    assert names["page"].component.name == "SolaraViz"


def test_without_the_extra_the_viewer_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "solara", None)
    with pytest.raises(sim.MachineError, match=r"influence-sim\[viz\]"):
        sim.viewer()


def test_a_chart_of_the_viewer_has_dates_and_the_baseline_beside_it() -> None:
    model = sim.InfluenceModel("us_engages_taliban", rng=1, months=36)
    for _ in range(30):
        model.step()
    ax = draw_outcome(model, "kabul_authority")
    whole, played, dot = (line.get_ydata() for line in ax.get_lines() if len(line.get_xdata()) != 2)
    assert (len(whole), len(played), len(dot)) == (36, 30, 1)
    assert list(whole[:28]) == list(played[:28])  # one history until January 2018
    assert played[-1] == dot[0] == model["kabul_authority"]
    assert ax.get_title(loc="left") == "Kabul's authority"
    assert "2017" in [text.get_text() for text in ax.get_xticklabels()]
    alone = draw_outcome(sim.InfluenceModel("baseline", rng=1, months=36), "kabul_authority")
    assert not [line for line in alone.get_lines() if len(line.get_xdata())]
