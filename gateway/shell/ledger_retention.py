"""What the ledger does when content has been kept for long enough.

A submission's rows stay: its events, every receipt with its signature, every leaf of the log.
What goes are bodies, and each is kept under its digest for all who name it, so one goes only when
no submission that is kept names it. That is done in three steps, each of which can be done again:

1. `forget`: a submission is marked, and its bodies are listed as due. From then on it has none.
2. `named` (a question) finds which of those that are due are named elsewhere; `drop` deletes the
   others, after it has looked at what was written since the question.
3. Files of bodies that were deleted are removed at last (`retention.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.shell.clock import rfc3339

if TYPE_CHECKING:
    from gateway.shell.ledger import Transaction
    from gateway.shell.ledger_store import Connection

BATCH = 200

_OLD = (
    "SELECT s.id FROM submission s WHERE s.state = 'closed' AND s.removed_at IS NULL AND s.partner = ?"
    " AND s.closed_at < ?"
    " AND {filed} EXISTS (SELECT 1 FROM part p WHERE p.submission = s.id AND p.forwarded IS NOT NULL)"
    " AND NOT EXISTS (SELECT 1 FROM event e WHERE e.submission = s.id AND e.at >= ?)"
    " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.submission = s.id AND o.state IN ('ready', 'parked'))"
)

# Every column that names a body by its digest: which rows are a submission's own, and which are kept.
_OWN = (
    "SELECT body, raw, findings FROM submission WHERE id = ?",
    "SELECT entry, forwarded FROM part WHERE submission = ?",
    "SELECT body FROM answer WHERE submission = ?",
    "SELECT h.body FROM heard h JOIN heard_part p ON p.heard = h.id WHERE p.submission = ?",
    "SELECT digest, content, mdn FROM as2_in WHERE submission = ?",
    "SELECT body FROM as2_out WHERE submission = ?",
    "SELECT r.body FROM as2_receipt r JOIN as2_out o ON o.id = r.message WHERE o.submission = ?",
)
_GONE = "EXISTS (SELECT 1 FROM submission s WHERE s.id = {of} AND s.removed_at IS NOT NULL)"
_HEARD_KEPT = (
    "(NOT EXISTS (SELECT 1 FROM heard_part p WHERE p.heard = heard.id) OR EXISTS (SELECT 1 FROM heard_part p"
    " JOIN submission s ON s.id = p.submission WHERE p.heard = heard.id AND s.removed_at IS NULL))"
)
_RECEIPT_KEPT = (
    "NOT EXISTS (SELECT 1 FROM as2_out o JOIN submission s ON s.id = o.submission"
    " WHERE o.id = as2_receipt.message AND s.removed_at IS NOT NULL)"
)
_KEPT = (
    ("submission", ("body", "raw", "findings"), "removed_at IS NULL"),
    ("part", ("entry", "forwarded"), f"NOT {_GONE.format(of='part.submission')}"),
    ("answer", ("body",), f"NOT {_GONE.format(of='answer.submission')}"),
    ("heard", ("body",), _HEARD_KEPT),
    ("outbox", ("payload",), "state IN ('ready', 'parked')"),
    ("as2_in", ("digest", "content", "mdn"), f"NOT {_GONE.format(of='as2_in.submission')}"),
    ("as2_out", ("body",), f"(state <> 'done' OR NOT {_GONE.format(of='as2_out.submission')})"),
    ("as2_receipt", ("body",), _RECEIPT_KEPT),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the ledger had come when it was asked: the newest event and the newest thing heard."""

    event: int
    heard: int
    at: str


def reach(tx: Transaction, now: str, step: timedelta) -> str:
    """Give the instant that retention counts from: now, but no further than a step from the last time.

    So a clock that was set years ahead by mistake removes next to nothing before somebody sees it.
    """
    row = tx.connection.execute("SELECT value FROM meta WHERE name = 'retention'").fetchone()
    if row is None:
        row = tx.connection.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone()
    if row is not None:
        now = min(now, rfc3339(datetime.fromisoformat(row[0]) + step))
    tx.connection.execute(
        "INSERT INTO meta(name, value) VALUES('retention', ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        (now,),
    )
    return now


def old(ask: Connection, partner: str, before: str, *, filed: bool, limit: int = BATCH) -> list[str]:
    """Name closed submissions of a partner to which nothing happened since an instant.

    `filed`: those that went, or would have gone, to customs; else all others.
    """
    question = _OLD.format(filed="" if filed else "NOT") + " ORDER BY s.closed_at LIMIT ?"
    return [str(row[0]) for row in ask.execute(question, (partner, before, before, limit))]


def count_old(ask: Connection, partner: str, before: str, *, filed: bool) -> int:
    """Count such submissions."""
    question = _OLD.format(filed="" if filed else "NOT").replace("SELECT s.id", "SELECT count(*)")
    return int(ask.execute(question, (partner, before, before)).fetchone()[0])


def forget(tx: Transaction, submissions: Iterable[str], at: str) -> int:
    """Mark submissions and list their bodies as due. Gives how many were marked."""
    count = 0
    for submission in submissions:
        changed = tx.connection.execute(
            "UPDATE submission SET removed_at = ? WHERE id = ? AND state = 'closed' AND removed_at IS NULL",
            (at, submission),
        )
        if changed.rowcount != 1:
            continue
        count += 1
        tx.connection.execute(
            "DELETE FROM answer_form WHERE answer IN (SELECT id FROM answer WHERE submission = ?)",
            (submission,),
        )
        digests = {
            bytes(digest)
            for question in _OWN
            for row in tx.connection.execute(question, (submission,)).fetchall()
            for digest in row
            if digest is not None
        }
        tx.connection.executemany(
            "INSERT INTO removed(digest, at) VALUES(?, ?)"
            " ON CONFLICT(digest) DO UPDATE SET at = excluded.at, gone = 0",
            [(digest, at) for digest in sorted(digests)],
        )
        tx.touched.add(submission)
    return count


def due(ask: Connection, limit: int = BATCH) -> list[bytes]:
    """Give bodies that are due, the oldest first."""
    rows = ask.execute("SELECT digest FROM removed WHERE gone = 0 ORDER BY at, digest LIMIT ?", (limit,))
    return [bytes(row[0]) for row in rows]


def named(ask: Connection, digests: Sequence[bytes]) -> tuple[set[bytes], Mark]:
    """Tell which bodies are named by something that is kept, and how far the ledger had come before.

    It goes through whole tables, so it is asked on a reading connection.
    """
    (event,) = ask.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
    (heard,) = ask.execute("SELECT coalesce(max(id), 0) FROM heard").fetchone()
    (at,) = ask.execute("SELECT coalesce(max(at), '') FROM event WHERE id = ?", (event,)).fetchone()
    return _named(ask, digests), Mark(int(event), int(heard), str(at))


def _named(ask: Connection, digests: Sequence[bytes]) -> set[bytes]:
    marks = ", ".join(f"?{turn}" for turn in range(1, len(digests) + 1))
    found: set[bytes] = set()
    for table, columns, kept in _KEPT:
        for column in columns:
            rows = ask.execute(
                f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN ({marks}) AND {kept}",  # noqa: S608 - our names
                tuple(digests),
            )
            found.update(bytes(row[0]) for row in rows)
    return found


def drop(tx: Transaction, digests: Sequence[bytes], kept: set[bytes], mark: Mark) -> int:
    """Delete bodies that nobody names. Gives how many.

    `kept` and `mark` are what `named` said. Whoever named a body since then did so with an event of
    its submission, or as something heard: those few are looked at here, where nobody else writes.
    """
    kept = kept | _named_since(tx.connection, digests, mark)
    tx.connection.executemany(
        "DELETE FROM removed WHERE digest = ?", [(one,) for one in digests if one in kept]
    )
    gone = [one for one in digests if one not in kept]
    for digest in gone:
        row = tx.connection.execute("SELECT file FROM body WHERE digest = ?", (digest,)).fetchone()
        tx.connection.execute("DELETE FROM body WHERE digest = ?", (digest,))
        tx.connection.execute(
            "UPDATE removed SET gone = 1, file = ? WHERE digest = ?",
            (row[0] if row is not None else None, digest),
        )
    return len(gone)


def _named_since(ask: Connection, digests: Sequence[bytes], mark: Mark) -> set[bytes]:
    wanted = set(digests)
    rows = ask.execute("SELECT DISTINCT submission FROM event WHERE id > ?", (mark.event,)).fetchall()
    found: set[bytes] = set()
    questions = [(question, (row[0],)) for row in rows for question in _OWN[:4]]
    heard = [("SELECT body FROM heard WHERE id > ?", (mark.heard,))]
    # AS2 names bodies of its own with the time at which it did; the few of the same second count too.
    as2 = [
        (f"SELECT {column} FROM {table} WHERE at >= ?", (mark.at[:19],))  # noqa: S608 - names are ours
        for table, column in (
            ("as2_in", "digest"), ("as2_in", "content"), ("as2_in", "mdn"), ("as2_out", "body"), ("as2_receipt", "body"),
        )
    ]  # fmt: skip
    for question, values in (*questions, *heard, *as2):
        for row in ask.execute(question, values).fetchall():
            found.update(bytes(one) for one in row if one is not None)
    return found & wanted


def files_due(ask: Connection, limit: int = BATCH) -> list[tuple[bytes, str]]:
    """Give files whose body is gone from the database."""
    rows = ask.execute(
        "SELECT digest, file FROM removed WHERE gone = 1 AND file IS NOT NULL LIMIT ?", (limit,)
    )
    return [(bytes(row[0]), str(row[1])) for row in rows]


def file_done(tx: Transaction, digest: bytes) -> None:
    """Write down that a file is removed, or is in use again."""
    tx.connection.execute("UPDATE removed SET file = NULL WHERE digest = ?", (digest,))


def in_use(ask: Connection, digest: bytes) -> bool:
    """Tell whether a body is there again."""
    return ask.execute("SELECT 1 FROM body WHERE digest = ?", (digest,)).fetchone() is not None


def was_removed(ask: Connection, digest: bytes) -> bool:
    """Tell whether a body is not there because its time was over."""
    return ask.execute("SELECT 1 FROM removed WHERE digest = ?", (digest,)).fetchone() is not None


def counts(ask: Connection) -> dict[str, dict[str, int]]:
    """Count by partner: submissions that are kept with their content, and those without."""
    rows = ask.execute(
        "SELECT partner, sum(CASE WHEN removed_at IS NULL THEN 1 ELSE 0 END),"
        " sum(CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END) FROM submission GROUP BY partner ORDER BY partner"
    )
    return {str(partner): {"kept": int(kept), "removed": int(removed)} for partner, kept, removed in rows}
