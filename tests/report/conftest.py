"""Two small result folders and their pages, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import influence_sim as sim
from influence_sim.api.claims import plan_claims
from influence_sim.api.explain import plan_explanation
from influence_sim.api.folders import compute_into
from influence_sim.reports.report import Written, report
from influence_sim.runs.request import plan_run

REPLICATES, MONTHS, POINT_REPLICATES = 6, 40, 5
SLIDERS = {"authority.erosion": (0.0, 1.0, 3), "prestige.following": (0.0, 0.4, 3)}
EVIL = """\
schema_version: 1
name: evil
title: </script><script>window.hacked = 1</script> & "quotes" <b>
question: "<img src=x onerror='window.hacked = 2'> </title></style>{{ 7 * 7 }} {% raw %} ]]> -->"
claims: [C35]
interventions:
  - {from: 2018-01, actor: russia, do: support, target: taliban, level: 0.4}
forums:
  - {from: 2018-01, forum: new_table, convenor: china, invite: [india], meets: [2018-03]}
conditions:
  foreign_troops: {2018-02: 5}
changes:
  - {from: 2018-02, set: {authority.erosion: 0.1}}
"""


LONG = "A very long sentence about everybody who might have to be told of in a title or a question, and of more; " * 10
"""More than a title or a question may say."""
LONGEST = f"""\
schema_version: 1
name: {"long_" * 12}
title: "{LONG[:300].strip()}"
question: "{LONG[:1000].strip()}"
asks: [russia_lead, moscow_forum_states, districts_insurgent]
interventions:
  - {{from: 2018-01, actor: russia, do: support, target: taliban, level: 0.4}}
  - {{from: 2018-01, actor: iran, do: support, target: taliban, level: 0.4}}
  - {{from: 2018-01, actor: pakistan, do: support, target: taliban, level: 0.4}}
  - {{from: 2018-01, actor: us, do: fight, target: taliban, level: 0.4}}
conditions:
  foreign_troops: {{2018-02: 5}}
changes:
  - {{from: 2018-02, set: {{authority.erosion: 0.1, precedent.strength: 1.2}}}}
"""


@dataclass(frozen=True)
class Made:
    """A folder and its page, which is made when somebody looks at it."""

    folder: Path
    asked: Mapping[str, Any]

    @cached_property
    def page(self) -> Written:
        """What `report` says of it."""
        return report(self.folder, **self.asked)

    @property
    def path(self) -> Path:
        """The page as a file."""
        return self.page.path

    @cached_property
    def text(self) -> str:
        """The page."""
        return self.path.read_text(encoding="utf-8")

    @property
    def sliders(self) -> tuple[str, ...]:
        """The parameters that it has sliders of."""
        return self.page.sliders


With = Callable[[], AbstractContextManager[None]]


def folder_of(scenario: str | Path, out: Path, blank: With, **more: Any) -> Path:
    """A small result folder, whose own page nobody looks at."""
    request = plan_run(scenario, replicates=REPLICATES, months=MONTHS, assumptions=8, **more)
    with blank():
        return compute_into(request, out).folder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, with_blank_pages: With) -> Made:
    """The page of a shipped scenario, with two sliders of four values."""
    folder = folder_of("us_engages_taliban", tmp_path_factory.mktemp("report") / "result", with_blank_pages)
    return Made(folder, {"sliders": SLIDERS, "replicates": POINT_REPLICATES})


@pytest.fixture(scope="session")
def evil(tmp_path_factory: pytest.TempPathFactory, with_blank_pages: With) -> Made:
    """The page of a scenario whose words try to be more than words; with one slider."""
    root = tmp_path_factory.mktemp("evil")
    (root / "evil.yaml").write_text(EVIL, encoding="utf-8")
    (root / "calm.yaml").write_text("{schema_version: 1, name: calm, title: Calm}", encoding="utf-8")
    folder = folder_of(root / "evil.yaml", root / "result", with_blank_pages, against=root / "calm.yaml")
    sliders = {"authority.erosion": (0.0, 1.0, 2)}
    return Made(folder, {"sliders": sliders, "replicates": 2, "explain_replicates": 0})


@pytest.fixture(scope="session")
def longest(tmp_path_factory: pytest.TempPathFactory, with_blank_pages: With) -> dict[str, Path]:
    """Folders of a scenario whose words are as long as they may be, against one likewise: run, compared, explained."""
    root = tmp_path_factory.mktemp("longest")
    paths = [root / name for name in ("one.yaml", "other.yaml", "third.yaml", "fourth.yaml")]
    for path in paths:
        path.write_text(LONGEST.replace("name: long_", f"name: {path.stem}_"), encoding="utf-8")
    paths[1].write_text(paths[1].read_text(encoding="utf-8").replace("0.4", "0.1"), encoding="utf-8")
    first, other, *more = paths
    few: dict[str, Any] = {"against": other, "replicates": 4}
    values = dict.fromkeys(("prestige.following", "authority.erosion"), 1.0)
    with with_blank_pages():
        sim.run(first, assumptions=64, months=34, set=values, **few).save(root / "run")
        sim.compare([first, *more], assumptions=8, months=34, **few).save(root / "compare")
        sim.explain(first, by=["interventions"], month="2018-06", **few).save(root / "explain")
    return {kind: root / kind for kind in ("run", "compare", "explain")}


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run without a baseline."""
    return sim.run("baseline", replicates=2, months=3).save(tmp_path_factory.mktemp("alone") / "result")


def _compared(out: Path) -> None:
    sim.compare(["us_engages_taliban", "taliban_split"], replicates=4, months=34, assumptions=8).save(out)


def _explained(out: Path) -> None:
    by = ["response", "interventions"]
    compute_into(plan_explanation("us_engages_taliban", month="2018-06", by=by, replicates=4), out)


def _swept(out: Path) -> None:
    vary = {"authority.erosion": (0.0, 1.0), "prestige.following": (0.0, 0.4)}
    sim.sweep("us_engages_taliban", vary=vary, samples=24, replicates=2, months=34, out=out)


def _tested(out: Path) -> None:
    compute_into(plan_claims(["C35"], samples=8, replicates=2), out)


KINDS: dict[str, Callable[[Path], None]] = {
    "compare": _compared,
    "explain": _explained,
    "sweep": _swept,
    "claims": _tested,
}


class Folders(dict[str, Path]):
    """Folders by their kind, each of which is made when it is first asked for."""

    def __init__(self, root: Path, within: Sequence[With]) -> None:
        self.root, self.within = root, within

    def __missing__(self, kind: str) -> Path:
        self[kind] = self.root / kind
        with ExitStack() as stack:
            for context in self.within:
                stack.enter_context(context())
            KINDS[kind](self[kind])
        return self[kind]


@pytest.fixture(scope="session")
def folders(
    tmp_path_factory: pytest.TempPathFactory, with_few_replicates: With, with_blank_pages: With
) -> dict[str, Path]:
    """A small folder of each kind but a run."""
    return Folders(tmp_path_factory.mktemp("kinds"), (with_few_replicates, with_blank_pages))
