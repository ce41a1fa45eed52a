"""The lab in a real browser: what a newcomer, a class and a negotiator do there, at both widths."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import influence_sim as sim

pytestmark = pytest.mark.slow

WIDTHS = {"desk": 1280, "telephone": 390}
PATIENCE = 60
QUESTION = "#us_engages_taliban&count=16"
"""That of the article, in few worlds: more take seconds, which only one test looks at."""


class Page:
    """A lab that is open in a browser."""

    def __init__(self, driver: Any, url: str, width: int) -> None:
        self.driver, self.url, self.width = driver, url, width
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})

    def open(self, fragment: str = "") -> None:
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(self.url + fragment)
        self.wait("return document.body.dataset.answered > 0")

    def run(self, script: str, *args: object) -> Any:
        return self.driver.execute_script(script, *args)

    def wait(self, script: str, *args: object) -> Any:
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: self.run(script, *args))

    def fits(self) -> bool:
        """Whether nothing sticks out at the side; a telephone's `innerWidth` would grow with what does."""
        page = "document.documentElement"
        return bool(self.run(f"return {page}.scrollWidth <= {page}.clientWidth"))

    def text(self, name: str) -> str:
        return str(self.run("return document.getElementById(arguments[0])?.textContent ?? ''", name))

    def act(self, name: str, value: str | None = None) -> None:
        """Presses a button, or sets a field."""
        self.run("for (const one of document.querySelectorAll('#ask details')) one.open = true")
        self.run(
            "const one = document.getElementById(arguments[0]);"
            "if (arguments[1] === null) { one.click(); return; }"
            "one.value = arguments[1];"
            "for (const kind of ['input', 'change']) one.dispatchEvent(new Event(kind));",
            name,
            value,
        )

    def answered(self) -> None:
        """Waits until nothing is being asked any more, worlds included."""
        self.wait("return document.querySelector('.held') && !document.querySelector('progress')")

    def question(self) -> dict[str, Any]:
        """What the address holds, as the server is asked."""
        script = "return import('./question.js').then((one) => one.asked(one.active()))"
        return dict(self.driver.execute_script(script))

    def downloaded(self, button: str, name: str) -> Path:
        path = Path(self.driver.downloads) / name
        path.unlink(missing_ok=True)
        self.act(button)
        self.wait_for(path)
        return path

    def wait_for(self, path: Path) -> None:
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(lambda _: path.exists() and path.stat().st_size)


@pytest.fixture(scope="module")
def url(compiled: None) -> Iterator[str]:
    """A lab of its own process."""
    command = [sys.executable, "-m", "influence_sim", "lab", "--no-browser", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


@pytest.fixture(params=WIDTHS)
def page(driver: Any, url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    yield from _page(driver, url, WIDTHS[request.param])


@pytest.fixture
def desk(driver: Any, url: str) -> Iterator[Page]:
    yield from _page(driver, url, WIDTHS["desk"])


def _page(driver: Any, url: str, width: int) -> Iterator[Page]:
    page = Page(driver, url, width)
    yield page
    assert [entry for entry in driver.get_log("browser") if entry["level"] in {"SEVERE", "WARNING"}] == []


def test_the_question_of_the_article_from_nothing(page: Page, tmp_path: Path) -> None:
    page.open()
    assert "Nothing is fixed yet" in page.text("sentence0")
    for row, (do, target) in enumerate([("engage_publicly", "taliban"), ("attend", "moscow_format")]):
        page.act("add-deed")
        page.act(f"deed{row}actor", "us")
        page.act(f"deed{row}do", do)
        page.act(f"deed{row}target", target)
    page.wait("return document.getElementById('sentence0')?.textContent.includes('by December 2020')")
    mine, shipped = page.question()["scenario"]["interventions"], sim.scenarios()
    assert {(entry["actor"], entry["do"], entry["target"]) for entry in mine} == {
        ("us", "engage_publicly", "taliban"), ("us", "attend", "moscow_format")}  # fmt: skip
    assert len(shipped)
    gap = sim.run("us_engages_taliban").difference("kabul_authority")["mean"].iloc[-1]
    cells = "return [...document.querySelectorAll('.ends tbody td')].map((one) => one.textContent)"
    assert page.run(cells)[2].replace("\N{MINUS SIGN}", "-").startswith(f"{gap:.3f}")
    assert page.fits()
    # The change begins upright on the line of the branch, not on the way to it from the month before.
    line = page.run("return document.querySelector('.chart .difference.line').getAttribute('d')")
    branch = page.run("return document.querySelector('.chart:has(.difference) .branch').x1.baseVal.value")
    at_branch = [float(y) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", line) if abs(float(x) - branch) < 0.1]
    assert len(at_branch) == 2
    assert at_branch[0] < at_branch[1]
    page.driver.get_log("browser")  # that some steps between could not be asked
    page.act("tab-take")
    path = page.downloaded("yaml-my_question.yaml", "my_question.yaml")
    table = page.downloaded("csv", "my_question.csv").read_text(encoding="utf-8").splitlines()
    result = sim.run(path)
    assert result.difference("kabul_authority")["mean"].iloc[-1] == gap
    last = dict(zip(table[0].split(","), table[64].split(","), strict=True))
    assert float(last["diff"]) == gap
    assert last["month"] == "2020-12"


def test_charts_are_taken_along_as_pictures(desk: Page) -> None:
    desk.open(f"{QUESTION}&tab=take")
    desk.wait("return document.getElementById('svg-kabul_authority')")
    drawn = desk.downloaded("svg-kabul_authority", "us_engages_taliban-kabul_authority.svg").read_text("utf-8")
    assert "Kabul's authority (scale from 0 to 1), and the difference" in drawn
    assert "bands: middle 50" in drawn
    assert drawn.count("<svg") == 3
    painted = desk.downloaded("png-kabul_authority", "us_engages_taliban-kabul_authority.png").read_bytes()
    assert painted.startswith(b"\x89PNG")


def test_menus_offer_only_what_can_be(desk: Page) -> None:
    desk.open(QUESTION)
    offered = desk.run("""
        const menu = (name) => document.getElementById(`deed0${name}`);
        const options = (name) => [...menu(name).options].map((option) => option.value);
        const choose = (name, value) => {
          menu(name).value = value;
          for (const kind of ['input', 'change']) menu(name).dispatchEvent(new Event(kind));
        };
        const levers = [];
        for (const actor of options('actor')) {
          choose('actor', actor);
          for (const deed of options('do')) {
            choose('do', deed);
            levers.push(...options('target').map((target) => [actor, deed, target]));
          }
        }
        return levers;""")
    assert sorted(offered) == sorted(sim.levers()[["actor", "do", "target"]].to_numpy().tolist())
    desk.driver.get_log("browser")  # that some steps between could not be asked


def test_a_slider_answers_with_what_a_run_gives_and_can_be_undone(page: Page) -> None:
    page.open(QUESTION)
    before = page.run("return location.hash")
    page.act("p-authority.erosion", "0.2")
    page.wait("return location.hash !== arguments[0]", before)
    result = sim.run("us_engages_taliban", set={"authority.erosion": 0.2})
    gap = result.difference("kabul_authority")["mean"].iloc[-1]
    page.wait(
        "return document.querySelector('.ends tbody td:nth-child(4)').textContent.includes(arguments[0])",
        f"{abs(gap):.3f}",
    )
    page.act("undo")
    assert page.run("return location.hash") == before
    assert page.run("return document.getElementById('p-authority.erosion').value") == "0.6"
    page.act("redo")
    assert page.question()["scenario"]["parameters"] == {"authority.erosion": 0.2}


def test_a_copied_address_opens_the_same(desk: Page) -> None:
    desk.open(QUESTION)
    desk.act("p-authority.erosion", "0.2")
    desk.act("asks0", "us_acceptance")
    desk.wait("return document.querySelector('.ends tbody th').textContent.startsWith('Acceptance of the US')")
    desk.act("tab-take")
    address = desk.text("address")
    desk.act("tab-outcomes")
    ends = desk.run("return document.querySelector('.ends').textContent")
    desk.driver.get("about:blank")
    desk.driver.delete_all_cookies()
    desk.driver.get(address)
    desk.wait("return document.querySelector('.ends')?.textContent === arguments[0]", ends)
    desk.driver.refresh()  # nothing is lost
    desk.wait("return document.querySelector('.ends')?.textContent === arguments[0]", ends)


def test_readable_addresses_hold_assumptions_and_two_questions(desk: Page) -> None:
    fragment = "#us_talks_without_kabul&authority.erosion=0.2,us_talks_with_kabul&tab=map"
    desk.open(fragment)
    desk.wait("return document.querySelectorAll('.answer .sentence').length === 2")
    assert desk.run("return location.hash") == fragment
    assert desk.question()["scenario"]["parameters"] == {"authority.erosion": 0.2}
    assert desk.run("return document.getElementById('tab-map').getAttribute('aria-selected')") == "true"


ADDRESSES = {
    "#us_withdraws&us.support.kabul=2019-01:0.5;2020-01..2020-06:0&pressure_for_talks=2018-06:0.4;2019-01:0.7": 115,
    "#my_question&us.engage_publicly.taliban=2018-01&us.attend.moscow_format=2018-01,us_surge&us.fight.taliban=": 115,
    "#us_engages_taliban&us.attend.moscow_format=&seed=7&asks=violence.kabul_authority&worlds=prior&tab=why": 105,
    "#baseline&authority.mean=2&against=us_withdraws,us_withdraws&edit=1": 70,
    "#us_surge&name=mine&title=Once+more%252C+50%2525+%2526+%25C3%25A9+%253D+1%252F2": 100,
    "#us_surge&russia.support.taliban=2018-01..2018-06:0/us_surge&foreign_troops=2019-01:3": 90,
}
"""Of questions that are typical, or odd, with how long they may be."""


@pytest.mark.parametrize("fragment", ADDRESSES)
def test_an_address_is_short_and_opens_the_same(desk: Page, fragment: str) -> None:
    desk.driver.get("about:blank")
    desk.driver.get(desk.url + fragment)
    desk.wait("return document.body.dataset.ready")
    asked = "return import('./question.js').then((one) => JSON.stringify(one.state.questions.map(one.asked)))"
    questions, written = desk.run(asked), desk.run("return location.hash")
    assert len(written) <= ADDRESSES[fragment]
    both = "Promise.all(['./address.js', './question.js'].map((name) => import(name)))"
    assert desk.run(f"return {both}.then(([one, {{ state }}]) => one.address(state))").endswith(written)
    coded = "'#~' + btoa(unescape(encodeURIComponent(one.written(state))))"
    old = desk.run(f"return {both}.then(([one, {{ state }}]) => {coded})")  # as addresses were before
    for each in (written, old):
        desk.driver.get("about:blank")
        desk.driver.get(desk.url + each)
        desk.wait("return document.body.dataset.ready")
        assert desk.run(asked) == questions
        assert desk.run("return location.hash") == written
    desk.driver.get_log("browser")  # that a question may be wrong is not what is tried here


def test_a_circumstance_is_drawn_by_pointer_and_by_keys(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    def series() -> dict[str, float]:
        return dict(page.question()["scenario"]["conditions"].get("pressure_for_talks", {}))

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        page.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    page.open(QUESTION)
    page.act("add-condition", "pressure_for_talks")
    assert list(series()) == ["2018-01"]
    page.run("document.querySelector('.timeline').scrollIntoView({block: 'center'})")
    box = page.run("return document.querySelector('.timeline').getBoundingClientRect()")
    across, down = box["left"] + 0.7 * box["width"], box["top"] + 0.1 * box["height"]
    touch("touchStart", across, down)
    for step in range(1, 9):
        touch("touchMove", across + 0.02 * step * box["width"], down + 0.08 * step * box["height"])
    touch("touchEnd")
    drawn = series()
    assert len(drawn) > 3
    values = [drawn[month] for month in sorted(drawn)][1:]
    assert values == sorted(values, reverse=True)
    page.act("undo")
    assert list(series()) == ["2018-01"]
    assert page.run("return document.getElementById('from').value") == "own"
    page.run("document.getElementById('pressure_for_talks-0').focus()")
    for key in (Keys.ARROW_UP, Keys.ARROW_RIGHT, Keys.ENTER, Keys.PAGE_UP, Keys.ENTER, Keys.DELETE):
        page.driver.switch_to.active_element.send_keys(key)
    first, second = series().items()
    assert (first[0], second[0]) == ("2018-02", "2019-02")
    assert second[1] > first[1] > 0.2
    spoken = page.run("return document.activeElement.getAttribute('aria-valuetext')")
    assert spoken == f"{second[1]} from February 2019 on"
    page.answered()
    page.act("tab-take")
    path = page.downloaded("yaml-my_question.yaml", "my_question.yaml")
    gap = sim.run(path).difference("kabul_authority")["mean"].iloc[-1]
    page.act("tab-outcomes")
    cell = page.run("return document.querySelector('.ends tbody td:nth-child(4)').textContent")
    assert cell.replace("\N{MINUS SIGN}", "-").startswith(f"{gap:.3f}")


def test_questions_for_a_class_and_in_the_manual_open(desk: Page) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    addresses = re.findall(r"`http://127.0.0.1:8765/(#[^`]+)`", (docs / "teaching.md").read_text(encoding="utf-8"))
    addresses += re.findall(r"^#[a-z_]+[&,].*$", (docs / "lab.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(addresses) > 6
    for fragment in addresses:
        desk.open(fragment)
        assert desk.run("return location.hash") == fragment
        desk.wait("return document.getElementById('sentence0')?.textContent.includes('by December 2020')")


def test_worlds_fill_up_and_say_what_decides(desk: Page) -> None:
    desk.open("#us_engages_taliban")
    desk.answered()
    words = desk.run("return document.querySelector('.held').textContent")
    assert "Over 512 plausible worlds" in words
    assert "hangs" in words


def test_one_history_is_stepped_through(page: Page) -> None:
    page.open(QUESTION)
    page.act("tab-story")
    page.wait("return document.getElementById('when')")
    shown = "return document.querySelectorAll('#moves li').length"
    page.act("when", "0")
    first = page.run(shown)
    for _ in range(12):
        page.act("on")
    assert page.run("return document.querySelector('output.big').textContent") == "September 2016"
    assert page.run(shown) > first
    assert "What decided it" in page.text("moves")
    number = page.text("moves")
    page.act("other")
    page.wait("return document.getElementById('replicate')?.value === '1'")
    assert page.text("moves") != number


def test_an_actor_is_played_to_the_end(page: Page) -> None:
    page.open(QUESTION)
    page.act("tab-play")
    page.wait("return document.getElementById('sit')")
    page.act("chair", "pakistan")
    page.act("sit")
    page.wait("return document.getElementById('next')")
    turn = page.text("turn")
    page.act("stance-helping-none")
    page.act("next")
    page.wait("return document.getElementById('turn').textContent !== arguments[0]", turn)
    assert "April 2018 to June 2018" in page.text("turn")
    page.driver.refresh()  # nothing is lost
    page.wait("return document.getElementById('turn')?.textContent.includes('April 2018 to June 2018')")
    page.act("rest")
    page.wait("return document.getElementById('compare')")
    page.act("compare")
    page.wait("return document.querySelector('.answer h2')?.textContent.includes('played')")
    question = page.question()
    added = [entry for entry in question["scenario"]["interventions"] if entry["actor"] == "pakistan"]
    assert [(entry["from"], entry["until"], entry["level"]) for entry in added] == [("2018-01", "2020-12", 0)]
    assert question["against"]["name"] == "us_engages_taliban"
    page.wait("return document.querySelectorAll('.ends tbody td').length > 2")


def test_an_invitation_is_accepted(desk: Page) -> None:
    desk.open("#us_withdraws&count=16")
    desk.act("tab-play")
    desk.wait("return document.getElementById('sit')")
    desk.act("chair", "us")
    desk.act("sit")
    desk.wait("return document.getElementById('stance-attend moscow_format-accept')")
    desk.act("stance-attend moscow_format-accept")
    desk.act("rest")
    desk.wait("return document.getElementById('compare')")
    desk.act("compare")
    desk.wait("return document.querySelector('.answer h2')?.textContent.includes('played')")
    added = [entry for entry in desk.question()["scenario"]["interventions"] if entry["do"] == "attend"]
    assert [(entry["actor"], entry["target"], entry["from"], entry["level"]) for entry in added] == [
        ("us", "moscow_format", "2018-01", 1)]  # fmt: skip


def test_two_questions_stand_side_by_side(desk: Page) -> None:
    desk.open(QUESTION)
    desk.act("beside")
    desk.act("from", "us_withdraws")
    desk.wait("return document.querySelectorAll('.answer .sentence').length === 2")
    desk.wait("return document.querySelectorAll('.column').length === 2")
    desk.wait("return document.getElementById('see').getAttribute('aria-busy') === 'false'")  # B was a copy of A first
    headings = desk.run("return [...document.querySelectorAll('.answer h2')].map((one) => one.textContent)")
    titles = sim.scenarios().set_index("name")["title"]
    assert headings == [f"A: {titles['us_engages_taliban']}", f"B: {titles['us_withdraws']}"]


def test_no_fault_of_accessibility(page: Page, violations: Callable[..., list[Any]]) -> None:
    """The whole page with its first tab, then the panels of the others; on the desk light, on the telephone dark.

    The telephone is as narrow as a page of 1280 that is magnified to 400 %, where nothing may stick out either.
    """
    page.open("#us_withdraws&count=16")  # which has a timeline
    page.answered()
    if page.width != WIDTHS["desk"]:
        narrow = {"width": 320, "height": 900, "deviceScaleFactor": 1, "mobile": True}
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    features = [{"name": "prefers-color-scheme", "value": "light" if page.width == WIDTHS["desk"] else "dark"}]
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    for tab in ("outcomes", "stances", "map", "story", "why", "play", "take"):
        page.act(f"tab-{tab}")
        page.wait(f"return document.querySelector('#panel-{tab} :is(p:not([role]), table, button)')")  # and no "…"
        assert violations("" if tab == "outcomes" else f"#panel-{tab}") == [], tab
        assert page.fits(), tab
    page.open("#us_talks_without_kabul,us_talks_with_kabul&tab=play")
    page.wait("return document.getElementById('sit')")
    page.act("sit")
    page.wait("return document.getElementById('next')")
    assert violations() == [], "a turn, and two questions"
    assert page.fits()


def test_the_browser_goes_back_to_other_views_and_questions(page: Page, request: pytest.FixtureRequest) -> None:
    """In a tab of its own: where a history is full, Chromium drops steps that scripts took, as here, and no reader."""
    first = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    request.addfinalizer(lambda: (page.driver.close(), page.driver.switch_to.window(first)))

    def go(way: str, fragment: str) -> None:
        """By the page, not by the driver, which may not know yet where the page has gone to since."""
        page.run(f"history.{way}()")
        page.wait("return location.hash === arguments[0]", fragment)

    back_to = partial(go, "back")
    page.open(QUESTION)
    page.act("tab-map")
    page.act("tab-story")
    page.wait("return document.getElementById('other')")
    page.act("other")
    page.act("deed0level", "0.5")
    edited = page.wait("return location.hash.includes(':0.5') && location.hash").partition("&tab")[0]
    back_to(f"{edited}&tab=story")
    back_to(f"{edited}&tab=map")  # what was changed meanwhile is not lost
    assert page.run("return document.querySelector('#panel-map').hidden") is False
    page.act("from", "us_withdraws")
    page.act("skip")
    assert page.run("return document.activeElement.id") == "see"
    back_to(f"{edited}&tab=map")
    back_to(edited)
    go("forward", f"{edited}&tab=map")
    page.run("history.forward()")
    page.wait("return document.getElementById('from').value === 'us_withdraws'")
    page.act("undo")
    assert page.run("return location.hash") == f"{edited}&tab=map"


def test_an_answer_says_what_is_assumed_otherwise(desk: Page) -> None:
    desk.open(f"{QUESTION},{QUESTION[1:]}&authority.mean=2")
    desk.wait("return document.querySelectorAll('.answer .sentence[id]').length === 2")
    cards = desk.run("return [...document.querySelectorAll('.answer')].map((one) => one.textContent)")
    changed = (
        "How the four parts of authority combine: minimum (the weakest part alone counts), by default geometric (a"
    )
    assert [changed in card for card in cards] == [False, True]


def test_choices_are_seen_with_what_they_mean(page: Page) -> None:
    page.open(QUESTION)
    page.act("p-authority.mean-2")
    page.wait("return location.hash.includes('authority.mean=2')")
    page.wait("return document.querySelector('.answer').textContent.includes('the weakest part alone counts')")
    knob = page.text("p-authority.mean")
    assert "a weak part pulls the whole down" in knob
    assert "arithmetic strong parts make up for a weak one" in knob
    page.run("document.getElementById('undo').click()")
    page.wait("return document.getElementById('p-authority.mean-0').checked")


def test_what_is_wrong_is_said_where_it_stands_in_the_form(desk: Page) -> None:
    desk.open("#us_withdraws&us.support.kabul=2019-01:0.5;2020-01:0&count=16")
    desk.wait("return document.querySelector('.wrong')")
    said = (
        "“Who does what”, no. 3 from “2020-01”: the lever us support kabul is already set for some of these months at"
    )
    assert f"{said} “Who does what”, no. 2" in desk.run("return document.querySelector('.wrong').textContent")
    assert "Above stands what is wrong" in desk.text("panel-outcomes")
    desk.driver.get_log("browser")  # which notes the refusal


def test_what_the_question_sets_is_said_among_policies(desk: Page) -> None:
    desk.open(f"{QUESTION}&tab=stances")
    desk.wait("return document.querySelector('.stances tbody td:last-child')")
    first = desk.run("return [...document.querySelectorAll('.stances tbody tr:first-child > :is(th, td:last-child)')]"
                     ".map((one) => one.textContent)")  # fmt: skip
    assert first[0] == "US: dealings with the Taliban"
    assert first[1].startswith("some of this is set by the question")
    assert desk.run("return document.querySelector('.stances tbody tr .fixed') !== null")
    named = desk.run("return [...document.querySelectorAll('.extent title')].map((one) => one.textContent)")
    assert "deals in secret with the Taliban" in named


def test_everything_can_be_done_by_keyboard(desk: Page) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    desk.open(QUESTION)
    tab = desk.driver.find_element(By.ID, "tab-outcomes")
    tab.send_keys(Keys.ARROW_RIGHT)
    assert desk.run("return document.activeElement.id") == "tab-stances"
    desk.driver.switch_to.active_element.send_keys(Keys.HOME)
    slider = desk.driver.find_element(By.ID, "p-authority.erosion")
    before = desk.run("return location.hash")
    slider.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    desk.wait("return location.hash !== arguments[0]", before)
    assert desk.run("return document.activeElement.id") == "p-authority.erosion"
    slider.send_keys(Keys.CONTROL, "z")
    desk.wait("return location.hash === arguments[0]", before)


def test_a_question_is_built_and_played_by_keyboard_alone(desk: Page) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    def press(*keys: str) -> None:
        ActionChains(desk.driver).send_keys(*keys).perform()

    def reach(name: str) -> None:
        for _ in range(120):
            if desk.run("return document.activeElement.id") == name:
                return
            press(Keys.TAB)
        pytest.fail(f"{name} cannot be reached")

    def fixed() -> list[tuple[str, str, str]]:
        return [
            (entry["actor"], entry["do"], entry["target"]) for entry in desk.question()["scenario"]["interventions"]
        ]

    desk.open()
    reach("add-deed")
    press(Keys.ENTER)
    assert desk.run("return document.activeElement.id") == "deed0actor"
    press("United")
    reach("deed0do")
    press("deals openly")
    desk.wait("return document.getElementById('sentence0')?.textContent.includes('by December 2020')")
    assert fixed() == [("us", "engage_publicly", "taliban")]
    assert desk.run("return document.activeElement.id") == "deed0do"
    reach("tab-outcomes")
    press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    desk.wait("return document.getElementById('sit')")
    reach("sit")
    press(Keys.ENTER)
    desk.wait("return document.activeElement.id === 'turn'")
    reach("rest")
    press(Keys.ENTER)
    desk.wait("return document.activeElement.id === 'turn' && document.getElementById('replay')")
    reach("leave")
    press(Keys.ENTER)
    assert desk.run("return document.activeElement.id") == "tab-play"
    desk.driver.get_log("browser")  # that some steps between could not be asked


def test_hostile_words_are_text(page: Page) -> None:
    evil = "</script><img src=x onerror='window.hacked = 1'><b>"
    scenario = {"name": "mine", "title": evil, "question": evil, "interventions": [
        {"from": "2018-01", "actor": evil, "do": "engage_publicly", "target": evil}]}  # fmt: skip
    from base64 import urlsafe_b64encode

    text = urlsafe_b64encode(json.dumps({"questions": [{"scenario": scenario}]}).encode()).decode().rstrip("=")
    page.driver.get("about:blank")
    page.driver.get(f"{page.url}#~{text}")
    page.wait("return document.querySelector('.answer.wrong li')")
    assert "not an actor" in page.run("return document.querySelector('.answer.wrong').textContent")
    assert page.run("return window.hacked === undefined")
    assert page.fits()
    page.driver.get_log("browser")  # the browser itself notes the answer 422


EMPTY = ["#nonsense", "#~", "#~%%%", "#~bnVsbA", "#~eyJxdWVzdGlvbnMiOls3XX0", "#&&=", "#us_surge/x", "#a,baseline"]
SPOILED = [
    "foreign_troops=<img src=x onerror='hacked = 1'>",
    "months=1000000000&foreign_troops=2019-01:x;y",
    "edit=-1&tab=__proto__&forums=99.x",
    "us.attend.moscow_format=a..b:c&constructor=1&=&==",
    "replicates=x&seed=&worlds=<b>&tab=play&play=eyJhIjoxfQ",
]
"""What may stand in an address by mistake or in malice."""


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_spoiled_address_is_a_question_or_told_to_be_wrong(desk: Page, spoiled: str) -> None:
    desk.open(f"#us_surge&{spoiled}")
    assert desk.run("return document.querySelector('.answer').textContent")
    assert desk.run("return window.hacked === undefined")
    assert all("422" in entry["message"] for entry in desk.driver.get_log("browser"))


@pytest.mark.parametrize("fragment", EMPTY)
def test_an_address_without_a_question_begins_with_nothing(desk: Page, fragment: str) -> None:
    desk.open(fragment)
    assert "Nothing is fixed yet" in desk.text("sentence0")


def test_an_answer_that_is_slow_to_come_is_not_told_of_the_new_question(desk: Page) -> None:
    desk.open("#us_engages_taliban")
    desk.answered()
    words = "return document.querySelector('.answer h2').textContent + document.getElementById('sentence0').textContent"
    before, busy = desk.run(words), "return document.getElementById('see').getAttribute('aria-busy')"
    slow = {"offline": False, "latency": 3000, "downloadThroughput": -1, "uploadThroughput": -1}
    desk.driver.execute_cdp_cmd("Network.enable", {})
    desk.driver.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    desk.act("from", "us_withdraws")
    assert (desk.run(words), desk.run(busy)) == (before, "true")
    desk.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**slow, "latency": 0})
    desk.wait(f"{busy} === 'false'")
    assert desk.run(words) != before


def test_a_server_that_is_gone_is_said_and_found_again(desk: Page) -> None:
    desk.open(QUESTION)
    offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    desk.driver.execute_cdp_cmd("Network.enable", {})
    desk.driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    desk.act("asks0", "us_acceptance")
    desk.wait("return !document.getElementById('gone').hidden")
    assert "cannot be asked" not in desk.text("see")  # nothing is wrong with the question
    desk.driver.execute_cdp_cmd("Network.emulateNetworkConditions", {**offline, "offline": False})
    desk.wait("return document.getElementById('gone').hidden")
    desk.wait("return document.querySelector('.ends tbody th')?.textContent.startsWith('Acceptance of the US')")
    desk.driver.get_log("browser")  # which notes that it could not connect


def test_no_request_leaves_the_machine(desk: Page) -> None:
    desk.driver.get_log("performance")
    desk.open(QUESTION)
    desk.answered()
    messages = [json.loads(entry["message"])["message"] for entry in desk.driver.get_log("performance")]
    sent = [item["params"] for item in messages if item["method"] == "Network.requestWillBeSent"]
    asked = {item["request"]["url"] for item in sent if item["documentURL"].startswith(desk.url)}
    assert asked
    assert all(item.startswith((desk.url, "data:")) for item in asked)
