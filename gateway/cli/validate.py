"""`gateway validate FILE...`: syntax, structure, code lists and business rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.cli.common import (
    DONE,
    INPUT,
    add_reading,
    limits_of,
    print_json,
    read_input,
    show_findings,
    today,
)
from gateway.finding import Severity
from gateway.flow.translate import load_tables, take

if TYPE_CHECKING:
    import argparse

    from gateway.finding import Finding

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
    parser.add_argument("--format", dest="output", choices=("text", "json", "sarif"), default="text")
    parser.add_argument(
        "--json", dest="output", action="store_const", const="json", help="the same as --format json"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Validate each file; status 1 if one of them has an error."""
    tables = load_tables()
    results: list[tuple[str, bytes, tuple[Finding, ...], bool, str]] = []
    for name in args.files:
        data = read_input(name)
        taken = take(data, tables, limits_of(args), args.format, on=today())
        results.append((name, data, taken.findings, taken.ok, taken.format))
    if args.output == "json":
        print_json(
            [
                {"file": name, "format": form, "ok": ok, "findings": [one.as_json() for one in findings]}
                for name, _, findings, ok, form in results
            ]
        )
    elif args.output == "sarif":
        print_json(_sarif(results))
    else:
        for name, data, findings, ok, form in results:
            show_findings(name, data, findings)
            errors = sum(one.severity is Severity.ERROR for one in findings)
            verdict = "ok" if ok else f"{errors} error{'s' if errors != 1 else ''}"
            print(f"{name}: {form or 'unknown format'}: {verdict}")
    return DONE if all(ok for *_, ok, _ in results) else INPUT


def _sarif(results: list[tuple[str, bytes, tuple[Finding, ...], bool, str]]) -> dict[str, Any]:
    rules: dict[str, dict[str, Any]] = {}
    found = []
    for name, _, findings, _, _ in results:
        for one in findings:
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
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": found}],
    }
