"""What the ledger writes when something happens to a submission.

Every function here runs inside the writer's open transaction. An event is appended
only through `advance`, which asks the state table; what the table's effects need is
queued in the same transaction (`carry`), so that after a crash the outbox says what is
left to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.flow.submission import Effect, Event, State, overall, step
from gateway.shell.bodies import Body, put_all
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_rows import insert


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
    tx: Transaction,
    ref: Ref,
    event: Event,
    at: str,
    work: Work = NO_WORK,
    note: object = None,
    *,
    became: str = "",
) -> State:
    """Append one event, move the transaction's state, queue what follows. Give the new state.

    `became` is what became of the transaction where that is known now: accepted or rejected.
    Raises `TransitionError` where the table has no place for the event: then nothing of
    the operation is kept.
    """
    row = tx.connection.execute(
        "SELECT state, disposition FROM part WHERE submission = ? AND idx = ?", (ref.submission, ref.idx)
    ).fetchone()
    before, disposition = (State(row[0]), row[1]) if row is not None else (State.NEW, "")
    return _move(tx, ref, before, event, at, work, note, became or disposition)


def progress(
    tx: Transaction,
    ref: Ref,
    event: Event,
    at: str,
    work: Work = NO_WORK,
    note: object = None,
    *,
    became: str = "",
) -> State:
    """Do what `advance` does, and then what `settle` does, with one look at the transactions."""
    parts = _parts(tx, ref.submission)
    before, disposition = parts.get(ref.idx, (State.NEW, ""))
    after = _move(tx, ref, before, event, at, work, note, became or disposition)
    parts[ref.idx] = after, became or disposition
    _settle(tx, ref.submission, at, parts)
    return after


def _move(
    tx: Transaction,
    ref: Ref,
    before: State,
    event: Event,
    at: str,
    work: Work,
    note: object,
    disposition: str,
) -> State:
    """Append one event to a transaction whose state is known. Give the new one."""
    after, effects = step(before, event)
    key = (ref.submission, ref.idx)
    # An answer is waited for by a deadline, and by nothing else.
    due = work.due if Effect.AWAIT in effects else None
    if before is State.NEW:
        tx.connection.execute(
            "INSERT INTO part(state, due, disposition, submission, idx) VALUES(?, ?, ?, ?, ?)",
            (after, due, disposition, *key),
        )
    else:
        tx.connection.execute(
            "UPDATE part SET state = ?, due = ?, disposition = ? WHERE submission = ? AND idx = ?",
            (after, due, disposition, *key),
        )
    append(tx, ref, event.value, after.value, at, note)
    for effect in effects:
        carry(tx, ref, effect, work, event)
    return after


def begin(tx: Transaction, new: Sequence[tuple[Ref, str, Work]]) -> State:
    """Take in transactions that the ledger does not know yet: their first event. Gives their state."""
    after, effects = step(State.NEW, Event.RECEIVED)
    refs = [ref for ref, _, _ in new]
    insert(tx.connection, "part(submission, idx, state)", [(ref.submission, ref.idx, after) for ref in refs])
    append_all(tx, [(ref, Event.RECEIVED.value, after.value, at, None) for ref, at, _ in new])
    for effect in effects:
        queue_all(tx, QUEUED[effect], [(ref, work) for ref, _, work in new])
    return after


def append(tx: Transaction, ref: Ref, name: str, state: str, at: str, note: object = None) -> None:
    """Append one line to the story of a submission."""
    append_all(tx, ((ref, name, state, at, note),))


def append_all(tx: Transaction, lines: Sequence[tuple[Ref, str, str, str, object]]) -> None:
    """Append lines to the stories of submissions: whose, name, state, time, note."""
    insert(
        tx.connection,
        "event(submission, partner, idx, name, state, data, at)",
        [
            (ref.submission, ref.partner, ref.idx, name, state, plain(note if note is not None else {}), at)
            for ref, name, state, at, note in lines
        ],
    )
    tx.touched.add("event")
    tx.touched.update([line[0].submission for line in lines])


def carry(tx: Transaction, ref: Ref, effect: Effect, work: Work, event: Event) -> None:
    """Queue one effect. What needs no worker is done here; a deadline stands in the transaction itself."""
    if effect is Effect.REFUSE and event is Event.SKIPPED:
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
    return queue_all(tx, effect, ((ref, work),))


def queue_all(tx: Transaction, effect: str, new: Sequence[tuple[Ref, Work]]) -> int:
    """Add rows to the outbox; gives the number of the first."""
    first = tx.next("outbox", len(new))
    insert(
        tx.connection,
        "outbox(id, effect, lane, submission, idx, send_key, payload, data)",
        [
            (
                number,
                effect,
                work.lane or ref.submission,
                ref.submission,
                ref.idx,
                work.send_key or f"{effect}/{ref.submission}/{ref.idx}/{number}",
                work.payload,
                plain(work.data),
            )
            for number, (ref, work) in enumerate(new, first)
        ],
    )
    tx.touched.add(f"outbox:{effect}")
    return first


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


def say(tx: Transaction, submission: str, said: Said) -> int:
    """Keep an answer, its receipt and the receipt's leaf in the log. Give the answer's number."""
    (n,) = tx.connection.execute(
        "SELECT coalesce(max(n) + 1, 0) FROM answer WHERE submission = ?", (submission,)
    ).fetchone()
    _say(tx, [(submission, int(n), said)])
    return int(n)


def say_first(tx: Transaction, answers: Sequence[tuple[str, Said]]) -> None:
    """Keep the first answer about each of some submissions of the same moment."""
    _say(tx, [(submission, 0, said) for submission, said in answers])


def _say(tx: Transaction, answers: Sequence[tuple[str, int, Said]]) -> None:
    put_all(tx.connection, [said.body for _, _, said in answers if said.body is not None])
    insert(
        tx.connection,
        "answer(id, submission, n, kind, idx, disposition, media_type, body, signature, receipt, at)",
        [
            (
                said.id,
                submission,
                n,
                said.kind,
                said.idx,
                said.disposition,
                said.media_type,
                said.body.digest if said.body is not None else None,
                said.signature,
                said.receipt,
                said.at,
            )
            for submission, n, said in answers
        ],
    )
    insert(
        tx.connection,
        "leaf(log, idx, hash, answer)",
        [
            # RFC 9162 section 2.1.1: the hash of a leaf is SHA-256(0x00 || entry).
            (
                said.log,
                tx.next(f"log:{said.log}") - 1,
                hashlib.sha256(b"\x00" + said.receipt.encode("ascii")).digest(),
                said.id,
            )
            for _, _, said in answers
        ],
    )
    tx.touched.add("leaf")


def settle(tx: Transaction, submission: str, at: str) -> State:
    """Work out the state of the whole submission and write it down."""
    return _settle(tx, submission, at, _parts(tx, submission))


def _parts(tx: Transaction, submission: str) -> dict[int, tuple[State, str]]:
    """Give state and disposition of each transaction of a submission."""
    rows = tx.connection.execute(
        "SELECT idx, state, disposition FROM part WHERE submission = ?", (submission,)
    ).fetchall()
    return {row[0]: (State(row[1]), row[2]) for row in rows}


def _settle(tx: Transaction, submission: str, at: str, parts: Mapping[int, tuple[State, str]]) -> State:
    state = overall(state for state, _ in parts.values())
    closed = state is State.CLOSED
    # What failed altogether may be sent again: then it is no duplicate.
    failed = state is State.STOPPED or (closed and all(became == "rejected" for _, became in parts.values()))
    tx.connection.execute(
        "UPDATE submission SET state = ?, closed_at = ?, failed = ? WHERE id = ?",
        (state, at if closed else None, failed, submission),
    )
    tx.touched.add(submission)
    return state


def know(tx: Transaction, ref: Ref, endpoint: str, keys: Iterable[str]) -> None:
    """Write down by which names an endpoint may speak of a transaction."""
    rows = [(endpoint, key, ref.submission, ref.idx) for key in keys]
    insert(tx.connection, "part_key(endpoint, key, submission, idx)", rows, "ON CONFLICT DO NOTHING")


def keep(tx: Transaction, bodies: Iterable[Body]) -> None:
    """Name bodies that other rows point at by digest."""
    put_all(tx.connection, [*bodies])
