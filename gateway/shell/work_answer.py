"""The answers that work gives: technical ones while it reads, and what customs said in the sender's own format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.finding import Answer, Disposition, Finding, Layer
from gateway.flow.again import notices
from gateway.flow.decide import customs, refusal, undecided
from gateway.flow.located import located
from gateway.flow.translate import take
from gateway.formats import formats
from gateway.shell.work_jobs import AnswerJob, ReadJob, Reply
from gateway.shell.work_plain import plain_bytes
from gateway.shell.work_tables import tables
from gateway.tree import Envelope, Interchange


def answer(job: AnswerJob) -> Reply:
    """Write the business acknowledgement of one transaction."""
    said = [Disposition(**one) for one in job.said]
    if job.refused:
        finding = Finding(
            code="profile/forwarding/operator/skipped",
            message=f"not forwarded: {job.refused}",
            layer=Layer.PROFILE,
            transaction=0,
        )
        what = refusal([finding])
    else:
        what = _placed(job, said)
        told = (*what.dispositions, *notices(job.noted, said))
        what = replace(what, findings=(*what.findings, *job.noted), dispositions=told)
    interchange = formats()[job.format].read(job.data, tables().specs, job.limits)
    reply = written(job, only(interchange, job.idx), what, job.control) or _plain_answer(what)
    if job.refused:
        return replace(reply, attests="accepted")
    return replace(reply, attests="customs", open=undecided(said))


def _placed(job: AnswerJob, said: Sequence[Disposition]) -> Answer:
    """Pass on what customs said; what it found wrong at the submitter's own place, where there is one."""
    what = customs(said)
    if what.accepted or not job.heard or not job.sent:
        return what
    taken = take(job.data, tables(), job.limits, job.format)
    interchange = taken.interchange
    transactions = interchange.transactions if interchange is not None else []
    own = next(
        (
            one
            for one in taken.translations
            if job.idx < len(transactions) and one.transaction is transactions[job.idx]
        ),
        None,
    )
    if own is None:
        return what
    found = located(job.heard, said, job.sent, own, tables(), job.limits)
    left = tuple(one for turn, one in enumerate(said) if turn not in found)
    return replace(what, findings=tuple(found.values()), dispositions=left)


def written(job: ReadJob | AnswerJob, interchange: Interchange, answer: Answer, control: int) -> Reply | None:
    """Write an answer in the sender's format, None where that has none to give."""
    envelope = Envelope(
        sender=interchange.receiver or job.name,
        receiver=interchange.sender,
        control=control,
        at=job.at,
        options=job.options,
    )
    form = formats()[interchange.format]
    data = form.acknowledge(interchange, answer, envelope, tables().specs)
    return Reply(data=data, media_type=form.media_type, accepted=answer.accepted) if data else None


def only(interchange: Interchange, idx: int) -> Interchange:
    """Give the interchange with one transaction, for an answer that speaks of that one alone."""
    return replace(interchange, transactions=[interchange.transactions[idx]])


def _plain_answer(what: Answer) -> Reply:
    """Say it in JSON where the sender's format has no way to."""
    plain = {
        "accepted": what.accepted,
        "dispositions": [one.as_json() for one in what.dispositions],
        "errors": [finding.as_json() for finding in what.findings],
    }
    return Reply(data=plain_bytes(plain), media_type="application/json", accepted=what.accepted)
