"""CATAIR as the small ACE speaks it: batches in, answers and notices out.

Lives here: one batch after the other, the choice of what judges a transaction, and the
answer that mirrors the batch. Never here: what any record means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.formats import formats
from gateway.simulator.catair import (
    bonds,
    cargo_release,
    certify,
    importer_query,
    inbond,
    refusal,
    release_query,
    status,
    summary,
    summary_query,
)
from gateway.simulator.catair.batch import ANSWERS, Mirror, cut_batch, split
from gateway.simulator.catair.compose import RECORD_CHARS, layouts
from gateway.simulator.catair.judging import Asked
from gateway.simulator.state import Message, instant, ready

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.simulator.ace import Ace
    from gateway.simulator.catair.batch import Block
    from gateway.simulator.scenarios import Status
    from gateway.simulator.state import Filing, Pending, State
    from gateway.tree import Interchange

    Receiver = Callable[[Asked, State], tuple[State, Sequence[str]]]

_RECEIVERS: Mapping[str, Receiver] = {
    "SE": cargo_release.receive,
    "AE": summary.receive,
    "EQ": summary_query.receive,
    "CQ": release_query.receive,
    "KI": importer_query.receive,
    "QP": inbond.receive,
    "WP": inbond.receive,
    "CB": bonds.receive,
}


class Catair:
    """The handler of `text/plain`."""

    def claims(self, data: bytes) -> bool:
        """Tell whether there is an A record with a B record after it, however wrong they are."""
        return data[:1] == b"A" and data[RECORD_CHARS : RECORD_CHARS + 1] == b"B"

    def receive(
        self, ace: Ace, state: State, batch: str, interchange: Interchange, at: datetime
    ) -> tuple[State, Sequence[Pending]]:
        """Judge every batch of a transmission; each is a unit and gets its own answer."""
        answers: list[Pending] = []
        parts = split(interchange.data)
        for part in parts:
            read = interchange
            if len(parts) > 1:
                read = formats()["catair"].read(part, ace.specs, ace.limits)
            state, added = _batch(ace, state, batch, part, read, at)
            answers += added
        return state, answers

    def tell(
        self, ace: Ace, state: State, filing: Filing, status_: Status, step: Mapping[str, str], at: datetime
    ) -> tuple[State, Sequence[Message]]:
        """Write SO or UC."""
        message = status.notice(layouts(ace.specs.root), filing, status_, step, at)
        return state, (message,) if message else ()


def _batch(
    ace: Ace, state: State, identity: str, data: bytes, read: Interchange, at: datetime
) -> tuple[State, Sequence[Pending]]:
    batch = cut_batch(data)
    if batch is None:
        # Without an A record there is nobody to answer.
        return state, ()
    judgement = refusal.judge(ace, batch, read)
    refused = refusal.answer(ace, batch, judgement)
    if refused is not None:
        kind = batch.application or "A"
        return state, (_pending(kind, identity, refused, at),)
    answer = ANSWERS[batch.application][0]
    receiver = _RECEIVERS[batch.application]
    blocks: list[tuple[Block, Sequence[str]]] = []
    certified: list[bytes] = []
    for block in batch.blocks:
        records: list[str] = []
        for transaction in block.transactions:
            numbers = {record.number for record in transaction}
            bad = [condition for condition in judgement.conditions if condition.record in numbers]
            state, told = receiver(Asked(ace, identity, batch, block, transaction, bad, at), state)
            records += told
            if batch.application == "AE" and (also := certify.answer(ace, batch, block, transaction, told)):
                certified.append(also)
        if records:
            blocks.append((block, records))
    answers = []
    if blocks:
        mirror = Mirror(layouts(ace.specs.root), batch, answer)
        answers.append(_pending(answer, identity, mirror.whole(blocks), at))
    return state, (*answers, *(_pending("SX", identity, body, at) for body in certified))


def _pending(kind: str, batch: str, body: bytes, at: datetime) -> Pending:
    message = Message(kind=kind, batch=batch, media_type=status.MEDIA_TYPE, body=body, at=instant(at))
    return ready(message)
