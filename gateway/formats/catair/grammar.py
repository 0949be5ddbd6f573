"""Records of one transaction to its tree, judged against the structure and the layouts.

One walk does both: each record goes to the nearest open loop that takes it. What a
record breaks is told by `fields.faults`, what the order breaks is told here.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity
from gateway.formats.catair import substitution
from gateway.formats.catair.fields import Fault, faults
from gateway.formats.catair.known import KNOWN, Arrangement, Good, Ordered, Place
from gateway.formats.catair.nodes import UNKNOWN, LoopNode, RecordNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.formats.catair.known import Key
    from gateway.specs.catair import CatairSpec, Order
    from gateway.specs.catair_fields import Selector
    from gateway.specs.catair_structure import Loop, Section, Slot

_CLOSED = 1_000_000


class _Frame:
    """A loop that is open: where it stands in its order, how often each slot was met."""

    __slots__ = ("counts", "loop", "node", "ordered", "rank", "seen", "turn")

    def __init__(self, loop: Loop, node: LoopNode, turn: int) -> None:
        self.loop = loop
        self.node = node
        self.turn = turn
        self.rank = 0
        self.counts: dict[Slot, int] = {}
        self.seen: dict[Slot, set[str]] = {}
        # What has an order among its siblings: the record, its number and its turn.
        self.ordered: dict[str, list[tuple[RecordNode, int, int]]] = {}


class TransactionWalk:
    """The walk over one transaction.

    `first` is the number of its first record in the batch, `room` how many findings may
    still be made, `index` the zero-based place of the transaction in the interchange.
    """

    def __init__(self, spec: CatairSpec, index: int, first: int, room: int) -> None:
        """Begin with an empty tree."""
        self.spec = spec
        self.index = index
        self.first = first
        self.findings: list[Finding] = []
        self.root = LoopNode(spec.message)
        self.frames: list[_Frame] = []
        self.room = room
        self.cut = False
        self.groups = substitution.Groups()
        # One for each record that stands where it belongs, and siblings that have an order.
        self._places: list[Place] = []
        self._ordered: list[Ordered] = []
        self._header = ""
        self._number = 0
        self._turn = 1

    def run(self, records: Sequence[str], starts: Sequence[int], ends: Sequence[int]) -> LoopNode:
        """Place every record, each with where its bytes begin and end; give the transaction's root."""
        section = _section(self.spec, records[0])
        nodes, key = self._cut(section, records, starts, ends)
        known = KNOWN.find(key) if key is not None else None
        root = known.tree(nodes) if known is not None else None
        if root is not None:
            self.root = root
        else:
            self._walk(section, nodes)
            if key is not None and not self.findings and not self.cut:
                KNOWN.keep(key, Arrangement(self.spec, tuple(self._places), tuple(self._ordered)))
        self._final(records)
        return self.root

    def _cut(
        self, section: Section, records: Sequence[str], starts: Sequence[int], ends: Sequence[int]
    ) -> tuple[list[RecordNode], Key | None]:
        """Give each record with its layout, and the key of their arrangement; no key where one has a fault."""
        known = KNOWN.texts(section)
        nodes: list[RecordNode] = []
        key: list[int | str] = [
            id(section),
            *(records[0][start:end] for start, end in section.asked_of_header),
        ]
        good = True
        for text, start, end in zip(records, starts, ends, strict=True):
            found = known.get(text)
            if found is not None:
                name, layout, told = found
                nodes.append(RecordNode(name, text, start, layout, end))
                key.append(told)
                continue
            record = self.spec.record(text)
            if record is None:
                nodes.append(RecordNode(UNKNOWN, text, start, None, end))
                good = False
                continue
            layout = record.layout or record.choose(text)
            nodes.append(RecordNode(record.name, text, start, layout, end))
            # What groups of PG00 say of each other is not told by their names.
            if record.name == substitution.RECORD or layout.pattern.match(text) is None:
                good = False
                continue
            columns = section.asked.get(record.name, ())
            told = ":".join([record.name, *(text[first:last] for first, last in columns)])
            key.append(told)
            known[text] = Good(record.name, layout, told)
        return nodes, tuple(key) if good else None

    def _walk(self, section: Section, nodes: Sequence[RecordNode]) -> None:
        """Place record after record, and tell what each of them breaks."""
        self._header = nodes[0].text
        self.frames = [_Frame(section.root, self.root, 1)]
        selectors = section.selectors
        for number, node in enumerate(nodes):
            self._number = number
            layout = node.form
            if layout is None:
                self._unknown(node)
                continue
            selector = selectors.get(node.name)
            symbol = f"{node.name}={selector.cut(node.text)}" if selector is not None else node.name
            self._place(node, symbol)
            if node.name == substitution.RECORD and (fault := self.groups.check(node)) is not None:
                self._tell(node, fault, columns=(6, 9))
            if layout.pattern.match(node.text) is None and not self.cut:
                for fault in faults(layout, node.text):
                    self._tell(node, fault)
        while self.frames:
            self._close()

    def _place(self, node: RecordNode, symbol: str) -> None:
        frames = self.frames
        for depth in range(len(frames) - 1, -1, -1):
            frame = frames[depth]
            slots = frame.loop.by_symbol.get(symbol)
            if slots is None:
                continue
            for slot in slots:
                if slot.rank >= frame.rank:
                    while len(frames) > depth + 1:
                        self._close()
                    self._enter(frame, slot, node)
                    self._places.append(_place_of(depth, slot.name if slot.loop is not None else ""))
                    return
        self._misplaced(node, symbol)

    def _enter(self, frame: _Frame, slot: Slot, node: RecordNode, *, astray: bool = False) -> None:
        """Place a record; of one that went astray only that is told, not that it is one too many as well."""
        count = frame.counts.get(slot, 0) + 1
        frame.counts[slot] = count
        self._turn = count
        frame.rank = _CLOSED if slot.end else slot.rank
        if slot.loop is None:
            frame.node.children.append(node)
        else:
            loop = LoopNode(slot.name)
            loop.children.append(node)
            frame.node.children.append(loop)
            self.frames.append(_Frame(slot.loop, loop, count))
        if slot.count_max is not None and count == slot.count_max + 1 and not astray:
            self._order(
                node, "loop/exceeded", f"more than {slot.count_max} of {slot.name}", str(slot.count_max)
            )
        if slot.guard is not None and not slot.guard.selector.holds(self._header):
            self._order(node, "record/not-allowed", f"{slot.name} may not stand in this transaction")
        if slot.unique is not None:
            self._once(frame, slot, node)
        if slot.count is not None:
            self._counted(slot, count, node)
        if node.name in self.spec.orders:
            frame.ordered.setdefault(node.name, []).append((node, self._number, count))

    def _once(self, frame: _Frame, slot: Slot, node: RecordNode) -> None:
        start, end = slot.unique or (0, 0)
        text = node.text[start:end]
        seen = frame.seen.setdefault(slot, set())
        if text in seen:
            fault = Fault(
                None, "record/duplicate", f"a second {slot.name} with '{text.strip()}'", "", text.strip()
            )
            self._tell(node, fault, columns=(start + 1, end))
        seen.add(text)

    def _counted(self, slot: Slot, count: int, node: RecordNode) -> None:
        start, end = slot.count or (0, 0)
        text = node.text[start:end]
        wanted = str(count).zfill(end - start)
        if text.isdigit() and text != wanted:
            fault = Fault(None, "count/wrong", f"{slot.name} is numbered {text}, not {wanted}", wanted, text)
            self._tell(node, fault, columns=(start + 1, end))

    def _misplaced(self, node: RecordNode, symbol: str) -> None:
        for frame in reversed(self.frames):
            slots = frame.loop.by_symbol.get(symbol)
            if slots:
                while self.frames[-1] is not frame:
                    self._close()
                rank = frame.rank
                # What ends a loop and comes again stands where it belongs; it is one too many.
                again = slots[0].end and slots[0] in frame.counts
                self._enter(frame, slots[0], node, astray=not again)
                if slots[0].loop is None:
                    frame.rank = rank
                if again:
                    return
                break
        else:
            self._turn = 1
            self.frames[-1].node.children.append(node)
        self._order(node, "record/sequence", f"{node.name} is out of sequence")

    def _unknown(self, node: RecordNode) -> None:
        self.frames[-1].node.children.append(node)
        self._turn = 1
        self._order(node, "record/unknown", f"'{node.text[:4].strip()}' is no record of {self.spec.message}")

    def _close(self) -> None:
        frame = self.frames[-1]
        # Without what opens it a transaction has no header, which the reader tells.
        opened = self.spec.opens if len(self.frames) == 1 else {}
        for slot in frame.loop.mandatory:
            if slot not in frame.counts and slot.name not in opened:
                self._missing(frame, slot)
        for name, met in frame.ordered.items():
            if len(met) > 1:
                self._ordered.append(Ordered(self.spec.orders[name], tuple(number for _, number, _ in met)))
                self._ranked(self.spec.orders[name], met)
        self.frames.pop()

    def _ranked(self, order: Order, met: Sequence[tuple[RecordNode, int, int]]) -> None:
        """Tell which of some siblings stand behind what they belong before."""
        number = self._number
        texts = [node.get(order.key) for node, _, _ in met]
        for place, first in order.strays(texts):
            node, self._number, self._turn = met[place]
            fault = Fault(
                node.form.by_key.get(order.key) if node.form is not None else None,
                "order/wrong",
                f"{texts[place]} stands behind {texts[first]}",
                order.expected,
                texts[place],
                layer=Layer.SCHEMA,
                severity=Severity.ERROR if order.refused else Severity.WARNING,
            )
            self._tell(node, fault)
        self._number = number

    def _missing(self, frame: _Frame, slot: Slot) -> None:
        if slot.guard is not None and not slot.guard.selector.holds(self._header):
            return
        path = self._path()
        self._keep(
            Finding(
                code=self._code(slot.name, "record/missing"),
                message=f"{slot.name} is missing" + (f" in {frame.loop.name}" if frame.loop.name else ""),
                layer=Layer.SYNTAX,
                clause=self._clause(slot.name),
                place=f"{path}/{slot.name}" if path else slot.name,
                span=frame.node.extent(),
                expected=slot.name,
                transaction=self.index,
                position=(self.first + self._number, 0),
            )
        )

    def _final(self, records: Sequence[str]) -> None:
        final = self.spec.final
        if final is not None and not self._is(records[-1], *final):
            name = final[0]
            self._keep(
                Finding(
                    code=self._code(name, "record/final"),
                    message=f"the transaction does not end with the {name} that decides it",
                    layer=Layer.SYNTAX,
                    clause=self._clause(name),
                    place=name,
                    span=self.root.extent(),
                    expected=self.spec.application.final,
                    transaction=self.index,
                    position=(self.first + len(records) - 1, 0),
                )
            )

    def _is(self, text: str, name: str, selector: Selector | None) -> bool:
        record = self.spec.record(text)
        return record is not None and record.name == name and (selector is None or selector.holds(text))

    def _order(self, node: RecordNode, problem: str, message: str, expected: str = "") -> None:
        layer = Layer.SCHEMA if problem == "record/not-allowed" else Layer.SYNTAX
        self._tell(node, Fault(None, problem, message, expected, node.name, layer=layer))

    def _tell(self, node: RecordNode, fault: Fault, columns: tuple[int, int] | None = None) -> None:
        if self.cut:
            return
        field = fault.field
        if field is not None:
            columns = (field.start, field.end)
        address, place, span = node.name, self._path(node) or node.name, node.extent()
        if columns is not None:
            key = field.key if field is not None else f"{columns[0]}-{columns[1]}"
            address, place = f"{address}:{key}", f"{place}:{key}"
            span = node.span(key) or span
        severity = fault.severity
        if fault.layer is not Layer.SYNTAX and self.spec.application.direction == "out":
            # An answer mirrors records with their faults, and its code lists grow faster than ours.
            severity = Severity.WARNING
        self._keep(
            Finding(
                code=self._code(address, fault.problem),
                message=fault.message,
                severity=severity,
                layer=fault.layer,
                clause=self._clause(address),
                place=place,
                span=span,
                expected=fault.expected,
                actual=fault.actual,
                transaction=self.index,
                position=(self.first + self._number, columns[0] if columns else 0),
            )
        )

    def _path(self, node: RecordNode | None = None) -> str:
        """Give the address of the innermost open loop, or of the record just placed in it.

        A leader has the address of its loop. Occurrences are shown from the second on.
        """
        steps = [_step(frame.node.name, frame.turn) for frame in self.frames[1:]]
        if node is not None and self.frames[-1].node.children[0] is not node:
            steps.append(_step(node.name, self._turn))
        elif node is not None and len(self.frames) == 1:
            steps.append(node.name)
        return "/".join(steps)

    def _keep(self, finding: Finding) -> None:
        if len(self.findings) < self.room:
            self.findings.append(finding)
        else:
            self.cut = True

    def _code(self, address: str, problem: str) -> str:
        return f"catair.{self.spec.message}.{self.spec.version}/{address}/{problem}"

    def _clause(self, address: str) -> str:
        return f"cbp.{self.spec.message.lower()}.{self.spec.version}/{address}"


def _section(spec: CatairSpec, first: str) -> Section:
    """Give the structure that this header asks for, the first where none fits."""
    for section in spec.sections:
        if section.when is None or section.when.selector.holds(first):
            return section
    return spec.sections[0]


@cache
def _place_of(depth: int, loop: str) -> Place:
    """Give one object for all places that are the same."""
    return Place(depth, loop)


def _step(name: str, turn: int) -> str:
    return name if turn < 2 else f"{name}[{turn}]"
