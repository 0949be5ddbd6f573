"""What every form of evidence has in common: how it is changed, and what holds of bytes and keys.

Lives here: the words of a statement, and those that are the same for all forms. Never here: what one form
has alone (`changes.py`, `changes_cms.py`, `changes_as2.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gateway.conformance.signing.evidence import AT, FROM, UNTIL, Evidence, key, ring
from gateway.signing import Purpose, State
from gateway.signing.keys import CLOCK_SKEW

if TYPE_CHECKING:
    from gateway.signing import Key

Change = Callable[[Evidence, "Key"], Evidence]
Tried = tuple[str, str, Change]
Statement = tuple[str, str, tuple[Tried, ...]]


def same(one: Evidence, _: Key) -> Evidence:
    """Change nothing."""
    return one


def flipped(data: bytes, share: float) -> bytes:
    """Change one bit of the byte at a share of the whole."""
    at = min(int(len(data) * share), len(data) - 1)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def on_data(change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes that were signed."""
    return lambda one, _: replace(one, data=change(one.data))


def on_token(change: Callable[[bytes], bytes]) -> Change:
    """Change the signature."""
    return lambda one, _: replace(one, token=change(one.token))


def on_keys(change: Callable[[Key], tuple[Key, ...]]) -> Change:
    """Trust other keys, made from the one that signed."""
    return lambda one, signer: replace(one, keys=ring(*change(signer)))


def exact(problem: str) -> Statement:
    """Give the statement on the bytes."""
    return (
        "bytes", "A signature holds for the exact bytes and for no others.",
        (("same", "", same),
         ("first-byte", problem, on_data(lambda data: flipped(data, 0))),
         ("middle-byte", problem, on_data(lambda data: flipped(data, 0.5))),
         ("last-byte", problem, on_data(lambda data: flipped(data, 1))),
         ("one-more", problem, on_data(lambda data: data + b"\n")),
         ("one-less", problem, on_data(lambda data: data[:-1])),
         ("none", problem, on_data(lambda _: b""))),
    )  # fmt: skip


def life(*, dated: bool) -> Statement:
    """Give the statement on a key's life; `dated` where the verifier is told when it was signed."""
    early = (("before-its-time", "key/out-of-date|certificate/out-of-date|signature/invalid",
              lambda one, _: replace(one, at=AT.replace(year=2020))),) if dated else ()  # fmt: skip
    return (
        "key", "Only a trusted key counts, and one that is believed.",
        (("active", "", same),
         ("retired", "", on_keys(lambda signer: (signer.in_state(State.RETIRED),))),
         ("among-others", "", on_keys(lambda signer: (stranger(signer).in_state(State.RETIRED), signer))),
         ("for-anything", "", on_keys(lambda signer: (replace(signer, purpose=None),))),
         ("unknown", "key/unknown", on_keys(lambda signer: (stranger(signer),))),
         ("compromised", "key/compromised|key/unknown", on_keys(lambda signer: (signer.in_state(State.COMPROMISED),))),
         ("for-something-else", "key/purpose|key/unknown|signature/invalid", on_keys(turned_over)),
         *early),
    )  # fmt: skip


def turned_over(signer: Key) -> tuple[Key, ...]:
    """Give the same key as one that is meant for something else."""
    another = Purpose.HTTP if signer.purpose is not Purpose.HTTP else Purpose.RECEIPT
    return (replace(signer, purpose=another),)


def stranger(signer: Key) -> Key:
    """Give a key like the one that signed, of somebody else."""
    purpose = signer.purpose or Purpose.RECEIPT
    return key(purpose, signer.algorithm, "STRANGER")


def span(*, certified: bool = False) -> Statement:
    """Give the statement on the beginning and the end of a key; `certified` where its certificate has them too."""
    late, second = "key/out-of-date", timedelta(seconds=1)
    # Where a whole chain is verified at once, its verifier has one word for all.
    over = "certificate/out-of-date|key/out-of-date|signature/invalid"
    ends = (
        ("certificate-begins", "", _at(FROM)), ("certificate-ends", "", _at(UNTIL)),
        ("before-the-certificate", over, _at(FROM - second)), ("after-the-certificate", over, _at(UNTIL + second)),
    ) if certified else ()  # fmt: skip
    return (
        "life", "A key counts from its beginning to its end, with five minutes for clocks that differ.",
        (("whole", "", _lives(not_before=AT - CLOCK_SKEW, not_after=AT + CLOCK_SKEW)),
         ("without-end", "", _lives(not_before=AT, not_after=None)),
         ("without-beginning", "", _lives(not_before=None, not_after=AT)),
         ("without-either", "", _lives(not_before=None, not_after=None)),
         ("just-before", "", _lives(not_before=AT + CLOCK_SKEW)),
         ("just-after", "", _lives(not_after=AT - CLOCK_SKEW)),
         ("too-early", late, _lives(not_before=AT + CLOCK_SKEW + second)),
         ("too-late", late, _lives(not_after=AT - CLOCK_SKEW - second)),
         *ends),
    )  # fmt: skip


def _lives(**life_: datetime | None) -> Change:
    def changed(signer: Key) -> tuple[Key, ...]:
        begins = life_.get("not_before", signer.not_before)
        ends_ = life_.get("not_after", signer.not_after)
        return (replace(signer, not_before=begins, not_after=ends_),)

    return on_keys(changed)


def _at(at: datetime) -> Change:
    return lambda one, _: replace(one, at=at)
