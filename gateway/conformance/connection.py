"""Connections to a live endpoint: one for each thread, kept open, with the certificates that the tester trusts.

Lives here: sockets, TLS, one call, and coming again where the other side is busy. Never here: what an answer means
(`targets/endpoint.py`).
"""

from __future__ import annotations

import ssl
import threading
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Reply = tuple[int, Mapping[str, str], bytes]

# Too many requests, and no time for them now: whoever is told so comes again (RFC 9110 sections 10.2.3 and 15.6.4).
BUSY = frozenset({429, 503})
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.01, 0.5
_BODY_BYTES_MAX = 64 * 1024 * 1024


class TroubleError(Exception):
    """The endpoint cannot be judged. The message says why; with `overtime` because it took too long."""

    def __init__(self, why: str, *, overtime: bool = False) -> None:
        """Keep both."""
        super().__init__(why)
        self.overtime = overtime


def trust(cafile: str | None, certificate: str | None = None, key: str | None = None) -> ssl.SSLContext:
    """Give what TLS connections are made with: a private authority to trust, and who we are with mutual TLS.

    Raises OSError for a file that cannot be used.
    """
    secure = ssl.create_default_context(cafile=cafile)
    if certificate:
        secure.load_cert_chain(certificate, key)
    return secure


class Connections:
    """One address. Several threads may call at once; each has a connection of its own."""

    def __init__(self, address: str, timeout_s: float, secure: ssl.SSLContext | None) -> None:
        """Nothing is opened yet; `secure` is for https, None the certificates of the system."""
        self.url = urlsplit(address)
        self.timeout_s = timeout_s
        self.secure = secure
        self._own = threading.local()
        self._open: set[HTTPConnection] = set()

    def call(
        self, method: str, address: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Make one call; a connection that was closed in between is opened once more."""
        url = urlsplit(address)
        if (url.scheme, url.hostname, url.port) != (self.url.scheme, self.url.hostname, self.url.port):
            raise TroubleError(f"{url.hostname} is another host than that of the target")
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        reused = getattr(self._own, "connection", None) is not None
        try:
            return self._exchanged(method, path, data, headers)
        except (OSError, HTTPException) as error:
            self._drop()
            if not reused or isinstance(error, TimeoutError):
                raise self._trouble(error) from error
        try:
            return self._exchanged(method, path, data, headers)
        except (OSError, HTTPException) as error:
            self._drop()
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> TroubleError:
        late = isinstance(error, TimeoutError)
        return TroubleError(f"{self.url.hostname}: {words(error)}", overtime=late)

    def _exchanged(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = self._connected()
        connection.request(method, path, data, dict(headers))
        response = connection.getresponse()
        body = response.read(_BODY_BYTES_MAX)
        return response.status, {key.lower(): text for key, text in response.getheaders()}, body

    def _connected(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = opened(self.url.geturl(), self.timeout_s, self.secure)
            self._own.connection = connection
            self._open.add(connection)
        return connection

    def _drop(self) -> None:
        connection: HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is not None:
            connection.close()
            self._open.discard(connection)
            self._own.connection = None

    def close(self) -> None:
        """Close every connection; the threads that had them are done."""
        while self._open:
            self._open.pop().close()
        self._own = threading.local()


def opened(address: str, timeout_s: float, secure: ssl.SSLContext | None) -> HTTPConnection:
    """Give a connection to the host of an address; it is made with the first call."""
    url = urlsplit(address)
    if url.scheme != "https":
        return HTTPConnection(str(url.hostname), url.port, timeout=timeout_s)
    return HTTPSConnection(str(url.hostname), url.port, timeout=timeout_s, context=secure)


def patient(call: Callable[[], Reply], end: float, wanted: int = 0) -> Reply:
    """Make a call, and make it again while the other side is busy, until `end` on the monotonic clock.

    It says itself when to come (`Retry-After`, in seconds), and whatever it says, it is asked more and more seldom: one
    that always says "at once" is not to be kept busy by us. A status that is `wanted` is not come again for. Gives
    status, headers with small letters, and content.
    """
    wait = FIRST_WAIT_SECONDS
    while True:
        reply = call()
        left = end - time.monotonic()
        if reply[0] not in BUSY or reply[0] == wanted or left < 0:
            return reply
        after = reply[1].get("retry-after", "")
        time.sleep(min(max(wait, float(after) if after.isdecimal() else 0.0), left))
        wait = min(2 * wait, LONGEST_WAIT_SECONDS)


def words(error: Exception) -> str:
    """Say what an error is."""
    return str(error) or type(error).__name__
