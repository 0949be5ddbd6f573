"""`gateway simulate`: the ACE simulator alone, until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, UNREACHABLE, UserError
from gateway.shell.memory import all_loaded
from gateway.specs import SpecError

if TYPE_CHECKING:
    import argparse

_DEFAULT_PORT = 8700


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `simulate`."""
    parser = subparsers.add_parser(
        "simulate",
        help="a small ACE: takes batches, answers, sends statuses",
        epilog="example: gateway simulate --port 8700 --store ace.db --scenario hold",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument(
        "--port", type=int, default=_DEFAULT_PORT, help=f"port, 0 for a free one ({_DEFAULT_PORT})"
    )
    parser.add_argument(
        "--store",
        default=":memory:",
        metavar="FILE",
        help="SQLite file; the next start goes on from it (in memory, gone at the end)",
    )
    parser.add_argument("--scenario", default="", metavar="NAME", help="what filings follow (released)")
    parser.add_argument(
        "--scenarios", type=Path, metavar="DIR", help="a folder of your own in place of the shipped scenarios"
    )
    parser.add_argument("--token", default="", help="the bearer token that callers must show (none)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what is done, on standard error")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run until interrupted. The address is the first line on standard output."""
    from gateway.shell.loop import run as run_loop  # noqa: PLC0415 - only this command needs it
    from gateway.simulator.scenarios import ScenarioError  # noqa: PLC0415

    if not 0 <= args.port <= 65535:
        raise UserError(f"--port {args.port}: a port is a number from 0 to 65535")
    if args.store != ":memory:" and not Path(args.store).resolve().parent.is_dir():
        raise UserError(f"--store {args.store}: there is no such folder")
    if args.verbose:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        run_loop(_serve(args))
    except (ScenarioError, SpecError) as error:
        raise UserError(str(error)) from error
    return DONE


async def _serve(args: argparse.Namespace) -> None:
    from gateway.shell.simulator import StoreError, start_simulator  # noqa: PLC0415 - loads the web server

    try:
        simulator = await start_simulator(
            args.host, args.port, args.store, args.scenario, token=args.token, scenarios=args.scenarios
        )
    except StoreError as error:
        raise UserError(f"--store {args.store}: {error}") from error
    except OSError as error:
        reason = error.strerror or "cannot be bound"
        raise UserError(f"{args.host}:{args.port}: {reason}", UNREACHABLE) from error
    print(simulator.url, flush=True)
    all_loaded()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await ended.wait()
    finally:
        await simulator.stop()
