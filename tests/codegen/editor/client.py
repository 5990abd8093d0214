"""A client for tests: pytest-lsp's, with documents whose edits it applies."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Union

import pytest_lsp
from lsprotocol import types
from pytest_lsp import LanguageClient

SERVER = Path(__file__).with_name("scripted_server.py")
ROOT = Path(__file__).parents[3]


def _client() -> LanguageClient:
    """pytest-lsp's client, which takes an action with a command for what it is.

    lsprotocol 2025.0 takes every object with a key "command" for a bare command.
    """
    client = pytest_lsp.make_test_lsp_client()
    converter = client.protocol._converter

    def action(data: Any, _: object) -> types.Command | types.CodeAction:
        bare = isinstance(data.get("command"), str)
        return converter.structure(data, types.Command if bare else types.CodeAction)

    converter.register_structure_hook(Union[types.Command, types.CodeAction], action)  # noqa: UP007 (the key that it uses)
    return client


class Editor:
    """What an editor does with a server: open, change and save documents, ask for actions, apply edits."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.texts: dict[str, str] = {}
        self._versions: dict[str, int] = {}

        @client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            self.apply(params.edit)
            return types.ApplyWorkspaceEditResult(applied=True)

    @classmethod
    async def start(
        cls, folder: Path, *command: str, load_s: float = 0.0, sample_s: float = 0.0, options: object = None
    ) -> Editor:
        """A server in a process of its own, and a session with it."""
        default = [sys.executable, str(SERVER), str(load_s), str(sample_s)]
        config = pytest_lsp.ClientServerConfig(
            server_command=list(command) or default,
            client_factory=_client,
            server_env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        client = await config.start()
        assert isinstance(client, LanguageClient)
        editor = cls(client, folder)
        capabilities = pytest_lsp.client_capabilities("neovim")
        await client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities,
                root_uri=folder.as_uri(),
                initialization_options=options,  # type: ignore[arg-type]
            )
        )
        return editor

    async def stop(self) -> None:
        server = self.client._server
        if server is not None and server.returncode is None:
            await self.client.shutdown_session()
        await self.client.stop()

    def open(self, name: str, text: str) -> str:
        """A document with this text; its URI."""
        path = self.folder / name
        path.write_text(text)
        uri = path.as_uri()
        self.texts[uri], self._versions[uri] = text, 1
        document = types.TextDocumentItem(uri=uri, language_id="python", version=1, text=text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=document))
        return uri

    def change(self, uri: str, text: str, *, save: bool = False) -> None:
        self.texts[uri] = text
        self._versions[uri] += 1
        identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=self._versions[uri])
        whole = types.TextDocumentContentChangeWholeDocument(text=text)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[whole])
        )
        if save:
            saved = types.DidSaveTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
            self.client.text_document_did_save(saved)

    async def actions(self, uri: str, line: int) -> list[types.CodeAction]:
        at = types.Range(start=types.Position(line, 0), end=types.Position(line, 0))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                range=at,
                context=types.CodeActionContext(diagnostics=[]),
            )
        )
        return [each for each in found or [] if isinstance(each, types.CodeAction)]

    async def run(self, action: types.CodeAction) -> dict[str, object]:
        """Run the command of an action; its result."""
        assert action.command is not None
        params = types.ExecuteCommandParams(command=action.command.command, arguments=action.command.arguments)
        result = await self.client.workspace_execute_command_async(params)
        assert isinstance(result, dict)
        return result

    def apply(self, edit: types.WorkspaceEdit) -> None:
        for change in edit.document_changes or ():
            assert isinstance(change, types.TextDocumentEdit)
            uri = change.text_document.uri
            assert change.text_document.version in (None, self._versions[uri]), "an edit of another version"
            self._apply(uri, [each for each in change.edits if isinstance(each, types.TextEdit)])
        for uri, edits in (edit.changes or {}).items():
            self._apply(uri, edits)

    async def diagnostics(
        self, uri: str, ready: Callable[[Sequence[types.Diagnostic]], bool]
    ) -> list[types.Diagnostic]:
        """What is published for a document, as soon as it is what is waited for."""
        for _ in range(1200):
            found = self.client.diagnostics.get(uri)
            if found is not None and ready(found):
                return list(found)
            await asyncio.sleep(0.05)
        raise AssertionError(f"never published: {self.client.diagnostics.get(uri)}")

    def reports(self) -> list[object]:
        """The values of all `$/progress` notifications."""
        return [each for reports in self.client.progress_reports.values() for each in reports]

    def _apply(self, uri: str, edits: Sequence[types.TextEdit]) -> None:
        text = self.texts[uri]
        starts = [0]
        for line in text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        for each in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
            start = starts[each.range.start.line] + each.range.start.character
            end = starts[each.range.end.line] + each.range.end.character
            text = text[:start] + each.new_text + text[end:]
        self.change(uri, text)
