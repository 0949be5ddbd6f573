"""How the goods of a summary came: chains of bills, issuers, moves under bond, dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import AIR, OCEAN, TEMPORARY, mode, whole_summary
from gateway.rules.registry import Given, missing, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.entry import Bill, BillPart, Entry
    from gateway.finding import Finding

_RAIL = frozenset({"20", "21"})
_RANKS = {"in-bond": 0, "master": 1, "house": 2, "sub-house": 3}
_TWO_YEARS_DAYS = 731


def _chain(entry: Entry, bill: Bill) -> Sequence[tuple[str, str | None, str | None]]:
    """Give kind, issuer and number of each component of a bill, in-bond first."""
    if bill.chain:
        return [(part.kind or "", part.issuer, part.number) for part in bill.chain]
    parts: list[tuple[str, str | None, str | None]] = []
    if bill.in_bond is not None and bill.in_bond.number is not None:
        parts.append(("in-bond", None, bill.in_bond.number))
    if bill.master is not None:
        issuer = next((one.issuer for one in entry.bills if one.number == bill.master), bill.master_issuer)
        parts.append(("master", issuer, bill.master))
    kind = {"simple": "master", None: "master"}.get(bill.kind, bill.kind or "master")
    return [*parts, (kind, bill.issuer, bill.number)]


@rule("cbp.ae.chain", clause="cbp.ae.v109/23", of=whole_summary, about="bills")
def order_of_the_chain(entry: Entry) -> Iterator[Finding]:
    """A bill's components are in-bond, master, house, sub-house, each once; by sea and air none hangs in the air."""
    strict = mode(entry) in OCEAN | AIR
    for turn, bill in enumerate(entry.bills):
        kinds = [part.kind for part in bill.chain]
        if not kinds:
            continue
        ranks = [_RANKS.get(kind or "", -1) for kind in kinds]
        place = f"bills[{turn}].chain"
        if -1 in ranks:
            at = ranks.index(-1)
            yield wrong(
                f"{place}[{at}].kind", "no component", expected=", ".join(_RANKS), actual=kinds[at] or ""
            )
        elif ranks != sorted(set(ranks)):
            yield wrong(
                place, "out of order, or twice", expected=", ".join(_RANKS), actual=", ".join(map(str, kinds))
            )
        elif strict and ("sub-house" in kinds and "house" not in kinds):
            yield missing(place, "the house bill above the sub-house bill")
        elif strict and ("house" in kinds and "master" not in kinds):
            yield missing(place, "the master bill above the house bill")


@rule("cbp.ae.chain-issuer", clause="cbp.ae.v109/23-issuer", of=whole_summary, about="bills")
def issuers_of_the_chain(entry: Entry) -> Iterator[Finding]:
    """By sea a master and a house bill, by rail a house bill, name their issuer; by air and in-bond none is named."""
    way = mode(entry)
    wanted = {"master": OCEAN, "house": OCEAN | _RAIL}
    for turn, bill in enumerate(entry.bills):
        for at, part in enumerate(bill.chain):
            place = f"bills[{turn}].chain[{at}].issuer"
            if part.issuer is None and way in wanted.get(part.kind or "", frozenset()):
                yield missing(place, "the issuer of the bill")
            elif part.issuer is not None and _without_issuer(part, way):
                yield wrong(place, "no issuer stands here", expected="none", actual=part.issuer)


def _without_issuer(part: BillPart, way: str) -> bool:
    return part.kind in {"in-bond", "sub-house"} or way in AIR


@rule("cbp.ae.in-bond-date", clause="cbp.ae.v109/in-bond", of=whole_summary, about=("bills", "transport"))
def date_of_the_move(entry: Entry) -> Iterator[Finding]:
    """A summary with an in-bond number has the date of the move, and no other has one."""
    dated = entry.transport.in_bond_date if entry.transport is not None else None
    moved = [bill for bill in entry.bills if any(kind == "in-bond" for kind, _, _ in _chain(entry, bill))]
    if moved and dated is None:
        yield missing("transport.in_bond_date", "the date of the move under bond")
    elif entry.bills and dated is not None and not moved:
        yield wrong("transport.in_bond_date", "no bill has an in-bond number", expected="none", actual=dated)


@rule("cbp.ae.in-bond-all", clause="cbp.ae.v109/in-bond", of=whole_summary, about="bills")
def all_or_none_in_bond(entry: Entry) -> Iterator[Finding]:
    """If one bill of a summary came under bond all did."""
    moved = [
        any(kind == "in-bond" for kind, _, _ in _chain(entry, bill))
        for bill in entry.bills
        if bill.chain or bill.kind != "master" or not _is_above(entry, bill)
    ]
    if any(moved) and not all(moved):
        yield missing(f"bills[{moved.index(False)}]", "the in-bond number that other bills have")


def _is_above(entry: Entry, bill: Bill) -> bool:
    return any(other.master == bill.number for other in entry.bills)


@rule("cbp.ae.in-bond-port", clause="cbp.ae.v109/in-bond", of=whole_summary, about=("bills", "transport"))
def ports_of_the_move(entry: Entry) -> Iterator[Finding]:
    """What came under bond is not entered where it was unladen."""
    unlading = entry.transport.unlading if entry.transport is not None else None
    moved = any(kind == "in-bond" for bill in entry.bills for kind, _, _ in _chain(entry, bill))
    if moved and unlading is not None and entry.port is not None and unlading.code == entry.port.code:
        yield wrong(
            "transport.unlading.code",
            "the port of entry, although the goods came under bond",
            expected="another port",
            actual=unlading.code,
        )


@rule("cbp.ae.in-bond-order", clause="cbp.ae.v109/dates", of=whole_summary, about="transport")
def in_bond_between(entry: Entry) -> Iterator[Finding]:
    """A move under bond begins after the importation and before the entry, which a temporary importation need not."""
    dated = entry.transport.in_bond_date if entry.transport is not None else None
    if dated is None:
        return
    if entry.imported is not None and entry.imported > dated:
        yield wrong(
            "imported", "after the move under bond", expected=f"at most {dated}", actual=entry.imported
        )
    if entry.entered is not None and dated > entry.entered and entry.kind != TEMPORARY:
        yield wrong(
            "transport.in_bond_date", "after the entry", expected=f"at most {entry.entered}", actual=dated
        )


@rule("cbp.ae.in-bond-old", clause="cbp.ae.v109/dates-today", of=whole_summary, about="transport")
def in_bond_not_old(entry: Entry, given: Given) -> Iterator[Finding]:
    """A move under bond is at most two years ago."""
    dated = entry.transport.in_bond_date if entry.transport is not None else None
    if dated is not None and (given.on - dated).days > _TWO_YEARS_DAYS:
        yield wrong(
            "transport.in_bond_date", "more than two years ago", expected="two years at most", actual=dated
        )


@rule("cbp.ae.export-order", clause="cbp.ae.v109/dates", of=whole_summary, about="lines")
def exported_before(entry: Entry) -> Iterator[Finding]:
    """Goods of a summary are exported before they are imported, moved under bond and entered."""
    dated = entry.transport.in_bond_date if entry.transport is not None else None
    later = {"importation": entry.imported, "move under bond": dated, "entry": entry.entered}
    for turn, line in enumerate(entry.lines):
        for what, day in later.items():
            if line.exported is not None and day is not None and line.exported > day:
                yield wrong(
                    f"lines[{turn}].exported",
                    f"after the {what}",
                    expected=f"at most {day}",
                    actual=line.exported,
                )
                break
