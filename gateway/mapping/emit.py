"""A table's rows as Python functions: one for each node that a row speaks of, values only.

`reader` writes the functions' source from a plan and compiles each once. They do what
`read.py` does without saying where anything comes from, and give up (`ValueError`) where
there is something to say; a test holds the two to the same entry.

Each function has the parameters `q c i r`: the node around, the node, the item that its
values go into, the `Run`. In their bodies `t` is a wire text, `x` a value.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.entry.base import Model, Text
from gateway.entry.settle import fitted, settle, sound
from gateway.mapping.address import ANY
from gateway.mapping.path import enter
from gateway.mapping.plan import Op, Plan
from gateway.mapping.run import Memo, Run, ask, item_of, key_of, saying
from gateway.mapping.source import Source, indented

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.mapping.path import Path, PathStep
    from gateway.mapping.plan import Branch, Each, Mapping
    from gateway.tree import Node

_CALL = "(c, x, i, r)"


def reader(mapping: Mapping) -> Callable[[Node], Run]:
    """Compile what reads a message of this table. What it gives raises `ValueError` for a bad message."""
    return compiled(Reads, mapping)


def compiled(kind: type[Reads], mapping: Mapping, **settings: Any) -> Callable[[Node], Run]:
    """Compile a table's functions, written by a class of this module or of `emit_folded.py`."""
    source = kind(ask=ask, enter=enter, item_of=item_of, saying=saying, sound=sound)
    for name, value in settings.items():
        setattr(source, name, value)
    begin = source.plan(mapping.plan)
    walk = source.compiled(begin, mapping.id)

    def read(root: Node) -> Run:
        run = Run()
        walk(root, root, run.root, run)
        run.resolve()
        settle(run.root)
        return run

    return read


class Reads(Source):
    """The functions that read one table."""

    parameters = "q, c, i, r"
    sound = False
    """Whether no text can have half a surrogate pair in it."""

    def plan(self, plan: Plan) -> str:
        """Define what reads one node: its leaves, then its children by name, then what joins several."""
        return self.body(plan, [])

    def body(self, plan: Plan, folded: list[str]) -> str:
        """Define what reads one node; `folded` are lines for leaves that another tree has as nodes."""
        lines: list[str] = []
        ops = [*(simple[0] for simple in plan.simple), *(op for op in plan.ops if isinstance(op, Op))]
        ops = [op for op in ops if op.paths and not op.write_only]
        if ops:
            lines.append("g = c.values.get")
        for op in ops:
            lines += self.op(op)
        lines += folded
        for each in plan.whole:
            lines.append(f"{self.each(each)}(c, c, i, r)")
        if plan.branches:
            lines += self.children(plan)
        for op in plan.joins:
            lines += [f"t = r.joined({self.name(op, 'O')}, c)", "if t:", *indented(self.converted(op))]
        return self.define("p", lines)

    def op(self, op: Op) -> list[str]:
        """Give the lines that read one row at the node with its leaves."""
        keys = op.address.keys
        if keys == (ANY,):
            fit = self.name(fitted(op.paths[0].kind), "F")
            return [f"r.free({self.name(op, 'O')}, {fit}, c, i)"]
        if len(keys) > 1:
            return [f"t = r.text({self.name(op, 'O')}, c)", "if t:", *indented(self.converted(op))]
        lines = [f"t = g({keys[0]!r})", "if t:", *indented(self.converted(op))]
        if op.paths[0].many:
            lines += [
                "    n = 2",
                f"    while t := g(f'{keys[0]}#{{n}}'):",
                *indented(indented(self.converted(op, again=True))),
                "        n += 1",
            ]
        return lines

    def converted(self, op: Op, *, again: bool = False) -> list[str]:
        """Give the lines that turn `t` into a value and put it in its place."""
        base = "r.root" if op.absolute else "i"
        if op.nth is not None:
            fit = self.name(fitted(op.paths[0].kind), "F")
            nth, path = self.name(op.nth, "P"), self.name(op.paths[0], "P")
            return [f"r.positions.append(({nth}, {path}, {fit}, t, {base}))"]
        if op.codes is None and op.convert.word == "" and op.paths[0].kind == Text and not op.joined:
            lines = ["x = t.strip()"]
            if op.default:
                lines.append(f"if x and t != {op.default!r}:")
            else:
                lines.append("if x:")
            if not self.sound:
                lines.append("    if not x.isascii(): sound(x)")
        else:
            memo = Memo(op, tuple(fitted(path.kind) for path in op.paths))
            lines = [f"x = {self.name(memo, 'M')}[t]", "if x is not None:"]
        lines += indented(self.stored(op, base))
        if again:
            lines += ["else:", "    raise ValueError(t)"]
        return lines

    def stored(self, op: Op, base: str) -> list[str]:
        """Give the lines that put `x` where a row says, if nothing else is there."""
        path = op.paths[0]
        if len(op.paths) > 1 or op.near or any(step.single and step.select for step in path.steps):
            keys = op.joined[0].keys if op.joined else op.address.keys
            return [f"r.values({self.name(op, 'O')}, {base}, x, c, {keys[0]!r}, t)"]
        owner, lines = self.owner(path, base)
        last = path.steps[-1]
        value = "x.copy()" if isinstance(path.type, type) and issubclass(path.type, Model) else "x"
        if last.many:
            return [*lines, *_append(owner, last.name, "x")]
        if last.index is not None:
            return [*lines, f"r.fixed({owner}, {last.name!r}, {last.index}, x)"]
        lines += [f"if {last.name!r} not in {owner}: {owner}[{last.name!r}] = {value}"]
        if op.agree:
            lines.append(f"elif {owner}[{last.name!r}] != x: raise ValueError(t)")
        return lines

    def owner(self, path: Path, base: str) -> tuple[str, list[str]]:
        """Give the variable that has the object around a path's end, and the lines that find or make it."""
        here, lines = base, []
        for number, step in enumerate(path.steps[:-1]):
            there = f"a{number}"
            lines += self.step(step, here, there)
            here = there
        return here, lines

    def step(self, step: PathStep, here: str, there: str) -> list[str]:
        """Give the lines that go one step down in the entry."""
        if step.index is not None:
            return [f"{there} = item_of({here}, {step.name!r}, {step.index})"]
        if step.select is not None and step.single:
            return [f"{there} = enter({here}, {self.name(step, 'S')})"]
        if step.select is not None:
            return [f"{there} = saying({here}, {step.name!r}, {step.select[0]!r}, {step.select[1]!r})"]
        return [
            f"{there} = {here}.get({step.name!r})",
            f"if {there} is None: {there} = {here}[{step.name!r}] = {{}}",
        ]

    def children(self, plan: Plan) -> list[str]:
        """Give the lines that hand each child to what reads nodes of its name."""
        counted = [name for name, found in plan.branches.items() if any(one.nth for one in found)]
        lines: list[str] = []
        loop: list[str] = []
        for name in counted:
            loop.append(f"{'el' if loop else ''}if n == {name!r}:")
            for number, branch in enumerate(plan.branches[name]):
                counter = f"k{counted.index(name)}_{number}"
                if branch.nth:
                    lines.append(f"{counter} = 0")
                loop += indented(self.branch(branch, counter))
        rest = {
            name: partial(type(self).group, branches=found)
            for name, found in plan.branches.items()
            if name not in counted
        }
        if rest:
            known = self.choice("B", rest)
            plain = [f"f = {known}(n)", f"if f is not None: f{_CALL}"]
            loop += ["else:", *indented(plain)] if loop else plain
        return [*lines, "for x in c.children:", "    n = x.name", *indented(loop)]

    def branch(self, branch: Branch, counter: str) -> list[str]:
        """Give the lines that follow a branch if its conditions choose the child `x`."""
        lines = [f"{self.target(branch)}{_CALL}"]
        if branch.nth:
            is_it = f"{counter} {'>=' if branch.rest else '=='} {branch.nth}"
            lines = [f"{counter} += 1", f"if {is_it}:", *indented(lines)]
        if branch.conditions:
            tests = [
                f"ask(x, {one.path!r}, {one.key!r}) {'not ' if one.negated else ''}in {one.values!r}"
                for one in branch.conditions
            ]
            lines = [f"if {' and '.join(tests)}:", *indented(lines)]
        return lines

    def group(self, branches: list[Branch]) -> str:
        """Define what reads the children of one name: those of its branches that their leaves choose."""
        if len(branches) == 1 and not branches[0].conditions:
            return self.target(branches[0])
        asked = list(
            dict.fromkeys((b.conditions[0].path, b.conditions[0].key) for b in branches if b.conditions)
        )
        always = [(number, self.target(one)) for number, one in enumerate(branches) if not one.conditions]
        answers = [
            self.answers(branches, *question, () if index else always) for index, question in enumerate(asked)
        ]
        if len(asked) == 1:
            lines = [f"for _, f in {answers[0]}:", "    f(q, c, i, r)"]
        elif not asked:
            lines = [f"{name}(q, c, i, r)" for _, name in always]
        else:
            lines = [
                f"h = [{', '.join(f'*{one}' for one in answers)}]",
                "if len(h) > 1: h.sort()",
                "for _, f in h:",
                "    f(q, c, i, r)",
            ]
        if any(not path for path, _ in asked):
            lines.insert(0, "g = c.values.get")
        return self.define("g", lines)

    def answers(
        self, branches: list[Branch], path: tuple[str, ...], key: str, always: Sequence[tuple[int, str]]
    ) -> str:
        """Give the expression for the branches, in order, that one leaf of the child chooses."""
        mine = [
            (number, one, self.guarded(one))
            for number, one in enumerate(branches)
            if one.conditions and (one.conditions[0].path, one.conditions[0].key) == (path, key)
        ]
        values = sorted({value for _, branch, _ in mine for value in branch.conditions[0].values})

        def of(value: str | None) -> str:
            found = [
                (number, name)
                for number, branch, name in mine
                if (value in branch.conditions[0].values) is not branch.conditions[0].negated
            ]
            chosen = sorted([*found, *always])
            return f"({''.join(f'({number}, {name}), ' for number, name in chosen)})"

        other = self.table("D", of(None))
        table = self.table("B", f"{{{', '.join(f'{value!r}: {of(value)}' for value in values)}}}.get")
        text = f"ask(c, {path!r}, {key!r})" if path else f"g({key!r}, '')"
        return f"{table}({text}, {other})"

    def guarded(self, branch: Branch) -> str:
        """Define what a branch leads to, behind its conditions after the first."""
        rest = [
            f"ask(c, {one.path!r}, {one.key!r}) {'not ' if one.negated else ''}in {one.values!r}"
            for one in branch.conditions[1:]
        ]
        target = self.target(branch)
        if not rest:
            return target
        return self.define("g", [f"if {' and '.join(rest)}:", f"    {target}(q, c, i, r)"])

    def target(self, branch: Branch) -> str:
        """Define what a branch leads to."""
        return self.each(branch.each) if branch.each is not None else self.plan(branch.plan)

    def each(self, each: Each) -> str:
        """Define what reads one turn of a loop, once for a loop that stands in several places."""
        return self.once(each, self.turn)

    def turn(self, each: Each) -> str:
        """Define what reads one turn of a loop into a new item, or into the one that has its key."""
        lines, number = [], id(each)
        path = each.path
        if each.wrap_keys:
            lines += [f"if r.goes_on({self.name(each, 'E')}, {number}, q, c): return"]
        find = each.within is not None or each.agree
        keyed = False
        if each.key is not None and (find or links(each.plan)):
            keyed = True
            key = key_of(each, fitted(each.key.kind))
            lines += [f"k = {self.name(key, 'K')}(c)", "r.keys.append(k)"]
        lines += ["d = {}", f"{self.plan(each.plan)}(q, c, d, r)"]
        if keyed:
            lines.append("r.keys.pop()")
        owner, way = self.owner(path, "r.root" if each.absolute else "i")
        new = [f"d.update({dict(each.select)!r})"] if each.select else []
        new += self.finish(each)
        if each.wrap_keys:
            new.append(f"r.last[{number}] = (q, d)")
        lines.append("if not d: return")
        lines += [*way, f"l = {owner}.get({path.steps[-1].name!r})"]
        lines.append(f"if l is None: l = {owner}[{path.steps[-1].name!r}] = []")
        if find:
            lines += [f"o = r.known(l, {self.name(each.key, 'P')}, k) if k is not None else None"]
            lines += [f"if o is not None: r.same(o, d, adds={each.agree})", "else:", *indented(new)]
        else:
            lines += new
        if each.within is not None:
            lines += ["if k is not None:", *indented(self.link(each.within, "i"))]
        return self.define("e", lines)

    def finish(self, each: Each) -> list[str]:
        """Give the lines that add an item to its list, with its parents' keys and its number."""
        lines = ["l.append(d)"]
        for number, path in enumerate(each.by):
            if path is not None:
                lines += [f"k{number} = r.keys[{number}]", f"if k{number} is not None:"]
                lines += indented(self.link(path, "d", f"k{number}"))
        for op in each.plan.ordinals:
            path = op.paths[0]
            count = "len(l)" if path.type is int else f"{self.name(fitted(path.kind), 'F')}(len(l))"
            lines += self.link(path, "d", count)
        return lines

    def link(self, path: Path, item: str, key: str = "k") -> list[str]:
        """Give the lines that write another item's key into an item."""
        step = path.steps[0]
        if len(path.steps) == 1 and path.many:
            return _append(item, step.name, key)
        if len(path.steps) == 1 and step.index is None and step.select is None:
            return [f"{item}[{step.name!r}] = {key}"]
        return [f"{self.name(path, 'P')}.put({item}, {key})"]


def links(plan: Plan) -> bool:
    """Tell whether a loop somewhere below keeps the keys of the loops around it."""
    return any(
        (branch.each is not None and any(branch.each.by)) or links(branch.plan)
        for branches in plan.branches.values()
        for branch in branches
    ) or any(any(each.by) or links(each.plan) for each in plan.whole)


def _append(owner: str, name: str, value: str) -> list[str]:
    return [
        f"m = {owner}.get({name!r})",
        f"if m is None: {owner}[{name!r}] = [{value}]",
        f"else: m.append({value})",
    ]
