"""Targets: programs and endpoints are judged as the library is, and what cannot be judged is an error."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.conformance import catalogue, connection
from gateway.conformance.model import Ack, Built, Case
from gateway.conformance.targets.library import Library
from gateway.conformance.targets.outcome import outcome
from gateway.conformance.wire import read_answer
from tests.conformance.commands import ENVELOPE, SMALL, body, judged, lines

PYTHON = f"{sys.executable} -m tests.conformance.program"
FEW = f"{ENVELOPE}/ISA-0"


def profile(folder: Path, text: str) -> Path:
    """Write a profile."""
    path = folder / "p.toml"
    path.write_text(text)
    return path


def same(one: Path, other: Path) -> bool:
    """Tell whether two runs have the same lines; the digest counts the header, which names the target."""
    return body(one)[:-1] == body(other)[:-1]


def test_a_program_is_started_for_each_case(tmp_path: Path) -> None:
    """Bytes in a file, acknowledgement and findings in files: the verdicts are those of the library."""
    chosen = f"{ENVELOPE}/ISA-01"
    judged(tmp_path / "a.jsonl", chosen)
    said = judged(
        tmp_path / "b.jsonl",
        chosen,
        "--target",
        f"exec:{PYTHON} files {{in}} {{out}} {{findings}} {{format}}",
    )
    assert said.status == 0, said.out
    assert same(tmp_path / "a.jsonl", tmp_path / "b.jsonl")


def test_a_program_is_asked_line_by_line(tmp_path: Path) -> None:
    """One process answers every case."""
    lived = profile(tmp_path, "[exec]\nlines = true\n")
    judged(tmp_path / "a.jsonl", ENVELOPE, "--profile", lived)
    said = judged(tmp_path / "b.jsonl", ENVELOPE, "--profile", lived, "--target", f"exec:{PYTHON} lines")
    assert said.status == 0, said.out
    assert same(tmp_path / "a.jsonl", tmp_path / "b.jsonl")


def test_a_program_that_shows_less_is_judged_on_less(tmp_path: Path) -> None:
    """Without findings and acknowledgement only the disposition counts, and the line says so."""
    said = judged(tmp_path / "r.jsonl", f"{ENVELOPE}/ISA-01/code/first", "--target", "exec:true")
    assert said.status == 0
    assert lines(tmp_path / "r.jsonl")[0]["view"] == "disposition"
    assert judged(tmp_path / "r.jsonl", f"{ENVELOPE}/ISA-01/code/first", "--target", "exec:false").status == 1


def test_an_acknowledgement_decides_where_the_profile_says_so(tmp_path: Path) -> None:
    """A program that always ends with 0 is judged by what it writes, a service that always says 200 too."""
    out = tmp_path / "r.jsonl"
    command = f"exec:{PYTHON} acknowledges {{in}} {{out}} {{format}}"
    chosen = f"{ENVELOPE}/ISA-01"
    assert judged(out, chosen, "--target", command).status == 1
    said = judged(out, chosen, "--target", command, "--profile", "answers")
    assert said.status == 0, said.out
    assert {(line["good"], line["view"]) for line in lines(out)} == {(True, "codes"), (False, "codes")}

    def always(method: str, path: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
        _, headers, answer = answering(method, path, data)
        return 200, headers, answer

    claims = profile(tmp_path, 'see = "codes"\n[http]\nanswer = "body"\ndisposition = "answer"\n')
    with serving(always) as address:
        assert judged(out, FEW, "--target", address, "--profile", claims).status == 0
    assert {line["view"] for line in lines(out)} == {"codes"}


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("true {in} {out}", "neither accepts nor refuses"),
        ("sh -c 'echo ISA > $0' {out}", "neither accepts nor refuses: the answer does not begin with ISA"),
    ],
)
def test_an_acknowledgement_that_decides_nothing_is_an_error(tmp_path: Path, command: str, told: str) -> None:
    """Nothing, or what nobody can read, is no verdict: it could not be judged."""
    out = tmp_path / "r.jsonl"
    one = f"{ENVELOPE}/ISA-01/code/first"
    assert judged(out, one, "--target", f"exec:{command}", "--profile", "answers").status == 3
    assert told in lines(out)[0]["actual"]


@pytest.mark.parametrize(
    ("text", "target", "told"),
    [
        ('[exec]\ndisposition = "exit"\n', "exec:true {in} {out}", "[exec]: disposition is `answer`"),
        ('[exec]\ndisposition = "answer"\n', "exec:true {in}", "no {out} says where it goes"),
        ("[exec]\nline = true\n", "exec:true", "p.toml: [exec]: `line` is no key"),
        ("[exec]\naccepted = 0\n", "exec:true", "p.toml: [exec]: `accepted` is a list of numbers"),
        ('[exec]\nlines = "yes"\n', "exec:true", "p.toml: [exec]: `lines` is true or false"),
        ("[http]\npots = 1\n", "http://127.0.0.1:1", "p.toml: [http]: `pots` is no key"),
        (
            "[http]\naccepted = [true]\n",
            "http://127.0.0.1:1",
            "p.toml: [http]: `accepted` is a list of numbers",
        ),
        ("[http]\ndisposition = 5\n", "http://127.0.0.1:1", "p.toml: [http]: `disposition` is a text"),
        ('[http]\ncounts = "x"\n', "http://127.0.0.1:1", "p.toml: [http]: `counts` is a table"),
        ('[http]\ndisposition = "answer"\n', "http://127.0.0.1:1", "no `answer` says where it is"),
    ],
)
def test_a_profile_that_cannot_be_followed_is_told(tmp_path: Path, text: str, target: str, told: str) -> None:
    """A key that is none, or an answer that is nowhere, gives 2 and one line before anything is asked."""
    said = judged(tmp_path / "r.jsonl", SMALL, "--target", target, "--profile", profile(tmp_path, text))
    assert said.status == 2
    assert told in said.err
    assert said.err.count("\n") == 1


def test_a_word_that_nobody_knows_is_no_acceptance() -> None:
    """AK5 with a code of somebody's own refuses, though AK9 accepts; nothing at all says nothing, but in CATAIR."""
    accepts, refuses = ("AK901", "A"), ("AK501", "511")
    assert outcome("x12", b"ISA", [Ack("997", (accepts, ("AK501", "A")))]) == "accepted"
    assert outcome("x12", b"ISA", [Ack("997", (accepts, refuses))]) == "rejected"
    assert outcome("x12", b"ISA", [Ack("997", (("AK102", "1"),))]) == ""
    assert (outcome("x12", b"", ()), outcome("catair", b"", ())) == ("", "accepted")


def test_an_answer_may_have_service_characters_of_its_own() -> None:
    """What a CONTRL says is read with the marks that its UNA announces."""
    answer = b"UNA|^.? ~UNB^UNOA|3^A^B^260302|1015^1~UNH^1^CONTRL|D|3|UN~UCI^7^B^A^4^22^UNA~UNT^3^1~UNZ^1^1~"
    acks, flaws = read_answer("edifact", answer, b"UNB+UNOA:3+B+A+260302:1015+7'")
    assert flaws == ()
    assert acks[0].message == "CONTRL"
    assert ("UCI0083", "4") in acks[0].codes


@pytest.mark.parametrize("form", ["x12", "edifact", "catair", "wco", "json"])
def test_every_acknowledgement_of_ours_says_what_we_say(form: str) -> None:
    """By the words of its answer alone each sample, right or wrong, has the outcome that the library gives."""
    library, judged_by_answer = Library(), 0
    for suite in catalogue.suites():
        if suite.name not in {f"{form}.samples", f"{form}.cases", f"{form}.mixed"}:
            continue
        for case in list(suite.cases())[::3]:
            seen = library.send(case, case.make())
            # What follows a right interchange is nothing that it is refused for.
            behind = {one.code for one in seen.findings or ()} == {"envelope.trailing"}
            if seen.disposition in {"accepted", "rejected"} and seen.answer and not behind:
                assert outcome(form, seen.answer, seen.acks or ()) == seen.disposition, case.id
                judged_by_answer += 1
    assert judged_by_answer > 20


@pytest.mark.parametrize(
    ("command", "lived", "told"),
    [
        ("no-such-program {in}", False, "No such file"),
        ("sh -c 'echo broken >&2; exit 9'", False, "exit status 9: broken"),
        ("sh -c 'exit 0' {in} {findings}", False, "findings cannot be read"),
        (f"{PYTHON} silent", False, "no answer within"),
        ("no-such-program", True, "No such file"),
        ("echo nonsense", True, "cannot be read"),
        ('echo \'{"disposition":"perhaps"}\'', True, "accepted or rejected"),
        ("true", True, "ended with status 0"),
        (f"{PYTHON} silent", True, "no answer within"),
    ],
)
def test_a_program_that_cannot_be_judged_is_an_error(
    tmp_path: Path, command: str, told: str, *, lived: bool
) -> None:
    """A program that is not there, crashes, hangs or babbles gives `error` and 3, never `fail`."""
    more = ("--profile", profile(tmp_path, "[exec]\nlines = true\n")) if lived else ()
    out = tmp_path / "r.jsonl"
    chosen = f"{ENVELOPE}/ISA-01/code/first"
    said = judged(out, chosen, "--target", f"exec:{command}", "--timeout-s", "1", *more)
    assert said.status == 3
    assert lines(out)[0]["verdict"] == "error"
    assert told in lines(out)[0]["actual"]


def test_a_program_that_ends_is_started_again(tmp_path: Path) -> None:
    """Each case is judged, though the program ends after one answer."""
    lived = profile(tmp_path, "[exec]\nlines = true\n")
    chosen = f"{ENVELOPE}/ISA-01"
    out = tmp_path / "r.jsonl"
    assert judged(out, chosen, "--profile", lived, "--target", f"exec:{PYTHON} once").status == 0
    assert {line["verdict"] for line in lines(out)} == {"pass"}


def test_a_command_that_is_none_is_told(tmp_path: Path) -> None:
    """Nothing to run, quotes that do not close, or a folder without tables give 2 and one line, with one process or two."""
    lived = ("--profile", profile(tmp_path, "[exec]\nlines = true\n"))
    for command, more in (
        ("exec:", ()), ("exec:'", ()), ("exec:", lived), ("exec:'", lived), (f"library:{tmp_path}", ()), ("nobody", ()),
    ):  # fmt: skip
        for jobs in (1, 2):
            said = judged(tmp_path / "r.jsonl", ENVELOPE, SMALL, "--target", command, *more, jobs=jobs)
            assert said.status == 2
            assert said.err.count("\n") == 1


@contextmanager
def serving(answer: Callable[[str, str, bytes], tuple[int, dict[str, str], bytes]]) -> Iterator[str]:
    """Serve what a function answers to (method, path, body)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            received = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, headers, data = answer(self.command, self.path, received)
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    # Many cases are asked at once; of more than wait at the door some are turned away.
    server = type("Server", (ThreadingHTTPServer,), {"request_queue_size": 128})(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def answering(method: str, path: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Answer as a service of somebody else's: 200 or 422, the acknowledgement as the body."""
    del method, path
    case = Case("x12.x/x/x", "x12.x", (), 1, "must", good=True, make=lambda: Built(data))
    seen = Library().send(case, Built(data))
    return (
        (200 if seen.disposition == "accepted" else 409),
        {"Content-Type": "application/edi-x12"},
        seen.answer,
    )


def test_an_endpoint_is_described_by_a_profile(tmp_path: Path) -> None:
    """A service that answers with status and acknowledgement is judged on codes."""
    claims = profile(
        tmp_path, 'see = "codes"\n[http]\npost = "/in"\naccepted = [200]\nrejected = [409]\nanswer = "body"\n'
    )
    with serving(answering) as address:
        said = judged(tmp_path / "r.jsonl", FEW, "--target", address, "--profile", claims)
    assert said.status == 0, said.out
    assert {line["view"] for line in lines(tmp_path / "r.jsonl")} == {"codes"}


@pytest.mark.parametrize(
    ("status", "data", "options", "told"),
    [
        (500, b"", "", "status 500"),
        (404, b"", "", "status 404"),
        (200, b"{}", 'until = "/never"', "no answer within"),
    ],
)
def test_an_endpoint_that_cannot_be_judged_is_an_error(
    tmp_path: Path, status: int, data: bytes, options: str, told: str
) -> None:
    """A server that fails, or never comes to an end, is not called nonconforming."""
    claims = profile(tmp_path, f"[http]\n{options}\n")
    out = tmp_path / "r.jsonl"
    with serving(lambda *_: (status, {}, data)) as address:
        one = f"{ENVELOPE}/ISA-01/code/first"
        assert judged(out, one, "--target", address, "--profile", claims, "--timeout-s", "1").status == 3
    assert lines(out)[0]["verdict"] == "error"
    assert told in lines(out)[0]["actual"]


def test_a_dead_endpoint_is_an_error(tmp_path: Path) -> None:
    """Nobody listens: 3, and the password of the address stands nowhere."""
    out = tmp_path / "r.jsonl"
    one = f"{ENVELOPE}/ISA-01/code/first"
    said = judged(out, one, "--target", "http://me:secret@127.0.0.1:1/x")
    assert said.status == 3
    assert "refused" in lines(out)[0]["actual"]
    assert "secret" not in out.read_text() + said.out + said.err


def test_a_busy_endpoint_is_asked_again(tmp_path: Path) -> None:
    """429 and 503 are waited for, as long as the case may take."""
    calls = []

    def busy(method: str, path: str, data: bytes) -> tuple[int, dict[str, str], bytes]:
        calls.append(method)
        return answering(method, path, data) if len(calls) % 3 == 0 else (503, {"Retry-After": "0"}, b"")

    claims = profile(tmp_path, 'see = "codes"\n[http]\nrejected = [409]\nanswer = "body"\n')
    with serving(busy) as address:
        one = f"{ENVELOPE}/ISA-01/code"
        assert judged(tmp_path / "r.jsonl", one, "--target", address, "--profile", claims).status == 0
    assert len(calls) == 9


@pytest.mark.parametrize(
    ("after", "waits"),
    [
        ("0", [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5]),
        ("", [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5]),
        ("1", [1.0, 1.0, 0.5]),
        ("\xb2", [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5]),
        ("9" * 400, [2.5]),
    ],
)
def test_nobody_is_kept_busy_by_us(monkeypatch: pytest.MonkeyPatch, after: str, waits: list[float]) -> None:
    """One that is busy until the end is asked more and more seldom, whatever it says, and not after the end."""
    slept: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 100.0 + sum(slept), sleep=slept.append)
    monkeypatch.setattr(connection, "time", clock)
    asked: list[int] = []

    def busy() -> tuple[int, dict[str, str], bytes]:
        asked.append(1)
        return (503, {"retry-after": after}, b"") if len(asked) <= len(waits) else (200, {}, b"yes")

    assert connection.patient(busy, 102.5) == (200, {}, b"yes")
    assert slept == pytest.approx(waits)


def test_a_table_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """An unknown key, or a variable that the environment has not, gives 2."""
    for text in ("[http]\nposst = '/x'\n", '[http.headers]\nAuthorization = "Bearer ${NO_SUCH_VARIABLE}"\n'):
        said = judged(
            tmp_path / "r.jsonl", FEW, "--target", "http://127.0.0.1:1", "--profile", profile(tmp_path, text)
        )
        assert said.status == 2
        assert "[http]" in said.err


def test_a_key_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`${NAME}` in a header is taken from the environment and stands in no result."""
    heard = []

    class Asked(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.headers["authorization"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("CONFORMANCE_KEY", "k3y")
    claims = profile(tmp_path, '[http.headers]\nAuthorization = "Bearer ${CONFORMANCE_KEY}"\n')
    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    one = f"{ENVELOPE}/ISA-01/code/first"
    address = f"http://127.0.0.1:{server.server_address[1]}"
    judged(tmp_path / "r.jsonl", one, "--target", address, "--profile", claims)
    server.shutdown()
    thread.join()
    server.server_close()
    assert heard == ["Bearer k3y"]
    assert "k3y" not in (tmp_path / "r.jsonl").read_text()


def test_findings_of_a_program_are_compared(tmp_path: Path) -> None:
    """A right disposition with another place, code or span fails, where findings are shown."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    found = [{'code': 'envelope.authorization-qualifier', 'at': 'ISA-01', 'span': [4, 7]}]\n"
        "    print(json.dumps({'disposition': 'rejected', 'findings': found}), flush=True)\n"
    )
    lived = profile(tmp_path, "[exec]\nlines = true\n")
    out = tmp_path / "r.jsonl"
    case = f"{ENVELOPE}/ISA-01/code/unknown"
    assert judged(out, case, "--target", f"exec:{sys.executable} {wrong}", "--profile", lived).status == 1
    assert "bytes 4-7" in lines(out)[0]["actual"]
    wrong.write_text(wrong.read_text().replace("7]", "6]"))
    assert judged(out, case, "--target", f"exec:{sys.executable} {wrong}", "--profile", lived).status == 0
    assert json.loads(out.read_text().splitlines()[0])["target"]["name"] == "exec"
