"""A table's rows for the compiled part: the same as `emit.py` writes, as tuples instead of source.

`quick` gives what reads a message that was cut into a tree of `gateway.quick`, and what such a tree
has to have (`Asked`). None where a row has a word that is not done there, or where there is no
compiled part. `gateway/quick/program.pxd` says what the tuples become; a test holds what comes of
them to what `emit.py` gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.entry import Entry
from gateway.entry.base import Model, Text
from gateway.entry.settle import fitted, object_class, order_of
from gateway.mapping.address import ANY
from gateway.mapping.emit import links
from gateway.mapping.plan import Op
from gateway.mapping.run import Memo
from gateway.quick import COMPILED, Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.entry.settle import Fit
    from gateway.mapping.address import Condition, Step
    from gateway.mapping.path import Path
    from gateway.mapping.plan import Branch, Each, Mapping, Plan
    from gateway.quick.program import Program
    from gateway.quick.tree import Tree
    from gateway.quick.values import Entry as QuickEntry
    from gateway.specs import Part

if COMPILED:
    from gateway.quick import program as programs
    from gateway.quick import rows

FIELD, ITEM, SAYING, SINGLE = range(4)
PUT, APPEND, FIXED = range(3)
PLAIN, DECIMAL, MEMO, POSITION = range(4)
LEAF, PIECES, FOLLOWED = range(3)
AGREE, CONTESTED, NEAR, VALUES = 1, 2, 4, 8
BRANCHES_MAX = 64
"""So many children of one name are chosen by their bits."""
TURNS_MAX = 9
"""A leaf that is there so often is left to Python."""
FIELDS_MAX = 64
"""So many fields of one class the compiled part tells apart: by one bit each."""


class NotQuickError(Exception):
    """A table with a row that the compiled part does not do."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A table in the compiled part: what it asks of a message, and its rows; `ops` are those by number."""

    asked: Asked
    program: Program
    ops: tuple[Op, ...]

    def read(self, tree: Tree) -> QuickEntry | None:
        """Read a tree, and let its nodes go; None where Python has to."""
        found = rows.read(self.program, tree)
        tree.forget()
        return found


def quick(mapping: Mapping, kind: type[Tuples] | None = None, **settings: Any) -> Quick | None:
    """Write a table's rows for the compiled part; `kind` is a class that knows another tree."""
    if not COMPILED:
        return None
    tuples = (kind or Tuples)()
    for name, value in settings.items():
        setattr(tuples, name, value)
    try:
        start = tuples.plan(mapping.plan, Entry)
        program = programs.Program(
            tuples.finished_shapes(),
            tuple(tuples.plans),
            tuple(tuples.eaches),
            tuple(tuples.converters),
            len(tuples.asked.names),
            start,
        )
    except NotQuickError:
        return None
    return Quick(tuples.asked, program, tuple(tuples.ops))


class Tuples:
    """The rows of one table. Plans, loops, shapes and memos are named by their numbers."""

    def __init__(self) -> None:
        """Begin with the entry, the first of the shapes."""
        self.asked = Asked()
        self.plans: list[Any] = []
        self.eaches: list[Any] = []
        self.converters: list[tuple[Callable[[str], Any], int]] = []
        self.ops: list[Op] = []
        self._shapes: dict[type[Model], tuple[int, set[str]]] = {}
        self._plans: dict[int, tuple[int, Plan]] = {}
        self.shape(Entry)

    # -- shapes and paths ----------------------------------------------------------------

    def shape(self, model: Any, *names: str) -> int:
        """Give the number of a class of the model, with fields that rows speak of."""
        if not (isinstance(model, type) and issubclass(model, Model)):
            raise NotQuickError
        number, known = self._shapes.setdefault(model, (len(self._shapes), set()))
        known.update(names)
        return number

    def finished_shapes(self) -> tuple[tuple[tuple[str, ...], frozenset[str]], ...]:
        """Give for each class the fields that matter, in the model's order, and those it needs."""
        found = []
        for model, (_, names) in self._shapes.items():
            order, needs = order_of(model)
            fields = tuple(name for name in order if name in names or name in needs)
            if len(fields) > FIELDS_MAX:
                raise NotQuickError
            found.append((fields, needs))
        return tuple(found)

    def path(self, path: Path, model: Any, *, absolute: bool = False) -> tuple[Any, ...]:
        """Write a path that begins at an object of a class."""
        here = Entry if absolute else model
        steps = []
        for step in path.steps[:-1]:
            shape = self.shape(here, step.name)
            here = object_class(here.model_fields[step.name].annotation)
            there = self.shape(here)
            said, value = step.select or ("", None)
            if step.index is not None:
                kind = ITEM
            elif step.select is None:
                kind = FIELD
            else:
                kind = SINGLE if step.single else SAYING
                self.shape(here, said)
            steps.append((kind, shape, step.name, there, step.index or 0, said, value))
        last = path.steps[-1]
        if last.select is not None and last.single:
            raise NotQuickError
        way = FIXED if last.index is not None else APPEND if last.many or last.select is not None else PUT
        return absolute, tuple(steps), (way, self.shape(here, last.name), last.name, last.index or 0)

    # -- texts and values ----------------------------------------------------------------

    def memo(self, convert: Callable[[str], Any], model: Any = None) -> int:
        """Keep what makes a value of a text; `model` where that is an object."""
        shape = -1
        if isinstance(model, type) and issubclass(model, Model):
            shape = self.shape(model, *order_of(model)[0])
        self.converters.append((convert, shape))
        return len(self.converters) - 1

    def conditions(self, name: str, conditions: Sequence[Condition]) -> tuple[Any, ...]:
        """Write what chooses a node of a name."""
        return tuple(
            (
                tuple(self.asked.name(one) for one in condition.path),
                self.asked.key(condition.path[-1] if condition.path else name, condition.key),
                condition.values,
                int(condition.negated),
            )
            for condition in conditions
        )

    def piece(self, part: Part, steps: Sequence[Step], key: str) -> tuple[Any, ...]:
        """Write one leaf, of a node or of one below it."""
        if any(one.rest for one in steps):
            raise NotQuickError
        way = tuple(
            (self.asked.name(one.name), self.conditions(one.name, one.conditions), one.nth) for one in steps
        )
        return way, self.asked.key(steps[-1].name if steps else part.name, key)

    def source(self, op: Op, part: Part, *, followed: bool = False) -> tuple[Any, ...]:
        """Write where a row's text is; without `followed` it is on the node at hand."""
        if op.joined and followed:
            absent = int(op.codes is not None)
            pieces = tuple(self.piece(part, one.steps, one.keys[0]) for one in op.joined)
            return FOLLOWED, 0, absent, pieces
        keys = op.address.keys
        if keys == (ANY,):
            raise NotQuickError
        if len(keys) > 1:
            return PIECES, op.wrap, 0, tuple(self.piece(part, (), key) for key in keys)
        if op.paths and op.paths[0].many:
            keys = (keys[0], *(f"{keys[0]}#{number}" for number in range(2, TURNS_MAX)))
        return LEAF, 0, 0, tuple(self.piece(part, (), key) for key in keys)

    def row(self, op: Op, part: Part, model: Any, *, joined: bool = False) -> tuple[Any, ...]:
        """Write one row: its text, what becomes of it, where that goes."""
        source = self.source(op, part, followed=joined)
        fits = tuple(fitted(path.kind) for path in op.paths)
        kind, memo, nth = MEMO, -1, None
        target = op.paths[0].type if len(op.paths) == 1 else None
        if op.nth is not None:
            kind, memo, nth = POSITION, self.memo(fits[0]), self.position(op.nth)
        elif _plain(op):
            kind = PLAIN
        else:
            known = Memo(op, fits)
            kind = DECIMAL if known.same is not None else MEMO
            memo = self.memo(lambda text: converted(op, fits, text), target)
        flags = (AGREE if op.agree else 0) | (CONTESTED if op.contested else 0) | (NEAR if op.near else 0)
        if len(op.paths) > 1 or op.near or any(step.single and step.select for step in op.paths[0].steps):
            flags |= VALUES
        self.ops.append(op)
        paths = tuple(self.path(path, model, absolute=op.absolute) for path in op.paths)
        return source, kind, op.default, memo, paths, flags, len(self.ops) - 1, nth

    def position(self, nth: Path) -> tuple[str, int, str]:
        """Write which field of which list's items a position stands for."""
        first, last = nth.steps[0].name, nth.steps[-1].name
        self.shape(Entry, first)
        item = object_class(Entry.model_fields[first].annotation)
        return first, self.shape(item, last), last

    # -- nodes and loops -----------------------------------------------------------------

    def plan(self, plan: Plan, model: Any) -> int:
        """Write what reads one node, and give its number."""
        self.plans.append(None)
        number = len(self.plans) - 1
        ops = [*(simple[0] for simple in plan.simple), *(op for op in plan.ops if isinstance(op, Op))]
        rows = [self.row(op, plan.part, model) for op in ops if op.paths and not op.write_only]
        rows += self.folded(plan, model)
        whole = tuple(self.each(each, model) for each in plan.whole)
        groups = tuple(
            (self.asked.name(name), *asked_once([self.branch(name, one, model) for one in branches]))
            for name, branches in self.nodes(plan).items()
        )
        joins = tuple(self.row(op, plan.part, model, joined=True) for op in plan.joins)
        self.plans[number] = (tuple(rows), whole, groups, joins)
        return number

    def folded(self, plan: Plan, model: Any) -> list[tuple[Any, ...]]:  # noqa: ARG002 - for trees that fold
        """Give the rows of nodes that a tree has as leaves of the node around them."""
        return []

    def nodes(self, plan: Plan) -> dict[str, list[Branch]]:
        """Give the branches whose nodes a tree has as nodes."""
        return plan.branches

    def branch(self, name: str, branch: Branch, model: Any) -> tuple[Any, ...]:
        """Write where a child goes on, and what chooses it."""
        if branch.rest:
            raise NotQuickError
        conditions = self.conditions(name, branch.conditions)
        if branch.each is not None:
            return conditions, branch.nth, -1, self.each(branch.each, model)
        return conditions, branch.nth, self.plan(branch.plan, model), -1

    def each(self, each: Each, model: Any) -> int:
        """Write one loop, and give its number."""
        number = len(self.eaches)
        self.eaches.append(None)
        item = each.path.type
        find = each.within is not None or each.agree
        keyed = each.key is not None and (find or links(each.plan))
        self.eaches[number] = {
            "item": self.shape(item, *(name for name, _ in each.select)),
            "path": self.path(each.path, model, absolute=each.absolute),
            "plan": self.plan(each.plan, item),
            "keyed": int(keyed),
            "find": int(find),
            "agree": int(each.agree),
            "says": each.select,
            "keys": self.keys(each) if keyed else (),
            "known": self.path(each.key, item) if keyed and find and each.key is not None else None,
            "by": tuple(None if path is None else self.path(path, item) for path in each.by),
            "ordinals": tuple(self.ordinal(op, item) for op in each.plan.ordinals),
            "within": self.path(each.within, model) if each.within is not None else None,
            "wraps": self.wraps(each),
            "goes_on": tuple(
                (
                    (FOLLOWED, 0, 0, (self.piece(each.plan.part, op.address.steps, op.address.keys[0]),)),
                    op.wrap,
                    path,
                )
                for op in (each.wraps if each.wrap_keys else ())
                for path in (self.path(op.paths[0], item),)
            ),
        }
        return number

    def keys(self, each: Each) -> tuple[Any, ...]:
        """Write what finds a turn's key."""
        if each.key_op is None or each.key is None:
            return ()
        fit = fitted(each.key.kind)
        found = []
        for op in (each.key_op, *each.plan.rivals.get(id(each.key_op), ())):
            pieces = tuple(self.piece(each.plan.part, op.address.steps, key) for key in op.address.keys)
            plain = op.codes is None and op.convert.word == "" and each.key.kind == Text
            memo = -1 if plain else self.memo(_first(op, fit))
            found.append(((FOLLOWED, 0, 0, pieces), PLAIN if plain else MEMO, memo))
        return tuple(found)

    def ordinal(self, op: Op, item: Any) -> tuple[Any, ...]:
        """Write the number that an item gets."""
        path = op.paths[0]
        memo = -1 if path.type is int else self.memo(_counted(fitted(path.kind)))
        return self.path(path, item), memo

    def wraps(self, each: Each) -> tuple[int, ...]:
        """Write the leaves whose text goes on in further turns: on the node, or on what opens its loop."""
        part = each.plan.part
        names = [part.name] + ([part.leader.name] if part.leader is not None else [])
        pairs = {
            (self.asked.name(name), self.asked.key(name, key)) for name in names for key in each.wrap_keys
        }
        return tuple(number for pair in sorted(pairs) for number in pair)


def asked_once(branches: list[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...], int]:
    """Ask each leaf that chooses branches once: give branches, questions and those that are always followed.

    A question is (path, slot, (text, branches) for each text, branches for any other text); branches
    are bits. What a branch asks beyond its first condition stays with it.
    """
    if len(branches) > BRANCHES_MAX:
        return tuple(branches), (), (1 << BRANCHES_MAX) - 1
    asked: dict[Any, list[tuple[int, tuple[str, ...], int]]] = {}
    always = 0
    rest = []
    for number, (conditions, *where) in enumerate(branches):
        if conditions:
            path, slot, values, negated = conditions[0]
            asked.setdefault((path, slot), []).append((1 << number, values, negated))
        else:
            always |= 1 << number
        rest.append((conditions[1:], *where))
    questions = []
    for (path, slot), found in asked.items():
        texts = sorted({value for _, values, _ in found for value in values})
        bits = tuple(
            (text, sum(bit for bit, values, negated in found if (text in values) is not bool(negated)))
            for text in texts
        )
        questions.append((path, slot, bits, sum(bit for bit, _, negated in found if negated)))
    return tuple(rest), tuple(questions), always


def converted(op: Op, fits: tuple[Fit, ...], text: str) -> Any:
    """Do what a `Memo` does with a text that it has not seen."""
    if (not text.strip() or text == op.default) and not op.joined:
        return None
    found = tuple(None if one is None else fit(one) for fit, one in zip(fits, op.parse(text), strict=True))
    return found if len(found) > 1 else found[0]


def _plain(op: Op) -> bool:
    return op.codes is None and op.convert.word == "" and op.paths[0].kind == Text and not op.joined


def _first(op: Op, fit: Fit) -> Callable[[str], Any]:
    return lambda text: fit(op.parse(text)[0])


def _counted(fit: Fit) -> Callable[[str], Any]:
    return lambda text: fit(int(text))
