"""What the sets say becomes what the entry holds, and goes back where it came from."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from gateway.flow.canonical import document, read_document
from gateway.flow.translate import Taken, load_tables, outgoing, restore, take
from gateway.mapping import coverage
from gateway.specs import Limits, data_root
from gateway.tree import Envelope

TABLES = load_tables()
FOLDER = data_root() / "fixtures" / "x12"
MAPPED = ("309", "350", "352", "353", "354", "355", "356", "357", "358", "601", "810", "824", "856")
FILES = [
    f"{message}/{file.stem}"
    for message in MAPPED
    for file in sorted((FOLDER / message).glob("*.edi"))
    if "-00" in file.stem
]
ENVELOPE = Envelope(sender="NQRR", receiver="CUSTOMSACE", control=1, at="2026-07-10T09:05:00+00:00")


@cache
def taken(name: str) -> Taken:
    """Take a fixture once."""
    return take((FOLDER / f"{name}.edi").read_bytes(), TABLES, Limits())


def entry(name: str, number: int = 0) -> dict[str, Any]:
    """Give the plain entry of one transaction of a fixture."""
    return taken(name).translations[number].plain


@pytest.mark.parametrize("name", FILES)
def test_read_map_write(name: str) -> None:
    """Read, mapped and written onto its residue, a message has the same bytes, and no finding of the mapping."""
    result = taken(name)
    assert result.translations
    assert [
        one
        for translation in result.translations
        for one in translation.findings
        if "near/read" not in one.code
    ] == []
    kept = read_document(document(result).encode())
    assert kept.interchange is not None
    sent = restore(result.translations[0].mapping, kept.interchange, kept.roots, kept.entries, TABLES)
    assert sent.data == (FOLDER / f"{name}.edi").read_bytes()


@pytest.mark.parametrize("name", FILES)
def test_coverage(name: str) -> None:
    """Every data leaf is mapped, or ignored with a reason; but of seals in VID and M7 one place may be listed."""
    for one in taken(name).translations:
        counted = coverage.count(one.coverage)
        assert counted[coverage.MAPPED]
        assert len(one.unmapped) == counted[coverage.UNMAPPED]
        assert [leaf.address for leaf in one.unmapped if not leaf.address.endswith("VID/M7-01")] == []


@pytest.mark.parametrize(
    "name",
    [
        "309/rail-004040", "309/truck-004060", "309/truck-005010", "350/ocean-004010", "352/ocean-004010",
        "353/rail-004010", "353/rail-005010", "356/ocean-004010", "601/shipment-004010", "810/invoice-004010",
        "824/advice-004010", "824/advice-005010", "309/ocean-006050", "309/rail-007010", "309/truck-005020",
        "309/truck-006050", "309/truck-005020-amendment", "354/ocean-004010", "354/ocean-005020", "357/ocean-004010",
        "357/ocean-005010", "357/ocean-005020", "358/rail-004010", "358/truck-004060", "358/truck-005010",
        "358/truck-005020", "353/truck-006050", "601/shipment-004050", "601/cancel-004050", "810/invoice-005020",
        "309/two-ports-004010", "309/truck-006030",
    ],
)  # fmt: skip
def test_written_new(name: str) -> None:
    """An entry alone is enough to write its message again: it reads without error and says the same."""
    one = taken(name).translations[0]
    target = f"x12/{one.mapping.spec.message}/{one.mapping.spec.version}"
    sent = outgoing(one.entry, target, ENVELOPE, TABLES, near=True)
    assert [finding for finding in sent.findings if finding.severity.value == "error"] == []
    assert sent.unwritten == ()
    assert take(sent.data, TABLES, Limits()).translations[0].plain == one.plain


def test_rail_manifest() -> None:
    """A rail manifest gives its train, bills, in-bond move, cars with seals, lines and residue."""
    plain = entry("309/rail-004040")
    assert plain["transport"]["mode"] == "20"
    assert plain["transport"]["voyage"] == "4471"
    first, residue = plain["bills"]
    assert first["issuer"] + first["number"] == "NQRRNQ20260001"
    assert first["in_bond"]["number"] == "705512348"
    assert first["in_bond"]["destination"] == {"scheme": "schedule-d", "code": "3901"}
    assert first["in_bond"]["value"] == {"amount": "48000", "currency": "USD"}
    assert residue["kind"] == "section-321-residue"
    assert residue["references"] == [{"kind": "residue", "value": "NQ20250988"}]
    assert plain["lines"][0]["description"] == "SPRUCE-PINE-FIR DIMENSION LUMBER KILN DRIED S4S 2X6 16 FT"
    assert plain["lines"][1]["dangerous"][0]["number"] == "UN1824"
    assert plain["equipment"][0]["number"] == "NQRR554120"
    assert [line["bills"] for line in plain["lines"]] == [["NQ20260001"], ["NQ20260002"]]


def test_truck_manifest() -> None:
    """A truck manifest gives its tractor, insurance and driver beside bills and trailer."""
    plain = entry("309/truck-005020")
    assert plain["transport"]["mode"] == "30"
    assert plain["transport"]["trip"] == "TRIP 77120"
    assert plain["transport"]["vehicles"][0]["vin"] == "1FUJGLDR5CLBP8834"
    assert plain["transport"]["insurance"][0]["amount"] == {"amount": "1000000.00", "currency": "USD"}
    driver, passenger = plain["transport"]["crew"]
    assert (driver["role"], driver["family"], driver["born"]) == ("driver", "RAMOS", "1984-03-17")
    assert driver["identifiers"] == [{"scheme": "fast", "value": "FAST4410023"}]
    assert passenger["role"] == "passenger"
    assert plain["equipment"][0]["plate"] == "TX53118P"
    assert len(plain["lines"]) == 2


def test_amendment() -> None:
    """A bill that is only deleted is known by its amendment."""
    plain = entry("309/truck-005020-amendment")
    changed, deleted = plain["bills"]
    assert changed["amendment"]["quantity"] == {"value": "9"}
    assert deleted["number"] == "TQXT00012399"
    assert deleted["amendment"]["kind"] == "D"


def test_two_ports() -> None:
    """Each port of a manifest is a call with its date and place, and each bill names its port."""
    plain = entry("309/two-ports-004010")
    first, second = plain["transport"]["calls"]
    assert (first["port"], first["firms"], first["arrival_time"]) == ("1303", "K123", "0600")
    assert (second["port"], second["arrival_expected"]) == ("1401", "2026-12-12")
    assert plain["transport"]["unlading"] == {"scheme": "schedule-d", "code": "1303"}
    assert [bill["unlading"]["code"] for bill in plain["bills"]] == ["1303", "1303", "1401"]


def test_parties_of_the_goods_in_a_trailer() -> None:
    """From 006020 on goods stand under a party of their trailer; the header has references and seals."""
    plain = entry("309/truck-006030")
    assert [one["name"] for one in plain["equipment"][0]["parties"]] == [
        "ARNESES DEL NORTE SA",
        "PLASTICOS VALLE ALTO SA",
    ]
    assert [line["party"] for line in plain["lines"]] == [
        "ARNESES DEL NORTE SA",
        "ARNESES DEL NORTE SA",
        "PLASTICOS VALLE ALTO SA",
    ]
    assert plain["lines"][0]["dangerous"][0]["contact"] == "8005550190"
    assert [one["value"] for one in plain["references"]] == ["BRK-77121", "PRO771210"]
    assert [one["number"] for one in plain["transport"]["vehicles"][0]["seals"]] == ["SL4421", "SL4422"]
    assert [one["number"] for one in plain["equipment"][0]["seals"]] == ["SL4431", "SL4432"]


def test_events() -> None:
    """A 353 gives arrivals, exports and transfers of liability with the move, the place and the instant."""
    arrived, bill, liability = entry("353/rail-004010")["events"]
    assert (arrived["kind"], arrived["objects"], arrived["at"]) == (
        "arrived",
        ["705512348"],
        "2026-07-13T08:15:00Z",
    )
    assert arrived["where"] == {"scheme": "schedule-d", "code": "3901"}
    assert (bill["kind"], bill["issuer"]) == ("arrived-bill", "NQRR")
    assert (liability["kind"], liability["carrier"], liability["where"]["name"]) == (
        "liability",
        "TQXT",
        "CHICAGO",
    )


def test_permits_in_bond_and_consists() -> None:
    """A 356 gives permits to transfer, a 357 in-bond moves, a 358 the equipment of each bill."""
    transfer = entry("356/ocean-004010")["transfers"][0]
    assert (transfer["bill"], transfer["equipment"]) == ("KZQL26000417", "KZQU5044950")
    assert transfer["to"] == {"scheme": "firms", "code": "Z990"}
    bill = entry("357/ocean-005010")["bills"][0]
    assert bill["previous_in_bond"]["number"] == "705512359"
    assert (bill["in_bond"]["kind"], bill["in_bond"]["number"]) == ("62", "705512404")
    consist = entry("358/truck-005020")
    assert [one["number"] for one in consist["equipment"]] == ["TR53118", "TR53119"]
    assert consist["bills"][1]["equipment"] == ["TR53118"]


def test_export() -> None:
    """A 601 gives an export entry: parties, ports, lines with two quantities, licence and value."""
    plain = entry("601/shipment-004050")
    assert plain["filing"]["local_reference"] == "XTN2026000771"
    assert plain["destination"]["country"] == "DE"
    assert plain["exporter"]["name"] == "GANNET PUMP WORKS INC"
    assert plain["consignee"]["address"]["city"] == "HAMBURG"
    assert plain["transport"]["loading"] == {"scheme": "schedule-d", "code": "1803"}
    assert plain["transport"]["unlading"] == {"scheme": "schedule-k", "code": "42870"}
    first, second = plain["lines"]
    assert first["tariffs"][0]["list"] == "schedule-b"
    assert first["tariffs"][0]["value"] == {"amount": "48250", "currency": "USD"}
    assert second["tariffs"][0]["quantities"] == [
        {"value": "310", "unit": "KGM"},
        {"value": "44", "unit": "NAR"},
    ]
    assert first["permits"][0]["number"] == "NLRDFL"


def test_invoice() -> None:
    """An 810 gives the invoice, its lines and what an entry needs: number, type, importer, maker, cases."""
    plain = entry("810/invoice-005020")
    assert (plain["number"], plain["kind"]) == ("73461882612", "03")
    assert plain["importer"]["identifiers"] == [{"scheme": "cbp", "value": "261803-00417"}]
    assert plain["manufacturer"]["identifiers"] == [{"scheme": "mid", "value": "DENORGUS12HAM"}]
    assert plain["bonds"] == [{"number": "991200417"}]
    invoice = plain["invoices"][0]
    assert (invoice["number"], invoice["order"], invoice["terms"]) == ("INV-77120", "PO-5512", "DAP")
    assert invoice["total"] == {"amount": "27141.00", "currency": "EUR"}
    assert [charge["kind"] for charge in invoice["charges"]] == ["freight", "discount", "insurance"]
    first, second = plain["lines"]
    assert first["invoice"] == "INV-77120"
    assert first["tariffs"] == [{"number": "8413704050"}]
    assert first["origin"] == {"country": "DE"}
    assert first["unit_price"]["amount"] == "1850.5"
    assert first["cases"] == [{"number": "A428123000"}]
    assert second["cases"] == [{"number": "C428124000"}]
    assert second["net"] == {"value": "310", "unit": "KGM"}
    assert second["parties"][0]["identifiers"] == [{"scheme": "mid", "value": "DEOSTGUS4ROS"}]


def test_credit_note() -> None:
    """A credit memo says so."""
    assert entry("810/two-invoices-004010", 1)["invoices"][0]["kind"] == "credit-memo"


def test_ship_notice() -> None:
    """An 856 gives bills, containers with seals, nested packages and the items in them."""
    plain = entry("856/shipment-005010")
    assert plain["bills"] == [
        {"kind": "master", "number": "KZQL26000417"},
        {"kind": "simple", "number": "KZQH77120"},
    ]
    assert plain["equipment"][0] == {"number": "KZQU5044977", "kind": "4B", "seals": [{"number": "SL7790"}]}
    pallet, *packs = plain["packages"]
    assert pallet["identifier"] == "00034567890123456781"
    assert [pack["parent"] for pack in packs] == [pallet["number"], pallet["number"]]
    assert [line["quantity"]["value"] for line in plain["lines"]] == ["6", "22"]
    assert plain["lines"][0]["cases"] == [{"number": "A428123000"}]
    assert plain["documents"] == [{"kind": "order", "number": "PO-5512", "issued": "2026-06-11"}]


def test_statuses() -> None:
    """A 350 gives a status for each bill and disposition, with its meaning; an event for the conveyance."""
    authorised, hold = entry("350/ocean-005010")["statuses"]
    assert (authorised["code"], authorised["meaning"], authorised["bill"]) == (
        "1J",
        "in-bond",
        "KZQL26000417",
    )
    assert (hold["code"], hold["meaning"], hold["house"]) == ("71", "hold", "HB77120")
    assert authorised["details"] == [{"text": "IN-BOND AUTHORIZED", "more": "TO NORFOLK"}]
    assert entry("350/ocean-006050", 1)["statuses"][1]["meaning"] == "hold-lifted"
    assert entry("350/truck-004060")["statuses"][0]["meaning"] == "released"
    assert entry("350/ocean-004010")["events"][0]["kind"] == "AAD"
    assert entry("350/export-004010")["statuses"][0]["code"] == "IW"


def test_advice() -> None:
    """An 824 gives a status for each document, with what is wrong in it."""
    refused, taken_over = entry("824/advice-005010")["statuses"]
    assert (refused["code"], refused["meaning"]) == ("TR", "rejected")
    assert refused["details"][0]["value"] == "8413704050"
    assert refused["details"][0]["correction"] == "8413704052"
    assert taken_over["meaning"] == "accepted"


def test_refusals() -> None:
    """A 355 gives a rejection for each K1, at its bill; one without K1 rejects nothing."""
    statuses = entry("355/rejected-004010")["statuses"]
    assert {one["meaning"] for one in statuses} == {"rejected"}
    assert [(one["list"], one.get("code"), one["bill"]) for one in statuses] == [
        ("bill", "110", "NQ20260001"),
        ("party", "005", "NQ20260001"),
        ("place", None, "NQ20260001"),
        ("in-bond", "032", "NQ20260001"),
        ("goods", "021", "NQ20260001"),
        ("amendment", "017", "NQ20260002"),
    ]
    assert "statuses" not in entry("355/accepted-004010")
    assert entry("355/accepted-004010")["statements"][0]["text"].startswith("BILLS REJECTED [0]")
