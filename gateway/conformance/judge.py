"""What is said of one case: the expectation against what was seen.

Lives here: the comparison, on as much as the target shows, and its words. Never here: how a
target is reached, and what a profile leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.model import Verdict, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.conformance.model import Ack, Expect, Seen, Spot

# What names a fault in an acknowledgement; in all other places it must be as expected.
_FAULTS = frozenset(
    {
        "TA105",
        "AK905",
        "AK502",
        "IK502",
        "AK304",
        "IK304",
        "AK403",
        "IK403",
        "X1",
        "SE90",
        "E1",
        "95",
        "90",
        "ValidationCode",
        "finding",
        "UCI0085",
        "UCF0085",
        "UCM0085",
        "UCS0085",
        "UCD0085",
    }
)
# Where anything may be said, it has to be one of these: an exception is no answer.
_OUTCOMES = frozenset({"accepted", "rejected"})
# These name no fault: segments are in error, nothing to note.
_SUMMARIES = frozenset({("AK502", "5"), ("IK502", "5"), ("TA105", "000")})


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, what it was judged on, and the two sides in words where they differ."""

    verdict: Verdict
    view: View
    expected: str = ""
    actual: str = ""


def judge(expect: Expect, seen: Seen, view: View) -> Judgement:
    """Compare on all that the profile lets us see, and that the target showed."""
    if seen.trouble or not seen.disposition:
        return Judgement(Verdict.ERROR, view, "an answer", seen.trouble or "no answer that could be read")
    view = _visible(seen, view)
    if seen.late:
        return Judgement(Verdict.FAIL, view, "an answer in time", seen.late)
    same = (
        (seen.disposition in _OUTCOMES if expect.open else expect.disposition in {seen.disposition, ""})
        and (view is not View.FINDINGS or _same_findings(expect, seen))
        and (view is View.DISPOSITION or _same_codes(expect, seen))
    )
    if not same:
        return Judgement(Verdict.FAIL, view, told(expect), said(seen, view))
    if seen.flaws and view is not View.DISPOSITION:
        return Judgement(Verdict.FAIL, view, "a well-formed answer", "; ".join(seen.flaws))
    return Judgement(Verdict.PASS, view)


def _visible(seen: Seen, view: View) -> View:
    if view is View.FINDINGS and seen.findings is None:
        view = View.CODES
    if view is View.CODES and seen.acks is None:
        view = View.DISPOSITION
    return view


def _same_findings(expect: Expect, seen: Seen) -> bool:
    if expect.open:
        return True
    found: Sequence[Spot] = seen.findings or ()
    if expect.also:
        found = [one for one in found if not any(fits(also, one) for also in expect.also)]
    if len(found) != len(expect.findings):
        return False
    if len(found) == 1:
        return fits(expect.findings[0], found[0])
    return all(any(fits(wanted, one) for one in found) for wanted in expect.findings)


def fits(wanted: Spot, found: Spot) -> bool:
    """Tell whether a finding is the one expected: its code, one of its places, its bytes."""
    if found.code != wanted.code and found.code not in wanted.code.split("|"):
        return False
    if wanted.at and found.at != wanted.at and not set(wanted.at) & set(found.at):
        return False
    return wanted.span is None or wanted.span == found.span


def _same_codes(expect: Expect, seen: Seen) -> bool:
    wanted = expect.ack
    if wanted is None or seen.acks is None:
        return True
    alone = not expect.also
    return any(ack.message == wanted.message and _says(wanted, ack, alone=alone) for ack in seen.acks)


def _says(wanted: Ack, ack: Ack, *, alone: bool) -> bool:
    """Tell whether an acknowledgement has all that is expected, and with `alone` no second fault beside it."""
    left = list(ack.codes)
    named = False
    # A handful each, most often: to take them out one by one is quicker than to make tables of them.
    for pair in wanted.codes:
        if pair not in left:
            return False
        left.remove(pair)
        named = named or pair[0] in _FAULTS
    if not alone or not named:
        return True
    return not any(pair[0] in _FAULTS and pair not in _SUMMARIES for pair in left)


def told(expect: Expect) -> str:
    """Say what is expected in one line: `rejected, AK403 = 7 at M10-02`."""
    text = expect.disposition or "an answer"
    faults = [f"{name} = {code}" for name, code in expect.ack.codes if name in _FAULTS] if expect.ack else []
    if faults:
        text += ", " + ", ".join(faults)
    elif expect.ack:
        text += f", {expect.ack.message}"
    if expect.where:
        text += f" at {expect.where}"
    if expect.findings:
        text += f" ({', '.join(_shown(spot) for spot in expect.findings)})"
    return text


def said(seen: Seen, view: View) -> str:
    """Say what was seen in one line."""
    parts = [seen.disposition]
    if view is not View.DISPOSITION and seen.acks is not None:
        parts += [_ack(ack) for ack in seen.acks]
        if not seen.acks:
            parts.append("no acknowledgement")
    if view is View.FINDINGS and seen.findings is not None:
        parts += [_shown(spot) for spot in seen.findings[:5]]
        if len(seen.findings) > 5:
            parts.append(f"and {len(seen.findings) - 5} findings more")
    return ", ".join(parts)


def _ack(ack: Ack) -> str:
    faults = [f"{name} = {code}" for name, code in ack.codes if name in _FAULTS]
    return f"{ack.message} ({', '.join(faults)})" if faults else ack.message


def _shown(spot: Spot) -> str:
    where = " or ".join(spot.at)
    text = f"{spot.code} at {where}" if where else spot.code
    if spot.span is not None:
        text += f" bytes {spot.span[0]}-{spot.span[1]}"
    return text
