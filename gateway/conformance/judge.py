"""What is said of one case: the expectation against what was seen.

Lives here: the comparison, on as much as the target shows, and its words. Never here: how a
target is reached, and what a profile leaves out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.conformance.model import Verdict, View

if TYPE_CHECKING:
    from gateway.conformance.model import Ack, Expect, Seen, Spot

# Places in an acknowledgement that hold the code of a fault; in all others they must be as expected.
_FAULTS = ("TA105", "AK905", "AK502", "IK502", "AK304", "IK304", "AK403", "IK403")


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
        expect.disposition in {seen.disposition, ""}
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
    found = list(seen.findings or ())
    if len(found) != len(expect.findings):
        return False
    return all(any(fits(wanted, one) for one in found) for wanted in expect.findings)


def fits(wanted: Spot, found: Spot) -> bool:
    """Tell whether a finding is the one expected: its code, one of its places, its bytes."""
    if found.code not in wanted.code.split("|"):
        return False
    if wanted.at and not set(wanted.at) & set(found.at):
        return False
    return wanted.span is None or wanted.span == found.span


def _same_codes(expect: Expect, seen: Seen) -> bool:
    wanted = expect.ack
    if wanted is None or seen.acks is None:
        return True
    return any(_says(wanted, ack) for ack in seen.acks if ack.message == wanted.message)


def _says(wanted: Ack, ack: Ack) -> bool:
    there = Counter(ack.codes)
    names = Counter(name for name, _ in ack.codes)
    for name, text in wanted.codes:
        if not there[name, text]:
            return False
    # One fault is said once: no second code beside those expected.
    expected = Counter(name for name, _ in wanted.codes)
    kept = [name for name in _FAULTS if expected[name] or name[2:3] in _levels(wanted)]
    return all(names[name] <= expected[name] or _summary(name, ack) for name in kept)


def _levels(wanted: Ack) -> set[str]:
    return {name[2:3] for name, _ in wanted.codes if name in _FAULTS}


def _summary(name: str, ack: Ack) -> bool:
    """AK502 and IK502 may only say that segments are in error (5)."""
    return name in {"AK502", "IK502"} and all(text == "5" for code, text in ack.codes if code == name)


def told(expect: Expect) -> str:
    """Say what is expected in one line: `rejected, AK403 = 7 at M10-02`."""
    text = expect.disposition or "an answer"
    faults = [f"{name} = {code}" for name, code in expect.ack.codes if name in _FAULTS] if expect.ack else []
    if faults:
        text += ", " + ", ".join(faults)
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
