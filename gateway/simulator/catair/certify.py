"""The cargo release answer to a summary that certifies it (catair.md 1.17).

Lives here: the SX that comes apart from the AX when record 10, column 40, is A.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.catair.batch import Mirror
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import first, of
from gateway.simulator.onfile import importer_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Batch, Block, Record


def answer(
    ace: Ace, batch: Batch, block: Block, transaction: Sequence[Record], told: Sequence[str]
) -> bytes | None:
    """Write the SX for an accepted, certified summary; None for any other."""
    head = transaction[0]
    if head.cut("40") != "A" or not told or told[-1][2:3] != "A" or head.cut("3") == "D":
        return None
    mirror = Mirror(layouts(ace.specs.root), replace(batch, application="SE"), "SX")
    return mirror.whole([(block, tuple(_records(ace, transaction)))])


def _records(ace: Ace, transaction: Sequence[Record]) -> Iterator[str]:
    head, party = transaction[0], first(transaction, "11")
    made = book(layouts(ace.specs.root), "SE")
    importer = party.cut("3-14") if party else ""
    value = sum(int(text) for record in of(transaction, "50") if (text := record.cut("25-34")).isdigit())
    bond = first(transaction, "31")
    yield made.record(
        "SE10",
        {
            "5": head.cut("3"),
            "6-8": head.cut("4-6"),
            "11-18": head.cut("9-16"),
            "20-21": head.cut("34-35"),
            "22-24": importer_kind(importer),
            "25-36": importer,
            "37-38": head.cut("36-37"),
            "39": bond.cut("3") if bond else "0",
            "40-49": str(value),
            "50-54": head.cut("18-21"),
        },
    )
    for bill in of(transaction, "23"):
        kind = {"M": "M", "H": "H", "I": "I"}.get(bill.cut("3"), "R")
        yield made.record("SE15", {"5": kind, "6-9": bill.cut("4-7"), "10-59": bill.cut("8-19"), "73": "N"})
    yield book(layouts(ace.specs.root), "SX").record("SE90", {"5-6": "02", "10-49": "SE DATA ACCEPTED"})
