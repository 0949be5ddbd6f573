"""Cargo release: kinds of bills by mode, zone lines, low value, cancellation."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from gateway.rules.cbp.parties import NUMBERED
from gateway.rules.cbp.scope import (
    AIR,
    LOW_VALUE,
    TEMPORARY,
    ZONE,
    is_release,
    is_us_declaration,
    mode,
    stage,
)
from gateway.rules.registry import Given, doubtful, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

_OVERLAND = frozenset({"20", "21", "30", "31"})
_NO_ISSUER = AIR | {"32", "33", "34", "50", "60"}
_UNLADING_MODES = frozenset({"50", "60", "70"})
# What stands for a bill where nothing is manifested.
_WORDS = {"60": ("HANDCARRIED",), "32": ("AUTOMOBILE", "VEHICLE"), "33": ("PEDESTRIAN",)}
_WEEK_DAYS = 7
_REASONS = frozenset(f"{number:02d}" for number in range(1, 13))
_REPLACED_BY = {"02": "replacement-in-bond", "03": "replacement-entry", "04": "replacement-admission"}
_NOTHING_LEFT = "12"
_INFORMAL, _INFORMAL_USD, _LOW_USD = "11", Decimal(2500), Decimal(800)
_SPLITS = frozenset({"hold", "parts"})


def cancels_release(entry: Entry, given: Given) -> bool:
    """Tell whether a cargo release is to be cancelled."""
    filing = entry.filing
    return (
        is_us_declaration(entry)
        and stage(entry, given) == "release"
        and filing is not None
        and filing.action == "cancel"
    )


@rule("cbp.se.bill-kind", clause="cbp.se.v40/bills", of=is_release, about="bills")
def kinds_of_bills(entry: Entry) -> Iterator[Finding]:
    """By rail and truck a bill is simple; a tracking number is for express goods by air, not for low value."""
    for turn, bill in enumerate(entry.bills):
        path = f"bills[{turn}].kind"
        if bill.kind in {"master", "house", "sub-house"} and mode(entry) in _OVERLAND:
            yield wrong(path, "only simple bills by rail and truck", expected="simple", actual=bill.kind)
        elif bill.kind == "tracking" and (mode(entry) not in AIR or entry.kind == LOW_VALUE):
            yield wrong(path, "a tracking number is for express by air", expected="a bill", actual=bill.kind)


@rule("cbp.se.bill-issuer", clause="cbp.se.v40/bills", of=is_release, about="bills")
def issuers_of_bills(entry: Entry) -> Iterator[Finding]:
    """By air and where nothing is manifested a bill has no issuer apart; elsewhere it has one."""
    for turn, bill in enumerate(entry.bills):
        path = f"bills[{turn}].issuer"
        if mode(entry) in _NO_ISSUER and bill.issuer is not None:
            yield doubtful(path, "no issuer stands apart in this mode", expected="none", actual=bill.issuer)
        elif mode(entry) and mode(entry) not in _NO_ISSUER and bill.issuer is None and bill.kind != "in-bond":
            yield missing(path, "the issuer of the bill")


@rule("cbp.se.bill-word", clause="cbp.se.v40/bills", of=is_release, about="bills")
def words_for_bills(entry: Entry) -> Iterator[Finding]:
    """Goods carried by hand, on their own wheels or on foot have a word for a bill, outside of any manifest."""
    words = _WORDS.get(mode(entry), ())
    for turn, bill in enumerate(entry.bills):
        if words and bill.number not in words:
            yield wrong(
                f"bills[{turn}].number",
                "no word of this mode",
                expected=" or ".join(words),
                actual=bill.number,
            )
        elif words and bill.automated is not False:
            yield missing(f"bills[{turn}].automated", "the word that the bill is in no manifest system")


@rule("cbp.se.general-order", clause="cbp.se.v40/bills", of=is_release, about="general_order")
def bills_of_general_order(entry: Entry) -> Iterator[Finding]:
    """Bills of goods in general order are in no manifest system any more."""
    if entry.general_order is None:
        return
    for turn, bill in enumerate(entry.bills):
        if bill.automated is not False:
            yield missing(f"bills[{turn}].automated", "the word that the bill is in no manifest system")


@rule("cbp.se.split-bill", clause="cbp.se.v40/split", of=is_release, about="bills")
def quantity_of_a_split_bill(entry: Entry) -> Iterator[Finding]:
    """A bill that comes in parts has its quantities at the parts; one of low value has a quantity."""
    for turn, bill in enumerate(entry.bills):
        parts = [part for part in bill.arrivals if part.quantity is not None]
        if bill.quantity is not None and len(parts) > 1:
            yield wrong(
                f"bills[{turn}].quantity",
                "a quantity beside those of the parts",
                expected="none",
                actual=bill.quantity.value,
            )
        elif entry.kind == LOW_VALUE and bill.quantity is None and not parts:
            yield missing(f"bills[{turn}].quantity", "the quantity")


@rule("cbp.se.split-release", clause="cbp.se.v40/split", of=is_release, about="filing")
def split_release(entry: Entry) -> Iterator[Finding]:
    """A split shipment is held until it is whole, or released in parts."""
    told = entry.filing.split_release if entry.filing is not None else None
    if told is not None and told not in _SPLITS:
        yield wrong("filing.split_release", "no such word", expected="hold or parts", actual=told)


@rule("cbp.se.unlading", clause="cbp.se.v40/SE10-unlading", of=is_release)
def unlading_required(entry: Entry) -> Iterator[Finding]:
    """Mail, goods carried by hand and pipelines name the port of unlading."""
    unlading = entry.transport.unlading if entry.transport is not None else None
    if mode(entry) in _UNLADING_MODES and unlading is None:
        yield missing("transport.unlading", "the port of unlading")


@rule("cbp.se.weekly", clause="cbp.se.v40/weekly", of=is_release, about="filing")
def weekly_entry(entry: Entry, given: Given) -> Iterator[Finding]:
    """A weekly entry is of a zone and elects its date, at most seven days ahead."""
    if entry.filing is None or not entry.filing.weekly:
        return
    if entry.kind != ZONE:
        yield wrong("filing.weekly", "only a zone entry is weekly", expected="type 06", actual=entry.kind)
    if entry.entered is None:
        yield missing("entered", "the elected date of entry")
    elif (entry.entered - given.on).days > _WEEK_DAYS:
        yield wrong("entered", "too far ahead", expected="at most seven days", actual=entry.entered)


@rule("cbp.se.zone-line", clause="cbp.se.v40/SE41", of=is_release, about="lines")
def zone_lines_of_a_release(entry: Entry) -> Iterator[Finding]:
    """Each line of a zone release is P or N and counts whole units; no other entry has zone lines."""
    for turn, line in enumerate(entry.lines):
        path = f"lines[{turn}]"
        if entry.kind != ZONE:
            if line.zone_status is not None:
                yield wrong(
                    f"{path}.zone_status", "only in a zone entry", expected="none", actual=line.zone_status
                )
            continue
        if line.zone_status is None:
            yield missing(f"{path}.zone_status", "the zone status")
        elif line.zone_status not in {"P", "N"}:
            yield wrong(
                f"{path}.zone_status", "not entered by a release", expected="P or N", actual=line.zone_status
            )
        if line.zone_date is not None and line.zone_status != "P":
            yield wrong(
                f"{path}.zone_date", "only for privileged goods", expected="none", actual=line.zone_date
            )
        quantity = line.zone_quantity.value if line.zone_quantity is not None else None
        if quantity is None:
            yield missing(f"{path}.zone_quantity", "the quantity in the zone")
        elif quantity <= 0 or quantity != quantity.to_integral_value():
            yield wrong(
                f"{path}.zone_quantity.value",
                "no whole units",
                expected="a whole number from 1",
                actual=quantity,
            )


@rule("cbp.se.temporary", clause="cbp.se.v40/SE60", of=is_release, about="lines")
def tariffs_of_a_temporary_import(entry: Entry) -> Iterator[Finding]:
    """Each good of a temporary importation has two tariff numbers: one of 9813, and its own."""
    if entry.kind != TEMPORARY:
        return
    for turn, line in enumerate(entry.lines):
        temporary = [(tariff.number or "").startswith("9813") for tariff in line.tariffs]
        if line.tariffs and not (any(temporary) and not all(temporary)):
            yield missing(f"lines[{turn}].tariffs", "a tariff number of 9813 beside that of the goods")


@rule("cbp.se.consignee", clause="cbp.se.v40/consignee", of=is_release, about="consignee")
def consignee_by_name(entry: Entry) -> Iterator[Finding]:
    """A consignee is told by number; by name only for small informal and low-value entries, whose lines have values."""
    consignee = entry.consignee
    if consignee is None or any(one.scheme in NUMBERED for one in consignee.identifiers):
        return
    limit = {_INFORMAL: _INFORMAL_USD, LOW_VALUE: _LOW_USD}.get(entry.kind or "")
    values = [tariff.value for line in entry.lines for tariff in line.tariffs if tariff.value is not None]
    total = sum((value.amount for value in values), Decimal(0))
    if limit is None or total >= limit:
        yield missing("consignee.identifiers", "the consignee's IRS, social security or CBP number")
        return
    for turn, line in enumerate(entry.lines):
        if not any(tariff.value is not None for tariff in line.tariffs):
            yield missing(f"lines[{turn}].tariffs[0].value", "the value of the line")


@rule("cbp.se.low-value", clause="cbp.se.v40/low-value", of=is_release)
def low_value_release(entry: Entry) -> Iterator[Finding]:
    """A low-value release has no parties but consignee and seller, and says when the goods arrive."""
    if entry.kind != LOW_VALUE:
        return
    for role in ("buyer", "manufacturer"):
        if getattr(entry, role) is not None:
            yield wrong(role, "not in a low-value release", expected="consignee and seller")
    arrival = entry.transport.arrival_expected if entry.transport is not None else None
    if arrival is None and not any(one.kind == "estimated-arrival" for one in entry.references):
        yield missing("transport.arrival_expected", "the estimated date of arrival")


@rule("cbp.se.cancel", clause="cbp.se.v40/cancel", of=cancels_release)
def cancellation(entry: Entry) -> Iterator[Finding]:
    """A cancellation has a reason of the list, the port, and what came in the place of the entry where the reason says so."""
    reason = entry.filing.reason if entry.filing is not None else None
    if entry.port is None:
        yield missing("port", "the port of entry")
    if reason is None:
        yield missing("filing.reason", "the reason of the cancellation")
        return
    if reason not in _REASONS:
        yield wrong("filing.reason", "no reason of a cancellation", expected="01 to 12", actual=reason)
        return
    wanted = _REPLACED_BY.get(reason)
    if wanted is not None and not any(one.kind == wanted for one in entry.references):
        yield missing("references", f"the {wanted.replace('-', ' ')}")
    if reason == _NOTHING_LEFT and not (
        entry.kind == ZONE and entry.filing is not None and entry.filing.weekly
    ):
        yield wrong("filing.reason", "only for weekly zone entries", expected="another", actual=reason)
