"""Further signatures of an acknowledgement: CMS beside a file, XML-DSig in a copy of an XML answer.

The detached JWS is made with the answer. These are made when somebody first asks, and kept:
whoever asks again gets the same bytes.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.shell.problems import Problem
from gateway.signing import KeySetError, Purpose

if TYPE_CHECKING:
    from gateway.shell.core import Core
    from gateway.shell.ledger import Transaction
    from gateway.shell.ledger_query import Ask
    from gateway.shell.work_jobs import Reply
    from gateway.signing import Key

XML = "application/xml"
MEDIA_TYPES = {"jws": "application/jose", "cms": "application/pkcs7-signature", "xml": XML}
SUFFIXES = {"jws": "jws", "cms": "p7s", "xml": "xml"}


def wanted_form(value: str | None, accept: str) -> str:
    """Tell which form is asked for by `?signature` (None: not there) or `Accept`, "" for none.

    Raises the `Problem` 400 for a form that there is not.
    """
    if value is None:
        asked = accept.split(";", 1)[0].strip().lower()
        return {MEDIA_TYPES["jws"]: "jws", MEDIA_TYPES["cms"]: "cms"}.get(asked, "")
    form = value or ("cms" if MEDIA_TYPES["cms"] in accept else "jws")
    if form not in MEDIA_TYPES:
        raise Problem("bad-request", f"signature is one of {', '.join(MEDIA_TYPES)}")
    return form


async def signature_of(core: Core, row: dict[str, Any], form: str) -> bytes:
    """Give a form of an answer's signature; `row` is the answer as stored. Raises a `Problem`."""
    if form == "jws":
        return str(row["signature"]).encode("ascii")
    if form == "xml" and row["media_type"] != XML:
        raise Problem("not-found", "only an XML answer has a signature inside")
    answer = str(row["id"])
    kept = await core.ledger.read(lambda ask: _kept(ask, answer, form))
    if kept is not None:
        return kept
    data = await core.ledger.load(bytes(row["body"]))
    try:
        key = await core.shelf.signer(Purpose.CMS if form == "cms" else Purpose.XML)
        made = await asyncio.to_thread(_made, form, data, key, datetime.fromisoformat(row["at"]))
    except KeySetError as error:
        raise Problem("not-found", str(error)) from error
    except ValueError as error:
        raise Problem("not-found", f"this answer cannot be signed so: {error}") from error
    return await core.ledger.write(lambda tx: _keep(tx, answer, form, made))


def _made(form: str, data: bytes, key: Key, at: datetime) -> bytes:
    if form == "cms":
        from gateway.signing.cms import sign_cms  # noqa: PLC0415 - few ask for it

        return sign_cms(data, key, at)
    from gateway.signing.xmldsig import sign_xml  # noqa: PLC0415 - few ask for it

    return sign_xml(data, key)


def _kept(ask: Ask, answer: str, form: str) -> bytes | None:
    row = ask.execute("SELECT data FROM answer_form WHERE answer = ? AND form = ?", (answer, form)).fetchone()
    return bytes(row[0]) if row is not None else None


def _keep(tx: Transaction, answer: str, form: str, made: bytes) -> bytes:
    """Keep a form that was made, or give the one that was kept first."""
    tx.connection.execute(
        "INSERT INTO answer_form(answer, form, data) VALUES(?, ?, ?) ON CONFLICT DO NOTHING",
        (answer, form, made),
    )
    return _kept(tx.connection, answer, form) or made


def sealed(core: Core, partner: str, reply: Reply) -> Reply:
    """Put the signature inside an XML answer where the partner's profile wants that."""
    profile = core.config.partner(partner)
    if not profile.xml_signature or reply.media_type != XML:
        return reply
    from gateway.signing.xmldsig import sign_xml  # noqa: PLC0415 - few want it

    return replace(reply, data=sign_xml(reply.data, core.ring.signer(Purpose.XML)))
