"""Whether the ledger takes work: what `/readyz` asks."""

from __future__ import annotations

import hashlib
import secrets

from gateway.shell.bodies import Body, put
from gateway.shell.ledger import Ledger, LedgerUnavailable

PROBE_BYTES_MIN = 64 * 1024
PROBE_BYTES_MAX = 4 * 1024 * 1024
"""Of random bytes, which no database makes shorter."""


async def takes_work(ledger: Ledger) -> bool:
    """Tell whether content would be kept if it came now.

    An empty commit may go well where tables have no room to grow. So once content was not kept, as
    much of it is written and taken away again, until that goes well.
    """
    try:
        if not ledger.refused_bytes:
            await ledger.write(lambda tx: tx.connection.execute("SELECT 1").fetchone())
            return True
        data = secrets.token_bytes(min(max(ledger.refused_bytes, PROBE_BYTES_MIN), PROBE_BYTES_MAX))
        body = Body(hashlib.sha256(data).digest(), len(data), data, None)
        await ledger.write(lambda tx: put(tx.connection, body), len(data))
        await ledger.write(
            lambda tx: tx.connection.execute("DELETE FROM body WHERE digest = ?", (body.digest,)).rowcount
        )
    except LedgerUnavailable:
        return False
    return True
