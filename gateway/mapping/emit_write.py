"""A table's rows as Python functions that write a new message: one for each node, texts only.

The other direction of `emit.py`. They do what `write.py` does where nothing is kept of a
message, without saying where anything goes, and give up (`ValueError`) where a value cannot
be written; a test holds the two to the same tree.

Each function has the parameters `c i r n`: the node, the item that is written into it, the
`Pen`, the number of the turn. In their bodies `x` is a value, `t` a wire text.
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

from gateway.mapping.address import ANY
from gateway.mapping.mixed import Mixed
from gateway.mapping.nodes import EVERY, choose, make, order_leaves
from gateway.mapping.pen import Pen, Texts, by, constant, default, nth, that
from gateway.mapping.plan import ORDINAL, Each, Op
from gateway.mapping.source import Source, indented
from gateway.tree import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.mapping.path import Path, PathStep
    from gateway.mapping.plan import Mapping, Plan
    from gateway.specs import Part

APART_MIN = 4
"""So many rows of one field are a function of their own."""


def writer(mapping: Mapping) -> Callable[..., tuple[Draft, list[Op]]]:
    """Compile what writes an entry as a new message of this table.

    It gives the tree and the rows that were withheld, one for each value.
    """
    source = _Writes(
        choose=choose, make=make, default=default, constant=constant, nth=nth, that=that, by=by, EVERY=EVERY
    )
    fill = source.compiled(source.rows(mapping.plan), mapping.id)

    def write(plain: dict[str, Any], *, near: bool) -> tuple[Draft, list[Op]]:
        root, pen = Draft(mapping.spec.root.name), Pen(plain, near=near)
        fill(root, plain, pen, 0)
        order_leaves(root, mapping.spec.root)
        return root, pen.withheld

    return write


class _Writes(Source):
    """The functions that write one table."""

    parameters = "c, i, r, n"

    def __init__(self, **names: Any) -> None:
        """Begin; `found` are the variables of objects that the rows at hand have looked up."""
        super().__init__(**names)
        self.found: dict[tuple[str, tuple[Any, ...]], str] = {}

    def rows(self, plan: Plan) -> str:
        """Define what writes every row of one node; copies come last, when all their nodes are there."""
        part, around = self.name(plan.part, "N"), self.found
        targets: dict[tuple[Any, ...], str] = {}
        lines: list[str] = []
        for field, steps, apart in _groups(plan):
            if apart:
                write = self.when_called(steps[0], partial(_Writes.group, steps=steps, part=plan.part))
                rows = [f"{write}(c, i, r, n)"]
            else:
                rows = self.group_lines(steps, part, targets)
            if field and rows:
                rows = [f"if i.get({field!r}) is not None:", *indented(rows)]
            lines += rows
        for op in plan.copies:
            self.found = {}
            lines += self.valued(op, [f"r.copies({self.name(op, 'O')}, c, {part}, t)"])
        lines = [f"{target} = None" for target in targets.values()] + lines
        for op in plan.defaults:
            lines += [f"default({self.name(op, 'O')}, c)"]
        for row in plan.constants:
            lines += [f"constant({self.name(row, 'C')}, c, {part})"]
        self.found = around
        return self.define("w", lines)

    def group(self, _: object, steps: Sequence[Op | Each | Mixed], part: Part) -> str:
        """Define what writes the rows of one field."""
        targets: dict[tuple[Any, ...], str] = {}
        lines = self.group_lines(steps, self.name(part, "N"), targets)
        return self.define("w", [*(f"{target} = None" for target in targets.values()), *lines])

    def group_lines(
        self, steps: Sequence[Op | Each | Mixed], part: str, targets: dict[tuple[Any, ...], str]
    ) -> list[str]:
        """Give the lines that write the rows of one field."""
        self.found = {}
        return [line for step in steps for line in self.row(step, part, targets)]

    def row(self, step: Op | Each | Mixed, part: str, targets: dict[tuple[Any, ...], str]) -> list[str]:
        """Give the lines that write one row."""
        if isinstance(step, Mixed):
            return self.mixed(step, part)
        if isinstance(step, Each):
            return self.each(step, part)
        if step.address.text == ORDINAL:
            return []
        name = self.name(step, "O")
        if step.paths and step.paths[0].many:
            return [f"r.many({name}, c, {part}, i)"]
        if step.address.keys == (ANY,):
            return [f"r.free({name}, c, {part}, i)"]
        return self.valued(step, self.put(step, part, targets))

    def valued(self, op: Op, put: list[str]) -> list[str]:
        """Give the lines that turn a row's value into the text `t`, and then `put` it."""
        if not op.paths:
            return ["if n:", "    t = str(n)", *indented(put)]
        source = "r.plain" if op.absolute else "i"
        if op.near:
            put = [f"if not r.held({self.name(op, 'O')}):", *indented(put)]
        if op.codes is not None and op.nth is None:
            return [
                f"t = {self.name(op, 'O')}.format({source})",
                "if t is not None:",
                *indented(put),
            ]
        lines, value = self.value(op.paths[0], source)
        if op.nth is not None:
            text = f"r.position({self.name(op.nth, 'P')}, {value})"
        elif op.convert.format is str:
            text = f"{value} if {value}.__class__ is str else str({value})"
        elif "Text" in op.convert.types or not {"Money", "Quantity"} & set(op.convert.types):
            text = f"{self.name(Texts(op), 'T')}[{value}]"
        else:
            text = f"{self.name(op.convert.format, 'F')}({value})"
        return [*lines, f"if {value} is not None:", f"    t = {text}", *indented(put)]

    def value(self, path: Path, source: str) -> tuple[list[str], str]:
        """Give the lines that find a path's value, None where there is none, and its variable."""
        *way, last = path.steps
        owner, lines = self.owner(tuple(way), source)
        if last.index is not None or last.select is not None:
            value, more = self.owner(path.steps, source)
            return [*lines, *more], value
        if not way:
            return [f"x = {source}.get({last.name!r})"], "x"
        return [*lines, f"x = {owner}.get({last.name!r}) if {owner} is not None else None"], "x"

    def owner(self, steps: tuple[PathStep, ...], source: str) -> tuple[str, list[str]]:
        """Give the variable of what steps lead to, and the lines that find it if none has before."""
        if not steps:
            return source, []
        key = (source, steps)
        if key in self.found:
            return self.found[key], []
        *way, step = steps
        above, lines = self.owner(tuple(way), source)
        here = self.found[key] = f"v{len(self.found)}"
        if step.index is not None:
            find = f"nth({above}, {step.name!r}, {step.index})"
        elif step.select is None:
            find = f"{above}.get({step.name!r})"
        elif step.single:
            find = f"that({above}.get({step.name!r}), {step.select!r})"
        else:
            table = (source, (*way, step.name, step.select[0]))
            if table not in self.found:
                self.found[table] = f"v{len(self.found)}"
                lines.append(f"{self.found[table]} = by({above}, {step.name!r}, {step.select[0]!r})")
            find = f"{self.found[table]}.get({step.select[1]!r})"
            return here, [*lines, f"{here} = {find}"]
        if way:
            find += f" if {above} is not None else None"
        return here, [*lines, f"{here} = {find}"]

    def put(self, op: Op, part: str, targets: dict[tuple[Any, ...], str]) -> list[str]:
        """Give the lines that put `t` where an address says."""
        name = self.name(op, "O")
        if op.joined:
            return [f"r.joined({name}, c, {part}, t)"]
        if op.read_only:
            return ["pass"]
        if not op.address.steps:
            return self.leaf(op, "c")
        find = f"choose(c, {part}, {self.name(op.address, 'A')}, make=True)"
        if _steady(op):
            target = targets.setdefault(op.address.steps, f"c{len(targets)}")
            lines = [f"if {target} is None: {target} = {find}"]
        else:
            target = "o"
            lines = [f"o = {find}"]
        return [*lines, f"if {target} is not None:", *indented(self.leaf(op, target))]

    def leaf(self, op: Op, target: str) -> list[str]:
        """Give the lines that put `t` into the leaves of a node."""
        name, key = self.name(op, "O"), op.address.keys[0]
        if len(op.address.keys) > 1:
            return [f"r.divided({name}, {target}, t)"]
        if op.wrap:
            return [f"r.wrapped({name}, c, {target}, t)"]
        return [
            f"if not {target}.values.get({key!r}): {target}.values[{key!r}] = t",
            f"else: r.fill({name}, {target}, {key!r}, t)",
        ]

    def mixed(self, mixed: Mixed, part: str) -> list[str]:
        """Give the lines that write the items of a list as turns of several loops, in the list's order."""
        rows = ", ".join(
            f"{said!r}: ({self.name(each.address, 'A')}, {self.when_called(each.plan, _Writes.rows)})"
            for said, each in mixed.eaches.items()
        )
        known = self.table("B", f"{{{rows}}}.get")
        turn = [
            f"o = {known}(x.get({mixed.field!r}))",
            f"if o is not None: o[1](make(c, {part}, o[0]), x, r, 1)",
        ]
        return [f"for x in {self.name(mixed.path, 'P')}.items(i)[0]:", *indented(turn)]

    def each(self, each: Each, part: str) -> list[str]:
        """Give the lines that write the items of a list as turns of a loop."""
        name, plan = self.name(each, "E"), self.when_called(each.plan, _Writes.rows)
        address = self.name(each.address, "A")
        turn = [f"o = make(c, {part}, {address})"]
        if each.by:
            turn.append("r.placed.add(id(x))")
        if each.key is not None:
            turn.append(f"r.keys.append(({self.name(each.key, 'P')}.get(x), k))")
        turn.append(f"{plan}(o, x, r, k + 1)")
        if each.key is not None:
            turn.append("r.keys.pop()")
        if each.wrap_keys:
            turn.append(f"r.wrap({name}, c, {part}, o)")
        only = "[:1]" if not each.address.steps else ""
        if each.within is None and not each.by and not each.select and len(each.path.steps) == 1:
            source = "r.plain" if each.absolute else "i"
            items = f"{source}.get({each.path.steps[0].name!r}) or ()"
            items = f"({items}){only}" if only else items
        else:
            items = f"r.items({name}, i){only}"
        if each.holds:
            # A mandatory loop without an item is made once, for the lists that stand in it.
            hollow = [
                f"o = make(c, {part}, {address})",
                "r.keys.append((EVERY, 0))",
                f"{plan}(o, {{}}, r, 1)",
            ]
            empty = [f"m = {items}", "if not m:", *indented([*hollow, "r.keys.pop()"])]
            return [*empty, "for k, x in enumerate(m):", *indented(turn)]
        return [f"for k, x in enumerate({items}):", *indented(turn)]


def _field(step: Op | Each | Mixed) -> str:
    """Give the field without which a row has nothing to write, "" where that cannot be said."""
    if not isinstance(step, Op):
        return ""
    if not step.paths or step.absolute or step.codes is not None:
        return ""
    return step.paths[0].steps[0].name


def _groups(plan: Plan) -> list[tuple[str, list[Op | Each | Mixed], bool]]:
    """Give the rows that follow each other with one field, and whether a function apart writes them.

    It is compiled when a message has the field: where there are many rows, and no other field's go to their nodes.
    """
    groups = [(field, list(steps)) for field, steps in groupby(plan.writes, _field)]
    fields: dict[tuple[Any, ...], set[str]] = {(): {""}}
    for field, steps in groups:
        for step in steps:
            if isinstance(step, Op) and step.address.steps:
                fields.setdefault(step.address.steps, set()).add(field)
    return [
        (
            field,
            steps,
            bool(field)
            and len(steps) >= APART_MIN
            and all(len(fields[step.address.steps]) == 1 for step in steps if isinstance(step, Op)),
        )
        for field, steps in groups
    ]


def _steady(op: Op) -> bool:
    """Tell whether the node that a row's address chooses stays the one while others are written."""
    return all(
        step.nth < 2 and not any(condition.negated for condition in step.conditions)
        for step in op.address.steps
    )
