"""What a JSON acknowledgement says, and whether it is one: read by code of our own."""

from __future__ import annotations

import json
from typing import Any

from gateway.conformance.model import Ack

_FIELDS = {
    "level", "accepted", "sender", "receiver", "control", "at", "answers", "findings", "dispositions"
}  # fmt: skip


def read(answer: bytes, received: bytes = b"") -> tuple[tuple[Ack, ...], tuple[str, ...]]:
    """Give what an answer says, and what is wrong with the answer itself."""
    del received
    if not answer:
        return (), ()
    try:
        plain = json.loads(answer)
        said = plain["acknowledgement"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return (), (f"the answer is no acknowledgement: {error}",)
    flaws = [] if isinstance(said, dict) and len(plain) == 1 else ["the answer is not one acknowledgement"]
    if flaws:
        return (), tuple(flaws)
    flaws += [f"the answer has a field {name}" for name in sorted(said.keys() - _FIELDS)]
    flaws += [f"the answer has no {name}" for name in ("level", "accepted", "at") if name not in said]
    findings = [one for one in said.get("findings", []) if isinstance(one, dict)]
    errors = [one for one in findings if one.get("severity") == "error"]
    if said.get("accepted") is True and errors:
        flaws.append("the answer accepts what has errors")
    if said.get("accepted") is False and not errors and not said.get("dispositions"):
        flaws.append("the answer rejects and says not why")
    return (Ack("acknowledgement", tuple(_codes(said, errors))),), tuple(flaws)


def _codes(said: dict[str, Any], errors: list[dict[str, Any]]) -> list[tuple[str, str]]:
    found = [("accepted", "true" if said.get("accepted") is True else "false")]
    return [*found, *(("finding", str(one.get("code", ""))) for one in errors)]
