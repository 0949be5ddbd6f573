"""`gateway serve`: the service, until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gateway.cli.common import DONE, UNREACHABLE, UserError
from gateway.shell.memory import all_loaded
from gateway.specs import SpecError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator

    from gateway.shell.config import Config
    from gateway.shell.server import Gateway


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `serve`."""
    parser = subparsers.add_parser(
        "serve",
        help="the service: takes submissions, forwards them, answers with a signature",
        epilog="example: gateway serve --config config.yaml --simulator",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="config.yaml here, else the shipped one")
    parser.add_argument(
        "--simulator", action="store_true", help="start an ACE simulator too, where the endpoints point"
    )
    parser.add_argument("--host", help="address to listen on, instead of the configured one")
    parser.add_argument("--port", type=int, help="port, instead of the configured one; 0 for a free one")
    parser.add_argument(
        "--worker", action="store_true", help="no HTTP: do what others take in, on one PostgreSQL database"
    )
    parser.add_argument("--log-level", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM. The address is the first line on standard output."""
    from gateway.shell import logs  # noqa: PLC0415 - only this command needs the service
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config  # noqa: PLC0415
    from gateway.shell.keys import KeyFolderError  # noqa: PLC0415
    from gateway.shell.ledger import LedgerError  # noqa: PLC0415
    from gateway.shell.loop import run as run_loop  # noqa: PLC0415

    if args.port is not None and not 0 <= args.port <= 65535:
        raise UserError(f"--port {args.port}: a port is a number from 0 to 65535")
    path = args.config or find_config()
    try:
        config = load_config(path)
        if args.worker and not config.store.address:
            raise UserError("--worker: the ledger is a file, which one process has alone; set store.address")
        if args.host is not None:
            config = _listening(config, args.host)
        logs.begin(args.log_level)
        run_loop(_serve(args, config))
    except (ConfigError, KeyFolderError, LedgerError, SpecError) as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"cannot listen: {error.strerror or error}", UNREACHABLE) from error
    return DONE


def _listening(config: Config, host: str) -> Config:
    """Give the configuration with another host, held to the same rules."""
    from gateway.shell.config import Config, ConfigError  # noqa: PLC0415

    plain = config.model_dump()
    plain["server"]["host"] = host
    try:
        return Config.model_validate(plain)
    except ValueError as error:
        raise ConfigError("--host", 0, str(error).splitlines()[2].strip()) from error


async def _serve(args: argparse.Namespace, config: Config) -> None:
    if config.work.count:
        from gateway.shell.pool_member import expect_members  # noqa: PLC0415

        # The code of the work is loaded while ours is.
        expect_members()
    from gateway.shell.server import start_gateway  # noqa: PLC0415

    stop = asyncio.Event()
    reloads: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        if args.simulator:
            await stack.enter_async_context(_simulating(config))
        gateway = await start_gateway(config, port=args.port, listen=not args.worker)
        stack.push_async_callback(gateway.stop)
        loop.add_signal_handler(
            signal.SIGHUP, lambda: reloads.append(loop.create_task(_reload(args, gateway)))
        )
        print(gateway.url or "working", flush=True)
        _say(config, gateway.url)
        for warning in gateway.service.core.ledger.warnings:
            print(f"warning: {warning}", file=sys.stderr)
        all_loaded()
        await stop.wait()
        print("stopping", file=sys.stderr)


async def _reload(args: argparse.Namespace, gateway: Gateway) -> None:
    """Take the configuration and the tables as they are now; say what came of it."""
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config  # noqa: PLC0415
    from gateway.shell.reload import reload  # noqa: PLC0415

    try:
        config = load_config(args.config or find_config())
        if args.host is not None:
            config = _listening(config, args.host)
        done = await reload(gateway.service, config)
    except (ConfigError, SpecError) as error:
        print(f"not reloaded: {error}", file=sys.stderr, flush=True)
        return
    waiting = f"; a restart is needed for {', '.join(done.waiting)}" if done.waiting else ""
    print(f"reloaded{waiting}", file=sys.stderr, flush=True)


@contextlib.asynccontextmanager
async def _simulating(config: Config) -> AsyncIterator[None]:
    """Run simulators where the endpoints of this machine point."""
    from gateway.shell.config import is_loopback  # noqa: PLC0415
    from gateway.shell.simulator import start_simulator  # noqa: PLC0415

    places = sorted(
        {
            (parts.hostname, parts.port)
            for endpoint in config.endpoints.values()
            if (parts := urlsplit(endpoint.address)).hostname and parts.port and is_loopback(parts.hostname)
        }
    )
    if not places:
        raise UserError("--simulator: no endpoint of the configuration is on the loopback address")
    running = []
    store = config.store.path.parent
    store.mkdir(parents=True, exist_ok=True)
    try:
        for host, port in places:
            running.append(await start_simulator(host, port, store / f"simulator-{port}.sqlite"))
            print(f"simulator at {running[-1].url}", file=sys.stderr)
        yield
    finally:
        for simulator in running:
            await simulator.stop()


def _say(config: Config, url: str) -> None:
    from gateway.shell.ledger_sqlite import SqliteStore  # noqa: PLC0415
    from gateway.shell.ledger_store import store_of  # noqa: PLC0415

    store = store_of(config.store)
    by = f" ({store.library})" if isinstance(store, SqliteStore) else ""
    place = f"at {url}" if url else "without HTTP"
    print(f"gateway {config.name} {place}, ledger {store.name}{by}", file=sys.stderr)
    if not url:
        return
    if config.server.loopback:
        print("only this machine can connect; docs/operators.md says how to open it", file=sys.stderr)
    if name := config.anonymous():
        print(f"callers without a key are the partner {name}", file=sys.stderr)
