"""Faults seeded in the code: a comparison flipped, a bound moved by one, a branch or a call dropped, fields swapped.

Lives here: where such a fault can be put, and the module with one in it. A fault is named by module,
function, operator and turn, so that its name outlives a line that moves. Never here: running it
(`mutant.py`), and which modules are meant (`edi_specs/conformance/faults.toml`).
"""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_EDGES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
_TURNED: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
# Texts that mean something to a program: codes, names, problems. Sentences are for people.
_CODE = re.compile(r"[A-Za-z0-9+*:'-]{1,6}|[a-z][a-z0-9-]*(?:/[a-z0-9-]+)+")
_SWAPPED_MIN = 2
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `number` counts every site of the module; `change` is the code before and after.

    `first` is the first line of the function.
    """

    module: str
    where: str
    operator: str
    turn: int
    number: int
    line: int
    first: int
    change: str

    @property
    def name(self) -> str:
        """`gateway.formats.x12.elements:Checks.date/bound/2`."""
        return f"{self.module}:{self.where}/{self.operator}/{self.turn}"


class _Sites(ast.NodeTransformer):
    """Walks a module; lists its sites, and changes the one that is asked for."""

    def __init__(self, module: str, wanted: int = -1) -> None:
        self.module = module
        self.wanted = wanted
        self.found: list[Fault] = []
        self.stack: list[str] = []
        self.turns: dict[str, int] = {}
        self.first = 0

    def _site(self, node: ast.AST, operator: str, changed: Any) -> Any:
        """Note a site; give what stands there then."""
        if "." not in self.stack:
            return node
        where = ".".join(one for one in self.stack if one != ".")
        key = f"{where}/{operator}"
        self.turns[key] = self.turns.get(key, 0) + 1
        number = len(self.found)
        change = f"{_shown(node)} -> {_shown(changed)}"
        line = int(getattr(node, "lineno", 0))
        self.found.append(
            Fault(self.module, where, operator, self.turns[key], number, line, self.first, change)
        )
        return changed if number == self.wanted else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Go into a function; its annotations and defaults are no place for a fault."""
        if "." not in self.stack:
            self.first = node.lineno
        self.stack += [node.name, "."]
        docs = ast.get_docstring(node, clean=False) is not None
        node.body = node.body[:docs] + [self.visit(one) for one in node.body[docs:]]
        del self.stack[-2:]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Go into a class: its functions, not its fields."""
        self.stack.append(node.name)
        node.body = [self.visit(one) if isinstance(one, ast.FunctionDef) else one for one in node.body]
        self.stack.pop()
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Leave the annotation alone."""
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Leave a text for people alone."""
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        """Leave the words of an exception alone."""
        return node

    def visit_Compare(self, node: ast.Compare) -> Any:
        """Flip a comparison, and move its edge."""
        self.generic_visit(node)
        kind = type(node.ops[0])
        found: Any = node
        if kind in _FLIPPED:
            found = self._site(found, "compare", _with(node, ops=[_FLIPPED[kind](), *node.ops[1:]]))
        if kind in _EDGES:
            found = self._site(found, "edge", _with(node, ops=[_EDGES[kind](), *node.ops[1:]]))
        return found

    def visit_Constant(self, node: ast.Constant) -> Any:
        """Move a bound by one, turn a truth, spoil a code."""
        if type(node.value) is bool:
            return self._site(node, "truth", _with(node, value=not node.value))
        if type(node.value) is int:
            return self._site(node, "bound", _with(node, value=node.value + 1))
        if type(node.value) is str and _CODE.fullmatch(node.value):
            return self._site(node, "code", _with(node, value=f"{node.value}Z"))
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        """Take one condition out of several."""
        self.generic_visit(node)
        for at in range(len(node.values)):
            rest = node.values[:at] + node.values[at + 1 :]
            changed = rest[0] if len(rest) == 1 else _with(node, values=rest)
            if self._site(node, "condition", changed) is changed:
                return changed
        return node

    def visit_If(self, node: ast.If) -> Any:
        """Drop a branch."""
        self.generic_visit(node)
        dropped = ast.copy_location(ast.Constant(value=False), node.test)
        node.test = self._site(node.test, "branch", dropped)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        """Choose the other value."""
        self.generic_visit(node)
        return self._site(node, "choice", _with(node, body=node.orelse, orelse=node.body))

    def visit_comprehension(self, node: ast.comprehension) -> Any:
        """Take the filter out of a comprehension."""
        self.generic_visit(node)
        for at, one in enumerate(node.ifs):
            true = ast.copy_location(ast.Constant(value=True), one)
            node.ifs[at] = self._site(one, "filter", true)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        """Take a negation away."""
        self.generic_visit(node)
        return self._site(node, "negation", node.operand) if isinstance(node.op, ast.Not) else node

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        """Add where something is taken away, and the other way round."""
        self.generic_visit(node)
        turned = _TURNED.get(type(node.op))
        return self._site(node, "arithmetic", _with(node, op=turned())) if turned is not None else node

    def visit_Call(self, node: ast.Call) -> Any:
        """Swap two fields."""
        self.generic_visit(node)
        args = node.args
        if len(args) < _SWAPPED_MIN or any(isinstance(one, ast.Starred) for one in args[:2]):
            return node
        if ast.dump(args[0]) == ast.dump(args[1]):
            return node
        return self._site(node, "swap", _with(node, args=[args[1], args[0], *args[2:]]))

    def visit_Expr(self, node: ast.Expr) -> Any:
        """Drop what is done for its effect."""
        if isinstance(node.value, ast.Constant):
            return node
        self.generic_visit(node)
        return self._site(node, "dropped", ast.copy_location(ast.Pass(), node))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """Drop what is added up."""
        self.generic_visit(node)
        return self._site(node, "dropped", ast.copy_location(ast.Pass(), node))

    def visit_Continue(self, node: ast.Continue) -> Any:
        """Go on where the rest was to be left out."""
        return self._site(node, "jump", ast.copy_location(ast.Pass(), node))

    def visit_Break(self, node: ast.Break) -> Any:
        """Go on where a loop was to end."""
        return self._site(node, "jump", ast.copy_location(ast.Pass(), node))

    def visit_Return(self, node: ast.Return) -> Any:
        """Give nothing back."""
        self.generic_visit(node)
        if node.value is None or isinstance(node.value, ast.Constant):
            return node
        nothing = ast.copy_location(ast.Constant(value=None), node.value)
        return self._site(node, "return", _with(node, value=nothing))


def _with(node: Any, **changes: Any) -> Any:
    fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
    return ast.copy_location(type(node)(**{**fields, **changes}), node)


def _shown(node: Any) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def source_of(module: str) -> Path:
    """Give the file of a module."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"{module} has no source")
    return Path(spec.origin)


def _tree(module: str) -> ast.Module:
    return ast.parse(source_of(module).read_text(encoding="utf-8"))


@cache
def sites(module: str) -> tuple[Fault, ...]:
    """Give every fault that can be seeded in a module."""
    walker = _Sites(module)
    walker.visit(_tree(module))
    return tuple(walker.found)


def seeded(module: str, number: int) -> ast.Module:
    """Give a module with one fault in it."""
    tree = _tree(module)
    _Sites(module, number).visit(tree)
    return ast.fix_missing_locations(tree)
