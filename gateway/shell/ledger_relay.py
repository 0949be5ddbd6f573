"""How far each relay is, as the ledger knows it.

A place is the number of the last event that the broker has, and of all before it. It never goes back:
a process that was put off and still has an older place to say changes nothing.
"""

from __future__ import annotations

from gateway.shell.ledger import Transaction
from gateway.shell.ledger_query import last_event
from gateway.shell.ledger_store import Connection


def _key(relay: str) -> str:
    return f"relay/{relay}"


def place_of(ask: Connection, relay: str) -> int | None:
    """Give the place of a relay, None where it has none yet."""
    row = ask.execute("SELECT after FROM cursor WHERE endpoint = ?", (_key(relay),)).fetchone()
    return None if row is None else int(row[0])


def begun(tx: Transaction, relay: str, *, now: bool) -> int:
    """Give the place of a relay; one that is new begins now, or before the first event."""
    first = last_event(tx.connection) if now else 0
    tx.connection.execute(
        "INSERT INTO cursor(endpoint, after) VALUES(?, ?) ON CONFLICT(endpoint) DO NOTHING",
        (_key(relay), str(first)),
    )
    return place_of(tx.connection, relay) or 0


def moved(tx: Transaction, relay: str, place: int) -> None:
    """Keep that the broker has every event up to a place."""
    if (place_of(tx.connection, relay) or 0) < place:
        tx.connection.execute("UPDATE cursor SET after = ? WHERE endpoint = ?", (str(place), _key(relay)))


def behind(ask: Connection, relay: str) -> int:
    """Give how many numbers of events lie between a relay and the newest."""
    return max(0, last_event(ask) - (place_of(ask, relay) or 0))
