"""QP and WP in, QT and WT out: in-bond movements (catair.md 13.1).

Lives here: checks, what is kept of a movement, the 95 records, and the NS notice to those
who are named in record 32. The identifier of an accepting 95 is not in our reference; 000
stands for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.ace import order_for, without_order
from gateway.simulator.catair import batch as envelope
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import Found, of
from gateway.simulator.state import Event, Filing, Message, instant, later, ready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.state import State


_ACCEPTED = "000"
_AUTHORISED = "1J"
_NOTICE_AFTER_SECONDS = 1.0
_MODES = ("10", "11", "20", "21", "30", "31", "40", "41", "70")
_TYPES = ("61", "62", "63")
_AIR = ("40", "41")
# What a WP action is about and does: the word, and the 350 code of its event.
_EVENTS: Mapping[str, tuple[str, str]] = {
    "1": ("inbond-arrived", "11"),
    "2": ("inbond-arrived", "12"),
    "3": ("inbond-arrived", "13"),
    "5": ("inbond-exported", "50"),
    "6": ("inbond-exported", "51"),
    "7": ("inbond-exported", "52"),
    "A": ("inbond-transferred", "91"),
    "Z": ("inbond-diverted", "3W"),
}
_ARRIVALS, _EXPORTS = ("1", "2", "3"), ("5", "6", "7")


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Judge one QP or WP transaction: the new state and the records of the answer."""
    return _event(asked, state) if asked.batch.application == "WP" else _movement(asked, state)


def _movement(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    ace, transaction, at = asked.ace, asked.transaction, asked.at
    filing = _filing(asked)
    known = state.filings.get(filing.key)
    found = [*asked.bad, *_checks(ace, transaction, known)]
    if code := order_for(state, filing).get("reject"):
        found.append(Found(transaction[0].number, "008" if code == "any" else code, "REJECTED BY ORDER"))
        state = without_order(state, filing, "reject")
    rejected = any(condition.severity == "F" for condition in found)
    if not rejected:
        action = transaction[0].cut("3")
        if action == "A":
            state = _authorise(ace, state, filing, transaction, at)
        elif action == "D" and known is not None:
            state = state.put(replace(known, release="cancelled"))
        elif action == "B" and known is not None:
            gone = {row["number"] for row in filing.row("bills")}
            kept = tuple(row for row in known.row("bills") if row["number"] not in gone)
            state = state.put(replace(known, rows={**known.rows, "bills": kept}))
    return state, tuple(_answer(ace, "QT", transaction, found, closing=_closing(transaction)))


def _closing(transaction: Sequence[Record]) -> tuple[str, ...]:
    """After which records the accepting or rejecting 95 stands."""
    return ("10",) if transaction[0].cut("3") == "D" else ("30",)


def _filing(asked: Asked) -> Filing:
    transaction, block, head = asked.transaction, asked.block, asked.head
    carrier = of(transaction, "20")
    bills = tuple(
        {
            "type": "R",
            "issuer": record.cut("9-12"),
            "bare": record.cut("13-24"),
            "number": f"{record.cut('9-12')}{record.cut('13-24')}",
            "quantity": record.cut("69-78"),
            "automated": "Y",
        }
        for record in of(transaction, "30")
    )
    return Filing(
        kind="inbond",
        number=head.cut("6-17"),
        format="catair",
        batch=asked.identity,
        release="accepted",
        facts={
            "filer": block.b.cut("8-10"),
            "type": head.cut("4-5"),
            "carrier": head.cut("18-21"),
            "port": head.cut("22-25"),
            "foreign": head.cut("26-30"),
            "mode": carrier[0].cut("7-8") if carrier else "",
            "conveyance": carrier[0].cut("11-33") if carrier else "",
            "voyage": carrier[0].cut("34-38") if carrier else "",
            "arrival": carrier[0].cut("50-55") if carrier else "",
        },
        rows={"bills": bills},
        frame=envelope.frame(asked.batch, block),
    )


def _checks(ace: Ace, transaction: Sequence[Record], known: Filing | None) -> Iterator[Found]:
    head = transaction[0]
    action, kind = head.cut("3"), head.cut("4-5")
    active = known is not None and known.release != "cancelled"
    if action in {"B", "D"}:
        if not active:
            yield Found(head.number, "008", "IN-BOND NOT ON FILE", column=6)
        return
    if active:
        yield Found(head.number, "032", "IN-BOND NUMBER ALREADY ON FILE", column=6)
    if kind not in _TYPES:
        yield Found(head.number, "011", "INVALID IN-BOND ENTRY TYPE", column=4)
    yield from _values(ace, head)
    for record in of(transaction, "20"):
        if record.cut("7-8") not in _MODES:
            yield Found(record.number, "010", "INVALID TRANS MODE", column=7)
    bills = of(transaction, "30")
    if not bills:
        yield Found(head.number, "001", "NO BILL HEADER")
    for bill in bills:
        if not bill.cut("9-12") or not bill.cut("13-24").isalnum():
            yield Found(bill.number, "017", "MISSING OR INVALID BILL", column=13)


def _values(ace: Ace, head: Record) -> Iterator[Found]:
    """Judge destination, value and the FDA indicator of the header."""
    kind = head.cut("4-5")
    if not ace.onfile.port_known(head.cut("22-25")):
        yield Found(head.number, "033", "INVALID PORT OF DESTINATION", column=22)
    if kind in {"62", "63"} and not head.cut("26-30"):
        yield Found(head.number, "033", "FOREIGN DESTINATION MISSING", column=26)
    if not head.cut("31-38").strip("0"):
        yield Found(head.number, "020", "VALUE MISSING", column=31)
    if kind == "62" and head.cut("52") not in {"Y", "N"}:
        yield Found(head.number, "011", "BTA/FDA INDICATOR MISSING", column=52)
    elif kind == "63" and head.cut("52") == "Y":
        yield Found(head.number, "011", "BTA/FDA INDICATOR MUST BE N", column=52)
    if kind == "61" and head.cut("26-30").strip("0"):
        yield Found(head.number, "033", "FOREIGN DESTINATION NOT ALLOWED", column=26)


def _authorise(ace: Ace, state: State, filing: Filing, transaction: Sequence[Record], at: datetime) -> State:
    """Put the movement on file and tell those who are named in record 32."""
    event = Event(word="inbond-authorised", code=_AUTHORISED, at=instant(at), text="IN-BOND AUTHORISED")
    state = state.put(replace(filing, history=(event,)))
    if not of(transaction, "32"):
        return state
    message = _notice(ace, filing, _AUTHORISED, at)
    return state.wait(replace(ready(message), at=later(at, _NOTICE_AFTER_SECONDS)))


def _notice(ace: Ace, filing: Filing, code: str, at: datetime) -> Message:
    """Write an NS: the movement, and its event for each bill. NS30 dates are YYMMDD."""
    made = book(layouts(ace.specs.root), "NS")
    records = [
        made.record(
            "10",
            {
                "3-4": filing.fact("type"),
                "5-16": filing.number,
                "17-20": filing.fact("port"),
                "21-25": filing.fact("foreign"),
            },
        )
    ]
    for bill in filing.row("bills"):
        values = {"3-4": code, "5-8": bill["issuer"], "9-20": bill["bare"], "53-62": bill["quantity"] or "0"}
        values |= {"64-69": at.strftime("%y%m%d"), "70-73": at.strftime("%H%M")}
        records.append(made.record("30", values | {"74-77": filing.fact("carrier")}))
    body = envelope.unsolicited(
        layouts(ace.specs.root), filing.frame, "NS", records, at.strftime("%m%d%y"), ""
    )
    return Message(kind="NS", batch=filing.batch, media_type="text/plain", body=body, at=instant(at))


def _event(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Judge one arrival, export, transfer or diversion."""
    ace, transaction, at, head = asked.ace, asked.transaction, asked.at, asked.head
    keys = _meant(state, head)
    found = [*asked.bad]
    if not keys:
        found.append(Found(head.number, "008", "IN-BOND NOT ON FILE", column=4))
    weight = ace.onfile.weight("in-bond-digit")
    if weight and not ace.onfile.in_bond_number_right(asked.block.b.cut("8-10"), head.cut("4-15")):
        found.append(Found(head.number, "008", "IN-BOND NUMBER FAILS MOD 7", weight, 4))
    for key in keys:
        found += _event_checks(ace, transaction, state.filings[key])
    if not any(condition.severity == "F" for condition in found):
        word, code = _EVENTS[head.cut("3")]
        for key in keys:
            filing = state.filings[key]
            event = Event(word=word, code=code, at=instant(at), text=word.replace("-", " ").upper())
            release = {"inbond-arrived": "arrived", "inbond-exported": "exported"}.get(word, filing.release)
            changed = replace(filing, release=release, batch=asked.identity, history=(*filing.history, event))
            if word == "inbond-diverted":
                port = transaction[-1].cut("15-18")
                changed = replace(changed, facts={**changed.facts, "port": port})
            state = state.put(changed)
    return state, tuple(_answer(ace, "WT", transaction, found, closing=("20",)))


def _meant(state: State, head: Record) -> list[str]:
    """Give the movements that an event is about: by number, bill or container."""
    action = head.cut("3")
    number, bill = head.cut("4-15"), f"{head.cut('16-19')}{head.cut('20-31')}"
    if action in {"2", "6"} and bill:
        return [
            key
            for key, filing in state.filings.items()
            if filing.kind == "inbond" and any(row["number"] == bill for row in filing.row("bills"))
        ]
    key = f"inbond/{number}"
    return [key] if key in state.filings and state.filings[key].release != "cancelled" else []


def _event_checks(ace: Ace, transaction: Sequence[Record], filing: Filing) -> Iterator[Found]:
    head, what = transaction[0], transaction[-1]
    action, kind = head.cut("3"), filing.fact("type")
    if action not in _EVENTS:
        yield Found(head.number, "011", "INVALID ACTION CODE", column=3)
    if action in _ARRIVALS and kind == "63":
        yield Found(head.number, "032", "TYPE 63 IS EXPORTED, NOT ARRIVED", column=3)
    if action in _EXPORTS and (kind == "61" or (kind == "62" and filing.release != "arrived")):
        yield Found(head.number, "032", "IN-BOND NOT ARRIVED", column=3)
    if action in _ARRIVALS and not head.cut("48-51") and filing.fact("mode") not in _AIR:
        yield Found(head.number, "033", "FIRMS CODE MISSING", column=48)
    if action in {*_ARRIVALS, "Z"} and not ace.onfile.port_known(what.cut("15-18")):
        yield Found(what.number, "033", "INVALID DDPP", column=15)
    if action == "A" and not what.cut("19-22"):
        yield Found(what.number, "009", "INVALID CARRIER CODE", column=19)
    if action in {"A", "Z"} and not what.cut("23-34"):
        yield Found(what.number, "033", "BONDED CARRIER ID MISSING", column=23)


def _answer(
    ace: Ace, answer: str, transaction: Sequence[Record], found: Sequence[Found], closing: tuple[str, ...]
) -> Iterator[str]:
    """Yield 10, 20, 30 and records in error, each followed by its 95s, and the final ones."""
    made = book(layouts(ace.specs.root), answer)
    rejected = any(condition.severity == "F" for condition in found)
    ends = [record.number for record in of(transaction, *closing)] or [transaction[-1].number]
    for record in transaction:
        here = [condition for condition in found if condition.record == record.number]
        last = record.number in ends
        if here or last or record.text.startswith(("10", "20", "30")):
            yield record.text
        for condition in here:
            kind = "01" if condition.severity == "F" else "03"
            values = {"3-4": kind, "5-7": condition.code or "006", "9-47": condition.text}
            yield made.record("95", values)
        if last:
            text = "TRANSACTION REJECTED" if rejected else "TRANSACTION ACCEPTED"
            kind, code = ("01", "999") if rejected else ("02", _ACCEPTED)
            yield made.record("95", {"3-4": kind, "5-7": code, "9-47": text})
