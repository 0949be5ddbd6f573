"""Whether a log has grown: every pair of sizes, with the proof of it and with what is not quite one (RFC 9162 §2.1.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.conformance.signing.changing import Change, Statement, Tried, flipped
from gateway.conformance.signing.evidence import ORIGIN
from gateway.conformance.signing.noted import consistency, root, spelt, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.signing.evidence import Evidence
    from gateway.signing import Key

_Path = Callable[[list[bytes]], list[bytes]]


def _left_out(at: int) -> _Path:
    return lambda proof: [*proof[:at], *proof[at + 1 :]]


def _other(at: int) -> _Path:
    return lambda proof: [*proof[:at], flipped(proof[at], 0.5), *proof[at + 1 :]]


def _grown(
    was: int, now: int, change: Callable[[list[bytes]], list[bytes]] = lambda proof: proof, **other: Any
) -> Change:
    """Show that a log of `was` entries became one of `now`."""

    def changed(one: Evidence, _: Key) -> Evidence:
        entries = tree(max(was, now))
        proof = consistency(was, entries[:now]) if was <= now else []
        plain = {"old": [ORIGIN, was, spelt(root(entries[:was]))], "new": [ORIGIN, now, spelt(root(entries[:now]))],
                 "proof": [spelt(value) for value in change(proof)], **other}  # fmt: skip
        return replace(one, token=json.dumps(plain).encode())

    return changed


def _growth() -> Iterator[Tried]:
    """Yield every pair of sizes, with the proof and with what is not quite it (RFC 9162 §2.1.4)."""
    no = "history/changed"
    for new in range(10):
        for old in range(new + 1):
            case, proof = f"{old}-{new}", consistency(old, tree(new))
            yield case, "", _grown(old, new)
            yield f"{case}-one-more", no, _grown(old, new, lambda proof: [*proof, bytes(32)])
            # Of an empty log every log is a later one.
            yield (
                f"{case}-other-root",
                no if old or not new else "",
                _grown(old, new, new=[ORIGIN, new, spelt(bytes(32))]),
            )
            yield f"{case}-other-beginning", no, _grown(old, new, old=[ORIGIN, old, spelt(bytes(32))])
            for at in range(len(proof)):
                yield (
                    f"{case}-without-{at}",
                    no,
                    _grown(old, new, _left_out(at)),
                )
                yield (
                    f"{case}-other-{at}",
                    no,
                    _grown(
                        old,
                        new,
                        _other(at),
                    ),
                )
    yield "shrunk", "size/shrunk", _grown(5, 4)
    yield "shrunk-to-nothing", "size/shrunk", _grown(1, 0)
    yield "another-log", "origin/unexpected", _grown(3, 5, new=["other.example/log", 5, spelt(root(tree(5)))])
    yield "short-hash", no, _grown(3, 5, lambda proof: [*proof[:-1], proof[-1][:31]])
    yield "long", no, _grown(3, 5, lambda proof: [*proof, *[bytes(32)] * 64])


GROWTH: tuple[Statement, ...] = (
    (
        "growth",
        "A later log begins with the earlier one: nothing removed, changed or moved.",
        tuple(_growth()),
    ),
)
