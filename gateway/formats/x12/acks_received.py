"""What an answer is about: a received interchange, its findings by level, and the TA1.

Lives here: the received envelope with what of it may be sent back, the findings of an answer sorted by what
acknowledges them, and the interchange acknowledgement. Never here: 997 and 999 (`acks_syntax.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.x12.delimiters import REPEATS_SINCE
from gateway.formats.x12.segment import Segment
from gateway.specs.x12_envelope import ack_codes
from gateway.tree import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Finding
    from gateway.specs import Specs
    from gateway.specs.x12_envelope import AckCode
    from gateway.tree import Envelope, Interchange

_DATE = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])")
_TIME = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")

_PARTY_CHARS_MAX = 15


class Received:
    """One received interchange: its ISA node, its groups, its place in the file."""

    def __init__(self, interchange: Interchange, node: Node, turn: int, numbers: Mapping[int, int]) -> None:
        """Take the node, the `turn`th of the file; `numbers` gives the index of each transaction by the id of its root."""
        self.node = node
        self.header = node.children[0]
        self.groups = [child for child in node.children if child.name == "GS" and child.children]
        self.numbers = numbers
        self.turn = turn
        self.frame = dict(interchange.frame)
        if isinstance(self.header, Segment):
            for name in ("element", "component", "repetition", "terminator"):
                self.frame[name] = getattr(self.header.delimiters, name).decode("latin-1")
        self.frame["line_end"] = ""
        if not self.frame["repetition"] and self.header.get("12").encode() >= REPEATS_SINCE:
            # The sender left a letter in ISA11; our answer has a separator there.
            taken = set(self.frame.values())
            self.frame["repetition"] = next(mark for mark in "^!{|}" if mark not in taken)
        self._marks = frozenset(self.frame.values())

    def clean(self, text: str, least: int, most: int, otherwise: str) -> str:
        """Give a received text where it may be sent back as it is, else something that may."""
        if not least <= len(text) <= most:
            return otherwise
        good = text.isascii() and text.isprintable() and text == text.strip() and self._marks.isdisjoint(text)
        return text if good else otherwise

    def party(self, key: str, told: str, file: str) -> str:
        """Give the id that was told, or that of the header where it is none but the file's.

        It is no longer than an ISA has room: what came may be longer, and is an error then.
        """
        own = self.header.get(key) if told in {"", file} else ""
        return (own.strip() or told)[:_PARTY_CHARS_MAX].strip()

    def number(self, text: str, most: int, otherwise: str) -> str:
        """Give a received number where it is one, else something that is."""
        return text if text.isascii() and text.isdecimal() and len(text) <= most else otherwise

    def transactions(self) -> Iterator[tuple[Node, int]]:
        """Yield each transaction that is spoken of, as (group, index in the file)."""
        for group in self.groups:
            for child in group.children:
                if id(child) in self.numbers:
                    yield group, self.numbers[id(child)]


@dataclass(slots=True)
class Verdicts:
    """The findings of an answer, sorted by what acknowledges them."""

    interchange: Interchange
    findings: Sequence[Finding]
    specs: Specs
    codes: Mapping[str, AckCode] = field(init=False)
    _around: list[tuple[Finding, AckCode]] = field(init=False, default_factory=list)
    _sets: dict[int, list[Finding]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Load the problem table, and sort what it knows."""
        self.codes = ack_codes(self.specs.root)
        for one in self.findings:
            row = self.codes.get(one.problem)
            if row is None:
                continue
            if one.transaction is None and one.code.startswith("x12.envelope/"):
                self._around.append((one, row))
            elif one.transaction is not None and one.code.startswith("x12."):
                self._sets.setdefault(one.transaction, []).append(one)

    def envelope(self, interchange: int, group: int | None = None) -> list[Finding]:
        """List the findings of one interchange's own segments, or of one of its groups."""
        found = []
        for one, row in self._around:
            where = (one.position or (1, 0))[:2]
            if where[0] not in {0, interchange}:
                continue
            if (group is None) == (row.level == "interchange") and group in {None, where[1]}:
                found.append(one)
        return found

    def of(self, transaction: int) -> list[Finding]:
        """List the syntax findings of one transaction in the order of its segments."""
        return sorted(self._sets.get(transaction, ()), key=lambda one: one.position)

    def interchange_refused(self, number: int) -> bool:
        """Tell whether an interchange is rejected as a whole."""
        return refused(self.envelope(number))


def refused(findings: Sequence[Finding]) -> bool:
    """Tell whether one of the findings is an error."""
    return any(one.severity is Severity.ERROR for one in findings)


def noted(findings: Sequence[Finding]) -> list[Finding]:
    """Leave out what is only worth knowing."""
    return [one for one in findings if one.severity is not Severity.INFO]


def interchange_note(received: Received, verdicts: Verdicts, envelope: Envelope) -> Node | None:
    """Give the TA1 that ISA14 asks for; a rejected interchange always gets one."""
    found = noted(verdicts.envelope(received.turn))
    wanted = received.header.get("14")
    bad = refused(found)
    if not bad and not (wanted == "1" or (wanted == "3" and found)):
        return None
    code = next(
        (verdicts.codes[one.problem].code for one in found if not bad or one.severity is Severity.ERROR),
        "",
    )
    at = datetime.fromisoformat(envelope.at)
    isa = received.header
    control = isa.get("13")
    return Node(
        "TA1",
        {
            "01": received.number(control.strip(), 9, "0").rjust(9, "0"),
            "02": isa.get("09") if _DATE.fullmatch(isa.get("09")) else at.strftime("%y%m%d"),
            "03": isa.get("10") if _TIME.fullmatch(isa.get("10")) else at.strftime("%H%M"),
            "04": "R" if bad else "E" if found else "A",
            "05": code or "000",
        },
    )
