"""Two libraries, one behaviour: `apsw` behind the calls and exceptions of `sqlite3`, and which is taken when."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import sys

import aiohttp
import apsw
import pytest

from gateway.shell.clock import SystemClock
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.shell.doctor import examine
from gateway.shell.ledger import Ledger
from gateway.shell.ledger_store import Blame, LedgerError, store_at, store_of
from gateway.shell.sqlite import library
from gateway.shell.sqlite_apsw import translated
from tests.shell.ace import FakeAce
from tests.shell.process import Process
from tests.shell.running import entry

BOTH = pytest.mark.parametrize("name", ["sqlite3", "apsw"])


@contextlib.contextmanager
def opened(name, file, mode="rwc"):
    """Open a file by one of the libraries."""
    with contextlib.closing(library(name).connect(f"{file.as_uri()}?mode={mode}")) as connection:
        yield connection


@BOTH
def test_values_and_counts_come_back(tmp_path, name):
    """Values keep their types, and counts, columns and open transactions are told as the ledger asks for them."""
    with opened(name, tmp_path / "a") as one:
        one.executescript("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c, d); CREATE TABLE u(a);")
        assert not one.in_transaction
        one.execute("BEGIN IMMEDIATE")
        assert one.in_transaction
        added = one.execute(
            "INSERT INTO t VALUES(?, ?, ?, ?), (?, ?3, ?2, ?1)", (1, "é\x00", b"\x00", 0.5, 2)
        )
        many = one.executemany("INSERT INTO u VALUES(?)", [(n,) for n in range(3)])
        none = one.execute("  UPDATE t SET b = 1 WHERE a = 9")
        gone = one.execute("DELETE FROM u WHERE a > ?", [0])
        again = one.execute("INSERT INTO t(a) VALUES(1) ON CONFLICT DO NOTHING")
        one.execute("COMMIT")
        assert [each.rowcount for each in (added, many, none, gone, again)] == [2, 3, 0, 2, 0]
        asked = one.execute("SELECT a, b, c, d FROM t ORDER BY a")
        assert asked.rowcount == -1
        assert [column[0] for column in asked.description] == ["a", "b", "c", "d"]
        assert asked.fetchone() == (1, "é\x00", b"\x00", 0.5)
        assert asked.fetchall() == [(2, b"\x00", "é\x00", 1)]
        assert asked.fetchone() is None
        assert list(one.execute("SELECT a FROM t WHERE a > ?", (5,))) == []
        assert not one.in_transaction


def _breaks(one, other, file):
    """Give what goes wrong, by its name: each a call."""

    def full():
        one.execute("PRAGMA max_page_count = 3")
        one.execute("INSERT INTO t VALUES(5, ?)", (b"x" * 100_000,))

    def busy():
        other.execute("PRAGMA busy_timeout = 0")
        one.execute("BEGIN IMMEDIATE")
        try:
            other.execute("BEGIN IMMEDIATE")
        finally:
            one.execute("ROLLBACK")

    def locked_out():
        other.execute("PRAGMA query_only = ON")
        other.execute("DELETE FROM t")

    def not_a_database():
        file.with_name("b").write_bytes(b"x" * 4096)
        one.execute("ATTACH ? AS b", (str(file.with_name("b")),))

    def damaged():
        one.execute("PRAGMA writable_schema = ON")
        one.execute("UPDATE sqlite_master SET rootpage = 99 WHERE name = 't'")
        one.execute("PRAGMA writable_schema = RESET")
        one.execute("SELECT * FROM t").fetchall()

    def closed():
        other.close()
        other.execute("SELECT 1")

    return {
        "a key twice": lambda: one.execute("INSERT INTO t(a) VALUES(1)"),
        "a wrong statement": lambda: one.execute("SELEC 1"),
        "no such table": lambda: one.executescript("SELECT * FROM nowhere"),
        "too few parameters": lambda: one.execute("SELECT ?, ?", (1,)),
        "half a character": lambda: one.execute("SELECT ?", ("\udc80",)),
        "a number too long": lambda: one.execute("SELECT ?", (1 << 70,)),
        "text that is none": lambda: one.execute("SELECT CAST(x'ff' AS TEXT)").fetchone(),
        "raised by a trigger": lambda: one.execute("DELETE FROM t"),
        "among many": lambda: one.executemany("INSERT INTO t(a) VALUES(?)", [(7,), (7,)]),
        "too big": lambda: one.execute("SELECT zeroblob(2000000000)").fetchone(),
        "full": full,
        "busy": busy,
        "read only": locked_out,
        "not a database": not_a_database,
        "damaged": damaged,
        "closed": closed,
    }


WRONG = {
    "a key twice": (sqlite3.IntegrityError, Blame.OPERATION),
    "a wrong statement": (sqlite3.OperationalError, Blame.DATABASE),
    "no such table": (sqlite3.OperationalError, Blame.DATABASE),
    "too few parameters": (sqlite3.ProgrammingError, Blame.OPERATION),
    "half a character": (UnicodeEncodeError, Blame.OPERATION),
    "a number too long": (OverflowError, Blame.OPERATION),
    "text that is none": (sqlite3.OperationalError, Blame.DATABASE),
    "raised by a trigger": (sqlite3.IntegrityError, Blame.OPERATION),
    "among many": (sqlite3.IntegrityError, Blame.OPERATION),
    "too big": (sqlite3.DataError, Blame.OPERATION),
    "full": (sqlite3.OperationalError, Blame.DATABASE),
    "busy": (sqlite3.OperationalError, Blame.DATABASE),
    "read only": (sqlite3.OperationalError, Blame.DATABASE),
    "not a database": (sqlite3.DatabaseError, Blame.DATABASE),
    "damaged": (sqlite3.DatabaseError, Blame.DATABASE),
    "closed": (sqlite3.ProgrammingError, Blame.OPERATION),
}


@BOTH
@pytest.mark.parametrize("what", WRONG)
def test_what_goes_wrong_has_one_class(tmp_path, name, what):
    """Each fault has the same exception by either library, and the same is to blame for it."""
    file = tmp_path / "a"
    wanted, blame = WRONG[what]
    with opened(name, file) as one, opened(name, file) as other:
        one.executescript(
            "CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, 'x');"
            "CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'no'); END;"
        )
        with pytest.raises(wanted) as failed:
            _breaks(one, other, file)[what]()
    assert type(failed.value) is wanted
    assert store_at(file).blame(failed.value) is blame


@BOTH
def test_a_file_that_is_not_there_is_not_made(tmp_path, name):
    """Opened without leave to make it, a missing file is an error and stays missing."""
    with pytest.raises(sqlite3.OperationalError), opened(name, tmp_path / "a", "rw") as one:
        one.execute("SELECT 1")
    assert not (tmp_path / "a").exists()


def test_codes_are_sorted_as_by_sqlite3():
    """What has no room in memory is a `MemoryError`; a code that is in no class is a `DatabaseError`."""
    for code, wanted in (
        (apsw.SQLITE_NOMEM, MemoryError),
        (apsw.SQLITE_NOTADB, sqlite3.DatabaseError),
        (apsw.SQLITE_IOERR_FSYNC, sqlite3.OperationalError),
        (apsw.SQLITE_READONLY_DBMOVED, sqlite3.OperationalError),
        (apsw.SQLITE_CONSTRAINT_UNIQUE, sqlite3.IntegrityError),
    ):
        assert type(translated(apsw.exception_for(code))) is wanted


@BOTH
def test_a_connection_of_the_ledger_is_durable(tmp_path, name):
    """The ledger's connections have WAL, `synchronous=FULL`, foreign keys and the wait for a lock, read back."""

    async def test():
        ledger = Ledger(store_at(tmp_path / "g.sqlite", library=name), SystemClock())
        await ledger.open()
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        seen = await ledger.write(
            lambda tx: [tx.connection.execute(f"PRAGMA {one}").fetchone()[0] for one in asked]
        )
        (version,) = await ledger.read(lambda ask: ask.execute("SELECT sqlite_version()").fetchone())
        await ledger.close()
        assert seen == ["wal", 2, 1, 10_000]
        assert version == library(name).version
        assert bool(ledger.warnings) is not library(name).safe

    asyncio.run(test())


RULE = """
import json, sqlite3, sys
own, other = json.loads(sys.argv[1])
sqlite3.sqlite_version = own
if other is None:
    sys.modules["gateway.shell.sqlite_apsw"] = None
else:
    import gateway.shell.sqlite_apsw
    gateway.shell.sqlite_apsw.VERSION = other
from gateway.shell.sqlite import library
print(library().name)
"""


@pytest.mark.parametrize(
    ("own", "other", "wanted"),
    [
        ("3.40.1", "3.54.1", "apsw"),
        ("3.51.3", "3.54.1", "sqlite3"),
        ("3.40.1", "3.50.1", "sqlite3"),
        ("3.40.1", None, "sqlite3"),
    ],
)
def test_the_library_that_suits_is_taken(own, other, wanted):
    """`apsw` is taken where it is installed and only its SQLite is free of the fault, and nowhere else."""
    done = subprocess.run(
        [sys.executable, "-c", RULE, json.dumps([own, other])], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == wanted


def test_the_configuration_chooses_the_library(monkeypatch, tmp_path):
    """A library is chosen by its name; a wrong name has its line, and one that is missing stops the start."""
    for name in ("sqlite3", "apsw"):
        config = parse_config(f"store: {{path: {tmp_path}/g.sqlite, library: {name}}}")
        assert store_of(config.store).library.name == name
    with pytest.raises(ConfigError, match=r"c\.yaml:2: store\.library"):
        parse_config("store:\n  library: sqlite4\n", "c.yaml")
    monkeypatch.setitem(sys.modules, "gateway.shell.sqlite_apsw", None)
    monkeypatch.delattr("gateway.shell.sqlite_apsw")
    with pytest.raises(LedgerError, match="customs-gateway\\[apsw\\]"):
        store_of(config.store)
    (sign,) = (sign for sign in examine(config) if sign.what == "sqlite")
    assert sign.state == "bad"


@BOTH
def test_the_doctor_says_which_sqlite(tmp_path, name):
    """The doctor names the version in use, the package that it is of, and the fault where it has it."""
    config = parse_config(f"store: {{path: {tmp_path}/g.sqlite, library: {name}}}")
    (sign,) = (sign for sign in examine(config) if sign.what == "sqlite")
    assert sign.says.startswith(f"{library(name).version} of {'Python' if name == 'sqlite3' else 'apsw'}")
    assert (sign.state, "has a fault" in sign.says) == (
        ("ok", False) if library(name).safe else ("warn", True)
    )


@BOTH
def test_a_kill_loses_nothing_by_either_library(tmp_path, name):
    """What was acknowledged before each `kill -9` is there after the restart, and the start says which SQLite."""

    async def test():
        ace = await FakeAce().start()
        gateway = Process(tmp_path, ace.url)
        text = gateway.config.read_text(encoding="utf-8")
        assert "g.sqlite}" in text
        gateway.config.write_text(text.replace("g.sqlite}", f"g.sqlite, library: {name}}}"), encoding="utf-8")
        taken = []
        async with aiohttp.ClientSession() as session:
            for turn in range(3):
                await gateway.start()
                for one in range(4):
                    async with session.post(
                        f"{gateway.url}/v1/submissions", data=entry(f"Q7Z0009{turn}{one:03d}")
                    ) as answer:
                        assert answer.status == 202
                        taken.append((await answer.json())["submission"])
                await gateway.kill()
            await gateway.start()
            for submission in taken:
                async with asyncio.timeout(60):
                    while True:
                        async with session.get(f"{gateway.url}/v1/submissions/{submission}") as answer:
                            assert answer.status == 200
                            if (await answer.json())["state"] == "closed":
                                break
                        await asyncio.sleep(0.05)
            assert await gateway.stop() == 0
        await ace.stop()
        assert len(ace.effects) == len(taken)
        assert f"({library(name)})" in gateway.log.read_text(encoding="utf-8")

    asyncio.run(test())
