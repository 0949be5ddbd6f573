"""Writes trees as WCO XML.

Lives here: the envelope of a new message, and both ways of writing. What was read gives
the same bytes again; where a leaf was changed since, only its bytes are replaced. A new
tree, or one whose elements were changed, is written strict: schema order, the profile's
namespaces, two blanks for each level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from gateway.formats.wco.node import XmlNode
from gateway.specs import SpecError
from gateway.specs.wco import DATA_MODEL_VERSIONS, tables
from gateway.tree import Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs import Specs
    from gateway.specs.wco_grammar import Element, Grammar, Profile
    from gateway.tree import Envelope

PROFILE = "uk-cds"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

_IN_TEXT = {"\r": "&#13;"}
_IN_ATTRIBUTE = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def envelop(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> Interchange:
    """Wrap Declarations or Responses in a new MetaData.

    Options: `profile` (uk-cds), and `header.<element>` for a header value of its own.
    """
    profile = profile_of(specs, envelope.options.get("profile", PROFILE))
    header = dict(profile.header(message))
    for key, value in envelope.options.items():
        if key.startswith("header."):
            header[key.removeprefix("header.")] = value
    children = [Node(name, {"": value}) for name, value in header.items() if value]
    return Interchange(
        format="wco",
        root=Node("MetaData", children=[*children, *bodies]),
        transactions=[
            Transaction(message=message, version=version, control=reference(body), root=body)
            for body in bodies
        ],
        separator="",
        sender=envelope.sender,
        receiver=envelope.receiver,
        control=reference(bodies[0]) if bodies else "",
        frame={"profile": profile.name, "message": message},
    )


def write(interchange: Interchange, specs: Specs) -> bytes:
    """Write an interchange; what was read and not changed gives the same bytes."""
    root = interchange.root
    if isinstance(root, XmlNode):
        edits = list(_edits(root))
        if None not in edits:
            return _spliced(interchange.data, [edit for edit in edits if edit is not None])
    elif interchange.data and not interchange.transactions:
        return interchange.data
    return strict(interchange, specs)


def strict(interchange: Interchange, specs: Specs) -> bytes:
    """Write an interchange anew: schema order, right namespaces, one MetaData."""
    transactions = interchange.transactions
    message = transactions[0].message if transactions else "DEC"
    version = transactions[0].version if transactions else "3.6"
    profile = profile_of(specs, interchange.frame.get("profile", PROFILE))
    grammar = tables(specs.root, version)
    envelope = grammar.messages["MetaData"]
    names = {child.name for child in envelope.children}
    header = [child for child in metadata(interchange.root).children if child.name in names]
    text = [HEAD]
    echo = message == "RES" and any(_echoes(transaction.root) for transaction in transactions)
    tag = _tag(profile, "MetaData", "MetaData")
    text.append(f"<{tag}{_declared(profile, message, echo=echo)}>\n")
    for child in _ordered(header, envelope):
        text.extend(_lines(child, envelope.child(child.name), envelope, 1, profile))
    for transaction in transactions:
        text.extend(_lines(transaction.root, grammar.messages[message], envelope, 1, profile))
    text.append(f"</{tag}>\n")
    return "".join(text).encode("utf-8")


def profile_of(specs: Specs, name: str) -> Profile:
    """Give a profile by name. An unknown one is our configuration's fault: `SpecError`."""
    grammar: Grammar = tables(specs.root, DATA_MODEL_VERSIONS[""])
    profile = grammar.profiles.get(name)
    if profile is None:
        raise SpecError(grammar.folder / "profiles.csv", 0, f"there is no profile {name}")
    return profile


def reference(body: Node) -> str:
    """Give the sender's reference of a Declaration or Response, "" where it has none."""
    return leaf(body, "FunctionalReferenceID")


def leaf(node: Node, address: str) -> str:
    """Give the text at an address of plain names, "" where there is none."""
    for name in address.split("/"):
        for child in node.children:
            if child.name == name:
                node = child
                break
        else:
            return ""
    return node.get("")


def metadata(root: Node) -> Node:
    """Give the envelope itself: the root, or the MetaData inside a submission request."""
    if root.name == "submitDeclarationRequest":
        for detail in root.children:
            for child in detail.children:
                if child.name == "MetaData":
                    return child
    return root


def _echoes(response: Node) -> bool:
    return [child.name for child in response.children].count("Declaration") > 1


def _declared(profile: Profile, message: str, *, echo: bool) -> str:
    parts = ["MetaData", message, f"{message}.types"]
    spaces = {profile.prefix(part): profile.space(part) for part in parts}
    if echo:
        spaces[profile.prefix("echo")] = profile.space("DEC")
        spaces[profile.prefix("DEC.types")] = profile.space("DEC.types")
    return "".join(f' xmlns{":" if prefix else ""}{prefix}="{space}"' for prefix, space in spaces.items())


def _tag(profile: Profile, part: str, name: str) -> str:
    prefix = profile.prefix(part)
    return f"{prefix}:{name}" if prefix else name


def _ordered(nodes: Sequence[Node], element: Element | None) -> list[Node]:
    """Put nodes in schema order; those of one name stay as they are, unknown ones come last."""
    if element is None:
        return list(nodes)
    order = {child.name: index for index, child in reversed(list(enumerate(element.children)))}
    last = len(order)
    return sorted(nodes, key=lambda node: order.get(node.name, last))


def _lines(
    node: Node, element: Element | None, parent: Element, depth: int, profile: Profile, *, echo: bool = False
) -> Iterator[str]:
    """Yield the text of a node; values that are absent are not written."""
    space = element.space if element is not None else parent.space
    inside = echo or (element is not None and element.echo)
    part = "echo" if inside and space == "DEC" else space
    tag = _tag(profile, part, node.name)
    indent = "  " * depth
    text = node.get("")
    attributes = _attributes(node, element)
    if node.children:
        yield f"{indent}<{tag}{attributes}>\n"
        seen: dict[str, int] = {}
        for child in _ordered(node.children, element):
            turn = seen[child.name] = seen.get(child.name, 0) + 1
            below = _child(element, child.name, turn)
            yield from _lines(child, below, element or parent, depth + 1, profile, echo=inside)
        yield f"{indent}</{tag}>\n"
    elif text:
        yield f"{indent}<{tag}{attributes}>{escape(text, _IN_TEXT)}</{tag}>\n"
    elif attributes or element is None or element.facets is None or element.count_min:
        yield f"{indent}<{tag}{attributes}/>\n"


def _child(element: Element | None, name: str, turn: int) -> Element | None:
    if element is None:
        return None
    same = [child for child in element.children if child.name == name]
    return same[min(turn, len(same)) - 1] if same else None


def _attributes(node: Node, element: Element | None) -> str:
    known = list(element.attributes) if element is not None else []
    keys = [key for key in node.values if key.startswith("@") and node.values[key]]
    keys.sort(key=lambda key: known.index(key[1:]) if key[1:] in known else len(known))
    return "".join(f' {key[1:]}="{escape(node.values[key], _IN_ATTRIBUTE)}"' for key in keys)


def _edits(node: XmlNode) -> Iterator[tuple[int, int, bytes] | None]:
    """Yield the changed leaves as replacements; None for what cannot be replaced in place."""
    if node.touched("values"):
        before, after = node.read_values(), node.values
        for key in {**before, **after}:
            if before.get(key, "") == after.get(key, ""):
                continue
            span = node.span(key)
            if span is None or not after.get(key) or (key == "" and node.children):
                yield None
                continue
            changed = escape(after[key], _IN_ATTRIBUTE if key else _IN_TEXT)
            yield span.start, span.end, changed.replace("'", "&apos;").encode("utf-8")
    if node.touched("children"):
        originals = list(node.element)
        same = len(originals) == len(node.children)
        for child, original in zip(node.children, originals, strict=False):
            if not isinstance(child, XmlNode) or child.element is not original:
                same = False
            else:
                yield from _edits(child)
        if not same:
            yield None


def _spliced(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    pieces, at = [], 0
    for start, end, text in sorted(edits):
        pieces += [data[at:start], text]
        at = end
    return b"".join([*pieces, data[at:]])
