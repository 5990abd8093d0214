"""Completion -> program: the last complete program in a model's text.

The text comes as Markdown, as prose, as a bare continuation of a prompt, or recorded. It is read with `ast` and regular
expressions only; nothing is executed, and the time grows linearly with the text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codegen.markdown import Block, blocks
from codegen.models.base import Completion
from codegen.prompts import Prompt
from codegen.python_source import bound_names, chunks, parse, unbound_names, with_line_feeds
from codegen.salvage import definition_of, is_text, salvage
from problems.problem import Call, Problem

MAX_PROGRAM_BYTES = 256 * 1024
MAX_TEXT_CHARS = 1 << 20
"""Longer answers are not searched for a program."""

MAX_BLOCKS = 64
"""Blocks that are looked at, counted from the end of the text."""

_LABELS = {
    "python": frozenset({"", "python", "python3", "py", "py3", "python2", "code", "text", "plaintext", "sage"}),
    "cpp": frozenset({"", "cpp", "c++", "cc", "cxx", "c", "c++17", "c++14", "c++11", "cpp17", "code", "text"}),
}
_MARKDOWN_LABELS = frozenset({"markdown", "md", "", "text"})
_ACTS = re.compile(r"\b(?:input|print|stdin|stdout|open|write)\b")
_MAIN = re.compile(r"\bmain\s*\(")
_CODE_LINE = {
    "python": re.compile(r"^(?:import |from [\w.]+ import |def |async def |class |@\w)", re.MULTILINE),
    "cpp": re.compile(r"^[ \t]*#[ \t]*include\b", re.MULTILINE),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What was found in a completion.

    Attributes:
        program: Source text, repaired where that was needed; None when there is none (counted apart, never a silent
            zero).
        language: Of the program.
        salvaged: Names of the repairs that took no model call (see `codegen.salvage`); empty: as written.
        problem: Why there is no program, else "".
        raw: The program before any repair; None when nothing was found.
    """

    program: str | None
    language: str
    salvaged: tuple[str, ...] = ()
    problem: str = ""
    raw: str | None = None


def extract(completion: Completion, prompt: Prompt, problem: Problem) -> Extraction:
    """The last complete program in what the model wrote; for a `Call` problem, one that defines its function.

    What of the starter code the program lacks (imports it uses, helper functions) is put in front of it. A recorded
    text is the program as it stands. Never raises.
    """
    language = prompt.variation.language
    call = problem.interface if isinstance(problem.interface, Call) else None
    starter = with_line_feeds(prompt.starter)

    def none(reason: str) -> Extraction:
        return Extraction(program=None, language=language, problem=reason)

    length = len(completion.text)
    if length > MAX_TEXT_CHARS:
        return none(f"the text has {length} characters; at most {MAX_TEXT_CHARS} are read")
    if not completion.text.strip():
        return none("the model wrote nothing")
    found: str | None
    if completion.form == "recorded":
        found = completion.text
    elif completion.form == "plain":
        found = _from_continuation(with_line_feeds(completion.text), starter, language, call)
    elif completion.form == "answer":
        found = _from_chat(with_line_feeds(completion.text), language, call)
    else:
        found = _from_chat(with_line_feeds(_behind_prefill(prompt.prefill, completion.text, language)), language, call)
    if found is None or not found.strip():
        return none(
            f"no {language} program {f'that defines {call.entry_point}' if call else 'that does anything'} in the text"
        )
    if completion.form != "recorded" and call and language == "python":
        found = _with_starter(found, starter, call.entry_point)
    size = len(found.encode("utf-8", "replace"))
    if size > MAX_PROGRAM_BYTES:
        return none(f"the program has {size} bytes; at most {MAX_PROGRAM_BYTES} are run")
    entry_point = call.entry_point if call else None
    program, repairs = salvage(found, language=language, entry_point=entry_point, starter=starter)
    return Extraction(program=program, language=language, salvaged=repairs, raw=found)


def _behind_prefill(prefill: str, text: str, language: str) -> str:
    """The whole answer. A model that takes no notice of the prefill begins with a fence, or its label, of its own."""
    first, _, rest = text.lstrip().partition("\n")
    if first.startswith(("```", "~~~")):
        return text
    return prefill + (rest if prefill and first.strip().lower() in _LABELS[language] - {""} else text)


# -- chat --------------------------------------------------------------------------------------------------------


def _from_chat(text: str, language: str, call: Call | None) -> str | None:
    candidates = [b for b in _unnested(blocks(text)) if b.label in _LABELS[language]][-MAX_BLOCKS:]
    if not candidates:
        return _from_prose(text, language, call)
    if language == "cpp":
        return next((b.code for b in reversed(candidates) if _MAIN.search(b.code)), None)
    chosen = _last_complete([b.code for b in candidates], call)
    if chosen is not None:
        return chosen
    return _incomplete(text, candidates, call)


def _last_complete(codes: list[str], call: Call | None) -> str | None:
    """The last text that is a program by itself, with what it lacks taken from the blocks before and behind it."""
    trees = [parse(code) for code in codes]
    for at in reversed(range(len(codes))):
        tree = trees[at]
        if tree is None or not _is_program(codes[at], tree, call):
            continue
        others = [(code, other) for i, (code, other) in enumerate(zip(codes, trees, strict=True)) if i != at and other]
        program = codes[at]
        for code, other in reversed(others):
            program = _definitions(code, other, unbound_names(program)) + program
        return program
    return None


def _is_program(code: str, tree: ast.Module, call: Call | None) -> bool:
    if call is None:
        return bool(_ACTS.search(code)) and any(not is_text(s) for s in tree.body)
    function = definition_of(tree, call.entry_point)
    if function is not None:
        return any(not is_text(s) and not isinstance(s, ast.Pass) for s in function.body)
    return any(call.entry_point in bound_names(s) for s in tree.body)


def _incomplete(text: str, candidates: list[Block], call: Call | None) -> str | None:
    """A block that does not parse: up to the last fence if one in a docstring cut it short, else as it is."""
    lines = text.split("\n")
    for block in reversed(candidates):
        if not _mentions(block.code, call):
            continue
        to_last_fence = "\n".join(lines[block.first : candidates[-1].last]) + "\n"
        tree = parse(to_last_fence) if block is not candidates[-1] else None
        return to_last_fence if tree is not None and _is_program(to_last_fence, tree, call) else block.code
    return None


def _mentions(code: str, call: Call | None) -> bool:
    if call is None:
        return bool(_ACTS.search(code))
    return re.search(rf"^(?:async )?def {re.escape(call.entry_point)}\b", code, re.MULTILINE) is not None


def _unnested(found: list[Block]) -> list[Block]:
    """Blocks inside a block of Markdown take its place."""
    flat: list[Block] = []
    for block in found:
        inner = blocks(block.code) if block.label in _MARKDOWN_LABELS else []
        flat += inner or [block]
    return flat


# -- prose and continuation ------------------------------------------------------------------------------------------


def _from_prose(text: str, language: str, call: Call | None) -> str | None:
    """Code without a fence: from the first line that looks like code on; what follows it, salvage drops."""
    start = _CODE_LINE[language].search(text)
    if start is None:
        return text if call is None and language == "python" and _ACTS.search(text) and parse(text) else None
    code = text[start.start() :]
    if language == "cpp":
        return _up_to_last_brace(code) if _MAIN.search(code) else None
    return code if _mentions(code, call) else None


def _from_continuation(text: str, starter: str, language: str, call: Call | None) -> str | None:
    if call is None or not starter:
        return _from_chat(text, language, call) if "```" in text else _from_plain_program(text, language, call)
    if _mentions(text, call) and text.lstrip().startswith(("def ", "async def ", "import ", "from ", "```")):
        return _from_chat(text, language, call)  # the whole function again
    return starter + _indented(text, starter)


def _from_plain_program(text: str, language: str, call: Call | None) -> str | None:
    if language == "cpp":
        return _up_to_last_brace(text) if _MAIN.search(text) else None
    return text if _mentions(text, call) else None


def _indented(body: str, starter: str) -> str:
    """A body whose first line, or all of them, lost the indentation that the starter code asks for."""
    first = next((line for line in body.split("\n") if line.strip()), "")
    if first.startswith((" ", "\t")) or not starter.endswith("\n") or parse(starter + body) is not None:
        return body
    lines = body.split("\n")
    if any(line.startswith((" ", "\t")) and not line.startswith("     ") for line in lines):
        at = lines.index(first)
        only_first = "\n".join([*lines[:at], f"    {first}", *lines[at + 1 :]])
        if parse(starter + only_first) is not None:
            return only_first
    every = "\n".join(f"    {line}" if line.strip() else line for line in lines)
    return every if parse(starter + every) is not None else body


def _up_to_last_brace(code: str) -> str:
    end = code.rfind("}")
    return code[: end + 1] + "\n" if end >= 0 else code


# -- what the answer lacks ------------------------------------------------------------------------------------------


def _with_starter(program: str, starter: str, entry_point: str) -> str:
    """The program behind those helpers of the starter code that it lacks, and those of its imports that it uses."""
    if not starter or program.startswith(starter):
        return program
    tree = parse(starter) or parse(f"{starter.rstrip()}\n    pass\n")
    own = parse(program)
    if tree is None or own is None:
        return program
    bound = set().union(*(bound_names(s) for s in own.body)) | {entry_point}
    helpers = {name for s in tree.body if not isinstance(s, ast.Import | ast.ImportFrom) for name in bound_names(s)}
    return _definitions(starter, tree, (unbound_names(program) | helpers) - bound) + program


def _definitions(code: str, tree: ast.Module, names: frozenset[str] | set[str]) -> str:
    """The top-level statements of `code` that bind one of `names`, and those before that these need in turn."""
    chosen: list[str] = []
    wanted = set(names)
    for part in reversed(chunks(code, tree)):
        if part.bound & wanted:
            chosen.append(part.text)
            wanted |= unbound_names(part.text)
    return "".join(reversed(chosen))
