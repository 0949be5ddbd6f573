"""Carries out what needs no endpoint: reading a submission, relating an answer, acknowledging.

Every function reads what is stored, has the work done in the pool, signs, and hands one
operation to the ledger. Choices are in `gateway/flow/`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from gateway.shell import ledger_heard, ledger_process, ledger_query
from gateway.shell.answer_forms import sealed
from gateway.shell.bodies import Body
from gateway.shell.clock import rfc3339
from gateway.shell.config import Partner
from gateway.shell.core import Core, Origin
from gateway.shell.delivery import sharing
from gateway.shell.evidence import NOTHING, Evidence, counted, evidence, stored_evidence
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_again import Retries, noted
from gateway.shell.ledger_flow import Ref
from gateway.shell.ledger_intake import PartDone, Processed, Settled
from gateway.shell.ledger_query import Ask, Waiting
from gateway.shell.pipeline import Turn
from gateway.shell.pool import BudgetError
from gateway.shell.work_jobs import AnswerJob, PartRead, ReadDone, ReadJob, Route
from gateway.shell.work_names import ANSWER, HEAR, READ
from gateway.shell.work_plain import over_budget
from gateway.signing import Content, Kind
from gateway.specs import data_root
from gateway.specs.answers import retries as retries_of

BROUGHT_BYTES_MAX = 64 * 1024
NUMBERS_GUESS = 4
"""Control numbers that a reading gets at first: enough for three transactions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A submission's own row and content; what follows is for an answer about a transaction of it.

    `heard` and `sent` are there where the answer rejects: they tell where the fault is.
    """

    stored: dict[str, Any]
    data: bytes
    judged: Evidence = NOTHING
    control: str = ""
    heard: bytes = b""
    sent: bytes = b""


class Processing:
    """The three handlers, over one core."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._terms_of = core.config
        self._known: dict[str, ReadJob] = {}

    # What is read of the ledger before the work

    def bring_source(self, ask: Ask, row: Waiting) -> Source | None:
        """Read a submission with its content, None where that is too long to be held for a while."""
        stored = _stored(ask, row)
        return self._source(ask, row, stored) if stored["bytes"] <= BROUGHT_BYTES_MAX else None

    def bring_heard(self, ask: Ask, row: Waiting) -> bytes | None:
        """Read what an endpoint said, None where that is too long."""
        return self._core.ledger.bodies.load_short(ask, row.payload or b"", BROUGHT_BYTES_MAX)

    def bring_answered(self, ask: Ask, row: Waiting) -> Source | None:
        """Read a submission with its content and what stands behind an answer, None where that is too long."""
        stored = _stored(ask, row)
        return self._answered(ask, row, stored) if stored["bytes"] <= BROUGHT_BYTES_MAX else None

    def _source(self, ask: Ask, row: Waiting, stored: dict[str, Any] | None = None) -> Source:
        stored = stored or _stored(ask, row)
        return Source(stored=stored, data=self._core.ledger.bodies.load(ask, bytes(stored["body"])))

    def _answered(self, ask: Ask, row: Waiting, stored: dict[str, Any] | None = None) -> Source:
        bodies, source = self._core.ledger.bodies, self._source(ask, row, stored)
        judged, control = stored_evidence(ask, bodies, source.stored, row.idx)
        source = replace(source, judged=judged, control=control)
        if row.data.get("accepted", True):
            return source
        heard = ledger_query.heard_body(ask, bodies, row.data.get("heard"))
        part = ledger_query.part_row(ask, row.submission, row.idx)
        sent = bodies.load(ask, bytes(part["forwarded"])) if part is not None and part["forwarded"] else b""
        return replace(source, heard=heard, sent=sent)

    # Reading

    async def read(self, row: Waiting, turn: Turn) -> None:
        """Read and judge one submission, and commit all that follows from it."""
        core = self._core
        source = turn.brought or await core.ledger.read(lambda ask: self._source(ask, row))
        stored, data = source.stored, source.data
        origin = origin_of(stored)
        job = await self._job(stored, data)
        done = await self._bounded(job)
        processed = await self._processed(row, stored, origin, done)
        settled, first = await turn.settle(
            lambda tx: ledger_process.complete(tx, processed), len(data) + len(done.findings)
        )
        if settled is Settled.DUPLICATE:
            done = await self._bounded(
                replace(job, first=first, numbers=await core.numbers.take(done.wanted))
            )
            again = replace(await self._processed(row, stored, origin, done), checked=True)
            await turn.settle(lambda tx: ledger_process.complete(tx, again))
        turn.notes = {"format": done.format, "transactions": len(done.parts), "outcome": settled.value}
        core.counts["read"] += 1

    async def _job(self, stored: dict[str, Any], data: bytes) -> ReadJob:
        core = self._core
        return replace(
            self._terms(stored["partner"]),
            data=data,
            format=stored["format"],
            numbers=await core.numbers.take(NUMBERS_GUESS),
            at=rfc3339(core.clock.now()),
        )

    def _terms(self, name: str) -> ReadJob:
        """Give a job without content: all of it that follows from the configuration."""
        core = self._core
        if self._terms_of is not core.config:
            self._terms_of, self._known = core.config, {}
        if name not in self._known:
            self._known[name] = self._made_terms(core.config.partner(name))
        return self._known[name]

    def _made_terms(self, partner: Partner) -> ReadJob:
        core = self._core
        names = partner.endpoints or tuple(core.config.endpoints)
        endpoints = [(name, core.config.endpoints[name]) for name in names]
        return ReadJob(
            data=b"",
            format="",
            policy=partner.policy(),
            limits=core.config.limits.limits(lenient=partner.lenient),
            routes=[
                Route(
                    endpoint=name,
                    target=endpoint.target,
                    messages=endpoint.messages,
                    sender=endpoint.sender,
                    receiver=endpoint.receiver,
                    options=endpoint.envelope,
                )
                for name, endpoint in endpoints
            ],
            numbers=range(0),
            correlation=f"GW{core.instance}",
            name=core.config.name,
            options=partner.settings,
            at="",
        )

    async def _bounded(self, job: ReadJob) -> ReadDone:
        core = self._core
        try:
            done = await core.pool.run(READ, job)
            if done.wanted > len(job.numbers):
                numbers = await core.numbers.take(done.wanted)
                done = await core.pool.run(READ, replace(job, numbers=numbers))
        except BudgetError as error:
            return over_budget(job, str(error))
        return done

    async def _processed(
        self, row: Waiting, stored: dict[str, Any], origin: Origin, done: ReadDone
    ) -> Processed:
        core = self._core
        origin = replace(origin, interchange=interchange_of(done))
        found = counted(done.findings)
        technical = None
        if done.technical is not None:
            reply = sealed(core, origin.partner, done.technical)
            body = await core.body(reply.data)
            specs = (name for part in done.parts for name in part.summary.get("specs", ())[:1])
            judged = evidence(only_entry(done), found, specs)
            technical = core.said(origin, reply, body, Kind.TECHNICAL, None, judged)
        return Processed(
            submission=row.submission,
            partner=stored["partner"],
            outbox=row.id,
            at=rfc3339(core.clock.now()),
            format=done.format,
            sender=done.sender,
            receiver=done.receiver,
            control=done.control,
            identity=done.identity,
            findings=await core.body(done.findings),
            technical=technical,
            parts=[await self._part(origin, part, found) for part in done.parts],
        )

    async def _part(self, origin: Origin, part: PartRead, found: Content) -> PartDone:
        core = self._core
        answer = None
        entry = await self._maybe(part.entry)
        if part.reply is not None:
            reply = sealed(core, origin.partner, part.reply)
            body = await core.body(reply.data)
            digest = entry.digest if entry is not None else None
            judged = evidence(digest, found, part.summary.get("specs", ()))
            about = in_transaction(origin, part.control)
            answer = core.said(about, reply, body, Kind.BUSINESS, part.idx, judged)
        return PartDone(
            idx=part.idx,
            message=part.message,
            version=part.version,
            control=part.control,
            number=part.number,
            correlation=part.correlation,
            keys=part.keys,
            action=part.action,
            endpoint=part.endpoint,
            target=part.target,
            entry=entry,
            forwarded=await self._maybe(part.forward),
            summary=part.summary,
            answer=answer,
        )

    async def _maybe(self, data: bytes | None) -> Body | None:
        return None if data is None else await self._core.body(data)

    async def stop_reading(self, row: Waiting, reason: str) -> None:
        """Put a submission aside that we cannot read: the fault is ours."""
        ref, at = Ref(row.submission, row.idx, row.partner), rfc3339(self._core.clock.now())
        await self._core.ledger.write(lambda tx: ledger_process.stop(tx, ref, row.id, at, reason))

    # Relating what was heard

    async def relate(self, row: Waiting, turn: Turn) -> None:
        """Read what an endpoint said and give it to the transactions it is about."""
        core = self._core
        names = sharing(core.config, row.lane)
        data = turn.brought if turn.brought is not None else await core.ledger.load(row.payload or b"")
        matches = await core.pool.run(HEAR, data, core.config.limits.limits(lenient=True))
        number, at = int(row.data["heard"]), rfc3339(core.clock.now())
        known = Retries(
            rules=retries_of(data_root()),
            times_max={name: core.config.endpoints[name].retry.answered_times_max for name in names},
        )
        found = await turn.settle(
            lambda tx: ledger_heard.relate(tx, row.id, number, matches, at, names, known)
        )
        turn.about, turn.notes = found, {"endpoint": row.lane, "heard": number}
        core.counts["related" if found else "unrelated"] += 1

    # Acknowledging

    async def acknowledge(self, row: Waiting, turn: Turn) -> None:
        """Pass on what customs said, in the sender's own format, signed."""
        core = self._core
        source = turn.brought or await core.ledger.read(lambda ask: self._answered(ask, row))
        stored = source.stored
        partner = core.config.partner(stored["partner"])
        (control,) = await core.numbers.take(1)
        job = AnswerJob(
            data=source.data,
            format=stored["format"],
            limits=self._terms(stored["partner"]).limits,
            idx=row.idx,
            said=row.data.get("dispositions", ()),
            refused=row.data.get("refused", ""),
            control=control,
            name=core.config.name,
            options=partner.envelope,
            at=rfc3339(core.clock.now()),
            heard=source.heard,
            sent=source.sent,
            noted=[noted(one) for one in row.data.get("findings", ())],
        )
        reply = sealed(core, stored["partner"], await core.pool.run(ANSWER, job))
        body = await core.body(reply.data)
        about = in_transaction(origin_of(stored), source.control)
        said = core.said(about, reply, body, Kind.BUSINESS, row.idx, source.judged)
        ref = Ref(row.submission, row.idx, stored["partner"])
        became = "accepted" if reply.accepted else "rejected"
        await turn.settle(
            lambda tx: ledger_heard.acknowledge(tx, row.id, ref, said, said.at, disposition=became)
        )
        turn.notes = {"format": stored["format"], "disposition": became}
        core.counts["acknowledged"] += 1

    async def set_aside(self, row: Waiting, reason: str) -> None:
        """Park a row that we cannot work on; its submission keeps its state."""

        def park(tx: Transaction) -> None:
            tx.connection.execute(
                "UPDATE outbox SET state = 'parked', attempts = attempts + 1, last_error = ?"
                " WHERE id = ? AND state = 'ready'",
                (reason, row.id),
            )
            tx.touched.add("alarm")

        await self._core.ledger.write(park)


def _stored(ask: Ask, row: Waiting) -> dict[str, Any]:
    stored = ledger_query.row_of(ask, row.submission)
    if stored is None:
        raise LookupError(row.submission)
    return stored


def origin_of(stored: dict[str, Any]) -> Origin:
    """Give what the receipts of a stored submission's answers say about it."""
    return Origin(
        submission=stored["id"],
        partner=stored["partner"],
        content=Content(stored["bytes"], digest_text(stored["digest"])),
        via=json.loads(stored["via"]),
        received_at=stored["received_at"],
        interchange=interchange_named(
            stored["format"], stored["sender"], stored["receiver"], stored["control"]
        ),
    )


def only_entry(done: ReadDone) -> bytes | None:
    """Give the digest of the entry where a readable interchange has exactly one."""
    readable = done.technical is not None and done.technical.accepted
    entry = done.parts[0].entry if readable and len(done.parts) == 1 else None
    return hashlib.sha256(entry).digest() if entry is not None else None


def in_transaction(origin: Origin, control: str) -> Origin:
    """Name the transaction too that an answer is about, by the sender's own number for it."""
    if not control:
        return origin
    return replace(origin, interchange={**(origin.interchange or {}), "transaction": control})


def interchange_of(done: ReadDone) -> dict[str, str] | None:
    """Give format and control numbers as read, for a receipt."""
    return interchange_named(done.format, done.sender, done.receiver, done.control)


def interchange_named(format_name: str, sender: str, receiver: str, control: str) -> dict[str, str] | None:
    """Give the interchange member of a receipt; None where nothing is known."""
    named = {"format": format_name, "sender": sender, "receiver": receiver, "control": control}
    kept = {name: value for name, value in named.items() if value}
    return kept or None


def digest_text(value: bytes) -> str:
    """Write a SHA-256 as RFC 9530 does."""
    return f"sha-256=:{base64.b64encode(value).decode()}:"
