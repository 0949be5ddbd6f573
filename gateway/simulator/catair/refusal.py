"""A batch that is refused as a whole: X0 and X1, E1 with A-codes, EA to EZ (catair.md 3.3).

Lives here: which findings of the reader refuse a batch, and the records that say so. Never
here: values; a bad one rejects its transaction only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.finding import Layer, Severity
from gateway.simulator.catair.batch import ANSWERS, IN_BOND, Batch, Block, Mirror
from gateway.simulator.catair.compose import book, layouts
from gateway.simulator.catair.conditions import Found, text_of
from gateway.simulator.catair.place import Path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.finding import Finding
    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Record
    from gateway.tree import Interchange

_LAST = "999"
_OTHER = "X40"
# Records of a summary whose absence is a condition (100, 185, 400, 431, 701), not a broken batch.
_SUMMARY_RECORDS = ("11", "23", "40", "50", "90")
# The same in an agency set: P01, P03, P54.
_AGENCY_RECORDS = ("OI", "PG01", "PG02")
# A block and what it may say of more than this many faults is cut: one fix reveals the next.
_FAULTS_MAX = 99


# Codes of control records that are not there: they have no number to be found by.
_LETTERS = {"X03": "B", "X04": "B", "X05": "Y", "X06": "Z"}


class Fault(NamedTuple):
    """One reason for refusing: code, record number in the batch (0 unknown), column (0 whole)."""

    code: str
    record: int
    column: int
    control: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the reader found: reasons to refuse the batch, and conditions of single records."""

    faults: Sequence[Fault]
    summary_faults: Sequence[Fault]
    conditions: Sequence[Found]


def judge(ace: Ace, batch: Batch, interchange: Interchange) -> Judgement:
    """Sort the reader's findings: structure refuses the batch, a value only its transaction."""
    if batch.application not in ANSWERS and batch.application in ace.onfile.applications:
        # What would answer is not here, so nothing in it is looked at.
        return Judgement([Fault("X13", 1, 26, control=True)], (), ())
    faults = [_control(ace, finding) for finding in interchange.findings if _error(finding)]
    faults += _own(ace, batch)
    conditions: list[Found] = []
    broken: list[Fault] = []
    deleting = _deletions(batch)
    for transaction in interchange.transactions:
        for finding in transaction.findings:
            number = finding.position[0] if finding.position else 0
            if not _error(finding) or number in deleting:
                continue
            if _checked_here(batch, finding):
                continue
            if _misgrouped(finding):
                conditions.append(Found(number, "P35"))
            elif finding.layer is Layer.SYNTAX and not _own_code(ace, batch, finding):
                broken.append(_structure(ace, batch, finding))
            else:
                conditions.append(_condition(ace, batch, finding))
    if batch.application == "AE":
        return Judgement(faults, broken, conditions)
    return Judgement([*faults, *broken], (), conditions)


def _checked_here(batch: Batch, finding: Finding) -> bool:
    """Leave a missing record to the checks where they have a code of their own for it."""
    record = finding.code.split("/")[1]
    if finding.problem == "record/missing":
        return record in _AGENCY_RECORDS or (batch.application == "AE" and record in _SUMMARY_RECORDS)
    return finding.problem == "record/sequence" and record == "PG01"


def _misgrouped(finding: Finding) -> bool:
    """Tell whether an agency record stands where it may not: P35, not a broken batch."""
    record = finding.code.split("/")[1]
    return finding.problem in {"record/sequence", "loop/exceeded"} and record.startswith("PG")


def _own_code(ace: Ace, batch: Batch, finding: Finding) -> bool:
    """Tell whether a fault of structure rejects its transaction: in-bond, and where an eBond has a code for it."""
    if batch.application != "CB":
        return batch.application in IN_BOND
    return (batch.application, _address(finding), finding.problem) in ace.onfile.value_codes


def _address(finding: Finding) -> str:
    return finding.code.split("/")[1] if "/" in finding.code else finding.place


def _error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _control(ace: Ace, finding: Finding) -> Fault:
    code = ace.onfile.refusals.get(finding.problem, {}).get("batch") or _OTHER
    number, column = _position(finding)
    return Fault(code, number, column, control=True)


def _structure(ace: Ace, batch: Batch, finding: Finding) -> Fault:
    row = ace.onfile.refusals.get(finding.problem, {})
    code = row.get("summary" if batch.application == "AE" else "batch")
    number, column = _position(finding)
    return Fault(code or ("A03" if batch.application == "AE" else _OTHER), number, column, control=False)


def _position(finding: Finding) -> tuple[int, int]:
    """Give record number and column; a span alone tells them too, as there are no line ends."""
    if len(finding.position) > 1:
        return finding.position[0], finding.position[1]
    if finding.span is not None:
        return finding.span.start // 80 + 1, finding.span.start % 80 + 1
    return 0, 0


def _condition(ace: Ace, batch: Batch, finding: Finding) -> Found:
    """Give a bad value as a condition: its code where the table knows one, else its words."""
    number, column = _position(finding)
    address = _address(finding)
    code = ace.onfile.value_codes.get((batch.application, address, finding.problem), "")
    answer = ANSWERS.get(batch.application, ("SX", ""))[0]
    text = text_of(ace.specs.root, answer, code) if code else finding.message.upper()
    return Found(number, code, text, column=column)


def _own(ace: Ace, batch: Batch) -> Iterator[Fault]:
    """Refuse what no reader can know: filers that may not file."""
    for block in batch.blocks:
        filer = block.b.cut("8-10")
        if filer and not ace.onfile.filer_known(filer):
            yield Fault("X17", block.b.number, 8, control=True)


def _deletions(batch: Batch) -> set[int]:
    """Give the records of AE deletions: data beyond the header is B24 there, not a broken batch."""
    if batch.application != "AE":
        return set()
    return {
        record.number
        for block in batch.blocks
        for transaction in block.transactions
        if transaction[0].text[2:3] == "D"
        for record in transaction
    }


def answer(ace: Ace, batch: Batch, judgement: Judgement) -> bytes | None:
    """Write the refusal of a batch, None where it is not refused."""
    mirror = Mirror(layouts(ace.specs.root), batch, ANSWERS.get(batch.application, ("", ""))[0])
    if judgement.faults:
        if batch.application in IN_BOND:
            return mirror.whole([(block, _eman(ace, batch, judgement.faults)) for block in batch.blocks[:1]])
        return mirror.rejected(list(_records(ace, batch, judgement.faults)))
    if judgement.summary_faults:
        return mirror.whole(
            [(block, tuple(_summary(ace, block, judgement.summary_faults))) for block in batch.blocks]
        )
    return None


def _records(ace: Ace, batch: Batch, faults: Sequence[Fault]) -> Iterator[str]:
    """Yield X0 and X1 for each fault, in the order of the batch, then the last X1."""
    made = book(layouts(ace.specs.root), "X1")

    def condition(code: str, disposition: str = "") -> str:
        text = text_of(ace.specs.root, "X1", code)
        return made.record("X1", {"3": disposition, "4": "F", "5-7": code, "11-50": text})

    told = ""
    # A code is said once for a record: Z that differs from A in three places differs from A.
    once = {(fault.code, fault.record): fault for fault in reversed(faults)}
    for fault in sorted(once.values(), key=lambda fault: fault.record)[:_FAULTS_MAX]:
        turn, block = _block_of(batch, fault)
        place = ""
        if block is not None:
            place = f"block {turn}"
            if place != told and not told.startswith(f"{place} "):
                yield made.record("X0", _block_place(turn, block))
            if not fault.control:
                count = _transaction_of(block, fault.record)
                place = f"{place} record {fault.record} {fault.column}"
                if place != told:
                    text = f"{fault.record:07d} {fault.column:02d}"
                    values = {"4-9": "TRNACT", "11-16": str(count), "18-24": "REF ID:", "26-80": text}
                    yield made.record("X0", values)
        told = place
        yield condition(fault.code)
    yield condition(_LAST, "R")


def _block_place(turn: int, block: Block) -> dict[str, str]:
    b = block.b
    text = (
        f"{b.text[3:7]} {b.text[7:10]} {b.text[44:46]} {b.text[10:12]} {block.user_data} "
        f"{b.text[46:50]}{b.text[50:53]}{b.text[53:55]}{b.text[55:56]}"
    )
    return {"4-9": "BLOCK", "11-16": str(turn), "18-24": "REF ID:", "26-80": text}


def _block_of(batch: Batch, fault: Fault) -> tuple[int, Block | None]:
    """Give the block a fault lies in; none for A, Z and control records that are not there."""
    for turn, block in enumerate(batch.blocks, 1):
        numbers = {block.b.number, *(record.number for part in block.transactions for record in part)}
        if block.y is not None:
            numbers.add(block.y.number)
        if fault.record in numbers:
            return turn, block
    return 0, None


def _transaction_of(block: Block, number: int) -> int:
    for turn, transaction in enumerate(block.transactions, 1):
        if any(record.number == number for record in transaction):
            return turn
    return 1


def _summary(ace: Ace, block: Block, faults: Sequence[Fault]) -> Iterator[str]:
    """Yield what an AE chapter says of broken structure: E0, E1 with A-codes, then E1RF999."""
    made = book(layouts(ace.specs.root), "AX")
    numbered = {record.number: record for part in block.transactions for record in part}
    for turn, transaction in enumerate(block.transactions, 1):
        here = [fault for fault in faults if any(record.number == fault.record for record in transaction)]
        if not here:
            continue
        path = Path(made, transaction, turn)
        yield path.summary("SUMMRY")
        for fault in here[:_FAULTS_MAX]:
            yield from path.to(numbered[fault.record])
            text = _summary_text(ace, fault, numbered[fault.record])
            yield made.record("E1", {"4": "F", "5-7": fault.code, "11-50": text})
        yield _summary_end(ace, transaction[0])


def _summary_text(ace: Ace, fault: Fault, record: Record) -> str:
    if fault.code == "A03":
        return f"RECORD: {record.text[:4]} STARTING POSITION: {fault.column:02d}"
    return text_of(ace.specs.root, "AX", fault.code)


def _summary_end(ace: Ace, head: Record) -> str:
    values = {"3": "R", "4": "F", "5-7": _LAST, "11-50": text_of(ace.specs.root, "AX", _LAST)}
    values |= {"51-53": head.cut("4-6"), "56-63": head.cut("9-16"), "69-77": head.cut("22-30")}
    return book(layouts(ace.specs.root), "AX").record("E1", values)


def _eman(ace: Ace, batch: Batch, faults: Sequence[Fault]) -> tuple[str, ...]:
    """Give the control errors of the in-bond dialect, one record for each."""
    made = book(layouts(ace.specs.root), "EE")
    records = []
    for fault in faults[:_FAULTS_MAX]:
        letter = _LETTERS.get(fault.code) or _letter(batch, fault.record)
        records.append(made.record(f"E{letter}", {"3-42": text_of(ace.specs.root, "QT", fault.code)}))
    return tuple(records)


def _letter(batch: Batch, number: int) -> str:
    """Give the control record that stands at this number; Z follows everything else."""
    if number <= 1:
        return "A"
    for block in batch.blocks:
        if block.b.number == number:
            return "B"
        if block.y is not None and block.y.number == number:
            return "Y"
    return "Z"
