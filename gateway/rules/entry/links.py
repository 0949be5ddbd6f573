"""Links are numbers: each names something that the entry has, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from gateway.rules.registry import doubtful, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding


@rule("entry.link.bill", clause="entry.links/bill", about="lines.bills")
def line_to_bill(entry: Entry) -> Iterator[Finding]:
    """A line's bills are bills of the entry."""
    known = {bill.number for bill in entry.bills}
    for turn, line in enumerate(entry.lines):
        yield from _unknown(f"lines[{turn}].bills", line.bills, known, "bill")


@rule("entry.link.equipment", clause="entry.links/equipment", about=("bills.equipment", "lines.equipment"))
def equipment_known(entry: Entry) -> Iterator[Finding]:
    """Containers that bills and lines name are equipment of the entry."""
    known = {equipment.number for equipment in entry.equipment}
    for turn, bill in enumerate(entry.bills):
        yield from _unknown(f"bills[{turn}].equipment", bill.equipment, known, "equipment")
    for turn, line in enumerate(entry.lines):
        yield from _unknown(f"lines[{turn}].equipment", line.equipment, known, "equipment")


@rule("entry.link.invoice", clause="entry.links/invoice", about="invoices")
def line_to_invoice(entry: Entry) -> Iterator[Finding]:
    """A line's invoice is an invoice of the entry, where the entry lists any."""
    known = {invoice.number for invoice in entry.invoices}
    for turn, line in enumerate(entry.lines):
        if line.invoice is not None and known and line.invoice not in known:
            yield wrong(
                f"lines[{turn}].invoice",
                "no such invoice",
                expected="an invoice of the entry",
                actual=line.invoice,
            )


@rule("entry.link.master", clause="entry.links/master", about="bills")
def house_to_master(entry: Entry) -> Iterator[Finding]:
    """A house bill is under a master of the entry, where the entry lists masters."""
    masters = {bill.number for bill in entry.bills if bill.kind == "master"}
    for turn, bill in enumerate(entry.bills):
        if masters and bill.master is not None and bill.master not in masters:
            yield doubtful(
                f"bills[{turn}].master",
                "no such master bill",
                expected=" ".join(sorted(masters)),
                actual=bill.master,
            )


@rule("entry.link.status", clause="entry.links/status", about="statuses")
def status_to_status(entry: Entry) -> Iterator[Finding]:
    """A status that ends another names one that came before."""
    known: set[str] = set()
    for turn, status in enumerate(entry.statuses):
        if status.clears is not None and status.clears not in known:
            yield wrong(
                f"statuses[{turn}].clears",
                "no such status",
                expected="an earlier status",
                actual=status.clears,
            )
        if status.id is not None:
            known.add(status.id)


@rule("entry.link.evidence", clause="entry.links/evidence", about="contributions")
def contribution_to_evidence(entry: Entry) -> Iterator[Finding]:
    """A contribution's evidence is evidence of the entry."""
    known = {evidence.id for evidence in entry.evidence}
    for turn, contribution in enumerate(entry.contributions):
        yield from _unknown(f"contributions[{turn}].evidence", contribution.evidence, known, "evidence")


@rule("entry.unique.bill", clause="entry.unique/bill", about="bills")
def bills_once(entry: Entry) -> Iterator[Finding]:
    """Issuer and number name one bill."""
    keys = [(f"bills[{turn}].number", (bill.issuer, bill.number)) for turn, bill in enumerate(entry.bills)]
    yield from _twice(keys, "bill")


@rule("entry.unique.line", clause="entry.unique/line", about="lines")
def lines_once(entry: Entry) -> Iterator[Finding]:
    """In a declaration a number names one line; in a manifest lines are counted by bill."""
    if entry.kind is not None:
        keys = [(f"lines[{turn}].number", line.number) for turn, line in enumerate(entry.lines)]
        yield from _twice([(path, number) for path, number in keys if number is not None], "line")


@rule("entry.unique.equipment", clause="entry.unique/equipment", about="equipment")
def equipment_once(entry: Entry) -> Iterator[Finding]:
    """A number names one piece of equipment."""
    keys = [(f"equipment[{turn}].number", item.number) for turn, item in enumerate(entry.equipment)]
    yield from _twice(keys, "piece of equipment")


@rule("entry.unique.invoice", clause="entry.unique/invoice", about="invoices")
def invoices_once(entry: Entry) -> Iterator[Finding]:
    """Seller and number name one invoice."""
    keys = [
        (f"invoices[{turn}].number", (invoice.seller.name if invoice.seller else None, invoice.number))
        for turn, invoice in enumerate(entry.invoices)
        if invoice.number is not None
    ]
    yield from _twice(keys, "invoice")


def _unknown(path: str, named: Iterable[str], known: set[str], what: str) -> Iterator[Finding]:
    for turn, number in enumerate(named):
        if number not in known:
            yield wrong(f"{path}[{turn}]", f"no such {what}", expected=f"{what} of the entry", actual=number)


def _twice(keys: Iterable[tuple[str, Hashable]], what: str) -> Iterator[Finding]:
    first: dict[Hashable, str] = {}
    for path, key in keys:
        if key in first:
            text = " ".join(str(part) for part in key if part) if isinstance(key, tuple) else str(key)
            yield wrong(path, f"the same {what} as {first[key]}", expected="each once", actual=text)
        else:
            first[key] = path
