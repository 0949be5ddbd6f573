"""The clock and the makers of ids: the only place that asks what time it is.

Everything else takes a `Clock`, so that tests hold time in their hands.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

BACK_SECONDS_FOLLOWED = 1.0
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
# Ten bits at a time: two characters.
_PAIRS = tuple(high + low for high in _CROCKFORD for low in _CROCKFORD)
_SHIFTS = tuple(range(120, -10, -10))


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Give the instant, aware, in UTC."""

    def seconds(self) -> float:
        """Give the same instant as seconds since 1970."""

    def behind(self) -> float:
        """Say by how many seconds the machine's clock went back and is not followed."""


class SystemClock:
    """The machine's own clock, but that it never goes back.

    Forward it is followed at once. When it goes back by more than a second, time goes on here as
    it was, second by second, until the machine's clock has caught up: deadlines, leases and the
    times in receipts keep their order.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0.0
        self._ahead = self.wall() - time.monotonic()
        self._behind = 0.0

    def wall(self) -> float:
        """Read the machine's clock."""
        return time.time()

    def now(self) -> datetime:
        """Give the instant, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def seconds(self) -> float:
        """Give the same instant as seconds since 1970."""
        with self._lock:
            wall, steady = self.wall(), time.monotonic()
            lost = steady + self._ahead - wall
            if lost <= BACK_SECONDS_FOLLOWED:
                self._ahead, self._behind = wall - steady, 0.0
            else:
                wall, self._behind = steady + self._ahead, lost
            self._last = max(self._last, wall)
            return self._last

    def behind(self) -> float:
        """Say by how many seconds the machine's clock went back and is not followed."""
        self.seconds()
        return self._behind


def rfc3339(at: datetime) -> str:
    """Write an instant with six digits of a second, in UTC: it sorts as text."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.isoformat('T', 'microseconds')[:26]}Z"


def rfc3339_seconds(text: str) -> float:
    """Give such an instant as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


class Ids:
    """Makes ULIDs: 26 characters that sort by time, and never go back within one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """Give the next id."""
        stamp = int(self._clock.seconds() * 1000) << 80
        with self._lock:
            value = stamp | secrets.randbits(80)
            if value <= self._last:
                value = self._last + 1
            self._last = value
        return "".join([_PAIRS[(value >> shift) & 1023] for shift in _SHIFTS])
