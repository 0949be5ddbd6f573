"""What follows when an answer rejects, or none comes: pass it on, send again, or ask a person.

Only what the authority's guide names is sent again (`edi_specs/catair/retries.csv`). A rejected
replacement of a summary in trade control takes the summary off the file, and a deletion is not
safe to repeat: both wait for a person, as dead letters. Never here: sending, waiting, keeping.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.finding import Disposition, Finding, Layer, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

REPLACEMENT = "catair.AE/10/replacement/rejected"
NOTICE = "notice"
"""What we have to say beside a rejection of customs, as a disposition: it decides nothing."""
DELETED = ("ANY SUMMARY ON FILE IS DELETED", "A PERSON MUST FILE IT AGAIN")
"""What a rejected replacement left behind, in pieces that the remark of every format can hold (30 characters)."""

SUMMARY = "catair/AE"
DELETION = "cancel"
# A word that replaces whatever is on file, whoever put it there.
REPLACEMENTS = frozenset({"replace", "correct"})


class Course(StrEnum):
    """What is done about a rejection."""

    REPORT = "report"
    AGAIN = "again"
    PERSON = "person"


class OnFile(StrEnum):
    """What we know of the summary that was on file before this filing."""

    UNKNOWN = "unknown"
    NOTHING = "nothing"
    TRADE_CONTROL = "trade-control"
    CBP_CONTROL = "cbp-control"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """One filing of ours: where it went and what it wants done.

    `on_file` is the summary before it, `times` how often it was sent again after an answer, `newer`
    whether a later filing of the same entry is there.
    """

    target: str
    action: str
    on_file: OnFile = OnFile.UNKNOWN
    times: int = 0
    newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier filing of the same summary and what became of it.

    `disposition` is accepted, rejected or "" (not decided); `untouched`: a rejection after which what was
    on file stayed there; `reviewed`: customs spoke of it unasked, so it is in their hands.
    """

    action: str
    disposition: str
    untouched: bool = False
    reviewed: bool = False


def on_file(story: Iterable[Earlier]) -> OnFile:
    """Give what is on file after these filings of one summary, in the order in which they were sent."""
    found = OnFile.UNKNOWN
    for one in story:
        if one.disposition == "accepted":
            found = OnFile.NOTHING if one.action == DELETION else OnFile.TRADE_CONTROL
        elif one.disposition == "rejected" and one.action != DELETION and not one.untouched:
            found = OnFile.NOTHING if found is OnFile.TRADE_CONTROL else found
        if one.reviewed and found is OnFile.TRADE_CONTROL:
            found = OnFile.CBP_CONTROL
    return found


def listed(message: str, codes: Iterable[str], rules: Mapping[tuple[str, str], str]) -> frozenset[str]:
    """Give what the table says of these condition codes: `again`, `untouched`; `*` is any code."""
    said = (rules.get((message, code)) for code in ("*", *codes))
    return frozenset(one for one in said if one)


def course(
    message: str,
    codes: Sequence[str],
    filed: Filed,
    rules: Mapping[tuple[str, str], str],
    *,
    times_max: int,
) -> tuple[Course, Finding | None]:
    """Decide what follows a rejection. `message` is the answer (`catair/AX`), `codes` its conditions."""
    said = listed(message, codes, rules)
    if replaces(filed) and "untouched" not in said:
        return Course.PERSON, _deleted(filed, codes)
    if "again" in said and not filed.newer and filed.times < times_max:
        return Course.AGAIN, None
    return Course.REPORT, None


def notices(noted: Sequence[Finding], said: Sequence[Disposition]) -> tuple[Disposition, ...]:
    """Give what a sender is told beside the rejection, under the code of that rejection, in its own format."""
    if not any(one.code == REPLACEMENT for one in noted):
        return ()
    code = next((one.code for one in reversed(said) if one.meaning == "rejected"), "")
    return tuple(Disposition(code=code, meaning=NOTICE, text=text) for text in DELETED)


def replaces(filed: Filed) -> bool:
    """Tell whether a filing takes the place of a summary that is, or may be, in trade control."""
    if filed.target != SUMMARY or filed.action == DELETION:
        return False
    if filed.on_file is OnFile.UNKNOWN:
        return filed.action in REPLACEMENTS
    return filed.on_file is OnFile.TRADE_CONTROL


def unanswered(filed: Filed) -> Finding | None:
    """Give why a filing without an answer is not sent again by itself, None where it may be."""
    if filed.target != SUMMARY or filed.action != DELETION:
        return None
    return _finding(
        "catair.AE/10/deletion/unanswered",
        "the deletion of a summary was not answered: sent again after it was done it is an error (B25),"
        " so a person asks ACE first and then decides",
        expected="a query of the summary (EQ) by a person",
    )


def _deleted(filed: Filed, codes: Sequence[str]) -> Finding:
    known = filed.on_file is OnFile.TRADE_CONTROL
    what = "the accepted summary was" if known else "an accepted summary, if one was there, was"
    return _finding(
        REPLACEMENT,
        f"the replacement was rejected while in trade control: {what} taken off the file with it (implicit"
        " delete); the entry counts as not on file until a person sends it again",
        expected="a person who corrects and files it, or sends it again",
        actual=" ".join(dict.fromkeys(code for code in codes if code)),
    )


def _finding(code: str, message: str, expected: str, actual: str = "") -> Finding:
    return Finding(
        code=code,
        severity=Severity.WARNING,
        message=message,
        layer=Layer.PROFILE,
        expected=expected,
        actual=actual,
        transaction=0,
    )
