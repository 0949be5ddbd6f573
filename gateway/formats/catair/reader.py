"""Bytes to an `Interchange`: batches A to Z, blocks B to Y, transactions in between.

The record id does not name the layout, the application id does (catair.md 1): what
stands in B 11-12, else in A 26-27, chooses the message and the direction. A block that
CBP generated (`B` in column 80) has none; its first record tells what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer
from gateway.formats.catair.control import BatchCheck, filer_mismatch
from gateway.formats.catair.cutting import Cut, cut
from gateway.formats.catair.grammar import TransactionWalk
from gateway.formats.catair.nodes import UNKNOWN, LoopNode, RecordNode
from gateway.formats.catair.substitution import expanded
from gateway.specs import catair
from gateway.tree import Interchange, Transaction

if TYPE_CHECKING:
    from gateway.specs import Limits, Specs
    from gateway.specs.catair import Application, CatairSpec
    from gateway.tree import Node

# What a generated block holds, told by its first record.
_CONTROL = "ABYZ"
_GENERATED = {"X0": "X1", "X1": "X1", "E0": "AX", "E1": "AX", "EA": "QT", "EB": "QT", "EY": "QT", "EZ": "QT"}


@dataclass(slots=True)
class Block:
    """One block while it is read; records are numbers into the cut, as are `first` and `last`.

    `short`: it goes on behind the records that may be read.
    """

    node: LoopNode
    number: int
    first: int
    begin: RecordNode | None = None
    end: RecordNode | None = None
    records: list[int] = field(default_factory=list)
    short: bool = False

    @property
    def last(self) -> int:
        """Number of the record where the block ends, or should have."""
        if self.end is not None:
            return self.first + len(self.records) + (self.begin is not None)
        return self.records[-1] if self.records else self.first


@dataclass(slots=True)
class Batch:
    """One batch while it is read; `first` is the number of its first record in the cut, `short` as of a block."""

    number: int
    first: int
    last: int
    begin: RecordNode | None = None
    end: RecordNode | None = None
    blocks: list[Block] = field(default_factory=list)
    short: bool = False


class Reading:
    """One read: the cut, what was built, what was found."""

    def __init__(self, data: bytes, specs: Specs, limits: Limits) -> None:
        """Cut the bytes; nothing is judged yet."""
        self.specs = specs
        self.limits = limits
        self.cut: Cut = cut(data, limits)
        self.root = LoopNode("CATAIR")
        self.findings: list[Finding] = []
        self.made = 0
        self.more = False
        for finding in self.cut.findings:
            self._keep(finding)
        self.transactions: list[Transaction] = []
        self.applications = catair.applications(specs.root)
        self.batches: list[Batch] = []
        self.data = data

    def run(self) -> Interchange:
        """Read everything; give the interchange."""
        self._split()
        if self.cut.short:
            self._leave_open()
        for batch in self.batches:
            self._batch(batch)
        head = self.batches[0].begin if self.batches else None
        if self.more:
            message = f"more than {self.limits.findings_max} findings; the rest was cut"
            self.findings.append(_fault("limit/findings_max", message))
        direction = self._direction()
        ours = f"{head.get('2-5')}{head.get('6-8')}" if head is not None else ""
        return Interchange(
            format="catair",
            root=self.root,
            transactions=self.transactions,
            separator=":",
            sender="CBP" if direction == "out" else ours,
            receiver=ours if direction == "out" else "CBP",
            control=head.get("60-80") if head is not None else "",
            frame={"direction": direction},
            findings=self.findings,
            data=self.data,
        )

    def _split(self) -> None:
        """Sort records into batches and blocks by their first character."""
        batch: Batch | None = None
        block: Block | None = None
        for number, text in enumerate(self.cut.records):
            letter = text[0]
            if letter not in _CONTROL and batch is not None and block is not None and block.end is None:
                # Nearly all records: the block that was begun goes on.
                batch.last = number
                block.records.append(number)
                continue
            if letter == "A" or batch is None or batch.end is not None:
                batch, block = Batch(len(self.batches) + 1, number, number), None
                self.batches.append(batch)
                if letter == "A":
                    batch.begin = self._control(number, "A", self.root)
                    continue
            batch.last = number
            if letter == "Z":
                batch.end, block = self._control(number, "Z", self.root), None
            elif letter == "B":
                block = self._block(batch, number)
                block.begin = self._control(number, "B", block.node)
            elif letter == "Y":
                if block is None or block.end is not None:
                    block = self._block(batch, number)
                block.end = self._control(number, "Y", block.node)
            else:
                if block is None or block.end is not None:
                    block = self._block(batch, number)
                block.records.append(number)

    def _leave_open(self) -> None:
        """Mark what goes on behind the records that may be read: nothing can be said of what it lacks."""
        batch = self.batches[-1]
        batch.short = batch.end is None
        if batch.short and batch.blocks:
            batch.blocks[-1].short = batch.blocks[-1].end is None

    def _block(self, batch: Batch, number: int) -> Block:
        block = Block(LoopNode("B"), len(batch.blocks) + 1, number)
        batch.blocks.append(block)
        self.root.children.append(block.node)
        return block

    def _control(self, number: int, name: str, parent: LoopNode) -> RecordNode:
        """Take a control record; its layout is that of the batch's direction, which is not known yet."""
        node = RecordNode(
            name, self.cut.records[number], self.cut.starts[number], None, self.cut.ends[number]
        )
        parent.children.append(node)
        return node

    def _batch(self, batch: Batch) -> None:
        application = self._application(batch)
        direction = application.direction if application is not None else self._direction()
        self._relayout(batch, direction)
        check = BatchCheck(self.specs.root, self.applications, direction)
        for finding in check.run(batch, application):
            self._keep(finding)
        for block in batch.blocks:
            self._read_block(batch, block, application)

    def _relayout(self, batch: Batch, direction: str) -> None:
        """Give every control record the layout of the batch's direction."""
        records = catair.envelope(self.specs.root, direction)
        nodes = [batch.begin, batch.end]
        for block in batch.blocks:
            nodes += [block.begin, block.end]
        for node in nodes:
            if node is not None:
                node.form = records[node.name].choose(node.text)

    def _application(self, batch: Batch) -> Application | None:
        texts = [block.begin.text[10:12] for block in batch.blocks if block.begin is not None]
        if batch.begin is not None:
            texts.append(batch.begin.text[25:27])
        for text in texts:
            if (found := self.applications.get(text)) is not None:
                return found
        for block in batch.blocks:
            if block.begin is not None and block.begin.text[79:80] == "B" and block.records:
                name = _GENERATED.get(self.cut.records[block.records[0]][:2], "")
                return self.applications.get(name)
        return None

    def _read_block(self, batch: Batch, block: Block, application: Application | None) -> None:
        spec = self._spec(application)
        closing = block.node.children.pop() if block.end is not None else None
        if spec is None:
            if application is not None and block.records:
                message = f"there are no tables for {application.name} ({application.title})"
                self._keep(_fault("application/not-described", message))
            self._keep_raw(block, block.records)
        else:
            transactions = self._transactions(spec, block.records)
            left = transactions.pop() if block.short and transactions else []
            for numbers in transactions:
                self._transaction(batch, block, spec, numbers)
            self._keep_raw(block, left)
        if closing is not None:
            block.node.children.append(closing)

    def _spec(self, application: Application | None) -> CatairSpec | None:
        if application is None or not application.version:
            return None
        found = self.specs.message("catair", application.name, application.version)
        return found if isinstance(found, catair.CatairSpec) else None

    def _transactions(self, spec: CatairSpec, numbers: list[int]) -> list[list[int]]:
        """Cut a block before each record that opens a transaction; none opens: the block is one."""
        found: list[list[int]] = []
        wires = tuple(spec.records[name].wire for name in spec.opens)
        records = self.cut.records
        part: list[int] = []
        for number in numbers:
            text = records[number]
            if not found or (text.startswith(wires) and self._opens(spec, text)):
                part = []
                found.append(part)
            part.append(number)
        return found

    def _opens(self, spec: CatairSpec, text: str) -> bool:
        record = spec.record(text)
        if record is None or record.name not in spec.opens:
            return False
        selector = spec.opens[record.name]
        return selector is None or selector.holds(text)

    def _transaction(self, batch: Batch, block: Block, spec: CatairSpec, numbers: list[int]) -> None:
        index = len(self.transactions)
        # A block has no gap: only control records end one.
        here = slice(numbers[0], numbers[-1] + 1)
        records = self.cut.records[here]
        if index >= self.limits.transactions_max:
            if index == self.limits.transactions_max:
                self._keep(_fault("limit/transactions_max", f"more than {index} transactions"))
            self._keep_raw(block, numbers)
            return
        first = numbers[0] - batch.first + 1
        walk = TransactionWalk(spec, index, first, self.limits.findings_max - self.made)
        root, found = walk.run(records, self.cut.starts[here], self.cut.ends[here]), walk.findings
        self.more = self.more or walk.cut
        meant = expanded(root) if walk.groups.asked else None
        block.node.children.append(root)
        if spec.opens and not self._opens(spec, records[0]):
            found.insert(0, _headless(spec, index, root, first))
        found.extend(filer_mismatch(spec, records[0], block.begin, root, index, first))
        room = max(self.limits.findings_max - self.made, 0)
        self.more = self.more or len(found) > room
        del found[room:]
        self.made += len(found)
        self.transactions.append(
            Transaction(
                message=spec.message,
                version=spec.version,
                control=_control_number(spec, records[0], index),
                root=root,
                findings=found,
                meant=meant,
            )
        )

    def _keep_raw(self, block: Block, numbers: list[int]) -> None:
        """Keep records that nothing here can judge."""
        for number in numbers:
            start, end = self.cut.starts[number], self.cut.ends[number]
            block.node.children.append(RecordNode(UNKNOWN, self.cut.records[number], start, None, end))

    def _keep(self, finding: Finding) -> None:
        if self.made < self.limits.findings_max:
            self.findings.append(finding)
            self.made += 1
        else:
            self.more = True

    def _direction(self) -> str:
        for batch in self.batches:
            found = self._application(batch)
            if found is not None:
                return found.direction
            if batch.begin is not None and not batch.begin.text[25:27].strip():
                return "out"
        return "in"


def _fault(problem: str, message: str) -> Finding:
    return Finding(code=f"catair.envelope/{problem}", message=message, layer=Layer.SYNTAX)


def _headless(spec: CatairSpec, index: int, root: Node, number: int) -> Finding:
    wanted = " or ".join(spec.opens)
    return Finding(
        code=f"catair.{spec.message}.{spec.version}/{next(iter(spec.opens))}/header/missing",
        message=f"the transaction does not begin with {wanted}",
        layer=Layer.SYNTAX,
        clause="cbp.batch.v23/X33",
        place=wanted,
        span=root.extent(),
        expected=wanted,
        transaction=index,
        position=(number, 0),
    )


def _control_number(spec: CatairSpec, header: str, index: int) -> str:
    """Give what the sender calls a transaction: the entry number where the header has one."""
    record = spec.record(header)
    if record is None:
        return str(index + 1)
    layout = record.choose(header)
    number = next((field for field in layout.fields if field.shape_name == "entry"), None)
    filer = next((field for field in layout.fields if field.shape_name == "filer"), None)
    if number is None or filer is None or not number.cut(header).strip():
        return str(index + 1)
    return filer.cut(header) + number.cut(header)


def read(data: bytes, specs: Specs, limits: Limits) -> Interchange:
    """Read any bytes; whatever is wrong is a finding."""
    return Reading(data, specs, limits).run()
