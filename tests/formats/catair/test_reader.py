"""Reading CATAIR: what is taken, what is found, and where it is said to stand."""

from __future__ import annotations

import pytest

from gateway.finding import Severity
from gateway.formats.catair.format import FORMAT, redact
from gateway.specs import Limits
from gateway.tree import walk
from tests.formats.catair.support import BAD, GOOD, LENIENT, SPECS, case, change, errors, read, records

MASTER_HOUSE = case("SE/master-house.txt")


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_good_fixtures_read_without_findings_and_write_the_same(file):
    """A good fixture is records of 80, has no finding, and gives its own bytes again."""
    data = file.read_bytes()
    assert len(data) % 80 == 0
    assert FORMAT.sniff(data[:4096])
    found = read(data)
    assert [one.code for one in found.all_findings()] == []
    assert {one.message for one in found.transactions} == {file.parent.name}
    assert FORMAT.write(found, SPECS) == data


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_bad_fixtures_say_what_is_expected(file):
    """A bad fixture has the one error it was made for, or passes on to the rules."""
    wanted = file.with_suffix(".expect").read_text().split()
    found = errors(read(file.read_bytes()))
    assert found == [code for code in wanted if code.startswith("catair.")]


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_bad_fixtures_write_the_same_bytes(file):
    """What was read strictly is written as it came, however wrong it is."""
    data = file.read_bytes()
    assert FORMAT.write(read(data), SPECS) == data


@pytest.mark.parametrize("file", LENIENT, ids=lambda file: file.stem)
def test_lenient_reading_mends_and_says_so(file):
    """Line ends, cut blanks and lower case are mended, each with a repaired finding."""
    data = file.read_bytes()
    assert errors(read(data))
    found = read(data, lenient=True)
    assert errors(found) == []
    repairs = {one.problem for one in found.all_findings() if one.severity is Severity.REPAIRED}
    assert {"record/line-end", "record/cut-blanks"} <= repairs
    assert FORMAT.write(found, SPECS) == MASTER_HOUSE.encode()


@pytest.mark.parametrize("file", GOOD, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_spans_cut_the_value_itself(file):
    """The bytes of every leaf are its text."""
    data = file.read_bytes()
    leaves = 0
    for leaf in walk(read(data).root, ":"):
        assert leaf.span is not None
        assert data[leaf.span.start : leaf.span.end].decode("latin-1") == leaf.text
        leaves += 1
    assert leaves > 20


def test_the_tree_is_batch_block_transaction():
    """The root holds A, the block with its transaction, and Z."""
    found = read(MASTER_HOUSE)
    assert [child.name for child in found.root.children] == ["A", "B", "Z"]
    block = found.root.children[1]
    assert [child.name for child in block.children] == ["B", "SE", "Y"]
    assert [child.name for child in found.transactions[0].root.children] == [
        "SE10", "SE13", "SE15", "SE15", "SE20", "SE20", "SE30", "SE30", "SE30", "SE40",
    ]  # fmt: skip
    assert found.sender == "2704Q7Z"
    assert found.receiver == "CBP"
    assert found.control == "GW-0000017"
    assert found.transactions[0].control == "Q7Z00010429"


def test_a_leaf_is_asked_by_its_columns():
    """A record's node gives text and bytes by columns."""
    node = read(MASTER_HOUSE).transactions[0].root.children[0]
    assert node.get("37-38") == "11"
    assert node.get("1-80") == ""
    span = node.span("37-38")
    assert span is not None
    assert MASTER_HOUSE[span.start : span.end] == "11"


def test_the_application_id_chooses_the_layout():
    """The same record id is a tariff number in SE and a flag in AE."""
    found = read(change(MASTER_HOUSE, "B  2704", 11, "AE"))
    assert "catair.envelope/B:11-12/application/conflict" in errors(found)
    assert found.transactions[0].message == "AE"


def test_a_finding_knows_place_span_and_position():
    """A wrong code is shown with its bytes, its record's number in the batch and its column."""
    text = change(MASTER_HOUSE, "SE36TAICHUNG", 64, "QQ")
    (finding,) = read(text).transactions[0].findings
    assert finding.code == "catair.SE.v40/SE36:64-65/code/unknown"
    assert finding.place == "SE30/SE36:64-65"
    assert finding.span is not None
    assert text[finding.span.start : finding.span.end] == "QQ"
    assert finding.position == (11, 64)
    assert finding.transaction == 0


def test_occurrences_are_counted_in_places():
    """The second bill's fault is at SE15[2]."""
    text = change(MASTER_HOUSE, "SE15H", 73, "Q")
    (finding,) = read(text).transactions[0].findings
    assert finding.place == "SE15[2]:73"


def test_too_many_of_a_loop_is_said_once():
    """The thirteenth party of the header exceeds the loop."""
    rows = records(MASTER_HOUSE)
    party = next(row for row in rows if row.startswith("SE30BY"))
    at = rows.index(party)
    codes = ["SE", "BY", "ST", "LG", "CS", "CN", "SH", "EX", "DR", "PK", "MF", "BKP"]
    others = [party[:4] + code.ljust(3) + party[7:] for code in codes]
    text = "".join([*rows[: at - 3], *others, party, *rows[at + 2 :]])
    found = errors(read(text))
    assert found == ["catair.SE.v40/SE30/loop/exceeded", "catair.SE.v40/SE30:5-7/record/duplicate"]


def test_a_cancellation_takes_three_records():
    """A cancel request with lines has records out of sequence."""
    text = change(MASTER_HOUSE, "SE10A", 5, "D")
    assert "catair.SE.v40/SE15/record/sequence" in errors(read(text))


def test_a_transaction_without_its_header_is_told():
    """Records before the first SE10 are a transaction without a header."""
    rows = records(MASTER_HOUSE)
    text = "".join(row for row in rows if not row.startswith("SE10"))
    assert "catair.SE.v40/SE10/header/missing" in errors(read(text))


def test_the_password_is_nowhere_but_in_the_bytes():
    """Neither leaves nor findings show the password; redacted bytes have blanks for it."""
    secret = change(MASTER_HOUSE, "A2704", 9, "HUSH42")
    found = read(secret)
    assert "HUSH42" not in "".join(leaf.text for leaf in walk(found.root, ":"))
    assert FORMAT.write(found, SPECS) == secret.encode()
    odd = read(change(MASTER_HOUSE, "A2704", 9, "hush#2"))
    assert all("hush" not in str(one.as_json()).lower() for one in odd.all_findings())
    assert redact(secret.encode()) == MASTER_HOUSE.encode()
    assert redact((secret[:80].rstrip() + "\n" + secret[80:]).encode())[8:14] == b" " * 6


def test_an_application_without_tables_is_kept():
    """A known application that has no tables here is said to have none, and its bytes stay."""
    text = change(change(change(MASTER_HOUSE, "A2704", 26, "DE"), "B  2704", 11, "DE"), "Y  2704", 11, "DE")
    found = read(text)
    assert errors(found) == ["catair.envelope/application/not-described"]
    assert FORMAT.write(found, SPECS) == text.encode()


def test_limits_are_findings():
    """Too many bytes, records, transactions or findings end in a finding with the limit's name."""
    data = MASTER_HOUSE.encode()
    assert errors(read(data, limits=Limits(interchange_bytes_max=100)))[0].endswith("interchange_bytes_max")
    assert any(code.endswith("segments_max") for code in errors(read(data, limits=Limits(segments_max=5))))
    two = case("SE/in-bond-and-simple.txt")
    assert any(
        code.endswith("transactions_max") for code in errors(read(two, limits=Limits(transactions_max=1)))
    )
    noise = "A" + "x" * 799
    found = read(noise, limits=Limits(findings_max=3))
    assert len(found.all_findings()) == 4
    assert errors(found)[-1].endswith("findings_max")


def test_several_batches_are_read_in_one_transmission():
    """Batches follow each other; each has its own A, blocks and Z."""
    both = MASTER_HOUSE + case("SE/cancel.txt")
    found = read(both)
    assert errors(found) == []
    assert len(found.transactions) == 2
    assert FORMAT.write(found, SPECS) == both.encode()


def test_answers_with_unknown_codes_only_warn():
    """A disposition code that our list lacks is a warning, so that the answer still counts."""
    text = change(case("SO/hold.txt"), "SO60", 15, "XX")
    (finding,) = read(text).all_findings()
    assert finding.severity is Severity.WARNING


def test_an_answer_counts_its_records():
    """Y of an output block counts the records between B and Y."""
    text = change(case("SX/accepted.txt"), "Y", 13, "00009")
    assert errors(read(text)) == ["catair.envelope/Y:13-17/count/wrong"]


def test_preparer_fields_hang_together():
    """Preparer codes need the indicator, the same filer, and an application that takes them."""
    begin = records(MASTER_HOUSE)[1]
    base = change(MASTER_HOUSE, begin[:12], 47, "2709Q7Z")
    assert errors(read(base)) == ["catair.envelope/B:56/preparer/conflict"]
    assert errors(read(change(base, begin[:12], 56, "1"))) == []
    other = change(change(base, begin[:12], 56, "1"), begin[:12], 51, "Q7Y")
    assert errors(read(other)) == ["catair.envelope/B:51-53/preparer-filer/mismatch"]


@pytest.mark.parametrize(
    ("file", "header"),
    [
        ("SE/master-house.txt", "SE10"), ("AE/informal.txt", "10"), ("QP/short-ocean.txt", "10"),
        ("WP/arrival.txt", "10"), ("CB/single-transaction.txt", "10"), ("SO/hold.txt", "SO10"),
        ("AX/added.txt", "E0"),
    ],
)  # fmt: skip
def test_a_missing_header_is_told_once(file, header):
    """A block without the record that opens its transaction is told as header/missing alone."""
    rows = records(case(file))
    at = next(index for index, row in enumerate(rows) if row.startswith(header))
    del rows[at]
    found = [
        code for code in errors(read("".join(rows))) if code.endswith(("header/missing", "record/missing"))
    ]
    assert len(found) == 1
    assert found[0].endswith("header/missing")


@pytest.mark.parametrize(
    ("file", "record", "column", "address"),
    [("SE/master-house.txt", "SE10", 6, "SE10:6-8"), ("AE/informal.txt", "10", 4, "10:4-6")],
)
def test_a_blank_filer_is_missing_and_no_other(file, record, column, address):
    """Where the filer's columns are blank, the filer is missing; it is not told to be another filer as well."""
    found = errors(read(change(case(file), record, column, "   ")))
    assert [code.partition(f"{address}/")[2] for code in found] == ["usage/missing"]


def test_a_second_record_that_ends_a_loop_is_told_once():
    """A second PG51 of a group is one too many, and not out of sequence as well; nor is a third."""
    rows = records(case("SE/air-fda.txt"))
    at = max(index for index, row in enumerate(rows) if row.startswith("PG"))
    group = ["PG50".ljust(80), "PG51".ljust(80)]
    rows[at + 1 : at + 1] = group
    assert errors(read("".join(rows))) == []
    rows.insert(at + 3, group[1])
    assert errors(read("".join(rows))) == ["catair.SE.v40/PG51/loop/exceeded"]
    rows.insert(at + 3, group[1])
    assert errors(read("".join(rows))) == ["catair.SE.v40/PG51/loop/exceeded"]
