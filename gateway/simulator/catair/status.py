"""SO and UC: what ACE says of an entry later and unasked (catair.md 9 and 10).

Lives here: the records of a notice, and the same records under their WO names for the
answer to a query. Never here: when something is said (scenarios).
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from gateway.simulator.catair import batch
from gateway.simulator.catair.compose import book
from gateway.simulator.state import Message, instant, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.simulator.catair.compose import Book
    from gateway.simulator.scenarios import Status
    from gateway.simulator.state import Event, Filing

MEDIA_TYPE = "text/plain"
# SO70 since 6 September 2025: CBP line of 3 columns, tariff position of 2.
_AGENCY_VERSION = "04"
# Release date and origin stand only beside these codes.
_RELEASE_DATED = ("22", "98")
_BY_SELECTIVITY = "01"
_CBP_HOLD_KIND = "2"
_RETURNED_REFERENCES = ("CR", "RRN")


def notice(
    layouts: Path, filing: Filing, status: Status, step: Mapping[str, str], at: datetime
) -> Message | None:
    """Write the notice of the last thing that happened; None where nothing is sent for it."""
    if status.record == "none" or "b" not in filing.frame:
        return None
    if status.record == "UC":
        kind, user_data = "UC", ""
        records = list(_summary(layouts, filing, filing.history[-1], step))
    else:
        kind, user_data = "SO", filing.frame["user_data"]
        records = list(release(layouts, "SO", filing, [(status.record, filing.history[-1])]))
    body = batch.unsolicited(layouts, filing.frame, kind, records, at.strftime("%m%d%y"), user_data)
    return Message(kind=kind, batch=filing.batch, media_type=MEDIA_TYPE, body=body, at=instant(at))


def release(
    layouts: Path, prefix: str, filing: Filing, events: Sequence[tuple[str, Event]], *, lines: bool = False
) -> Iterator[str]:
    """Yield the records 10 to 72 about some events, each with the record it is told in.

    `prefix` is SO in a notice and WO in the answer to a query.
    """
    made = book(layouts, "SO" if prefix == "SO" else "C1")
    yield made.record(f"{prefix}10", _head(filing))
    for row in filing.row("references"):
        if row["qualifier"] in _RETURNED_REFERENCES:
            yield made.record(f"{prefix}20", {"5-7": row["qualifier"], "8-57": row["text"]})
    for row in filing.row("lines") if lines else ():
        values = {"5-7": row["id"], "8-9": row["origin"], "10-19": row["tariff"]}
        yield made.record(f"{prefix}30", values)
    bills = filing.row("bills")
    for bill in bills:
        yield from _bill_events(made, prefix, bill, events)
    for record, event in events:
        if record == "SO60" or (record == "SO50" and not bills):
            yield made.record(f"{prefix}60", _entry(record, event))
    for record, event in events:
        if record == "SO70":
            yield from _agency(made, prefix, filing, event)


def _bill_events(
    made: Book, prefix: str, bill: Mapping[str, str], events: Sequence[tuple[str, Event]]
) -> Iterator[str]:
    """Yield record 40 of a bill and its 50s, nothing where no event is about it."""
    told = [event for record, event in events if record == "SO50" and _about(event, bill)]
    if told:
        yield made.record(f"{prefix}40", _bill(bill))
    for event in told:
        yield made.record(f"{prefix}50", _dated(event))


def _head(filing: Filing) -> dict[str, str]:
    return {
        "5-8": filing.fact("port"),
        "9-11": filing.fact("filer"),
        "14-21": filing.fact("digits"),
        "23-24": filing.fact("type"),
        "25-36": filing.fact("importer"),
        "37-40": filing.fact("carrier"),
        "41-60": filing.fact("conveyance"),
        "61-65": filing.fact("voyage"),
        "66-71": filing.fact("arrival"),
        "72": filing.fact("split"),
    }


def _about(event: Event, bill: Mapping[str, str]) -> bool:
    return not event.target or fnmatchcase(bill["number"], event.target)


def _bill(bill: Mapping[str, str]) -> dict[str, str]:
    return {"5": bill["type"], "6-9": bill["issuer"], "10-59": bill["bare"], "60-67": bill["quantity"]}


def _dated(event: Event) -> dict[str, str]:
    at = moment(event.at)
    return {
        "5-10": at.strftime("%m%d%y"),
        "11-14": at.strftime("%H%M"),
        "15-16": event.code,
        "17-56": event.text,
    }


def _entry(record: str, event: Event) -> dict[str, str]:
    values = _dated(event)
    if record == "SO50":
        # A hold of a bill where the entry has none: the entry is under review.
        values["15-16"] = "90"
    if values["15-16"] in _RELEASE_DATED:
        values |= {"57-62": values["5-10"], "63-64": _BY_SELECTIVITY}
    return values


def _agency(made: Book, prefix: str, filing: Filing, event: Event) -> Iterator[str]:
    at = moment(event.at)
    base = {
        "5-7": event.agency,
        "11-16": at.strftime("%m%d%y"),
        "17-20": at.strftime("%H%M"),
        "21-22": event.code,
        "23-50": event.text,
        "79-80": _AGENCY_VERSION,
    }
    if event.word == "agency-hold":
        base["78"] = _CBP_HOLD_KIND
    rows = [row for row in filing.row("agencies") if row["agency"] == event.agency]
    for row in rows or ({},):
        values = dict(base)
        if row:
            values |= {"8-10": row["program"], "53-54": event.code}
            values |= {"57-59": row["line"], "60-61": row["tariff"], "62-64": row["pga_line"]}
            values |= {"65-67": row["line"], "68-69": row["tariff"], "70-72": row["pga_line"]}
        yield made.record(f"{prefix}70", values)


def _summary(layouts: Path, filing: Filing, event: Event, step: Mapping[str, str]) -> Iterator[str]:
    """Yield UC E1, with E2 and E3 where there is something to say."""
    made = book(layouts, "UC")
    at = moment(event.at)
    yield made.record(
        "E1",
        {
            "3": event.code,
            "4": "1",
            "5-7": "711",
            "8-10": step.get("reason", ""),
            "11-16": at.strftime("%m%d%y"),
            "51-53": filing.fact("filer"),
            "56-63": filing.fact("digits"),
            "66-68": event.target,
            "69-77": filing.fact("broker_reference") or filing.reference,
        },
    )
    if event.text:
        yield made.record("E2", {"5-34": "IMPORT SPECIALIST", "37-46": "5625550100"})
        yield made.record("E3", {"3-80": event.text})
