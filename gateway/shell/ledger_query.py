"""What is asked of the ledger. Every question that a partner can reach names the partner.

`partner` None asks for everybody: the operator.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.shell.bodies import Bodies
from gateway.shell.ledger_store import Connection as Ask
from gateway.shell.ledger_store import Cursor

__all__ = ["Ask"]

PAGE_MAX = 200
_AGAIN_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which submissions to list: "" leaves a field open. `after` is the cursor: older than that."""

    partner: str | None
    state: str = ""
    format: str = ""
    sender: str = ""
    control: str = ""
    number: str = ""
    digest: bytes | None = None
    after: int | None = None
    limit: int = 50


def listed(connection: Ask, asked: Filter) -> tuple[list[dict[str, Any]], int | None]:
    """Give a page of submissions, newest first, and the cursor of the next page."""
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    for column, value in (
        ("s.partner", asked.partner),
        ("s.state", asked.state or None),
        ("s.format", asked.format or None),
        ("s.sender", asked.sender or None),
        ("s.control", asked.control or None),
        ("s.digest", asked.digest),
    ):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if asked.number:
        names = written(asked.number)
        marks = ", ".join("?" * len(names))
        where.append(f"EXISTS (SELECT 1 FROM part p WHERE p.submission = s.id AND p.number IN ({marks}))")  # noqa: S608 - places alone
        values.extend(names)
    if asked.after is not None:
        where.append("s.seq < ?")
        values.append(asked.after)
    limit = max(1, min(asked.limit, PAGE_MAX))
    rows = connection.execute(
        f"SELECT * FROM submission s WHERE {' AND '.join(where)} ORDER BY s.seq DESC LIMIT ?",  # noqa: S608 - names are ours
        (*values, limit + 1),
    )
    found = _named(rows)
    more = found[limit - 1]["seq"] if len(found) > limit else None
    return [_head(connection, row) for row in found[:limit]], more


def written(number: str) -> tuple[str, ...]:
    """Give the ways in which an entry number may stand in the ledger, the one without dashes first."""
    bare = "".join(number.replace("-", " ").split()).upper()
    printed = f"{bare[:3]}-{bare[3:10]}-{bare[10:]}" if len(bare) == 11 else bare
    return tuple(dict.fromkeys((bare, printed, number.strip(), number.strip().upper())))


def owner(connection: Ask, submission: str) -> str | None:
    """Name the partner whose submission this is, None where there is none of that id."""
    row = connection.execute("SELECT partner FROM submission WHERE id = ?", (submission,)).fetchone()
    return None if row is None else str(row[0])


def row_of(connection: Ask, submission: str) -> dict[str, Any] | None:
    """Give a submission's own row, as it is stored."""
    rows = _named(connection.execute("SELECT * FROM submission WHERE id = ?", (submission,)))
    return rows[0] if rows else None


def document(connection: Ask, submission: str) -> dict[str, Any] | None:
    """Give all that is known of a submission, bodies excepted. Digests are still bytes.

    What was written between two questions would give a document that never was, such as an
    answer without the findings that it is about; then all of it is asked again.
    """
    head = None
    for _ in range(_AGAIN_MAX):
        row = row_of(connection, submission)
        head = _document(connection, submission, row) if row is not None else None
        if row_of(connection, submission) == row:
            break
    return head


def _document(connection: Ask, submission: str, row: Mapping[str, Any]) -> dict[str, Any]:
    head = _head(connection, row)
    head["findings_body"] = row["findings"]
    head["acknowledgements"] = [
        {
            "n": answer["n"],
            "kind": answer["kind"],
            "transaction": answer["idx"],
            "disposition": answer["disposition"],
            "media_type": answer["media_type"],
            "receipt": answer["receipt"],
            "at": answer["at"],
        }
        for answer in _named(
            connection.execute("SELECT * FROM answer WHERE submission = ? ORDER BY n", (submission,))
        )
    ]
    head["waits"] = _named(
        connection.execute(
            'SELECT effect, idx AS "transaction", state, attempts, last_error FROM outbox'
            " WHERE submission = ? AND (state = 'parked' OR (state = 'ready' AND attempts > 0))",
            (submission,),
        )
    )
    return head


def _head(connection: Ask, row: Mapping[str, Any]) -> dict[str, Any]:
    parts = _named(connection.execute("SELECT * FROM part WHERE submission = ? ORDER BY idx", (row["id"],)))
    said: dict[int, list[Any]] = {}
    for idx, data in connection.execute(
        "SELECT idx, data FROM event WHERE submission = ? AND name = 'Answered' ORDER BY id", (row["id"],)
    ):
        said.setdefault(idx, []).extend(json.loads(data).get("dispositions", []))
    return {
        "id": row["id"],
        "partner": row["partner"],
        "state": row["state"],
        "received_at": row["received_at"],
        "closed_at": row["closed_at"],
        "removed_at": row["removed_at"],
        "format": row["format"],
        "sender": row["sender"],
        "receiver": row["receiver"],
        "control_number": row["control"],
        "media_type": row["media_type"],
        "bytes": row["bytes"],
        "digest": row["digest"],
        "masked": json.loads(row["masked"]),
        "transactions": [
            {
                "index": part["idx"],
                "state": part["state"],
                "message": part["message"],
                "version": part["version"],
                "control_number": part["control"],
                "entry_number": part["number"],
                "disposition": part["disposition"],
                "target": part["target"],
                "endpoint": part["endpoint"],
                "dispositions": said.get(part["idx"], []),
                **json.loads(part["summary"]),
            }
            for part in parts
        ],
    }


def part_row(connection: Ask, submission: str, idx: int) -> dict[str, Any] | None:
    """Give one transaction's own row, as it is stored."""
    rows = _named(
        connection.execute("SELECT * FROM part WHERE submission = ? AND idx = ?", (submission, idx))
    )
    return rows[0] if rows else None


def answer_row(connection: Ask, submission: str, n: int) -> dict[str, Any] | None:
    """Give one answer of ours, as it is stored."""
    rows = _named(connection.execute("SELECT * FROM answer WHERE submission = ? AND n = ?", (submission, n)))
    return rows[0] if rows else None


def answers(connection: Ask, submission: str) -> list[dict[str, Any]]:
    """Give every answer of ours to a submission, as they are stored, in order."""
    return _named(connection.execute("SELECT * FROM answer WHERE submission = ? ORDER BY n", (submission,)))


def heard_body(connection: Ask, bodies: Bodies, number: object) -> bytes:
    """Give the content of one message of an endpoint, nothing where it is not kept."""
    row = connection.execute("SELECT body FROM heard WHERE id = ?", (number,)).fetchone()
    return bodies.load(connection, bytes(row[0])) if row is not None else b""


def heard_rows(connection: Ask, submission: str) -> list[dict[str, Any]]:
    """Give what the other side said about a submission, in order."""
    return _named(
        connection.execute(
            "SELECT h.*, p.idx AS idx FROM heard h JOIN heard_part p ON p.heard = h.id"
            " WHERE p.submission = ? ORDER BY h.id",
            (submission,),
        )
    )


def events(
    connection: Ask, after: int, *, partner: str | None, submission: str | None = None, limit: int = 200
) -> list[dict[str, Any]]:
    """Give what happened after an event number, in order."""
    where = ["id > ?"]
    values: list[Any] = [after]
    if submission is not None:
        where.append("submission = ?")
        values.append(submission)
    if partner is not None:
        where.append("partner = ?")
        values.append(partner)
    rows = connection.execute(
        f"SELECT * FROM event WHERE {' AND '.join(where)} ORDER BY id LIMIT ?",  # noqa: S608 - names are ours
        (*values, limit),
    )
    return _named(rows)


def event_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give an event as it is told outside."""
    return {
        "submission": row["submission"],
        "transaction": row["idx"],
        "event": row["name"],
        "state": row["state"],
        "at": row["at"],
        **json.loads(row["data"]),
    }


def last_event(connection: Ask) -> int:
    """Give the number of the newest event, 0 where nothing happened yet."""
    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM event").fetchone()
    return int(last)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the outbox that no lane needs: reading, relating, acknowledging."""

    id: int
    effect: str
    lane: str
    submission: str
    idx: int
    partner: str
    payload: bytes | None
    data: Mapping[str, Any] = field(default_factory=dict)


def waiting(connection: Ask, effect: str, after: int, limit: int) -> list[Waiting]:
    """Give rows of an effect that wait, in order, from after an id on."""
    return named_waiting(
        connection, "o.effect = ? AND o.state = 'ready' AND o.id > ?", (effect, after), limit
    )


def named_waiting(connection: Ask, where: str, values: Sequence[Any], limit: int) -> list[Waiting]:
    """Give rows of the outbox of which a condition of ours is true, in order."""
    return [
        Waiting(row[0], row[1], row[2], row[3], row[4], row[5] or "", row[6], json.loads(row[7]))
        for row in connection.execute(
            "SELECT o.id, o.effect, o.lane, o.submission, o.idx, s.partner, o.payload, o.data FROM outbox o"  # noqa: S608 - our words
            f" LEFT JOIN submission s ON s.id = o.submission WHERE {where} ORDER BY o.id LIMIT ?",
            (*values, limit),
        )
    ]


def any_due(connection: Ask, now: float) -> bool:
    """Tell whether something has waited too long for its answer."""
    # The least of all is the first of the index; to look for any of them, a whole table may be read.
    (least,) = connection.execute("SELECT min(due) FROM part WHERE due IS NOT NULL").fetchone()
    return least is not None and bool(least <= now)


def lanes(connection: Ask, effect: str, owner: str, now: float) -> list[str]:
    """Name the lanes in which something is ready to go, and which nobody else holds."""
    rows = connection.execute(
        "SELECT o.lane FROM (SELECT DISTINCT lane FROM outbox WHERE effect = ? AND state = 'ready') o"
        " LEFT JOIN lane l ON l.lane = o.lane WHERE l.lane IS NULL OR l.owner = ? OR l.lease_until < ?",
        (effect, owner, now),
    )
    return [str(row[0]) for row in rows]


def subscriptions(connection: Ask, partner: str) -> list[dict[str, Any]]:
    """Give a partner's webhook addresses."""
    rows = connection.execute(
        "SELECT id, url, at FROM subscription WHERE partner = ? ORDER BY id", (partner,)
    )
    return _named(rows)


def subscription_row(connection: Ask, which: str, partner: str) -> dict[str, Any] | None:
    """Give one webhook address, None where it was taken back."""
    rows = _named(
        connection.execute("SELECT * FROM subscription WHERE id = ? AND partner = ?", (which, partner))
    )
    return rows[0] if rows else None


def webhook_document(connection: Ask, submission: str, idx: int) -> dict[str, Any]:
    """Give what a webhook is told: what became of a transaction, and where its acknowledgements are."""
    row = part_row(connection, submission, idx) or {}
    answers = connection.execute(
        "SELECT n, kind, disposition, media_type, at FROM answer"
        " WHERE submission = ? AND n > 0 AND (idx IS NULL OR idx = ?) ORDER BY n",
        (submission, idx),
    )
    place = f"/v1/submissions/{submission}"
    return {
        "event": "Acknowledged",
        "submission": submission,
        "transaction": idx,
        "state": row.get("state", ""),
        "disposition": row.get("disposition", ""),
        "entry_number": row.get("number", ""),
        "acknowledgements": [
            {**answer, "href": f"{place}/acknowledgements/{answer['n']}"} for answer in _named(answers)
        ],
        "links": {"self": place},
    }


def parked(connection: Ask, partner: str | None = None) -> list[dict[str, Any]]:
    """Give what waits for a person, and the finding that says why where there is one."""
    rows = _named(
        connection.execute(
            'SELECT o.id, o.effect, o.lane, o.submission, o.idx AS "transaction", o.attempts, o.last_error,'
            " s.partner, p.number AS entry_number, o.data FROM outbox o"
            " LEFT JOIN submission s ON s.id = o.submission"
            " LEFT JOIN part p ON p.submission = o.submission AND p.idx = o.idx"
            " WHERE o.state = 'parked' AND (? = 1 OR s.partner = ?) ORDER BY o.id LIMIT 1000",
            (partner is None, partner or ""),
        )
    )
    return [{**row, "finding": json.loads(row.pop("data")).get("finding")} for row in rows]


def counts(connection: Ask) -> dict[str, dict[str, int]]:
    """Count what the metrics show: submissions by state, outbox by effect and state.

    Those that are closed are most of all, and no row of them is looked at: they are what is left.
    """
    (everything,) = connection.execute("SELECT count(*) FROM submission").fetchone()
    open_ = dict(
        connection.execute("SELECT state, count(*) FROM submission WHERE state <> 'closed' GROUP BY state")
    )
    closed = everything - sum(open_.values())
    return {
        "submissions": open_ | ({"closed": closed} if closed else {}),
        "outbox": {
            f"{effect}/{state}": count
            for effect, state, count in connection.execute(
                "SELECT effect, state, count(*) FROM outbox WHERE state IN ('ready', 'parked')"
                " GROUP BY effect, state"
            )
        },
    }


def leaves(connection: Ask, log: str, start: int, count: int) -> list[bytes]:
    """Give the hashes of so many of a log's leaves, in order, from one on; fewer where it ends."""
    rows = connection.execute(
        "SELECT hash FROM leaf WHERE log = ? AND idx >= ? AND idx < ? ORDER BY idx",
        (log, start, start + count),
    )
    return [bytes(row[0]) for row in rows.fetchall()]


def _named(cursor: Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
