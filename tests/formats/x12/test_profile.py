"""Profiles: what CBP asks of ocean, rail and truck messages beyond the standard."""

from __future__ import annotations

import pytest

from gateway.finding import Layer, Severity
from gateway.formats.x12.format import FORMAT
from gateway.specs.x12_profiles import Address, profile, profiles
from tests.formats.x12.support import (
    FIXTURES,
    MANIFEST,
    SPECS,
    group,
    interchange,
    manifest,
    read,
    replaced,
    transaction,
)

OCEAN = [file for file in sorted(FIXTURES.glob("309/*.edi")) if "-00" not in file.stem]


def objections(data: bytes, name: str = "cbp_ocean", on: str = "2026-11-25") -> list:
    """List what a profile objects to in a message that the standard has nothing against."""
    result = read(data)
    assert result.all_findings() == []
    return FORMAT.check_profile(result, name, SPECS, on)


@pytest.mark.parametrize("file", OCEAN, ids=lambda file: file.stem)
def test_ocean_fixtures_keep_the_ocean_profile(file) -> None:
    """The ocean manifests are what customs asks ocean carriers for."""
    assert FORMAT.check_profile(read(file.read_bytes()), "cbp_ocean", SPECS, "2026-11-25") == []


BROKEN = [
    ("*NVLN*O*PA", "*NVLN*J*PA", "M10-02/profile/code", (2, 2, 0, 0), "J"),
    ("**1*W*L", "**123456*W*L", "M10-08/profile/too-long", (2, 8, 0, 0), "123456"),
    ("P4*1303", "P4*13O3", "P4-01/profile/pattern", (3, 1, 0, 0), "13O3"),
    ("*24500*K*28", "*24500*G*28", "P4/LX/M11-06/profile/code", (5, 6, 0, 0), "G"),
    ("*35143*1180", "*BRJOI*1180", "P4/LX/M11-02/profile/pattern", (5, 2, 0, 0), "BRJOI"),
]


@pytest.mark.parametrize(("old", "new", "code", "position", "text"), BROKEN, ids=[row[2] for row in BROKEN])
def test_one_convention_broken(old: str, new: str, code: str, position: tuple, text: str) -> None:
    """What the standard allows and the profile does not is one finding, at its place and bytes."""
    data = manifest(replaced(old, new))
    (found,) = objections(data)
    assert found.code == f"x12.309.004010/{code}"
    assert (found.layer, found.severity) == (Layer.PROFILE, Severity.ERROR)
    assert found.position == position
    assert data[found.span.start : found.span.end].decode() == text
    assert found.expected
    assert "cbp_ocean" in found.clause


def test_a_rule_holds_only_where_its_condition_does() -> None:
    """An original has no amendment; an amendment gives its reason, in each bill."""
    note = "M13*NVLN*1303*R*JOI260001*1150****NVLN"
    original = manifest([*MANIFEST[:3], note, *MANIFEST[3:]])
    assert [one.problem for one in objections(original)] == ["profile/not-used"]
    amended = manifest([one.replace("*W*L", "*Y*L") for one in [*MANIFEST[:3], note, *MANIFEST[3:]]])
    (found,) = objections(amended)
    assert found.code == "x12.309.004010/P4/LX/M13-06/profile/missing"
    whole = amended.replace(b"*1150****NVLN", b"*1150*16***NVLN")
    assert objections(whole) == []


def test_a_condition_means_the_same_turn() -> None:
    """A condition on a bill is asked of that bill, not of another one."""
    delete = ["LX*2", "M13*NVLN*1303*D*JOI260002**01***NVLN"]
    body = [one.replace("*W*L", "*Y*L") for one in MANIFEST]
    noted = [*body[:3], "M13*NVLN*1303*A*JOI260001**11***NVLN", *body[3:], *delete]
    assert objections(manifest(noted)) == []
    without = [one for one in noted if not one.startswith("M11")]
    found = objections(manifest(without))
    assert [one.code for one in found] == ["x12.309.004010/P4/LX/M11-01/profile/missing"]
    assert found[0].position[0] == 4


def test_a_profile_takes_sets_releases_and_groups() -> None:
    """A set in a release or a group that the profile does not name is refused."""
    (found,) = objections(manifest(), "cbp_truck")[:1]
    assert found.code == "x12.309.004010/ST-01/profile/set"
    later = interchange(group(transaction("309", MANIFEST), code="AQ")).encode()
    assert [one.problem for one in objections(later)] == ["profile/group"]


def test_sets_of_a_transmission_are_counted() -> None:
    """Truck and rail take one set in a transmission."""
    file = FIXTURES / "309" / "rail-004040.edi"
    result = read(file.read_bytes())
    result.transactions.append(result.transactions[0])
    found = FORMAT.check_profile(result, "cbp_rail", SPECS, "2026-11-25")
    assert [one.problem for one in found] == ["profile/set-count"]


def test_rows_have_dates() -> None:
    """Before a row is in force nobody is held to it."""
    data = manifest(replaced("*NVLN*O*PA", "*NVLN*J*PA"))
    assert [one.problem for one in objections(data, on="2009-01-01")] == ["profile/set"]


def test_an_unknown_profile_is_an_error_of_the_caller() -> None:
    """There is no profile of a made-up name, nor of a path."""
    for name in ("nobody", "../profiles/cbp_ocean", ""):
        with pytest.raises(LookupError):
            FORMAT.check_profile(read(manifest()), name, SPECS)


def leads(address: Address, message: str, releases: tuple[str, ...]) -> bool:
    """Tell whether an address leads somewhere in a release of a set."""
    for release in releases:
        spec = SPECS.message("x12", message, release)
        part = spec.root if spec else None
        for step in address.steps:
            part = part.part(step.name) if part else None
        if part and (not address.leaf or address.leaf in (part.leader or part).leaves):
            return True
    return False


@pytest.mark.parametrize("name", profiles(SPECS.root))
def test_every_row_speaks_of_a_place_that_there_is(name: str) -> None:
    """Each address and each condition of a profile is in the sets that it is about."""
    versions = SPECS.versions("x12")
    rules = profile(SPECS.root, name)
    assert rules
    for rule in rules:
        releases = versions[rule.message] if rule.release == "*" else (rule.release,)
        for address in (rule.address, rule.when and rule.when.address):
            assert address is None or leads(address, rule.message, releases), rule


def balances(data: bytes) -> list[tuple[str, str, str]]:
    """List what does not add up: code, expected, actual."""
    found = FORMAT.check_profile(read(data), "balances", SPECS)
    return [(one.code.partition("/")[2], one.expected, one.actual) for one in found]


def test_counts_are_compared_with_what_was_counted() -> None:
    """The number of lines, levels and bills is that of their segments."""
    invoice = (FIXTURES / "810" / "invoice-004010.edi").read_bytes()
    assert balances(invoice) == []
    lines = invoice.count(b"~IT1*") + invoice.count(b"\nIT1*")
    wrong = invoice.replace(b"CTT*%d" % lines, b"CTT*%d" % (lines + 1))
    assert balances(wrong) == [("CTT-01/profile/count", str(lines), str(lines + 1))]
    assert balances(manifest()) == []
    assert balances(manifest(replaced("*20261203*1*", "*20261203*3*"))) == [("P4-03/profile/count", "1", "3")]


def test_levels_of_a_shipment_are_numbered_and_ordered() -> None:
    """A level number that stands twice, or a parent that has not come, is found at its HL."""
    notice = (FIXTURES / "856" / "shipment-004010.edi").read_bytes()
    assert balances(notice) == []
    twice = notice.replace(b"HL*2*1*", b"HL*1*1*", 1)
    assert ("HL-01/profile/level-twice", "a new number", "1") in balances(twice)
    lost = notice.replace(b"HL*2*1*", b"HL*2*9*", 1)
    assert ("HL-02/profile/level-parent", "an earlier level", "9") in balances(lost)
