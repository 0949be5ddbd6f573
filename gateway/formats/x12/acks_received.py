"""What an answer is about: a received interchange, its findings by level, and the TA1.

Lives here: the received envelope with what of it may be sent back, the findings of an answer sorted by what
acknowledges them, and the interchange acknowledgement. Never here: 997 and 999 (`acks_syntax.py`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Severity
from gateway.formats.x12.delimiters import REPEATS_SINCE
from gateway.formats.x12.interchange import frame_of
from gateway.formats.x12.segment import Segment
from gateway.specs.x12_envelope import ack_codes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Finding
    from gateway.specs import Specs
    from gateway.specs.x12_envelope import AckCode
    from gateway.tree import Envelope, Interchange, Node

    Noted = tuple[Finding, AckCode]
    """A finding that is said, and what it is called."""

_DATE = re.compile(r"\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])")
_TIME = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")

_PARTY_BYTES_MAX = 15
# What divides an answer where another mark is taken.
_SPARE = "^!{|}>:"


class Group(NamedTuple):
    """One received group: its number in the interchange from 1, its GS, and what GS08 says."""

    number: int
    node: Node
    header: Node
    release: str


class Received:
    """One received interchange: its ISA node, its groups, its place in the file."""

    def __init__(
        self,
        interchange: Interchange,
        node: Node,
        turn: int,
        numbers: Mapping[int, int],
        told: Mapping[str, str],
    ) -> None:
        """Take the node, the `turn`th of the file; `numbers` gives the index of each transaction by the id of its root.

        `frame` and `marks` are those of what is answered: the sender's, but for delimiters that are `told`.
        """
        self.node = node
        self.header = node.children[0]
        found = [child for child in node.children if child.name == "GS" and child.children]
        self.groups = [
            Group(number, one, one.children[0], one.children[0].get("08"))
            for number, one in enumerate(found, 1)
        ]
        self.numbers = numbers
        self.turn = turn
        self.frame = dict(interchange.frame)
        if isinstance(self.header, Segment):
            self.frame.update(frame_of(self.header.delimiters))
        if not self.frame["repetition"] and self.header.get("12").encode() >= REPEATS_SINCE:
            # The sender left a letter in ISA11; our answer has a separator there, behind the sender's own another one.
            del self.frame["repetition"]
            self.frame["repetition"] = _SPARE[0]
        self.frame = _divided(self.frame, told)
        self.marks = frozenset(self.frame.values())

    def clean(self, text: str, least: int, most: int, otherwise: str) -> str:
        """Give a received text where it may be sent back as it is, else something that may."""
        if not least <= len(text) <= most:
            return otherwise
        good = text.isascii() and text.isprintable() and text == text.strip() and self.marks.isdisjoint(text)
        return text if good else otherwise

    def party(self, key: str, told: str, file: str) -> str:
        """Give the id that was told, or that of the header where it is none but the file's.

        It is no longer than an ISA has room: what came may be longer, and is an error then.
        """
        own = self.header.get(key) if told in {"", file} else ""
        raw = (own.strip() or told).encode()
        # A letter that has no room for all of its bytes has none.
        return raw[:_PARTY_BYTES_MAX].decode(errors="ignore").strip()

    def number(self, text: str, most: int, otherwise: str) -> str:
        """Give a received number where it is one, else something that is."""
        return text if text.isascii() and text.isdecimal() and len(text) <= most else otherwise

    def transactions(self) -> Iterator[tuple[Node, int]]:
        """Yield each transaction that is spoken of, as (group, index in the file)."""
        for group in self.groups:
            for child in group.node.children:
                if id(child) in self.numbers:
                    yield group.node, self.numbers[id(child)]


def _divided(frame: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """Give delimiters with those in the place of others that are told; what one of these was before is another one then.

    Before 00402 there is nothing that repeats, whatever is told. Between segments stands only what is told.
    """
    own = {name: text for name, text in frame.items() if text}
    asked = {name: told[name] for name in own if told.get(name)}
    taken = {*asked.values()}
    for name, mark in own.items():
        if name in asked:
            continue
        if mark in taken:
            others = {*taken, *own.values()}
            mark = next(one for one in _SPARE if one not in others)  # noqa: PLW2901 - the one that it has now
        asked[name] = mark
        taken.add(mark)
    return {**frame, **asked, "line_end": told.get("line_end", "")}


@dataclass(slots=True)
class Verdicts:
    """The findings of an answer, sorted by what acknowledges them."""

    interchange: Interchange
    findings: Sequence[Finding]
    specs: Specs
    _around: list[Noted] = field(init=False, default_factory=list)
    _sets: dict[int, list[Noted]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Sort what the problem table knows; what is only worth knowing is not said."""
        codes = ack_codes(self.specs.root)
        for one in self.findings:
            row = codes.get(one.problem)
            if row is None or one.severity is Severity.INFO:
                continue
            if one.transaction is None and one.code.startswith("x12.envelope/"):
                self._around.append((one, row))
            elif one.transaction is not None and one.code.startswith("x12."):
                self._sets.setdefault(one.transaction, []).append((one, row))

    def envelope(self, interchange: int, group: int | None = None) -> list[Noted]:
        """List the findings of one interchange's own segments, or of one of its groups."""
        found = []
        for one, row in self._around:
            where = (one.position or (1, 0))[:2]
            if where[0] not in {0, interchange}:
                continue
            if (group is None) == (row.level == "interchange") and group in {None, where[1]}:
                found.append((one, row))
        return found

    def of(self, transaction: int) -> list[Noted]:
        """List the syntax findings of one transaction in the order of its segments."""
        found = self._sets.get(transaction, [])
        found.sort(key=lambda one: one[0].position)
        return found

    def interchange_refused(self, number: int) -> bool:
        """Tell whether an interchange is rejected as a whole."""
        return refused(self.envelope(number))


def refused(found: Sequence[Noted]) -> bool:
    """Tell whether one of the findings is an error."""
    return any(one.severity is Severity.ERROR for one, _ in found)


def interchange_note(received: Received, verdicts: Verdicts, envelope: Envelope) -> str:
    """Give the TA1 that ISA14 asks for, "" for none; a rejected interchange always gets one."""
    found = verdicts.envelope(received.turn)
    isa = received.header
    wanted = isa.get("14")
    bad = refused(found)
    if not bad and not (wanted == "1" or (wanted == "3" and found)):
        return ""
    code = next((row.code for one, row in found if not bad or one.severity is Severity.ERROR), "")
    at = datetime.fromisoformat(envelope.at)
    texts = (
        "TA1",
        received.number(isa.get("13").strip(), 9, "0").rjust(9, "0"),
        isa.get("09") if _DATE.fullmatch(isa.get("09")) else at.strftime("%y%m%d"),
        isa.get("10") if _TIME.fullmatch(isa.get("10")) else at.strftime("%H%M"),
        "R" if bad else "E" if found else "A",
        code or "000",
    )
    return received.frame["element"].join(texts)
