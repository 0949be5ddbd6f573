"""CQ in, C1 out: release status, in-bond movements and bills (catair.md 12.2).

Lives here: which records an answer has. The WO records are those of SO under other names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.simulator.catair import status
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import text_of
from gateway.simulator.catair.history import day_of, last
from gateway.simulator.state import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Block, Record
    from gateway.simulator.catair.conditions import Found
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.state import Event, Filing, State

# Trip and arrival are mandatory in WR1; a filing need not have told them.
_NO_TRIP = "00000"


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Answer one CQ query. The state stays as it is."""
    return state, tuple(_release(asked.ace, state, asked.block, asked.head, asked.bad))


def _release(ace: Ace, state: State, block: Block, asked: Record, bad: Sequence[Found]) -> Iterator[str]:
    """Answer one WR1: an entry, an in-bond movement, a bill or an air waybill."""
    filer, number = asked.cut("8-10"), asked.cut("11-19")
    made = book(layouts(ace.specs.root), "C1")
    if bad:
        code = "X40"
        yield made.record("WR0", {"4-6": filer, "30-32": code, "33-72": text_of(ace.specs.root, "C1", code)})
    elif filer or number:
        yield from _entry(ace, state, block, asked)
    elif inbond := asked.cut("20-31"):
        filing = state.filings.get(f"inbond/{inbond}")
        if filing is None:
            yield made.record("WSA", {"4-15": inbond} | _said(ace, "123", "32-34", "35-74"))
        else:
            yield from _movement(ace, filing)
    elif asked.cut("36-47") or asked.cut("48-58"):
        yield from _by_bill(ace, state, asked)
    else:
        yield made.record("WR0", _said(ace, "INE", "30-32", "33-72"))


def _said(ace: Ace, code: str, code_columns: str, text_columns: str) -> dict[str, str]:
    return {code_columns: code, text_columns: text_of(ace.specs.root, "C1", code)}


def _entry(ace: Ace, state: State, block: Block, asked: Record) -> Iterator[str]:
    made = book(layouts(ace.specs.root), "C1")
    filer, number = asked.cut("8-10"), asked.cut("11-19")
    filing = state.filings.get(f"entry/{filer}{number}")
    code = ""
    if not filer:
        code = "B05"
    elif not number:
        code = "B14"
    elif filer != block.b.cut("8-10"):
        code = "X17"
    elif filing is None or not filing.release:
        code = "950"
    if code or filing is None:
        identity = {"4-6": filer, "7-15": number.rjust(9)}
        yield made.record("WR0", identity | _said(ace, code, "30-32", "33-72"))
        return
    yield from status.release(layouts(ace.specs.root), "WO", filing, _events(ace, filing), lines=True)
    if asked.cut("72") == "Y":
        yield from _bill_records(ace, filing, [row["number"] for row in filing.row("bills")])


def _events(ace: Ace, filing: Filing) -> list[tuple[str, Event]]:
    statuses = ace.scenarios.statuses
    return [(statuses[event.word].record, event) for event in filing.history if event.word in statuses]


def _by_bill(ace: Ace, state: State, asked: Record) -> Iterator[str]:
    """Find a bill or an air waybill in whatever is on file."""
    issuer, number, air = asked.cut("32-35"), asked.cut("36-47"), asked.cut("48-58")
    wanted = air or f"{issuer}{number}"
    made = book(layouts(ace.specs.root), "C1")
    found = [
        filing
        for filing in state.filings.values()
        if any(row.get("number") == wanted for row in filing.row("bills"))
    ]
    if air and not found:
        house = {"4-14": air, "15-26": asked.cut("59-70")}
        yield made.record("WSB", house | _said(ace, "122", "27-29", "30-69"))
    elif not found:
        bill = {"16-19": issuer, "20-31": number}
        code = "122" if issuer else "176"
        yield made.record("WSA", bill | _said(ace, code, "32-34", "35-74"))
    for filing in found:
        yield from _bill_records(ace, filing, [wanted])


def _bill_records(ace: Ace, filing: Filing, numbers: Sequence[str]) -> Iterator[str]:
    """Yield WR1, WR4 for each bill asked for, WR5 for each thing that happened to it."""
    made = book(layouts(ace.specs.root), "C1")
    yield made.record(
        "WR1",
        {
            "4-7": filing.fact("port"),
            "8-10": filing.fact("filer"),
            "11-19": filing.fact("digits").rjust(9) if filing.fact("digits") else "",
            "20-21": filing.fact("type"),
            "22-33": filing.fact("importer"),
            "34-42": filing.reference,
            "43-46": filing.fact("carrier"),
            "47-66": filing.fact("conveyance"),
            "67-71": filing.fact("voyage") or _NO_TRIP,
            "72-77": filing.fact("arrival") or day_of(filing.history[0] if filing.history else None),
        },
    )
    for bill in filing.row("bills"):
        if bill["number"] in numbers:
            house = bill["type"] == "H"
            values = {("28-39" if house else "16-27"): bill["bare"], "52-59": bill["quantity"]}
            values |= {("69-72" if house else "65-68"): bill["issuer"], "75": filing.fact("mode")[:1]}
            yield made.record("WR4", values)
    for turn, (record, event) in enumerate(_events(ace, filing), 1):
        at = moment(event.at)
        if record in {"SO50", "SO60"}:
            values = {"4-9": at.strftime("%m%d%y"), "10-13": at.strftime("%H%M"), "14-16": event.code}
            yield made.record("WR5", values | {"17-56": event.text, "75-77": str(turn)})


def _movement(ace: Ace, filing: Filing) -> Iterator[str]:
    made = book(layouts(ace.specs.root), "C1")
    yield from _bill_records(ace, filing, [row["number"] for row in filing.row("bills")])
    yield made.record(
        "WS4",
        {
            "4-5": {"arrived": "AR", "exported": "EX"}.get(filing.release, "OP"),
            "6-11": day_of(last(filing, "inbond-arrived")),
            "12-17": day_of(last(filing, "inbond-exported")),
            "76-77": filing.fact("type"),
        },
    )
