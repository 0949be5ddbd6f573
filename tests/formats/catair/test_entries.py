"""CATAIR as source and target: entries from anywhere as releases and summaries, answers as statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.flow.translate import load_tables, outgoing, take
from gateway.formats.catair.format import FORMAT
from gateway.specs import Limits
from gateway.tree import Envelope
from tests.formats.catair.support import FIXTURES, SPECS, errors, read, records

TABLES = load_tables()
JSON = [
    file
    for file in sorted((FIXTURES.parent / "json" / "entry").glob("*.json"))
    # What is filed as a summary or an arrival alone is in test_golden.py.
    if not file.name.startswith(("summary_", "in_bond_arrival"))
]
SUMMARIES = sorted((FIXTURES / "AE").glob("*.txt"))
RELEASES = sorted((FIXTURES / "SE").glob("*.txt"))
PROFILE = {
    "contact_name": "Dana Okafor", "contact_phone": "3105550100", "bond_type": "8", "signature": "X",
    "correlation": "GW-0000099",
}  # fmt: skip
ENVELOPE = Envelope(sender="2704Q7Z", receiver="CBP", control=99, at="2026-11-25T10:00:00Z", options=PROFILE)


def taken(file: Path):
    """Read a fixture to its entries."""
    return take(file.read_bytes(), TABLES, Limits())


def statuses(name: str) -> list[tuple[str, str | None, str | None]]:
    """Give code, meaning and reason of what an answer says."""
    (translation,) = taken(FIXTURES / name).translations
    return [(one.code, one.meaning, one.reason) for one in translation.entry.statuses]


@pytest.mark.parametrize("file", JSON, ids=lambda file: file.stem)
def test_an_entry_is_written_as_a_release(file):
    """Every JSON entry is a cargo release that reads without an error, in records of 80 characters."""
    for translation in taken(file).translations:
        sent = outgoing(translation.entry, "catair/SE", ENVELOPE, TABLES)
        assert [one.code for one in sent.findings if one.severity == "error"] == []
        rows = records(sent.data)
        assert {len(row) for row in rows} == {80}
        assert rows[1][59:].rstrip() == "GW-0000099"
        again = take(sent.data, TABLES, Limits())
        entry = again.translations[0].entry
        assert entry.number == translation.entry.number
        assert [line.description for line in entry.lines] == [
            FORMAT_TEXT(line.description) for line in translation.entry.lines
        ]


def FORMAT_TEXT(text):  # noqa: N802 - reads like the constant it stands for
    """Give a text as CATAIR writes it."""
    return None if text is None else text.upper()[:70]


@pytest.mark.parametrize("file", [*RELEASES, *SUMMARIES], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_was_read_is_written_anew_with_the_same_meaning(file):
    """An entry read from CATAIR and written as a new message reads as the same entry."""
    if file.stem in {"cancel", "delete"}:
        pytest.skip("a cancellation has nothing but its number")
    target = f"catair/{file.parent.name}"
    for translation in taken(file).translations:
        sent = outgoing(translation.entry, target, ENVELOPE, TABLES)
        assert [one.code for one in sent.findings if one.severity == "error"] == []
        again = take(sent.data, TABLES, Limits()).translations[0]
        mine, theirs = again.plain, translation.plain
        for name in ("number", "kind", "importer", "lines", "bonds", "transport", "releases"):
            assert mine.get(name) == theirs.get(name), name


def test_an_answer_says_accepted_or_rejected():
    """SX and AX give the decision as a status, with the conditions and their codes before it."""
    assert statuses("SX/accepted.txt") == [("02", "accepted", None)]
    assert statuses("SX/rejected.txt") == [
        ("11", "condition", "006"),
        ("11", "condition", "030"),
        ("01", "rejected", None),
    ]
    assert statuses("AX/added.txt") == [("995", "accepted", None)]
    assert [code for code, *_ in statuses("AX/rejected.txt")] == ["601", "998"]


def test_notices_say_what_became_of_the_goods():
    """SO gives hold, exam and release with their own codes; only 98 is the release."""
    assert [meaning for _, meaning, _ in statuses("SO/hold.txt")] == ["hold", "review"]
    assert [meaning for _, meaning, _ in statuses("SO/release.txt")] == ["hold-removed", "release"]
    assert [meaning for _, meaning, _ in statuses("SO/exam.txt")] == ["exam"]
    assert [meaning for _, meaning, _ in statuses("SO/agency.txt")] == ["admissible", "may-proceed"]


def test_other_answers_give_statuses_too():
    """In-bond, bond, query and summary notices each give their decision."""
    assert [meaning for _, meaning, _ in statuses("QT/accepted.txt")] == ["accepted"]
    assert [meaning for _, meaning, _ in statuses("WT/accepted.txt")] == ["accepted"]
    assert statuses("CX/new-bond.txt")[-1][:2] == ("992", "accepted")
    assert [meaning for _, meaning, _ in statuses("UC/quota.txt")] == ["quota", "accepted"]
    assert [meaning for _, meaning, _ in statuses("C1/entry-status.txt")] == ["on-file", "release"]
    assert [code for code, *_ in statuses("C1/not-found.txt")] == ["950"]


def test_what_does_not_fit_is_told_where_it_was_written():
    """A release from an entry with long and foreign text says in its envelope what was changed."""
    (translation,) = taken(FIXTURES.parent / "json" / "entry" / "fda.json").translations
    entry = translation.entry.model_copy(
        update={"lines": (translation.entry.lines[0].model_copy(update={"description": "Røkt laks " * 12}),)}
    )
    sent = outgoing(entry, "catair/SE", ENVELOPE, TABLES)
    assert b"ROKT LAKS ROKT LAKS" in sent.data
    assert errors(read(sent.data)) == []
    assert FORMAT.write(read(sent.data), SPECS) == sent.data
