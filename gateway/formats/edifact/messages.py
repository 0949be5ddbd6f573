"""Messages inside an envelope: which message it is, where it ends, fast or slow.

Lives here: the choice of the spec from the UNH, the quick ways tried first, and
the explanation when they fail. Never here: groups and interchanges (`interchange.py`), what UNH and
UNT say (`numbers.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats.edifact import quick
from gateway.formats.edifact.cutting import after, cut, end_of, find_tag
from gateway.formats.edifact.grammar import Structure, build
from gateway.formats.edifact.known import KNOWN
from gateway.formats.edifact.matching import PROGRAMS
from gateway.formats.edifact.numbers import Ends, Numbers, Seen, identity
from gateway.formats.edifact.pattern import ELEMENT, RELEASED, beyond_matcher, plain
from gateway.formats.edifact.segment import Segment
from gateway.quick import COMPILED
from gateway.segments.nodes import Body, Source
from gateway.specs.edifact import EdifactSpec
from gateway.tree import Transaction

if COMPILED:
    from gateway.quick.matcher import match

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.formats.edifact.notation import Notation
    from gateway.segments.log import Log
    from gateway.segments.nodes import Bounds
    from gateway.specs import Specs
    from gateway.tree import Interchange, Node

    Accepted = tuple[Bounds, int, str, bool]
    """The UNT, how many segments, the reference, whether UNT says what UNH said and what was counted."""


class Messages:
    """Reads the messages of one file, one after the other, into `result`."""

    def __init__(self, source: Source, specs: Specs, log: Log, result: Interchange) -> None:
        """Begin outside any interchange."""
        self.source = source
        self.specs = specs
        self.log = log
        self.result = result
        self.seen = Seen()
        self.count = 0
        self.segments = 0
        self.next_end = -1

    def open(self) -> None:
        """Begin an interchange."""
        self.seen = Seen()
        self.next_end = -1

    def read(self, start: int, notation: Notation) -> Body:
        """Read the message whose UNH begins at `start`."""
        data = self.source.data
        end = end_of(data, start, notation.delimiters)
        bounds = (start, end if end >= 0 else len(data), len(data))
        header = Segment(data, bounds, notation, notation.service.layouts["UNH"])
        message, version = identity(header)
        spec = self.specs.message("edifact", message, version)
        known = spec if isinstance(spec, EdifactSpec) else None
        found: list[Finding] = []
        body = known and self.fast(header, known, notation, found)
        body = body or self.slow(header, message, known, notation, found)
        self.seen.types.add(message)
        self.result.transactions.append(
            Transaction(
                message=message, version=version, control=header.get("0062"), root=body, findings=found
            )
        )
        self.count += 1
        return body

    def fast(
        self, header: Segment, spec: EdifactSpec, notation: Notation, found: list[Finding]
    ) -> Body | None:
        """Ask whether the message is good; None where the slow way must explain."""
        accepted = self.accept(header.start, spec, notation)
        if accepted is None:
            return None
        extent, segments, reference, agrees = accepted
        data, marks = self.source.data, notation.delimiters
        if self.log.tight and self.log.overlong(cut(data, header.start, marks, len(data), segments)):
            return None
        self.segments += segments
        body = Body(
            spec.message,
            self.source,
            header.start,
            extent[2],
            _children,
            (extent, notation, spec),
            cutting=quick.cut,
        )
        if agrees and reference not in self.seen.references:
            self.seen.references.add(reference)
        else:
            trailer = Segment(self.source.data, extent, notation, notation.service.layouts["UNT"])
            self.numbers(header, trailer, extent[2], segments, spec, found)
        return body

    def accept(self, start: int, spec: EdifactSpec, notation: Notation) -> Accepted | None:
        """Ask the compiled matcher, then the patterns."""
        refused = False
        program, _, whole, way = PROGRAMS.get(spec, notation)
        if program is not None and way is not None:
            matched = match(program, self.source.data, start, way)
            if matched is not None:
                extent, segments, reference, agrees = matched
                return extent, segments, reference.decode(notation.codec), agrees
            refused = whole
        return self.by_patterns(start, spec, notation, refused=refused)

    def by_patterns(
        self, start: int, spec: EdifactSpec, notation: Notation, *, refused: bool = False
    ) -> Accepted | None:
        """Try the patterns; None where they do not fit, or would not fit what the matcher has `refused`."""
        extent = self.extent(start, notation)
        if extent is None:
            return None
        raw = self.source.data[start : extent[1] + 1]
        text = plain(raw, notation)
        if text is None or (refused and not beyond_matcher(raw, text, notation.delimiters)):
            return None
        segments = KNOWN.get(spec, notation).take(text, notation)
        if segments is None:
            return None
        opened = segments[0].split(ELEMENT, 2)[1]
        count, closed = segments[-1].split(ELEMENT)[1:3]
        agrees = (
            opened == closed and count.isdecimal() and int(count) == len(segments) and RELEASED not in opened
        )
        return extent, len(segments), opened, agrees

    def extent(self, start: int, notation: Notation) -> Bounds | None:
        """Find the UNT by its tag; None where there is none, or another UNH before it."""
        data, marks = self.source.data, notation.delimiters
        if self.next_end < start:
            found = find_tag(data, b"UNT", start, len(data), marks)
            # Where no UNT follows, none follows for the messages after this one either.
            self.next_end = found if found >= 0 else len(data)
        trailer = self.next_end
        if trailer == len(data) or find_tag(data, b"UNH", start, trailer, marks) >= 0:
            return None
        end = end_of(data, trailer, marks)
        return (trailer, end, after(data, end, marks)) if end >= 0 else None

    def slow(
        self,
        header: Segment,
        message: str,
        spec: EdifactSpec | None,
        notation: Notation,
        found: list[Finding],
    ) -> Body:
        """Cut the message and say everything that is wrong in it."""
        most = max(1, self.log.limits.segments_max - self.segments)
        data = self.source.data
        bounds = cut(data, header.start, notation.delimiters, len(data), most + 1)
        self.segments += len(bounds)
        stop = bounds[-1][2]
        body = Body(message, self.source, header.start, stop, _none)
        if len(bounds) > most:
            # It is not looked for its end, so that nothing can be said of what it lacks: the limit says enough.
            body.children = [self.bare(one, notation) for one in bounds]
            return body
        last = Segment(data, bounds[-1], notation, notation.service.layouts["UNT"])
        ends = last if last.tag == "UNT" else None
        self.numbers(header, ends, stop, len(bounds), spec, found)
        if spec is None:
            children: list[Node] = [self.bare(one, notation) for one in bounds]
        else:
            tree = build(self.source, bounds, notation, spec)
            sure = PROGRAMS.sure(spec, notation)
            Structure(f"edifact.{spec.message}.{spec.version}", self.log, self.count, found, sure).judge(tree)
            children = tree.children
        found.sort(key=lambda one: one.position)
        body.children = children
        return body

    def bare(self, bounds: Bounds, notation: Notation) -> Segment:
        """Make a segment of a message without tables; the service segments are known all the same."""
        segment = Segment(self.source.data, bounds, notation, base=self.source.base)
        segment.known = notation.service.layouts.get(segment.tag)
        return segment

    def numbers(
        self,
        header: Segment,
        trailer: Segment | None,
        stop: int,
        segments: int,
        spec: EdifactSpec | None,
        found: list[Finding],
    ) -> None:
        """Judge UNH and UNT."""
        ends = Ends(
            header=header,
            trailer=trailer,
            stop=stop,
            segments=segments,
            transaction=self.count,
            spec=spec,
        )
        Numbers(self.log, found, self.seen, ends).judge()


def _children(body: Body, trailer: Bounds, notation: Notation, spec: EdifactSpec) -> list[Node]:
    """Cut and nest a message that the patterns accepted."""
    bounds = cut(body.data, body.start, notation.delimiters, trailer[2], trailer[2])
    return build(Source(body.data, body.base), bounds, notation, spec).children


def _none(_: Body) -> list[Node]:
    return []
