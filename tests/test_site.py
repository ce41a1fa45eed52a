"""The documentation as a site: it builds strictly, opens from disk, and can be read on a desk and on a telephone."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOADED = r"""<(?:script|img|iframe)[^>]* src=["']?https?:|<link[^>]* rel=["']?stylesheet[^>]*https?:"""
NOTEBOOK = "files/notebooks/01_first_scenario.ipynb.html"
PAGES = ("index.html", "tutorial.html", "glossary.html", "odd.html", "keys.html", "files/index.html", NOTEBOOK)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site's folder."""
    if not all(map(importlib.util.find_spec, ("mkdocs", "mkdocstrings", "material"))):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the extra `docs` is not installed")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_what_a_page_leads_to_is_there() -> None:
    """Files and pages; building the site strictly, which takes long, looks at what stands within them, too."""
    links = 0
    for page in (ROOT / "docs").glob("*.md"):
        text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for link in re.findall(r"\]\(([^)\s#:]+)(?:#[^)]*)?\)", text):
            links += 1
            assert (page.parent / link).exists(), f"{page.name}: {link}"
    assert links > 200
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    named = set(re.findall(r": (\S+\.md)$", menu, re.MULTILINE))
    assert len(named) > 30
    assert not [name for name in named if not (ROOT / "docs" / name).is_file()]


@pytest.mark.slow
def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(site: Path) -> None:
    assert 'id="influence_sim.run"' in (site / "api.html").read_text(encoding="utf-8")
    assert (site / "search" / "search_index.js").is_file()  # with which search works from disk, too
    assert not [page.name for page in site.rglob("*.html") if re.search(LOADED, page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_goes_sideways(site: Path, driver: Any, width: int) -> None:
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wide = []
    for page in sorted(site.glob("*.html")):
        driver.get(page.as_uri())
        if driver.execute_script("return document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(page.name)
    assert wide == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_pages_have_no_fault_of_accessibility(
    site: Path, driver: Any, violations: Callable[..., list[Any]], page: str, scheme: str
) -> None:
    driver.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    driver.get((site / page).as_uri())
    driver.execute_script("localStorage.clear(); location.reload()")
    dark = driver.execute_script("return document.body.dataset.mdColorScheme") == "slate"
    assert dark == (scheme == "dark")
    assert violations(colours=dark) == []


@pytest.mark.slow
def test_search_works_from_disk(site: Path, driver: Any) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    driver.get((site / "index.html").as_uri())
    driver.execute_script("document.querySelector('input[name=query]').focus()")
    driver.find_element(By.NAME, "query").send_keys("implausibility")
    script = "return [...document.querySelectorAll('.md-search-result__link')].map((one) => one.href)"
    links = WebDriverWait(driver, 60).until(lambda browser: browser.execute_script(script))
    assert any("worlds.html" in link for link in links)
