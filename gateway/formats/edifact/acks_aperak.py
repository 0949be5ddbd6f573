"""APERAK: whether our system takes a message, for partners that want it and for what is no customs flow.

Lives here: the acknowledgement from dispositions and findings, one error group for each.
Never here: CUSRES (`acks_customs.py`), from which the wording of an error comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.edifact.acks_customs import (
    LOCAL,
    OURS,
    TEXT_CHARS,
    TEXT_CHARS_USUAL,
    free_text,
    local_reference,
    moment,
    worded,
)
from gateway.formats.edifact.received import errors
from gateway.tree import Node

if TYPE_CHECKING:
    from gateway.finding import Answer
    from gateway.formats.edifact.received import Received
    from gateway.specs import Specs
    from gateway.tree import Envelope, Transaction

# 1001 has these two from D.99B on; before that the document name stays empty.
_NAMES = {True: "312", False: "313"}
_VERDICTS = {True: "AP", False: "RE"}
_WITHOUT_NAMES = frozenset({"D96B"})
ERRORS_MAX, TEXTS_MAX = 9999, 9


def application_answer(
    received: Received,
    about: tuple[int, Transaction],
    answer: Answer,
    envelope: Envelope,
    specs: Specs,
    version: str,
) -> Node:
    """Give the body of the APERAK about one message; `about` is its index and itself."""
    number, transaction = about
    width = TEXT_CHARS.get(version, TEXT_CHARS_USUAL)
    codes = specs.ack_codes("edifact_erc")
    found = [one for one in errors(answer.findings) if one.transaction in {None, number}]
    local = local_reference(transaction.root)
    values = {
        "C106.1004": f"{envelope.control}-{transaction.control}"[:35],
        "1225": "9",
        "4343": _VERDICTS[answer.accepted],
    }
    if version not in _WITHOUT_NAMES:
        values["C002.1001"] = _NAMES[answer.accepted]
    children = [
        Node("BGM", values),
        Node("DTM", {"C507.2005": "137", "C507.2380": moment(envelope.at), "C507.2379": "203"}),
    ]
    texts = [text for one in answer.dispositions if (text := one.text or one.meaning)]
    children += [free_text("AAI", text, width) for text in texts[:TEXTS_MAX]]
    reference = {"C506.1153": "ACW", "C506.1154": received.header.get("0020")}
    children.append(Node("RFF", children=[Node("RFF", reference)]))
    if local:
        own = {"C506.1153": LOCAL, "C506.1154": local}
        children.append(Node("RFF", children=[Node("RFF", own)]))
    for one in found[:ERRORS_MAX]:
        code = codes.get(one.problem) or codes["*"]
        inside = [Node("ERC", {"C901.9321": code, "C901.3055": OURS})]
        inside.append(free_text("AAO", worded(one, code == codes["*"]), width))
        if local:
            about_it = Node("RFF", {"C506.1153": LOCAL, "C506.1154": local})
            inside.append(Node("RFF", children=[about_it]))
        children.append(Node("ERC", children=inside))
    return Node("APERAK", children=children)
