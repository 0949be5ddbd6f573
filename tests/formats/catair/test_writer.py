"""Writing CATAIR: exact columns, fitted texts, and the envelope."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.finding import Severity
from gateway.formats.catair.format import FORMAT
from gateway.formats.catair.nodes import RecordNode, padded
from gateway.formats.catair.record import compose
from gateway.formats.catair.text import fit, fits, transliterate
from gateway.formats.catair.writer import record_text
from gateway.mapping.residue import thaw
from gateway.specs import SpecError
from gateway.specs.letters import letters
from gateway.tree import Draft, Envelope, Node, walk
from tests.formats.catair.support import GOOD, SPECS, case, errors, read, records

TABLE = letters(SPECS.root)
AT = "2026-11-25T10:00:00+00:00"


def made(interchange, *values) -> Node:
    """Copy a transaction as a mapping would have made it: names and leaves, no bytes."""
    source = interchange.transactions[0].root

    def copy(node):
        fresh = Draft(node.name)
        fresh.values.update({key: text for key, text in node.values.items() if not _constant(node, key)})
        fresh.children = [copy(child) for child in node.children]
        return fresh

    return copy(source)


def _constant(node, key) -> bool:
    form = getattr(node, "form", None)
    return form is not None and bool(form.by_key[key.partition("#")[0]].constant)


@pytest.mark.parametrize(
    "file", [one for one in GOOD if one.parent.name in {"SE", "AE"}], ids=lambda f: f.stem
)
def test_a_tree_that_was_made_is_written_like_the_fixture(file):
    """Leaves alone, without padding and record ids, give the fixture's transaction again."""
    data = file.read_bytes()
    found = read(data)
    options = {"site": data[1:5].decode(), "correlation": found.control}
    envelope = Envelope(sender="", receiver="CBP", control=1, at=AT, options=options)
    message, version = found.transactions[0].message, found.transactions[0].version
    built = FORMAT.envelop(message, version, [made(found)], envelope, SPECS)
    again = FORMAT.write(built, SPECS)
    assert [one.severity for one in built.findings] == []
    first = [row for row in records(data)[2:] if row[0] not in "ABYZ"]
    wanted = first[: len(records(again)) - 4]
    assert records(again)[2:-2] == wanted
    assert records(again)[0] == records(data)[0]


def test_envelop_fills_the_control_records():
    """Options go to their columns, the date comes from the instant, counts only into answers."""
    body = Node("SE", children=[Node("SE10", {"5": "A", "6-8": "Q7Z", "11-18": "00010429", "20-21": "01"})])
    options = {
        "site": "2704", "id": "Q7Z", "port": "2709", "filer": "Q7Z",
        "password": "HUSH42", "office": "01", "correlation": "abc-1",
    }  # fmt: skip
    envelope = Envelope(sender="", receiver="CBP", control=7, at=AT, options=options)
    built = FORMAT.envelop("SE", "v40", [body], envelope, SPECS)
    rows = [row.rstrip() for row in records(FORMAT.write(built, SPECS))]
    assert rows[0] == "A2704Q7ZHUSH42112526     SE          01                    ABC-1"
    assert rows[1] == "B  2709Q7ZSE                                01             ABC-1"
    assert rows[-2] == "Y  2709Q7ZSE                                01"
    assert rows[-1] == "Z2704Q7Z      112526                 01"


def test_without_options_the_header_and_control_number_serve():
    """Port and filer come from the header, the correlation from the control number."""
    header = Node("SE10", {"5": "A", "6-8": "Q7Z", "11-18": "00010429", "50-54": "2704"})
    envelope = Envelope(sender="", receiver="CBP", control=42, at=AT)
    built = FORMAT.envelop("SE", "v40", [Node("SE", children=[header])], envelope, SPECS)
    rows = records(FORMAT.write(built, SPECS))
    assert rows[1].startswith("B  2704Q7ZSE")
    assert rows[1][59:].rstrip() == "GW-0000042"


def test_the_number_of_a_made_block_is_the_one_that_is_read():
    """In-bond puts its number at the right edge of the columns; the blanks before it are no part of it."""
    body = Node("QP", children=[Node("QP10", {"5": "A"})])
    envelope = Envelope(sender="2704Q7Z", receiver="CBP", control=42, at=AT)
    built = FORMAT.envelop("QP", "v51", [body], envelope, SPECS)
    assert built.control == "GW-0000042"
    assert read(FORMAT.write(built, SPECS)).control == built.control


def test_answers_count_their_records():
    """Y of SX counts the records between B and Y; A has no password."""
    body = Node("SX", children=[Node("SE90", {"5-6": "02", "10-49": "SE DATA ACCEPTED"})])
    envelope = Envelope(
        sender="CBP", receiver="2704Q7Z", control=1, at=AT,
        options={"port": "2704", "filer": "Q7Z", "password": "HUSH42"},
    )  # fmt: skip
    rows = records(FORMAT.write(FORMAT.envelop("SX", "v40", [body], envelope, SPECS), SPECS))
    assert rows[3][12:17] == "00001"
    assert "HUSH42" not in "".join(rows)


def test_every_record_of_a_made_message_is_80_characters():
    """However long or strange the values, each record has 80 characters and each change is told."""
    line = Node("SE40", {"5-7": "1", "8-9": "fr", "11-80": "Crème brûlée — “gros œuvre” " * 9})
    party = Node("SE30", {"5-7": "SE", "8-42": "Société Générale des Eaux Minérales de Bourgogne"})
    body = Node("SE", children=[party, line, Node("SE60", {"5-14": "2106909985", "15-24": "123456789012"})])
    envelope = Envelope(sender="", receiver="CBP", control=1, at=AT, options={"port": "2704", "filer": "Q7Z"})
    built = FORMAT.envelop("SE", "v40", [body], envelope, SPECS)
    rows = records(FORMAT.write(built, SPECS))
    assert {len(row) for row in rows} == {80}
    assert "SE30SE SOCIETE GENERALE DES EAUX MINERALES" in rows[2]
    assert rows[3].startswith('SE40001FR CREME BRULEE - "GROS OEUVRE"')
    problems = {one.problem: one.severity for one in built.findings}
    assert problems["text/cut"] is Severity.WARNING
    assert problems["number/too-long"] is Severity.ERROR
    assert problems["text/upper-case"] is Severity.INFO
    assert all(one.expected != one.actual for one in built.findings)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Łódź", "LODZ"),
        ("Straße", "STRASSE"),
        ("Ærø Å", "AERO A"),
        ("naïve \u2013 “x”", 'NAIVE - "X"'),
        ("½", "1?2"),
        ("東京", "??"),
        ("A\tB", "A?B"),
        ("5¢", "5\xa2"),
    ],
)
def test_transliteration(text, written):
    """Accents come off, known letters are written out, the rest is a question mark."""
    assert transliterate(text, TABLE) == written


def test_numbers_are_never_cut():
    """A number that is too long is left out with an error; zeros in front do not count."""
    message = SPECS.message("catair", "SE", "v40")
    field = message.records["SE60"].layout.by_key["15-24"]
    assert fit(field, "00000000000012", TABLE).text == "0000000012"
    assert fit(field, "12345678901", TABLE).severity is Severity.ERROR
    assert fit(field, "12.5", TABLE).problem == "number/invalid"
    assert fit(field, "", TABLE) == ("", "", "", Severity.INFO)


RECORDS = [
    (record, layout)
    for message, version in (("SE", "v40"), ("AE", "v109"))
    for record in SPECS.message("catair", message, version).records.values()
    for _, layout in record.layouts
]


@pytest.mark.parametrize(
    ("usual", "own", "port"),
    [
        ("2704", "2720", "2704"),
        ("2704", "3901", "3901"),
        ("4601", "1001", "4601"),
        ("2704", "", "2704"),
        ("", "3901", "3901"),
    ],
)
def test_a_block_is_processed_in_the_district_of_its_entries(usual, own, port):
    """The profile's port stands unless the entry is of another district; 10, 46 and 47 go together."""
    header = {"5": "A", "6-8": "Q7Z", "11-18": "00010429", "20-21": "01", "50-54": own}
    body = Node("SE", children=[Node("SE10", {key: text for key, text in header.items() if text})])
    envelope = Envelope(
        sender="2704Q7Z", receiver="CBP", control=1, at=AT, options={"port": usual} if usual else {}
    )
    built = FORMAT.envelop("SE", "v40", [body], envelope, SPECS)
    row = next(row for row in records(FORMAT.write(built, SPECS)) if row.startswith("B"))
    assert row[3:7] == port


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(RECORDS), st.integers(0, 30), st.text("AZ09 a-é", max_size=24))
def test_what_fits_at_one_look_is_not_changed(where, turn, text):
    """A text that is passed over is one that fitting would have left as it is, without a word."""
    leaves = list(where[0].leaves().values())
    field = leaves[turn % len(leaves)]
    if text and fits(where[0].room, {field.key: text}):
        assert fit(field, text, TABLE) == (text, "", "", Severity.INFO)


def told(node):
    """Say where a record's padding is not ours, field by field, without any short cut."""
    words = [f"n{len(node.text)}"] if len(node.text) < 80 else []
    for field in node.form.fields:
        raw = field.cut(node.text)
        text = raw.strip(" ")
        if not text and field.zero:
            words.append(f"e{field.key}")
        elif text and not field.secret and padded(field, text) != raw:
            words.append(f"i{field.key}={len(raw) - len(raw.lstrip(' '))}")
    return ",".join(words)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(RECORDS), st.lists(st.sampled_from(["  ", " ", "0", "7", "A", "12345678"]), max_size=60)
)
def test_padding_is_told_field_by_field(where, pieces):
    """What is told of a record's padding is what each field says, for full records and for short ones."""
    record, layout = where
    node = RecordNode(record.name, "".join(pieces)[:80], 0, layout)
    assert node.layout == told(node)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(RECORDS), st.data())
def test_a_record_without_odd_padding_is_laid_out_field_by_field(where, data):
    """Laying out from the table of fields gives each field padded by its class, and blanks or zeros where none is."""
    record, _ = where
    if record.layout is None:
        return
    fields = record.layout.fields
    values = {field.key: data.draw(st.sampled_from(["", "7", "0012", "AB", "A1 " * 30])) for field in fields}
    parts = []
    for field in fields:
        value = values[field.key] or field.constant
        parts.append(padded(field, value) if value else ("0" if field.zero else " ") * field.width)
    assert compose(record, values) == "".join(parts)


def test_letters_and_digits_fields_lose_their_punctuation():
    """A contact's name has no apostrophe on the wire, and that is told."""
    message = SPECS.message("catair", "SE", "v40")
    fitted = fit(message.records["SE13"].layout.by_key["5-44"], "Ann O'Brien-Low", TABLE)
    assert fitted.text == "ANN O BRIEN LOW"
    assert fitted.problem == "text/cleaned"


def test_no_tables_no_envelope():
    """An application without tables cannot be written."""
    with pytest.raises(SpecError):
        FORMAT.envelop("DE", "v1", [Node("DE")], Envelope(sender="", receiver="", control=1, at=AT), SPECS)


def test_padding_of_the_sender_survives_a_kept_tree():
    """A kept copy of a tree, leaves and layout, writes the bytes that were read, odd padding too."""
    text = case("SE/three-bills.txt")
    rows = records(text)
    at = next(index for index, row in enumerate(rows) if row.startswith("SE30SE"))
    rows[at] = "SE30SE  HARBOUR GATE".ljust(80)
    found = read("".join(rows))

    def keep(node):
        kept = Draft(node.name, layout=node.layout, fresh=False)
        kept.values.update(node.values)
        kept.children = [keep(child) for child in node.children]
        return kept

    pairs = []

    def twin(node, kept):
        pairs.append((id(node), kept))
        for child, below in zip(node.children, kept.children, strict=True):
            twin(child, below)

    root = keep(found.root)
    twin(found.root, root)
    by_id = dict(pairs)
    for transaction in found.transactions:
        transaction.root = by_id[id(transaction.root)]
    found.root = root
    assert FORMAT.write(found, SPECS).decode("latin-1") == "".join(rows)
    assert errors(read("".join(rows))) == []
    assert any(leaf.text == "HARBOUR GATE" for leaf in walk(root, ":"))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_what_is_passed_on_has_the_records_as_they_came(path):
    """A copy of what was read is written with the same 80 characters for each record, changed or not."""
    interchange = read(path.read_bytes())
    spec = [SPECS.message("catair", one.message, one.version) for one in interchange.transactions]
    for one, tables in zip(interchange.transactions, spec, strict=True):
        copied = [record_text(node, tables.records) for node in drafts(thaw(one.root))]
        assert copied == [node.text for node in drafts(one.root)]


def drafts(node):
    """Give the records of a tree, copied or read."""
    own = [node] if node.values or isinstance(node, RecordNode) else []
    return own + [inner for child in node.children for inner in drafts(child)]
