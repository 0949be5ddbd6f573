"""Node, Leaf, Transaction, Interchange: a message as one tree, whatever its format.

A node has a name, leaves (key to text) and children. The same shape carries an X12
loop and its segments, a CATAIR record, an XML element and a JSON object:

| format  | node                 | leaf key                                 |
| ------- | -------------------- | ---------------------------------------- |
| X12     | loop, segment        | `02`, composite `03-1`, repeat `02#2`     |
| EDIFACT | group, segment       | `1004`, `C080.3036`, repeat `C080.3036#2` |
| CATAIR  | loop, record         | columns: `37-38`                         |
| XML     | element              | "" for its text, `@currencyID`           |
| JSON    | object               | field name; list items repeat the node   |

Spans are byte ranges of what was received and are computed when somebody asks:
a format's reader subclasses `Node` and overrides `values`, `get` and `span`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.finding import Finding, Span
    from gateway.quick import Asked
    from gateway.quick.tree import Tree


class Node:
    """One place in a message. `values` holds leaves in wire order; "" is absent."""

    __slots__ = ("children", "name", "values")

    folds: ClassVar[bool] = False
    """Whether `folded` may have something to give."""

    name: str
    children: list[Node]
    values: dict[str, str]

    def __init__(
        self, name: str, values: Mapping[str, str] | None = None, children: list[Node] | None = None
    ) -> None:
        """Make a node that was not read: its leaves have no span."""
        self.name = name
        self.values = dict(values) if values else {}
        self.children = children if children is not None else []

    def get(self, key: str) -> str:
        """Give the text of a leaf, "" where there is none."""
        return self.values.get(key, "")

    def span(self, key: str) -> Span | None:  # noqa: ARG002 - readers override it
        """Give the bytes of a leaf, None for a node that was not read."""
        return None

    def extent(self) -> Span | None:
        """Give the bytes of the whole node, None for a node that was not read."""
        return None

    def folded(self, kept: Mapping[str, frozenset[str]]) -> Node | None:  # noqa: ARG002 - readers override it
        """Give the same message for reading values alone, None where there is no shorter way to it.

        Nodes without nodes in them are values of the node around: `Name`, `Name@attribute`.
        `kept` are the names that stay nodes, by the name of the node around.
        """
        return None

    def cut(self, asked: Asked) -> Tree | None:  # noqa: ARG002 - readers override it
        """Give what a table asks of a valid message, for the compiled part; None where it has to read the nodes."""
        return None

    @property
    def above(self) -> Node | None:
        """The node around this one, where the reader knows it."""
        return None

    @property
    def layout(self) -> str:
        """How the format laid the node out (blanks, prefixes), opaque to all but its writer.

        A writer that finds "" lays the node out in its own canonical way.
        """
        return ""

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {dict(self.values)!r}, {self.children!r})"


class Draft(Node):
    """A node that is being written: from an entry (`fresh`), or from what was kept of a message."""

    __slots__ = ("_layout", "borrowed", "fresh", "source")

    def __init__(
        self, name: str, *, layout: str = "", fresh: bool = True, source: Node | None = None
    ) -> None:
        """Make an empty draft.

        `source` is the reader's node that it is a copy of, where that is still there: it tells the layout.
        `borrowed` are items of the entry, by path, that the message says elsewhere and only
        refers to here: what is kept says them already.
        """
        super().__init__(name)
        self._layout = layout
        self.source = source
        self.fresh = fresh
        self.borrowed: dict[str, Any] = {}

    @classmethod
    def copied(cls, node: Node) -> Draft:
        """Give a copy of a reader's node, and of all below it, that is to be kept."""
        # Not by `__init__`: a message has many nodes, and all is known here.
        draft = cls.__new__(cls)
        draft.name, draft.values = node.name, node.values.copy()
        draft.children = [cls.copied(child) for child in node.children] if node.children else []
        draft._layout, draft.source, draft.fresh, draft.borrowed = "", node, False, {}  # noqa: SLF001 - its own class
        return draft

    @property
    def layout(self) -> str:
        """What the reader's node had as its layout."""
        return self._layout if self.source is None else self.source.layout


class Leaf(NamedTuple):
    """One value of a message and where it stands."""

    address: str
    node: Node
    key: str
    text: str

    @property
    def span(self) -> Span | None:
        """The bytes of the value as received."""
        return self.node.span(self.key)


def walk(root: Node, separator: str, prefix: str = "") -> Iterator[Leaf]:
    """Yield every leaf that has text, in wire order, with its concrete address.

    Occurrences among siblings of one name are counted from 1 and shown from the
    second on: `P4/LX[2]/N1[3]-01`. `separator` stands between node and key.
    """
    for key, text in root.values.items():
        if text:
            yield Leaf(f"{prefix}{separator}{key}" if key else prefix, root, key, text)
    seen: Counter[str] = Counter()
    for child in root.children:
        seen[child.name] += 1
        turn = seen[child.name]
        name = child.name if turn == 1 else f"{child.name}[{turn}]"
        yield from walk(child, separator, f"{prefix}/{name}" if prefix else name)


class Addresses:
    """The concrete address of any node of a tree, made when somebody asks for it; the same as `walk` gives."""

    def __init__(self, root: Node, separator: str) -> None:
        """Begin at a root; nothing is walked before a node is asked for that does not know what is around it."""
        self._root = root
        self._separator = separator
        self._steps: dict[int, str] = {id(root): ""}

    @cached_property
    def _above(self) -> dict[int, Node]:
        above = {}
        pending = [self._root]
        while pending:
            node = pending.pop()
            for child in node.children:
                above[id(child)] = node
            pending += node.children
        return above

    def leaf(self, node: Node, key: str) -> Leaf:
        """Give a leaf with its address; `KeyError` for a node of another tree."""
        prefix = self._address(node)
        return Leaf(f"{prefix}{self._separator}{key}" if key else prefix, node, key, node.get(key))

    def _address(self, node: Node) -> str:
        found = self._steps.get(id(node))
        if found is None:
            above = node.above or self._above[id(node)]
            prefix = self._address(above)
            seen: Counter[str] = Counter()
            for child in above.children:
                seen[child.name] += 1
                turn = seen[child.name]
                name = child.name if turn == 1 else f"{child.name}[{turn}]"
                self._steps[id(child)] = f"{prefix}/{name}" if prefix else name
            found = self._steps[id(node)]
        return found


@dataclass(slots=True, kw_only=True)
class Transaction:
    """One message of an interchange.

    `root` is the message's own node inside the interchange's tree. `message` and
    `version` name the spec (`309`, `004010`); `control` is the sender's number for it. `meant`
    is the tree that is meant where the sender refers to what stands elsewhere in the message:
    the same nodes, some of them at several places.
    """

    message: str
    version: str
    control: str
    root: Node
    findings: list[Finding] = field(default_factory=list)
    meant: Node | None = None


@dataclass(slots=True, kw_only=True)
class Interchange:
    """What one read returns: envelope, control numbers, transactions, findings.

    `root` holds everything that was received, envelope nodes and transactions, in
    order; `frame` what a writer needs beside it to give the same bytes again
    (delimiters, line ends, XML declaration). `findings` are those of the envelope;
    those of a transaction stand there. `separator` joins node and leaf in addresses.
    """

    format: str
    root: Node
    transactions: list[Transaction]
    separator: str
    sender: str = ""
    receiver: str = ""
    control: str = ""
    frame: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    data: bytes = b""

    def all_findings(self) -> list[Finding]:
        """Give the envelope's findings, then each transaction's."""
        found = list(self.findings)
        for transaction in self.transactions:
            found.extend(transaction.findings)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a new message is wrapped in; every value is an argument, none is made up here.

    `at` is an ISO 8601 instant with offset; `control` the interchange number, from 1.
    `options` are a profile's own keys (X12 qualifiers, CATAIR site code, port, filer).
    """

    sender: str
    receiver: str
    control: int
    at: str
    options: Mapping[str, str] = field(default_factory=dict)
