"""Targets that are wrong on purpose: what they do is known, so the judge is judged by them.

Each wraps the library and spoils one thing. Chance comes from the id of the case, so that a run
gives the same bytes again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.conformance.model import Ack, Seen, View
from gateway.conformance.targets.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.conformance.model import Built, Case


def _accept(_case: Case, _built: Built, seen: Seen) -> Seen:
    """Take everything, whatever it is."""
    if seen.disposition == "accepted" and not seen.findings:
        return seen
    return replace(seen, disposition="accepted", findings=(), acks=_taking(seen.acks), flaws=())


def _reject(case: Case, _built: Built, seen: Seen) -> Seen:
    """Refuse everything, with what is wrong where something is, and without a reason elsewhere."""
    return replace(seen, disposition="rejected", acks=seen.acks if not case.good else (), flaws=())


def heads(case: Case) -> bool:
    """Toss a coin for a case; it falls the same way each time."""
    return hashlib.blake2b(case.id.encode(), digest_size=1).digest()[0] % 2 == 1


def _random(case: Case, built: Built, seen: Seen) -> Seen:
    """Do one or the other."""
    return (_accept if heads(case) else _reject)(case, built, seen)


def _late(_case: Case, _built: Built, seen: Seen) -> Seen:
    """Say what is right, too late."""
    return replace(seen, late="the answer came after its time")


def _signature(_case: Case, _built: Built, seen: Seen) -> Seen:
    """Sign other bytes than those that are sent."""
    return replace(seen, flaws=(*seen.flaws, "the signature is not over the bytes of the answer"))


def _echo(_case: Case, built: Built, seen: Seen) -> Seen:
    """Answer with what was received."""
    flaw = "the answer is what was sent" if built.data else "there is no answer"
    return replace(seen, disposition="accepted", findings=(), acks=(), answer=built.data, flaws=(flaw,))


def _taking(acks: tuple[Ack, ...] | None) -> tuple[Ack, ...] | None:
    if acks is None:
        return None
    return tuple(Ack(ack.message, tuple((name, "A") for name, _ in ack.codes[:1])) for ack in acks)


TOYS: Mapping[str, Callable[[Case, Built, Seen], Seen]] = {
    "accept": _accept,
    "reject": _reject,
    "random": _random,
    "late": _late,
    "signature": _signature,
    "echo": _echo,
}


class Toy:
    """The library with one thing spoilt."""

    view = View.FINDINGS

    def __init__(self, name: str) -> None:
        """Take one of `TOYS`."""
        self.name = f"toy:{name}"
        self.spoil = TOYS[name]
        self.inner = Library()

    def send(self, case: Case, built: Built) -> Seen:
        """Ask the library, then spoil what it says."""
        seen = self.inner.send(case, built)
        return seen if seen.skipped or seen.trouble else self.spoil(case, built, seen)

    def close(self) -> None:
        """Nothing was opened."""
