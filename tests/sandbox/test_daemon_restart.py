"""The pool outlives its daemon: one of these tests' own is stopped, killed and started again while programs run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sandbox.backends import docker_obstacle
from sandbox.container import LABEL
from sandbox.daemon import connect
from sandbox.image.recipe import tag

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_START_S = 60

_SCRIPT = """
import json, sys, threading, time
from sandbox.anomalies import log_to
from sandbox.container import DockerSandbox
from sandbox.execution import Limits, Program

stop, errors, outputs = threading.Event(), [], {"0": [], "1": [], "2": []}
program = Program(language="python", source="import time; time.sleep(0.05); print(input())")

def work(name):
    turn = 0
    try:
        while not (stop.is_set() and turn > least[name]):
            turn += 1
            # The memory limit changes, so that the daemon is asked now and then.
            limits = Limits(cpu_s=10, wall_s=60, memory_bytes=(128 << 20) + (turn % 5 << 20))
            run = sandbox.run(program, (name.encode(),) * 2, limits)
            outputs[name] += [execution.stdout.decode().strip() for execution in run.executions]
    except Exception as error:
        errors.append(repr(error))

log_to(sys.argv[2])
least = dict.fromkeys(outputs, 5)
with DockerSandbox(image=sys.argv[1] or None, slots=2) as sandbox:
    threads = [threading.Thread(target=work, args=(name,)) for name in outputs]
    for thread in threads:
        thread.start()
    while not errors and min(map(len, outputs.values())) < 4:
        time.sleep(0.05)
    print(json.dumps({name: len(seen) for name, seen in outputs.items()}), flush=True)
    sys.stdin.readline()
    least = {name: len(seen) // 2 + 2 for name, seen in outputs.items()}  # some runs more by the new daemon
    stop.set()
    for thread in threads:
        thread.join()
    left = sandbox.check()
print(json.dumps({"errors": errors, "outputs": outputs, "left": left}))
"""


class Daemon:
    """A Docker daemon with folders of its own, without network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = f"unix://{folder}/docker.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        switches = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false")
        places = [f"--{name}={self.folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["dockerd", *switches, *places, "-H", self.host], stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + _START_S
        while docker_obstacle():
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the daemon does not start"
            time.sleep(0.1)

    def end(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(_START_S)
            self.process = None
            self._end_containerd()

    def _end_containerd(self) -> None:
        """Its containerd ends with it; where nobody has taken note of that yet, the next daemon would wait for it."""
        noted = self.folder / "exec-root" / "containerd" / "containerd.pid"
        with suppress(OSError, ValueError):
            os.kill(int(noted.read_text()), signal.SIGKILL)
        noted.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def archive(docker_image: str | None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("needs root and dockerd, to start a daemon")
    path = tmp_path_factory.mktemp("image") / "image.tar"
    subprocess.run(["docker", "save", "-o", path, docker_image or tag("plain")], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def daemon(archive: Path) -> Iterator[Daemon]:
    folder = Path(tempfile.mkdtemp(prefix="codesieve-daemon-"))  # short: a socket's path has 107 bytes
    made = Daemon(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", made.host)
        made.start()
        try:
            subprocess.run(["docker", "load", "-q", "-i", archive], check=True, capture_output=True)
            yield made
        finally:
            made.end(signal.SIGTERM)
            for mount in reversed(Path("/proc/self/mounts").read_text().splitlines()):
                if (point := mount.split()[1]).startswith(str(folder)):
                    subprocess.run(["umount", "-l", point], check=False, capture_output=True)
            shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_programs_run_on_when_the_daemon_is_restarted(
    number: int, daemon: Daemon, docker_image: str | None, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    # A process of its own: the client library leaves sockets open when nobody answers, which would be warnings here.
    child = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, docker_image or "", str(log)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        before = json.loads(child.stdout.readline())
        daemon.end(number)
        time.sleep(1)
        daemon.start()
        said = json.loads(child.communicate("\n")[0])
    assert said["errors"] == []
    assert said["left"] == []
    for name in ("0", "1", "2"):
        assert set(said["outputs"][name]) == {name}
        assert len(said["outputs"][name]) > before[name] > 0
    assert "event=box_broken" in log.read_text()
    with closing(connect()) as client:
        assert client.containers.list(all=True, filters={"label": LABEL}) == []
