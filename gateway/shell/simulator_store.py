"""Desk: the simulator's memory. One SQLite file, one writer, every call one transaction.

Lives here: what is durable and when. A batch, what it did to the filings and its answers
are committed together, before the caller hears of it; after a kill the next start reads
the same state. Never here: HTTP, and what a transmission means (`gateway.simulator`).
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.simulator import control, faults
from gateway.simulator import state as memory
from gateway.simulator.catair.agencies import view
from gateway.simulator.state import Message, State, Step, instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from gateway.shell.clock import Clock
    from gateway.simulator.ace import Ace

_log = logging.getLogger(__name__)

# One simulator has the file alone; a second one is told so at its start.
_SETTINGS = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
_TABLES = """
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, at TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, batch TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS filings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS pending (id INTEGER PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
    n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, batch TEXT NOT NULL, media_type TEXT NOT NULL,
    at TEXT NOT NULL, body BLOB NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX IF NOT EXISTS unconfirmed ON outbox (n) WHERE confirmed = 0;
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


class KeyReusedError(Exception):
    """An `Idempotency-Key` came before with other bytes."""


class StoreError(Exception):
    """The store is no store of a simulator, or another simulator has it."""


class Desk:
    """The state of one simulator, in memory and on disk. To be called from one thread."""

    def __init__(self, path: Path | str, ace: Ace, clock: Clock, scenario: str = "") -> None:
        """Open or make the store. `scenario`, if given, is what filings follow from now on."""
        self._ace = ace
        self._clock = clock
        self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
        try:
            self._db.executescript(_SETTINGS + _TABLES)
            self._state = self._load()
        except (sqlite3.Error, ValueError, TypeError, KeyError) as error:
            self._db.close()
            raise StoreError(str(error)) from error
        if scenario:
            self._save(Step(replace(self._state, scenario=scenario)))

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def now(self) -> datetime:
        """Give the simulator's own time: the clock, set forward as a tester asked."""
        return self._clock.now() + timedelta(seconds=self._state.ahead)

    def post(self, data: bytes, key: str = "") -> str:
        """Keep and process one transmission and give its id. The same bytes are processed once."""
        (found,) = self.post_all([(data, key)])
        if isinstance(found, KeyReusedError):
            raise found
        return found

    def post_all(self, posts: Sequence[tuple[bytes, str]]) -> list[str | KeyReusedError]:
        """Keep and process transmissions, one after the other, all with one commit."""
        before = self._state
        messages: list[Message] = []
        said: list[str] = []
        found: list[str | KeyReusedError] = []
        try:
            with self._transaction():
                for data, key in posts:
                    batch, step = self._post(data, key)
                    found.append(batch)
                    if step is not None:
                        self._state = step.state
                        messages += step.messages
                        said += step.said
                # What several of them changed is written once.
                self._write(before, Step(self._state, tuple(messages)))
        except BaseException:
            self._state = before
            raise
        self._state = self._state.settled()
        for line in said:
            _log.info("%s", line)
        return found

    def _post(self, data: bytes, key: str) -> tuple[str | KeyReusedError, Step | None]:
        """Keep one transmission in the open transaction; gives its id and what it made, not yet written."""
        batch = f"b-{hashlib.sha256(data).hexdigest()[:32]}"
        if key:
            found = self._db.execute("SELECT batch FROM keys WHERE key = ?", (key,)).fetchone()
            if found and found[0] != batch:
                return KeyReusedError(), None
            self._db.execute("INSERT OR IGNORE INTO keys VALUES (?, ?)", (key, batch))
        if self._db.execute("SELECT 1 FROM batches WHERE id = ?", (batch,)).fetchone():
            return batch, None
        now = self.now()
        step = self._process(batch, data, now)
        # What is due at once goes out with the same commit.
        due = self._due(step.state, now)
        self._db.execute("INSERT INTO batches VALUES (?, ?, ?)", (batch, instant(now), data))
        return batch, Step(due.state, (*step.messages, *due.messages), (*step.said, *due.said))

    def _process(self, batch: str, data: bytes, now: datetime) -> Step:
        """Let the small ACE judge a transmission. Our own mistake loses no bytes and stops no other."""
        try:
            return self._ace.receive(self._state, batch, data, now)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours; the bytes stay
            _log.exception("batch %s is kept without an answer: the simulator failed on it", batch)
            return Step(self._state)

    def tick(self) -> float | None:
        """Put what is due into the outbox. Give the seconds to the next, None if nothing waits."""
        now = self.now()
        step = self._due(self._state, now)
        if step.state is not self._state:
            self._save(step)
        coming = self._state.next_due()
        return max(0.0, (memory.moment(coming) - now).total_seconds()) if coming else None

    def _due(self, state: State, now: datetime) -> Step:
        """Let the small ACE say what is due. Our own mistake drops one answer, not the rest."""
        try:
            return self._ace.due(state, now)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours; the others go on
            first = min(state.pending, key=lambda number: (state.pending[number].at, number))
            _log.exception("the simulator failed on an answer and drops it: %s", state.pending[first])
            return Step(state.without({first}))

    def outbox(self, after: int, limit: int) -> list[tuple[int, Message]]:
        """Give the answers that are not confirmed, lowest number first."""
        rows = self._db.execute(
            "SELECT n, kind, batch, media_type, at, body FROM outbox "
            "WHERE confirmed = 0 AND n > ? ORDER BY n LIMIT ?",
            (after, limit),
        )
        return [
            (n, Message(kind=kind, batch=batch, media_type=media_type, at=at, body=body))
            for n, kind, batch, media_type, at, body in rows
        ]

    def confirm(self, numbers: Sequence[int]) -> list[int]:
        """Mark answers as taken. Gives those that were never given out."""
        with self._transaction():
            return [
                number
                for number in numbers
                if self._db.execute("UPDATE outbox SET confirmed = 1 WHERE n = ?", (number,)).rowcount != 1
            ]

    def command(self, commands: Any) -> tuple[str, ...]:
        """Carry out test instruments. Raises `control.CommandError`; then nothing was done."""
        step = control.carry_out(self._ace, self._state, commands, self.now(), self._clock.now())
        self._save(step)
        return step.said

    @property
    def faulty(self) -> bool:
        """Tell whether any fault is in force. May be asked from any thread."""
        return bool(self._state.faults)

    @property
    def waits(self) -> bool:
        """Tell whether anything waits for its time. May be asked from any thread."""
        return bool(self._state.pending)

    def take(self, name: str, on: str) -> memory.Fault | None:
        """Give the fault that strikes this call, if one is in force, and count it."""
        state, fault = faults.take(self._state, name, on)
        if fault:
            self._save(Step(state))
        return fault

    def away(self) -> bool:
        """Tell whether the simulator pretends not to be there."""
        at = instant(self._clock.now())
        present = faults.over(self._state, at)
        if present is not self._state:
            self._save(Step(present))
        return faults.away(self._state, at)

    def entry(self, number: str) -> list[dict[str, Any]]:
        """Give what is on file under a number or a reference."""
        found = {*control.find(self._state, number, ""), *control.find(self._state, "", number)}
        return [memory.plain(self._state.filings[key]) for key in sorted(found)]

    def agency(self, agency: str) -> list[dict[str, Any]]:
        """Give what one agency sees of the entries on file."""
        return list(view(self._state, agency.upper()))

    def overview(self) -> dict[str, Any]:
        """Give faults, orders, scenario and the filings with their states."""
        state = self._state
        return {
            "scenario": state.scenario or "released",
            "scenarios": {name: item.title for name, item in self._ace.scenarios.by_name.items()},
            "clock": instant(self.now()),
            "faults": [faults.line(fault) for fault in state.faults],
            "orders": state.orders,
            "waiting": len(state.pending),
            "filings": {
                key: {"release": filing.release, "summary": filing.summary, "scenario": filing.scenario}
                for key, filing in state.filings.items()
            },
        }

    def _save(self, step: Step) -> None:
        with self._transaction():
            self._write(self._state, step)
        self._settle(step)

    def _settle(self, step: Step) -> None:
        self._state = step.state.settled()
        for line in step.said:
            _log.info("%s", line)

    def _write(self, old: State, step: Step) -> None:
        """Write what differs between the state that is stored and the new one, and the answers."""
        new = step.state
        put = "INSERT OR REPLACE INTO"
        self._db.executemany(
            f"{put} filings VALUES (?, ?)",
            [(key, json.dumps(memory.plain(new.filings[key]))) for key in new.touched],
        )
        self._db.executemany(
            "DELETE FROM pending WHERE id = ?", [(n,) for n in old.pending.keys() - new.pending]
        )
        self._db.executemany(
            f"{put} pending VALUES (?, ?)",
            [(n, json.dumps(memory.plain(new.pending[n]))) for n in new.pending.keys() - old.pending],
        )
        self._db.executemany(
            "INSERT INTO outbox (kind, batch, media_type, at, body) VALUES (?, ?, ?, ?, ?)",
            [(m.kind, m.batch, m.media_type, m.at, m.body) for m in step.messages],
        )
        before, after = _meta(old), _meta(new)
        self._db.executemany(
            f"{put} meta VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in after.items() if before[key] != value],
        )

    def _load(self) -> State:
        meta = dict(self._db.execute("SELECT key, value FROM meta").fetchall())
        kept = {key: json.loads(value) for key, value in meta.items()}
        kept["faults"] = tuple(memory.fault(value) for value in kept.get("faults", ()))
        kept["held"] = memory.pending(kept["held"]) if kept.get("held") else None
        filings = [memory.filing(json.loads(v)) for (v,) in self._db.execute("SELECT value FROM filings")]
        waiting = self._db.execute("SELECT id, value FROM pending").fetchall()
        return State(
            filings={filing.key: filing for filing in filings},
            pending={n: memory.pending(json.loads(value)) for n, value in waiting},
            **kept,
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _meta(state: State) -> dict[str, Any]:
    """Give the single values of a state as plain JSON."""
    return {
        "faults": [memory.plain(fault) for fault in state.faults],
        "orders": state.orders,
        "scenario": state.scenario,
        "ahead": state.ahead,
        "serial": state.serial,
        "control": state.control,
        "held": memory.plain(state.held) if state.held else None,
    }
