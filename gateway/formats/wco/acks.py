"""Answers: RES documents for what was received, and received ones as findings.

Lives here: which FunctionCode says what, one Error for each finding with its Pointers,
one Response for each disposition. Never here: whether to accept.

A syntax answer says 02, received, or 03, rejected; only an answer of customs says 01 or
more (reference, section 9).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gateway.finding import Finding, Layer, Level, Severity, Span
from gateway.formats.wco.pointers import Step, compact, nodes_of, read_steps, steps_of, target
from gateway.formats.wco.writer import PROFILE, envelop, leaf, write
from gateway.specs.wco import DATA_MODEL_VERSIONS, tables
from gateway.tree import Envelope, Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.finding import Answer, Disposition
    from gateway.specs import Specs

_REFERENCE = re.compile(rb"FunctionalReferenceID(?:[ \t\r\n][^<>]*)?>[ \t\r\n]*([^<>&]{1,35}?)[ \t\r\n]*<")
_TEXT_MAX = 512


def acknowledge(interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs) -> bytes:
    """Answer a Declaration with a RES document; b"" for a Response, which nobody answers."""
    if any(transaction.message == "RES" for transaction in interchange.transactions):
        return b""
    version = DATA_MODEL_VERSIONS[""]
    # Who answers is this gateway, whatever agency the profile belongs to.
    options = {
        "profile": interchange.frame.get("profile", PROFILE),
        "header.ResponsibleCountryCode": "",
        "header.ResponsibleAgencyName": envelope.sender,
        **envelope.options,
    }
    outer = Envelope(
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=envelope.control,
        at=envelope.at,
        options=options,
    )
    bodies = _Answering(interchange, answer, outer, specs).responses()
    return write(envelop("RES", version, bodies, outer, specs), specs)


def findings_of(response: Node, original: Interchange, specs: Specs) -> list[Finding]:
    """Give a Response's Errors as findings on the document that it answers.

    The place is an address of that document where the Pointers lead to one, else the path
    as received. Errors of anything but a rejection (03) are warnings.
    """
    refused = leaf(response, "FunctionCode") == "03"
    element = tables(specs.root, DATA_MODEL_VERSIONS[""]).messages["DEC"]
    root = original.transactions[0].root if original.transactions else Node("Declaration")
    found = []
    for error in response.children:
        if error.name != "Error":
            continue
        steps = read_steps(error)
        at = target(steps, root, element)
        code = leaf(error, "ValidationCode")
        found.append(
            Finding(
                code=f"wco.RES.3.6/Error/customs/{code or 'unknown'}",
                message=leaf(error, "Description") or f"customs found an error: {code}",
                severity=Severity.ERROR if refused else Severity.WARNING,
                layer=Layer.BUSINESS,
                clause=f"wco/{compact(steps)}" if steps else "",
                place=at.place if at is not None else compact(steps),
                span=_span(at.node) if at is not None else None,
                transaction=0 if original.transactions else None,
            )
        )
    return found


class _Answering:
    """One answer to one interchange."""

    def __init__(self, interchange: Interchange, answer: Answer, envelope: Envelope, specs: Specs) -> None:
        self.interchange = interchange
        self.answer = answer
        self.envelope = envelope
        self.specs = specs
        self.element = tables(specs.root, DATA_MODEL_VERSIONS[""]).messages["DEC"]
        self.root = interchange.transactions[0].root if interchange.transactions else None
        self.written = 0

    def responses(self) -> list[Node]:
        """Give the Responses, in the order in which things were said."""
        answer = self.answer
        if not answer.accepted:
            known = self.specs.ack_codes("wco_function")
            others = [
                said for said in answer.dispositions if said.meaning in known and said.meaning != "rejected"
            ]
            refusals = [said for said in answer.dispositions if said not in others]
            refused = refusals or _once(answer.findings) or not others
            first = [self._refusal(refusals)] if refused else []
            return [*first, *(self._said(disposition) for disposition in others)]
        if answer.level is Level.SYNTAX:
            return [self._response("02", self._warnings(), {})]
        if not answer.dispositions:
            return [self._response("01", self._warnings(), {"AcceptanceDateTime": self.envelope.at})]
        return [self._said(disposition) for disposition in answer.dispositions]

    def _refusal(self, refusals: Sequence[Disposition]) -> Node:
        """Say 03, with an Error for each finding and for each thing the authority found wrong.

        A disposition that says no more than that the declaration is rejected is no Error
        beside others.
        """
        errors = [self._error(finding) for finding in _once(self.answer.findings)]
        telling = [said for said in refusals if said.text or said.meaning != "rejected"]
        for said in telling or ([] if errors else refusals):
            errors.append(_error(said.code[:8], said.text, []))  # noqa: PERF401 - two kinds in one list
        if not errors:
            errors.append(_error(self._codes("wco_error", "*"), "the declaration was not accepted", []))
        return self._response("03", errors, {"RejectionDateTime": self.envelope.at})

    def _warnings(self) -> list[Node]:
        """Give what is worth knowing of an accepted declaration: Errors that reject nothing."""
        nodes: list[Node] = []
        for finding in self.answer.findings:
            if finding.severity is Severity.ERROR:
                continue
            nodes.append(self._error(finding))
            steps = [Step("07B", "1"), Step("53A", str(len([n for n in nodes if n.name == "Error"])))]
            nodes.append(_information("smartErrorMsg", finding.message, "", steps))
        return nodes

    def _error(self, finding: Finding) -> Node:
        steps: list[Step] = []
        if self.root is not None and (finding.transaction is not None or finding.span is None):
            steps = steps_of(finding, self.root, self.element)
        text = finding.message
        if finding.expected:
            text = f"{text}; expected: {finding.expected}"
        if finding.actual:
            text = f"{text}; found: {finding.actual}"
        return _error(self._codes("wco_error", finding.problem), text, steps)

    def _said(self, disposition: Disposition) -> Node:
        """Say one disposition: its FunctionCode, and code, text, office and time beside it."""
        function = self._codes("wco_function", disposition.meaning)
        at = disposition.at or self.envelope.at
        nodes = []
        if disposition.text or disposition.quantity or len(disposition.code) > 3:
            quantity = f"quantity {disposition.quantity}" if disposition.quantity else ""
            text = "; ".join(part for part in (disposition.text, quantity) if part)
            nodes.append(_information(disposition.code[:17], text, "AFB", []))
        if disposition.agency:
            nodes.append(Node("ContactOffice", children=[Node("ID", {"": disposition.agency[:17]})]))
        name = self.specs.ack_codes("wco_status").get(disposition.meaning, disposition.code)
        status = [_date("EffectiveDateTime", at)] if disposition.at else []
        if name and len(name) <= 3:
            status.append(Node("NameCode", {"": name}))
        if function in {"08", "09"}:
            status.append(_date("ReleaseDateTime", at))
        status.extend(nodes_of(self._about(disposition)))
        if status:
            nodes.append(Node("Status", children=status))
        dates = {"01": "AcceptanceDateTime", "03": "RejectionDateTime", "10": "CancellationDateTime"}
        declared = {dates[function]: at} if function in dates else {}
        number = disposition.reference if disposition.scope == "entry" else ""
        return self._response(function, nodes, declared, number)

    def _about(self, disposition: Disposition) -> list[Step]:
        """Point at the previous document with the bill's number, where the declaration names it."""
        if disposition.scope != "bill" or self.root is None:
            return []
        shipment = next((child for child in self.root.children if child.name == "GoodsShipment"), None)
        turn = 0
        for child in shipment.children if shipment is not None else []:
            if child.name == "PreviousDocument":
                turn += 1
                if leaf(child, "ID") == disposition.reference:
                    return [Step("42A"), Step("67A"), Step("99A", str(turn))]
        return []

    def _response(
        self, function: str, nodes: Sequence[Node], declared: dict[str, str], number: str = ""
    ) -> Node:
        self.written += 1
        children = [
            Node("FunctionCode", {"": function}),
            Node("FunctionalReferenceID", {"": f"{self.envelope.control:026x}{self.written:06x}"}),
            _date("IssueDateTime", self.envelope.at),
            *nodes,
        ]
        declaration = [_date(name, at) for name, at in declared.items()]
        reference = self._reference()
        number = number or (leaf(self.root, "ID") if self.root is not None else "")
        if reference:
            declaration.append(Node("FunctionalReferenceID", {"": reference[:35]}))
        if number:
            declaration.append(Node("ID", {"": number[:70]}))
        declaration.append(Node("VersionID", {"": "1"}))
        children.append(Node("Declaration", children=declaration))
        return Node("Response", children=children)

    def _reference(self) -> str:
        """Give the sender's own reference, also out of a document that could not be parsed."""
        if self.interchange.control:
            return self.interchange.control
        match = _REFERENCE.search(self.interchange.data)
        return match[1].decode("ascii", "ignore") if match else ""

    def _codes(self, name: str, problem: str) -> str:
        codes = self.specs.ack_codes(name)
        return codes.get(problem, codes["*"])


def _once(findings: Sequence[Finding]) -> list[Finding]:
    """Give the errors; what a mapping says of bytes that the format has refused is no second error."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    refused = {finding.span for finding in errors if finding.code.startswith("wco.")} - {None}
    return [finding for finding in errors if finding.code.startswith("wco.") or finding.span not in refused]


def _error(code: str, text: str, steps: Sequence[Step]) -> Node:
    children = [Node("Description", {"": _cut(text)})] if text else []
    children.append(Node("ValidationCode", {"": code}))
    return Node("Error", children=[*children, *nodes_of(steps)])


def _information(code: str, text: str, kind: str, steps: Sequence[Step]) -> Node:
    parts = (("StatementCode", code), ("StatementDescription", _cut(text)), ("StatementTypeCode", kind))
    children = [Node(name, {"": value}) for name, value in parts if value]
    return Node("AdditionalInformation", children=[*children, *nodes_of(steps)])


def _date(name: str, at: str) -> Node:
    """Give an instant as WCO writes it: form 304, in UTC; one without offset is in UTC already."""
    instant = datetime.fromisoformat(at)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    text = instant.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
    return Node(name, children=[Node("DateTimeString", {"": text, "@formatCode": "304"})])


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _TEXT_MAX else f"{flat[: _TEXT_MAX - 3]}..."


def _span(node: Node | None) -> Span | None:
    if node is None:
        return None
    return node.span("") or node.extent()
