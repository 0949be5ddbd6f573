"""CB in, CX out: customs eBonds (catair.md 13.2).

Lives here: what becomes of a bond by its designation, what is kept of it, and the answer: the records come back,
then the 90s. Never here: the checks (`bond_checks.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.simulator.ace import without_order
from gateway.simulator.catair import batch as envelope
from gateway.simulator.catair import bond_checks
from gateway.simulator.catair.bond_checks import CHANGES, KIND, NEW, meant
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import Found, first, text_of
from gateway.simulator.state import Filing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.state import State

_DEFAULT_REJECTION = "S34"
_REJECTED, _FAILURE = "S98", "S99"
_DONE = {"B": "992", "A": "993", "V": "994", "C": "995", "U": "996", "E": "997", "T": "998", "R": "SR6"}
_TEXT_CHARS = 71
# Records that are one too many or out of sequence: they do not come back, since the answer has an order too.
_ASTRAY = {"S26", "S62", "S66", "S67", "S71"}
# Washington's winter time: which day it is there.
_EASTERN = timedelta(hours=-5)
_NUMBER = slice(44, 53)


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Judge one CB transaction: the new state and the records of the answer."""
    ace, transaction, head = asked.ace, asked.transaction, asked.head
    today = (asked.at + _EASTERN).date()
    filing = _filing(asked, state, today)
    scenario = ace.scenario_for(state, filing)
    found = asked.found(bond_checks.conditions(ace, state, transaction, today, filing.fact("filer")))
    ordered = asked.ordered(state, filing, scenario, _DEFAULT_REJECTION)
    found += ordered
    if ordered:
        state = without_order(state, filing, "reject")
    number = ""
    if any(condition.code == _FAILURE for condition in found):
        found, code = [], _FAILURE
    elif any(condition.severity == "F" for condition in found):
        code = _REJECTED
    else:
        state, number = _keep(state, filing, transaction)
        code = _DONE[head.cut("3")]
    if scenario.answer == "silent":
        return state, ()
    return state, tuple(_answer(ace, transaction, found, code, number))


def _filing(asked: Asked, state: State, today: date) -> Filing:
    """Give what is kept of a bond; a new one has the next number: year, type, six digits."""
    head, transaction = asked.head, asked.transaction
    about, principal, surety = (first(transaction, wire) for wire in ("20", "30", "40"))
    count = sum(filing.kind == KIND for filing in state.filings.values()) + 1
    return Filing(
        kind=KIND,
        number=f"{today:%y}{head.cut('4') or '9'}{count:06d}",
        format="catair",
        batch=asked.identity,
        reference=head.cut("24-32"),
        release="accepted",
        facts={
            "designation": head.cut("3"),
            "bond_type": head.cut("4"),
            "activity": head.cut("5-7"),
            "amount": head.cut("8-17").lstrip("0"),
            "transaction_kind": about.cut("3") if about else "",
            "transaction": about.cut("6-45") if about else "",
            "type": about.cut("4-5") if about else "",
            "importer": principal.cut("6-17") if principal else "",
            "surety": surety.cut("3-5") if surety else "",
            "filer": asked.block.b.cut("8-10"),
        },
        frame=envelope.frame(asked.batch, asked.block),
    )


def _keep(state: State, filing: Filing, transaction: Sequence[Record]) -> tuple[State, str]:
    """Put a new bond on file, or change the one that is meant; give its number."""
    designation = filing.fact("designation")
    known = meant(state, transaction)
    if designation in NEW:
        if known is not None and designation in {"U", "E"}:
            state = state.put(replace(known, release="replaced"))
        return state.put(filing), filing.number
    if known is None:
        return state, ""
    facts = dict(known.facts)
    if designation == "C":
        facts["amount"] = filing.fact("amount")
    release = CHANGES.get(designation, known.release)
    return state.put(replace(known, release=release, facts=facts, batch=filing.batch)), known.number


def _answer(
    ace: Ace, transaction: Sequence[Record], found: Sequence[Found], code: str, number: str
) -> Iterator[str]:
    """Yield the records as they came, the first with the bond's number, then a 90 for each condition and the last."""
    made = book(layouts(ace.specs.root), "CX")
    astray = {condition.record for condition in found if condition.code in _ASTRAY}
    for record in transaction:
        if record.number in astray:
            continue
        text = record.text
        if number and record is transaction[0]:
            text = text[: _NUMBER.start] + number.ljust(9) + text[_NUMBER.stop :]
        yield text
    for condition in found:
        told = condition.text or text_of(ace.specs.root, "CX", condition.code, _TEXT_CHARS)
        yield made.record("90", {"4": condition.severity, "5-7": condition.code or "S03", "10-80": told})
    rejected = code in {_REJECTED, _FAILURE}
    values = {"3": "R" if rejected else "A", "4": "F" if rejected else "", "5-7": code}
    yield made.record("90", values | {"10-80": text_of(ace.specs.root, "CX", code, _TEXT_CHARS)})
