"""Loops that share a list, and keys that stand in another row."""

from __future__ import annotations

import pytest

from gateway.entry import plain_of
from gateway.mapping import MappingError
from tests.mapping.test_engine import again, bill, equipment, msg, seg
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
