"""The ledger's SQL in the words of both databases, and the settings that choose between them."""

from __future__ import annotations

import re

import pytest

from gateway.flow.submission import State
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config, shown
from gateway.shell.ledger_dialect import native, tables, value
from gateway.shell.ledger_postgresql import PostgresqlStore
from gateway.shell.ledger_schema import STEPS
from gateway.shell.ledger_sqlite import SqliteStore
from gateway.shell.ledger_store import LedgerError, store_at, store_of
from gateway.shell.sqlite import is_safe


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("SELECT ? WHERE a = ?", "SELECT $1 WHERE a = $2"),
        ("SELECT ?2, ?1", "SELECT $2, $1"),
        ("SELECT 'what?', \"a?\", ?", "SELECT 'what?', \"a?\", $1"),
        ("SELECT 'it''s?' -- why?\n, ?", "SELECT 'it''s?' -- why?\n, $1"),
        ("SELECT 1 LIMIT -1 OFFSET ?", "SELECT 1 LIMIT ALL OFFSET $1"),
    ],
)
def test_places_are_numbered(given, wanted):
    """Each `?` gets its number, but for those in texts, names and remarks."""
    assert native(given) == wanted


def test_tables_are_written_in_types_of_postgresql():
    """No word is left that PostgreSQL does not know or understands otherwise."""
    for step in STEPS:
        made = tables(step)
        assert not re.search(r"\b(INTEGER|BLOB|REAL|TEXT|ROWID)\b", made)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (True, 1),
        (None, None),
        (State.READ, "read"),
        ("é", "é"),
        ("a\x00", "a␀"),
        ("\udc80", "?"),
        (b"\x00", b"\x00"),
    ],
)
def test_values_are_those_that_postgresql_takes(given, wanted):
    """Truth values are numbers, states are texts, and texts have no NUL and no half characters."""
    found = value(given)
    assert (found, type(found)) == (wanted, type(wanted))


def test_a_place_is_a_file_or_an_address():
    """An address of PostgreSQL gives that store, everything else a file; no message has the password."""
    assert isinstance(store_at("var/g.sqlite"), SqliteStore)
    store = store_at("postgresql://me:secret@db:5433/customs", "other")
    assert isinstance(store, PostgresqlStore)
    assert store.name == "postgresql://db:5433/customs"
    with pytest.raises(LedgerError) as failed:
        store_at("postgresql://me:secret@[db/customs")
    assert "secret" not in str(failed.value)


def test_the_configuration_chooses(monkeypatch):
    """`store.address` goes before `store.path`; a password in it is refused, elsewhere it is not shown."""
    config = parse_config("store: {address: 'postgresql://me@db/customs', password: {env: DB_WORD}}")
    monkeypatch.setenv("DB_WORD", "hidden")
    store = store_of(config.store)
    assert store.shared
    assert store.environment == {"PGPASSWORD": "hidden"}
    assert "hidden" not in shown(config)
    assert not store_of(parse_config("{}").store).shared
    for address in (
        "postgresql://me:word@db/customs",
        "postgresql://me@db/customs?password=word",
        "mysql://db/x",
    ):
        with pytest.raises(ConfigError):
            parse_config(f"store: {{address: '{address}'}}")


def test_a_database_that_is_not_there_is_said():
    """Nobody who listens is told as that, with the place and without waiting long."""
    with pytest.raises(LedgerError, match=re.escape("postgresql://127.0.0.1:1/none")) as failed:
        store_at("postgresql://me@127.0.0.1:1/none").upgrade()
    assert not failed.value.reachable


@pytest.mark.parametrize(
    ("version", "safe"), [((3, 40, 1), False), ((3, 44, 6), True), ((3, 50, 6), False), ((3, 51, 3), True)]
)
def test_versions_of_sqlite_with_the_fault_are_known(version, safe):
    """The fault in WAL resets is mended in 3.51.3 and in two older lines."""
    assert is_safe(version) is safe
