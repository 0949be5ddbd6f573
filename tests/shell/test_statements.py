"""How the ledger's statements find their rows: none looks through a table that grows with the service."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys

import apsw

from gateway.shell import sqlite, sqlite_apsw
from gateway.shell.ledger_schema import migrate
from tests.shell.test_simulated import ENTRY, system

OF_A_CONVERSATION = {
    f"gateway.shell.ledger_{name}" for name in ("intake", "process", "flow", "send", "heard", "again")
}
GROWING = {
    "answer",
    "body",
    "dedup",
    "event",
    "heard",
    "heard_part",
    "leaf",
    "part",
    "part_key",
    "submission",
}
# Indexes that hold few rows and nothing else.
PARTIAL = re.compile(r"SCAN outbox USING (COVERING )?INDEX outbox_(parked|owner)")


def test_a_conversation_reads_no_growing_table_from_end_to_end(tmp_path, monkeypatch):
    """From the filing to its acknowledgement each statement finds its rows by an index."""
    said: dict[str, int] = {}
    monkeypatch.setattr(sqlite, "suits", lambda: sqlite.library("apsw"))
    execute = sqlite_apsw.Connection.execute

    def recorded(self, sql, parameters=(), /):
        if sys._getframe(1).f_globals["__name__"] in OF_A_CONVERSATION:
            said.setdefault(sql, len(parameters))
        return execute(self, sql, parameters)

    monkeypatch.setattr(sqlite_apsw.Connection, "execute", recorded)

    async def converse():
        async with system(tmp_path) as (client, _, _):
            submission = (await client.submit(ENTRY))["submission"]
            plain = await client.wait(submission, 60)
            assert plain["state"] == "closed"

    asyncio.run(converse())
    asked = {
        sql: count for sql, count in said.items() if sql.split()[0] in {"SELECT", "UPDATE", "DELETE", "WITH"}
    }
    assert any("FROM heard WHERE batch" in sql for sql in asked)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    found = []
    for sql, count in asked.items():
        for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * count):
            table = re.match(r"SCAN (\w+)", detail)
            if table and (table[1] in GROWING or (table[1] == "outbox" and not PARTIAL.match(detail))):
                found.append((detail, sql))
    connection.close()
    assert not found, "\n".join(map(str, found))


def test_a_statement_with_a_join_stays_prepared(tmp_path):
    """SQLite does not plan a statement anew for each set of values."""
    one = sqlite_apsw.Connection(f"{(tmp_path / 'a').as_uri()}?mode=rwc", seconds=1, kept=8)
    try:
        assert one._raw.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1
    finally:
        one.close()
