"""Batch: a transmission cut into blocks, transactions and records, and its mirror.

Lives here: the control records A, B, Y and Z of what came in and of what goes out
(catair.md 3.1 to 3.3). Never here: what the records between them mean.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gateway.simulator.catair.compose import RECORD_CHARS, between, book

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

# Application id -> the id of its answer, and how a transaction of it begins ("" the whole block).
ANSWERS: Mapping[str, tuple[str, str]] = {
    "SE": ("SX", "SE10"),
    "AE": ("AX", "10"),
    "EQ": ("ER", ""),
    "CQ": ("C1", "WR1"),
    "KI": ("KR", "K "),
    "QP": ("QT", "10"),
    "WP": ("WT", "10"),
    "CB": ("CX", "10"),
}
# Printable ASCII and the cent sign.
_NOT_CATAIR = re.compile(r"[^ -~\xa2]")
IN_BOND = ("QP", "WP")


class Record(NamedTuple):
    """One record: its number in the batch (A is 1) and its 80 characters."""

    number: int
    text: str

    def cut(self, columns: str) -> str:
        """Give some columns without the blanks around them."""
        start, end = between(columns)
        return self.text[start:end].strip()


class Transaction(list[Record]):
    """The records of one transaction, and those whose text begins with an id: looked for once.

    The first question comes when all records are there.
    """

    __slots__ = ("_by_id",)

    def __init__(self, first: Record) -> None:
        """Begin with its first record."""
        super().__init__((first,))
        self._by_id: dict[int, dict[str, list[Record]]] = {}

    def of(self, wire: str) -> list[Record]:
        """Give the records of an id, in order."""
        chars = len(wire)
        if chars not in self._by_id:
            found = self._by_id[chars] = {}
            for record in self:
                found.setdefault(record.text[:chars], []).append(record)
        return self._by_id[chars].get(wire, [])


@dataclass(slots=True)
class Block:
    """B, the transactions, Y. `y` is "" where it is missing."""

    b: Record
    y: Record | None = None
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def user_data(self) -> str:
        """Columns 60 to 80 of B, as they came."""
        return self.b.text[59:80]


@dataclass(slots=True)
class Batch:
    """A, the blocks, Z, and the application id that says what the records mean."""

    a: Record
    application: str
    blocks: list[Block] = field(default_factory=list)


def cut_batch(data: bytes) -> Batch | None:
    """Cut a transmission; None where it does not even begin with an A record.

    Faults of structure are the reader's to find; this gives whatever can be told apart,
    so that a rejection can name its blocks.
    """
    text = data.decode("latin-1").replace("\r", "").replace("\n", "")
    records = [
        Record(number, text[start : start + RECORD_CHARS].ljust(RECORD_CHARS))
        for number, start in enumerate(range(0, len(text), RECORD_CHARS), 1)
    ]
    if not records or not records[0].text.startswith("A"):
        return None
    batch = Batch(records[0], records[0].cut("26-27"))
    if not batch.application and len(records) > 1:
        batch.application = records[1].cut("11-12")
    header = ANSWERS.get(batch.application, ("", ""))[1]
    for record in records[1:]:
        _place(batch, record, header)
    return batch


def _place(batch: Batch, record: Record, header: str) -> None:
    block = batch.blocks[-1] if batch.blocks else None
    is_open = block is not None and block.y is None
    name = record.text[:2]
    if name[0] == "B" and (name == "B " or not is_open):
        batch.blocks.append(Block(record))
    elif block is None or not is_open:
        return
    elif name == "Y ":
        block.y = record
    elif not block.transactions or (header and record.text.startswith(header)):
        block.transactions.append(Transaction(record))
    else:
        block.transactions[-1].append(record)


@dataclass(frozen=True, slots=True)
class Mirror:
    """Writes the control records of an answer to one batch."""

    layouts: Path
    batch: Batch
    answer: str

    def whole(self, blocks: Sequence[tuple[Block, Sequence[str]]]) -> bytes:
        """Give a whole transmission: A, for each block B, its records and Y, then Z."""
        eman = self.batch.application in IN_BOND
        out = [self._a(self.answer if not eman else "")]
        for block, records in blocks:
            out += [self._b(block), *records, self._y(block, len(records))]
        out.append(self._z())
        return wire(out)

    def rejected(self, records: Sequence[str]) -> bytes:
        """Give the answer to a batch that was refused as a whole: a generated block."""
        made = book(self.layouts, "OUT")
        out = [
            self._a(""),
            made.record("B", {"80": "B"}, "80-80=B"),
            *records,
            made.record("Y", {"13-17": str(len(records)), "80": "Y"}, "80-80=Y"),
            made.record("Z", {"80": "Z"}, "80-80=Z"),
        ]
        return wire(out)

    def _a(self, answer: str) -> str:
        a = self.batch.a
        values = _same(a, "2-5", "6-8", "15-20", "38-39")
        values |= {"26-27": answer, "60-80": a.text[59:80]}
        if self.batch.application in IN_BOND:
            values |= {"9-14": a.cut("9-14"), "60-80": a.text[69:80].rjust(21)}
        return book(self.layouts, "OUT").record("A", values)

    def _b(self, block: Block) -> str:
        values = _same(block.b, "4-7", "8-10", "45-46", "47-50", "51-53", "54-55", "56")
        values |= {"11-12": self.answer, "60-80": block.user_data}
        return book(self.layouts, "OUT").record("B", values)

    def _y(self, block: Block, count: int) -> str:
        values = _same(block.b, "4-7", "8-10", "45-46")
        values |= {"11-12": self.answer, "13-17": str(count)}
        return book(self.layouts, "OUT").record("Y", values)

    def _z(self) -> str:
        values = _same(self.batch.a, "2-5", "6-8", "15-20", "38-39")
        if self.batch.application in IN_BOND:
            values["9-14"] = self.batch.a.cut("9-14")
        return book(self.layouts, "OUT").record("Z", values)


def _same(record: Record, *columns: str) -> dict[str, str]:
    return {key: record.cut(key) for key in columns}


def frame(batch: Batch, block: Block) -> dict[str, str]:
    """Give what unsolicited output about this filing needs of the envelope it came in."""
    return {
        "a": batch.a.text[:8] + " " * 6 + batch.a.text[14:],
        "b": block.b.text,
        "user_data": block.user_data,
    }


def unsolicited(
    layouts: Path, kept: Mapping[str, str], answer: str, records: Sequence[str], day: str, user_data: str
) -> bytes:
    """Give a transmission that nobody asked for: A dated `day` (MMDDYY), one block, Z.

    SO copies the user data and preparer fields of the filing; other output leaves the
    user data blank. (catair.md 3.5)
    """
    made = book(layouts, "OUT")
    a, b = Record(1, kept["a"]), Record(2, kept["b"])
    first = _same(a, "2-5", "6-8", "38-39") | {"15-20": day, "26-27": answer}
    block = _same(b, "4-7", "8-10", "45-46", "47-50", "51-53", "54-55", "56")
    block |= {"11-12": answer, "60-80": user_data}
    end = _same(b, "4-7", "8-10", "45-46") | {"11-12": answer, "13-17": str(len(records))}
    last = _same(a, "2-5", "6-8", "38-39") | {"15-20": day}
    out = [
        made.record("A", first),
        made.record("B", block),
        *records,
        made.record("Y", end),
        made.record("Z", last),
    ]
    return wire(out)


def wire(records: Sequence[str]) -> bytes:
    """Give records as bytes; what no record may hold (catair.md 2.2) becomes a blank."""
    return _NOT_CATAIR.sub(" ", "".join(records)).encode("latin-1")


def split(data: bytes) -> list[bytes]:
    """Cut a transmission into its batches: a Z record ends one."""
    if len(data) % RECORD_CHARS:
        return [data]
    parts: list[bytes] = []
    begin = 0
    for start in range(0, len(data), RECORD_CHARS):
        if data[start : start + 1] == b"Z":
            parts.append(data[begin : start + RECORD_CHARS])
            begin = start + RECORD_CHARS
    if begin < len(data) or not parts:
        parts.append(data[begin:])
    return parts
