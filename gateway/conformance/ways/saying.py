"""What an authority may say at the edges of what an answer can pass on: every meaning, texts that are cut, odd times.

Numbers from `FIRST` on name these; those below are `SAID` in `gateway/conformance/ways/going.py`.
"""

from __future__ import annotations

from typing import NamedTuple

FIRST = 100
_MEANINGS = (
    "received", "documents-asked", "conditional", "amended", "released", "cleared", "answered", "granted", "denied", "duty", "unpaid", "reminder",
    "exited", "outside", "exit-awaited", "licence-check", "query", "detained", "accepted-with-warnings", "condition", "notice", "referred",
    "admissible", "cancelled", "warned",
)  # fmt: skip


class Said(NamedTuple):
    """One thing that is said; an empty `reference` is a number of the filing."""

    code: str
    meaning: str
    text: str = ""
    scope: str = "entry"
    agency: str = ""
    quantity: str = ""
    at: str = "2026-03-02T04:30:00Z"
    reference: str = ""


EXTRA: tuple[Said, ...] = (
    *(Said("", one) for one in _MEANINGS),
    Said("C" * 17, "hold"), Said("C" * 18, "hold"), Said("ABC", "rejected"), Said("ABCD", "rejected"), Said("AB", "rejected", "SHORT"),
    Said("12345678", "rejected", "CODE OF EIGHT"), Said("123456789", "rejected", "CODE OF NINE"), Said("1C", "release", "T" * 40),
    Said("1C", "release", "T" * 41), Said("1C", "release", "T" * 512), Said("1C", "release", "T" * 513), Said("1C", "exam", "two  words\n and\ta line"),
    Said("1C", "exam", agency="A" * 17), Said("1C", "exam", agency="A" * 18), Said("", "hold", agency="FDA"), Said("", "hold", quantity="7"),
    Said("1C", "release", at="2026-03-02T04:30:00"), Said("1C", "release", at="2026-03-02T23:30:00-05:00"), Said("1C", "cleared", at="2026-03-02"),
    Said("1C", "accepted", at="2026-12-31T23:59:59.999999+14:00"), Said("1C", "release", at=""), Said("1C", "hold", scope="bill", reference="OTHER"),
    Said("1C", "accepted", reference="R" * 70), Said("1C", "accepted", reference="R" * 71), Said("995", "accepted"), Said("996", "accepted"),
    Said("997", "accepted"), Said("998", "rejected"), Said("011", "condition"), Said("011", "condition", "SAID OTHERWISE"), Said("", "condition", "NO CODE"),
    Said("AB1", "notice"), Said("ABCD", "notice", "CODE OF FOUR"), Said("1C", "hold", scope="bill"), Said("1C", "release", scope="bill", quantity="10"),
    Said("", "rejected", "caf\u00e9 \u20ac \u00df"), Said("", "rejected", scope="bill", reference="NOBILL"),
)  # fmt: skip
# What ends a filing without success and is no rejection by name.
UNTOLD = tuple(FIRST + at for at, one in enumerate(EXTRA) if one.meaning in {"denied", "cancelled"})
