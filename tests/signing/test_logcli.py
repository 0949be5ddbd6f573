from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.cli import common
from gateway.signing import KeyRing, Purpose, generate
from gateway.signing.checkpoint import Checkpoint
from gateway.signing.log import Tree, leaf_hash
from gateway.signing.logaudit import Stored, audit
from gateway.signing.note import Verifier, cosign
from gateway.signing.tiles import serve_tile

ORIGIN = "gateway.local/receipts"
KEY = generate(Purpose.LOG)
ENTRIES = [f"receipt-{number}" for number in range(300)]
TREE = Tree(leaf_hash(entry.encode()) for entry in ENTRIES)
SIGNED = (100, 120, 300)


def note(size: int) -> str:
    """Give the signed checkpoint at a size."""
    return Checkpoint(ORIGIN, size, TREE.root(size)).sign(KEY)


@pytest.fixture
def trust(tmp_path: Path) -> Path:
    """Give the file of trusted keys."""
    path = tmp_path / "jwks.json"
    path.write_text(KeyRing([KEY]).jwks_text())
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give a store with the tables that the log is made of."""
    path = tmp_path / "store" / "gateway.sqlite"
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE leaf(log TEXT, idx INTEGER, hash BLOB, answer TEXT)")
        db.execute("CREATE TABLE answer(id TEXT, receipt TEXT)")
        db.execute("CREATE TABLE checkpoint(log TEXT, size INTEGER, note TEXT)")
        for number, entry in enumerate(ENTRIES):
            db.execute("INSERT INTO answer VALUES(?, ?)", (str(number), entry))
            db.execute(
                "INSERT INTO leaf VALUES(?, ?, ?, ?)", (ORIGIN, number, TREE.node(0, number), str(number))
            )
        db.executemany(
            "INSERT INTO checkpoint VALUES(?, ?, ?)", [(ORIGIN, size, note(size)) for size in SIGNED]
        )
        db.commit()
    return path


def run(*words: object) -> int:
    """Run one `log` command and give its exit status."""
    parser = argparse.ArgumentParser()
    importlib.import_module("gateway.cli.log").register(parser.add_subparsers(required=True))
    args = parser.parse_args(["log", *(str(word) for word in words)])
    return args.run(args)


def found(capsys: pytest.CaptureFixture[str], *words: object) -> list[tuple[str, str]]:
    """Give place and problem of what `log verify` finds."""
    status = run("verify", *words, "--json")
    (log,) = json.loads(capsys.readouterr().out)["logs"]
    assert status == (0 if log["ok"] else 1)
    return [(one["place"], "/".join(one["code"].rsplit("/", 2)[-2:])) for one in log["findings"]]


def test_a_good_store_and_its_export_hold(
    store: Path, trust: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log holds in its store, given as file or folder, and in the exported tiles."""
    assert run("verify", store, "--trust", trust) == 0
    assert "300 entries, 3 checkpoints, holds" in capsys.readouterr().out
    assert run("export", store, tmp_path / "out") == 0
    capsys.readouterr()
    for place in (store.parent, tmp_path / "out" / ORIGIN):
        assert found(capsys, place, "--trust", trust) == []


DAMAGE: dict[str, tuple[list[str], list[tuple[str, str]]]] = {
    "removed": (["DELETE FROM leaf WHERE idx = 7"], [("entry 7", "entry/absent")]),
    "removed-many": (["DELETE FROM leaf WHERE idx BETWEEN 7 AND 9"], [("entries 7-9", "entry/absent")]),
    "removed-and-closed": (
        ["DELETE FROM leaf WHERE idx = 7", "UPDATE leaf SET idx = idx - 1 WHERE idx > 7"],
        [("entries 0-99", "history/changed")],
    ),
    "text-removed": (["DELETE FROM answer WHERE id = '7'"], [("entry 7", "text/absent")]),
    "text-changed": (["UPDATE answer SET receipt = 'x' WHERE id = '7'"], [("entry 7", "text/changed")]),
    "text-moved": (
        ["UPDATE leaf SET answer = CASE idx WHEN 7 THEN '9' ELSE '7' END WHERE idx IN (7, 9)"],
        [("entry 7", "text/moved"), ("entry 9", "text/moved")],
    ),
    "changed-with-its-hash": (
        [
            "UPDATE answer SET receipt = 'x' WHERE id = '107'",
            f"UPDATE leaf SET hash = X'{leaf_hash(b'x').hex()}' WHERE idx = 107",  # noqa: S608  # a hash of ours
        ],
        [("entries 100-119", "history/changed")],
    ),
    "reordered": (
        ["UPDATE leaf SET idx = CASE idx WHEN 107 THEN 110 ELSE 107 END WHERE idx IN (107, 110)"],
        [("entry 107", "order/changed")],
    ),
    "truncated": (["DELETE FROM leaf WHERE idx >= 250"], [("size", "size/shrunk")]),
    "checkpoint-forged": (
        [f"UPDATE checkpoint SET note = '{note(300).replace('300', '301')}' WHERE size = 300"],  # noqa: S608  # a note of ours
        [("signature", "signature/invalid")],
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_in_the_store_is_named(
    name: str, store: Path, trust: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was removed, changed, moved or cut off in the store is named with its place."""
    statements, expected = DAMAGE[name]
    with contextlib.closing(sqlite3.connect(store)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    assert found(capsys, store, "--trust", trust) == expected


def test_a_rewritten_log_falls_to_a_checkpoint_that_was_kept(
    store: Path, trust: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A log rewritten and signed anew by its owner does not fit a checkpoint kept elsewhere."""
    kept = tmp_path / "kept"
    kept.write_text(note(120))
    other = Tree(leaf_hash(entry.encode()) for entry in [*ENTRIES[:50], "other", *ENTRIES[51:]])
    fresh = Checkpoint(ORIGIN, 300, other.root()).sign(KEY)
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("UPDATE answer SET receipt = 'other' WHERE id = '50'")
        db.execute("UPDATE leaf SET hash = ? WHERE idx = 50", (other.node(0, 50),))
        db.execute("DELETE FROM checkpoint")
        db.execute("INSERT INTO checkpoint VALUES(?, ?, ?)", (ORIGIN, 300, fresh))
        db.commit()
    assert found(capsys, store, "--trust", trust) == []
    assert found(capsys, store, "--trust", trust, "--checkpoint", kept) == [
        ("entries 0-119", "history/changed")
    ]


def test_damaged_tiles_are_named(
    store: Path, trust: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed tile, a changed bundle and a missing bundle of an export are found."""
    run("export", store, tmp_path / "out")
    capsys.readouterr()
    folder = tmp_path / "out" / ORIGIN
    tile, bundle = folder / "tile" / "1" / "000.p" / "1", folder / "tile" / "entries" / "001.p" / "44"
    for path, expected in ((tile, "tile/differs"), (bundle, "text/changed")):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 64]))
        assert expected in {problem for _, problem in found(capsys, folder, "--trust", trust)}
        path.write_bytes(data)
    bundle.unlink()
    assert ("entry 256", "text/absent") in found(capsys, folder, "--trust", trust)


@pytest.fixture
def address() -> Iterator[tuple[str, dict[str, Callable[[], bytes]]]]:
    """Give the address of a small server that shows checkpoint, tiles and keys, and its table."""
    table: dict[str, Callable[[], bytes]] = {
        "/v1/log/checkpoint": lambda: note(300).encode(),
        "/.well-known/jwks.json": lambda: KeyRing([KEY]).jwks_text().encode(),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer from the table, else with a tile."""
            body = table.get(
                self.path, lambda: serve_tile(self.path.removeprefix("/v1/log/"), 300, TREE.node)
            )()
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", table
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_monitor_follows_a_gateway(
    address: tuple[str, dict[str, Callable[[], bytes]]],
    trust: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A monitor keeps the checkpoint that it saw, and finds a log that shrank or changed since."""
    place, table = address
    state = tmp_path / "seen"
    state.write_text(note(120))
    assert found(capsys, place, "--trust", trust, "--state", state) == []
    assert state.read_text() == note(300)
    table["/v1/log/checkpoint"] = lambda: note(120).encode()
    assert ("size", "size/shrunk") in found(capsys, place, "--trust", trust, "--state", state)
    assert state.read_text() == note(300)
    table["/v1/log/checkpoint"] = lambda: Checkpoint(ORIGIN, 300, leaf_hash(b"")).sign(KEY).encode()
    assert ("tile", "tile/differs") in found(capsys, place, "--trust", trust)
    table["/v1/log/checkpoint"] = lambda: (
        Checkpoint(ORIGIN, 300, TREE.root()).sign(generate(Purpose.LOG)).encode()
    )
    assert ("checkpoint", "key/unknown") in found(capsys, place, "--trust", trust)
    assert run("verify", place) == 1
    assert "--trust" in capsys.readouterr().err


def test_what_cannot_be_read_has_its_status(tmp_path: Path, store: Path) -> None:
    """Nobody answering is status 3; a place without a log, a bad key file or pinned file is 2."""
    for words, status in (
        (("http://127.0.0.1:9",), 3),
        ((tmp_path / "none",), 2),
        ((store, "--trust", tmp_path / "none"), 2),
        ((store, "--trust", store), 2),
    ):
        with pytest.raises(common.UserError) as caught:
            run("verify", *words)
        assert caught.value.status == status


def test_a_pair_of_exchanged_entries_is_found_by_trying() -> None:
    """Exchanged entries are named when the stretch is short, and the stretch when it is long."""
    leaves = [TREE.node(0, number) for number in range(300)]
    leaves[3], leaves[200] = leaves[200], leaves[3]
    stored = [Stored(number, leaf, ENTRIES[number].encode()) for number, leaf in enumerate(leaves)]
    long = audit(stored, [Checkpoint(ORIGIN, 300, TREE.root())])[1]
    assert long[-1].place == "entries 0-299"
    assert [one.problem for one in long[:2]] == ["text/moved", "text/moved"]


def test_the_newest_checkpoint_must_be_cosigned_by_a_named_witness(store: Path, trust: Path) -> None:
    """With `--witness` a store whose newest checkpoint has its line holds; another witness's does not do."""
    key, other = generate(Purpose.LOG), generate(Purpose.LOG)
    with contextlib.closing(sqlite3.connect(store)) as db:
        signed = cosign(note(300), "witness.example", key, 1_795_332_226)
        db.execute("UPDATE checkpoint SET note = ? WHERE size = 300", (signed,))
        db.commit()
    for one, status in ((key, 0), (other, 1)):
        text = Verifier.of("witness.example", one, witness=True).text()
        assert run("verify", store, "--trust", trust, "--witness", text) == status
