"""The canonical document: entries, and what is needed to give the message back byte for byte.

```
{"canonical": "1",
 "entries": [...],
 "residue": {"format", "separator", "frame", "sender", "receiver", "control",
             "messages": [{"message", "version", "control", "at": [child indices]}],
             "tree": {...}}}
```

A residue holds everything of the message that no entry carries. Without it the document
can still be translated to any other message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.formats.json.indented import indented
from gateway.mapping.residue import from_json, thaw, to_json
from gateway.tree import Draft, Interchange, Transaction

if TYPE_CHECKING:
    from gateway.flow.translate import Taken
    from gateway.tree import Node

VERSION = "1"


class DocumentError(ValueError):
    """A canonical document that does not hold together; the message says where."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document read back: plain entries, and the kept interchange if it has one."""

    entries: list[dict[str, Any]]
    interchange: Interchange | None
    roots: list[Draft]


def document(taken: Taken) -> str:
    """Give the canonical document of what was taken, as JSON text."""
    plain: dict[str, Any] = {"canonical": VERSION, "entries": [one.plain for one in taken.translations]}
    interchange = taken.interchange
    if interchange is not None:
        kept = {id(one.transaction.root): one.residue for one in taken.translations}
        messages: list[dict[str, Any]] = []
        tree = _keep(interchange.root, kept, {id(t.root): t for t in interchange.transactions}, [], messages)
        plain["residue"] = {
            "format": interchange.format,
            "separator": interchange.separator,
            "frame": interchange.frame,
            "sender": interchange.sender,
            "receiver": interchange.receiver,
            "control": interchange.control,
            "messages": messages,
            "tree": to_json(tree),
        }
    return indented(plain) + "\n"


def _keep(
    node: Node,
    kept: dict[int, Draft],
    transactions: dict[int, Transaction],
    at: list[int],
    messages: list[dict[str, Any]],
) -> Draft:
    transaction = transactions.get(id(node))
    if transaction is not None:
        messages.append(
            {
                "message": transaction.message,
                "version": transaction.version,
                "control": transaction.control,
                "at": at,
                "mapped": id(node) in kept,
            }
        )
        return kept.get(id(node)) or thaw(node)
    draft = Draft(node.name, layout=node.layout, fresh=False)
    draft.values.update(node.values)
    draft.children = [
        _keep(child, kept, transactions, [*at, index], messages) for index, child in enumerate(node.children)
    ]
    return draft


def read_document(data: bytes) -> Document:
    """Read a canonical document; `DocumentError` says what is wrong with it."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"it is no JSON: {error}") from error
    if not isinstance(plain, dict) or plain.get("canonical") != VERSION:
        raise DocumentError('it does not say "canonical": "1"')
    entries = plain.get("entries")
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise DocumentError("entries is a list of objects")
    kept = plain.get("residue")
    if kept is None:
        return Document(entries, None, [])
    try:
        interchange, roots = _interchange(kept)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise DocumentError(f"its residue does not hold together: {error}") from error
    if len(roots) != len(entries):
        raise DocumentError(f"{len(entries)} entries, but the residue has {len(roots)} messages for them")
    return Document(entries, interchange, roots)


def _interchange(kept: dict[str, Any]) -> tuple[Interchange, list[Draft]]:
    tree = from_json(kept["tree"])
    transactions, roots = [], []
    for message in kept["messages"]:
        node: Node = tree
        for index in message["at"]:
            node = node.children[index]
        transactions.append(
            Transaction(
                message=message["message"], version=message["version"], control=message["control"], root=node
            )
        )
        if message["mapped"] and isinstance(node, Draft):
            roots.append(node)
    interchange = Interchange(
        format=kept["format"],
        root=tree,
        transactions=transactions,
        separator=kept["separator"],
        sender=kept["sender"],
        receiver=kept["receiver"],
        control=kept["control"],
        frame={str(key): str(value) for key, value in kept["frame"].items()},
    )
    return interchange, roots
