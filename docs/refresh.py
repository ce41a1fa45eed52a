"""Renews what the documentation shows of the tool, by running it.

`python docs/refresh.py` rewrites the output under each `$ influence-sim …` and `$ python FILE` line of the console
blocks in README.md and docs/*.md, the answers of runs after `<!-- answer: ARGUMENTS OF RUN -->`, the pages that are
written from the package (`reference.py`), the figures, and, where there is Chromium, the pictures of the lab, a report
and a brief.
Commands of a page run in one folder, which holds what lies in docs in a folder of the page's name. A YAML or Python
block that begins with `# PATH` lies there as that file, from its place in the page on; with `# PATH, at its end` it is
added to the file. The notebooks are executed, too, so that they and the site have their pictures. `--check` changes
nothing and fails where something is stale; `--quick` leaves out notebooks, and the pages whose commands take long.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import reference  # noqa: E402 - of the checkout this file stands in, not of an installed copy
from studies import claims_figure  # noqa: E402

from influence_sim import views  # noqa: E402
from influence_sim.analysis.claims.examination import shipped_examination  # noqa: E402

GENERATED = {ROOT / "docs" / name: write for name, write in reference.PAGES.items()}
SLOW = ("sweeps.md", "report.md", "reading.md", "stories.md", "teaching.md", "tutorial.md", "test_a_claim.md")
"""Pages whose commands take longer than all others together."""
BLOCK = re.compile(r"```(?:console|yaml|python|csv)\n.*?```", re.DOTALL)
FILE = re.compile(r"```(?:yaml|python|csv)\n# ([\w/]+\.(?:yaml|py|csv))(, at its end)?\n(.*?)```", re.DOTALL)
WAYS = re.compile(r"(<!-- ways -->\n).*?(<!-- end of ways -->)", re.DOTALL)
ANSWER = re.compile(r"(<!-- answer: ([^>]+) -->\n).*?(<!-- end of answer -->)", re.DOTALL)
PROPERTIES = re.compile(r"(<!-- properties -->\n).*?(<!-- end of properties -->)", re.DOTALL)
COMMAND = re.compile(r"^\$ (?:.*\\\n)*.*$", re.MULTILINE)
"""A command of a console block; one that ends with a backslash goes on in the next line."""
HASH = re.compile(r"-[0-9a-f]{12}\b")
"""The tail of a result folder's name, which changes with every line of the model's code."""
TEMPORARY = re.compile(r"\btmp\w+")
"""The name of a temporary folder, which is never the same."""
IMAGES = ROOT / "docs" / "images"
VERDICTS = ROOT / "influence_sim" / "analysis" / "claims" / "verdicts.json"
LAB, SIZE = "us_engages_taliban", "window-size=1280,1000"
"""What is asked in the picture of the lab, and how large it is."""
PAPER = "brief.html"
"""The page that is shown as it is printed."""
PAGES_SHOWN = {
    "report.png": ("report.html", "body", 1280, 1180),
    "report_carries.png": ("report.html", "#carries", 1040, 1440),
    "report_sliders.png": ("report.html", "#sliders", 1040, 1200),
    "brief.png": (PAPER, "body", 794, 1123),
}
"""Picture -> the page, the part of it at the top, and the width and height in pixels; the last one is A4."""
FIGURES = {"us_engages_taliban": IMAGES / "us_engages_taliban.png"}
SHOWN = {
    "claims.png": "claims.png",
    "sweeps/results/shares/figures/sensitivity_kabul_authority_2020-12.png": "sweep_shares.png",
    "sweeps/results/where/figures/discover_kabul_authority_diff_lt_-0.05_2020-12.png": "sweep_where.png",
    "sweeps/results/map/figures/heatmap_kabul_authority_2020-12.png": "sweep_map.png",
    "score/scores/calibration.png": "score.png",
    "stories/story_42/figures/stances_42.png": "story.png",
    "tutorial/own_talks/figures/headline.png": "tutorial_run.png",
    "tutorial/seated/figures/headline.png": "tutorial_answer.png",
    "tutorial/seat/figures/waterfall.png": "tutorial_why.png",
    "reading/why/figures/waterfall.png": "explain.png",
    "reading/ways/figures/forest.png": "compare.png",
    "reading/withdrawal/figures/stances.png": "stances.png",
    "reading/withdrawal/figures/map.png": "map.png",
    "reading/withdrawal/figures/map.gif": "map.gif",
    "reading/withdrawal/figures/network.png": "network.png",
}
"""Figures that the commands of the pages draw, and `claims --test`, and what the pages call them."""


def output(line: str, folder: Path) -> str:
    """What a command line prints, run in a folder; a page may also remove files of its own with `$ rm PATTERN`."""
    if line.startswith("$ rm "):
        for path in folder.glob(line.removeprefix("$ rm ")):
            path.unlink()
        return ""
    command, *words = shlex.split(line.removeprefix("$ ").replace("\\\n", " "))
    start = [sys.executable] if command == "python" else [sys.executable, "-m", "influence_sim"]
    done = subprocess.run([*start, *words], cwd=folder, capture_output=True, text=True, check=True, env=environment())
    return done.stdout


def environment() -> dict[str, str]:
    """An environment in which the checkout is imported and output does not depend on the terminal."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1"}


def renewed(text: str, folder: Path) -> str:
    """A page with every console block run anew."""

    def block(match: re.Match[str]) -> str:
        if not match[0].startswith("```console"):
            lay(match[0], folder)
            return match[0]
        shown = [f"{line}\n{output(line, folder)}" for line in COMMAND.findall(match[0])]
        return "```console\n" + "".join(shown) + "```"

    text = ANSWER.sub(lambda match: f"{match[1]}{answer(match[2], folder)}{match[3]}", text)
    text = WAYS.sub(lambda match: f"{match[1]}{ways()}{match[2]}", BLOCK.sub(block, text))
    return PROPERTIES.sub(lambda match: f"{match[1]}\n{reference.properties()}\n\n{match[2]}", text)


def lay(block: str, folder: Path) -> None:
    """Writes the block to the file it names, or adds it there; a block without a file's name is left alone."""
    for name, added, content in FILE.findall(block):
        path = folder / name
        before = path.read_text(encoding="utf-8") if added else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(before + content, encoding="utf-8")


def answer(arguments: str, folder: Path) -> str:
    """What a run answers, as a quotation."""
    found = json.loads(output(f"$ influence-sim run {arguments} --json", folder))["answer"]
    rest = found["text"].removeprefix(found["finding"]).strip()
    return f"\n> {found['finding']} Difference: {found['numbers']}. {rest}\n\n"


def ways() -> str:
    """The table of the ways in which the US can engage, from the shipped table of verdicts."""
    return f"\n{reference.ways_alone()}\n\n"


def pages(*, quick: bool = False) -> list[Path]:
    """The pages that show commands, and those that are generated."""
    found = [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md"), *GENERATED})]
    return [page for page in found if not (quick and page.name in SLOW)]


def notebooks(*, check: bool) -> Iterator[Path]:
    """Executes the notebooks, and yields those whose texts have changed; a cell tagged `skip-execution` is left out."""
    try:
        import nbformat
        from nbclient import NotebookClient
    except ImportError:
        print("notebooks are left as they are: pip install nbclient ipykernel", file=sys.stderr)
        return
    os.environ |= environment()
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        before = texts(notebook)
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)  # when each cell began and ended
            cell.get("outputs", [])[:] = [one for one in cell.get("outputs", []) if one.get("name") != "stderr"]
        notebook.metadata.language_info = {"name": "python"}
        if texts(notebook) != before:
            yield path
        if not check:
            nbformat.write(notebook, path)


def texts(notebook: Any) -> list[str]:
    """What the cells of a notebook have shown, pictures apart."""
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", [])]
    shown = (str(one.get("text") or one.get("data", {}).get("text/plain")) for one in outputs)
    return [TEMPORARY.sub("", text) for text in shown]


def stale(folder: Path, *, quick: bool = False) -> Iterator[tuple[Path, str]]:
    """The pages that are not what they would be if they were made now, and what they would be."""
    for page in pages(quick=quick):
        old = page.read_text(encoding="utf-8") if page.exists() else ""
        own = folder / page.stem  # what a page makes is its own
        own.mkdir()
        if page.with_suffix("").is_dir():
            shutil.copytree(page.with_suffix(""), own, dirs_exist_ok=True)
        new = GENERATED[page]() if page in GENERATED else renewed(old, own)
        if HASH.sub("", new) != HASH.sub("", old):
            yield page, new


def main() -> int:
    """Renews or checks; the exit status is 1 if `--check` finds a stale page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as name:
        for page, new in stale(Path(name), quick=given.quick):
            found.append(page.relative_to(ROOT).as_posix())
            if not given.check:
                page.write_text(new, encoding="utf-8")
        if not given.check and not given.quick:
            _draw(Path(name))
            _photograph(Path(name))
    if not given.quick:
        found += [path.relative_to(ROOT).as_posix() for path in notebooks(check=given.check)]
    word = "stale" if given.check else "renewed"
    print("\n".join(f"{word}: {page}" for page in found) or "everything is current")
    return int(given.check and bool(found))


def _draw(folder: Path) -> None:
    for scenario, image in FIGURES.items():
        output(f"$ influence-sim run {scenario}", folder)
        found = next(folder.glob(f"results/{scenario}-*/figures/headline.png"))
        _show(found, image)
    found = shipped_examination()
    texts = {
        "title": views.tally(found.table),
        "subtitle": f"Tests of the article's claims over {found.samples:,} {found.worlds} worlds",
    }
    image = IMAGES / "verdicts.png"
    image.write_bytes(views.pictures(claims_figure.strip(found.table, **texts), image.name)[image.name])
    shutil.copyfile(VERDICTS, folder / "claims.json")
    output("$ influence-sim plot claims.json", folder)
    for drawn, name in SHOWN.items():
        _show(folder / drawn, IMAGES / name)


def _photograph(folder: Path) -> None:
    """The lab with a question on it, once it is tried in all worlds; and parts of the pages that docs/report.md makes.

    Without a browser all are kept as they are.
    """
    browser, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if browser is None or driver is None:
        print("pictures of pages are left as they are: there is no Chromium with its driver", file=sys.stderr)
        return
    try:
        from selenium.webdriver import Chrome, ChromeOptions, ChromeService
        from selenium.webdriver.support.wait import WebDriverWait
    except ImportError:
        print("pictures of pages are left as they are: pip install selenium", file=sys.stderr)
        return
    options = ChromeOptions()
    options.binary_location = browser
    for name in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars", SIZE):
        options.add_argument(f"--{name}")
    command = [sys.executable, "-m", "influence_sim", "lab", LAB, "--no-browser", "--port", "0", "--quiet"]
    with Chrome(options=options, service=ChromeService(driver)) as page:
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as server:
            try:
                page.get(server.stdout.readline().strip() if server.stdout else "")
                done = "return document.querySelector('.held') && !document.querySelector('progress')"
                WebDriverWait(page, 120).until(lambda _: page.execute_script(done))
                page.save_screenshot(str(folder / "lab.png"))
            finally:
                server.terminate()
        _show(folder / "lab.png", IMAGES / "lab.png")
        output("$ influence-sim report results/example --brief", folder / "report")
        for name, (source, part, wide, tall) in PAGES_SHOWN.items():
            size = {"width": wide, "height": tall, "deviceScaleFactor": 1, "mobile": False}
            page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print" if source == PAPER else "screen"})
            page.get((folder / "report" / "results" / "example" / source).as_uri())
            if source == PAPER:  # which has the margins of the printer
                page.execute_script("document.body.style.padding = '10mm 13mm'")
            top = page.execute_script("return document.querySelector(arguments[0]).getBoundingClientRect().top", part)
            clip = {"x": 0, "y": top, "width": wide, "height": tall, "scale": 1.25}
            shot = page.execute_cdp_cmd("Page.captureScreenshot", {"clip": clip, "captureBeyondViewport": True})
            (folder / name).write_bytes(base64.b64decode(shot["data"]))
            _show(folder / name, IMAGES / name)


def _show(drawn: Path, image: Path) -> None:
    """Puts a figure among the images, in 256 colours: a third of the bytes, and no difference that is seen."""
    if drawn.suffix == ".png":
        with Image.open(drawn) as figure:
            figure.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(image, optimize=True)
    else:
        shutil.copyfile(drawn, image)


if __name__ == "__main__":
    sys.exit(main())
