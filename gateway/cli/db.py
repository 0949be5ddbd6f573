"""`gateway db check|backup|upgrade`: the ledger, while the service is down or up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.common import DONE, INPUT, UNREACHABLE, USAGE, UserError, print_json

if TYPE_CHECKING:
    import argparse

    from gateway.shell.config import Config


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `db`."""
    parser = subparsers.add_parser("db", help="the ledger: check it, copy it, bring it forward")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, text, call in (
        (
            "check",
            "every stored digest, signature and log entry again; also while the service runs",
            run_check,
        ),
        ("retention", "how long content is kept, by partner, and how much of it is due", run_retention),
        ("backup", "a copy that can be put back; also while the service runs", run_backup),
        ("upgrade", "bring the tables forward; the service does it too when it starts", run_upgrade),
    ):
        one = commands.add_parser(name, help=text, epilog=f"example: gateway db {name} --config config.yaml")
        one.add_argument("--config", type=Path, metavar="FILE", help="config.yaml here, else the shipped one")
        if name == "backup":
            one.add_argument("folder", type=Path, metavar="DIR", help="where to; must not exist, or be empty")
        one.add_argument("--json", action="store_true", help="print JSON")
        one.set_defaults(run=call)


def _config(args: argparse.Namespace) -> Config:
    from gateway.shell.config import ConfigError  # noqa: PLC0415
    from gateway.shell.config_file import find_config, load_config  # noqa: PLC0415

    try:
        config = load_config(args.config or find_config())
    except ConfigError as error:
        raise UserError(str(error)) from error
    if not config.store.address and not config.store.path.is_file():
        raise UserError(f"{config.store.path}: there is no ledger yet")
    return config


def run_check(args: argparse.Namespace) -> int:
    """Check everything; status 1 if something does not hold."""
    from gateway.shell.ledger_files import check  # noqa: PLC0415 - only this command needs it
    from gateway.shell.ledger_store import LedgerError  # noqa: PLC0415

    config = _config(args)
    try:
        checked = check(config)
    except LedgerError as error:
        raise UserError(str(error), USAGE if error.reachable else UNREACHABLE) from error
    if args.json:
        print_json({"counts": checked.counts, "wrong": checked.wrong})
    else:
        for line in checked.wrong:
            print(line)
        print(", ".join(f"{count} {what}" for what, count in checked.counts.items()))
        print("everything holds" if not checked.wrong else f"{len(checked.wrong)} things do not hold")
    return INPUT if checked.wrong else DONE


def run_retention(args: argparse.Namespace) -> int:
    """Show what is kept and for how long."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from gateway.shell.ledger_store import LedgerError, store_of  # noqa: PLC0415
    from gateway.shell.retention import kept  # noqa: PLC0415

    config = _config(args)
    try:
        with store_of(config.store).snapshot() as connection:
            found = kept(connection, config, datetime.now(UTC))
    except LedgerError as error:
        raise UserError(str(error), USAGE if error.reachable else UNREACHABLE) from error
    if args.json:
        print_json(
            [
                {
                    "partner": one.partner,
                    "filings_years": one.settings.filings_years,
                    "others_days": one.settings.others_days,
                    "kept": one.kept,
                    "due": one.due,
                    "removed": one.removed,
                }
                for one in found
            ]
        )
        return DONE
    for one in found:
        years, days = one.settings.filings_years, one.settings.others_days
        print(
            f"{one.partner}: filings {f'{years} years' if years else 'for ever'},"
            f" others {f'{days} days' if days else 'for ever'};"
            f" {one.kept} kept, {one.due} of them due, {one.removed} removed"
        )
    return DONE


def run_backup(args: argparse.Namespace) -> int:
    """Copy ledger, bodies and public keys into a folder."""
    from gateway.shell.ledger_files import backup  # noqa: PLC0415

    config = _config(args)
    if config.store.address:
        raise UserError(
            "a PostgreSQL database is copied with pg_dump or pg_basebackup; see docs/operators.md"
        )
    try:
        copied = backup(config, args.folder)
    except OSError as error:
        raise UserError(f"{error.filename or args.folder}: {error.strerror or error}") from error
    if args.json:
        print_json(copied)
    else:
        print(
            f"{args.folder}: ledger with {copied['submissions']} submissions, {copied['bodies']} bodies in files"
        )
    return DONE


def run_upgrade(args: argparse.Namespace) -> int:
    """Bring the tables forward."""
    from gateway.shell.ledger import LedgerError  # noqa: PLC0415
    from gateway.shell.ledger_files import upgrade  # noqa: PLC0415
    from gateway.shell.ledger_store import store_of  # noqa: PLC0415

    config = _config(args)
    try:
        before, after = upgrade(config)
    except LedgerError as error:
        raise UserError(str(error), USAGE if error.reachable else UNREACHABLE) from error
    if args.json:
        print_json({"before": before, "after": after})
    else:
        print(
            f"{store_of(config.store).name}: step {before} to {after}" if before != after else "nothing to do"
        )
    return DONE
