"""The command line: one file per command, each with `register(subparsers)`.

Exit statuses: 0 it holds or was done; 1 the input is at fault; 2 wrong command line or
configuration; 3 something needed could not be reached; 4 our fault; 130 stopped with Ctrl-C; 141 who read the
output went away before all of it was said (`| head`).
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, OURS, STOPPED, UNREACHABLE, UNREAD, UserError, read_no_more
from gateway.cli.parsing import Parser
from gateway.shell.versions import version

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

_ORDER = (
    "demo", "inspect", "validate", "translate", "acknowledge", "coverage", "mappings", "serve", "simulate",
    "submit", "status", "receipt", "log", "keys", "outbox", "db", "doctor", "conformance", "config",
)  # fmt: skip


def parser(only: str = "") -> argparse.ArgumentParser:
    """Make the parser with every command; with the name of one in `only`, with that alone, which loads less."""
    top = Parser(
        prog="gateway",
        description="Customs entries in any format: read, check, translate, forward, answer with a signature.",
        epilog="example: gateway validate manifest.edi",
    )
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    names = {module.name for module in iter_modules(__path__)} - {"common", "parsing"}
    ranked = sorted(names, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    if only not in names:
        top.add_argument("--version", action="version", version=f"gateway {version()}")
    for name in [only] if only in names else ranked:
        module = import_module(f"gateway.cli.{name}")
        if hasattr(module, "register"):
            module.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    status = DONE
    try:
        status = _run(argv)
        # What is still in Python's hands breaks here, and not when nobody can say anything to it.
        print(end="", flush=True)
    except UserError as error:
        print(f"gateway: {error}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        # The reader went away (`| head`), which is no fault of anybody's; but that all was said cannot be claimed.
        read_no_more()
        return status or UNREAD
    except KeyboardInterrupt:
        print("gateway: stopped", file=sys.stderr)
        return STOPPED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            print(f"gateway: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
            read_no_more()
            return UNREACHABLE
        if os.environ.get("GATEWAY_TRACEBACK"):
            raise
        print(f"gateway: our fault: {type(error).__name__}: {error}", file=sys.stderr)
        print("gateway: GATEWAY_TRACEBACK=1 shows where", file=sys.stderr)
        return OURS
    return status


def _run(argv: Sequence[str] | None) -> int:
    words = sys.argv[1:] if argv is None else list(argv)
    top = parser(words[0] if words else "")
    args, unknown = top.parse_known_args(argv)
    if unknown:
        top.error(f"{words[0]} does not know {' '.join(unknown)}; see `gateway {words[0]} --help`")
    run: Callable[[argparse.Namespace], int] = args.run
    return run(args)
