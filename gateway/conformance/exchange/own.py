"""Our own service, for the exchange cases of the library: on a free port, with nothing behind it.

Lives here: starting it when the first case needs it, or when it is known that one will, and stopping it. It is a
process of its own (`begun.py`, `served.py`) and comes up while this one does other things. One that does AS2 is
another than one that does not.
"""

from __future__ import annotations

import contextlib
import json
import select
import threading
from functools import cached_property
from subprocess import TimeoutExpired
from typing import IO, TYPE_CHECKING, cast

from gateway.conformance.alone import alone
from gateway.conformance.exchange.begun import Copy, anew

if TYPE_CHECKING:
    from subprocess import Popen

    from gateway.conformance.connection import Connections
    from gateway.conformance.exchange.as2 import Talk
    from gateway.signing import Key

_SECONDS_MAX = 60.0
_AS2 = "exchange.as2"


class DownError(Exception):
    """Our own service does not come up: a full disk, no more processes."""


class Own:
    """A gateway in a process of its own, which is started at once."""

    def __init__(self, process: Popen[bytes] | Copy, *, as2: bool) -> None:
        """Talk with a service that has begun, and do not wait for it."""
        self._process = process
        self._calls: Connections | None = None
        if as2:
            threading.Thread(target=self._introduce, daemon=True).start()

    def _introduce(self) -> None:
        """Tell it who will talk AS2 with it; to make a key of RSA takes so long that nobody shall wait for it here."""
        # One that is gone already does not come up, which is told elsewhere; of one that was stopped nobody asks (ValueError).
        with contextlib.suppress(OSError, ValueError):
            self._input.write(json.dumps(_tester().certificates.decode("ascii")).encode() + b"\n")
            self._input.flush()

    @property
    def _input(self) -> IO[bytes]:
        return cast("IO[bytes]", self._process.stdin)

    @cached_property
    def url(self) -> str:
        """The base address, when it is there. DownError where it does not come up."""
        output = cast("IO[bytes]", self._process.stdout)
        ready, _, _ = select.select([output], [], [], _SECONDS_MAX)
        url = output.readline().decode().strip() if ready else ""
        if not url:
            raise DownError("our own service does not start")
        return url

    def stop(self) -> None:
        """Stop it."""
        self._hang_up()
        # Not until its output ends: what it started for its work has that, too, and takes itself apart at leisure.
        with contextlib.suppress(OSError):
            self._input.close()
        cast("IO[bytes]", self._process.stdout).close()
        try:
            self._process.wait(_SECONDS_MAX)
        except TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hang_up(self) -> None:
        """Close the connections of the talk before."""
        if self._calls is not None:
            self._calls.close()
            self._calls = None

    def talk(self, seconds: float) -> Talk:
        """Give a partnership with it by AS2."""
        from gateway.conformance.connection import Connections  # noqa: PLC0415 - not before it is started
        from gateway.conformance.exchange.as2 import partnership  # noqa: PLC0415

        self._hang_up()
        self._calls = Connections(self.url, seconds, None)
        return partnership(self._calls.call, self.url, {"from": "TESTER", "to": "GATEWAY"}, _tester())


def _tester() -> Key:
    from gateway.conformance.exchange.as2 import own_key  # noqa: PLC0415 - only AS2 needs what it is made with
    from gateway.signing import Purpose  # noqa: PLC0415

    return own_key(Purpose.CMS)


_RUNNING: dict[bool, Own] = {}


def own(*, as2: bool = False) -> Own:
    """Give the service of this process, or the one that does AS2. DownError where there can be no process."""
    if as2 not in _RUNNING:
        try:
            _RUNNING[as2] = Own(anew(as2=as2), as2=as2)
        except OSError as error:
            raise DownError(f"our own service does not start: {error.strerror}") from error
    return _RUNNING[as2]


def expect(case_id: str) -> None:
    """Start the service that a case will ask, if it asks one: it comes up while other things are done.

    The first of a process without other threads is a copy of it: for a command that has only begun.
    """
    suite = case_id.partition("/")[0]
    as2 = suite == _AS2
    if not suite.startswith("exchange.") or as2 in _RUNNING:
        return
    # Where it does not start, the case that asks it tells so.
    with contextlib.suppress(DownError, OSError):
        if alone() and not _RUNNING:
            _RUNNING[as2] = Own(Copy(as2=as2), as2=as2)
        else:
            own(as2=as2)


def close() -> None:
    """Stop the services of this process, where there are any."""
    while _RUNNING:
        _RUNNING.popitem()[1].stop()
