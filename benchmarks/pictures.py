"""The pictures of the README, from a real run: `python -m benchmarks.pictures`.

Starts `codesieve serve`, lets Chromium solve a bundled problem on its page, and takes the page as it is at the end, in
light and in dark colours; the same run file gives the picture of the terminal. Wants Selenium and Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codegen.cli import options as o
from codegen.cli.entry import invoke
from codegen.errors import UsageError

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

WIDTH, HEIGHT = 1360, 1180
SCALE = 1.5
PATIENCE_S = 1800


@click.command()
@click.option("--problem", default="steady-readings", show_default=True, metavar="ID", help="A bundled problem.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
@o.model_option
@o.samples_option
@o.sandbox_option
def pictures(problem: str, out: Path, model: str, samples: int, sandbox: str) -> int:
    """Write page-light.png, page-dark.png, page-narrow.png and funnel.svg."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        arguments = ("--model", model, "--samples", str(samples), "--sandbox", sandbox, "--runs", runs)
        with _served(*arguments) as url, _browser() as browser:
            _solve(browser, url, problem)
            _take(browser, out / "page-light.png", scheme="light")
            _take(browser, out / "page-dark.png", scheme="dark")
            _take(browser, out / "page-narrow.png", scheme="light", width=400, height=900)
        (run,) = Path(runs).glob("me/*.sqlite")
        report = (sys.executable, "-m", "benchmarks.cli", "report", "--run", str(run), "--svg", str(out / "funnel.svg"))
        subprocess.run(report, check=True, stdout=subprocess.DEVNULL)
    click.echo(f"pictures are in {out}", err=True)
    return 0


@contextmanager
def _served(*arguments: str) -> Iterator[str]:
    command = (sys.executable, "-m", "benchmarks.cli", "serve", "--port", "0", "--json", *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["urls"]["me"]
        finally:
            process.terminate()


@contextmanager
def _browser() -> Iterator[Chrome]:
    from selenium import webdriver

    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        raise UsageError("no chromium and chromedriver on the path; apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    options.binary_location = binary
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def _solve(browser: Chrome, url: str, problem: str) -> None:
    """Press the button and wait for the end."""
    _look(browser)
    browser.get(url)
    _wait(browser, "return document.querySelectorAll('#problem option').length > 1")
    browser.execute_script("document.getElementById('problem').value = arguments[0]", problem)
    browser.execute_script("document.getElementById('start').click()")
    _wait(browser, "return ['done', 'failed'].includes(document.getElementById('state').textContent)")
    state = browser.execute_script("return document.getElementById('state').textContent")
    if state != "done":
        raise click.ClickException(browser.execute_script("return document.getElementById('run-error').textContent"))


def _take(browser: Chrome, path: Path, **how: Any) -> None:
    _look(browser, **how)
    time.sleep(0.5)
    _wait(browser, "return !sieve.running")
    browser.execute_script("scrollTo(0, innerWidth < 600 ? document.getElementById('run').offsetTop - 8 : 0)")
    browser.save_screenshot(str(path))


def _look(browser: Chrome, *, scheme: str = "light", width: int = WIDTH, height: int = HEIGHT) -> None:
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    size = {"width": width, "height": height, "deviceScaleFactor": SCALE, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _wait(browser: Chrome, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, PATIENCE_S, 0.5).until(lambda found: found.execute_script(script))


if __name__ == "__main__":
    sys.exit(invoke(pictures))
