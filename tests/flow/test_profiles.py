"""Profiles as a caller names them: library and command line, and what is asked without a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import gateway
from gateway.cli import main
from gateway.finding import Layer
from gateway.flow.translate import load_tables, profile_names
from gateway.formats.x12.format import FORMAT

FIXTURES = Path(__file__).parents[2] / "fixtures" / "x12"
MANIFEST = (FIXTURES / "309" / "one-bill.edi").read_bytes()
TABLES = load_tables()


def objections(data: bytes, profile: str | dict[str, str] | None = None) -> list[tuple[str, str]]:
    """List what profiles say: severity and code without the set."""
    report = gateway.validate(data, profile=profile)
    return [
        (one.severity.value, one.code.partition("/")[2])
        for one in report.findings
        if one.layer is Layer.PROFILE and "/profile/" in one.code
    ]


def test_a_profile_is_asked_by_name() -> None:
    """What the standard allows and the profile does not is an error of layer profile, only if it is asked."""
    long = MANIFEST.replace(b"7400*K*58", b"7400*G*58")
    assert objections(long) == []
    assert objections(long, "cbp_ocean") == [("error", "P4/LX/M11-06/profile/code")]
    assert objections(long, {"profiles": "cbp_ocean"}) == objections(long, "cbp_ocean")
    assert ("error", "ST-01/profile/set") in objections(long, "cbp_ocean cbp_truck")


FITS = [
    ("309/one-bill", "cbp_ocean"), ("309/rail-004040", "cbp_rail"), ("309/rail-007010", "cbp_rail"),
    ("309/truck-005020", "cbp_truck"), ("309/truck-004060", "cbp_truck"), ("309/truck-006050", "cbp_truck"),
    ("309/truck-005010", "cbp_truck"), ("350/ocean-006050", "cbp_ocean"), ("350/truck-004060", "cbp_truck"),
    ("355/accepted-007010", "cbp_rail"), ("353/truck-006050", "cbp_truck"), ("356/ocean-004010", "cbp_ocean"),
    ("601/shipment-004050", "cbp_export"), ("601/shipment-004010", ""), ("810/invoice-004010", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "profile"), FITS, ids=[name for name, _ in FITS])
def test_mode_set_and_release_choose_a_profile(name: str, profile: str) -> None:
    """The mode in M1002, else set and release, name one profile or none."""
    for one in gateway.read((FIXTURES / f"{name}.edi").read_bytes()).transactions:
        assert FORMAT.fitting_profile(one, TABLES.specs) == profile


def test_auto_asks_the_one_that_fits() -> None:
    """With `auto` each transaction is held to its own profile; a release that its mode does not take is told."""
    assert objections(MANIFEST, "auto") == []
    assert objections(MANIFEST.replace(b"7400*K*58", b"7400*G*58"), "auto") == [
        ("error", "P4/LX/M11-06/profile/code")
    ]
    truck = (FIXTURES / "309" / "truck-005010.edi").read_bytes()
    assert objections(truck, "auto") == [("error", "ST-01/profile/set")]
    assert objections((FIXTURES / "810" / "invoice-004010.edi").read_bytes(), "auto") == []


def test_counts_and_levels_are_asked_always() -> None:
    """What the standard itself says of sums over segments needs no profile's name."""
    invoice = (FIXTURES / "810" / "invoice-004010.edi").read_bytes()
    assert objections(invoice) == []
    counted = invoice.replace(b"CTT*", b"CTT*9", 1)
    assert objections(counted) == [("error", "CTT-01/profile/count")]
    notice = (FIXTURES / "856" / "shipment-004010.edi").read_bytes()
    assert ("error", "HL-02/profile/level-parent") in objections(notice.replace(b"HL*2*1*", b"HL*2*9*", 1))


def test_a_broken_set_is_not_held_to_a_profile() -> None:
    """One fault stays one finding: profiles are not asked about a set that the standard refuses."""
    broken = MANIFEST.replace(b"*NVLN*O*", b"*NVLN*O9*").replace(b"7400*K*58", b"7400*G*58")
    assert objections(broken, "cbp_ocean") == []
    assert not gateway.validate(broken).ok


def test_a_name_that_there_is_none_of() -> None:
    """An unknown profile is the caller's mistake: `LookupError`, or status 2 with the names that there are."""
    with pytest.raises(LookupError):
        gateway.validate(MANIFEST, profile="nobody")
    assert set(profile_names(TABLES)) == {
        "auto", "balances", "cbp_export", "cbp_ocean", "cbp_rail", "cbp_truck",
    }  # fmt: skip


def test_the_commands_take_profiles(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`validate` and `translate` have --profile, more than one, and say which names are known."""
    file = tmp_path / "manifest.edi"
    file.write_bytes(MANIFEST.replace(b"7400*K*58", b"7400*G*58"))
    assert main(["validate", str(file)]) == 0
    capsys.readouterr()
    assert main(["validate", str(file), "--profile", "auto", "--profile", "cbp_rail", "--json"]) == 1
    (plain,) = json.loads(capsys.readouterr().out)
    told = [one for one in plain["findings"] if "/profile/" in one["code"]]
    assert told[0]["clause"].startswith("cbp_ocean/P4/LX/M11-06/codes")
    assert {one["layer"] for one in told} == {"profile"}
    assert main(["validate", str(file), "--profile", "cbp_air"]) == 2
    assert "cbp_ocean, cbp_rail" in capsys.readouterr().err
    out = ["-o", str(tmp_path / "out")]
    assert main(["translate", str(file), "--to", "canonical", *out]) == 0
    assert main(["translate", str(file), "--to", "canonical", "--profile", "cbp_ocean", *out]) == 1
    assert "P4/LX/M11-06/profile/code" in capsys.readouterr().err


@pytest.mark.parametrize("profile", [{}, {"stage": "release"}])
def test_a_summary_is_judged_as_one_whatever_the_profile_says(profile: dict[str, str]) -> None:
    """An AE is a summary by itself: what a summary must have is asked though neither entry nor partner says so."""
    data = (FIXTURES.parent / "catair" / "AE" / "from-wco-consumption.txt").read_bytes()
    report = gateway.validate(data, profile=profile)
    missing = [one.path for one in report.findings if one.code == "cbp.ae.needs.related-party"]
    assert missing == [f"lines[{turn}].valuation.related" for turn in range(3)]
