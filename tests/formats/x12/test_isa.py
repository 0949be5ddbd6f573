"""The pattern of an ISA without fault and the check of its elements agree."""

from __future__ import annotations

import random

from gateway.formats.x12.isa import faultless
from tests.formats.x12.support import SPECS, read

GOOD = (
    b"00", b" " * 10, b"00", b" " * 10, b"ZZ", b"NVLN".ljust(15), b"02", b"USCSTEST".ljust(15), b"261125", b"0930",
    b"^", b"00501", b"000000001", b"0", b"P", b":",
)  # fmt: skip
OTHERS = (
    b"", b" ", b"U", b"^", b"!", b"7", b"01", b"0X", b"\x1d", b"\xe9", b"261131", b"261031", b"260229", b"261331", b"2400",
    b"2359", b"00401", b"00402", b"00999", b" " * 10, b"PASSWORD".ljust(10), b"PASS\x07".ljust(10), b" " * 15,
    b" LEADING".ljust(15), b"SIXTEEN-LETTERS.", b"0" * 9, b"A" * 9, b"1" * 8,
)  # fmt: skip


def interchange(elements: list[bytes]) -> bytes:
    """Give an interchange with a TA1 and no group."""
    trailer = b"IEA*0*" + elements[12] + b"~"
    ta1 = b"TA1*000000001*261125*0930*A*000~"
    return b"*".join((b"ISA", *elements)) + b"~" + ta1 + trailer


def test_what_the_pattern_takes_has_no_finding() -> None:
    """Whatever stands in the place of an element: where the pattern takes the ISA, nobody objects to it."""
    draw = random.Random(12)  # noqa: S311 - which cases are tried is no secret
    taken = refused = 0
    for _ in range(4000):
        elements = list(GOOD)
        for _ in range(draw.choice((1, 1, 2, 3))):
            elements[draw.randrange(16)] = draw.choice(OTHERS)
        # A component separator is one byte of its own, or the ISA cannot be cut at all.
        elements[15] = draw.choice((b":", b">", b"\xe9", b"\x1d"))
        found = [one.code for one in read(interchange(elements)).all_findings()]
        objections = [code for code in found if "/ISA" in code]
        if faultless(elements, SPECS.root):
            taken += 1
            assert not [code for code in objections if "separator" not in code], elements
        else:
            refused += 1
    assert taken > 200
    assert refused > 200


def test_a_usual_isa_is_taken() -> None:
    """An ISA of either kind of version, with a password or without, needs no look at each element."""
    assert faultless(GOOD, SPECS.root)
    for at, text in (
        (3, b"PASSWORD".ljust(10)),
        (8, b"261231"),
        (10, b"\xe9"),
        (11, b"00703"),
        (15, b"\x1d"),
    ):
        assert faultless([*GOOD[:at], text, *GOOD[at + 1 :]], SPECS.root), text
    assert faultless([*GOOD[:10], b"U", b"00401", *GOOD[12:]], SPECS.root)
    assert not faultless([*GOOD[:10], b"U", *GOOD[11:]], SPECS.root)
