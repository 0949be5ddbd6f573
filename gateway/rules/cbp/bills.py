"""Bills as CBP's manifest and release systems know them, and moves under bond."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from gateway.entry import InBond
from gateway.rules.cbp.scope import AIR, OCEAN, SURFACE, ZONE, is_release, mode, us
from gateway.rules.codes import codes
from gateway.rules.registry import Given, doubtful, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

BILL_CHARS_MAX = 50
AMS_BILL_CHARS_MAX = 12
ISSUER_CHARS = 4
RE_WAREHOUSE = "22"
_SCAC = re.compile(r"(?!UNKN)[A-Z]{2,4}")
_AIR_CARRIER = re.compile(r"[A-Z0-9]{2,4}")
_BILL = re.compile(r"[A-Z0-9]{1,50}")
_AIR_WAYBILL = re.compile(r"[0-9]{11}")
_IN_BOND = re.compile(r"[0-9]{9}|V[A-Z0-9]{10}|[0-9]{11}")


@rule("cbp.bill.issuer", clause="cbp.numbers/carrier", of=us, about="bills")
def issuer_shape(entry: Entry) -> Iterator[Finding]:
    """A bill's issuer is a carrier code: two to four letters, by air also digits."""
    pattern = _SCAC if mode(entry) in SURFACE else _AIR_CARRIER
    for turn, bill in enumerate(entry.bills):
        if bill.issuer is not None and not pattern.fullmatch(bill.issuer):
            yield wrong(
                f"bills[{turn}].issuer", "no carrier code", expected="two to four letters", actual=bill.issuer
            )


@rule("cbp.carrier.shape", clause="cbp.numbers/carrier", of=us, about="transport")
def carrier_shape(entry: Entry) -> Iterator[Finding]:
    """The carrier of a US movement is a SCAC, by air an IATA or ICAO code."""
    transport = entry.transport
    if transport is None or transport.carrier is None:
        return
    pattern = _SCAC if mode(entry) in SURFACE else _AIR_CARRIER
    if not pattern.fullmatch(transport.carrier):
        yield wrong(
            "transport.carrier", "no carrier code", expected="two to four letters", actual=transport.carrier
        )


@rule("cbp.bill.number", clause="cbp.numbers/bill", of=us, about="bills")
def number_shape(entry: Entry) -> Iterator[Finding]:
    """A bill number is at most fifty capital letters and digits, nothing else."""
    for turn, bill in enumerate(entry.bills):
        if not _BILL.fullmatch(bill.number):
            yield wrong(
                f"bills[{turn}].number",
                "no bill number",
                expected=f"at most {BILL_CHARS_MAX} of A-Z 0-9",
                actual=bill.number,
            )


@rule("cbp.bill.ams-length", clause="cbp.numbers/bill-ams", of=us, about="bills")
def ams_length(entry: Entry) -> Iterator[Finding]:
    """A bill of the ocean manifest has at most twelve characters without its issuer."""
    if mode(entry) not in OCEAN:
        return
    for turn, bill in enumerate(entry.bills):
        # A number without an issuer beside it may begin with the issuer's four letters.
        longest = AMS_BILL_CHARS_MAX + (ISSUER_CHARS if bill.issuer is None else 0)
        if bill.automated is not False and len(bill.number) > longest:
            yield doubtful(
                f"bills[{turn}].number",
                "too long for the ocean manifest",
                expected=f"at most {longest} characters",
                actual=bill.number,
            )


@rule("cbp.bill.air-waybill", clause="cbp.numbers/air-waybill", of=us, about="bills")
def air_waybill(entry: Entry) -> Iterator[Finding]:
    """A master or simple air waybill is the airline's prefix of three and eight digits."""
    if mode(entry) not in AIR:
        return
    for turn, bill in enumerate(entry.bills):
        if bill.kind in {"master", "simple"} and not _AIR_WAYBILL.fullmatch(bill.number):
            yield wrong(
                f"bills[{turn}].number", "no air waybill", expected="eleven digits", actual=bill.number
            )


@rule("cbp.bill.quantity", clause="cbp.se.v40/SE15", of=us, about="bills")
def whole_pieces(entry: Entry) -> Iterator[Finding]:
    """The quantity of a bill counts whole pieces, at least one."""
    for turn, bill in enumerate(entry.bills):
        quantity = bill.quantity
        if quantity is None:
            continue
        if quantity.value != quantity.value.to_integral_value() or quantity.value < 1:
            yield wrong(
                f"bills[{turn}].quantity.value",
                "not a number of pieces",
                expected="a whole number from 1",
                actual=quantity.value,
            )


@rule("cbp.se.bill", clause="cbp.se.v40/SE15", of=is_release)
def bill_required(entry: Entry) -> Iterator[Finding]:
    """A cargo release names a bill, but for zone and re-warehouse entries."""
    if not entry.bills and entry.kind not in {ZONE, RE_WAREHOUSE}:
        yield missing("bills", "a bill")


@rule("cbp.se.bill-chain", clause="cbp.se.v40/SE15", of=is_release, about="bills")
def house_needs_master(entry: Entry) -> Iterator[Finding]:
    """In a cargo release a house bill follows its master."""
    masters: set[str] = set()
    for turn, bill in enumerate(entry.bills):
        if bill.kind == "master":
            masters.add(bill.number)
        elif bill.kind in {"house", "sub-house"} and not masters and bill.master is None:
            yield missing(f"bills[{turn}].master", "the master bill")


@rule(
    "cbp.se.conveyance-for-non-ams",
    clause="cbp.se.v40/SE16",
    of=is_release,
    about="bills",
    since=date(2025, 7, 1),
)
def non_ams_bill_needs_conveyance(entry: Entry) -> Iterator[Finding]:
    """A bill that is in no manifest system carries the details of its conveyance."""
    transport = entry.transport
    known = transport is not None and transport.carrier is not None and transport.arrival_expected is not None
    for turn, bill in enumerate(entry.bills):
        if bill.automated is False and not bill.arrivals and not known:
            yield missing(f"bills[{turn}].arrivals", "carrier, date and quantity of the arrival")


@rule("cbp.in-bond.number", clause="cbp.numbers/in-bond", about=InBond)
def in_bond_number(_entry: Entry, given: Given) -> Iterator[Finding]:
    """An in-bond number is nine digits, V and ten more, or an air waybill."""
    for path, move in given.every(InBond):
        if move.number is not None and not _IN_BOND.fullmatch(move.number):
            yield wrong(
                f"{path}.number",
                "no in-bond number",
                expected="9 digits, V and 10, or 11 digits",
                actual=move.number,
            )


@rule("cbp.in-bond.kind", clause="cbp.in-bond/list", about=InBond)
def in_bond_kind(_entry: Entry, given: Given) -> Iterator[Finding]:
    """A move under bond is of a type of the list."""
    for path, move in given.every(InBond):
        if move.kind is not None and move.kind not in codes("in_bond_types"):
            yield wrong(f"{path}.kind", "no in-bond type", expected="61, 62, 63 ...", actual=move.kind)


@rule("cbp.in-bond.destination", clause="cbp.in-bond/destination", about=InBond)
def in_bond_destination(entry: Entry, given: Given) -> Iterator[Finding]:
    """A move under bond says where it ends, and abroad where the goods go."""
    if entry.filing is not None and entry.filing.action == "general-order":
        # Such a notice names the move that the goods came by; it asks for none.
        return
    for path, move in given.every(InBond):
        code = codes("in_bond_types").get(move.kind or "")
        if code is None or path.endswith(".previous_in_bond"):
            # Of an earlier move the number is told, not the way.
            continue
        if code.says("destination") and move.destination is None:
            yield missing(f"{path}.destination", "the port of destination or of export")
        if code.says("foreign") and move.foreign_destination is None:
            yield missing(f"{path}.foreign_destination", "the foreign port of destination")
