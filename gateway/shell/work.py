"""The work on one submission that costs time: reading, mapping, judging; `work_answer.py` writes the answers.

Plain data in, plain data out (`work_jobs.py`), so that it can be done in another process. Nothing here
touches the ledger, a socket or a key: what it gives is signed and committed by whoever asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.finding import Finding, Layer
from gateway.flow.decide import accepts, duplicate, refusal, relax, technical, twice, unmapped
from gateway.flow.forward import forward, keys_of
from gateway.flow.heard import heard
from gateway.flow.translate import Taken, take
from gateway.mapping import Translation
from gateway.rules.views import view_of
from gateway.shell.ledger_heard import Match
from gateway.shell.work_answer import only, written
from gateway.shell.work_jobs import PartRead, ReadDone, ReadJob, Route
from gateway.shell.work_plain import plain_bytes, problem
from gateway.shell.work_tables import tables
from gateway.specs import Limits
from gateway.tree import Envelope, Interchange, Transaction

NAME_CHARS_MAX = 256

# The sender's own number for an interchange, where a standard says that it is not used twice.
IDENTITY = {
    "x12": ("ISA-13", "x12.envelope/ISA-13/envelope/duplicate"),
    "edifact": ("UNB:0020", "edifact.envelope/UNB:0020/sequence/duplicate"),
}


def read(job: ReadJob) -> ReadDone:
    """Read, map, judge and translate one interchange, and write every answer that is due at once."""
    taken = _take(job)
    interchange = taken.interchange
    wanted = 1 + max(1, len(interchange.transactions) if interchange is not None else 1)
    if wanted > len(job.numbers):
        return ReadDone(wanted=wanted)
    if interchange is None:
        return _unreadable(job, taken)
    extra = _duplicate(job, interchange)
    own = relax((*extra, *_own_findings(interchange)), job.policy)
    reply = written(job, interchange, technical(own), job.numbers[0])
    translations = {id(one.transaction): one for one in taken.translations}
    mapped = [translations.get(id(transaction)) for transaction in interchange.transactions]
    contents = [one.json if one is not None else b"" for one in mapped]
    again = twice(contents, interchange.format, job.policy)
    parts = [_part(job, interchange, idx, one, own, again, contents[idx]) for idx, one in enumerate(mapped)]
    found = (*relax((*extra, *taken.findings), job.policy), *(one for part in parts for one in part.found))
    if not parts:
        parts = [PartRead(idx=0)]
    if reply is None and not accepts(own):
        reply = problem(found)
    number = interchange.control if interchange.format in IDENTITY else ""
    return ReadDone(
        wanted=wanted,
        format=interchange.format,
        sender=_name(interchange.sender),
        receiver=_name(interchange.receiver),
        control=_name(interchange.control),
        identity=_name(f"{interchange.format}/{interchange.sender}/{interchange.receiver}/{number}")
        if number
        else "",
        findings=plain_bytes([finding.as_json() for finding in found]),
        technical=reply,
        parts=parts,
    )


def _take(job: ReadJob) -> Taken:
    day = datetime.fromisoformat(job.at).date()
    return take(job.data, tables(), job.limits, job.format, on=day, profile=job.options)


def _own_findings(interchange: Interchange) -> tuple[Finding, ...]:
    """Give what the format itself says: the envelope's findings, then each transaction's with its index."""
    inner = (
        replace(one, transaction=idx)
        for idx, transaction in enumerate(interchange.transactions)
        for one in transaction.findings
    )
    return (*interchange.findings, *inner)


def _unreadable(job: ReadJob, taken: Taken) -> ReadDone:
    found = relax(taken.findings, job.policy)
    return ReadDone(
        wanted=2,
        format=taken.format,
        findings=plain_bytes([finding.as_json() for finding in found]),
        technical=problem(found),
        parts=[PartRead(idx=0)],
    )


def _duplicate(job: ReadJob, interchange: Interchange) -> tuple[Finding, ...]:
    if not job.first or interchange.format not in IDENTITY:
        return ()
    place, code = IDENTITY[interchange.format]
    return (duplicate(interchange.control, job.first, place, code, job.policy),)


def _part(
    job: ReadJob,
    interchange: Interchange,
    idx: int,
    translation: Translation | None,
    own: Sequence[Finding],
    again: Sequence[Finding],
    entry: bytes,
) -> PartRead:
    transaction = interchange.transactions[idx]
    name = f"{interchange.format}/{transaction.message}"
    route = _route(job, name)
    part = _described(idx, transaction, translation, route, entry)
    if not accepts(one for one in own if one.transaction in {None, idx}):
        return part  # the technical answer says it all
    business = list(relax(translation.findings, job.policy)) if translation is not None else []
    known = len(business)
    business += [one for one in again if one.transaction == idx]
    if translation is None or route is None:
        business.append(_no_way(name, idx, "mapping" if translation is None else "endpoint"))
    elif job.policy.unmapped == "refuse":
        business += unmapped([(leaf.address, leaf.text) for leaf in translation.unmapped], job.policy)
    if translation is not None and route is not None and accepts(business):
        number = job.numbers[1 + idx]
        correlation = f"{job.correlation}{number:011d}"
        data, found = _forward(job, route, translation, number, correlation)
        business += [replace(one, transaction=idx) for one in found]
        if accepts(found):
            keys = (*part.keys, f"control/{number}")
            return replace(part, correlation=correlation, keys=keys, forward=data, found=business[known:])
    answered = refusal(_here(business, idx))
    reply = written(job, only(interchange, idx), answered, job.numbers[1 + idx]) or problem(business)
    # Customs has said nothing yet: this is our own refusal to process.
    return replace(part, reply=replace(reply, attests="accepted"), found=business[known:])


def _described(
    idx: int, transaction: Transaction, translation: Translation | None, route: Route | None, content: bytes
) -> PartRead:
    part = PartRead(
        idx=idx,
        message=_name(transaction.message),
        version=_name(transaction.version),
        control=_name(transaction.control),
        endpoint=route.endpoint if route is not None else "",
        target=route.target if route is not None else "",
    )
    if translation is None:
        return part
    entry = view_of(translation.plain)
    return replace(
        part,
        number=_name(entry.number or ""),
        keys=[_name(key) for key in keys_of(translation)],
        action=(entry.filing.action or "") if entry.filing is not None else "",
        entry=content,
        summary={
            "bills": len(entry.bills),
            "lines": len(entry.lines),
            "specs": [translation.mapping.spec.id, *_target_spec(route)],
        },
    )


def _target_spec(route: Route | None) -> list[str]:
    target = tables().mappings.target(route.target) if route is not None else None
    return [target.spec.id] if target is not None else []


def _forward(
    job: ReadJob, route: Route, translation: Translation, number: int, correlation: str
) -> tuple[bytes, tuple[Finding, ...]]:
    envelope = Envelope(
        sender=route.sender or job.name,
        receiver=route.receiver,
        control=number,
        at=job.at,
        options={**route.options, "correlation": correlation},
    )
    sent = forward(translation, route.target, envelope, tables())
    return sent.data, sent.findings


def _route(job: ReadJob, message: str) -> Route | None:
    return next((route for route in job.routes if not route.messages or message in route.messages), None)


def _no_way(message: str, idx: int, what: str) -> Finding:
    text = {
        "mapping": "no mapping carries this message to an entry",
        "endpoint": "no endpoint takes this message from this partner",
    }
    return Finding(
        code=f"profile/{message}/{what}/absent",
        message=text[what],
        layer=Layer.PROFILE,
        actual=message,
        transaction=idx,
    )


def _here(findings: Sequence[Finding], idx: int) -> list[Finding]:
    """Give the findings of one transaction, as that of an interchange that has no other."""
    return [replace(one, transaction=0) for one in findings if one.transaction in {None, idx}]


def hear(data: bytes, limits: Limits) -> list[Match]:
    """Read what an endpoint said: which transactions of ours it is about, and what it says."""
    taken = take(data, tables(), limits)
    return [
        Match(
            keys=[_name(key) for key in one.keys],
            accepted=one.accepted,
            dispositions=[said.as_json() for said in one.dispositions],
            message=_name(one.message),
            codes=[_name(code) for code in one.codes],
        )
        for one in heard(taken, tables())
    ]


def _name(text: str) -> str:
    """Give a stranger's text as something that can be stored and shown: UTF-8, not too long."""
    return text.encode("utf-8", "backslashreplace").decode()[:NAME_CHARS_MAX]
