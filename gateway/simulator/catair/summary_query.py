"""EQ in, ER out: entry summaries on file (catair.md 12.1).

Lives here: which records an answer has, and the sentences that stand in place of data.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.simulator.catair.batch import Record
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import of, text_of
from gateway.simulator.catair.history import day_of, last
from gateway.simulator.catair.summary_sums import cents
from gateway.simulator.state import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Block
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.state import Filing, State

_CENTER = "CEE004"
_TEAM = "711"
_RANGE_DAYS_MAX = 31
_STAMP = "%m%d%y%I%M%S%p"
# Filer and number of the five entries that a J1 may ask for, and what an E0-like place is called.
_J1 = (("6-8", "11-18"), ("19-21", "24-31"), ("32-34", "37-44"), ("45-47", "50-57"), ("58-60", "63-70"))
# Summary state -> control status, status code (JC 3 and 4).
_CONTROL = {
    "accepted": ("1", "1"),
    "documents": ("2", "1"),
    "detained": ("2", "1"),
    "cbp-control": ("2", "1"),
    "paid": ("2", "1"),
    "liquidated": ("2", "1"),
    "rejected": ("2", "2"),
    "inactive": ("3", "3"),
    "cancelled": ("3", "3"),
}


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Answer one EQ query. The state stays as it is."""
    return state, tuple(_summaries(asked.ace, state, asked.block, asked.transaction, asked.at))


def _summaries(
    ace: Ace, state: State, block: Block, transaction: Sequence[Record], at: datetime
) -> Iterator[str]:
    """Answer J1 (entries by number) or J2 (by criteria), with the AE records if J0 asks for them."""
    detail = any(record.cut("3") == "Y" for record in of(transaction, "J0"))
    asked = of(transaction, "J1", "J2")
    if not asked:
        yield _error(ace, "002")
    for record in asked:
        if record.text.startswith("J2"):
            yield from _by_criteria(ace, state, block, record, at, detail=detail)
            continue
        for filer_columns, number_columns in _J1:
            filer, number = record.cut(filer_columns), record.cut(number_columns)
            if filer or number:
                yield from _by_number(ace, state, block, filer, number, detail=detail)


def _by_number(
    ace: Ace, state: State, block: Block, filer: str, number: str, *, detail: bool
) -> Iterator[str]:
    filing = state.filings.get(f"entry/{filer}{number}")
    if not filer or not number:
        yield _error(ace, "003" if not filer else "004", filer, number)
    elif filing is None or filing.summary in {"", "deleted"}:
        yield _error(ace, "013", filer, number)
    elif filer != block.b.cut("8-10"):
        yield _error(ace, "014", filer, number)
    else:
        yield from _summary(ace, filing, detail=detail)


def _by_criteria(
    ace: Ace, state: State, block: Block, record: Record, at: datetime, *, detail: bool
) -> Iterator[str]:
    """Give every summary of this filer that was accepted in the range and fits the criteria."""
    criteria, begin, end = record.cut("4-6"), _stamped(record.cut("8-21")), _stamped(record.cut("22-35"))
    if begin is None or end is None:
        yield _error(ace, "008" if begin is None else "010")
        return
    if end < begin or end - begin > timedelta(days=_RANGE_DAYS_MAX) or begin > at:
        code = "011" if end < begin else "017" if begin > at else "012"
        yield _error(ace, code)
        return
    values = {"4-6": criteria, "8-21": record.cut("8-21"), "22-35": record.cut("22-35")}
    yield book(layouts(ace.specs.root), "ER").record("JA", values)
    found = [
        filing
        for filing in state.filings.values()
        if filing.summary not in {"", "deleted"}
        and filing.fact("filer") == block.b.cut("8-10")
        and begin <= moment(filing.fact("accepted_at")) <= end
        and _fits(filing, criteria)
    ]
    for filing in found:
        yield from _summary(ace, filing, detail=detail)
    if not found:
        yield _error(ace, "015")


def _fits(filing: Filing, criteria: str) -> bool:
    if criteria == "LIQ":
        return filing.summary == "liquidated"
    if criteria == "NLQ":
        return filing.summary != "liquidated"
    return filing.summary == "documents" if criteria == "DOC" else True


def _stamped(text: str) -> datetime | None:
    """Read MMDDYYHHMMSSAM as an instant; None for anything that is none."""
    try:
        return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _error(ace: Ace, code: str, filer: str = "", number: str = "") -> str:
    values = {"3-5": code, "9-48": text_of(ace.specs.root, "ER", code), "50-52": filer, "55-62": number}
    return book(layouts(ace.specs.root), "ER").record("JZ", values)


def _summary(ace: Ace, filing: Filing, *, detail: bool) -> Iterator[str]:
    """Yield JB to JH, then JI, JK and JL, then the filed records if they were asked for."""
    made = book(layouts(ace.specs.root), "ER")
    accepted = moment(filing.fact("accepted_at"))
    kept = [Record(turn, row["text"]) for turn, row in enumerate(filing.row("summary"), 1)]
    control, code = _CONTROL.get(filing.summary, ("1", "1"))
    released = last(filing, "released")
    liquidated, paid, refused = (last(filing, word) for word in ("liquidated", "paid", "summary-rejected"))
    yield made.record(
        "JB",
        {
            "3-5": filing.fact("filer"),
            "8-15": filing.fact("digits"),
            "16-20": f"{filing.version:03d}00",
            "21-34": accepted.strftime(_STAMP),
            "42": "Y",
            "43": "1" if filing.summary == "liquidated" else "2",
            "44-49": day_of(liquidated),
            "51-56": _CENTER,
        },
    )
    changed = filing.history[-1] if filing.history else None
    yield made.record(
        "JC",
        {
            "3": control,
            "4": code,
            "5-10": day_of(changed) or accepted.strftime("%m%d%y"),
            "11": "0",
            "12": "1" if released else "0",
            "13-18": day_of(released),
            "20": "2" if paid else "0",
            "21-26": day_of(paid),
            "40": "0",
            "42-43": "NO",
        },
    )
    yield made.record("JD", {"3": "2", "4-9": day_of(released)})
    yield made.record("JE", _amounts(kept))
    yield made.record(
        "JF",
        {
            "3-14": filing.fact("importer"),
            "15-16": filing.fact("type"),
            "17-22": day_of(refused),
            "25-28": filing.fact("port"),
            "29-34": accepted.strftime("%m%d%y"),
        },
    )
    lines = len({row["id"] for row in filing.row("lines")})
    yield made.record("JG", {"7-9": _TEAM, "10-15": _CENTER, "16-18": str(lines)})
    yield made.record("JH", {"21-29": filing.fact("broker_reference")})
    yield from _bonds(ace, filing, kept)
    yield made.record("JK", {"4-27": ""}, "4-27=BILLING DATA NOT ON FILE")
    yield made.record("JL", {"4-30": ""}, "4-30=COLLECTION DATA NOT ON FILE")
    if detail:
        yield from _detail(ace, kept)


def _amounts(kept: Sequence[Record]) -> Mapping[str, str]:
    end = of(kept, "90")
    if not end:
        return {}
    amounts = {
        "3-15": cents(end[0], "3-13"),
        "16-28": cents(end[0], "27-37"),
        "29-41": cents(end[0], "15-25"),
        "55-67": cents(end[0], "39-49") + cents(end[0], "51-61"),
    }
    return {columns: f"{amount:03d}" for columns, amount in amounts.items()}


def _bonds(ace: Ace, filing: Filing, kept: Sequence[Record]) -> Iterator[str]:
    made = book(layouts(ace.specs.root), "ER")
    bonds = of(kept, "31")
    if not bonds:
        yield made.record("JI", {}, "8-35=NO BOND ON FILE IN ACE EBOND")
    for turn, bond in enumerate(bonds):
        number = ace.onfile.importer(filing.fact("importer"))["bond_number"] if bond.cut("3") == "8" else ""
        values = {"3-5": bond.cut("6-8"), "6": "N" if turn else "Y", "7": bond.cut("3"), "8": bond.cut("4")}
        select = "8-35=!NO BOND ON FILE IN ACE EBOND"
        yield made.record("JI", values | {"10-18": number, "19-33": bond.cut("9-18").lstrip("0")}, select)


def _detail(ace: Ace, kept: Sequence[Record]) -> Iterator[str]:
    """Yield the filed records, a 4A before each 40; SE and agency records do not come back."""
    made = book(layouts(ace.specs.root), "ER")
    line = 0
    for record in kept:
        if record.text.startswith(("SE", "OI", "PG")):
            continue
        if record.text.startswith("40"):
            line += 1
            yield made.record("4A", {"3-7": str(line)})
        yield record.text
