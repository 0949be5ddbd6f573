"""Connections of the HTTP interface: how many there may be, and which goes when there are too many.

When all places are taken, a newcomer gets that of the connection which has waited longest without a
request; so who holds connections and says nothing keeps nobody out. Where every one has a request in
work the newcomer is told to come again.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Container, Sequence
from typing import Protocol

# Files for the ledger, the pool, endpoints and the rest of the process.
OTHER_FILES = 256
PLACES_MIN = 16
_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class Handler(Protocol):
    """One open connection, as the HTTP server has it."""

    def force_close(self) -> None:
        """Close it at once."""


class Maker(Protocol):
    """The HTTP server: makes what speaks on a connection, and knows which are open, the oldest first."""

    @property
    def connections(self) -> Sequence[Handler]:
        """The open connections."""

    def __call__(self) -> asyncio.BaseProtocol:
        """Make what speaks on a new connection."""


def places(wanted: int) -> int:
    """Give how many connections there may be, with as many open files as the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(PLACES_MIN, hard - OTHER_FILES))


class Places:
    """Makes what speaks on each new connection, and holds their number to a bound.

    `busy` are the connections that have a request in work.
    """

    def __init__(self, server: Maker, most: int, busy: Container[Handler], counts: Counter[str]) -> None:
        self._server = server
        self._most = most
        self._busy = busy
        self._counts = counts

    def __call__(self) -> asyncio.BaseProtocol:
        """Make what speaks on a new connection."""
        opened = self._server.connections
        if len(opened) < self._most:
            return self._server()
        idle = next((one for one in opened if one not in self._busy), None)
        if idle is None:
            self._counts["connections_refused"] += 1
            return _Full()
        self._counts["connections_put_off"] += 1
        idle.force_close()
        return self._server()


class _Full(asyncio.Protocol):
    """Says that there is no place, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(_FULL)
        transport.close()
