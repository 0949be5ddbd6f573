"""What the ledger writes when bytes come in: all of it in one commit, or none of it.

Bytes, receipt, leaf of the log, the first event and the row of the outbox that has them
read stand in one transaction. Who is a duplicate is decided here too, where nobody else
can write at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.shell.bodies import Body, put_all
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import Ref, Said, Work, begin, plain, say_first
from gateway.shell.ledger_rows import insert, portions, values

CONTENT = "content"
"""The scope in which a submission is known by the digest of its bytes."""

Name = tuple[str, str, str]
"""Partner, scope, key: what a copy is known by."""


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
    return admit_all(tx, (new,))[0]


def admit_all(tx: Transaction, arrivals: Sequence[Arrival]) -> list[Admission]:
    """Take in what waits together, each as if the one before it was written already."""
    known = _known(tx, [name for new in arrivals for name in _names(new)])
    taken: dict[str, Arrival] = {}
    fresh = []
    remembered: dict[Name, tuple[str, bytes]] = {}
    admissions = []
    for new in arrivals:
        admission, learnt = _judge(tx, new, known, taken)
        if admission.outcome is Outcome.NEW:
            taken[new.submission] = new
            fresh.append(new)
        for name in learnt:
            known[name] = remembered[name] = (admission.submission, new.digest)
        admissions.append(admission)
    if fresh:
        _insert(tx, fresh)
    insert(
        tx.connection,
        "dedup(partner, scope, key, digest, submission)",
        [(*name, digest, submission) for name, (submission, digest) in remembered.items()],
        "ON CONFLICT(partner, scope, key) DO UPDATE SET submission = excluded.submission, digest = excluded.digest",
    )
    return admissions


def _names(new: Arrival) -> list[Name]:
    """Give the names by which a copy would be known: of the content, and the transport's own."""
    names = [(new.partner, CONTENT, (new.content or new.digest).hex())]
    return [*names, (new.partner, new.scope, new.key)] if new.key else names


def _judge(
    tx: Transaction, new: Arrival, known: Mapping[Name, tuple[str, bytes]], taken: Mapping[str, Arrival]
) -> tuple[Admission, list[Name]]:
    """Decide on one arrival; gives the names that are to be remembered for it, too."""
    content, *keys = _names(new)
    if keys and (first := known.get(keys[0])):
        if first[1] != new.digest:
            return Admission(Outcome.REUSED, first[0]), []
        return _first_answer(tx, first[0], taken), []
    if (first := known.get(content)) and (first[0] in taken or not _failed(tx, first[0])):
        return _first_answer(tx, first[0], taken), keys
    return Admission(Outcome.NEW, new.submission, new.receipt.receipt, new.receipt.at), [content, *keys]


def _known(tx: Transaction, names: Sequence[Name]) -> dict[Name, tuple[str, bytes]]:
    found: dict[Name, tuple[str, bytes]] = {}
    for some in portions(names):
        # Both databases look each name up in the index when the list comes first.
        rows = tx.connection.execute(
            f"WITH asked(partner, scope, key) AS (VALUES{values(3, len(some))})"  # noqa: S608 - question marks
            " SELECT d.partner, d.scope, d.key, d.submission, d.digest FROM asked a CROSS JOIN dedup d"
            " WHERE d.partner = a.partner AND d.scope = a.scope AND d.key = a.key",
            [word for name in some for word in name],
        ).fetchall()
        found |= {(row[0], row[1], row[2]): (str(row[3]), bytes(row[4])) for row in rows}
    return found


def _failed(tx: Transaction, submission: str) -> bool:
    row = tx.connection.execute("SELECT failed FROM submission WHERE id = ?", (submission,)).fetchone()
    return bool(row[0])


def _first_answer(tx: Transaction, submission: str, taken: Mapping[str, Arrival]) -> Admission:
    if submission in taken:
        said = taken[submission].receipt
        return Admission(Outcome.SAME, submission, said.receipt, said.at)
    receipt, at = tx.connection.execute(
        "SELECT receipt, at FROM answer WHERE submission = ? AND n = 0", (submission,)
    ).fetchone()
    return Admission(Outcome.SAME, submission, receipt, at)


def _insert(tx: Transaction, arrivals: Sequence[Arrival]) -> None:
    state = begin(
        tx,
        [
            (
                Ref(new.submission, 0, new.partner),
                new.receipt.at,
                Work(lane=new.partner, send_key=f"process/{new.submission}"),
            )
            for new in arrivals
        ],
    )
    put_all(tx.connection, [body for new in arrivals for body in (new.body, new.raw) if body is not None])
    seq = tx.next("submission", len(arrivals))
    insert(
        tx.connection,
        "submission(seq, id, partner, state, digest, bytes, body, raw, encoding, masked, media_type,"
        " via, format, received_at)",
        [
            (
                seq + turn,
                new.submission,
                new.partner,
                state,
                new.digest,
                new.size,
                new.body.digest,
                new.raw.digest if new.raw is not None else None,
                new.encoding,
                plain(new.masked),
                new.media_type,
                plain(new.via),
                new.format,
                new.receipt.at,
            )
            for turn, new in enumerate(arrivals)
        ],
    )
    say_first(tx, [(new.submission, new.receipt) for new in arrivals])


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
