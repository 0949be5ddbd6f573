"""`gateway conformance ...`: judge an implementation, ours or anybody's, clause by clause."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from gateway.cli.common import USAGE, UserError, read_input
from gateway.cli.judging import add, register_results, reporting, seconds, wanted, whole, writable

if TYPE_CHECKING:
    import argparse

    from gateway.conformance.baseline import Baseline
    from gateway.conformance.profiles import Profile
    from gateway.conformance.selection import Selection

_SELECT = "a prefix of an id, clause:PREFIX, level:1-5, must, failed:RESULTS"


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `conformance` with its own commands."""
    parser = subparsers.add_parser(
        "conformance",
        help="judge an implementation clause by clause",
        epilog="example: gateway conformance run x12.309 --target https://gateway.example/v1",
    )
    commands = parser.add_subparsers(metavar="WHAT", required=True)
    _list(commands)
    _show(commands)
    _run(commands)
    _coverage(commands)
    register_results(commands)


def _selecting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("select", nargs="*", metavar="SELECT", help=_SELECT)
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="what the generated cases are drawn from"
    )


def _selection(args: argparse.Namespace) -> Selection:
    """Read the SELECT words; one that means nothing is a mistake, not an empty run."""
    from gateway.conformance import catalogue  # noqa: PLC0415
    from gateway.conformance.results import failed  # noqa: PLC0415
    from gateway.conformance.selection import SelectionError, select  # noqa: PLC0415

    selection = select(args.select, failed)
    word = catalogue.unknown(selection, seed=args.seed)
    if word:
        raise SelectionError(f"{word}: no id begins so; `gateway conformance list --suites` shows the suites")
    return selection


def _baseline(args: argparse.Namespace) -> Baseline:
    from gateway.conformance import baseline, catalogue  # noqa: PLC0415

    if not args.baseline:
        return baseline.Baseline()
    known = baseline.load(args.baseline)
    lost = catalogue.lost(known.entries, seed=args.seed)
    if lost:
        raise baseline.BaselineError(f"{args.baseline}: {lost[0]} is the id of no case")
    return known


def _list(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add(commands, "list", "what would run, without running it", "list x12.309.004010/M10", _do_list)
    _selecting(parser)
    parser.add_argument("--suites", action="store_true", help="suites with their number of cases")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _do_list(args: argparse.Namespace) -> int:
    from gateway.conformance.command_show import list_cases  # noqa: PLC0415

    return list_cases(_selection(args), args.seed, suites_only=args.suites, as_json=args.json)


def _show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add(
        commands,
        "show",
        "the bytes, the clause, the expectation",
        "show x12.309.004010/M10-02/code/unknown",
        _do_show,
    )
    parser.add_argument("case", metavar="CASE", help="the id of a case")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="what the generated cases are drawn from"
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument("--bytes", action="store_true", help="the input alone, as it is sent")


def _do_show(args: argparse.Namespace) -> int:
    from gateway.conformance.command_show import show  # noqa: PLC0415

    if not show(args.case, args.seed, raw=args.bytes, as_json=args.json):
        raise UserError(f"{args.case}: there is no such case; `gateway conformance list` shows all")
    return 0


def _coverage(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add(commands, "coverage", "clauses against cases", "coverage --check", _do_coverage)
    _selecting(parser)
    option = parser.add_argument
    option("--check", action="store_true", help="status 4 where a must clause lacks a case and a reason")
    option("--lock", action="store_true", help="take new ids into ids.lock")
    option("--csv", default="", metavar="FILE", help="every clause as a row; - is standard output")
    option("--json", action="store_true", help="as one JSON object")


def _do_coverage(args: argparse.Namespace) -> int:
    from gateway.conformance.command_coverage import coverage  # noqa: PLC0415

    return coverage(
        _selection(args), args.seed, check=args.check, lock=args.lock, as_json=args.json, table=args.csv
    )


def _run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add(commands, "run", "judge a target", "run x12.309 --jobs 4 --html report.html", _do_run)
    _selecting(parser)
    option = parser.add_argument
    option("--target", default="library", metavar="TARGET",
        help="library, exec:'CMD {in} {out}', an http(s) address, sender:PORT")  # fmt: skip
    option("--profile", default="", metavar="FILE", help="what the target claims")
    option("--strict", action="store_true", help="should counts like must")
    option("--baseline", default="", metavar="FILE", help="known failures: id, reason, expiry date")
    option(
        "--jobs",
        type=whole(1),
        default=0,
        metavar="N",
        help="processes; all cores by default, one where an address is judged over many connections",
    )
    option("--cacert", default="", metavar="FILE", help="certificates to trust, for an https address")
    option("--api-key-file", default="", metavar="FILE",
           help="sent as a bearer token; else $GATEWAY_CONFORMANCE_KEY, else none")  # fmt: skip
    option("--connections", type=whole(1), default=0, metavar="N",
           help="for an address: cases in flight of each process, 16 by default")  # fmt: skip
    option("--timeout-s", type=seconds, default=None, metavar="N",
           help="how long one case may take, 30 by default; how long a sender may be silent")  # fmt: skip
    option(
        "--sample", type=whole(1), default=1, metavar="N", help="one case in N, and the first of each suite"
    )
    option("--max-fail", type=whole(0), default=0, metavar="N", help="stop after so many failures")
    option("--fail-fast", action="store_true", help="stop at the first failure")
    option("--resume", action="store_true", help="take up a run that was broken off")
    option(
        "--out", default="conformance-results.jsonl", metavar="FILE", help="the results; - is standard output"
    )
    option("--quiet", action="store_true", help="no progress, only the counts")
    option("--verbose", action="store_true", help="show every failure")
    option("--no-color", action="store_true", help="no colours")
    reporting(parser)


def _jobs(args: argparse.Namespace) -> int:
    """Give the processes; who asks an address leaves the other cores to what is judged."""
    if args.jobs > 0:
        return int(args.jobs)
    return 1 if _is_address(args) else os.cpu_count() or 1


def _is_address(args: argparse.Namespace) -> bool:
    return bool(args.target.startswith(("http://", "https://")))


def _timeout(args: argparse.Namespace) -> float:
    """Give the seconds; a sender may take its time."""
    if args.timeout_s is not None:
        return float(args.timeout_s)
    return 0.0 if args.target.startswith("sender:") else 30.0


def _reached(args: argparse.Namespace, profile: Profile) -> Profile:
    """Give the profile with what the command line says of an address; a key is in no argument."""
    if not _is_address(args):
        return profile
    more: dict[str, object] = {}
    key = os.environ.get("GATEWAY_CONFORMANCE_KEY", "")
    if args.api_key_file:
        key = read_input(args.api_key_file).decode("ascii", "replace").strip()
    if key:
        more["headers"] = {"Authorization": f"Bearer {key}"}
    if args.cacert:
        more["cafile"] = args.cacert
    if args.connections:
        more["connections"] = args.connections
    return profile.reached(**more)


def _do_run(args: argparse.Namespace) -> int:
    try:
        return _judged(args)
    except KeyboardInterrupt:
        # A run that has begun tells itself how far it came.
        sys.stderr.write("stopped before the first case\n")
        return 3


def _judged(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415

    from gateway.conformance import command_run, profiles  # noqa: PLC0415
    from gateway.conformance.reports import draw  # noqa: PLC0415
    from gateway.conformance.runner import Order  # noqa: PLC0415

    order = Order(
        target=args.target,
        today=datetime.now(UTC).date(),
        profile=_reached(args, profiles.load(args.profile) if args.profile else profiles.Profile()),
        selection=_selection(args),
        baseline=_baseline(args),
        seed=args.seed,
        jobs=_jobs(args),
        timeout_s=_timeout(args),
        one_in=args.sample,
    )
    options = command_run.Options(
        out=args.out,
        strict=args.strict,
        fail_max=1 if args.fail_fast else args.max_fail,
        resume=args.resume,
        quiet=args.quiet,
        verbose=args.verbose,
        colour=sys.stdout.isatty() and not args.no_color and not os.environ.get("NO_COLOR"),
        words=tuple(args.select),
    )
    forms = wanted(args)
    if forms and args.out == "-":
        raise UserError("reports are drawn from a file: give --out FILE", USAGE)
    writable(forms)
    status, path, whole = command_run.run(order, options)
    if forms and whole:
        draw(path, forms, sys.stdout)
    return status
