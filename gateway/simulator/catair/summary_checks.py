"""What ACE checks in an entry summary (AE) after its form is right.

Lives here: header and lines (catair.md 6.2 to 6.10), with the codes of the error
dictionary. Never here: sums and fees (`summary_sums.py`), and what is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair import (
    summary_day,
    summary_matrix,
    summary_origins,
    summary_rest,
    summary_sums,
)
from gateway.simulator.catair.conditions import Found, codes_of, first, of
from gateway.simulator.catair.release_checks import agencies
from gateway.simulator.onfile import importer_kind
from gateway.specs.catair_order import orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Block, Record
    from gateway.simulator.state import Filing

CBP_CONTROL = ("cbp-control", "paid", "documents", "detained")
_FREE_OF_BOND = ("11", "12")
_MANIFEST_MODES = ("10", "11", "40", "41")
_CASE_TYPES = ("03", "07", "34", "38")
# Districts whose entries may stand in one block.
_MIXED_DISTRICTS = ("10", "46", "47")


def conditions(
    ace: Ace, block: Block, transaction: Sequence[Record], known: Filing | None, today: date
) -> Iterator[Found]:
    """Yield everything that is wrong with one AE transaction."""
    head = transaction[0]
    yield from _identity(ace, block, head)
    if head.cut("3") == "D":
        if len(transaction) > 1:
            yield Found(transaction[1].number, "B24")
        yield from _delete(head, known)
        return
    yield from _replace(head, known)
    yield from _head(ace, head)
    yield from _importer(ace, head, first(transaction, "11"))
    yield from _bond(ace, transaction, head)
    yield from _transport(ace, transaction, head)
    yield from _lines(ace, transaction, head)
    lines = lines_of(transaction)
    yield from summary_matrix.conditions(ace.specs.root, transaction, lines)
    yield from summary_rest.conditions(transaction, lines)
    yield from summary_day.conditions(ace, transaction, today)
    yield from summary_origins.conditions(ace, transaction, lines)
    yield from summary_sums.conditions(ace, transaction)


def _identity(ace: Ace, block: Block, head: Record) -> Iterator[Found]:
    action, filer, number = head.cut("3"), head.cut("4-6"), head.cut("9-16")
    port, kind = head.cut("18-21"), head.cut("34-35")
    if not action or action not in "ARD":
        yield Found(head.number, "B02" if action else "B01", column=3)
    if not filer or not ace.onfile.filer_known(filer):
        yield Found(head.number, "B06" if filer else "B05", column=4)
    elif filer != block.b.cut("8-10") and head.cut("65") != "Y":
        yield Found(head.number, "B53", column=4)
    if not number:
        yield Found(head.number, "B14", column=9)
    elif not number.isdigit():
        yield Found(head.number, "B15", column=9)
    elif not ace.onfile.entry_number_right(filer, number):
        yield Found(head.number, "B16", column=9)
    if not port or not ace.onfile.port_known(port):
        yield Found(head.number, "B04" if port else "B03", column=18)
    elif not _same_district(port[:2], block.b.cut("4-5")):
        yield Found(head.number, "B10", column=18)
    if not kind or kind not in codes_of(ace.specs.root, "entry_type_summary"):
        yield Found(head.number, "B18" if kind else "B17", column=34)


def _same_district(one: str, other: str) -> bool:
    return one == other or (one in _MIXED_DISTRICTS and other in _MIXED_DISTRICTS)


def _delete(head: Record, known: Filing | None) -> Iterator[Found]:
    if known is None or known.summary in {"", "deleted"}:
        yield Found(head.number, "B25", column=9)
    elif known.summary in CBP_CONTROL:
        yield Found(head.number, "B29", column=3)
    elif known.summary == "liquidated":
        yield Found(head.number, "B30", column=3)


def _correct(head: Record, summary: str) -> Iterator[Found]:
    """Hold a post-summary correction against the state of the summary."""
    if not summary or summary == "deleted":
        yield Found(head.number, "B42", column=65)
    elif summary == "liquidated":
        yield Found(head.number, "B50", column=65)
    elif summary != "paid":
        yield Found(head.number, "B47", column=65)
    if head.cut("34-35") in _FREE_OF_BOND:
        yield Found(head.number, "B49", column=65)


def _replace(head: Record, known: Filing | None) -> Iterator[Found]:
    """Hold A and R against the summary on file."""
    summary = known.summary if known else ""
    if head.cut("65") == "Y":
        yield from _correct(head, summary)
        return
    if summary in CBP_CONTROL:
        yield Found(head.number, "B29", column=3)
    elif summary == "liquidated":
        yield Found(head.number, "B30", column=3)
    elif summary == "cancelled":
        yield Found(head.number, "B31", column=3)
    if known is None or summary not in {"accepted", "rejected"}:
        return
    if summary == "accepted" and head.cut("3") == "A" and head.cut("22-30") != known.fact("broker_reference"):
        yield Found(head.number, "B35", column=22)
    if known.fact("port") != head.cut("18-21"):
        yield Found(head.number, "B32", column=18)


def _head(ace: Ace, head: Record) -> Iterator[Found]:
    mode, signed = head.cut("36-37"), head.cut("39")
    if signed != "X":
        yield Found(head.number, "B40" if signed else "B39", column=39)
    if mode and mode not in codes_of(ace.specs.root, "transport_mode"):
        yield Found(head.number, "165", column=36)


def _importer(ace: Ace, head: Record, party: Record | None) -> Iterator[Found]:
    if party is None:
        yield Found(head.number, "100")
        return
    number = party.cut("3-14")
    state = ace.onfile.importer(number)["state"]
    if not number:
        yield Found(party.number, "100", column=3)
    elif not importer_kind(number):
        yield Found(party.number, "102", column=3)
    elif state in {"unknown", "inactive", "voided"}:
        code = {"unknown": "101", "inactive": "111", "voided": "104"}[state]
        yield Found(party.number, code, column=3)
    consignee = party.cut("15-26")
    if consignee and not importer_kind(consignee):
        yield Found(party.number, "105", column=15)
    region = party.cut("61-62")
    if region and region not in codes_of(ace.specs.root, "us_state"):
        yield Found(party.number, "133", column=61)


def _bond(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    kind, waived = head.cut("34-35"), head.cut("38")
    bonds = of(transaction, "31")
    if waived and bonds:
        yield Found(bonds[0].number, "120")
    elif not waived and not bonds and kind not in _FREE_OF_BOND:
        yield Found(head.number, "119")
    yield from _waiver(head)
    importer = first(transaction, "11")
    for bond in bonds:
        if bond.cut("3") not in {"8", "9"}:
            yield Found(bond.number, "112", column=3)
        if not bond.cut("6-8"):
            yield Found(bond.number, "137", column=6)
        on_file = ace.onfile.importer(importer.cut("3-14"))["state"] if importer else ""
        if bond.cut("3") == "8" and on_file == "active":
            yield Found(bond.number, "113", column=3)


def _waiver(head: Record) -> Iterator[Found]:
    kind, waived, reason = head.cut("34-35"), head.cut("38"), head.cut("62-64")
    if waived and waived != "0":
        yield Found(head.number, "122", column=38)
    if reason and not waived:
        yield Found(head.number, "130", column=62)
    if waived and not reason and kind not in _FREE_OF_BOND:
        yield Found(head.number, "139", column=62)


def _transport(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    mode = head.cut("36-37")
    carrier, manifest = first(transaction, "20"), of(transaction, "22")
    unlading = carrier.cut("7-10") if carrier else ""
    where = carrier or head
    if unlading and not ace.onfile.port_known(unlading):
        yield Found(where.number, "166", column=7)
    bills = of(transaction, "23")
    if manifest and not bills:
        yield Found(manifest[0].number, "185")
    yield from _bill_order(bills, mode)
    inbond = any(bill.cut("3") == "I" for bill in bills)
    dated = bool(carrier and carrier.cut("52-57"))
    if inbond and not dated:
        yield Found(where.number, "261", column=52)
    if dated and not inbond:
        yield Found(where.number, "262", column=52)
    if inbond and unlading and unlading == head.cut("18-21"):
        yield Found(where.number, "188", column=7)


def _bill_order(bills: Sequence[Record], mode: str) -> Iterator[Found]:
    """In-bond, master, house, sub-house: each once in its group, and a house needs a master."""
    order = "IMHS"
    before = ""
    for bill in bills:
        kind = bill.cut("3")
        if not kind or kind not in order:
            yield Found(bill.number, "186", column=3)
            continue
        if kind == before or (kind == "S" and before != "H"):
            yield Found(bill.number, "187", column=3)
        if kind == "H" and before != "M" and mode in _MANIFEST_MODES:
            yield Found(bill.number, "187", column=3)
        before = kind


def lines_of(transaction: Sequence[Record]) -> list[list[Record]]:
    """Give the lines of a summary: 40 and what follows it, up to the totals."""
    lines: list[list[Record]] = []
    for record in transaction:
        if record.text.startswith(("88", "89", "90")):
            break
        if record.text.startswith("40"):
            lines.append([record])
        elif lines:
            lines[-1].append(record)
    return lines


def _lines(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    lines = lines_of(transaction)
    if not lines:
        yield Found(head.number, "400")
    seen: set[str] = set()
    for line in lines:
        record = line[0]
        identity = record.cut("5-7")
        if not identity:
            yield Found(record.number, "402", column=5)
        elif identity in seen:
            yield Found(record.number, "518", column=5)
        elif "*" in identity:
            yield Found(record.number, "822", column=5)
        seen.add(identity)
        yield from _countries(ace, record)
        yield from _tariffs(ace, line)
        yield from _line_parties(line)
        yield from agencies(line)
    kind = head.cut("34-35")
    if kind in _CASE_TYPES and not of(transaction, "53"):
        yield Found(head.number, "706")


def _countries(ace: Ace, record: Record) -> Iterator[Found]:
    origin, export = record.cut("9-10"), record.cut("11-12")
    if not origin:
        yield Found(record.number, "407", column=9)
    elif origin != "**" and origin not in codes_of(ace.specs.root, "origin"):
        yield Found(record.number, "408", column=9)
    if export == "US":
        yield Found(record.number, "412", column=11)
    elif export and export not in codes_of(ace.specs.root, "country"):
        yield Found(record.number, "411", column=11)


def _tariffs(ace: Ace, line: Sequence[Record]) -> Iterator[Found]:
    """Judge tariff numbers and their order."""
    tariffs = of(line, "50")
    if not tariffs:
        yield Found(line[0].number, "431")
    for tariff in tariffs:
        number = tariff.cut("3-12")
        if not number:
            yield Found(tariff.number, "432", column=3)
        elif not (number.isdigit() and len(number) in {8, 10}) or number[:2] in {"00", "77"}:
            yield Found(tariff.number, "433", column=3)
    order = orders(ace.specs.root, "AE")["50"]
    for late, _ in order.strays([tariff.cut(order.key) for tariff in tariffs]):
        yield Found(tariffs[late].number, "852", column=3)


def _line_parties(line: Sequence[Record]) -> Iterator[Found]:
    seen: set[str] = set()
    for party in of(line, "47"):
        kind = party.cut("3")
        if kind in seen:
            yield Found(party.number, "520", column=3)
        if kind and kind not in "MCSE":
            yield Found(party.number, "519", column=3)
        if not party.cut("4-18"):
            yield Found(party.number, "521", column=4)
        seen.add(kind)
