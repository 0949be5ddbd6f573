"""pyx12 as a foreign implementation: every difference was looked at and stands on the page."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from gateway.specs import data_root, read_csv
from tests.conformance.commands import counts, judged, lines

PAGE = Path(__file__).resolve().parents[2] / "docs" / "divergences.md"
PROGRAM = f"exec:{sys.executable} -m gateway.conformance.foreign.pyx12_program"


def known() -> list[dict[str, str]]:
    """Give the differences that were looked at."""
    return [row for _, row in read_csv(data_root() / "edi_specs" / "conformance" / "divergences.csv")]


def test_every_difference_was_looked_at(tmp_path: Path) -> None:
    """pyx12 is judged through `exec:`; what it does otherwise is of a kind that the table explains."""
    out = tmp_path / "r.jsonl"
    said = judged(
        out, "x12.354.004010", "x12.309.004010/N9", "--target", PROGRAM, "--profile", "pyx12", "--quiet"
    )
    assert said.status in {1, 3}
    assert counts(out)["pass"] > 200
    ends = {row["case"] for row in known()}
    unknown = [
        f"{line['case']}: {line['actual']}"
        for line in lines(out)
        if line["verdict"] in {"fail", "error"} and "/".join(line["case"].split("/")[-2:]) not in ends
    ]
    assert unknown == []


def test_the_page_has_every_difference() -> None:
    """`docs/divergences.md` has the rows of the table, and no others."""
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(row["case"], row["whose"], row["why"]) for row in known()]
