"""The other way round: we listen, the tester's system sends, each message is judged as it comes.

`POST` any path takes a message and gives its acknowledgement; `GET /tasks` tells how far everything is,
as JSON, `GET /` the same for people. A header `Conformance-Task` says what a message is for; without it
the first open task that fits is meant. It ends when every task is done, when the time is over, or
with Ctrl-C; the results have a line for each task.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from gateway.conformance import command_run, results, tasks
from gateway.conformance.examiner import Examiner, Reply
from gateway.conformance.model import Verdict
from gateway.conformance.targets import TargetError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.conformance.command_run import Options
    from gateway.conformance.runner import Order

BODY_BYTES_MAX = 32 * 1024 * 1024
_TURN_SECONDS = 0.1


class Desk(ThreadingHTTPServer):
    """The listening end. One message is judged at a time."""

    daemon_threads = True
    # A system that files many at once finds all of them taken in; Python's own five are soon too few.
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], examiner: Examiner, told: Callable[[Reply], None]) -> None:
        """Bind the address."""
        super().__init__(address, Handler)
        self.examiner = examiner
        self.told = told
        self.turn = threading.Lock()

    def judge(self, data: bytes, named: str) -> Reply:
        """Judge one message and tell it."""
        with self.turn:
            reply = self.examiner.take(data, named)
            self.told(reply)
            return reply

    def state(self) -> dict[str, Any]:
        """Give how far each task is."""
        with self.turn:
            return {
                "tasks": self.examiner.tasks.name,
                "open": len(self.examiner.open),
                "states": [
                    {"id": one.task.id, "text": one.task.text, "force": one.task.force,
                     "state": one.verdict or "open", "attempts": one.attempts, "said": one.actual}
                    for one in self.examiner.states.values()
                ],
            }  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Desk
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Take a message."""
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            self._send(411 if not length else 413, "text/plain", b"a message has a Content-Length\n")
            return
        reply = self.server.judge(self.rfile.read(int(length)), self.headers.get("conformance-task", ""))
        if reply.dropped:
            self.close_connection = True
            return
        extra = {
            "Conformance-Task": reply.task,
            "Conformance-Said": reply.said.encode("ascii", "replace").decode(),
        }
        self._send(200, reply.media_type, reply.body, extra)

    def do_GET(self) -> None:
        """Tell how far everything is."""
        state = self.server.state()
        if self.path.partition("?")[0] == "/tasks":
            self._send(200, "application/json", json.dumps(state, indent=1).encode() + b"\n")
            return
        lines = [f"{one['state']:<6} {one['id']:<24} {one['text']}" for one in state["states"]]
        self._send(200, "text/plain; charset=utf-8", ("\n".join(lines) + "\n").encode())

    def _send(self, status: int, media_type: str, body: bytes, extra: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, text in {
            "Content-Type": media_type,
            "Content-Length": str(len(body)),
            **(extra or {}),
        }.items():
            self.send_header(name, " ".join(text.split()))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing; what matters is told by the desk."""


def run(order: Order, options: Options) -> tuple[int, str, bool]:
    """Listen until everything is done; give exit status, the results' path and whether they are whole."""
    host, _, port = order.target.removeprefix("sender:").rpartition(":")
    if not port.isdigit() or int(port) > 65535:
        raise TargetError(f"{order.target}: a sender is told as sender:PORT or sender:HOST:PORT")
    if not order.profile.tasks:
        raise TargetError(f"{order.target}: the profile names no tasks; --profile ace-certification does")
    examiner = Examiner(tasks.load(order.profile.tasks))
    stream = sys.stderr if options.out == "-" else sys.stdout

    def told(reply: Reply) -> None:
        if not options.quiet:
            stream.write(f"{reply.task or '-':<26} {reply.said}; {len(examiner.open)} open\n")
            stream.flush()

    try:
        desk = Desk((host or "127.0.0.1", int(port)), examiner, told)
    except OSError as error:
        raise TargetError(f"{order.target}: {error.strerror}") from error
    stream.write(f"listening at http://{desk.server_address[0]!s}:{desk.server_address[1]}, "
                 f"{len(examiner.states)} tasks open\n")  # fmt: skip
    stream.flush()
    _serve(desk, order.timeout_s)
    return _written(order, options, examiner)


def _serve(desk: Desk, seconds: float) -> None:
    """Serve until every task is done or nothing was done for so long. Ctrl-C ends it too."""
    thread = threading.Thread(target=desk.serve_forever, args=(_TURN_SECONDS,), daemon=True)
    thread.start()
    done, last = -1, time.monotonic()
    try:
        while desk.examiner.open and (not seconds or time.monotonic() - last < seconds):
            attempts = sum(one.attempts for one in desk.examiner.states.values())
            if attempts != done:
                done, last = attempts, time.monotonic()
            time.sleep(_TURN_SECONDS)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
    # The last answer is on its way.
    time.sleep(_TURN_SECONDS)
    desk.shutdown()
    thread.join()
    desk.server_close()


def _written(order: Order, options: Options, examiner: Examiner) -> tuple[int, str, bool]:
    with command_run.output(options, None) as file:
        writer = results.Writer(file, command_run.header(order, options))
        writer.begin()
        for line in examiner.lines():
            verdict, note = order.baseline.weigh(line["case"], Verdict(line["verdict"]), order.today)
            plain = {**line, "verdict": verdict.value, **({"reason": note} if note else {})}
            writer.add(results.compact(plain), plain)
            command_run.tell(plain, options, writer)
        footer = writer.close()
    command_run.tell_counts(footer, options, 0.0)
    return command_run.status(footer["counts"], strict=options.strict), options.out, True
