"""A service of ours with nothing behind it, in a process of its own: `begun.py` starts it.

Where it does AS2, the first line that it is told is the certificate of who talks with it, as a JSON text. It tells its
address and works until nobody can tell it more, which is so when the process that asked for it ends, however that ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

from gateway.conformance.exchange.begun import AS2
from gateway.shell.memory import search_seldom

_RSA_BITS = 2048
_SETTINGS = """
name: GATEWAY
log: gateway.local/receipts
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys, rsa_bits: {rsa_bits}}}
work: {{processes: 0}}
webhooks: {{first_seconds: 0.05}}
partners:
  LOCAL:
    anonymous: true
    operator: true
    webhook_hosts: [127.0.0.1]
    webhook_private: true
"""
_PARTNERSHIP = """\
    as2: {{name: TESTER, certificates: [{folder}/tester.pem]}}
as2: {{name: GATEWAY}}
"""


async def _serve(folder: Path, *, as2: bool, told: IO[bytes], tell: IO[bytes]) -> None:
    """Serve until nobody can tell it more. Without AS2 there is no key of RSA, which takes longer to make than others.

    Its tables are those of who asks, which is told what is wrong with them; many cases need none of them.
    """
    from gateway.shell.config_file import parse_config  # noqa: PLC0415
    from gateway.shell.server import start_gateway  # noqa: PLC0415

    settings = _SETTINGS
    if as2:
        settings += _PARTNERSHIP
        certificates = await asyncio.to_thread(told.readline)
        (folder / "tester.pem").write_text(json.loads(certificates), encoding="ascii")
    config = parse_config(settings.format(folder=folder, rsa_bits=_RSA_BITS))
    gateway = await start_gateway(config, host="127.0.0.1", port=0, warm=False)
    tell.write(f"{gateway.url}\n".encode())
    tell.flush()
    await asyncio.to_thread(told.read)
    # Who asked waits for the end of this process, and nothing of what it has in work outlives its folder.
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def serve(told: IO[bytes], tell: IO[bytes], *, as2: bool) -> None:
    """Run it in a folder that goes away with it."""
    search_seldom()
    with tempfile.TemporaryDirectory(prefix="gateway-conformance-") as folder:
        from gateway.shell import loop  # noqa: PLC0415 - what loads from here on stays

        loop.run(_serve(Path(folder), as2=as2, told=told, tell=tell))


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer, as2=AS2 in sys.argv[1:])
