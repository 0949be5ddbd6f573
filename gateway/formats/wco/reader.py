"""Reads WCO XML: any bytes in, an interchange with findings out.

Lives here: the order of the checks. Accept fast, explain slowly: lxml parses and holds
the document to its XSD; what that accepts needs no walk in Python. Anything else goes
through expat, which judges the XML itself and our limits, and through the grammar, which
says in words what is wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from lxml import etree

from gateway.finding import Finding, Layer, Severity, Span, no_errors
from gateway.formats.wco import schema, writer
from gateway.formats.wco.dates import date_findings
from gateway.formats.wco.frame import frame
from gateway.formats.wco.grammar import Walk
from gateway.formats.wco.node import Document, XmlNode, namespace
from gateway.formats.wco.scan import Scan, encoding, problem, scan
from gateway.specs import Limits
from gateway.specs.wco import DATA_MODEL_VERSIONS, tables
from gateway.tree import Interchange, Node, Transaction

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.specs import Specs
    from gateway.specs.wco_grammar import Element, Grammar, Profile

ENVELOPES = frozenset({"MetaData", "DocumentMetaData", "DocumentMetadata"})
WRAPPER = "submitDeclarationRequest"
MESSAGES = {"Declaration": "DEC", "Response": "RES"}


def read(data: bytes, specs: Specs, limits: Limits) -> Interchange:
    """Read any bytes. Whatever is wrong is a finding."""
    found = Interchange(format="wco", root=Node("MetaData"), transactions=[], separator="", data=data)
    root, scanned, findings = _parsed(data, limits)
    found.findings.extend(findings)
    if root is None:
        return found
    latin = any(finding.problem == "xml/encoding" for finding in findings)
    document = Document(data, scanned, "iso-8859-1" if latin else "utf-8")
    found.root = XmlNode(document, root, None)
    valid = _Reading(found, document, specs, limits).run(checked=scanned is not None)
    if isinstance(found.root, XmlNode):
        frame(found, document, specs, valid=valid)
    if len(found.all_findings()) > limits.findings_max:
        _cut(found, limits.findings_max)
    return found


def _parsed(data: bytes, limits: Limits) -> tuple[etree._Element | None, Scan | None, list[Finding]]:
    """Give the tree, and the offsets where expat had to look."""
    if _quick(data, limits):
        try:
            return schema.parse(data), None, []
        except etree.XMLSyntaxError:
            pass
    scanned, findings = scan(data, limits)
    if not no_errors(findings):
        return None, scanned, findings
    try:
        return schema.parse(data), scanned, findings
    except etree.XMLSyntaxError as error:
        message = f"libxml2 does not take this document: {' '.join(str(error).split())}"
        return None, scanned, [*findings, problem("xml", "refused", message, Span(0, len(data)))]


# What a valid document is far below, where these limits are the usual ones.
_BEYOND_SCHEMA = ("depth_max", "attributes_max", "segments_max")


def _quick(data: bytes, limits: Limits) -> bool:
    """Tell whether lxml may go first: nothing here that expat would have to judge."""
    return (
        0 < len(data) <= limits.interchange_bytes_max
        and not any(getattr(limits, name) < getattr(Limits, name) for name in _BEYOND_SCHEMA)
        and b"<!DOCTYPE" not in data
        and not encoding(data, limits)
        and (
            len(data) <= limits.value_chars_max or _long_run(limits.value_chars_max + 1).search(data) is None
        )
    )


@cache
def _long_run(size: int) -> re.Pattern[bytes]:
    return re.compile(rb"<[^<]{%d}" % size)


@dataclass(slots=True)
class _Reading:
    """One reading of one parsed document."""

    found: Interchange
    document: Document
    specs: Specs
    limits: Limits
    grammar: Grammar = field(init=False)
    profile: Profile = field(init=False)

    def run(self, *, checked: bool) -> bool:
        """Find the envelope and its messages, then hold them to the schema; give its verdict."""
        self.grammar = tables(self.specs.root, DATA_MODEL_VERSIONS[""])
        root = self.found.root
        meta = writer.metadata(root)
        assert isinstance(meta, XmlNode)  # noqa: S101 - the tree was just read
        self.profile = self._profile(meta)
        self.found.frame = {"profile": self.profile.name, "root": root.name}
        version = self._version(meta)
        self._messages(meta, version)
        name = "MetaData" if meta.name in ENVELOPES else MESSAGES.get(meta.name, "")
        valid = bool(name) and self._verdict(meta, name)
        if not valid and not checked and not self._scan():
            return False
        self._enveloped(meta, name)
        if not valid and name:
            self._explain(meta, name)
        for index, transaction in enumerate(self.found.transactions):
            self._beyond(index, transaction, valid=valid)
        return valid

    def _scan(self) -> bool:
        """Let expat judge limits before anybody walks; False ends the reading."""
        scanned, findings = scan(self.found.data, self.limits)
        self.found.findings.extend(findings)
        if no_errors(findings):
            self.document.scanned = scanned
            return True
        self.found.transactions.clear()
        self.found.root = Node("MetaData")
        return False

    def _profile(self, meta: XmlNode) -> Profile:
        """Tell the profile by the namespace of the envelope, or else of what is in it."""
        for element in chain((meta.element,), meta.element.iterchildren()):
            space = namespace(element)
            for profile in self.grammar.profiles.values():
                if space and space in map(profile.space, ("MetaData", "DEC", "RES")):
                    return profile
        return self.grammar.profiles[writer.PROFILE]

    def _version(self, meta: XmlNode) -> str:
        said = meta.said("WCODataModelVersionCode")
        version = DATA_MODEL_VERSIONS.get(said)
        if version is not None:
            return version
        self.found.findings.append(
            Finding(
                code="wco.envelope/WCODataModelVersionCode/code/unknown",
                message="there are no tables for this version of the data model; those of 3.6 are used",
                severity=Severity.WARNING,
                layer=Layer.CODE,
                clause="wco/MetaData",
                place="WCODataModelVersionCode",
                span=meta.tag_span(),
                expected=" or ".join(key for key in DATA_MODEL_VERSIONS if key),
                actual=said,
            )
        )
        return DATA_MODEL_VERSIONS[""]

    def _messages(self, meta: XmlNode, version: str) -> None:
        """Note every Declaration or Response as a transaction."""
        nodes = [meta] if meta.name in MESSAGES else meta.originals()
        found = self.found
        for node in nodes:
            message = MESSAGES.get(node.name)
            if message is None:
                continue
            if len(found.transactions) >= self.limits.transactions_max:
                most = self.limits.transactions_max
                text = "more messages than the limit transactions_max allows"
                span = node.extent()
                found.findings.append(problem("limit", "transactions_max", text, span, f"at most {most}"))
                return
            control = node.said("FunctionalReferenceID")
            found.transactions.append(
                Transaction(message=message, version=version, control=control, root=node)
            )
        agency = meta.said("ResponsibleAgencyName")
        country = meta.said("ResponsibleCountryCode")
        if not found.transactions:
            return
        first = found.transactions[0]
        found.control = first.control
        found.frame["message"] = first.message
        if first.message == "RES":
            found.sender = agency or country
            return
        found.receiver = agency or country
        senders = ("Submitter/ID", "Agent/ID", "Declarant/ID")
        body = first.root
        assert isinstance(body, XmlNode)  # noqa: S101 - the tree was just read
        found.sender = next((text for text in map(body.said, senders) if text), "")

    def _verdict(self, meta: XmlNode, name: str) -> bool:
        return schema.compiled(self.specs.root, self.profile.name, name).validate(meta.element)

    def _enveloped(self, meta: XmlNode, name: str) -> None:
        """Say what is wrong with the envelope's own element."""
        if not name:
            self._outside(meta, "element/unknown", "this is no WCO document", "MetaData", repaired=False)
        elif meta.name == "MetaData":
            return
        elif meta.name in ENVELOPES:
            self._outside(meta, "element/name", "the envelope has another name", "MetaData", repaired=True)
        else:
            text = "there is no envelope around the message"
            self._outside(meta, "presence/missing", text, "MetaData", repaired=True)

    def _outside(self, meta: XmlNode, flaw: str, message: str, expected: str, *, repaired: bool) -> None:
        self.found.findings.append(
            Finding(
                code=f"wco.envelope/MetaData/{flaw}",
                message=message,
                severity=Severity.REPAIRED if repaired and self.limits.lenient else Severity.ERROR,
                clause="wco/MetaData",
                place=meta.name,
                span=meta.tag_span(),
                expected=expected,
                actual=meta.name,
            )
        )

    def _explain(self, meta: XmlNode, name: str) -> None:
        """Walk where the verdict was no; say so even if the walk finds nothing."""
        found = self.found
        if name == "MetaData":
            walk = self._walk("wco.envelope", None, apart=frozenset(MESSAGES))
            kind = next((MESSAGES[child.name] for child in meta.children if child.name in MESSAGES), "DEC")
            walk.root(meta, _envelope_element(self.specs.root, kind))
            found.findings.extend(walk.findings)
        for index, transaction in enumerate(found.transactions):
            walk = self._walk(_label(transaction), index)
            assert isinstance(transaction.root, XmlNode)  # noqa: S101 - the tree was just read
            walk.root(transaction.root, self.grammar.messages[transaction.message])
            transaction.findings.extend(walk.findings)
        if no_errors(found.all_findings()) and not self._repaired():
            compiled = schema.compiled(self.specs.root, self.profile.name, name)
            text = f"the schema does not accept this: {schema.said(compiled)}"
            self._outside(meta, "schema/other", text, "a document valid against its schema", repaired=False)

    def _repaired(self) -> bool:
        """Tell whether the document would be valid with all repairs made."""
        if not self.limits.lenient or not self.found.all_findings():
            return False
        text = writer.strict(self.found, self.specs)
        compiled = schema.compiled(self.specs.root, self.profile.name, "MetaData")
        return compiled.validate(schema.parse(text))

    def _walk(self, label: str, transaction: int | None, *, apart: frozenset[str] = frozenset()) -> Walk:
        return Walk(
            label,
            self.profile,
            lenient=self.limits.lenient,
            findings_max=self.limits.findings_max + 1,
            transaction=transaction,
            apart=apart,
        )

    def _beyond(self, index: int, transaction: Transaction, *, valid: bool) -> None:
        """Check what the schema of the message leaves open: dates, and a cancellation's own subset."""
        root = transaction.root
        assert isinstance(root, XmlNode)  # noqa: S101 - the tree was just read
        transaction.findings.extend(date_findings(_label(transaction), root, index))
        cancels = root.said("FunctionCode") == "13" and root.said("TypeCode") == "INV"
        if not valid or transaction.message != "DEC" or not cancels or self._verdict(root, "CAN"):
            return
        walk = Walk(
            _label(transaction),
            self.profile,
            lenient=False,
            findings_max=self.limits.findings_max + 1,
            transaction=index,
            layer=Layer.PROFILE,
        )
        walk.root(root, self.grammar.messages["CAN"])
        transaction.findings.extend(walk.findings)


@cache
def _envelope_element(root: Path, kind: str) -> Element:
    """Give the envelope's class with the messages of a kind that may stand in one."""
    grammar = tables(root, DATA_MODEL_VERSIONS[""])
    envelope = grammar.messages["MetaData"]
    message = replace(grammar.messages[kind], count_max=None if kind == "RES" else 1)
    return replace(envelope, children=(*envelope.children, message))


def _label(transaction: Transaction) -> str:
    return f"wco.{transaction.message}.{transaction.version}"


def _cut(found: Interchange, most: int) -> None:
    """Keep the first findings, and say that more were cut."""
    left = most - 1
    for findings in (found.findings, *(transaction.findings for transaction in found.transactions)):
        del findings[left:]
        left -= len(findings)
    text = "there are more findings than the limit findings_max allows"
    found.findings.append(problem("limit", "findings_max", text, Span(0, 0), f"at most {most}"))
