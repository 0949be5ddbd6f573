"""`/v1/submissions/{id}/...`: each stage of a submission, as it is stored."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from gateway.formats import formats
from gateway.shell import ledger_query
from gateway.shell.answer_forms import MEDIA_TYPES, signature_of, wanted_form
from gateway.shell.answer_forms import SUFFIXES as FORMS
from gateway.shell.as2_ledger_in import raw_of
from gateway.shell.pool import BudgetError
from gateway.shell.problems import Problem
from gateway.shell.service import (
    bytes_response,
    digest_text,
    json_response,
    number_of,
    service_of,
    submission_of,
)
from gateway.shell.work_names import EXPLAIN

if TYPE_CHECKING:
    from aiohttp import web

JOSE = "application/jose"
SUFFIXES = {
    "application/edi-x12": "edi",
    "application/edifact": "edi",
    "application/xml": "xml",
    "application/json": "json",
    "application/problem+json": "json",
    "text/plain": "txt",
}


async def get_source(request: web.Request) -> web.Response:
    """Give the content as it was received; a password in it is masked.

    Of an AS2 message it is what was inside; `?raw` gives the HTTP body, with its own media type.
    """
    core, submission = service_of(request).core, await submission_of(request)
    row = await core.ledger.read(lambda ask: ledger_query.row_of(ask, submission))
    if row is None:
        raise Problem("not-found")
    if row["encoding"] == "as2" and "raw" in request.query:
        headers, raw = await core.ledger.read(
            lambda ask: raw_of(ask, core.ledger.bodies, submission, bytes(row["digest"]))
        )
        if raw is None:
            raise Problem("not-found", "the message is not kept as it came: a password stood in it")
        return bytes_response(raw, headers.get("content-type", ""), f"{submission}.as2")
    headers = {"Content-Digest": digest_text(row["digest" if row["encoding"] != "as2" else "body"])}
    if row["masked"] != "[]":
        headers = {"Gateway-Masked": row["masked"].replace(" ", "")}
    digest = row["body"]
    if row["raw"] is not None:
        digest, headers["Content-Encoding"] = row["raw"], row["encoding"]
    data = await core.ledger.load(bytes(digest))
    form = formats().get(row["format"])
    media_type = row["media_type"] or (form.media_type if form is not None else "")
    return bytes_response(data, media_type, _name(submission, "source", media_type), **headers)


def _name(submission: str, what: str, media_type: str) -> str:
    return f"{submission}-{what}.{SUFFIXES.get(media_type.split(';', 1)[0], 'bin')}"


async def get_entry(request: web.Request) -> web.Response:
    """Give the canonical entry of one transaction; `?transaction=` counts from 0."""
    return await _stage(request, "entry", "application/json")


async def get_lineage(request: web.Request) -> web.Response:
    """Give the way of each value of one transaction: path, address, span."""
    return await _explained(request, "lineage")


async def get_findings(request: web.Request) -> web.Response:
    """Give the findings of reading, exactly the bytes that receipts name by digest."""
    core, submission = service_of(request).core, await submission_of(request)
    row = await core.ledger.read(lambda ask: ledger_query.row_of(ask, submission))
    if row is None or row["findings"] is None:
        raise Problem("not-found", "it was not read yet")
    data = await core.ledger.load(bytes(row["findings"]))
    return bytes_response(data, "application/json", _name(submission, "findings", "application/json"))


async def get_residue(request: web.Request) -> web.Response:
    """Give what no mapping carried of one transaction."""
    return await _explained(request, "residue")


async def _explained(request: web.Request, what: str) -> web.Response:
    core, submission = service_of(request).core, await submission_of(request)
    idx = number_of(request, "transaction", 0) or 0
    row = await core.ledger.read(lambda ask: ledger_query.row_of(ask, submission))
    if row is None:
        raise Problem("not-found")
    lenient = core.config.partner(row["partner"]).lenient
    limits = core.config.limits.limits(lenient=lenient)
    data = await core.ledger.load(bytes(row["body"]))
    try:
        found = await core.pool.run(EXPLAIN, data, row["format"], limits, idx, what)
    except BudgetError as error:
        raise Problem("invalid", str(error)) from None
    if found is None:
        raise Problem("not-found", f"there is no {what} of that transaction")
    return bytes_response(found, "application/json", _name(submission, what, "application/json"))


async def get_forwarded(request: web.Request) -> web.Response:
    """Give the bytes that go to the endpoint for one transaction."""
    return await _stage(request, "forwarded", "")


async def _stage(request: web.Request, column: str, media_type: str) -> web.Response:
    core, submission = service_of(request).core, await submission_of(request)
    idx = number_of(request, "transaction", 0)
    row = await core.ledger.read(lambda ask: ledger_query.part_row(ask, submission, idx or 0))
    if row is None or row[column] is None:
        raise Problem("not-found", f"there is no {column} of that transaction")
    data = await core.ledger.load(bytes(row[column]))
    form = formats().get(row["target"].split("/", 1)[0])
    media_type = media_type or (form.media_type if form is not None else "")
    return bytes_response(data, media_type, _name(submission, column, media_type))


async def get_answers(request: web.Request) -> web.Response:
    """Give what the endpoint said about a submission, in order, bytes in base64."""
    core, submission = service_of(request).core, await submission_of(request)
    rows = await core.ledger.read(lambda ask: ledger_query.heard_rows(ask, submission))
    answers: list[dict[str, Any]] = [
        {
            "transaction": row["idx"],
            "endpoint": row["endpoint"],
            "number": row["number"],
            "media_type": row["media_type"],
            "at": row["at"],
            "body": base64.b64encode(await core.ledger.load(bytes(row["body"]))).decode("ascii"),
        }
        for row in rows
    ]
    return json_response({"answers": answers})


async def get_acknowledgement(request: web.Request) -> web.Response:
    """Give an acknowledgement in the sender's own format, or what signs it.

    `?signature` gives the detached JWS over the exact bytes, `?signature=cms` the same as CMS,
    `?signature=xml` an XML answer with its signature inside, `?receipt` the receipt. Number 0 is
    the receipt of the bytes.
    """
    core, submission = service_of(request).core, await submission_of(request)
    n = number_of(request, "n", 0)
    row = await core.ledger.read(lambda ask: ledger_query.answer_row(ask, submission, n or 0))
    if row is None:
        raise Problem("not-found", "there is no acknowledgement of that number")
    if "receipt" in request.query or row["body"] is None:
        return bytes_response(row["receipt"].encode("ascii"), JOSE)
    form = wanted_form(request.query.get("signature"), request.headers.get("Accept", ""))
    if form:
        signed = await signature_of(core, row, form)
        return bytes_response(signed, MEDIA_TYPES[form], f"{submission}-acknowledgement-{n}.{FORMS[form]}")
    data = await core.ledger.load(bytes(row["body"]))
    headers = {"Content-Digest": digest_text(bytes(row["body"]))}
    name = _name(submission, f"acknowledgement-{row['n']}", row["media_type"])
    return bytes_response(data, row["media_type"], name, **headers)
