"""What a process remembers of arrangements without fault: the same tree again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.formats import formats
from gateway.formats.catair.known import KNOWN, RECORDS_MAX, Arrangement, Known, Place
from gateway.specs import Limits, Specs
from gateway.tree import walk

SPECS = Specs()
CATAIR = formats()["catair"]
ROOT = Path(__file__).parents[3] / "fixtures" / "catair"
FIXTURES = sorted(path for path in ROOT.rglob("*.txt") if path.is_file())
RELEASE = (ROOT / "SE" / "three-bills.txt").read_bytes()
LENIENT = Limits(lenient=True)


def told(data: bytes, limits: Limits) -> tuple[object, ...]:
    """Give all that a reading says: leaves with their places, loops, findings, whose transactions."""
    read = CATAIR.read(data, SPECS, limits)
    leaves = [(leaf.address, leaf.text, leaf.span) for leaf in walk(read.root, ":")]
    shape = [(one.message, one.control, one.root.extent(), one.meant is None) for one in read.transactions]
    return leaves, shape, list(read.all_findings()), read.sender, read.control


def forget() -> None:
    """Begin with nothing remembered."""
    KNOWN.clear()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_second_reading_says_the_same(path):
    """What is remembered changes nothing, of good and of bad messages, strictly and leniently."""
    data = path.read_bytes()
    for limits in (Limits(), LENIENT):
        forget()
        first = told(data, limits)
        assert told(data, limits) == first


def other_number(data: bytes) -> bytes:
    """Give the release under another entry number, its check digit right."""
    assert b"00010437" in data
    return data.replace(b"00010437", b"00010445")


def test_what_is_remembered_is_used_for_other_texts_and_other_bytes():
    """Another entry of the same arrangement, behind other line ends, gives the tree that a first reading gives."""
    forget()
    data = RELEASE.replace(b"\r", b"").replace(b"\n", b"")
    other = other_number(data)
    lines = b"\r\n".join(other[at : at + 80] for at in range(0, len(other), 80))
    CATAIR.read(data, SPECS, Limits())
    before = len(KNOWN)
    assert before > 0
    again = told(lines, LENIENT)
    assert len(KNOWN) == before
    forget()
    assert told(lines, LENIENT) == again


def test_a_transaction_with_a_fault_is_not_remembered():
    """Only where nothing was found is there nothing to find the next time."""
    forget()
    broken = RELEASE.replace(b"SE15", b"SE9X", 1)
    assert list(CATAIR.read(broken, SPECS, Limits()).all_findings())
    assert len(KNOWN) == 0


SOME = [
    ROOT / "SE" / "three-bills.txt",
    ROOT / "SE" / "agency-tree.txt",
    ROOT / "AE" / "after-in-bond-61.txt",
]


def changed() -> list[tuple[str, bytes]]:
    """Give some fixtures with one column after the other changed, in each record."""
    found = []
    for path in SOME:
        data = path.read_bytes()
        assert len(data) % 80 == 0
        for at in range(0, len(data), 80):
            for column in range(2, 14):
                spoilt = data[: at + column] + b"1" + data[at + column + 1 :]
                found.append((f"{path.stem} {data[at : at + 4]!r} {column}", spoilt))
    return found


def test_what_differs_in_one_column_is_judged_as_if_nothing_was_remembered():
    """Numbers, party codes, orders and conditions of a header are seen behind an arrangement that is known."""
    before: dict[bytes, tuple[object, ...]] = {}
    for _, data in changed():
        forget()
        before[data] = told(data, Limits())
    forget()
    for path in SOME:
        CATAIR.read(path.read_bytes(), SPECS, Limits())
    kept = len(KNOWN)
    assert kept > 0
    for name, data in changed():
        assert told(data, Limits()) == before[data], name


def test_tariff_numbers_out_of_their_order_are_seen_in_a_known_arrangement():
    """The order of siblings is asked of each message."""
    forget()
    data = (ROOT / "SE" / "agency-tree.txt").read_bytes()
    assert not list(CATAIR.read(data, SPECS, Limits()).all_findings())
    numbers = [data[at + 4 : at + 14] for at in range(0, len(data), 80) if data[at : at + 4] == b"SE60"]
    additional, ordinary = sorted(numbers, reverse=True)
    assert (additional, ordinary) == (b"99030388  ", b"4421999780")
    swapped = data.replace(b"SE60" + additional, b"SE60x").replace(b"SE60" + ordinary, b"SE60" + additional)
    swapped = swapped.replace(b"SE60x", b"SE60" + ordinary)
    assert len(swapped) == len(data)
    found = [one.code for one in CATAIR.read(swapped, SPECS, Limits()).all_findings()]
    assert any(code.endswith("/order/wrong") for code in found)


def arranged(count: int = 1) -> Arrangement:
    """Give an arrangement of so many records."""
    return Arrangement(SPECS.message("catair", "SE", "v40"), (Place(0, ""),) * count, ())


def test_the_oldest_goes_when_there_are_too_many():
    """The memory has a bound, and an arrangement that is used again stays."""
    known = Known(arrangements_max=3)
    for turn in range(3):
        known.keep((turn,), arranged())
    assert known.find((0,)) is not None
    known.keep((3,), arranged())
    assert [known.find((turn,)) is not None for turn in range(4)] == [True, False, True, True]
    assert len(known) == 3


def test_a_transaction_that_is_very_long_is_not_remembered():
    """One message cannot drive out all others."""
    known = Known()
    known.keep((1,), arranged(RECORDS_MAX + 1))
    assert len(known) == 0
    known.keep((1,), arranged(RECORDS_MAX))
    assert len(known) == 1
