"""What the ledger knows of AS2 messages that came, and of the receipts that they got.

Every function runs inside an open transaction, or asks on a reading connection. A receipt
that we gave is written with what it acknowledges, in one commit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.shell import ledger_heard, ledger_intake
from gateway.shell.as2_ledger_out import queue_receipt
from gateway.shell.bodies import Bodies, Body, put
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import plain
from gateway.shell.ledger_heard import Message
from gateway.shell.ledger_intake import CONTENT, Admission, Arrival, Outcome
from gateway.shell.ledger_query import Ask

REFUSALS_MAX = 10_000
STRANGERS_MAX = 1_000
"""Refusals that are kept for a partnership, and for senders that have none: the newest."""


class Changed(Exception):  # noqa: N818 - a state that passes: look again
    """What a receipt was made for is not so any more; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """An AS2 message that was judged, with our receipt for it.

    `digest` is of the HTTP body, `content` of the payload. `raw` is the HTTP body, None where it
    is not kept. `receipt_url` is where an asynchronous receipt goes, or "".
    """

    id: str
    partnership: str
    message_id: str
    digest: bytes
    content: bytes | None
    headers: Mapping[str, str]
    disposition: str
    findings: Sequence[Mapping[str, Any]]
    mdn_headers: Mapping[str, str]
    mdn: Body
    at: str
    raw: Body | None = None
    receipt_url: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A receipt that we gave."""

    id: str
    taken: bool
    content: bytes | None
    submission: str
    disposition: str
    headers: dict[str, str] = field(hash=False)
    mdn: bytes


def known(ask: Ask, partnership: str, message_id: str, digest: bytes) -> Given | None:
    """Find the receipt that exactly these bytes got before under this Message-ID."""
    return _given(ask, "message_id = ? AND digest = ?", partnership, message_id, digest)


def taken(ask: Ask, partnership: str, message_id: str) -> Given | None:
    """Find the message that used this Message-ID up."""
    return _given(ask, "message_id = ? AND taken = 1", partnership, message_id)


_GIVEN = (
    "SELECT id, taken, content, submission, disposition, mdn_headers, mdn FROM as2_in WHERE partnership = ?"
)


def _given(ask: Ask, where: str, partnership: str, *values: object) -> Given | None:
    row = ask.execute(
        f"{_GIVEN} AND {where} ORDER BY taken DESC, id LIMIT 1", (partnership, *values)
    ).fetchone()
    if row is None:
        return None
    content = bytes(row[2]) if row[2] is not None else None
    return Given(row[0], bool(row[1]), content, row[3], row[4], json.loads(row[5]), bytes(row[6]))


def raw_of(ask: Ask, bodies: Bodies, submission: str, digest: bytes) -> tuple[dict[str, str], bytes | None]:
    """Give headers and HTTP body of the message that became a submission; None: it is not kept."""
    row = ask.execute(
        "SELECT headers FROM as2_in WHERE submission = ? AND digest = ?", (submission, digest)
    ).fetchone()
    try:
        raw = bodies.load(ask, digest)
    except LookupError:
        raw = None
    return json.loads(row[0]) if row is not None else {}, raw


def first_copy(ask: Ask, partner: str, content: bytes) -> str:
    """Name the submission of the same content by the same partner that has not failed, or ""."""
    row = ask.execute(
        "SELECT d.submission FROM dedup d JOIN submission s ON s.id = d.submission"
        " WHERE d.partner = ? AND d.scope = ? AND d.key = ? AND s.failed = 0",
        (partner, CONTENT, content.hex()),
    ).fetchone()
    return str(row[0]) if row is not None else ""


def keep_submission(tx: Transaction, came: Came, arrival: Arrival, *, copy: bool) -> Admission:
    """Keep a message that is a submission, or a copy of one, as its receipt says.

    Raises `Changed` when the Message-ID was used meanwhile, or it is no copy after all.
    """
    _unused(tx, came)
    # What it is a copy of may have failed meanwhile: then it is one no more, and needs an id of its own.
    if copy and not first_copy(tx.connection, arrival.partner, arrival.content or arrival.digest):
        raise Changed
    admission = ledger_intake.admit(tx, arrival)
    if (admission.outcome is Outcome.SAME) is not copy:
        raise Changed
    _keep(tx, came, admission.submission, taken=True)
    return admission


def keep_heard(tx: Transaction, came: Came, endpoint: str, message: Message) -> int:
    """Keep a message that is an endpoint's answer. Gives 1 where it was new."""
    _unused(tx, came)
    new = ledger_heard.hear(tx, endpoint, [message], came.message_id, came.at)
    _keep(tx, came, "", taken=True)
    return new


def keep_refusal(tx: Transaction, came: Came) -> None:
    """Keep what a refused message got; its bytes are not kept."""
    _keep(tx, came, "", taken=False)
    most = REFUSALS_MAX if came.partnership else STRANGERS_MAX
    old = tx.connection.execute(
        "SELECT id, mdn FROM as2_in WHERE partnership = ? AND taken = 0 ORDER BY id DESC LIMIT -1 OFFSET ?",
        (came.partnership, most),
    ).fetchall()
    for number, mdn in old:
        tx.connection.execute("DELETE FROM as2_in WHERE id = ?", (number,))
        # The bytes of a receipt are like those of nothing else: they have an id of their own.
        tx.connection.execute("DELETE FROM body WHERE digest = ?", (mdn,))


def _unused(tx: Transaction, came: Came) -> None:
    if taken(tx.connection, came.partnership, came.message_id) is not None:
        raise Changed


def _keep(tx: Transaction, came: Came, submission: str, *, taken: bool) -> None:
    if came.raw is not None:
        put(tx.connection, came.raw)
    tx.connection.execute(
        "INSERT INTO as2_in(id, partnership, message_id, digest, content, taken, submission, headers,"
        " disposition, findings, mdn_headers, mdn, at) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            came.id,
            came.partnership,
            came.message_id,
            came.digest,
            came.content,
            int(taken),
            submission,
            plain(dict(came.headers)),
            came.disposition,
            plain(list(came.findings)),
            plain(dict(came.mdn_headers)),
            put(tx.connection, came.mdn),
            came.at,
        ),
    )
    if came.receipt_url:
        queue_receipt(
            tx, came.partnership, came.id, came.receipt_url, came.mdn_headers, came.mdn.digest, came.at
        )
