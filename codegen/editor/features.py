"""What the language server answers to, registered on a `SieveServer`."""

from __future__ import annotations

from typing import Any

from lsprotocol import types
from pygls.workspace import TextDocument

from codegen.editor.engines import Engines
from codegen.editor.functions import Function, functions_in
from codegen.editor.options import Options
from codegen.editor.server import SYNTHESIZE, SieveServer, client_range, named, present, spawn
from codegen.editor.synthesis import Alternative, Found
from codegen.errors import CodesieveError
from problems.errors import ProblemError
from sandbox.errors import SandboxError

_KIND = types.CodeActionKind.RefactorRewrite


def build(engines: Engines, options: Options) -> SieveServer:
    """A server for one connection."""
    server = SieveServer(engines, options)
    _documents(server)
    _actions(server)
    _settings(server)
    return server


def _documents(server: SieveServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.check(params.text_document.uri, run=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.check(params.text_document.uri, run=False)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.check(params.text_document.uri, run=True)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)
        server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=params.text_document.uri, diagnostics=[])
        )


def _actions(server: SieveServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[_KIND]))
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        if only and not any(str(getattr(each, "value", each)) in ("", "refactor", _KIND.value) for each in only):
            return []
        document = server.workspace.get_text_document(params.text_document.uri)
        offered: list[types.CodeAction] = []
        for function in functions_in(document.source) or ():
            if function.first <= params.range.end.line and params.range.start.line <= function.last:
                offered += await _offered(server, document, function)
        return offered

    @server.command(SYNTHESIZE)
    async def synthesize(uri: str, name: str) -> dict[str, Any]:
        """Find a body for a function of a document and put it there; what was found, as an object."""
        try:
            _, found = await server.synthesize(uri, name)
        except (CodesieveError, ProblemError, SandboxError) as error:
            server.tell(f"codesieve: {error}", types.MessageType.Error)
            return {"applied": False, "message": str(error), "alternatives": []}
        applied, message = await _apply(server, uri, name, found)
        return {
            "applied": applied,
            "message": message,
            "alternatives": [
                {"body": each.body.text, "samples": each.samples, "difference": each.difference}
                for each in found.alternatives
            ],
        }

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)
    async def complete(params: types.InlineCompletionParams) -> list[types.InlineCompletionItem]:
        document = server.workspace.get_text_document(params.text_document.uri)
        function = _at(document, params.position.line)
        if function is None:
            return []
        found = server.found(document, function)
        if found is None and params.context.trigger_kind is types.InlineCompletionTriggerKind.Invoked:
            if await server.problem(document, function) is None:
                return []
            version = document.version
            _, found = await server.synthesize(document.uri, function.name)
            if server.workspace.get_text_document(document.uri).version != version:
                return []
        return [_item(document, function, each) for each in found.alternatives] if found is not None else []


def _settings(server: SieveServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.change_options(params.initialization_options)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:  # noqa: ARG001 (the protocol's form)
        spawn(server.pull_options)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict) and "codesieve" in params.settings:
            server.change_options(params.settings)
        else:
            spawn(server.pull_options)

    @server.feature(types.SHUTDOWN)
    def shutdown(_: None) -> None:
        server.cancel_all()


async def _offered(server: SieveServer, document: TextDocument, function: Function) -> list[types.CodeAction]:
    offered = []
    if function.waits and await server.problem(document, function) is not None:
        title = f"Synthesize and verify {function.name}"
        command = types.Command(title=title, command=SYNTHESIZE, arguments=[document.uri, function.name])
        offered.append(types.CodeAction(title=title, kind=_KIND, command=command))
    found = server.found(document, function)
    for number, each in enumerate(found.alternatives if found is not None else (), 1):
        if not function.waits and _stands(document, function, each):
            continue
        title = f"{function.name}: {_title(number, each)}"
        offered.append(types.CodeAction(title=title, kind=_KIND, edit=server.edit(document, function, each.body)))
    return offered


def _title(number: int, alternative: Alternative) -> str:
    samples = f"{alternative.samples} sample{'s' if alternative.samples != 1 else ''}"
    if number == 1:
        return f"the best verified body ({samples})"
    return f"alternative {number} {alternative.difference} ({samples})".replace("  ", " ")


def _stands(document: TextDocument, function: Function, alternative: Alternative) -> bool:
    return present(document, function) == alternative.body.indented(function.indent).strip()


async def _apply(server: SieveServer, uri: str, name: str, found: Found) -> tuple[bool, str]:
    """Put the best body into the document as it is now, if the function still waits for one."""
    if not found.alternatives:
        server.tell(f"codesieve: {found.summary}", types.MessageType.Warning)
        return False, found.summary
    document = server.workspace.get_text_document(uri)
    function = named(document, name)
    if function is None or not function.waits:
        message = f"{name} was changed meanwhile; nothing was inserted"
        server.tell(f"codesieve: {message}", types.MessageType.Warning)
        return False, message
    edit = server.edit(document, function, found.alternatives[0].body)
    params = types.ApplyWorkspaceEditParams(edit=edit, label=f"Body of {name}")
    answer = await server.workspace_apply_edit_async(params)
    return bool(answer.applied), found.summary if answer.applied else answer.failure_reason or "not applied"


def _at(document: TextDocument, line: int) -> Function | None:
    """The function that waits for a body around a line, or just above it."""
    for function in functions_in(document.source) or ():
        if function.waits and function.header <= line <= function.last + 1:
            return function
    return None


def _item(document: TextDocument, function: Function, alternative: Alternative) -> types.InlineCompletionItem:
    text = alternative.body.indented(function.indent)
    if function.start == function.end:
        text = f"\n{function.indent}{text}"
    return types.InlineCompletionItem(insert_text=text, range=client_range(document, function.start, function.end))
