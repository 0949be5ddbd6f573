"""The plan of a table: what to do at each node when reading, in each row's turn when writing.

A plan serves both directions. Reading walks a message once: `branches` say by the name
of a child what to do there. Writing follows `steps`, the rows in the table's order.
Lives here: its parts, as data. Never here: how a table becomes one (`compile.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gateway.mapping.address import ANY, Address, Condition
from gateway.mapping.codes import CodeTable
from gateway.mapping.convert import Converter, Parse
from gateway.mapping.mixed import Mixed, mixed
from gateway.mapping.path import Path
from gateway.mapping.table import Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.mapping.emit_folded import Folding
    from gateway.mapping.emit_quick import Quick
    from gateway.mapping.run import Run
    from gateway.specs import MessageSpec, Part
    from gateway.tree import Draft, Node

ORDINAL = "ordinal"
ABSENT = "_"
"""In the code of a joined row: the leaf before the next one is not there."""


@dataclass(slots=True, eq=False)
class Op:
    """One `map` row: how text becomes values and values text."""

    row: Row
    address: Address
    paths: tuple[Path, ...]
    convert: Converter
    codes: CodeTable | None
    absolute: bool
    agree: bool
    near: str
    wrap: int
    cut: int
    default: str
    read_only: bool
    write_only: bool
    nth: Path | None = None
    joined: tuple[Address, ...] = ()
    plain: bool = False
    contested: bool = False

    @property
    def simple(self) -> bool:
        """Whether the row is one leaf, one converter and one plain path."""
        return (
            len(self.paths) == 1
            and len(self.address.keys) == 1
            and self.address.keys[0] != ANY
            and not (self.codes or self.absolute or self.agree or self.near or self.default or self.nth)
            and not (self.read_only or self.write_only or self.joined)
            and all(
                step.index is None and step.select is None and not step.many for step in self.paths[0].steps
            )
        )

    def parse(self, text: str) -> tuple[Any, ...]:
        """Turn wire text into one value for each path; `ValueError` for what does not fit."""
        if self.codes is None:
            return (self.convert.parse(text),)
        return self.codes.read(text.strip())

    def format(self, item: dict[str, Any]) -> str | None:
        """Turn the values of an item into wire text, None where it has none."""
        values = tuple(path.get(item) for path in self.paths)
        if all(value is None for value in values):
            return None
        if self.codes is None:
            return self.convert.format(values[0])
        return self.codes.write(values)


@dataclass(slots=True, eq=False)
class Each:
    """One `each` row: turns on the wire, items in the entry.

    `holds`: the loop is mandatory and other lists stand in it, so it is written without an item too.
    """

    row: Row
    address: Address
    path: Path
    absolute: bool
    plan: Plan
    key: Path | None
    key_op: Op | None
    by: tuple[Path | None, ...]
    within: Path | None
    wrap_keys: frozenset[str]
    select: tuple[tuple[str, str], ...] = ()
    agree: bool = False
    holds: bool = False

    @property
    def family(self) -> tuple[Any, ...]:
        """The list that it feeds with items told apart by one field, () where there is more to it."""
        if len(self.address.steps) != 1 or len(self.select) != 1 or self.absolute or self.plan.counts:
            return ()
        more = self.key or self.by or self.within or self.wrap_keys
        return () if more else (*self.path.steps[:-1], self.path.steps[-1].name, self.select[0][0])

    @property
    def wraps(self) -> tuple[Op, ...]:
        """The rows whose texts go on in further turns."""
        return tuple(step for step in self.plan.steps if isinstance(step, Op) and step.wrap)


@dataclass(slots=True, eq=False)
class Constant:
    """One `set` row."""

    row: Row
    address: Address
    text: str


@dataclass(slots=True, eq=False)
class Ignored:
    """One `ignore` row; without keys it means the whole node."""

    row: Row
    address: Address
    reason: str


PlanStep = Op | Each | Constant | Ignored


@dataclass(slots=True, eq=False)
class Branch:
    """What to do with a child of one name, if it is one that the conditions choose."""

    conditions: tuple[Condition, ...]
    nth: int
    plan: Plan
    each: Each | None = None
    rest: bool = False

    @property
    def chooses(self) -> tuple[tuple[Condition, ...], int, bool]:
        """What chooses the child among those of its name."""
        return self.conditions, self.nth, self.rest


@dataclass(slots=True, eq=False)
class Plan:
    """What one node, or one turn of a loop, is for.

    Reading asks `simple`, `ops`, `joins`, `ordinals` and `branches`; writing asks
    `writes`, then `copies`, `defaults` and `constants`. `steps` are all rows.
    """

    part: Part
    ops: list[Op | Constant | Ignored] = field(default_factory=list)
    simple: list[tuple[Op, str, tuple[str, ...], str, Parse]] = field(default_factory=list)
    joins: list[Op] = field(default_factory=list)
    ordinals: list[Op] = field(default_factory=list)
    whole: list[Each] = field(default_factory=list)
    branches: dict[str, list[Branch]] = field(default_factory=dict)
    steps: list[PlanStep] = field(default_factory=list)
    writes: list[Op | Each | Mixed] = field(default_factory=list)
    copies: list[Op] = field(default_factory=list)
    defaults: list[Op] = field(default_factory=list)
    constants: list[Constant] = field(default_factory=list)
    rivals: dict[int, list[Op]] = field(default_factory=dict)
    lists: list[list[Op]] = field(default_factory=list)

    def close(self) -> None:
        """Find the rows that bring one value from several places, and the texts of one list.

        In a kept message such a row fills its own hole and leaves the others' alone.
        """
        by_path: dict[tuple[bool, str], list[Op]] = {}
        by_list: dict[tuple[bool, str], list[Op]] = {}
        for op in (step for step in self.steps if isinstance(step, Op) and step.paths):
            by_path.setdefault((op.absolute, op.paths[0].text), []).append(op)
            if op.paths[0].fixed:
                by_list.setdefault((op.absolute, op.paths[0].text.rpartition("[")[0]), []).append(op)
        for ops in by_path.values():
            if len(ops) > 1:
                for op in ops:
                    op.contested = True
                self.rivals.update({id(op): [one for one in ops if one is not op] for op in ops})
        self.lists = [ops for ops in by_list.values() if len(ops) > 1]
        if self.part.free:
            self.writes = mixed(self.writes)

    def compile(self) -> None:
        """Compile what is compiled late, here and below."""
        for step in self.steps:
            if isinstance(step, Each):
                step.plan.compile()

    @property
    def counts(self) -> bool:
        """Whether a row writes the number of the turn."""
        return any(isinstance(step, Op) and not step.paths for step in self.steps)

    def add(self, step: PlanStep) -> None:
        """Add a row; copies, defaults and constants are written when the nodes are there."""
        self.steps.append(step)
        if isinstance(step, Constant):
            self.constants.append(step)
        elif isinstance(step, Op):
            (self.copies if step.agree else self.writes).append(step)
            if step.default and not step.read_only:
                self.defaults.append(step)
        elif isinstance(step, Each):
            self.writes.append(step)


class LatePlan(Plan):
    """A plan whose rows are compiled when somebody first looks at them: a message has few of a large table's loops."""

    __slots__ = ("made",)

    made: Callable[[], Plan]

    @classmethod
    def of(cls, part: Part, make: Callable[[], Plan]) -> LatePlan:
        """Give the plan of a part, with nothing in it yet."""
        late = cls.__new__(cls)
        late.part = part
        found: list[Plan] = []

        def once() -> Plan:
            if not found:
                # Where two threads are the first, both take what came first.
                found.append(make())
            return found[0]

        late.made = once
        return late

    def __getattr__(self, name: str) -> Any:
        """Take up what was compiled; nothing comes here that is there already."""
        if name not in Plan.__slots__:
            raise AttributeError(name)
        made = self.made()
        for one in Plan.__slots__:
            setattr(self, one, getattr(made, one))
        return getattr(self, name)


@dataclass(frozen=True, eq=False)
class Mapping:
    """A compiled table. `anywhere` are leaf keys that are ignored wherever they stand.

    `gaps` says that a path names an item of a list by a number after the first; `late`, that rows are compiled when
    somebody looks at them.
    """

    table: Table
    spec: MessageSpec
    plan: Plan
    anywhere: dict[str, str]
    gaps: bool = False
    late: bool = False

    @property
    def id(self) -> str:
        """`x12/309/004010`: the message's own, also where another version's table serves it."""
        return self.spec.id

    @cached_property
    def reader(self) -> Callable[[Node], Run]:
        """The plan as functions that read a message's tree (`emit.py`)."""
        from gateway.mapping.emit import reader  # noqa: PLC0415 - it is made of what stands here

        return reader(self)

    @cached_property
    def folding(self) -> Folding | None:
        """The plan as functions that read a folded tree (`emit_folded.py`), None where it has none."""
        from gateway.mapping.emit_folded import folding  # noqa: PLC0415 - it is made of what stands here

        return folding(self)

    @cached_property
    def quick(self) -> Quick | None:
        """The plan in the compiled part (`emit_quick.py`), None where it is not there, or does not do a row."""
        from gateway.mapping.emit_quick import quick  # noqa: PLC0415 - it is made of what stands here

        return quick(self)

    @cached_property
    def quick_folded(self) -> Quick | None:
        """The same over a folded tree (`emit_quick_folded.py`)."""
        from gateway.mapping.emit_quick_folded import quick_folded  # noqa: PLC0415 - it is made of what stands here

        return quick_folded(self)

    @cached_property
    def writer(self) -> Callable[..., tuple[Draft, list[Op]]]:
        """The plan as functions that write a new message's tree (`emit_write.py`)."""
        from gateway.mapping.emit_write import writer  # noqa: PLC0415 - it is made of what stands here

        return writer(self)
