"""Loops whose turns stand in any order and are items of one list.

A loop is written turn by turn, one loop after the other, which is the order that a standard wants.
Where the standard wants none (the records of an agency), the list of the entry has an order, and a
new message has the same. What belongs to what is still told by nesting: `nodes.py` puts a record that
the loop before it would take in front of that loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.mapping.path import Path
    from gateway.mapping.plan import Each, Op


@dataclass(slots=True, eq=False)
class Mixed:
    """Several loops and their list. `field` is what tells an item's loop, `eaches` the loops by what it says."""

    field: str
    path: Path
    eaches: dict[str, Each]


def mixed(writes: Sequence[Op | Each | Mixed]) -> list[Op | Each | Mixed]:
    """Put runs of loops that feed one list together; everything else stays as it is."""
    found: list[Op | Each | Mixed] = []
    for family, steps in groupby(writes, _family):
        run: list[Any] = list(steps)
        if family and len(run) > 1:
            run = [Mixed(run[0].select[0][0], run[0].path, {step.select[0][1]: step for step in run})]
        found += run
    return found


def _family(step: Op | Each | Mixed) -> tuple[Any, ...]:
    found: tuple[Any, ...] = getattr(step, "family", ())
    return found
