"""A service in this process, on a scripted model and a sandbox that runs our own programs, and clients of it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn")

from codegen.config import Settings
from codegen.engine import Engine
from codegen.models.scripted import ScriptedModel
from codegen.service import Server, Service, ServiceLimits
from codegen.service.clients import Clients
from problems.values import dumps, loads
from sandbox.execution import Execution, Program, Status
from sandbox.testing import FakeSandbox

SUM = "sum(abs(a - b) > limit for a, b in zip(readings, readings[1:])) <= 1"
BODIES = (
    f"return {SUM}",
    f"return 2 > {SUM.removesuffix(' <= 1')}",
    f"return bool(readings) and {SUM}",
    "return len(readings) > 3",
    "return True",
    "return readings[99]",
)
TEXTS = tuple(f"```python\ndef steady_readings(readings, limit):\n    {body}\n```" for body in BODIES)
ANSWERS = {"steady-readings": (*TEXTS[:1] * 3, *TEXTS, "")}
"""Of ten samples nine have a program, of which six are different; four pass the examples, with three behaviours."""


def behave(program: Program, given: bytes) -> Execution | bytes:
    """Runs it here: these programs are ours."""
    names: dict[str, Any] = {}
    try:
        exec(program.source, names)
        return dumps(names["steady_readings"](*loads(given))).encode()
    except Exception as error:  # noqa: BLE001 (whatever it does)
        return Execution(status=Status.NONZERO_EXIT, exit_code=1, stderr=repr(error).encode())


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


@dataclass(slots=True)
class Client:
    """Asks as one of the service's clients; a token of None asks without one."""

    port: int
    token: str | None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        own = {"Authorization": f"Bearer {self.token}"} if self.token is not None else {}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, data, own | self.headers | named)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()

    def solve(self, **more: Any) -> str:
        """Start a run of the problem that the model knows; its id."""
        started = self.ask("POST", "/api/runs", {"problem": "steady-readings"} | more)
        assert started.status == 201, started.body
        run_id: str = started.json["id"]
        return run_id

    def follow(
        self, run_id: str, until: Callable[[dict[str, Any]], bool] = lambda _: False, after: int = 0
    ) -> list[Any]:
        """(number, event) as they come, until the stream ends or an event fits."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Last-Event-ID": str(after)} if after else {})
        connection.request("GET", f"/api/runs/{run_id}/events", headers=headers)
        response = connection.getresponse()
        assert response.status in (200, 204), response.read()
        seen: list[Any] = []
        number = 0
        try:
            while line := response.readline():
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "id":
                    number = int(value)
                elif name == "data":
                    seen.append((number, json.loads(value)))
                    if until(seen[-1][1]):
                        break
        finally:
            connection.close()
        return seen

    def finish(self, run_id: str) -> dict[str, Any]:
        """Wait for its end; the view of it."""
        self.follow(run_id)
        view: dict[str, Any] = self.ask("GET", f"/api/runs/{run_id}").json
        return view


@dataclass(frozen=True, slots=True)
class Running:
    server: Server
    service: Service
    clients: dict[str, Client]

    @property
    def me(self) -> Client:
        return self.clients["me"]


@contextmanager
def serving(
    folder: Path,
    *,
    limits: ServiceLimits | None = None,
    clients: tuple[str, ...] = ("me",),
    model: ScriptedModel | None = None,
    samples: int = 10,
) -> Iterator[Running]:
    """A service while it is needed."""
    engine = Engine(
        model=model or ScriptedModel(ANSWERS), sandbox=FakeSandbox(behave), settings=Settings(samples=samples)
    )
    with engine:
        service = Service(engine, folder=folder, clients=Clients(clients), limits=limits)
        server = Server(service, port=0)
        thread = threading.Thread(target=server.serve_until_told, name="test-server")
        thread.start()
        try:
            tokens = service.clients.tokens
            yield Running(server, service, {name: Client(server.port, token) for name, token in tokens.items()})
        finally:
            server.tell()
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("served"), clients=("me", "you")) as found:
        yield found
