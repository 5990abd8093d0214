"""docs/http.md: its curl examples work as they stand, and its tables name what there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codegen.service.app import build_app
from codegen.service.guard import Guard
from tests.codegen.service.conftest import Running

PAGE = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def _run(running: Running, block: str, run_id: str = "") -> list[str]:
    """What each command of a block printed."""
    if shutil.which("curl") is None:
        pytest.skip("no curl: apt-get install curl")
    environment = {
        "PORT": str(running.server.port),
        "TOKEN": running.me.token or "",
        "RUN": run_id,
        "PATH": "/usr/bin:/bin",
    }
    commands = [each for each in block.replace("\\\n", " ").splitlines() if each]
    return [
        subprocess.run(["sh", "-c", each], capture_output=True, text=True, check=True, env=environment).stdout
        for each in commands
    ]


def test_the_examples_work_in_their_order(running: Running) -> None:
    ask, follow, again, look, act, about = BLOCKS
    (started,) = map(json.loads, _run(running, ask))
    assert started["state"] in ("queued", "running")
    run_id = started["id"]
    running.me.finish(run_id)
    (events,) = _run(running, follow, run_id)
    assert events.startswith("id: 1\ndata: {")
    (rest,) = _run(running, again, run_id)
    assert rest.startswith("id: 4\ndata: {")
    assert events.endswith(rest)
    view, history = map(json.loads, _run(running, look, run_id))
    assert view["result"]["report"]["funnel"]["drawn"] == 6
    assert history["runs"][0]["id"] == run_id
    cancelled, resumed, removed = _run(running, act, run_id)
    assert json.loads(cancelled)["state"] == "done"
    assert json.loads(resumed)["error"]["name"] == "run"
    assert removed == ""
    service, problems = map(json.loads, _run(running, about))
    assert service["model"] == "scripted"
    assert problems["problems"]


def test_every_route_is_described(running: Running) -> None:
    guard = build_app(running.service, port=1)
    assert isinstance(guard, Guard)
    for route in guard.app.routes:  # type: ignore[attr-defined]
        path = route.path.replace("{id}", "$RUN")
        assert not path.startswith("/api/") or re.search(rf":\$PORT{re.escape(path)}\s", PAGE), path


def test_the_keys_are_the_described_ones(running: Running) -> None:
    view = running.me.finish(running.me.solve())
    for key in (*view, *view["result"], *running.me.ask("GET", "/api/service").json):
        assert f"`{key}`" in PAGE, key
