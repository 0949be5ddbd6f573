"""Carries out the effect `renew`: what ACE answered without doing anything goes out once more.

It gets a control number of its own, as the endpoint knows the old one and would answer the same.
Whether it goes out again is decided in `gateway/flow/again.py`.
"""

from __future__ import annotations

from datetime import timedelta

from gateway.shell import ledger_query
from gateway.shell.clock import rfc3339
from gateway.shell.core import Core
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_again import renewed
from gateway.shell.ledger_flow import Ref, finish
from gateway.shell.ledger_query import Ask, Waiting
from gateway.shell.pipeline import Turn
from gateway.shell.work_jobs import AgainJob, Route
from gateway.shell.work_names import RENEW


class Renewal:
    """The handler, over one core."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def bring(self, ask: Ask, row: Waiting) -> bytes | None:
        """Read what was sent."""
        part = ledger_query.part_row(ask, row.submission, row.idx)
        if part is None or not part["forwarded"]:
            return None
        return self._core.ledger.bodies.load(ask, bytes(part["forwarded"]))

    async def renew(self, row: Waiting, turn: Turn) -> None:
        """Write the message under a new number and queue it, for later where it has to wait."""
        core = self._core
        data = turn.brought or await core.ledger.read(lambda ask: self.bring(ask, row))
        if not data:
            raise LookupError(row.submission)
        name = row.lane.split("/", 1)[0]
        endpoint = core.config.endpoints[name]
        (number,) = await core.numbers.take(1)
        correlation = f"GW{core.instance}{number:011d}"
        now = core.clock.now()
        pause = endpoint.retry.answered_seconds if row.data.get("later") else 0.0
        job = AgainJob(
            data=data,
            route=Route(
                endpoint=name,
                target=endpoint.target,
                sender=endpoint.sender,
                receiver=endpoint.receiver,
                options=endpoint.envelope,
            ),
            number=number,
            correlation=correlation,
            name=core.config.name,
            at=rfc3339(now + timedelta(seconds=pause)),
        )
        body = await core.body(await core.pool.run(RENEW, job))
        ref, next_at = Ref(row.submission, row.idx, row.partner), core.clock.seconds() + pause

        def keep(tx: Transaction) -> bool:
            if not finish(tx, row.id):
                return False
            renewed(tx, ref, number, correlation, body, next_at if pause else 0.0)
            return True

        await turn.settle(keep)
        core.counts["renewed"] += 1
