"""The language server as an editor meets it: in a process of its own, over its protocol."""

from __future__ import annotations

import asyncio
import doctest
import subprocess
import time
import types as python_types
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from tests.codegen.editor.client import Editor

CLAMP = '''"""Numbers."""

from os import path

LIMIT = 10


def clamp(x: int, low: int = 0) -> int:
    """x, but no less than low and no more than LIMIT.

    >>> clamp(3)
    3
    >>> clamp(12)
    10
    """
    ...


class Later:
    pass
'''
TWICE = 'def twice(n: int) -> int:\n    """Twice n.\n\n    >>> twice(2)\n    4\n    """\n'


def with_editor(**options: Any) -> Callable[[Callable[[Editor], Awaitable[None]]], Callable[[Path], None]]:
    """A test that gets an editor, whose server is started with these options and ends with the test."""

    def wrap(test: Callable[[Editor], Awaitable[None]]) -> Callable[[Path], None]:
        async def work(folder: Path) -> None:
            editor = await Editor.start(folder, **options)
            try:
                await test(editor)
            finally:
                await editor.stop()

        def run(tmp_path: Path) -> None:
            asyncio.run(asyncio.wait_for(work(tmp_path), 150))

        run.__name__, run.__doc__ = test.__name__, test.__doc__
        return run

    return wrap


def passes_doctest(text: str) -> bool:
    module = python_types.ModuleType("checked")
    exec(text, module.__dict__)
    return doctest.testmod(module).failed == 0


@with_editor()
async def test_it_says_what_it_can_do(editor: Editor) -> None:
    answer = await editor.client.text_document_inline_completion_async(
        types.InlineCompletionParams(
            text_document=types.TextDocumentIdentifier(uri=editor.open("a.py", "x = 1\n")),
            position=types.Position(0, 0),
            context=types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Automatic),
        )
    )
    assert answer in ([], None)


@with_editor()
async def test_an_action_progress_an_edit_and_alternatives(editor: Editor) -> None:
    uri = editor.open("clamping.py", CLAMP)
    (action,) = await editor.actions(uri, 8)
    assert action.title == "Synthesize and verify clamp"
    assert await editor.actions(uri, 4) == []
    result = await editor.run(action)
    assert result["applied"] is True
    assert "return max(low, min(x, LIMIT))" in editor.texts[uri]
    assert passes_doctest(editor.texts[uri])
    assert editor.texts[uri].endswith("\n\n\nclass Later:\n    pass\n")

    reports = editor.reports()
    assert isinstance(reports[0], types.WorkDoneProgressBegin)
    assert reports[0].title == "Synthesize clamp"
    assert reports[0].cancellable
    assert isinstance(reports[-1], types.WorkDoneProgressEnd)
    assert "passed" in str(reports[-1].message)

    others = [each for each in await editor.actions(uri, 8) if each.edit is not None]
    assert len(others) == 1
    assert "alternative 2 on clamp(" in others[0].title
    assert "gives" in others[0].title
    assert others[0].edit is not None
    editor.apply(others[0].edit)
    assert "return max(low, min(x, LIMIT))" not in editor.texts[uri]
    assert passes_doctest(editor.texts[uri])
    back = [each.title for each in await editor.actions(uri, 8)]
    assert any("the best verified body" in title for title in back)


@with_editor(sample_s=0.15)
async def test_the_funnel_is_reported_while_the_model_writes(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    await editor.run(action)
    messages = [each.message for each in editor.reports() if isinstance(each, types.WorkDoneProgressReport)]
    assert any("drawn" in str(message) and "judged" in str(message) for message in messages)


@with_editor()
async def test_imports_and_helpers_come_with_the_body(editor: Editor) -> None:
    stub = 'def spread(values: list[int]) -> int:\n    """Largest less smallest.\n\n    >>> spread([1, 4])\n    3\n'
    stub += '    """\n    pass\n'
    uri = editor.open("spread.py", f"import os\n\n\n{stub}")
    (action,) = await editor.actions(uri, 4)
    await editor.run(action)
    text = editor.texts[uri]
    assert text.startswith("import os\n\n\ndef _gap(values):")
    assert passes_doctest(text)


@with_editor(sample_s=0.3, options={"samples": 500})
async def test_cancelled_from_the_progress_bar_and_by_the_request(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    running = asyncio.create_task(editor.run(action))
    while not editor.client.progress_reports:
        await asyncio.sleep(0.05)
    (token,) = editor.client.progress_reports
    begun = time.monotonic()
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
    with pytest.raises(JsonRpcException, match="cancelled"):
        await running
    assert time.monotonic() - begun < 60
    assert editor.texts[uri] == TWICE
    assert action.command is not None
    params = types.ExecuteCommandParams(command=action.command.command, arguments=action.command.arguments)
    again = asyncio.create_task(
        editor.client.protocol.send_request_async("workspace/executeCommand", params, msg_id="run")
    )
    while len(editor.client.progress_reports) < 2:
        await asyncio.sleep(0.05)
    editor.client.cancel_request(types.CancelParams(id="run"))
    with pytest.raises(JsonRpcException, match="cancel"):
        await again
    for _ in range(100):
        if isinstance(editor.reports()[-1], types.WorkDoneProgressEnd):
            break
        await asyncio.sleep(0.1)
    assert editor.texts[uri] == TWICE


@with_editor(sample_s=0.05)
async def test_two_documents_at_once(editor: Editor) -> None:
    uris = [editor.open(f"m{n}.py", TWICE.replace("twice", f"twice{n}")) for n in range(2)]
    actions = [(await editor.actions(uri, 1))[0] for uri in uris]
    results = await asyncio.gather(*(editor.run(action) for action in actions))
    assert [result["applied"] for result in results] == [True, True]
    for n, uri in enumerate(uris):
        assert f"def twice{n}" in editor.texts[uri]
        assert passes_doctest(editor.texts[uri])


async def told_to_end_in_the_middle(editor: Editor, tell: Callable[[Editor], object], code: int) -> None:
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    running = asyncio.create_task(editor.run(action))
    while not editor.client.progress_reports:
        await asyncio.sleep(0.05)
    server = editor.client._server
    assert server is not None
    tell(editor)
    await asyncio.wait_for(server.wait(), 30)
    assert server.returncode == code
    left = subprocess.run(["pgrep", "-P", str(server.pid)], capture_output=True, text=True, check=False)
    assert left.stdout == ""
    running.cancel()


@with_editor(sample_s=0.3, options={"samples": 500})
async def test_told_to_exit_in_the_middle(editor: Editor) -> None:
    await told_to_end_in_the_middle(editor, lambda each: each.client.exit(None), 1)  # without `shutdown` before


@with_editor(sample_s=0.3, options={"samples": 500})
async def test_terminated_in_the_middle(editor: Editor) -> None:
    server = editor.client._server
    assert server is not None
    await told_to_end_in_the_middle(editor, lambda _: server.terminate(), 143)


@with_editor()
async def test_diagnostics_of_contradictions_and_of_bodies_that_fail(editor: Editor) -> None:
    twofold = TWICE.replace("    4\n", "    4\n    >>> twice(2)\n    5\n").replace('"""\n', '"""\n', 1)
    uri = editor.open("twice.py", twofold)
    (found,) = await editor.diagnostics(uri, lambda each: len(each) == 1)
    assert found.code == "contradiction"
    assert found.message == "twice(2) is 5 here, and 4 on line 4"
    assert found.range.start.line == 5
    assert found.severity is types.DiagnosticSeverity.Warning
    editor.change(uri, TWICE + "    return n + 3\n", save=True)
    (found,) = await editor.diagnostics(uri, lambda each: any(one.code == "failing-example" for one in each))
    assert found.message == "twice(2) gives 5; the example says 4"
    assert found.range.start.line == 3
    assert found.severity is types.DiagnosticSeverity.Error
    editor.change(uri, TWICE + "    return n + 2\n")
    assert await editor.diagnostics(uri, lambda each: not each) == []
    editor.change(uri, TWICE + "    return n +\n")
    editor.change(uri, TWICE + "    raise KeyError(n)\n", save=True)
    (found,) = await editor.diagnostics(uri, lambda each: bool(each))
    assert "KeyError" in found.message


@with_editor()
async def test_tests_of_the_workspace_judge(editor: Editor) -> None:
    (editor.folder / "test_twice.py").write_text(
        "from twice import twice\n\n\ndef test_it():\n    for n in range(12):\n        assert twice(n) == 2 * n\n"
    )
    stub = 'def twice(n: int) -> int:\n    """Twice n."""\n    raise NotImplementedError\n'
    uri = editor.open("twice.py", stub)
    (action,) = await editor.actions(uri, 0)
    result = await editor.run(action)
    assert result["applied"] is True
    assert "n + n" in editor.texts[uri]
    assert len(result["alternatives"]) == 1  # type: ignore[arg-type]
    uri = editor.open("alone.py", stub.replace("twice", "thrice"))
    assert await editor.actions(uri, 0) == []
    editor.change(uri, "from twice import twice\n")
    uri = editor.open("twice.py", 'def twice(n: int) -> int:\n    """Twice n."""\n    return n + 1\n')
    (found,) = await editor.diagnostics(uri, lambda each: bool(each))
    assert found.code == "failing-test"
    assert "test_it" in found.message


@with_editor()
async def test_inline_completion_gives_verified_bodies(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE + "    ...\n")

    async def complete(kind: types.InlineCompletionTriggerKind) -> list[types.InlineCompletionItem]:
        found = await editor.client.text_document_inline_completion_async(
            types.InlineCompletionParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                position=types.Position(6, 4),
                context=types.InlineCompletionContext(trigger_kind=kind),
            )
        )
        return list(found.items if isinstance(found, types.InlineCompletionList) else found or [])

    assert await complete(types.InlineCompletionTriggerKind.Automatic) == []
    first = await complete(types.InlineCompletionTriggerKind.Invoked)
    assert first[0].insert_text == "return n + n"
    assert first[0].range == types.Range(start=types.Position(6, 4), end=types.Position(6, 7))
    assert len(first) == 2
    assert await complete(types.InlineCompletionTriggerKind.Automatic) == first


@with_editor(load_s=3.0)
async def test_a_model_that_is_loading_blocks_nothing(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    running = asyncio.create_task(editor.run(action))
    while not editor.client.progress_reports:
        await asyncio.sleep(0.01)
    assert len(await editor.actions(uri, 1)) == 1
    assert not running.done()
    editor.change(uri, TWICE + "\n\nx = 1\n")
    assert (await running)["applied"] is True
    assert editor.texts[uri].endswith("x = 1\n")


@with_editor(sample_s=0.1)
async def test_a_function_that_was_changed_meanwhile_is_left_alone(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    running = asyncio.create_task(editor.run(action))
    await asyncio.sleep(0.2)
    editor.change(uri, TWICE + "    return 2 * n\n")
    result = await running
    assert result["applied"] is False
    assert "changed meanwhile" in str(result["message"])
    assert editor.texts[uri] == TWICE + "    return 2 * n\n"


@with_editor(options={"samples": 0, "colour": "red"})
async def test_settings(editor: Editor) -> None:
    while not editor.client.messages:
        await asyncio.sleep(0.05)
    assert "'colour' is not known" in editor.client.messages[0].message
    params = types.DidChangeConfigurationParams(settings={"codesieve": {"samples": 3}})
    editor.client.workspace_did_change_configuration(params)
    uri = editor.open("twice.py", TWICE)
    (action,) = await editor.actions(uri, 1)
    result = await editor.run(action)
    assert "of 3 samples" in str(result["message"])


@with_editor()
async def test_wrong_requests_are_answered(editor: Editor) -> None:
    uri = editor.open("twice.py", TWICE)
    for arguments in ([uri, "nothing"], [uri], ["file:///nowhere.py", "f"]):
        params = types.ExecuteCommandParams(command="codesieve.synthesize", arguments=arguments)
        with pytest.raises(JsonRpcException):
            await editor.client.workspace_execute_command_async(params)
    assert len(await editor.actions(uri, 1)) == 1
