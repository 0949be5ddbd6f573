"""Trees into bytes, and new messages into envelopes.

Lives here: `write`, which gives what was read byte for byte and lays out everything else
plainly, and `envelop`. Never here: whether the result is right; it is read back for that.
Data cannot be escaped in X12: `envelop` chooses separators that no value contains.

Options of an `Envelope` that this format knows: `edi_specs/options.csv`.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from gateway.formats.x12.complete import complete
from gateway.formats.x12.delimiters import REPEATS_SINCE, Delimiters
from gateway.formats.x12.layout import parse
from gateway.formats.x12.segment import Segment
from gateway.segments.nodes import Body, Raw
from gateway.specs.x12 import X12Spec
from gateway.tree import Draft, Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.finding import Finding
    from gateway.specs import Specs
    from gateway.tree import Envelope

_KEYS = tuple(f"{number:02}" for number in range(1, 100))
_WHOLE = {key: number for number, key in enumerate(_KEYS, 1)}
_KEY = re.compile(r"(\d\d)(?:#(\d+))?(?:-(\d+))?")
_COMPONENTS = (":", ">", "|", "\\", "}", "\x1f")
_REPETITIONS = ("^", "!", "{", "\x1c")
_FRAME = ("element", "component", "repetition", "terminator", "line_end")
_ISA_REPETITION, _ISA_COMPONENT = 11, 16


def write(interchange: Interchange) -> bytes:
    """Write a tree. What was read gives the same bytes again."""
    frame = interchange.frame
    return _Writer(_delimiters(frame)).write(interchange.root)


class _Writer:
    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.out = bytearray()

    def write(self, node: Node) -> bytes:
        self.node(node)
        return bytes(self.out)

    def node(self, node: Node) -> None:
        if type(node) is Node and node.name:
            self.made(node)
        elif isinstance(node, Segment):
            self.out += node.data[node.start : node.stop]
            if node.name == "ISA":
                self.delimiters = node.delimiters
        elif isinstance(node, Raw) or (isinstance(node, Body) and not node.touched):
            self.out += node.data[node.start : node.stop]
        elif node.children:
            for child in node.children:
                # Most of what was read, and no ISA in a set.
                if type(child) is Segment and child.name != "ISA":
                    self.out += child.data[child.start : child.stop]
                else:
                    self.node(child)
        elif not node.name:
            self.raw(node.layout)
        elif stands(node):
            self.segment(node, node.layout)

    def made(self, node: Node) -> None:
        """Write what is plainly a node of ours: most of an answer."""
        if not node.children:
            self.plain(node)
            return
        for child in node.children:
            if type(child) is Node and child.name:
                self.made(child)
            else:
                self.node(child)

    def plain(self, node: Node) -> None:
        """Write a segment of ours; one that has no value is not written."""
        values = node.values
        texts = list(values.values())
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            return
        marks = self.delimiters
        if node.name == "ISA" or tuple(values) != _KEYS[: len(values)] or not marks.element.isascii():
            self.segment(node, "")
            return
        # Elements whole, one after the other from the first on, as they nearly always come.
        self.out += marks.element.decode("ascii").join((node.name, *texts)).encode()
        self.out += marks.terminator + marks.line_end

    def raw(self, layout: str) -> None:
        try:
            self.out += bytes.fromhex(layout)
        except ValueError:
            return

    def segment(self, node: Node, laid: str) -> None:
        if not laid and node.name != "ISA":
            marks = self.delimiters
            self.out += marks.element.join((node.name.encode(), *joined(node.values, marks)))
            self.out += marks.terminator + marks.line_end
            return
        layout = parse(laid)
        if layout.delimiters is not None:
            self.delimiters = layout.delimiters
        marks = self.delimiters
        elements = [node.name.encode(), *joined(node.values, marks)]
        if node.name == "ISA" and len(elements) > _ISA_COMPONENT:
            # The two delimiters that an ISA names are bytes, not text.
            for at in (_ISA_REPETITION, _ISA_COMPONENT):
                mark = node.values.get(str(at), "")
                if len(mark) == 1 and ord(mark) < 256:
                    elements[at] = mark.encode("latin-1")
        while len(elements) <= layout.elements:
            elements.append(b"")
        self.out += marks.element.join(elements)
        self.out += marks.terminator + marks.line_end if layout.tail is None else layout.tail


def joined(values: Mapping[str, str], delimiters: Delimiters) -> list[bytes]:
    """Put leaves back into elements: repetitions and components with their separators."""
    plain = _plain(values)
    if plain is not None:
        return plain
    cells: dict[int, dict[int, dict[int, bytes]]] = {}
    for key, text in values.items():
        match = _KEY.fullmatch(key)
        if match and text:
            element, turn, component = int(match[1]), int(match[2] or 1), int(match[3] or 1)
            cells.setdefault(element, {}).setdefault(turn, {})[component] = text.encode()
    found = [b""] * max(cells, default=0)
    for element, turns in cells.items():
        written = [delimiters.component.join(_row(turns.get(turn, {}))) for turn in range(1, max(turns) + 1)]
        found[element - 1] = (delimiters.repetition or delimiters.component).join(written)
    return found


def _plain(values: Mapping[str, str]) -> list[bytes] | None:
    """Put leaves back that are elements whole, as nearly all are; None where one is less than that."""
    if tuple(values) == _KEYS[: len(values)]:
        # One after the other from the first on, as they nearly always come.
        found = [text.encode() for text in values.values()]
        while found and not found[-1]:
            found.pop()
        return found
    found = []
    for key, text in values.items():
        number = _WHOLE.get(key)
        if number is None:
            return None
        if text:
            more = number - len(found)
            if more > 0:
                found += [b""] * more
            found[number - 1] = text.encode()
    return found


def _row(cells: Mapping[int, bytes]) -> list[bytes]:
    return [cells.get(at, b"") for at in range(1, max(cells, default=0) + 1)]


def stands(node: Node) -> bool:
    """Tell whether a node is written: a segment that is new and has no value is not."""
    return any(node.values.values()) or (isinstance(node, Draft) and not node.fresh)


def segments_of(node: Node) -> Iterator[Node]:
    """Yield the segments of a tree that will be written."""
    if node.children:
        for child in node.children:
            yield from segments_of(child)
    elif stands(node):
        yield node


def _counted(node: Node) -> int:
    """Count the segments of a tree that will be written."""
    return sum(map(_counted, node.children)) if node.children else stands(node)


def envelop(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> Interchange:
    """Wrap bodies in ISA, GS, ST, SE, GE and IEA, counted and numbered."""
    spec = specs.message("x12", message, version)
    options = envelope.options
    transactions, changed = sets_of(message, version, bodies, envelope, specs)
    frame = frame_for(bodies, options, version)
    groups = spec.groups if isinstance(spec, X12Spec) else ("",)
    group = options.get("group") or groups[0]
    sets = [transaction.root for transaction in transactions]
    root = Node(
        "x12",
        children=[interchange_node(envelope, [group_node(envelope, group, version, sets)], version, frame)],
    )
    return Interchange(
        format="x12",
        root=root,
        transactions=transactions,
        separator="-",
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=f"{control_of(envelope):09}",
        frame=frame,
        findings=changed,
    )


def sets_of(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> tuple[list[Transaction], list[Finding]]:
    """Make bodies whole and put ST and SE around each; give the sets, and what was changed."""
    spec = specs.message("x12", message, version)
    changed: list[Finding] = []
    if isinstance(spec, X12Spec):
        for number, body in enumerate(bodies):
            changed.extend(complete(body, spec, envelope, specs.root, number))
    transactions = [
        _transaction(version, body, set_header(envelope, message, number))
        for number, body in enumerate(bodies)
    ]
    return transactions, changed


def set_header(envelope: Envelope, message: str, turn: int = 0) -> tuple[str, str, str]:
    """Give the elements of an ST, `turn` counts them from 0; its second is the number that the SE says too."""
    options = envelope.options
    return message, f"{int(options.get('set_control', '1')) + turn:04}", options.get("convention", "")


def _transaction(version: str, body: Node, header: tuple[str, str, str]) -> Transaction:
    message, control, _ = header
    inside = [child for child in body.children if child.name not in {"ST", "SE"}]
    root = Node(message, children=[Node("ST", dict(zip(_KEYS, header, strict=False))), *inside])
    count = _counted(root) + 1
    root.children.append(Node("SE", {"01": str(count), "02": control}))
    return Transaction(message=message, version=version, control=control, root=root)


class _Moment(NamedTuple):
    """A time as envelopes have it: CCYYMMDD and HHMM."""

    date: str
    time: str


@lru_cache(maxsize=16)
def _moment(at: str) -> _Moment:
    moment = datetime.fromisoformat(at)
    return _Moment(moment.strftime("%Y%m%d"), moment.strftime("%H%M"))


def control_of(envelope: Envelope, turn: int = 0) -> int:
    """Give the number of a group or an interchange, or of another `turn` behind it; ISA13 and GS06 have nine digits."""
    return (envelope.control + turn) % 10**9


def group_header(envelope: Envelope, group: str, version: str) -> tuple[str, ...]:
    """Give the elements of a GS; its sixth is the number that the GE says too."""
    options, at = envelope.options, _moment(envelope.at)
    return (
        group,
        options.get("group_sender") or envelope.sender,
        options.get("group_receiver") or envelope.receiver,
        options.get("group_date") or at.date,
        options.get("group_time") or at.time,
        options.get("group_control") or str(control_of(envelope)),
        "X",
        options.get("release") or version,
    )


def group_node(envelope: Envelope, group: str, version: str, sets: Sequence[Node]) -> Node:
    """Give one functional group around transactions."""
    header = group_header(envelope, group, version)
    trailer = Node("GE", {"01": str(len(sets)), "02": header[5]})
    return Node("GS", children=[Node("GS", dict(zip(_KEYS, header, strict=False))), *sets, trailer])


def interchange_header(envelope: Envelope, version: str, frame: Mapping[str, str]) -> tuple[str, ...]:
    """Give the elements of an ISA; its 13th is the number that the IEA says too."""
    options, at = envelope.options, _moment(envelope.at)
    return (
        options.get("authorization_qualifier", "00"),
        _filled(options.get("authorization", ""), 10),
        options.get("security_qualifier", "00"),
        _filled(options.get("security", ""), 10),
        options.get("isa_qualifier", "ZZ"),
        _filled(envelope.sender, 15),
        options.get("isa_receiver_qualifier", "ZZ"),
        _filled(envelope.receiver, 15),
        at.date[2:],
        at.time,
        frame["repetition"] or "U",
        options.get("isa_version") or version[:5],
        f"{control_of(envelope):09}",
        options.get("acknowledgment", "0"),
        options.get("usage", "P"),
        frame["component"],
    )


def _filled(text: str, size: int) -> str:
    """Put blanks behind a text, until it is written in so many bytes: those of an ISA are counted."""
    return text + " " * (size - (len(text) if text.isascii() else len(text.encode())))


def interchange_node(
    envelope: Envelope, inside: Sequence[Node], version: str, frame: Mapping[str, str]
) -> Node:
    """Give one interchange around groups."""
    header = interchange_header(envelope, version, frame)
    trailer = Node("IEA", {"01": str(len(inside)), "02": header[12]})
    return Node("ISA", children=[Node("ISA", dict(zip(_KEYS, header, strict=False))), *inside, trailer])


def frame_for(bodies: Sequence[Node], options: Mapping[str, str], version: str) -> dict[str, str]:
    """Choose delimiters: those of the options, else ones that no value contains and that are named for nothing else."""
    named = {name: options.get(name, "") for name in _FRAME}
    ends = {"element": named["element"] or "*", "terminator": named["terminator"] or "~"}
    used = {*named.values(), *ends.values()}
    for body in bodies:
        for node in segments_of(body):
            used.update(*node.values.values())
    repeats = (options.get("isa_version") or version[:5]).encode() >= REPEATS_SINCE
    return {
        **named,
        **ends,
        "component": named["component"] or _unused(_COMPONENTS, used),
        "repetition": named["repetition"] or (_unused(_REPETITIONS, used) if repeats else ""),
    }


def _unused(choices: Sequence[str], used: set[str]) -> str:
    return next((mark for mark in choices if mark not in used), choices[0])


def _delimiters(frame: Mapping[str, str]) -> Delimiters:
    return _said(*[frame.get(name, "") for name in _FRAME])


@lru_cache(maxsize=64)
def _said(element: str, component: str, repetition: str, terminator: str, line_end: str) -> Delimiters:
    """Give the same object for the same delimiters."""
    plain = Delimiters()
    return Delimiters(
        element=element.encode("latin-1") or plain.element,
        component=component.encode("latin-1") or plain.component,
        repetition=repetition.encode("latin-1"),
        terminator=terminator.encode("latin-1") or plain.terminator,
        line_end=line_end.encode("latin-1"),
    )
