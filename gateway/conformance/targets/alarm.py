"""The alarm of this process: it ends what takes too long.

Lives here: one timer for many short blocks, set anew only when it rings. To set and clear it for each, and its
handler with it, is a good part of what a short case takes. Never here: what a late case is told as.
"""

from __future__ import annotations

import atexit
import os
import signal
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from types import FrameType


class Alarm:
    """Raises TimeoutError in a block of the main thread that has run for so many seconds; 0 is never.

    When the timer rings and the block has time left, it is set to what is left; when none runs, it is let go.
    """

    _running: ClassVar[Alarm | None] = None
    ends: float
    # Whose timer it is, as a fork has none, and when it rings.
    _set_by: ClassVar[int] = 0
    _rings: ClassVar[float] = 0.0
    _before: ClassVar[Any] = None

    def __init__(self, seconds: float) -> None:
        """Keep the limit; nothing is set before the first block."""
        self.seconds = seconds

    def __enter__(self) -> None:
        """Begin a block."""
        if not self.seconds:
            return
        now = monotonic()
        self.ends = now + self.seconds
        Alarm._running = self
        if not now < Alarm._rings <= self.ends or Alarm._set_by != os.getpid():
            Alarm._set(self.seconds)

    def __exit__(self, *_: object) -> None:
        """End it."""
        Alarm._running = None

    @classmethod
    def _set(cls, seconds: float) -> None:
        before = signal.signal(signal.SIGALRM, _ring)
        if before is not _ring:
            cls._before = before
        signal.setitimer(signal.ITIMER_REAL, seconds)
        cls._rings, cls._set_by = monotonic() + seconds, os.getpid()

    @classmethod
    def rung(cls) -> None:
        """Raise TimeoutError where the time of the block is over."""
        running = cls._running
        if running is None:
            cls.clear()
            return
        left = running.ends - monotonic()
        if left > 0:
            cls._set(left)
            return
        cls._rings, cls._running = 0.0, None
        raise TimeoutError

    @classmethod
    def clear(cls) -> None:
        """Let the timer go, and whoever had the signal have it again."""
        if cls._set_by == os.getpid():
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, cls._before or signal.SIG_DFL)
        cls._rings, cls._set_by = 0.0, 0


def _ring(_signal: int, _frame: FrameType | None) -> None:
    Alarm.rung()


# While Python ends it has no handlers any more, and a timer that rings then would end the process as a signal does.
atexit.register(Alarm.clear)
