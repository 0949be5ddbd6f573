"""WCO XML as the small ACE speaks it: DEC in, RES out, later and one by one.

Lives here: the checks of a customs service after the schema, what is kept of a
declaration, and what becomes of requests (wco-xml.md 6, 9 to 11). Never here: the text of
a Response (`response.py`), and the schema's rules; the reader has them.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.simulator.ace import order_for, without_order
from gateway.simulator.state import Filing, Message, Pending, later, ready
from gateway.simulator.wco.response import Fault, response
from gateway.specs import read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.simulator.ace import Ace
    from gateway.simulator.scenarios import Scenario, Status
    from gateway.simulator.state import State
    from gateway.tree import Interchange, Node

_PRELODGED = ("D", "E", "F")
_AMEND, _CANCEL, _ARRIVE = "COR", "INV", "GPR"
_GRANTED, _DENIED = "39", "41"
_DECIDED_AFTER_SECONDS = 1.0
_DEFAULT_REJECTION = ("CDS12005", "PARTY IS NOT AUTHORISED")


class Wco:
    """The handler of `application/xml`."""

    def claims(self, data: bytes) -> bool:
        """Tell nothing: what is no XML at all is nobody's declaration."""
        del data
        return False

    def receive(
        self, ace: Ace, state: State, batch: str, interchange: Interchange, at: datetime
    ) -> tuple[State, Sequence[Pending]]:
        """Judge one declaration or request: accepted, received or rejected, and what follows."""
        if any(transaction.message == "RES" for transaction in interchange.transactions):
            return state, ()
        root = interchange.transactions[0].root if interchange.transactions else None
        filing = _filing(batch, interchange, root, at)
        faults = [*_schema(ace, interchange)]
        if root is not None and not faults:
            faults += _checks(state, filing, root)
        scenario = ace.scenario_for(state, filing)
        if ordered := _ordered(state, filing, scenario):
            faults.append(ordered)
            state = without_order(state, filing, "reject")
        if faults:
            answers = [response(ace, filing, "03", at, faults=faults)]
        else:
            state, answers = _taken(ace, state, filing, scenario, at)
        if scenario.answer == "silent":
            return state, ()
        return state, [ready(message) for message in answers]

    def tell(
        self, ace: Ace, state: State, filing: Filing, status: Status, step: Mapping[str, str], at: datetime
    ) -> tuple[State, Sequence[Message]]:
        """Write one Response; a status without a function code is not told here."""
        if not status.res:
            return state, ()
        return state, (
            response(ace, filing, status.res, at, text=status.text, outcome=step.get("reason", "")),
        )


def _text(node: Node | None, *path: str) -> str:
    """Give the text of a descendant, "" where there is none."""
    for name in path:
        if node is None:
            return ""
        node = next((child for child in node.children if child.name == name), None)
    return node.get("").strip() if node is not None else ""


def _items(root: Node) -> list[Node]:
    shipment = next((child for child in root.children if child.name == "GoodsShipment"), None)
    if shipment is None:
        return []
    return [child for child in shipment.children if child.name == "GovernmentAgencyGoodsItem"]


def _filing(batch: str, interchange: Interchange, root: Node | None, at: datetime) -> Filing:
    lines = []
    for item in _items(root) if root is not None else ():
        origin = next((child for child in item.children if child.name == "Origin"), None)
        lines.append({"id": _text(item, "SequenceNumeric"), "origin": _text(origin, "CountryCode")})
    reference = _text(root, "FunctionalReferenceID")
    number = _text(root, "ID") or _movement_number(batch, at)
    return Filing(
        kind="declaration",
        number=number,
        format="wco",
        batch=batch,
        reference=reference,
        release="accepted",
        version=1,
        facts={
            "type": _text(root, "TypeCode"),
            "function": _text(root, "FunctionCode"),
            "stated": _text(root, "ID"),
            "importer": _text(root, "GoodsShipment", "Importer", "ID"),
        },
        rows={"lines": tuple(lines)},
        frame={"profile": interchange.frame.get("profile", "uk-cds")},
    )


def _movement_number(batch: str, at: datetime) -> str:
    """Give the MRN of a declaration without a number: year, country, 14 characters of its bytes."""
    return f"{at:%y}GB{hashlib.sha256(batch.encode()).hexdigest()[:14].upper()}"


@cache
def _codes(root: Path, name: str) -> Mapping[str, str]:
    rows = read_csv(root / "edi_specs" / "ack_codes" / f"{name}.csv")
    return {row["problem"]: row["code"] for _, row in rows}


def _schema(ace: Ace, interchange: Interchange) -> Iterator[Fault]:
    """Give what the reader found: each error of the schema with its code."""
    codes = _codes(ace.specs.root, "wco_error")
    for finding in interchange.all_findings():
        if finding.severity is Severity.ERROR:
            yield Fault(codes.get(finding.problem, codes["*"]), finding.message, finding.place)


def _checks(state: State, filing: Filing, root: Node) -> Iterator[Fault]:
    """Judge references, numbering and masses; a request must name a declaration on file."""
    kind = filing.fact("type")
    if not filing.reference:
        yield Fault("CDS10001", "LRN missing", "FunctionalReferenceID")
    if kind in {_AMEND, _CANCEL, _ARRIVE}:
        known = state.filings.get(filing.key)
        if not filing.fact("stated") or known is None or known.release == "cancelled":
            yield Fault("CDS10020", "no declaration on file under this number", "ID")
        return
    for other in state.filings.values():
        same = other.kind == "declaration" and other.reference == filing.reference
        if same and other.release not in {"rejected", "cancelled"}:
            yield Fault("CDS12003", "LRN was used before", "FunctionalReferenceID")
            break
    if filing.fact("stated") and filing.key in state.filings:
        yield Fault("CDS12003", "number was used before", "ID")
    items = _items(root)
    stated = _text(root, "GoodsItemQuantity")
    if stated.isdigit() and int(stated) != len(items):
        yield Fault("CDS11003", f"{len(items)} items, {stated} stated", "GoodsItemQuantity")
    for turn, item in enumerate(items, 1):
        yield from _item(turn, item)


def _item(turn: int, item: Node) -> Iterator[Fault]:
    place = f"GoodsShipment/GovernmentAgencyGoodsItem[{turn}]"
    if _text(item, "SequenceNumeric") != str(turn):
        yield Fault("CDS12014", "items are numbered from 1 on", f"{place}/SequenceNumeric")
    net = _text(item, "Commodity", "GoodsMeasure", "NetNetWeightMeasure")
    gross = _text(item, "Commodity", "GoodsMeasure", "GrossMassMeasure")
    if net and gross and _amount(net) > _amount(gross):
        where = f"{place}/Commodity/GoodsMeasure/NetNetWeightMeasure"
        yield Fault("CDS11006", "net mass above gross mass", where)


def _amount(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _ordered(state: State, filing: Filing, scenario: Scenario) -> Fault | None:
    order = order_for(state, filing)
    if code := order.get("reject"):
        default, words = _DEFAULT_REJECTION
        return Fault(default if code == "any" else code, order.get("reject_text") or words)
    return Fault(*_DEFAULT_REJECTION) if scenario.answer == "rejected" else None


def _taken(
    ace: Ace, state: State, filing: Filing, scenario: Scenario, at: datetime
) -> tuple[State, list[Message]]:
    """Put a declaration on file, or carry a request out; give the Responses at once."""
    kind = filing.fact("type")
    known = state.filings.get(filing.key)
    parts = ("release", "summary")
    if known is None or kind not in {_AMEND, _CANCEL, _ARRIVE}:
        if kind[-1:] in _PRELODGED:
            # Not here yet: received; the arrival notice starts what follows.
            state = state.put(replace(filing, scenario=scenario.name, release="received"))
            return state, [response(ace, filing, "02", at)]
        return ace.follow(state, filing, scenario, at, parts), [response(ace, filing, "01", at)]
    asked = replace(known, batch=filing.batch)
    received = response(ace, replace(asked, reference=filing.reference), "02", at)
    if kind == _ARRIVE:
        arrived = replace(asked, release="accepted")
        return ace.follow(state, arrived, scenario, at, parts), [received, response(ace, arrived, "01", at)]
    refused = scenario.answer == "referred"
    outcome = _DENIED if refused else _GRANTED
    result = response(ace, replace(asked, reference=filing.reference), "11", at, outcome=outcome)
    if refused:
        return state.put(asked), [received, result]
    if kind == _AMEND:
        asked = replace(asked, version=known.version + 1)
        state = state.put(asked)
        return _soon(state, asked, "replaced", at), [received, result]
    return _soon(state.put(asked), asked, "cancelled", at), [received, result]


def _soon(state: State, filing: Filing, word: str, at: datetime) -> State:
    answer = Pending(
        at=later(at, _DECIDED_AFTER_SECONDS),
        batch=filing.batch,
        kind="",
        key=filing.key,
        step={"status": word},
    )
    return state.wait(answer)
