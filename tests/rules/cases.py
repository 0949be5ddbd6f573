"""What each rule finds, and what it takes: one change of a good entry each."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.rules.samples import GONE, TODAY


@dataclass(frozen=True)
class Case:
    """A rule with a change that it finds at `place`, and one that it takes."""

    rule: str
    place: str
    bad: dict[str, Any]
    good: dict[str, Any] = field(default_factory=dict)
    base: str = "ocean_consumption"
    on: date = TODAY
    profile: dict[str, str] = field(default_factory=dict)


IDS = "importer.identifiers[0]"
LEI = "seller.identifiers[0]"
ZONE = {"kind": "06", "zone": "02600A001", "goods_at": {"scheme": "firms", "code": "W123"}}
IN_BOND = {"kind": "62", "destination": {"scheme": "schedule-d", "code": "3001"}, "number": "123456789"}
ABROAD = {"foreign_destination": {"scheme": "schedule-k", "code": "12220"}}
SUMMARY = {"filing.stage": "summary"}
CASE = [{"number": "A570123000"}]

CASES = [
    Case("cbp.entry-number.shape", "number", {"number": "Q7Z-0104418-1"}),
    Case("cbp.entry-number.shape", "number", {"number": "00001044181"}),
    Case("cbp.entry-number.check-digit", "number", {"number": "B7603245277"}, {"number": "B7603245278"}),
    Case(
        "cbp.entry-number.check-digit",
        "number",
        {"number": "B7603245278"},
        {"number": "B7603245271"},
        profile={"check_digit_offset.B76": "3"},
    ),
    Case("cbp.entry-number.filer", "broker.identifiers[0].value", {"broker.identifiers[0].value": "W4X"}),
    Case(
        "cbp.earlier-entry.number",
        "warehouse_entry",
        {"warehouse_entry": "X"},
        {"warehouse_entry": "B7603245278"},
    ),
    Case(
        "cbp.earlier-entry.number",
        "releases[0]",
        {"releases": ["B7603245277"]},
        {"releases": ["B7603245278"]},
    ),
    Case(
        "cbp.party-number.shape",
        f"{IDS}.value",
        {f"{IDS}.value": "471180932"},
        {f"{IDS}.value": "47-118093200"},
    ),
    Case(
        "cbp.party-number.shape",
        f"{IDS}.value",
        {IDS: {"scheme": "ssn", "value": "123456789"}},
        {IDS: {"scheme": "ssn", "value": "123-45-6789"}},
    ),
    Case(
        "cbp.party-number.shape",
        f"{IDS}.value",
        {IDS: {"scheme": "cbp", "value": "1"}},
        {IDS: {"scheme": "cbp", "value": "262704-00012"}},
    ),
    Case(
        "cbp.mid.shape",
        f"{LEI}.value",
        {LEI: {"scheme": "mid", "value": "TWABC"}},
        {LEI: {"scheme": "mid", "value": "TWABCDEF12TAI"}},
    ),
    Case(
        "cbp.mid.shape",
        f"{LEI}.value",
        {LEI: {"scheme": "mid", "value": "CAABCDEF12TAI"}},
        {LEI: {"scheme": "mid", "value": "XOABCDEF12TAI"}},
    ),
    Case("cbp.mid.shape", f"{LEI}.value", {LEI: {"scheme": "mid", "value": "QQABCDEF12TAI"}}),
    Case("cbp.filer.shape", "broker.identifiers[0].value", {"broker.identifiers[0].value": "q7"}),
    Case("cbp.place.shape", "port.code", {"port.code": "27"}),
    Case("cbp.place.shape", "goods_at.code", {"goods_at.code": "Y25"}),
    Case("cbp.place.shape", "transport.loading.code", {"transport.loading.code": "583"}),
    Case(
        "cbp.place.shape",
        "transport.loading.code",
        {"transport.loading": {"scheme": "unlocode", "code": "TWK"}},
        {"transport.loading": {"scheme": "unlocode", "code": "TWKHH"}},
    ),
    Case("cbp.entry-type.known", "kind", {"kind": "99"}),
    Case("cbp.entry-type.known", "kind", {"kind": "86"}),
    Case("cbp.entry-type.known", "kind", {"kind": "13"}, {"kind": "01"}, on=date(2026, 6, 30)),
    Case("cbp.se.entry-type", "kind", {"kind": "31"}, {"kind": "03"}),
    Case("cbp.ae.entry-type", "kind", {"kind": "61", **SUMMARY}, {"kind": "31", **SUMMARY}),
    Case("cbp.mode.known", "transport.mode", {"transport.mode": "1"}, {"transport.mode": "32"}),
    Case(
        "cbp.mode.container",
        "transport.containerized",
        {"transport.mode": "11", "transport.containerized": False},
        {"transport.mode": "11"},
    ),
    Case("cbp.se.mode", "transport.mode", {"transport.mode": GONE}),
    Case(
        "cbp.se.mode",
        "transport.mode",
        {"transport.mode": GONE, **ZONE},
        {"transport.mode": GONE, "bills": [], **ZONE},
    ),
    Case(
        "cbp.entry-type.value",
        "lines",
        {"lines[0].tariffs[0].value.amount": "2000"},
        {"lines[0].tariffs[0].value.amount": "1640"},
        base="informal",
    ),
    Case(
        "cbp.entry-type.value",
        "lines",
        {"lines[0].tariffs[0].value.amount": "9000"},
        {"lines[0].tariffs[0].value.amount": "9000", "lines[0].tariffs[0].number": "9801001010"},
        base="informal",
    ),
    Case(
        "cbp.entry-type.value",
        "lines",
        {"lines[0].tariffs[0].value.amount": "9000"},
        {"lines[0].tariffs[0].value.amount": "9000", "filing.express": True},
        base="informal",
    ),
    Case("cbp.bill.issuer", "bills[0].issuer", {"bills[0].issuer": "Q1"}),
    Case("cbp.bill.issuer", "bills[0].issuer", {"bills[0].issuer": "UNKN"}),
    Case(
        "cbp.bill.issuer", "bills[0].issuer", {"bills[0].issuer": "qx"}, {"bills[0].issuer": "9Q"}, base="fda"
    ),
    Case("cbp.carrier.shape", "transport.carrier", {"transport.carrier": "QTZL1"}),
    Case("cbp.bill.number", "bills[0].number", {"bills[0].number": "KHH 2610"}),
    Case("cbp.bill.number", "bills[0].number", {"bills[0].number": "A" * 51}),
    Case(
        "cbp.bill.ams-length",
        "bills[1].number",
        {"bills[1].number": "PRT8802310000"},
        {"bills[1].number": "PRT880231000"},
    ),
    Case(
        "cbp.bill.ams-length",
        "bills[1].number",
        {"bills[1].number": "PRT8802310000"},
        {"bills[1].number": "PRT8802310000", "bills[1].automated": False},
    ),
    Case(
        "cbp.bill.ams-length",
        "bills[1].number",
        {"bills[1].number": "PRTSPRT8802310000", "bills[1].issuer": GONE},
        {"bills[1].number": "PRTSPRT880231000", "bills[1].issuer": GONE},
    ),
    Case("cbp.bill.air-waybill", "bills[0].number", {"bills[0].number": "7771234567"}, base="fda"),
    Case("cbp.bill.quantity", "bills[0].quantity.value", {"bills[0].quantity.value": "1.5"}),
    Case("cbp.bill.quantity", "bills[0].quantity.value", {"bills[0].quantity.value": "0"}),
    Case("cbp.se.bill", "bills", {"bills": []}),
    Case("cbp.se.bill", "bills", {"bills": []}, {"bills": [], **ZONE}),
    Case("cbp.se.bill-chain", "bills[0].master", {"bills[0].kind": "house"}),
    Case(
        "cbp.se.conveyance-for-non-ams",
        "bills[0].arrivals",
        {"bills[0].automated": False, "transport.arrival_expected": GONE},
        {
            "bills[0].automated": False,
            "transport.arrival_expected": GONE,
            "bills[0].arrivals": [{"carrier": "QTZL"}],
        },
    ),
    Case(
        "cbp.in-bond.number",
        "bills[0].in_bond.number",
        {"bills[0].in_bond.number": "12"},
        {"bills[0].in_bond.number": "VQ123456789"},
    ),
    Case(
        "cbp.in-bond.kind",
        "bills[0].in_bond.kind",
        {"bills[0].in_bond.kind": "99"},
        {"bills[0].in_bond": {**IN_BOND, **ABROAD}},
    ),
    Case("cbp.in-bond.destination", "bills[0].in_bond.destination", {"bills[0].in_bond.kind": "61"}),
    Case(
        "cbp.in-bond.destination",
        "bills[0].in_bond.foreign_destination",
        {"bills[0].in_bond": IN_BOND},
        {"bills[0].in_bond": {**IN_BOND, **ABROAD}},
    ),
    Case("cbp.hts.shape", "lines[0].tariffs[0].number", {"lines[0].tariffs[0].number": "660200"}),
    Case(
        "cbp.hts.shape",
        "lines[0].tariffs[1].number",
        {"lines[0].tariffs[1].number": "66020000"},
        {"lines[0].tariffs[1].number": "99038803"},
    ),
    Case("cbp.hts.goods", "lines[0].tariffs", {"lines[0].tariffs[0].number": "99038803"}),
    Case(
        "cbp.hts.count",
        "lines[0].tariffs",
        {"lines[0].tariffs": [{"number": "6602000000"}] * 33},
        {"lines[0].tariffs": [{"number": "6602000000"}] * 32},
    ),
    Case("cbp.line.required", "lines", {"lines": []}),
    Case("cbp.line.required", "lines[2].origin.country", {"lines[2].origin.country": GONE}),
    Case("cbp.line.required", "lines[2].tariffs", {"lines[2].tariffs": []}),
    Case(
        "cbp.line.required",
        "lines[1].tariffs[0].value",
        {"kind": "86", "lines[1].tariffs[0].value": GONE},
        {"kind": "86"},
    ),
    Case("cbp.se.line-numbers", "lines[4].number", {"lines[4].number": 6}),
    Case("cbp.country.list", "lines[0].origin.country", {"lines[0].origin.country": "AX"}),
    Case(
        "cbp.ae.case-required",
        "lines[0].cases",
        {"kind": "03", **SUMMARY},
        {"kind": "03", "lines[1].cases": CASE, **SUMMARY},
    ),
    Case("cbp.case.type", "lines[0].cases", {"lines[0].cases": CASE}, {"kind": "03", "lines[0].cases": CASE}),
    Case(
        "cbp.agency.code", "lines[0].agencies[0].agency", {"lines[0].agencies[0].agency": "ZZZ"}, base="fda"
    ),
    Case(
        "cbp.agency.disclaimer",
        "lines[0].agencies[0].disclaim",
        {"lines[0].agencies[0].disclaim": "X"},
        {"lines[0].agencies[0].disclaim": "B"},
        base="fda",
    ),
    Case(
        "cbp.agency.disclaimer",
        "lines[0].agencies[0].disclaim",
        {"lines[0].agencies[0].disclaim": "E"},
        {"lines[0].agencies[0].disclaim": "F"},
        base="fda",
    ),
    Case("cbp.se.importer", "importer.identifiers", {"importer.identifiers": []}),
    Case("cbp.se.parties", "seller", {"seller": GONE}),
    Case("cbp.se.parties", "manufacturer", {"lines[0].parties": []}),
    Case("cbp.se.party-address", "seller.address.city", {"seller.address.city": GONE}),
    Case(
        "cbp.se.party-address",
        "lines[0].parties[0].address.country",
        {"lines[0].parties[0].address.country": GONE},
    ),
    Case("cbp.se.number", "number", {"number": GONE}),
    Case("cbp.se.port", "port", {"port": GONE}, {"kind": "01"}, base="fda"),
    Case("cbp.se.port", "port", {"port": GONE, "kind": "23"}, {"port": GONE}),
    Case("cbp.se.zone", "zone", {"kind": "06"}, ZONE),
    Case("cbp.se.zone", "goods_at", {**ZONE, "goods_at": GONE}, ZONE),
    Case(
        "cbp.se.warehouse",
        "bonded_warehouse",
        {"kind": "21"},
        {"kind": "21", "bonded_warehouse": {"scheme": "firms", "code": "W123"}},
    ),
    Case(
        "cbp.se.warehouse",
        "warehouse_entry",
        {"kind": "22", "bonded_warehouse": {"scheme": "firms", "code": "W123"}},
        {
            "kind": "22",
            "bonded_warehouse": {"scheme": "firms", "code": "W123"},
            "warehouse_entry": "B7603245278",
        },
    ),
    Case("cbp.se.bond", "bonds[0].amount", {"bonds[0].amount": GONE}, base="steel_truck"),
    Case("cbp.se.bond", "bonds[0].surety", {"bonds[0].surety": GONE}, base="steel_truck"),
    Case(
        "cbp.se.value", "totals.value", {"totals": GONE, "lines[0].tariffs[0].value": GONE}, {"totals": GONE}
    ),
    Case(
        "entry.dates.order",
        "transport.arrival_expected",
        {"transport.arrival_expected": "2026-09-29"},
        {"transport.arrival_expected": "2026-09-30"},
    ),
    Case("entry.dates.order", "transport.arrived", {"transport.arrived": "2026-09-01T00:00:00Z"}),
    Case("entry.dates.plausible", "transport.exported", {"transport.exported": "1926-10-01"}),
    Case(
        "entry.dates.plausible",
        "filing.filed",
        {"filing.filed": "2062-10-01T00:00:00Z"},
        {"lines[0].permits": [{"kind": "visa", "expires": "2062-10-01"}]},
    ),
    Case("entry.dates.invoice", "invoices[0].dated", {"invoices[0].dated": "2026-12-01"}),
    Case(
        "entry.dates.permit",
        "lines[0].permits[0].expires",
        {"lines[0].permits": [{"kind": "visa", "expires": "2026-10-01"}]},
        {"lines[0].permits": [{"kind": "visa", "expires": "2026-12-31"}]},
    ),
    Case(
        "entry.dates.permit",
        "lines[0].permits[0].expires",
        {"lines[0].permits": [{"kind": "visa", "issued": "2027-01-01", "expires": "2026-12-01"}]},
    ),
    Case("entry.link.bill", "lines[0].bills[0]", {"lines[0].bills": ["X"]}),
    Case("entry.link.equipment", "bills[1].equipment[0]", {"bills[1].equipment": ["X"]}),
    Case("entry.link.equipment", "lines[3].equipment[1]", {"lines[3].equipment[1]": "X"}),
    Case(
        "entry.link.invoice",
        "lines[0].invoice",
        {"lines[0].invoice": "X"},
        {"lines[0].invoice": "X", "invoices": [], "lines[1].invoice": GONE},
    ),
    Case("entry.link.master", "bills[1].master", {"bills[1].master": "X"}),
    Case(
        "entry.link.status",
        "statuses[0].clears",
        {"statuses": [{"code": "1I", "clears": "s1"}]},
        {"statuses": [{"id": "s1", "code": "1H"}, {"code": "1I", "clears": "s1"}]},
    ),
    Case(
        "entry.link.evidence",
        "contributions[0].evidence[0]",
        {"contributions[0].evidence": ["X"]},
        base="steel_truck",
    ),
    Case(
        "entry.unique.bill",
        "bills[1].number",
        {"bills[1].number": "KHH26104418", "bills[1].issuer": "QTZL"},
        {"bills[1].number": "KHH26104418", "bills[1].issuer": "PRTS"},
    ),
    Case(
        "entry.unique.line", "lines[1].number", {"lines[1].number": 1}, {"lines[1].number": 1, "kind": GONE}
    ),
    Case(
        "entry.unique.equipment",
        "equipment[1].number",
        {"equipment[1].number": "QTZU4021170", "equipment[0].number": "QTZU4021170"},
    ),
    Case(
        "entry.unique.invoice",
        "invoices[1].number",
        {"invoices[1].number": "PRT-INV-26-5512"},
        {"invoices[1].number": "PRT-INV-26-5513"},
    ),
    Case("entry.totals.lines", "totals.lines", {"totals.lines": 4}),
    Case("entry.totals.value", "totals.value.amount", {"totals.value.amount": "84211"}),
    Case(
        "entry.totals.value",
        "totals.value.amount",
        {"lines[0].tariffs[0].value.amount": "18904.40"},
        {"lines[0].tariffs[0].value.amount": "18900.40"},
    ),
    Case("entry.totals.packages", "totals.packages", {"totals.packages": 419}),
    Case("entry.totals.packages", "totals.packages", {"totals.packages": 97}, base="fda"),
    Case(
        "entry.totals.gross",
        "totals.gross.value",
        {"totals.gross.value": "8000"},
        {"totals.gross.unit": "LBR"},
    ),
    Case(
        "entry.amount.negative",
        "lines[0].tariffs[0].value.amount",
        {"lines[0].tariffs[0].value.amount": "-1"},
    ),
    Case(
        "entry.amount.negative",
        "lines[0].gross.value",
        {"lines[0].gross.value": "-1"},
        {"invoices[0].charges": [{"kind": "discount", "amount": {"amount": "-10", "currency": "USD"}}]},
    ),
    Case(
        "entry.amount.negative", "lines[0].packages[0].count", {"lines[0].packages[0].count": -1}, base="fda"
    ),
    Case("entry.amount.currency", "lines[0].price.currency", {"lines[0].price.currency": GONE}),
    Case("entry.weight.net", "lines[0].net.value", {"lines[0].net.value": "37611"}, base="steel_truck"),
    Case(
        "iso.country",
        "lines[0].origin.country",
        {"lines[0].origin.country": "XX"},
        {"lines[0].origin.country": "KV"},
    ),
    Case(
        "iso.country",
        "lines[0].origin.country",
        {"lines[0].origin.country": "EU"},
        {"lines[0].origin.country": "EU", "kind": "IMA", "port": GONE, "transport.unlading": GONE},
    ),
    Case(
        "iso.currency",
        "lines[0].price.currency",
        {"lines[0].price.currency": "XYZ"},
        {"lines[0].price.currency": "EUR"},
    ),
    Case(
        "iso.currency",
        "lines[0].price.currency",
        {"lines[0].price.currency": "HRK"},
        {"lines[0].price.currency": "XCG"},
    ),
    Case(
        "iso.container",
        "equipment[0].number",
        {"equipment[0].number": "CSQU3054384"},
        {"equipment[0].number": "CSQU3054383"},
    ),
    Case("iso.lei", f"{LEI}.value", {f"{LEI}.value": "506700GE1G29325QX364"}),
    Case(
        "gs1.check-digit",
        f"{LEI}.value",
        {LEI: {"scheme": "gtin", "value": "6291041500214"}},
        {LEI: {"scheme": "gtin", "value": "6291041500213"}},
    ),
    Case("gs1.check-digit", f"{LEI}.value", {LEI: {"scheme": "gln", "value": "629104150021"}}),
    Case(
        "duns.shape",
        f"{LEI}.value",
        {LEI: {"scheme": "duns", "value": "12"}},
        {LEI: {"scheme": "duns", "value": "123456789"}},
    ),
]
