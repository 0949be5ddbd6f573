"""The work of the calls that keep nothing: validate, translate. Runs in the pool."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from gateway.flow.canonical import document
from gateway.flow.translate import outgoing_plain, profile_names, take
from gateway.formats import formats
from gateway.mapping.residue import to_json
from gateway.rules import rules
from gateway.shell.work_jobs import ToolDone, ToolJob
from gateway.shell.work_tables import tables
from gateway.specs import Limits
from gateway.tree import Envelope

CANONICAL = "application/json"


def targets() -> list[str]:
    """Name what a message can be translated to."""
    known = {f"{form}/{message}" for form, message, _ in tables().mappings.ids()}
    return ["canonical", *sorted(known)]


def profiles() -> tuple[str, ...]:
    """Name the profiles that a message can be held to."""
    return profile_names(tables())


def validate(job: ToolJob) -> ToolDone:
    """Read and judge."""
    taken = take(job.data, tables(), job.limits, job.format, on=_day(job), profile=job.profile)
    interchange = taken.interchange
    plain: dict[str, Any] = {
        "ok": taken.ok,
        "format": taken.format,
        "findings": [one.as_json() for one in taken.findings],
    }
    if interchange is not None:
        plain |= {
            "sender": interchange.sender,
            "receiver": interchange.receiver,
            "control_number": interchange.control,
            "transactions": [
                {"message": one.message, "version": one.version, "control_number": one.control}
                for one in interchange.transactions
            ],
        }
    return ToolDone(ok=taken.ok, document=plain)


def translate(job: ToolJob) -> ToolDone:
    """Read, judge and write as another message. Raises `LookupError` for an unknown target."""
    if job.to != "canonical" and tables().mappings.target(job.to) is None:
        raise LookupError(job.to)
    taken = take(job.data, tables(), job.limits, job.format, on=_day(job), profile=job.profile)
    findings = list(taken.findings)
    plain: dict[str, Any] = {
        "from": taken.format,
        "to": job.to,
        "unmapped": [
            {"transaction": turn, "address": leaf.address, "text": leaf.text}
            for turn, one in enumerate(taken.translations)
            for leaf in one.unmapped
        ],
    }
    if job.lineage:
        plain["lineage"] = [
            {"transaction": turn, **origin.as_json()}
            for turn, one in enumerate(taken.translations)
            for origin in one.lineage
        ]
    output, media_type = None, ""
    if taken.translations and job.to == "canonical":
        output, media_type = document(taken).encode(), CANONICAL
    elif taken.translations:
        envelope = Envelope(
            sender=job.sender, receiver=job.receiver, control=1, at=job.at, options=job.profile
        )
        sent = outgoing_plain([one.plain for one in taken.translations], job.to, envelope, tables())
        findings += sent.findings
        plain["unwritten"] = list(sent.unwritten)
        output, media_type = sent.data, formats()[sent.format].media_type
    ok = taken.ok and output is not None and all(one.severity.value != "error" for one in findings)
    plain |= {"ok": ok, "findings": [one.as_json() for one in findings]}
    # The document crosses a process: plain JSON values and nothing else.
    return ToolDone(ok=ok, document=json.loads(json.dumps(plain)), output=output, media_type=media_type)


def explain(data: bytes, format_name: str, limits: Limits, idx: int, what: str) -> bytes | None:
    """Give the lineage or the residue of one transaction as JSON, None where no mapping carries it.

    It is made when somebody asks: the bytes are kept, and the tables are the same.
    """
    taken = take(data, tables(), limits, format_name)
    transactions = taken.interchange.transactions if taken.interchange is not None else []
    for one in taken.translations:
        if idx < len(transactions) and one.transaction is transactions[idx]:
            found = (
                [origin.as_json() for origin in one.lineage] if what == "lineage" else to_json(one.residue)
            )
            return json.dumps(found, separators=(",", ":"), ensure_ascii=False).encode(
                "utf-8", "backslashreplace"
            )
    return None


def _day(job: ToolJob) -> Any:
    return datetime.fromisoformat(job.at).date()


def prepare(names: Sequence[str]) -> None:
    """Make what the first message of each of these kinds would wait for: its table as functions, and the rules."""
    rules()
    for name in names:
        mapping = tables().mappings.target(name)
        if mapping is None:
            continue
        # The compiled part has no cutter for fixed columns.
        if mapping.spec.format == "catair" or mapping.quick is None:
            _ = mapping.reader


def unknown_targets(names: Sequence[str]) -> list[str]:
    """Give those of these targets that no mapping writes; what reads the others is made now.

    So the first submission does not wait for it.
    """
    found = {name: tables().mappings.target(name) for name in names}
    for mapping in found.values():
        if mapping is not None:
            _ = mapping.reader, mapping.quick
    return [name for name, mapping in found.items() if mapping is None]
