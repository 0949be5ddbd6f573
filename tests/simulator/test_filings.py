"""What is on file, shared between the states of the simulator; records of a transaction, found by their ids."""

from __future__ import annotations

from gateway.simulator.catair.batch import Record, Transaction
from gateway.simulator.catair.conditions import first, of
from gateway.simulator.state import NEW_MAX, Filing, Filings, State


def _filing(number: int, release: str = "") -> Filing:
    return Filing(kind="entry", number=f"{number:04d}", format="catair", batch="b", release=release)


def test_a_state_stays_what_it_was_when_more_is_filed() -> None:
    """Each state has what was on file when it was made, and in the order in which it came, however much follows."""
    states = [State()]
    for number in range(3 * NEW_MAX):
        states.append(states[-1].put(_filing(number)))
    for count, state in enumerate(states):
        assert list(state.filings) == [f"entry/{number:04d}" for number in range(count)]
        assert len(state.filings) == count


def test_what_is_filed_again_takes_its_own_place() -> None:
    """A filing under a key that is there is another in the same place, and the earlier state has the first."""
    before = State()
    for number in range(NEW_MAX + 3):
        before = before.put(_filing(number))
    after = before.put(_filing(1, "released")).put(_filing(NEW_MAX + 1, "released"))
    assert list(after.filings) == list(before.filings)
    assert len(after.filings) == len(before.filings)
    assert {key for key, one in after.filings.items() if one.release} == {
        "entry/0001",
        f"entry/{NEW_MAX + 1:04d}",
    }
    assert not any(one.release for one in before.filings.values())
    assert isinstance(after.filings, Filings)
    assert "entry/9999" not in after.filings


def test_records_of_a_transaction_are_found_by_their_ids() -> None:
    """The records of an id come in order, by ids of any length, as they do from a list of records."""
    texts = ("SE10", "SE15A", "SE20", "SE15B", "PG01", "PG02")
    records = [Record(number, text.ljust(80)) for number, text in enumerate(texts, 2)]
    transaction = Transaction(records[0])
    for record in records[1:]:
        transaction.append(record)
    for wires in (("SE15",), ("PG",), ("SE10",), ("OI",), ("SE15", "PG01")):
        assert of(transaction, *wires) == of(records, *wires)
    assert first(transaction, "SE15") == records[1]
    assert first(transaction, "OI") is None
