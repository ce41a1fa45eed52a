"""Renews what the documentation shows of the tool, by running it.

`python docs/refresh.py` rewrites the output under each `$ influence-sim …` line of the console blocks in README.md and
docs/*.md, the generated tables, and the figures. Commands of a page run in one folder, in which every YAML block that
begins with `# NAME.yaml` lies as that file. `--check` changes nothing and fails where something is stale.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import influence_sim as sim  # noqa: E402 - the checkout this file stands in, not an installed copy

PARAMETERS = ROOT / "docs" / "parameters.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
FILE = re.compile(r"```yaml\n# (\w+\.yaml)\n(.*?)```", re.DOTALL)
WAYS = re.compile(r"(<!-- four ways -->\n).*?(<!-- end of four ways -->)", re.DOTALL)
HASH = re.compile(r"-[0-9a-f]{12}\b")
"""The tail of a result folder's name, which changes with every line of the model's code."""
IMAGES = ROOT / "docs" / "images"
FIGURES = {"us_engages_taliban": IMAGES / "us_engages_taliban.png"}
SHOWN = {
    "results/shares/figures/sensitivity_kabul_authority_2020-12.png": "sweep_shares.png",
    "results/where/figures/discover_kabul_authority_diff_lt_-0.02_2020-12.png": "sweep_where.png",
    "why/figures/waterfall.png": "explain.png",
    "ways/figures/forest.png": "compare.png",
    "withdrawal/figures/map.png": "map.png",
    "withdrawal/figures/network.png": "network.png",
}
"""Figures that the commands of the pages draw, and what the pages call them."""


def output(line: str, folder: Path) -> str:
    """What a command line prints, run in a folder; both streams in the order a reader sees them."""
    words = [sys.executable, "-m", "influence_sim", *shlex.split(line.removeprefix("$ influence-sim"))]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True, env=environment())
    return done.stdout


def environment() -> dict[str, str]:
    """An environment in which the checkout is imported and output does not depend on the terminal."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1"}


def renewed(text: str, folder: Path) -> str:
    """A page with every console block run anew."""

    def block(match: re.Match[str]) -> str:
        lines = [line for line in match[1].splitlines() if line.startswith("$ ")]
        shown = [f"{line}\n{output(line, folder)}" for line in lines]
        return "```console\n" + "".join(shown) + "```"

    for name, content in FILE.findall(text):
        (folder / name).write_text(content, encoding="utf-8")
    return WAYS.sub(lambda match: f"{match[1]}{four_ways()}{match[2]}", BLOCK.sub(block, text))


def four_ways() -> str:
    """The table of docs/four_ways.md, which `influence-sim claims --four-ways --markdown` makes."""
    lines = (ROOT / "docs" / "four_ways.md").read_text(encoding="utf-8").splitlines()
    return "\n" + "\n".join(line for line in lines if line.startswith("|")) + "\n\n"


def pages() -> list[Path]:
    """The pages that show commands."""
    return [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md"), PARAMETERS})]


def parameters_page() -> str:
    """Every parameter, in groups by the first part of its name, as a page."""
    rows = sim.params().to_dict("records")
    counts = Counter(row["status"] for row in rows)
    lines = [
        "# Every parameter",
        "",
        "Written by `python docs/refresh.py` from the theatre's data; `influence-sim params` prints the same.",
        "",
        f"{len(rows)} numbers: {counts['cited']} cited (an outside source gives the size), {counts['fitted']} fitted",
        f"to the record ([fit.md](fit.md)), {counts['assumed']} assumed: nobody has measured them, and the range says",
        "what is held plausible. A source beside an assumed number supports its sign or its form, not its size.",
    ]
    for group, members in itertools.groupby(sorted(rows, key=lambda row: row["name"].split(".")[0]), key=_group):
        lines += ["", f"## {group}", "", "| name | default | range | unit | source | status | meaning |"]
        lines += ["| --- | ---: | --- | --- | --- | --- | --- |"]
        lines += [_parameter(row) for row in members]
    return "\n".join(lines) + "\n"


def _group(row: dict[str, Any]) -> str:
    return str(row["name"]).split(".")[0]


def _parameter(row: dict[str, Any]) -> str:
    span = f"{row['low']:g} to {row['high']:g}"
    cells = (f"`{row['name']}`", f"{row['default']:g}", span, row["unit"], row["source"], row["status"], row["note"])
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"


def main() -> int:
    """Renews or checks; the exit status is 1 if `--check` finds a stale page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    with tempfile.TemporaryDirectory() as name:
        for page in pages():
            old = page.read_text(encoding="utf-8") if page.exists() else ""
            new = parameters_page() if page == PARAMETERS else renewed(old, Path(name))
            if HASH.sub("", new) != HASH.sub("", old):
                stale.append(page.relative_to(ROOT).as_posix())
                if not check:
                    page.write_text(new, encoding="utf-8")
        if not check:
            _draw(Path(name))
    print("\n".join(f"{'stale' if check else 'renewed'}: {page}" for page in stale) or "everything is current")
    return int(check and bool(stale))


def _draw(folder: Path) -> None:
    for scenario, image in FIGURES.items():
        output(f"$ influence-sim run {scenario}", folder)
        found = next(folder.glob(f"results/{scenario}-*/figures/headline.png"))
        image.parent.mkdir(exist_ok=True)
        shutil.copyfile(found, image)
    for drawn, name in SHOWN.items():
        shutil.copyfile(folder / drawn, IMAGES / name)


if __name__ == "__main__":
    sys.exit(main())
