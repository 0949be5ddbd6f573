"""The message that goes out for one transaction.

To another message it is written from the entry alone. To the same message it is the
sender's own tree in an envelope of ours, so that nothing is lost on the way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.flow.translate import Outgoing, outgoing
from gateway.formats import formats
from gateway.mapping.residue import thaw
from gateway.specs import Limits

if TYPE_CHECKING:
    from gateway.flow.translate import Tables
    from gateway.mapping import Translation
    from gateway.tree import Envelope


def forward(translation: Translation, target: str, envelope: Envelope, tables: Tables) -> Outgoing:
    """Write a transaction as `catair/SE`, `wco/DEC`, ..., and read it back.

    Raises `LookupError` where there is no mapping for the target.
    """
    spec = translation.mapping.spec
    mapping = tables.mappings.target(target)
    if mapping is None:
        raise LookupError(target)
    if (mapping.spec.format, mapping.spec.message) != (spec.format, spec.message):
        return outgoing(translation.entry, target, envelope, tables)
    form = formats()[spec.format]
    body = thaw(translation.transaction.root)
    interchange = form.envelop(spec.message, spec.version, [body], envelope, tables.specs)
    data = form.write(interchange, tables.specs)
    again = form.read(data, tables.specs, Limits())
    return Outgoing(data, form.name, tuple(again.all_findings()))


def keys_of(translation: Translation) -> tuple[str, ...]:
    """Name what an answer may call this transaction by, the surest first: `number/...`, `bill/...`.

    `control/...` is the interchange of ours that an answer names as the one before it.
    """
    entry = translation.entry
    reference = entry.filing.local_reference if entry.filing is not None else None
    named = [("number", entry.number), ("reference", reference)]
    named += [("bill", f"{bill.issuer or ''}{bill.number}") for bill in entry.bills]
    named += [("control", one.value) for one in entry.references if one.kind == "previous-message"]
    return tuple(dict.fromkeys(f"{kind}/{value}" for kind, value in named if value))
