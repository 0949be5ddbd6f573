"""Filing by putting files into a folder."""

from __future__ import annotations

import asyncio

from gateway.shell.config_file import parse_config
from gateway.shell.folder import Folder
from gateway.signing import KeyRing, ReceiptFile
from tests.shell.running import entry, running


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


def partner(folder):
    """Give a configuration in which the only partner files by a folder."""
    return f"partners: {{LOCAL: {{anonymous: true, operator: true, folder: {folder}}}}}\n"


def names(folder):
    """List the files of a folder."""
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def test_a_file_is_filed_and_answered_beside_its_receipt(tmp_path):
    """What is put into `in` moves to `done` with a receipt; its answers appear in `out` and verify."""
    base = tmp_path / "box"

    async def test():
        async with running(tmp_path / "store", partner(base)) as gateway:
            await gateway.until((base / "in").is_dir)
            (base / "in" / ".e.json").write_bytes(b"half of ")
            (base / "in" / "e.json").write_bytes(entry())
            await gateway.until(lambda: any(name.endswith("ack-2.json") for name in names(base / "out")))
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
        assert names(base / "in") == [".e.json"]
        submission = names(base / "done")[0].split("-")[0]
        assert names(base / "done") == [f"{submission}-e.json", f"{submission}-e.json.receipt.json"]
        for folder in ("done", "out"):
            for file in (base / folder).glob("*.receipt.json"):
                assert ReceiptFile.read(file.read_bytes()).verify(ring, entry()).reasons == ()
        assert len(names(base / "out")) == 6
        assert len(gateway.ace.effects) == 1

    go(test())


def test_what_cannot_be_taken_moves_aside_with_a_reason(tmp_path):
    """An empty file, one that is too long and a name used before with other content go to `failed`."""
    base = tmp_path / "box"
    extra = partner(base) + "server: {body_bytes_max: 500}\n"

    async def test():
        async with running(tmp_path / "store", extra) as gateway:
            await gateway.until((base / "in").is_dir)
            (base / "in" / "empty.json").write_bytes(b"")
            (base / "in" / "long.json").write_bytes(b" " * 501)
            (base / "in" / "e.json").write_bytes(entry())
            await gateway.until(lambda: len(names(base / "failed")) == 4 and len(names(base / "done")) == 2)
            (base / "in" / "e.json").write_bytes(entry("Q7Z00010437"))
            await gateway.until(lambda: len(names(base / "failed")) == 6)
        assert "came before" in (base / "failed" / "e.json.reason.txt").read_text()
        assert "empty" in (base / "failed" / "empty.json.reason.txt").read_text()

    go(test())


def test_a_file_that_was_committed_before_a_crash_counts_once(tmp_path):
    """A file that comes again under its name, as after a crash before the move, is the same submission."""
    base = tmp_path / "box"

    async def test():
        async with running(tmp_path / "store") as gateway:
            profile = parse_config(partner(base)).partners["LOCAL"]
            box = Folder(gateway.core, "LOCAL", profile, base)
            box._make()
            for _ in range(2):
                (base / "in" / "e.json").write_bytes(entry())
                await box._take(base / "in" / "e.json")
            assert len((await gateway.get("/v1/submissions"))["submissions"]) == 1
            assert len(names(base / "done")) == 2

    go(test())
