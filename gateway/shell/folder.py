"""Watched folders: a partner that files by putting files into a folder.

| folder | holds |
| --- | --- |
| `in/` | what is to be filed; a name that begins with a dot is still being written |
| `done/` | what was taken, each beside its receipt |
| `failed/` | what could not be taken, each beside the reason |
| `out/` | acknowledgements, their signatures and receipts |

A file is committed before it is moved, and known by its name and bytes: a crash between
the two files it again, and it counts once. An acknowledgement is written under a name
that follows from its submission and number: writing it again changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

from gateway.shell import intake, ledger_query
from gateway.shell.auth import Caller
from gateway.shell.config import Partner
from gateway.shell.core import Core
from gateway.shell.intake import Received
from gateway.shell.ledger import LedgerUnavailable, Transaction
from gateway.shell.problems import Problem
from gateway.signing import ReceiptFile

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
FILES_AT_ONCE = 100
SUFFIXES = {
    "application/edi-x12": "edi",
    "application/edifact": "edi",
    "application/xml": "xml",
    "application/json": "json",
    "application/problem+json": "json",
    "text/plain": "txt",
}


class Folder:
    """One partner's folders."""

    def __init__(self, core: Core, name: str, profile: Partner, base: Path) -> None:
        self._core = core
        self._caller = Caller(name, profile)
        self._base = base
        self._cursor = f"folder/{name}"

    async def run(self) -> None:
        """Watch both ways until cancelled."""
        await asyncio.to_thread(self._make)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            group.create_task(self._answer())

    def _make(self) -> None:
        for name in ("in", "done", "failed", "out"):
            (self._base / name).mkdir(parents=True, exist_ok=True)

    # In

    async def _watch(self) -> None:
        while True:
            try:
                for file in await asyncio.to_thread(self._waiting):
                    await self._take(file)
            except OSError as error:
                log.warning("folder %s: %s", self._base, error)
                self._core.troubles[self._cursor] = f"cannot be read: {error.strerror}"
            await asyncio.sleep(POLL_SECONDS)

    def _waiting(self) -> list[Path]:
        files = [file for file in (self._base / "in").iterdir() if file.name[0] != "." and file.is_file()]
        return sorted(files)[:FILES_AT_ONCE]

    async def _take(self, file: Path) -> None:
        most = self._core.config.server.body_bytes_max
        size = (await asyncio.to_thread(file.stat)).st_size
        if size == 0 or size > most:
            reason = "the file is empty" if size == 0 else f"the file is longer than {most} bytes"
            await asyncio.to_thread(self._fail, file, reason)
            return
        data = await asyncio.to_thread(file.read_bytes)
        received = Received(
            raw=data, data=data, media_type="", encoding="identity", at=self._core.clock.now()
        )
        try:
            admission = await intake.store(
                self._core,
                self._caller,
                received,
                transport="directory",
                key=file.name[:128],
                scope=str(self._base),
            )
        except Problem as problem:
            if problem.status >= 500:
                return  # it stays where it is and is taken later
            await asyncio.to_thread(self._fail, file, str(problem))
            return
        if admission.outcome.value == "reused":
            reason = f"a file of this name came before with other content, in {admission.submission}"
            await asyncio.to_thread(self._fail, file, reason)
            return
        await asyncio.to_thread(self._done, file, admission.submission, admission.receipt)

    def _done(self, file: Path, submission: str, receipt: str) -> None:
        target = self._base / "done" / f"{submission}-{file.name}"
        text = ReceiptFile(receipt=receipt, keys=self._core.ring.jwks()).as_text()
        _write(target.with_name(f"{target.name}.receipt.json"), text.encode("utf-8"))
        file.replace(target)

    def _fail(self, file: Path, reason: str) -> None:
        target = self._base / "failed" / file.name
        _write(target.with_name(f"{target.name}.reason.txt"), f"{reason}\n".encode())
        file.replace(target)

    # Out

    async def _answer(self) -> None:
        """Follow the events of this partner and write each acknowledgement that is new."""
        core = self._core
        after = int(await core.ledger.read(self._read_to) or 0)
        while True:
            try:
                after = await self._answer_some(after)
            except (LedgerUnavailable, OSError) as error:
                log.warning("folder %s: answers wait: %s", self._base, error)
                await asyncio.sleep(POLL_SECONDS)

    def _read_to(self, ask: ledger_query.Ask) -> str | None:
        row = ask.execute("SELECT after FROM cursor WHERE endpoint = ?", (self._cursor,)).fetchone()
        return None if row is None else str(row[0])

    async def _answer_some(self, after: int) -> int:
        core = self._core
        async with core.news.about("event") as wait:
            rows = await core.ledger.read(
                lambda ask: ledger_query.events(ask, after, partner=self._caller.name)
            )
            if not rows:
                await wait(30)
                return after
        for submission in dict.fromkeys(row["submission"] for row in rows if row["name"] == "Acknowledged"):
            await self._write_answers(submission)
        last = int(rows[-1]["id"])

        def remember(tx: Transaction) -> None:
            tx.connection.execute(
                "INSERT INTO cursor(endpoint, after) VALUES(?, ?)"
                " ON CONFLICT(endpoint) DO UPDATE SET after = excluded.after",
                (self._cursor, str(last)),
            )

        await core.ledger.write(remember)
        return last

    async def _write_answers(self, submission: str) -> None:
        core = self._core
        row = await core.ledger.read(lambda ask: ledger_query.row_of(ask, submission))
        via = json.loads(row["via"]) if row is not None else {}
        if via.get("transport") != "directory":
            return
        answers = await core.ledger.read(lambda ask: ledger_query.answers(ask, submission))
        for answer in answers:
            if answer["body"] is not None:
                data = await core.ledger.load(bytes(answer["body"]))
                await asyncio.to_thread(
                    self._write_answer, f"{submission}-{via.get('key', '')}", answer, data
                )

    def _write_answer(self, name: str, answer: dict[str, Any], data: bytes) -> None:
        suffix = SUFFIXES.get(answer["media_type"].split(";", 1)[0], "bin")
        target = self._base / "out" / f"{name}.ack-{answer['n']}.{suffix}"
        if target.exists():
            return
        file = ReceiptFile(
            receipt=answer["receipt"],
            acknowledgement=data,
            media_type=answer["media_type"],
            signature=answer["signature"],
            keys=self._core.ring.jwks(),
        )
        _write(Path(f"{target}.receipt.json"), file.as_text().encode("utf-8"))
        _write(Path(f"{target}.jws"), answer["signature"].encode("ascii"))
        # The answer itself last: whoever sees it finds what signs it.
        _write(target, data)


def _write(target: Path, data: bytes) -> None:
    draft = target.with_name(f".{target.name}.draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
