"""The profiles of customs speak of places that the sets have, in the words of the README."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gateway.mapping.address import resolve
from gateway.specs import MessageSpec, Specs, read_csv
from gateway.specs.x12 import X12Spec

SPECS = Specs()
FOLDER = SPECS.root / "edi_specs" / "x12" / "profiles"
RULES = {"usage", "max_length", "codes", "pattern", "count_max", "group"}
ROWS = [
    pytest.param(file.stem, row, id=f"{file.stem}:{line}")
    for file in sorted(FOLDER.glob("cbp_*.csv"))
    for line, row in read_csv(file)
]


def taken(profile: str, message: str) -> list[X12Spec]:
    """List the releases in which a profile takes a set."""
    found = [
        SPECS.message("x12", message, row["release"])
        for _, row in read_csv(FOLDER / f"{profile}.csv")
        if row["set"] == message and row["rule"] == "group"
    ]
    assert all(isinstance(one, X12Spec) for one in found), message
    return [one for one in found if isinstance(one, X12Spec)]


def places(spec: MessageSpec, address: str) -> None:
    """Resolve an address of a segment's element, or of a loop."""
    resolve(address, spec.root, "-", leaf=bool(re.search(r"-\d\d", address)))


@pytest.mark.parametrize(("profile", "row"), ROWS)
def test_row(profile: str, row: dict[str, str]) -> None:
    """A row has a known rule, a value that fits it, dates, and places of a set that the profile takes."""
    assert row["rule"] in RULES
    assert row["severity"] in {"error", "warning"}
    assert row["source"]
    assert row["text"]
    for day in (row["since"], row["until"]):
        assert not day or date.fromisoformat(day)
    specs = taken(profile, row["set"])
    assert specs, f"{profile} has a rule on {row['set']} and does not take it"
    if row["address"]:
        places(specs[0], row["address"])
    if row["when"]:
        places(specs[0], re.split(r"!?=(?=[^=]*$)", row["when"])[0])


@pytest.mark.parametrize(("profile", "row"), ROWS)
def test_value(profile: str, row: dict[str, str]) -> None:
    """The value of a row is what its rule asks for."""
    value = row["value"]
    fits = {
        "usage": r"[MN]", "max_length": r"\d+", "count_max": r"\d+", "codes": r"[^|]+(\|[^|]+)*", "group": r"[A-Z]{2}",
    }  # fmt: skip
    if row["rule"] == "pattern":
        assert re.compile(value)
    else:
        assert re.fullmatch(fits[row["rule"]], value)
    if row["rule"] == "group":
        assert value in taken(profile, row["set"])[0].groups


@pytest.mark.parametrize(
    ("profile", "message", "releases"),
    [
        ("cbp_ocean", "309", {"004010"}), ("cbp_ocean", "356", {"004010"}), ("cbp_ocean", "350", {"006050", "004010"}),
        ("cbp_rail", "309", {"004040", "007010"}), ("cbp_rail", "355", {"004040", "007010"}),
        ("cbp_truck", "309", {"005020", "004060", "006050"}), ("cbp_truck", "350", {"004060"}),
        ("cbp_truck", "353", {"006050"}), ("cbp_export", "601", {"004050"}),
    ],
)  # fmt: skip
def test_releases_by_mode(profile: str, message: str, releases: set[str]) -> None:
    """Each mode takes the releases that its guides name."""
    assert {one.version for one in taken(profile, message)} == releases
