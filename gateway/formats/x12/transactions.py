"""Transactions inside an envelope: which set it is, where it ends, fast or slow.

Lives here: the choice of the spec from ST01 and GS08, the pattern tried first, and the
explanation when it fails. Never here: groups and interchanges (`reader.py`), what ST and
SE say (`numbers.py`).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from gateway.formats.x12 import quick
from gateway.formats.x12.accepting import Acceptor
from gateway.formats.x12.cutting import cut
from gateway.formats.x12.delimiters import shown
from gateway.formats.x12.envelope import SCOPE
from gateway.formats.x12.grammar import Structure, build
from gateway.formats.x12.matching import PROGRAMS
from gateway.formats.x12.nest import nest
from gateway.formats.x12.numbers import Ends, Group, Numbers
from gateway.formats.x12.segment import Segment, text_of
from gateway.segments.nodes import Body, Raw, Source
from gateway.specs.x12 import X12Spec, groups, known_release
from gateway.tree import Transaction

if TYPE_CHECKING:
    from gateway.finding import Finding
    from gateway.formats.x12.delimiters import Delimiters
    from gateway.segments.log import Log
    from gateway.segments.nodes import Bounds
    from gateway.segments.tree import Tree
    from gateway.specs import Specs
    from gateway.specs.x12 import Place
    from gateway.tree import Interchange, Node

RELEASE_CHARS = 6
# A set with faults is explained so far: the explanation holds all of it, a file of junk has millions.
EXPLAINED_SEGMENTS_MAX = 100_000
# The nodes of so many segments of a file's sets with faults are kept as they were made for the explanation.
SPARE_SEGMENTS_MAX = 8_000
_NEVER = b"\x00ST"  # no ST begins like this


class Sets:
    """Reads the transactions of one file, one after the other, into `result`."""

    def __init__(self, source: Source, specs: Specs, log: Log, result: Interchange) -> None:
        """Begin outside any interchange."""
        self.source = source
        self.count = 0
        self.specs = specs
        self.log = log
        self.result = result
        self.group = Group(numbers=set())
        self.segments = 0
        self.spare = SPARE_SEGMENTS_MAX
        self.acceptor = Acceptor(source)
        # What the ST at hand says; `opening` is what an ST of the same set begins with.
        self.opening = _NEVER
        self.message = ""
        self.control = ""
        self.spec: X12Spec | None = None
        # Whether such a set may travel in the group at hand.
        self.fits = True

    def open(self) -> None:
        """Begin an interchange."""
        self.opening = _NEVER
        self.group = Group(numbers=set())
        self.acceptor.moved()

    def open_group(self, header: Segment, position: tuple[int, int]) -> None:
        """Take GS01 and GS08, which choose what the group's sets are judged by."""
        self.opening = _NEVER
        codes = groups(self.specs.root)
        code, release = header.get("01"), header.get("08")[:RELEASE_CHARS]
        self.group = Group(
            code=code,
            release=release,
            code_known=code in codes,
            release_known=known_release(self.specs.root, release),
            numbers=set(),
        )
        if code and not self.group.code_known:
            expected = " ".join(sorted(codes))
            self.foreign(header, position, "01", "group/identifier", "a group of ours", expected)
        if release and not self.group.release_known:
            words, expected = "a release of ours", "a release with tables"
            self.foreign(header, position, "08", "group/release", words, expected)

    def foreign(
        self, header: Segment, position: tuple[int, int], key: str, problem: str, words: str, expected: str
    ) -> None:
        """Report a GS that says what there are no tables for."""
        self.log.add(
            self.result.findings,
            SCOPE,
            f"GS-{key}",
            problem,
            f"GS{key} is not {words}",
            span=header.place_of(key),
            expected=expected,
            actual=shown(header.get(key)[:20].encode()),
            position=(*position, int(key)),
        )

    def close_group(self) -> None:
        """Forget what was known of the group."""
        self.opening = _NEVER
        self.group = Group(numbers=set())

    def read(self, start: int, delimiters: Delimiters) -> Body:
        """Read the transaction whose ST begins at `start`."""
        data, group = self.source.data, self.group
        if not data.startswith(self.opening, start):
            self.choose(start, delimiters)
        found: list[Finding] = []
        body = self.fast(start, self.spec, delimiters, found) if self.spec is not None else None
        if body is None:
            body = self.slow(start, self.spec, delimiters, found)
        one = Transaction(
            message=self.message, version=group.release, control=self.control, root=body, findings=found
        )
        self.result.transactions.append(one)
        self.count += 1
        return body

    def choose(self, start: int, delimiters: Delimiters) -> None:
        """Choose the spec from ST01; a group mostly has one set, so the choice is kept."""
        data, release = self.source.data, self.group.release
        end = data.find(delimiters.terminator, start)
        header = data[start : end if end >= 0 else len(data)].split(delimiters.element)
        self.message = text_of(header[1]) if len(header) > 1 else ""
        spec = None
        if len(self.message) == 3 and self.group.release_known:
            spec = self.specs.message("x12", self.message, release)
        self.spec = spec if isinstance(spec, X12Spec) else None
        self.fits = self.spec is not None and (
            not self.group.code_known or self.group.code in self.spec.groups
        )
        # Kept only for sets that we know; the opening of another set is looked at each time.
        separator = delimiters.element
        self.opening = separator.join((b"ST", header[1], b"")) if self.spec is not None else _NEVER

    def segment(self, bounds: Bounds, delimiters: Delimiters) -> Segment:
        """Make the node of one segment."""
        return Segment(self.source.data, bounds, delimiters, None, self.source.base)

    def header(self, start: int, delimiters: Delimiters) -> Segment:
        """Make the node of the ST at `start`."""
        data = self.source.data
        end = data.find(delimiters.terminator, start)
        return self.segment((start, end if end >= 0 else len(data), len(data)), delimiters)

    def fast(self, start: int, spec: X12Spec, delimiters: Delimiters, found: list[Finding]) -> Body | None:
        """Ask whether the transaction is good; None where the slow way must explain."""
        accepted = self.acceptor.accept(start, spec, delimiters)
        if accepted is None:
            return None
        if self.log.overlong(cut(self.source.data, start, delimiters, len(self.source.data))):
            return None
        extent, segments, control, agrees = accepted
        self.control = text_of(control)
        self.segments += segments
        stop = extent[2]
        body = Body(
            spec.message,
            self.source,
            start,
            stop,
            _children,
            (extent, delimiters, spec),
            accepted=True,
            cutting=quick.cut,
        )
        group = self.group
        if agrees and control not in group.numbers and self.fits:
            group.numbers.add(control)
        else:
            header, trailer = self.header(start, delimiters), self.segment(extent, delimiters)
            self.numbers(header, trailer, stop, segments, spec, found)
        return body

    def slow(self, start: int, spec: X12Spec | None, delimiters: Delimiters, found: list[Finding]) -> Body:
        """Cut the transaction and say everything that is wrong in it."""
        header = self.header(start, delimiters)
        self.control = header.get("02")
        most = max(1, self.log.limits.segments_max - self.segments)
        walk = islice(cut(self.source.data, start, delimiters, len(self.source.data)), most + 1)
        bounds = list(islice(walk, EXPLAINED_SEGMENTS_MAX))
        counted, end = len(bounds), bounds[-1]
        for one in walk:
            counted, end = counted + 1, one
        self.segments += counted
        stop = end[2]
        if counted > most:
            # It is not looked for its end, so that nothing can be said of what it lacks: the limit says enough.
            return Body(header.get("01"), self.source, start, stop, _explained, (delimiters, spec, {}))
        last = self.segment(end, delimiters)
        # An empty segment is a fault of its own; a sender need not have counted it.
        empty = sum(1 for one in bounds if one[0] == one[1])
        self.numbers(header, last if last.name == "SE" else None, stop, counted, spec, found, empty)
        repairs: dict[int, dict[str, str]] = {}
        spare: list[Node] | None = None
        if spec is not None:
            tree = self.explain(bounds, spec, delimiters, found)
            repairs = {number: one.repairs for number, one in enumerate(tree.segments) if one.repairs}
            # An answer to a set with faults looks into it; a file of many has its nodes made when somebody does.
            if counted <= self.spare and stop == bounds[-1][2]:
                self.spare -= counted
                spare = tree.children
        if counted > len(bounds):
            self.unexplained(self.segment(bounds[-1], delimiters), counted, spec, found)
        found.sort(key=lambda one: one.position)
        terms = (delimiters, spec, repairs)
        return Body(header.get("01"), self.source, start, stop, _explained, terms, spare=spare)

    def explain(
        self, bounds: list[Bounds], spec: X12Spec, delimiters: Delimiters, found: list[Finding]
    ) -> Tree[Place, Segment]:
        """Judge structure and elements; give the tree, with the repairs on its segments."""
        tree = build(self.source, bounds, delimiters, spec)
        # The body of another set under a wrong ST01 has that one fault, not one for each segment.
        foreign = any(one.problem == "set/group" for one in found) and not all(
            one.name in spec.segment_ids for one in tree.segments[1:-1]
        )
        if not foreign:
            sure = PROGRAMS.sure(spec, delimiters)
            Structure(f"x12.{spec.message}.{spec.version}", self.log, self.count, found, sure).judge(tree)
        return tree

    def unexplained(self, last: Segment, counted: int, spec: X12Spec | None, found: list[Finding]) -> None:
        """Say that a broken transaction was looked at only so far."""
        self.log.add(
            found,
            f"x12.{spec.message if spec else 'unknown'}.{self.group.release or 'unknown'}",
            "SE",
            "limit/explained_segments_max",
            f"what is wrong behind segment {EXPLAINED_SEGMENTS_MAX} of this set is not looked for",
            span=last.extent(),
            expected=f"at most {EXPLAINED_SEGMENTS_MAX} segments in a set with faults",
            actual=f"{counted} segments",
            transaction=self.count,
            position=(EXPLAINED_SEGMENTS_MAX, 0, 0, 0),
        )

    def numbers(
        self,
        header: Segment,
        trailer: Segment | None,
        stop: int,
        segments: int,
        spec: X12Spec | None,
        found: list[Finding],
        empty: int = 0,
    ) -> None:
        """Judge ST and SE."""
        ends = Ends(
            header=header,
            trailer=trailer,
            stop=stop,
            segments=segments,
            transaction=self.count,
            spec=spec,
            empty=empty,
        )
        Numbers(self.log, found, self.group, ends).judge()


def _children(body: Body, trailer: Bounds, delimiters: Delimiters, spec: X12Spec) -> list[Node]:
    """Cut and nest a transaction that the pattern accepted."""
    return nest(Source(body.data, body.base), body.start, trailer, delimiters, spec)


def _explained(
    body: Body, delimiters: Delimiters, spec: X12Spec | None, repairs: dict[int, dict[str, str]]
) -> list[Node]:
    """Cut and nest a transaction that has faults, as far as it was explained; the rest stays bytes."""
    source = Source(body.data, body.base)
    walk = cut(body.data, body.start, delimiters, body.stop)
    bounds = list(islice(walk, EXPLAINED_SEGMENTS_MAX))
    if spec is None:
        children: list[Node] = [Segment(body.data, one, delimiters, None, body.base) for one in bounds]
    else:
        tree = build(source, bounds, delimiters, spec)
        for number, values in repairs.items():
            tree.segments[number].repairs = values
        children = tree.children
    if bounds[-1][2] < body.stop:
        children.append(Raw(body.data, bounds[-1][2], body.stop))
    return children
