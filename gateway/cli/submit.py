"""`gateway submit FILE...`: file, follow, and keep every answer beside the input."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.common import DONE, INPUT, OURS, UNREACHABLE, UserError, print_json, read_input
from gateway.flow.submission import SETTLED

if TYPE_CHECKING:
    import argparse

    from gateway.shell.client import Acknowledgement, Client, ClientError

DEFAULT_URL = "http://127.0.0.1:8080"
SUFFIXES = {
    "application/edi-x12": "edi",
    "application/edifact": "edi",
    "application/xml": "xml",
    "application/json": "json",
    "application/problem+json": "json",
    "text/plain": "txt",
}


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `submit`."""
    parser = subparsers.add_parser(
        "submit",
        help="file with a gateway; keep receipts and acknowledgements beside the input",
        epilog="example: gateway submit entry.edi --wait",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a message in any format; - is standard input"
    )
    add_place(parser)
    parser.add_argument("--wait", action="store_true", help="wait for the answer from customs")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="how long (120)")
    parser.add_argument("--type", default="", metavar="MEDIA_TYPE", help="Content-Type, instead of sniffing")
    parser.add_argument("--key", default="", help="Idempotency-Key; for one file only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add what names a gateway and proves who asks."""
    parser.add_argument(
        "--to",
        default=os.environ.get("GATEWAY_URL", DEFAULT_URL),
        metavar="URL",
        help=f"the gateway ({DEFAULT_URL}, or $GATEWAY_URL)",
    )
    parser.add_argument(
        "--api-key-file", type=Path, metavar="FILE", help="the API key; else $GATEWAY_API_KEY, else none"
    )


def client_of(args: argparse.Namespace) -> Client:
    """Make the client that the options name."""
    from gateway.shell.client import Client  # noqa: PLC0415 - only these commands need it

    if not args.to.startswith(("http://", "https://")):
        raise UserError(f"--to {args.to}: an address begins with http:// or https://")
    key = os.environ.get("GATEWAY_API_KEY", "")
    if args.api_key_file is not None:
        key = read_input(str(args.api_key_file)).decode("ascii", "replace").strip()
    return Client(args.to, key)


def run(args: argparse.Namespace) -> int:
    """Submit each file; status 1 if one was refused, 3 if the gateway cannot be reached."""
    if args.key and len(args.files) > 1:
        raise UserError("--key names one submission; give one file")
    contents = [(name, read_input(name)) for name in args.files]
    return asyncio.run(_submit(args, contents))


def status_of(error: ClientError) -> int:
    """Give the exit status for what a gateway said."""
    if error.status in {0, 429, 502, 503, 504}:
        return UNREACHABLE
    return OURS if error.status >= 500 else INPUT


async def _submit(args: argparse.Namespace, contents: list[tuple[str, bytes]]) -> int:
    from gateway.shell.client import ClientError  # noqa: PLC0415

    results, status = [], DONE
    async with client_of(args) as client:
        for name, data in contents:
            try:
                result = await _one(args, client, name, data)
            except ClientError as error:
                print(f"gateway: {name}: {error}", file=sys.stderr)
                for finding in error.errors:
                    print(f"    {finding.get('code')}  {finding.get('message')}", file=sys.stderr)
                status = max(status, status_of(error))
                if error.status == 0:
                    break
                continue
            results.append(result)
            if args.wait and result["disposition"] != "accepted":
                status = max(status, INPUT)
            if not args.json:
                print(_line(result))
    if args.json:
        print_json(results)
    return status


async def _one(args: argparse.Namespace, client: Client, name: str, data: bytes) -> dict[str, Any]:
    from gateway.shell.client import ClientError  # noqa: PLC0415

    answer = await client.submit(data, media_type=args.type, key=args.key)
    submission = answer["submission"]
    keys = await client.keys()
    result: dict[str, Any] = {"file": name, "submission": submission, "state": answer["state"], "saved": []}
    base = Path(f"{submission}" if name == "-" else name)
    result["saved"].append(_save_receipt(base, answer["receipt"], keys))
    if not args.wait:
        return result | {"disposition": "received"}
    plain = await client.wait(submission, args.timeout, _progress(name))
    found = await client.acknowledgements(plain)
    for one in found:
        result["saved"] += _save_answer(base, one)
    if found:
        last = found[-1]
        proof = await client.proof(_receipt_id(last.receipt))
        result["saved"][0] = _save_receipt(base, last.receipt, keys, last, proof)
    result["state"] = plain["state"]
    result["disposition"] = _disposition(plain)
    if plain["state"] not in SETTLED:
        raise ClientError(f"{submission} is {plain['state']} after {args.timeout:g} s; ask again later", 504)
    return result


def _progress(name: str) -> Any:
    """Show the state on a terminal while waiting; say nothing to a file."""
    if not sys.stderr.isatty():
        return None

    def tell(plain: dict[str, Any]) -> None:
        ending = "\n" if plain["state"] in SETTLED else ""
        print(f"\r\x1b[K{name}: {plain['state']}", end=ending, file=sys.stderr, flush=True)

    return tell


def _disposition(plain: dict[str, Any]) -> str:
    said = {part["disposition"] for part in plain["transactions"]}
    return "accepted" if said == {"accepted"} else "rejected"


def _save_answer(base: Path, one: Acknowledgement) -> list[str]:
    suffix = SUFFIXES.get(one.media_type.split(";", 1)[0], "bin")
    place = base.with_name(f"{base.name}.ack-{one.n}.{suffix}")
    return [_write(place, one.body), _write(Path(f"{place}.jws"), one.signature.encode("ascii"))]


def _save_receipt(
    base: Path, receipt: str, keys: dict[str, Any], answer: Acknowledgement | None = None, proof: str = ""
) -> str:
    from gateway.signing import ReceiptFile  # noqa: PLC0415

    file = ReceiptFile(
        receipt=receipt,
        acknowledgement=answer.body if answer is not None else None,
        media_type=answer.media_type if answer is not None else "",
        signature=answer.signature if answer is not None else "",
        keys=keys,
        proof=proof,
    )
    return _write(base.with_name(f"{base.name}.receipt.json"), file.as_text().encode("utf-8"))


def _receipt_id(receipt: str) -> str:
    from gateway.signing import ReceiptFile, ReceiptFileError  # noqa: PLC0415

    try:
        return ReceiptFile(receipt=receipt).claims().receipt
    except ReceiptFileError:
        return ""


def _write(place: Path, data: bytes) -> str:
    try:
        place.write_bytes(data)
    except OSError as error:
        raise UserError(f"{place}: {error.strerror}") from error
    return str(place)


def _line(result: dict[str, Any]) -> str:
    return f"{result['submission']}  {result['disposition']:<8}  {result['file']}"
