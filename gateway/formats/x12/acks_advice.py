"""824: what was found in a business document whose sets have no answer of their own.

Lives here: the application advice to importers, brokers and exporters, with one TED for each
finding. Never here: what customs says of a manifest (`acks_customs.py`).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.x12.acks_customs import upper
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.finding import Answer, Finding
    from gateway.specs import Specs
    from gateway.tree import Envelope, Transaction

FINDINGS_MAX = 200
NOTE_CHARS_MAX = 80
ERROR_CHARS_MAX = 60
COPY_CHARS_MAX = 99
# What could be taken for a delimiter is not copied.
_DELIMITING = re.compile(r"[^A-Za-z0-9 .,/()-]+")
OTHER = "024"
_FIRST_RELEASE_WITH_COMPOSITE = "005010"
# Where a set says its own number: (segment, element, DE 128 qualifier).
_OWN_NUMBER = {"810": ("BIG", "02", "IV"), "601": ("BA1", "05", "TN")}


def advice(
    transaction: Transaction, number: int, answer: Answer, envelope: Envelope, specs: Specs, group: Node
) -> Node:
    """Give the body of an 824 for one transaction; `group` is the GS that it came in."""
    at = datetime.fromisoformat(envelope.at)
    codes = specs.ack_codes("x12_824")
    found = [
        one
        for one in answer.findings
        if one.transaction in {None, number} and one.severity in {Severity.ERROR, Severity.WARNING}
    ]
    begin = {
        "01": "00",
        "02": f"{envelope.control:09}",
        "03": at.strftime("%Y%m%d"),
        "04": at.strftime("%H%M"),
    }
    verdict = "TR" if not answer.accepted else "TE" if found else "TA"
    children = [Node("OTI", _original(transaction, verdict, group))]
    for one in found[:FINDINGS_MAX]:
        code = codes.get(one.problem, OTHER)
        children.append(Node("TED", children=[Node("TED", _error(one, code, transaction))]))
    said = [one.text or one.meaning for one in answer.dispositions]
    if said:
        ted = {"01": OTHER, "02": upper(said[0], ERROR_CHARS_MAX) or "STATUS"}
        notes = [Node("NTE", {"02": upper(text, NOTE_CHARS_MAX) or "STATUS"}) for text in said[1:100]]
        children.append(Node("TED", children=[Node("TED", ted), *notes]))
    return Node("824", children=[Node("BGN", begin), Node("OTI", children=children)])


def _original(transaction: Transaction, verdict: str, group: Node) -> dict[str, str]:
    segment, element, qualifier = _OWN_NUMBER.get(transaction.message, ("ST", "02", "TN"))
    own = next((node for node in transaction.root.children if node.name == segment), None)
    if own is not None and own.children:
        own = own.children[0]
    return {
        "01": verdict,
        "02": qualifier,
        "03": (own.get(element) if own is not None else "") or transaction.control,
        "04": group.get("02"),
        "05": group.get("03"),
        "06": group.get("04"),
        "07": group.get("05"),
        "08": group.get("06"),
        "09": transaction.control,
        "10": transaction.message,
        "11": group.get("08"),
    }


def _position(finding: Finding, transaction: Transaction) -> tuple[int, ...]:
    """Count the segment and element of a finding that knows its bytes alone, as what customs said does."""
    if finding.span is None:
        return ()
    extents = [node.extent() for node in _segments(transaction.root)]
    for turn, extent in enumerate(extents, 1):
        if extent is not None and extent.start <= finding.span.start < extent.end:
            element = finding.place.rpartition("-")[2]
            return (turn, int(element)) if element.isdigit() else (turn,)
    return ()


def _segments(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from _segments(child)


def _error(finding: Finding, code: str, transaction: Transaction) -> dict[str, str]:
    """Give one TED: what, and where it stands."""
    values = {"01": code, "02": upper(finding.message, ERROR_CHARS_MAX) or "ERROR"}
    segment, element, component = (*(finding.position or _position(finding, transaction)), 0, 0, 0)[:3]
    if not segment:
        return values
    name = finding.place.rpartition("/")[2].partition("-")[0].partition("[")[0]
    if 2 <= len(name) <= 3:
        values["03"] = name
    values["04"] = str(segment)
    if element and transaction.version < _FIRST_RELEASE_WITH_COMPOSITE:
        values["05"] = str(element)
    elif element:
        values["05-1"] = str(element)
        if component:
            values["05-2"] = str(component)
    copy = " ".join(_DELIMITING.sub(" ", finding.actual).split())[:COPY_CHARS_MAX].strip()
    if element and copy and finding.actual != "nothing":
        values["07"] = copy
    return values
