"""The canonical customs entry: business words, no format's names in it."""

from gateway.entry.agencies import Agency, AgencyItem
from gateway.entry.goods import Charge, DangerousGood, Levy, Origin, Package, Tariff, TradeCase, Valuation
from gateway.entry.header import Bond, Certification, Entry, Filing, Totals
from gateway.entry.history import Contribution, Event, Evidence, Status
from gateway.entry.invoices import Invoice
from gateway.entry.line import Line
from gateway.entry.schema import SCHEMA_VERSION, json_schema
from gateway.entry.transport import Bill, Equipment, InBond, Seal, Transport
from gateway.entry.values import (
    Address,
    Contact,
    Document,
    Identifier,
    Money,
    Party,
    Permit,
    Place,
    Quantity,
    Reference,
    RoledParty,
)

__all__ = [
    "SCHEMA_VERSION",
    "Address",
    "Agency",
    "AgencyItem",
    "Bill",
    "Bond",
    "Certification",
    "Charge",
    "Contact",
    "Contribution",
    "DangerousGood",
    "Document",
    "Entry",
    "Equipment",
    "Event",
    "Evidence",
    "Filing",
    "Identifier",
    "InBond",
    "Invoice",
    "Levy",
    "Line",
    "Money",
    "Origin",
    "Package",
    "Party",
    "Permit",
    "Place",
    "Quantity",
    "Reference",
    "RoledParty",
    "Seal",
    "Status",
    "Tariff",
    "Totals",
    "TradeCase",
    "Transport",
    "Valuation",
    "json_schema",
]
