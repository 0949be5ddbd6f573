"""Path: the E0 records that say where in a summary a condition stands (catair.md 6.12.1).

Lives here: which record is told as what, with which text and which count. Never here: the
conditions. A path holds until the next E0, so what was said already is not said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.compose import Book

# Record -> E0 type, and the columns of the record whose texts it repeats at columns of the E0.
_TYPES: dict[str, tuple[str, tuple[tuple[str, int], ...]]] = {
    "22": ("CARMAN", (("3-10", 26), ("11-15", 35))),
    "23": ("BOLINB", (("3", 26), ("8-19", 28))),
    "31": ("BNDDTL", (("3", 26), ("4", 28), ("6-8", 30))),
    "32": ("CONREL", (("3-5", 26), ("8-15", 31))),
    "33": ("MISDOC", (("3-4", 26),)),
    "34": ("HDRFEE", (("3-5", 26), ("6-13", 30))),
    "35": ("PSCHRE", (("3-5", 26),)),
    "36": ("PSCEXP", (("3-57", 26),)),
    "42": ("EIPINV", (("3-17", 26), ("18-34", 42))),
    "44": ("COMDES", (("3-57", 26),)),
    "47": ("ARPART", (("3", 26), ("4-18", 28))),
    "50": ("TARIFF", (("3-12", 26),)),
    "52": ("LICNSE", (("3-4", 26), ("5-14", 29))),
    "53": ("ADDCVD", (("3-12", 26),)),
    "54": ("IADDET", (("3-4", 26),)),
    "62": ("LINFEE", (("3-5", 26), ("6-13", 30))),
    "63": ("PSCLRE", (("3-5", 26),)),
    "CW02": ("CENWRN", (("10-12", 26), ("13-14", 30))),
    "89": ("FEETOT", (("3-5", 26), ("6-16", 30))),
}
_IN_BILL_GROUP = {"23": "22"}
_TOTALS = ("88", "89", "90")


class Path:
    """Tells the way to records of one transaction, each step once until it changes."""

    def __init__(self, book: Book, transaction: Sequence[Record], turn: int) -> None:
        """Stand at the summary, the `turn`-th transaction of its block."""
        self._book = book
        self._transaction = transaction
        self._turn = turn
        self._said = ""
        self._line = ""

    def summary(self, kind: str) -> str:
        """Give SUMMRY, PSTLIN or TOTALS: filer, number and broker reference of the summary."""
        head = self._transaction[0]
        text = f"{head.text[3:6]} {head.text[8:16]} {head.text[21:30]}"
        self._said, self._line = kind, ""
        return self._e0(kind, self._turn, text.rstrip())

    def to(self, record: Record) -> Iterator[str]:
        """Yield the E0 records that lead to a record, none where the path stands there already."""
        wire = self._wire(record)
        if wire in _TOTALS and self._said != "TOTALS" and wire != "89":
            yield self.summary("TOTALS")
            return
        typed = wire.startswith(("PG", "OI")) or wire in _TYPES
        line = self._line_of(record)
        if line is None:
            if not typed and wire not in _TOTALS and self._said != "SUMMRY":
                yield self.summary("SUMMRY")
        elif line.cut("5-7") != self._line or (not typed and self._said != "LINITM"):
            self._line = line.cut("5-7")
            self._said = "LINITM"
            yield self._e0("LINITM", self._count(line, "40", None), self._line)
        if wire.startswith(("PG", "OI")):
            yield from self._agency(record)
        elif typed:
            yield from self._typed(record, wire, line)

    def _typed(self, record: Record, wire: str, line: Record | None) -> Iterator[str]:
        kind, columns = _TYPES[wire]
        text = ""
        for source, target in columns:
            text = text.ljust(target - 26) + record.cut(source)
        group = self._leader(record, _IN_BILL_GROUP[wire]) if wire in _IN_BILL_GROUP else line
        said = f"{kind} {record.number}"
        if said != self._said:
            self._said = said
            yield self._e0(kind, self._count(record, wire, group), text)

    def _agency(self, record: Record) -> Iterator[str]:
        """PG01 counts by its own line number; other records of the set carry 0."""
        kind = "PGOI" if record.text.startswith("OI") else record.text[:4]
        turn = int(record.cut("5-7")) if kind == "PG01" and record.cut("5-7").isdigit() else 0
        said = f"{kind} {record.number}"
        if said != self._said:
            self._said = said
            yield self._e0(kind, turn, record.text[4:59])

    def _e0(self, kind: str, turn: int, text: str) -> str:
        values = {"4-9": kind, "11-16": f"{turn:06d}", "18-24": "REF ID:", "26-80": text}
        return self._book.record("E0", values)

    def _wire(self, record: Record) -> str:
        text = record.text
        return text[:4] if text.startswith(("SE", "PG", "CW")) else text[:2]

    def _line_of(self, record: Record) -> Record | None:
        """Give the 40 that a record stands under, None in header and totals."""
        if self._wire(record) in _TOTALS:
            return None
        return self._leader(record, "40")

    def _leader(self, record: Record, wire: str) -> Record | None:
        found = None
        for other in self._transaction:
            if other.text.startswith(wire):
                found = other
            if other.number == record.number:
                return found
        return None

    def _count(self, record: Record, wire: str, group: Record | None) -> int:
        """Count a record among its like from `group` on, from the start without one."""
        begin = group.number if group else 0
        return sum(
            1
            for other in self._transaction
            if begin <= other.number <= record.number and other.text.startswith(wire)
        )
