"""What the ledger writes when something happens to a submission.

Every function here runs inside the writer's open transaction. An event is appended
only through `advance`, which asks the state table; what the table's effects need is
queued in the same transaction (`carry`), so that after a crash the outbox says what is
left to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.flow.submission import Effect, Event, State, overall, step
from gateway.shell.bodies import Body, put
from gateway.shell.ledger import Transaction


@dataclass(frozen=True, slots=True)
class Ref:
    """One transaction of one submission, and whose it is."""

    submission: str
    idx: int
    partner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer of ours that is ready to be committed: bytes, detached signature, receipt.

    `kind` is receipt, technical or business; `idx` the transaction it speaks of, None for
    the whole submission; `log` the receipt log that takes the leaf.
    """

    id: str
    kind: str
    disposition: str
    media_type: str
    body: Body | None
    signature: str
    receipt: str
    at: str
    log: str
    idx: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What an effect needs to know to be carried out; all of it is fixed here, once."""

    lane: str = ""
    send_key: str = ""
    payload: bytes | None = None
    due: float | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


NO_WORK = Work()
_ENCODE = json.JSONEncoder(separators=(",", ":"), default=str).encode

# Effects that a worker has to carry out, and what their lane is called.
QUEUED = {
    Effect.PROCESS: "process",
    Effect.SEND: "send",
    Effect.RENEW: "renew",
    Effect.ACKNOWLEDGE: "acknowledge",
}


def plain(value: object) -> str:
    """Write a JSON value as the ledger keeps it."""
    return _ENCODE(value)


def advance(
    tx: Transaction, ref: Ref, event: Event, at: str, work: Work = NO_WORK, note: object = None
) -> State:
    """Append one event, move the transaction's state, queue what follows. Give the new state.

    Raises `TransitionError` where the table has no place for the event: then nothing of
    the operation is kept.
    """
    key = (ref.submission, ref.idx)
    row = tx.connection.execute("SELECT state FROM part WHERE submission = ? AND idx = ?", key).fetchone()
    before = State(row[0]) if row is not None else State.NEW
    after, effects = step(before, event)
    if row is None:
        tx.connection.execute("INSERT INTO part(submission, idx, state) VALUES(?, ?, ?)", (*key, after))
    else:
        tx.connection.execute(
            "UPDATE part SET state = ?, due = NULL WHERE submission = ? AND idx = ?", (after, *key)
        )
    append(tx, ref, event.value, after.value, at, note)
    for effect in effects:
        carry(tx, ref, effect, work, event)
    return after


def begin(tx: Transaction, ref: Ref, at: str, work: Work) -> State:
    """Take in a transaction that the ledger does not know yet: its first event. Gives its state."""
    after, effects = step(State.NEW, Event.RECEIVED)
    tx.connection.execute(
        "INSERT INTO part(submission, idx, state) VALUES(?, ?, ?)", (ref.submission, ref.idx, after)
    )
    append(tx, ref, Event.RECEIVED.value, after.value, at)
    for effect in effects:
        carry(tx, ref, effect, work, Event.RECEIVED)
    return after


def append(tx: Transaction, ref: Ref, name: str, state: str, at: str, note: object = None) -> None:
    """Append one line to the story of a submission."""
    tx.connection.execute(
        "INSERT INTO event(submission, partner, idx, name, state, data, at) VALUES(?, ?, ?, ?, ?, ?, ?)",
        (ref.submission, ref.partner, ref.idx, name, state, plain(note if note is not None else {}), at),
    )
    tx.touched.update(("event", ref.submission))


def carry(tx: Transaction, ref: Ref, effect: Effect, work: Work, event: Event) -> None:
    """Queue one effect. What needs no worker (a deadline) is done here."""
    if effect is Effect.AWAIT:
        tx.connection.execute(
            "UPDATE part SET due = ? WHERE submission = ? AND idx = ?", (work.due, ref.submission, ref.idx)
        )
    elif effect is Effect.REFUSE and event is Event.SKIPPED:
        queue(tx, ref, "acknowledge", work)
    elif effect is Effect.SEND and event in {Event.TIMED_OUT, Event.RETRIED}:
        # The row that was there goes out again: the same bytes under the same key.
        revive(tx, ref, "send")
    elif effect is Effect.PROCESS and event is Event.RETRIED:
        revive(tx, ref, "process")
    elif effect in QUEUED:
        queue(tx, ref, QUEUED[effect], work)
    elif effect is Effect.REPLY:
        tell_subscribers(tx, ref)
    elif effect is Effect.ALARM:
        tx.touched.add("alarm")


def queue(tx: Transaction, ref: Ref, effect: str, work: Work) -> int:
    """Add one row to the outbox; gives its number."""
    number = tx.next("outbox")
    tx.connection.execute(
        "INSERT INTO outbox(id, effect, lane, submission, idx, send_key, payload, data)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            effect,
            work.lane or ref.submission,
            ref.submission,
            ref.idx,
            work.send_key or f"{effect}/{ref.submission}/{ref.idx}/{number}",
            work.payload,
            plain(work.data),
        ),
    )
    tx.touched.add(f"outbox:{effect}")
    return int(number)


def revive(tx: Transaction, ref: Ref, effect: str) -> None:
    """Make a transaction's row of the outbox ready again, its count of attempts kept."""
    tx.connection.execute(
        "UPDATE outbox SET state = 'ready', next_at = 0, first_at = 0"
        " WHERE submission = ? AND idx = ? AND effect = ? AND state <> 'done'",
        (ref.submission, ref.idx, effect),
    )
    tx.touched.add(f"outbox:{effect}")


def finish(tx: Transaction, outbox: int) -> bool:
    """Mark a row of the outbox done. False: somebody else has done it, drop the result."""
    changed = tx.connection.execute(
        "UPDATE outbox SET state = 'done' WHERE id = ? AND state = 'ready'", (outbox,)
    )
    return changed.rowcount == 1


def tell_subscribers(tx: Transaction, ref: Ref) -> None:
    """Queue a webhook to each subscription of the partner."""
    for (subscription,) in tx.connection.execute(
        "SELECT id FROM subscription WHERE partner = ?", (ref.partner,)
    ).fetchall():
        work = Work(lane=f"webhook/{subscription}", data={"subscription": subscription})
        queue(tx, ref, "webhook", work)


def say(tx: Transaction, submission: str, said: Said, *, first: bool = False) -> int:
    """Keep an answer, its receipt and the receipt's leaf in the log. Give the answer's number.

    `first` says that it is the first about this submission, so that nobody has to look.
    """
    n = 0
    if not first:
        (n,) = tx.connection.execute(
            "SELECT coalesce(max(n) + 1, 0) FROM answer WHERE submission = ?", (submission,)
        ).fetchone()
    tx.connection.execute(
        "INSERT INTO answer(id, submission, n, kind, idx, disposition, media_type, body, signature, receipt, at)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            said.id,
            submission,
            n,
            said.kind,
            said.idx,
            said.disposition,
            said.media_type,
            put(tx.connection, said.body) if said.body is not None else None,
            said.signature,
            said.receipt,
            said.at,
        ),
    )
    # RFC 9162 section 2.1.1: the hash of a leaf is SHA-256(0x00 || entry).
    leaf = hashlib.sha256(b"\x00" + said.receipt.encode("ascii")).digest()
    tx.connection.execute(
        "INSERT INTO leaf(log, idx, hash, answer) VALUES(?, ?, ?, ?)",
        (said.log, tx.next(f"log:{said.log}") - 1, leaf, said.id),
    )
    tx.touched.add("leaf")
    return int(n)


def settle(tx: Transaction, submission: str, at: str) -> State:
    """Work out the state of the whole submission and write it down."""
    rows = tx.connection.execute(
        "SELECT state, disposition FROM part WHERE submission = ?", (submission,)
    ).fetchall()
    state = overall(State(row[0]) for row in rows)
    closed = state is State.CLOSED
    # What failed altogether may be sent again: then it is no duplicate.
    failed = state is State.STOPPED or (closed and all(row[1] == "rejected" for row in rows))
    tx.connection.execute(
        "UPDATE submission SET state = ?, closed_at = ?, failed = ? WHERE id = ?",
        (state, at if closed else None, failed, submission),
    )
    tx.touched.add(submission)
    return state


def dispose(tx: Transaction, ref: Ref, disposition: str) -> None:
    """Write down what became of a transaction: accepted or rejected."""
    tx.connection.execute(
        "UPDATE part SET disposition = ? WHERE submission = ? AND idx = ?",
        (disposition, ref.submission, ref.idx),
    )


def know(tx: Transaction, ref: Ref, endpoint: str, keys: Iterable[str]) -> None:
    """Write down by which names an endpoint may speak of a transaction."""
    tx.connection.executemany(
        "INSERT INTO part_key(endpoint, key, submission, idx) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(endpoint, key, ref.submission, ref.idx) for key in keys],
    )


def keep(tx: Transaction, bodies: Iterable[Body]) -> None:
    """Name bodies that other rows point at by digest."""
    for body in bodies:
        put(tx.connection, body)
