"""Who must be named in a cargo release, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.rules.cbp.scope import LOW_VALUE, ZONE, is_release
from gateway.rules.registry import missing, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry, Party
    from gateway.finding import Finding

# Schemes by which SE30 takes a party without its name.
NUMBERED = frozenset({"irs", "ssn", "cbp"})
WAREHOUSE_TYPES = frozenset({"21", "22"})
PORT_TYPES = frozenset({"02", "06", "07", "12", "21", "22", "23", "86"})
_ROLES = ("seller", "buyer", "consignee", "manufacturer", "shipper", "exporter")


@rule("cbp.se.importer", clause="cbp.se.v40/SE10", of=is_release)
def importer_number(entry: Entry) -> Iterator[Finding]:
    """A cargo release names the importer of record by number, but for low value."""
    if entry.kind == LOW_VALUE:
        return
    if entry.importer is None or not _numbered(entry.importer):
        yield missing("importer.identifiers", "the importer's IRS, social security or CBP number")


@rule("cbp.se.parties", clause="cbp.se.v40/SE30", of=is_release)
def parties_required(entry: Entry) -> Iterator[Finding]:
    """Seller, buyer, consignee and manufacturer stand in the head, or in each line."""
    roles = (
        ("seller", "consignee")
        if entry.kind == LOW_VALUE
        else ("seller", "buyer", "consignee", "manufacturer")
    )
    for role in roles:
        if getattr(entry, role) is not None:
            continue
        in_lines = [any(party.role == role for party in line.parties) for line in entry.lines]
        if not in_lines or not all(in_lines):
            yield missing(role, f"the {role}")


@rule("cbp.se.party-address", clause="cbp.se.v40/SE36", of=is_release)
def address_with_name(entry: Entry) -> Iterator[Finding]:
    """A party that is given by name has an address with city and country."""
    parties = [(role, getattr(entry, role)) for role in _ROLES]
    parties += [
        (f"lines[{turn}].parties[{place}]", party)
        for turn, line in enumerate(entry.lines)
        for place, party in enumerate(line.parties)
    ]
    for path, party in parties:
        if party is None or party.name is None or _numbered(party):
            continue
        address = party.address
        if address is None or address.city is None:
            yield missing(f"{path}.address.city", "the city")
        if address is None or address.country is None:
            yield missing(f"{path}.address.country", "the country")


def _numbered(party: Party) -> bool:
    return any(identifier.scheme in NUMBERED for identifier in party.identifiers)


@rule("cbp.se.number", clause="cbp.se.v40/SE10", of=is_release)
def number_required(entry: Entry) -> Iterator[Finding]:
    """A cargo release has an entry number."""
    if entry.number is None:
        yield missing("number", "the entry number")


@rule("cbp.se.port", clause="cbp.se.v40/SE10-port", of=is_release)
def port_required(entry: Entry) -> Iterator[Finding]:
    """The port of entry is named where no bill can tell it."""
    if entry.port is not None:
        return
    in_bond = any(bill.in_bond is not None for bill in entry.bills)
    unknown = any(bill.automated is False for bill in entry.bills)
    agencies = any(tariff.agencies for line in entry.lines for tariff in line.tariffs)
    if entry.kind in PORT_TYPES or in_bond or unknown or agencies:
        yield missing("port", "the port of entry")


@rule("cbp.se.zone", clause="cbp.se.v40/SE11", of=is_release)
def zone_required(entry: Entry) -> Iterator[Finding]:
    """A zone entry names its zone and the place of the goods."""
    if entry.kind == ZONE:
        if entry.zone is None:
            yield missing("zone", "the foreign trade zone")
        if entry.goods_at is None:
            yield missing("goods_at", "the facility where the goods are")


@rule("cbp.se.warehouse", clause="cbp.se.v40/SE11", of=is_release)
def warehouse_required(entry: Entry) -> Iterator[Finding]:
    """A warehouse entry names the warehouse; a re-warehouse entry also the first entry."""
    if entry.kind in WAREHOUSE_TYPES:
        if entry.bonded_warehouse is None:
            yield missing("bonded_warehouse", "the bonded warehouse")
        if entry.kind == "22" and entry.warehouse_entry is None:
            yield missing("warehouse_entry", "the original warehouse entry")


@rule("cbp.se.bond", clause="cbp.se.v40/SE20", of=is_release, about="bonds")
def single_bond_details(entry: Entry) -> Iterator[Finding]:
    """A single transaction bond comes with its surety and amount."""
    for turn, bond in enumerate(entry.bonds):
        if bond.kind == "single" and bond.surety is None:
            yield missing(f"bonds[{turn}].surety", "the surety")
        if bond.kind == "single" and bond.amount is None:
            yield missing(f"bonds[{turn}].amount", "the amount of the bond")


@rule("cbp.se.value", clause="cbp.se.v40/SE10", of=is_release)
def value_required(entry: Entry) -> Iterator[Finding]:
    """A cargo release says the estimated value, in total or by line."""
    total = entry.totals is not None and entry.totals.value is not None
    by_line = bool(entry.lines) and all(any(tariff.value for tariff in line.tariffs) for line in entry.lines)
    if not total and not by_line:
        yield missing("totals.value", "the estimated value")
