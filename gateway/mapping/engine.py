"""A transaction and its mapping become an entry, with lineage, coverage and residue on demand."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gateway.entry import entry_of, plain_of
from gateway.finding import Finding, Layer, Span
from gateway.mapping import coverage
from gateway.mapping.borrowed import apart
from gateway.mapping.gather import near_at, near_read
from gateway.mapping.narrow import UnsureError, mapped_of
from gateway.mapping.path import leaf_paths
from gateway.mapping.read import read
from gateway.mapping.residue import residue
from gateway.tree import Addresses, Leaf, Node, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.entry import Entry
    from gateway.mapping.coverage import Covered
    from gateway.mapping.gather import Mapped
    from gateway.mapping.plan import Mapping
    from gateway.mapping.read import Reading
    from gateway.mapping.run import Run
    from gateway.quick.values import Entry as QuickEntry
    from gateway.tree import Draft, Transaction

NARROWED_MAX = 16
"""So many places are found one by one; who asks for more has the whole message read once."""


_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


@dataclass(eq=False)
class Translation:
    """One transaction as an entry.

    `plain` is the entry as JSON-plain values, `json` the same as bytes, of what was read; `held` is
    what both are made of, plain values themselves or the compiled part's. `findings` are the
    mapping's own (a text that does not convert, copies that differ, a value that the model
    refuses). Everything else is computed when asked for: `entry` is the same as objects,
    `reading` says where each value came from, and `lineage`, `unmapped`, `coverage` and
    `residue` stand on that.
    """

    transaction: Transaction
    mapping: Mapping
    findings: tuple[Finding, ...]
    held: dict[str, Any] | QuickEntry = field(repr=False)
    _narrowed: int = field(default=0, init=False, repr=False)

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The entry as JSON-plain values in the model's order."""
        return self.held if isinstance(self.held, dict) else self.held.plain()

    @cached_property
    def json(self) -> bytes:
        """The same as JSON: UTF-8 without blanks, nothing escaped that JSON lets stand.

        A lone surrogate stands for a byte that was no UTF-8; it is written as its escape.
        """
        if not isinstance(self.held, dict):
            return self.held.json()
        return _ENCODE(self.held).encode("utf-8", "backslashreplace")

    @cached_property
    def entry(self) -> Entry:
        """The entry as the model's objects."""
        return entry_of(self.plain)[0]

    @cached_property
    def reading(self) -> Reading:
        """The same rows once more, each value with the leaf that it came from."""
        return read(self.mapping, _meant(self.transaction))

    @cached_property
    def leaves(self) -> dict[tuple[int, str], Leaf]:
        """Every leaf of the transaction by its node and key."""
        separator = self.mapping.spec.separator
        return {(id(leaf.node), leaf.key): leaf for leaf in walk(self.transaction.root, separator)}

    @cached_property
    def lineage(self) -> tuple[Origin, ...]:
        """Where each value of the entry comes from, in the entry's order."""
        by_path: dict[str, list[Leaf]] = {}
        for mapped in (*self.reading.mapped, *self.reading.links):
            by_path.setdefault(mapped.path, []).append(self.leaves[id(mapped.node), mapped.key])
        return tuple(
            Origin(path, value, tuple(_nearest(by_path, path)), self.mapping.id)
            for path, value in leaf_paths(self.plain)
        )

    @cached_property
    def coverage(self) -> tuple[Covered, ...]:
        """What became of each leaf of the transaction, in wire order."""
        return coverage.cover(self.mapping, self.transaction.root, self.reading)

    @property
    def unmapped(self) -> tuple[Leaf, ...]:
        """The leaves that nothing carries; the residue has them."""
        return tuple(one.leaf for one in self.coverage if one.category == coverage.UNMAPPED)

    @cached_property
    def residue(self) -> Draft:
        """The message with a hole for each value of the entry (`residue.py`)."""
        root, meant = self.transaction.root, self.transaction.meant
        if meant is None:
            return residue(self.mapping, root, self.reading, self.plain)
        reading, plain, borrowed = apart(meant, self.reading, self.plain)
        kept = residue(self.mapping, root, reading, plain)
        kept.borrowed = borrowed
        return kept

    @cached_property
    def _by_path(self) -> tuple[dict[str, int], dict[str, int]]:
        """The first value at each path, and the first under it, by their number in the reading."""
        at: dict[str, int] = {}
        under: dict[str, int] = {}
        for number, mapped in enumerate(self.reading.mapped):
            at.setdefault(mapped.path, number)
            for above in _above(mapped.path):
                under.setdefault(above, number)
        return at, under

    def place(self, path: str) -> Leaf | None:
        """Give the leaf that a canonical path, or the first value under it, came from.

        A few of them are found without the whole reading.
        """
        if "reading" not in self.__dict__ and self._narrowed < NARROWED_MAX:
            self._narrowed += 1
            try:
                mapped = _first(mapped_of(self.mapping, _meant(self.transaction), self.plain, path), path)
            except UnsureError:
                pass
            else:
                return self._addresses.leaf(mapped.node, mapped.key) if mapped is not None else None
        at, under = self._by_path
        found = [at[one] for one in (path, *_above(path)) if one in at]
        number = min(found) if found else under.get(path)
        if number is None:
            return None
        mapped = self.reading.mapped[number]
        return self._addresses.leaf(mapped.node, mapped.key)

    @cached_property
    def _addresses(self) -> Addresses:
        return Addresses(self.transaction.root, self.mapping.spec.separator)


@dataclass(frozen=True, slots=True)
class Origin:
    """One value of an entry and the leaves that made it; none where a table's rule did."""

    path: str
    value: Any
    leaves: tuple[Leaf, ...]
    mapping: str

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values; spans are byte offsets into the input."""
        plain: dict[str, Any] = {"path": self.path, "value": self.value}
        if self.leaves:
            plain["source"] = [
                {"address": leaf.address, "text": leaf.text, "span": list(leaf.span) if leaf.span else None}
                for leaf in self.leaves
            ]
        else:
            plain["made_by"] = f"mapping {self.mapping}"
        return plain


def _first(found: Sequence[Mapped], path: str) -> Mapped | None:
    """Choose the first of what was read for a path, or else the first under it."""
    wanted = {path, *_above(path)}
    return next((one for one in found if one.path in wanted), None) or next(
        (one for one in found if path in _above(one.path)), None
    )


def _above(path: str) -> Iterator[str]:
    """Give the objects around a path, the innermost first."""
    while (at := max(path.rfind("."), path.rfind("["))) > 0:
        path = path[:at]
        yield path


def _nearest(by_path: dict[str, list[Leaf]], path: str) -> list[Leaf]:
    """Find the leaves of a path, or of the object around it that one row made."""
    return next((by_path[one] for one in (path, *_above(path)) if one in by_path), [])


def translate(mapping: Mapping, transaction: Transaction) -> Translation:
    """Read a transaction into an entry. Never raises for what a sender wrote.

    The compiled part is tried first, then the table's functions. Where they give up, the rows are
    read one by one and say what is wrong.
    """
    found = _quick(mapping, transaction)
    if found is not None:
        return found
    try:
        run = _run(mapping, _meant(transaction))
    except ValueError:
        plain, reading, findings = explain(mapping, transaction)
        translation = Translation(transaction, mapping, tuple(findings), plain)
        translation.reading = reading
        return translation
    near = tuple(near_read(mapping, op, *leaf) for op, leaf in run.near.items())
    return Translation(transaction, mapping, near, run.root)


def _quick(mapping: Mapping, transaction: Transaction) -> Translation | None:
    """Have the compiled part read a message; None where it is not there, or leaves it to Python."""
    root = _meant(transaction)
    if type(root).cut is Node.cut:
        return None  # its format has no cutter there, so no table is made for one
    quick = mapping.quick_folded if root.folds else mapping.quick
    if quick is None:
        return None
    tree = root.cut(quick.asked)
    entry = quick.read(tree) if tree is not None else None
    if tree is None or entry is None or (entry.near and root.folds):
        # Where a folded leaf stood only the other tree knows.
        return None
    near = tuple(
        near_at(mapping, quick.ops[number], text, Span(tree.base + start, tree.base + stop))
        for number, start, stop, text in entry.near
    )
    return Translation(transaction, mapping, near, entry)


def _run(mapping: Mapping, root: Node) -> Run:
    """Read a message, folded where its reader can do that and no value has to name its leaf."""
    if root.folds and (folding := mapping.folding) is not None:
        folded = root.folded(folding.kept)
        if folded is not None:
            run = folding.read(folded)
            if not run.near:
                return run
    return mapping.reader(root)


def explain(mapping: Mapping, transaction: Transaction) -> tuple[dict[str, Any], Reading, list[Finding]]:
    """Read a transaction row by row, every value with the leaf that it came from."""
    reading = read(mapping, _meant(transaction))
    entry, misfits = entry_of(reading.plain)
    findings = list(reading.findings)
    places = _Places(reading.mapped) if misfits else None
    for misfit in misfits:
        path = _path_text(misfit.at)
        gone = places.take(path, missing=misfit.kind == "missing") if places is not None else []
        first = gone[0] if gone else None
        findings.append(
            Finding(
                code=f"entry.1/{path}/type/{misfit.kind}",
                message=f"{misfit.message} ({path})",
                layer=Layer.BUSINESS,
                place=first.op.row.address if first else path,
                path=path,
                span=first.node.span(first.key) if first else None,
                actual=str(misfit.value)[:80] if not isinstance(misfit.value, dict) else "",
            )
        )
    if places is not None:
        reading.mapped = places.left()
    return plain_of(entry), reading, findings


def _objects(path: str) -> Iterator[str]:
    """Give the objects that a path goes through, `a[0].b` of `a[0].b.c` first."""
    while (at := path.rfind(".")) > 0:
        path = path[:at]
        yield path


class _Places:
    """What rows made, by path, so that each of many misfits is found without a walk over everything."""

    def __init__(self, mapped: Sequence[Mapped]) -> None:
        self.mapped: list[Mapped | None] = list(mapped)
        self.at: dict[str, list[int]] = defaultdict(list)
        self.below: dict[str, list[int]] = defaultdict(list)
        for turn, one in enumerate(mapped):
            self.at[one.path].append(turn)
            for above in _objects(one.path):
                self.below[above].append(turn)

    def take(self, path: str, *, missing: bool) -> list[Mapped]:
        """Take out what a misfit is about: what made the value or something around it; for a missing one its object."""
        if missing:
            above = path.rpartition(".")[0]
            turns = [*self.at.get(above, ()), *self.below.get(above, ())]
        else:
            turns = [turn for one in (path, *_objects(path)) for turn in self.at.get(one, ())]
        taken = []
        for turn in sorted(turns):
            one = self.mapped[turn]
            if one is not None:
                taken.append(one)
                self.mapped[turn] = None
        return taken

    def left(self) -> list[Mapped]:
        """Give what no misfit is about."""
        return [one for one in self.mapped if one is not None]


def _meant(transaction: Transaction) -> Node:
    return transaction.root if transaction.meant is None else transaction.meant


def _path_text(at: tuple[str | int, ...]) -> str:
    text = ""
    for step in at:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
