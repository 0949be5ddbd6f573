"""The work on a message that is sent again after an answer: the same content in an envelope of its own."""

from __future__ import annotations

from gateway.flow.forward import again
from gateway.shell.work_jobs import AgainJob
from gateway.shell.work_tables import tables
from gateway.tree import Envelope


def renew(job: AgainJob) -> bytes:
    """Write what was sent with another control number and correlation."""
    envelope = Envelope(
        sender=job.route.sender or job.name,
        receiver=job.route.receiver,
        control=job.number,
        at=job.at,
        options={**job.route.options, "correlation": job.correlation},
    )
    return again(job.data, job.route.target, envelope, tables()).data
