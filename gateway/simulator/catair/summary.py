"""AE in, AX out: what an entry summary does to the state, and its answer.

Lives here: actions A, R and D, the deletion that a rejected replacement makes, the E0 and
E1 records, certification of the release from the summary. Never here: the checks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.ace import without_order
from gateway.simulator.catair import batch as envelope
from gateway.simulator.catair import bond_checks, summary_checks
from gateway.simulator.catair.agencies import SUMMARY, lines_of
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import Found, first, of, text_of, worst
from gateway.simulator.catair.place import Path as PlacePath
from gateway.simulator.state import Filing, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.scenarios import Scenario
    from gateway.simulator.state import State

_DEFAULT_REJECTION = "101"
_ADDED, _REPLACED, _DELETED, _REJECTED = "995", "996", "997", "998"
_FAILURE = "ZZZ"
_PGA_REJECTED = "PGA"


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Judge one AE transaction: the new state and the records of the answer."""
    ace, transaction = asked.ace, asked.transaction
    filing = filing_of(asked)
    known = state.filings.get(filing.key)
    scenario = ace.scenario_for(state, filing)
    found = asked.found(summary_checks.conditions(ace, asked.block, transaction, known, asked.at.date()))
    found += bond_checks.of_summary(ace, state, transaction)
    ordered = asked.ordered(state, filing, scenario, _DEFAULT_REJECTION)
    found += ordered
    if ordered:
        state = without_order(state, filing, "reject")
    turn = next(turn for turn, one in enumerate(asked.block.transactions, 1) if one == transaction)
    action = asked.head.cut("3")
    if any(condition.code == _FAILURE for condition in found):
        # A system failure: nothing was done, and what is on file stays.
        found, version, code = [], "", _FAILURE
    elif any(condition.severity == "F" for condition in found):
        state = _refused(state, known, action)
        version, code = "", _REJECTED
    else:
        state, filing, code = _keep(ace, state, filing, known, scenario, asked.at)
        version = f"{filing.version:03d}00" if action != "D" else ""
    if scenario.answer == "silent":
        return state, ()
    return state, tuple(_answer(ace, transaction, found, turn, code, version))


def filing_of(asked: Asked) -> Filing:
    """Give what is kept of an AE transaction."""
    batch, block, transaction, head = asked.batch, asked.block, asked.transaction, asked.head
    party, carrier = first(transaction, "11"), first(transaction, "20")
    trip = first(transaction, "21")
    facts = {
        "filer": head.cut("4-6"),
        "digits": head.cut("9-16"),
        "type": head.cut("34-35"),
        "port": head.cut("18-21"),
        "broker_reference": head.cut("22-30"),
        "mode": head.cut("36-37"),
        "action": head.cut("3"),
        "certify": head.cut("40"),
        "importer": party.cut("3-14") if party else "",
        "carrier": carrier.cut("3-6") if carrier else "",
        "arrival": carrier.cut("11-16") if carrier else "",
        "conveyance": carrier.cut("21-40") if carrier else "",
        "voyage": trip.cut("3-7") if trip else "",
    }
    lines, agencies = lines_of(transaction, SUMMARY)
    bills = tuple(
        {
            "type": record.cut("3"),
            "issuer": record.cut("4-7"),
            "bare": record.cut("8-19"),
            "number": f"{record.cut('4-7')}{record.cut('8-19')}",
            "quantity": "",
            "automated": "Y",
        }
        for record in of(transaction, "23")
    )
    return Filing(
        kind="entry",
        number=f"{facts['filer']}{facts['digits']}",
        format="catair",
        batch=asked.identity,
        reference=facts["broker_reference"],
        summary="accepted",
        version=1,
        facts=facts,
        rows={
            "bills": bills,
            "lines": lines,
            "agencies": agencies,
            "references": (),
            "summary": tuple({"text": record.text} for record in transaction),
        },
        frame=envelope.frame(batch, block),
    )


def _refused(state: State, known: Filing | None, action: str) -> State:
    """Delete the summary on file: a rejected A or R does, while it is in trade control."""
    if known is not None and action in {"A", "R"} and known.summary == "accepted":
        return state.put(replace(known, summary="deleted"))
    return state


def _keep(
    ace: Ace, state: State, filing: Filing, known: Filing | None, scenario: Scenario, at: datetime
) -> tuple[State, Filing, str]:
    """Put the summary on file beside the release, or take it off. Gives the final code too."""
    if filing.fact("action") == "D" and known is not None:
        gone = replace(known, summary="deleted", batch=filing.batch)
        return state.put(gone), gone, _DELETED
    code = _ADDED
    filing = replace(filing, facts={**filing.facts, "accepted_at": instant(at)})
    certified = filing.fact("certify") == "A"
    if known is not None:
        on_file = known.summary not in {"", "deleted"}
        code = _REPLACED if on_file else _ADDED
        version = known.version + 1 if known.summary in {"rejected", "paid"} else max(known.version, 1)
        # What the cargo release filed stays; the summary adds to it.
        bills = known.row("bills") or filing.row("bills")
        filing = replace(
            filing,
            release=known.release,
            version=version,
            history=known.history,
            facts={**filing.facts, **known.facts, **_own(filing)} if known.release else filing.facts,
            rows={**known.rows, **filing.rows, "bills": bills, "references": known.row("references")},
            reference=filing.reference or known.reference,
        )
    parts: tuple[str, ...] = ("summary",)
    if certified and not filing.release:
        filing = replace(filing, release="accepted")
        parts = ("release", "summary")
    return ace.follow(state, filing, scenario, at, parts), filing, code


def _own(filing: Filing) -> dict[str, str]:
    """Give the facts that only a summary states."""
    return {name: filing.fact(name) for name in ("broker_reference", "certify", "action", "accepted_at")}


def _answer(
    ace: Ace, transaction: Sequence[Record], found: Sequence[Found], turn: int, code: str, version: str
) -> Iterator[str]:
    """Yield E0 SUMMRY, for each condition its path and E1, then the final E1."""
    made = book(layouts(ace.specs.root), "AX")
    head = transaction[0]
    path = PlacePath(made, transaction, turn)
    yield path.summary("SUMMRY")
    for record in transaction:
        for condition in found:
            if condition.record != record.number:
                continue
            yield from path.to(record)
            text = condition.text or text_of(ace.specs.root, "AX", condition.code)
            values = {"4": condition.severity, "5-7": condition.code or "A03", "11-50": text}
            yield made.record("E1", values)
    if any(condition.code.startswith("P") for condition in found):
        yield path.summary("PSTLIN")
        text = text_of(ace.specs.root, "AX", _PGA_REJECTED)
        yield made.record("E1", {"4": worst(found), "5-7": _PGA_REJECTED, "11-50": text})
    rejected = code in {_REJECTED, _FAILURE}
    yield made.record(
        "E1",
        {
            "3": "R" if rejected else "A",
            "4": "F" if rejected else worst(found).strip(),
            "5-7": code,
            "11-50": text_of(ace.specs.root, "AX", code),
            "51-53": head.cut("4-6"),
            "56-63": head.cut("9-16"),
            "64-68": version,
            "69-77": head.cut("22-30"),
        },
    )
