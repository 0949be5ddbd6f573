"""The reverse: a sender works through tasks, and each message is judged as it comes."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from gateway.conformance import tasks
from gateway.conformance.examiner import Examiner
from gateway.conformance.sender import Desk
from tests.conformance.commands import conformance, counts, lines

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "catair"
# The task and a message that does it; the one whose answer is lost comes twice.
WORK = {
    "release/ocean": "SE/after-in-bond-61.txt",
    "release/bills": "SE/three-bills.txt",
    "release/agency": "SE/air-fda.txt",
    "release/truck": "SE/truck-split.txt",
    "release/zone": "SE/zone-weekly.txt",
    "release/resend": "SE/master-house.txt",
    "release/amend": "SE/amendment.txt",
    "release/cancel": "SE/cancel.txt",
    "summary/consumption": "AE/three-lines-mpf-minimum.txt",
    "summary/certified": "AE/certified.txt",
    "summary/informal": "AE/informal.txt",
    "summary/warehouse": "AE/warehouse.txt",
    "summary/correction": "AE/correction.txt",
    "in-bond/immediate": "QP/in-bond-61.txt",
}


def message(task: str) -> bytes:
    """Give the bytes that do a task."""
    return (FIXTURES / WORK[task]).read_bytes()


@pytest.fixture
def examiner() -> Examiner:
    """The shipped list, nothing done."""
    return Examiner(tasks.load("ace-certification"))


def test_every_task_can_be_done(examiner: Examiner) -> None:
    """Our own fixtures do the whole list, each task told or found by what the message says."""
    assert set(WORK) == set(examiner.states)
    for name in WORK:
        reply = examiner.take(message(name), name)
        if reply.dropped:
            reply = examiner.take(message(name), name)
        assert (reply.task, reply.said) == (name, "done")
        assert reply.accepted
    assert examiner.open == []
    assert {line["verdict"] for line in examiner.lines()} == {"pass"}


def test_a_message_finds_its_task(examiner: Examiner) -> None:
    """Without a name the first open task that fits is meant; what fits none is answered all the same."""
    assert examiner.take(message("release/ocean")).task == "release/ocean"
    assert examiner.take(message("summary/informal")).task == "summary/informal"
    reply = examiner.take(message("summary/informal"))
    assert reply.task == ""
    assert reply.said == "for no open task"


def test_a_task_that_is_not_on_the_list_is_told(examiner: Examiner) -> None:
    """A name that no task has does no other task, and is said."""
    reply = examiner.take(message("release/ocean"), "release/oceans")
    assert (reply.task, reply.said) == ("", "there is no task `release/oceans`")
    assert len(examiner.open) == len(WORK)


def test_a_wrong_message_fails_its_task(examiner: Examiner) -> None:
    """A fault is told with its code and acknowledged as such; a right message mends it."""
    wrong = message("release/truck").replace(b"SE10A", b"SE10Q")
    reply = examiner.take(wrong, "release/truck")
    assert not reply.accepted
    line = next(one for one in examiner.lines() if one["case"].endswith("release/truck"))
    assert line["verdict"] == "fail"
    assert "code/unknown" in line["actual"]
    assert b"SX" in reply.body or b"X1" in reply.body
    assert examiner.take(message("release/truck"), "release/truck").said == "done"


def test_a_message_for_another_task_fails(examiner: Examiner) -> None:
    """What does not do what the task asks for is no pass, right as it may be."""
    assert "not what the task asks for" in examiner.take(message("release/ocean"), "release/cancel").said


def test_a_lost_answer_needs_the_same_bytes(examiner: Examiner) -> None:
    """The first answer is dropped; other bytes are a failure, the same bytes the pass."""
    first = message("release/resend")
    assert examiner.take(first, "release/resend").dropped
    assert "nothing came again" in _line(examiner, "release/resend")["actual"]
    assert "other bytes" in examiner.take(message("release/bills"), "release/resend").said
    assert examiner.take(first, "release/resend").said == "done"


def _line(examiner: Examiner, name: str) -> dict[str, str]:
    return next(one for one in examiner.lines() if one["case"].endswith(name))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"ISA", b"A" * 200, b"{", b"<a/>"])
def test_any_bytes_are_answered(examiner: Examiner, data: bytes) -> None:
    """What is no message does no task and breaks nothing."""
    assert not examiner.take(data, "release/ocean").accepted
    assert examiner.take(data).task == ""
    assert len(examiner.open) == len(WORK)


def test_what_was_not_sent_cannot_be_judged(examiner: Examiner) -> None:
    """An open task is an error, not a failure."""
    assert {line["verdict"] for line in examiner.lines()} == {"error"}


@pytest.mark.parametrize(
    "text",
    ["", "[[task]]\nid = 'a'\ntext = 'b'\n", "[[task]]\nid = 'a/b'\n", "[[task]]\nid='a/b'\ntext='c'\nwish=1\n",
     "[[task]]\nid='a/b'\ntext='c'\nafter='d/e'\n", "[[task]]\nid='a/b'\ntext='c'\nforce='now'\n"],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_told(tmp_path: Path, text: str) -> None:
    """A list without tasks, or with keys, forces and ids that are none, is told with its file."""
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(tasks.TaskError, match=r"t\.toml"):
        tasks.load(str(path))


def test_a_task_comes_after_another(tmp_path: Path) -> None:
    """With `after` the entry is the one of the earlier task."""
    path = tmp_path / "t.toml"
    path.write_text(
        "[[task]]\nid='a/add'\ntext='add'\nwhen={'filing.action'='add'}\n"
        "[[task]]\nid='a/cancel'\ntext='cancel'\nwhen={'filing.action'='cancel'}\nafter='a/add'\n"
    )
    examiner = Examiner(tasks.load(str(path)))
    assert examiner.take(message("release/truck")).said == "done"
    assert "is not the entry of a/add" in examiner.take(message("release/cancel")).said


def _sent(host: str, port: int, name: str) -> bool:
    """Send what does a task; False where the answer was lost."""
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request("POST", "/ace/batches", message(name), {"Conformance-Task": name})
        response = connection.getresponse()
        assert response.getheader("Conformance-Said") == "done"
        assert response.status == 200
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return False
    finally:
        connection.close()
    return True


def _open(host: str, port: int) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("GET", "/tasks")
    found: int = json.loads(connection.getresponse().read())["open"]
    connection.close()
    return found


def test_a_system_works_through_the_list(tmp_path: Path) -> None:
    """Over HTTP: every task done, 0, a line for each, and a report that can be shown."""
    out = tmp_path / "r.jsonl"
    words = ("run", "--target", "sender:0", "--profile", "ace-certification", "--out", str(out))
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "conformance", *words, "--html", str(tmp_path / "r.html")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        host, _, port = first.split()[2].removeprefix("http://").rstrip(",").rpartition(":")
        for name in WORK:
            if not _sent(host, int(port), name):
                assert name == "release/resend"
                assert _sent(host, int(port), name)
            if name == "release/ocean":
                assert _open(host, int(port)) == len(WORK) - 1
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate(timeout=20)
    assert counts(out)["pass"] == len(WORK)
    assert lines(out)[0]["case"] == "task.ace-certification/release/ocean"
    assert "Conformance: conforming" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_sender_that_says_nothing(tmp_path: Path) -> None:
    """After its time the run ends with 3, since nothing could be judged."""
    out = tmp_path / "r.jsonl"
    words = ("--profile", "ace-certification", "--out", out, "--timeout-s", "0.3")
    said = conformance("run", "--target", "sender:0", *words)
    assert said.status == 3
    assert counts(out)["error"] == len(WORK)
    assert conformance("run", "--target", "sender:http", *words).status == 2
    assert conformance("run", "--target", "sender:0", "--out", out).status == 2


def test_many_calls_at_once_are_taken_in() -> None:
    """Those who come while one message is judged wait at the door; nobody is turned away."""
    unasked = cast("Any", None)
    with ExitStack() as stack:
        desk = stack.enter_context(Desk(("127.0.0.1", 0), unasked, unasked))
        port = desk.server_address[1]
        callers = [stack.enter_context(socket.create_connection(("127.0.0.1", port), 1)) for _ in range(100)]
    assert len(callers) == 100
