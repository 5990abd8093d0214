"""What stands before the service: nothing is done for who has no token, and no body is larger than it may be.

A page of another site can make a browser send requests here, also under a name of its own that it points at this
machine (DNS rebinding). So the host that is asked for must be this machine, an origin must be that host, the cookie is
not sent along from other sites, and no answer allows another origin to read it.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from codegen.service.clients import Clients
from codegen.service.limits import ServiceLimits
from codegen.service.refusals import Refusal

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
COOKIE = "codesieve"
"""With the port behind it: cookies are shared by all ports of a machine."""

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}
DRAINED_BYTES = 512 << 20
"""Of a body that is too large so much is read and dropped before the answer, so that the sender gets to see it."""

_REMEDY = "give the token of the URL that `codesieve serve` printed: ?token= of the page, or Authorization: Bearer …"


def cookie_name(port: int) -> str:
    return f"{COOKIE}-{port}"


class Guard:
    """ASGI: checks a request, then hands it to `app` with `client` in its state and the whole body at hand."""

    def __init__(self, app: ASGIApp, *, clients: Clients, limits: ServiceLimits, port: int) -> None:
        self.app, self._clients, self._limits, self._cookie = app, clients, limits, cookie_name(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = Headers(scope=scope)
        send = _with_headers(send)
        try:
            _check_host(headers)
            client = self._client(scope, headers)
            _check_origin(scope, headers)
            body = await self._body(headers, receive)
        except Refusal as refusal:
            if _has_body(headers):
                await self._drain(receive)
            page = scope["path"] == "/" and "text/html" in headers.get("accept", "")
            await (page_answer if page else answer)(refusal)(scope, receive, send)
            return
        scope.setdefault("state", {})["client"] = client
        await self.app(scope, _replayed(body, receive), send)

    def _client(self, scope: Scope, headers: Headers) -> str:
        for token in self._tokens(scope, headers):
            if (client := self._clients.of_token(token)) is not None:
                return client
        raise Refusal(401, "token", None, "missing or wrong", _REMEDY, headers={"WWW-Authenticate": "Bearer"})

    def _tokens(self, scope: Scope, headers: Headers) -> list[str]:
        """Of the request: one that was given for it goes before the cookie. The page alone takes one in its address."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return [token.strip()]
        if scope["path"] == "/" and (given := parse_qs(scope["query_string"].decode("latin-1")).get("token")):
            return given
        with suppress(CookieError):
            morsel = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
            return [morsel.value] if morsel is not None else []
        return []

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        most = self._limits.body_bytes
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise _too_large(length, most)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._limits.request_s):
                while _has_body(headers):
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        break
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise _too_large(f"more than {size}", most)
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            remedy = f"send it within {self._limits.request_s:g} s"
            raise Refusal(408, "body", None, "did not come in time", remedy, headers={"Connection": "close"}) from None
        return b"".join(parts)

    async def _drain(self, receive: Receive) -> None:
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.request_s):
                while size < DRAINED_BYTES:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body", False):
                        return


def answer(refusal: Refusal) -> JSONResponse:
    return JSONResponse(refusal.to_json(), refusal.status, refusal.headers)


def page_answer(refusal: Refusal) -> HTMLResponse:
    """The same for a person who looks at it in a browser."""
    lines = "".join(f"<p>{escape(str(value))}</p>" for value in refusal.to_json()["error"].values() if value)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>codesieve</title><h1>codesieve</h1>{lines}</html>'
    )
    return HTMLResponse(page, refusal.status, refusal.headers)


def raw_answer(refusal: Refusal) -> bytes:
    """A whole response, for where there is no request to answer."""
    body = json.dumps(refusal.to_json()).encode()
    head = (
        f"HTTP/1.1 {refusal.status} Refused\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def _too_large(size: str, most: int) -> Refusal:
    remedy = "send less; a problem is a statement of a few pages"
    return Refusal(413, "body", f"{size} bytes", f"larger than {most} bytes", remedy, headers={"Connection": "close"})


def _check_host(headers: Headers) -> None:
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        name = None
    if name not in HOSTS or len(headers.getlist("host")) != 1:
        raise Refusal(421, "Host", host, "not this service", f"ask for {', '.join(sorted(HOSTS))}")


def _check_origin(scope: Scope, headers: Headers) -> None:
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        raise Refusal(403, "Origin", origin, "another origin", "use the service's own page, or no browser")
    if site not in (None, "none", "same-origin") and scope["path"] != "/":
        raise Refusal(403, "Sec-Fetch-Site", site, "asked from another site", "use the service's own page")


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message; after it what the server says, which is that the client went away."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return replay


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own: list[Any] = list(message.get("headers", []))
            known = {name.lower() for name, _ in own}
            extra = [(name.encode(), value.encode()) for name, value in HEADERS.items() if name.encode() not in known]
            message = {**message, "headers": own + extra}
        await send(message)

    return sending
