"""How this library writes a tree that no reader made just so: copied in several ways, changed, in an envelope of its own.

Lives here: the copying, the changes, the writing, and what has to hold of it. Never here: which trees are asked
(`trees.py`). What is kept of a message may come back from another hand, so a tree may say anything.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.ways.things import ODD, OPENED, PORTS
from gateway.finding import no_errors
from gateway.specs import Limits
from gateway.tree import Draft, Envelope, Interchange, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gateway.formats import Format
    from gateway.specs import Specs

AT = "2026-03-02T10:15:00+00:00"
COPIES = ("read", "kept", "source", "plain", "fresh")
"""How a tree is copied: not at all, with its layout told, with its nodes as sources, as plain nodes, as new ones."""
_EXACT = frozenset({"read", "kept", "source"})


def go(
    data: bytes, form: Format, specs: Specs, steps: Mapping[str, Any]
) -> tuple[bytes, Interchange, tuple[str, ...]]:
    """Read, copy, change, write and read again; give the bytes, what was read of them, what does not hold."""
    data = b"".join(_spelt(data, way) for way in steps.get("join", "1"))
    read = form.read(data, specs, Limits())
    sent = _copied(read, steps["copy"])
    for how, at, number in steps["edits"]:
        tree = _Tree(sent, form.name, steps["copy"], number)
        if tree.places:
            _EDITS[how](tree, at)
    if "frame" in steps:
        sent.frame = {**(sent.frame if steps["frame"][0] else {}), **steps["frame"][1]}
    sent, wrapped = _wrapped(sent, form, specs, steps)
    out = form.write(sent, specs)
    again = form.read(out, specs, Limits())
    if wrapped:
        # The lock has it beside what is read again.
        again.frame = {**again.frame, "made": _said(sent)}
        again.findings.extend(replace(one, span=None, transaction=None) for one in sent.findings)
    same = wrapped or steps["edits"] or "frame" in steps or steps["copy"] not in _EXACT or out == data
    # Of what is not right no more is kept than could be read.
    held = same or not no_errors(read.all_findings())
    return out, again, () if held else ("what was read is not written back byte for byte",)


def _spelt(data: bytes, way: str) -> bytes:
    """Give an interchange as it is, with other service characters, or without its UNA."""
    if way == "2":
        return data.translate(bytes.maketrans(b":+'", b"|*~"))
    return data[9:].lstrip() if way == "3" and data[:3] == b"UNA" else data


def _said(sent: Interchange) -> str:
    """Give what an interchange that was made says of itself, in a word."""
    there = [(one.message, one.version, one.control) for one in sent.transactions]
    about = (sent.format, sent.separator, sent.sender, sent.receiver, sent.control, there, sent.frame)
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _wrapped(
    sent: Interchange, form: Format, specs: Specs, steps: Mapping[str, Any]
) -> tuple[Interchange, bool]:
    """Put the messages of one kind into a new envelope, where the steps have one and there is such a message."""
    known = [one for one in sent.transactions if specs.message(form.name, one.message, one.version)]
    if "wrap" not in steps or not known:
        return sent, False
    first, told = known[0], steps["wrap"]
    bodies = [one.root for one in known if (one.message, one.version) == (first.message, first.version)]
    envelope = Envelope(
        sender=told["sender"],
        receiver=told["receiver"],
        control=told["control"],
        at=AT,
        options=told["options"],
    )
    return form.envelop(first.message, first.version, bodies, envelope, specs), True


def _copied(read: Interchange, how: str) -> Interchange:
    """Copy an interchange with its tree."""
    if how == "read":
        return replace(read, findings=[], transactions=[replace(one) for one in read.transactions])
    roots: dict[int, Node] = {}

    def copied(node: Node) -> Node:
        found = _copy(node, how)
        found.children = [copied(child) for child in node.children]
        roots[id(node)] = found
        return found

    root = copied(read.root)
    there = [replace(one, root=roots[id(one.root)]) for one in read.transactions]
    return replace(read, root=root, transactions=there, findings=[], data=b"")


def _copy(node: Node, how: str) -> Node:
    """Copy one node without its children."""
    if how == "plain":
        return Node(node.name, node.values)
    draft = Draft(
        node.name,
        layout=node.layout if how == "kept" else "",
        fresh=how == "fresh",
        source=node if how == "source" else None,
    )
    draft.values.update(node.values)
    return draft


class _Tree:
    """One change in progress: the tree, and the number by which it is made."""

    def __init__(self, sent: Interchange, form: str, how: str, number: int) -> None:
        self.sent = sent
        self.how = how
        self.odd: Mapping[str, Sequence[str]] = ODD[form]
        self.number = number
        self.places = list(_places(sent.root))

    def place(self, at: int) -> tuple[Node, int]:
        """Give a parent and the turn of its child, so many hundredths into the tree."""
        return self.places[at * len(self.places) // 100]

    def own(self, at: int) -> Node:
        """Give a node that can be written to: a copy in its place where it was read."""
        parent, turn = self.place(at)
        node = parent.children[turn]
        if self.how == "read":
            node = _copy(node, "kept")
            node.children = list(parent.children[turn].children)
            self.put(parent, turn, node)
        return node

    def put(self, parent: Node, turn: int, node: Node) -> None:
        """Put a node in the place of another one, as the root of its transaction too."""
        for one in self.sent.transactions:
            if one.root is parent.children[turn]:
                one.root = node
        parent.children[turn] = node

    def pick(self, what: str) -> str:
        """Choose one of the odd things of a kind."""
        return self.odd[what][self.number % len(self.odd[what])]


def _places(node: Node) -> Iterator[tuple[Node, int]]:
    for turn, child in enumerate(node.children):
        yield node, turn
        yield from _places(child)


def _touch(tree: _Tree, at: int) -> None:
    """Look at a tree, which changes nothing."""
    del tree, at


def _drop(tree: _Tree, at: int) -> None:
    parent, turn = tree.place(at)
    del parent.children[turn]


def _twice(tree: _Tree, at: int) -> None:
    parent, turn = tree.place(at)
    parent.children.insert(turn, _whole(parent.children[turn], tree.how))


def _whole(node: Node, how: str) -> Node:
    found = _copy(node, how)
    found.children = [_whole(child, how) for child in node.children]
    return found


def _swap(tree: _Tree, at: int) -> None:
    parent, turn = tree.place(at)
    parent.children[turn : turn + 2] = parent.children[turn : turn + 2][::-1]


def _graft(tree: _Tree, at: int) -> None:
    """Put a copy of a node below another one."""
    parent, turn = tree.place(at)
    below = tree.own(tree.number % 100)
    below.children = [*below.children, _whole(parent.children[turn], "plain")]


def _text(tree: _Tree, at: int) -> None:
    node = tree.own(at)
    if node.values:
        keys = list(node.values)
        node.values[keys[tree.number // 64 % len(keys)]] = tree.pick("texts")


def _texts(tree: _Tree, at: int) -> None:
    """Give every leaf of a node, or of what is below it, a text."""
    for node in _below(tree.own(at), tree.how):
        node.values.update(dict.fromkeys(node.values, tree.pick("texts")))


def _clear(tree: _Tree, at: int) -> None:
    node = tree.own(at)
    node.values.update(dict.fromkeys(node.values, ""))


def _empty(tree: _Tree, at: int) -> None:
    node = tree.own(at)
    node.values.clear()
    if tree.number % 2:
        node.children = []


def _leaf(tree: _Tree, at: int) -> None:
    tree.own(at).values[tree.pick("keys")] = tree.odd["texts"][tree.number // 64 % len(tree.odd["texts"])]


def _again(tree: _Tree, at: int) -> None:
    """Repeat every leaf of a node and of what is below it; a third turn is left out by some."""
    if tree.sent.format == "catair":
        # Behind the sign stands there what kind of number it is.
        return
    for node in _below(tree.own(at), tree.how):
        for key, text in list(node.values.items()):
            node.values[f"{key}#2"] = f"{text}2"
            if tree.number % 3:
                node.values[f"{key}#{3 + tree.number % 2}"] = text[::-1]


def _below(node: Node, how: str) -> Iterator[Node]:
    """Yield a node and what is below it; of what was read the node alone."""
    yield node
    for child in node.children if how != "read" else ():
        yield from _below(child, how)


def _layout(tree: _Tree, at: int) -> None:
    """Give a node a layout of another hand, or of another node."""
    parent, turn = tree.place(at)
    other, there = tree.place(tree.number % 100)
    told = other.children[there].layout if tree.number % 4 == 3 else tree.pick("layouts")
    node = parent.children[turn]
    draft = Draft(node.name, layout=told, fresh=tree.number % 5 == 4)
    draft.values.update(node.values)
    draft.children = list(node.children)
    tree.put(parent, turn, draft)


def _name(tree: _Tree, at: int) -> None:
    tree.own(at).name = tree.pick("names")


_EDITS: dict[str, Callable[[_Tree, int], None]] = {
    "touch": _touch, "drop": _drop, "twice": _twice, "swap": _swap, "graft": _graft, "text": _text, "texts": _texts,
    "clear": _clear, "empty": _empty, "leaf": _leaf, "again": _again, "layout": _layout, "name": _name,
}  # fmt: skip
EDITS = tuple(_EDITS)
"""The changes that are drawn for any sample."""


def _port(tree: _Tree, at: int) -> None:
    """Give each header that has a port another one: the first leaf of four digits."""
    del at
    for one in tree.sent.transactions:
        node = one.root
        while node.children and not node.values:
            node = node.children[0]
        key = next((key for key, text in node.values.items() if len(text) == 4 and text.isdigit()), "")
        if key:
            node.values[key] = PORTS[tree.number % len(PORTS)]


def _opened(tree: _Tree, at: int) -> None:
    """Give what opens each interchange a layout of another hand; it opens what follows it."""
    del at
    for parent, turn in tree.places:
        node = parent.children[turn]
        if node.name in {"ISA", "UNB"} and not node.children and isinstance(node, Draft):
            told = OPENED[tree.sent.format]
            draft = Draft(node.name, layout=told[tree.number % len(told)], fresh=False)
            draft.values.update(node.values)
            tree.put(parent, turn, draft)


def _divided(tree: _Tree, at: int) -> None:
    """Keep each segment that is named by its place, `UNS.1`, as the bytes that it came in."""
    del at
    for parent, turn in tree.places:
        node = parent.children[turn]
        if "." in node.name and not node.children:
            raw = "+".join((node.name.partition(".")[0], *node.values.values()))
            draft = Draft(node.name, layout=f"r{raw.encode().hex()}", fresh=False)
            draft.values.update(node.values)
            tree.put(parent, turn, draft)


_EDITS |= {"port": _port, "opened": _opened, "divided": _divided}
