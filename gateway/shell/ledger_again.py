"""What the ledger writes when an answer rejects, or none comes: send again, or keep for a person.

A dead letter is a row of the outbox that waits for a person and holds nobody up: it has a lane of its
own. What it says, and whether there is one, is decided in `gateway/flow/again.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.finding import Finding, Layer, Severity
from gateway.flow.again import Course, Earlier, Filed, course, listed, on_file, unanswered
from gateway.flow.submission import Event, State, allows
from gateway.shell.ledger import Transaction
from gateway.shell.ledger_flow import Ref, Work, keep, know, progress, queue
from gateway.specs import data_root
from gateway.specs.answers import words

if TYPE_CHECKING:
    from gateway.shell.bodies import Body
    from gateway.shell.ledger_heard import Match

DEAD = "dead"
DIRECT = frozenset({"catair/AX", "catair/X1"})
"""What answers a filing of a summary itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """What is sent again after an answer: the table of the guide, and how often for each endpoint."""

    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)
    times_max: Mapping[str, int] = field(default_factory=dict)


NONE = Retries()


def weigh(
    tx: Transaction, ref: Ref, match: Match, endpoints: Sequence[str], retries: Retries
) -> tuple[Course, Finding | None]:
    """Decide what follows this answer to this transaction."""
    if match.accepted or not retries.rules:
        return Course.REPORT, None
    endpoint, filed = filed_of(tx, ref, endpoints, retries.rules)
    most = retries.times_max.get(endpoint, 0)
    way, finding = course(match.message, match.codes, filed, retries.rules, times_max=most)
    (state,) = tx.connection.execute(
        "SELECT state FROM part WHERE submission = ? AND idx = ?", (ref.submission, ref.idx)
    ).fetchone()
    if way is Course.AGAIN and not allows(State(state), Event.DEFERRED):
        return Course.REPORT, None
    return way, finding


def filed_of(
    tx: Transaction, ref: Ref, endpoints: Sequence[str], rules: Mapping[tuple[str, str], str]
) -> tuple[str, Filed]:
    """Give the endpoint of a transaction, and what it wants done to what was on file before."""
    rows = tx.connection.execute(
        "SELECT q.submission, q.idx, q.disposition, q.endpoint, q.target, o.data FROM part p"  # noqa: S608 - places alone
        " JOIN part q ON (q.submission = p.submission AND q.idx = p.idx)"
        " OR (q.number = p.number AND q.number <> '' AND q.target = p.target)"
        " JOIN submission s ON s.id = q.submission"
        " JOIN outbox o ON o.submission = q.submission AND o.idx = q.idx AND o.effect = 'send'"
        f" WHERE p.submission = ? AND p.idx = ? AND q.endpoint IN ({', '.join('?' * len(endpoints))})"
        " ORDER BY s.seq, q.idx, o.id",
        (ref.submission, ref.idx, *endpoints),
    ).fetchall()
    filings = {(row[0], row[1]): row for row in rows}
    turn = list(filings).index((ref.submission, ref.idx))
    own = filings[ref.submission, ref.idx]
    (times,) = tx.connection.execute(
        "SELECT count(*) FROM event WHERE submission = ? AND idx = ? AND name = ?",
        (ref.submission, ref.idx, Event.DEFERRED.value),
    ).fetchone()
    story = [_earlier(tx, row, rules) for row in list(filings.values())[:turn]]
    filed = Filed(
        target=own[4],
        action=_action(own[5]),
        on_file=on_file(story),
        times=int(times),
        newer=turn + 1 < len(filings),
    )
    return str(own[3]), filed


def _earlier(tx: Transaction, row: Sequence[Any], rules: Mapping[tuple[str, str], str]) -> Earlier:
    answers = _answers(tx, Ref(row[0], row[1], ""))
    told = [(one.get("message", ""), one.get("codes", ())) for one in answers if not one["accepted"]]
    # What CBP says later of an accepted summary does not take it off the file.
    direct = [one["accepted"] for one in answers if one.get("message") in DIRECT]
    return Earlier(
        action=_action(row[5]),
        disposition=("accepted" if direct[-1] else "rejected") if direct else row[2],
        untouched=any("untouched" in listed(message, codes, rules) for message, codes in told),
        reviewed=any(one.get("message") == "catair/UC" for one in answers),
    )


def _action(data: str) -> str:
    return str(json.loads(data).get("action", ""))


def _answers(tx: Transaction, ref: Ref) -> list[dict[str, Any]]:
    rows = tx.connection.execute(
        "SELECT data FROM event WHERE submission = ? AND idx = ? AND name = ? ORDER BY id",
        (ref.submission, ref.idx, Event.ANSWERED.value),
    ).fetchall()
    return [json.loads(data) for (data,) in rows]


def decided(tx: Transaction, ref: Ref) -> str:
    """Give accepted or rejected from all that was said, whichever came first; "" where nothing was.

    What customs say unasked has a time, an answer to a batch has none and comes before; of what has the
    same time the table of words says what is later, and only then the order in which it came.
    """
    answers = _answers(tx, ref)
    if not answers:
        return ""
    last = max(enumerate(answers), key=lambda turn: (*_said_at(turn[1]), turn[0]))[1]
    return "accepted" if last["accepted"] else "rejected"


def _said_at(answer: Mapping[str, Any]) -> tuple[str, int]:
    """Give the newest time that an answer names, and how late its words are among those of that time."""
    at = max((str(one.get("at", "")) for one in answer["dispositions"]), default="")
    known = words(data_root())
    newest = [one for one in answer["dispositions"] if at and one.get("at", "") == at]
    turns = [
        word.turn
        for one in newest
        for word in known.get((answer.get("message", ""), one.get("code", "")), ())
    ]
    return at, max(turns, default=0)


def noted(plain: Mapping[str, Any]) -> Finding:
    """Give a finding of ours back as it was before it was written down."""
    return Finding(
        code=plain["code"],
        severity=Severity(plain["severity"]),
        message=plain["message"],
        layer=Layer(plain["layer"]),
        expected=plain.get("expected", ""),
        actual=plain.get("actual", ""),
        transaction=plain.get("transaction"),
    )


def bury(tx: Transaction, ref: Ref, endpoint: str, finding: Finding) -> None:
    """Keep a transaction as a dead letter: a person has to decide, and the finding says why."""
    work = Work(lane=f"{DEAD}/{endpoint}/{ref.partner}", data={"finding": finding.as_json()})
    number = queue(tx, ref, DEAD, work)
    tx.connection.execute(
        "UPDATE outbox SET state = 'parked', attempts = 1, last_error = ? WHERE id = ?",
        (finding.message, number),
    )


def is_buried(tx: Transaction, ref: Ref) -> bool:
    """Tell whether a dead letter of this transaction waits."""
    row = tx.connection.execute(
        "SELECT 1 FROM outbox WHERE submission = ? AND idx = ? AND effect = ? AND state = 'parked'",
        (ref.submission, ref.idx, DEAD),
    ).fetchone()
    return row is not None


def unbury(tx: Transaction, ref: Ref) -> None:
    """Let go of a dead letter: a person has decided, or the answer came after all."""
    tx.connection.execute(
        "UPDATE outbox SET state = 'done' WHERE submission = ? AND idx = ? AND effect = ? AND state = 'parked'",
        (ref.submission, ref.idx, DEAD),
    )


def unsafe(tx: Transaction, ref: Ref) -> tuple[str, Finding | None]:
    """Give a transaction's endpoint, and why it is not sent again without a person; None where it may be."""
    row = tx.connection.execute(
        "SELECT p.endpoint, p.target, o.data FROM part p"
        " JOIN outbox o ON o.submission = p.submission AND o.idx = p.idx"
        " WHERE p.submission = ? AND p.idx = ? AND o.effect = 'send' ORDER BY o.id DESC LIMIT 1",
        (ref.submission, ref.idx),
    ).fetchone()
    if row is None:
        return "", None
    return str(row[0]), unanswered(Filed(target=row[1], action=_action(row[2])))


def over(tx: Transaction, ref: Ref) -> None:
    """Write down that a transaction needs no more sending."""
    tx.connection.execute(
        "UPDATE outbox SET state = 'done' WHERE submission = ? AND idx = ? AND effect = 'send' AND state <> 'done'",
        (ref.submission, ref.idx),
    )


def defer(tx: Transaction, ref: Ref, at: str, note: Mapping[str, Any]) -> None:
    """Have a transaction sent again later, under a number of its own."""
    over(tx, ref)
    progress(tx, ref, Event.DEFERRED, at, Work(lane=lane_of(tx, ref), data={"later": True}), note)


def lane_of(tx: Transaction, ref: Ref) -> str:
    """Name the lane in which a transaction goes out."""
    return f"{endpoint_of(tx, ref)}/{ref.partner}"


def endpoint_of(tx: Transaction, ref: Ref) -> str:
    """Name the endpoint that a transaction goes to."""
    row = tx.connection.execute(
        "SELECT endpoint FROM part WHERE submission = ? AND idx = ?", (ref.submission, ref.idx)
    ).fetchone()
    return str(row[0])


def renewed(
    tx: Transaction, ref: Ref, number: int, correlation: str, forwarded: Body, next_at: float
) -> None:
    """Keep the message under its new number, and queue it for when it is due."""
    key = (ref.submission, ref.idx)
    (endpoint, data) = tx.connection.execute(
        "SELECT p.endpoint, o.data FROM part p JOIN outbox o ON o.submission = p.submission AND o.idx = p.idx"
        " WHERE p.submission = ? AND p.idx = ? AND o.effect = 'send' ORDER BY o.id DESC LIMIT 1",
        key,
    ).fetchone()
    keep(tx, [forwarded])
    tx.connection.execute(
        "UPDATE part SET correlation = ?, forwarded = ? WHERE submission = ? AND idx = ?",
        (correlation, forwarded.digest, *key),
    )
    know(tx, ref, endpoint, (f"correlation/{correlation}", f"control/{number}"))
    work = Work(
        lane=f"{endpoint}/{ref.partner}",
        send_key=correlation,
        payload=forwarded.digest,
        data=json.loads(data),
    )
    row = queue(tx, ref, "send", work)
    tx.connection.execute("UPDATE outbox SET next_at = ? WHERE id = ?", (next_at, row))
