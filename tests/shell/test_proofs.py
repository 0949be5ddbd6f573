"""Witnesses, time-stamps and the recheck of the running service."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import sqlite3
import subprocess
from datetime import UTC, datetime

import pytest
from aiohttp import web

from gateway.shell import logbook, recheck_job
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.signing import KeyRing, Purpose, generate
from gateway.signing.checkpoint import Checkpoint, check_growth, log_verifier, open_checkpoint, verify_proof
from gateway.signing.log import leaf_hash
from gateway.signing.note import Verifier, cosign
from tests.programs import need
from tests.shell.running import entry, running
from tests.signing.test_timestamp import CONF

KEY = generate(Purpose.LOG)
NAME = "witness.example/w1"
VERIFIER = Verifier.of(NAME, KEY, witness=True)


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


class Witness:
    """A witness of the tests' own, by C2SP tlog-witness: it cosigns what continues the log that it saw."""

    def __init__(self):
        self.seen = {}
        self.asked = []
        self.forges = False
        self.status = 0

    async def start(self):
        """Listen on the loopback address."""
        app = web.Application()
        app.router.add_post("/add-checkpoint", self._add)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/add-checkpoint"
        return self

    async def stop(self):
        """Stop listening."""
        await self._runner.cleanup()

    async def _add(self, request):
        text = await request.text()
        head, note = text.split("\n\n", 1)
        old, *hashes = head.split("\n")
        self.asked.append((int(old.removeprefix("old ")), len(hashes)))
        if self.status:
            return web.Response(status=self.status)
        new = Checkpoint.read(note)
        before = self.seen.get(new.origin)
        if before is not None and before.size != int(old.removeprefix("old ")):
            return web.Response(status=409, text=f"{before.size}\n", content_type="text/x.tlog.size")
        if before is not None and before.size < new.size:
            proof = [base64.b64decode(one) for one in hashes]
            if not check_growth(before, new, proof).ok:
                return web.Response(status=422)
        self.seen[new.origin] = new
        made = cosign(note if not self.forges else note.replace("\n", "x\n", 1), NAME, KEY, 1_795_332_226)
        return web.Response(text=made.splitlines()[-1] + "\n")


@contextlib.asynccontextmanager
async def witnessed(folder, monkeypatch):
    """Start a gateway with a witness, and checkpoints every tenth of a second."""
    monkeypatch.setattr(logbook.Logbook.__init__, "__defaults__", (0.05,))
    witness = await Witness().start()
    extra = f"signing: {{witnesses: [{{key: '{VERIFIER.text()}', url: '{witness.url}'}}]}}\n"
    try:
        async with running(folder, extra) as gateway:
            yield gateway, witness
    finally:
        await witness.stop()


async def checkpoint(gateway, size=0, seconds=90):
    """Wait for a checkpoint of at least a size; gives the note."""
    async with asyncio.timeout(seconds):
        while True:
            status, _, note = await gateway.call("GET", "/v1/log/checkpoint")
            if status == 200 and int(note.split(b"\n")[1]) >= size:
                return note.decode()
            await asyncio.sleep(0.02)


def test_a_witness_cosigns_each_checkpoint_and_proofs_carry_it(tmp_path, monkeypatch) -> None:
    """Checkpoints and proofs hold with the witness's key; a restarted gateway proves from what the witness saw."""

    async def test():
        async with witnessed(tmp_path, monkeypatch) as (gateway, witness):
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            for number, size in (("Q7Z00010429", 3), ("Q7Z00010437", 6)):
                submission = await gateway.submit(entry(number))
                shown = await gateway.closed(submission)
                note = await checkpoint(gateway, size)
                verifier = log_verifier(note.split("\n")[0], ring, note)
                verdict, _ = open_checkpoint(note, verifier, [VERIFIER])
                assert verdict.reasons == ()
            receipt = shown["receipt"]
            number = json.loads(base64.urlsafe_b64decode(receipt.split(".")[1] + "=="))["receipt"]
            _, _, proof = await gateway.call("GET", f"/v1/log/proof?receipt={number}")
            assert verify_proof(receipt.encode(), proof.decode(), verifier, [VERIFIER]).ok
            other = Verifier.of("other.example", generate(Purpose.LOG), witness=True)
            assert not verify_proof(receipt.encode(), proof.decode(), verifier, [other]).ok
            assert witness.asked[0] == (0, 0)
            seen = witness.seen
        second = await Witness().start()
        second.seen = seen
        extra = f"signing: {{witnesses: [{{key: '{VERIFIER.text()}', url: '{second.url}'}}]}}\n"
        try:
            async with running(tmp_path, extra) as gateway:
                await gateway.closed(await gateway.submit(entry("Q7Z00010445")))
                note = await checkpoint(gateway, 9)
                assert open_checkpoint(note, verifier, [VERIFIER])[0].ok
                assert second.asked[0][0] == 0
                assert second.asked[1][0] >= 6, "it proves from the size that the witness named"
        finally:
            await second.stop()

    go(test())


@pytest.mark.parametrize("way", ["forges", "away", 403, 422])
def test_a_witness_that_does_not_sign_stops_nothing(tmp_path, monkeypatch, way) -> None:
    """Without a cosignature that holds, the checkpoint is published without it, and that is a trouble."""

    async def test():
        async with witnessed(tmp_path, monkeypatch) as (gateway, witness):
            witness.forges = way == "forges"
            witness.status = way if isinstance(way, int) else 0
            if way == "away":
                await witness.stop()
            await gateway.closed(await gateway.submit(entry()))
            note = await checkpoint(gateway, 3)
            assert NAME not in note
            assert f"witness {NAME}" in (await gateway.get("/readyz"))["troubles"]

    go(test())


def test_a_witness_has_a_witness_s_key() -> None:
    """A log's own verifier key, or no key, is an error at start."""
    from gateway.shell.witness import Witnesses

    for key in (Verifier.of(NAME, KEY).text(), "nonsense"):
        config = parse_config(f"signing: {{witnesses: [{{key: '{key}', url: 'http://x/'}}]}}")

        class Core:
            pass

        core = Core()
        core.config = config
        with pytest.raises(ConfigError):
            Witnesses(core)


class Authority:
    """A time-stamping authority made of openssl."""

    def __init__(self, folder):
        self.folder = folder
        self.fails = False
        folder.mkdir()
        (folder / "conf").write_text(CONF)
        (folder / "serial").write_text("01")
        self._run(
            "openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa.key -out tsa.pem -days 30"
            " -config conf -section cert -extensions ext"
        )

    def _run(self, command):
        return subprocess.run(command.split(), cwd=self.folder, check=False, capture_output=True).returncode

    async def start(self):
        """Listen on the loopback address."""
        app = web.Application()
        app.router.add_post("/", self._stamp)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def stop(self):
        """Stop listening."""
        await self._runner.cleanup()

    async def _stamp(self, request):
        (self.folder / "q.tsq").write_bytes(await request.read())
        if self.fails:
            return web.Response(body=b"0\x03\x02\x01\x00", content_type="application/timestamp-reply")
        await asyncio.to_thread(
            self._run,
            "openssl ts -reply -config conf -section tsa -queryfile q.tsq -inkey tsa.key -signer tsa.pem -out r.tsr",
        )
        data = (self.folder / "r.tsr").read_bytes()
        return web.Response(body=data, content_type="application/timestamp-reply")


def test_a_checkpoint_is_stamped_and_openssl_accepts_the_stamp(tmp_path, monkeypatch) -> None:
    """The stamp is over the checkpoint that is served for its size; openssl refuses it for any other bytes."""
    need("openssl")
    monkeypatch.setattr(logbook.Logbook.__init__, "__defaults__", (0.05,))

    async def test():
        authority = await Authority(tmp_path / "tsa").start()
        extra = (
            f"signing: {{timestamps: {{url: '{authority.url}', certificate: {tmp_path}/tsa/tsa.pem,"
            " every_seconds: 0.2}}\n"
        )
        try:
            async with running(tmp_path, extra) as gateway:
                assert (await gateway.call("GET", "/v1/log/timestamp"))[0] == 404
                await gateway.closed(await gateway.submit(entry()))
                async with asyncio.timeout(90):
                    while True:
                        status, headers, reply = await gateway.call("GET", "/v1/log/timestamp")
                        if status == 200:
                            break
                        await asyncio.sleep(0.05)
                size = headers["Checkpoint-Size"]
                assert datetime.fromisoformat(headers["Stamped-At"]).tzinfo == UTC
                _, _, note = await gateway.call("GET", f"/v1/log/checkpoint?size={size}")
                assert note.split(b"\n")[1] == size.encode()
                assert (await gateway.call("GET", "/v1/log/checkpoint?size=999999"))[0] == 404
                (tmp_path / "stamp.tsr").write_bytes(reply)
                (tmp_path / "checkpoint").write_bytes(note)
                authority.fails = True
                await gateway.closed(await gateway.submit(entry("Q7Z00010437")))
                await gateway.until(lambda: "time-stamps" in gateway.core.troubles)
        finally:
            await authority.stop()

    go(test())
    command = [
        "openssl",
        "ts",
        "-verify",
        "-in",
        "stamp.tsr",
        "-data",
        "checkpoint",
        "-CAfile",
        "tsa/tsa.pem",
    ]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "checkpoint").write_bytes((tmp_path / "checkpoint").read_bytes().replace(b"\n", b"x\n", 1))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


@pytest.fixture(autouse=True)
def _no_lower(monkeypatch):
    """A recheck does not wait here until the machine has nothing else to do."""
    monkeypatch.setattr(recheck_job, "NICER", 0)


SOON = "signing: {recheck: {first_seconds: 0.01, every_seconds: 3600"


async def rechecked(gateway, count=1):
    """Wait for so many reports; gives the newest."""
    async with asyncio.timeout(90):
        while len(found := (await gateway.get("/v1/rechecks"))["rechecks"]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found[0]


def damage(folder, change, *values):
    """Change the store behind the gateway's back."""
    with contextlib.closing(sqlite3.connect(folder / "g.sqlite")) as connection:
        connection.execute(change, values)
        connection.commit()


def test_the_recheck_reports_and_what_is_wrong_stops_the_intake(tmp_path, monkeypatch) -> None:
    """A good store is reported good; changed bytes are named, stop the intake, and a repair lets it go on."""
    monkeypatch.setattr(logbook.Logbook.__init__, "__defaults__", (0.05,))

    async def test():
        async with running(tmp_path) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            await checkpoint(gateway, 3)
            assert (await gateway.call("POST", "/v1/rechecks"))[0] == 202
            report = await rechecked(gateway)
            assert (report["answers"], report["entries"], report["wrong"]) == (3, 3, 0)
            _, _, text = await gateway.call("GET", "/metrics")
            assert b"gateway_recheck_answers 3\n" in text
            assert b"gateway_recheck_wrong 0\n" in text
            status, _, _ = await gateway.post(entry("Q7Z00010437"))
            assert status == 202
        with contextlib.closing(sqlite3.connect(tmp_path / "g.sqlite")) as connection:
            (digest, data) = connection.execute(
                "SELECT b.digest, b.data FROM body b JOIN answer a ON a.body = b.digest ORDER BY a.id LIMIT 1"
            ).fetchone()
        damage(tmp_path, "UPDATE body SET data = ? WHERE digest = ?", data.replace(b"true", b"True"), digest)
        async with running(tmp_path, f"{SOON}}}}}\n") as gateway:
            report = await rechecked(gateway, 2)
            assert report["wrong"] == 1
            assert report["findings"][0]["code"].endswith("body/digest/differs")
            assert report["findings"][0]["place"].startswith("answer ")
            await gateway.until(lambda: gateway.core.halted)
            status, _, plain = await gateway.post(entry("Q7Z00010445"))
            assert (status, plain["type"].rpartition(":")[2]) == (503, "unavailable")
            status, _, _ = await gateway.call("GET", "/readyz")
            assert status == 503
            _, _, text = await gateway.call("GET", "/metrics")
            assert b"gateway_recheck_wrong 1\n" in text
        async with running(tmp_path) as gateway:
            await rechecked(gateway, 3)
            await gateway.until(lambda: gateway.core.halted)
            damage(tmp_path, "UPDATE body SET data = ? WHERE digest = ?", data, digest)
            await gateway.call("POST", "/v1/rechecks")
            await gateway.until(lambda: not gateway.core.halted)
            assert (await gateway.post(entry("Q7Z00010445")))[0] == 202

    go(test())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE leaf SET hash = zeroblob(32) WHERE idx = 1", "text/changed"),
        ("DELETE FROM leaf WHERE idx = 1", "entry/absent"),
        ("UPDATE submission SET digest = zeroblob(32)", "content/digest/differs"),
        ("DELETE FROM body WHERE digest = (SELECT body FROM answer WHERE n = 1)", "content/absent"),
        ("UPDATE answer SET signature = replace(signature, '..', '..A') WHERE n = 1", "signature/"),
        ("UPDATE answer SET receipt = replace(receipt, '.ey', '.eY') WHERE n = 1", "signature/invalid"),
    ],
)
def test_every_kind_of_damage_is_reported(tmp_path, monkeypatch, change, problem) -> None:
    """Log, submission, body, signature and receipt: each change is a finding of the report; nothing is stopped here."""
    monkeypatch.setattr(logbook.Logbook.__init__, "__defaults__", (0.05,))

    async def test():
        async with running(tmp_path, "signing: {recheck: {on_mismatch: report}}\n") as gateway:
            await gateway.closed(await gateway.submit(entry()))
            await checkpoint(gateway, 3)
            damage(tmp_path, change)
            await gateway.call("POST", "/v1/rechecks")
            report = await rechecked(gateway)
            assert any(problem in finding["code"] for finding in report["findings"]), report
            assert (await gateway.post(entry("Q7Z00010437")))[0] == 202
            assert "recheck" in (await gateway.get("/readyz"))["troubles"]

    go(test())


def test_a_partner_sees_no_reports(tmp_path) -> None:
    """Reports are for operators."""

    async def test():
        async with running(tmp_path, "partners: {LOCAL: {anonymous: true}}\n") as gateway:
            assert (await gateway.call("GET", "/v1/rechecks"))[0] == 403
            assert (await gateway.call("POST", "/v1/rechecks"))[0] == 403

    go(test())


def many(origin, first, count):
    """Give an operation that adds leaves of texts `entry <n>` to a log, behind the intake's back."""

    def add(tx):
        for number in range(first, first + count):
            leaf, answer = leaf_hash(b"entry %d" % number), f"{number:026d}"
            tx.connection.execute(
                "INSERT INTO leaf(log, idx, hash, answer) VALUES(?, ?, ?, ?)",
                (origin, tx.next(f"log:{origin}") - 1, leaf, answer),
            )

    return add


def test_a_log_of_several_tiles_is_proved_and_goes_on_after_a_restart(
    tmp_path, each_store, monkeypatch
) -> None:
    """Proofs, tiles and growth hold over more leaves than are read at once, though no leaf is kept in memory."""
    del each_store
    monkeypatch.setattr(logbook, "LEAVES_READ_MAX", 256)

    async def test():
        sizes = ((0, 700), (700, 356))
        notes = []
        for first, count in sizes:
            async with running(tmp_path) as gateway:
                book = gateway.gateway.service.logbook
                await gateway.core.ledger.write(many(gateway.core.log, first, count))
                await book.sign()
                note = (await gateway.call("GET", "/v1/log/checkpoint"))[2].decode()
                ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
                verifier = log_verifier(gateway.core.log, ring, note)
                notes.append(Checkpoint.read(note))
                for number in (0, 255, 256, 699, first + count - 1):
                    proof = (await gateway.call("GET", f"/v1/log/proof?receipt={number:026d}"))[2]
                    assert verify_proof(b"entry %d" % number, proof.decode(), verifier).ok
                first_tile = b"".join(leaf_hash(b"entry %d" % number) for number in range(256))
                assert (await gateway.call("GET", "/v1/log/tile/0/000"))[2] == first_tile
                width = (first + count) // 256
                assert len((await gateway.call("GET", f"/v1/log/tile/1/000.p/{width}"))[2]) == 32 * width
        assert [one.size for one in notes] == [700, 1056]

    go(test())
