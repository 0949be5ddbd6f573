"""SE in, SX out: what a cargo release filing does to the state, and its answer.

Lives here: actions A, R, U and D, what is kept of an entry, the records of SX. Never
here: the checks themselves (`release_checks.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.ace import without_order
from gateway.simulator.catair import batch as envelope
from gateway.simulator.catair import release_checks
from gateway.simulator.catair.agencies import RELEASE, lines_of
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import Found, first, of, text_of
from gateway.simulator.state import Filing, Pending, later

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.simulator.catair.judging import Asked
    from gateway.simulator.scenarios import Scenario
    from gateway.simulator.state import State

# Conditions that one record may be followed by.
_CONDITIONS_MAX = 9
_DEFAULT_REJECTION = "014"
# A scenario of a summary has conditions at records that a release has not.
_OWN = ("SE", "PG", "OI")
# In these states a replacement or a cancellation is a request that a person decides.
_REVIEWED = ("under-review", "exam", "hold", "documents", "suspended")
_DECIDED_AFTER_SECONDS = 1.0
_FINAL = {
    "accepted": ("02", "SE DATA ACCEPTED"),
    "warned": ("03", "SE DATA ACCEPTED WITH WARNINGS"),
    "referred": ("04", "SE DATA REFERRED FOR REVIEW"),
    "rejected": ("01", "SE DATA REJECTED"),
}


def receive(asked: Asked, state: State) -> tuple[State, Sequence[str]]:
    """Judge one SE transaction.

    Gives the new state and the records of the answer, none if the scenario is to be silent.
    """
    ace, transaction = asked.ace, asked.transaction
    filing = filing_of(asked)
    known = state.filings.get(filing.key)
    found = asked.found(release_checks.conditions(ace, asked.block, transaction, known))
    scenario = ace.scenario_for(state, filing)
    ordered = asked.ordered(state, filing, scenario, _DEFAULT_REJECTION, _OWN)
    found += ordered
    verdict = _verdict(found, scenario, known, asked.head.cut("5"))
    if ordered:
        state = without_order(state, filing, "reject")
    if verdict != "rejected":
        state = _keep(ace, state, filing, known, scenario, asked.at)
    if scenario.answer == "silent":
        return state, ()
    return state, tuple(_answer(ace, transaction, found, verdict))


def _verdict(found: Sequence[Found], scenario: Scenario, known: Filing | None, action: str) -> str:
    if any(condition.severity == "F" for condition in found):
        return "rejected"
    if known is not None and known.release in _REVIEWED and action in {"R", "D"}:
        return "referred"
    if scenario.answer == "referred":
        return "referred"
    return "warned" if any(condition.severity == "W" for condition in found) else "accepted"


def filing_of(asked: Asked) -> Filing:
    """Give what is kept of an SE transaction."""
    batch, block, transaction, head = asked.batch, asked.block, asked.transaction, asked.head
    movement = first(transaction, "SE11")
    parts = of(transaction, "SE16")
    facts = {
        "filer": head.cut("6-8"),
        "digits": head.cut("11-18"),
        "type": head.cut("20-21"),
        "importer": head.cut("25-36"),
        "mode": head.cut("37-38"),
        "value": head.cut("40-49"),
        "port": head.cut("50-54")[:4] or block.b.cut("4-7"),
        "split": head.cut("55"),
        "action": head.cut("5"),
        "conveyance": movement.cut("20-39") if movement else "",
        "voyage": movement.cut("40-44") if movement else "",
        "firms": movement.cut("12-15") if movement else "",
    }
    if parts:
        facts |= {"carrier": parts[0].cut("5-8"), "arrival": parts[0].cut("14-19")}
        facts["voyage"] = facts["voyage"] or parts[0].cut("9-13")
        facts["conveyance"] = facts["conveyance"] or parts[0].cut("33-52")
    references = tuple(
        {"qualifier": record.cut("5-7"), "text": record.cut("8-57")} for record in of(transaction, "SE20")
    )
    reference = next((row["text"] for row in references if row["qualifier"] == "CR"), "")
    lines, agencies = lines_of(transaction, RELEASE)
    return Filing(
        kind="entry",
        number=f"{facts['filer']}{facts['digits']}",
        format="catair",
        batch=asked.identity,
        reference=reference,
        release="accepted",
        facts=facts,
        rows={
            "bills": tuple(_bill(record) for record in of(transaction, "SE15")),
            "references": references,
            "lines": lines,
            "agencies": agencies,
        },
        frame=envelope.frame(batch, block),
    )


def _bill(record: Record) -> dict[str, str]:
    issuer, number = record.cut("6-9"), record.cut("10-59")
    return {
        "type": record.cut("5"),
        "issuer": issuer,
        "bare": number,
        "number": f"{issuer}{number}",
        "quantity": record.cut("60-67"),
        "automated": "N" if record.cut("73") == "Y" else "Y",
    }


def _keep(
    ace: Ace, state: State, filing: Filing, known: Filing | None, scenario: Scenario, at: datetime
) -> State:
    """Put the entry on file and start what follows from the action."""
    action = filing.fact("action")
    if known is not None:
        filing = replace(
            filing,
            history=known.history,
            summary=known.summary,
            version=known.version,
            facts={**known.facts, **filing.facts},
            rows={**known.rows, **filing.rows},
        )
    if action == "D" and known is not None:
        return _ending(state, replace(known, batch=filing.batch, frame=filing.frame), "cancelled", at)
    if action == "U" and known is not None:
        return state.put(_updated(known, filing))
    if known is not None and known.release in _REVIEWED:
        kept = replace(filing, release=known.release)
        return _ending(ace.follow(state, kept, scenario, at), kept, "replaced", at)
    return ace.follow(state, filing, scenario, at)


def _ending(state: State, filing: Filing, word: str, at: datetime) -> State:
    """Let a status come a moment later, in place of what was planned for a cancelled entry."""
    if word == "cancelled":
        waiting = {number for number, answer in state.pending.items() if answer.key == filing.key}
        state = state.without(waiting)
    step = {"status": word}
    answer = Pending(
        at=later(at, _DECIDED_AFTER_SECONDS), batch=filing.batch, kind="", key=filing.key, step=step
    )
    return state.put(filing).wait(answer)


def _updated(known: Filing, filing: Filing) -> Filing:
    """Change what an update may change: bills, conveyance, equipment, port, place of goods."""
    changed = {
        name: filing.fact(name)
        for name in ("conveyance", "voyage", "carrier", "arrival", "firms", "port")
        if filing.fact(name)
    }
    bills = filing.row("bills") or known.row("bills")
    return replace(
        known,
        batch=filing.batch,
        frame=filing.frame,
        facts={**known.facts, **changed},
        rows={**known.rows, "bills": bills},
    )


def _answer(ace: Ace, transaction: Sequence[Record], found: Sequence[Found], verdict: str) -> Iterator[str]:
    """Yield SE10, every SE15 and each record in error, its conditions after it, then the final SE90."""
    made = book(layouts(ace.specs.root), "SX")
    by_record: dict[int, list[Found]] = {}
    for condition in found:
        by_record.setdefault(condition.record, []).append(condition)
    for record in transaction:
        here = by_record.get(record.number, [])
        if here or record.text.startswith(("SE10", "SE15")):
            yield record.text
        for condition in here[:_CONDITIONS_MAX]:
            kind = "11" if condition.severity == "F" else "13"
            text = condition.text or text_of(ace.specs.root, "SX", condition.code)
            yield made.record("SE90", {"5-6": kind, "7-9": condition.code, "10-49": text})
    code, text = _FINAL[verdict]
    yield made.record("SE90", {"5-6": code, "10-49": text})
