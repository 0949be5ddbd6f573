"""UNB, UNG, UNE and UNZ: what their elements may be, and what notation a UNB opens.

Lives here: the check of one envelope segment, and the choice of syntax version and
repertoire. Never here: how the segments nest, and the numbers that must agree (`interchange.py`).
Passwords (S005, 0058) are never quoted in a finding.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.finding import Span
from gateway.formats.edifact.dates import LONG, SHORT, TIME
from gateway.formats.edifact.delimiters import shown
from gateway.formats.edifact.elements import check
from gateway.formats.edifact.grammar import leaf_address
from gateway.formats.edifact.matching import PROGRAMS
from gateway.formats.edifact.notation import Notation
from gateway.formats.edifact.segment import Segment
from gateway.specs.edifact import service_words
from gateway.specs.edifact_service import charsets, syntaxes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from gateway.finding import Finding
    from gateway.formats.edifact.delimiters import Delimiters
    from gateway.formats.edifact.elements import Fault
    from gateway.segments.log import Log
    from gateway.segments.nodes import Bounds
    from gateway.specs import Specs
    from gateway.specs.edifact_service import Charset, Syntax

SCOPE = "edifact.envelope"
SECRET = frozenset({"S005.0022", "0058"})
NEWEST, USUAL = "4", "3"
_LONG_DATE = 8
# 0133 of syntax 4: what an octet of the text is. The repertoire decides; these agree with ours.
_ENCODINGS = frozenset({"", "1", "2", "7"})
_CALENDAR = (
    ("S004.0017", re.compile(f"{LONG}|{SHORT}"), "date"),
    ("S004.0019", re.compile(TIME), "time"),
)


class Header:
    """What a UNB says of the interchange it opens; `faults` are (key, problem, message, expected)."""

    def __init__(self, data: bytes, bounds: Bounds, delimiters: Delimiters, specs: Specs) -> None:
        self.specs = specs
        self.known_syntaxes: Mapping[str, Syntax] = syntaxes(specs.root)
        self.known_charsets: Mapping[str, Charset] = charsets(specs.root)
        self.faults: list[tuple[str, str, str, str]] = []
        probe = Segment(data, bounds, self.notation(delimiters, NEWEST, "UNOB"))
        probe.known = probe.notation.service.layouts["UNB"]
        self.probe = probe
        self.read = self.notation(delimiters, self.version(), self.repertoire())

    def notation(self, delimiters: Delimiters, version: str, repertoire: str) -> Notation:
        """Make a notation of a version and a repertoire that are known."""
        syntax = self.known_syntaxes[version]
        service = service_words(self.specs.root, syntax.directory)
        return Notation(delimiters, syntax, self.known_charsets[repertoire], service)

    def version(self) -> str:
        """Give the syntax version, or the one that is assumed."""
        said = self.probe.get("S001.0002")
        if said in self.known_syntaxes:
            return said
        long_date = len(self.probe.get("S004.0017")) == _LONG_DATE
        assumed = NEWEST if long_date else USUAL
        if said:
            words_ = f"syntax version {shown(said.encode()[:12])} is not supported"
            self.faults.append(("S001.0002", "envelope/version", words_, "1 to 4"))
        else:
            words_ = f"no syntax version; by its date it is read as version {assumed}"
            self.faults.append(("S001.0002", "envelope/version-assumed", words_, "1 to 4"))
        return assumed

    def repertoire(self) -> str:
        """Give the repertoire; what has no codec here is read as Latin-1."""
        said = self.probe.get("S001.0001")
        known = self.known_charsets.get(said)
        if known is None or not known.codec:
            if said:
                words_ = f"character repertoire {shown(said.encode()[:12])} is not supported"
                supported = " ".join(one.code for one in self.known_charsets.values() if one.codec)
                self.faults.append(("S001.0001", "envelope/repertoire", words_, supported))
            return "UNOC"
        encoding = self.probe.get("S001.0133")
        if encoding not in _ENCODINGS:
            words_ = f"character encoding {shown(encoding.encode()[:12])} is not supported"
            self.faults.append(("S001.0133", "envelope/encoding", words_, "1 2 7"))
        return said


def check_envelope(
    segment: Segment,
    log: Log,
    into: list[Finding],
    position: tuple[int, ...],
    skip: AbstractSet[str] = frozenset(),
) -> set[str]:
    """Report each element of an envelope segment that is wrong; give the keys of those.

    `position` is (interchange, group), from 1; element and component in CONTRL's counting
    are put behind it. Keys in `skip` have a finding already.
    """
    if segment.known is None:
        return set()
    faulty = set(skip)
    sure = PROGRAMS.sure(None, segment.notation)
    held = sure is not None and sure.holds(segment.known, segment, len(segment.elements[0]))
    for fault in () if held else check(segment, segment.known, log.repairs):
        problem, message, actual = fault.problem, fault.message, fault.actual
        if fault.key in skip:
            continue
        faulty.add(fault.key)
        if fault.key == "S004.0017" and _other_date(segment, fault):
            problem, message = "envelope/date-digits", f"{message}; it is taken as a date all the same"
        if fault.key in SECRET:
            message, actual = f"{segment.tag}: a password or reference is wrong", "a value that is not shown"
        log.add(
            into,
            SCOPE,
            leaf_address(segment.tag, fault, turn=False),
            problem,
            message,
            place=leaf_address(segment.tag, fault, turn=True),
            span=fault.span,
            expected=fault.expected,
            actual=actual,
            position=(*position, fault.element, fault.component),
        )
    for key, pattern, expected in _CALENDAR:
        text = segment.get(key)
        if text and key not in faulty and not pattern.fullmatch(text):
            span, element, component = place_of(segment, key)
            log.add(
                into,
                SCOPE,
                f"{segment.tag}:{key}",
                "type/date",
                f"{text} is no {expected}",
                span=span,
                expected=expected,
                actual=f"'{text}'",
                position=(*position, element, component),
            )
    return faulty


def _other_date(segment: Segment, fault: Fault) -> bool:
    """Tell whether a date has the length of the other syntax version."""
    text = segment.get("S004.0017")
    lengths = {6, 8} - {segment.notation.syntax.date_chars}
    return fault.problem.startswith("element/too-") and text.isdecimal() and len(text) in lengths


def place_of(segment: Segment, key: str) -> tuple[Span, int, int]:
    """Give the bytes of a leaf in `data`, its element and component in CONTRL's counting."""
    slot, cell = segment.known.places.get(key, (0, 0)) if segment.known else (0, 0)
    single = segment.known is None or segment.known.slots[slot].composite is None
    span = segment.span(key)
    return Span(span.start - segment.base, span.end - segment.base), slot + 2, 0 if single else cell + 1
