"""What is asked of the ledger about one entry number: every filing of it, and all that was said of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from gateway.finding import Disposition
from gateway.flow.standing import Filing, Said
from gateway.flow.submission import Event
from gateway.shell.ledger_query import written
from gateway.shell.ledger_store import Connection as Ask

FILINGS_MAX = 500
_TOLD = (Event.SENT, Event.TIMED_OUT, Event.ANSWERED, Event.DEFERRED, Event.RETRIED)


@dataclass(frozen=True, slots=True)
class Story:
    """The filings of one entry number, oldest first, and what was said of them."""

    number: str
    filings: tuple[Filing, ...]
    said: tuple[Said, ...]


def story(ask: Ask, number: str, partner: str | None) -> Story | None:
    """Give all about an entry number that a partner may see (None: everybody's), None where nothing is."""
    names = written(number)
    rows = ask.execute(
        "SELECT p.submission, p.idx, s.partner, p.target, p.state, p.disposition, s.received_at, p.number"  # noqa: S608 - places alone
        " FROM part p JOIN submission s ON s.id = p.submission"
        f" WHERE p.number <> '' AND p.number IN ({', '.join('?' * len(names))})"
        " AND (? = 1 OR s.partner = ?) ORDER BY s.seq DESC, p.idx DESC LIMIT ?",
        (*names, int(partner is None), partner or "", FILINGS_MAX),
    ).fetchall()
    if not rows:
        return None
    filings, said = [], []
    for turn, row in enumerate(reversed(rows)):
        filing, spoken = _told(ask, turn, row)
        filings.append(filing)
        said += spoken
    return Story(names[0], tuple(filings), tuple(said))


def _told(ask: Ask, turn: int, row: Any) -> tuple[Filing, list[Said]]:
    filing = Filing(
        submission=row[0],
        transaction=row[1],
        partner=row[2],
        target=row[3],
        action=_action(ask, row[0], row[1]),
        state=row[4],
        disposition=row[5],
        received=row[6],
    )
    said, attempt, sent, again = [], 0, "", False
    for name, data, at in ask.execute(
        f"SELECT name, data, at FROM event WHERE submission = ? AND idx = ?"  # noqa: S608 - our words
        f" AND name IN ({', '.join('?' * len(_TOLD))}) ORDER BY id",
        (row[0], row[1], *_TOLD),
    ).fetchall():
        if name == Event.SENT:
            sent, again = sent or at, False
        elif name in {Event.ANSWERED, Event.DEFERRED}:
            said.append(_said(turn, attempt, json.loads(data), deferred=name == Event.DEFERRED))
        if name in {Event.DEFERRED, Event.RETRIED}:
            attempt, again = attempt + 1, True
    return replace(filing, sent=sent, again=again), said


def _said(turn: int, attempt: int, note: dict[str, Any], *, deferred: bool) -> Said:
    return Said(
        filing=turn,
        attempt=attempt,
        message=note.get("message", ""),
        accepted=bool(note.get("accepted")),
        codes=tuple(note.get("codes", ())),
        dispositions=tuple(Disposition(**one) for one in note.get("dispositions", ())),
        deferred=deferred,
    )


def _action(ask: Ask, submission: str, idx: int) -> str:
    row = ask.execute(
        "SELECT data FROM outbox WHERE submission = ? AND idx = ? AND effect = 'send' ORDER BY id LIMIT 1",
        (submission, idx),
    ).fetchone()
    return str(json.loads(row[0]).get("action", "")) if row is not None else ""
