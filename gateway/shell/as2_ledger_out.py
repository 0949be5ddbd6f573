"""What the ledger knows of AS2 messages that go out, and of the receipts that partners gave.

The bytes of a message are fixed when it is made; every attempt sends the same. Every function
runs inside an open transaction, or asks on a reading connection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.shell.bodies import Body, put
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import plain
from gateway.shell.ledger_query import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A message that goes out. `mic` is what its receipt must say, "" for a receipt of ours."""

    id: str
    partnership: str
    kind: str
    about: str
    submission: str
    url: str
    headers: dict[str, str]
    body: bytes
    mic: str
    state: str
    attempts: int
    next_at: float
    first_at: float
    last_error: str


_OUT = (
    "SELECT id, partnership, kind, about, submission, url, headers, body, mic, state, attempts, next_at, first_at,"
    " last_error FROM as2_out"
)


def _out(row: Sequence[Any]) -> Out:
    names = (
        "id", "partnership", "kind", "about", "submission", "url", "headers", "body", "mic", "state", "attempts",
        "next_at", "first_at", "last_error",
    )  # fmt: skip
    values = dict(zip(names, row, strict=True))
    return Out(**{**values, "headers": json.loads(values["headers"]), "body": bytes(values["body"])})


def keep_out(
    tx: Transaction, out: Out, body: Body, at: str, *, cursor: tuple[str, int] | None = None
) -> None:
    """Keep a message that was made. One about the same thing that is there stays as it is."""
    tx.connection.execute(
        "INSERT INTO as2_out(id, partnership, kind, about, submission, url, headers, body, mic, state, at)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            out.id,
            out.partnership,
            out.kind,
            out.about,
            out.submission,
            out.url,
            plain(out.headers),
            put(tx.connection, body),
            out.mic,
            out.state,
            at,
        ),
    )
    if cursor is not None:
        move(tx, *cursor)
    tx.touched.add("as2")


def queue_receipt(
    tx: Transaction, partnership: str, came: str, url: str, headers: Mapping[str, str], mdn: bytes, at: str
) -> None:
    """Have an asynchronous receipt sent, or sent again: the same bytes."""
    tx.connection.execute(
        "INSERT INTO as2_out(id, partnership, kind, about, submission, url, headers, body, mic, state, at)"
        " VALUES(?, ?, 'receipt', ?, '', ?, ?, ?, '', 'ready', ?) ON CONFLICT(about) DO UPDATE"
        " SET state = 'ready', attempts = 0, next_at = 0, first_at = 0, url = excluded.url",
        (headers["Message-ID"], partnership, f"receipt/{came}", url, plain(dict(headers)), mdn, at),
    )
    tx.touched.add("as2")


def out_of(ask: Ask, *, about: str = "", message: str = "") -> Out | None:
    """Find a message by what it is about, or by its Message-ID."""
    name, value = ("about", about) if about else ("id", message)
    row = ask.execute(f"{_OUT} WHERE {name} = ?", (value,)).fetchone()
    return _out(row) if row is not None else None


def due(ask: Ask, now: float, count: int) -> tuple[list[Out], float | None]:
    """Give what may go now, and when the next may. What a lane sends is the lane's."""
    rows = ask.execute(
        f"{_OUT} WHERE state IN ('ready', 'waiting') AND kind <> 'lane' ORDER BY next_at, id LIMIT ?",
        (count + 1,),
    ).fetchall()
    found = [_out(row) for row in rows]
    later = [one.next_at for one in found if one.next_at > now]
    return [one for one in found if one.next_at <= now][:count], min(later, default=None)


def claim(tx: Transaction, out: Out, until: float) -> bool:
    """Take a message for one attempt. False: somebody else has it."""
    done = tx.connection.execute(
        "UPDATE as2_out SET state = 'ready', next_at = ? WHERE id = ? AND state = ? AND next_at = ?",
        (until, out.id, out.state, out.next_at),
    )
    return done.rowcount == 1


def unclaim(tx: Transaction) -> None:
    """Let everything that is ready go now. Only for whoever has the ledger alone.

    What was taken for an attempt by a process that is gone would else wait for its lease; what
    waits for another attempt has one a little early.
    """
    tx.connection.execute("UPDATE as2_out SET next_at = 0 WHERE state = 'ready' AND next_at > 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of an attempt: the new state, the reason, when the next is due."""

    state: str
    reason: str = ""
    next_at: float = 0.0
    now: float = 0.0


def attempted(tx: Transaction, message: str, attempt: Attempt) -> None:
    """Write down what came of an attempt to send, unless its receipt came meanwhile."""
    tx.connection.execute(
        "UPDATE as2_out SET state = ?, last_error = ?, next_at = ?, attempts = attempts + 1,"
        " first_at = CASE first_at WHEN 0 THEN ? ELSE first_at END WHERE id = ? AND state <> 'done'",
        (attempt.state, attempt.reason, attempt.next_at, attempt.now, message),
    )
    tx.touched.update(("as2", f"as2:{message}", *(("alarm",) if attempt.state == "parked" else ())))


def told(tx: Transaction, message: str) -> None:
    """Write down that a lane was told of a refusal: what it gives next is a new order to send."""
    tx.connection.execute("UPDATE as2_out SET state = 'lane' WHERE id = ? AND state = 'parked'", (message,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipted:
    """A receipt that a partner gave for message `message`, judged."""

    message: str
    partnership: str
    holds: bool
    findings: Sequence[Mapping[str, Any]]
    headers: Mapping[str, str]
    body: Body
    at: str


def keep_receipt(tx: Transaction, one: Receipted, state: str, reason: str = "") -> None:
    """Keep a partner's receipt. `state` is what its message becomes, "" leaves it as it is."""
    tx.connection.execute(
        "INSERT INTO as2_receipt(id, message, partnership, holds, findings, headers, body, at)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        (
            tx.next("as2_receipt"),
            one.message,
            one.partnership,
            int(one.holds),
            plain(list(one.findings)),
            plain(dict(one.headers)),
            put(tx.connection, one.body),
            one.at,
        ),
    )
    if state:
        tx.connection.execute(
            "UPDATE as2_out SET state = ?, last_error = ? WHERE id = ? AND state <> 'done'",
            (state, reason, one.message),
        )
        tx.touched.update(("as2", f"as2:{one.message}"))


def order(tx: Transaction, prefix: str, action: str) -> bool:
    """Send a parked message again, or give it up. `prefix` is the beginning of its Message-ID."""
    done = tx.connection.execute(
        "UPDATE as2_out SET state = ?, next_at = 0, first_at = 0, attempts = 0"
        " WHERE substr(id, 1, ?) = ? AND state = 'parked'",
        ("ready" if action == "retry" else "done", len(prefix), prefix),
    )
    tx.touched.add("as2")
    return done.rowcount == 1


# Following our answers


def cursors(ask: Ask) -> dict[str, int]:
    """Give for each receipt log how far its answers were looked at."""
    rows = ask.execute("SELECT endpoint, after FROM cursor WHERE endpoint LIKE 'as2:%'").fetchall()
    return {row[0].removeprefix("as2:"): int(row[1]) for row in rows}


def begin(tx: Transaction) -> None:
    """Begin to follow our answers with those that come from now on, unless it was begun."""
    if not cursors(tx.connection):
        for log, place in {**last_places(tx.connection), "-": 0}.items():
            move(tx, log, place)


def move(tx: Transaction, log: str, place: int) -> None:
    """Write down that answers up to this place of a log were looked at."""
    tx.connection.execute(
        "INSERT INTO cursor(endpoint, after) VALUES(?, ?) ON CONFLICT(endpoint) DO UPDATE SET after = excluded.after",
        (f"as2:{log}", str(place)),
    )


def last_places(ask: Ask) -> dict[str, int]:
    """Give the last place of each receipt log."""
    return dict(ask.execute("SELECT log, max(idx) FROM leaf GROUP BY log").fetchall())


def answers_after(ask: Ask, log: str, place: int, count: int) -> list[dict[str, Any]]:
    """Give what we answered after a place of a log, in order."""
    rows = ask.execute(
        "SELECT l.idx, a.id, a.submission, a.n, a.kind, a.media_type, a.body, s.partner FROM leaf l"
        " JOIN answer a ON a.id = l.answer JOIN submission s ON s.id = a.submission"
        " WHERE l.log = ? AND l.idx > ? ORDER BY l.idx LIMIT ?",
        (log, place, count),
    )
    names = ("place", "id", "submission", "n", "kind", "media_type", "body", "partner")
    return [dict(zip(names, row, strict=True)) for row in rows]


def listed(ask: Ask, state: str, limit: int) -> list[dict[str, Any]]:
    """List messages that go out, newest first, in a state or in any."""
    rows = ask.execute(
        "SELECT id, partnership, kind, submission, state, attempts, last_error, at FROM as2_out"
        " WHERE (?1 = '' OR state = ?1) ORDER BY at DESC LIMIT ?2",
        (state, limit),
    )
    names = ("message_id", "partnership", "kind", "submission", "state", "attempts", "last_error", "at")
    return [dict(zip(names, row, strict=True)) for row in rows]


def counts(ask: Ask) -> dict[str, int]:
    """Count messages that go out by their state."""
    return dict(ask.execute("SELECT state, count(*) FROM as2_out GROUP BY state").fetchall())
