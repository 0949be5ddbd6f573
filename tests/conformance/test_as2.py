"""AS2 against a live target: messages are signed and encrypted, receipts are verified."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.conformance import connection
from gateway.conformance.exchange.begun import anew
from gateway.conformance.exchange.own import Own
from gateway.shell import api_as2
from gateway.shell.config_file import parse_config
from gateway.shell.keys import KeyFolder
from gateway.shell.problems import Problem
from gateway.shell.server import start_gateway
from gateway.signing import Purpose
from tests.conformance.commands import conformance, counts, lines

CONFIG = """
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys}}
work: {{processes: 0}}
as2: {{name: CUSTOMS}}
partners:
  TESTER: {{anonymous: true, as2: {{name: "TEST 1", certificates: [{folder}/tester.pem]}}}}
"""
PROFILE = """
name = "as2"
[http]
disposition = "/disposition"
[http.as2]
from = "TEST 1"
to = "{to}"
keys = "{keys}"
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A gateway that a tester may file to by AS2: its address, and the folder with the tester's keys."""
    folder = tmp_path_factory.mktemp("as2")
    key = KeyFolder(folder / "tester", name="TEST 1").generate(Purpose.CMS, datetime.now(UTC), "RS256")
    (folder / "tester.pem").write_bytes(key.certificates)
    ready, stop, address = threading.Event(), asyncio.Event(), []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        gateway = await start_gateway(parse_config(CONFIG.format(folder=folder)), port=0)
        address.append(gateway.url)
        ready.set()
        await stop.wait()
        await gateway.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(60)
    yield address[0], folder
    loop.call_soon_threadsafe(stop.set)
    thread.join(60)
    loop.close()


def _profile(path: Path, to: str, keys: Path) -> Path:
    path.write_text(PROFILE.format(to=to, keys=keys))
    return path


def test_a_partner_by_as2_is_judged(service: tuple[str, Path], tmp_path: Path) -> None:
    """Every case passes: what is protected is taken, what is not is refused, and each receipt holds."""
    url, folder = service
    profile = _profile(tmp_path / "p.toml", "CUSTOMS", folder / "tester")
    out = tmp_path / "r.jsonl"
    said = conformance("run", "exchange.as2", "--target", url, "--profile", profile, "--out", out)
    assert said.status == 0, said.out
    assert counts(out)["pass"] == counts(out)["total"] > 20


@pytest.mark.parametrize("times", [2, None])
def test_a_service_that_is_busy_gets_the_message_again(
    service: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int | None
) -> None:
    """Who is told to come again sends the same message again; when the time of the case is over, that is said."""
    url, folder = service
    told: list[object] = []

    def shed(core: object) -> None:
        told.append(core)
        if times is None or len(told) <= times:
            raise Problem("unavailable", "the ledger is behind", headers={"Retry-After": "0"})

    monkeypatch.setattr(api_as2.intake, "shed", shed)
    monkeypatch.setattr(connection, "FIRST_WAIT_SECONDS", 0.001)
    profile = _profile(tmp_path / "p.toml", "CUSTOMS", folder / "tester")
    out = tmp_path / "r.jsonl"
    case = "exchange.as2/again/same-message"
    said = conformance(
        "run", case, "--target", url, "--profile", profile, "--out", out,
        "--timeout-s", "2" if times is None else "60",
    )  # fmt: skip
    if times is None:
        assert said.status == 1, said.out
        assert lines(out)[0]["actual"] == "message 1: status 503"
        assert lines(out)[0]["overtime"]
    else:
        assert said.status == 0, said.out
        assert len(told) == 4


def test_a_wrong_partnership_fails(service: tuple[str, Path], tmp_path: Path) -> None:
    """Under a name that the target does not know a good message is refused, and the report says with which word."""
    url, folder = service
    profile = _profile(tmp_path / "p.toml", "NOBODY", folder / "tester")
    out = tmp_path / "r.jsonl"
    case = "exchange.as2/protected/oaep"
    assert conformance("run", case, "--target", url, "--profile", profile, "--out", out).status == 1
    assert "authentication-failed" in lines(out)[0]["actual"]


@pytest.mark.parametrize(("keys", "told"), [("nowhere", "[http.as2]: "), ("tester", "skip")])
def test_what_cannot_be_asked_is_told(
    service: tuple[str, Path], tmp_path: Path, keys: str, told: str
) -> None:
    """Without a key no case can be judged; a profile without AS2 skips them with the reason."""
    url, folder = service
    profile = _profile(tmp_path / "p.toml", "CUSTOMS", folder / keys)
    if told == "skip":
        profile.write_text(profile.read_text().partition("[http.as2]")[0])
    out = tmp_path / "r.jsonl"
    case = "exchange.as2/protected/oaep"
    said = conformance("run", case, "--target", url, "--profile", profile, "--out", out)
    (line,) = lines(out)
    assert said.status == 3
    if told == "skip":
        assert line["verdict"] == "skip"
        assert "http.as2" in line["reason"]
    else:
        assert line["verdict"] == "error"
        assert line["actual"].startswith(told)


def test_a_service_that_is_stopped_at_once_is_told_of_no_partner() -> None:
    """The key for it is made meanwhile, and nobody is there any more: no word of it."""
    failed: list[object] = []
    usual, threading.excepthook = threading.excepthook, failed.append
    before = set(threading.enumerate())
    try:
        one = Own(anew(as2=True), as2=True)
        told = set(threading.enumerate()) - before
        one.stop()
        for thread in told:
            thread.join(60)
    finally:
        threading.excepthook = usual
    assert told
    assert failed == []
