"""The pictures of the README, from a real run: `python -m benchmarks.pictures`.

Starts `codesieve serve`, lets Chromium solve a bundled problem on its page, and takes the page as it is at the end, in
light and in dark colours, and the sieve in motion; the same run file gives the picture of the terminal. Wants Selenium
and Chromium.
"""

from __future__ import annotations

import base64
import io
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
    from PIL.Image import Image
    from selenium.webdriver import Chrome

WIDTH, HEIGHT = 1360, 1180
SCALE = 1.5
PATIENCE_S = 1800
FRAMES, FRAME_MS, REST_MS = 400, 40, 3000
"""Of the sieve in motion: at most so many, how long each is shown, and the last one."""


@click.command()
@click.option("--problem", default="steady-readings", show_default=True, metavar="ID", help="A bundled problem.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True)
@o.model_option
@o.samples_option
@o.sandbox_option
def pictures(problem: str, out: Path, model: str, samples: int, sandbox: str) -> int:
    """Write page-light.webp, page-dark.webp, page-narrow.webp, sieve.webp and funnel.svg."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs:
        arguments = ("--model", model, "--samples", str(samples), "--sandbox", sandbox, "--runs", runs)
        with _served(*arguments) as url, _browser() as browser:
            _solve(browser, url, problem)
            _take(browser, out / "page-light.webp", scheme="light")
            _take(browser, out / "page-dark.webp", scheme="dark")
            _take(browser, out / "page-narrow.webp", scheme="light", width=400, height=900)
            _record(browser, out / "sieve.webp")
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
    _image(browser.get_screenshot_as_png()).save(path, quality=86, method=6)


def _record(browser: Chrome, path: Path) -> None:
    """The run played again, frame by frame, by a clock of its own: a slow browser makes no jumps."""
    _look(browser, scale=1.0)
    browser.execute_script(_CLOCK)
    browser.execute_script("document.getElementById('again').click()")
    _wait(browser, "return !document.getElementById('result').hidden")
    frames: list[Image] = []
    while browser.execute_script("return tick(arguments[0])", FRAME_MS) and len(frames) < FRAMES:
        box = browser.execute_script("return document.querySelector('.stage').getBoundingClientRect().toJSON()")
        clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"], "scale": 0.75}
        shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
        frames.append(_image(base64.b64decode(shot["data"])))
    durations = [FRAME_MS] * (len(frames) - 1) + [REST_MS]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=60, method=4)


def _image(data: bytes) -> Image:
    from PIL import Image

    return Image.open(io.BytesIO(data)).convert("RGB")


_CLOCK = """
const waiting = [];
let clock = performance.now();
performance.now = () => clock;
window.requestAnimationFrame = (then) => waiting.push(then);
window.tick = (milliseconds) => {
  clock += milliseconds;
  for (const then of waiting.splice(0)) then(clock);
  return sieve.running;
};
"""


def _look(
    browser: Chrome, *, scheme: str = "light", width: int = WIDTH, height: int = HEIGHT, scale: float = SCALE
) -> None:
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def _wait(browser: Chrome, script: str) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, PATIENCE_S, 0.5).until(lambda found: found.execute_script(script))


if __name__ == "__main__":
    sys.exit(invoke(pictures))
