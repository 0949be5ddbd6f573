"""`gateway conformance replay, compare, report`: what is done with the results of a run.

Lives here: their options. `conformance.py` has the commands that make results.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.cli.common import INPUT, USAGE, UserError, read_input, write_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.conformance.profiles import Profile

REPORTS = ("junit", "sarif", "tap", "html", "md", "badge")


def add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    example: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add one command; what its user gets wrong becomes one line and a status."""
    parser = commands.add_parser(
        name, help=text, description=text, epilog=f"example: gateway conformance {example}"
    )
    parser.set_defaults(run=_guarded(run))
    return parser


def _guarded(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def guarded(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except ValueError as error:
            from gateway.conformance.mistakes import MISTAKES  # noqa: PLC0415 - heavy, and only now needed

            if isinstance(error, MISTAKES):
                raise UserError(str(error), USAGE) from error
            raise

    return guarded


def whole(least: int) -> Callable[[str], int]:
    """Give the type of an option that is a whole number, so much at least."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text} is no whole number from {least} up")
        return int(text)

    return read


def seconds(text: str) -> float:
    """Read seconds, 0 or more."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return found


def writable(forms: dict[str, str]) -> None:
    """Refuse a report that has no folder before anything is judged, not after."""
    for name in forms.values():
        if name != "-" and not Path(name).absolute().parent.is_dir():
            raise UserError(f"{name}: there is no folder {Path(name).parent}", USAGE)


def reporting(parser: argparse.ArgumentParser) -> None:
    """Add the options that draw results in other forms."""
    for name in REPORTS:
        parser.add_argument(f"--{name}", default="", metavar="FILE", help=f"draw the results as {name}")


def wanted(args: argparse.Namespace) -> dict[str, str]:
    """Give the forms that are asked for, with their files."""
    return {name: getattr(args, name) for name in REPORTS if getattr(args, name)}


def register_results(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that read results."""
    again = add(commands, "replay", "send the recorded bytes again",
                "replay conformance-results.jsonl", _do_replay)  # fmt: skip
    again.add_argument("results", metavar="RESULTS", help="what `run` wrote")
    again.add_argument("case", nargs="*", metavar="CASE", help="ids; all that did not pass if none is named")
    again.add_argument("--target", default="", metavar="TARGET", help="instead of the one that was judged")
    again.add_argument("--profile", default="", metavar="FILE", help="what the target claims")
    again.add_argument(
        "--timeout-s", type=seconds, default=30.0, metavar="N", help="how long one case may take"
    )
    again.add_argument("--json", action="store_true", help="one JSON object a line")
    differ = add(
        commands, "compare", "what got worse, what got better", "compare old.jsonl new.jsonl", _do_compare
    )
    differ.add_argument("old", metavar="OLD")
    differ.add_argument("new", metavar="NEW")
    differ.add_argument("--json", action="store_true", help="as one JSON object")
    drawn = add(commands, "report", "draw other formats from results",
                "report conformance-results.jsonl --html report.html", _do_report)  # fmt: skip
    drawn.add_argument("results", metavar="RESULTS", help="what `run` wrote")
    reporting(drawn)

    signed = add(commands, "attest", "a signed statement of the outcome",
                 "attest conformance-results.jsonl --key var/keys -o statement.jws", _do_attest)  # fmt: skip
    signed.add_argument("results", metavar="RESULTS", help="what `run` wrote")
    signed.add_argument("--key", default="", metavar="K", help="the key folder; its active receipt key signs")
    signed.add_argument("-o", "--output", default="-", metavar="OUT", help="- is standard output")
    signed.add_argument("--verify", default="", metavar="FILE", help="check a statement about these results")
    signed.add_argument(
        "--trust", default="", metavar="KEYS", help="with --verify: JWK set or PEM of the signer"
    )
    tested = add(commands, "selftest", "would we have noticed?", "selftest --sample 20", _do_selftest)
    tested.add_argument("--fault", nargs="*", action="extend", default=[], metavar="F",
                        help="beginnings of names: toy:accept, removed:x12/length, code:; all by default")  # fmt: skip
    tested.add_argument("--sample", type=whole(1), default=1, metavar="N", help="one clause or fault in N")
    tested.add_argument("--sites", type=whole(0), default=40, metavar="N",
                        help="faults drawn from each kind of code; 0 is all of them")  # fmt: skip
    tested.add_argument(
        "--seed", type=int, default=1, metavar="N", help="what faults and cases are drawn from"
    )
    tested.add_argument(
        "--jobs", type=whole(1), default=0, metavar="N", help="processes; all cores by default"
    )
    tested.add_argument("--out", default="", metavar="FILE", help="keep what became of each fault and part")
    tested.add_argument("--resume", action="store_true", help="take up the run that FILE was begun for")
    tested.add_argument("--json", action="store_true", help="one JSON object a line")


def _do_attest(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415

    from gateway.conformance import attest, results  # noqa: PLC0415
    from gateway.shell.keys import KeyFolder, KeyFolderError  # noqa: PLC0415
    from gateway.signing import KeyRing, KeySetError, Purpose  # noqa: PLC0415

    found = results.read(args.results)
    if args.verify:
        if not args.trust:
            raise UserError("--verify needs --trust KEYS, the keys of who signed", USAGE)
        try:
            plain = attest.verify(
                read_input(args.verify).decode("utf-8", "replace"),
                KeyRing.trusted(read_input(args.trust)),
                found,
            )
        except (KeySetError, attest.StatementError) as error:
            raise UserError(f"{args.verify}: {error}", INPUT) from error
        print(f"{plain['verdict']}: {plain['says']} Signed {plain['at']}.")
        return 0
    if not args.key:
        raise UserError("--key names the key folder; `gateway keys generate --folder DIR` makes one", USAGE)
    now = datetime.now(UTC)
    try:
        key = KeyFolder(Path(args.key)).open(now, (Purpose.RECEIPT,), make=False).signer(Purpose.RECEIPT)
    except (KeyFolderError, KeySetError) as error:
        raise UserError(str(error), USAGE) from error
    at = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    write_output(args.output, f"{attest.sign(found, key, at)}\n".encode())
    return 0


def _do_selftest(args: argparse.Namespace) -> int:
    from gateway.conformance.command_selftest import selftest  # noqa: PLC0415
    from gateway.conformance.selftest.code import Plan  # noqa: PLC0415

    if args.resume and not args.out:
        raise UserError("--resume needs --out FILE, the file to take up", USAGE)
    jobs = args.jobs or os.cpu_count() or 1
    plan = Plan(args.sites, max(1, args.sample), args.seed, jobs, args.out, args.resume)
    return selftest(args.fault, plan, as_json=args.json)


def _do_replay(args: argparse.Namespace) -> int:
    from datetime import UTC, datetime  # noqa: PLC0415

    from gateway.conformance import results  # noqa: PLC0415
    from gateway.conformance.exchange.own import expect  # noqa: PLC0415

    header = results.header_of(args.results)
    target = args.target or header["target"]["address"]
    if target == "library":
        # It comes up while the file is read and all else is loaded.
        for case in args.case:
            expect(case)
    from gateway.conformance.command_replay import replay  # noqa: PLC0415
    from gateway.conformance.runner import Order  # noqa: PLC0415

    order = Order(
        target=target,
        today=datetime.now(UTC).date(),
        profile=_profile(args.profile, header["profile"]),
        seed=header["seed"],
        timeout_s=args.timeout_s,
    )
    return replay(order, args.results, args.case, as_json=args.json)


def _profile(name: str, told: dict[str, str]) -> Profile:
    """Read the profile that is named; else the shipped one of the results, else what they say of it."""
    from gateway.conformance import profiles  # noqa: PLC0415
    from gateway.conformance.model import View  # noqa: PLC0415

    if name:
        return profiles.load(name)
    if (profiles.folder() / f"{told['name']}.toml").is_file():
        return profiles.load(told["name"])
    return profiles.Profile(name=told["name"], version=told["version"], see=View(told["see"]))


def _do_compare(args: argparse.Namespace) -> int:
    from gateway.conformance.command_compare import compare  # noqa: PLC0415

    return compare(args.old, args.new, as_json=args.json)


def _do_report(args: argparse.Namespace) -> int:
    from gateway.conformance.reports import draw  # noqa: PLC0415

    forms = wanted(args)
    if not forms:
        raise UserError("name a form: --html FILE, --junit FILE, ...; `-` is standard output", USAGE)
    if list(forms.values()).count("-") > 1:
        raise UserError("only one form can go to standard output", USAGE)
    draw(args.results, forms, sys.stdout)
    return 0
