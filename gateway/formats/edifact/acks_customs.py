"""CUSRES: what customs said of a declaration, or why it was not passed on.

Lives here: the response from dispositions and findings: status, references, error points of
header, items and summary, bills with their own status. Never here: CONTRL, which speaks of
syntax (`acks_contrl.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING

from gateway.formats.edifact.received import errors
from gateway.specs import read_csv
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gateway.finding import Answer, Disposition, Finding
    from gateway.formats.edifact.received import Received
    from gateway.specs import Specs
    from gateway.tree import Envelope, Transaction

TEXT_CHARS = {"D96B": 70}
TEXT_CHARS_USUAL = 512
TEXT_LINES = 5
OURS = "86"
ACCEPTED, LOCAL, CUSTOMS = "148", "ABE", "ABT"
HEADER, DETAIL, SUMMARY, INVOICE, INVOICE_LINE, ITEM = "1", "2", "6", "8", "9", "10"
BY_STRUCTURE = "6"
STATUSES_MAX, ERRORS_MAX, POINTS_MAX = 10, 99, 99
_STEP = re.compile(r"([A-Z]{3})(?:\.[A-Z])?(?:\[(\d+)\])?")
_PATH = re.compile(r"lines\[(\d+)\]")
_SUMMARY = frozenset({"CNT", "TAX", "AUT", "UNS.S"})


@dataclass(frozen=True, slots=True)
class Said:
    """One row of `edifact_cusres.csv`."""

    code: str
    document: str
    function: str
    weight: int


@cache
def statuses(root: Path) -> Mapping[str, Said]:
    """Give the words of CUSRES by canonical meaning; `*` is for every other."""
    table = root / "edi_specs" / "ack_codes" / "edifact_cusres.csv"
    return {
        row["problem"]: Said(row["code"], row["document"], row["function"], int(row["weight"]))
        for _, row in read_csv(table)
    }


def customs_response(
    received: Received,
    about: tuple[int, Transaction],
    answer: Answer,
    envelope: Envelope,
    specs: Specs,
    version: str,
) -> Node:
    """Give the body of the CUSRES about one message; `about` is its index and itself."""
    return _Response(received, about, answer, envelope, specs, version).body()


class _Response:
    def __init__(
        self,
        received: Received,
        about: tuple[int, Transaction],
        answer: Answer,
        envelope: Envelope,
        specs: Specs,
        version: str,
    ) -> None:
        self.received = received
        number, self.transaction = about
        self.answer = answer
        self.at = envelope.at
        self.words = statuses(specs.root)
        self.codes = specs.ack_codes("edifact_erc")
        self.width = TEXT_CHARS.get(version, TEXT_CHARS_USUAL)
        self.indicator = "GIS" if version == "D96B" else "GEI"
        self.errors = [one for one in errors(answer.findings) if one.transaction in {None, number}]
        root = self.transaction.root
        self.items = [child for child in root.children if child.name == "CST" and child.children]
        self.local = local_reference(root)
        self.entry = [one for one in answer.dispositions if one.scope != "bill"]
        self.bills = [one for one in answer.dispositions if one.scope == "bill"]

    def body(self) -> Node:
        """Give BGM, dates, texts, status, references, error points and documents."""
        said = [self.said(one) for one in self.answer.dispositions]
        if not said:
            meaning = "received" if self.answer.accepted else "rejected"
            said = [self.words[meaning]]
        heaviest = max(said, key=lambda one: one.weight)
        customs = next((one.reference for one in self.entry if one.reference), "")
        values = {
            "C002.1001": heaviest.document,
            "C106.1004": (customs if heaviest.document != "963" else self.local) or self.local or customs,
            "1225": heaviest.function,
        }
        children = [Node("BGM", values), self.date(), *self.texts()]
        children += self.indicators(self.entry) or [self.status(self.words["received"])] * (not self.bills)
        children += [
            Node("RFF", children=[Node("RFF", {"C506.1153": kind, "C506.1154": text})])
            for kind, text in ((LOCAL, self.local), (CUSTOMS, customs))
            if text
        ]
        header, items = self.placed()
        children += [self.point(section, one) for section, one in header[:POINTS_MAX]]
        children += self.documents(items)
        return Node("CUSRES", children=children)

    def said(self, one: Disposition) -> Said:
        return self.words.get(one.meaning) or self.words["*"]

    def date(self) -> Node:
        """Give when it was said: the last instant of the dispositions, else that of the answer."""
        instants = [one.at for one in self.answer.dispositions if one.at]
        return Node(
            "DTM",
            {"C507.2005": ACCEPTED, "C507.2380": moment(max(instants, default=self.at)), "C507.2379": "203"},
        )

    def texts(self) -> list[Node]:
        """Give what was said of the whole declaration, in words."""
        found = [text for one in self.entry if (text := one.text or one.meaning)]
        return [free_text("AAP", text, self.width) for text in found[:9]]

    def status(self, said: Said) -> Node:
        """Give one status: GIS, from D.02B on GEI."""
        if self.indicator == "GIS":
            return Node("GIS", {"C529.7365": said.code})
        return Node("GEI", {"9649": "5", "C012.7365": said.code})

    def indicators(self, dispositions: Sequence[Disposition]) -> list[Node]:
        """Give the statuses of dispositions, each once."""
        if not self.answer.accepted and not dispositions:
            return [self.status(self.words["rejected"])]
        found = dict.fromkeys(self.said(one) for one in dispositions)
        return [self.status(one) for one in found][:STATUSES_MAX]

    def placed(self) -> tuple[list[tuple[str, Finding]], dict[int, list[Finding]]]:
        """Divide errors into those of header and summary, and those of items by their index."""
        header: list[tuple[str, Finding]] = []
        items: dict[int, list[Finding]] = {}
        for one in self.errors:
            first = one.place.partition("/")[0].partition(":")[0]
            step = _STEP.fullmatch(first)
            path = _PATH.match(one.path)
            if step is not None and step[1] == "CST" and first != "CST.H":
                items.setdefault(int(step[2] or 1) - 1, []).append(one)
            elif step is None and path is not None and int(path[1]) < len(self.items):
                items.setdefault(int(path[1]), []).append(one)
            else:
                header.append((_section(first), one))
        return header, items

    def documents(self, items: Mapping[int, list[Finding]]) -> list[Node]:
        """Give the groups about the declaration's items, and about bills."""
        found = []
        if items:
            name = next(
                (child.get("C002.1001") for child in self.transaction.root.children if child.name == "BGM"),
                "",
            )
            about = [Node("DOC", {"C002.1001": name, "C503.1004": self.local})]
            about += [self.item(index) for index in items if index < len(self.items)]
            about += [self.point(ITEM, one, index) for index, inside in items.items() for one in inside]
            found.append(Node("DOC", children=about))
        for one in self.bills:
            bill = [Node("DOC", {"C002.1001": "705", "C503.1004": one.reference})]
            if one.text:
                bill.append(free_text("AAP", one.text, self.width))
            bill.append(self.status(self.said(one)))
            found.append(Node("DOC", children=bill))
        return found

    def item(self, index: int) -> Node:
        """Repeat what an item is: its number and its commodity code."""
        leader = self.items[index].children[0]
        values = {key: leader.get(key) for key in ("1496", "C246-122.7361", "C246-122.1131")}
        return Node("CST", children=[Node("CST", values)])

    def point(self, section: str, finding: Finding, index: int | None = None) -> Node:
        """Give an error point: where it is, its code, and what is wrong in words."""
        values = {"C701.1049": section}
        if index is not None:
            values["C701.1052"] = self.number(index)
        steps = [_STEP.fullmatch(step) for step in finding.place.partition(":")[0].split("/")]
        last = steps[-1]
        if last is not None and finding.place:
            values |= {"C853.9166": last[1], "C853.1050": last[2] or "1", "C853.1159": BY_STRUCTURE}
        code = self.codes.get(finding.problem) or self.codes["*"]
        inside = [Node("ERP", values)]
        if self.local and index is None:
            inside.append(Node("RFF", {"C506.1153": LOCAL, "C506.1154": self.local}))
        inside.append(Node("ERC", {"C901.9321": code, "C901.3055": OURS}))
        inside.append(free_text("AAO", worded(finding, code == self.codes["*"]), self.width))
        return Node("ERP", children=inside)

    def number(self, index: int) -> str:
        """Give the sender's own number of an item, or its place."""
        if index < len(self.items):
            return self.items[index].children[0].get("1496") or str(index + 1)
        return str(index + 1)


def _section(first: str) -> str:
    """Name the section (1049) of a declaration that a place at its top level stands in."""
    name = first.partition("[")[0]
    if name in _SUMMARY:
        return SUMMARY
    if name == "DMS":
        return INVOICE
    return DETAIL if name == "CNI" else HEADER


def local_reference(root: Node) -> str:
    """Give the declarant's own number of a message: BGM 1004, else RFF ABE."""
    for child in root.children:
        if child.name == "BGM" and child.get("C106.1004"):
            return child.get("C106.1004")
    for child in root.children:
        leader = child.children[0] if child.name == "RFF" and child.children else child
        if child.name == "RFF" and leader.get("C506.1153") == LOCAL:
            return leader.get("C506.1154")
    return ""


def moment(at: str) -> str:
    """Write an instant as CCYYMMDDHHMM in UTC."""
    instant = datetime.fromisoformat(at)
    return (instant.astimezone(UTC) if instant.tzinfo else instant).strftime("%Y%m%d%H%M")


def worded(finding: Finding, rule: bool) -> str:  # noqa: FBT001 - which of two kinds of text
    """Give a finding in words; that of a rule begins with the rule's id."""
    text = f"{finding.code}: {finding.message}" if rule else finding.message
    if finding.expected:
        text += f"; expected: {finding.expected}"
    return text


def free_text(subject: str, text: str, width: int) -> Node:
    """Give an FTX; a long text goes on in its further lines, and is cut after the last."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text.replace("…", "..."))
    values = {"4451": subject}
    for turn, piece in enumerate(wrap(plain, width)[:TEXT_LINES], 1):
        values["C108.4440" if turn == 1 else f"C108.4440#{turn}"] = piece
    return Node("FTX", values)
