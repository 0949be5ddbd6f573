"""Our own service, for the exchange cases of the library: in this process, on a free port, with nothing behind it.

Lives here: starting it when the first case needs it, and stopping it when the process ends. One that does AS2 is
another service than one that does not: its keys are of RSA, which take longer to make than all the rest.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import sys
import tempfile
import threading
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.connection import Connections

if TYPE_CHECKING:
    from types import FrameType

    from gateway.conformance.exchange.as2 import Talk
    from gateway.shell.server import Gateway
    from gateway.signing import Key

_SECONDS_MAX = 60.0
_SETTINGS = """
name: GATEWAY
log: gateway.local/receipts
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys, rsa_bits: 2048}}
work: {{processes: 0}}
partners:
  LOCAL:
    anonymous: true
    operator: true
    webhook_hosts: [127.0.0.1]
    webhook_private: true
"""
_PARTNERSHIP = """
    as2: {{name: TESTER, certificates: [{folder}/tester.pem]}}
as2: {{name: GATEWAY}}
"""


class Own:
    """A gateway with a loop of its own in a thread. `url` is its base address."""

    def __init__(self, *, as2: bool) -> None:
        """Start it; OSError or RuntimeError where it does not."""
        self._as2 = as2
        self._folder = Path(tempfile.mkdtemp(prefix="gateway-conformance-"))
        self._loop = asyncio.new_event_loop()
        self._gateway: Gateway | None = None
        self._calls: Connections | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_SECONDS_MAX)

    async def _start(self) -> None:
        from gateway.shell.config_file import parse_config  # noqa: PLC0415 - only these cases need a service
        from gateway.shell.server import start_gateway  # noqa: PLC0415

        settings = _SETTINGS
        if self._as2:
            settings += _PARTNERSHIP.lstrip("\n")
            (self._folder / "tester.pem").write_bytes(_tester().certificates)
        config = parse_config(settings.format(folder=self._folder))
        self._gateway = await start_gateway(config, host="127.0.0.1", port=0)

    @property
    def url(self) -> str:
        """The base address."""
        return self._gateway.url if self._gateway is not None else ""

    def stop(self) -> None:
        """Stop it and take its folder away."""
        self._hang_up()
        if self._gateway is not None:
            asyncio.run_coroutine_threadsafe(self._gateway.stop(), self._loop).result(_SECONDS_MAX)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS_MAX)
        self.forget()

    def forget(self) -> None:
        """Take its folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hang_up(self) -> None:
        """Close the connections of the talk before."""
        if self._calls is not None:
            self._calls.close()
            self._calls = None

    def talk(self, seconds: float) -> Talk:
        """Give a partnership with it by AS2."""
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
    """Give the service of this process, or the one that does AS2."""
    if as2 in _RUNNING:
        return _RUNNING[as2]
    # What it has to say of its work is no part of a verdict.
    logging.getLogger("gateway").addHandler(logging.NullHandler())
    service = _RUNNING[as2] = Own(as2=as2)
    # A process of a pool can still stop its threads when it ends, the first process cannot.
    Finalize(None, close if parent_process() is not None else service.forget, exitpriority=10)
    main = threading.current_thread() is threading.main_thread()
    if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _end)
    return service


def close() -> None:
    """Stop the services of this process, where there are any."""
    while _RUNNING:
        _RUNNING.popitem()[1].stop()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End in order: a pool ends its workers by this signal."""
    sys.exit(0)
