"""`gateway doctor`: whether this machine and this configuration can run the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, INPUT, UserError, print_json

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `doctor`."""
    parser = subparsers.add_parser(
        "doctor",
        help="whether this machine and this configuration can run the service",
        epilog="example: gateway doctor --config config.yaml",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="config.yaml here, else the shipped one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at everything; status 1 if something would stop the service."""
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config  # noqa: PLC0415
    from gateway.shell.doctor import examine  # noqa: PLC0415

    path = args.config or find_config()
    try:
        config = load_config(path)
    except ConfigError as error:
        raise UserError(str(error)) from error
    found = examine(config)
    if args.json:
        print_json([{"what": one.what, "state": one.state, "says": one.says} for one in found])
    else:
        width = max(len(one.what) for one in found)
        for one in found:
            print(f"{one.state:<4}  {one.what:<{width}}  {one.says}")
    return INPUT if any(one.state == "bad" for one in found) else DONE
