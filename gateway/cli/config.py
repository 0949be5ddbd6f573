"""`gateway config check|show`: the configuration as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, UserError, print_json

if TYPE_CHECKING:
    import argparse


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `config`."""
    parser = subparsers.add_parser("config", help="the configuration: check it, show it")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, text, call in (
        ("check", "whether the file can be used; what is wrong, with its line", run_check),
        ("show", "every setting as it was read, defaults included; secrets are not shown", run_show),
    ):
        one = commands.add_parser(name, help=text, epilog=f"example: gateway config {name} config.yaml")
        one.add_argument("file", nargs="?", type=Path, help="config.yaml here, else the shipped one")
        one.add_argument("--config", type=Path, metavar="FILE", help="the same")
        one.add_argument("--json", action="store_true", help="print JSON")
        one.set_defaults(run=call)


def run_check(args: argparse.Namespace) -> int:
    """Read the file and look up every secret; status 2 and file:line where something is wrong."""
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config, secrets_of  # noqa: PLC0415

    path = args.file or args.config or find_config()
    try:
        config = load_config(path)
        for secret in secrets_of(config):
            secret.reveal()
    except ConfigError as error:
        raise UserError(str(error)) from error
    if args.json:
        print_json({"file": str(path), "ok": True})
    else:
        print(f"{path}: ok: {len(config.partners)} partners, {len(config.endpoints)} endpoints")
    return DONE


def run_show(args: argparse.Namespace) -> int:
    """Print the configuration."""
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config, shown  # noqa: PLC0415

    try:
        config = load_config(args.file or args.config or find_config())
    except ConfigError as error:
        raise UserError(str(error)) from error
    if args.json:
        print_json(config.model_dump(mode="json"))
    else:
        print(shown(config), end="")
    return DONE
