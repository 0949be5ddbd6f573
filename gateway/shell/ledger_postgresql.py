"""The ledger in a PostgreSQL database, which several processes share.

One of them writes at a time: a transaction begins with a lock that all take and that ends
with it. So what holds for one SQLite file holds here too: numbers have no gaps, a log's
leaves follow each other, and whoever reads events in the order of their numbers misses
none. Commits in groups keep the lock short, and all other work goes side by side.

Statements are sent without waiting for each one's outcome; whoever looks at an outcome waits.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.shell.ledger_dialect import native, tables, value
from gateway.shell.ledger_schema import steps_after
from gateway.shell.ledger_store import Blame, LedgerError, check_clock
from gateway.shell.ledger_telling import Listener, payloads

if TYPE_CHECKING:
    from gateway.shell.clock import Clock
    from gateway.shell.ledger_store import Connection, Told

VERSION_MIN = 130000
CLOCK_APART_SECONDS_WARN = 5
CLOCK_APART_SECONDS_MAX = 60
STATEMENT_SECONDS_MAX = 30
LOCK_SECONDS_MAX = 10
PREPARED_MAX = 500
# What the address does not say. A database that went silent is noticed in some twenty seconds.
DEFAULTS = {
    "connect_timeout": "5",
    "application_name": "customs-gateway",
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "client_encoding": "UTF8",
}
# A process that hangs in its transaction may not hold the others up for long, and one whose machine
# is gone is to be noticed there as soon as a database is here.
_SETTINGS = """
SELECT set_config('lock_timeout', $2, false), set_config('statement_timeout', $1, false),
  set_config('idle_in_transaction_session_timeout', $1, false),
  set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '3', false),
  set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '20000', false),
  set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
    ELSE current_setting('synchronous_commit') END, false)
"""
_SERVER = """
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
  current_setting('fsync'), current_setting('full_page_writes'),
  pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on',
  extract(epoch FROM clock_timestamp())::float8
"""
_MEMBERS = """
SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
  AND classid::bigint = $1 AND objid <> 0
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

Raw = psycopg.Connection[tuple[Any, ...]]


class PostgresqlStore:
    """One database, or one schema of it. Bodies of every size lie in it."""

    shared = True

    def __init__(self, address: str, password: str = "") -> None:
        try:
            given = {name: str(word) for name, word in conninfo_to_dict(address).items() if word is not None}
        except psycopg.Error:
            # What libpq says repeats the address, and a password may be in it.
            raise LedgerError("the address of the database cannot be read") from None
        secret = {"password": password} if password else {}
        self._info = make_conninfo("", **{**DEFAULTS, **given, **secret})
        place = given.get("host", "") + (f":{given['port']}" if "port" in given else "")
        self.name = f"postgresql://{place}/{given.get('dbname', '')}"
        self.place = address
        self.environment = {"PGPASSWORD": password} if password else {}
        self.lock_seconds_max = LOCK_SECONDS_MAX
        self.member = ""
        self.bodies = Path(), False
        self.key = 0
        self._listener: Listener | None = None

    # Opening and closing

    def open(self, clock: Clock, told: Told) -> list[str]:
        """Bring forward, check, join the others. Gives warnings. Raises `LedgerError`."""
        with self._reached() as raw:
            warnings = self._check(raw, clock)
            self._migrate(raw)
            check_clock(Session(raw), clock, self.name)
            number = self._join(raw)
        self.member = str(number)
        self._listener = Listener(self.connect, self.key, number, told)
        if not self._listener.begin():
            self.close()
            raise LedgerError(f"{self.name}: it does not let us listen: {self._listener.trouble}")
        return warnings

    def close(self) -> None:
        """Leave the others."""
        if self._listener is not None:
            self._listener.end()
            self._listener = None

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables forward; gives the steps before and after. Raises `LedgerError`."""
        with self._reached() as raw:
            return self._migrate(raw)

    @contextlib.contextmanager
    def _reached(self) -> Iterator[Raw]:
        try:
            with contextlib.closing(self.connect(seconds=0)) as raw:
                yield raw
        except (psycopg.Error, ValueError) as error:
            away = isinstance(error, psycopg.OperationalError)
            raise LedgerError(f"{self.name}: {_line(error)}", reachable=not away) from error

    def _check(self, raw: Raw, clock: Clock) -> list[str]:
        row = raw.execute(_SERVER).fetchone()
        version, encoding, *safe, read_only, now = row if row is not None else (0, "", "", "", True, 0.0)
        if version < VERSION_MIN:
            raise LedgerError(f"{self.name}: PostgreSQL 13 or newer is needed, it is {version // 10000}")
        if encoding != "UTF8":
            raise LedgerError(f"{self.name}: the database is encoded in {encoding}, not in UTF8")
        if safe != ["on", "on"]:
            raise LedgerError(
                f"{self.name}: fsync and full_page_writes must be on, or what was committed can be lost"
            )
        if read_only:
            raise LedgerError(f"{self.name}: the database can only be read")
        apart = abs(now - clock.seconds())
        if apart > CLOCK_APART_SECONDS_MAX:
            raise LedgerError(f"{self.name}: our clock and the database's are {apart:.0f} s apart; set them")
        if apart > CLOCK_APART_SECONDS_WARN:
            return [f"our clock and the database's are {apart:.0f} s apart"]
        return []

    def _migrate(self, raw: Raw) -> tuple[int, int]:
        """Bring the tables forward; of several that start at once the first does it."""
        with raw.transaction():
            self._lock(raw)
            there = raw.execute("SELECT to_regclass('ledger_step') IS NOT NULL").fetchone()
            have = 0
            if there is not None and there[0]:
                row = raw.execute("SELECT step FROM ledger_step").fetchone()
                have = int(row[0]) if row is not None else 0
            steps = steps_after(have)
            if steps and not have:
                raw.execute("CREATE TABLE IF NOT EXISTS ledger_step(step bigint NOT NULL)")
            for _, step in steps:
                raw.execute(tables(step).encode())
            if steps:
                raw.execute("DELETE FROM ledger_step")
                raw.execute("INSERT INTO ledger_step(step) VALUES($1)", (steps[-1][0],))
        return have, have + len(steps)

    def _lock(self, raw: Raw) -> None:
        if not self.key:
            row = raw.execute("SELECT current_schema()").fetchone()
            if row is None or row[0] is None:
                raise LedgerError(f"{self.name}: there is no schema to put the tables into")
            self.key = zlib.crc32(f"customs gateway ledger {row[0]}".encode()) & 0x7FFFFFFF
        raw.execute("SELECT pg_advisory_xact_lock($1, 0)", (self.key,))

    def _join(self, raw: Raw) -> int:
        """Take a number that no other process has."""
        with raw.transaction():
            self._lock(raw)
            row = raw.execute(
                "INSERT INTO control(name, last) VALUES('member', 1)"
                " ON CONFLICT(name) DO UPDATE SET last = control.last % 2000000000 + 1 RETURNING last"
            ).fetchone()
        return int(row[0]) if row is not None else 0

    # Connections

    def connect(self, *, seconds: int = STATEMENT_SECONDS_MAX, read_only: bool = False) -> Raw:
        """Open a connection in autocommit mode. A statement may take so many seconds; 0 is for ever."""
        raw: Raw = psycopg.connect(
            self._info, autocommit=True, cursor_factory=psycopg.RawCursor, prepare_threshold=2
        )
        raw.prepared_max = PREPARED_MAX
        try:
            raw.execute(_SETTINGS, (f"{seconds}s", f"{self.lock_seconds_max}s"))
            if read_only:
                raw.execute("SET default_transaction_read_only = on")
        except psycopg.Error:
            raw.close()
            raise
        return raw

    def writer(self) -> PostgresqlWriter:
        """Open the connection that writes."""
        return PostgresqlWriter(self.connect(), self.key, self.member)

    def reader(self) -> Session:
        """Open a connection for questions."""
        return Session(self.connect(read_only=True))

    def members(self, connection: Connection) -> frozenset[str]:
        """Name the processes that have the ledger open: those whose listeners are connected."""
        rows = connection.execute(_MEMBERS, (self.key,)).fetchall()
        return frozenset({self.member, *(str(row[0]) for row in rows)})

    @staticmethod
    def blame(error: BaseException) -> Blame:
        """Tell whose fault an exception is."""
        database = (
            psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError,
            psycopg.errors.InsufficientPrivilege,
        )  # fmt: skip
        if isinstance(error, database):
            return Blame.DATABASE
        return Blame.GROUP if isinstance(error, psycopg.Error) else Blame.OPERATION

    # From outside

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Give all that is stored as it is at one moment, beside services that run."""
        with self._reached() as raw:
            raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            if raw.execute("SELECT to_regclass('ledger_step') IS NULL").fetchone() != (False,):
                raise LedgerError(f"{self.name}: there is no ledger yet")
            yield Session(raw)

    @staticmethod
    def damage(connection: Connection) -> str:
        """Give nothing: pages are PostgreSQL's own to check, by their checksums, when they are read."""
        del connection
        return ""


class Session:
    """A connection, or the transaction on it, in the ledger's own words."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self.pipeline: psycopg.Pipeline | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Result:
        """Run one statement."""
        cursor = self._raw.cursor(binary=True)
        cursor.execute(native(sql).encode(), [value(one) for one in parameters])
        return Result(cursor, self.pipeline)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Result:
        """Run one statement for each set of parameters."""
        result = None
        for one in parameters:
            result = self.execute(sql, one)
        return result if result is not None else self.execute("SELECT 1 WHERE false")

    def close(self) -> None:
        """Close the connection."""
        self._raw.close()


class Result:
    """What a statement gave; whoever looks waits for it."""

    def __init__(self, cursor: psycopg.Cursor[tuple[Any, ...]], pipeline: psycopg.Pipeline | None) -> None:
        self._cursor = cursor
        self._pipeline = pipeline

    def _arrived(self) -> psycopg.Cursor[tuple[Any, ...]]:
        if self._pipeline is not None and self._cursor.pgresult is None:
            self._pipeline.sync()
        return self._cursor

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""
        return self._arrived().rowcount

    @property
    def description(self) -> Any:
        """Its columns, the name of each in front."""
        return self._arrived().description

    def fetchone(self) -> Any:
        """Give the next row, None after the last."""
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        return self._cursor.fetchall()

    def __iter__(self) -> Iterator[Any]:
        """Go through the rows that are left."""
        return iter(self._cursor)


class PostgresqlWriter:
    """The one connection of this process that writes."""

    def __init__(self, raw: Raw, key: int, member: str) -> None:
        self._raw = raw
        self._key = key
        self._member = member
        self._open = contextlib.ExitStack()
        self.connection = Session(raw)
        self.committing = False

    def begin(self, *, wait: bool = True) -> None:  # noqa: ARG002 - all queue
        """Open a transaction and queue for the lock that all processes take."""
        self.committing = False
        self.connection.pipeline = self._open.enter_context(self._raw.pipeline())
        # Each statement sees what others committed before we got the lock.
        self.connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        self.connection.execute("SELECT pg_advisory_xact_lock($1, 0)", (self._key,))

    def mark(self) -> None:
        """Begin an operation that may be undone alone."""
        self.connection.execute("SAVEPOINT one")

    def back(self) -> None:
        """Undo the operation since the mark."""
        self.connection.execute("ROLLBACK TO one")
        self.connection.execute("RELEASE one")

    def keep(self) -> None:
        """Let go of the mark."""
        self.connection.execute("RELEASE one")

    def commit(self, touched: frozenset[str]) -> None:
        """Make it durable; the others hear of it with the commit.

        After a statement that failed PostgreSQL passes over all that was sent behind it, the
        COMMIT too: that failure is raised here.
        """
        for payload in payloads(self._member, touched):
            self.connection.execute("SELECT pg_notify($1, $2)", (Listener.channel(self._key), payload))
        self.committing = True
        cursor = self._raw.execute("COMMIT")
        self._end()
        if cursor.statusmessage != "COMMIT":
            raise psycopg.InternalError(f"the transaction ended with {cursor.statusmessage}")

    def _end(self) -> None:
        """Wait for all that was sent."""
        if self.connection.pipeline is not None:
            self.connection.pipeline.sync()
        self.connection.pipeline = None
        self._open.close()

    def reset(self) -> bool:
        """Undo what is open. False: the connection is closed."""
        try:
            self.connection.pipeline = None
            with contextlib.suppress(psycopg.Error):
                self._open.close()
            self._raw.rollback()
        except psycopg.Error:
            self.close()
        return not self._raw.closed

    def close(self) -> None:
        """Close the connection."""
        self.connection.pipeline = None
        with contextlib.suppress(psycopg.Error):
            self._open.close()
        self._raw.close()


def _line(error: Exception) -> str:
    """Give the first line of an error; what follows repeats the statement."""
    return (str(error).splitlines() or [type(error).__name__])[0]
