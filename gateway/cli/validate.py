"""`gateway validate FILE...`: syntax, structure, code lists and business rules."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.cli.common import (
    DONE,
    INPUT,
    add_profile,
    add_reading,
    limits_of,
    print_json,
    read_input,
    settings_of,
    show_findings,
    today,
    verdict_stands,
)
from gateway.finding import Severity
from gateway.flow.translate import Taken, load_tables, take

if TYPE_CHECKING:
    import argparse

    from gateway.cli.opinions import Opinions

_SARIF_LEVEL = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
    Severity.REPAIRED: "note",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `validate`."""
    parser = subparsers.add_parser(
        "validate",
        help="syntax, structure, code lists and business rules",
        epilog="example: gateway validate manifest.edi --format json",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a message; - is standard input")
    add_reading(parser)
    add_profile(parser)
    parser.add_argument("--second-opinion", action="store_true",
                        help="what pyx12 says of each X12 transaction beside it; it judges nothing")  # fmt: skip
    parser.add_argument("--format", dest="output", choices=("text", "json", "sarif"), default="text")
    parser.add_argument(
        "--json", dest="output", action="store_const", const="json", help="the same as --format json"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Validate each file; status 1 if one of them has an error."""
    tables = load_tables()
    settings = settings_of(args, tables)
    results = []
    for name in args.files:
        data = read_input(name)
        taken = take(data, tables, limits_of(args), args.format, on=today(), profile=settings)
        opinions: Opinions | None = None
        if args.second_opinion and taken.interchange is not None:
            from gateway.cli.opinions import asked  # noqa: PLC0415 - few ask for one

            opinions = asked(taken.interchange, tables.specs)
        if settings and taken.format != "x12":
            print(f"{name}: the profiles are of X12, nothing else is asked for them", file=sys.stderr)
        results.append(_Result(name, data, taken, opinions))
    with verdict_stands():
        if args.output == "json":
            print_json([_plain(one) for one in results])
        elif args.output == "sarif":
            print_json(_sarif(results))
        else:
            for one in results:
                _show(one)
    return DONE if all(one.taken.ok for one in results) else INPUT


class _Result(NamedTuple):
    """What became of one file."""

    name: str
    data: bytes
    taken: Taken
    opinions: Opinions | None


def _plain(one: _Result) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "file": one.name,
        "format": one.taken.format,
        "ok": one.taken.ok,
        "findings": [finding.as_json() for finding in one.taken.findings],
    }
    if one.opinions is not None:
        plain["second_opinion"] = one.opinions.as_json()
    return plain


def _show(one: _Result) -> None:
    show_findings(one.name, one.data, one.taken.findings)
    if one.opinions is not None:
        one.opinions.show(one.name)
    errors = sum(finding.severity is Severity.ERROR for finding in one.taken.findings)
    verdict = "ok" if one.taken.ok else f"{errors} error{'s' if errors != 1 else ''}"
    print(f"{one.name}: {one.taken.format or 'unknown format'}: {verdict}")


def _sarif(results: list[_Result]) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {}
    found = []
    for name, _, taken, _ in results:
        for one in taken.findings:
            rules.setdefault(one.code, {"id": one.code, "shortDescription": {"text": one.message}})
            location: dict[str, Any] = {"artifactLocation": {"uri": name}}
            if one.span is not None:
                location["region"] = {
                    "byteOffset": one.span.start,
                    "byteLength": one.span.end - one.span.start,
                }
            found.append(
                {
                    "ruleId": one.code,
                    "level": _SARIF_LEVEL[one.severity],
                    "message": {"text": one.message},
                    "locations": [{"physicalLocation": location}],
                }
            )
    driver = {"name": "gateway", "rules": list(rules.values())}
    run: dict[str, Any] = {"tool": {"driver": driver}, "results": found}
    opinions = {one.name: one.opinions.as_json() for one in results if one.opinions is not None}
    if opinions:
        run["properties"] = {"second_opinion": opinions}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
