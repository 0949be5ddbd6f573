"""Received: one interchange as an answer looks at it.

Lives here: the header, the notation, the groups and messages of a received interchange, and
which findings are about which of them. Never here: what an answer says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.finding import Severity
from gateway.formats.edifact.delimiters import Delimiters
from gateway.formats.edifact.envelope import SCOPE
from gateway.formats.edifact.segment import Segment
from gateway.formats.edifact.writer import notation_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.finding import Finding
    from gateway.formats.edifact.notation import Notation
    from gateway.specs import Specs
    from gateway.tree import Interchange, Node, Transaction


class Received:
    """One received interchange; `number` counts it in its file from 1."""

    def __init__(self, interchange: Interchange, node: Node, number: int, specs: Specs) -> None:
        """Look at the node that a UNB opened."""
        self.interchange = interchange
        self.node = node
        self.number = number
        self.specs = specs
        self.header = next((child for child in node.children if child.name == "UNB"), node.children[0])
        header = self.header
        self.notation: Notation = (
            header.notation
            if isinstance(header, Segment)
            else notation_of(header.values, Delimiters(), specs)
        )
        self._numbers = {id(one.root): turn for turn, one in enumerate(interchange.transactions)}

    @property
    def groups(self) -> list[Node]:
        """The functional groups."""
        return [child for child in self.node.children if child.name == "UNG" and child.children]

    def transactions(self, within: Node | None = None) -> Iterator[tuple[int, Transaction]]:
        """Yield (index in the file, message) of each message, or of those in one group."""
        for child in (within or self.node).children:
            if id(child) in self._numbers:
                turn = self._numbers[id(child)]
                yield turn, self.interchange.transactions[turn]
            elif child.name == "UNG" and within is None:
                yield from self.transactions(child)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Give those that are errors."""
    return [one for one in findings if one.severity is Severity.ERROR]


def address_of(finding: Finding) -> str:
    """Give the address in a finding's code: `UNB:0020` of `edifact.envelope/UNB:0020/envelope/control`."""
    return finding.code.partition("/")[2].rsplit("/", 2)[0]


def tag_of(finding: Finding) -> str:
    """Give the tag of the segment that a finding is about, as its code says it."""
    return address_of(finding).rpartition("/")[2].partition(":")[0].partition(".")[0]


def of_envelope(finding: Finding, interchange: int, group: int | None = None) -> bool:
    """Tell whether a finding is about an interchange itself, or with `group` about that group of it."""
    if finding.transaction is not None or not finding.code.startswith(f"{SCOPE}/"):
        return False
    if finding.position[:1] not in {(), (interchange,)}:
        return False
    about_group = tag_of(finding) in {"UNG", "UNE"} and finding.position[1:2] not in {(), (0,)}
    if group is None:
        return not about_group
    return about_group and finding.position[1] == group
