"""A message that a process was sending when it ended goes out from the next one at once."""

from __future__ import annotations

import contextlib
import sqlite3

from tests.shell.as2_partner import Partner
from tests.shell.running import entry
from tests.shell.test_as2 import go
from tests.shell.test_as2_out import gateway_of, in_state


def test_what_was_claimed_by_a_process_that_is_gone_is_sent(tmp_path) -> None:
    """A claim with an hour to go does not hold a message back after a restart; its id and bytes are the same."""

    async def test():
        partner = await Partner().start()
        try:
            partner.statuses = [503] * 1000
            async with gateway_of(tmp_path, partner) as gateway:
                await partner.delivered(gateway, entry())
                left = await in_state(gateway, "ready", 2)
            with contextlib.closing(sqlite3.connect(tmp_path / "g.sqlite")) as connection:
                connection.execute("UPDATE as2_out SET next_at = next_at + 3600 WHERE state = 'ready'")
                connection.commit()
            partner.statuses = []
            async with gateway_of(tmp_path, partner) as gateway:
                await in_state(gateway, "done", 2)
            wire = [asked.message_id for asked, _, _, _ in partner.messages]
            assert sorted(wire) == sorted(row["message_id"] for row in left)
        finally:
            await partner.stop()

    go(test())
