"""The page in Chromium: solving, asking, comparing, history; by keyboard, for screen readers, at any width, dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium")

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from codegen.models.replay import ReplayModel
from codegen.models.scripted import ScriptedModel
from tests.chromium import chromium, requested, show, violations, wait
from tests.codegen.service.conftest import BODIES, SUM, Running, serving

JARS = "return sieve.jars.map((jar) => jar.grains.length)"
HOSTILE = "</script><img src=x onerror=document.title='owned'><b>bold</b>"
STUB = f'''def steady_readings(readings, limit):
    """Whether at most one pair of neighbours differs by more than limit. {HOSTILE}

    >>> steady_readings([1.0, 5.0], 1.0)
    True
    """
'''


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The service on a file of recorded samples."""
    folder = tmp_path_factory.mktemp("recorded")
    rows = [f"def steady_readings(readings, limit):\n    {body}\n" for body in (*BODIES[:1] * 3, *BODIES)]
    path = folder / "samples.jsonl"
    text = "".join(json.dumps({"task_id": "steady-readings", "solution": row}) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    model = ReplayModel(path, name="replay:samples.jsonl")
    with serving(folder / "runs", model=model, samples=len(rows)) as found:
        yield found


def _open(browser: webdriver.Chrome, running: Running, part: str = "") -> None:
    browser.get("about:blank")
    browser.get(running.server.urls()["me"])
    wait(browser, "#problem option")
    if part:
        browser.get(f"http://127.0.0.1:{running.server.port}/{part}")
    browser.get_log("browser")


def _start(browser: webdriver.Chrome, *, ask: bool = False) -> None:
    Select(browser.find_element(By.ID, "problem")).select_by_value("steady-readings")
    if ask:
        browser.find_element(By.ID, "ask").click()
    browser.find_element(By.ID, "start").click()


def _text(browser: webdriver.Chrome, node: str) -> str:
    return browser.find_element(By.ID, node).text


def _settled(browser: webdriver.Chrome) -> None:
    """Wait until the picture has caught up."""
    WebDriverWait(browser, 30).until(lambda b: b.execute_script("return !sieve.running"))


@pytest.mark.parametrize("motion", [True, False])
def test_a_bundled_problem_is_solved(browser: webdriver.Chrome, recorded: Running, motion: bool) -> None:
    show(browser, motion=motion)
    requested(browser)
    _open(browser, recorded)
    assert "token" not in browser.current_url
    _start(browser)
    wait(browser, "#result")
    assert _text(browser, "state") == "done"
    assert _text(browser, "run-title") == "Steady readings"
    counts = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#funnel dd")]
    assert counts == ["9", "9", "6", "4", "3", "4"]
    assert "sum(abs(a - b) > limit" in _text(browser, "best")
    assert browser.find_elements(By.CSS_SELECTOR, "#best .k")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#clusters article")) == 3
    heads = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#contrasts thead th")]
    assert heads == ["On the input", "Cluster 1", "Cluster 2", "Cluster 3"]
    assert browser.find_elements(By.CSS_SELECTOR, "#contrasts td.differs")
    assert len(browser.find_elements(By.CSS_SELECTOR, "#submissions details")) == 4
    assert _text(browser, "say").startswith("Done: 4 programs of 6 passed")
    _settled(browser)
    assert browser.execute_script(JARS) == [5, 1, 1]
    kept = browser.execute_script("return sieve.pans.map((pan) => pan.grains.map((grain) => grain.colour).sort())")
    assert kept == [[], ["rte", "wa"]]
    browser.find_element(By.ID, "again").click()
    wait(browser, "#result")
    _settled(browser)
    assert browser.execute_script(JARS) == [5, 1, 1]
    assert browser.get_log("browser") == []
    own = f"http://127.0.0.1:{recorded.server.port}/"
    assert {url for url in requested(browser) if not url.startswith(own)} == set(), "nothing from elsewhere"


def test_a_question_is_answered_with_the_keyboard_alone(browser: webdriver.Chrome, recorded: Running) -> None:
    show(browser, motion=False)
    _open(browser, recorded)
    _start(browser, ask=True)
    wait(browser, "#question")
    assert browser.switch_to.active_element.get_attribute("id") == "question-title"
    assert "which output is right?" in _text(browser, "say")
    assert browser.find_element(By.ID, "question-input").text.startswith("steady_readings(")
    assert violations(browser) == []
    keys = webdriver.ActionChains(browser)
    keys.send_keys(Keys.TAB, Keys.TAB).perform()  # past the input, to the first output
    assert browser.switch_to.active_element.get_attribute("class") == "choice"
    webdriver.ActionChains(browser).send_keys(Keys.ENTER).perform()
    for _ in range(5):
        if wait(browser, "#question, #result").get_attribute("id") == "result":
            break
        browser.find_element(By.CSS_SELECTOR, ".choice").click()
        WebDriverWait(browser, 30).until(lambda b: not b.find_element(By.ID, "question").is_displayed())
    wait(browser, "#result")
    _settled(browser)
    assert any(browser.execute_script("return sieve.grains.map((grain) => Boolean(grain.out))"))
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_usable_at_any_width_and_in_the_dark(
    browser: webdriver.Chrome, recorded: Running, width: int, scheme: str
) -> None:
    show(browser, width=width, scheme=scheme, motion=False)
    _open(browser, recorded)
    assert violations(browser) == []
    _start(browser)
    wait(browser, "#result")
    _settled(browser)
    for each in browser.find_elements(By.CSS_SELECTOR, "#submissions summary"):
        each.click()
    assert violations(browser) == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('button, select, input[type=number], .switch label')]"
        ".filter((each) => each.offsetParent).map((each) => each.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 24, "large enough for a finger (WCAG 2.2, 2.5.8)"
    drawn = browser.execute_script(
        "const c = document.getElementById('sieve'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return d.some((each) => each > 0)"
    )
    assert drawn


def test_texts_of_strangers_stay_texts(browser: webdriver.Chrome, tmp_path: Path) -> None:
    bodies = (f"return {SUM}  # {HOSTILE}", f"return {HOSTILE!r} if len(readings) > 2 else {SUM}")
    texts = [f"```python\ndef steady_readings(readings, limit):\n    {body}\n```" for body in bodies]
    model = ScriptedModel(lambda prompt: texts[prompt.index % len(texts)])
    with serving(tmp_path, model=model) as running:
        show(browser, motion=False)
        _open(browser, running)
        browser.find_element(By.CSS_SELECTOR, "[name=kind][value=text]").send_keys(Keys.SPACE)
        area = browser.find_element(By.ID, "text")
        browser.execute_script("arguments[0].value = arguments[1]", area, STUB)
        browser.find_element(By.ID, "start").click()
        WebDriverWait(browser, 30).until(lambda b: _text(b, "state") == "done")
        wait(browser, "#result")
        assert HOSTILE in _text(browser, "best") + _text(browser, "clusters")
        assert HOSTILE in _text(browser, "contrasts")
        assert browser.title == "codesieve"
        assert not browser.find_elements(By.CSS_SELECTOR, "main b, main img")
        assert browser.get_log("browser") == []


def test_where_no_program_passes_the_nearest_are_shown_as_such(browser: webdriver.Chrome, tmp_path: Path) -> None:
    texts = [
        f"```python\ndef steady_readings(readings, limit):\n    {body}\n```" for body in ("return True", "return 7")
    ]
    with serving(tmp_path, model=ScriptedModel({"steady-readings": texts})) as running:
        show(browser)
        _open(browser, running)
        _start(browser)
        wait(browser, "#result")
        assert _text(browser, "best-note").startswith("No program passed all examples. This one comes nearest (WA)")
        assert "no program passed" in _text(browser, "say")
        _settled(browser)
        assert browser.execute_script(JARS) == [5]
        assert browser.execute_script("return sieve.kept") == {"WA": 5}
        assert browser.get_log("browser") == []


def test_history_opens_runs_again_after_a_reload(browser: webdriver.Chrome, recorded: Running) -> None:
    run_id = recorded.me.solve()
    recorded.me.finish(run_id)
    show(browser, motion=False)
    _open(browser, recorded)
    link = wait(browser, f"#history a[href='#run={run_id}']")
    assert "Steady readings" in link.text
    link.send_keys(Keys.ENTER)
    wait(browser, "#result")
    browser.refresh()
    wait(browser, "#result")
    assert wait(browser, "#history a[aria-current]").get_attribute("href").endswith(run_id)
    browser.find_element(By.ID, "remove").click()
    browser.switch_to.alert.dismiss()
    assert browser.find_element(By.ID, "result").is_displayed()
    browser.find_element(By.ID, "remove").click()
    browser.switch_to.alert.accept()
    WebDriverWait(browser, 30).until(lambda b: not b.find_elements(By.CSS_SELECTOR, f"a[href='#run={run_id}']"))
    assert not browser.find_element(By.ID, "result").is_displayed()


def test_what_is_wrong_is_said_where_it_is_wrong(browser: webdriver.Chrome, recorded: Running) -> None:
    show(browser, motion=False)
    _open(browser, recorded)
    browser.find_element(By.CSS_SELECTOR, "[name=kind][value=text]").send_keys(Keys.SPACE)
    browser.find_element(By.ID, "start").click()
    error = wait(browser, "#form-error")
    assert violations(browser) == []
    WebDriverWait(browser, 30).until(lambda _: "text" in error.text)
    assert error.get_attribute("role") == "alert"
    browser.get_log("browser")  # the refused request is in it
    _open(browser, recorded, "#run=20260101-000000-x-0123456789abcdef")
    assert "not one of yours" in WebDriverWait(browser, 30).until(lambda b: _text(b, "run-error"))


def test_the_focus_goes_through_the_page_in_its_order(browser: webdriver.Chrome, recorded: Running) -> None:
    show(browser, motion=False)
    _open(browser, recorded)
    seen = []
    for _ in range(7):
        webdriver.ActionChains(browser).send_keys(Keys.TAB).perform()
        active = browser.switch_to.active_element
        seen.append(active.get_attribute("id") or active.get_attribute("class") or active.tag_name or "")
    assert seen[0] == "skip"
    assert seen[2:] == ["problem", "summary", "samples", "ask", "start"]
