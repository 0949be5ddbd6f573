"""New messages into envelopes: UNA, UNB, UNH, UNT and UNZ, counted and numbered.

Never here: bytes (`writer.py`).

Options of an `Envelope` that this format knows: `edi_specs/options.csv`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.formats.edifact.delimiters import DEFAULTS, Delimiters
from gateway.formats.edifact.values import holds
from gateway.formats.edifact.writer import delimiters_of, notation_of, segments_of, stands
from gateway.specs.edifact import EdifactSpec
from gateway.specs.edifact_service import charsets
from gateway.tree import Draft, Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.formats.edifact.notation import Notation
    from gateway.specs import Specs
    from gateway.tree import Envelope

_AGENCY = "UN"
DATE = "S004.0017"
"""Of a UNB and of the UNG in it: what it looks like goes by the syntax."""
_WIDEST = "UNOW"


def envelop(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> Interchange:
    """Wrap bodies in UNB, UNH, UNT and UNZ, counted and numbered."""
    options = envelope.options
    spec = specs.message("edifact", message, version)
    first = int(options.get("message_reference", "1"))
    transactions = [
        _transaction(message, version, body, str(first + number), spec, options)
        for number, body in enumerate(bodies)
    ]
    inside = [one.root for one in transactions]
    group = group_header(message, version, envelope) if options.get("group") == "yes" else {}
    letters = "".join([_letters(inside), *group.values()])
    values, notation = opening(message, version, letters, envelope, specs)
    if group:
        inside = [_group(group | {DATE: values[DATE]}, inside)]
    unz = Node("UNZ", {"0036": str(len(inside)), "0020": values["0020"]})
    children = [Node("UNB", values), *inside, unz]
    if announced(options, notation):
        children.insert(0, una(notation))
    return Interchange(
        format="edifact",
        root=Node("edifact", children=[Node("UNB", children=children)]),
        transactions=transactions,
        separator=":",
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=values["0020"],
        frame=notation.frame(),
    )


def opening(
    message: str, version: str, letters: str, envelope: Envelope, specs: Specs
) -> tuple[dict[str, str], Notation]:
    """Give the values of a UNB around a message, and the notation that it opens; `letters` are those of the content."""
    options, values = envelope.options, _unb(message, envelope)
    # Of an option that is sent the UNB has the text; the others (a line end, a service character) ask for no repertoire.
    letters = "".join([letters, *values.values()])
    syntax = options.get("syntax") or ("4" if _needs_newest(message, version, letters, specs) else "3")
    values["S001.0001"] = options.get("repertoire") or _repertoire(letters, syntax, specs)
    values["S001.0002"] = syntax
    values[DATE] = datetime.fromisoformat(envelope.at).strftime("%Y%m%d" if syntax == "4" else "%y%m%d")
    return values, notation_of(values, delimiters_of(options), specs)


def _needs_newest(message: str, version: str, letters: str, specs: Specs) -> bool:
    """Tell whether something asks for syntax 4: its own service messages, or letters of no older repertoire."""
    service = version == "41" and message in {"CONTRL", "AUTACK"}
    return service or _repertoire(letters, "3", specs) == _WIDEST


def announced(options: Mapping[str, str], notation: Notation) -> bool:
    """Tell whether a UNA goes before the UNB: not where it is unwanted and all is as usual."""
    marks = notation.delimiters
    # Before syntax 4 nothing repeats, whatever the separator would be.
    repetition = DEFAULTS.repetition if notation.syntax.repeats else marks.repetition
    return options.get("una") != "no" or marks != Delimiters(repetition=repetition, line_end=marks.line_end)


def una(notation: Notation) -> Node:
    """Give the node of a UNA."""
    return Draft("UNA", layout=service_advice(notation).hex(), fresh=False)


def service_advice(notation: Notation) -> bytes:
    """Write a UNA; before syntax 4 the place of the repetition separator is a blank."""
    marks = notation.delimiters
    advice = marks.una
    if not notation.syntax.repeats:
        advice = advice[: -len(marks.repetition or b" ") - len(marks.terminator)] + b" " + marks.terminator
    return advice + marks.line_end


def _unb(message: str, envelope: Envelope) -> dict[str, str]:
    """Give the values of a UNB around groups or messages, but for what depends on the syntax."""
    options = envelope.options
    return {
        "S002.0004": envelope.sender,
        "S002.0007": options.get("sender_qualifier", "ZZZ"),
        "S002.0008": options.get("sender_routing", ""),
        "S003.0010": envelope.receiver,
        "S003.0007": options.get("receiver_qualifier", "ZZZ"),
        "S003.0014": options.get("receiver_routing", ""),
        "S004.0019": datetime.fromisoformat(envelope.at).strftime("%H%M"),
        "0020": options.get("reference") or str(envelope.control),
        "S005.0022": options.get("password", ""),
        "S005.0025": options.get("password_qualifier", ""),
        "0026": options.get("application", message),
        "0029": options.get("priority", ""),
        "0031": options.get("acknowledgment", ""),
        "0032": options.get("agreement", ""),
        "0035": options.get("test", ""),
    }


def _repertoire(letters: str, syntax: str, specs: Specs) -> str:
    """Give the first repertoire that has every letter; UNOW has them all."""
    for charset in charsets(specs.root).values():
        if charset.codec and charset.since <= syntax and holds(charset, letters):
            return charset.code
    return _WIDEST


def _letters(inside: Sequence[Node]) -> str:
    """Give every letter of what is sent, each once."""
    texts = (text for node in inside for one in segments_of(node) for text in one.values.values())
    return "".join(set[str]().union(*texts))


def _transaction(
    message: str,
    version: str,
    body: Node,
    reference: str,
    spec: object,
    options: Mapping[str, str],
) -> Transaction:
    own = next((child for child in body.children if child.name == "UNH"), None)
    inside = [child for child in body.children if child.name not in {"UNH", "UNT"}]
    if isinstance(spec, EdifactSpec):
        inside = _with_sections(inside, spec)
    header = message_header(message, version, reference, options)
    if own is not None and not header["0068"]:
        header["0068"] = own.get("0068")
    root = Node(message, children=[Node("UNH", header), *inside])
    count = _counted(root) + 1
    root.children.append(Node("UNT", {"0074": str(count), "0062": reference}))
    return Transaction(message=message, version=version, control=reference, root=root)


def message_header(message: str, version: str, reference: str, options: Mapping[str, str]) -> dict[str, str]:
    """Give the values of a UNH."""
    number, release = split_version(version)
    return {
        "0062": reference,
        "S009.0065": message,
        "S009.0052": number,
        "S009.0054": release,
        "S009.0051": _AGENCY,
        "S009.0057": options.get("association", ""),
        "0068": options.get("correlation", ""),
    }


def _counted(node: Node) -> int:
    """Count the segments of a tree that will be written."""
    if node.children:
        return sum(map(_counted, node.children))
    return bool(node.name and node.name != "UNA" and stands(node))


def _with_sections(inside: Sequence[Node], spec: EdifactSpec) -> list[Node]:
    """Put in the segments that only divide a message: they say nothing but their own code."""
    order = {place.name: number for number, place in enumerate(spec.body)}
    found = list(inside)
    for place in spec.body:
        if place.qualifier is None or any(node.name == place.name for node in found):
            continue
        mine = order[place.name]
        at = next((i for i, node in enumerate(found) if order.get(node.name, -1) > mine), len(found))
        key = place.layout.slots[place.qualifier[0]].cells[0].key
        found.insert(at, Node(place.name, {key: place.qualifier[1]}))
    return found


def split_version(version: str) -> tuple[str, str]:
    """Give 0052 and 0054 of a version: `D96B` is D and 96B, `41` is 4 and 1."""
    return version[:1], version[1:]


def group_header(message: str, version: str, envelope: Envelope) -> dict[str, str]:
    """Give the values of a UNG, but for its date, which is that of the UNB."""
    options = envelope.options
    number, release = split_version(version)
    return {
        "0038": message,
        "S006.0040": options.get("group_sender") or envelope.sender,
        "S007.0044": options.get("group_receiver") or envelope.receiver,
        "S004.0019": datetime.fromisoformat(envelope.at).strftime("%H%M"),
        "0048": options.get("group_reference") or str(envelope.control),
        "0051": _AGENCY,
        "S008.0052": number,
        "S008.0054": release,
    }


def _group(header: dict[str, str], inside: Sequence[Node]) -> Node:
    trailer = Node("UNE", {"0060": str(len(inside)), "0048": header["0048"]})
    return Node("UNG", children=[Node("UNG", header), *inside, trailer])
