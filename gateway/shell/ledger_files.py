"""The ledger from outside: checked, copied, brought forward.

Checking and copying read on a connection of their own, beside a service that runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.shell.bodies import Bodies
from gateway.shell.config import Config
from gateway.shell.keys import KeyFolder, KeyFolderError
from gateway.shell.ledger_store import Connection, store_of
from gateway.shell.recheck import rechecked
from gateway.shell.sqlite import SqliteConnection, library

COUNTED = ("submission", "answer", "leaf", "event", "body")
PAGE = 200


@dataclass(slots=True)
class Checked:
    """What was looked at, and what does not hold."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def check(config: Config) -> Checked:
    """Look at everything that is stored: the file, bodies, answers and signatures, the log's leaves.

    All of it as it was at one moment. Raises `LedgerError` where it cannot be read.
    """
    found = Checked()
    store = store_of(config.store)
    with store.snapshot() as connection:
        if damage := store.damage(connection):
            found.wrong.append(f"the file is damaged: {damage}")
            return found
        for table in COUNTED:
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our names
            found.counts[table] = count
        _bodies(connection, store.bodies[0], found)
        _leaves(connection, found)
        _rows(connection, found)
        _answers(config, connection, Bodies(store.bodies[0], 0), found)
    return found


def _paged(connection: Connection, question: str, first: Any) -> Iterator[Any]:
    """Go through a table by its key, which is the first column, a page at a time."""
    last = first
    while rows := connection.execute(question, (last, PAGE)).fetchall():
        yield from rows
        last = rows[-1][0]


def _bodies(connection: Connection, folder: Path, found: Checked) -> None:
    question = "SELECT digest, data, file FROM body WHERE digest > ? ORDER BY digest LIMIT ?"
    for digest, data, file in _paged(connection, question, b""):
        name = bytes(digest).hex()
        try:
            kept = bytes(data) if data is not None else Path(folder, file).read_bytes()
        except OSError as error:
            found.wrong.append(f"body {name}: {error.strerror}")
            continue
        if hashlib.sha256(kept).digest() != bytes(digest):
            found.wrong.append(f"body {name}: its bytes are not what they were")


def _leaves(connection: Connection, found: Checked) -> None:
    for (log,) in connection.execute("SELECT DISTINCT log FROM leaf ORDER BY log").fetchall():
        _log(connection, log, found)


def _log(connection: Connection, log: str, found: Checked) -> None:
    expected, last = 0, -1
    question = (
        "SELECT leaf.idx, leaf.hash, answer.receipt FROM leaf LEFT JOIN answer ON answer.id = leaf.answer"
        " WHERE leaf.log = ? AND leaf.idx > ? ORDER BY leaf.idx LIMIT ?"
    )
    while rows := connection.execute(question, (log, last, PAGE)).fetchall():
        for idx, hashed, receipt in rows:
            if idx != expected:
                found.wrong.append(f"log {log}: entry {expected} is missing")
            expected = idx + 1
            if receipt is None:
                found.wrong.append(f"log {log}: entry {idx} names an answer that is gone")
            elif hashlib.sha256(b"\x00" + receipt.encode("utf-8")).digest() != bytes(hashed):
                found.wrong.append(f"log {log}: entry {idx} is not the receipt that it names")
        last = rows[-1][0]


def _rows(connection: Connection, found: Checked) -> None:
    """Hold the tables to each other: what one commit writes is all there."""
    questions = {
        "has no receipt": "SELECT id FROM submission WHERE id NOT IN (SELECT submission FROM answer WHERE n = 0)",
        "has no first event": "SELECT id FROM submission WHERE id NOT IN (SELECT submission FROM event)",
        "has no row that has it read": (
            "SELECT id FROM submission WHERE id NOT IN (SELECT submission FROM outbox WHERE effect = 'process')"
        ),
        "has no bytes": "SELECT id FROM submission WHERE removed_at IS NULL AND body NOT IN (SELECT digest FROM body)",
    }
    for what, question in questions.items():
        found.wrong += [f"submission {row[0]} {what}" for row in connection.execute(question)]


def _answers(config: Config, connection: Connection, shelf: Bodies, found: Checked) -> None:
    passphrase = config.keys.passphrase.reveal() if config.keys.passphrase is not None else None
    try:
        ring = KeyFolder(config.keys.folder, passphrase).load()
    except KeyFolderError as error:
        found.wrong.append(str(error))
        return
    for answer, wrong in rechecked(connection, shelf, ring):
        found.wrong += [f"answer {answer}: {one.message}" for one in wrong]


def backup(config: Config, folder: Path) -> dict[str, int]:
    """Copy a SQLite ledger, then its bodies, into a new or empty folder. Raises OSError.

    In this order: a body is in its folder before the row that names it is committed, so
    every row of the copy finds its body.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise OSError(17, "the folder is not empty", str(folder))
    path = config.store.path
    target = folder / path.name
    with contextlib.closing(_reader(config, path)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    bodies = path.with_name(f"{path.name}.bodies")
    count = 0
    if bodies.is_dir():
        shutil.copytree(bodies, folder / bodies.name, ignore=shutil.ignore_patterns(".*"))
        count = sum(1 for file in (folder / bodies.name).rglob("*") if file.is_file())
    with contextlib.closing(_reader(config, target)) as connection:
        (submissions,) = connection.execute("SELECT count(*) FROM submission").fetchone()
    return {"submissions": submissions, "bodies": count}


def _reader(config: Config, path: Path) -> SqliteConnection:
    return library(config.store.library).connect(f"{path.resolve().as_uri()}?mode=ro")


def upgrade(config: Config) -> tuple[int, int]:
    """Bring the tables forward. Gives the steps before and after. Raises `LedgerError`."""
    return store_of(config.store).upgrade()
