"""Reads any bytes as JSON documents: one object, or a list of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Severity, Span
from gateway.formats.json import BOM, UTF16
from gateway.formats.json.faults import Fault, Place
from gateway.formats.json.frames import CANONICAL
from gateway.formats.json.grammar import Check
from gateway.formats.json.node import JsonNode
from gateway.formats.json.scan import Scanner
from gateway.specs.json import JsonPart
from gateway.tree import Interchange, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.specs import Limits, Specs

NAME = "json"
SEPARATOR = "/"
VERSION = "1"
_VERSION = re.compile(r"[0-9A-Za-z._-]{1,16}")


def read(data: bytes, specs: Specs, limits: Limits) -> Interchange:
    """Read; whatever is wrong is a finding of the interchange or of the transaction it stands in."""
    start = len(BOM) if data.startswith(BOM) else 0
    scanner = Scanner(data, start, limits)
    outer = list(_before(data, start, limits))
    if all(fault.problem == "encoding/bom" for fault in outer):
        scanner.run()
    if scanner.fatal is not None:
        outer.append(scanner.fatal)
    roots = _roots(scanner)
    root = scanner.single if scanner.single is not None else scanner.root
    transactions = [_transaction(node) for node in roots]
    faults: list[Fault] = [fault for fault in scanner.faults if fault.place.transaction is not None]
    outer += (fault for fault in scanner.faults if fault.place.transaction is None)
    # What does not parse is not judged any further: the one finding is where it broke.
    judged = transactions if scanner.fatal is None else []
    for index, transaction in enumerate(judged):
        spec = specs.message(NAME, transaction.message, transaction.version)
        if spec is not None and isinstance(spec.root, JsonPart):
            found = Check(index, lenient=limits.lenient).run(roots[index], spec.root)
            faults += _up_to(found, limits.findings_max - len(faults))
    interchange = Interchange(
        format=NAME,
        root=root,
        transactions=transactions,
        separator=SEPARATOR,
        frame=_frame(data, root) if len(data) <= limits.interchange_bytes_max else {},
        data=data,
    )
    _place(interchange, outer, faults, limits.findings_max)
    if transactions:
        interchange.control = transactions[0].control
        interchange.sender = _sender(roots[0])
    return interchange


def _before(data: bytes, start: int, limits: Limits) -> Iterable[Fault]:
    """Say what is wrong before a token is read."""
    if len(data) > limits.interchange_bytes_max:
        found = "limit/interchange_bytes_max", "more bytes than one transmission may have"
        yield _document(*found, 0, 0, f"at most {limits.interchange_bytes_max}", str(len(data)))
    elif not data[start:].strip(b" \t\r\n"):
        yield _document(
            "content/empty", "there is no document", 0, len(data), "an object, or a list of objects"
        )
    elif UTF16.match(data) and b"\x00" in data[:64]:
        yield _document("encoding/utf-16", "the text is not UTF-8", 0, 2, "UTF-8", "UTF-16")
    elif start:
        severity = Severity.REPAIRED if limits.lenient else Severity.ERROR
        message = "a byte order mark before the document"
        yield _document("encoding/bom", message, 0, start, "no mark", "ef bb bf", severity)


def _document(
    problem: str,
    message: str,
    start: int,
    end: int,
    expected: str = "",
    actual: str = "",
    severity: Severity = Severity.ERROR,
) -> Fault:
    return Fault(
        problem=problem,
        message=message,
        place=Place(),
        span=Span(start, end),
        expected=expected,
        actual=actual,
        severity=severity,
        layer=Layer.SYNTAX,
    )


def _up_to(faults: Iterable[Fault], count: int) -> list[Fault]:
    """Take one more than may be shown, so that the cut is known."""
    taken: list[Fault] = []
    for fault in faults:
        taken.append(fault)
        if len(taken) > count:
            break
    return taken


def _roots(scanner: Scanner) -> Sequence[JsonNode]:
    if scanner.single is not None:
        return [scanner.single]
    return [child for child in scanner.root.children if isinstance(child, JsonNode)]


def _transaction(node: JsonNode) -> Transaction:
    version = VERSION
    # An acknowledgement's own field is an object; a text there is no version, but a fault of type.
    if node.name == CANONICAL and _VERSION.fullmatch(node.get(node.name)):
        version = node.get(node.name)
    control = node.get("number")
    for child in node.children:
        if child.name == "filing":
            control = child.get("local_reference") or control
            break
    return Transaction(message=node.name, version=version, control=control, root=node)


def _sender(root: JsonNode) -> str:
    """Give the first identifier of the broker, else of the declarant, else of the importer."""
    parties = {child.name: child for child in reversed(root.children)}
    for role in ("broker", "declarant", "importer"):
        if role in parties:
            for child in parties[role].children:
                if child.name == "identifiers" and child.get("value"):
                    return child.get("value")
    return ""


def _frame(data: bytes, root: JsonNode) -> dict[str, str]:
    """Keep what stands around the root, where it is not the canonical way."""
    head, tail = data[: root.start], data[root.end :]
    frame = {}
    if head:
        frame["head"] = head.decode("utf-8", "surrogateescape")
    if tail != b"\n":
        frame["tail"] = tail.decode("utf-8", "surrogateescape")
    return frame


def _place(interchange: Interchange, outer: list[Fault], faults: list[Fault], findings_max: int) -> None:
    """Give each finding to the envelope or its transaction; say so when there are too many."""
    faults.sort(key=lambda fault: (fault.place.transaction or 0, fault.span))
    shown, around = [*outer, *faults][:findings_max], len(outer)
    for fault in shown[:around]:
        interchange.findings.append(fault.finding("json.envelope"))
    for fault in shown[around:]:
        transaction = interchange.transactions[fault.place.transaction or 0]
        transaction.findings.append(fault.finding(f"json.{transaction.message}.{transaction.version}"))
    if len(outer) + len(faults) > findings_max:
        interchange.findings.append(
            Finding(
                code="json.envelope/document/limit/findings_max",
                message=f"more than {findings_max} findings; the rest is not shown",
                layer=Layer.SYNTAX,
                place="document",
            )
        )
