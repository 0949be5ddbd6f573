"""Where a test's ledger lies: in a file of its folder, or in a database made for it."""

from __future__ import annotations

import contextlib

from gateway.shell import sqlite
from gateway.shell.ledger_store import store_at

ADDRESSES: dict[str, str] = {}
"""The database of a folder, where its ledger is in one."""


def address(folder):
    """Give the address of a folder's database, "" where its ledger is a file."""
    return ADDRESSES.get(str(folder), "")


def setting(folder):
    """Give the line of a configuration that says where the ledger is."""
    if found := address(folder):
        return f'store: {{address: "{found}"}}\n'
    return f"store: {{path: {folder}/g.sqlite}}\n"


def store(folder):
    """Give the store of a folder, not opened."""
    return store_at(address(folder) or folder / "g.sqlite")


def rows(folder, sql, *values):
    """Ask a ledger from outside, beside whoever has it open."""
    with store(folder).snapshot() as connection:
        return connection.execute(sql, values).fetchall()


def change(folder, sql):
    """Change a ledger behind the gateway's back, in the words of its own database."""
    if found := address(folder):
        from tests.shell.postgresql import server

        server().run(sql, found)
        return
    # By the library that the gateway in this process has it open with: see `gateway/shell/sqlite.py`.
    with contextlib.closing(sqlite.library().connect((folder / "g.sqlite").resolve().as_uri())) as connection:
        connection.execute(sql)
