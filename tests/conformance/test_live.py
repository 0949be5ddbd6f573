"""Our own service over HTTPS, the simulator behind it, judged like anybody's."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.conformance import catalogue
from gateway.shell.config_file import parse_config
from gateway.shell.server import start_gateway
from gateway.shell.simulator import start_simulator
from tests.conformance import tls
from tests.conformance.commands import Said, conformance, counts, lines

KEY = "gw_tester"
RELEASES = re.compile(r"x12\.(?:\d{3})\.\d{6}")
CONFIG = """
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys}}
server: {{tls: {{certificate: {folder}/tls.pem, key: {folder}/tls.key}}}}
work: {{processes: 0}}
partners:
  TESTER: {{operator: true, duplicates: report, webhook_hosts: [127.0.0.1], webhook_private: true, keys: [{{sha256: {key}}}],
           requests_per_second: 1000000, requests_burst: 1000000}}
endpoints:
  ace: {{format: catair, message: SE, address: "{ace}", messages: [catair/SE, json/entry],
        envelope: {{site: "2704", filer: Q7Z, port: "2704"}}}}
  manifest: {{format: x12, message: "309", address: "{ace}", messages: [x12/309], receiver: USCSTEST}}
  declarations: {{format: wco, message: DEC, address: "{ace}", messages: [wco/DEC]}}
"""


@dataclass(frozen=True)
class Service:
    """Where it is, and a folder with its authority and the tester's key."""

    url: str
    folder: Path

    def judged(self, *words: str | Path, profile: str | Path = "gateway", authority: str = "ca.pem") -> Said:
        """Run cases against it."""
        return conformance(
            "run", *words, "--target", self.url, "--profile", profile, "--jobs", "1",
            "--cacert", self.folder / authority,
        )  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A gateway and a simulator on a thread of their own."""
    folder = tmp_path_factory.mktemp("service")
    tls.make(folder, "other.pem")
    tls.make(folder)
    (folder / "key").write_text(KEY)
    digest = hashlib.sha256(KEY.encode()).hexdigest()
    ready, stop, address = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        simulator = await start_simulator()
        config = parse_config(CONFIG.format(folder=folder, ace=simulator.url, key=digest))
        gateway = await start_gateway(config, port=0)
        address.append(gateway.url)
        ready.set()
        await stop.wait()
        await gateway.stop()
        await simulator.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield Service(address[0], folder)
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()


# AS2 has tests of its own (test_as2.py). Signing and single rules are asked of the library alone: over HTTP nothing
# says them by themselves; nor can an address be asked the ways that are calls of the library (gateway/conformance/ways).
# Lenient reading and profiles are settings of a partner, which a caller cannot choose for one message.
NOT_ASKED = re.compile(
    r"^(signing|rules)\.|^exchange\.as2$"
    r"|\.(lenient|mended|profile|limits|customs|kept|translated|ruled|made|streamed|framed|odd|pointed)$"
)


def test_our_service_conforms(service: Service, tmp_path: Path) -> None:
    """A sample of every suite, of each X12 set one release, under a private authority and a key: no failure, no error."""
    names = [suite.name for suite in catalogue.suites() if not NOT_ASKED.search(suite.name)]
    chosen = [name for name in names if not RELEASES.search(name) or name.endswith((".004010", "999.005010"))]
    out = tmp_path / "r.jsonl"
    said = service.judged(
        *chosen,
        "--sample",
        "2000",
        "--api-key-file",
        service.folder / "key",
        "--timeout-s",
        "120",
        "--out",
        out,
    )
    assert said.status == 0, said.out
    assert counts(out)["pass"] == counts(out)["total"] >= len(chosen)
    assert {line["case"].partition("/")[0] for line in lines(out)} == set(chosen)


def test_the_exchange_is_as_agreed(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every exchange case, with others in flight beside it; the key is in the environment."""
    monkeypatch.setenv("GATEWAY_CONFORMANCE_KEY", KEY)
    out = tmp_path / "r.jsonl"
    said = service.judged("exchange", "catair.envelope.in", "--connections", "16", "--out", out)
    assert said.status == 0, said.out
    left = [line for line in lines(out) if line["verdict"] == "skip"]
    assert counts(out)["pass"] == counts(out)["total"] - len(left) > 150
    assert {(line["case"].partition("/")[0], line["reason"]) for line in left} == {
        ("exchange.as2", "the profile does not say how the target is reached by AS2 (http.as2)")
    }


@pytest.mark.parametrize("how", ["waits", "polled", "validations"])
def test_a_target_is_asked_at_once(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """With `Prefer: wait` one call has the outcome, without it is polled for; validations have it at once."""
    monkeypatch.setenv("GATEWAY_CONFORMANCE_KEY", KEY)
    out = tmp_path / "r.jsonl"
    profile: str | Path = "gateway-validations"
    if how != "validations":
        shipped = (catalogue.data_root() / "edi_specs/conformance/profiles/gateway.toml").read_text()
        profile = tmp_path / "p.toml"
        profile.write_text(shipped if how == "waits" else re.sub("(?m)^headers = .*$", "", shipped))
    said = service.judged("x12.352.004010/ST-", "edifact.envelope.3/UNB", "--out", out, profile=profile)
    assert said.status == 0, said.out
    assert counts(out)["pass"] == counts(out)["total"] > 5


def test_a_stranger_is_not_judged(service: Service, tmp_path: Path) -> None:
    """Another authority, or no key, is trouble and no failure; a file that is no certificate is a mistake."""
    out = tmp_path / "r.jsonl"
    chosen = "x12.envelope.004010/ISA-01/code/first"
    assert service.judged(chosen, "--out", out, authority="other.pem").status == 3
    assert "certificate verify failed" in lines(out)[0]["actual"]
    assert service.judged(chosen, "--out", out).status == 3
    assert lines(out)[0]["actual"] == "status 401"
    assert service.judged(chosen, "--out", out, authority="tls.key").status == 2
