"""Every set is there in every release it was asked for, and says what the reference says."""

from __future__ import annotations

import pytest

from gateway.specs import Specs
from gateway.specs.x12 import X12Spec

SPECS = Specs()
CUSTOMS = ("309", "350", "352", "353", "354", "355", "356", "357", "358")
TRADE = ("601", "810", "824", "856", "997")
RELEASES = ("004010", "005010", "005020")
# What customs uses by mode, beyond the three: (set, release).
BY_MODE = (
    ("309", "004040"), ("309", "007010"), ("309", "004060"), ("309", "006050"), ("350", "004060"),
    ("350", "006050"), ("353", "006050"), ("355", "004060"), ("355", "007010"), ("358", "004060"),
    ("601", "004050"),
)  # fmt: skip


def spec(message: str, release: str) -> X12Spec:
    """Give a set that must be there."""
    found = SPECS.message("x12", message, release)
    assert isinstance(found, X12Spec), f"there is no {message} of {release}"
    return found


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("message", CUSTOMS + TRADE)
def test_set_of_release(message: str, release: str) -> None:
    """The set has a title, a source, a group and a body in the release."""
    found = spec(message, release)
    assert found.title
    assert found.source.startswith("our x12 reference")
    assert found.groups
    assert found.body


@pytest.mark.parametrize(("message", "release"), BY_MODE)
def test_set_of_mode(message: str, release: str) -> None:
    """The releases that customs uses by mode have the set."""
    assert spec(message, release).body


def test_implementation_acknowledgement() -> None:
    """A 999 is known from 005010 on, and not before."""
    assert SPECS.message("x12", "999", "004010") is None
    assert spec("999", "005010").segment_ids >= {"IK3", "IK4", "IK5", "CTX"}


@pytest.mark.parametrize(
    ("release", "first"), [("004010", "SO"), ("004040", ""), ("005020", ""), ("006050", "")]
)
def test_groups_of_customs_sets(release: str, first: str) -> None:
    """Customs sets travel in SO up to 004020 and in a group of their own later; both are taken."""
    own = dict(zip(CUSTOMS, ("AQ", "AU", "AV", "AX", "AY", "AZ", "BA", "BB", "BD"), strict=True))
    for message, code in own.items():
        groups = spec(message, release).groups
        assert set(groups) == {"SO", code}
        assert groups[0] == (first or code)


@pytest.mark.parametrize(
    ("message", "release", "address", "most"),
    [
        ("309", "004010", "P4/LX/N1/N3", 2), ("309", "004040", "P4/LX/VID/VC", 36),
        ("309", "004050", "P4/LX/VID/N10/VC", 999), ("309", "005020", "NM1/REF", 10),
        ("309", "005010", "NM1/REF", 2), ("309", "006030", "P4/LX/N1", 25),
        ("350", "004010", "P4/X4/N7", 999), ("350", "005010", "P4/X4/N9", 999),
        ("350", "004060", "P4/VID/M7", 5), ("350", "006050", "P4/VID/M7A", 22),
        ("353", "006050", "M15/M7A", 22), ("355", "004010", "P4/LX/VID/VC", 21),
        ("355", "004040", "P4/LX/VID/VC", 36), ("355", "007010", "P4/LX/N1/X1/K1", 10),
        ("356", "005010", "P4/M20", 9999), ("357", "004050", "P4/LX/M12", 1),
        ("358", "004010", "P4/LX/MBL/VID", 500), ("358", "006020", "P4/VID/N9", 30),
        ("601", "004010", "BA1/L13/VEH", 9999), ("810", "004010", "IT1/SAC/TXI", 10),
        ("856", "005010", "HL/LH1/LH4", 4), ("824", "004010", "OTI/TED/RED", 100),
        ("997", "004010", "AK2/AK3/AK4", 99), ("999", "005010", "AK2/IK3/CTX", 10),
    ],
)  # fmt: skip
def test_counts(message: str, release: str, address: str, most: int) -> None:
    """Maxima are those of the release."""
    parts = dict(spec(message, release).root.walk())
    assert parts[address].count_max == most


@pytest.mark.parametrize(
    ("message", "release", "address", "usage"),
    [
        ("350", "004010", "P4/X4/N7", "M"), ("350", "004040", "P4/X4/N7", "O"), ("353", "004010", "P4", "M"),
        ("353", "004040", "P4", "O"), ("601", "004010", "BA1/YNQ", "M"), ("601", "004050", "BA1/YNQ", "O"),
        ("601", "005010", "BA1/YNQ", "M"), ("601", "005020", "BA1/YNQ", "O"), ("356", "004010", "P4/M20", "M"),
    ],
)  # fmt: skip
def test_usages(message: str, release: str, address: str, usage: str) -> None:
    """Mandatory and optional follow the release."""
    assert dict(spec(message, release).root.walk())[address].usage == usage


@pytest.mark.parametrize(
    ("release", "address", "key", "most"),
    [
        ("004010", "P4/LX/M11", "01", 12), ("005020", "P4/LX/M11", "01", 25), ("006010", "P4/LX/M11", "01", 50),
        ("004010", "M10", "07", 30), ("005010", "M10", "07", 50), ("006050", "M10", "07", 80),
        ("004050", "M10", "06", 10), ("006050", "M10", "06", 30),
    ],
)  # fmt: skip
def test_lengths_of_elements(release: str, address: str, key: str, most: int) -> None:
    """Lengths grow with the releases."""
    assert dict(spec("309", release).root.walk())[address].leaves[key].length_max == most


def test_relaxed_manifest_header() -> None:
    """From 006030 a manifest needs neither carrier, mode nor country, and neither vessel code nor name."""
    early, late = (
        spec("309", "006020").dictionary.segments["M10"],
        spec("309", "006030").dictionary.segments["M10"],
    )
    assert [one.name for one in early.relations] == ["P0410", "R0504"]
    assert [one.name for one in late.relations] == ["P0410"]
    assert [one.usage for one in late.positions[:3]] == ["O", "O", "O"]


def test_vehicle_references() -> None:
    """VEH05 is a product code in 004010 and a reference from 004050 on."""
    for release, number in (("004010", "751"), ("004050", "127"), ("005020", "127"), ("007010", "127")):
        assert (
            getattr(spec("309", release).dictionary.segments["VEH"].positions[4].what, "number", "") == number
        )
