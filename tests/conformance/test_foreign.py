"""pyx12 as a foreign implementation: every difference was looked at and stands on the page."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance import catalogue
from gateway.conformance.foreign.pyx12_program import judged as answer
from gateway.conformance.selftest.outcome import drawn
from gateway.finding import Severity
from gateway.formats import formats
from gateway.specs import Limits, Specs, data_root, read_csv
from tests.conformance.commands import counts, judged, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.conformance.model import Case

PAGE = Path(__file__).resolve().parents[2] / "docs" / "divergences.md"
PROGRAM = f"exec:{sys.executable} -m gateway.conformance.foreign.pyx12_program"


def known() -> list[dict[str, str]]:
    """Give the differences that were looked at."""
    return [row for _, row in read_csv(data_root() / "edi_specs" / "conformance" / "divergences.csv")]


def test_every_difference_was_looked_at(tmp_path: Path) -> None:
    """pyx12 is judged through `exec:`; what it does otherwise is of a kind that the table explains."""
    out = tmp_path / "r.jsonl"
    suites = ("x12.354.004010", "x12.309.004010/N9", "x12.samples", "x12.cases", "x12.mixed")
    said = judged(out, *suites, "--target", PROGRAM, "--profile", "pyx12", "--quiet")
    assert said.status in {1, 3}
    assert counts(out)["pass"] > 500
    ends = {row["case"] for row in known()}
    unknown = [
        f"{line['case']}: {line['actual']}"
        for line in lines(out)
        if line["verdict"] in {"fail", "error"} and "/".join(line["case"].split("/")[-2:]) not in ends
    ]
    assert unknown == []


def test_every_difference_on_odd_sets_was_looked_at() -> None:
    """Of sets that were changed or framed oddly pyx12 says what we say, or differs in a way that the table explains."""
    specs, reader = Specs(), formats()["x12"]
    reasons = {
        row["case"].removeprefix("set with ") for row in known() if row["case"].startswith("set with ")
    }
    asked, unknown = 0, []
    for case in odd_sets():
        data = case.make().data
        read = reader.read(data, specs, Limits())
        said = answer(data, specs) if data.count(b"ISA") == len(read.transactions) == 1 else {"skipped": ""}
        if "skipped" in said:
            continue
        asked += 1
        problems = {one.problem for one in read.all_findings() if one.transaction is not None}
        ours = {
            one.problem
            for one in read.all_findings()
            if one.transaction is not None and one.severity is Severity.ERROR
        }
        # What stands in ST and SE is judged by both; that SE01 counts, and that numbers agree, by us alone.
        if (
            said["disposition"] == "accepted"
            and {one for one in ours if not one.startswith("set/")} - reasons
        ):
            unknown.append(f"{case.id}: it accepts {sorted(ours)}")
        if said["disposition"] == "rejected" and not ours and not problems & reasons:
            unknown.append(f"{case.id}: it rejects what we accept")
    assert asked > 300
    assert unknown == []


def odd_sets() -> Iterator[Case]:
    """Yield changed samples, and some of the oddly framed messages."""
    one_in = {"x12.mixed": 1, "x12.varied.framed": 2, "x12.framed": 12}
    for suite in catalogue.suites():
        if suite.name in one_in:
            yield from (case for case in suite.cases() if drawn(case.id, one_in[suite.name]))


def test_the_page_has_every_difference() -> None:
    """`docs/divergences.md` has the rows of the table, and no others."""
    rows = re.findall(r"^\| `([^`]+)` \| (\w+) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(row["case"], row["whose"], row["why"]) for row in known()]
