"""What a process remembers of transactions without fault: the same tree again, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.formats import formats
from gateway.formats.catair.known import KNOWN, RECORDS_MAX, Known, Placed
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


def test_what_is_remembered_is_used_and_takes_the_places_of_the_new_bytes():
    """The same records behind another line end give the same tree at other bytes."""
    forget()
    data = RELEASE.replace(b"\r", b"").replace(b"\n", b"")
    lines = b"\r\n".join(data[at : at + 80] for at in range(0, len(data), 80))
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


def test_another_spec_has_its_own_memory():
    """Tables that were read anew judge records themselves, though the records are the same."""
    spec = SPECS.message("catair", "SE", "v40")
    other = SPECS.message("catair", "SX", "v40")
    known = Known()
    records = ["SE10".ljust(80)]
    known.keep(spec, records, [Placed(0, "", "SE10", spec.records["SE10"].choose(RELEASE[160:240].decode()))])
    assert known.tree(spec, records, [(0, 80)]) is not None
    assert known.tree(other, records, [(0, 80)]) is None


def test_the_oldest_goes_when_there_are_too_many():
    """The memory has a bound, and a transaction that is used again stays."""
    spec = SPECS.message("catair", "SE", "v40")
    layout = spec.records["SE10"].layout or spec.records["SE10"].choose("SE10".ljust(80))
    known = Known(transactions_max=3)
    texts = [[f"SE10{turn}".ljust(80)] for turn in range(4)]
    for one in texts[:3]:
        known.keep(spec, one, [Placed(0, "", "SE10", layout)])
    assert known.tree(spec, texts[0], [(0, 80)]) is not None
    known.keep(spec, texts[3], [Placed(0, "", "SE10", layout)])
    found = [known.tree(spec, one, [(0, 80)]) is not None for one in texts]
    assert found == [True, False, True, True]
    assert len(known) == 3


def test_a_transaction_that_is_very_long_is_not_remembered():
    """One message cannot drive out all others."""
    spec = SPECS.message("catair", "SE", "v40")
    layout = spec.records["SE10"].layout or spec.records["SE10"].choose("SE10".ljust(80))
    known = Known()
    records = ["SE10".ljust(80)] * (RECORDS_MAX + 1)
    known.keep(spec, records, [Placed(0, "", "SE10", layout)] * len(records))
    assert len(known) == 0
