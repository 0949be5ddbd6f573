"""Cases that were over their time while many ran at once: asked once more, alone, when all others are done.

Lives here: the second try, and the results with it in place of the first. Load is no failure, a target that
is late by itself still is. Never here: what counts as over time (the targets say so, `Seen.overtime`).
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.conformance import catalogue, results
from gateway.conformance.results import compact
from gateway.conformance.runner import Worker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.conformance.model import Case
    from gateway.conformance.runner import Order

# A target that is late again and again with nothing else to do is late, and waiting for the others shows no more.
IN_A_ROW_MAX = 5


def asked(order: Order, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Ask some cases once more, one after the other; give their lines by id, those that were not asked left out."""
    again: dict[str, dict[str, Any]] = {}
    late = 0
    worker = Worker(order)
    try:
        for case in _cases(order, list(ids)):
            if late >= IN_A_ROW_MAX:
                break
            line = {**worker.line(case), "tries": 2}
            again[case.id] = line
            late = late + 1 if line.get("overtime") else 0
    finally:
        worker.close()
    return again


def _cases(order: Order, ids: list[str]) -> Iterator[Case]:
    """Yield cases by their ids; a suite is listed once for those that follow one another."""
    suites = {suite.name: suite for suite in catalogue.suites(order.root, order.seed)}
    for name, some in groupby(ids, key=lambda one: one.partition("/")[0]):
        wanted = set(some)
        yield from (case for case in suites[name].cases() if case.id in wanted)


class Rewritten(NamedTuple):
    """Results that are written again: the writer, and the lines of those that were over their time."""

    writer: results.Writer
    late: list[dict[str, Any]]


@contextmanager
def rewritten(path: Path, header: dict[str, Any], again: dict[str, dict[str, Any]]) -> Iterator[Rewritten]:
    """Write results with lines in place of those of their first try.

    They stand beside the file until the block ends, and are put in its place then: it can be taken up at every moment.
    """
    beside = path.with_name(f"{path.name}.again")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        done = Rewritten(results.Writer(file, header), [])
        done.writer.begin()
        with path.open(encoding="utf-8", newline="\n") as old:
            next(old)
            for text in old:
                plain = json.loads(text)
                if plain.get("overtime"):
                    plain = again.get(plain["case"], plain)
                    done.late.append(plain)
                done.writer.add(compact(plain), plain)
        yield done
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
