"""What the ledger writes when something goes out: claims, sends, failures, orders of a person.

A lane is one endpoint and one partner; its rows go out in the order of their ids. Whoever
sends holds the lane's lease under a number that grows (`epoch`), and a result that comes
after the lease was lost is dropped. What is sent again later because ACE did nothing with it
holds up later filings of its own entry, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.flow.submission import Event, State, allows
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_again import bury, lane_of, unbury, unsafe
from gateway.shell.ledger_claims import hold
from gateway.shell.ledger_flow import Ref, Work, append, know, progress
from gateway.shell.ledger_heard import hear_again

CLAIM_MAX = 32
BROUGHT_BYTES_MAX = 64 * 1024
RENEWAL_SECONDS = 0.5
"""How long a lane waits for a message that is being written again, before it looks again."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of the outbox, as a worker gets it. `bytes` are those of the payload, None for long ones."""

    id: int
    ref: Ref
    send_key: str
    payload: bytes
    attempts: int
    first_at: float
    next_at: float
    data: str = "{}"
    bytes: bytes | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A lane that is held, and what is to be sent of it, in order.

    `wait_until` says when its first row may go, None for now. `parked`: a row waits for a
    person, and so does everything behind it. `later`: beside the items something waits for its time.
    """

    lane: str
    owner: str
    epoch: int
    items: tuple[Item, ...] = ()
    wait_until: float | None = None
    parked: bool = False
    later: bool = False


def claim(
    tx: Transaction,
    lane: str,
    owner: str,
    now: float,
    *,
    seconds: float,
    count: int = CLAIM_MAX,
    effect: str = "send",
) -> Lease | None:
    """Take a lane for some seconds. None: somebody else has it."""
    connection = tx.connection
    epoch = hold(tx, lane, owner, now, seconds)
    if epoch is None:
        return None
    if connection.execute("SELECT 1 FROM outbox WHERE state = 'parked' AND lane = ?", (lane,)).fetchone():
        return Lease(lane, owner, epoch, parked=True)
    waits = _waits(tx, lane, effect, now)
    items = _ready(tx, lane, effect, count, waits)
    if not items and waits:
        return Lease(lane, owner, epoch, wait_until=min(one.until for one in waits), later=True)
    if items and items[0].next_at > now:
        return Lease(lane, owner, epoch, wait_until=items[0].next_at)
    return Lease(lane, owner, epoch, items, later=bool(waits))


@dataclass(frozen=True, slots=True)
class _Wait:
    """A filing that is to be sent again, and when; its message may not be written yet."""

    place: tuple[str, int]
    number: str
    until: float

    def holds(self, place: tuple[str, int], number: str) -> bool:
        """Tell whether a row may not pass: it is the filing itself, or a later one of the same entry."""
        return place == self.place or (number == self.number != "" and place > self.place)


def _waits(tx: Transaction, lane: str, effect: str, now: float) -> list[_Wait]:
    """Give what waits in a lane to be sent again after an answer. A row that failed has attempts."""
    rows = tx.connection.execute(
        "SELECT w.submission, w.idx, p.number, w.next_at FROM outbox w"
        " JOIN part p ON p.submission = w.submission AND p.idx = w.idx"
        " WHERE w.lane = ? AND w.effect = ? AND w.state = 'ready' AND w.attempts = 0 AND w.next_at > 0"
        " AND w.next_at > ?",
        (lane, effect, now),
    ).fetchall()
    # Until its message is written the row of that work stands for it.
    rows += tx.connection.execute(
        "SELECT w.submission, w.idx, p.number, 0 FROM outbox w"
        " JOIN part p ON p.submission = w.submission AND p.idx = w.idx"
        " WHERE w.effect = 'renew' AND w.lane = ? AND w.state = 'ready'",
        (lane,),
    ).fetchall()
    return [_Wait((row[0], row[1]), row[2], row[3] or now + RENEWAL_SECONDS) for row in rows]


def _ready(tx: Transaction, lane: str, effect: str, count: int, waits: Sequence[_Wait]) -> tuple[Item, ...]:
    """Give the first rows of a lane that are not held up by one that waits for its time."""
    items: list[Item] = []
    after = 0
    while len(items) < count:
        rows = tx.connection.execute(
            "SELECT o.id, o.submission, o.idx, s.partner, o.send_key, o.payload, o.attempts, o.first_at,"
            " o.next_at, o.data, b.data, p.number"
            " FROM outbox o JOIN submission s ON s.id = o.submission"
            " LEFT JOIN part p ON p.submission = o.submission AND p.idx = o.idx"
            " LEFT JOIN body b ON b.digest = o.payload AND b.bytes <= ?"
            " WHERE o.effect = ? AND o.lane = ? AND o.state = 'ready' AND o.id > ? ORDER BY o.id LIMIT ?",
            (BROUGHT_BYTES_MAX, effect, lane, after, count),
        ).fetchall()
        items += [
            _item(row) for row in rows if not any(one.holds((row[1], row[2]), row[11] or "") for one in waits)
        ]
        if len(rows) < count:
            break
        after = rows[-1][0]
    return tuple(items[:count])


def _item(row: Sequence[Any]) -> Item:
    return Item(
        row[0],
        Ref(row[1], row[2], row[3]),
        row[4],
        bytes(row[5] or b""),
        row[6],
        row[7],
        row[8],
        row[9],
        bytes(row[10]) if row[10] is not None else None,
    )


def sent(tx: Transaction, lease: Lease, item: Item, at: str, due: float, batch: str = "") -> bool:
    """Write down that the endpoint has the bytes, and what it calls them.

    False: the lease was lost, or the answer came first.
    """
    if batch:
        endpoint = lease.lane.split("/", 1)[0]
        know(tx, item.ref, endpoint, [f"batch/{batch}"])
        hear_again(tx, batch)
    if not _hold(tx, lease, item, "sent", ""):
        return False
    progress(tx, item.ref, Event.SENT, at, Work(due=due), note={"attempt": item.attempts + 1})
    return True


def failed(tx: Transaction, lease: Lease, item: Item, reason: str, now: float, next_at: float) -> None:
    """Write down a failure that is worth another attempt, and when that is due."""
    if _hold(tx, lease, item, "ready", reason):
        tx.connection.execute(
            "UPDATE outbox SET next_at = ?, first_at = CASE first_at WHEN 0 THEN ? ELSE first_at END"
            " WHERE id = ?",
            (next_at, now, item.id),
        )


def park(tx: Transaction, lease: Lease, item: Item, reason: str, at: str) -> None:
    """Write down that no more attempts are made until a person says so."""
    if _hold(tx, lease, item, "parked", reason):
        progress(tx, item.ref, Event.GIVEN_UP, at, note={"reason": reason})


def over(tx: Transaction, lease: Lease, item: Item, reason: str = "") -> bool:
    """Write down that a row needs no more attempts: it was taken, or it is given up for a reason."""
    return _hold(tx, lease, item, "done", reason)


def _hold(tx: Transaction, lease: Lease, item: Item, state: str, reason: str) -> bool:
    changed = tx.connection.execute(
        "UPDATE outbox SET state = ?, attempts = attempts + 1, last_error = ?"
        " WHERE id = ? AND state = 'ready'"
        " AND EXISTS (SELECT 1 FROM lane WHERE lane = ? AND owner = ? AND epoch = ?)",
        (state, reason, item.id, lease.lane, lease.owner, lease.epoch),
    )
    return changed.rowcount == 1


def time_out(tx: Transaction, now: float, at: str, count: int = 100) -> int:
    """Send again what has waited too long for an answer, where that is safe. Gives how many."""
    rows = tx.connection.execute(
        "SELECT p.submission, p.idx, s.partner FROM part p JOIN submission s ON s.id = p.submission"
        " WHERE p.due IS NOT NULL AND p.due <= ? ORDER BY p.due LIMIT ?",
        (now, count),
    ).fetchall()
    for submission, idx, partner in rows:
        ref = Ref(submission, idx, partner)
        endpoint, finding = unsafe(tx, ref)
        if finding is not None:
            bury(tx, ref, endpoint, finding)
            progress(tx, ref, Event.GIVEN_UP, at, note={"reason": finding.message})
        else:
            progress(tx, ref, Event.TIMED_OUT, at)
    return len(rows)


def order(tx: Transaction, ref: Ref, action: str, reason: str, at: str) -> bool:
    """Carry out what a person decided on a transaction that waits for one: `retry` or `skip`.

    False: it does not wait for anybody, or the order does not fit.
    """
    event = {"retry": Event.RETRIED, "skip": Event.SKIPPED}[action]
    row = tx.connection.execute(
        "SELECT state FROM part WHERE submission = ? AND idx = ?", (ref.submission, ref.idx)
    ).fetchone()
    if row is None or not allows(State(row[0]), event):
        return False
    note = {"reason": reason}
    work = Work(data={"refused": reason})
    if State(row[0]) is State.DEAD:
        work = Work(lane=lane_of(tx, ref), data={"by": "person"})
    unbury(tx, ref)
    if event is Event.SKIPPED:
        tx.connection.execute(
            "UPDATE outbox SET state = 'done' WHERE submission = ? AND idx = ? AND state = 'parked'",
            (ref.submission, ref.idx),
        )
        tx.touched.add("outbox:send")
    progress(tx, ref, event, at, work, note)
    return True


def remark(tx: Transaction, refs: Sequence[Ref], name: str, at: str, note: object) -> None:
    """Append a line to the story that moves nothing."""
    for ref in refs:
        row = tx.connection.execute(
            "SELECT state FROM part WHERE submission = ? AND idx = ?", (ref.submission, ref.idx)
        ).fetchone()
        append(tx, ref, name, row[0] if row else "", at, note)
