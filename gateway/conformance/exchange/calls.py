"""Makes the calls of an exchange case and says where an answer is not as agreed.

Lives here: one HTTP connection, the names that later steps use, the comparison. Never here: which
calls there are (`fixtures/conformance/exchange.toml`).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from gateway.conformance.connection import BUSY, FIRST_WAIT_SECONDS, opened, patient
from gateway.conformance.exchange.listening import Listener, events
from gateway.conformance.model import Seen

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from gateway.conformance.connection import Reply
    from gateway.conformance.model import Built

# Steps that are no call of ours: an address is opened for the service, and what came to it is looked at.
LISTEN, HEAR = "LISTEN", "HEAR"
_PROBLEM = "application/problem+json"
# What takes its time is asked for more and more seldom, up to this.
_AGAIN_SECONDS = 0.05
_BODY_BYTES_MAX = 64 * 1024 * 1024
# Words of a machine that no stranger is to see.
_INTERNAL = ("Traceback", 'File "', "site-packages", "sqlite3.")


@dataclass(slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def plain(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(slots=True)
class Exchange:
    """One address. `headers` go with every call: who we are."""

    address: str
    timeout_s: float
    headers: Mapping[str, str] = field(default_factory=dict)
    secure: ssl.SSLContext | None = None
    listen: str = ""
    names: dict[str, str] = field(default_factory=dict)
    listener: Listener | None = None
    busy: bool = False

    def run(self, built: Built) -> Seen:
        """Make the calls of one case. An address that cannot be reached is trouble."""
        if not self.listen and any(step["call"] == LISTEN for step in built.steps["steps"]):
            return Seen(skipped="the profile names no address of ours that the service could call (listen)")
        self.names = {name: secrets.token_hex(8) for name in ("key", "key2")}
        self.names |= {name: f"{secrets.randbelow(10**9):09}" for name in ("nine", "nine2")}
        self.names["name"] = f"T{secrets.token_hex(7).upper()}"
        try:
            for number, step in enumerate(built.steps["steps"], 1):
                wrong = self._step(step)
                if wrong:
                    told = f"step {number}, {self._put(step['call'])}: {wrong}"
                    return Seen(disposition=told, overtime="wait" in step or self.busy)
        except (OSError, HTTPException) as error:
            late = isinstance(error, TimeoutError)
            told = f"{urlsplit(self.address).hostname}: {str(error) or type(error).__name__}"
            return Seen(trouble=told, overtime=late)
        finally:
            if self.listener is not None:
                self.listener.stop()
                self.listener = None
        return Seen(disposition=built.expect.disposition)

    def _step(self, step: Mapping[str, Any]) -> str:
        """Make one call, again while it says to wait; give what is not as agreed, "" for nothing."""
        if step["call"] == LISTEN:
            self.listener = Listener(self.listen, list(step.get("answers", ())))
            self.names["hook"] = self.listener.start()
            return ""
        if step["call"] == HEAR:
            return self._hear(step)
        end, again = time.monotonic() + step.get("wait", 0), FIRST_WAIT_SECONDS
        while True:
            answer = self._call(step)
            wrong = self._compared(step, answer)
            if not wrong or time.monotonic() >= end:
                break
            time.sleep(again)
            again = min(2 * again, _AGAIN_SECONDS)
        for name, where in step.get("keep", {}).items():
            self.names[name] = _found(answer, where)
        return wrong

    def _hear(self, step: Mapping[str, Any]) -> str:
        """Wait for calls of the service; give what is not as agreed."""
        if self.listener is None:
            return "nobody listens"
        # Loaded while the service is at work, and where it calls at all.
        from gateway.conformance.exchange.signed import unsigned  # noqa: PLC0415

        calls = self.listener.wait(self._put(step["of"]), step["count"], step["wait"])
        if len(calls) != step["count"]:
            return f"{len(calls)} calls came"
        keys = self._call({"call": "GET /.well-known/jwks.json"}).body
        for number, call in enumerate(calls, 1):
            wrong = unsigned(self.names["hook"], call, keys)
            if wrong:
                return f"call {number}: {wrong}"
        told = [call.as_json() for call in calls]
        for place in step.get("same", ()):
            if any(_pointed(one, place) != _pointed(told[0], place) for one in told):
                return f"{place} is not the same in each call"
        for place in step.get("other", ()):
            if len({_text(_pointed(one, place)) for one in told}) != len(told):
                return f"{place} is the same in two calls"
        plain = json.dumps(told).encode()
        return self._compared(step, _Answer(step["status"], {}, plain))

    def _call(self, step: Mapping[str, Any]) -> _Answer:
        method, _, path = step["call"].partition(" ")
        data = base64.b64decode(step.get("data", "")) if "body" in step else None
        if "text" in step:
            data = self._put(step["text"]).encode()
        for was, now in step.get("swap", {}).items():
            data = (data or b"").replace(was.encode(), self._put(now).encode())
        if data and step.get("gzip"):
            data = gzip.compress(data, mtime=0)
        self.names["digest"] = f"sha-256=:{base64.b64encode(hashlib.sha256(data or b'').digest()).decode()}:"
        headers = {name: self._put(text) for name, text in step.get("headers", {}).items()}
        everything = {**self.headers, **headers}
        end = time.monotonic() + self.timeout_s
        status, found, body = patient(
            lambda: self._exchanged(step, (method, self._put(path), data, everything)),
            end,
            step.get("status", 0),
        )
        self.busy = status in BUSY
        return _Answer(status, found, body)

    def _exchanged(
        self, step: Mapping[str, Any], request: tuple[str, str, bytes | None, Mapping[str, str]]
    ) -> Reply:
        connection = opened(self.address, self.timeout_s, self.secure)
        try:
            connection.request(*request)
            response = connection.getresponse()
            if "events" in step and response.status == step["status"]:
                body = json.dumps(list(events(response, step["events"]))).encode()
            else:
                body = response.read(_BODY_BYTES_MAX)
            return response.status, {k.lower(): v for k, v in response.getheaders()}, body
        finally:
            connection.close()

    def _put(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _compared(self, step: Mapping[str, Any], answer: _Answer) -> str:
        if answer.status != step["status"]:
            return f"status {answer.status}"
        for name, pattern in step.get("header", {}).items():
            said = answer.headers.get(name, "")
            if not _fits(said, self._put(pattern)):
                return f"{name}: {said or 'none'}"
        for place, pattern in step.get("json", {}).items():
            said = _text(_pointed(answer.plain, place))
            if not _fits(said, self._put(pattern)):
                return f"{place} is {said[:60] or 'not there'}"
        wrong = _content(step, answer.body)
        return wrong or (_problem(step["problem"], answer) if "problem" in step else "")


def _content(step: Mapping[str, Any], body: bytes) -> str:
    """Say what is wrong with the bytes that came back."""
    if "wanted" in step and body != base64.b64decode(step["wanted"]):
        return f"{len(body)} other bytes"
    if "starts" in step and not body.startswith(step["starts"].encode()):
        return f"content that begins with {body[:8]!r}"
    if "contains" in step and step["contains"].encode() not in body:
        return f"content without {step['contains']}"
    return ""


def _problem(wanted: str, answer: _Answer) -> str:
    """Say what is wrong with a problem document."""
    media = answer.headers.get("content-type", "")
    plain = answer.plain
    if not media.startswith(_PROBLEM) or not isinstance(plain, dict):
        return f"content of type {media or 'nothing'} where a problem is due"
    kind = str(plain.get("type", ""))
    if kind.replace("/", ":").rpartition(":")[2] != wanted:
        return f"a problem of type {kind or 'none'}"
    if plain.get("status") != answer.status or not plain.get("title"):
        return "a problem without its status or title"
    if any(word in answer.body.decode("utf-8", "replace") for word in _INTERNAL):
        return "a problem that shows the inside"
    return ""


def _fits(said: str, pattern: str) -> bool:
    return said == pattern or bool(
        said and fnmatchcase(said, pattern.replace("[", "[[]").replace("?", "[?]"))
    )


def _found(answer: _Answer, where: str) -> str:
    kind, _, name = where.partition(":")
    return answer.headers.get(name, "") if kind == "header" else _text(_pointed(answer.plain, name))


def _pointed(plain: Any, place: str) -> Any:
    """Follow a JSON pointer, None where it leads nowhere."""
    for step in place.split("/")[1:]:
        if isinstance(plain, list) and step.isdigit() and int(step) < len(plain):
            plain = plain[int(step)]
        elif isinstance(plain, dict):
            plain = plain.get(step)
        else:
            return None
    return plain


def _text(plain: Any) -> str:
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain)
