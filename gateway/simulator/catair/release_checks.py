"""What ACE checks in a cargo release (SE) after its form is right.

Lives here: one function for each group of rules of catair.md 8.2 and 8.3, each giving
conditions at records. Never here: what is answered. Codes 001 to 030 are the known part
of CBP's list; where it has none that is known, the text alone says what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair import release_rest
from gateway.simulator.catair.conditions import Found, codes_of, first, of
from gateway.simulator.onfile import importer_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Block, Record
    from gateway.simulator.state import Filing

# Types for which the port of entry may not be left to be derived from the bill.
_PORT_TYPES = ("02", "06", "07", "12", "21", "22", "23", "86")
_VALUE_MAX = {"86": 800, "11": 2500, "12": 2500}
_TRUCK_RAIL = ("20", "21", "30", "31")
_NO_ISSUER = ("32", "33", "34", "40", "41", "50", "60")


def conditions(
    ace: Ace, block: Block, transaction: Sequence[Record], known: Filing | None
) -> Iterator[Found]:
    """Yield everything that is wrong with one SE transaction, in the order of its records."""
    head = transaction[0]
    yield from _identity(ace, block, head)
    yield from _action(head, known)
    if head.cut("5") in {"A", "R"}:
        yield from _importer(ace, head)
        yield from _entry(ace, transaction, head)
        yield from _bills(transaction, head)
        yield from _parties(transaction, head)
        yield from _lines(ace, transaction, head)
        yield from release_rest.conditions(transaction, head)
    elif head.cut("5") == "U":
        yield from _bills(transaction, head)
    elif head.cut("5") == "D":
        yield from release_rest.cancellation(transaction, head)


def _identity(ace: Ace, block: Block, head: Record) -> Iterator[Found]:
    filer, number, kind = head.cut("6-8"), head.cut("11-18"), head.cut("20-21")
    action = head.cut("5")
    if not action:
        yield Found(head.number, "001", column=5)
    elif action not in "ARUD":
        yield Found(head.number, "002", column=5)
    if not filer:
        yield Found(head.number, "003", column=6)
    elif not ace.onfile.filer_known(filer) or filer != block.b.cut("8-10"):
        yield Found(head.number, "004", column=6)
    if not number:
        yield Found(head.number, "005", column=11)
    elif not ace.onfile.entry_number_right(filer, number):
        yield Found(head.number, "006", column=11)
    if not kind:
        yield Found(head.number, "009", column=20)
    elif kind not in codes_of(ace.specs.root, "entry_type_release"):
        yield Found(head.number, "010", column=20)


def _action(head: Record, known: Filing | None) -> Iterator[Found]:
    """Hold the action against what is on file: a number is never used again."""
    action = head.cut("5")
    used = known is not None and known.release not in {"", "rejected"}
    active = used and known is not None and known.release != "cancelled"
    if action == "A" and used:
        yield Found(head.number, "007", column=11)
    elif action in {"R", "U", "D"} and not active:
        yield Found(head.number, "008", column=11)
    elif known is not None and action == "R":
        if known.release == "released":
            yield Found(head.number, "", "REPLACE NOT ALLOWED - ENTRY RELEASED", column=5)
        if known.fact("type") != head.cut("20-21"):
            yield Found(head.number, "210", column=20)


def _importer(ace: Ace, head: Record) -> Iterator[Found]:
    kind, number = head.cut("22-24"), head.cut("25-36")
    if head.cut("20-21") == "86" and not number:
        return
    if not kind:
        yield Found(head.number, "011", column=22)
    elif kind not in codes_of(ace.specs.root, "party_id"):
        yield Found(head.number, "012", column=22)
    if not number:
        yield Found(head.number, "013", column=25)
    elif importer_kind(number) != kind or ace.onfile.importer(number)["state"] not in {"active", "bond"}:
        yield Found(head.number, "014", column=25)
    elif head.cut("39") == "8" and ace.onfile.importer(number)["state"] != "bond":
        yield Found(head.number, "", "NO CONTINUOUS BOND FOUND FOR IMPORTER", column=39)


def _entry(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    kind, port, mode = head.cut("20-21"), head.cut("50-54"), head.cut("37-38")
    if port and not ace.onfile.port_known(port):
        yield Found(head.number, "", "PORT OF ENTRY UNKNOWN", column=50)
    unautomated = any(bill.cut("73") == "Y" for bill in of(transaction, "SE15"))
    inbond = any(bill.cut("5") == "I" for bill in of(transaction, "SE15"))
    pga = first(transaction, "OI") is not None
    if not port and (kind in _PORT_TYPES or unautomated or inbond or pga):
        yield Found(head.number, "", "PORT OF ENTRY MISSING", column=50)
    if not mode and not (kind == "06" and not of(transaction, "SE15")):
        yield Found(head.number, "", "MOT CODE MISSING", column=37)
    elif mode and mode not in codes_of(ace.specs.root, "transport_mode"):
        yield Found(head.number, "", "MOT CODE UNKNOWN", column=37)
    value = head.cut("40-49")
    if not value.isdigit() or (int(value) > _VALUE_MAX.get(kind, int(value))):
        yield Found(head.number, "", "ESTIMATED ENTRY VALUE NOT VALID FOR TYPE", column=40)
    qualifiers = {record.cut("5-7"): record.cut("8-57") for record in of(transaction, "SE20")}
    if head.cut("39") == "9" and not {"V1", "AMT"} <= set(qualifiers):
        yield Found(head.number, "", "SINGLE TRANSACTION BOND DATA MISSING", column=39)
    if first(transaction, "SE13") is None:
        yield Found(head.number, "", "CONTACT MISSING")
    if kind == "86" and "EDA" not in qualifiers:
        yield Found(head.number, "", "ESTIMATED DATE OF ARRIVAL MISSING")


def _bills(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Judge the shape of each bill and the order of in-bond, master and house."""
    bills = _bills_of(transaction)
    if not bills and head.cut("20-21") not in {"06", "22"} and head.cut("5") in {"A", "R"}:
        yield Found(head.number, "", "BOL/IN-BOND NUMBER(S) MISSING")
    before = ""
    for bill, split in bills:
        kind = bill.cut("5")
        if kind == "H" and before != "M":
            yield Found(bill.number, "", "HOUSE BILL WITHOUT MASTER BILL", column=5)
        before = kind
        yield from _bill(head, bill, split=split)


def _bill(head: Record, bill: Record, *, split: bool) -> Iterator[Found]:
    """Judge one bill. `split` tells that conveyance parts (SE16) stand under it."""
    kind, issuer, quantity, mode = bill.cut("5"), bill.cut("6-9"), bill.cut("60-67"), head.cut("37-38")
    stated = not quantity.isdigit() or int(quantity) == 0 or split
    missing = head.cut("20-21") == "86"
    if stated if quantity else missing:
        yield Found(bill.number, "030", column=60)
    if kind in {"M", "H"} and mode in _TRUCK_RAIL:
        yield Found(bill.number, "", "BILL TYPE NOT ALLOWED FOR MOT", column=5)
    if (not issuer and kind != "I" and mode not in _NO_ISSUER) or issuer == "UNKN":
        yield Found(bill.number, "", "ISSUER CODE MISSING OR UNKNOWN", column=6)
    if kind == "I" and (issuer or quantity):
        yield Found(bill.number, "", "ISSUER OR QUANTITY NOT ALLOWED - IN-BOND", column=6)
    if not bill.cut("10-59").isalnum():
        yield Found(bill.number, "", "BILL OF LADING NUMBER NOT VALID", column=10)
    if bill.cut("73") == "Y" and not split:
        yield Found(bill.number, "", "CONVEYANCE DETAILS MISSING - NON-AMS", column=73)


def _bills_of(transaction: Sequence[Record]) -> list[tuple[Record, bool]]:
    """Give the bills, each with whether conveyance parts (SE16) stand between it and the next."""
    found: list[tuple[Record, bool]] = []
    for record in transaction:
        if record.text.startswith("SE15"):
            found.append((record, False))
        elif record.text.startswith("SE16") and found:
            found[-1] = (found[-1][0], True)
    return found


def _parties(transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Seller, buyer, manufacturer and consignee stand at the header or at every line."""
    header = {record.cut("5-7") for record in of(transaction, "SE30")}
    lines = [
        {record.cut("5-7") for record in line if record.text.startswith("SE50")}
        for line in _lines_of(transaction)
    ]
    wanted = ("SE", "CN") if head.cut("20-21") == "86" else ("SE", "BY", "MF", "CN")
    for code in wanted:
        if code not in header and not (lines and all(code in line for line in lines)):
            yield Found(head.number, "", f"ENTITY {code} MISSING")
    for place, record in enumerate(transaction):
        if not record.text.startswith(("SE30", "SE50")):
            continue
        following = transaction[place + 1 : place + 9]
        named, addressed = bool(record.cut("8-42")), _addressed(following, record.text[2])
        if named and not addressed:
            yield Found(record.number, "", "ADDRESS MISSING FOR ENTITY NAME", column=8)
        if not named and addressed:
            yield Found(record.number, "", "ADDRESS NOT ALLOWED WITH IDENTIFIER", column=46)


def _addressed(following: Sequence[Record], level: str) -> bool:
    for record in following:
        if record.text.startswith((f"SE{level}5", f"SE{level}6")):
            return True
        if not record.text.startswith(f"SE{level}1"):
            return False
    return False


def _lines_of(transaction: Sequence[Record]) -> list[list[Record]]:
    lines: list[list[Record]] = []
    for record in transaction:
        if record.text.startswith("SE40"):
            lines.append([record])
        elif lines and record.text.startswith("SF"):
            break
        elif lines:
            lines[-1].append(record)
    return lines


def _lines(ace: Ace, transaction: Sequence[Record], head: Record) -> Iterator[Found]:
    """Judge numbering, origin and tariff numbers of each line."""
    countries = codes_of(ace.specs.root, "country")
    for turn, line in enumerate(_lines_of(transaction), 1):
        first_record = line[0]
        if first_record.cut("5-7") != f"{turn:03d}":
            yield Found(first_record.number, "", "LINE ITEM IDENTIFIER OUT OF ORDER", column=5)
        if first_record.cut("8-9") not in countries:
            yield Found(first_record.number, "", "COUNTRY OF ORIGIN UNKNOWN", column=8)
        tariffs = of(line, "SE60")
        if not tariffs:
            yield Found(first_record.number, "", "TARIFF DETAIL MISSING")
        for tariff in tariffs:
            number = tariff.cut("5-14")
            if not (number.isdigit() and len(number) in {8, 10}) or number[:2] in {"00", "77"}:
                yield Found(tariff.number, "", "HTS NUMBER UNKNOWN", column=5)
        zone = first(line, "SE41")
        if head.cut("20-21") == "06" and zone is None:
            yield Found(first_record.number, "", "FTZ DETAIL MISSING")
        if head.cut("20-21") != "06" and zone is not None:
            yield Found(zone.number, "", "FTZ DETAIL NOT ALLOWED FOR ENTRY TYPE")
        yield from agencies(line)


def agencies(line: Sequence[Record]) -> Iterator[Found]:
    """Judge the shape of the agency sets of a line: P01 to P05, P54."""
    run: list[Record] = []
    for record in line:
        if record.text.startswith("OI") and run:
            yield from _agency_set(run)
            run = [record]
        elif record.text.startswith(("OI", "PG")):
            run.append(record)
        else:
            yield from _agency_set(run)
            run = []
    yield from _agency_set(run)


def _agency_set(run: Sequence[Record]) -> Iterator[Found]:
    """Judge one OI and the PG records under it, or PG records without their OI."""
    described = bool(run) and run[0].text.startswith("OI")
    if described:
        if not run[0].cut("11-80"):
            yield Found(run[0].number, "P02", column=11)
        if len(run) == 1 or not run[1].text.startswith(("PG01", "PG00")):
            yield Found(run[0].number, "P03")
    for turn, record in enumerate(run):
        if not record.text.startswith("PG01"):
            continue
        if not described:
            yield Found(record.number, "P01")
        if not record.cut("5-7"):
            yield Found(record.number, "P04", column=5)
        if not record.cut("8-10"):
            yield Found(record.number, "P05", column=8)
        # Several PG01 in a row share what follows them.
        after = next((other for other in run[turn + 1 :] if not other.text.startswith("PG01")), None)
        if not record.cut("80") and (after is None or not after.text.startswith(("PG02", "PG00"))):
            yield Found(record.number, "P54")
