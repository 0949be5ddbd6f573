"""The recheck: all that is stored is verified again every so often, by another process.

It is our own command that verifies (`gateway log verify --receipts`), from the file and the
public keys alone, as anybody would. What it finds is a report in the ledger, a metric and a
trouble. A mismatch stops the intake until a later run finds none, unless the setting says
otherwise: what is wrong with old receipts may be wrong with new ones.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.shell.clock import rfc3339
from gateway.shell.core import Core, until
from gateway.shell.ledger_flow import plain

if TYPE_CHECKING:
    from gateway.shell.ledger import Transaction
    from gateway.shell.ledger_query import Ask

log = logging.getLogger(__name__)

NICER = 10
"""How much lower a recheck stands than the gateway."""
FINDINGS_KEPT = 100
REPORTS_KEPT = 200
OUTPUT_BYTES_MAX = 64 * 1024 * 1024
FAILED = "the recheck could not be made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run found. `wrong` counts the findings, of which the first are kept."""

    begun_at: str
    ended_at: str
    answers: int
    entries: int
    wrong: int
    findings: list[Any]

    def as_json(self) -> dict[str, Any]:
        """Give the report as plain JSON values."""
        return {
            "begun_at": self.begun_at,
            "ended_at": self.ended_at,
            "answers": self.answers,
            "entries": self.entries,
            "wrong": self.wrong,
            "findings": self.findings,
        }


class Rechecker:
    """Runs the recheck for one core."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._asked = asyncio.Event()
        self.last: Report | None = None

    def ask(self) -> None:
        """Have a run begin now."""
        self._asked.set()

    async def run(self) -> None:
        """Work until cancelled."""
        core, settings = self._core, self._core.config.signing.recheck
        known = await core.ledger.read(lambda ask: reports(ask, 1))
        self.last = known[0] if known else None
        self._judge()
        pause = settings.first_seconds if self.last is None or not self.last.wrong else 0.0
        while True:
            if pause or not settings.every_seconds:
                await until(self._asked, pause if settings.every_seconds else 86400.0)
            if settings.every_seconds or self._asked.is_set():
                self._asked.clear()
                await self._once()
            pause = settings.every_seconds

    async def _once(self) -> None:
        core = self._core
        try:
            report = await self._verified()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s: %s", FAILED, error)  # noqa: TRY400 - one line
            core.troubles["recheck"] = FAILED
            core.counts["rechecks_failed"] += 1
            return
        await core.ledger.write(lambda tx: keep(tx, report))
        self.last = report
        core.counts["rechecks"] += 1
        log.info(
            "recheck: %d answers, %d log entries, %d wrong", report.answers, report.entries, report.wrong
        )
        self._judge()

    def _judge(self) -> None:
        """Draw the consequence of the last report."""
        core, report = self._core, self.last
        if report is None or not report.wrong:
            core.halted = ""
            core.troubles.pop("recheck", None)
            return
        reason = f"{report.wrong} stored answers or log entries do not verify"
        core.troubles["recheck"] = reason
        if core.config.signing.recheck.on_mismatch == "stop":
            core.halted = reason
        for finding in report.findings[:10]:
            log.error("recheck: %s %s", finding.get("code"), finding.get("place"))

    async def _verified(self) -> Report:
        """Run the command on the store and read what it says."""
        core, begun = self._core, rfc3339(self._core.clock.now())
        with tempfile.TemporaryDirectory() as name:
            keys = Path(name) / "jwks.json"
            keys.write_text(core.ring.jwks_text(), encoding="utf-8")
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "gateway", "log", "verify", core.ledger.store.place, "--receipts",
                "--trust", str(keys), "--json", stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=OUTPUT_BYTES_MAX,
                env={**os.environ, **core.ledger.store.environment},
            )  # fmt: skip
            try:
                own = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, process.pid, min(19, own + NICER))
                output, said = await process.communicate()
            except BaseException:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                raise
        if process.returncode not in {0, 1} or not output:
            raise ValueError(said.decode("utf-8", "replace").strip()[-500:] or f"status {process.returncode}")
        return _read(json.loads(output), begun, rfc3339(core.clock.now()))


def _read(told: Any, begun: str, ended: str) -> Report:
    findings = [finding for one in told["logs"] for finding in one["findings"]]
    answers = sum(int(one["entries"]) for one in told["logs"] if one["log"] == "receipts")
    entries = sum(int(one["entries"]) for one in told["logs"] if one["log"] != "receipts")
    return Report(
        begun_at=begun,
        ended_at=ended,
        answers=answers,
        entries=entries,
        wrong=len(findings),
        findings=findings[:FINDINGS_KEPT],
    )


def keep(tx: Transaction, report: Report) -> None:
    """Keep a report; the oldest go."""
    tx.connection.execute(
        "INSERT INTO recheck(id, begun_at, ended_at, answers, entries, wrong, findings) VALUES(?, ?, ?, ?, ?, ?, ?)",
        (
            tx.next("recheck"),
            report.begun_at,
            report.ended_at,
            report.answers,
            report.entries,
            report.wrong,
            plain(report.findings),
        ),
    )
    tx.connection.execute(
        "DELETE FROM recheck WHERE id <= (SELECT max(id) FROM recheck) - ?", (REPORTS_KEPT,)
    )
    if report.wrong:
        tx.touched.add("alarm")


def reports(ask: Ask, count: int) -> list[Report]:
    """Give the newest reports, the newest first."""
    rows = ask.execute(
        "SELECT begun_at, ended_at, answers, entries, wrong, findings FROM recheck ORDER BY id DESC LIMIT ?",
        (count,),
    ).fetchall()
    return [
        Report(
            begun_at=row[0],
            ended_at=row[1],
            answers=row[2],
            entries=row[3],
            wrong=row[4],
            findings=json.loads(row[5]),
        )
        for row in rows
    ]
