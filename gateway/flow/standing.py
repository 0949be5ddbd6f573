"""Where an entry stands: all that customs said of the filings of one entry number, as one view.

Four states, kept apart as ACE keeps them: the release that was filed (SE), its status (SO), the summary
(AE) and the summary's status (UC). They follow from what the answers name, never from when they came: the
filing and attempt that an answer is about, the date and time of a disposition, and of two with the same time
the order of `edi_specs/catair/standing.csv`. Never here: who may see it, and where it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.finding import Disposition
from gateway.flow.again import DELETION, SUMMARY, Earlier, OnFile, listed, on_file
from gateway.specs.answers import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RELEASE_ANSWER, RELEASE_STATUS = "catair/SX", "catair/SO"
SUMMARY_ANSWER, SUMMARY_STATUS = "catair/AX", "catair/UC"
REJECTED_BATCH = "catair/X1"
ASPECTS = ("cargo_release", "release_status", "summary", "summary_status", "declaration")
"""The names of the states; the last is of languages that have one answer for all."""
DECISIONS = frozenset({"accepted", "rejected", "referred"})
EASTERN_BEHIND = timedelta(hours=5)
"""A day of CBP is Eastern: a notice of a day cannot be about what was sent after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """One filing of an entry number, as the ledger has it.

    `sent` is when it first went out (RFC 3339), "" where it did not; `again` whether it waits to go out again.
    """

    submission: str
    transaction: int
    partner: str
    target: str
    action: str
    state: str
    disposition: str
    received: str
    sent: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that customs said: about which filing, counted from 0, and which attempt of it.

    `deferred`: nothing was done there, and the filing goes again.
    """

    filing: int
    attempt: int
    message: str
    accepted: bool
    codes: tuple[str, ...] = ()
    dispositions: tuple[Disposition, ...] = ()
    deferred: bool = False

    @property
    def at(self) -> str:
        """The newest date and time that it names, "" where it names none."""
        return max((one.at for one in self.dispositions), default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aspect:
    """One of the states: the word for it, and the last that was said of it. `filing` counts from 0."""

    state: str = ""
    message: str = ""
    said: Disposition | None = None
    filing: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One entry: its states, and its filings in the order in which they came."""

    number: str
    aspects: Mapping[str, Aspect]
    filings: tuple[Filing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meanings:
    """What customs' words mean: `standing.csv`, `retries.csv`, and the codes of census warnings."""

    words: Mapping[tuple[str, str], tuple[Word, ...]]
    left: Mapping[tuple[str, str], str]
    census: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """One disposition with its word, sorted by what it names alone."""

    at: str
    word: Word
    said: Disposition
    message: str
    filing: int

    @property
    def order(self) -> tuple[Any, ...]:
        one = self.said
        return (self.at, self.word.turn, one.code, one.reference, one.agency, one.text, self.filing)


def standing(number: str, filings: Sequence[Filing], said: Iterable[Said], known: Meanings) -> Standing:
    """Fold what was said into the states of one entry; the same whatever order it is given in."""
    heard = sorted(said, key=_place)
    release = _answer(heard, filings, "catair/SE", RELEASE_ANSWER, known)
    status = _release_status(heard, known)
    summary = _summary(heard, filings, known)
    notices = _summary_status(heard, filings, known)
    aspects = {
        "cargo_release": release,
        "release_status": status,
        "summary": summary,
        "summary_status": notices,
        "declaration": _declaration(heard),
    }
    return Standing(number=number, aspects=aspects, filings=tuple(filings))


def _place(one: Said) -> tuple[Any, ...]:
    spoken = tuple((d.at, d.code, d.meaning, d.text, d.reference, d.agency) for d in one.dispositions)
    return (one.filing, one.attempt, one.at, one.message, one.codes, spoken)


# The answers to what was filed


def _answer(
    heard: Sequence[Said], filings: Sequence[Filing], target: str, message: str, known: Meanings
) -> Aspect:
    """Give what the last answer to a filing of one kind decided; it has no time, so its filing leads."""
    last = None
    for one in heard:
        own = one.message == message or (
            one.message == REJECTED_BATCH and filings[one.filing].target == target
        )
        if own and not one.deferred and any(said.meaning in DECISIONS for said in one.dispositions):
            last = one
    if last is None:
        return Aspect()
    decision = [said for said in last.dispositions if said.meaning in DECISIONS][-1]
    word = word_of(last.message, "decision", decision.code, known)
    conditions = [said for said in last.dispositions if said.meaning not in DECISIONS]
    more: dict[str, Any] = {"action": filings[last.filing].action, "codes": list(last.codes)}
    if conditions:
        more["conditions"] = [plain_of(said) for said in conditions]
    return Aspect(
        state=word.state or decision.meaning,
        message=last.message,
        said=decision,
        filing=last.filing,
        more=more,
    )


def _summary(heard: Sequence[Said], filings: Sequence[Filing], known: Meanings) -> Aspect:
    """Give the summary: the last answer, and what is on file after all of them."""
    aspect = _answer(heard, filings, SUMMARY, SUMMARY_ANSWER, known)
    kept, gone = _kept(heard, filings, known)
    if aspect.said is None:
        return Aspect(more={"on_file": kept.value}) if kept is not OnFile.UNKNOWN else aspect
    state = aspect.state
    if state == "accepted" and aspect.more["action"] == DELETION:
        state = "deleted"
    more = {**aspect.more, "on_file": kept.value}
    if gone:
        more["taken_off_file"] = True
    return Aspect(state=state, message=aspect.message, said=aspect.said, filing=aspect.filing, more=more)


def _kept(heard: Sequence[Said], filings: Sequence[Filing], known: Meanings) -> tuple[OnFile, bool]:
    """Give what is on file, and whether the last answer was a rejection that took it off."""
    story = []
    for turn, filing in enumerate(filings):
        if filing.target != SUMMARY:
            continue
        about = [one for one in heard if one.filing == turn and not one.deferred]
        answers = [one for one in about if one.message in {SUMMARY_ANSWER, REJECTED_BATCH}]
        told = [listed(one.message, one.codes, known.left) for one in answers if not one.accepted]
        word = "" if not answers else "accepted" if answers[-1].accepted else "rejected"
        story.append(
            Earlier(
                action=filing.action,
                disposition=word,
                untouched=any("untouched" in one for one in told),
                reviewed=any(one.message == SUMMARY_STATUS for one in about),
            )
        )
    while story and not story[-1].disposition:
        story.pop()
    now = on_file(story)
    return now, now is OnFile.NOTHING and on_file(story[:-1]) is OnFile.TRADE_CONTROL and (
        story[-1].disposition == "rejected"
    )


def _declaration(heard: Sequence[Said]) -> Aspect:
    """Give the last that was said in a language that has one answer for all: it names its own time, if any."""
    ours = {RELEASE_ANSWER, RELEASE_STATUS, SUMMARY_ANSWER, SUMMARY_STATUS, REJECTED_BATCH}
    told = [one for one in heard if one.message not in ours and one.dispositions]
    if not told:
        return Aspect()
    last = max(told, key=lambda one: (one.filing, one.attempt, one.at, _place(one)))
    said = last.dispositions[-1]
    return Aspect(state=said.meaning, message=last.message, said=said, filing=last.filing)


# What was said later, unasked


def _told(heard: Sequence[Said], message: str, known: Meanings) -> list[_Told]:
    """Give every disposition of one kind of notice, in the order of the times that they name."""
    found = [
        _Told(
            at=said.at or one.at,
            word=_level(message, said, known),
            said=said,
            message=message,
            filing=one.filing,
        )
        for one in heard
        if one.message == message
        for said in one.dispositions
    ]
    return sorted(found, key=lambda one: one.order)


def _level(message: str, said: Disposition, known: Meanings) -> Word:
    """Give the word of a code; one that stands in no table speaks of what its record speaks of."""
    own = known.words.get((message, said.code), ())
    level = "agency" if said.agency else "bill" if said.scope == "bill" else ""
    fits = [word for word in own if word.level == level or (not level and word.level != "agency")]
    if fits:
        return fits[0]
    if message == SUMMARY_STATUS:
        return Word(level or ("summary" if len(said.code) < 2 else "quota"))
    return Word(level or "entry")


def _release_status(heard: Sequence[Said], known: Meanings) -> Aspect:
    """Give the release: only 98 means released, only 99 takes it back, and 23 ends."""
    told = _told(heard, RELEASE_STATUS, known)
    entry = [one for one in told if one.word.level == "entry"]
    state, released, deciding = "", "", entry[-1] if entry else None
    for one in entry:
        if state == "cancelled":
            break
        if one.word.state in {"released", "suspended", "cancelled"}:
            state, deciding = one.word.state, one
            released = one.at if state == "released" else ""
        elif state != "released" and one.word.state:
            state, deciding = one.word.state, one
    more: dict[str, Any] = {}
    if released:
        more["released_at"] = released
    if deciding is not None and deciding is not entry[-1]:
        more["last"] = plain_of(entry[-1].said)
    for level, name in (("bill", "bills"), ("agency", "agencies")):
        if found := _each(told, level):
            more[name] = found
    if deciding is None:
        return Aspect(more=more, message=RELEASE_STATUS if more else "")
    return Aspect(state=state, message=RELEASE_STATUS, said=deciding.said, filing=deciding.filing, more=more)


def _each(told: Sequence[_Told], level: str) -> list[dict[str, Any]]:
    """Give the last that was said of each bill or agency, in the order of their names."""
    found: dict[str, _Told] = {}
    for one in told:
        if one.word.level == level:
            found[one.said.agency if level == "agency" else one.said.reference] = one
    return [
        {**plain_of(one.said), "state": one.word.state or one.said.meaning}
        for _, one in sorted(found.items())
    ]


def _summary_status(heard: Sequence[Said], filings: Sequence[Filing], known: Meanings) -> Aspect:
    """Give what CBP says of the summary; a notice counts for the filing that was there on its day."""
    told = sorted(_told(heard, SUMMARY_STATUS, known), key=lambda one: (_about(one, filings), one.order))
    notices = [one for one in told if one.word.level == "summary"]
    answered = max((one.filing for one in heard if one.message == SUMMARY_ANSWER), default=0)
    more: dict[str, Any] = {}
    quota = [one for one in told if one.word.level == "quota"]
    if quota:
        more["quota"] = {**plain_of(quota[-1].said), "state": quota[-1].word.state or quota[-1].said.meaning}
    if found := _each(told, "agency"):
        more["agencies"] = found
    if not notices:
        return Aspect(more=more, message=SUMMARY_STATUS if more else "")
    deciding = [one for one in notices if one.word.state] or notices
    one = deciding[-1]
    if _about(one, filings) < answered:
        more["superseded"] = True
    state = one.word.state or one.said.meaning
    return Aspect(state=state, message=SUMMARY_STATUS, said=one.said, filing=one.filing, more=more)


def _about(one: _Told, filings: Sequence[Filing]) -> int:
    """Give the filing that a notice can be about: none that was sent after the notice's day."""
    turn = one.filing
    while turn > 0 and one.at and _day(filings[turn].sent) > one.at[:10]:
        turn -= 1
    return turn


def _day(sent: str) -> str:
    return (datetime.fromisoformat(sent) - EASTERN_BEHIND).date().isoformat() if sent else ""


def word_of(message: str, level: str, code: str, known: Meanings) -> Word:
    """Give what a code of a message means where it speaks of this; an empty word where no table has it."""
    own = known.words.get((message, code), ())
    return next((word for word in own if word.level == level), Word(level))


def plain_of(said: Disposition) -> dict[str, Any]:
    """Give a disposition as plain JSON; what is empty is left out."""
    plain = {
        "code": said.code,
        "meaning": said.meaning,
        "text": said.text,
        "at": said.at,
        "agency": said.agency,
        "bill": said.reference if said.scope == "bill" else "",
    }
    return {name: value for name, value in plain.items() if value or name in {"code", "meaning"}}
