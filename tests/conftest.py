"""What tests in several rooms need; what every test leaves behind is put away."""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import io
import os
import runpy
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

# Imports make hundreds of thousands of objects that stay; the collector need not look for garbage among them so often.
gc.set_threshold(1_000_000, *gc.get_threshold()[1:])

# No example fails for being slow: a busy machine is no mistake.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

PLAIN = {
    "base": (),
    "reading_sweeps": ("discovery", "sensitivity", "sweep_figures", "where"),
    "release": (),
    "scenario": (),
    "studies": ("designs", "factors", "points", "study_files"),
    "theatre": ("mistakes", "names", "record", "theatre", "words"),
    "views": (
        *("fan_and_difference", "forest", "images", "maps", "multiples_and_verdicts", "networks", "pages"),
        *("saving", "stances", "waterfall"),
    ),
}
"""Files of tests that run no model, or whole folders of them: as many as take about as long as it is compiled."""

# scoringrules compiles its other backend for five seconds when it is imported; here, as without a compiler, it cannot.
scoringrules = importlib.util.find_spec("scoringrules")
for folder in (scoringrules and scoringrules.submodule_search_locations) or ():
    for path in Path(folder).rglob("_gufunc*.py"):
        sys.modules.setdefault(".".join(("scoringrules", *path.relative_to(folder).with_suffix("").parts)), None)  # type: ignore[arg-type]

# What tests start in other processes need not be compiled again by each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# One thread for products of matrices: the tests run in several processes already, whose threads would wait for another.
# It comes too late where numpy is loaded, but not for the processes of pytest-xdist and those that tests start.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

os.environ.pop("COLUMNS", None)  # set where tests run in several processes; output is not to depend on it

# Tests that were started in the background ignore Ctrl-C, and would hand that on to the commands they interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)  # once those are gone that are not asked for, or the middle would be elsewhere
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts tests that run no model in the middle, where the second of two processes begins while the first compiles."""
    plain, others = [], []
    for item in items:
        files = PLAIN.get(item.path.parent.name)
        is_plain = files is not None and (not files or item.path.stem.removeprefix("test_") in files)
        (plain if is_plain else others).append(item)
    half = len(items) // 2
    items[:] = others[:half] + plain + others[half:]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector need not look through it again."""
    gc.freeze()


def pytest_runtest_teardown() -> None:
    """Closes the figures that a test has opened through pyplot, which would keep them and warn at the twenty-first.

    A fixture would do so, too, and take as long as the shortest of some thousand tests.
    """
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session", autouse=True)
def one_core() -> Iterator[None]:
    """Commands that run in the tests' own process start no others, unless they are told how many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.sched_getaffinity", lambda _: {0}, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_disks() -> Iterator[None]:
    """Files are not waited for until they are on the disk: no test cuts the power; some let the call fail instead."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def compiled() -> None:
    """Machine code of the model on disk, so that no command begins by saying that it compiles."""
    from influence_sim import run

    run("baseline", replicates=1)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model runs as Python, without machine code."""
    import numpy as np

    from tests.plain_python import make_plain

    make_plain(monkeypatch)
    with np.errstate(all="ignore"):  # words that wrap, as they should, warn
        yield


@pytest.fixture(scope="session")
def with_few_replicates() -> Callable[[], AbstractContextManager[None]]:
    """Claims are examined with few replicates, wherever their number is not the user's choice."""
    return _with_few_replicates


@pytest.fixture(scope="module")
def few_replicates() -> Iterator[None]:
    """The same, for all tests of a module."""
    with _with_few_replicates():
        yield


@contextmanager
def _with_few_replicates() -> Iterator[None]:
    from influence_sim.analysis.claims import examine, grounds, witnesses

    numbers: dict[ModuleType, dict[str, Any]] = {
        examine: {"KNOCKED": 8, "SHUFFLED": 16, "AT_DEFAULTS": 16, "FORCED_SHUFFLES": 2},
        grounds: {"KNOCKED": 8, "AT_DEFAULTS": 16},
        witnesses: {"POPULATION": 8, "GENERATIONS": 2, "SEARCHED": 4, "WAVES": (16,)},
    }
    with pytest.MonkeyPatch.context() as patch:
        for module, changed in numbers.items():
            for name, number in changed.items():
                patch.setattr(module, name, number)
        patch.setitem(examine.examine.__kwdefaults__, "shuffles", 6)
        patch.setitem(grounds.grounds.__kwdefaults__, "replicates", 2)
        yield


@pytest.fixture(scope="session")
def with_blank_pages() -> Callable[[], AbstractContextManager[None]]:
    """Pages of results are drawn empty, where their folders are made for tests that draw what they look at."""
    return _with_blank_pages


@pytest.fixture(scope="module")
def blank_pages() -> Iterator[None]:
    """The same, for all tests of a module, which look at files and words: a drawn page takes half a second."""
    with _with_blank_pages():
        yield


@contextmanager
def _with_blank_pages() -> Iterator[None]:
    from matplotlib.figure import Figure

    pages = ("compare_forest", "headline", "verdicts_page", "waterfall_page")
    with pytest.MonkeyPatch.context() as patch:
        for figure in (*(f"views.{page}" for page in pages), "reports.page.card", "reports.sheets.card"):
            patch.setattr(f"influence_sim.{figure}", lambda *_, **__: Figure(figsize=(1, 1)))
        for module in ("page", "sheet"):
            patch.setattr(f"influence_sim.reports.{module}.data_uri", lambda _: "data:image/svg+xml;base64,")
        yield


@pytest.fixture(scope="module")
def few_pixels() -> Iterator[None]:
    """Figures that are files have few pixels, for all tests of a module, which look at their names and bytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("influence_sim.views.saving.DPI", 40)
        yield


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a width that does not depend on who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in ("COLUMNS", "NO_COLOR", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def invoke(here: Path) -> Callable[..., Result]:
    """Runs a command line in this process and checks its exit status."""
    from influence_sim.cli.main import cli

    def run(*args: object, status: int = 0) -> Result:
        result = CliRunner().invoke(cli, [str(arg) for arg in args])
        assert result.exit_code == status, result.output
        assert "Traceback" not in result.stderr
        return result

    return run


@pytest.fixture(scope="session")
def refresh() -> ModuleType:
    """The program that renews what the documentation shows."""
    spec = importlib.util.spec_from_file_location("refresh", Path(__file__).parents[1] / "docs" / "refresh.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    processes = module.output

    def output(line: str, folder: Path) -> str:
        """Commands and Python programs run in this process, which spares them seconds of imports."""
        from influence_sim.cli.main import cli

        program, *words = shlex.split(line.removeprefix("$ ").replace("\\\n", " "))
        printed = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed), pytest.MonkeyPatch.context() as patch:
            if program == "influence-sim":
                done = CliRunner(env=module.environment()).invoke(cli, words, catch_exceptions=False)
                assert done.exit_code == 0, done.output
                return done.stdout
            if program == "python":
                patch.setattr(sys, "argv", words)
                runpy.run_path(words[0], run_name="__main__")
                return printed.getvalue()
        return str(processes(line, folder))

    module.output = output
    return module


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def _found(*names: str) -> str | None:
    return next((path for path in map(shutil.which, names) if path), None)


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium; nothing is downloaded from elsewhere, and what a page offers goes into `driver.downloads`.

    Needs Debian's `chromium` and `chromium-driver`. Without them tests are skipped, except under CI, where they fail.
    """
    program, control = _found(*BROWSERS), _found("chromedriver")
    if program is None or control is None:
        missing = "no Chromium with its driver here (Debian: apt-get install chromium chromium-driver)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = program
    quiet = ("no-first-run", "disable-background-networking", "disable-component-update", "disable-sync")
    profile = f"user-data-dir={tmp_path_factory.mktemp('profile')}"
    for name in ("headless", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "hide-scrollbars", *quiet, profile):
        options.add_argument(f"--{name}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with Chrome(options=options, service=ChromeService(control)) as browser:
        browser.downloads = tmp_path_factory.mktemp("downloads")
        where = {"behavior": "allow", "downloadPath": str(browser.downloads)}
        browser.execute_cdp_cmd("Browser.setDownloadBehavior", where)
        yield browser


@pytest.fixture
def violations(driver: Any) -> Callable[..., list[tuple[str, list[str]]]]:
    """What axe-core finds wrong with the page that is open, or with a part of it, by all rules that can be decided.

    With `colours` the only rule is that of contrast, which is all that a dark scheme can break.
    """

    def check(part: str = "", *, but: str = "", colours: bool = False) -> list[tuple[str, list[str]]]:
        if driver.execute_script("return window.axe === undefined"):
            driver.execute_script(resources.files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
        driver.set_script_timeout(60)
        page = {"include": [[part or "html"]], "exclude": [[but]] if but else []}
        options = {"resultTypes": ["violations"], **({"runOnly": ["color-contrast"]} if colours else {})}
        run = "axe.run(arguments[0], arguments[1]).then(arguments[2], arguments[2])"
        report = driver.execute_async_script(run, page, options)
        assert len(report["passes"]) > (0 if colours else 6 if part else 20), report
        return [(rule["id"], [node["html"][:200] for node in rule["nodes"]]) for rule in report["violations"]]

    return check
