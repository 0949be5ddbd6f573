"""What a cargo release has on a condition: words for bills, zone lines, low value, cancellation (catair.md 8.2, 8.3).

Lives here: rules that look at several records together. The list of codes of today is not at hand, so the text says
what is wrong. Nothing here looks at the day on which it is asked. Never here: identity, importer, parties, bills in general.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair.conditions import Found, first, of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.catair.batch import Record

_WORDS = {"60": ("HANDCARRIED",), "32": ("AUTOMOBILE", "VEHICLE"), "33": ("PEDESTRIAN",)}
_AIR = ("40", "41")
_UNLADING = ("50", "60", "70")
_LIMITS = {"11": 2500, "86": 800}
_REASONS = tuple(f"{number:02d}" for number in range(1, 13))
_REPLACED_BY = {"02": "IB", "03": "EN", "04": "FTZ"}


def conditions(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Yield what does not go together in a release that is added or replaced."""
    kind, mode = head.cut("20-21"), head.cut("37-38")
    movement = first(transaction, "SE11")
    if mode in _UNLADING and not head.cut("56-60"):
        yield Found(head.number, "", "PORT OF UNLADING REQUIRED FOR MOT", column=56)
    if movement is not None:
        yield from _movement(movement, kind)
    for bill in of(transaction, "SE15"):
        yield from _bill(bill, kind, mode, general_order=bool(movement and movement.cut("45-64")))
    for zone in of(transaction, "SE41"):
        yield from _zone(zone)
    if kind == "23":
        yield from _temporary(transaction)
    yield from _consignee(transaction, head, kind)
    if kind == "86":
        for party in of(transaction, "SE30", "SE50"):
            if party.cut("5-7") not in {"CN", "SE"}:
                yield Found(party.number, "", "ENTITY NOT ALLOWED FOR ENTRY TYPE", column=5)


def _movement(movement: Record, kind: str) -> Iterator[Found]:
    if movement.cut("5") == "W" and kind != "06":
        yield Found(movement.number, "", "WEEKLY ENTRY NOT ALLOWED FOR ENTRY TYPE", column=5)
    if kind == "06" and not movement.cut("12-15"):
        yield Found(movement.number, "", "FIRMS REQUIRED FOR ENTRY TYPE", column=12)
    if kind == "06" and movement.cut("40-44"):
        yield Found(movement.number, "", "VOYAGE NOT ALLOWED FOR ENTRY TYPE", column=40)
    if kind in {"21", "22"} and not movement.cut("65-68"):
        yield Found(movement.number, "", "WAREHOUSE FIRMS MISSING", column=65)
    if kind == "22" and not (movement.cut("69-71") and movement.cut("72-79")):
        yield Found(movement.number, "", "ORIGINATING WAREHOUSE ENTRY MISSING", column=69)


def _bill(bill: Record, kind: str, mode: str, *, general_order: bool) -> Iterator[Found]:
    words = _WORDS.get(mode, ())
    if words and bill.cut("10-59") not in words:
        yield Found(bill.number, "", "BILL NUMBER NOT VALID FOR MOT", column=10)
    if (words or general_order) and bill.cut("73") != "Y":
        yield Found(bill.number, "", "BILL MUST BE NON-AMS", column=73)
    if bill.cut("5") == "T" and (mode not in _AIR or kind == "86"):
        yield Found(bill.number, "", "TRACKING NUMBER NOT ALLOWED", column=5)
    if mode in _AIR and bill.cut("6-9"):
        yield Found(bill.number, "", "ISSUER CODE NOT ALLOWED FOR MOT", column=6)
    if bill.cut("5") == "I" and bill.cut("73") == "Y":
        yield Found(bill.number, "", "IN-BOND CANNOT BE NON-AMS", column=73)


def _zone(zone: Record) -> Iterator[Found]:
    if zone.cut("5") not in {"P", "N"}:
        yield Found(zone.number, "", "ZONE STATUS NOT ALLOWED", column=5)
    if zone.cut("6-11") and zone.cut("5") != "P":
        yield Found(zone.number, "", "FTZ FILING DATE NOT ALLOWED FOR STATUS", column=6)
    if not zone.cut("12-19").strip("0"):
        yield Found(zone.number, "", "FTZ LINE QTY MUST BE GT ZERO", column=12)


def _lines(transaction: Sequence[Record]) -> Iterator[list[Record]]:
    """Yield the tariff numbers of each line."""
    tariffs: list[Record] | None = None
    for record in transaction:
        if record.text.startswith("SE40"):
            if tariffs is not None:
                yield tariffs
            tariffs = []
        elif tariffs is not None and record.text.startswith("SE60"):
            tariffs.append(record)
    if tariffs is not None:
        yield tariffs


def _temporary(transaction: Sequence[Record]) -> Iterator[Found]:
    for tariffs in _lines(transaction):
        temporary = [one.cut("5-8") == "9813" for one in tariffs]
        if tariffs and not (temporary[0] and not all(temporary)):
            yield Found(tariffs[0].number, "", "HTS 9813 REQUIRED FIRST FOR TIB", column=5)


def _consignee(transaction: Sequence[Record], head: Record, kind: str) -> Iterator[Found]:
    """By name only for small informal and low-value entries, and then with line values."""
    named = [
        one for one in of(transaction, "SE30", "SE50") if one.cut("5-7") == "CN" and not one.cut("46-65")
    ]
    if not named:
        return
    value = head.cut("40-49")
    if kind not in _LIMITS or not value.isdigit() or int(value) >= _LIMITS[kind]:
        yield Found(named[0].number, "", "CONSIGNEE NUMBER REQUIRED", column=46)
        return
    for tariffs in _lines(transaction):
        if tariffs and not any(one.cut("15-24").strip("0") for one in tariffs):
            yield Found(tariffs[0].number, "", "LINE ITEM VALUE REQUIRED", column=15)


def cancellation(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Yield what a cancellation lacks: its port, a reason of the list, the number of what came instead."""
    contact = first(transaction, "SE13")
    reason = contact.cut("60-61") if contact is not None else ""
    where = contact or head
    if not head.cut("50-54"):
        yield Found(head.number, "", "PORT OF ENTRY MISSING", column=50)
    if reason not in _REASONS:
        yield Found(where.number, "", "CANCEL REASON MISSING OR UNKNOWN", column=60)
    qualifiers = {record.cut("5-7") for record in of(transaction, "SE20")}
    if reason in _REPLACED_BY and _REPLACED_BY[reason] not in qualifiers:
        yield Found(where.number, "", "REPLACEMENT REFERENCE MISSING", column=60)
