"""Which process works on which row, where several share a ledger, and whose turn it is.

A claim saves doing things twice; it keeps no promise. The order within a lane is kept by
the commit: a result is taken only when no row before it in its lane waits any more,
whoever made it and however late it comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.shell.ledger_query import Waiting, named_waiting

if TYPE_CHECKING:
    from gateway.shell.ledger import Transaction
    from gateway.shell.ledger_store import Connection

CLAIM_SECONDS = 60.0
ADOPTED_MAX = 64
_FREE = "(o.owner = '' OR o.owner = ? OR o.lease_until < ?)"


@dataclass(frozen=True, slots=True)
class Early:
    """It is not this row's turn. `free` are rows before it that nobody works on: they are ours now."""

    free: Sequence[Waiting] = ()


def free(ask: Connection, effect: str, owner: str, now: float, limit: int) -> list[Waiting]:
    """Give rows of an effect that no other process works on, in order."""
    return named_waiting(
        ask, f"o.effect = ? AND o.state = 'ready' AND {_FREE}", (effect, owner, now), limit
    )  # fmt: skip


def claim(tx: Transaction, rows: Iterable[int], owner: str, now: float) -> set[int]:
    """Take rows that nobody else took meanwhile. Gives those that are ours."""
    taken = [
        (
            number,
            tx.connection.execute(
                "UPDATE outbox SET owner = ?, lease_until = ? WHERE id = ? AND state = 'ready'"
                " AND (owner = '' OR owner = ? OR lease_until < ?)",
                (owner, now + CLAIM_SECONDS, number, owner, now),
            ),
        )
        for number in rows
    ]
    return {number for number, done in taken if done.rowcount == 1}


def early(tx: Transaction, row: Waiting, owner: str, now: float) -> Early | None:
    """Tell whether a row's result comes too early, None when it may be committed."""
    before = "effect = ? AND lane = ? AND state = 'ready' AND id < ?"
    place = (row.effect, row.lane, row.id)
    connection = tx.connection
    if connection.execute(f"SELECT 1 FROM outbox WHERE {before} LIMIT 1", place).fetchone() is None:  # noqa: S608 - our words
        return None
    state = connection.execute("SELECT state FROM outbox WHERE id = ?", (row.id,)).fetchone()
    if state is None or state[0] != "ready":
        return None
    where = f"o.effect = ? AND o.lane = ? AND o.state = 'ready' AND o.id < ? AND {_FREE}"
    rows = named_waiting(connection, where, (*place, owner, now), ADOPTED_MAX)
    claim(tx, [one.id for one in rows], owner, now)
    return Early(rows)


def unsettled(ask: Connection, row: Waiting, owner: str, now: float) -> list[tuple[int, bool]]:
    """Give rows before a row in its lane that wait, and whether no other process works on each."""
    rows = ask.execute(
        "SELECT id, CASE WHEN owner = '' OR owner = ? OR lease_until < ? THEN 1 ELSE 0 END"
        " FROM outbox WHERE effect = ? AND lane = ? AND state = 'ready' AND id < ? ORDER BY id LIMIT ?",
        (owner, now, row.effect, row.lane, row.id, ADOPTED_MAX),
    ).fetchall()
    return [(int(number), bool(free)) for number, free in rows]


def release(tx: Transaction, owner: str) -> None:
    """Give back the rows and lanes that an owner holds: it stops, and somebody else may go on."""
    tx.connection.execute("UPDATE lane SET lease_until = 0 WHERE owner = ?", (owner,))
    # The index holds those that have an owner, so that has to be said.
    tx.connection.execute(
        "UPDATE outbox SET owner = '' WHERE owner = ? AND owner <> '' AND state = 'ready'", (owner,)
    )
    _wake(tx)


def gone(ask: Connection, members: frozenset[str]) -> list[str]:
    """Name owners of rows and lanes whose process is not there any more."""
    rows = ask.execute(
        "SELECT owner FROM lane WHERE lease_until > 0 AND owner <> ''"
        " UNION SELECT owner FROM outbox WHERE state = 'ready' AND owner <> ''"
    ).fetchall()
    return [owner for (owner,) in rows if str(owner).split(".", 1)[0] not in members]


def release_gone(tx: Transaction) -> int:
    """Take back what processes hold that are not there any more. Gives from how many."""
    owners = gone(tx.connection, tx.members())
    for owner in owners:
        release(tx, owner)
    return len(owners)


def hold(tx: Transaction, lane: str, owner: str, now: float, seconds: float) -> int | None:
    """Take a lane, or keep it, for some seconds. Gives its epoch; None: somebody else has it."""
    connection = tx.connection
    row = connection.execute("SELECT owner, epoch, lease_until FROM lane WHERE lane = ?", (lane,)).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO lane(lane, owner, epoch, lease_until) VALUES(?, ?, 1, ?)",
            (lane, owner, now + seconds),
        )
        return 1
    if row[0] != owner and row[2] >= now:
        return None
    epoch = int(row[1]) + 1
    connection.execute(
        "UPDATE lane SET owner = ?, epoch = ?, lease_until = ? WHERE lane = ?",
        (owner, epoch, now + seconds, lane),
    )
    return epoch


def _wake(tx: Transaction) -> None:
    effects = ("process", "relate", "acknowledge", "send", "webhook")
    tx.touched.update(f"outbox:{effect}" for effect in effects)
