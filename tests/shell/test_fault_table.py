"""The fault table: a gateway and an ACE simulator as processes, and all that may go wrong between them.

Each row files an entry while one thing goes wrong. Whatever it is, the entry ends in the right state, ACE
has taken the batch once, and the submitter has each answer once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3

import aiohttp
import pytest

from gateway.flow.again import DELETED
from gateway.simulator.onfile import check_digit
from gateway.specs import data_root
from tests.shell.process import Process, Simulator, free_port
from tests.shell.summaries import RECORDS as AE

SE = (data_root() / "fixtures" / "catair" / "SE" / "three-bills.txt").read_bytes()
CUSDEC = (data_root() / "fixtures" / "edifact" / "CUSDEC" / "import-us-consumption.edi").read_bytes()
INVOICE = (data_root() / "fixtures" / "x12" / "810" / "invoice-004010.edi").read_bytes()
# What is filed as a summary; the rest goes out as a release.
SUMMARIES = ("catair/AE", "edifact/CUSDEC", "x12/810")
# A minute in the field is a second and a half here; all other times are shortened with it.
AWAY_SECONDS = 1.5
ENDPOINT = ', send_seconds_max: 1, answer_seconds_max: 3, pause_seconds: 0.3, envelope: {site: "2704", filer: Q7Z, port: "2704", signature: X, surety: "891"}'


class Cutting:
    """A line to ACE that breaks: of the first transmissions it passes on half, then it hangs up."""

    def __init__(self, port):
        self.port = port
        self.here = free_port()
        self.cuts = 0
        self.was_cut = 0
        self._server = None
        self._lines = set()

    async def start(self):
        """Listen in front of the simulator."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.here)
        return self

    async def stop(self):
        """Stop listening, and hang up."""
        self._server.close()
        for task in self._lines:
            task.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        await self._server.wait_closed()

    async def _pass(self, reader, writer):
        self._lines.add(asyncio.current_task())
        ends = [writer]
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self.port)
            ends.append(to_there)
            async with asyncio.TaskGroup() as group:
                back = group.create_task(self._copy(there, writer))
                await self._forth(reader, to_there)
                back.cancel()
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._lines.discard(asyncio.current_task())
            for end in ends:
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _forth(self, reader, to_there):
        while data := await reader.read(65536):
            head, mark, body = data.partition(b"\r\n\r\n")
            if not self.cuts or not head.startswith(b"POST /ace/batches"):
                to_there.write(data)
                await to_there.drain()
                continue
            self.cuts -= 1
            self.was_cut += 1
            body = body or await reader.read(65536)
            to_there.write(head + mark + body[: len(body) // 2])
            await to_there.drain()
            return

    @staticmethod
    async def _copy(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()


class Table:
    """Both processes, and what the rows need of them."""

    def __init__(self, folder):
        self.folder = folder
        self.turn = 0

    async def __aenter__(self):
        self.simulator = await Simulator(self.folder).start()
        self.line = await Cutting(self.simulator.port).start()
        self.gateway = Process(self.folder, f"http://127.0.0.1:{self.line.here}", endpoint=ENDPOINT)
        text = self.gateway.config.read_text(encoding="utf-8")
        self.gateway.config.write_text(
            text.replace(
                "format: json, message: entry", "format: catair, message: SE, messages: [catair/SE]"
            ).replace("endpoints:\n", "endpoints:\n" + self._summaries(text)),
            encoding="utf-8",
        )
        await self.gateway.start()
        self.session = aiohttp.ClientSession()
        return self

    @staticmethod
    def _summaries(text):
        """Give the endpoint of entry summaries: the same mailbox, another message."""
        row = next(line for line in text.splitlines() if line.startswith("  ace:"))
        row = row.replace("  ace:", "  summaries:").replace(
            "format: json, message: entry", "format: catair, message: AE"
        )
        return row.replace("message: AE", f"message: AE, messages: [{', '.join(SUMMARIES)}]") + "\n"

    async def __aexit__(self, *_):
        await self.session.close()
        assert await self.gateway.stop() == 0
        await self.simulator.kill()
        await self.line.stop()

    def filing(self, template, was):
        """Give a filing with an entry number of its own."""
        self.turn += 1
        digits = f"{self.turn:07d}"
        return template.replace(was, f"{digits}{check_digit('Q7Z', digits)}".encode())

    async def control(self, *commands):
        """Order a fault."""
        async with self.session.post(f"{self.simulator.url}/ace/control", json=list(commands)) as response:
            assert response.status == 200, await response.text()

    async def submit(self, data, key):
        """Submit until it is taken; the gateway may be starting again."""
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                place = f"{self.gateway.url}/v1/submissions"
                async with self.session.post(
                    place, data=data, headers={"Idempotency-Key": f'"{key}"'}
                ) as response:
                    assert response.status == 202, await response.text()
                    return json.loads(await response.read())["submission"]
            await asyncio.sleep(0.05)

    async def closed(self, submission, wanted, name="", state="closed"):
        """Wait until a submission is closed, or in another state, and has heard what is wanted."""
        plain = {}
        for _ in range(1200):
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with self.session.get(f"{self.gateway.url}/v1/submissions/{submission}") as response:
                    plain = json.loads(await response.read())
                if plain["state"] == state and wanted <= set(said(plain)):
                    return plain
            await asyncio.sleep(0.05)
        raise AssertionError(name, plain)

    async def answers(self, plain):
        """Give what the submitter was told about its filings, in its own format, in order."""
        told = []
        for one in plain["acknowledgements"]:
            place = f"{self.gateway.url}/v1/submissions/{plain['id']}/acknowledgements/{one['n']}"
            async with self.session.get(place) as response:
                assert response.status == 200, await response.text()
                told.append((await response.read()).decode("latin-1"))
        return told

    def taken(self, data):
        """Count the answers to each batch that holds this filing, when the simulator has stopped."""
        header = next(record for record in _records(data) if record.startswith((b"SE10", b"10A", b"10R")))
        mark = header[5:18] if header.startswith(b"SE10") else header[3:16]
        with contextlib.closing(sqlite3.connect(self.simulator.store)) as connection:
            batches = [row[0] for row in connection.execute("SELECT id, body FROM batches") if mark in row[1]]
            return [
                connection.execute(
                    "SELECT count(*) FROM outbox WHERE batch = ? AND kind IN ('SX', 'AX')", (batch,)
                ).fetchone()[0]
                for batch in batches
            ]


def _records(data):
    return [data[at : at + 80] for at in range(0, len(data), 80)]


def said(plain):
    """Give the meanings that an entry has heard, in their order."""
    return [one["meaning"] for part in plain["transactions"] for one in part["dispositions"]]


async def nothing(_table):
    """Let nothing go wrong."""


def fault(*commands):
    """Give a row that orders faults of the simulator."""

    async def order(table):
        await table.control(*commands)

    return order


async def half(table):
    """Let the first two transmissions break off in the middle."""
    table.line.cuts = 2


async def kill_simulator(table):
    """Kill ACE the moment it has the batch, and start it again."""

    async def later():
        await asyncio.sleep(0.15)
        await table.simulator.kill()
        await asyncio.sleep(0.3)
        await table.simulator.start()

    return asyncio.create_task(later())


async def kill_gateway(table):
    """Kill the gateway while it waits for the answer, and start it again."""
    await table.control({"do": "delay", "seconds": 1})

    async def later():
        await asyncio.sleep(0.4)
        await table.gateway.kill()
        await table.gateway.start()

    return asyncio.create_task(later())


ROWS = {
    "nothing": (nothing, 1),
    "the answer to the call is lost": (fault({"do": "lose", "times": 2}), 1),
    # The release that comes all the same says that it was accepted.
    "the answer is never said": (fault({"do": "drop"}), 0),
    "answered twice": (fault({"do": "twice"}), 2),
    "500 before": (fault({"do": "error", "times": 2}), 1),
    "500 after": (fault({"do": "error", "after": True}), 1),
    "time-out": (fault({"do": "slow", "seconds": 2}), 1),
    "busy": (fault({"do": "busy", "seconds": 1}), 1),
    "away": (fault({"do": "away", "seconds": AWAY_SECONDS}), 1),
    "the outbox fails": (fault({"do": "error", "on": "outbox"}, {"do": "error", "on": "confirm"}), 1),
    "half a batch": (half, 1),
    "ACE starts again": (kill_simulator, 1),
    "the gateway starts again": (kill_gateway, 1),
}


async def _row(table, name, template, was):
    order, answers = ROWS[name]
    data = table.filing(template, was)
    task = await order(table)
    submission = await table.submit(data, f"{name}-{table.turn}")
    if task is not None:
        await task
    # The release that follows is waited for too, or the next row's fault would strike it.
    later = {"release"} if template is SE else set()
    once = min(answers, 1)
    plain = await table.closed(submission, ({"accepted"} if once else set()) | later, name)
    assert [part["disposition"] for part in plain["transactions"]] == ["accepted"], (name, plain)
    assert said(plain).count("accepted") == once, (name, said(plain))
    business = [one for one in plain["acknowledgements"] if one["kind"] == "business"]
    assert business, name
    await _stands(table, plain, name, once)
    return data


async def _stands(table, plain, name, once):
    """The entry as a whole is in the right state too, by the kind of its filing."""
    number = plain["transactions"][0]["entry_number"]
    async with table.session.get(f"{table.gateway.url}/v1/entries/{number}") as response:
        entry = await response.json()
    states = {aspect: one["state"] for aspect, one in entry["states"].items()}
    if plain["transactions"][0]["target"] == "catair/SE":
        answered = {"cargo_release": "accepted"} if once else {}
        assert states == answered | {"release_status": "released"}, (name, entry)
    else:
        assert states == {"summary": "accepted"}, (name, entry)
        assert entry["states"]["summary"]["on_file"] == "trade-control", (name, entry)
    assert entry["next"] == [], (name, entry)


# What may double a summary is tried with summaries too.
SUMMARY_ROWS = ("the answer to the call is lost", "500 after", "half a batch", "the gateway starts again")


@pytest.mark.parametrize(
    ("template", "was", "rows"),
    [(SE, b"00010437", tuple(ROWS)), (AE, b"00010429", SUMMARY_ROWS)],
    ids=["release", "summary"],
)
def test_the_fault_table(tmp_path, template, was, rows):
    """In every row the entry ends accepted (a release released), ACE took its batch once, the sender heard it once."""

    async def test():
        filed = {}
        async with Table(tmp_path) as table:
            for name in rows:
                filed[name] = await _row(table, name, template, was)
            assert table.line.was_cut == 2
        for name, data in filed.items():
            assert table.taken(data) == [ROWS[name][1]], name

    asyncio.run(test())


def test_a_release_that_overtakes_the_acceptance(tmp_path):
    """SO before SX: the entry ends accepted and released, each said once, whichever came first."""

    async def test():
        async with Table(tmp_path) as table:
            await table.control({"do": "overtake"})
            data = table.filing(SE, b"00010437")
            submission = await table.submit(data, "overtake")
            await table.control({"do": "advance", "seconds": 86400})
            plain = await table.closed(submission, {"accepted", "release"})
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
            assert said(plain).count("accepted") == 1
        assert table.taken(data) == [1]

    asyncio.run(test())


def test_a_rejected_replacement_over_restarts_on_either_side(tmp_path):
    """The dead letter outlives both processes, nothing goes out by itself, and an order files it once more."""

    async def test():
        async with Table(tmp_path) as table:
            data = table.filing(AE, b"00010429")
            number = next(row[3:16] for row in _records(data) if row.startswith(b"10A"))
            plain = await table.closed(await table.submit(data, "first"), {"accepted"})
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
            entry = number.decode().replace(" ", "")
            await table.control({"do": "reject", "entry": entry, "code": "101"})
            submission = await table.submit(data.replace(b"10A" + number, b"10R" + number), "replacement")
            plain = await table.closed(submission, {"rejected"}, state="dead")
            await table.gateway.kill()
            await table.simulator.kill()
            await table.simulator.start()
            await table.gateway.start()
            plain = await table.closed(submission, {"rejected"}, state="dead")
            async with table.session.get(f"{table.gateway.url}/v1/parked") as response:
                (row,) = (await response.json())["parked"]
            assert row["finding"]["code"] == "catair.AE/10/replacement/rejected"
            place = f"{table.gateway.url}/v1/submissions/{submission}/orders"
            async with table.session.post(place, json={"do": "retry"}) as response:
                assert response.status == 202
            plain = await table.closed(submission, {"rejected", "accepted"})
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
        assert table.taken(data.replace(b"10A" + number, b"10R" + number)) == [1, 1, 1]

    asyncio.run(test())


def _edifact(number):
    """Give a declaration that takes the place of the summary of that number."""
    data = CUSDEC.replace(b"Q7Z01045135", number)
    return data.replace(b"BWH-2026-134+9'", b"BWH-2026-134+5'")


def _x12(number):
    """Give an invoice of customs with that number; its cases, which say no bond, are left out."""
    rows = [row for row in INVOICE.split(b"~\n") if not row.startswith((b"REF*2Z", b"REF*4Z"))]
    data = b"~\n".join(rows).replace(b"73461882612", number).replace(b"REF*6C*03", b"REF*6C*01")
    body = data[data.index(b"ST*") : data.index(b"\nGE*")]
    return re.sub(rb"\nSE\*\d+", b"\nSE*%d" % body.count(b"~"), data)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            _edifact,
            ("FTX+AAP+++{}'", "ERP+10:1+LOC:1:6'ERC+G201::86'FTX+AAO+++catair.AX.v109/40/customs/415"),
        ),
        (_x12, ("NTE**{}~", "TED*024*COUNTRY OF EXPORT MISSING*IT1*")),
    ],
    ids=["edifact", "x12"],
)
def test_a_sender_hears_of_its_dead_letter_in_its_own_format(tmp_path, made, told):
    """What ACE refuses of a replacement is told at its item, beside what is off the file; it outlives a restart."""
    words, place = told

    async def test():
        async with Table(tmp_path) as table:
            data = table.filing(AE, b"00010429")
            number = next(row[3:16] for row in _records(data) if row.startswith(b"10A")).replace(b" ", b"")
            plain = await table.closed(await table.submit(data, "first"), {"accepted"})
            assert [part["disposition"] for part in plain["transactions"]] == ["accepted"]
            submission = await table.submit(made(number), "replacement")
            plain = await table.closed(submission, {"rejected"}, state="dead")
            (wait,) = plain["waits"]
            assert (wait["effect"], wait["state"]) == ("dead", "parked")
            assert "implicit delete" in wait["last_error"]
            answer = (await table.answers(plain))[-1]
            print(answer)
            for said_beside in DELETED:
                assert words.format(said_beside) in answer
            assert place in answer
            await table.gateway.kill()
            await table.gateway.start()
            plain = await table.closed(submission, {"rejected"}, state="dead")
            assert (await table.answers(plain))[-1] == answer

    asyncio.run(test())
