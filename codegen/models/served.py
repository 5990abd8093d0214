"""Models behind an OpenAI-compatible server: llama.cpp, vLLM, Ollama, a hosted service.

Prompts that differ in their seeds alone are samples of one request where the server takes `n`; requests run side by
side. Whatever goes wrong on the way costs time, not samples: what was finished is kept and the rest is asked for again.
A server repeats itself for equal seeds as well as it can, which is not always.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from codegen.errors import ModelError, UsageError
from codegen.models.background import in_background
from codegen.models.base import Completion, SamplingParams
from codegen.models.patience import Gate, Patience
from codegen.models.wire import PATHS, Answer, Choice, Endpoint, body, group_key, stops
from codegen.prompts import Prompt

if TYPE_CHECKING:
    from codegen.models.exchange import Exchange

DEFAULT_SERVER = "https://api.openai.com/v1"
DEFAULT_BATCH_SIZE = 32
_PARALLEL = 8
_MOST_CHOICES = 16

Numbered = tuple[int, Prompt]
"""A prompt with its place in the call."""

Work = Callable[["Exchange", Callable[[Completion], None]], Awaitable[None]]
"""What is done over a connection; it gives away what comes of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a server was asked for and says that it used, since the model was made."""

    requests: int = 0
    failures: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


class ServedModel:
    """A model behind a server.

    Args:
        server: Address up to and with `/v1`.
        model: What the server calls it; "" takes the one that it serves, if there is no other.
        name: What reports call it.
        endpoint: "chat", or "completions" for models that only continue a text.
        parallel: Requests under way at a time.
        note: Takes lines for a person.
    """

    def __init__(
        self,
        server: str,
        *,
        model: str = "",
        name: str = "",
        endpoint: Endpoint = "chat",
        batch_size: int | None = None,
        parallel: int = _PARALLEL,
        patience: Patience | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        address = urlsplit(server)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise UsageError(f"the server {server!r} is no address; give one like http://127.0.0.1:8080/v1")
        if address.username or address.password or address.query:
            raise UsageError(
                f"the address of {address.hostname} holds a name, a password or a query, which would be stored with "
                "the run. Put the key into CODESIEVE_API_KEY instead."
            )
        if batch_size is not None and batch_size < 1:
            raise UsageError(f"batch size {batch_size}: at least 1")
        self._server = server.rstrip("/")
        self._model = model
        self._name = name or f"openai:{server}" + (f"#{model}" if model else "")
        self._endpoint: Endpoint = endpoint
        self._batch_size = batch_size or DEFAULT_BATCH_SIZE
        self._parallel = parallel
        self._patience = patience or Patience()
        self._note = note or _to_stderr
        self._ready = False
        self._without: frozenset[str] = frozenset()
        self._most_choices = _MOST_CHOICES
        self.usage = Usage()

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    def available(self, problem_id: str) -> int | None:  # noqa: ARG002 (any problem will do)
        return None

    def load(self) -> None:
        """Ask the server for its models. Idempotent.

        Raises:
            ModelError: It does not answer, refuses the key, or has no such model.
        """
        if not self._ready:
            for _ in self._work(self._look, lambda: False):
                pass

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """See `Model.generate`.

        Raises:
            UsageError: A prompt is too long for the model.
        """
        if not prompts or cancelled():
            return
        self.load()
        groups: dict[tuple[object, ...], list[Numbered]] = {}
        for index, prompt in enumerate(prompts):
            groups.setdefault(group_key(prompt, self._endpoint), []).append((index, prompt))

        async def work(exchange: Exchange, give: Callable[[Completion], None]) -> None:
            await _Call(self, exchange, params, give).run(list(groups.values()))

        yield from self._work(work, cancelled)

    def close(self) -> None:
        """Say what was used. Idempotent."""
        used, self.usage = self.usage, Usage()
        self._ready = False
        if used.requests:
            self._note(
                f"{self._name}: {used.requests:,} requests ({used.failures:,} failed), {used.prompt_tokens:,} prompt "
                f"tokens, {used.completion_tokens:,} completion tokens"
            )

    async def _look(self, exchange: Exchange, _: Callable[[Completion], None]) -> None:
        from codegen.models.exchange import TroubleError

        failures = 0
        while True:
            try:
                found = await exchange.models()
                break
            except TroubleError as error:
                failures += 1
                await self._pause(failures, "asked for its models", error)
        if not self._model:
            if not found or len(found) > 1:
                there = f"has {len(found)} models ({', '.join(found[:8])})" if found else "does not tell its models"
                raise ModelError(f"{self._server} {there}; name one: openai:{self._server}#NAME")
            self._model = found[0]
        self._ready = True

    async def _pause(self, failures: int, what: str, error: Exception) -> None:
        """After so many failures in a row; ModelError when that is enough."""
        self._count(failures=1)
        if failures >= self._patience.attempts:
            raise ModelError(
                f"{self._server} failed {failures} times in a row when {what}; at last: {error}"
            ) from error
        await asyncio.sleep(self._patience.pause_s(failures))

    def _count(
        self, *, requests: int = 0, failures: int = 0, prompt_tokens: int = 0, completion_tokens: int = 0
    ) -> None:
        used = self.usage
        self.usage = replace(
            used,
            requests=used.requests + requests,
            failures=used.failures + failures,
            prompt_tokens=used.prompt_tokens + prompt_tokens,
            completion_tokens=used.completion_tokens + completion_tokens,
        )

    def _leave_out(self, name: str, said: str) -> None:
        if name not in self._without:
            self._without |= {name}
            self._note(f"{self._name} takes no {name} ({said}); asked without it from now on")

    def _take_fewer(self, asked_for: int, said: str) -> None:
        """Of the samples in one request, after so many were too many."""
        if asked_for <= self._most_choices:
            self._most_choices = max(1, asked_for // 2)
            self._note(
                f"{self._name} does not give {asked_for} samples at a time ({said}); asked for {self._most_choices}"
            )

    def _work(self, work: Work, cancelled: Callable[[], bool]) -> Iterator[Completion]:
        return in_background(lambda give: self._connected(work, give), cancelled)

    async def _connected(self, work: Work, give: Callable[[Completion], None]) -> None:
        import httpx2

        from codegen.models.exchange import Exchange

        patience = self._patience
        key = _key(self._server)
        if not (key.isascii() and key.isprintable()):
            raise UsageError(
                "the key in OPENAI_API_KEY or CODESIEVE_API_KEY holds characters that no key has; set it anew"
            )
        try:
            made = httpx2.AsyncClient(
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=httpx2.Timeout(patience.silence_s, connect=patience.connect_s, pool=None),
                limits=httpx2.Limits(max_connections=self._parallel),
                follow_redirects=False,
            )
        except (ImportError, ValueError, httpx2.InvalidURL) as error:  # a proxy in the environment that it cannot use
            raise ModelError(f"no connection to {self._server} can be made: {error}") from error
        async with made as client:
            exchange = Exchange(
                client,
                server=self._server,
                patience=patience,
                gate=Gate(),
                scrub=lambda said: said.replace(key, "[key]") if key else said,
            )
            await work(exchange, give)


class _Call:
    """One call to `generate`: its groups side by side, each until all of its samples are there."""

    def __init__(
        self, model: ServedModel, exchange: Exchange, params: SamplingParams, give: Callable[[Completion], None]
    ) -> None:
        self._model, self._exchange, self._params, self._give = model, exchange, params, give
        self._turns = asyncio.Semaphore(model._parallel)
        self._error: Exception | None = None

    async def run(self, groups: Sequence[Sequence[Numbered]]) -> None:
        """All groups. One that fails for good lets those under way end and starts no other."""
        await asyncio.gather(*(self._group(group) for group in groups))
        if self._error is not None:
            raise self._error

    async def _group(self, group: Sequence[Numbered]) -> None:
        async with self._turns:
            if self._error is not None:
                return
            pending = self._cut(group)
            if len(pending) == 1:
                try:
                    pending = await self._whole(list(group))
                except (ModelError, UsageError) as error:
                    self._error = self._error or error
                    return
        await asyncio.gather(*(self._group(one) for one in pending))

    def _cut(self, group: Sequence[Numbered]) -> list[Sequence[Numbered]]:
        most = self._model._most_choices
        return [group[place : place + most] for place in range(0, len(group), most)]

    async def _whole(self, group: list[Numbered]) -> list[Sequence[Numbered]]:
        """Ask until all of the group are there; what is to be asked for in smaller groups instead."""
        from codegen.models.exchange import TroubleError, UnknownFieldError

        model, failures = self._model, 0
        while group:
            trouble: Exception | None = None
            try:
                answer = await self._ask(group)
            except UnknownFieldError as error:
                if error.name != "n":
                    model._leave_out(error.name, str(error))
                    continue
                model._take_fewer(len(group), str(error))
                return self._cut(group)
            except _PartlyError as error:
                answer, trouble = error.answer, error.trouble
            left = self._hand_out(group, answer)
            if len(left) < len(group):
                failures = 0
            if left and trouble is None:
                if len(group) > 1:
                    model._take_fewer(len(group), f"{len(group) - len(left)} came")
                    return self._cut(left)
                trouble = TroubleError("an answer without a choice")
            group = left
            if group and trouble is not None:
                failures += 1
                await model._pause(failures, f"asked for {group[0][1].problem_id}", trouble)
        return []

    async def _ask(self, group: Sequence[Numbered]) -> Answer:
        from codegen.models.exchange import TroubleError

        model, params = self._model, self._params
        prompts = [prompt for _, prompt in group]
        wanted = body(prompts, params, model=model._model, endpoint=model._endpoint, without=model._without)
        stop = stops(prompts[0], model._endpoint)
        answer = Answer([Choice(stop=stop, max_tokens=params.max_tokens) for _ in prompts])
        model._count(requests=1)
        try:
            await self._exchange.ask(PATHS[model._endpoint], wanted, answer, asked_for=prompts[0].problem_id)
        except TroubleError as trouble:
            raise _PartlyError(answer, trouble) from trouble
        finally:
            model._count(prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens)
        return answer

    def _hand_out(self, group: Sequence[Numbered], answer: Answer) -> list[Numbered]:
        """Give the finished choices out; what is left."""
        left: list[Numbered] = []
        alone = len(group) == 1
        for (index, prompt), choice in zip(group, answer.choices, strict=True):
            if choice.finish is None:
                left.append((index, prompt))
                continue
            counted = answer.completion_tokens if alone else 0
            self._give(
                Completion(
                    index=index,
                    text=choice.text,
                    form="answer" if self._model._endpoint == "chat" else "plain",
                    finish_reason=choice.finish,
                    token_count=min(counted or choice.tokens, self._params.max_tokens),
                    logprob=choice.logprob,
                )
            )
        return left


class _PartlyError(Exception):
    """A request failed; some of its choices may be there."""

    def __init__(self, answer: Answer, trouble: Exception) -> None:
        super().__init__(str(trouble))
        self.answer, self.trouble = answer, trouble


def served(spec: str, *, endpoint: Endpoint, name: str, batch_size: int | None = None) -> ServedModel:
    """The model of what stands behind `openai:`: MODEL, ADDRESS or ADDRESS#MODEL. Without an address it is that of
    OPENAI_BASE_URL, else OpenAI's own.

    Raises:
        UsageError: The address is none.
    """
    if "://" in spec:
        server, _, model = spec.partition("#")
    else:
        server, model = os.environ.get("OPENAI_BASE_URL", "").strip() or DEFAULT_SERVER, spec
    return ServedModel(server, model=model, name=name, endpoint=endpoint, batch_size=batch_size)


def _key(server: str) -> str:
    """Read when a request is made, from the environment alone, and never where it could be overheard unasked."""
    if key := os.environ.get("CODESIEVE_API_KEY", "").strip():
        return key
    address = urlsplit(server)
    if address.scheme == "https" or address.hostname in {"localhost", "127.0.0.1", "::1"}:
        return os.environ.get("OPENAI_API_KEY", "").strip()
    return ""


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr)
