"""What the other side said: about which of our transactions, and what.

An answer of customs is read into an entry with statuses by its mapping. An answer about
syntax counts only when it rejects: accepted syntax is no word of customs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.finding import Disposition
from gateway.flow.decide import customs, dispositions
from gateway.flow.forward import keys_of
from gateway.rules.views import view_of
from gateway.specs.answers import TechnicalAnswer, Verdict, technical_answers, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.entry import Entry
    from gateway.flow.translate import Tables, Taken
    from gateway.tree import Interchange, Node, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that a message says about one transaction of ours.

    `keys` name the transaction, the surest first. Without dispositions nothing is said of
    customs: the message belongs to the transaction, and that is all. `message` is what says so
    (`catair/AX`), `codes` the condition codes in it.
    """

    keys: tuple[str, ...]
    dispositions: tuple[Disposition, ...]
    message: str = ""
    codes: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Tell whether nothing of it is a rejection."""
        return customs(self.dispositions).accepted


def heard(taken: Taken, tables: Tables) -> tuple[Heard, ...]:
    """Give what a message says, in its order."""
    interchange = taken.interchange
    if interchange is None:
        return ()
    translations = {id(one.transaction): one for one in taken.translations}
    technical = technical_answers(tables.specs.root)
    found = []
    for transaction in interchange.transactions:
        translation = translations.get(id(transaction))
        keys: tuple[str, ...] = keys_of(translation) if translation is not None else ()
        correlation = correlation_of(interchange, transaction)
        if correlation:
            keys = (f"correlation/{correlation}", *keys)
        said: tuple[Disposition, ...] = ()
        entry = view_of(translation.plain) if translation is not None else None
        codes = _codes(entry)
        place = technical.get((interchange.format, transaction.message))
        if place is not None:
            said = _rejection(place, transaction.root, transaction.message)
            keys += _controls(place, transaction.root)
            codes += _conditions(place, transaction.root)
        else:
            said = dispositions(entry) if entry is not None else ()
            verdict = verdicts(tables.specs.root).get((interchange.format, transaction.message))
            said = said or _verdict(verdict, transaction)
        message = f"{interchange.format}/{transaction.message}"
        found.append(Heard(keys=keys, dispositions=said, message=message, codes=codes))
    return (*found, *_enveloped(interchange, technical))


def _enveloped(
    interchange: Interchange, technical: Mapping[tuple[str, str], TechnicalAnswer]
) -> Iterator[Heard]:
    """Give the answers that are segments of the envelope and no message: a TA1."""
    for header in interchange.root.children:
        for node in header.children:
            place = technical.get((interchange.format, node.name)) if not node.children else None
            if place is not None:
                yield Heard(keys=_controls(place, node), dispositions=_rejection(place, node, node.name))


def _rejection(place: TechnicalAnswer, root: Node, name: str) -> tuple[Disposition, ...]:
    for node in _nodes(root):
        if node.name in place.nodes and (code := node.get(place.leaf)) in place.rejected:
            text = f"the transmission was rejected in syntax ({name})"
            return (Disposition(code=code, meaning="rejected", text=text),)
    return ()


def _codes(entry: Entry | None) -> tuple[str, ...]:
    """Give the condition codes of an answer, as they stand in it."""
    if entry is None:
        return ()
    said = (code for status in entry.statuses for code in (status.code, status.reason))
    return tuple(dict.fromkeys(code for code in said if code))


def _conditions(place: TechnicalAnswer, root: Node) -> tuple[str, ...]:
    """Give why a transmission was rejected, where the table says in which leaf that stands."""
    if not place.condition:
        return ()
    texts = (node.get(place.condition).strip() for node in _nodes(root) if node.name in place.nodes)
    return tuple(text for text in texts if text)


def _controls(place: TechnicalAnswer, root: Node) -> tuple[str, ...]:
    """Name our interchange by its control number, where the answer has it."""
    if not place.control:
        return ()
    texts = [node.get(place.control).strip() for node in _nodes(root) if node.name in place.numbered]
    # Numbers are ours as numbers: an envelope may write zeros before them.
    return tuple(f"control/{text.lstrip('0') or text}" for text in texts if text)


def _verdict(verdict: Verdict | None, transaction: Transaction) -> tuple[Disposition, ...]:
    if verdict is None:
        return ()
    nodes = list(_nodes(transaction.root))
    words = " ".join(node.get("01") for node in nodes if node.name == verdict.says and node.get("01"))
    if any(node.name == verdict.rejects for node in nodes):
        return (Disposition(code=transaction.message, meaning="rejected", text=words),)
    return (Disposition(code=verdict.accepted, meaning="accepted", text=words),)


def _nodes(root: Node) -> Iterator[Node]:
    yield root
    for child in root.children:
        yield from _nodes(child)


def correlation_of(interchange: Interchange, transaction: Transaction) -> str:
    """Give what we sent along and the endpoint gave back, "" where it gave nothing.

    CATAIR gives back columns 60 to 80 of B, and of each block its own; of a batch that was
    rejected with its B, those of A. EDIFACT gives back the common access reference of UNH.
    """
    if interchange.format == "edifact":
        return next((node.get("0068") for node in transaction.root.children if node.name == "UNH"), "")
    if interchange.format != "catair":
        return ""
    block = ""
    for node in _nodes(interchange.root):
        if node is transaction.root:
            break
        if node.name in {"A", "B"}:
            block = node.get("60-80").strip() or block
    return block
