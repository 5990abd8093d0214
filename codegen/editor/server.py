"""The language server: what an editor asks, answered by the engine. One object a connection, one engine for all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcRequestCancelled
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.workspace import TextDocument
from pygls.workspace.position_codec import ServerTextPosition, ServerTextRange

from codegen.editor.asking import problem_of, program_of
from codegen.editor.bodies import Body, Change, changes
from codegen.editor.checks import Finding, contradicting, failing
from codegen.editor.engines import Engines
from codegen.editor.functions import Function, functions_in
from codegen.editor.options import Options
from codegen.editor.synthesis import Found, synthesize
from codegen.errors import CancelledError, CodesieveError, UsageError
from codegen.filtering import filters
from codegen.stream import Stream
from codegen.version import __version__
from problems.errors import ProblemError
from problems.problem import Problem
from sandbox.errors import SandboxError

SYNTHESIZE = "codesieve.synthesize"
_REPORT_S = 0.2
"""Between two reports of progress."""
_FAULTS = (CodesieveError, ProblemError, SandboxError)
log = logging.getLogger(__name__)


class Protocol(LanguageServerProtocol):
    """Cancelling a request ends the work that it began."""

    def _handle_cancel_notification(self, msg_id: str | int) -> None:
        server = self._server
        assert isinstance(server, SieveServer)
        server.cancel_run(msg_id)
        super()._handle_cancel_notification(msg_id)


@dataclass(slots=True)
class _Run:
    """A synthesis under way."""

    request: str | int | None
    stream: Stream


@dataclass(slots=True)
class _Known:
    """What is known of a document: bodies by function, and findings by the text of the function they are about."""

    found: dict[str, tuple[str, Found]] = field(default_factory=dict)
    findings: dict[str, tuple[str, list[Finding]]] = field(default_factory=dict)
    checking: asyncio.Task[None] | None = None


class SieveServer(LanguageServer):
    """Features are registered in `build`; this holds what they share."""

    def __init__(self, engines: Engines, options: Options) -> None:
        super().__init__("codesieve", __version__, protocol_cls=Protocol)
        self.engines, self.options = engines, options
        engines.use(options)
        self._runs: dict[str, _Run] = {}
        self._known: dict[str, _Known] = {}

    # -- documents ---------------------------------------------------------------------------------------------------

    def known(self, uri: str) -> _Known:
        return self._known.setdefault(uri, _Known())

    def forget(self, uri: str) -> None:
        known = self._known.pop(uri, None)
        if known is not None and known.checking is not None:
            known.checking.cancel()

    async def problem(self, document: TextDocument, function: Function) -> Problem | None:
        """What is to be asked for a function; None when it cannot be, or when nothing would judge it."""
        if not function.askable:
            return None
        path = uris.to_fs_path(document.uri)
        root = self.workspace.root_path
        try:
            problem = await asyncio.to_thread(
                problem_of,
                document.source,
                function,
                Path(path) if path else None,
                Path(root) if root else None,
                tests=self.options.tests,
            )
        except ProblemError:
            return None
        return problem if filters(problem) else None

    def edit(self, document: TextDocument, function: Function, body: Body) -> types.WorkspaceEdit:
        """The edit that gives a function a body: of this version of the document, where the client tells versions."""
        edits = [_text_edit(document, each) for each in changes(body, document.source, function)]
        workspace = self.client_capabilities.workspace
        able = workspace.workspace_edit if workspace is not None else None
        if able is not None and able.document_changes:
            versioned = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
            return types.WorkspaceEdit(
                document_changes=[types.TextDocumentEdit(text_document=versioned, edits=list(edits))]
            )
        return types.WorkspaceEdit(changes={document.uri: edits})

    # -- runs ----------------------------------------------------------------------------------------------------

    def cancel_run(self, request: str | int) -> None:
        for run in self._runs.values():
            if run.request == request:
                run.stream.cancel()

    def cancel_all(self) -> None:
        """End what is under way: the client goes away."""
        for run in self._runs.values():
            run.stream.cancel()
        for known in self._known.values():
            if known.checking is not None:
                known.checking.cancel()

    async def synthesize(self, uri: str, name: str) -> tuple[TextDocument, Found]:
        """Draw, run and rank bodies for a function; progress goes to the client, which may cancel it.

        Raises:
            JsonRpcInvalidParams: There is no such function, or nothing that would judge it.
            JsonRpcRequestCancelled: The client cancelled it.
        """
        document = self.workspace.get_text_document(uri)
        function = named(document, name)
        if function is None:
            raise JsonRpcInvalidParams(f"{name}: no such function at the top level of {uri}")
        problem = await self.problem(document, function)
        if problem is None:
            raise JsonRpcInvalidParams(f"{name}: neither examples in its docstring nor tests in the workspace judge it")
        options = self.options
        stream = self.engines.get(options).stream(problem, samples=options.samples, time_s=options.time)
        token = f"codesieve-{uuid.uuid4()}"
        self._runs[token] = _Run(self.protocol.msg_id, stream)
        progress = _Progress(self, token, stream)
        ended = "failed"
        try:
            await progress.begin(f"Synthesize {name}")
            found = await synthesize(stream, problem, progress.report)
            ended = found.summary
        except CancelledError as error:
            ended = "cancelled"
            raise JsonRpcRequestCancelled(f"{name}: cancelled") from error
        finally:
            del self._runs[token]
            progress.end(ended)
        self.known(uri).found[name] = (_heading(document, function), found)
        return document, found

    def found(self, document: TextDocument, function: Function) -> Found | None:
        """What is known of a function, unless its heading has changed since, or its body is another one."""
        heading, found = self.known(document.uri).found.get(function.name, ("", None))
        if found is None or heading != _heading(document, function):
            return None
        standing = present(document, function)
        own = [each.body.indented(function.indent).strip() for each in found.alternatives]
        return found if function.waits or standing in own else None

    def leave(self) -> None:
        """The connection has ended."""
        self.cancel_all()
        self.engines.leave(self.options)

    # -- checks ----------------------------------------------------------------------------------------------------

    def check(self, uri: str, *, run: bool) -> None:
        """Publish what is wrong with a document; with `run`, run those of its functions that have changed."""
        known = self.known(uri)
        if known.checking is not None:
            known.checking.cancel()
        known.checking = asyncio.get_running_loop().create_task(self._check(uri, run=run and self.options.check))

    async def _check(self, uri: str, *, run: bool) -> None:
        document = self.workspace.get_text_document(uri)
        functions = functions_in(document.source)
        if functions is None:
            return
        self._publish(document, functions)
        if not run:
            return
        known = self.known(uri)
        for function in functions:
            if function.waits:
                continue
            problem = await self.problem(document, function)
            if problem is None:
                continue
            source = program_of(document.source, function)
            try:
                result = await self.engines.get(self.options).averify(source, problem)
            except CancelledError:
                return
            except _FAULTS as error:
                log.warning("%s: not checked: %s", function.name, error)
                return
            text = _lines(document, function.first, function.last)
            first = function.first
            findings = [_moved(each, -first) for each in failing(function, problem, result)]
            known.findings[function.name] = (text, findings)
        self._publish(document, functions)

    def _publish(self, document: TextDocument, functions: tuple[Function, ...]) -> None:
        findings: list[Finding] = []
        known = self.known(document.uri)
        for function in functions:
            findings += contradicting(function)
            text, found = known.findings.get(function.name, ("", []))
            if text == _lines(document, function.first, function.last):
                findings += [_moved(each, function.first) for each in found]
        diagnostics = [_diagnostic(document, each) for each in findings]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=document.uri, version=document.version, diagnostics=diagnostics)
        )

    # -- settings --------------------------------------------------------------------------------------------------

    def change_options(self, given: Any) -> None:
        """Take settings from the editor; what is wrong with them is told, and the old ones stay."""
        try:
            changed = self.options.changed(given)
        except UsageError as error:
            self.tell(f"codesieve: {error}", types.MessageType.Warning)
            return
        self.engines.use(changed)
        self.engines.leave(self.options)
        self.options = changed

    async def pull_options(self) -> None:
        """Ask the editor for its section "codesieve", where it can be asked."""
        workspace = self.client_capabilities.workspace
        if workspace is None or not workspace.configuration:
            return
        item = types.ConfigurationItem(section="codesieve")
        found = await self.workspace_configuration_async(types.ConfigurationParams(items=[item]))
        self.change_options(found[0] if found else None)

    def tell(self, message: str, kind: types.MessageType = types.MessageType.Info) -> None:
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))


class _Progress:
    """`$/progress` of one run, if the client shows any."""

    def __init__(self, server: SieveServer, token: str, stream: Stream) -> None:
        self._server, self._token, self._stream = server, token, stream
        self._last = 0.0
        window = server.client_capabilities.window
        self._shown = window is not None and bool(window.work_done_progress)

    async def begin(self, title: str) -> None:
        if not self._shown:
            return
        progress = self._server.work_done_progress
        await progress.create_async(self._token)
        progress.tokens[self._token].add_done_callback(self._ended)
        progress.begin(self._token, types.WorkDoneProgressBegin(title=title, cancellable=True, percentage=0))

    def report(self, message: str, percentage: int) -> None:
        if self._shown and time.monotonic() - self._last > _REPORT_S:
            self._last = time.monotonic()
            value = types.WorkDoneProgressReport(message=message, percentage=percentage, cancellable=True)
            self._server.work_done_progress.report(self._token, value)

    def end(self, message: str) -> None:
        if self._shown:
            self._server.work_done_progress.end(self._token, types.WorkDoneProgressEnd(message=message))
            self._server.work_done_progress.tokens.pop(self._token, None)

    def _ended(self, future: Any) -> None:
        """pygls cancels the token's future when the client cancels the progress."""
        if future.cancelled():
            self._stream.cancel()


def spawn(work: Callable[[], Awaitable[None]]) -> None:
    """Begin something whose end nobody waits for; what it fails at is logged."""

    async def guarded() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await work()
            except Exception:
                log.exception("failed")

    task = asyncio.get_running_loop().create_task(guarded())
    _TASKS.add(task)
    task.add_done_callback(_TASKS.discard)


_TASKS: set[asyncio.Task[None]] = set()


def named(document: TextDocument, name: str) -> Function | None:
    return next((each for each in functions_in(document.source) or () if each.name == name), None)


def _lines(document: TextDocument, first: int, last: int) -> str:
    return "".join(document.lines[first : last + 1])


def _heading(document: TextDocument, function: Function) -> str:
    """Everything of a function before its body."""
    line, column = function.start
    return (_lines(document, function.first, line - 1) + document.lines[line][:column]).strip()


def present(document: TextDocument, function: Function) -> str:
    """The body as it stands in the document, with the comments that lead to it."""
    (line, _), (last, column) = function.start, function.end
    while document.lines[line - 1].lstrip().startswith("#"):
        line -= 1
    return "".join([*document.lines[line:last], document.lines[last][:column]]).replace("\r\n", "\n").strip()


def _moved(finding: Finding, by: int) -> Finding:
    other = None if finding.other is None else finding.other + by
    return Finding(line=finding.line + by, kind=finding.kind, message=finding.message, other=other)


def _text_edit(document: TextDocument, change: Change) -> types.TextEdit:
    text = change.text.replace("\n", "\r\n") if "\r\n" in document.source else change.text
    return types.TextEdit(range=client_range(document, change.start, change.end), new_text=text)


def client_range(document: TextDocument, start: tuple[int, int], end: tuple[int, int]) -> types.Range:
    """A range in the units that the client counts in."""
    own = ServerTextRange(start=ServerTextPosition(*start), end=ServerTextPosition(*end))
    return document.range_to_client_units(own)


def _diagnostic(document: TextDocument, finding: Finding) -> types.Diagnostic:
    related = None
    if finding.other is not None:
        location = types.Location(uri=document.uri, range=_line(document, finding.other))
        related = [types.DiagnosticRelatedInformation(location=location, message="the other example")]
    severity = types.DiagnosticSeverity.Warning if finding.kind == "contradiction" else types.DiagnosticSeverity.Error
    return types.Diagnostic(
        range=_line(document, finding.line),
        message=finding.message,
        severity=severity,
        code=finding.kind,
        source="codesieve",
        related_information=related,
    )


def _line(document: TextDocument, line: int) -> types.Range:
    text = document.lines[line].rstrip()
    return client_range(document, (line, len(text) - len(text.lstrip())), (line, len(text)))
