"""Dates that agree with each other and with the calendar."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.entry import Permit
from gateway.rules.registry import Given, doubtful, rule, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.finding import Finding

EARLIEST = date(1990, 1, 1)
AHEAD_DAYS_MAX = 366 * 2
_FAR = ("expires", "limit", "due")


@rule("entry.dates.order", clause="entry.dates/order", about="transport")
def arrival_after_export(entry: Entry) -> Iterator[Finding]:
    """Goods do not arrive before they are exported."""
    transport = entry.transport
    if transport is None or transport.exported is None:
        return
    arrivals = {
        "transport.arrival_expected": transport.arrival_expected,
        "transport.arrived": transport.arrived.date() if transport.arrived is not None else None,
    }
    for path, arrival in arrivals.items():
        # A day crosses the date line: goods of the 2nd in Tokyo can be here on the 1st.
        if arrival is not None and arrival < transport.exported - timedelta(days=1):
            yield wrong(
                path, "before the date of export", expected=f"from {transport.exported}", actual=arrival
            )


@rule("entry.dates.plausible", clause="entry.dates/plausible", about=(date, datetime))
def plausible(_entry: Entry, given: Given) -> Iterator[Finding]:
    """Dates lie between 1990 and two years from now; only what runs out may lie further ahead."""
    latest = given.on + timedelta(days=AHEAD_DAYS_MAX)
    days = [(path, value) for path, value in given.every(date)]
    days += [(path, value.date()) for path, value in given.every(datetime)]
    for path, day in days:
        if day < EARLIEST or (day > latest and not path.endswith(_FAR)):
            yield doubtful(path, "an unlikely date", expected=f"{EARLIEST} to {latest}", actual=day)


@rule("entry.dates.invoice", clause="entry.dates/invoice", about="invoices")
def invoice_not_ahead(entry: Entry, given: Given) -> Iterator[Finding]:
    """An invoice is not dated after the day on which it is judged."""
    for turn, invoice in enumerate(entry.invoices):
        if invoice.dated is not None and invoice.dated > given.on + timedelta(days=1):
            yield doubtful(
                f"invoices[{turn}].dated",
                "an invoice of the future",
                expected=f"until {given.on}",
                actual=invoice.dated,
            )


@rule("entry.dates.permit", clause="entry.dates/permit", about=Permit)
def permit_not_expired(entry: Entry, given: Given) -> Iterator[Finding]:
    """A permit holds on the date of entry, and ends after it begins."""
    used = entry.entered or given.on
    for path, permit in given.every(Permit):
        if permit.expires is None:
            continue
        if permit.issued is not None and permit.expires < permit.issued:
            yield wrong(
                f"{path}.expires",
                "ends before it begins",
                expected=f"from {permit.issued}",
                actual=permit.expires,
            )
        elif permit.expires < used:
            yield doubtful(
                f"{path}.expires", "the permit has run out", expected=f"from {used}", actual=permit.expires
            )
