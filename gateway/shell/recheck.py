"""Stored answers verified again, as another program would: from the store's bytes and public keys.

Every answer of a store is looked at by itself: its receipt, the acknowledgement and its
signature, and whether the submitted bytes are still those that the receipt names. It reads
only, on connections of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gateway.finding import Finding
from gateway.shell.bodies import Bodies
from gateway.shell.ledger_store import Connection, LedgerError, Store, store_at
from gateway.shell.logsource import LogSourceError
from gateway.signing import KeyRing, ReceiptFile, ReceiptFileError, verify_receipt
from gateway.signing.digest import read_digest
from gateway.signing.verdict import wrong

KIND = "store.recheck"
_ANSWERS = (
    "SELECT answer.id, answer.receipt, answer.signature, answer.body, submission.digest, submission.body"
    ", answer.submission, answer.n, submission.removed_at"
    " FROM answer JOIN submission ON submission.id = answer.submission"
    " WHERE (answer.submission, answer.n) > (?, ?) ORDER BY answer.submission, answer.n LIMIT ?"
)
PAGE = 200

Last = tuple[str, int]  # submission and number of an answer
_FIRST: Last = ("", -1)


def recheck(store: Store | Path, keyset: KeyRing) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Give each answer's id with what is wrong with it; nothing wrong is an empty tuple.

    `store` is a database, or the path of a SQLite file. Raises `LogSourceError` for a store that
    cannot be read.
    """
    opened = store_at(store) if isinstance(store, Path) else store
    shelf = Bodies(opened.bodies[0], 0)
    last: Last | None = _FIRST
    try:
        while last is not None:
            # A moment for each page: who reads on from one moment keeps a busy store from being tidied.
            with opened.snapshot() as connection:
                found, last = _page(connection, shelf, keyset, last)
            yield from found
    except LedgerError as error:
        raise LogSourceError(str(error)) from error


def rechecked(
    connection: Connection, shelf: Bodies, keyset: KeyRing
) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Do so on a connection that is open."""
    last: Last | None = _FIRST
    while last is not None:
        found, last = _page(connection, shelf, keyset, last)
        yield from found


def _page(
    connection: Connection, shelf: Bodies, keyset: KeyRing, last: Last
) -> tuple[list[tuple[str, tuple[Finding, ...]]], Last | None]:
    """Verify the answers that follow one; give the last of them, None where there are no more."""
    done: list[tuple[str, tuple[Finding, ...]]] = []
    rows = connection.execute(_ANSWERS, (*last, PAGE)).fetchall()
    for answer, receipt, signature, body, digest, source, _, _, removed_at in rows:
        if removed_at is not None:
            # Its time was over: the receipt still says which bytes there were.
            found = [*verify_receipt(receipt, keyset).findings, *_source(receipt, bytes(digest), None)]
        else:
            found = _answer(receipt, signature, _load(shelf, connection, body), keyset)
            found += _source(receipt, bytes(digest), _load(shelf, connection, source))
        done.append((answer, tuple(replace(one, place=f"answer {answer}") for one in found)))
    return done, (rows[-1][6], rows[-1][7]) if rows else None


def _load(shelf: Bodies, connection: Connection, digest: bytes | None) -> bytes | Finding | None:
    """Give the bytes of a digest, or what is wrong with them."""
    if digest is None:
        return None
    try:
        data = shelf.load(connection, digest)
    except (LookupError, OSError):
        return wrong(
            KIND, "body", "content/absent", "bytes that an answer names are gone", expected=digest.hex()
        )
    if hashlib.sha256(data).digest() != bytes(digest):
        return wrong(
            KIND,
            "body",
            "digest/differs",
            "stored bytes are not what they were",
            expected=bytes(digest).hex(),
        )
    return data


def _answer(receipt: str, signature: str, body: bytes | Finding | None, keyset: KeyRing) -> list[Finding]:
    if isinstance(body, Finding):
        return [body]
    saved = ReceiptFile(receipt=receipt, acknowledgement=body, signature=signature)
    return list(saved.verify(keyset).findings)


def _source(receipt: str, digest: bytes, source: bytes | Finding | None) -> list[Finding]:
    """Compare what came in with the receipt; what is kept of it may have passwords masked."""
    if isinstance(source, Finding):
        return [source]
    try:
        named = read_digest(ReceiptFile(receipt=receipt).claims().content.digest)
    except ReceiptFileError:
        return []
    if named != digest:
        message = "the receipt names other bytes than those that were submitted"
        return [wrong(KIND, "content", "digest/differs", message, expected=named.hex(), actual=digest.hex())]
    return []
