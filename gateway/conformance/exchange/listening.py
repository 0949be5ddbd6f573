"""What a service sends by itself: calls to an address of ours, and streams of events.

Lives here: the listener for webhooks, and the reading of a stream. Never here: whether a call is signed
(`signed.py`), which calls are made and what they must say (`fixtures/conformance/exchange.toml`).
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse

_BODY_BYTES_MAX = 1024 * 1024
_TAKEN = 204
# How often the listener looks whether it is to stop: who stops it waits so long.
_LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Call:
    """One call that came: its path, its headers in lower case, its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def plain(self) -> Any:
        """Give the body, None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def about(self) -> str:
        """Give the submission that it is about, "" where it says none."""
        plain = self.plain
        return str(plain.get("submission", "")) if isinstance(plain, dict) else ""

    def as_json(self) -> dict[str, Any]:
        """Give it as what a step compares."""
        return {"path": self.path, "headers": self.headers, "body": self.plain}


@dataclass(slots=True)
class Listener:
    """A listener on a free port.

    `answers` are the statuses of the first calls about each submission; all others are taken. A partner may send
    other things meanwhile, and the address is told of those too.
    """

    host: str
    answers: list[int]
    calls: list[Call] = field(default_factory=list)
    _heard: threading.Condition = field(default_factory=threading.Condition)
    _server: ThreadingHTTPServer | None = None

    def start(self) -> str:
        """Listen, and give the address. OSError where it cannot be had."""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _BODY_BYTES_MAX))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(listener.take(Call(self.path, headers, body)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer((self.host, 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(_LOOK_SECONDS,), daemon=True).start()
        return f"http://{self.host}:{self._server.server_address[1]}/called"

    def take(self, call: Call) -> int:
        """Keep a call and give its answer."""
        with self._heard:
            number = sum(one.about == call.about for one in self.calls)
            self.calls.append(call)
            self._heard.notify_all()
        return self.answers[number] if number < len(self.answers) else _TAKEN

    def wait(self, submission: str, count: int, seconds: float) -> list[Call]:
        """Give the calls about a submission, once there are so many or the time is over."""

        def heard() -> list[Call]:
            return [one for one in self.calls if one.about == submission]

        with self._heard:
            self._heard.wait_for(lambda: len(heard()) >= count, seconds)
            return heard()

    def stop(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def events(response: HTTPResponse, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many events of a stream, as the HTML standard reads them: id, event, data."""
    told: dict[str, str] = {}
    while count:
        line = response.readline(_BODY_BYTES_MAX)
        if not line:
            return
        name, mark, value = line.decode("utf-8", "replace").rstrip("\r\n").partition(":")
        if name and mark:
            told[name] = value.removeprefix(" ")
        elif not name and not mark and "data" in told:
            yield {"id": told.get("id", ""), "event": told.get("event", ""), "data": _plain(told["data"])}
            told = {}
            count -= 1


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
