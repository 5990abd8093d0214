"""Routes: what of the service is reached under which path (docs/http.md)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from importlib.resources import files
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from codegen.service.guard import Guard, answer, cookie_name
from codegen.service.refusals import Refusal
from codegen.service.requests import read_answer, read_solve, title_of
from codegen.service.run import Run, State
from codegen.service.service import Service
from codegen.version import __version__
from problems.library import bundled

STATIC = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "picture.js": "text/javascript; charset=utf-8",
    "result.js": "text/javascript; charset=utf-8",
    "sieve.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
COOKIE_S = 30 * 24 * 3600
PING_S = 15


def build_app(service: Service, *, port: int) -> ASGIApp:
    """The service as an ASGI application, behind its guard."""
    pages = _Pages(port)
    runs = _Runs(service)
    routes = [
        Route("/", pages.page),
        Route("/static/{name}", pages.static),
        Route("/api/service", runs.about),
        Route("/api/problems", runs.problems),
        Route("/api/runs", runs.history, methods=["GET"]),
        Route("/api/runs", runs.submit, methods=["POST"]),
        Route("/api/runs/{id}", runs.one, methods=["GET"]),
        Route("/api/runs/{id}", runs.remove, methods=["DELETE"]),
        Route("/api/runs/{id}/events", runs.events),
        Route("/api/runs/{id}/answer", runs.answer, methods=["POST"]),
        Route("/api/runs/{id}/cancel", runs.cancel, methods=["POST"]),
        Route("/api/runs/{id}/resume", runs.resume, methods=["POST"]),
    ]
    handlers: Any = {Refusal: _refused, HTTPException: _not_routed, Exception: _defect}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Guard(app, clients=service.clients, limits=service.limits, port=port)


class _Pages:
    """The page and what belongs to it."""

    def __init__(self, port: int) -> None:
        self._cookie = cookie_name(port)
        self._texts = {name: files("codegen.service").joinpath("static", name).read_bytes() for name in STATIC}

    async def page(self, request: Request) -> Response:
        """With the token in the address: puts it into a cookie and out of the address."""
        token = request.query_params.get("token")
        if token is None:
            return self._static("page.html")
        response = RedirectResponse("/", 303)
        response.set_cookie(self._cookie, token, max_age=COOKIE_S, httponly=True, samesite="strict", path="/")
        return response

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in STATIC:
            raise Refusal(404, "path", request.url.path, "no such file", "GET / is the page")
        return self._static(name)

    def _static(self, name: str) -> Response:
        return Response(self._texts[name], headers={"content-type": STATIC[name]})


class _Runs:
    """What clients ask about runs. What reads files is done in threads, so that the event loop stays free."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._streams: Counter[str] = Counter()
        self._problems: list[dict[str, Any]] = []

    async def about(self, request: Request) -> Response:
        service = self._service
        return JSONResponse(
            {
                "version": __version__,
                "client": _client(request),
                "model": service.model_name,
                "readiness": service.readiness,
                "samples": service.settings.samples,
                "limits": {
                    name: getattr(service.limits, name)
                    for name in ("body_bytes", "streams", "waiting", "at_once", "samples", "seconds", "question_s")
                },
            }
        )

    async def problems(self, request: Request) -> Response:  # noqa: ARG002 (a route)
        if not self._problems:
            self._problems = await asyncio.to_thread(_bundled)
        return JSONResponse({"problems": self._problems})

    async def history(self, request: Request) -> Response:
        return JSONResponse({"runs": await asyncio.to_thread(self._service.history, _client(request))})

    async def submit(self, request: Request) -> Response:
        body = await request.body()
        service, client = self._service, _client(request)

        def made() -> Run:
            asked = read_solve(body, samples=service.settings.samples, limits=service.limits)
            return service.submit(client, asked)

        run = await asyncio.to_thread(made)
        return JSONResponse(self._view(run), 201, {"Location": f"/api/runs/{run.id}"})

    async def one(self, request: Request) -> Response:
        run = await self._find(request)
        result = None
        if run.state is State.DONE:
            result = await asyncio.to_thread(self._service.result, run.client, run.id)
        return JSONResponse(self._view(run) | {"statement": run.request["statement"], "result": result})

    async def remove(self, request: Request) -> Response:
        await asyncio.to_thread(self._service.remove, _client(request), request.path_params["id"])
        return Response(status_code=204)

    async def answer(self, request: Request) -> Response:
        number, choice = read_answer(await request.body())
        run = await self._find(request)
        run.answer(number, choice)
        return JSONResponse(self._view(run))

    async def cancel(self, request: Request) -> Response:
        run = await asyncio.to_thread(self._service.cancel, _client(request), request.path_params["id"])
        return JSONResponse(self._view(run), 202)

    async def resume(self, request: Request) -> Response:
        run = await asyncio.to_thread(self._service.resume, _client(request), request.path_params["id"])
        return JSONResponse(self._view(run), 202)

    async def events(self, request: Request) -> Response:
        after = _last_event(request)
        run = await self._find(request)
        if run.state.ended and after >= len(run.events):
            return Response(status_code=204)  # tells an EventSource not to come again
        most = self._service.limits.streams
        if self._streams[run.client] >= most:
            remedy = "close one"
            raise Refusal(429, "streams", most, "you follow so many runs already", remedy, headers={"Retry-After": "5"})
        return _Stream(run, after, counted=self._streams, stalled_s=self._service.limits.stalled_s)

    async def _find(self, request: Request) -> Run:
        return await asyncio.to_thread(self._service.find, _client(request), request.path_params["id"])

    def _view(self, run: Run) -> dict[str, Any]:
        return run.summary() | {"before": self._service.place(run), "events": len(run.events)}


class _Stream(EventSourceResponse):
    """The events of a run behind number `after`; while it is open it is one more of its client's in `counted`."""

    def __init__(self, run: Run, after: int, *, counted: Counter[str], stalled_s: float) -> None:
        super().__init__(_as_sent(run, after), ping=PING_S, send_timeout=stalled_s)
        self._client, self._counted = run.client, counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._counted[self._client] += 1
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:  # a reader that takes nothing is let go; it may come again with Last-Event-ID
            return
        finally:
            self._counted[self._client] -= 1


async def _as_sent(run: Run, after: int) -> AsyncIterator[ServerSentEvent]:
    async for number, text in run.follow(after):
        yield ServerSentEvent(data=text, id=str(number), sep="\n")


def _client(request: Request) -> str:
    client: str = request.state.client
    return client


def _last_event(request: Request) -> int:
    text = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise Refusal(400, "Last-Event-ID", text, "no number of an event", "give the id of the last event you have")
    return int(text)


def _bundled() -> list[dict[str, Any]]:
    return [
        {
            "id": problem.id,
            "title": title_of(problem),
            "difficulty": problem.difficulty,
            "statement": problem.statement,
        }
        for problem in bundled()
    ]


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001 (a handler)
    assert isinstance(error, Refusal)
    return answer(error)


async def _not_routed(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    name, value = ("method", request.method) if error.status_code == 405 else ("path", request.url.path)
    remedy = "docs/http.md lists what there is"
    return answer(Refusal(error.status_code, name, value, error.detail, remedy, headers=error.headers))


async def _defect(request: Request, error: Exception) -> Response:  # noqa: ARG001 (it is raised again, and logged)
    return answer(Refusal(500, "path", request.url.path, "a defect of codesieve", "see what it wrote on stderr"))
