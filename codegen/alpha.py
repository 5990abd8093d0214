"""Programs that differ in the names of their variables alone have one key here: they count as one when chosen from.

Stricter than `codegen.programs.program_key`, which keeps names: a person would call both submissions the same.
"""

from __future__ import annotations

import ast
import hashlib

from codegen.programs import program_key
from codegen.python_source import parse


def alpha_key(source: str, language: str) -> str:
    """Equal for programs with the same syntax tree up to names of variables, parameters, docstrings and layout.

    Other languages than Python are compared as `program_key` does. Never raises.
    """
    tree = parse(source) if language == "python" else None
    if tree is None:
        return program_key(source, language)
    try:
        text = ast.dump(_Renamer(_bound(tree)).visit(tree))
    except (ValueError, RecursionError, MemoryError):
        return program_key(source, language)
    return hashlib.sha256(f"{language}\0renamed\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _bound(tree: ast.Module) -> frozenset[str]:
    """Names of variables and parameters. What is imported, or is a function or a class, keeps its name."""
    variables: set[str] = set()
    kept: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                variables.add(name)
            case ast.ExceptHandler(name=str(name)):
                variables.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                kept.add(name)
            case ast.alias(name=name, asname=asname):
                kept.add(asname or name.partition(".")[0])
            case ast.Call(keywords=keywords):
                kept |= {each.arg for each in keywords if each.arg}
    return frozenset(variables - kept)


class _Renamer(ast.NodeTransformer):
    """Variables become v0, v1, ... in the order of their first mention; docstrings go."""

    def __init__(self, variables: frozenset[str]) -> None:
        self._variables = variables
        self._names: dict[str, str] = {}

    def _renamed(self, name: str) -> str:
        return self._names.setdefault(name, f"v{len(self._names)}") if name in self._variables else name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._renamed(node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._renamed(node.arg)
        return self.generic_visit(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        node.name = self._renamed(node.name) if node.name else None
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._renamed(name) for name in node.names]
        return node

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        node.names = [self._renamed(name) for name in node.names]
        return node

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._scope(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._scope(node)

    def _scope(self, node: ast.Module | ast.FunctionDef | ast.ClassDef) -> ast.AST:
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            node.body = node.body[1:] or ([] if isinstance(node, ast.Module) else [ast.Pass()])
        return self.generic_visit(node)
