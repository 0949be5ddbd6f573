"""What the answers to queries say, in the entry: bills on a manifest, air waybills, a summary with its liquidation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from gateway.flow.translate import load_tables, take
from gateway.specs import Limits
from tests.formats.catair.generated import cases, good
from tests.formats.catair.support import case, errors, records

TABLES = load_tables()
GENERATED = {one.name: good(one) for one in cases()}


def read(text: str):
    """Give the translation of the only transaction of an answer."""
    taken = take(text.encode("latin-1"), TABLES, Limits())
    assert errors(taken.interchange) == []
    (one,) = taken.translations
    return one


def around(fixture: str, rows: list[str]) -> str:
    """Put rows between the control records of a fixture."""
    text = records(case(fixture))
    end = f"{text[-2][:12]}{len(rows):05}{text[-2][17:]}"
    return "".join((*text[:2], *rows, end, text[-1]))


def test_a_bill_on_the_manifest_has_its_numbers_carrier_and_statuses() -> None:
    """WR1 says who brings it, WR4 its numbers, WS4 the move under bond, WN1 the ports; WR5 is told of that bill."""
    one = read(case("C1/bill-status.txt"))
    (bill,) = one.entry.bills
    assert (bill.issuer, bill.number, bill.quantity.value) == ("NQSC", "EX6008222", Decimal(120))
    assert [(part.kind, part.issuer, part.number) for part in bill.chain] == [("house", "FWDX", "DXH77201")]
    assert (bill.in_bond.number, bill.in_bond.kind, bill.in_bond.arrived) == (
        "618123456",
        "61",
        date(2026, 12, 3),
    )
    (arrival,) = bill.arrivals
    assert (arrival.carrier, arrival.voyage, arrival.date) == ("NQSC", "0426W", date(2026, 12, 2))
    assert (bill.loading.code, bill.unlading.code, bill.held_at.code) == ("58301", "2709", "W123")
    assert [(status.code, status.applies_to) for status in one.entry.statuses] == [
        ("93", ("EX6008222",)), ("98", ("EX6008222",)),
    ]  # fmt: skip
    assert one.entry.statuses[1].reason == "03"
    assert [leaf.address for leaf in one.unmapped] == []


def test_an_air_waybill_has_its_flight_and_what_was_boarded() -> None:
    """WSC names waybill, flight, day and pieces; WSD is told of that waybill."""
    one = read(case("C1/air-status.txt"))
    (bill,) = one.entry.bills
    assert (bill.number, bill.quantity.value, bill.arrivals[0].voyage) == (
        "12345678901",
        Decimal(12),
        "00417",
    )
    assert bill.arrivals[0].quantity.value == Decimal(12)
    assert one.entry.statuses[0].applies_to == ("12345678901",)
    assert [leaf.address for leaf in one.unmapped] == []


MANIFEST = ["WR1", "WR2", "WR4", "WS4", "WR5", "WS5", "WN0", "WN1"]


@pytest.mark.parametrize("names", [MANIFEST, ["WR1", "WR2", "WSC", "WSD"], ["WSA"], ["WSB"], ["WR0"]])
def test_every_column_about_a_bill_has_its_place(names: list[str]) -> None:
    """With all columns filled nothing of a bill, a waybill or an error is left over."""
    one = read(around("C1/bill-status.txt", [GENERATED[f"C1.v21/{name}"] for name in names]))
    assert [leaf.address for leaf in one.unmapped] == []


def test_what_is_residue_is_kept() -> None:
    """The tariff lines of a manifest and its further bills are no values of the entry; they stay as residue."""
    rows = [row for row in records(case("C1/bill-status.txt"))[2:-2] if row.startswith(("WR1", "WR4"))]
    line = GENERATED["C1.v21/WR3"]
    one = read(around("C1/bill-status.txt", [rows[0], line, rows[1], rows[1]]))
    left = {leaf.address.partition(":")[0] for leaf in one.unmapped}
    assert left == {"WR1/WR3", "WR1/WR4[2]"}


def test_a_summary_tells_what_was_liquidated_who_bound_it_and_what_is_protested() -> None:
    """JD are liquidated amounts, a minus too; JI the bond; JC 71 an extension and JJ a protest as statuses."""
    one = read(case("ER/protested.txt"))
    entry = one.entry
    amounts = {levy.kind: levy.amount.amount for levy in entry.totals.levies}
    assert amounts == {
        "liquidated-duty": Decimal("81.40"), "liquidated-interest": Decimal("-1.20"), "duty": Decimal("81.40"),
    }  # fmt: skip
    assert (entry.bonds[0].surety, entry.bonds[0].number) == ("891", "269000012")
    said = {status.list: status for status in entry.statuses}
    assert said["extension"].code == "44"
    assert (said["protest"].code, said["protest"].references[0].value) == ("OP", "270426100001")
    assert entry.filing.rejected is not None
    assert entry.filing.electronic_invoice is True
    assert [leaf.address for leaf in one.unmapped] == []


def test_a_summary_without_extension_says_none() -> None:
    """Where the columns of an extension are blank there is no status of it."""
    lists = [status.list for status in read(case("ER/liquidated.txt")).entry.statuses]
    assert lists == ["liquidation", "summary"]
