"""Writing an entry into a message that counts bills by groups (AE 23, QP30).

Such a message speaks of `bills[].chain` and of no bill's `master`. The entry is said that way
first (`gateway.entry.grouped`); what is told of the writing afterwards is told in the paths
of the entry as it was given.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gateway.entry import Groups, grouped
from gateway.mapping.path import leaf_paths
from gateway.mapping.plan import Each, Op
from gateway.mapping.write import Traced, Written, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.mapping.path import Path
    from gateway.mapping.plan import Mapping, Plan
    from gateway.mapping.table import Row

_NAME = re.compile(r"[.\[]")


def write_entry(mapping: Mapping, plain: dict[str, Any], *, near: bool = False) -> Written:
    """Write a plain entry as a new message, its bills as groups where the message wants them."""
    # What is made from the model says bills as the entry has them.
    if not plain.get("bills") or mapping.table.made or not _by_groups(mapping):
        return write(mapping, plain, near=near)
    groups = grouped(plain)
    written = write(mapping, groups.plain, near=near)
    return Written(written.root, written.findings, lambda: _back(plain, groups, written.trace()))


def _back(plain: dict[str, Any], groups: Groups, traced: Traced) -> Traced:
    """Tell where values went in the entry's own paths and order."""
    places = [(groups.back(path), node, key) for path, node, key in traced.places]
    placed = {path for path, _, _ in places}
    gone = {groups.back(path) for path in traced.unwritten} - placed
    unwritten = tuple(_unwritten(plain, groups, placed, gone))
    return Traced(traced.root, places, unwritten, traced.findings)


def _unwritten(plain: dict[str, Any], groups: Groups, placed: set[str], gone: set[str]) -> Iterator[str]:
    """List what found no place, in the entry's own paths and order."""
    stayed = {f"bills[{at}]" for at in groups.moved}
    for path, _ in leaf_paths(plain):
        bill = path.partition("]")[0] + "]"
        dropped = path.startswith("bills[") and bill not in stayed
        if path in groups.said:
            continue
        if path in gone or (dropped and path not in placed):
            yield path


@lru_cache(maxsize=128)
def _by_groups(mapping: Mapping) -> bool:
    """Tell whether bills are written as chains alone."""
    names = (
        set(_said(mapping.table.rows)) if mapping.late else {p.steps[0].name for p in _paths(mapping.plan)}
    )
    return "chain" in names and "master" not in names


def _said(rows: Sequence[Row]) -> Iterator[str]:
    """Give the first name of every path of a table, as it is written."""
    for row in rows:
        for path in row.paths:
            yield _NAME.split(path.removeprefix("/"), maxsplit=1)[0]
        yield from _said(row.rows)


def _paths(plan: Plan) -> Iterator[Path]:
    for step in plan.steps:
        if isinstance(step, Each):
            yield step.path
            yield from _paths(step.plan)
        elif isinstance(step, Op):
            yield from step.paths
