"""What goes out for a transaction."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.flow.forward import forward, keys_of
from gateway.flow.translate import load_tables, take
from gateway.specs import Limits
from gateway.tree import Envelope, walk

FIXTURES = Path(__file__).parents[2] / "fixtures"
ENVELOPE = Envelope(
    sender="GATEWAY",
    receiver="CBP",
    control=7,
    at="2026-03-01T10:00:00Z",
    options={"correlation": "GW0000000000000000001", "site": "2704", "filer": "Q7Z", "port": "2704"},
)
SAMPLES = [
    ("catair/SE/three-bills.txt", "catair/SE"),
    ("catair/SE/in-bond-and-simple.txt", "catair/SE"),
    ("json/entry/fda.json", "json/entry"),
    ("wco/DEC/twelve-items.xml", "wco/DEC"),
    ("x12/309/ten-bills.edi", "x12/309"),
]


def texts(transaction):
    """Give every value of a transaction that is not the envelope's own."""
    return [leaf.text for leaf in walk(transaction.root, "-") if leaf.node.name not in {"ST", "SE"}]


@pytest.mark.parametrize(("name", "target"), SAMPLES)
def test_the_same_message_goes_out_with_every_value(name, target):
    """Each transaction forwarded as the message that it is has exactly the values that came in."""
    tables = load_tables()
    taken = take((FIXTURES / name).read_bytes(), tables, Limits())
    assert taken.translations
    for translation in taken.translations:
        sent = forward(translation, target, ENVELOPE, tables)
        assert sent.ok, sent.findings
        again = take(sent.data, tables, Limits())
        assert len(again.translations) == 1
        assert texts(again.translations[0].transaction) == texts(translation.transaction)
        assert again.translations[0].plain == translation.plain


def test_another_message_is_written_from_the_entry():
    """A JSON entry goes out as CATAIR records of 80 characters, and reads back as the same entry number."""
    tables = load_tables()
    taken = take((FIXTURES / "json/entry/fda.json").read_bytes(), tables, Limits())
    sent = forward(taken.translations[0], "catair/SE", ENVELOPE, tables)
    assert sent.ok
    assert len(sent.data) % 80 == 0
    again = take(sent.data, tables, Limits()).translations[0]
    assert again.entry.number == taken.translations[0].entry.number


def test_a_target_that_is_not_there_is_an_error_of_ours():
    """Nothing is written for a message that no mapping knows."""
    tables = load_tables()
    taken = take((FIXTURES / "json/entry/fda.json").read_bytes(), tables, Limits())
    with pytest.raises(LookupError):
        forward(taken.translations[0], "catair/QQ", ENVELOPE, tables)


def test_a_transaction_is_known_by_number_reference_and_bills():
    """The names by which an answer may call it, the surest first, each once."""
    taken = take((FIXTURES / "catair/SE/three-bills.txt").read_bytes(), load_tables(), Limits())
    keys = keys_of(taken.translations[0])
    assert keys[0] == "number/Q7Z00010437"
    assert len([key for key in keys if key.startswith("bill/")]) == 3
    assert len(set(keys)) == len(keys)
