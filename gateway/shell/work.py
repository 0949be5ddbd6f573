"""The work on one submission that costs time: reading, mapping, judging, writing answers.

Plain data in, plain data out, so that it can be done in another process. Nothing here
touches the ledger, a socket or a key: what it gives is signed and committed by whoever
asked. The classes that go there and back have no slots: with them, what is frozen is written and
read field by field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from gateway.finding import Answer, Disposition, Finding, Layer
from gateway.flow.again import notices
from gateway.flow.decide import (
    Policy,
    accepts,
    customs,
    duplicate,
    refusal,
    relax,
    technical,
    twice,
    undecided,
    unmapped,
)
from gateway.flow.forward import forward, keys_of
from gateway.flow.heard import heard
from gateway.flow.located import located
from gateway.flow.translate import Tables, Taken, load_tables, take
from gateway.formats import formats
from gateway.mapping import Translation
from gateway.rules.views import view_of
from gateway.shell.ledger_heard import Match
from gateway.specs import Limits
from gateway.tree import Envelope, Interchange, Transaction

PROBLEM = "application/problem+json"
NAME_CHARS_MAX = 256

# The sender's own number for an interchange, where a standard says that it is not used twice.
IDENTITY = {
    "x12": ("ISA-13", "x12.envelope/ISA-13/envelope/duplicate"),
    "edifact": ("UNB:0020", "edifact.envelope/UNB:0020/sequence/duplicate"),
}


@dataclass(frozen=True, kw_only=True)
class Route:
    """An endpoint, as far as translating for it needs."""

    endpoint: str
    target: str
    messages: tuple[str, ...] = ()
    sender: str = ""
    receiver: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ReadJob:
    """Bytes to be read and judged for a partner.

    `numbers` are control numbers that this job may use up: one for the technical answer,
    one for each transaction. `correlation` is the beginning of the key that comes back
    with an answer. `first` names the submission that had the same control number.
    """

    data: bytes
    format: str
    policy: Policy
    limits: Limits
    routes: Sequence[Route]
    numbers: range
    correlation: str
    name: str
    options: Mapping[str, str]
    at: str
    first: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer's bytes and what they say.

    `attests` is how far it goes: `syntax`, `accepted` for processing, or `customs`. `open`: customs
    answered and has not decided.
    """

    data: bytes
    media_type: str
    accepted: bool
    attests: str = "syntax"
    open: bool = False

    @property
    def outcome(self) -> str:
        """The word for a receipt: accepted, rejected or pending."""
        return "pending" if self.open else "accepted" if self.accepted else "rejected"


@dataclass(frozen=True, kw_only=True)
class PartRead:
    """What became of one transaction; `forward` None: it is refused, and `reply` says so.

    `found` is what forwarding found, beside what reading had found.
    """

    idx: int
    message: str = ""
    version: str = ""
    control: str = ""
    number: str = ""
    correlation: str = ""
    keys: Sequence[str] = ()
    action: str = ""
    endpoint: str = ""
    target: str = ""
    entry: bytes | None = None
    forward: bytes | None = None
    reply: Reply | None = None
    summary: Mapping[str, Any] = field(default_factory=dict)
    found: Sequence[Finding] = ()


@dataclass(frozen=True, kw_only=True)
class ReadDone:
    """What reading gave. `wanted` is how many control numbers it takes; too few: nothing else is set."""

    wanted: int
    format: str = ""
    sender: str = ""
    receiver: str = ""
    control: str = ""
    identity: str = ""
    findings: bytes = b"[]"
    technical: Reply | None = None
    parts: Sequence[PartRead] = ()


@dataclass(frozen=True, kw_only=True)
class AnswerJob:
    """A business acknowledgement to be written in the sender's format.

    `said` are dispositions as plain JSON; `refused` is a reason of ours instead of them. `heard` is
    the message that said so and `sent` what it answers, where it may tell the place of a fault. `noted` is
    what we have to say beside it.
    """

    data: bytes
    format: str
    limits: Limits
    idx: int
    said: Sequence[Mapping[str, str]]
    refused: str
    control: int
    name: str
    options: Mapping[str, str]
    at: str
    heard: bytes = b""
    sent: bytes = b""
    noted: Sequence[Finding] = ()


@cache
def tables() -> Tables:
    """Load the tables once in each process."""
    return load_tables()


def loaded() -> bool:
    """Load the tables now, so that the first submission does not wait for them."""
    return bool(tables())


def checked() -> bool:
    """Compile every mapping. Raises `MappingError` or `SpecError` for the first that is wrong."""
    tables().mappings.check()
    return True


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
    reply = _write(job, interchange, technical(own), job.numbers[0])
    translations = {id(one.transaction): one for one in taken.translations}
    mapped = [translations.get(id(transaction)) for transaction in interchange.transactions]
    contents = [one.json if one is not None else b"" for one in mapped]
    again = twice(contents, interchange.format, job.policy)
    parts = [_part(job, interchange, idx, one, own, again, contents[idx]) for idx, one in enumerate(mapped)]
    found = (*relax((*extra, *taken.findings), job.policy), *(one for part in parts for one in part.found))
    if not parts:
        parts = [PartRead(idx=0)]
    if reply is None and not accepts(own):
        reply = _problem(found)
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
        findings=_json([finding.as_json() for finding in found]),
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
        findings=_json([finding.as_json() for finding in found]),
        technical=_problem(found),
        parts=[PartRead(idx=0)],
    )


def over_budget(job: ReadJob, reason: str) -> ReadDone:
    """Refuse what could not be read within the limits of time and memory."""
    finding = Finding(code="limit/work/exceeded", message=reason, layer=Layer.SYNTAX)
    return ReadDone(
        wanted=2,
        format=job.format,
        findings=_json([finding.as_json()]),
        technical=_problem([finding]),
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
    reply = _write(job, _only(interchange, idx), answered, job.numbers[1 + idx]) or _problem(business)
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


def _only(interchange: Interchange, idx: int) -> Interchange:
    """Give the interchange with one transaction, for an answer that speaks of that one alone."""
    return replace(interchange, transactions=[interchange.transactions[idx]])


def _here(findings: Sequence[Finding], idx: int) -> list[Finding]:
    """Give the findings of one transaction, as that of an interchange that has no other."""
    return [replace(one, transaction=0) for one in findings if one.transaction in {None, idx}]


def _write(job: ReadJob | AnswerJob, interchange: Interchange, answer: Answer, control: int) -> Reply | None:
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


def _problem(findings: Sequence[Finding]) -> Reply:
    """Refuse where the sender's own format has no answer for it, or no format is known."""
    plain = {
        "type": "about:blank",
        "title": "The submission was refused",
        "status": 422,
        "errors": [finding.as_json() for finding in findings],
    }
    return Reply(data=_json(plain), media_type=PROBLEM, accepted=False)


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
    reply = _write(job, _only(interchange, job.idx), what, job.control) or _plain_answer(what)
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


def _plain_answer(what: Answer) -> Reply:
    """Say it in JSON where the sender's format has no way to."""
    plain = {
        "accepted": what.accepted,
        "dispositions": [one.as_json() for one in what.dispositions],
        "errors": [finding.as_json() for finding in what.findings],
    }
    return Reply(data=_json(plain), media_type="application/json", accepted=what.accepted)


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


_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=str).encode


def _json(value: object) -> bytes:
    text = _ENCODE(value)
    # A lone surrogate stands for a byte that was no UTF-8; in JSON it is written as its escape.
    return text.encode("utf-8", "backslashreplace")


def _name(text: str) -> str:
    """Give a stranger's text as something that can be stored and shown: UTF-8, not too long."""
    return text.encode("utf-8", "backslashreplace").decode()[:NAME_CHARS_MAX]
