"""How our own service begins: as a process that loads all for itself, or as a copy of this one.

A copy is there sooner by what both of them need. It begins with all that this process has: so only where that is what
stands in the files, and where there is no other thread that a copy would lack.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from typing import NoReturn

AS2 = "as2"
_SECONDS_BETWEEN = 0.001
# It calls this machine only: to read whom the world trusts takes a tenth of its start.
_NOBODY = ("SSL_CERT_FILE", os.devnull)


def anew(*, as2: bool) -> subprocess.Popen[bytes]:
    """Begin it as a new process. OSError where there can be none."""
    words = ["-m", "gateway.conformance.exchange.served", *([AS2] if as2 else [])]
    return subprocess.Popen(  # noqa: S603 - these words, and no others
        [sys.executable, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # What it has to say of its work is no part of a verdict.
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for who asked for it.
        start_new_session=True,
        env={**os.environ, _NOBODY[0]: _NOBODY[1]},
    )


class Copy:
    """A service that began as a copy of this process, with what `Popen` has of one. OSError where there can be none."""

    def __init__(self, *, as2: bool) -> None:
        """Begin it; this process has no other thread, and no other copy, whose pipe this one would keep open."""
        # Both need it. To load it twice at once takes longer than one after the other.
        import gateway.signing  # noqa: F401, PLC0415

        (told, say), (hear, tell) = os.pipe(), os.pipe()
        self._pid = os.fork()
        if not self._pid:
            os.close(say)
            os.close(hear)
            _work(told, tell, as2=as2)
        os.close(told)
        os.close(tell)
        self.stdin, self.stdout = os.fdopen(say, "wb"), os.fdopen(hear, "rb")

    def wait(self, seconds: float = 0.0) -> None:
        """Wait until it has ended. TimeoutExpired where it has not for so long; 0 waits for ever."""
        until = time.monotonic() + seconds
        while os.waitpid(self._pid, os.WNOHANG if seconds else 0) == (0, 0):
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(AS2, seconds)
            time.sleep(_SECONDS_BETWEEN)

    def kill(self) -> None:
        """End it at once."""
        os.kill(self._pid, signal.SIGKILL)


def _work(told: int, tell: int, *, as2: bool) -> NoReturn:
    """Be the service, in the copy: nothing of what this process was about goes on in it, however it ends."""
    # Where this fails, whoever waits for its address hears that there is none.
    with contextlib.suppress(BaseException):
        os.setsid()
        os.environ[_NOBODY[0]] = _NOBODY[1]
        null = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        from gateway.conformance.exchange.served import serve  # noqa: PLC0415 - not before who asked can go on

        serve(os.fdopen(told, "rb"), os.fdopen(tell, "wb"), as2=as2)
    os._exit(1)
