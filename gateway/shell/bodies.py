"""Bodies by content: the same bytes are kept once, under their SHA-256.

Up to a bound they lie in the database. Longer ones are files, written, synced and
renamed before the row that names them is committed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.shell.ledger_rows import insert

if TYPE_CHECKING:
    from gateway.shell.ledger_store import Connection


class MissingError(LookupError):
    """A body is not there: removed when its time was over, or lost. `digest` names it."""

    def __init__(self, digest: bytes) -> None:
        super().__init__(digest.hex())
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are ready to be committed: inline, or already in a file."""

    digest: bytes
    size: int
    data: bytes | None
    file: str | None


class Bodies:
    """The folder beside the ledger, and the rule what goes there."""

    def __init__(self, folder: Path, inline_bytes_max: int) -> None:
        self.folder = folder
        self.inline_bytes_max = inline_bytes_max

    def is_inline(self, size: int) -> bool:
        """Tell whether bytes of this size lie in the database itself."""
        return size <= self.inline_bytes_max

    def prepare(self, data: bytes, digest: bytes = b"") -> Body:
        """Make bytes durable as far as that is done outside the database. Blocks; raises OSError.

        `digest` is their SHA-256 where that is known already.
        """
        digest = digest or hashlib.sha256(data).digest()
        if self.is_inline(len(data)):
            return Body(digest, len(data), data, None)
        name = digest.hex()
        target = self.folder / name[:2] / name
        if not _taken(target, len(data)):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            draft = target.with_name(f".{name}.{os.getpid()}.{os.urandom(4).hex()}")
            with draft.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
            for folder in (target.parent, self.folder):
                _sync_folder(folder)
        return Body(digest, len(data), None, f"{name[:2]}/{name}")

    def load_short(self, connection: Connection, digest: bytes, bytes_max: int) -> bytes | None:
        """Give the bytes of a digest that lie in the database and are not more than so many."""
        row = connection.execute(
            "SELECT data FROM body WHERE digest = ? AND bytes <= ?", (digest, bytes_max)
        ).fetchone()
        return None if row is None or row[0] is None else bytes(row[0])

    def load(self, connection: Connection, digest: bytes) -> bytes:
        """Give the bytes of a digest. Raises `MissingError`, a `LookupError`, where the ledger has none."""
        row = connection.execute("SELECT data, file FROM body WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise MissingError(digest)
        if row[0] is not None:
            return bytes(row[0])
        try:
            return Path(self.folder, row[1]).read_bytes()
        except FileNotFoundError as error:
            raise MissingError(digest) from error


def _taken(target: Path, size: int) -> bool:
    """Take a file that is there already: touched first, so that nobody removes it (`retention.py`)."""
    try:
        os.utime(target)
        return target.stat().st_size == size
    except FileNotFoundError:
        return False


def put(connection: Connection, body: Body) -> bytes:
    """Name a body in the open transaction and give its digest."""
    put_all(connection, (body,))
    return body.digest


def put_all(connection: Connection, bodies: Sequence[Body]) -> None:
    """Name bodies in the open transaction."""
    rows = [(body.digest, body.size, body.data, body.file) for body in bodies]
    insert(connection, "body(digest, bytes, data, file)", rows, "ON CONFLICT DO NOTHING")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
