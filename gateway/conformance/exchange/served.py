"""A service of ours with nothing behind it, in a process of its own: `own.py` starts it.

The first line of standard input is the certificate of who talks AS2 with it, as a JSON text, "" for no AS2. It
prints its address and works until standard input ends, which it does with the process that asked for it, however
that ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path

from gateway.shell.memory import search_seldom

_SETTINGS = """
name: GATEWAY
log: gateway.local/receipts
store: {{path: {folder}/gateway.sqlite}}
keys: {{folder: {folder}/keys, rsa_bits: 2048}}
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


async def _serve(folder: Path, certificates: str) -> None:
    """Serve until standard input ends. Without AS2 there is no key of RSA, which takes longer to make than the rest."""
    from gateway.shell.config_file import parse_config  # noqa: PLC0415
    from gateway.shell.server import start_gateway  # noqa: PLC0415

    (folder / "tester.pem").write_text(certificates, encoding="ascii")
    settings = _SETTINGS + (_PARTNERSHIP if certificates else "")
    gateway = await start_gateway(parse_config(settings.format(folder=folder)), host="127.0.0.1", port=0)
    try:
        sys.stdout.write(f"{gateway.url}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
    finally:
        await gateway.stop()


def main() -> None:
    """Run it in a folder that goes away with it."""
    search_seldom()
    from gateway.shell import loop  # noqa: PLC0415 - what loads from here on stays

    with tempfile.TemporaryDirectory(prefix="gateway-conformance-") as folder:
        loop.run(_serve(Path(folder), json.loads(sys.stdin.readline())))
    # Nothing is left to do, and to take so many modules apart takes longer than to stop.
    os._exit(0)


if __name__ == "__main__":
    main()
