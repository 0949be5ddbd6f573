"""What is not acknowledged yet goes first: a press of senders holds other work back, and never stops it."""

from __future__ import annotations

import asyncio
import contextlib
import math

from gateway.shell.core import PRESSED
from gateway.shell.work_names import READ
from tests.shell.running import JSON, entry, running


def test_so_many_arrivals_at_a_time_are_a_press(tmp_path):
    """One sender fewer than the bound is none."""

    async def test():
        async with running(tmp_path) as here:
            with contextlib.ExitStack() as stack:
                for _ in range(PRESSED - 1):
                    stack.enter_context(here.core.arrival())
                assert not here.core.pressed
                stack.enter_context(here.core.arrival())
                assert here.core.pressed
            assert here.core.arriving == 0

    asyncio.run(test())


def test_in_a_press_one_submission_is_read_at_a_time(tmp_path, monkeypatch):
    """All are read in the end, each when the one before it is done."""
    at_once, most = 0, 0

    async def test():
        nonlocal at_once, most
        async with running(tmp_path) as here:
            run = here.core.pool.run

            async def counted(function, *args):
                nonlocal at_once, most
                if function is not READ:
                    return await run(function, *args)
                at_once += 1
                most = max(most, at_once)
                try:
                    return await run(function, *args)
                finally:
                    at_once -= 1

            monkeypatch.setattr(here.core.pool, "run", counted)
            here.core.pressed_at = math.inf
            answers = await asyncio.gather(
                *(here.post(entry(f"Q7Z000104{turn:02d}"), JSON) for turn in range(10))
            )
            assert {status for status, _, _ in answers} == {202}
            await here.until(lambda: here.core.counts["read"] == 10)
            assert most == 1

    asyncio.run(test())
