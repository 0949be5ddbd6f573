"""What the ledger writes when a submission has been read and judged: one commit."""

from __future__ import annotations

from gateway.flow.submission import Event, State
from gateway.shell.bodies import put
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import (
    Ref,
    Work,
    advance,
    append,
    finish,
    keep,
    know,
    plain,
    progress,
    say,
    settle,
)
from gateway.shell.ledger_intake import PartDone, Processed, Settled

INTERCHANGE = "interchange"
"""The scope in which a submission is known by the sender's own control number."""


def complete(tx: Transaction, done: Processed) -> tuple[Settled, str]:
    """Write down what reading gave. Gives the first submission where the identity came before.

    `GONE` means that the work was done by somebody else or before a crash: nothing is written.
    """
    if done.identity:
        (state,) = tx.connection.execute("SELECT state FROM outbox WHERE id = ?", (done.outbox,)).fetchone()
        if state != "ready":
            return Settled.GONE, ""
        if (first := _claim_identity(tx, done)) and not done.checked:
            return Settled.DUPLICATE, first
    if not finish(tx, done.outbox):
        return Settled.GONE, ""
    tx.connection.execute(
        "UPDATE submission SET format = ?, sender = ?, receiver = ?, control = ?, findings = ? WHERE id = ?",
        (
            done.format,
            done.sender,
            done.receiver,
            done.control,
            put(tx.connection, done.findings),
            done.submission,
        ),
    )
    if done.technical is not None:
        say(tx, done.submission, done.technical)
    for part in done.parts:
        _complete_part(tx, done, part)
    settle(tx, done.submission, done.at)
    return Settled.KEPT, ""


def _claim_identity(tx: Transaction, done: Processed) -> str:
    """Take the control number for this submission, or give the one that has it with other content."""
    digest = _content(tx, done.submission)
    row = tx.connection.execute(
        "SELECT d.submission, d.digest, s.failed FROM dedup d JOIN submission s ON s.id = d.submission"
        " WHERE d.partner = ? AND d.scope = ? AND d.key = ?",
        (done.partner, INTERCHANGE, done.identity),
    ).fetchone()
    if row is not None and row[0] != done.submission and not row[2] and bytes(row[1]) != digest:
        return str(row[0])
    tx.connection.execute(
        "INSERT INTO dedup(partner, scope, key, digest, submission) VALUES(?, ?, ?, ?, ?)"
        " ON CONFLICT(partner, scope, key) DO UPDATE SET submission = excluded.submission, digest = excluded.digest",
        (done.partner, INTERCHANGE, done.identity, digest, done.submission),
    )
    return ""


def _content(tx: Transaction, submission: str) -> bytes:
    """Give the digest of the content itself, however it was wrapped or compressed on its way."""
    (digest,) = tx.connection.execute("SELECT body FROM submission WHERE id = ?", (submission,)).fetchone()
    return bytes(digest)


def _complete_part(tx: Transaction, done: Processed, part: PartDone) -> None:
    ref = Ref(done.submission, part.idx, done.partner)
    if part.idx > 0:
        # The reading that took in the whole interchange serves this transaction too.
        tx.connection.execute(
            "INSERT INTO part(submission, idx, state) VALUES(?, ?, ?)", (ref.submission, ref.idx, State.READ)
        )
        append(tx, ref, Event.RECEIVED.value, State.READ.value, done.at)
    forwarded = part.forwarded
    keep(tx, (body for body in (part.entry, forwarded) if body is not None))
    tx.connection.execute(
        "UPDATE part SET message = ?, version = ?, control = ?, number = ?, correlation = ?, endpoint = ?,"
        " target = ?, entry = ?, forwarded = ?, summary = ?"
        " WHERE submission = ? AND idx = ?",
        (
            part.message,
            part.version,
            part.control,
            part.number,
            part.correlation if forwarded is not None else "",
            part.endpoint,
            part.target,
            part.entry.digest if part.entry is not None else None,
            forwarded.digest if forwarded is not None else None,
            plain(part.summary),
            ref.submission,
            ref.idx,
        ),
    )
    if forwarded is not None:
        know(tx, ref, part.endpoint, (f"correlation/{part.correlation}", *part.keys))
        work = Work(
            lane=f"{part.endpoint}/{done.partner}",
            send_key=part.correlation,
            payload=forwarded.digest,
            data={"action": part.action} if part.action else {},
        )
        advance(tx, ref, Event.TRANSLATED, done.at, work)
        return
    advance(tx, ref, Event.REFUSED, done.at, became="rejected")
    if part.answer is not None:
        say(tx, done.submission, part.answer)
    advance(tx, ref, Event.ACKNOWLEDGED, done.at)


def stop(tx: Transaction, ref: Ref, outbox: int, at: str, reason: str) -> None:
    """Park the work of a submission that we cannot do: the fault is ours, a person looks."""
    changed = tx.connection.execute(
        "UPDATE outbox SET state = 'parked', attempts = attempts + 1, last_error = ?"
        " WHERE id = ? AND state = 'ready'",
        (reason, outbox),
    )
    if changed.rowcount == 1:
        progress(tx, ref, Event.FAILED, at, note={"reason": reason})
