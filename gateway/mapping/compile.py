"""Tables compiled once: addresses against the spec, paths against the model, then plans (`plan.py`).

Everything that can be wrong with a table is found here, at load, with file and line. Of a table that is known to be
right most loops are compiled when a message has them (`late`): it has few of those that a large table has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.entry import Entry
from gateway.mapping.address import ANY, Address, AddressError, Step, resolve, resolve_joined
from gateway.mapping.codes import CodeTable, load_codes
from gateway.mapping.convert import ConverterError, converter, same, type_word
from gateway.mapping.path import Path, PathError, parse_path
from gateway.mapping.plan import (
    ORDINAL,
    Branch,
    Constant,
    Each,
    Ignored,
    LatePlan,
    Mapping,
    Op,
    Plan,
    PlanStep,
)
from gateway.mapping.table import MappingError, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path as File

    from gateway.specs import MessageSpec, Part

_GAP = re.compile(r"\[[1-9][0-9]*\]\.")
"""An item of a list by a number after the first, with more behind it."""


class _Compiler:
    """Compiles one table; keeps what the checks across rows need."""

    def __init__(self, table: Table, spec: MessageSpec, codes: File, *, late: bool) -> None:
        self.table = table
        self.spec = spec
        self.codes = codes
        self.known_codes: dict[tuple[str, ...], CodeTable] = {}
        self.anywhere: dict[str, str] = {}
        self.gaps = False
        self.loops: dict[tuple[int, int, Any, int], Each] = {}
        self.branches: dict[tuple[Plan, Step], Branch] = {}
        self.inherited = table.version != spec.version
        # Of what another version's table says it is found out row by row what this one has.
        self.late = late and not self.inherited
        if self.late and not table.made:
            self._look(table.rows, set())

    def error(self, row: Row, reason: str) -> MappingError:
        return MappingError(self.table.file, row.line, reason)

    def plan(self, rows: Sequence[Row], part: Part, model: Any, keyed: int) -> Plan:
        plan = Plan(part)
        sources: dict[str, Row] = {}
        for row in rows:
            try:
                if row.kind == "each":
                    step: PlanStep = self.each(row, part, model, keyed)
                elif row.kind == "map":
                    step = self.op(row, part, model)
                    self._one_source(step, sources)
                elif row.address.startswith("*"):
                    self._ignore(row)
                    continue
                else:
                    step = self._leafless(row, part)
            except AddressError as error:
                if self.inherited:
                    # Another version's table: what this one does not have is not spoken of.
                    continue
                raise self.error(row, str(error)) from error
            except (PathError, ConverterError) as error:
                raise self.error(row, str(error)) from error
            plan.add(step)
            self._hang(plan, step)
        plan.close()
        return plan

    def _one_source(self, op: Op, sources: dict[str, Row]) -> None:
        if op.read_only or op.write_only:
            return
        for path in op.paths:
            name = ("/" if op.absolute else "") + path.text
            other = sources.setdefault(name, op.row)
            if other is not op.row:
                raise self.error(
                    op.row, f"{name} has another source in line {other.line}: mark one 'read' or 'write'"
                )

    def _leafless(self, row: Row, part: Part) -> Constant | Ignored:
        separator = self.spec.separator
        if row.kind == "set":
            return Constant(row, resolve(row.address, part, separator, leaf=True), row.text)
        try:
            address = resolve(row.address, part, separator, leaf=True)
        except AddressError:
            address = resolve(row.address, part, separator, leaf=False)
        return Ignored(row, address, row.text)

    def op(self, row: Row, part: Part, model: Any) -> Op:
        if row.address == ORDINAL:
            joined: tuple[Address, ...] = (Address(ORDINAL, (), (), ()),)
        else:
            joined = resolve_joined(row.address, part, self.spec.separator)
        names = row.paths
        absolute = names[0].startswith("/")
        target = Entry if absolute else model
        if names == (ORDINAL,):
            paths: tuple[Path, ...] = ()
        else:
            paths = tuple(parse_path(name.lstrip("/"), target) for name in names)
        codes_name = row.word("codes")
        codes = self.code_table(codes_name, paths, row) if codes_name else None
        if codes is None and len(paths) > 1:
            raise self.error(row, "several paths need a code table: codes t")
        nth = row.word("nth")
        op = Op(
            row, joined[0], paths, converter([word for word in row.convert if word != "same"]), codes, absolute,
            agree="agree" in row.words, near=row.word("~") or "", wrap=int(row.word("wrap") or 0),
            cut=int(row.word("cut") or 0), default=row.word("default") or "",
            read_only="read" in row.words, write_only="write" in row.words,
            nth=parse_path(nth.lstrip("/").replace("[].", "[0]."), Entry) if nth else None,
            joined=joined if len(joined) > 1 else (),
        )  # fmt: skip
        self._check_op(op)
        op.plain = op.simple
        self.gaps = self.gaps or any(step.index for path in paths for step in path.steps[:-1])
        return op

    def code_table(self, name: str, paths: tuple[Path, ...], row: Row) -> CodeTable:
        """Give a code table for the paths of a row, read once for those of one kind."""
        key = (name, *(type_word(path.type) for path in paths))
        if key not in self.known_codes:
            self.known_codes[key] = load_codes(self.codes, name, paths, (self.table.file, row.line))
        return self.known_codes[key]

    def _check_op(self, op: Op) -> None:
        row, address = op.row, op.address
        if op.codes is None and op.paths and not op.nth:
            kind = type_word(op.paths[0].type)
            if row.convert[:1] == ("same",):
                op.convert = same("bool" if address.keys == (ANY,) else kind)
            elif kind not in op.convert.types and not (address.text == ORDINAL and kind == "int"):
                fits = " or ".join(op.convert.types)
                raise self.error(
                    row, f"{op.paths[0].text} is {kind}; {op.convert.word or 'text'} gives {fits}"
                )
        if (len(address.keys) > 1 or op.joined) and not (op.cut or op.wrap or op.read_only):
            raise self.error(row, "a joined address needs cut n or wrap n to be written, or the word read")
        many = any(path.many for path in op.paths)
        chosen = [
            part.count_max == 1 or step.conditions or (step.nth and not step.rest)
            for part, step in zip(address.parts, address.steps, strict=True)
        ]
        if not all(chosen) and not many and not op.agree:
            name = address.steps[chosen.index(next(c for c in chosen if not c))].name
            raise self.error(row, f"{name} repeats: use each, a condition, [n], a path with [], or agree")

    def each(self, row: Row, part: Part, model: Any, keyed: int) -> Each:
        """Compile a loop; a row of a block that is used again at a part of the same shape is compiled once."""
        key = (id(row), id(part), model, keyed)
        found = self.loops.get(key)
        if found is None:
            found = self.loops[key] = self._each(row, part, model, keyed)
        return found

    def _each(self, row: Row, part: Part, model: Any, keyed: int) -> Each:
        if row.address == ".":
            address = Address(".", (), (), ())
        else:
            address = resolve(row.address, part, self.spec.separator, leaf=False)
        name = row.paths[0]
        absolute = name.startswith("/")
        path = parse_path(name.lstrip("/"), Entry if absolute else model)
        chosen = path.steps[-1].select
        if not (path.many or (chosen is not None and not path.steps[-1].single)):
            raise self.error(row, f"{name} is not a list: each needs items[]")
        select = _pairs(*chosen) if chosen is not None else ()
        for field_name, _ in select:
            parse_path(field_name, path.type)
        end = address.parts[-1] if address.parts else part
        item = path.type
        key_name = row.word("key")
        key = parse_path(key_name, item) if key_name else None
        plan = self._inside(row, end, item, keyed + (key is not None))
        by_names = row.words.get("by", ())
        if len(by_names) > keyed:
            raise self.error(row, f"by names {len(by_names)} keys, {keyed} keyed loops stand around it")
        by = tuple(None if one == "." else parse_path(one, item) for one in by_names)
        within = parse_path(row.words["in"][0], model) if "in" in row.words else None
        key_op = (
            next((s for s in plan.steps if isinstance(s, Op) and s.paths == (key,)), None) if key else None
        )
        if key is not None and key_op is None:
            raise self.error(row, f"no row under this each reads its key {key_name}")
        wraps = frozenset() if self._is_late(row) else frozenset(_wrapped(plan))
        agree = "agree" in row.words
        if agree and key is None:
            raise self.error(row, "agree on a loop needs the key by which an item is known")
        mandatory = bool(address.parts) and all(one.usage == "M" for one in address.parts)
        holds = key is not None and mandatory and _feeds(plan)
        return Each(row, address, path, absolute, plan, key, key_op, by, within, wraps, select, agree, holds)

    def _inside(self, row: Row, part: Part, item: Any, keyed: int) -> Plan:
        """Compile the rows inside a loop, now or later. What a loop is told by its rows is found now."""
        if self._is_late(row):
            return LatePlan.of(part, lambda: self.plan(row.rows, part, item, keyed))
        return self.plan(row.rows, part, item, keyed)

    def _is_late(self, row: Row) -> bool:
        if self.table.made:
            return self.late
        return self.late and "key" not in row.words and not any("wrap" in one.words for one in row.rows)

    def _look(self, rows: Sequence[Row], seen: set[int]) -> None:
        """Find what the rows of all loops say of the whole table."""
        if id(rows) in seen:
            return
        seen.add(id(rows))
        for row in rows:
            if row.kind == "map":
                self.gaps = self.gaps or any(_GAP.search(path) for path in row.paths)
            elif row.kind in {"set", "ignore"} and row.address.startswith("*"):
                self._ignore(row)
            self._look(row.rows, seen)

    def _ignore(self, row: Row) -> None:
        self.anywhere[row.address[1:].lstrip(self.spec.separator)] = row.text

    def _hang(self, plan: Plan, step: PlanStep) -> None:
        """Put a step where the one walk over a message will meet it."""
        if isinstance(step, Op) and step.address.text == ORDINAL:
            plan.ordinals.append(step)
            return
        if isinstance(step, Op) and step.joined:
            plan.joins.append(step)
            return
        steps, parts = step.address.steps, step.address.parts
        if isinstance(step, Each) and not steps:
            plan.whole.append(step)
            return
        each = step if isinstance(step, Each) else None
        for index, (wire, part) in enumerate(zip(steps, parts, strict=True)):
            last = index == len(steps) - 1
            plan = self._branch(plan, wire, part, each if last else None).plan
        if isinstance(step, Op) and step.plain:
            *way, name = (one.name for one in step.paths[0].steps)
            plan.simple.append((step, step.address.keys[0], tuple(way), name, step.convert.parse))
        elif not isinstance(step, Each):
            plan.ops.append(step)

    def _branch(self, plan: Plan, step: Step, part: Part, each: Each | None) -> Branch:
        key = (plan, step)
        found = self.branches.get(key) if each is None else None
        if found is None:
            found = Branch(step.conditions, step.nth, each.plan if each else Plan(part), each, step.rest)
            plan.branches.setdefault(step.name, []).append(found)
            if each is None:
                self.branches[key] = found
        return found


def _wrapped(plan: Plan) -> Iterator[str]:
    """Name the leaves whose texts go on in further turns."""
    for step in plan.steps:
        if isinstance(step, Op) and step.wrap and len(step.address.keys) == 1:
            yield step.address.keys[0]


def _feeds(plan: Plan) -> bool:
    """Tell whether a loop has another in it whose items stand elsewhere in the entry, by its key."""
    return any(isinstance(one, Each) and one.absolute and one.by for one in plan.steps)


def _pairs(field_name: str, value: str) -> tuple[tuple[str, str], ...]:
    """Divide what an item says: `[meaning=rejected,list=bill]` says two things."""
    value, *more = value.split(",")
    pairs = (one.partition("=") for one in more)
    return ((field_name, value), *((name, wanted) for name, _, wanted in pairs))


def compile_table(table: Table, spec: MessageSpec, codes: File, *, late: bool = False) -> Mapping:
    """Compile a table against its spec; `MappingError` for whatever does not fit.

    `late`: it is known to fit, so what is inside most loops is compiled when somebody looks at it.
    """
    compiler = _Compiler(table, spec, codes, late=late)
    plan = compiler.plan(table.rows, spec.root, Entry, 0)
    return Mapping(table, spec, plan, compiler.anywhere, compiler.gaps, late=compiler.late)
