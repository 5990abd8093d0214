"""The function that a stub asks for: its name, its parameters, its examples' home."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from problems import syntax


def parameters_of(header: str) -> tuple[str, ...]:
    """The parameters of a `def` line; none when it cannot be read."""
    try:
        node = syntax.parse(f"{header} pass").body[0]
    except (SyntaxError, ValueError, IndexError):
        return ()
    return Signature.of(node).parameters if isinstance(node, ast.FunctionDef) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """How a function may be called.

    Attributes:
        required: How many of `parameters` have no default.
        variadic: Whether it takes `*args`.
        annotations: Source of the type hints, "" where there is none, one a parameter.
        returns: Source of the result's type hint, or "".
    """

    name: str
    parameters: tuple[str, ...]
    required: int
    variadic: bool = False
    annotations: tuple[str, ...] = ()
    returns: str = ""

    @classmethod
    def of(cls, node: ast.FunctionDef) -> Signature:
        positional = [*node.args.posonlyargs, *node.args.args]
        if positional and positional[0].arg == "self":  # a method: it is called without
            positional = positional[1:]
        return cls(
            name=node.name,
            parameters=tuple(each.arg for each in positional),
            required=len(positional) - len(node.args.defaults),
            variadic=node.args.vararg is not None,
            annotations=tuple(ast.unparse(each.annotation) if each.annotation else "" for each in positional),
            returns=ast.unparse(node.returns) if node.returns else "",
        )

    def arrange(self, positional: list[Any], named: dict[str, Any]) -> tuple[Any, ...] | None:
        """Arguments in the order of the parameters; None when the function cannot be called with them."""
        arguments = list(positional)
        rest = self.parameters[len(positional) :]
        for name in rest[: len(named)]:
            if name not in named:
                return None
            arguments.append(named[name])
        if len(arguments) != len(positional) + len(named) or len(arguments) < self.required:
            return None
        if len(arguments) > len(self.parameters) and not self.variadic:
            return None
        return tuple(arguments)
