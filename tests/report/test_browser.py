"""The page in a real browser: at the width of a desk and of a telephone, moved, timed, and checked with axe-core.

Needs Debian's `chromium` and `chromium-driver`. Without them these tests are skipped, except under CI, where they fail.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import influence_sim as sim
from influence_sim.views import index_page
from influence_sim.words.endings import Interval
from influence_sim.words.sentences import difference_words

pytestmark = pytest.mark.slow

WIDTHS = {"desk": 1280, "telephone": 390}
QUICK = 50.0
"""Milliseconds within which the page must have answered."""


@dataclass
class Browser:
    """A browser with one page open in it."""

    driver: Any
    url: str

    def run(self, script: str, *args: object) -> Any:
        """What some JavaScript returns."""
        return self.driver.execute_script(script, *args)

    def tell(self, command: str, **arguments: object) -> None:
        """A command of the browser's own protocol."""
        self.driver.execute_cdp_cmd(command, arguments)

    def fits(self) -> bool:
        """Whether nothing sticks out at the side; a telephone's `innerWidth` would grow with what does."""
        page = "document.documentElement"
        return bool(self.run(f"return {page}.scrollWidth <= {page}.clientWidth"))

    def text(self, name: str) -> str:
        """What the element of an id says."""
        return str(self.run("return document.getElementById(arguments[0]).textContent", name))

    def press(self, name: str, *keys: str) -> None:
        """Presses keys in the element of an id."""
        element = self.driver.find_element("id", name)
        for key in keys:
            element.send_keys(key)


@pytest.fixture(params=WIDTHS)
def browser(driver: Any, made: Any, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The page at a width, freshly loaded."""
    yield from _opened(driver, made.path, WIDTHS[request.param])


@pytest.fixture
def telephone(driver: Any, made: Any) -> Iterator[Browser]:
    """The page on a telephone, freshly loaded."""
    yield from _opened(driver, made.path, WIDTHS["telephone"])


def _opened(driver: Any, path: Path, width: int) -> Iterator[Browser]:
    from selenium.webdriver.support.wait import WebDriverWait

    browser = Browser(driver, path.resolve().as_uri())
    driver.get("about:blank")  # else the page of the test before may still be there when this one is said to be
    size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.tell("Emulation.setDeviceMetricsOverride", **size)
    browser.tell("Emulation.setEmulatedMedia", media="", features=[])
    browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    for kind in ("browser", "performance"):
        driver.get_log(kind)  # what an earlier test left
    driver.get(browser.url)
    whole = "return document.readyState === 'complete' && document.querySelector('footer') !== null"
    WebDriverWait(driver, 20).until(lambda _: browser.run(whole))
    yield browser
    assert [entry for entry in driver.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []


def test_nothing_is_asked_of_any_network(browser: Browser) -> None:
    messages = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
    sent = [message["params"] for message in messages if message["method"] == "Network.requestWillBeSent"]
    # not the browser's own pages
    asked = {request["request"]["url"] for request in sent if request["documentURL"] == browser.url}
    assert browser.url in asked
    assert {url.partition(",")[0] for url in asked - {browser.url}} <= {"data:image/svg+xml;base64"}
    blocked = browser.run(
        "return fetch('data.json').then(() => 'fetched', (error) => error.name)"  # its own policy forbids even this
    )
    assert blocked == "TypeError"
    browser.driver.get_log("browser")


def test_it_fits_and_its_figures_are_drawn(browser: Browser) -> None:
    assert browser.fits()
    drawn = browser.run(
        "return [...document.images].map((i) => i.complete && i.naturalWidth > 0 && i.clientWidth > 280)"
    )
    assert drawn == [True] * 5
    assert browser.run("return document.getElementById('chart').clientWidth") > 280


def test_parts_are_drawn_beside_their_words(browser: Browser) -> None:
    read = """const boxes = (name) => [...document.querySelectorAll('#carries h3 ~ table.parts ' + name)].map((one) => {
        const box = one.getBoundingClientRect();
        return [box.left, box.right, box.height];
      });
      return [boxes('.step.whole rect'), boxes('.step .zero'), boxes('td.draw')]"""
    wholes, zeros, cells = browser.run(read)
    assert len(wholes) == 4
    assert all(right - left > 30 and 12 < height < 20 for left, right, height in wholes)
    assert min(abs(end - zeros[0][0]) for end in wholes[0][:2]) < 1.5  # the effect begins at zero
    assert all(right - left > 250 for left, right, _ in cells)
    assert all(wholes[0][0] == box[0] and wholes[0][1] == box[1] for box in wholes)  # one scale, one effect


def test_no_fault_of_accessibility(browser: Browser, violations: Callable[..., list[Any]]) -> None:
    but = "#carries details .parts"  # tables like the open one, which takes axe long enough
    assert violations(but=but) == []
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true")
    browser.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert violations(but=but) == []


def test_sliders_answer_with_what_a_run_gives(browser: Browser) -> None:
    from selenium.webdriver.common.keys import Keys

    assert "(the run\u2019s own values)" in browser.text("shown")
    before = browser.text("said")
    browser.press("s0", Keys.HOME)
    browser.press("s1", Keys.ARROW_RIGHT)
    settings = {"authority.erosion": 0.0, "prestige.following": 0.4}
    assert "computed point 3 of 12, authority.erosion = 0, prestige.following = 0.4;" in browser.text("shown")
    ending = sim.run("us_engages_taliban", months=40, replicates=5, set=settings).ending()
    labels = [option.text for option in browser.driver.find_elements("css selector", "#which option")]
    assert len(labels) == len(ending)
    for index, label in enumerate(labels):
        row = ending.set_index("label").loc[label]
        assert browser.text(f"n{index}") == difference_words(Interval(row["diff"], row["ci_low"], row["ci_high"]))
    first = ending.set_index("label").loc[labels[0]]
    assert browser.text("said") != before
    assert f"{abs(first['diff']):.3f}" in browser.text("said")
    assert f"ends at {first['mean']:.3f} in the scenario" in browser.text("shown")
    assert browser.run("return document.getElementById('s1').getAttribute('aria-valuetext')") == "0.4"
    browser.press("reset", Keys.ENTER)
    assert browser.text("said") == before


def test_a_direction_needs_an_interval(telephone: Browser) -> None:
    ways = set()
    for index in range(5):
        telephone.run(
            "const which = document.getElementById('which'); which.value = arguments[0];"
            "which.dispatchEvent(new Event('change'))",
            index,
        )
        low, high = (
            float(end.replace("\N{MINUS SIGN}", "-"))
            for end in telephone.text(f"n{index}").partition("[")[2].strip("]").split(" to ")
        )
        way = "higher than" if low > 0 else "lower than" if high < 0 else "is uncertain"
        assert way in telephone.text("said")
        ways.add(way)
    assert len(ways) > 1


def test_sliders_say_with_which_scenario_it_is_compared(driver: Any, tmp_path: Path) -> None:
    title = 'Nobody </script> "asks" Kabul'
    other = tmp_path / "other.yaml"
    words = ["schema_version: 1", "name: other", f"title: '{title}'", "extends: us_talks_without_kabul"]
    other.write_text("\n".join(words), encoding="utf-8")
    result = sim.run("us_talks_with_kabul", against=other, months=32, replicates=4)
    result.save(tmp_path / "run")
    page = sim.report(tmp_path / "run", sliders={"authority.erosion": (0.0, 1.0, 3)}, replicates=4)
    (browser,) = _opened(driver, page.path, WIDTHS["desk"])
    assert f"than under “{title}” (95 % interval" in browser.text("said")


def test_it_answers_at_once(browser: Browser) -> None:
    took = [
        browser.run(
            "const s = document.getElementById('s0'); s.value = arguments[0]; s.dispatchEvent(new Event('input'));"
            "return Number(document.getElementById('panel').dataset.milliseconds)",
            place,
        )
        for place in (0, 1, 2, 3, 0, 1, 2, 3)
    ]
    assert all(time > 0 for time in took)
    assert min(took) < QUICK


def test_without_a_script_the_table_stands_open(driver: Any, telephone: Browser) -> None:
    telephone.tell("Emulation.setScriptExecutionDisabled", value=True)
    driver.get(telephone.url)
    telephone.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert not driver.find_element("id", "panel").is_displayed()
    assert driver.find_element("css selector", "details.fallback table").is_displayed()
    assert "need JavaScript" in driver.find_element("id", "sliders").text


def test_whoever_wants_no_motion_gets_none(telephone: Browser) -> None:
    read = "return getComputedStyle(document.documentElement).scrollBehavior"
    assert telephone.run(read) == "smooth"
    telephone.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
    assert telephone.run(read) == "auto"


def test_paper_gets_everything(telephone: Browser) -> None:
    telephone.run("window.dispatchEvent(new Event('beforeprint'))")
    assert telephone.run("return document.querySelectorAll('details:not([open])').length") == 0
    telephone.tell("Emulation.setEmulatedMedia", media="print")
    shown = "return [...document.querySelectorAll(arguments[0])].map((one) => one.getClientRects().length > 0)"
    assert not any(telephone.run(shown, "nav, .panel"))
    assert all(telephone.run(shown, "h1, h2, img, table:not(.live)"))
    telephone.run("window.dispatchEvent(new Event('afterprint'))")
    assert telephone.run("return document.querySelectorAll('details:not([open])').length") > 3


@pytest.mark.parametrize("width", WIDTHS.values())
def test_hostile_words_do_nothing(driver: Any, evil: Any, width: int) -> None:
    for browser in _opened(driver, evil.path, width):
        assert browser.run("return window.hacked === undefined")
        assert browser.run("return document.title").startswith('</script><script>window.hacked = 1</script> & "quotes"')
        assert "computed point" in browser.text("shown")
        assert browser.fits()


@pytest.fixture(params=WIDTHS)
def brief(driver: Any, made: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The brief of the same run at a width."""
    path = sim.report(made.folder, tmp_path / "brief.html", brief=True).path
    yield from _opened(driver, path, WIDTHS[request.param])


def test_a_brief_fits_the_screen_and_one_side_of_paper(brief: Browser, violations: Callable[..., list[Any]]) -> None:
    assert brief.fits()
    assert brief.run("return [...document.images].map((i) => i.naturalWidth > 0 && i.clientWidth > 280)") == [True]
    assert violations() == []
    brief.tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert violations(colours=True) == []
    assert _sides(brief) == 1


@pytest.mark.parametrize("kind", ["run", "compare", "explain"])
def test_the_longest_words_do_not_push_a_brief_onto_a_second_side(
    driver: Any, longest: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    path = sim.report(longest[kind], tmp_path / "brief.html", brief=True).path
    for browser in _opened(driver, path, WIDTHS["telephone"]):
        assert browser.fits()
        assert _sides(browser) == 1


def test_a_brief_of_many_scenarios_is_one_side(driver: Any, tmp_path: Path) -> None:
    listed = sim.scenarios()
    names = list(listed.loc[listed["branch"] == "2018-01", "name"])[:20]
    sim.compare(names, replicates=2, assumptions=8, months=34).save(tmp_path / "many")
    for browser in _opened(driver, sim.report(tmp_path / "many", brief=True).path, WIDTHS["desk"]):
        assert "each of the first 8 scenarios" in browser.run("return document.querySelector('figcaption').textContent")
        assert _sides(browser) == 1


def _sides(browser: Browser) -> int:
    """Of paper that the page takes when it is printed."""
    paper = browser.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", base64.b64decode(paper["data"])))


def _fits_and_is_accessible(driver: Any, path: Path, violations: Callable[..., list[Any]]) -> None:
    """At both widths, in light and dark."""
    for width in WIDTHS.values():
        for browser in _opened(driver, path, width):
            assert browser.fits()
            for scheme in ("light", "dark"):
                features = [{"name": "prefers-color-scheme", "value": scheme}]
                browser.tell("Emulation.setEmulatedMedia", features=features)
                assert violations(colours=scheme == "dark") == [], (width, scheme)


@pytest.mark.parametrize("kind", ["compare", "explain", "sweep", "claims"])
def test_pages_of_every_kind_fit_and_are_accessible(
    driver: Any, folders: dict[str, Path], tmp_path: Path, violations: Callable[..., list[Any]], kind: str
) -> None:
    _fits_and_is_accessible(driver, sim.report(folders[kind], tmp_path / "page.html").path, violations)


def test_the_page_of_figures_fits_and_is_accessible(
    driver: Any, made: Any, tmp_path: Path, violations: Callable[..., list[Any]]
) -> None:
    picture = (made.folder / "figures" / "headline.png").read_bytes()
    pictures = [(f"{number}.png", f"Finding {number}", picture) for number in range(5)]
    words = {"title": "A title", "subtitle": "A question?", "left_out": ["no map"], "source": "x"}
    (tmp_path / "index.html").write_bytes(index_page(pictures, **words))
    _fits_and_is_accessible(driver, tmp_path / "index.html", violations)


def test_charts_are_saved_without_a_network(telephone: Browser) -> None:
    links = "return [...document.querySelectorAll('figure a[download]')].map((one) => [one.download, one.href])"
    svg = [link for link in telephone.run(links) if link[0].endswith(".svg")]
    assert len(svg) == 5
    assert all(href.startswith("data:image/svg+xml;base64,") for _, href in svg)
    telephone.run("window.saved = document.querySelector('figure a[download$=png]'); window.saved.click()")
    assert telephone.run("return window.saved.href").startswith("data:image/png;base64,")
