"""What may be done next about an entry, and by whom: the filer, a person here, the gateway, or customs.

What customs' words ask for stands in `edi_specs/catair/standing.csv`; what a rejection leaves behind is
decided in `gateway/flow/again.py`. Never here: doing it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.flow.standing import RELEASE_STATUS, SUMMARY_STATUS, plain_of, word_of
from gateway.flow.submission import State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.flow.standing import Aspect, Filing, Meanings, Standing

WHO = ("operator", "filer", "gateway", "customs")
"""Whose turn it can be, the most pressing first."""
ABOUT = {"catair/AE": "summary", "catair/SE": "cargo_release"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What may be done next, by whom, about which of the states."""

    who: str
    about: str
    what: str


def next_steps(found: Standing, known: Meanings) -> tuple[Next, ...]:
    """Give what may be done next, the most pressing first."""
    steps = set(_waiting(found.filings)) | set(_release(found.aspects, known))
    steps |= set(_summary(found.aspects, known))
    if found.aspects["declaration"].state == "rejected":
        steps.add(Next(who="filer", about="declaration", what="correct what is named and file it again"))
    return tuple(sorted(steps, key=lambda one: (WHO.index(one.who), one.about, one.what)))


def _waiting(filings: Sequence[Filing]) -> Iterator[Next]:
    for one in filings:
        about = ABOUT.get(one.target, "declaration")
        if one.state == State.PARKED:
            yield Next(who="operator", about=about, what="a filing waits for a person: retry or skip")
        elif one.state == State.DEAD:
            yield Next(who="operator", about=about, what="a dead letter waits for a person: retry or skip")
        elif one.again:
            yield Next(who="gateway", about=about, what="the filing is sent again by itself")
        elif one.state in {State.READY, State.WAITING}:
            yield Next(who="customs", about=about, what="the answer to a filing is awaited")


def _release(aspects: Mapping[str, Aspect], known: Meanings) -> Iterator[Next]:
    answer, status = aspects["cargo_release"], aspects["release_status"]
    if answer.said is not None and (status.said is None or answer.state == "rejected"):
        steps = list(_worded(answer.message, "decision", answer.said.code, "cargo_release", known))
        if not steps and answer.state == "rejected":
            steps = [Next(who="filer", about="cargo_release", what="correct what is named and file it again")]
        yield from steps
    if status.state != "cancelled":
        yield from _status(status, known)


def _status(status: Aspect, known: Meanings) -> Iterator[Next]:
    """Give what the entry's own words ask for, and while it is not released those of bills and agencies."""
    spoken = [("entry", code) for code in _codes(status)]
    if status.state != "released":
        spoken += [("bill", one["code"]) for one in status.more.get("bills", ())]
        spoken += [("agency", one["code"]) for one in status.more.get("agencies", ())]
    for level, code in spoken:
        yield from _worded(RELEASE_STATUS, level, code, "release_status", known)


def _codes(status: Aspect) -> Iterator[str]:
    if status.said is not None:
        yield status.said.code
    if last := status.more.get("last"):
        yield last["code"]


def _summary(aspects: Mapping[str, Aspect], known: Meanings) -> Iterator[Next]:
    summary, notices = aspects["summary"], aspects["summary_status"]
    if summary.more.get("taken_off_file"):
        what = (
            "the rejected replacement took the accepted summary off the file: a person corrects and files"
            " it, or orders that it is sent again"
        )
        yield Next(who="operator", about="summary", what=what)
    elif summary.state == "rejected":
        what = "correct what the conditions name and file the summary again"
        yield Next(who="filer", about="summary", what=what)
    elif summary.state == "accepted" and known.census & set(summary.more.get("codes", ())):
        yield Next(who="filer", about="summary", what="correct, or override, every census warning (CW)")
    if notices.said is not None and not notices.more.get("superseded"):
        yield from _worded(SUMMARY_STATUS, "summary", notices.said.code, "summary_status", known)
    if quota := notices.more.get("quota"):
        yield from _worded(SUMMARY_STATUS, "quota", quota["code"], "summary_status", known)


def _worded(message: str, level: str, code: str, about: str, known: Meanings) -> Iterator[Next]:
    word = word_of(message, level, code, known)
    if word.who:
        yield Next(who=word.who, about=about, what=word.next)


def as_json(found: Standing, known: Meanings) -> dict[str, Any]:
    """Give an entry as plain JSON; a state of which nothing was said is left out, the newest filing is first."""
    states = {
        name: _aspect(aspect, found.filings)
        for name, aspect in found.aspects.items()
        if aspect.said is not None or aspect.more
    }
    return {
        "number": found.number,
        "states": states,
        "next": [{"who": one.who, "about": one.about, "what": one.what} for one in next_steps(found, known)],
        "filings": [_filing(one) for one in reversed(found.filings)],
    }


def _aspect(aspect: Aspect, filings: Sequence[Filing]) -> dict[str, Any]:
    plain: dict[str, Any] = {"state": aspect.state, "message": aspect.message}
    if aspect.said is not None:
        plain |= plain_of(aspect.said)
    if aspect.filing is not None:
        one = filings[aspect.filing]
        plain |= {"submission": one.submission, "transaction": one.transaction}
    return plain | dict(aspect.more)


def _filing(one: Filing) -> dict[str, Any]:
    return {
        "submission": one.submission,
        "transaction": one.transaction,
        "partner": one.partner,
        "target": one.target,
        "action": one.action,
        "state": one.state,
        "disposition": one.disposition,
        "received_at": one.received,
        "href": f"/v1/submissions/{one.submission}",
    }
