"""Which set is in which release, and why the others are not; docs/x12.md has the same table."""

from __future__ import annotations

import pytest

from gateway.specs import Specs

SPECS = Specs()
RELEASES = ("004010", "005010", "005020")
SETS = (
    "309",
    "350",
    "352",
    "353",
    "354",
    "355",
    "356",
    "357",
    "358",
    "601",
    "810",
    "824",
    "856",
    "997",
    "999",
)
# The reference has 999 from 005010 on (10.3: ST03, DE 618, 620 and 621 came with it); before, 997 is the answer.
ABSENT = {("999", "004010"): "999 begins with 005010; a group of 004010 is answered by a 997"}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("message", SETS)
def test_a_set_is_in_a_release_or_there_is_a_reason(message: str, release: str) -> None:
    """Each set stands in each release with places of its own, but for those that have a reason not to."""
    spec = SPECS.message("x12", message, release)
    if (message, release) in ABSENT:
        assert spec is None
    else:
        assert spec is not None
        assert spec.version == release
        assert len(spec.root.parts) >= 3  # ST, what it is about, SE


def test_the_page_has_the_table() -> None:
    """docs/x12.md names each set with its releases, and the reason where one is missing."""
    page = (SPECS.root / "docs" / "x12.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line[:3] == "| `"
    ]
    told = {row[0].strip("`"): row[1:4] for row in rows}
    for message in SETS:
        for release, cell in zip(RELEASES, told[message], strict=True):
            assert cell == ("no" if (message, release) in ABSENT else "yes"), (message, release)
    assert all(reason.partition(";")[0] in page for reason in ABSENT.values())
