"""Exchange and signing cases against what is not as agreed, and targets that are not asked about them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.conformance.catalogue import find
from gateway.conformance.model import Built, Case
from gateway.conformance.profiles import Profile
from gateway.conformance.recorded import case_of
from gateway.conformance.results import compact
from gateway.conformance.runner import Order, Worker

PROFILE = Profile(options={"http": {"exchange": True}})
RETRY = "exchange.retry/same-answer/other-bytes"


class _Yes(BaseHTTPRequestHandler):
    """Answers 202 to everything, with a place and no more."""

    def do_POST(self) -> None:
        """Take it."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(202)
        self.send_header("Location", "/v1/submissions/1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def yes() -> Iterator[str]:
    """The address of a service that takes everything."""
    with serving(_Yes) as address:
        yield address


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Give the address of a service while it is needed."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def the(name: str) -> Case:
    """Give a case by its id."""
    found = find(name)
    assert found is not None
    return found


def line(target: str, name: str, profile: Profile = PROFILE) -> dict[str, object]:
    """Give the line of one case against a target."""
    worker = Worker(Order(target, date(2026, 3, 2), profile))
    try:
        found: dict[str, object] = json.loads(compact(worker.line(the(name))))
    finally:
        worker.close()
    return found


def test_what_is_not_as_agreed_is_told_with_its_step(yes: str) -> None:
    """The verdict names step, call and what came back; the line has all that it takes to ask again."""
    told = line(yes, RETRY)
    assert told["verdict"] == "fail"
    assert told["expected"] == "202, then 422 idempotency-key-reused"
    assert told["actual"] == "step 2, POST /v1/submissions: status 202"
    again = case_of(told)
    assert again is not None
    assert (again.kind, again.make().steps) == ("exchange", the(RETRY).make().steps)


class _Busy(_Yes):
    """Has no time for two calls of three."""

    calls = 0

    def do_POST(self) -> None:
        """Take every third."""
        _Busy.calls += 1
        if self.calls % 3 == 0:
            super().do_POST()
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(503 if self.calls % 3 == 1 else 429)
        self.send_header("Content-Length", "0")
        self.end_headers()


def test_a_busy_service_is_called_again() -> None:
    """Each call is made until there is time for it, and judged by what came then."""
    with serving(_Busy) as address:
        told = line(address, RETRY)
    assert told["actual"] == "step 2, POST /v1/submissions: status 202"
    assert _Busy.calls == 6


def test_nobody_there_is_trouble_and_no_failure() -> None:
    """An address that nobody listens at cannot be judged."""
    assert line("http://127.0.0.1:9", RETRY)["verdict"] == "error"


def test_only_whom_the_profile_says_is_asked(yes: str) -> None:
    """Without `exchange` in the profile the case is skipped; signing is asked of the library alone."""
    assert line(yes, RETRY, Profile())["verdict"] == "skip"
    assert line(yes, "signing.ack.EdDSA/bytes/same")["verdict"] == "skip"


def test_a_verifier_that_takes_everything_is_seen() -> None:
    """Evidence whose bytes were changed does not hold, and the reason is the one expected."""
    right, wrong = (the(f"signing.ack.EdDSA/bytes/{name}").make() for name in ("same", "first-byte"))
    assert right.steps["token"] == wrong.steps["token"]
    assert right.data != wrong.data
    mixed = Built(right.data, wrong.expect, wrong.operator, right.steps)
    case = the("signing.ack.EdDSA/bytes/first-byte")
    lenient = Case(
        case.id, case.suite, case.clauses, 9, "must", good=False, make=lambda: mixed, kind=case.kind
    )
    worker = Worker(Order("library", date(2026, 3, 2)))
    assert worker.line(lenient)["verdict"] == "fail"
    assert worker.line(case)["verdict"] == "pass"
