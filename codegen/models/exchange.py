"""One request to a server and its answer: what httpx raises and what servers refuse becomes one of three outcomes.

Better luck next time (`TroubleError`), a field that this server does not know (`UnknownFieldError`), or no use in
asking again (`CodesieveError`).
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import httpx2

from codegen.errors import ModelError, UsageError
from codegen.models.patience import Gate, Patience, wanted_rest_s
from codegen.models.wire import Answer, MalformedError, error_text

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 507, 508, 509, 520, 521, 522, 523, 524, 529})
_MAX_BODY_BYTES = 16 << 20
_MAX_ERROR_BYTES = 1 << 16
_MOST_BEHIND = 4
"""Events behind the last text that are waited for."""

# What a server may not know, in the order in which a refusal that names several of them is read.
_OPTIONAL = (
    "n", "top_k", "min_p", "stream_options", "top_logprobs", "logprobs", "seed", "top_p", "temperature", "stop",
    "max_tokens", "stream",
)  # fmt: skip
_ALIASES = {"n": r"\bn(?:_cmpl)?\b", "stop": r"\bstop\b", "stream": r"\bstream\b"}
_CONTEXT = re.compile(
    r"context.{0,20}(?:length|size|window)|too (?:long|large|many tokens)|exceed_context", re.IGNORECASE
)


class TroubleError(Exception):
    """The request failed in a way that may pass."""


class UnknownFieldError(Exception):
    """The server refuses a field that is not needed."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class Exchange:
    """Sends requests to one server.

    Args:
        scrub: Takes the key out of what a server says.
    """

    def __init__(
        self, client: httpx2.AsyncClient, *, server: str, patience: Patience, gate: Gate, scrub: Callable[[str], str]
    ) -> None:
        self._client = client
        self._server = server
        self._patience = patience
        self._gate = gate
        self._scrub = scrub

    async def models(self) -> list[str] | None:
        """Names of the models that the server has; None where it does not tell."""
        async with self._guarded(), self._client.stream("GET", f"{self._server}/models") as response:
            if response.status_code in {404, 405, 501}:
                return None
            if response.status_code != 200:
                self._refuse(response, await self._read(response, _MAX_ERROR_BYTES), {}, "")
            found = self._json(await self._read(response, _MAX_BODY_BYTES))
        rows = found.get("data") if isinstance(found, dict) else None
        if not isinstance(rows, list):
            return None
        return [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]

    async def ask(self, path: str, body: dict[str, Any], answer: Answer, *, asked_for: str) -> None:
        """Send a request and read what comes into `answer`, which keeps what had come when this raises.

        Args:
            asked_for: What the prompt belongs to, for messages.

        Raises:
            TroubleError, UnknownFieldError, CodesieveError: See above.
        """
        await self._gate.wait()
        url = f"{self._server}{path}"
        async with self._guarded(), self._client.stream("POST", url, json=body) as response:
            if response.status_code != 200:
                self._refuse(response, await self._read(response, _MAX_ERROR_BYTES), body, asked_for)
            if (rest := wanted_rest_s(response.headers, refused=False)) is not None:
                self._gate.close_for(min(rest, self._patience.longest_wait_s))
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind == "text/event-stream":
                await self._follow(response, answer)
            else:
                answer.take(self._json(await self._read(response, _MAX_BODY_BYTES)))
                for choice in answer.choices:
                    choice.finish = choice.finish or ("stop" if choice.text else None)

    async def _follow(self, response: httpx2.Response, answer: Answer) -> None:
        behind = 0
        async for event in httpx2.EventSource(response):
            if event.data.strip() == "[DONE]":
                # A choice that was begun and not ended by name ends here.
                for number in answer.seen:
                    answer.choices[number].finish = answer.choices[number].finish or "stop"
                return
            if event.data:
                answer.take(self._json(event.data.encode()))
            # The last event may carry the usage; a server that is cut off for talking on has none to give.
            behind += answer.done
            if answer.done and (
                answer.completion_tokens or behind > _MOST_BEHIND or any(choice.cut for choice in answer.choices)
            ):
                return
        if not answer.done:
            raise TroubleError("the answer breaks off")

    def _guarded(self) -> _Guard:
        return _Guard(self._patience, self._scrub)

    async def _read(self, response: httpx2.Response, limit: int) -> bytes:
        data = b""
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > limit:
                raise TroubleError(f"the answer has more than {limit:,} bytes")
        return data

    def _json(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as error:
            shown = data[:120].decode("utf-8", "replace")
            raise MalformedError(f"the answer is no JSON: {shown!r}") from error

    def _refuse(self, response: httpx2.Response, data: bytes, body: dict[str, Any], asked_for: str) -> None:
        """Raise what a status other than 200 means."""
        status = response.status_code
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            message = data.decode("utf-8", "replace").strip() or response.reason_phrase
        said = self._scrub(error_text(message))[:500]
        rest = wanted_rest_s(response.headers, refused=True)
        if status in _AGAIN and not (status == 500 and _CONTEXT.search(said)):
            if rest is not None and rest > self._patience.longest_wait_s:
                raise ModelError(
                    f"{self._server} wants to be left alone for {rest:,.0f} s ({status}: {said}); try again later"
                )
            if rest is not None:
                self._gate.close_for(rest)
            raise TroubleError(f"{status}: {said}")
        if status in {401, 403}:
            raise ModelError(
                f"{self._server} refuses the key ({status}: {said}). Set OPENAI_API_KEY (sent over https and to this "
                "machine) or CODESIEVE_API_KEY (sent wherever --model says)."
            )
        if asked_for and status in {400, 413, 422, 500} and _CONTEXT.search(said):
            raise UsageError(_too_long(message, said, asked_for, body))
        if body and status in {400, 404, 422, 500, 501} and (name := _blamed(message, said, body)):
            raise UnknownFieldError(name, said)
        raise ModelError(f"{self._server} refuses the request for {asked_for or 'its models'} ({status}: {said})")


class _Guard:
    """Turns what the network does into `TroubleError`, within the time of one request."""

    def __init__(self, patience: Patience, scrub: Callable[[str], str]) -> None:
        self._patience, self._scrub = patience, scrub
        self._clock = asyncio.timeout(patience.request_s)

    async def __aenter__(self) -> None:
        await self._clock.__aenter__()

    async def __aexit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        try:
            await self._clock.__aexit__(kind, error, trace)
        except TimeoutError:
            raise TroubleError(f"no whole answer within {self._patience.request_s:g} s") from error
        match error:
            case httpx2.TimeoutException():
                raise TroubleError(f"no answer for {self._patience.silence_s:g} s") from error
            case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
                raise UsageError(f"the server's address cannot be used: {error}") from error
            case httpx2.HTTPError() | httpx2.StreamError() | OSError():
                raise TroubleError(self._scrub(str(error)) or type(error).__name__) from error
            case MalformedError() | UnicodeError():
                raise TroubleError(self._scrub(str(error))) from error


def _blamed(message: object, said: str, body: dict[str, Any]) -> str | None:
    """The field of the request that a refusal is about."""
    error = message.get("error", message) if isinstance(message, dict) else {}
    param = error.get("param") if isinstance(error, dict) else None
    sent = [name for name in _OPTIONAL if name in body]
    if isinstance(param, str) and param.partition(".")[0] in sent:
        return param.partition(".")[0]
    for name in sent:
        if re.search(_ALIASES.get(name, rf"\b{name}\b"), said):
            return name
    return None


def _too_long(message: object, said: str, asked_for: str, body: dict[str, Any]) -> str:
    error = message.get("error", {}) if isinstance(message, dict) else {}
    error = error if isinstance(error, dict) else {}
    length, room = error.get("n_prompt_tokens"), error.get("n_ctx")
    if isinstance(length, int) and isinstance(room, int):
        return (
            f"the prompt of problem {asked_for} is {length:,} tokens long; {body.get('model')} takes {room:,} with its "
            "answer. Shorten the statement or take another model."
        )
    chars = sum(len(part["content"]) for part in body["messages"]) if "messages" in body else len(body["prompt"])
    return (
        f"the prompt of problem {asked_for} is {chars:,} characters long, too many for {body.get('model')}: {said}. "
        "Shorten the statement or take another model."
    )
