"""Events are copied to brokers: every one, in order, again under the same id; the ledger does not wait for them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import ssl
import subprocess
import sys
import time
from collections import defaultdict

import aiohttp
import nats
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nats.js.api import StreamConfig

from gateway.shell import relay, relay_kafka
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.shell.doctor import examine
from gateway.shell.relay import BrokerError, Relay, broker_for, copy_of
from gateway.shell.relay_nats import token
from gateway.shell.server import start_gateway
from gateway.signing import KeySetError
from gateway.signing.nkey import read_credentials, read_nkey
from tests.shell import stores
from tests.shell.ace import FakeAce
from tests.shell.brokers import Kafka, Nats
from tests.shell.process import Process
from tests.shell.running import entry, running, settings

COUNT = 12
KILLS = 2


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Have a relay try again soon."""
    monkeypatch.setattr(relay, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(relay, "PAUSE_SECONDS_MAX", 0.5)
    monkeypatch.setattr(relay_kafka, "CONNECT_SECONDS_MAX", 1.0)


@pytest.fixture(params=["nats", "kafka"])
def broker(request, tmp_path):
    """Give a broker of each kind, not started."""
    made = {"nats": Nats, "kafka": Kafka}[request.param](tmp_path)
    yield made
    made.stop()


@pytest.fixture
def jetstream(tmp_path):
    """Give a NATS server, not started."""
    made = Nats(tmp_path)
    yield made
    made.stop()


def events(folder):
    """Give the events of a ledger, in order."""
    return stores.rows(folder, "SELECT id, submission, idx, name, state, at FROM event ORDER BY id")


def all_there(folder, found):
    """Every event of the ledger came, its copies are one and the same, and first copies are in order."""
    written = events(folder)
    assert len(written) > COUNT
    copies = {}
    firsts = defaultdict(list)
    for one in found:
        if one.id not in copies:
            copies[one.id] = one.event
            firsts[one.event["subject"]].append(int(one.event["sequence"]))
        assert copies[one.id] == one.event
    stated = sorted(
        (int(one["sequence"]), one["subject"], one["data"]["transaction"], one["data"]["event"],
         one["data"]["state"], one["time"])
        for one in copies.values()
    )  # fmt: skip
    assert stated == [tuple(row) for row in written]
    assert all(numbers == sorted(numbers) for numbers in firsts.values())
    return written


async def submitted(gateway, count=COUNT, first=0):
    """File some entries and wait until each is closed."""
    ids = await asyncio.gather(
        *(gateway.submit(entry(f"Q7Z0600{first + turn:04d}")) for turn in range(count))
    )
    for one in ids:
        await gateway.closed(one)
    return ids


async def caught_up(gateway, seconds=90):
    """Wait until the relay has copied everything."""
    async with asyncio.timeout(seconds):
        while (await metrics(gateway))["behind"]:  # noqa: ASYNC110 - it says it when asked
            await asyncio.sleep(0.05)


async def metrics(gateway):
    """Give what the relay counts."""
    _, _, body = await gateway.call("GET", "/metrics")
    lines = [
        line.split("{")
        for line in body.decode().splitlines()
        if line.startswith("gateway_relay_") and 'relay="desk"' in line
    ]
    return {name.removeprefix("gateway_relay_"): int(rest.split()[1]) for name, rest in lines}


def test_each_event_is_copied_once(tmp_path, broker, each_store):
    """What the ledger tells comes to the broker as CloudEvents with ids, once each and in order."""

    async def test():
        await broker.start()
        async with running(tmp_path, broker.setting()) as gateway:
            await submitted(gateway)
            await caught_up(gateway)
            found = await broker.holds(len(events(tmp_path)))
            counted = await metrics(gateway)
            assert counted == {"events_total": len(found), "failures_total": 0, "connected": 1, "behind": 0}
            assert gateway.core.troubles == {}
            instance = gateway.core.instance
        return found, instance

    found, instance = go(test())
    written = all_there(tmp_path, found)
    assert len(found) == len(written)
    for one in found:
        event = one.event
        assert (event["specversion"], event["source"]) == ("1.0", "/gateway/GATEWAY")
        assert (event["type"], event["partner"]) == (f"customs.submission.{event['data']['event']}", "LOCAL")
        assert one.id == event["id"]
        assert one.id.startswith(f"{instance}-{int(event['sequence'])}-")
        assert one.media_type.startswith("application/cloudevents+json")
        if isinstance(broker, Nats):
            assert one.where == f"customs.events.LOCAL.{event['data']['event']}"
        else:
            assert one.key == event["subject"] == event["data"]["submission"]


def test_no_copy_holds_content(tmp_path, jetstream):
    """Numbers and dispositions are in what a broker gets; the words of an entry are not."""

    async def test():
        await jetstream.start()
        async with running(tmp_path, jetstream.setting()) as gateway:
            await submitted(gateway)
            await gateway.closed(await gateway.submit(b'{"number": "Q7Z00010437", "Motors": '))
            await caught_up(gateway)
            return await jetstream.holds(len(events(tmp_path)))

    text = json.dumps([one.event for one in go(test())])
    assert "Motors" not in text
    assert '"dispositions"' in text


def test_a_broker_that_is_away_holds_nothing_back(tmp_path, broker):
    """Entries are taken, sent and acknowledged without it; when it comes everything is copied."""

    async def test():
        async with running(tmp_path, broker.setting()) as gateway:
            begun = time.monotonic()
            await submitted(gateway)
            assert time.monotonic() - begun < 60
            await gateway.until(lambda: "relay desk" in gateway.core.troubles)
            counted = await metrics(gateway)
            assert counted["behind"] == len(events(tmp_path))
            assert (counted["events_total"], counted["connected"]) == (0, 0)
            assert counted["failures_total"] > 0
            assert "relay desk" in (await gateway.get("/readyz"))["troubles"]
            await broker.start()
            await caught_up(gateway)
            await gateway.until(lambda: "relay desk" not in gateway.core.troubles)
            return await broker.holds(len(events(tmp_path)))

    found = go(test())
    assert len(found) == len(all_there(tmp_path, found))


def test_kills_of_the_broker_lose_nothing(tmp_path, jetstream):
    """A broker killed again and again while events come has each of them in the end, once, in order."""

    async def test():
        await jetstream.start()
        async with running(tmp_path, jetstream.setting()) as gateway:
            for turn in range(5):
                work = asyncio.create_task(submitted(gateway, first=turn * COUNT))
                await asyncio.sleep(0.05 * turn)
                jetstream.kill()
                await work
                await jetstream.start()
            await caught_up(gateway)
            assert (await metrics(gateway))["failures_total"] > 0
            return await jetstream.holds(len(events(tmp_path)))

    found = go(test())
    assert len(found) == len(all_there(tmp_path, found))


def test_kills_of_a_broker_without_a_memory_lose_nothing_of_ours(tmp_path):
    """What was read before each kill and after it is everything; copies that came twice have one id."""
    broker = Kafka(tmp_path)

    async def test():
        found = []
        await broker.start()
        async with running(tmp_path, broker.setting(", publish_seconds_max: 2")) as gateway:
            for turn in range(2):
                await submitted(gateway, first=turn * 2 * COUNT)
                await caught_up(gateway)
                found += await broker.holds(len(events(tmp_path)) - len({one.id for one in found}))
                broker.kill()
                await submitted(gateway, first=turn * 2 * COUNT + COUNT)
                await broker.start()
            await caught_up(gateway)
            found += await broker.holds(len(events(tmp_path)) - len({one.id for one in found}))
            assert (await metrics(gateway))["failures_total"] > 0
        return found

    try:
        all_there(tmp_path, go(test()))
    finally:
        broker.stop()


def test_kills_of_the_gateway_lose_nothing(tmp_path, broker):
    """A gateway killed while it copies goes on behind what it knows; what comes twice has the same id."""

    async def test():
        await broker.start()
        ace = await FakeAce().start()
        process = await Process(tmp_path, ace.url, broker.setting()).start()
        async with aiohttp.ClientSession() as session:
            for turn in range(KILLS):
                for one in range(COUNT):
                    data = entry(f"Q7Z07{turn:02d}{one:04d}")
                    async with session.post(f"{process.url}/v1/submissions", data=data) as response:
                        assert response.status == 202
                await process.kill()
                await process.start()
            async with asyncio.timeout(60):
                while True:
                    async with session.get(f"{process.url}/metrics") as response:
                        text = await response.text()
                    if f'{{state="closed"}} {KILLS * COUNT}\n' in text and 'behind{relay="desk"} 0' in text:
                        break
                    await asyncio.sleep(0.1)
        assert await process.stop() == 0
        found = await broker.holds(len(events(tmp_path)))
        await ace.stop()
        return found

    found = go(test())
    written = all_there(tmp_path, found)
    if isinstance(broker, Nats):
        # The stream knows an id again.
        assert len(found) == len(written)


def test_copies_of_one_event_have_one_id(tmp_path, broker):
    """A relay whose place was lost copies everything again: the same ids, the same bytes."""

    async def test():
        await broker.start()
        ace = await FakeAce().start()
        async with running(tmp_path, broker.setting(), ace=ace) as gateway:
            await submitted(gateway)
            await caught_up(gateway)
        stores.change(tmp_path, "UPDATE cursor SET after = '0' WHERE endpoint = 'relay/desk'")
        async with running(tmp_path, broker.setting(), ace=ace) as gateway:
            await caught_up(gateway)
        await ace.stop()
        return await broker.holds(len(events(tmp_path)))

    found = go(test())
    written = all_there(tmp_path, found)
    assert len(found) == len(written) * (1 if isinstance(broker, Nats) else 2)


def test_of_several_gateways_one_copies(tmp_path, shared, broker):
    """Two gateways on one database copy each event once; when the one that does it stops, the other goes on."""

    async def test():
        await broker.start()
        ace = await FakeAce().start()
        async with running(tmp_path, broker.setting(), ace=ace) as second:
            async with running(tmp_path, broker.setting(), ace=ace) as first:
                await submitted(first, first=0)
                await submitted(second, first=COUNT)
                await caught_up(first)
                copied = [(await metrics(one))["events_total"] for one in (first, second)]
                assert sorted(copied) == [0, len(events(tmp_path))]
            await submitted(second, first=2 * COUNT)
            await caught_up(second)
        await ace.stop()
        return await broker.holds(len(events(tmp_path)))

    found = go(test())
    assert len(found) == len(all_there(tmp_path, found))


class Failing:
    """A broker that refuses some events the first time, and notes what it took."""

    alive = True

    def __init__(self, took, refuses):
        self.took = took
        self.refuses = refuses

    async def open(self):
        """Be there."""

    async def close(self):
        """Be gone."""

    async def publish(self, copy):
        """Take an event, or refuse it once."""
        await asyncio.sleep(0)
        number = int(copy.id.split("-")[1])
        if number in self.refuses:
            self.refuses.remove(number)
            raise BrokerError("not now")
        self.took.append((number, copy.submission))


def test_order_holds_where_single_events_are_refused(tmp_path):
    """Behind an event that was refused nothing of its submission goes out; the place stays before it."""
    took, refuses = [], set(range(1, 60, 4))

    async def test():
        async with running(tmp_path) as gateway:
            await submitted(gateway)
            core = gateway.core
            core.config = core.config.model_copy(
                update={
                    "relays": parse_config(
                        "relays: {desk: {transport: nats, servers: ['nats://h:1']}}"
                    ).relays
                }
            )
            one = Relay(core, "desk", lambda: Failing(took, refuses))
            task = asyncio.create_task(one.run())
            rows = events(tmp_path)
            await gateway.until(lambda: len({number for number, _ in took}) == len(rows))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # Refusals of several submissions at the same time are one failure.
            assert one.failures > 0
        return rows

    rows = go(test())
    firsts = defaultdict(list)
    for number, submission in dict.fromkeys(took):
        firsts[submission].append(number)
    assert all(numbers == sorted(numbers) for numbers in firsts.values())
    assert sorted(number for numbers in firsts.values() for number in numbers) == [row[0] for row in rows]
    place = stores.rows(tmp_path, "SELECT after FROM cursor WHERE endpoint = 'relay/desk'")
    assert place == [(str(rows[-1][0]),)]


def test_a_relay_may_begin_now(tmp_path, jetstream):
    """With `begin: now` what happened before the relay is not copied, and everything after it is."""

    async def test():
        ace = await FakeAce().start()
        await jetstream.start()
        async with running(tmp_path, ace=ace) as gateway:
            await submitted(gateway)
        before = len(events(tmp_path))
        async with running(tmp_path, jetstream.setting(", begin: now"), ace=ace) as gateway:
            await gateway.until(lambda: gateway.gateway.service.relays[0].connected)
            await submitted(gateway, first=COUNT)
            await caught_up(gateway)
            after = len(events(tmp_path)) - before
            found = await jetstream.holds(after)
        await ace.stop()
        assert len(found) == after
        assert min(int(one.event["sequence"]) for one in found) == before + 1

    go(test())


def test_a_stream_of_the_operator_s_is_used_as_it_is(tmp_path, jetstream):
    """A stream that is there is not changed; one that does not take our subject is a trouble in words."""

    async def test():
        await jetstream.start()
        async with jetstream.connected() as client:
            await client.jetstream().add_stream(
                StreamConfig(name="CUSTOMS", subjects=["elsewhere.>"], max_msgs=7)
            )
            async with running(tmp_path, jetstream.setting()) as gateway:
                await submitted(gateway, 1)
                await gateway.until(lambda: "relay desk" in gateway.core.troubles)
                assert "no stream takes the subject" in gateway.core.troubles["relay desk"]
                info = await client.jetstream().stream_info("CUSTOMS")
                assert (info.config.max_msgs, info.state.messages) == (7, 0)
                await client.jetstream().update_stream(
                    StreamConfig(name="CUSTOMS", subjects=["customs.events.>"], max_msgs=7)
                )
                await caught_up(gateway)

    go(test())


def test_a_password_opens_the_broker(tmp_path):
    """User and password are given to NATS; with a wrong one the trouble says so, and the password nowhere."""
    server = Nats(tmp_path, 'authorization: {user: desk, password: "s3cret-word"}\n')
    secret = tmp_path / "secret"
    more = f", user: desk, password: {{file: {secret}}}"

    async def test():
        await server.start()
        secret.write_text("wrong-word\n", encoding="utf-8")
        async with running(tmp_path, server.setting(more)) as gateway:
            await submitted(gateway, 2)
            await gateway.until(lambda: "relay desk" in gateway.core.troubles)
            assert "uthorization" in gateway.core.troubles["relay desk"]
            assert "word" not in gateway.core.troubles["relay desk"]
            secret.write_text("s3cret-word\n", encoding="utf-8")
            await caught_up(gateway)
            found = await server.holds(len(events(tmp_path)), user="desk", password="s3cret-word")
            assert len(found) == len(events(tmp_path))

    try:
        go(test())
    finally:
        server.stop()


def nkey(kind, seed):
    """Make an NKEY of a kind from 32 bytes: its seed, its public key, and what signs with it."""
    key = Ed25519PrivateKey.from_private_bytes(seed)

    def spelled(plain):
        return base64.b32encode(plain + binascii.crc_hqx(plain, 0).to_bytes(2, "little")).decode().rstrip("=")

    head = bytes([18 << 3 | kind >> 5, (kind & 31) << 3])
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return spelled(head + seed), spelled(bytes([kind]) + public), key.sign


def claims(issuer, subject, kind, **more):
    """Make a JWT as NATS has them: what an issuer says of a subject."""
    _, public, sign = issuer

    def part(plain):
        return base64.urlsafe_b64encode(plain).rstrip(b"=")

    body = {"jti": kind, "iat": 1_700_000_000, "iss": public, "sub": subject[1], "name": kind,
            "nats": {"type": kind, "version": 2, **more}}  # fmt: skip
    head = b".".join(part(json.dumps(one).encode()) for one in ({"typ": "JWT", "alg": "ed25519-nkey"}, body))
    return (head + b"." + part(sign(head))).decode()


OPERATOR, ACCOUNT, SYSTEM, DESK, STRANGER = (
    nkey(kind << 3, bytes([turn]) * 32) for turn, kind in enumerate((14, 0, 0, 20, 20))
)
UNLIMITED = dict.fromkeys(
    ("subs", "data", "payload", "imports", "exports", "conn", "leaf", "mem_storage", "disk_storage", "streams",
     "consumer"), -1,
)  # fmt: skip


def credentials(user):
    """Give the credentials file of a user."""
    jwt = claims(ACCOUNT, user, "user", subs=-1, data=-1, payload=-1)
    return (
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user[0]}\n------END USER NKEY SEED------\n"
    )


TRUSTED = (
    f"operator: {claims(OPERATOR, OPERATOR, 'operator')}\nsystem_account: {SYSTEM[1]}\nresolver: MEMORY\n"
    f"resolver_preload: {{\n  {ACCOUNT[1]}: {claims(OPERATOR, ACCOUNT, 'account', limits=UNLIMITED)}\n"
    f"  {SYSTEM[1]}: {claims(OPERATOR, SYSTEM, 'account')}\n}}\n"
)
KEYED = {
    "nkey": (f"authorization: {{users: [{{nkey: {DESK[1]}}}]}}\n", STRANGER[0], DESK[0]),
    "credentials": (
        TRUSTED,
        credentials(STRANGER).replace(STRANGER[0], DESK[0]),
        credentials(DESK),
    ),
}


@pytest.mark.parametrize("way", KEYED)
def test_a_key_opens_the_broker(tmp_path, way):
    """A NATS user is known by its NKEY, or by credentials of its account; with others the trouble says so."""
    config, wrong, right = KEYED[way]
    server = Nats(tmp_path, config)
    secret = tmp_path / "secret"

    async def test():
        await server.start()
        for text, says in ((f"{DESK[0][:-1]}7", "it is no"), (wrong, "uthorization")):
            secret.write_text(text, encoding="utf-8")
            async with running(tmp_path, server.setting(f", {way}: {{file: {secret}}}")) as gateway:
                await gateway.until(lambda: "relay desk" in gateway.core.troubles)
                assert says in gateway.core.troubles["relay desk"]
                assert DESK[0] not in gateway.core.troubles["relay desk"]
        secret.write_text(right, encoding="utf-8")
        async with running(tmp_path, server.setting(f", {way}: {{file: {secret}}}")) as gateway:
            await submitted(gateway, 2)
            await caught_up(gateway)
            assert (await metrics(gateway))["events_total"] == len(events(tmp_path))

    try:
        go(test())
    finally:
        server.stop()


def test_a_seed_that_is_none_is_refused():
    """Whatever is no user's seed is named as such, and is not repeated."""
    for text in ("", "no base32!", DESK[0][:-4], ACCOUNT[0], DESK[1], f"{DESK[0]}AA"):
        with pytest.raises(KeySetError, match="it is no") as caught:
            read_nkey(text)
        assert not text or text not in str(caught.value)
    assert read_nkey(DESK[0]).public == DESK[1]
    with pytest.raises(KeySetError, match="credentials file"):
        read_credentials(DESK[0])


def certificate(folder):
    """Make a certificate of this machine that signs itself."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def test_an_encrypted_connection_is_checked(tmp_path):
    """With `tls` the server's certificate has to come from the given authority."""
    certificate(tmp_path)
    files = f"cert_file: '{tmp_path}/cert.pem', key_file: '{tmp_path}/key.pem'"
    server = Nats(tmp_path, f"tls: {{{files}}}\n")

    async def test():
        await server.start()
        async with running(tmp_path, server.setting(", tls: {}")) as gateway:
            await gateway.until(lambda: "relay desk" in gateway.core.troubles)
            assert "certificate" in gateway.core.troubles["relay desk"].lower()
        async with running(tmp_path, server.setting(f", tls: {{ca: '{tmp_path}/cert.pem'}}")) as gateway:
            await submitted(gateway, 2)
            await caught_up(gateway)
            assert (await metrics(gateway))["events_total"] == len(events(tmp_path))

    try:
        go(test())
    finally:
        server.stop()


def test_an_encrypted_connection_to_kafka_is_checked(tmp_path):
    """With `tls` the broker's certificate has to come from the given authority, and it asks for ours."""
    certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.load_verify_locations(tmp_path / "cert.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    ours = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    ours.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    pair = f"certificate: '{tmp_path}/cert.pem', key: '{tmp_path}/key.pem'"
    server = Kafka(tmp_path)

    async def test():
        async with server.encrypted(context):
            for wrong in ("", f", tls: {{{pair}}}", f", tls: {{ca: '{tmp_path}/cert.pem'}}"):
                async with running(tmp_path, server.setting(wrong)) as gateway:
                    await gateway.until(lambda: "relay desk" in gateway.core.troubles)
                    assert (await metrics(gateway))["connected"] == 0
            right = f", tls: {{ca: '{tmp_path}/cert.pem', {pair}}}"
            async with running(tmp_path, server.setting(right)) as gateway:
                await submitted(gateway, 2)
                await caught_up(gateway)
                count = len(events(tmp_path))
                assert (await metrics(gateway))["events_total"] == count
            found = await server.holds(count, security_protocol="SSL", ssl_context=ours)
            assert len(found) == count

    try:
        go(test())
    finally:
        server.stop()


def test_a_server_that_does_not_encrypt_gets_no_password(tmp_path):
    """With `tls` set, a server that offers none is told nothing, not even the password."""
    heard = []

    async def clear(reader, writer):
        writer.write(
            b'INFO {"server_id":"X","version":"2.9.10","max_payload":1048576,"auth_required":true}\r\n'
        )
        await writer.drain()
        heard.append(await reader.read(4096))
        writer.close()

    async def test():
        server = await asyncio.start_server(clear, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        (tmp_path / "secret").write_text("s3cret", encoding="utf-8")
        more = (
            f"relays: {{desk: {{transport: nats, servers: ['nats://127.0.0.1:{port}'], tls: {{}}, user: u,"
            f" password: {{file: {tmp_path}/secret}}}}}}\n"
        )
        async with running(tmp_path, more) as gateway:
            await gateway.until(lambda: len(heard) >= 2)
            assert "no encrypted connection" in gateway.core.troubles["relay desk"]
        server.close()

    go(test())
    assert set(heard) == {b""}


def test_a_stop_does_not_wait_for_a_broker(tmp_path, broker):
    """With a broker that is away the gateway stops as soon as without."""

    async def test():
        async with running(tmp_path, broker.setting()) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            return time.monotonic()

    begun = go(test())
    assert time.monotonic() - begun < 30


def test_settings_of_kafka_are_the_library_s(tmp_path):
    """Passwords and certificates become the library's settings, and the library takes them."""
    certificate(tmp_path)
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    text = (
        "relays: {desk: {transport: kafka, servers: [b1.example:9093, b2.example:9093], user: u, mechanism: PLAIN,"
        f" password: {{file: {tmp_path}/secret}}, tls: {{ca: {tmp_path}/cert.pem, certificate: {tmp_path}/cert.pem,"
        f" key: {tmp_path}/key.pem}}}}}}\n"
    )
    settings = parse_config(text).relays["desk"]
    made = relay_kafka.producer_settings(settings)
    assert made["security.protocol"] == "SASL_SSL"
    assert (made["sasl.mechanisms"], made["sasl.username"], made["sasl.password"]) == ("PLAIN", "u", "s3cret")
    assert made["bootstrap.servers"] == "b1.example:9093,b2.example:9093"
    assert (made["enable.idempotence"], made["acks"]) == (True, "all")

    async def test():
        broker = broker_for("desk", settings)()
        with pytest.raises(BrokerError):
            await broker.look()
        await broker.close()

    go(test())


def row(**more):
    """Give an event as the ledger has it."""
    made = {"id": 7, "submission": "0" * 26, "partner": "P", "idx": 0, "name": "Answered", "state": "answered",
            "data": '{"dispositions": []}', "at": "2026-11-25T00:00:00Z"}  # fmt: skip
    return made | more


def test_an_id_is_the_event_s_own():
    """The same event has the same id at any time; one with the same number and other content has another."""
    first = copy_of(row(), "GATEWAY", "0A1B2C3D", 900_000)
    assert copy_of(row(), "GATEWAY", "0A1B2C3D", 900_000) == first
    others = [
        copy_of(row(**more), "GATEWAY", "0A1B2C3D", 900_000).id
        for more in (
            {"at": "2026-11-25T00:00:01Z"},
            {"state": "closed"},
            {"submission": "1" * 26},
            {"data": "{}"},
        )
    ]
    assert len({first.id, *others}) == 5


def test_what_is_too_long_goes_without_its_details():
    """An event above the bound says which it is, and that it was cut."""
    long = row(data=json.dumps({"dispositions": ["x" * 1000] * 1000}))
    copy = copy_of(long, "GATEWAY", "0A1B2C3D", 5000)
    assert len(copy.body) < 5000
    assert json.loads(copy.body)["data"] == {
        "submission": "0" * 26, "transaction": 0, "event": "Answered", "state": "answered",
        "at": "2026-11-25T00:00:00Z", "cut": True,
    }  # fmt: skip
    assert copy.id == copy_of(long, "GATEWAY", "0A1B2C3D", 9_000_000).id


@pytest.mark.parametrize(
    ("name", "written"),
    [("BROKER01", "BROKER01"), ("a.b", "a_b"), ("*", "_"), (">", "_"), ("a b", "a_b"), ("", "_")],
)
def test_a_partner_is_one_token_of_a_subject(name, written):
    """What would part a subject or mean any other one becomes `_`."""
    assert token(name) == written


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        ("transport: amqp\n    servers: [a:1]", 3, "relays.desk.transport: "),
        ("transport: nats", 2, "relays.desk.servers: this setting is missing"),
        ("transport: nats\n    servers: []", 4, "relays.desk.servers: "),
        ("transport: nats\n    servers: [broker:4222]", 2, "no address such as nats://"),
        ("transport: nats\n    servers: ['nats://u:p4ss@b:4222']", 2, "a name or password"),
        ("transport: kafka\n    servers: ['http://b:1/']", 2, "no address such as broker.example:9092"),
        ("transport: kafka\n    servers: [b:1]\n    stream: X", 2, "stream is no setting of transport kafka"),
        ("transport: nats\n    servers: ['nats://b']\n    topic: X", 2, "topic is no setting of transport nats"),
        ("transport: nats\n    servers: ['nats://b']\n    subject: a.>", 5, "relays.desk.subject: "),
        ("transport: nats\n    servers: ['nats://b']\n    user: u", 2, "user and password go together"),
        ("transport: nats\n    servers: ['nats://b']\n    token: {env: T}", 2, "set tls"),
        ("transport: nats\n    servers: ['nats://b']\n    nkey: {env: T}\n    token: {env: T}", 2, "one of: "),
        ("transport: kafka\n    servers: [b:1]\n    nkey: {env: T}", 2, "nkey is no setting of transport kafka"),
        ("transport: nats\n    servers: ['nats://b']\n    token: open", 5, "relays.desk.token: "),
        ("transport: nats\n    servers: ['nats://b']\n    tls: {key: k}", 5, "certificate and key go together"),
        ("transport: nats\n    servers: ['nats://b']\n    speed: 1", 5, "there is no such setting"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_line(lines, line, says):
    """The configuration says in which line the setting is wrong, and repeats no password."""
    with pytest.raises(ConfigError) as caught:
        parse_config(f"relays:\n  desk:\n    {lines}\n", "c.yaml")
    assert str(caught.value).startswith(f"c.yaml:{line}: relays.desk")
    assert says in str(caught.value)
    assert "p4ss" not in str(caught.value)


def test_the_doctor_looks_at_brokers(tmp_path, broker, monkeypatch):
    """A broker that is there is ok, one that is away is a warning, an extra that is missing is bad."""
    config = parse_config(settings(tmp_path, "http://127.0.0.1:1", broker.setting()))

    def sign():
        return {one.what: one for one in examine(config)}["relay desk"]

    assert sign().state == "warn"
    assert broker.url in sign().says
    go(broker.start())
    found = sign()
    assert found.state == "ok"
    assert (
        "stream CUSTOMS will be made" if isinstance(broker, Nats) else "topic customs.events"
    ) in found.says
    name = "relay_nats" if isinstance(broker, Nats) else "relay_kafka"
    monkeypatch.delitem(sys.modules, f"gateway.shell.{name}")
    monkeypatch.setitem(sys.modules, "nats.aio.client", None)
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    assert sign().state == "bad"
    assert "pip install 'customs-gateway[" in sign().says
    with pytest.raises(ConfigError, match="needs the extra"):
        go(start_gateway(config, port=0))


def test_without_the_setting_nothing_is_imported():
    """A gateway without a relay has neither client library, nor has the doctor."""
    program = (
        "import sys, gateway.shell.server, gateway.shell.doctor\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'nats', 'confluent_kafka'}])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_the_stream_is_as_the_manual_says(tmp_path, jetstream):
    """A stream that we make is on the disk, takes the subjects of the relay, and knows ids for ten minutes."""

    async def test():
        await jetstream.start()
        async with running(tmp_path, jetstream.setting(", stream: DESK, subject: desk.told")) as gateway:
            await submitted(gateway, 1)
            await caught_up(gateway)
            async with jetstream.connected() as client:
                info = await client.jetstream().stream_info("DESK")
                assert info.config.subjects == ["desk.told.>"]
                assert info.config.storage == nats.js.api.StorageType.FILE
                assert info.config.duplicate_window == 600

    go(test())


def test_a_stop_is_heard_though_a_library_takes_it_for_itself(tmp_path):
    """A client that swallows the call to stop does not keep the relay going."""

    class Deaf:
        alive = False

        async def open(self):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(600)
            raise BrokerError("not there")

        async def close(self):
            return

    async def test():
        async with running(
            tmp_path, "relays: {desk: {transport: nats, servers: ['nats://127.0.0.1:9']}}\n"
        ) as gateway:
            one = Relay(gateway.core, "desk", Deaf)
            task = asyncio.ensure_future(one.run())
            await asyncio.sleep(0.05)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=90)
            assert done
            assert task.cancelled()

    go(test())
