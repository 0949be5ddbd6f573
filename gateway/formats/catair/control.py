"""The records A, B, Y and Z of one batch: there, well formed, and in agreement.

catair.md 3.1 to 3.3. Every fault here rejects the whole batch.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity, Span
from gateway.formats.catair.fields import Fault, faults
from gateway.specs import read_csv
from gateway.specs.catair_fields import WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gateway.formats.catair.nodes import LoopNode, RecordNode
    from gateway.formats.catair.reader import Batch, Block
    from gateway.specs.catair import Application, CatairSpec

CLAUSE = "cbp.batch.v23"
# Columns that Z repeats of A and Y of B (catair.md 3.1).
_A_IN_Z = ((2, 5), (6, 8), (15, 20), (38, 39))
_B_IN_Y = ((4, 7), (8, 10), (11, 12), (45, 46))
# Entry summary queries travel one block in a batch.
_ONE_BLOCK = frozenset({"EQ"})


@cache
def _names(root: Path) -> Mapping[tuple[str, str, str], str]:
    rows = read_csv(root / "edi_specs" / "catair" / "control.csv")
    return {(row["record"], row["columns"], row["problem"]): row["name"] for _, row in rows}


class BatchCheck:
    """The checks over one batch; `direction` is that of its application."""

    def __init__(self, root: Path, known: Mapping[str, Application], direction: str) -> None:
        """Begin without findings."""
        self.names = _names(root)
        self.known = known
        self.direction = direction
        self.findings: list[Finding] = []
        self._first = 0

    def run(self, batch: Batch, application: Application | None) -> list[Finding]:
        """Judge the control records; give what is wrong, in the order of the records."""
        self._first = batch.first
        if batch.begin is None:
            self._missing("A", "a-record/missing", batch.first)
        else:
            self._record(batch.begin, "A", batch.first)
            self._identifier(batch.begin, application)
        if not batch.blocks and not batch.short:
            self._missing("B", "b-record/missing", batch.first)
        for block in batch.blocks:
            self._block(batch, block, application)
        if batch.short:
            return self.findings
        if batch.end is None:
            self._missing("Z", "z-record/missing", batch.last)
        else:
            self._record(batch.end, "Z", batch.last)
            if batch.begin is not None and not _generated(batch.end):
                self._repeats(batch.begin, batch.end, _A_IN_Z, "z-record/mismatch", "Z", batch.last)
        return self.findings

    def _block(self, batch: Batch, block: Block, application: Application | None) -> None:
        place = "B" if block.number == 1 else f"B[{block.number}]"
        if block.begin is None:
            self._missing(place, "b-record/missing", block.first)
        else:
            self._record(block.begin, place, block.first)
            if not _generated(block.begin):
                self._block_identifier(batch, block.begin, place, block.first)
                self._preparer(block.begin, application, place, block.first)
        if block.number == 2 and application is not None and application.name in _ONE_BLOCK:
            self._say("B", "query/several", "one query block in a batch", block.begin, "", place, block.first)
        if block.short:
            return
        if not block.records:
            self._missing(f"{place}", "detail/missing", block.first)
        if block.end is None:
            self._missing(place.replace("B", "Y"), "y-record/missing", block.last)
            return
        place = place.replace("B", "Y")
        self._record(block.end, place, block.last)
        if block.begin is not None and not _generated(block.begin):
            self._repeats(block.begin, block.end, _B_IN_Y, "y-record/mismatch", place, block.last)
        self._count(block, block.end, place)

    def _record(self, node: RecordNode, place: str, number: int) -> None:
        layout = node.form
        if layout is None or layout.pattern.match(node.text):
            return
        for fault in faults(layout, node.text):
            key = fault.field.key if fault.field is not None else ""
            problem = self.names.get((node.name, key, fault.problem), fault.problem)
            self._fault(node, fault._replace(problem=problem), place, number)

    def _identifier(self, begin: RecordNode, application: Application | None) -> None:
        name = begin.text[25:27]
        if self.direction == "out":
            return
        if not name.strip():
            if application is None or application.dialect == "abi":
                self._say("A", "application/missing", "no application id", begin, "26-27", "A", self._first)
        elif name not in self.known:
            self._say(
                "A", "application/unknown", f"'{name}' is no application id", begin, "26-27", "A", self._first
            )

    def _block_identifier(self, batch: Batch, begin: RecordNode, place: str, number: int) -> None:
        name = begin.text[10:12]
        outer = batch.begin.text[25:27] if batch.begin is not None else ""
        if not name.strip():
            return
        if name not in self.known:
            if name == outer:
                return  # said of A
            self._say(
                "B",
                "application/unknown",
                f"'{name}' is no application id",
                begin,
                "11-12",
                place,
                number,
            )
        elif outer.strip() and outer != name:
            self._say(
                "B",
                "application/conflict",
                f"the block is {name}, the batch is {outer}",
                begin,
                "11-12",
                place,
                number,
                expected=outer,
            )

    def _preparer(self, begin: RecordNode, application: Application | None, place: str, number: int) -> None:
        text = begin.text.ljust(WIDTH)
        port, filer, used = text[46:50].strip(), text[50:53].strip(), text[55] == "1"
        if self.direction == "out":
            return

        def say(problem: str, message: str, key: str) -> None:
            self._say("B", problem, message, begin, key, place, number)

        if not used:
            if text[46:55].strip() and not text[55].strip():
                say("preparer/conflict", "preparer codes without the preparer indicator", "56")
            return
        if application is not None and not application.preparer:
            say("preparer/not-allowed", f"{application.name} takes no preparer", "56")
        if not port:
            say("preparer-port/missing", "the preparer's port is missing", "47-50")
        if not filer:
            say("preparer-filer/missing", "the preparer's filer code is missing", "51-53")
        elif filer != text[7:10].strip():
            say("preparer-filer/mismatch", "preparer and processing filer are not the same", "51-53")

    def _count(self, block: Block, end: RecordNode, place: str) -> None:
        if end.form is None or "13-17" not in end.form.by_key:
            return
        counted, wanted = end.text[12:17], str(len(block.records)).zfill(5)
        if counted.isdigit() and counted != wanted:
            self._say(
                "Y",
                "count/wrong",
                f"{len(block.records)} records stand in the block, Y counts {counted}",
                end,
                "13-17",
                place,
                block.last,
                expected=wanted,
            )

    def _repeats(
        self,
        first: RecordNode,
        second: RecordNode,
        columns: tuple[tuple[int, int], ...],
        problem: str,
        place: str,
        number: int,
    ) -> None:
        for start, end in columns:
            wanted, actual = (
                first.text.ljust(WIDTH)[start - 1 : end],
                second.text.ljust(WIDTH)[start - 1 : end],
            )
            if wanted != actual:
                message = f"columns {start}-{end} are not those of {first.name}"
                key = f"{start}-{end}"
                self._say(second.name, problem, message, second, key, place, number, expected=wanted.strip())

    def _missing(self, place: str, problem: str, number: int) -> None:
        letter = place[0]
        what = "records between B and Y" if problem.startswith("detail") else f"the {letter} record"
        self._say(letter, problem, f"{what} is missing", None, "", place, number, expected=letter)

    def _say(
        self,
        name: str,
        problem: str,
        message: str,
        node: RecordNode | None,
        key: str,
        place: str,
        number: int,
        *,
        expected: str = "",
    ) -> None:
        fault = Fault(None, problem, message, expected, node.get(key) if node is not None else "")
        self._fault(node, fault, place, number, name=name, key=key)

    def _fault(
        self,
        node: RecordNode | None,
        fault: Fault,
        place: str,
        number: int,
        *,
        name: str = "",
        key: str = "",
    ) -> None:
        if fault.field is not None:
            key = fault.field.key
        name = name or (node.name if node is not None else "")
        span: Span | None = None
        if node is not None:
            span = (node.span(key) if key else None) or node.extent()
        column = int(key.partition("-")[0]) if key else 0
        severity = fault.severity
        if self.direction == "out" and severity is Severity.ERROR and fault.layer is Layer.CODE:
            severity = Severity.WARNING
        self.findings.append(
            Finding(
                code=f"catair.envelope/{name}{':' if key else ''}{key}/{fault.problem}",
                message=fault.message,
                severity=severity,
                layer=Layer.SYNTAX,
                clause=f"{CLAUSE}/{name}",
                place=f"{place}{':' if key else ''}{key}",
                span=span,
                expected=fault.expected,
                actual=fault.actual,
                position=(number - self._first + 1, column),
            )
        )


def _generated(node: RecordNode) -> bool:
    """Tell whether CBP made this record itself: its own letter stands in column 80."""
    return node.text[79:80] == node.name


def filer_mismatch(
    spec: CatairSpec, header: str, begin: RecordNode | None, root: LoopNode, index: int, number: int
) -> list[Finding]:
    """Tell where a transaction's filer is not that of its block; a post summary correction may differ."""
    told = spec.application.filer
    if not told or begin is None:
        return []
    name, _, key = told.partition(":")
    start, end = (int(part) for part in key.split("-"))
    actual, wanted = header[start - 1 : end], begin.text[7:10]
    correction = name == "10" and header[64:65] == "Y"
    leader = root.children[0] if root.children else None
    if not actual.strip():
        return []  # what is not there is missing, which the record's own fields tell
    if actual == wanted or correction or not header.startswith(name) or leader is None:
        return []
    return [
        Finding(
            code=f"catair.{spec.message}.{spec.version}/{told}/filer/mismatch",
            message="the filer of the entry is not the filer of the block",
            clause=f"{CLAUSE}/B",
            place=told,
            span=leader.span(key),
            expected=wanted.strip(),
            actual=actual.strip(),
            transaction=index,
            position=(number, start),
        )
    ]
