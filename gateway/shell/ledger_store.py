"""What the ledger asks of a database, whichever it is.

Lives here: the words that both stores share, and which store an address names. SQL is
written once, for both: parameters are `?`, upserts name the columns that conflict, numbers
come from `Transaction.next`, and types are those of `ledger_schema.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.shell.clock import rfc3339_seconds

if TYPE_CHECKING:
    from gateway.shell.clock import Clock
    from gateway.shell.config import Store as Settings

CLOCK_BEHIND_SECONDS_MAX = 60
EVERYTHING = "*"
"""The name that stands for all names: what was told meanwhile was missed."""

Told = Callable[[frozenset[str]], None]


class LedgerError(Exception):
    """The ledger cannot be opened as it stands. The message says what to do.

    `reachable` is false when nobody answered.
    """

    def __init__(self, message: str, *, reachable: bool = True) -> None:
        self.reachable = reachable
        super().__init__(message)


class LedgerUnavailable(Exception):  # noqa: N818 - it is a state that passes, and callers name it so
    """What was asked was not committed, or it is not known. Nothing may be promised."""


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    @property
    def description(self) -> Any:
        """Its columns, the name of each in front."""

    def fetchone(self) -> Any:
        """Give the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Go through the rows that are left."""


class Connection(Protocol):
    """An open connection, or the open transaction on it."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Cursor:
        """Run one statement for each set of parameters."""


class Blame(Enum):
    """Whose fault an exception is, and so what has to be undone."""

    OPERATION = "operation"
    """The operation's own: it is undone alone."""
    GROUP = "group"
    """Some operation's of the group: all is undone, and each is run again alone."""
    DATABASE = "database"
    """The database's: all is undone, and nothing may be promised."""


class Writer(Protocol):
    """The connection that writes. One transaction at a time, in all processes together."""

    @property
    def connection(self) -> Connection:
        """Where operations write."""

    @property
    def committing(self) -> bool:
        """Tell whether COMMIT was sent: then a failure leaves it open what was kept."""

    def begin(self, *, wait: bool = True) -> None:
        """Open a transaction and wait until no other process writes; or raise where one does."""

    def mark(self) -> None:
        """Begin an operation that may be undone alone."""

    def back(self) -> None:
        """Undo the operation since the mark."""

    def keep(self) -> None:
        """Let go of the mark."""

    def commit(self, touched: frozenset[str]) -> None:
        """Make it durable and tell other processes which names were touched."""

    def reset(self) -> bool:
        """Undo what is open. False: the connection is no good any more, and is closed."""

    def close(self) -> None:
        """Close the connection."""


class Reader(Connection, Protocol):
    """A connection that cannot write."""

    def close(self) -> None:
        """Close it."""


class Store(Protocol):
    """One database, open or not."""

    @property
    def name(self) -> str:
        """How messages call it; without a password."""

    @property
    def place(self) -> str:
        """The file, or the address without a password, as a command takes it."""

    @property
    def environment(self) -> dict[str, str]:
        """What a command that is given the place has to have in its environment."""

    @property
    def shared(self) -> bool:
        """Tell whether other processes may write it at the same time."""

    @property
    def member(self) -> str:
        """This process among those that have the ledger open; another at every opening."""

    @property
    def bodies(self) -> tuple[Path, bool]:
        """The folder for long bodies, and whether any go there."""

    def open(self, clock: Clock, told: Told) -> list[str]:
        """Lock, bring forward, check. Gives warnings. Raises `LedgerError`. Blocks.

        `told` hears, from a thread of the store's own, which names other processes touched.
        """

    def writer(self) -> Writer:
        """Open the connection that writes. Raises what `blame` knows."""

    def reader(self) -> Reader:
        """Open a connection for questions. Raises what `blame` knows."""

    def members(self, connection: Connection) -> frozenset[str]:
        """Name the processes that have the ledger open now, this one included."""

    def blame(self, error: BaseException) -> Blame:
        """Tell whose fault an exception of an operation is."""

    def snapshot(self) -> AbstractContextManager[Connection]:
        """Give all that is stored as it is at one moment, without opening. Raises `LedgerError`."""

    def damage(self, connection: Connection) -> str:
        """Give what the database finds wrong with itself, "" where it finds nothing."""

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables forward; gives the steps before and after. Raises `LedgerError`."""

    def close(self) -> None:
        """Let go of everything."""


def check_clock(connection: Connection, clock: Clock, name: str) -> None:
    """Refuse a clock that is behind what is written already. Raises `LedgerError`."""
    row = connection.execute("SELECT at FROM event ORDER BY id DESC LIMIT 1").fetchone()
    if row is not None and rfc3339_seconds(row[0]) > clock.seconds() + CLOCK_BEHIND_SECONDS_MAX:
        raise LedgerError(f"{name}: the clock is behind the last event of {row[0]}; set it first")


def is_address(place: Path | str) -> bool:
    """Tell whether a place is the address of a PostgreSQL database."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def store_of(settings: Settings) -> Store:
    """Give the store that a configuration names. Raises `LedgerError`, `ConfigError`."""
    password = settings.password.reveal() if settings.password is not None else ""
    return store_at(settings.place, password, settings.library)


def store_at(place: Path | str, password: str = "", library: str = "auto") -> Store:
    """Give the store of a place: an address of PostgreSQL, or the file of SQLite, opened by `library`.

    Raises `LedgerError` where what it needs is not installed.
    """
    if isinstance(place, str) and is_address(place):
        try:
            from gateway.shell.ledger_postgresql import PostgresqlStore  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise LedgerError(
                "PostgreSQL needs the extra: pip install 'customs-gateway[postgresql]'"
            ) from error
        return PostgresqlStore(place, password)
    from gateway.shell.ledger_sqlite import SqliteStore  # noqa: PLC0415 - it imports us

    return SqliteStore(Path(place), library)
