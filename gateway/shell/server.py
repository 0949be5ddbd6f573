"""The service as one thing that starts and stops: ledger, pool, workers, HTTP.

`start_gateway` gives a running gateway; `gateway serve` and `gateway demo` use nothing
else. Stopping finishes what is in work for a moment and hands back the rest: the outbox
knows what is left.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from gateway.shell import evidence
from gateway.shell.application import application
from gateway.shell.as2 import As2
from gateway.shell.auth import Gatekeeper
from gateway.shell.clock import Clock, Ids, SystemClock
from gateway.shell.config import Config, ConfigError
from gateway.shell.connections import Places, places
from gateway.shell.core import Core, News, Numbers
from gateway.shell.cores import Cores, keep_to, spread_over
from gateway.shell.delivery import Delivery
from gateway.shell.duty import on_duty
from gateway.shell.folder import Folder
from gateway.shell.ledger import Ledger, Transaction
from gateway.shell.ledger_store import store_of
from gateway.shell.logbook import Logbook
from gateway.shell.pipeline import Pipeline, traced
from gateway.shell.pool import Pool
from gateway.shell.processing import Processing
from gateway.shell.recheck_job import Rechecker
from gateway.shell.relay import relays_of
from gateway.shell.renewal import Renewal
from gateway.shell.retention import Retainer
from gateway.shell.service import Service
from gateway.shell.shelf import KeyShelf, read_keys
from gateway.shell.stamps import Stamper
from gateway.shell.watch import watch_clock, watch_members
from gateway.shell.webhooks import Webhooks
from gateway.shell.work_names import PREPARE, UNKNOWN_TARGETS

if TYPE_CHECKING:
    from gateway.shell.tracing import Tracing

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 15.0
INSTANCE_CHARS = 8
STOP_AGAIN_SECONDS = 10.0
AGAIN_SECONDS = 1.0

Worker = Callable[[], Awaitable[None]]


async def start_gateway(
    config: Config,
    *,
    host: str | None = None,
    port: int | None = None,
    clock: Clock | None = None,
    listen: bool = True,
    warm: bool = True,
) -> Gateway:
    """Start a gateway and give it, taking work. `port` 0 takes a free one.

    Without `listen` it has no HTTP interface and does what others took in, on a shared ledger. Without `warm` tables
    are loaded by the first work that needs them: what is wrong with them is told no sooner.
    Raises `LedgerError`, `KeyFolderError`, `ConfigError`, or `OSError` for an address that
    cannot be had.
    """
    gateway = Gateway(config, clock or SystemClock())
    try:
        await gateway.start(warm=warm)
        if listen:
            await gateway.listen(host or config.server.host, config.server.port if port is None else port)
    except BaseException:
        await gateway.stop()
        raise
    return gateway


class Gateway:
    """A running gateway. `url` is its base address."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self.config = config
        self.url = ""
        self._clock = clock
        self._shelf = KeyShelf(config, clock)
        self._ledger = Ledger(store_of(config.store), clock, inline_bytes_max=config.store.inline_bytes_max)
        self._pool: Pool | None = None
        self._service: Service | None = None
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._workers: list[asyncio.Task[None]] = []
        self._tracing: Tracing | None = None
        self._cores: Cores = frozenset()

    @property
    def service(self) -> Service:
        """The parts, once started."""
        if self._service is None:
            raise RuntimeError("the gateway is not started")
        return self._service

    async def start(self, *, warm: bool = True) -> None:
        """Open everything before it is needed, and begin to work; without `warm` all but the tables."""
        config = self.config
        self._cores, others = keep_to(config.server.core)
        judging = asyncio.create_task(asyncio.to_thread(evidence.tables))
        await self._ledger.open()
        self._pool = Pool(
            config.work.count,
            seconds_max=config.work.seconds_max,
            bytes_max=config.work.bytes_max,
            cores=others,
        )
        core = Core(
            config=config,
            clock=self._clock,
            ids=Ids(self._clock),
            ledger=self._ledger,
            pool=self._pool,
            shelf=self._shelf,
            news=News(),
            numbers=Numbers(self._ledger),
            instance=await self._ledger.write(_instance(Ids(self._clock)())),
        )
        core.tracing = self._tracing = _tracing(config, self._clock)
        self._ledger.listen(core.news.spread)
        # To make a key of RSA takes as long as to load the tables. What is begun is ended before a failure is told.
        opening = asyncio.to_thread(self._shelf.open)
        loading = [self._pool.warm()] if warm else []
        for failure in await asyncio.gather(*loading, judging, opening, return_exceptions=True):
            if isinstance(failure, BaseException):
                raise failure
        await self._check_targets(self._pool)
        as2 = await asyncio.to_thread(As2, core)
        service = Service(
            core,
            Gatekeeper(config, self._clock),
            Delivery(core, as2),
            Logbook(core),
            as2,
            Rechecker(core),
            {
                name: read_keys(partner.request_keys)
                for name, partner in config.partners.items()
                if partner.request_keys is not None
            },
            relays_of(core),
        )
        await service.logbook.open()
        self._service = service
        self._begin(service)
        if self._pool.processes:
            self._workers.append(asyncio.create_task(self._prepare(self._pool), name="prepare"))
        if config.server.public_url:
            as2.listen_at(config.server.public_url)
        for warning in self._ledger.warnings:
            log.info("%s", warning)

    async def _check_targets(self, pool: Pool) -> None:
        targets = {name: endpoint.target for name, endpoint in self.config.endpoints.items()}
        if not targets:
            return
        unknown = (await pool.everywhere(UNKNOWN_TARGETS, sorted({*targets.values()})))[0]
        for name, target in targets.items():
            if target in unknown:
                raise ConfigError("config", 0, f"endpoint {name}: no mapping writes {target}")

    async def _prepare(self, pool: Pool) -> None:
        """Have each process make beforehand what its first work would wait for."""
        endpoints = self.config.endpoints.values()
        names = sorted({name for one in endpoints for name in (one.target, *one.messages)})
        try:
            await pool.everywhere(PREPARE, names)
        except Exception as error:  # noqa: BLE001 - whoever has work done is told, too
            log.info("the first work waits for its tables: %s", error)

    def _begin(self, service: Service) -> None:
        core = service.core
        hands, renewal = Processing(core), Renewal(core)
        workers: dict[str, Worker] = {
            "read": Pipeline(
                core, "process", traced(core, "read", hands.read), hands.stop_reading, hands.bring_source
            ).run,
            "relate": Pipeline(
                core, "relate", traced(core, "relate", hands.relate), hands.set_aside, hands.bring_heard
            ).run,
            "acknowledge": Pipeline(
                core,
                "acknowledge",
                traced(core, "acknowledge", hands.acknowledge),
                hands.set_aside,
                hands.bring_answered,
            ).run,
            "renew": Pipeline(
                core, "renew", traced(core, "renew", renewal.renew), hands.set_aside, renewal.bring
            ).run,
            "deliver": service.delivery.run,
            "tell": Webhooks(core).run,
            "members": partial(watch_members, core),
            "clock": partial(watch_clock, core),
        }
        alone: dict[str, Worker] = {"log": service.logbook.run, "retention": Retainer(core).run}
        workers["recheck"] = service.rechecker.run
        if core.config.signing.timestamps is not None:
            alone["stamp"] = Stamper(core, core.config.signing.timestamps).run
        if service.as2.partnerships:
            alone["as2"] = service.as2.sender.run
        alone |= {f"relay {one.name}": one.run for one in service.relays}
        alone |= {
            f"folder {name}": Folder(core, name, partner, partner.folder).run
            for name, partner in core.config.partners.items()
            if partner.folder is not None
        }
        workers |= {name: partial(on_duty, core, name, run) for name, run in alone.items()}
        for name, run in workers.items():
            self._workers.append(asyncio.create_task(_kept_running(core, name, run), name=name))

    async def listen(self, host: str, port: int) -> None:
        """Open the HTTP interface."""
        server, service = self.config.server, self.service
        self._runner = web.AppRunner(
            application(service),
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEEPALIVE_SECONDS,
            shutdown_timeout=server.stop_seconds_max,
        )
        await self._runner.setup()
        secure = _tls(self.config)
        maker = self._runner.server
        if maker is None:
            raise RuntimeError("the HTTP server is not set up")
        made = Places(maker, places(server.connections_max), service.busy, service.core.counts)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(made, host, port, ssl=secure, backlog=1024)
        bound = self._listener.sockets[0].getsockname()
        name = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
        self.url = f"{'https' if secure else 'http'}://{name}:{bound[1]}"
        service.as2.listen_at(self.url)
        service.started = True

    async def stop(self) -> None:
        """Stop taking work, end what is in work, hand back the rest, close the ledger."""
        if self._service is not None:
            self._service.stopping = True
            self._service.core.news.spread_all()
        if self._listener is not None:
            self._listener.close()
        if self._runner is not None:
            await self._runner.cleanup()
        left = set(self._workers)
        while left:
            for task in left:
                task.cancel()
            # Who has not heard it, since a library took the call for itself, is told again.
            _, left = await asyncio.wait(left, timeout=STOP_AGAIN_SECONDS)
        await asyncio.gather(*self._workers, return_exceptions=True)
        if self._pool is not None:
            self._pool.close()
        await self._ledger.close()
        self._shelf.close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.close)
        spread_over(self._cores)


async def _kept_running(core: Core, name: str, run: Worker) -> None:
    """Run a worker until cancelled; one that dies through a fault of ours is begun again."""
    while True:
        try:
            await run()
        except Exception as error:
            log.critical("the worker %s died", name, exc_info=error)
            core.troubles[f"worker {name}"] = type(error).__name__
            core.counts["workers_died"] += 1
        await asyncio.sleep(AGAIN_SECONDS)


def _instance(made: str) -> Callable[[Transaction], str]:
    """Give this ledger's own name, made once: correlation keys begin with it."""

    def find(tx: Transaction) -> str:
        name = made[-INSTANCE_CHARS:]
        tx.connection.execute(
            "INSERT INTO meta(name, value) VALUES('instance', ?) ON CONFLICT DO NOTHING", (name,)
        )
        return str(tx.connection.execute("SELECT value FROM meta WHERE name = 'instance'").fetchone()[0])

    return find


def _tracing(config: Config, clock: Clock) -> Tracing | None:
    """Begin to trace where that is set. Without the extra the gateway does its work all the same."""
    if config.tracing is None:
        return None
    try:
        from gateway.shell.tracing import Tracing  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        log.warning(
            "tracing is set and nothing is traced: %s is not there, install the extra otel", error.name
        )
        return None
    return Tracing(config.tracing, clock)


def _tls(config: Config) -> ssl.SSLContext | None:
    tls = config.server.tls
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(tls.certificate, tls.key)
    if tls.client_ca is not None:
        context.load_verify_locations(tls.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
