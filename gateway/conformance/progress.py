"""Progress on a terminal: cases done, rate, failures so far, how long it will take.

Lives here: one line on standard error that is drawn over itself. Nothing is drawn where
standard error is no terminal, or on request.
"""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

_EVERY_SECONDS = 0.1
_UNIT = 24


class Progress:
    """Counts what is done and draws it now and then. `slices` is the number of steps."""

    def __init__(self, slices: int, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        """Begin the clock."""
        self.stream = stream if stream is not None else sys.stderr
        self.shown = not quiet and self.stream.isatty()
        self.slices = slices
        self.done = 0
        self.cases = 0
        self.failed = 0
        self.errors = 0
        self.began = time.monotonic()
        self.drawn = 0.0

    def step(self, cases: int, failed: int, errors: int) -> None:
        """Count one slice."""
        self.done += 1
        self.cases += cases
        self.failed += failed
        self.errors += errors
        now = time.monotonic()
        if self.shown and (now - self.drawn > _EVERY_SECONDS or self.done == self.slices):
            self.drawn = now
            self._draw(now - self.began)

    def _draw(self, seconds: float) -> None:
        share = self.done / max(1, self.slices)
        rate = self.cases / max(seconds, 0.001)
        left = seconds / max(share, 0.001) * (1 - share)
        filled = round(share * _UNIT)
        bar = "#" * filled + "." * (_UNIT - filled)
        text = f"{bar} {share:4.0%}  {self.cases} cases, {rate:.0f}/s, {self.failed} failed"
        if self.errors:
            text += f", {self.errors} errors"
        text += f", {left:.0f} s left"
        width = shutil.get_terminal_size().columns - 1
        self.stream.write(f"\r\x1b[2K{text[:width]}")
        self.stream.flush()

    def end(self) -> float:
        """Take the line away and give the seconds it took."""
        if self.shown and self.drawn:
            self.stream.write("\r\x1b[2K")
            self.stream.flush()
        return time.monotonic() - self.began
