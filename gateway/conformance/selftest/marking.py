"""A module that tells which of its lines are reached: a mark before each statement of each function.

Lives here: putting the marks. It is far cheaper than a trace function of the interpreter, which is asked about
everything that runs. Never here: who asks (`mutant.py`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from gateway.conformance.selftest.faults import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "__reached__"
"""What a module that is marked calls, with the number of a line."""

_BODIES = ("body", "orelse", "finalbody")


def marked(module: str) -> ast.Module:
    """Give a module with its marks."""
    tree = ast.parse(source_of(module).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            _mark(node)
    return ast.fix_missing_locations(tree)


def _mark(node: ast.AST) -> None:
    """Mark what stands in a function; functions inside are met by themselves."""
    for name in _BODIES:
        body = getattr(node, name, None)
        if isinstance(body, list):
            setattr(node, name, _marked(body))
    for inner in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        _mark(inner)


def _marked(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for one in body:
        call = ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant(one.lineno)], [])
        found += [ast.copy_location(ast.Expr(call), one), one]
        if not isinstance(one, ast.FunctionDef | ast.ClassDef):
            _mark(one)
    return found
