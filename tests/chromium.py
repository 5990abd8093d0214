"""Debian's Chromium, driven by Selenium: for the pages that this project makes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest

pytest.importorskip("selenium")

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
)  # fmt: skip


@contextmanager
def chromium() -> Iterator[webdriver.Chrome]:
    """A browser without a window; skips the test where there is none."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("no Chromium: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield found
    finally:
        found.quit()


def show(
    browser: webdriver.Chrome, *, width: int = 1600, height: int = 1000, scheme: str = "light", motion: bool = True
) -> None:
    """Size, colours and motion as a person may have them set."""
    wanted = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "no-preference" if motion else "reduce"},
    ]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def wait(browser: webdriver.Chrome, css: str) -> Any:
    """The first visible element of these."""

    def visible(found: webdriver.Chrome) -> Any:
        return next((each for each in found.find_elements(By.CSS_SELECTOR, css) if each.is_displayed()), None)

    return WebDriverWait(browser, 30).until(visible)


def requested(browser: webdriver.Chrome) -> set[str]:
    """Addresses that the page asked for since the last call, those of other schemes than http left out."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    urls = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    return {url for url in urls if not url.startswith(("file:", "data:", "about:", "chrome:"))}


def violations(browser: webdriver.Chrome) -> list[str]:
    """What axe-core finds wrong with the page as it is: rule, impact, elements."""
    pytest.importorskip("axe_core_python")
    source = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    browser.execute_script(source)
    found = browser.execute_async_script("const done = arguments[0]; axe.run().then(done)")
    return [
        f"{each['id']} ({each['impact']}): {', '.join(str(node['target']) for node in each['nodes'])}"
        for each in found["violations"]
    ]
