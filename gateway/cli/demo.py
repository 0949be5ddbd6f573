"""`gateway demo`: the whole way in one process, on the samples that are shipped.

Starts an ACE simulator and a gateway on free loopback ports with an empty store, files
every sample in every input format, waits for the answers, verifies every signature.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.common import DONE, OURS, UserError, print_json
from gateway.cli.submit import SUFFIXES
from gateway.formats import formats
from gateway.specs import data_root

if TYPE_CHECKING:
    import argparse

    from gateway.shell.client import Acknowledgement, Client
    from gateway.shell.config import Config

ANSWER_SECONDS_MAX = 60.0
SIDECARS = (".ack", ".expect", ".md", ".entry.json", ".golden")
# What the gateway takes as submissions; the other fixtures are answers and papers.
MESSAGES = {
    "x12": ("309",),
    "wco": ("DEC",),
    "json": ("entry",),
    "catair": ("SE",),
    "edifact": ("CUSDEC", "CUSCAR"),
}
# These need something on file first (an entry, a number that only the authority gives, an arrival).
FOLLOW_UPS = (
    "amendment", "arrival", "cancel", "cancellation", "import-full", "replace", "truck-005020-amendment",
    # The shipments of another sample in another release: they would be on file already.
    "rail-007010", "truck-005010", "truck-005020", "truck-006050",
    # An in-bond movement or a prior notice has to be there before, or an entry of that number is there already.
    "after-in-bond-61", "agency-tree", "epa-release", "fda-prior-notice", "from-wco-consumption", "in_bond_arrival",
    # Declarations and reports to the customs of other countries, a replacement and a cancellation.
    "air-houses", "ocean-eu", "truck-d13a",
    "export-air-d13a", "groups", "import-decimal-comma", "import-eu-ocean", "import-utf8-d13a",
    "replace-and-cancel",
)  # fmt: skip
COLUMNS = ("sample", "format", "message", "entry or bills", "verdict", "acknowledgement", "signature")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one sample."""

    cells: tuple[str, ...]
    note: str
    expected: bool


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command `demo`."""
    parser = subparsers.add_parser(
        "demo",
        help="file the shipped samples with a gateway and a simulator, verify every answer",
        epilog="example: gateway demo --keep demo-output",
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep inputs, answers and receipts there")
    parser.add_argument("--json", action="store_true", help="print the rows for machines")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the demonstration; status 4 if anything came out otherwise than it has to."""
    with contextlib.ExitStack() as stack:
        if args.keep is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo-")))
        else:
            folder = args.keep
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise UserError(f"--keep {folder}: {error.strerror}") from error
        rows = asyncio.run(_demonstrate(folder))
    if args.json:
        print_json([dict(zip(COLUMNS, row.cells, strict=True)) | {"finding": row.note} for row in rows])
    else:
        _show(rows)
        good = sum(row.expected for row in rows)
        print(
            f"\n{len(rows)} submissions, {good} as they have to be; every answer signed and verified offline"
        )
        if args.keep is not None:
            print(f"inputs, answers, signatures and receipts are in {folder}")
    return DONE if rows and all(row.expected for row in rows) else OURS


def samples() -> list[Path]:
    """List the samples: the good ones of each format, then the bad ones."""
    root = data_root() / "fixtures"
    found: list[Path] = []
    for kind in ("good", "bad"):
        for name in formats():
            folders = [root / name / message for message in MESSAGES.get(name, ())]
            if kind == "bad":
                folders = [root / name / "bad"]
            found += [
                file
                for folder in folders
                for file in sorted(folder.glob("*"))
                if file.is_file()
                and not file.name.endswith(SIDECARS)
                and file.stem not in FOLLOW_UPS
                # The shipped endpoint files cargo releases, no entry summaries.
                and not file.stem.startswith("summary_")
            ]
    return found


async def _demonstrate(folder: Path) -> list[Row]:
    from gateway.shell.client import Client  # noqa: PLC0415 - only this command needs the service
    from gateway.shell.server import start_gateway  # noqa: PLC0415
    from gateway.shell.simulator import start_simulator  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="gateway-store-") as store:
        simulator = await start_simulator()
        config = _config(Path(store), simulator.url)
        gateway = await start_gateway(config, port=0)
        try:
            async with Client(gateway.url) as client:
                keys = await client.keys()
                limit = asyncio.Semaphore(8)
                loaded = await asyncio.to_thread(lambda: [(file, file.read_bytes()) for file in samples()])
                progress = _Progress(len(loaded))
                return list(
                    await asyncio.gather(
                        *(_file(client, keys, one, folder, limit, progress) for one in loaded)
                    )
                )
        finally:
            await gateway.stop()
            await simulator.stop()


class _Progress:
    """Counts what is done, on a terminal only."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0

    def step(self) -> None:
        self._done += 1
        if sys.stderr.isatty():
            end = "\n" if self._done == self._total else ""
            print(
                f"\r\x1b[Kfiled and answered {self._done} of {self._total}",
                end=end,
                file=sys.stderr,
                flush=True,
            )


def _config(store: Path, simulator: str) -> Config:
    """Give the shipped configuration with an empty store, pointed at this simulator."""
    from gateway.shell.config_file import load_config  # noqa: PLC0415

    config = load_config(data_root() / "config.yaml")
    return config.model_copy(
        update={
            "store": config.store.model_copy(update={"path": store / "gateway.sqlite"}),
            "keys": config.keys.model_copy(update={"folder": store / "keys"}),
            "endpoints": {
                name: one.model_copy(update={"address": simulator}) for name, one in config.endpoints.items()
            },
        }
    )


async def _file(
    client: Client,
    keys: dict[str, Any],
    sample: tuple[Path, bytes],
    folder: Path,
    limit: asyncio.Semaphore,
    progress: _Progress,
) -> Row:
    """File one sample, follow it to its end, verify what came back."""
    from gateway.shell.client import ClientError  # noqa: PLC0415

    file, data = sample
    good = file.parent.name != "bad"
    name = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
    async with limit:
        try:
            answer = await client.submit(data)
            plain = await client.wait(answer["submission"], ANSWER_SECONDS_MAX)
            answers = await client.acknowledgements(plain)
        except ClientError as error:
            progress.step()
            codes = [str(one.get("code")) for one in error.errors]
            return Row(
                (name, "-", "-", "-", f"refused ({error.status})", "problem", "-"),
                ", ".join(codes) or str(error),
                not good,
            )
    progress.step()
    last = answers[-1] if answers else None
    holds = all(_verified(one, keys, data) for one in answers) and bool(answers)
    _keep(folder, name, data, answers, keys)
    parts = plain["transactions"]
    said = {part["disposition"] for part in parts}
    verdict = "accepted" if said == {"accepted"} else "rejected"
    findings = [one for one in plain["findings"] if one["severity"] == "error"]
    cells = (
        name,
        plain.get("format") or "-",
        ", ".join(sorted({part["message"] for part in parts})) or "-",
        _about(plain),
        verdict,
        f"{last.kind}, {len(last.body)} bytes" if last else "-",
        "signature ok" if holds else "signature does not hold",
    )
    note = "" if good else "; ".join(dict.fromkeys(one["code"] for one in findings))
    as_expected = holds and (verdict == "accepted" if good else bool(findings))
    if good and findings:
        note = "; ".join(f"{one['code']} {one['message']}" for one in findings)
    return Row(cells, note, as_expected)


def _about(plain: dict[str, Any]) -> str:
    """Name what a submission is about: entry numbers, or how many bills."""
    numbers = [part["entry_number"] for part in plain["transactions"] if part.get("entry_number")]
    if numbers:
        return ", ".join(numbers[:3]) + (" ..." if len(numbers) > 3 else "")
    bills = sum(part.get("bills", 0) for part in plain["transactions"])
    return f"{bills} bills" if bills else "-"


def _receipt(one: Acknowledgement, keys: dict[str, Any]) -> Any:
    from gateway.signing import ReceiptFile  # noqa: PLC0415

    return ReceiptFile(
        receipt=one.receipt,
        acknowledgement=one.body,
        media_type=one.media_type,
        signature=one.signature,
        keys=keys,
        proof="",
    )


def _verified(one: Acknowledgement, keys: dict[str, Any], source: bytes) -> bool:
    from gateway.signing import KeyRing  # noqa: PLC0415

    return bool(_receipt(one, keys).verify(KeyRing.from_jwks(keys), source).ok)


def _keep(folder: Path, name: str, data: bytes, answers: list[Acknowledgement], keys: dict[str, Any]) -> None:
    base = folder / name.replace("/", "-")
    base.write_bytes(data)
    for one in answers:
        suffix = SUFFIXES.get(one.media_type.split(";", 1)[0], "bin")
        place = base.with_name(f"{base.name}.ack-{one.n}.{suffix}")
        place.write_bytes(one.body)
        place.with_name(f"{place.name}.jws").write_text(one.signature, encoding="ascii")
        base.with_name(f"{base.name}.receipt.json").write_text(
            _receipt(one, keys).as_text(), encoding="utf-8"
        )


def _show(rows: list[Row]) -> None:
    table = [COLUMNS, *(row.cells for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(COLUMNS))]
    for number, line in enumerate(table):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number and rows[number - 1].note:
            print(f"    {rows[number - 1].note}")
