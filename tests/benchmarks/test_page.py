"""The page of a run: in a browser, without a network, whatever the programs say."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.cli import cli
from benchmarks.page import write_page
from benchmarks.page.details import MAX_PROGRAM, cut
from benchmarks.page.figures import grid
from codegen.runs import RunFile
from tests.benchmarks.page_run import HOSTILE, make_run

pytest.importorskip("selenium")

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.chromium import chromium, requested, show, wait

PROBLEMS = 12


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    make_run(folder / "run.sqlite", problems=PROBLEMS, samples=12)
    out = folder / "page.html"
    arguments = ["report", "--run", str(folder / "run.sqlite"), "--html", str(out)]
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.stdout == ""
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    with chromium() as found:
        yield found


def _open(browser: webdriver.Chrome, page: Path, part: str = "", *, width: int = 1600, scheme: str = "light") -> None:
    show(browser, width=width, scheme=scheme)
    browser.get("about:blank")
    browser.get(page.as_uri() + part)


def _names(browser: webdriver.Chrome) -> list[str]:
    return [each.text for each in browser.find_elements(By.CSS_SELECTOR, "#problems tbody td:first-child")]


def test_it_loads_without_errors_and_without_a_network(browser: webdriver.Chrome, page: Path) -> None:
    _open(browser, page)
    assert len(_names(browser)) == PROBLEMS
    assert browser.get_log("browser") == []
    assert requested(browser) == set()
    assert len(browser.find_elements(By.CSS_SELECTOR, "main#overview figure svg")) == 3  # no time was spent
    assert browser.title == "codesieve: up on 12 problems"
    rows = [each.text.split() for each in browser.find_elements(By.CSS_SELECTOR, "#selectors tr")]
    assert rows[0] == ["selector", "1@12", "10@12"]
    assert "blend" in [each[0] for each in rows]


def test_the_table_filters_and_sorts(browser: webdriver.Chrome, page: Path) -> None:
    _open(browser, page)
    browser.find_element(By.ID, "query").send_keys("suite/1")
    assert _names(browser) == ["Suite/1", "Suite/10", "Suite/11"]
    assert browser.find_element(By.ID, "count").text == "3 of 12 problems"
    browser.find_element(By.ID, "query").clear()
    browser.find_element(By.ID, "query").send_keys(" ")
    Select(browser.find_element(By.ID, "outcome")).select_by_value("no")
    assert _names(browser) == ["Suite/2", "Suite/5", "Suite/8", "Suite/11"]
    Select(browser.find_element(By.ID, "outcome")).select_by_value("")
    heads = {each.text: each for each in browser.find_elements(By.CSS_SELECTOR, "#problems thead button")}
    heads["problem"].click()
    assert _names(browser)[-1] == "Suite/11"
    browser.find_element(By.CSS_SELECTOR, "#problems thead button").click()
    assert _names(browser)[:2] == ["Suite/11", "Suite/10"]


def test_a_problem_opens_and_its_texts_stay_texts(browser: webdriver.Chrome, page: Path) -> None:
    _open(browser, page)
    browser.find_element(By.LINK_TEXT, "Suite/3").click()
    wait(browser, "#problem article")
    text = browser.execute_script("return document.getElementById('problem').textContent")
    assert text.count(HOSTILE) >= 4  # statement, a cluster's output, submissions, a verdict's detail
    assert not browser.find_elements(By.CSS_SELECTOR, "#problem img, #problem b")
    assert browser.title != "owned"
    assert not browser.find_element(By.ID, "overview").is_displayed()
    badges = [each.text for each in browser.find_elements(By.CSS_SELECTOR, "article:nth-of-type(2) .badge")]
    assert badges == ["hidden AC", "public AC"]
    assert browser.find_elements(By.CSS_SELECTOR, "article pre .k")
    browser.find_element(By.LINK_TEXT, "next").click()
    WebDriverWait(browser, 20).until(lambda b: b.find_element(By.ID, "name").text == "Suite/4")
    browser.find_element(By.LINK_TEXT, "all problems").click()
    WebDriverWait(browser, 20).until(lambda b: b.find_element(By.ID, "overview").is_displayed())
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [400, 1600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("part", ["", "#problem=0"])
def test_readable_at_any_width_and_in_the_dark(
    browser: webdriver.Chrome, page: Path, width: int, scheme: str, part: str
) -> None:
    _open(browser, page, part, width=width, scheme=scheme)
    if part:
        wait(browser, "#problem article")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    for css in ("body", "h1", "figure svg text" if not part else "pre", ".note, figcaption"):
        contrast = browser.execute_script(_CONTRAST, css)
        assert contrast >= 4.5, f"{css} has a contrast of {contrast:.1f}"


_CONTRAST = """
const light = (colour) => {
  const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255)
    .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const node = document.querySelector(arguments[0]), style = getComputedStyle(node);
const ink = light(node instanceof SVGElement ? style.fill : style.color);
const paper = light(getComputedStyle(document.body).backgroundColor);
return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
"""


def test_the_page_of_a_large_run_is_bounded_and_quick(browser: webdriver.Chrome, tmp_path: Path) -> None:
    """Views beyond the bound are left out and say so; a thousand rows come in steps."""
    make_run(tmp_path / "run.sqlite", problems=300, samples=2, programs=2)
    out = tmp_path / "page.html"
    with RunFile.open_existing(tmp_path / "run.sqlite") as run:
        write_page(run, out, problems=run.problems(), most_bytes=100_000)
    assert out.stat().st_size < 300_000
    _open(browser, out)
    assert len(_names(browser)) == 200
    browser.find_element(By.ID, "more").click()
    assert len(_names(browser)) == 300
    _open(browser, out, "#problem=299")
    assert "not in it" in wait(browser, "#problem .note").text


def test_the_details_say_what_is_in_them(page: Path) -> None:
    packed = re.findall(r'<script type="text/plain" id="p(\d+)">([^<]*)</script>', page.read_text())
    assert [int(number) for number, _ in packed] == list(range(PROBLEMS))
    found = json.loads(zlib.decompress(base64.b64decode(packed[0][1])))
    assert found["funnel"] == {
        "drawn": 12, "with_program": 12, "unique": 6, "survived": 2, "clusters": 2, "submitted": 2,
    }  # fmt: skip
    assert [each["hidden"] for each in found["submissions"]] == ["WA", "AC"]
    assert found["clusters"][1]["input"] == "[1,1]"


def test_long_texts_are_cut_with_a_note() -> None:
    assert cut("x" * 10, 10) == "x" * 10
    assert cut("x" * (MAX_PROGRAM + 5), MAX_PROGRAM).endswith("… 5 more characters")


def test_points_of_the_curves() -> None:
    assert grid(1) == (1,)
    assert grid(10) == (1, 2, 5, 10)
    assert grid(64) == (1, 2, 5, 10, 20, 50, 64)
