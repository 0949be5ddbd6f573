"""Loops that share a list, and keys that stand in another row."""

from __future__ import annotations

import pytest

from gateway.entry import plain_of
from gateway.mapping import MappingError, write
from gateway.tree import Node
from tests.mapping.test_engine import again, bill, equipment, msg, read, seg, shape
from tests.mapping.test_table import compiled

TWO_LOOPS = """
each RF[01=A]  statuses[list=first]
  -02  code
each RF[01=B]  statuses[meaning=rejected,list=second]
  -02  code
"""


def test_a_loop_may_say_two_things_of_its_items() -> None:
    """Each loop writes back only the items that say all that it says."""
    result = again(compiled(TWO_LOOPS), msg(seg("RF", "A", "1"), seg("RF", "B", "2"), seg("RF", "A", "3")))
    assert plain_of(result.entry)["statuses"] == [
        {"code": "1", "list": "first"},
        {"code": "2", "meaning": "rejected", "list": "second"},
        {"code": "3", "list": "first"},
    ]


def test_what_a_loop_says_is_a_field_of_the_item() -> None:
    """A field that an item does not have is found at load."""
    with pytest.raises(MappingError, match="no field 'colour'"):
        compiled("each RF  statuses[list=x,colour=red]\n  -02  code")


def test_a_key_may_stand_in_another_row() -> None:
    """Inner items find their parent by the first row of the key that has a text."""
    table = """
each BL  bills[]  key number
  BL-01  number
  QT-01  number  read
  each EQ  /equipment[]  key number  in equipment[]
    EQ-01+EQ-02  number  cut 4
    each GD  /lines[]  by bills[] equipment[]
      GD-01  description
"""
    turn = bill("", seg("QT", "B1"), equipment("ABCU1234567", "PUMPS"))
    plain = plain_of(again(compiled(table), msg(turn)).entry)
    assert plain["bills"] == [{"number": "B1", "equipment": ["ABCU1234567"]}]
    assert plain["lines"][0]["bills"] == ["B1"]


SAME_ITEMS = """
each RF[01=C]  equipment[]  key number agree
  -02  number
each BL  equipment[]  key number agree
  BL-01  number
  BL-02  kind
  QT-01  size_type
"""


def test_loops_that_agree_add_to_one_item() -> None:
    """What the second loop says of a known item is added; what it says otherwise stays unmapped."""
    mapping = compiled(SAME_ITEMS)
    box = Node("BL", children=[seg("BL", "AAAU1", "CN"), seg("QT", "22G1")])
    result = again(mapping, msg(seg("RF", "C", "AAAU1"), seg("RF", "C", "BBBU2"), box))
    assert result.plain["equipment"] == [
        {"number": "AAAU1", "kind": "CN", "size_type": "22G1"},
        {"number": "BBBU2"},
    ]
    twice = again(mapping, msg(box, Node("BL", children=[seg("BL", "AAAU1", "TE"), seg("QT", "22G1")])))
    assert twice.plain["equipment"] == [{"number": "AAAU1", "kind": "CN", "size_type": "22G1"}]
    assert [leaf.text for leaf in twice.unmapped] == ["TE"]
    assert [finding.problem for finding in twice.findings] == ["agree/differs"]


def test_a_loop_that_agrees_needs_a_key() -> None:
    """Without the key nothing says which items are the same."""
    with pytest.raises(MappingError, match="needs the key"):
        compiled("each BL  equipment[]  agree\n  BL-01  number")


def test_a_loop_made_for_a_text_has_its_first_segment_once() -> None:
    """The segment that a condition had made is the one that is filled."""
    mapping = compiled("NM[01=N]-02  transport.route[]")
    made = write(mapping, {"transport": {"route": ["DE", "NL"]}}).root
    assert shape(made) == [("NM/NM-01", "N"), ("NM/NM-02", "DE"), ("NM[2]/NM-01", "N"), ("NM[2]/NM-02", "NL")]


def test_a_qualifier_may_be_part_of_a_joined_text() -> None:
    """Where a node is chosen by one of two values, the text says which is written."""
    mapping = compiled("NM[01=A|B]-01+NM[01=A|B]/AD-01  importer.name  cut 1")
    made = write(mapping, {"importer": {"name": "Bxy"}}).root
    assert shape(made) == [("NM/NM-01", "B"), ("NM/AD-01", "xy")]
    assert read(mapping, made).plain == {"importer": {"name": "Bxy"}}
