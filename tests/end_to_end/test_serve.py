"""`codesieve serve` as a process: what it prints, how it ends, what it leaves behind and what is there again."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.backends import docker_obstacle, obstacle
from sandbox.container import LABEL
from sandbox.daemon import connect
from tests.codegen.service.conftest import BODIES, Client

CODESIEVE = (sys.executable, "-m", "benchmarks.cli")


@contextmanager
def _served(
    folder: Path, *arguments: str, sandbox: str = "bubblewrap"
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    rows = [f"def steady_readings(readings, limit):\n    {body}\n" for body in BODIES]
    samples = folder / "samples.jsonl"
    text = "".join(json.dumps({"task_id": "steady-readings", "solution": row}) + "\n" for row in rows)
    samples.write_text(text, encoding="utf-8")
    command = (
        *CODESIEVE, "serve", "--port", "0", "--json", "--model", f"replay:{samples}", "--samples", "6",
        "--sandbox", sandbox, "--runs", str(folder / "runs"), *arguments,
    )  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def _descendants(pid: int) -> dict[int, str]:
    """Living processes under this one, each with the moment of its start: a number may be used again."""
    parents: dict[int, tuple[int, str]] = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] not in "ZX":
            parents[int(each.parent.name)] = int(fields[1]), fields[19]
    found = {pid}
    while more := {child for child, (parent, _) in parents.items() if parent in found} - found:
        found |= more
    return {each: parents[each][1] for each in found - {pid} if each in parents}


def _containers(pid: int) -> list[str]:
    """Those that a process made; none where no daemon answers."""
    if docker_obstacle():
        return []
    with contextlib.closing(connect()) as daemon:
        found = daemon.containers.list(all=True, filters={"label": LABEL})
    return [each.name for each in found if f"_{pid}_" in each.labels[LABEL]]


@pytest.mark.parametrize(
    ("sandbox", "number", "code"),
    [
        pytest.param("bubblewrap", signal.SIGINT, 130, marks=pytest.mark.bubblewrap),
        pytest.param("docker", signal.SIGTERM, 0, marks=pytest.mark.docker),
    ],
)
def test_told_to_end_in_the_middle_of_a_run_it_leaves_nothing(
    tmp_path: Path, sandbox: str, number: int, code: int
) -> None:
    if problem := obstacle(sandbox):
        pytest.skip(problem)
    with _served(tmp_path, sandbox=sandbox) as (process, printed):
        me = Client(printed["port"], printed["tokens"]["me"])
        assert printed["urls"]["me"] == f"http://127.0.0.1:{me.port}/?token={me.token}"
        run_id = me.solve(ask=True)
        me.follow(run_id, lambda event: event == {"event": "state", "state": "asking"})
        waiting = threading.Thread(target=me.follow, args=(run_id,))
        waiting.start()
        children = _descendants(process.pid)
        assert children or _containers(process.pid), "the sandbox"
        process.send_signal(number)
        assert process.wait(20) == code
        waiting.join(10)
        assert not waiting.is_alive(), "who follows a run is let go"
        assert not [pid for pid, begun in _descendants(1).items() if children.get(pid) == begun]
        assert not _containers(process.pid)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    with _served(tmp_path, sandbox=sandbox) as (process, printed):
        me = Client(printed["port"], printed["tokens"]["me"])
        (line,) = me.ask("GET", "/api/runs").json["runs"]
        assert (line["id"], line["state"]) == (run_id, "interrupted")
        assert me.ask("POST", f"/api/runs/{run_id}/resume").status == 202
        me.follow(run_id, lambda event: event == {"event": "state", "state": "asking"}, after=3)
        process.send_signal(number)
        assert process.wait(20) == code


def test_a_port_that_is_taken_and_a_folder_in_use_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = (*CODESIEVE, "serve", "--port", port, "--runs", str(tmp_path / "other"))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"port {port} is taken" in done.stderr
        assert "--port 0" in done.stderr
    with _served(tmp_path):
        command = (*CODESIEVE, "serve", "--port", "0", "--runs", str(tmp_path / "runs"))
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 4
        assert "in use by another `codesieve serve`" in done.stderr


def test_without_its_packages_it_says_which_and_how_to_get_them(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        f"sys.argv = ['codesieve', 'serve', '--runs', {str(tmp_path)!r}]\n"
        "from benchmarks.cli import main\nmain()"
    )
    done = subprocess.run((sys.executable, "-c", code), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "serve needs the package uvicorn; pip install 'codesieve[serve]'" in done.stderr


def test_clients_have_a_url_each(tmp_path: Path) -> None:
    with _served(tmp_path, "--client", "ann", "--client", "bo") as (_, printed):
        assert printed["urls"].keys() == printed["tokens"].keys() == {"ann", "bo"}
        assert len(set(printed["tokens"].values())) == 2
        assert Client(printed["port"], printed["tokens"]["bo"]).ask("GET", "/api/service").json["client"] == "bo"
    done = subprocess.run((*CODESIEVE, "serve", "--client", "../x"), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "client '../x'" in done.stderr
