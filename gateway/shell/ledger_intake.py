"""What the ledger writes when bytes come in: all of it in one commit, or none of it.

Bytes, receipt, leaf of the log, the first event and the row of the outbox that has them
read stand in one transaction. Who is a duplicate is decided here too, where nobody else
can write at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.shell.bodies import Body, put
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import Ref, Said, Work, begin, plain, say

CONTENT = "content"
"""The scope in which a submission is known by the digest of its bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A submission that is ready to be committed.

    `digest` is of the content as received, `body` what is kept of it, `masked` the spans
    in which they differ. `raw` is the compressed content where it was. `content` is the digest
    by which copies are known where that is another than `digest`. `scope` and `key` are the
    transport's own name for it, or "".
    """

    submission: str
    partner: str
    digest: bytes
    size: int
    body: Body
    raw: Body | None = None
    content: bytes | None = None
    encoding: str = "identity"
    masked: Sequence[Sequence[int]]
    media_type: str
    via: Mapping[str, str]
    receipt: Said
    format: str = ""
    scope: str = ""
    key: str = ""


class Outcome(StrEnum):
    """How an arrival was taken."""

    NEW = "new"
    SAME = "same"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class Admission:
    """Which submission answers for the arrival, and its receipt."""

    outcome: Outcome
    submission: str
    receipt: str = ""
    at: str = ""
    events: tuple[str, ...] = field(default=())


def admit(tx: Transaction, new: Arrival) -> Admission:
    """Take bytes in, or find the submission that they are a copy of.

    The same key with other bytes is `REUSED`. Without such a key, or under a new one, the
    same bytes from the same partner are `SAME`, unless what they made has failed: sending
    again what had failed is no duplicate.
    """
    if new.key and (first := _known(tx, new.partner, new.scope, new.key)):
        submission, digest = first
        if digest != new.digest:
            return Admission(Outcome.REUSED, submission)
        return _first_answer(tx, submission)
    content = (new.content or new.digest).hex()
    if (first := _known(tx, new.partner, CONTENT, content)) and not _failed(tx, first[0]):
        if new.key:
            _remember(tx, new, new.scope, new.key, first[0])
        return _first_answer(tx, first[0])
    _insert(tx, new)
    for scope, key in ((CONTENT, content), (new.scope, new.key)):
        if key:
            _remember(tx, new, scope, key, new.submission)
    return Admission(Outcome.NEW, new.submission, new.receipt.receipt, new.receipt.at)


def _known(tx: Transaction, partner: str, scope: str, key: str) -> tuple[str, bytes] | None:
    row = tx.connection.execute(
        "SELECT submission, digest FROM dedup WHERE partner = ? AND scope = ? AND key = ?",
        (partner, scope, key),
    ).fetchone()
    return None if row is None else (row[0], bytes(row[1]))


def _failed(tx: Transaction, submission: str) -> bool:
    row = tx.connection.execute("SELECT failed FROM submission WHERE id = ?", (submission,)).fetchone()
    return bool(row[0])


def _remember(tx: Transaction, new: Arrival, scope: str, key: str, submission: str) -> None:
    tx.connection.execute(
        "INSERT INTO dedup(partner, scope, key, digest, submission) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(partner, scope, key) DO UPDATE SET submission = excluded.submission, digest = excluded.digest",
        (new.partner, scope, key, new.digest, submission),
    )


def _first_answer(tx: Transaction, submission: str) -> Admission:
    receipt, at = tx.connection.execute(
        "SELECT receipt, at FROM answer WHERE submission = ? AND n = 0", (submission,)
    ).fetchone()
    return Admission(Outcome.SAME, submission, receipt, at)


def _insert(tx: Transaction, new: Arrival) -> None:
    at = new.receipt.at
    work = Work(lane=new.partner, send_key=f"process/{new.submission}")
    state = begin(tx, Ref(new.submission, 0, new.partner), at, work)
    tx.connection.execute(
        "INSERT INTO submission(seq, id, partner, state, digest, bytes, body, raw, encoding, masked, media_type,"
        " via, format, received_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            tx.next("submission"),
            new.submission,
            new.partner,
            state,
            new.digest,
            new.size,
            put(tx.connection, new.body),
            put(tx.connection, new.raw) if new.raw is not None else None,
            new.encoding,
            plain(new.masked),
            new.media_type,
            plain(new.via),
            new.format,
            at,
        ),
    )
    say(tx, new.submission, new.receipt, first=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDone:
    """One transaction, read and judged. `forwarded` is what goes out, None when it is refused."""

    idx: int
    message: str
    version: str
    control: str
    number: str
    correlation: str
    keys: Sequence[str]
    action: str
    endpoint: str
    target: str
    entry: Body | None
    forwarded: Body | None
    summary: Mapping[str, object]
    answer: Said | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """A submission, read and judged, with every answer that is due at once.

    `identity` is the sender's own name for the interchange, "" where it has none.
    `technical` answers for the whole interchange. `checked` says that a duplicate
    identity was looked at already.
    """

    submission: str
    partner: str
    outbox: int
    at: str
    format: str
    sender: str
    receiver: str
    control: str
    identity: str
    findings: Body
    technical: Said | None
    parts: Sequence[PartDone]
    checked: bool = False


class Settled(StrEnum):
    """How a reading was taken by the ledger."""

    KEPT = "kept"
    GONE = "gone"
    DUPLICATE = "duplicate"
