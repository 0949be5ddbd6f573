"""Each word of the table language, read and written over a toy message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.entry import plain_of
from gateway.mapping import translate, write
from gateway.mapping.residue import from_json, to_json
from gateway.tree import Node, Transaction, walk
from tests.mapping.test_table import SPEC, compiled

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.mapping import Mapping, Translation


def seg(name: str, *texts: str) -> Node:
    """Make a segment from its elements, from 01."""
    return Node(name, {f"{i:02}": text for i, text in enumerate(texts, 1) if text})


def msg(*children: Node) -> Node:
    """Make a toy message."""
    return Node("MSG", children=list(children))


def bill(number: str, *more: Node) -> Node:
    """Make a bill's loop."""
    return Node("BL", children=[seg("BL", number), *more])


def equipment(number: str, *goods: str) -> Node:
    """Make a container's loop with its goods; a text with + in front continues the one before."""
    turns = [
        Node("GD", children=[seg("GD", text[1:]) if text.startswith("+") else seg("GD", text, "8501104020")])
        for text in goods
    ]
    return Node("EQ", children=[seg("EQ", number[:4], number[4:]), *turns])


def read(mapping: Mapping, root: Node) -> Translation:
    """Translate a toy message."""
    return translate(mapping, Transaction(message="MSG", version="1", control="1", root=root))


def shape(root: Node) -> list[tuple[str, str]]:
    """Show a tree as addresses and texts."""
    return [(leaf.address, leaf.text) for leaf in walk(root, SPEC.separator)]


def again(mapping: Mapping, root: Node) -> Translation:
    """Read, keep, write back, and hold the two trees against each other."""
    result = read(mapping, root)
    kept = from_json(to_json(result.residue))
    assert shape(write(mapping, plain_of(result.entry), kept).root) == shape(root)
    return result


BILLS = """
each BL  bills[]  key number
  BL-01  number
  QT-01  quantity.value  decimal
  each EQ  /equipment[]  key number  in equipment[]
    EQ-01+EQ-02  number  cut 4
    EQ-03  kind
    each GD  /lines[]  by bills[] equipment[]
      ordinal  number
      GD-01  description  wrap 5
      GD-02  tariffs[0].number
      set GD-03  "J"
"""

LOADING = compiled(BILLS)


def test_loops_become_lists_with_links() -> None:
    """A line under a container under a bill names both, and the bill names its containers."""
    root = msg(
        bill("B1", equipment("AAAU1234567", "ab", "cd"), equipment("BBBU1234567", "ef")),
        bill("B2", equipment("AAAU1234567", "gh")),
    )
    entry = read(LOADING, root).entry
    assert [(b.number, b.equipment) for b in entry.bills] == [
        ("B1", ("AAAU1234567", "BBBU1234567")),
        ("B2", ("AAAU1234567",)),
    ]
    assert [e.number for e in entry.equipment] == ["AAAU1234567", "BBBU1234567"]
    assert [(line.number, line.description, line.bills, line.equipment) for line in entry.lines] == [
        (1, "ab", ("B1",), ("AAAU1234567",)),
        (2, "cd", ("B1",), ("AAAU1234567",)),
        (3, "ef", ("B1",), ("BBBU1234567",)),
        (4, "gh", ("B2",), ("AAAU1234567",)),
    ]


def test_loops_are_written_where_they_were() -> None:
    """Lists written onto the kept message give the same tree, shared containers included."""
    again(
        LOADING,
        msg(
            bill(
                "B1", seg("QT", "007.50"), equipment("AAAU1234567", "ab"), equipment("BBBU1234567", "c", "d")
            ),
            bill("B2", equipment("AAAU1234567", "gh")),
        ),
    )


def test_a_message_made_anew() -> None:
    """Without a kept message loops are made in the order of the spec, constants in place."""
    mapping = LOADING
    first = read(mapping, msg(bill("B1", equipment("AAAU1234567", "ab"))))
    written = write(mapping, plain_of(first.entry))
    assert shape(written.root) == [
        ("BL/BL-01", "B1"),
        ("BL/EQ/EQ-01", "AAAU"),
        ("BL/EQ/EQ-02", "1234567"),
        ("BL/EQ/GD/GD-01", "ab"),
        ("BL/EQ/GD/GD-02", "8501104020"),
        ("BL/EQ/GD/GD-03", "J"),
    ]
    assert written.unwritten == ()


def test_texts_that_wrap() -> None:
    """A text goes on in turns with nothing else in them: joined by a blank only where a piece was short."""
    root = msg(bill("B1", equipment("AAAU1234567", "abcde", "+fgh", "+ij")))
    assert [line.description for line in read(LOADING, root).entry.lines] == ["abcdefgh ij"]
    again(LOADING, root)


def test_long_texts_are_cut() -> None:
    """A text that is too long goes on in further turns behind its own."""
    mapping = LOADING
    entry = {
        "bills": [{"number": "B1", "equipment": ["AAAU1234567"]}],
        "equipment": [{"number": "AAAU1234567"}],
        "lines": [
            {"number": 1, "description": "abcdefgh", "bills": ["B1"], "equipment": ["AAAU1234567"]},
            {"number": 2, "description": "xy", "bills": ["B1"], "equipment": ["AAAU1234567"]},
        ],
    }
    texts = [text for address, text in shape(write(mapping, entry).root) if address.endswith("GD-01")]
    assert texts == ["abcde", "fgh", "xy"]


def test_agree_reads_one_and_reports_the_other() -> None:
    """Copies make one value; a copy that differs stays unmapped and is a finding."""
    mapping = compiled("NM[01=CN]-02  consignee.name  agree")

    def party(name: str) -> Node:
        return Node("NM", children=[seg("NM", "CN", name)])

    result = read(mapping, msg(party("ACME"), party("ACME"), party("OTHER")))
    assert result.entry.consignee is not None
    assert result.entry.consignee.name == "ACME"
    assert [leaf.text for leaf in result.unmapped] == ["OTHER"]
    assert [finding.problem for finding in result.findings] == ["agree/differs"]
    again(mapping, msg(party("ACME"), party("ACME"), party("OTHER")))


def test_qualifiers_are_control_and_are_written() -> None:
    """A condition's leaf is control when read, and set when the node is made."""
    mapping = compiled("NM[01=IM|IO]-02  importer.name\nNM[01=IM|IO]/AD-01  importer.address.city")
    root = msg(Node("NM", children=[seg("NM", "IO", "ACME"), seg("AD", "ROME")]))
    result = again(mapping, root)
    assert {row.leaf.text: row.category for row in result.coverage} == {
        "IO": "control", "ACME": "mapped", "ROME": "mapped",
    }  # fmt: skip
    assert shape(write(mapping, plain_of(result.entry)).root)[0] == ("NM/NM-01", "IM")


def test_codes(tmp_path: Path) -> None:
    """One code gives several values and back; an unknown one stays unmapped and is a finding."""
    (tmp_path / "t.csv").write_text("code,mode,containerized\nO,11,true\nS,10,false\n")
    mapping = compiled("HD-01  transport.mode transport.containerized  codes t", tmp_path)
    result = again(mapping, msg(seg("HD", "O")))
    assert result.plain == {"transport": {"mode": "11", "containerized": True}}
    unknown = again(mapping, msg(seg("HD", "Q")))
    assert [leaf.text for leaf in unknown.unmapped] == ["Q"]
    assert [finding.problem for finding in unknown.findings] == ["convert/failed"]


def test_what_the_model_refuses() -> None:
    """A value that the model does not take is cut out, stays in the message, and is a finding at its place."""
    mapping = compiled("HD-01  transport.nationality\nHD-02  transport.carrier")
    result = again(mapping, msg(seg("HD", "Norway", "NISC")))
    assert result.plain == {"transport": {"carrier": "NISC"}}
    assert [leaf.text for leaf in result.unmapped] == ["Norway"]
    assert result.findings[0].path == "transport.nationality"


def test_near_needs_leave() -> None:
    """A near value is read with a note, and written only by the profile's leave."""
    mapping = compiled('HD-01  transport.carrier  ~ "the operator, not the carrier"')
    result = again(mapping, msg(seg("HD", "NISC")))
    assert [finding.problem for finding in result.findings] == ["near/read"]
    withheld = write(mapping, result.plain)
    assert shape(withheld.root) == []
    assert withheld.unwritten == ("transport.carrier",)
    assert shape(write(mapping, result.plain, near=True).root) == [("HD-01", "NISC")]


def test_the_senders_own_form_is_kept() -> None:
    """A value written in another form than ours goes back as it was, and changes when the entry does."""
    mapping = compiled("HD-01  totals.lines  int")
    result = again(mapping, msg(seg("HD", "007")))
    assert result.plain == {"totals": {"lines": 7}}
    changed = write(mapping, {"totals": {"lines": 8}}, from_json(to_json(result.residue)))
    assert shape(changed.root) == [("HD-01", "8")]


def test_ignored_and_default_and_constant() -> None:
    """Ignored leaves have their reason, a default is no value, a constant is control."""
    mapping = compiled(
        'HD-01  transport.carrier  default "NONE"\nset HD-02  "X"\nignore HD-03  "a date of no use"\nHD-04  zone\n'
    )
    result = again(mapping, msg(seg("HD", "NONE", "X", "Y")))
    assert result.plain == {}
    assert {row.leaf.key: (row.category, row.why) for row in result.coverage} == {
        "01": ("control", ""), "02": ("control", ""), "03": ("ignored", "a date of no use"),
    }  # fmt: skip
    assert shape(write(mapping, {"zone": "Z"}).root) == [("HD-01", "NONE"), ("HD-02", "X"), ("HD-04", "Z")]


def test_selected_items_and_positions() -> None:
    """An item is chosen by its scheme; a position stands for the key of the item in a list."""
    mapping = compiled(
        "NM[01=IM]-02  importer.identifiers[scheme=irs].value\n"
        "HD-01  port[scheme=schedule-d].code\n"
        "each BL  equipment[]\n  BL-01  number\n"
        "RF[01=E]-02  consignee.identifiers[scheme=x].value\n"
    )
    root = msg(
        seg("HD", "2304"), seg("RF", "E", "9"), Node("NM", children=[seg("NM", "IM", "12-3")]), bill("E1")
    )
    result = again(mapping, root)
    assert result.plain["importer"] == {"identifiers": [{"scheme": "irs", "value": "12-3"}]}
    assert result.plain["port"] == {"scheme": "schedule-d", "code": "2304"}


WORDS = st.text("AB", min_size=1, max_size=3)
TEXTS = st.text("abc ", min_size=1, max_size=5).map(str.strip).filter(bool)
GOODS = st.lists(st.builds(str.__add__, st.sampled_from(["", "", "+"]), TEXTS), min_size=1, max_size=4)
EQUIPMENT = st.lists(st.tuples(st.sampled_from(["AAAU1", "BBBU2", "CCCU3"]), GOODS), max_size=3)
MESSAGES = st.lists(st.tuples(WORDS, EQUIPMENT), max_size=4)


@given(MESSAGES)
@settings(deadline=None)
def test_any_message_comes_back(message: list[tuple[str, list[tuple[str, list[str]]]]]) -> None:
    """Whatever is in the loops, the kept message written back is the same message."""
    root = msg(*(bill(number, *(equipment(e, *goods) for e, goods in below)) for number, below in message))
    again(LOADING, root)


@given(MESSAGES)
@settings(deadline=None)
def test_reading_what_was_made(message: list[tuple[str, Any]]) -> None:
    """An entry written as a new message and read again is the same, when every value had a place."""
    mapping = LOADING
    root = msg(
        *(
            bill(f"{i}{number}", *(equipment(e, *goods) for e, goods in below))
            for i, (number, below) in enumerate(message)
        )
    )
    first = read(mapping, root)
    written = write(mapping, plain_of(first.entry))
    if not written.unwritten and len({line.bills for line in first.entry.lines}) <= 1:
        assert [b.number for b in read(mapping, written.root).entry.bills] == [
            b.number for b in first.entry.bills
        ]


def test_two_loops_feed_one_list() -> None:
    """`items[f=V]`: each loop writes back the items that it brought."""
    mapping = compiled("each BL  statuses[list=b]\n  BL-01  code\neach NM  statuses[list=n]\n  NM-02  code\n")
    root = msg(Node("NM", children=[seg("NM", "", "N1")]), bill("B1"), bill("B2"))
    result = again(mapping, root)
    assert [(s["list"], s["code"]) for s in result.plain["statuses"]] == [
        ("n", "N1"),
        ("b", "B1"),
        ("b", "B2"),
    ]


def test_a_value_goes_back_where_it_was_read() -> None:
    """Where two rows can bring one value, a kept message gets it back in the place that had it."""
    mapping = compiled("HD-01  zone\nHD-02  zone  read")
    assert again(mapping, msg(seg("HD", "", "Z"))).plain == {"zone": "Z"}
    assert again(mapping, msg(seg("HD", "Z"))).plain == {"zone": "Z"}
    assert shape(write(mapping, {"zone": "Z"}).root) == [("HD-01", "Z")]


def test_one_segment_with_two_qualified_pairs() -> None:
    """Two rows whose qualifiers stand in one new segment share it."""
    mapping = compiled("HD[01=TE]-02  broker.contact.phone\nHD[03=EM]-04  broker.contact.email")
    plain = {"broker": {"contact": {"phone": "1", "email": "a@b"}}}
    assert shape(write(mapping, plain).root) == [
        ("HD-01", "TE"),
        ("HD-02", "1"),
        ("HD-03", "EM"),
        ("HD-04", "a@b"),
    ]


def test_other_codes_stand_for_themselves(tmp_path: Path) -> None:
    """With a row `*` a code that the table does not name is kept as it is, both ways."""
    (tmp_path / "t.csv").write_text("code,zone\nA,alpha\n*,\n")
    mapping = compiled("HD-01  zone  codes t", tmp_path)
    assert again(mapping, msg(seg("HD", "A"))).plain == {"zone": "alpha"}
    assert again(mapping, msg(seg("HD", "Q7"))).plain == {"zone": "Q7"}


def test_lists_without_gaps() -> None:
    """Texts of a list by number close up, and go back to the leaves that had them."""
    mapping = compiled(
        "NM[1]/AD-01  importer.address.lines[0]\nNM[1]/AD-02  importer.address.lines[1]\n"
        "NM[1]/NM-02  importer.address.lines[2]"
    )
    root = msg(Node("NM", children=[seg("NM", "", "third"), seg("AD", "first")]))
    assert again(mapping, root).plain == {"importer": {"address": {"lines": ["first", "third"]}}}


def test_the_message_itself_as_one_turn() -> None:
    """`each .` makes one item of the node itself, whose key the loops inside can keep."""
    mapping = compiled(
        "each .  invoices[]  key number\n  HD-01  number\n  each BL  /lines[]  by invoice\n    BL-01  description\n"
    )
    result = again(mapping, msg(seg("HD", "INV-1"), bill("goods"), bill("more")))
    assert [line["invoice"] for line in result.plain["lines"]] == ["INV-1", "INV-1"]
    assert shape(write(mapping, result.plain).root) == [
        ("HD-01", "INV-1"), ("BL/BL-01", "goods"), ("BL[2]/BL-01", "more"),
    ]  # fmt: skip


def test_an_instant_with_an_optional_tail() -> None:
    """A day may stand where a day with a time could."""
    mapping = compiled("HD-01+HD-02  filing.filed  time CCYYMMDD[HHMM]  cut 8")
    assert again(mapping, msg(seg("HD", "20260701", "0830"))).plain == {
        "filing": {"filed": "2026-07-01T08:30:00Z"}
    }
    assert again(mapping, msg(seg("HD", "20260701"))).plain == {"filing": {"filed": "2026-07-01T00:00:00Z"}}


REST = compiled(
    """
RF[1]-02  number
each RF[2+]  references[]
  RF-01  kind
  RF-02  value
"""
)


def test_from_the_second_on_is_a_loop() -> None:
    """`[2+]` leaves the first turn to rows of its own; written, the first stands before the others."""
    root = msg(seg("RF", "XA", "1"), seg("RF", "XB", "2"), seg("RF", "XC", "3"))
    entry = again(REST, root).entry
    assert entry.number == "1"
    assert [(one.kind, one.value) for one in entry.references] == [("XB", "2"), ("XC", "3")]
    written = write(REST, plain_of(entry))
    assert [text for _, text in shape(written.root)] == ["1", "XB", "2", "XC", "3"]
    assert written.unwritten == ()


TEXTS = compiled("RF[1]-02  number\nRF[2+]-02  transport.route[]")


def test_texts_from_the_second_on_are_a_list() -> None:
    """Without a loop the further turns give one text each, and go back one by one."""
    root = msg(seg("RF", "", "1"), seg("RF", "", "US"), seg("RF", "", "CA"))
    entry = again(TEXTS, root).entry
    assert entry.transport is not None
    assert entry.transport.route == ("US", "CA")
    assert shape(write(TEXTS, plain_of(entry)).root) == shape(root)
