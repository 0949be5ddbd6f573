"""Answers with every column filled: each is a status, or part of one, and nothing is left over."""

from __future__ import annotations

import pytest

from gateway.flow.canonical import document, read_document
from gateway.flow.translate import load_tables, restore, take
from gateway.specs import Limits
from tests.formats.catair.generated import cases, good
from tests.formats.catair.support import case, errors, records

TABLES = load_tables()
RECORDS = {one.name: good(one) for one in cases()} | {"condition": f"{'SE9011006INVALID ENTRY NUMBER':80}"}
# A fixture, the record behind which the others stand, and those.
ANSWERS = {
    "release": ("SO/agency.txt", "SO30", [
        "SO.v21/SO40", "SO.v21/SO42", "SO.v21/SO42", "SO.v21/SO42", "SO.v21/SO50", "SO.v21/SO60",
        "SO.v21/SO70[79-80=04]", "SO.v21/SO71", "SO.v21/SO71", "SO.v21/SO72", "SO.v21/SO72",
    ]),
    "release-before-September-2025": ("SO/agency.txt", "SO60", ["SO.v21/SO70[79-80=!04]", "SO.v21/SO71"]),
    "summary": ("UC/documents.txt", "E1", [
        "UC.v30/E2", "UC.v30/E3", "UC.v30/E4", "SO.v21/SO70[79-80=04]", "SO.v21/SO71",
    ]),
    "release-without-bill": ("SO/agency.txt", "SO30", ["SO.v21/SO42", "SO.v21/SO42", "SO.v21/SO50"]),
    "bond": ("CX/new-bond.txt", "30", [f"CB.v1.9/{record}" for record in (35, 36, 36, 40, 45, 46)]),
    "importer": ("KR/with-bond.txt", "K1", [
        "KR.v7/K2", "KR.v7/K3", "KR.v7/K4", "KR.v7/K5", "KR.v7/K6", "KR.v7/K7", "KR.v7/K8", "KR.v7/K8",
    ]),
    "on-the-way": ("NS/arrived.txt", "10", ["NS.v51/NS40", "NS.v51/NS40", "NS.v51/NS60", "NS.v51/NS60"]),
    "in-bond": ("QT/rejected.txt", "30A", [
        "QT.v51/QT95", "QP.v51/QP40", "QT.v51/QT95", "QP.v51/QP65", "QT.v51/QT95", "QP.v51/QP76",
    ]),
    "security-filing": ("SX/rejected.txt", "SE9011030", [
        "SE.v40/SF10", "condition", "SE.v40/SF30", "condition", "SE.v40/SF36", "condition",
    ]),
}  # fmt: skip


def whole(fixture, after, names):
    """Give a fixture with further records, those of the same name that it had taken out."""
    made = [RECORDS[name] for name in names]
    out = tuple(
        {row[:4] if row.startswith("SO") else row[:2] for row in made} - {"30", "40", "65", "76", "SF", "SE"}
    )
    if fixture.startswith("CX"):
        out = ("40",)
    rows = [row for row in records(case(fixture)) if not out or not row.startswith(out)]
    at = next(turn for turn, row in enumerate(rows) if row.startswith(after)) + 1
    rows[at:at] = made
    last = len(rows) - 2
    if rows[last][12:17].strip():
        rows[last] = f"{rows[last][:12]}{last - 2:05}{rows[last][17:]}"
    return "".join(rows).encode()


@pytest.mark.parametrize("name", ANSWERS)
def test_every_column_of_an_answer_has_its_place(name):
    """All leaves are mapped, ignored with a reason or control; the kept message is the same bytes."""
    data = whole(*ANSWERS[name])
    taken = take(data, TABLES, Limits())
    assert errors(taken.interchange) == []
    (first,) = taken.translations
    assert first.findings == ()
    assert [leaf.address for leaf in first.unmapped] == []
    kept = read_document(document(taken).encode())
    assert restore(first.mapping, kept.interchange, kept.roots, kept.entries, TABLES).data == data


def test_what_an_agency_says_further_is_part_of_its_status():
    """SO70 to SO72 give program, line, document, reasons and comments of one status."""
    (first,) = take(case("SO/agency.txt").encode(), TABLES, Limits()).translations
    status = next(one for one in first.entry.statuses if one.agency == "FDA")
    assert (status.program, status.meaning) == ("FOO", "may-proceed")
    assert status.comments == ("NO FURTHER INFORMATION NEEDED",)
    assert [one.sequence for one in status.pointers] == [1, 1]
