"""Operations of a group that are alike run as one, with the outcome of one after the other."""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from types import SimpleNamespace

import pytest

from gateway.shell.bodies import Body
from gateway.shell.clock import Ids, SystemClock, rfc3339
from gateway.shell.ledger import Ledger
from gateway.shell.ledger_flow import Said
from gateway.shell.ledger_intake import Arrival, admit, admit_all
from gateway.shell.ledger_rows import insert, portions
from gateway.shell.ledger_together import Each
from tests.shell import stores

BOTH = pytest.mark.usefixtures("each_store")
TABLES = (
    "SELECT partner, scope, key, digest, submission FROM dedup ORDER BY partner, scope, key",
    "SELECT seq, id, partner, state, digest, bytes, body, via, received_at FROM submission ORDER BY seq",
    "SELECT submission, idx, state FROM part ORDER BY submission, idx",
    "SELECT submission, partner, idx, name, state, data, at FROM event ORDER BY id",
    "SELECT id, effect, lane, submission, idx, send_key, data FROM outbox ORDER BY id",
    "SELECT id, submission, n, kind, disposition, body, receipt, at FROM answer ORDER BY submission, n",
    "SELECT log, idx, hash, answer FROM leaf ORDER BY log, idx",
    "SELECT digest, bytes, data FROM body ORDER BY digest",
    "SELECT name, last FROM control WHERE name NOT IN ('held', 'member') ORDER BY name",
)


async def opened(folder):
    """Open the ledger of a folder."""
    ledger = Ledger(stores.store(folder), SystemClock())
    await ledger.open()
    return ledger


def arrival(make, data, partner="P", key="", raw=None):
    """Make content ready to be committed."""
    digest = hashlib.sha256(raw or data).digest()
    at = rfc3339(SystemClock().now())
    said = Said(
        id=make(), kind="receipt", disposition="received", media_type="application/jose", body=None,
        signature="", receipt=f"receipt-{make()}", at=at, log="log",
    )  # fmt: skip
    return Arrival(
        submission=make(), partner=partner, digest=digest, size=len(raw or data),
        body=Body(hashlib.sha256(data).digest(), len(data), data, None),
        raw=Body(digest, len(raw), raw, None) if raw else None,
        masked=[], media_type="text/plain", via={"transport": "http"}, receipt=said, format="catair",
        scope="/v1/submissions" if key else "", key=key,
    )  # fmt: skip


def arrivals(seed, count):
    """Make some arrivals: new ones, copies, keys used again for the same and for other content."""
    chance, make = random.Random(seed), Ids(SystemClock())  # noqa: S311 - cases, not secrets
    found = []
    for _ in range(count):
        data = b"content %d" % chance.randrange(12)
        key = chance.choice(("", "", f"key-{chance.randrange(8)}"))
        raw = b"packed " + data if chance.random() < 0.2 else None
        found.append(arrival(make, data, chance.choice("PQ"), key, raw))
    return found


async def held(ledger, operations):
    """Queue operations while the writer is held up, so that they are one group; gives their results."""
    release = threading.Event()
    first = ledger.write(lambda tx: release.wait(60) and tx.next("held"))
    waiting = [ledger.write(operation) for operation in operations]
    release.set()
    await first
    return await asyncio.gather(*waiting)


def written(folder):
    """Give everything that the ledger has, table by table."""
    return [[tuple(row) for row in stores.rows(folder, table)] for table in TABLES]


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_together_is_like_one_after_the_other(tmp_path, seed):
    """The same arrivals leave the same answers and rows, one by one or many at a time, failures among them."""
    given = arrivals(seed, 90)
    failed = [new.submission for new in given[:45:4]]

    def fail(tx):
        for submission in failed:
            tx.connection.execute("UPDATE submission SET failed = 1 WHERE id = ?", (submission,))

    async def test(folder, *, together):
        ledger = await opened(folder)
        found = []
        for some in (given[:45], given[45:]):
            if together:
                found += await held(ledger, [Each(admit_all, new) for new in some])
            else:
                for new in some:
                    found.append(await ledger.write(lambda tx, new=new: admit(tx, new)))
            await ledger.write(fail)
        await ledger.close()
        return found, written(folder)

    one = tmp_path / "one"
    one.mkdir()
    (found, rows), (wanted, expected) = (
        asyncio.run(test(folder, together=folder is tmp_path)) for folder in (tmp_path, one)
    )
    assert found == wanted
    for table, some, others in zip(TABLES, rows, expected, strict=True):
        assert some == others, table


@BOTH
def test_together_with_one_that_fails(tmp_path):
    """An arrival that the database refuses fails alone; those of its group are kept, and counted on without a gap."""
    make = Ids(SystemClock())
    good = [arrival(make, b"good %d" % turn) for turn in range(20)]
    # The same id for another submission: no second row can have it.
    bad = [arrival(lambda: good[0].submission, b"bad")]

    async def test():
        ledger = await opened(tmp_path)
        found = []
        release = threading.Event()
        first = ledger.write(lambda tx: release.wait(60) and tx.next("held"))
        waiting = [ledger.write(Each(admit_all, new)) for new in good[:9] + bad + good[9:]]
        release.set()
        await first
        found = await asyncio.gather(*waiting, return_exceptions=True)
        await ledger.close()
        assert isinstance(found.pop(9), Exception)
        assert [one.submission for one in found] == [new.submission for new in good]

    asyncio.run(test())
    assert [row[0] for row in stores.rows(tmp_path, "SELECT seq FROM submission ORDER BY seq")] == list(
        range(1, 21)
    )
    assert [row[0] for row in stores.rows(tmp_path, "SELECT idx FROM leaf ORDER BY idx")] == list(range(20))


def test_what_is_not_alike_keeps_its_turn(tmp_path):
    """Others between those that are alike see what came before them, and not what comes after."""
    seen = []

    def both(tx, items):
        seen.append(list(items))
        return [tx.next("n") for _ in items]

    async def test():
        ledger = await opened(tmp_path)
        operations = [Each(both, "a"), Each(both, "b"), lambda tx: tx.next("n"), Each(both, "c")]
        assert await held(ledger, operations) == [1, 2, 3, 4]
        await ledger.close()

    asyncio.run(test())
    assert seen == [["a", "b"], ["c"]]


def test_portions_keep_everything_in_order():
    """Any number of rows is cut into powers of two, none lost, none twice."""
    for count in range(200):
        cut = list(portions(range(count)))
        assert [row for some in cut for row in some] == list(range(count))
        assert {len(some) for some in cut} <= {1, 2, 4, 8, 16, 32}


def test_no_rows_are_no_statement():
    """Nothing is sent when there is nothing to write, and something when there is."""
    sent = []
    connection = SimpleNamespace(execute=lambda text, values: sent.append(values))
    insert(connection, "t(a)", [])
    assert sent == []
    insert(connection, "t(a)", [(1,)])
    assert sent == [[1]]
