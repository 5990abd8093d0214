"""The runs of all clients over one warm model and one sandbox: a queue, a few workers, an archive."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from codegen import events
from codegen.config import Settings
from codegen.engine import Engine
from codegen.errors import CancelledError, CodesieveError, RunFileError
from codegen.runs import RunFile
from codegen.service.archive import Archive
from codegen.service.clients import Clients
from codegen.service.journal import Journal
from codegen.service.limits import ServiceLimits
from codegen.service.refusals import Refusal
from codegen.service.requests import SolveRequest
from codegen.service.result import result_of
from codegen.service.run import Run, State, as_text, moment
from codegen.shown import shown_input
from problems.errors import ProblemError
from problems.problem import Problem
from sandbox.errors import SandboxError

_log = logging.getLogger(__name__)


class Service:
    """Takes requests from any thread; `close` ends all work, and what was under way can go on later.

    Args:
        engine: Warm for all runs; stays the caller's to close.
        folder: Where run files go, a folder a client.

    Raises:
        RunFileError: See `Archive`.
    """

    def __init__(self, engine: Engine, *, folder: Path, clients: Clients, limits: ServiceLimits | None = None) -> None:
        self.clients, self.limits = clients, limits or ServiceLimits()
        self.settings: Settings = engine.settings
        self.model_name = engine.model_name
        self.readiness = "loading"
        """Of model and sandbox: "loading", "ready", or what stands in the way."""
        self._engine = engine
        self._archive = Archive(folder)
        self._runs: dict[str, Run] = {}
        """Those that are queued or under way, in the order in which they came."""
        self._changed = threading.Condition()
        self._closing = False
        self._last_client = ""
        self._workers = [
            threading.Thread(target=self._work, name=f"codesieve-worker-{number}", daemon=True)
            for number in range(self.limits.at_once)
        ]
        self._warming = threading.Thread(target=self._warm_up, name="codesieve-warm-up", daemon=True)

    @property
    def folder(self) -> Path:
        """Where the run files are."""
        return self._archive.folder

    def start(self) -> None:
        """Begin to work, and to load the model."""
        for thread in (*self._workers, self._warming):
            thread.start()

    def stop(self) -> None:
        """End the runs under way and let go who follows them, without waiting for either. Idempotent."""
        with self._changed:
            self._closing = True
            runs = tuple(self._runs.values())
            self._changed.notify_all()
        for run in runs:
            run.cancel()
            run.release()
        self._engine.cancel()

    def close(self) -> None:
        """`stop`, and wait until nothing is done any more. The engine is the caller's to close."""
        self.stop()
        for thread in self._workers:
            if thread.is_alive():
                thread.join()
        for run in self._runs.values():
            if (file := run.take_file()) is not None:
                file.close()
        self._archive.close()

    # -- what clients ask --------------------------------------------------------------------------------------

    def submit(self, client: str, asked: SolveRequest) -> Run:
        """Queue a new run.

        Raises:
            Refusal: This client has enough waiting.
            CodesieveError: No model, no room for the file.
        """
        self._refuse_more(client)
        request = {
            "client": client,
            "created": moment(),
            "title": asked.title,
            "problem_id": asked.problem.id,
            "statement": asked.problem.statement,
            "samples": asked.samples,
            "ask": asked.ask,
            "seconds": asked.seconds,
        }
        with self._translated():
            run = self._archive.new(client, request, asked.problem, lambda path: self._open(path, asked.samples))
        self._enqueue(run)
        return run

    def resume(self, client: str, run_id: str) -> Run:
        """Queue a run again that was cancelled, interrupted, or failed."""
        run = self.find(client, run_id)
        if not run.state.ended or run.state is State.DONE:
            remedy = "wait for it" if not run.state.ended else "start a new run"
            raise Refusal(409, "run", run_id, f"it is {run.state}, so it cannot go on", remedy)
        self._refuse_more(client)
        run.state, run.error = State.QUEUED, None
        self._enqueue(run)
        return run

    def cancel(self, client: str, run_id: str) -> Run:
        """Ask a run to end; it does so within a second. One that has ended stays as it is."""
        run = self.find(client, run_id)
        with self._changed:
            waiting = run.state is State.QUEUED and self._runs.get(run.id) is run
            if waiting:
                run.state = State.CANCELLED  # no worker takes it up
        run.cancel()
        if waiting:
            self._end(run, State.CANCELLED)
        return run

    def find(self, client: str, run_id: str) -> Run:
        """One of the client's runs. Raises Refusal for any other, whether there is one or not."""
        with self._changed:
            run = self._runs.get(run_id)
        if run is not None and run.client == client:
            return run
        with self._translated():
            stored = self._archive.read(client, run_id)
        if stored is None:
            raise Refusal(404, "run", run_id, "not one of yours", "GET /api/runs lists them")
        return stored

    def result(self, client: str, run_id: str) -> Any:
        """Of a run that is done; None before."""
        with self._translated():
            return self._archive.result(client, run_id)

    def history(self, client: str) -> list[dict[str, Any]]:
        """The client's runs, the newest first."""
        with self._changed:
            live = {run.id: run.summary() for run in self._runs.values() if run.client == client}
        stored = self._archive.summaries(client, self.limits.history)
        return [live.get(line["id"], line) for line in stored]

    def remove(self, client: str, run_id: str) -> None:
        """Remove a run and its file."""
        run = self.find(client, run_id)
        if not run.state.ended:
            raise Refusal(409, "run", run_id, f"it is {run.state}", "cancel it first")
        self._archive.remove(client, run_id)

    def place(self, run: Run) -> int:
        """How many runs will be taken up before this one, roughly."""
        with self._changed:
            waiting = [each.id for each in self._runs.values() if each.state is State.QUEUED]
        return waiting.index(run.id) if run.id in waiting else 0

    # -- workers -----------------------------------------------------------------------------------------------

    def _refuse_more(self, client: str) -> None:
        most = self.limits.waiting
        with self._changed:
            waiting = sum(each.client == client and each.state is State.QUEUED for each in self._runs.values())
            closing = self._closing
        if closing:
            raise Refusal(503, "service", None, "it is ending", "start it again", headers={"Retry-After": "5"})
        if waiting >= most:
            remedy = "wait for one to end, or cancel one"
            raise Refusal(
                429, "queue", waiting, f"{most} of your runs wait already", remedy, headers={"Retry-After": "10"}
            )

    def _enqueue(self, run: Run) -> None:
        with self._changed:
            if run.id in self._runs:
                raise Refusal(409, "run", run.id, "it goes on already", "follow its events")
            self._runs[run.id] = run
            self._changed.notify()

    def _work(self) -> None:
        while (run := self._next()) is not None:
            try:
                self._perform(run)
            except Exception:  # noqa: BLE001 (the run ends, the service does not)
                _log.exception("run %s: a defect", run.id)
                self._end(run, State.FAILED, Refusal(500, "run", run.id, "a defect of codesieve", "see its log"))

    def _next(self) -> Run | None:
        """The next run, another client's than the last one's where there is one; None when the service ends."""
        with self._changed:
            while True:
                if self._closing:
                    return None
                waiting = [each for each in self._runs.values() if each.state is State.QUEUED]
                if waiting:
                    run = next((each for each in waiting if each.client != self._last_client), waiting[0])
                    run.state, self._last_client = State.RUNNING, run.client
                    return run
                self._changed.wait()

    def _perform(self, run: Run) -> None:
        try:
            with run.take_file() or self._open(run.path, run.request["samples"]) as file:
                (problem,) = file.problems()
                journal = Journal(file)
                run.keep_with(journal.add_event)
                try:
                    run.enter(State.RUNNING)
                    self._stream(run, file, problem, journal)
                finally:
                    run.stop = None
                    run.keep_with(None)
        except CancelledError:
            self._end(run, State.INTERRUPTED if self._closing else State.CANCELLED)
        except (CodesieveError, ProblemError, SandboxError) as error:
            interrupted = self._closing and run.cancelled.is_set()
            self._end(run, State.INTERRUPTED if interrupted else State.FAILED, refusal_of(error))
        else:
            self._end(run, State.DONE)

    def _stream(self, run: Run, file: RunFile, problem: Problem, journal: Journal) -> None:
        request = run.request
        stream = self._engine.stream(
            problem, run=file, samples=request["samples"], time_s=request["seconds"], ask=request["ask"]
        )
        run.stop = stream.cancel
        with stream:
            for event in stream:
                if run.cancelled.is_set():  # perhaps before there was something to stop
                    raise CancelledError(f"{run.id}: cancelled")
                if isinstance(event, events.QuestionAsked):
                    self._ask(run, event, problem)
                    continue
                if isinstance(event, events.Done):
                    run.funnel = asdict(event.report.funnel)
                    journal.set("funnel", run.funnel)
                    journal.set("result", result_of(file, problem, event.report))
                run.publish(event.to_json())

    def _ask(self, run: Run, question: events.QuestionAsked, problem: Problem) -> None:
        run.publish(question.to_json() | {"shown": shown_input(question.input, problem)})
        reply = run.wait_for_reply(question, self.limits.question_s)
        if run.cancelled.is_set():
            raise CancelledError(f"{run.id}: cancelled")
        run.publish({"event": "question_answered", "number": question.number, "choice": reply})
        match reply:
            case "neither":
                question.neither()
            case "invalid":
                question.invalid()
            case int():
                question.answer(reply)

    def _end(self, run: Run, state: State, refusal: Refusal | None = None) -> None:
        """Store how it ended, forget it, and say so, in this order: who is told finds it as it is now."""
        if (file := run.take_file()) is not None:
            file.close()
        run.error = refusal.to_json()["error"] if refusal else None
        event = run.state_event(state)
        # Where its file cannot be written, those who follow are told all the same.
        with suppress(CodesieveError), RunFile.open_existing(run.path, write=True) as file:
            journal = Journal(file)
            journal.set("state", state.value)
            journal.set("error", run.error)
            journal.add_event(len(run.events) + 1, as_text(event))
        with self._changed:
            self._runs.pop(run.id, None)
        run.enter(state)

    def _open(self, path: Path, samples: int) -> RunFile:
        return self._engine.open_run(path, samples=samples)

    def _warm_up(self) -> None:
        try:
            self._engine.warm_up()
            self.readiness = "ready"
        except Exception as error:  # noqa: BLE001 (told to who asks; the first run raises it again)
            self.readiness = str(error)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (CodesieveError, ProblemError, SandboxError) as error:
            raise refusal_of(error) from error


def refusal_of(error: Exception) -> Refusal:
    """The answer for an error of the engine's: its message names thing, value and remedy already."""
    status = {RunFileError: 507, ProblemError: 422}.get(type(error), 503)
    message, _, remedy = str(error).partition("; ")
    return Refusal(status, type(error).__name__, None, message, remedy or "see `codesieve doctor`")
