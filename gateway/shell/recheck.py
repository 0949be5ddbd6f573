"""Stored answers verified again, as another program would: from the store's bytes and public keys.

Every answer of a store is looked at by itself: its receipt, the acknowledgement and its
signature, and whether the submitted bytes are still those that the receipt names. It reads
only, on a connection of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gateway.finding import Finding
from gateway.shell.bodies import Bodies
from gateway.shell.logsource import LogSourceError
from gateway.signing import KeyRing, ReceiptFile, ReceiptFileError
from gateway.signing.digest import read_digest
from gateway.signing.verdict import wrong

KIND = "store.recheck"
_ANSWERS = (
    "SELECT answer.id, answer.receipt, answer.signature, answer.body, submission.digest, submission.body"
    " FROM answer JOIN submission ON submission.id = answer.submission ORDER BY answer.submission, answer.n"
)


def recheck(store: Path, keyset: KeyRing) -> Iterator[tuple[str, tuple[Finding, ...]]]:
    """Give each answer's id with what is wrong with it; nothing wrong is an empty tuple.

    `store` is the SQLite file. Raises `LogSourceError` for a store that cannot be read.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            shelf = Bodies(store.with_name(f"{store.name}.bodies"), 0)
            for answer, receipt, signature, body, digest, source in connection.execute(_ANSWERS):
                found = _answer(receipt, signature, _load(shelf, connection, body), keyset)
                found += _source(receipt, bytes(digest), _load(shelf, connection, source))
                yield answer, tuple(replace(one, place=f"answer {answer}") for one in found)
    except sqlite3.Error as error:
        raise LogSourceError(f"{store}: cannot be read: {error}") from error


def _load(shelf: Bodies, connection: sqlite3.Connection, digest: bytes | None) -> bytes | Finding | None:
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
