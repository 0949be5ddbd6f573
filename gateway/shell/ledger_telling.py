"""Processes that share a ledger tell each other of their commits (LISTEN, NOTIFY).

The connection that listens is also how the others know that this process lives: it holds a
lock of its own, and PostgreSQL lets go of that the moment the process is gone.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from gateway.shell.ledger_store import EVERYTHING, Told

log = logging.getLogger(__name__)

# A notification has fewer than 8,000 bytes.
PAYLOAD_BYTES_MAX = 7900
LOOK_SECONDS = 0.25
PAUSE_SECONDS = 0.5
BEGIN_SECONDS_MAX = 15


def payloads(member: str, touched: frozenset[str]) -> Iterator[str]:
    """Write touched names as notifications: the sender, then a name a line."""
    lines, size = [member], len(member)
    for name in sorted(touched):
        room = len(name.encode()) + 1
        if room > PAYLOAD_BYTES_MAX // 2:
            continue
        if size + room > PAYLOAD_BYTES_MAX:
            yield "\n".join(lines)
            lines, size = [member], len(member)
        lines.append(name)
        size += room
    if len(lines) > 1:
        yield "\n".join(lines)


class Listener(threading.Thread):
    """Hears what other processes touched. Connects again when the connection is lost."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection[tuple[Any, ...]]], key: int, number: int, told: Told
    ) -> None:
        super().__init__(name="ledger-listen", daemon=True)
        self._connect = connect
        self._key = key
        self._number = number
        self._told = told
        self._ready = threading.Event()
        self._over = threading.Event()
        self.trouble = ""

    @staticmethod
    def channel(key: int) -> str:
        """Name the channel of a ledger."""
        return f"gateway_{key:x}"

    def begin(self) -> bool:
        """Start and wait until others know of us. False: that did not come about in time."""
        self.start()
        return self._ready.wait(BEGIN_SECONDS_MAX)

    def end(self) -> None:
        """Stop; blocks for a moment."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Listen until the end."""
        while not self._over.is_set():
            try:
                with contextlib.closing(self._connect()) as raw:
                    self._listen(raw)
            except psycopg.Error as error:
                self.trouble = str(error)
                log.warning("the ledger is not heard: %s", error)
                self._over.wait(PAUSE_SECONDS)

    def _listen(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        raw.execute(f"LISTEN {self.channel(self._key)}".encode())
        # After a break the session from before may still be there; until it is gone it speaks for us.
        while not self._over.is_set():
            row = raw.execute("SELECT pg_try_advisory_lock($1, $2)", (self._key, self._number)).fetchone()
            if row is not None and row[0]:
                break
            self._over.wait(PAUSE_SECONDS)
        if self._ready.is_set():
            self._told(frozenset({EVERYTHING}))
        self._ready.set()
        while not self._over.is_set():
            for note in raw.notifies(timeout=LOOK_SECONDS):
                sender, *names = note.payload.split("\n")
                if sender != str(self._number):
                    self._told(frozenset(names))
