"""The bad fixtures: one for each kind of fault, each with the CONTRL that it deserves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gateway.finding import Severity
from gateway.specs.edifact_service import ack_codes
from gateway.tree import walk
from tests.formats.edifact.golden import acknowledged, bad
from tests.formats.edifact.support import FIXTURES, SPECS, errors, read

if TYPE_CHECKING:
    from pathlib import Path

# Without a UNB nobody is there to answer; CONTRL and AUTACK are never answered.
UNANSWERED = {"no-unb", "una-one-character-twice"}
ENDS = ("contrl-", "autack-")
MESSAGES = ("APERAK", "AUTACK", "CONTRL", "CUSCAR", "CUSDEC", "CUSREP", "CUSRES")
# What can be wrong with any message, whatever it says.
KINDS = ("segment/unknown", "segment/missing", "segment/too-many", "element/missing", "element/too-long",
         "type/", "message/count")  # fmt: skip
# No file of its own: nothing at all, what a service finds that remembers, dependencies that no table has.
ELSEWHERE = {
    "envelope/empty", "sequence/duplicate",
    "relation/D1", "relation/D3", "relation/D4", "relation/D6", "relation/D7",
}  # fmt: skip


@pytest.mark.parametrize("file", bad(), ids=lambda file: file.stem)
def test_the_golden_contrl(file: Path) -> None:
    """The CONTRL is the one beside the file, reads without error, and accepts nothing of it."""
    said = acknowledged(file.read_bytes())
    if file.stem in UNANSWERED or file.stem.startswith(ENDS):
        assert said == b""
        return
    assert said == file.with_suffix(".ack").read_bytes()
    assert errors(said) == []
    assert "4" in {leaf.text for leaf in walk(read(said).root, ":") if leaf.key == "0083"}


def test_every_kind_of_fault_has_a_fixture() -> None:
    """Each problem that the tables know as an error stands in one of the files, limits apart."""
    seen = {code for file in bad() for code in file.with_suffix(".expect").read_text("utf-8").split()}
    problems = {"/".join(code.rsplit("/", 2)[-2:]) for code in seen}
    wanted = {
        problem
        for problem, row in ack_codes(SPECS.root).items()
        if not row.severity and not problem.startswith("limit/")
    }
    assert wanted - problems == ELSEWHERE


@pytest.mark.parametrize("file", bad(), ids=lambda file: file.stem)
def test_every_error_has_clause_place_bytes_and_code(file: Path) -> None:
    """Who corrects a file is told by which clause, where, and what CONTRL calls it."""
    data = file.read_bytes()
    codes = ack_codes(SPECS.root)
    for one in read(data).all_findings():
        assert one.clause.startswith("edifact.")
        assert one.place
        assert one.message
        assert one.span is not None
        assert 0 <= one.span.start <= one.span.end <= len(data)
        assert codes[one.problem].code or one.severity is Severity.INFO


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_has_three_good_files_and_a_bad_one_of_every_kind(message: str) -> None:
    """Structure, presence, length, type and count are each wrong in a file of the message's own."""
    assert len(list((FIXTURES / message).glob("*.edi"))) >= 3
    told = {code for file in bad() for code in file.with_suffix(".expect").read_text("utf-8").split()}
    mine = [code.rsplit("/", 2) for code in told if code.startswith(f"edifact.{message}.")]
    missing = [kind for kind in KINDS if not any("/".join(one[-2:]).startswith(kind) for one in mine)]
    assert missing == []
