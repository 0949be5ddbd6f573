"""`gateway serve`, `submit`, `status` and `config`, as a user types them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.shell.process import Process, free_port

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Run the shipped configuration on other ports, simulator included; gives its address and folder."""
    folder = tmp_path_factory.mktemp("served")
    port, simulator = free_port(), free_port()
    text = (ROOT / "config.yaml").read_text(encoding="utf-8")
    text = text.replace("port: 8080", f"port: {port}").replace("127.0.0.1:8700", f"127.0.0.1:{simulator}")
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway", "serve", "--config", "config.yaml", "--simulator"],
            cwd=folder, stdout=subprocess.PIPE, stderr=log, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    url = process.stdout.readline().decode().strip()
    assert url == f"http://127.0.0.1:{port}", (folder / "log").read_text()
    yield url, folder
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.stdout.close()
    assert "Traceback" not in (folder / "log").read_text()


def copied(name, folder):
    """Copy a fixture into a folder."""
    target = folder / Path(name).name
    target.write_bytes((FIXTURES / name).read_bytes())
    return target


def test_submit_keeps_every_answer_beside_the_input(served, tmp_path, capsys):
    """With --wait each acknowledgement, its signature and a receipt that verifies lie beside the input."""
    file = copied("catair/SE/three-bills.txt", tmp_path)
    assert main(["submit", str(file), "--wait", "--to", served[0]]) == 0
    line = capsys.readouterr().out.strip()
    assert re.fullmatch(r"[0-9A-Z]{26}  accepted  .*three-bills\.txt", line)
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {
        "three-bills.txt", "three-bills.txt.receipt.json", "three-bills.txt.ack-1.txt",
        "three-bills.txt.ack-1.txt.jws",
    }  # fmt: skip
    receipt = str(tmp_path / "three-bills.txt.receipt.json")
    assert main(["receipt", "verify", receipt, "--input", str(file)]) == 0
    changed = tmp_path / "changed.txt"
    changed.write_bytes(file.read_bytes().replace(b"Q7Z", b"Q7Y"))
    assert main(["receipt", "verify", receipt, "--input", str(changed)]) == 1


def test_submit_without_wait_keeps_the_receipt(served, tmp_path, capsys):
    """Without --wait the receipt of the bytes is kept, and status says what became of them."""
    file = copied("json/entry/fda.json", tmp_path)
    assert main(["submit", str(file), "--json", "--to", served[0]]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["disposition"] == "received"
    assert json.loads((tmp_path / "fda.json.receipt.json").read_text())["acknowledgement"] is None
    assert main(["status", result["submission"], "--to", served[0]]) in {0, 1}
    assert "json from" in capsys.readouterr().out
    assert main(["status", "--to", served[0], "--json"]) == 0
    assert result["submission"] in {one["id"] for one in json.loads(capsys.readouterr().out)}


def test_submit_shows_what_was_refused(served, tmp_path, capsys):
    """A refused submission gives status 1; its refusal is kept and signed."""
    file = copied("catair/bad/check-digit.txt", tmp_path)
    assert main(["submit", str(file), "--wait", "--to", served[0]]) == 1
    assert "rejected" in capsys.readouterr().out
    receipt = str(tmp_path / "check-digit.txt.receipt.json")
    assert main(["receipt", "verify", receipt, "--input", str(file)]) == 0
    assert main(["status", "--state", "closed", "--limit", "1", "--to", served[0]]) == 0
    assert "rejected" in capsys.readouterr().out


def test_the_same_file_again_is_the_same_submission(served, tmp_path, capsys):
    """Filing a file twice gives the first submission's id."""
    file = copied("wco/DEC/twelve-items.xml", tmp_path)
    ids = []
    for _ in range(2):
        assert main(["submit", str(file), "--wait", "--to", served[0]]) == 0
        ids.append(capsys.readouterr().out.split()[0])
    assert ids[0] == ids[1]


def test_mistakes_have_a_line_and_a_status(served, tmp_path, capsys):
    """A missing file, a wrong address, an unknown id and an empty file each say so, without a traceback."""
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    for words, status, said in (
        (["submit", str(tmp_path / "none.txt"), "--to", served[0]], 2, "No such file"),
        (["submit", str(empty), "--to", "ftp://x"], 2, "http://"),
        (["submit", str(empty), "--to", served[0]], 1, "no content"),
        (["submit", str(empty), str(empty), "--key", "k", "--to", served[0]], 2, "--key"),
        (["status", "01M8000000000000000000000Z", "--to", served[0]], 1, "nothing of that name"),
        (["serve", "--config", str(tmp_path / "none.yaml")], 2, "cannot be read"),
        (["serve", "--port", "99999"], 2, "port"),
        (["config", "check", str(empty)], 0, ""),
    ):
        assert main(words) == status, words
        error = capsys.readouterr().err
        assert said in error, words
        assert "Traceback" not in error


def test_nobody_there_is_status_3(tmp_path, capsys):
    """A gateway that cannot be reached gives status 3."""
    file = tmp_path / "e.json"
    file.write_text("{}")
    assert main(["submit", str(file), "--to", f"http://127.0.0.1:{free_port()}"]) == 3
    assert "cannot be reached" in capsys.readouterr().err


def test_a_configuration_is_checked_with_its_line(tmp_path, capsys):
    """`config check` names file and line of what is wrong, and secrets that are not there."""
    file = tmp_path / "c.yaml"
    file.write_text("server:\n  prot: 1\n")
    assert main(["config", "check", str(file)]) == 2
    assert f"{file}:2: server.prot" in capsys.readouterr().err
    file.write_text('endpoints: {e: {address: "http://h", token: {env: NOT_SET_ANYWHERE}}}\n')
    assert main(["config", "check", str(file)]) == 2
    assert "NOT_SET_ANYWHERE" in capsys.readouterr().err
    assert main(["config", "show", str(file)]) == 0
    assert "NOT_SET_ANYWHERE" in capsys.readouterr().out
    assert main(["config", "show", "--json", str(ROOT / "config.yaml")]) == 0
    assert json.loads(capsys.readouterr().out)["partners"]["LOCAL"]["anonymous"] is True


def test_a_second_gateway_on_one_ledger_is_refused(tmp_path):
    """Starting on a ledger that is in use ends with status 2 and says why."""

    async def test():
        first = await Process(tmp_path, "http://127.0.0.1:1").start()
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "serve", "--config", str(first.config), "--port", "0",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, error = await second.communicate()
        assert second.returncode == 2
        assert b"another gateway" in error
        assert await first.stop() == 0

    asyncio.run(test())
