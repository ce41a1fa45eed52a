"""How long the lab takes in a browser: `python tests/benchmarks/lab_in_browser.py`, with Chromium and its driver there.

From moving a slider to the redrawn charts (200 paired replicates, 64 months), from opening the page to its first
answer, and from there to the last of 512 worlds of what is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from statistics import median, quantiles
from time import monotonic
from typing import Any

MOVES = 60
PATIENCE = 120
SLIDER = "p-authority.erosion"
MOVED = """
const [name, value, done] = arguments;
const before = document.body.dataset.answered, started = performance.now();
const one = document.getElementById(name);
one.value = value;
one.dispatchEvent(new Event("input"));
const look = () => document.body.dataset.answered === before
  ? requestAnimationFrame(look) : requestAnimationFrame(() => done(performance.now() - started));
look();
"""


def browser() -> Any:
    """A headless Chromium at the width of a desk."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    for name in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "window-size=1280,1000"):
        options.add_argument(f"--{name}")
    return Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))


def until(driver: Any, script: str) -> float:
    """Seconds until a script says yes."""
    from selenium.webdriver.support.wait import WebDriverWait

    begun = monotonic()
    WebDriverWait(driver, PATIENCE, poll_frequency=0.02).until(lambda _: driver.execute_script(f"return {script}"))
    return monotonic() - begun


def measured(driver: Any, url: str) -> tuple[list[float], float, list[float]]:
    """Seconds to open the page, and to try it in worlds, and milliseconds from slider to charts."""
    opened = []
    for _ in range(5):
        driver.get("about:blank")
        begun = monotonic()
        driver.get(url)
        until(driver, "document.body?.dataset.answered > 0")
        opened.append(monotonic() - begun)
    worlds = until(driver, "document.querySelector('.held') && !document.querySelector('progress')")
    driver.set_script_timeout(PATIENCE)
    values = [0.025 * (1 + n % 38) for n in range(MOVES)]  # steps of the slider, none the same as the one before
    return opened, worlds, [driver.execute_async_script(MOVED, SLIDER, value) for value in values]


def main() -> None:
    """Measures, and prints."""
    command = [sys.executable, "-m", "influence_sim", "lab", "us_engages_taliban"]
    command += ["--no-browser", "--port", "0", "--quiet"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        with browser() as driver:
            opened, worlds, moved = measured(driver, server.stdout.readline().strip() if server.stdout else "")
    finally:
        server.terminate()
    print(f"opened to the first answer: first {opened[0]:.2f} s, median {median(opened):.2f} s")
    print(f"slider to redrawn charts: median {median(moved):.0f} ms, 95 % within {quantiles(moved, n=20)[-1]:.0f} ms")
    print(f"512 worlds, from the answer on: {worlds:.1f} s")


if __name__ == "__main__":
    main()
