"""Whatever is sent, the simulator answers or keeps silent; it never fails."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.simulator.state import State, fault, filing, pending, plain
from gateway.specs import data_root
from tests.simulator.samples import AE, AT, QP, SE, ace, batch

FIXTURES = data_root() / "fixtures"
SEEDS = [
    batch("SE", SE),
    batch("AE", AE),
    batch("QP", QP),
    batch("EQ", "J1   Q7Z  00010429"),
    batch("CQ", "WR1    Q7Z 00010429"),
    batch("KI", "K 12-3456789"),
    batch("WP", "101123456789".ljust(47) + "W123\n202601161200002709"),
    (FIXTURES / "x12" / "309" / "ten-bills.edi").read_bytes(),
    (FIXTURES / "wco" / "DEC" / "simplified.xml").read_bytes(),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Give a good transmission with some bytes overwritten, cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 100))
        piece = draw(st.sampled_from(["over", "cut", "double", "in"]))
        text = draw(st.binary(max_size=20))
        if piece == "over":
            data[place : place + len(text)] = text
        elif piece == "cut":
            del data[place : place + length]
        elif piece == "double":
            data[place:place] = data[place : place + length]
        else:
            data[place:place] = text
    return bytes(data)


@given(data=st.one_of(damaged(), st.binary(max_size=300)))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_answered_or_not(data: bytes) -> None:
    """No transmission raises, every CATAIR answer has whole records, every state can be kept."""
    step = ace().receive(State(), "b-1", data, AT)
    later = ace().due(step.state, AT + timedelta(days=400))
    for message in (*step.messages, *later.messages):
        assert message.body
        if message.media_type == "text/plain":
            assert len(message.body) % 80 == 0
    for kept in later.state.filings.values():
        assert filing(plain(kept)).key == kept.key


def test_what_is_kept_is_read_back() -> None:
    """Filings, waiting answers and faults survive the way through JSON."""
    step = ace().receive(State(), "b-1", batch("SE", SE), AT)
    for kept in step.state.filings.values():
        again = filing(plain(kept))
        assert again.row("bills") == kept.row("bills")
        assert again.history == kept.history
    for waiting in step.state.pending.values():
        assert pending(plain(waiting)) == waiting
    for known in step.state.faults:
        assert fault(plain(known)) == known
