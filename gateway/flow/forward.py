"""The message that goes out for one transaction.

To another message it is written from the entry alone. To the same message it is the
sender's own tree in an envelope of ours, so that nothing is lost on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.flow.translate import Outgoing, outgoing_plain
from gateway.formats import formats
from gateway.mapping.residue import thaw
from gateway.rules.views import view_of
from gateway.specs import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.entry import Entry
    from gateway.flow.translate import Tables
    from gateway.mapping import Translation
    from gateway.tree import Envelope

# Customs' answers carry no number of the set that they answer: M10 and P4 tell it (x12-customs.md 11.6).
MANIFESTS = frozenset(("x12", message) for message in ("309", "350", "353", "355", "356", "357", "358"))


def forward(translation: Translation, target: str, envelope: Envelope, tables: Tables) -> Outgoing:
    """Write a transaction as `catair/SE`, `wco/DEC`, ..., and read it back.

    Raises `LookupError` where there is no mapping for the target.
    """
    spec = translation.mapping.spec
    mapping = tables.mappings.target(target)
    if mapping is None:
        raise LookupError(target)
    if (mapping.spec.format, mapping.spec.message) != (spec.format, spec.message):
        return outgoing_plain((translation.plain,), target, envelope, tables)
    form = formats()[spec.format]
    body = thaw(translation.transaction.root)
    interchange = form.envelop(spec.message, spec.version, [body], envelope, tables.specs)
    data = form.write(interchange, tables.specs)
    again = form.read(data, tables.specs, Limits())
    return Outgoing(data, form.name, tuple(again.all_findings()))


def again(data: bytes, target: str, envelope: Envelope, tables: Tables) -> Outgoing:
    """Write what was sent once more, in another envelope: the same records, nothing read anew.

    Raises `LookupError` where there is no mapping for the target.
    """
    mapping = tables.mappings.target(target)
    if mapping is None:
        raise LookupError(target)
    form = formats()[mapping.spec.format]
    bodies = [thaw(one.root) for one in form.read(data, tables.specs, Limits()).transactions]
    interchange = form.envelop(mapping.spec.message, mapping.spec.version, bodies, envelope, tables.specs)
    written = form.write(interchange, tables.specs)
    return Outgoing(written, form.name, tuple(form.read(written, tables.specs, Limits()).all_findings()))


def keys_of(translation: Translation) -> tuple[str, ...]:
    """Name what an answer may call this transaction by, the surest first: `number/...`, `bill/...`.

    `conveyance/...` is the manifest of a set of customs, by carrier, voyage, port and day;
    `control/...` is the interchange of ours that an answer names as the one before it.
    """
    entry = view_of(translation.plain)
    reference = entry.filing.local_reference if entry.filing is not None else None
    named = [("number", entry.number), ("reference", reference)]
    named += [("bill", f"{bill.issuer or ''}{bill.number}") for bill in entry.bills]
    named += [("bill", f"{one.issuer}{one.bill}") for one in entry.statuses if one.issuer and one.bill]
    named += [("bill", f"{one.issuer}{one.bill}") for one in entry.transfers if one.issuer and one.bill]
    told = [one.message.group for one in entry.statuses if one.message is not None and one.message.group]
    named += [("control", group.lstrip("0")) for group in told]
    if (translation.mapping.spec.format, translation.mapping.spec.message) in MANIFESTS:
        # A status that names bills is about those bills, whoever has them on this conveyance.
        bills_alone = translation.mapping.spec.message == "350" and any(one.bill for one in entry.statuses)
        named += [("conveyance", name) for name in _conveyances(entry) if not bills_alone]
    named += [("control", one.value) for one in entry.references if one.kind == "previous-message"]
    return tuple(dict.fromkeys(f"{kind}/{value}" for kind, value in named if value))


def _conveyances(entry: Entry) -> Iterator[str]:
    """Name the conveyance by carrier, voyage, port and day: first with what the manifest was for, then without."""
    transport = entry.transport
    if transport is None or not transport.carrier or not transport.voyage:
        return
    action = entry.filing.action if entry.filing is not None else None
    ports = [(one.port, one.arrival_expected) for one in transport.calls]
    if transport.unlading is not None and not ports:
        ports = [(transport.unlading.code or "", transport.arrival_expected)]
    names = [f"{transport.carrier}/{transport.voyage}/{port}/{day or ''}" for port, day in ports]
    yield from (f"{name}/{action}" for name in names if action)
    yield from names
