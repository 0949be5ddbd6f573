"""Any bytes, any tree: the fast and the slow way agree, and what was read is written as it was."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.formats.edifact import messages
from gateway.formats.edifact.format import FORMAT
from gateway.tree import Envelope, Node, walk
from tests.formats.edifact.support import FIXTURES, SPECS, read

if TYPE_CHECKING:
    import pytest

    from gateway.tree import Interchange

ENVELOPE = Envelope(sender="GATEWAY", receiver="BROKER01", control=7, at="2026-11-09T10:00:00+00:00")
PIECES = [b"?'", b"??", b"?+", b"?", b"::", b"++", b"+'", b"9" * 30, b"  ", b"\r\n", b"*", b"\xe9", b"\x00"]


@cache
def files() -> tuple[bytes, ...]:
    """Give the good fixtures."""
    return tuple(file.read_bytes() for file in sorted(FIXTURES.glob("*/*.edi")) if file.parent.name.isupper())


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Break one thing: bytes put in, taken out or turned round, segments doubled, dropped, swapped."""
    at = chance.randrange(len(data) + 1)
    segments = data.split(b"'")
    one, other = chance.randrange(len(segments)), chance.randrange(len(segments))
    kind = chance.randrange(6)
    if kind == 0:
        return data[:at] + chance.choice(PIECES) + data[at:]
    if kind == 1:
        return data[:at] + data[at + chance.randrange(1, 6) :]
    if kind == 2:
        segments.insert(other, segments[one])
    elif kind == 3:
        segments.pop(one)
    elif kind == 4:
        segments[one], segments[other] = segments[other], segments[one]
    else:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    return b"'".join(segments)


def summary(result: Interchange) -> tuple[object, ...]:
    """Give everything that a reading says."""
    leaves = [(leaf.address, leaf.text, leaf.span) for leaf in walk(result.root, ":")]
    return result.all_findings(), leaves, [one.control for one in result.transactions]


def never(*_: object) -> None:
    """Stand for patterns that fit nothing."""


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), times=st.integers(0, 5), lenient=st.booleans())
def test_the_fast_way_says_what_the_slow_way_says(
    monkeypatch: pytest.MonkeyPatch, seed: int, times: int, lenient: bool
) -> None:
    """Findings, leaves, spans and bytes are the same with the patterns and without them."""
    chance = random.Random(seed)  # noqa: S311 - a seeded choice, no secret
    data = chance.choice(files())
    for _ in range(times):
        data = mutate(data, chance)
    fast = read(data, lenient=lenient)
    said = summary(fast)
    assert FORMAT.write(fast, SPECS) == data
    with monkeypatch.context() as patch:
        patch.setattr(messages.Messages, "fast", never)
        slow = read(data, lenient=lenient)
        assert summary(slow) == said
        assert FORMAT.write(slow, SPECS) == data


@settings(max_examples=100, deadline=None)
@given(
    data=st.binary(max_size=300), head=st.sampled_from([b"", b"UNA:+.? '", b"UNB+UNOC:3+A+B+261109:0915+1'"])
)
def test_any_bytes_are_read(data: bytes, head: bytes) -> None:
    """Whatever comes, there is a result, and it is written back as it came."""
    result = read(head + data)
    assert FORMAT.write(result, SPECS) == head + data
    assert result.all_findings()


# -- trees made from nothing ---------------------------------------------------------------

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=35)
LINES = st.text(" ?'+:*.AÉ宁" + "abc", min_size=1, max_size=70).filter(lambda text: text.strip() == text)


@settings(max_examples=100, deadline=None)
@given(reference=TEXTS, remarks=st.lists(LINES, min_size=1, max_size=9), items=st.integers(1, 5))
def test_any_text_survives_writing_and_reading(reference: str, remarks: list[str], items: int) -> None:
    """Service characters in texts are released, the repertoire is chosen, counts are right."""
    header = [
        Node("BGM", {"C002.1001": "929", "C106.1004": reference, "1225": "9"}),
        *(Node("FTX", {"4451": "CUS", "C108.4440": remark}) for remark in remarks),
    ]
    lines = [
        Node("CST", children=[Node("CST", {"1496": str(turn), "C246-122.7361": "69120025"})])
        for turn in range(1, items + 1)
    ]
    body = Node("CUSDEC", children=[*header, *lines])
    sent = FORMAT.envelop("CUSDEC", "D96B", [body, body], ENVELOPE, SPECS)
    data = FORMAT.write(sent, SPECS)
    again = read(data)
    assert again.all_findings() == []
    assert [one.control for one in again.transactions] == ["1", "2"]
    for one in again.transactions:
        leaves = list(walk(one.root, ":"))
        assert [leaf.text for leaf in leaves if leaf.key == "C106.1004"] == [reference]
        assert [leaf.text for leaf in leaves if leaf.key == "C108.4440"] == remarks
    assert FORMAT.write(again, SPECS) == data
