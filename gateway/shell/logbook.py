"""The receipt log as it is served: its edge in memory, its leaves in the ledger, checkpoints that are kept.

Leaves are committed with the receipts; this follows them. A checkpoint is signed when
there is something new, and never one that does not continue the last that was kept. What a
proof needs of the leaves is read from the ledger when it is asked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from gateway.shell import ledger_query
from gateway.shell.clock import rfc3339
from gateway.shell.core import Core
from gateway.shell.ledger import LedgerError, LedgerUnavailable, Transaction
from gateway.shell.witness import Witnesses
from gateway.signing import Purpose
from gateway.signing.checkpoint import Checkpoint, ReceiptProof, check_growth
from gateway.signing.edge import Edge
from gateway.signing.log import Lookup, consistency_proof
from gateway.signing.tiles import serve_tile

log = logging.getLogger(__name__)

T = TypeVar("T")

CHECKPOINT_SECONDS = 10.0
LEAVES_READ_MAX = 4096


@dataclass(slots=True)
class _Book:
    name: str
    edge: Edge = field(default_factory=Edge)
    checkpoint: Checkpoint | None = None
    note: str = ""


class Logbook:
    """The log of the current year, and those before it on demand."""

    def __init__(self, core: Core, seconds: float = CHECKPOINT_SECONDS) -> None:
        self._core = core
        self._seconds = seconds
        self._books: dict[str, _Book] = {}
        self._lock = asyncio.Lock()
        self._witnesses = Witnesses(core)
        self._signs = False

    async def open(self) -> None:
        """Read the current log through. Raises `LedgerError` where it is not what a kept checkpoint says."""
        async with self._lock:
            await self._follow(self._core.log)

    async def run(self) -> None:
        """Sign a checkpoint every few seconds while there is something new, and once more at the end."""
        wake = self._core.news.topic("leaf")
        self._signs = True
        try:
            while True:
                await wake.wait()
                wake.clear()
                await self._quietly()
                await asyncio.sleep(self._seconds)
        finally:
            await asyncio.shield(self._quietly())
            self._signs = False

    async def _quietly(self) -> None:
        try:
            await self.sign()
        except LedgerUnavailable as error:
            log.warning("no checkpoint yet: %s", error)

    async def sign(self) -> None:
        """Sign and keep a checkpoint of each log that has grown; none while the recheck holds that back."""
        if self._core.halted:
            return
        async with self._lock:
            for name in sorted({self._core.log, *self._books}):
                await self._sign(name)

    async def _sign(self, name: str) -> None:
        core = self._core
        book = await self._follow(name)
        size = len(book.edge)
        if size == 0 or (book.checkpoint is not None and book.checkpoint.size == size):
            return
        made = Checkpoint(name, size, book.edge.root())
        note = made.sign(core.ring.signer(Purpose.LOG))
        note = await self._witnesses.cosigned(name, size, note, partial(self._growth, book))
        at = rfc3339(core.clock.now())

        def keep(tx: Transaction) -> None:
            tx.connection.execute(
                "INSERT INTO checkpoint(log, size, note, at) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (name, size, note, at),
            )
            tx.touched.add("checkpoint")

        await core.ledger.write(keep)
        book.checkpoint, book.note = made, note

    async def _follow(self, name: str) -> _Book:
        """Take in the last checkpoint, whoever signed it, and the leaves that were committed since."""
        core = self._core
        book = self._books.get(name) or _Book(name)
        # The checkpoint first: the leaves that are read after it are at least those that it covers.
        row = await core.ledger.read(
            lambda ask: ask.execute(
                "SELECT note FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", (name,)
            ).fetchone()
        )
        more = True
        while more:
            start = len(book.edge)
            page = await core.ledger.read(partial(_page, name=name, start=start))
            for leaf in page:
                book.edge.append(leaf)
            more = len(page) == LEAVES_READ_MAX
        if row is not None and row[0] != book.note:
            book.note, book.checkpoint = row[0], Checkpoint.read(row[0])
            await self._compare(book)
        self._books[name] = book
        return book

    async def _compare(self, book: _Book) -> None:
        kept = book.checkpoint
        if kept is None:
            return
        now = Checkpoint(kept.origin, len(book.edge), book.edge.root())
        proof = await self._growth(book, kept.size, now.size) if 0 < kept.size <= now.size else []
        verdict = check_growth(kept, now, proof)
        if not verdict.ok:
            raise LedgerError(
                f"the receipt log {kept.origin} is not what it was: {'; '.join(verdict.reasons)}"
            )

    async def _growth(self, book: _Book, old: int, size: int) -> list[bytes]:
        return await self._looked(book, lambda node: consistency_proof(old, size, node))

    async def _looked(self, book: _Book, make: Callable[[Lookup], T]) -> T:
        """Make something of a log's hashes, with the leaves that it needs read from the ledger."""
        node_of, name = book.edge.lookup, book.name
        return await self._core.ledger.read(
            lambda ask: make(node_of(lambda first, count: ledger_query.leaves(ask, name, first, count)))
        )

    # Serving

    async def checkpoint(self) -> str:
        """Give the newest signed checkpoint, "" before the first."""
        return (await self._book(self._core.log)).note

    async def proof(self, receipt: str) -> str | None:
        """Give the proof for a receipt id. None: no such receipt; "": not under a checkpoint yet."""
        row = await self._core.ledger.read(
            lambda ask: ask.execute("SELECT log, idx FROM leaf WHERE answer = ?", (receipt,)).fetchone()
        )
        if row is None:
            return None
        book = await self._book(row[0])
        if book.checkpoint is None or row[1] >= book.checkpoint.size:
            return ""
        index, checkpoint, note = row[1], book.checkpoint, book.note
        made = await self._looked(book, lambda node: ReceiptProof.make(index, checkpoint, note, node))
        return made.text()

    async def tile(self, path: str) -> bytes | None:
        """Give a tile of the current log as a file (C2SP tlog-tiles), None where there is none."""
        book = await self._book(self._core.log)
        size = book.checkpoint.size if book.checkpoint is not None else 0
        return await self._looked(book, lambda node: serve_tile(path, size, node))

    async def _book(self, name: str) -> _Book:
        book = self._books.get(name)
        if book is not None and (self._signs or not self._core.ledger.shared):
            return book
        async with self._lock:
            return await self._follow(name)


def _page(ask: ledger_query.Ask, name: str, start: int) -> list[bytes]:
    return ledger_query.leaves(ask, name, start, LEAVES_READ_MAX)
