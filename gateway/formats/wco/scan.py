"""One pass of expat over the bytes: is this XML that we read, and where does each element stand.

Lives here: the hardened check of the XML itself. It refuses DTDs, entities and foreign
encodings, holds the limits, and leaves the byte offsets of every element behind. Never
here: names, values and what they mean; lxml has those.

Spans are offsets into the bytes as they were received; a byte order mark counts. Only
UTF-8 is read (in lenient mode ISO 8859-1 too, whose bytes are read as they stand), so an
offset never has to be translated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from gateway.finding import Finding, Layer, Severity, Span

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.specs import Limits

_DECLARATION = re.compile(rb"<\?xml[ \t\r\n][^>]*>")
_PSEUDO = re.compile(rb"""([a-z]+)[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')""")
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"<\x00", "UTF-16"),
    (b"\x00<", "UTF-16"),
    (b"\x00\x00", "UTF-32"),
    (b"+/v", "UTF-7"),
    (b"\x4c\x6f\xa7\x94", "EBCDIC"),
)
_READ = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_READ_LENIENT = frozenset({"iso-8859-1", "latin1", "iso_8859-1"})
# expat's numbers: no element, unclosed token, partial character, unclosed CDATA section
_TRUNCATED = frozenset({3, 5, 6, 20})
_PROBLEMS = {
    11: "entity",
    12: "entity",
    15: "entity",
    14: "character",
    18: "encoding",
    19: "encoding",
    27: "namespace",
    28: "namespace",
    38: "namespace",
    39: "namespace",
    40: "namespace",
}
_WORDS = {
    "malformed": "this is not well-formed XML",
    "truncated": "the document ends before it is complete",
    "entity": "entities are not read",
    "namespace": "a namespace prefix is not declared, or declared wrongly",
    "encoding": "the encoding is not what the document says",
    "character": "a character reference that XML does not allow",
}


class _StopError(Exception):
    """Ends the pass at once, with the problem and what was found."""

    def __init__(self, constraint: str, problem: str, message: str, expected: str, actual: str) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.problem = problem
        self.expected = expected
        self.actual = actual


@dataclass(slots=True)
class Scan:
    """Offsets of the elements, one item for each, in document order.

    `starts` has the offset of `<`, `stops` that of the end tag (the end of the tag when it is
    empty); `lasts` is one past the index of the last element below.
    """

    starts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)


def scan(data: bytes, limits: Limits) -> tuple[Scan, list[Finding]]:
    """Go through the bytes once. What is wrong is a finding, and an error ends the pass there."""
    found = Scan()
    if not data:
        return found, [problem("xml", "empty", "there is nothing to read", Span(0, 0))]
    if len(data) > limits.interchange_bytes_max:
        most = limits.interchange_bytes_max
        stop = _limit("interchange_bytes_max", most, len(data))
        return found, [_stopped(stop, most)]
    findings = encoding(data, limits)
    if any(finding.severity is Severity.ERROR for finding in findings):
        return found, findings
    finding = _run(data, found, limits) or _utf8(data, limits)
    return found, [*findings, finding] if finding is not None else findings


def encoding(data: bytes, limits: Limits) -> list[Finding]:
    """Judge the byte order mark and the XML declaration, nothing below them."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return [_encoding_problem(name, Span(0, len(mark)))]
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    match = _DECLARATION.match(data, start)
    if match is None:
        return []
    said = {key: double or single for key, double, single in _PSEUDO.findall(match[0])}
    version = said.get(b"version", b"1.0")
    span = Span(*match.span())
    if version != b"1.0":
        return [
            problem("xml", "version", "only XML 1.0 is read", span, "1.0", version.decode("ascii", "replace"))
        ]
    label = said.get(b"encoding", b"utf-8").decode("ascii", "replace").lower()
    if label in _READ:
        return []
    severity = Severity.ERROR
    if label in _READ_LENIENT and limits.lenient and not start:
        severity = Severity.REPAIRED
    return [_encoding_problem(label.upper(), span, severity)]


def _utf8(data: bytes, limits: Limits) -> Finding | None:
    """Say which byte is no UTF-8; expat has accepted the text, so only a repair comes here with one."""
    if limits.lenient:
        return None
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _bad_byte(data, error.start)
    return None


def _bad_byte(data: bytes, at: int) -> Finding:
    said = f"0x{data[at : at + 1].hex()}"
    return problem("xml", "encoding", "this byte is no UTF-8 text", Span(at, at + 1), "UTF-8", said)


def _run(data: bytes, found: Scan, limits: Limits) -> Finding | None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    watch = _Pass(parser, found, limits, len(data))
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat's own interface
    except _StopError as stop:
        at = parser.CurrentByteIndex
        if stop.problem == "dtd":
            at = max(data.rfind(b"<!DOCTYPE", 0, at + 9), 0)
        return _stopped(stop, at)
    except expat.ExpatError as error:
        return _malformed(data, parser, error)
    finally:
        for index in watch.stack:
            found.stops[index] = len(data)
            found.lasts[index] = len(found.starts)
    return None


def _malformed(data: bytes, parser: expat.XMLParserType, error: expat.ExpatError) -> Finding:
    at = max(parser.ErrorByteIndex, 0)
    try:
        data[at : at + 4].decode("utf-8")
    except UnicodeDecodeError as bad:
        if bad.start == 0 and len(data) > at + bad.end:
            return _bad_byte(data, at)
    name = _PROBLEMS.get(error.code, "truncated" if error.code in _TRUNCATED else "malformed")
    said = expat.ErrorString(error.code) or "not well-formed"
    where = f"line {error.lineno}, column {error.offset + 1}"
    span = Span(at, min(at + 1, len(data)))
    return problem("xml", name, f"{_WORDS[name]}: {said}, {where}", span)


class _Pass:
    """The handlers of one pass: note offsets, hold the limits."""

    def __init__(self, parser: expat.XMLParserType, found: Scan, limits: Limits, size: int) -> None:
        self.limits = limits
        self.stack: list[int] = []
        self.declared = 0
        self.chars_seen = 0
        parser.StartElementHandler, parser.EndElementHandler = self.elements(parser, found)
        # No text is longer than the document that it is in.
        if size > limits.value_chars_max:
            parser.CharacterDataHandler = self.chars
        parser.StartNamespaceDeclHandler = self.declare
        parser.StartDoctypeDeclHandler = self.doctype

    def elements(
        self, parser: expat.XMLParserType, found: Scan
    ) -> tuple[Callable[[str, list[str]], None], Callable[[str], None]]:
        """Give what is called for each start tag and each end tag, with all that it needs at hand."""
        starts, stops, lasts, stack = found.starts, found.stops, found.lasts, self.stack
        depth_max, segments_max = self.limits.depth_max, self.limits.segments_max

        def start(_name: str, pairs: list[str]) -> None:
            index = len(starts)
            starts.append(parser.CurrentByteIndex)
            stops.append(-1)
            lasts.append(0)
            stack.append(index)
            self.chars_seen = 0
            if pairs or self.declared:
                self.attributes(pairs)
            if len(stack) > depth_max:
                raise _limit("depth_max", depth_max, len(stack))
            if index >= segments_max:
                raise _limit("segments_max", segments_max, index + 1)

        def end(_name: str) -> None:
            index = stack.pop()
            stops[index] = parser.CurrentByteIndex
            lasts[index] = len(starts)
            self.chars_seen = 0

        return start, end

    def attributes(self, pairs: list[str]) -> None:
        count = len(pairs) // 2 + self.declared
        self.declared = 0
        if count > self.limits.attributes_max:
            raise _limit("attributes_max", self.limits.attributes_max, count)
        longest = max(map(len, pairs), default=0)
        if longest > self.limits.value_chars_max:
            raise _limit("value_chars_max", self.limits.value_chars_max, longest)

    def chars(self, text: str) -> None:
        self.chars_seen += len(text)
        if self.chars_seen > self.limits.value_chars_max:
            raise _limit("value_chars_max", self.limits.value_chars_max, self.chars_seen)

    def declare(self, _prefix: str, _uri: str) -> None:
        # Namespace declarations are attributes of the next start tag.
        self.declared += 1

    def doctype(self, *_parts: object) -> None:
        message = "a document type declaration is not read"
        raise _StopError("xml", "dtd", message, "no DOCTYPE", "a DOCTYPE declaration")


def _limit(name: str, most: int, actual: int) -> _StopError:
    return _StopError("limit", name, f"more than the limit {name} allows", f"at most {most}", str(actual))


def _stopped(stop: _StopError, at: int) -> Finding:
    return problem(stop.constraint, stop.problem, str(stop), Span(at, at + 1), stop.expected, stop.actual)


def _encoding_problem(name: str, span: Span, severity: Severity = Severity.ERROR) -> Finding:
    return problem("xml", "encoding", "only UTF-8 is read", span, "UTF-8", name, severity)


def problem(
    constraint: str,
    name: str,
    message: str,
    span: Span,
    expected: str = "",
    actual: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    """Give a finding of the envelope about the XML itself or a limit."""
    return Finding(
        code=f"wco.envelope/{constraint}/{name}",
        message=message,
        severity=severity,
        layer=Layer.SYNTAX,
        clause="xml-1.0" if constraint == "xml" else "",
        span=span,
        expected=expected,
        actual=actual,
    )
