"""What a Java source file must be called, and which of its classes is to be started: both follow from its text."""

from __future__ import annotations

import re

_SKIPPED = re.compile(
    r"""
    //[^\n]* | /\*.*?\*/                                   # comments,
  | \"\"\".*?(?<!\\)\"\"\"                                 # text blocks,
  | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'              # strings and characters
  | (?P<open>\{) | (?P<close>\})
  | (?P<package>\bpackage\s+(?P<path>[\w.]+)\s*;)
  | (?P<type>(?P<public>\bpublic\s+)?(?:(?:abstract|final|strictfp|sealed|non-sealed)\s+)*
      \b(?:class|interface|enum|record)\s+(?P<name>\w+))
  | (?P<main>\bstatic\s+(?:\w+\s+)*void\s+main\s*\()
    """,
    re.DOTALL | re.VERBOSE,
)


def java_names(source: str) -> tuple[str, str]:
    """(file name, class to start).

    The file is named for the public class, where there is one: the compiler wants it so. The class to start is the
    public one if it has a `main`, else the last one that has. Text that holds none of these gets "Main".
    """
    package = public = started = current = ""
    depth = 0
    for match in _SKIPPED.finditer(source):
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif match["package"]:
            package = match["path"] + "."
        elif match["type"] and depth == 0:
            current = match["name"]
            if match["public"]:
                public = current
        elif match["main"] and depth == 1 and (started != public or not started):
            started = current
    started = started or public or "Main"
    return f"{public or started}.java", package + started


def without_public_types(source: str) -> str:
    """The text with no top-level type public, so that it may lie in a file of any name."""
    kept: list[str] = []
    depth = position = 0
    for match in _SKIPPED.finditer(source):
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif match["public"] and depth == 0:
            kept.append(source[position : match.start("public")])
            position = match.end("public")
    return "".join(kept) + source[position:]
