"""What was over its time while many ran at once is asked once more, alone: load is no failure, lateness is."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gateway.conformance import results
from tests.conformance.commands import Said, conformance, counts, lines

CASES = [
    f"x12.envelope.004010/{rest}"
    for rest in (
        "ISA-01/code/first", "ISA-01/code/last", "ISA-03/code/first", "ISA-03/code/last",
        "ISA-05/code/first", "ISA-05/code/last", "ISA-07/code/first", "ISA-07/code/last",
    )
]  # fmt: skip
PROFILE = """
name = "loaded"
see = "disposition"
[http]
disposition = "/disposition"
findings = "/findings"
overtime = ["limit/work/"]
"""


class Loaded:
    """A service that takes everything; the first `late` tries of each content end as `how` says."""

    def __init__(self, late: int, how: str = "told", turn: int = 0) -> None:
        """Begin to listen. With `turn` above 1 only one content in so many is late."""
        self.late, self.how, self.turn = late, how, turn
        self.tries: Counter[bytes] = Counter()
        self.end = threading.Event()
        loaded = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                plain = loaded.answer(body)
                said = json.dumps(plain).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, body: bytes) -> dict[str, object]:
        """Give the outcome of one try."""
        self.tries[body] += 1
        if self.tries[body] > self.late or (self.turn and sum(body) % self.turn):
            return {"disposition": "accepted", "findings": []}
        if self.how == "hangs":
            self.end.wait(60)
        return {
            "disposition": "rejected",
            "findings": [{"code": "limit/work/exceeded", "severity": "error", "layer": "syntax"}],
        }

    def close(self) -> None:
        """Listen no longer."""
        self.end.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def started() -> Iterator[list[Loaded]]:
    """Services that end with the test."""
    found: list[Loaded] = []
    yield found
    for one in found:
        one.close()


def judged(service: Loaded, folder: Path, *words: str) -> Said:
    """Run cases against a service."""
    (folder / "p.toml").write_text(PROFILE)
    return conformance(
        "run", "--target", service.url, "--profile", folder / "p.toml", "--out", folder / "r.jsonl", *words
    )


def test_load_is_no_failure(started: list[Loaded], tmp_path: Path) -> None:
    """What the target could not do in time passes when it is asked alone; the results say that it was asked twice."""
    started.append(Loaded(1, turn=2))
    said = judged(started[0], tmp_path, *CASES)
    assert said.status == 0, said.out
    found = lines(tmp_path / "r.jsonl")
    assert [line["case"] for line in found] == CASES
    twice = [line["case"] for line in found if line.get("tries") == 2]
    assert 0 < len(twice) == sum(count == 2 for count in started[0].tries.values())
    assert not any("overtime" in line for line in found)
    assert counts(tmp_path / "r.jsonl")["again"] == len(twice)
    assert f"({len(twice)} asked twice)" in said.out
    assert "FAIL" not in said.out
    assert not (tmp_path / "r.jsonl.again").exists()


def test_a_target_that_hangs_once_is_asked_again(started: list[Loaded], tmp_path: Path) -> None:
    """An answer that does not come within --timeout-s is one that is asked for once more."""
    started.append(Loaded(1, how="hangs"))
    said = judged(started[0], tmp_path, CASES[0], "--timeout-s", "2")
    assert said.status == 0, said.out
    (line,) = lines(tmp_path / "r.jsonl")
    assert (line["verdict"], line["tries"]) == ("pass", 2)


def test_a_late_target_is_late(started: list[Loaded], tmp_path: Path) -> None:
    """What is over its time alone too fails; after five in a row the others are not asked again. A resumed run asks them."""
    started.append(Loaded(10))
    said = judged(started[0], tmp_path, *CASES)
    assert said.status == 1
    found = lines(tmp_path / "r.jsonl")
    assert [line["case"] for line in found] == CASES
    assert {line["verdict"] for line in found} == {"fail"}
    assert [line.get("tries", 1) for line in found] == [2, 2, 2, 2, 2, 1, 1, 1]
    assert said.out.count("FAIL") == len(CASES)
    assert "tries     2" in said.out
    text = (tmp_path / "r.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "r.jsonl").write_text("".join(text[:-1]))
    with pytest.raises(results.ResultsError, match="truncated"):
        results.read(tmp_path / "r.jsonl")
    started[0].late = 0
    assert judged(started[0], tmp_path, *CASES, "--resume").status == 1
    assert [line["verdict"] for line in lines(tmp_path / "r.jsonl")] == ["fail"] * 5 + ["pass"] * 3


def test_a_failure_in_time_is_not_asked_again(started: list[Loaded], tmp_path: Path) -> None:
    """A target that says something else is wrong at once, whoever asks a second time."""
    started.append(Loaded(0))
    said = judged(started[0], tmp_path, "x12.envelope.004010/ISA-01/code/unknown")
    assert said.status == 1
    (line,) = lines(tmp_path / "r.jsonl")
    assert "tries" not in line
    assert list(started[0].tries.values()) == [1]
