from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import sqlite3
from pathlib import Path

import pytest

from gateway.cli import common
from gateway.shell.ledger_schema import migrate
from gateway.shell.logsource import open_logs
from gateway.shell.recheck import recheck
from gateway.signing import Attests, Key, KeyRing, Kind, digest, make_receipt, sign_detached
from gateway.signing.checkpoint import Checkpoint
from gateway.signing.log import Tree, leaf_hash
from tests.signing.samples import ACKNOWLEDGEMENT, SOURCE, technical

LONG = b"long body " * 100


@pytest.fixture
def store(tmp_path: Path, key: Key, log_key: Key) -> Path:
    """Give a store with one submission, its receipt and two acknowledgements, one of them in a file."""
    path = tmp_path / "gateway.sqlite"
    bodies = tmp_path / "gateway.sqlite.bodies"
    name = hashlib.sha256(LONG).hexdigest()
    (bodies / name[:2]).mkdir(parents=True)
    (bodies / name[:2] / name).write_bytes(LONG)
    plain = technical(kind=Kind.RECEIPT, attests=Attests.RECEIVED, disposition="received", answers=None)
    rows = [
        ("r0", make_receipt(plain, key), "", None),
        ("r1", make_receipt(technical(), key), sign_detached(ACKNOWLEDGEMENT, key), ACKNOWLEDGEMENT),
        ("r2", make_receipt(technical(answers=digest(LONG)), key), sign_detached(LONG, key), LONG),
    ]
    tree = Tree(leaf_hash(receipt.encode()) for _, receipt, _, _ in rows)
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE submission(id TEXT, digest BLOB, body BLOB, removed_at TEXT)")
        db.execute("CREATE TABLE body(digest BLOB, bytes INTEGER, data BLOB, file TEXT)")
        db.execute(
            "CREATE TABLE answer(id TEXT, submission TEXT, n INTEGER, body BLOB, signature TEXT, receipt TEXT)"
        )
        db.execute("CREATE TABLE leaf(log TEXT, idx INTEGER, hash BLOB, answer TEXT)")
        db.execute("CREATE TABLE checkpoint(log TEXT, size INTEGER, note TEXT)")
        db.execute("INSERT INTO submission VALUES('s', ?, ?, NULL)", (_digest(SOURCE), _digest(SOURCE)))
        for data, file in ((SOURCE, None), (ACKNOWLEDGEMENT, None), (LONG, f"{name[:2]}/{name}")):
            inline = None if file else data
            db.execute("INSERT INTO body VALUES(?, ?, ?, ?)", (_digest(data), len(data), inline, file))
        for number, (answer, receipt, signature, body) in enumerate(rows):
            kept = None if body is None else _digest(body)
            db.execute(
                "INSERT INTO answer VALUES(?, 's', ?, ?, ?, ?)", (answer, number, kept, signature, receipt)
            )
            db.execute(
                "INSERT INTO leaf VALUES('gateway.local/receipts', ?, ?, ?)",
                (number, tree.node(0, number), answer),
            )
        note = Checkpoint("gateway.local/receipts", 3, tree.root()).sign(log_key)
        db.execute("INSERT INTO checkpoint VALUES('gateway.local/receipts', 3, ?)", (note,))
        db.commit()
    return path


def test_a_store_can_be_tidied_while_it_is_read(
    store: Path, public: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two pages no reader holds the store: SQLite's log beside it can be cut, however long all takes."""
    monkeypatch.setattr("gateway.shell.recheck.PAGE", 1)
    monkeypatch.setattr("gateway.shell.logsource.PAGE", 1)
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        (log,) = open_logs(str(store))
        assert log.entries is not None
        for reading in (recheck(store, public), log.entries):
            count = 0
            for _ in reading:
                db.execute("UPDATE checkpoint SET size = size")
                db.commit()
                assert db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
                count += 1
            assert count == 3


def test_the_tables_are_those_of_the_ledger(tmp_path: Path, public: KeyRing) -> None:
    """A new ledger, with its own tables, is read as a store without answers."""
    with contextlib.closing(sqlite3.connect(tmp_path / "new.sqlite")) as db:
        migrate(db)
    assert list(recheck(tmp_path / "new.sqlite", public)) == []
    assert open_logs(str(tmp_path)) == []


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _found(store: Path, keys: KeyRing) -> list[tuple[str, str]]:
    return [(answer, one.problem) for answer, found in recheck(store, keys) for one in found]


def test_a_good_store_has_nothing_wrong(store: Path, public: KeyRing) -> None:
    """Every answer of a good store verifies, with public keys alone."""
    assert _found(store, public) == []
    assert len(list(recheck(store, public))) == 3


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE body SET data = x'00' WHERE CAST(data AS TEXT) LIKE 'ISA*00*...%'", [("r1", "digest/differs")]),
        ("UPDATE body SET data = x'00' WHERE CAST(data AS TEXT) LIKE 'ISA*00*  %'", [(name, "digest/differs") for name in ("r0", "r1", "r2")]),
        ("DELETE FROM body WHERE file IS NOT NULL", [("r2", "content/absent")]),
        ("UPDATE body SET file = 'aa/none' WHERE file IS NOT NULL", [("r2", "content/absent")]),
        ("UPDATE answer SET body = (SELECT body FROM answer WHERE id = 'r2') WHERE id = 'r1'", [("r1", "digest/differs")]),
        ("UPDATE answer SET signature = (SELECT signature FROM answer WHERE id = 'r2') WHERE id = 'r1'", [("r1", "signature/invalid")]),
        ("UPDATE answer SET signature = '' WHERE id = 'r1'", [("r1", "parts/count")]),
        ("UPDATE answer SET body = NULL WHERE id = 'r1'", [("r1", "content/absent")]),
        ("UPDATE answer SET receipt = 'x.y.z' WHERE id = 'r0'", [("r0", "base64url/invalid")]),
        ("UPDATE submission SET digest = x'00'", [(name, "digest/differs") for name in ("r0", "r1", "r2")]),
    ],
)  # fmt: skip
def test_what_was_changed_in_the_store_is_named(
    statement: str, expected: list[tuple[str, str]], store: Path, public: KeyRing
) -> None:
    """A changed or missing body, signature, receipt or digest is found at the answers that it concerns."""
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute(statement)
        db.commit()
    assert _found(store, public) == expected


def test_the_command_rechecks_a_store(
    store: Path, public: KeyRing, capsys: pytest.CaptureFixture[str]
) -> None:
    """`log verify --receipts` reports the log and every answer, and refuses what is not a store."""
    trust = store.with_name("jwks.json")
    trust.write_text(public.jwks_text())
    parser = argparse.ArgumentParser()
    importlib.import_module("gateway.cli.log").register(parser.add_subparsers(required=True))
    words = ["log", "verify", str(store), "--trust", str(trust), "--receipts", "--json"]
    args = parser.parse_args(words)
    assert args.run(args) == 0
    assert [one["ok"] for one in json.loads(capsys.readouterr().out)["logs"]] == [True, True]
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("UPDATE answer SET signature = '' WHERE id = 'r1'")
        db.commit()
    assert args.run(args) == 1
    (_, receipts) = json.loads(capsys.readouterr().out)["logs"]
    assert receipts["findings"][0]["place"] == "answer r1"
    args = parser.parse_args(["log", "export", str(store), str(store.with_name("out"))])
    assert args.run(args) == 0
    words[2] = str(store.with_name("out") / "gateway.local" / "receipts")
    args = parser.parse_args(words)
    with pytest.raises(common.UserError, match="reads a store"):
        args.run(args)
