"""Content whose time is over goes; receipts, signatures and the log stay and verify."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.__main__ import main
from gateway.shell import ledger_retention
from gateway.shell.bodies import Bodies
from gateway.shell.clock import SystemClock, rfc3339
from gateway.shell.config import ConfigError
from gateway.shell.config_file import parse_config
from gateway.shell.config_retention import Retention
from gateway.shell.ledger_files import check
from gateway.shell.retention import Retainer, removed
from gateway.signing import KeyRing, verify_receipt
from tests.shell import stores
from tests.shell.running import entry, running, settings

BOTH = pytest.mark.usefixtures("each_store")
REFUSED = b'{"number": "Q7Z00010420", "lines": [{"number": 1, "description": "Motors", "hts": "1"}]}'
KEPT = "retention: {filings_years: 5, others_days: 30}\n"


class Moved(SystemClock):
    """A clock that a test sets forward."""

    ahead = 0.0

    def wall(self):
        """Give the machine's time and what the test has added."""
        return super().wall() + self.ahead


def go(coroutine):
    """Run a test's coroutine."""
    return asyncio.run(coroutine)


async def later(gateway, clock, days):
    """Let days pass, with a run of the job each month."""
    job, count = Retainer(gateway.core), 0
    while days > 0:
        clock.ahead += min(days, 30) * 86400
        days -= 30
        count += await job.once()
    return count


async def status_of(gateway, submission, tail):
    """Give the status of one of a submission's addresses."""
    return (await gateway.call("GET", f"/v1/submissions/{submission}{tail}"))[0]


@BOTH
def test_filings_go_after_their_years_and_others_after_their_days(tmp_path):
    """A refused message goes after its days, a filing not before five years; both keep their receipts."""

    async def test():
        clock = Moved()
        async with running(tmp_path, KEPT, clock=clock) as gateway:
            filed = await gateway.submit(entry())
            refused = await gateway.submit(REFUSED)
            await gateway.closed(filed)
            shown = await gateway.closed(refused)
            assert await later(gateway, clock, 29) == 0
            assert await later(gateway, clock, 2) == 1
            assert await status_of(gateway, refused, "/source") == 410
            assert await status_of(gateway, filed, "/source") == 200
            assert await later(gateway, clock, 5 * 365 - 40) == 0
            assert await status_of(gateway, filed, "/entry") == 200
            assert await later(gateway, clock, 40) == 1
            for submission in (filed, refused):
                tails = (
                    "/source",
                    "/findings",
                    "/lineage",
                    "/acknowledgements/1",
                )
                found = {tail: await status_of(gateway, submission, tail) for tail in tails}
                assert set(found.values()) == {410}, found
                for tail in ("/acknowledgements/1?signature", "/acknowledgements/1?receipt", ""):
                    assert await status_of(gateway, submission, tail) == 200
            assert await status_of(gateway, filed, "/forwarded") == 410
            assert await status_of(gateway, filed, "/answers") == 410
            _, headers, body = await gateway.call("GET", f"/v1/submissions/{filed}/source")
            assert headers["Content-Type"] == "application/problem+json"
            assert json.loads(body)["type"].endswith(":gone")
            _, _, page = await gateway.call("GET", f"/console/submissions/{filed}")
            assert b"was removed at" in page
            # What stays: who, when, what became of it, and every receipt.
            plain = await gateway.get(f"/v1/submissions/{refused}")
            assert plain["removed_at"] > plain["closed_at"]
            assert plain["acknowledgements"] == shown["acknowledgements"]
            ring = KeyRing.from_jwks(await gateway.get("/.well-known/jwks.json"))
            for one in (plain, *plain["acknowledgements"]):
                assert verify_receipt(one["receipt"], ring).findings == ()
            assert verify_receipt(plain["receipt"], ring, REFUSED).findings == ()
            assert gateway.core.troubles == {}
        assert stores.rows(tmp_path, "SELECT count(*) FROM body")[0][0] == 0
        checked = check(parse_config(settings(tmp_path, "http://127.0.0.1:1", KEPT)))
        assert checked.wrong == []
        assert checked.counts["leaf"] == checked.counts["answer"] >= 4

    go(test())


@BOTH
def test_nothing_goes_without_a_setting(tmp_path):
    """A configuration that says nothing keeps everything, however long."""

    async def test():
        clock = Moved()
        async with running(tmp_path, clock=clock) as gateway:
            submission = await gateway.submit(REFUSED)
            await gateway.closed(submission)
            assert await later(gateway, clock, 1000) == 0
            assert await status_of(gateway, submission, "/source") == 200

    go(test())


@BOTH
def test_a_body_stays_while_somebody_names_it(tmp_path):
    """The same bytes sent twice go with the second of their submissions, and what came meanwhile is seen."""

    async def test():
        clock = Moved()
        async with running(tmp_path, KEPT, clock=clock) as gateway:
            first = await gateway.submit(REFUSED)
            await gateway.closed(first)
            await later(gateway, clock, 20)
            # What had failed may be sent again: another submission of the same bytes.
            second = await gateway.submit(REFUSED)
            await gateway.closed(second)
            assert second != first
            assert await later(gateway, clock, 15) == 1
            assert await status_of(gateway, second, "/source") == 200
            assert await status_of(gateway, second, "/findings") == 200
            assert (await gateway.get(f"/v1/submissions/{first}"))["removed_at"] is not None
            assert await later(gateway, clock, 20) == 1
            assert await status_of(gateway, second, "/source") == 410
            third = await gateway.submit(REFUSED)
            await gateway.closed(third)
            assert await status_of(gateway, third, "/source") == 200

    go(test())


@BOTH
def test_what_is_named_between_the_question_and_the_deletion_stays(tmp_path):
    """Bytes that come again while the job works are kept."""

    async def test():
        clock = Moved()
        async with running(tmp_path, KEPT, clock=clock) as gateway:
            first = await gateway.submit(REFUSED)
            await gateway.closed(first)
            ledger, at = gateway.core.ledger, rfc3339(gateway.core.clock.now())
            assert await ledger.write(lambda tx: ledger_retention.forget(tx, [first], at)) == 1
            digests = await ledger.read(ledger_retention.due)
            kept, mark = await ledger.read(lambda ask: ledger_retention.named(ask, digests))
            assert kept == set()
            second = await gateway.submit(REFUSED)
            await gateway.closed(second)
            gone = await ledger.write(lambda tx: ledger_retention.drop(tx, digests, kept, mark))
            assert 0 < gone < len(digests)
            assert await status_of(gateway, second, "/source") == 200
            assert await status_of(gateway, second, "/findings") == 200
            assert await status_of(gateway, second, "/acknowledgements/1") == 200

    go(test())


def test_files_of_long_bodies_go_too(tmp_path):
    """A body in a file goes after the row that named it, and not while somebody may be about to use it."""

    async def test():
        clock = Moved()
        async with running(tmp_path, KEPT, clock=clock) as gateway:
            gateway.core.ledger.bodies.inline_bytes_max = 10
            submission = await gateway.submit(REFUSED)
            await gateway.closed(submission)
            folder = gateway.core.ledger.bodies.folder
            files = [file for file in folder.rglob("*") if file.is_file()]
            assert files
            await later(gateway, clock, 60)
            assert await status_of(gateway, submission, "/source") == 410
            # They are young: somebody may have looked at them for a commit that is still to come.
            assert all(file.is_file() for file in files)
            for file in files:
                os.utime(file, (0, time.time() - 7200))
            await Retainer(gateway.core).once()
            assert [file for file in folder.rglob("*") if file.is_file()] == []

    go(test())


def test_a_file_that_is_taken_again_stays(tmp_path):
    """Making a body that is there already touches its file, and a file just touched is not removed."""
    shelf = Bodies(tmp_path, 0)
    body = shelf.prepare(b"content")
    file = tmp_path / body.file
    os.utime(file, (0, 0))
    assert shelf.prepare(b"content") == body
    assert not removed(file)
    assert file.read_bytes() == b"content"
    os.utime(file, (0, 0))
    assert removed(file)
    assert not file.exists()
    assert removed(file)


def test_a_clock_far_ahead_does_not_empty_the_store(tmp_path):
    """A clock set ten years ahead moves what is old by a month at a run, no more."""

    async def test():
        clock = Moved()
        async with running(tmp_path, KEPT, clock=clock) as gateway:
            filed = await gateway.submit(entry())
            await gateway.closed(filed)
            clock.ahead = 3650 * 86400
            assert await Retainer(gateway.core).once() == 0
            assert await Retainer(gateway.core).once() == 0
            assert await status_of(gateway, filed, "/source") == 200

    go(test())


@pytest.mark.parametrize(
    ("settings_", "line"),
    [("retention: {filings_years: 4}", "retention.filings_years"), ("retention: {others_days: 0}", "others_days"),
     ("partners: {A: {retention: {filings_years: 1}}}", "partners.A.retention.filings_years")],
)  # fmt: skip
def test_filings_have_a_floor_of_five_years(settings_, line):
    """A configuration that keeps filings for less than five years is refused, for all and for a partner."""
    with pytest.raises(ConfigError, match=line):
        parse_config(settings_)


def test_years_are_those_of_the_calendar():
    """Five years before a leap day is the day before, so nothing goes a day early."""
    settings_ = Retention(filings_years=5, others_days=2)
    leap = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert settings_.filings_before(leap) == datetime(2023, 2, 28, 12, tzinfo=UTC)
    assert settings_.filings_before(leap + timedelta(days=1)) == datetime(2023, 3, 1, 12, tzinfo=UTC)
    assert settings_.others_before(leap) == leap - timedelta(days=2)
    assert Retention().filings_before(leap) is None


@BOTH
def test_a_partner_has_its_own_time_and_the_command_says_so(tmp_path, capsys):
    """`gateway db retention` shows what is kept for each partner, what is due and what went."""

    async def test():
        clock = Moved()
        more = (
            "partners: {LOCAL: {anonymous: true, operator: true, retention: {others_days: 10}}}\n"
            "retention: {filings_years: 7, others_days: 400}\n"
        )
        config = tmp_path / "config.yaml"
        config.write_text(settings(tmp_path, "http://127.0.0.1:1", more), encoding="utf-8")
        async with running(tmp_path, more, clock=clock) as gateway:
            await gateway.closed(await gateway.submit(entry()))
            await gateway.closed(await gateway.submit(REFUSED))
            assert await later(gateway, clock, 11) == 1
        assert main(["db", "retention", "--config", str(config)]) == 0
        assert capsys.readouterr().out == (
            "LOCAL: filings for ever, others 10 days; 1 kept, 0 of them due, 1 removed\n"
        )
        assert main(["db", "retention", "--config", str(config), "--json"]) == 0
        (one,) = json.loads(capsys.readouterr().out)
        assert (one["partner"], one["others_days"], one["removed"]) == ("LOCAL", 10, 1)

    go(test())
