"""What every part of the service needs: configuration, clock, ledger, pool, keys, news.

Lives here: the things themselves and how they hear of each other. Never here: what is
done with a submission (`processing.py`, `delivery.py`) or what is said over HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.shell.bodies import Body
from gateway.shell.clock import Clock, Ids, rfc3339
from gateway.shell.config import Config
from gateway.shell.evidence import NOTHING, Evidence, software
from gateway.shell.ledger import Ledger, Transaction
from gateway.shell.ledger_flow import Said
from gateway.shell.ledger_store import EVERYTHING
from gateway.shell.pool import Pool
from gateway.shell.shelf import KeyShelf
from gateway.shell.work_jobs import Reply
from gateway.signing import Attests, Content, KeyRing, Kind, Receipt, digest, make_receipt, sign_detached
from gateway.signing.digest import spell

if TYPE_CHECKING:
    from gateway.shell.tracing import Tracing

SHORT_BYTES_MAX = 256 * 1024
NUMBERS_BLOCK = 1000
PRESSED = 32
"""So many senders who wait for their acknowledgement at one time are more than can be worked for."""
PRESSED_SECONDS = 0.1
NUMBER_MAX = 999_999_999
"""ISA13 and UNB 0020 have nine digits; after the last comes the first."""


SOFTWARE = software()


async def until(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, so long at most.

    Not `asyncio.wait_for`: before Python 3.12 it loses a cancellation that comes together
    with the event, and then a worker never ends.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class News:
    """Tells those who wait that a commit touched what they wait for."""

    def __init__(self) -> None:
        self._topics: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}

    def spread(self, touched: frozenset[str]) -> None:
        """Wake everybody who waits for one of these names."""
        if EVERYTHING in touched:
            touched = frozenset((*self._topics, *self._waiting))
        for name in touched:
            if name in self._topics:
                self._topics[name].set()
            for waiter in self._waiting.pop(name, ()):
                if not waiter.done():
                    waiter.set_result(None)

    def spread_all(self) -> None:
        """Wake everybody: we are about to stop."""
        self.spread(frozenset({EVERYTHING}))

    def topic(self, name: str) -> asyncio.Event:
        """Give the event that a worker clears and waits for."""
        return self._topics[name]

    @contextlib.asynccontextmanager
    async def about(self, name: str) -> AsyncIterator[Callable[[float], Awaitable[bool]]]:
        """Watch a name. Look at the ledger inside, then `await wait(seconds)`: False when nothing came."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(name, set()).add(waiter)

        async def wait(seconds: float) -> bool:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await asyncio.shield(waiter)
            return waiter.done()

        try:
            yield wait
        finally:
            waiters = self._waiting.get(name)
            if waiters is not None:
                waiters.discard(waiter)
                if not waiters:
                    del self._waiting[name]
            waiter.cancel()


class Numbers:
    """Our own control numbers: taken in blocks, so that none is ever given twice."""

    def __init__(self, ledger: Ledger, name: str = "control") -> None:
        self._ledger = ledger
        self._name = name
        self._next = 1
        self._end = 1
        self._lock = asyncio.Lock()

    async def take(self, count: int) -> range:
        """Give so many consecutive numbers, each from 1 to `NUMBER_MAX`."""
        async with self._lock:
            if self._end - self._next < count:
                block = max(count, NUMBERS_BLOCK)

                def reserve(tx: Transaction) -> int:
                    return tx.next(self._name, block)

                first = await self._ledger.write(reserve, short=True)
                if self._end != first:
                    self._next = first
                self._end = first + block
            first, self._next = self._next, self._next + count
        start = (first - 1) % NUMBER_MAX + 1
        return range(start, start + count) if start + count <= NUMBER_MAX else await self.take(count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The submission that an answer is about, as far as its receipt speaks of it."""

    submission: str
    partner: str
    content: Content
    via: dict[str, str]
    received_at: str
    interchange: dict[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Step:
    """A step of the work on submissions, as far as a trace tells of it.

    `notes` are ids, names, states and counts, never content. `first`: it made its submission.
    `traceparent` is what the caller says of its own trace; `error` names a kind, "" for none.
    """

    name: str
    submissions: tuple[str, ...]
    notes: dict[str, str | int]
    first: bool = False
    traceparent: str = ""
    error: str = ""


@dataclass(slots=True)
class Core:
    """The service's parts, put together once at start."""

    config: Config
    clock: Clock
    ids: Ids
    ledger: Ledger
    pool: Pool
    shelf: KeyShelf
    news: News
    numbers: Numbers
    instance: str
    counts: Counter[str] = field(default_factory=Counter)
    troubles: dict[str, str] = field(default_factory=dict)
    halted: str = ""
    arriving: int = 0
    """How many submissions are being stored now; their senders wait for it."""
    pressed_at: float = float("-inf")
    """When there were last so many that other work stands back, by the monotonic clock."""
    tracing: Tracing | None = None

    @property
    def ring(self) -> KeyRing:
        """The keys, as they are now."""
        return self.shelf.ring

    @property
    def log(self) -> str:
        """The origin of the receipt log: one a year."""
        return f"{self.config.log}/{self.clock.now().year}"

    @property
    def software(self) -> str:
        """What judged, for receipts."""
        return SOFTWARE

    @contextlib.contextmanager
    def arrival(self) -> Iterator[None]:
        """Count a submission that is being stored within."""
        self.arriving += 1
        if self.arriving >= PRESSED:
            self.pressed_at = time.monotonic()
        try:
            yield
        finally:
            self.arriving -= 1

    @property
    def pressed(self) -> bool:
        """Tell whether more comes in than can be worked on: then it is stored first."""
        return time.monotonic() - self.pressed_at < PRESSED_SECONDS

    def step(self, name: str, submission: str, **notes: str | int) -> contextlib.AbstractContextManager[Step]:
        """Tell a trace of a step that is done within; where nothing is traced nothing is kept of it."""
        step = Step(name=name, submissions=(submission,) if submission else (), notes=notes)
        return contextlib.nullcontext(step) if self.tracing is None else self.tracing.watch(step)

    def receipt(self, origin: Origin, at: datetime) -> Said:
        """Make and sign the receipt of bytes that are about to be committed."""
        made = Receipt(
            receipt=self.ids(),
            submission=origin.submission,
            kind=Kind.RECEIPT,
            attests=Attests.RECEIVED,
            disposition="received",
            at=at,
            partner=origin.partner,
            content=origin.content,
            via=origin.via,
            interchange=origin.interchange,
            log=self.log,
        )
        return Said(
            id=made.receipt,
            kind=made.kind.value,
            disposition=made.disposition,
            media_type="application/jose",
            body=None,
            signature="",
            receipt=make_receipt(made, self.ring.signer()),
            at=rfc3339(made.at),
            log=made.log,
        )

    def said(
        self,
        origin: Origin,
        reply: Reply,
        body: Body,
        kind: Kind,
        idx: int | None,
        evidence: Evidence = NOTHING,
    ) -> Said:
        """Sign an acknowledgement and make its receipt. A refusal is signed like any other.

        The receipt says no more than the reply: a refusal of ours is none of customs.
        """
        key = self.ring.signer()
        at = self.clock.now()
        made = Receipt(
            receipt=self.ids(),
            submission=origin.submission,
            kind=kind,
            attests=Attests(reply.attests),
            disposition=reply.outcome,
            at=at,
            received_at=datetime.fromisoformat(origin.received_at),
            partner=origin.partner,
            content=origin.content,
            via=origin.via,
            interchange=origin.interchange,
            answers=digest(reply.data),
            entry=spell(evidence.entry) if evidence.entry is not None else None,
            findings=evidence.findings,
            software=self.software,
            specs=evidence.specs,
            log=self.log,
        )
        return Said(
            id=made.receipt,
            kind=kind.value,
            disposition=reply.outcome,
            media_type=reply.media_type,
            body=body,
            signature=sign_detached(reply.data, key),
            receipt=make_receipt(made, key),
            at=rfc3339(at),
            log=made.log,
            idx=idx,
        )

    async def body(self, data: bytes, digest: bytes = b"") -> Body:
        """Make bytes ready for a commit; long ones off the loop, where they may be written to a file.

        `digest` is their SHA-256 where that is known already.
        """
        if len(data) <= SHORT_BYTES_MAX and self.ledger.bodies.is_inline(len(data)):
            return self.ledger.bodies.prepare(data, digest)
        return await asyncio.to_thread(self.ledger.bodies.prepare, data, digest)
