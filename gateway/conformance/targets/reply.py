"""What a target says in JSON, read into `Seen`: findings, disposition, answer.

Lives here: the two notations (a program's own line, a document that a profile points into). Never
here: how it was fetched. Whatever cannot be read becomes trouble, never an exception.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from gateway.conformance.model import Seen, Spot
from gateway.conformance.wire import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

ACCEPTED, REJECTED = "accepted", "rejected"
# Layers that the wire itself is judged by; rules over the entry are another matter.
WIRE_LAYERS = ("syntax", "schema", "code")


def seen_of(text: str | bytes, form: str, received: bytes) -> Seen:
    """Read the line of a program: disposition, findings, answer (base64), trouble, skipped, late."""
    try:
        plain = json.loads(text)
        return _seen(plain, form, received)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        return Seen(trouble=f"the reply cannot be read: {type(error).__name__}: {error}")


def _seen(plain: dict[str, Any], form: str, received: bytes) -> Seen:
    if plain.get("skipped") or plain.get("trouble"):
        return Seen(skipped=str(plain.get("skipped", "")), trouble=str(plain.get("trouble", "")))
    disposition = str(plain["disposition"])
    if disposition not in {ACCEPTED, REJECTED}:
        raise ValueError(f"disposition is accepted or rejected, not {disposition}")
    answer = base64.b64decode(plain["answer"], validate=True) if plain.get("answer") is not None else None
    return with_answer(
        disposition,
        answer,
        form,
        received,
        findings=spots_of(plain["findings"]) if plain.get("findings") is not None else None,
        late=str(plain.get("late", "")),
    )


def with_answer(
    disposition: str,
    answer: bytes | None,
    form: str,
    received: bytes,
    *,
    findings: tuple[Spot, ...] | None = None,
    late: str = "",
) -> Seen:
    """Put together what was seen; an answer of None means that the target shows none."""
    acks, flaws = read_answer(form, answer, received) if answer is not None else (None, ())
    return Seen(
        disposition=disposition, findings=findings, acks=acks, answer=answer or b"", late=late, flaws=flaws
    )


def spots_of(plain: Iterable[dict[str, Any]], layers: Iterable[str] = ()) -> tuple[Spot, ...]:
    """Read findings: `code`, `at` (or `place`), `span`; those of other layers and mere information are left out.

    A whole code of ours, `x12.309.004010/M10-02/code/unknown`, stands for its last two parts.
    """
    found = []
    for one in plain:
        if one.get("severity") == "info" or (layers and one.get("layer", "syntax") not in layers):
            continue
        at = one.get("at", one.get("place", ""))
        span = one.get("span")
        found.append(
            Spot(
                ".".join(str(one["code"]).rsplit("/", 2)[-2:]),
                (str(at),) if isinstance(at, str) else tuple(str(place) for place in at),
                (int(span[0]), int(span[1])) if span is not None else None,
            )
        )
    return tuple(found)


def pointed(plain: Any, pointer: str) -> Any:
    """Follow a JSON pointer (RFC 6901); None where nothing is there."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(plain, list) and name.isdigit() and int(name) < len(plain):
            plain = plain[int(name)]
        elif isinstance(plain, dict):
            plain = plain.get(name)
        else:
            return None
    return plain
