"""Writes trees as WCO XML.

Lives here: the envelope of a new message, and both ways of writing. What was read is laid
out as it was: the same bytes again, and where a leaf was changed since, only its bytes
differ. A new tree is written strict: schema order, the profile's namespaces, two blanks
for each level; so are elements of a read tree whose children are others now.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from gateway.formats.wco import marks
from gateway.specs import SpecError
from gateway.specs.wco import DATA_MODEL_VERSIONS, tables
from gateway.tree import Interchange, Node, Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.specs import Specs
    from gateway.specs.wco_grammar import Element, Grammar, Profile
    from gateway.tree import Envelope

PROFILE = "uk-cds"
_MESSAGES = {"Declaration": "DEC", "Response": "RES"}
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def envelop(
    message: str, version: str, bodies: Sequence[Node], envelope: Envelope, specs: Specs
) -> Interchange:
    """Wrap Declarations or Responses in a new MetaData; sequence numbers that lack are given.

    Options: `profile`, and `header.<element>` for a header value of its own (`edi_specs/options.csv`).
    """
    profile = profile_of(specs, envelope.options.get("profile", PROFILE))
    header = dict(profile.header(message))
    for key, value in envelope.options.items():
        if key.startswith("header."):
            header[key.removeprefix("header.")] = value
    children = [Node(name, {"": value}) for name, value in header.items() if value]
    element = tables(specs.root, version).messages[message]
    for body in bodies:
        _spread(body, element)
        _number(body, element)
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


def _spread(node: Node, element: Element) -> None:
    """Make an element for each repetition of a leaf (`#2`): XML repeats elements, not texts."""
    children: list[Node] = []
    for child in node.children:
        part = element.child(child.name)
        if part is not None and child.children:
            _spread(child, part)
        repeats = _repeats(child) if part is not None and part.count_max != 1 else 1
        children.extend(
            [child] if repeats == 1 else [_repetition(child, turn + 1) for turn in range(repeats)]
        )
    node.children = children


def _repeats(node: Node) -> int:
    """Count the repetitions of the leaf that has most of them, at a node and below."""
    turns = [int(key.rpartition("#")[2]) for key in node.values if "#" in key]
    return max([1, *turns, *(_repeats(child) for child in node.children)])


def _repetition(node: Node, turn: int) -> Node:
    """Copy a node with one repetition of its leaves."""
    values = {
        key.partition("#")[0]: text
        for key, text in node.values.items()
        if (key.partition("#")[2] or "1") == str(turn)
    }
    return Node(node.name, values, [_repetition(child, turn) for child in node.children])


def _number(node: Node, element: Element) -> None:
    """Give elements the sequence number that their class requires and nobody gave: their turn."""
    for child, turn in _turns(node.children):
        part = _child(element, child.name, turn)
        if part is None or part.family:
            continue
        first = part.child("SequenceNumeric")
        if first is not None and first.count_min and not leaf(child, "SequenceNumeric"):
            child.children.insert(0, Node("SequenceNumeric", {"": str(turn)}))
        _number(child, part)


def write(interchange: Interchange, specs: Specs) -> bytes:
    """Write an interchange; what was read and not changed gives the same bytes."""
    root, frame = interchange.root, interchange.frame
    if not root.children and not root.layout:
        return interchange.data
    layout = root.layout
    profile = profile_of(specs, frame.get("profile", PROFILE))
    prefixes = {key.removeprefix("prefix."): text for key, text in frame.items() if key.startswith("prefix.")}
    if not layout:
        return strict(interchange, specs)
    writing = _Writing(profile, tables(specs.root, DATA_MODEL_VERSIONS[""]), prefixes)
    try:
        text = "".join((frame.get("head", ""), *writing.whole(root), frame.get("tail", "")))
    except _UndeclaredError:
        return strict(interchange, specs)
    return text.encode(frame.get("encoding", "utf-8"), "surrogateescape")


def strict(interchange: Interchange, specs: Specs) -> bytes:
    """Write an interchange anew: schema order, right namespaces, one MetaData."""
    transactions = interchange.transactions
    message = transactions[0].message if transactions else "DEC"
    version = transactions[0].version if transactions else DATA_MODEL_VERSIONS[""]
    profile = profile_of(specs, interchange.frame.get("profile", PROFILE))
    grammar = tables(specs.root, version)
    names = {child.name for child in grammar.messages["MetaData"].children}
    header = [child for child in metadata(interchange.root).children if child.name in names]
    root = Node("MetaData", children=[*header, *(transaction.root for transaction in transactions)])
    echo = message == "RES" and any(_echoes(transaction.root) for transaction in transactions)
    writing = _Writing(profile, grammar, dict(_prefixes(profile)), laid_out=False)
    writing.declared = _declared(profile, message, echo=echo)
    return "".join((HEAD, *writing.whole(root), "\n")).encode("utf-8")


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


def _parts(message: str) -> tuple[str, ...]:
    return ("MetaData", message, f"{message}.types")


def _prefixes(profile: Profile) -> Iterator[tuple[str, str]]:
    for key, value in profile.values.items():
        if key.startswith("prefix."):
            yield key.removeprefix("prefix."), value


def _declared(profile: Profile, message: str, *, echo: bool) -> str:
    spaces = {profile.prefix(part): profile.space(part) for part in _parts(message)}
    if echo:
        spaces[profile.prefix("echo")] = profile.space("DEC")
        spaces[profile.prefix("DEC.types")] = profile.space("DEC.types")
    return "".join(f' xmlns{":" if prefix else ""}{prefix}="{space}"' for prefix, space in spaces.items())


def _hollow(node: Node) -> bool:
    """Tell whether a node held values once and has none left."""
    if node.values and any(node.values.values()):
        return False
    return bool(node.values or node.children) and all(map(_hollow, node.children))


class _UndeclaredError(Exception):
    """A new element is of a namespace that the sender's document has no prefix for."""


class _Writing:
    """One writing: a profile, its prefixes, and whether layouts are used."""

    def __init__(
        self, profile: Profile, grammar: Grammar, prefixes: dict[str, str], *, laid_out: bool = True
    ) -> None:
        self.profile = profile
        self.grammar = grammar
        self.prefixes = prefixes
        self.laid_out = laid_out
        self.declared = ""
        self.out: list[str] = []

    def whole(self, root: Node) -> list[str]:
        """Give the text of the root in pieces, without blanks around it."""
        self._node(root, self._top(root), 0, echo=False)
        return self.out

    def _node(self, node: Node, element: Element | None, depth: int, *, echo: bool) -> None:
        """Write a node at the end of what was written, without blanks around it."""
        out = self.out
        echo = echo or (element is not None and element.echo)
        children = [child for child in node.children if not _hollow(child)] if node.children else []
        layout = node.layout if self.laid_out else ""
        if layout and (found := marks.fitting(layout, node, children)) is not None:
            parts = (_child(element, child.name, turn) for child, turn in _turns(children))

            def below(child: Node) -> None:
                self._node(child, next(parts) or self._top(child), depth + 1, echo=echo)

            marks.fill(layout, found, node, children, out, below)
            return
        tag = self._tag(node, element, echo=echo)
        opened = f"<{tag}{'' if depth else self.declared}{_attributes(node, element)}"
        shown = _shown(children, element) if children else ()
        if shown:
            indent = "\n" + "  " * depth
            between = f"{indent}  "
            out.append(f"{opened}>")
            for _, child, part in shown:
                out.append(between)
                self._node(child, part or self._top(child), depth + 1, echo=echo)
            out.append(f"{indent}</{tag}>")
        elif text := node.get(""):
            out.append(f"{opened}>{marks.escape(text, marks.IN_TEXT)}</{tag}>")
        else:
            out.append(f"{opened}/>")

    def _top(self, node: Node) -> Element | None:
        """Give the class of an element that stands in none: the envelope, or a message."""
        if node.name == "MetaData":
            return self.grammar.around
        name = _MESSAGES.get(node.name)
        return self.grammar.messages[name] if name is not None else None

    def _tag(self, node: Node, element: Element | None, *, echo: bool) -> str:
        space = element.space if element is not None else "DEC"
        prefix = self.prefixes.get("echo" if echo and space == "DEC" else space)
        if prefix is None:
            raise _UndeclaredError(space)
        return f"{prefix}:{node.name}" if prefix else node.name


def _shown(nodes: Sequence[Node], parent: Element | None) -> list[tuple[int, Node, Element | None]]:
    """Give the nodes worth writing in schema order, each with its place there and its class.

    Those of one name stay as they are, and unknown ones come last. An optional value without text is not worth it.
    """
    if parent is None:
        return [(0, node, None) for node in nodes]
    shown: list[tuple[int, Node, Element | None]] = []
    for node, turn in _turns(nodes):
        same = parent.places.get(node.name)
        if same is None:
            shown.append((len(parent.children), node, None))
            continue
        first = parent.children[same[0]]
        if first.facets is None or first.count_min or node.get("") or node.children:
            shown.append((same[0], node, parent.children[same[min(turn, len(same)) - 1]]))
    shown.sort(key=itemgetter(0))
    return shown


def _turns(nodes: Sequence[Node]) -> Iterator[tuple[Node, int]]:
    seen: dict[str, int] = {}
    for node in nodes:
        turn = seen[node.name] = seen.get(node.name, 0) + 1
        yield node, turn


def _child(element: Element | None, name: str, turn: int) -> Element | None:
    if element is None:
        return None
    same = element.places.get(name)
    return element.children[same[min(turn, len(same)) - 1]] if same else None


def _attributes(node: Node, element: Element | None) -> str:
    values = node.values
    # Most elements have a text alone, or nothing.
    if not values or (len(values) == 1 and "" in values):
        return ""
    keys = [key for key in values if key.startswith("@") and values[key]]
    if not keys:
        return ""
    known = list(element.attributes) if element is not None else []
    keys.sort(key=lambda key: known.index(key[1:]) if key[1:] in known else len(known))
    return "".join(f' {key[1:]}="{marks.escape(values[key], marks.IN_ATTRIBUTE)}"' for key in keys)
