"""Input/Output examples in Markdown, for programs that read standard input.

Blocks of code under labels are looked for first ("## Sample Input 1", "**Output:**", "Input" before a
fence), then blocks that hold both labels themselves, then, where there are headings such as "Examples",
plain lines under labels.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from problems.problem import TestCase

Side = Literal["input", "output"]

_NUMBER = r"(?:\s*[#\u2116]?\s*\d+)?"
_WHICH = rf"(?:(?:sample|example|public|test)s?(?:\s+test)?(?:\s+cases?)?{_NUMBER}\s*[:.\u2013\u2014-]?\s*)"
_LABEL = re.compile(
    rf"""(?P<which>{_WHICH}?)(?:standard\s+)?(?P<side>input|output|stdin|stdout)
    (?P<after>\s+(?:for\s+)?(?:sample|example|test)(?:\s+case)?)?{_NUMBER}
    (?:\s*\(?(?:stdin|stdout|standard\s+input|standard\s+output)\)?)?\s*:?""",
    re.VERBOSE | re.IGNORECASE,
)
_SECTION = re.compile(rf"{_WHICH}(?:\s*input\s*(?:/|and|&)\s*output)?s?\s*:?", re.IGNORECASE)
_INLINE = re.compile(
    r"^[ \t>]*[*_]*(?:sample[ \t]+|example[ \t]+)?(input|output)[ \t]*\d*[*_]*[ \t]*:[*_]*[ \t]*(.*)$", re.IGNORECASE
)
_MARKUP = re.compile(r"^[\s>#*_`|-]+|[\s*_`#|-]+$")
_PROSE = re.compile(r"(?=.{40})[A-Z][\w'’]*,?(?: [^\s]+){5,}.*[.:!?]\s*")
"""A sentence behind the output of an example, which goes on after a blank line."""
_PRE = re.compile(r"<pre[^>]*>((?:(?!<pre).)*?)</pre>", re.DOTALL | re.IGNORECASE)
_STOP = re.compile(
    r"(?:notes?|explanations?|constraints?|limits?|hints?|scoring|problem|source)\b.{0,20}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of a document.

    Attributes:
        kind: "heading", "text" or "code".
        text: Without markup characters, for code the code.
        label: The word behind the fence of code.
    """

    kind: Literal["heading", "text", "code"]
    text: str
    label: str = ""


def blocks_of(markdown: str) -> list[Block]:
    """A document as a flat list of headings, paragraphs and code."""
    from markdown_it import MarkdownIt  # only statements in Markdown need it

    found: list[Block] = []
    heading = False
    parser = MarkdownIt("commonmark")
    parser.core.ruler.disable("inline")  # only blocks matter, and hostile emphasis takes quadratic time
    for token in parser.parse(markdown):
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif token.type == "inline":
            found.append(Block(kind="heading" if heading else "text", text=token.content))
        elif token.type in ("fence", "code_block"):
            found.append(Block(kind="code", text=token.content, label=token.info.strip()))
        elif token.type == "html_block":
            found += (
                Block(kind="code", text=html.unescape(match.group(1)).lstrip("\n"))
                for match in _PRE.finditer(token.content)
            )
    return found


def read_samples(markdown: str, blocks: list[Block]) -> tuple[TestCase, ...]:
    """The examples of a statement, named "sample 1" and so on, each input once."""
    pairs = [*_labelled(blocks)] or [*_combined(blocks)] or [*_plain(markdown)]
    found: dict[str, TestCase] = {}
    for given, wanted in pairs:
        case = TestCase(input=_ended(given), output=_ended(wanted), name=f"sample {len(found) + 1}")
        found.setdefault(case.input, case)
    return tuple(found.values())


def _labelled(blocks: list[Block]) -> Iterator[tuple[str, str]]:
    """Code under a label for input, then code under a label for output.

    A block that a sentence stands before describes the format ("in the following form:"), unless it is in a
    section of examples.
    """
    side: Side | None = None
    given: str | None = None
    certain = in_section = False
    for block in blocks:
        if block.kind == "code":
            here = _side(block.label) or side
            if here == "input" and (certain or _side(block.label)):
                given = block.text
            elif here == "output" and given is not None and (certain or _side(block.label)):
                yield given, block.text
                given = None
            side = None
            continue
        line = _bare(block.text.rsplit("\n", 1)[-1])
        label = _LABEL.fullmatch(line)
        if label:
            side = _of_word(label["side"])
            in_section |= bool(label["which"] or label["after"])
            certain = True
        elif _SECTION.fullmatch(line):
            in_section, side = True, None
        elif block.kind == "heading":
            in_section, side = False, None
        elif not in_section:
            certain = False


def _combined(blocks: list[Block]) -> Iterator[tuple[str, str]]:
    """One block that holds both, under `Input:` and `Output:`."""
    for block in blocks:
        if block.kind == "code":
            yield from _pairs(block.text.split("\n"))


def _plain(markdown: str) -> Iterator[tuple[str, str]]:
    """Lines under "Input" and "Output" after a heading such as "Examples", where nothing is marked as code."""
    lines = [line for line in markdown.split("\n") if not line.lstrip().startswith(("```", "~~~"))]
    for number, line in enumerate(lines):
        if _SECTION.fullmatch(_bare(line)) or (
            (label := _LABEL.fullmatch(_bare(line))) and (label["which"] or label["after"])
        ):
            yield from _pairs(lines[number:])
            return


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    side: Side | None = None
    parts: dict[Side, list[str]] = {}
    for line in [*lines, "Input:"]:
        bare = _bare(line)
        label, inline = _LABEL.fullmatch(bare), _INLINE.match(line)
        if label or inline:
            side = _of_word(label["side"] if label else inline[1] if inline else "")
            if side == "input":
                if parts.get("output") and "input" in parts:
                    yield _joined(parts["input"]), _joined(parts["output"])
                parts = {}
            parts[side] = [inline[2].strip("` ")] if inline and inline[2] else []
        elif (
            _SECTION.fullmatch(bare)
            or (side == "output" and _STOP.fullmatch(bare) and parts.get("output"))
            or (side == "output" and _PROSE.fullmatch(line) and parts[side] and not parts[side][-1].strip())
        ):
            side = None
        elif side is not None:
            parts[side].append(line)


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def _side(text: str) -> Side | None:
    label = _LABEL.fullmatch(text.strip())
    return _of_word(label["side"]) if label else None


def _of_word(word: str) -> Side:
    return "input" if word.lower() in ("input", "stdin") else "output"


def _bare(line: str) -> str:
    return _MARKUP.sub("", line).replace("**", "").replace("__", "").strip()


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
