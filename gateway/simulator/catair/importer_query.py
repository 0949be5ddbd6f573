"""KI in, KR out: importers and their bonds (catair.md 12.3).

Lives here: the records of the answer. What is known of importers is a table of the tester's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair.compose import book, layouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.state import State

_CENTER = "CEE004"
_K = (("3-14", "15"), ("16-27", "28"), ("29-40", "41"), ("42-53", "54"), ("55-66", "67"), ("68-79", "80"))
_RESULT = {"unknown": "0", "bond": "1", "active": "2", "voided": "3", "inactive": "4"}


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Answer one KI query. The state stays as it is."""
    return state, tuple(_importers(asked.ace, asked.transaction))


def _importers(ace: Ace, transaction: Sequence[Record]) -> Iterator[str]:
    """Answer each number of a K record with K1 and K2, with addresses where they are asked for."""
    made = book(layouts(ace.specs.root), "KR")
    for record in transaction:
        for number_columns, address_column in _K:
            number = record.cut(number_columns)
            if not number:
                continue
            kept = ace.onfile.importer(number.replace("**", ""))
            result = _RESULT[kept["state"]]
            values = {"3-14": number, "15": result}
            if result == "0":
                yield made.record("K1", values)
                continue
            if result == "1":
                values |= {"48-50": kept["surety"], "51": "A", "52-60": kept["bond_amount"][-9:]}
                values |= {"65-70": kept["bond_from"], "71-79": kept["bond_number"]}
            yield made.record("K1", values | {"16-47": kept["name"]})
            yield made.record("K2", {})
            if record.cut(address_column) == "1":
                yield made.record("K3", {"3-34": kept["street"]})
                place = {"35-55": kept["city"], "56-57": kept["region"], "58-66": kept["postal"]}
                yield made.record("K4", place)
            values = {"3-32": kept["name"], "34-39": _CENTER, "41-70": "MACHINERY CENTER"}
            yield made.record("K7", values)
