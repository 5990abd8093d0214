"""Clients that mean harm, or know no better: a clear answer for each, and the service lives."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.service import ServiceLimits
from codegen.service.guard import HEADERS, cookie_name
from tests.codegen.service.conftest import Client, Running, serving


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that is soon out of patience."""
    limits = ServiceLimits(request_s=1.0)
    with serving(tmp_path_factory.mktemp("strict"), limits=limits, clients=("me", "you")) as found:
        yield found


def _lives(running: Running) -> None:
    assert running.me.ask("GET", "/api/service").status == 200


@pytest.mark.parametrize(
    "path", ["/", "/static/page.js", "/api/service", "/api/runs", "/api/runs/x/events", "/nowhere"]
)
@pytest.mark.parametrize("token", [None, "", "wrong", "ü" * 50, "x" * 10_000])
def test_without_the_token_nothing_is_answered(running: Running, path: str, token: str | None) -> None:
    answer = Client(running.server.port, None if token is None else token.encode().decode("latin-1")).ask("GET", path)
    assert answer.status == 401
    assert answer.error.keys() == {"name", "value", "problem", "remedy"}
    assert answer.error["name"] == "token"


def test_a_person_without_the_token_gets_a_page_that_says_where_it_is(running: Running) -> None:
    answer = Client(running.server.port, None).ask("GET", "/?token=<b>", Accept="text/html,*/*")
    assert answer.status == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert b"codesieve serve" in answer.body
    assert b"<b>" not in answer.body


def test_the_token_in_the_address_becomes_a_cookie_and_goes_from_it(running: Running) -> None:
    port, token = running.server.port, running.me.token
    answer = Client(port, None).ask("GET", f"/?token={token}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{cookie_name(port)}={token};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    with_cookie = Client(port, None, {"Cookie": cookie.partition(";")[0]})
    assert with_cookie.ask("GET", "/").headers["content-type"] == "text/html; charset=utf-8"
    assert with_cookie.ask("GET", "/api/service").json["client"] == "me"
    assert with_cookie.ask("GET", "/?token=wrong").status == 401
    assert Client(port, None).ask("GET", f"/api/service?token={token}").status == 401, "of the page alone"


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "[::2]:1", "", "a b", "["]
)
def test_another_host_is_not_this_service(running: Running, host: str) -> None:
    answer = running.me.ask("GET", "/api/service", Host=host)
    assert answer.status == 421
    assert answer.error["name"] == "Host"


def test_another_origin_can_neither_ask_nor_read(running: Running) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        answer = running.me.ask("POST", "/api/runs", {"problem": "steady-readings"}, **headers)
        assert answer.status == 403
        assert not [name for name in answer.headers if name.startswith("access-control")]
    own = f"http://127.0.0.1:{running.server.port}"
    assert running.me.ask("GET", "/api/service", Origin=own).status == 200
    assert running.me.ask("OPTIONS", "/api/runs").status == 405


@pytest.mark.parametrize("path", ["/", "/api/service", "/api/nowhere"])
def test_every_answer_carries_the_security_headers(running: Running, path: str) -> None:
    for client in (running.me, Client(running.server.port, None)):
        found = client.ask("GET", path).headers
        assert {name: found.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (b"", 400, "body"),
        (b"{", 400, "body"),
        (b"\xff\xfe", 400, "body"),
        (b"[" * 100_000, 400, "body"),
        (b"[]", 400, "body"),
        (b'"x"', 400, "body"),
        ({}, 400, "problem"),
        ({"problem": "steady-readings", "text": "x"}, 400, "problem"),
        ({"problem": "steady-readings", "x": 1}, 400, "x"),
        ({"problem": ["steady-readings"]}, 404, "problem"),
        ({"problem": "no-such"}, 404, "problem"),
        ({"problem": "/etc/passwd"}, 404, "problem"),
        ({"problem": "./README.md"}, 404, "problem"),
        ({"problem": "-"}, 404, "problem"),
        ({"problem": "bundled/no-such"}, 404, "problem"),
        ({"problem": "bundled"}, 404, "problem"),
        ({"text": ""}, 422, "text"),
        ({"text": 7}, 400, "text"),
        ({"text": '{"schema": 1'}, 422, "text"),
        ({"problem": "steady-readings", "samples": 0}, 400, "samples"),
        ({"problem": "steady-readings", "samples": 10**9}, 400, "samples"),
        ({"problem": "steady-readings", "samples": True}, 400, "samples"),
        ({"problem": "steady-readings", "samples": 2.5}, 400, "samples"),
        ({"problem": "steady-readings", "samples": "3"}, 400, "samples"),
        ({"problem": "steady-readings", "ask": "yes"}, 400, "ask"),
        ({"problem": "steady-readings", "seconds": -1}, 400, "seconds"),
        (b'{"problem": "steady-readings", "seconds": NaN}', 400, "seconds"),
        (b'{"problem": "steady-readings", "seconds": 1e999}', 400, "seconds"),
        (b'{"problem": "steady-readings", "samples": 1' + b"0" * 5000 + b"}", 400, "body"),
    ],
)
def test_a_malformed_request_is_told_what_is_wrong(running: Running, body: object, status: int, name: str) -> None:
    answer = running.me.ask("POST", "/api/runs", body)
    assert (answer.status, answer.error["name"]) == (status, name)
    assert answer.error["problem"]
    assert answer.error["remedy"]
    _lives(running)


@pytest.mark.parametrize("token", ["right", None])
def test_a_body_of_100_mb_is_refused_and_the_sender_gets_to_read_it(running: Running, token: str | None) -> None:
    client = running.me if token else Client(running.server.port, None)
    answer = client.ask("POST", "/api/runs", b"x" * (100 << 20))
    assert answer.status == (413 if token else 401)
    assert answer.error["name"] == ("body" if token else "token")
    _lives(running)


def test_a_body_without_a_length_is_counted(running: Running) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.server.port, timeout=30)
    headers = {"Authorization": f"Bearer {running.me.token}"}
    connection.request("POST", "/api/runs", (b"x" * 65536 for _ in range(64)), headers, encode_chunked=True)
    response = connection.getresponse()
    assert response.status == 413
    assert json.loads(response.read())["error"]["name"] == "body"
    connection.close()


@pytest.mark.parametrize("path", ["/api/runs/{}", "/api/runs/{}/events"])
def test_one_client_cannot_see_another_ones_run(running: Running, path: str) -> None:
    me, you = running.clients["me"], running.clients["you"]
    run_id = me.solve(samples=2)
    me.finish(run_id)
    theirs, nobodys = you.ask("GET", path.format(run_id)), you.ask("GET", path.format(run_id[:-1] + "x"))
    assert theirs.status == nobodys.status == 404
    assert theirs.error.keys() == nobodys.error.keys()
    assert run_id not in {each["id"] for each in you.ask("GET", "/api/runs").json["runs"]}
    for method, action in (("POST", "/cancel"), ("POST", "/resume"), ("DELETE", "")):
        assert you.ask(method, f"/api/runs/{run_id}{action}").status == 404
    answer = you.ask("POST", f"/api/runs/{run_id}/answer", {"question": 1, "choice": 0})
    assert answer.status == 404
    assert me.ask("GET", f"/api/runs/{run_id}").status == 200


@pytest.mark.parametrize(
    "run_id", ["..", "%2e%2e%2fyou", "..%2Fyou%2F20260101-000000-x-0123456789abcdef", "a" * 5000, "%00"]
)
def test_an_id_never_leaves_the_folder(running: Running, run_id: str) -> None:
    assert running.me.ask("GET", f"/api/runs/{run_id}").status in (404, 405)
    assert running.me.ask("DELETE", f"/api/runs/{run_id}").status in (404, 405)
    _lives(running)


def test_a_thousand_connections_that_say_nothing_are_let_go(strict: Running) -> None:
    async def crowd() -> int:
        opened = [asyncio.open_connection("127.0.0.1", strict.server.port) for _ in range(1000)]
        pairs = await asyncio.gather(*opened)
        await asyncio.to_thread(_lives, strict)
        async with asyncio.timeout(20):
            ended = await asyncio.gather(*(reader.read() for reader, _ in pairs), return_exceptions=True)
        for _, writer in pairs:
            writer.close()
        return len(ended)

    assert asyncio.run(crowd()) == 1000
    _lives(strict)


def test_a_thousand_requests_at_once_are_answered(strict: Running) -> None:
    request = f"GET /api/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {strict.me.token}\r\n\r\n".encode()

    async def one() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", strict.server.port)
        writer.write(request)
        line = await reader.readline()
        writer.close()
        return line

    async def crowd() -> list[bytes]:
        async with asyncio.timeout(60):
            return await asyncio.gather(*(one() for _ in range(1000)))

    assert set(asyncio.run(crowd())) == {b"HTTP/1.1 200 OK\r\n"}


def test_more_connections_than_there_may_be_get_an_answer(tmp_path: Path) -> None:
    with serving(tmp_path, limits=ServiceLimits(connections=5)) as running, contextlib.ExitStack() as opened:
        for _ in range(5):
            opened.enter_context(socket.create_connection(("127.0.0.1", running.server.port)))
        refused = running.me.ask("GET", "/api/service")
        assert (refused.status, refused.error["name"]) == (503, "connections")
        opened.close()
        time.sleep(0.2)
        _lives(running)


def test_who_sends_a_request_drop_by_drop_is_let_go(strict: Running) -> None:
    for beginning in (b"GET / HTT", b"POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Le"):
        with socket.create_connection(("127.0.0.1", strict.server.port), timeout=20) as slow:
            slow.sendall(beginning)
            with contextlib.suppress(ConnectionResetError):
                assert slow.recv(100) == b""
    head = f"POST /api/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {strict.me.token}\r\n"
    with socket.create_connection(("127.0.0.1", strict.server.port), timeout=20) as slow:
        slow.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 408 ")
    _lives(strict)


def test_what_is_no_http_is_told_so(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.server.port), timeout=20) as odd:
        odd.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n")
        answer = odd.recv(10_000)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["name"] == "request"


def test_streams_that_are_not_read_are_few_and_let_go(tmp_path: Path) -> None:
    """Events are kept once, whoever reads them; a stream whose reader takes nothing ends."""
    limits = ServiceLimits(streams=3, stalled_s=4.0)
    with serving(tmp_path, limits=limits, clients=("me", "you")) as running, contextlib.ExitStack() as opened:
        me, run_id = running.me, running.me.solve(samples=1000)
        me.finish(run_id)
        head = f"Host: localhost\r\nAuthorization: Bearer {me.token}\r\n\r\n"
        for _ in range(3):
            slow = opened.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", running.server.port))
            slow.sendall(f"GET /api/runs/{run_id}/events HTTP/1.1\r\n{head}".encode())
            assert slow.recv(1) == b"H", "the stream is open, and no more is read of it"
        refused = me.ask("GET", f"/api/runs/{run_id}/events")
        assert (refused.status, refused.error["name"]) == (429, "streams")
        assert running.clients["you"].ask("GET", "/api/service").status == 200
        until = time.monotonic() + 60
        while me.ask("GET", f"/api/runs/{run_id}/events").status != 200:
            assert time.monotonic() < until, "streams that nobody reads are still open"
            time.sleep(0.2)


@pytest.mark.parametrize("value", ["x", "-1", "1.5", "9" * 400])
def test_a_last_event_that_is_none(running: Running, value: str) -> None:
    run_id = running.me.solve(samples=2)
    answer = running.me.ask("GET", f"/api/runs/{run_id}/events", Last_Event_ID=value)
    assert (answer.status, answer.error["name"]) == (400, "Last-Event-ID")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "/api/runs", 405), ("GET", "/api/x", 404), ("GET", "/static/../app.py", 404)]
)
def test_what_there_is_not(running: Running, method: str, path: str, status: int) -> None:
    answer = running.me.ask(method, path)
    assert answer.status == status
    assert answer.error["remedy"]
