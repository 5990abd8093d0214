"""Examples that stand in sentences: `f(1) ➞ 2`, "For x = [1] the output should be 2", "Input: ... Output: ..."."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from problems.formats.doctests import MAX_EXAMPLES, Example, arguments_of
from problems.formats.literals import NotLiteralError, closing, escaped, literal, parse, value_at
from problems.formats.signature import Signature

_MUST = r"(?:should|must|will|would|shall)[ \t\n]+"
_RELATION = re.compile(
    rf"""[ \t`]*(?:(?:\#|//)[ \t]*)?(?:
        [=-]+>|\u2794|\u279e|\u2192|\u21d2|\u27f6|\u21a6|={{1,3}}|:(?!=)
        |(?:{_MUST})(?:return|be|give|yield|output|equal|evaluate[ \t]+to|result[ \t]+in)\b
        |(?:returns?|gives?|yields?|outputs?|equals|evaluates[ \t]+to|results[ \t]+in|is)\b
    )[ \t]*[:=]?[ \t]*""",
    re.VERBOSE | re.IGNORECASE,
)
# A call is not the example itself where it is an operand, an argument or the object of something.
_OPERAND = re.compile(
    r"(?:\w\([^()]*|\[[^\[\]]*|\{[^{}]*|[+*/%<>=!&|^~@]|(?:^|[^\s>])-|\b(?:not|def|class|lambda))[ \t]*$"
)
_BULLET = re.compile(r"^\s*(?:[-+\u2022]|\*{1,3}|>{1,3}|\d+[.)])?\s*$")
_CONCLUSION = re.compile(
    rf"""(?:the[ \t]+)?\b(?:output|result|answer|(?:return(?:ed)?|expected)[ \t]+(?:value|result|output))[ \t]+
        (?:{_MUST}(?:be|equal)|is|equals|=)[ \t]*:?[ \t]*
    |\b(?:you|it|we|(?:the|your)[ \t]+(?:function|method|program))[ \t]+(?:{_MUST}return|returns)[ \t]*:?[ \t]*
    |^[ \t]*(?:return|returns|output|result|answer|expected)\b[ \t]*[:=]?[ \t]*""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_ARROW = re.compile(r"[ \t`,;]*(?:=+>|-+>|\u279e|\u2192|\u21d2|returns|gives)[ \t]*")
_NAMED = re.compile(r"([A-Za-z_]\w*)[ \t]*(?:=(?!=)|:)[ \t]*(?=\S)")
_INPUT = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?(?:\*\*)?(?:sample[ \t]+)?input(?:\*\*)?[ \t]*[:=](?:\*\*)?[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_OUTPUT = re.compile(
    r"(?:^|(?<=[\s,;]))(?:\*\*)?(?:sample[ \t]+)?output(?:\*\*)?[ \t]*[:=](?:\*\*)?[ \t]*\n?[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_FOR = re.compile(r"\bfor[ \t`]+(?=[A-Za-z_]\w*[ \t]*=(?!=))", re.IGNORECASE)
_MAPPING = re.compile(
    r"^[ \t]*(?:[-*+\u2022][ \t]+)?`?((?:[\"'\[({]|-?\d).*?)`?[ \t]*(?:=+>|-+>|\u279e|\u2192|\u21d2)[ \t]*",
    re.MULTILINE,
)
_ASSIGNMENT = re.compile(r"^[ \t]*([A-Za-z_]\w*)[ \t]*=(?!=)[ \t]*(?=\S)", re.MULTILINE)
_WORD = re.compile(r"[ \t]*(?:,|and\b|;|\n)[ \t]*")


def read_calls(text: str, signature: Signature) -> list[Example]:
    """`f(arguments)`, something that means "gives", a value."""
    found: list[Example] = []
    known: dict[str, Any] = {}
    start = 0
    for number, match in enumerate(re.finditer(rf"(?<![\w.]){re.escape(signature.name)}[ \t]?\(", text)):
        if number == MAX_EXAMPLES:
            break
        # Names that the lines before gave a value: `s = "a"`, then `f(s) -> 1`.
        for assignment in _ASSIGNMENT.finditer(text, start, match.start()):
            value = value_at(text, assignment.end())
            if value:
                known[assignment.group(1)] = value[0]
        start = match.start()
        found += _call(text, match, signature, known)
    return found


def read_misnamed_calls(text: str, signature: Signature) -> list[Example]:
    """The same for a text that calls the function by another name, one and the same in every example."""
    for name in dict.fromkeys(re.findall(r"(?<![\w.])([A-Za-z_]\w*)\(", text)):
        if name not in _BUILTINS:
            found = read_calls(text, _renamed(signature, name))
            if found and not any(example.bare for example in found):
                return found
    return []


def read_assignments(text: str, signature: Signature) -> list[Example]:
    """All parameters by name with their values, then the result: `arr = [1, 2]`, ..., "the output should be 2"."""
    if not signature.parameters:
        return []
    names = "|".join(map(re.escape, signature.parameters))
    found = _assigned(text, signature, re.compile(rf"(?<![\w.])(?=(?:{names})[ \t]*=(?!=))"), signature.parameters)
    # "For a = 1 and b = 2" may use other names than the function does, as long as it uses none of the function's.
    return found or _assigned(text, signature, _FOR, None)


def read_mappings(text: str, signature: Signature) -> list[Example]:
    """Lines such as `* "one" => 1`, at least two, for a function of one parameter."""
    found: list[Example] = []
    for match in islice(_MAPPING.finditer(text), MAX_EXAMPLES):
        value = value_at(text, match.end())
        try:
            arguments = signature.arrange([literal(match.group(1))], {})
        except NotLiteralError:
            continue
        if value and arguments is not None and signature.required == 1:
            found.append(Example(arguments=arguments, result=value[0], position=match.start()))
    return found if len(found) > 1 else []


def _assigned(text: str, signature: Signature, starts: re.Pattern[str], names: tuple[str, ...] | None) -> list[Example]:
    found: list[Example] = []
    start = 0
    for _ in range(MAX_EXAMPLES):
        match = starts.search(text, start)
        if match is None:
            break
        named, end = _named_values(text, match.end(), names)
        start = max(end, match.end() + 1)
        if names is None and set(named) & set(signature.parameters):
            continue
        arguments = signature.arrange([], named) if names else signature.arrange(list(named.values()), {})
        if arguments is None or not named:
            continue
        following = starts.search(text, start)
        value = _conclusion(text, start, following.start() if following else len(text))
        if value:
            found.append(Example(arguments=arguments, result=value[0], position=match.start()))
            start = value[1]
    return found


def read_blocks(text: str, signature: Signature) -> list[Example]:
    """ "Input: ..." up to "Output: ...", the input being values by name, by position or one a line."""
    found: list[Example] = []
    inputs = [*islice(_INPUT.finditer(text), MAX_EXAMPLES)]
    for number, match in enumerate(inputs):
        limit = inputs[number + 1].start() if number + 1 < len(inputs) else len(text)
        output = _OUTPUT.search(text, match.end(), limit)
        if output is None:
            continue
        arguments = _block_arguments(text[match.end() : output.start()], signature)
        value = value_at(text, output.end())
        if arguments is not None and value and value[1] <= limit:
            found.append(
                Example(
                    arguments=arguments,
                    result=value[0],
                    position=match.start(),
                    lone=_is_lone(text, output.end(), value),
                )
            )
    return found


_BUILTINS = frozenset(
    [
        "len",
        "range",
        "print",
        "sum",
        "min",
        "max",
        "sorted",
        "round",
        "abs",
        "int",
        "float",
        "str",
        "list",
        "tuple",
        "set",
        "dict",
        "bool",
        "sqrt",
        "pow",
        "ord",
        "chr",
        "log",
        "gcd",
        "map",
        "filter",
        "zip",
        "enumerate",
        "reversed",
        "all",
        "any",
        "type",
        "isinstance",
        "Example",
        "example",
    ]
)


def _renamed(signature: Signature, name: str) -> Signature:
    return Signature(
        name=name,
        parameters=signature.parameters,
        required=signature.required,
        variadic=signature.variadic,
        annotations=signature.annotations,
        returns=signature.returns,
    )


def _call(text: str, match: re.Match[str], signature: Signature, known: dict[str, Any]) -> Iterator[Example]:
    before = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - 200) : match.start()]
    if _OPERAND.search(before) and not _BULLET.match(before):
        return
    end = closing(text, match.end() - 1)
    if end is None:
        return
    relation = _RELATION.match(text, end)
    if relation is None:
        return
    try:
        read = arguments_of(parse(escaped(text[match.start() : end])), signature, known)
    except NotLiteralError:
        return
    value = value_at(_joined(text, relation.end()), 0)
    if read is not None and value:
        lone = _is_lone(text, relation.end(), value)
        yield Example(arguments=read[0], result=value[0], position=match.start(), bare=read[1], lone=lone)


def _joined(text: str, start: int) -> str:
    """The text from `start`, the line break left out where a sentence goes on in the next line."""
    rest = text[start : start + 8000]
    return rest.lstrip() if text[start - 1 : start].isalpha() and rest[:1] == "\n" else rest


def _is_lone(text: str, start: int, value: tuple[Any, int]) -> bool:
    return text[start : start + 1] == "(" and not isinstance(value[0], tuple)


def _named_values(text: str, start: int, names: tuple[str, ...] | None) -> tuple[dict[str, Any], int]:
    """`a = [1], k = 2` -> values by name, and where the last one ends. With `names`, only these."""
    found: dict[str, Any] = {}
    end = start
    while match := _NAMED.match(text, start):
        if (names is not None and match.group(1) not in names) or match.group(1) in found:
            break
        value = _separated_value(text, match.end())
        if value is None:
            break
        found[match.group(1)] = value[0]
        end = value[1]
        separator = re.compile(r"(?:[ \t]*(?:,|;|\band\b|\n))*[ \t]*").match(text, end)
        start = separator.end() if separator else end
    return found, end


def _separated_value(text: str, start: int) -> tuple[Any, int] | None:
    """A value that ends at a comma, at a word or with its line."""
    if text[start : start + 1] in ("(", "[", "{", '"', "'"):
        end = closing(text, start)
    else:
        match = re.compile(r"[-+]?[\d.]*\d(?:[eE][-+]?\d+)?|True\b|False\b|None\b").match(text, start)
        end = match.end() if match else None
    if end is None or (
        re.compile(r"[ \t]*[-+*/%\w]").match(text, end) and not re.compile(r"[ \t]+(?:[A-Za-z]|->)").match(text, end)
    ):
        return None
    value = value_at(text[start:end], 0)
    return (value[0], end) if value else None


def _conclusion(text: str, start: int, limit: int) -> tuple[Any, int] | None:
    """The result that is told after the arguments, at most six lines on."""
    arrow = _ARROW.match(text, start, limit)
    if arrow:
        return value_at(text[:limit], arrow.end())
    end = start
    for _ in range(6):
        line_end = text.find("\n", end + 1, limit)
        end = limit if line_end < 0 else line_end
    for match in _CONCLUSION.finditer(text, start, end):
        value = value_at(text[:limit], match.end())
        if value:
            return value
    return None


def _block_arguments(text: str, signature: Signature) -> tuple[Any, ...] | None:
    source = text.strip().strip("`").strip()
    named, end = _named_values(source, 0, None)
    if named and not source[end:].strip():
        return _by_name(named, signature)
    values: list[Any] = []
    at = 0
    while at < len(source):
        value = _separated_value(source, at)
        if value is None:
            return None
        values.append(value[0])
        separator = _WORD.match(source, value[1])
        at = separator.end() if separator else len(source) if not source[value[1] :].strip() else -1
        if at < 0:
            return None
    return signature.arrange(values, {}) if values else None


def _by_name(named: dict[str, Any], signature: Signature) -> tuple[Any, ...] | None:
    """Names that are the parameters', or that resemble them one by one (`bucket_capacity` for `capacity`)."""
    if set(named) <= set(signature.parameters):
        return signature.arrange([], named)
    pairs = list(zip(named, signature.parameters, strict=False))
    alike = all(one in other or other in one for one, other in pairs)
    if len(named) == 1 == signature.required or (alike and len(named) == len(signature.parameters)):
        return signature.arrange(list(named.values()), {})
    return None
