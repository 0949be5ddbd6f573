"""Our own service over HTTP, the simulator behind it, judged like anybody's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.shell.config import parse_config
from gateway.shell.server import start_gateway
from gateway.shell.simulator import start_simulator
from tests.conformance.commands import conformance, counts

CONFIG = """
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys}}
work: {{processes: 0}}
partners: {{LOCAL: {{anonymous: true, operator: true, duplicates: report}}}}
endpoints:
  ace: {{format: catair, message: SE, address: "{ace}", messages: [catair/SE, json/entry],
        envelope: {{site: "2704", filer: Q7Z, port: "2704"}}}}
  manifest: {{format: x12, message: "309", address: "{ace}", messages: [x12/309], receiver: USCSTEST}}
  declarations: {{format: wco, message: DEC, address: "{ace}", messages: [wco/DEC]}}
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway and a simulator, on a thread of their own."""
    folder = tmp_path_factory.mktemp("service")
    ready, stop, address = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        simulator = await start_simulator()
        gateway = await start_gateway(parse_config(CONFIG.format(folder=folder, ace=simulator.url)), port=0)
        address.append(gateway.url)
        ready.set()
        await stop.wait()
        await gateway.stop()
        await simulator.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield address[0]
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()


def test_our_service_conforms(service: str, tmp_path: Path) -> None:
    """Envelopes of both worlds and samples of messages: no failure, no error, over the wire."""
    out = tmp_path / "r.jsonl"
    chosen = (
        "x12.envelope.004010", "catair.envelope.in", "x12.309.004010/M10-0", "catair.SE.v40/SE10",
        "exchange.retry", "exchange.errors", "exchange.list",
    )  # fmt: skip
    said = conformance(
        "run", *chosen, "--target", service, "--profile", "gateway", "--jobs", "1", "--out", out
    )
    assert said.status == 0, said.out
    assert counts(out)["pass"] == counts(out)["total"] > 250
