"""What the ledger writes when the other side speaks, and when we have passed it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.flow.again import Course
from gateway.flow.submission import Event, State, allows
from gateway.shell.bodies import Body, put_all
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_again import (
    NONE,
    Retries,
    bury,
    decided,
    defer,
    endpoint_of,
    is_buried,
    over,
    unbury,
    weigh,
)
from gateway.shell.ledger_flow import Ref, Said, Work, finish, progress, queue, queue_all, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of an endpoint's outbox; `number` is its place there."""

    number: str
    batch: str
    media_type: str
    body: Body


@dataclass(frozen=True, kw_only=True)
class Match:
    """One thing that a message says about one transaction of ours.

    `keys` are the names that it may be known by (`ledger_flow.know`), the surest first.
    `dispositions` are plain JSON objects, in order; without any the message only belongs
    to the transaction. `message` says it (`catair/AX`), `codes` are the condition codes in it.
    """

    keys: Sequence[str]
    accepted: bool
    dispositions: Sequence[Mapping[str, str]]
    message: str = ""
    codes: Sequence[str] = ()


def hear(tx: Transaction, endpoint: str, messages: Sequence[Message], after: str, at: str) -> int:
    """Keep what an endpoint said and where we have read to. Gives how much of it was new."""
    put_all(tx.connection, [message.body for message in messages])
    new: list[tuple[Ref, Work]] = []
    for message in messages:
        number = tx.next("heard")
        done = tx.connection.execute(
            "INSERT INTO heard(id, endpoint, number, batch, media_type, body, at) VALUES(?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (
                number,
                endpoint,
                message.number,
                message.batch,
                message.media_type,
                message.body.digest,
                at,
            ),
        )
        if done.rowcount == 1:
            work = Work(
                lane=endpoint,
                send_key=f"relate/{number}",
                payload=message.body.digest,
                data={"heard": number},
            )
            new.append((Ref("", 0, ""), work))
    if new:
        queue_all(tx, "relate", new)
    tx.connection.execute(
        "INSERT INTO cursor(endpoint, after) VALUES(?, ?) ON CONFLICT(endpoint) DO UPDATE SET after = excluded.after",
        (endpoint, after),
    )
    return len(new)


def relate(
    tx: Transaction,
    outbox: int,
    heard: int,
    matches: Sequence[Match],
    at: str,
    endpoints: Sequence[str],
    retries: Retries = NONE,
) -> tuple[str, ...]:
    """Give what was heard to the transactions it is about. Gives their submissions, each once.

    `endpoints` are those whose answers come where this was heard, `retries` what is sent again.
    """
    if not finish(tx, outbox):
        return ()
    (batch,) = tx.connection.execute("SELECT batch FROM heard WHERE id = ?", (heard,)).fetchone()
    found: dict[str, None] = {}
    for match in matches:
        keys = (f"batch/{batch}", *match.keys) if batch else match.keys
        about = _find(tx, endpoints, keys, Event.ANSWERED if match.dispositions else None)
        if about is None:
            continue
        ref, state = about
        found[ref.submission] = None
        tx.connection.execute(
            "INSERT INTO heard_part(heard, submission, idx) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
            (heard, ref.submission, ref.idx),
        )
        if not match.dispositions:
            continue
        _answered(tx, ref, state, heard, match, at, endpoints, retries)
    tx.connection.execute(
        "UPDATE heard SET state = ? WHERE id = ?", ("related" if found else "unrelated", heard)
    )
    return tuple(found)


def _answered(
    tx: Transaction,
    ref: Ref,
    state: State,
    heard: int,
    match: Match,
    at: str,
    endpoints: Sequence[str],
    retries: Retries,
) -> None:
    """Move a transaction on that was answered: pass it on, send it again, or keep it for a person."""
    said = [dict(one) for one in match.dispositions]
    note: dict[str, Any] = {"heard": heard, "accepted": match.accepted, "dispositions": said}
    if match.message:
        note |= {"message": match.message, "codes": list(match.codes)}
    way, finding = weigh(tx, ref, match, endpoints, retries)
    if way is Course.AGAIN:
        defer(tx, ref, at, note)
        return
    if state is State.PARKED:
        unbury(tx, ref)
    # The send is over, whether or not we saw the endpoint say so.
    over(tx, ref)
    if finding is not None and not is_buried(tx, ref):
        bury(tx, ref, endpoint_of(tx, ref), finding)
        note["findings"] = [finding.as_json()]
    progress(tx, ref, Event.ANSWERED, at, Work(data=note), note)


def _find(
    tx: Transaction, endpoints: Sequence[str], keys: Sequence[str], event: Event | None
) -> tuple[Ref, State] | None:
    """Find the transaction of the surest key, and its state.

    Of several it is the newest in whose state the event has a place.
    """
    for key in keys:
        rows = tx.connection.execute(
            "SELECT p.submission, p.idx, s.partner, p.state FROM part_key k"  # noqa: S608 - places alone
            " JOIN part p ON p.submission = k.submission AND p.idx = k.idx"
            " JOIN submission s ON s.id = k.submission"
            f" WHERE k.key = ? AND k.endpoint IN ({', '.join('?' * len(endpoints))})"
            " ORDER BY s.seq DESC, p.idx DESC LIMIT 20",
            (key, *endpoints),
        ).fetchall()
        for submission, idx, partner, state in rows:
            if event is None or allows(State(state), event):
                return Ref(submission, idx, partner), State(state)
    return None


def hear_again(tx: Transaction, batch: str) -> None:
    """Relate what was heard about a batch before we knew that it is ours."""
    rows = tx.connection.execute(
        # The index knows only those of a batch, so that has to be said.
        "SELECT id, endpoint, body FROM heard WHERE batch = ? AND batch <> '' AND state = 'unrelated'",
        (batch,),
    ).fetchall()
    for number, endpoint, body in rows:
        tx.connection.execute("UPDATE heard SET state = 'new' WHERE id = ?", (number,))
        again = Work(lane=endpoint, payload=bytes(body), data={"heard": number})
        queue(tx, Ref("", 0, ""), "relate", again)


def acknowledge(
    tx: Transaction, outbox: int, ref: Ref, said: Said, at: str, *, disposition: str = ""
) -> int | None:
    """Keep a business acknowledgement and move its transaction on. Gives its number.

    None: it was made before. `disposition` is what became of the transaction, by default
    what the acknowledgement says.
    """
    if not finish(tx, outbox):
        return None
    n = say(tx, ref.submission, said)
    became = decided(tx, ref) or disposition or said.disposition
    state = progress(tx, ref, Event.ACKNOWLEDGED, at, note={"acknowledgement": n}, became=became)
    if state is State.CLOSED and is_buried(tx, ref):
        progress(tx, ref, Event.BURIED, at)
    return n


def cursor_of(tx: Transaction, endpoint: str) -> str:
    """Give where we have read an endpoint's outbox to, "" for its beginning."""
    row = tx.connection.execute("SELECT after FROM cursor WHERE endpoint = ?", (endpoint,)).fetchone()
    return str(row[0]) if row is not None else ""
