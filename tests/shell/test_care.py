"""Caring for a ledger: check, copy, bring forward, put back, examine; orders from the command line."""

from __future__ import annotations

import asyncio
import json

import pytest

from gateway.cli import main
from gateway.shell import doctor
from gateway.shell.config_file import parse_config
from gateway.shell.doctor import Sign, examine, file_system
from gateway.shell.ledger_files import check
from gateway.shell.ledger_schema import STEPS
from tests.shell import stores
from tests.shell.running import entry, running, settings


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


BOTH = pytest.mark.usefixtures("each_store")


@pytest.fixture
def used(tmp_path):
    """Leave behind a ledger with three closed submissions, one of them large; gives its configuration file."""
    extra = ""

    async def fill():
        async with running(tmp_path, extra) as gateway:
            for number in ("Q7Z00010429", "Q7Z00010437"):
                await gateway.closed(await gateway.submit(entry(number)))
            await gateway.closed(await gateway.submit(b" " * 1_100_000 + entry("Q7Z00010445")))
            await gateway.gateway.service.logbook.sign()

    go(fill())
    file = tmp_path / "config.yaml"
    file.write_text(settings(tmp_path, "http://127.0.0.1:1", extra), encoding="utf-8")
    return file


def config_of(file):
    """Read the configuration of a used ledger."""
    return parse_config(file.read_text(encoding="utf-8"))


@BOTH
def test_a_ledger_that_was_left_alone_holds(used, capsys):
    """Every digest, signature and leaf of an untouched ledger is right."""
    assert main(["db", "check", "--config", str(used)]) == 0
    assert "everything holds" in capsys.readouterr().out
    assert main(["db", "check", "--config", str(used), "--json"]) == 0
    counts = json.loads(capsys.readouterr().out)["counts"]
    assert counts["submission"] == 3
    assert counts["leaf"] == counts["answer"]


@BOTH
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE body SET data = digest WHERE digest = (SELECT body FROM submission LIMIT 1)",
            "not what they were",
        ),
        ("DELETE FROM leaf WHERE idx = 1", "entry 1 is missing"),
        ("UPDATE leaf SET hash = (SELECT digest FROM body LIMIT 1) WHERE idx = 2", "is not the receipt"),
        ("DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)", "has no row that has it read"),
        ("DELETE FROM event", "has no first event"),
        ("DELETE FROM answer WHERE n = 0", "has no receipt"),
        ("UPDATE answer SET signature = 'a..b' WHERE n > 0", "answer "),
    ],
)
def test_each_change_is_found(used, capsys, change, said):
    """Bytes, leaves, rows and signatures that were changed behind the gateway's back are named."""
    stores.change(used.parent, change)
    assert main(["db", "check", "--config", str(used)]) == 1
    assert said in capsys.readouterr().out


def test_a_body_file_that_is_gone_is_found(used):
    """A long body lies in a file; without the file the check says so."""
    config = config_of(used)
    files = [file for file in config.store.path.with_name("g.sqlite.bodies").rglob("*") if file.is_file()]
    assert files
    files[0].unlink()
    assert any("No such file" in line for line in check(config).wrong)


def test_a_copy_can_be_put_back(used, tmp_path, capsys):
    """A backup of ledger and bodies holds by itself, and a gateway goes on from it."""
    target = tmp_path / "backup"
    assert main(["db", "backup", str(target), "--config", str(used)]) == 0
    assert "3 submissions, 1 bodies" in capsys.readouterr().out
    assert main(["db", "backup", str(target), "--config", str(used)]) == 2
    capsys.readouterr()
    restored = tmp_path / "restored"
    restored.mkdir()
    for file in target.iterdir():
        file.rename(restored / file.name)
    (used.parent / "keys").rename(restored / "keys")
    copied = restored / "config.yaml"
    copied.write_text(settings(restored, "http://127.0.0.1:1"), encoding="utf-8")
    assert main(["db", "check", "--config", str(copied)]) == 0

    async def test():
        async with running(restored) as gateway:
            assert len((await gateway.get("/v1/submissions"))["submissions"]) == 3
            await gateway.closed(await gateway.submit(entry("Q7Z00010452")))

    go(test())


@BOTH
def test_a_database_is_brought_forward(tmp_path, capsys, each_store):
    """The tables are made by the command too; a second time there is nothing to do."""
    file = tmp_path / "config.yaml"
    file.write_text(settings(tmp_path, "http://127.0.0.1:1"), encoding="utf-8")
    if each_store == "sqlite":
        (tmp_path / "g.sqlite").touch()
    assert main(["db", "upgrade", "--config", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"before": 0, "after": len(STEPS)}
    assert main(["db", "upgrade", "--config", str(file)]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_upgrading_what_is_new_does_nothing(used, capsys):
    """A ledger of today's tables stays as it is; a file in use is refused."""
    assert main(["db", "upgrade", "--config", str(used)]) == 0
    assert "nothing to do" in capsys.readouterr().out

    async def test():
        async with running(used.parent):
            assert await asyncio.to_thread(main, ["db", "upgrade", "--config", str(used)]) == 2

    go(test())
    assert "another gateway" in capsys.readouterr().err


@BOTH
def test_without_a_ledger_there_is_nothing_to_check(tmp_path, capsys):
    """A configuration whose ledger does not exist yet says so."""
    file = tmp_path / "config.yaml"
    file.write_text(settings(tmp_path, "http://127.0.0.1:1"), encoding="utf-8")
    assert main(["db", "check", "--config", str(file)]) == 2
    assert "no ledger yet" in capsys.readouterr().err


def test_the_doctor_names_what_would_stop_the_service(tmp_path, capsys):
    """A target that no mapping writes and a secret that is not there are bad; a free machine is not."""
    file = tmp_path / "config.yaml"
    file.write_text(settings(tmp_path, "http://127.0.0.1:1") + "server: {port: 0}\n", encoding="utf-8")
    assert main(["doctor", "--config", str(file)]) == 0
    assert "cannot be reached" in capsys.readouterr().out
    config = parse_config(
        f"store: {{path: {tmp_path}/x.sqlite}}\nserver: {{port: 0}}\n"
        'endpoints: {e: {address: "http://127.0.0.1:1", format: catair, message: QQ, token: {env: NOT_THERE}}}\n'
    )
    bad = {sign.what for sign in examine(config) if sign.state == "bad"}
    assert bad >= {"endpoint e", "keys", "partners"}
    assert file_system(tmp_path) != ""


@pytest.mark.parametrize(
    ("left_out", "sign"),
    [
        ("", Sign("compiled", "ok", "in use")),
        ("tree was not built", Sign("compiled", "warn", "tree was not built; all works, only slower")),
    ],
)
def test_the_doctor_says_whether_the_compiled_part_is_in_use(tmp_path, monkeypatch, left_out, sign):
    """The compiled part is in use, or the doctor says why it is not."""
    monkeypatch.setattr(doctor, "LEFT_OUT", left_out)
    config = parse_config(f"store: {{path: {tmp_path}/x.sqlite}}\nserver: {{port: 0}}\n")
    assert sign in examine(config)


def test_orders_can_be_given_from_the_command_line(tmp_path, capsys):
    """What waits is listed; skip needs a reason; an order that does not fit is refused."""

    async def test():
        async with running(tmp_path) as gateway:
            gateway.ace.statuses = [400]
            submission = await gateway.submit(entry())
            await gateway.closed(submission, "parked")
            to = ["--to", gateway.gateway.url]
            assert await asyncio.to_thread(main, ["outbox", "list", *to]) == 0
            assert submission in capsys.readouterr().out
            skip = ["outbox", "skip", submission, "--reason", "filed by hand", *to]
            assert await asyncio.to_thread(main, skip) == 0
            await gateway.closed(submission)
            assert await asyncio.to_thread(main, skip) == 1
            assert await asyncio.to_thread(main, ["outbox", "list", "--json", *to]) == 0
            assert "[]" in capsys.readouterr().out

    go(test())
