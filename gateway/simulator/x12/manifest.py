"""309 in, 355 out: what customs says of a manifest (x12-customs.md 4.2, 4.5, 9).

Lives here: checks with the codes of CAMIR, what is kept of a manifest and its bills, the
segments of 355. Never here: syntax (997 has said that before).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.simulator.ace import order_for, without_order
from gateway.simulator.state import Filing
from gateway.simulator.x12.compose import Segment, copy, segments_of
from gateway.simulator.x12.manifest_checks import Bill, Condition, bill, conveyance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.scenarios import Scenario
    from gateway.simulator.state import State
    from gateway.tree import Node, Transaction

_REMARK_CHARS = 30
_DEFAULT_REJECTION = "BILL REJECTED"


def receive(
    ace: Ace, state: State, batch: str, transaction: Transaction, kept: Mapping[str, str], at: datetime
) -> tuple[State, Sequence[Segment] | None]:
    """Judge one 309: the new state and the segments of its 355, None for a silent scenario."""
    segments = list(segments_of(transaction.root))
    head = next((node for node in segments if node.name == "M10"), None)
    if head is None:
        return state, [("K3", "BILLS REJECTED [0], BILLS ACCEPTED [0]")]
    bills = _bills(segments)
    filing = _filing(batch, head, segments, bills, kept)
    known = state.filings.get(filing.key)
    scenario = ace.scenario_for(state, filing)
    common = list(conveyance(ace, head, segments))
    ordered = _ordered(state, filing, scenario)
    wrong = {one.number: [*bill(state, one, head.get("09")), *_refusal(one, ordered)] for one in bills}
    rejected = {number for number, conditions in wrong.items() if conditions or common}
    if ordered[0]:
        for number in (filing.number, *wrong):
            state = without_order(state, replace(filing, number=number), "reject")
    if len(rejected) < len(bills) or (not bills and not common):
        state = _keep(ace, state, filing, known, rejected, scenario, at)
    if scenario.answer == "silent":
        return state, None
    return state, list(_answer(segments, head, bills, common, wrong, rejected))


def confirmed(transaction: Transaction) -> Sequence[Segment] | None:
    """Give the clean 355 for a set that is taken as it is (353, 356, 357, 358)."""
    segments = list(segments_of(transaction.root))
    out = [copy(node) for name in ("M10", "P4") for node in segments if node.name == name][:2]
    return [*out, ("K3", "ACCEPTED")] if len(out) == 2 else None


def _bills(segments: Sequence[Node]) -> list[Bill]:
    """Cut the loops of LX; a bill is known by issuer and number of M11, else of M13."""
    turns: list[list[Node]] = []
    for node in segments:
        if node.name == "LX":
            turns.append([node])
        elif turns and node.name not in {"SE", "P4"}:
            turns[-1].append(node)
    bills = []
    for turn in turns:
        m11 = next((node for node in turn if node.name == "M11"), None)
        m13 = next((node for node in turn if node.name == "M13"), None)
        number = f"{m11.get('12')}{m11.get('01')}" if m11 else ""
        if m11 is None and m13 is not None:
            number = f"{m13.get('09')}{m13.get('04')}"
        bills.append(Bill(turn, number or f"LX{turn[0].get('01')}"))
    return bills


def _filing(
    batch: str, head: Node, segments: Sequence[Node], bills: Sequence[Bill], kept: Mapping[str, str]
) -> Filing:
    port = next((node for node in segments if node.name == "P4"), None)
    reference = next((node for node in segments if node.name == "N9"), None)
    importer = next((node for node in segments if node.name == "N1" and node.get("01") == "CN"), None)
    rows = []
    for one in bills:
        m11 = next((node for node in one.segments if node.name == "M11"), None)
        if m11 is not None:
            rows.append(
                {
                    "number": one.number,
                    "bare": m11.get("01"),
                    "issuer": m11.get("12"),
                    "quantity": m11.get("03"),
                    "type": "R",
                    "equipment": " ".join(
                        f"{node.get('02')}/{node.get('03')}" for node in one.segments if node.name == "VID"
                    ),
                }
            )
    return Filing(
        kind="manifest",
        number="-".join((head.get("01"), head.get("06"), port.get("01") if port else "")),
        format="x12",
        batch=batch,
        reference=reference.get("02") if reference is not None else head.get("07"),
        release="accepted",
        facts={
            "carrier": head.get("01"),
            "mode": head.get("02"),
            "conveyance": head.get("05"),
            "voyage": head.get("06"),
            "port": port.get("01") if port else "",
            "arrival": port.get("02") if port else "",
            "importer": importer.get("02") if importer is not None else "",
            "kind": head.get("09"),
            "m10": "\x1f".join(copy(head)[1:]),
            "p4": "\x1f".join(copy(port)[1:]) if port else "",
        },
        rows={"bills": tuple(rows)},
        frame=dict(kept),
    )


def _ordered(state: State, filing: Filing, scenario: Scenario) -> tuple[str, str]:
    """Give text and code of a rejection that a tester wants; empty for none."""
    order = order_for(state, filing)
    for row in filing.row("bills"):
        order = {**state.orders.get(f"entry/{row['number']}", {}), **order}
    if code := order.get("reject"):
        return order.get("reject_text") or _DEFAULT_REJECTION, "" if code == "any" else code
    if scenario.answer == "rejected":
        return _DEFAULT_REJECTION, ""
    return ("", "")


def _refusal(one: Bill, ordered: tuple[str, str]) -> list[Condition]:
    lead = next((node for node in one.segments if node.name in {"M11", "M13"}), one.segments[0])
    return [Condition(lead, *ordered)] if ordered[0] else []


def _keep(
    ace: Ace,
    state: State,
    filing: Filing,
    known: Filing | None,
    rejected: set[str],
    scenario: Scenario,
    at: datetime,
) -> State:
    """Put the accepted bills on file, beside those that an earlier message filed."""
    accepted = {row["number"]: row for row in filing.row("bills") if row["number"] not in rejected}
    if known is not None:
        kept = {row["number"]: row for row in known.row("bills")}
        filing = replace(filing, history=known.history, rows={"bills": tuple({**kept, **accepted}.values())})
    else:
        filing = replace(filing, rows={"bills": tuple(accepted.values())})
    return ace.follow(state, filing, scenario, at, ("release", "summary"))


def _answer(
    segments: Sequence[Node],
    head: Node,
    bills: Sequence[Bill],
    common: Sequence[Condition],
    wrong: Mapping[str, Sequence[Condition]],
    rejected: set[str],
) -> Iterator[Segment]:
    """Yield M10 and P4, then what is in error under its loop headers, then K3."""
    yield copy(head)
    yield from _remarks(head, common)
    port = next((node for node in segments if node.name == "P4"), None)
    if port is not None:
        yield copy(port)
        yield from _remarks(port, common)
    for one in bills:
        conditions = wrong[one.number]
        if not conditions:
            continue
        named = {id(condition.segment) for condition in conditions}
        for node in one.segments:
            if id(node) in named or node.name == "LX" or (node.name == "M11" and id(node) not in named):
                yield copy(node)
                yield from _remarks(node, conditions)
    count = len(bills)
    yield ("K3", f"BILLS REJECTED [{len(rejected)}], BILLS ACCEPTED [{count - len(rejected)}]")


def _remarks(node: Node, conditions: Sequence[Condition]) -> Iterator[Segment]:
    for condition in conditions:
        if condition.segment is node:
            yield ("K1", condition.text.upper()[:_REMARK_CHARS], condition.code)
