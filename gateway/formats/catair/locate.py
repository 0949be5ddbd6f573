"""Where a finding stands: batch, block, transaction and record, as CBP counts them.

Numbers count from 1: batches of the transmission, records of a batch (A is 1), blocks of
a batch, transactions of a block.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.formats.catair.nodes import RecordNode
from gateway.formats.catair.writer import record_text
from gateway.specs import catair
from gateway.specs.catair_fields import WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.finding import Finding
    from gateway.specs import Specs
    from gateway.specs.catair_fields import Record
    from gateway.tree import Interchange, Node, Transaction


@dataclass(slots=True)
class Row:
    """One record of a batch; `index` is the transaction in the interchange, -1 outside of one."""

    name: str
    text: str
    number: int
    block: int = 0
    turn: int = 0
    index: int = -1
    start: int = -1


@dataclass(slots=True)
class Filed:
    """One transaction and its records, header first."""

    transaction: Transaction
    index: int
    rows: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class BlockRows:
    """One block: B, and its transactions."""

    number: int
    begin: Row | None = None
    filed: list[Filed] = field(default_factory=list)


@dataclass(slots=True)
class BatchRows:
    """One batch: A, blocks, and all rows in order."""

    begin: Row | None = None
    blocks: list[BlockRows] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def find(self, finding: Finding) -> Row | None:
        """Give the record that a finding is about, None where it is about the batch as such."""
        if finding.span is not None:
            for row in self.rows:
                if row.start <= finding.span.start < row.start + WIDTH and row.start >= 0:
                    return row
        if finding.transaction is None and finding.position:
            return next((row for row in self.rows if row.number == finding.position[0]), None)
        if finding.transaction is not None:
            return next((row for row in self.rows if row.index == finding.transaction), None)
        return None


class _Collector:
    """Walks an interchange once and numbers what it meets."""

    def __init__(self, interchange: Interchange, specs: Specs) -> None:
        self.specs = specs
        self.root = interchange.root
        self.known = {id(each.root): (index, each) for index, each in enumerate(interchange.transactions)}
        self.control = catair.envelope(specs.root, interchange.frame.get("direction", "in"))
        self.found: list[BatchRows] = []

    def run(self) -> list[BatchRows]:
        """Sort every record into its batch and block."""
        for child in self.root.children:
            if child.name == "A" or not self.found:
                self.found.append(BatchRows())
            if child.children:
                self._block(child)
                continue
            row = self._add(child, self.control)
            if child.name == "A":
                self.found[-1].begin = row
        return self.found

    def _add(self, node: Node, records: Mapping[str, Record]) -> Row:
        into = self.found[-1]
        text = node.text if isinstance(node, RecordNode) else record_text(node, records)
        start = node.start if isinstance(node, RecordNode) else -1
        row = Row(node.name, text.ljust(WIDTH), len(into.rows) + 1, start=start)
        into.rows.append(row)
        return row

    def _block(self, node: Node) -> None:
        block = BlockRows(len(self.found[-1].blocks) + 1)
        self.found[-1].blocks.append(block)
        for part in node.children:
            index, transaction = self.known.get(id(part), (-1, None))
            if transaction is not None:
                self._transaction(block, part, transaction, index)
                continue
            row = self._add(part, self.control)
            row.block = block.number
            if part.name == "B":
                block.begin = row

    def _transaction(self, block: BlockRows, root: Node, transaction: Transaction, index: int) -> None:
        spec = self.specs.message("catair", transaction.message, transaction.version)
        records = spec.records if isinstance(spec, catair.CatairSpec) else self.control
        filed = Filed(transaction, index)
        block.filed.append(filed)
        for node in _records(root):
            row = self._add(node, records)
            row.block, row.turn, row.index = block.number, len(block.filed), index
            filed.rows.append(row)


def batches(interchange: Interchange, specs: Specs) -> list[BatchRows]:
    """Give every batch of an interchange with its records in order."""
    return _Collector(interchange, specs).run()


def _records(root: Node) -> list[Node]:
    """Give the records of a tree in order; a node with leaves and children is a record too."""
    found: list[Node] = []
    _gather(root, found)
    return found


def _gather(node: Node, found: list[Node]) -> None:
    if isinstance(node, RecordNode) or node.values or not node.children:
        found.append(node)
    for child in node.children:
        _gather(child, found)


def shared_out(
    found: Sequence[BatchRows], findings: Sequence[Finding]
) -> list[list[tuple[Finding, Row | None]]]:
    """Give each batch the findings about it; what no batch knows goes to the first."""
    told: list[list[tuple[Finding, Row | None]]] = [[] for _ in found]
    for finding in findings:
        for number, each in enumerate(found):
            row = each.find(finding)
            if row is not None:
                told[number].append((finding, row))
                break
        else:
            if told:
                told[0].append((finding, None))
    return told
