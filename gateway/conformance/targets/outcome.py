"""Whether an acknowledgement accepts what it answers: by the words that `edi_specs/conformance/dispositions.csv` has.

Lives here: the choice between accepted, rejected and neither. Never here: what the words are, and how they are read
out of an answer (`gateway/conformance/wire.py`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.conformance.model import Seen
from gateway.conformance.targets.reply import ACCEPTED, REJECTED
from gateway.specs import data_root, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.conformance.model import Ack

BY_ANSWER = "answer"
"""How a profile says that the acknowledgement decides: `disposition = "answer"`."""

_ANY = "*"


@cache
def _outcomes() -> Mapping[tuple[str, str, str], str]:
    rows = read_csv(data_root() / "edi_specs" / "conformance" / "dispositions.csv")
    return {(row["format"], row["says"], row["word"]): row["outcome"] for _, row in rows}


def outcome(form: str, answer: bytes, acks: Iterable[Ack]) -> str:
    """Give accepted or rejected, "" where nothing in the answer says which.

    One word that refuses refuses all: of two sets the second may be the one that a case is about. What stands in the
    place of such a word and is none that the table has is what the row of `*` says.
    """
    table = _outcomes()
    if not answer:
        return table.get((form, "", ""), "")
    said = {
        table.get((form, name, word)) or table.get((form, name, _ANY), "")
        for ack in acks
        for name, word in ack.codes
    }
    return next((one for one in (REJECTED, ACCEPTED) if one in said), "")


def decided(seen: Seen, form: str) -> Seen:
    """Give what was seen with the outcome that its answer says; trouble where it says none."""
    said = outcome(form, seen.answer, seen.acks or ())
    flaw = f": {seen.flaws[0]}" if seen.flaws else ""
    if not said:
        return Seen(trouble=f"the answer neither accepts nor refuses{flaw}")
    return replace(seen, disposition=said)
