"""One fault in a transaction is one finding, at the right place, with its bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from gateway.finding import Severity
from gateway.tree import walk
from tests.formats.x12.support import MANIFEST, codes, manifest, read, replaced

Change = Callable[[list[str]], list[str]]


def swap(old: str, new: str) -> Change:
    """Change one text of one segment."""
    return lambda body: replaced(old, new, body)


def without(start: str, nth: int = 0) -> Change:
    """Leave one segment out."""

    def change(body: list[str]) -> list[str]:
        at = [number for number, segment in enumerate(body) if segment.startswith(start)][nth]
        return body[:at] + body[at + 1 :]

    return change


def insert(before: str, *segments: str) -> Change:
    """Put segments in front of another."""

    def change(body: list[str]) -> list[str]:
        at = next(number for number, segment in enumerate(body) if segment.startswith(before))
        return [*body[:at], *segments, *body[at:]]

    return change


def late(start: str, before: str) -> Change:
    """Move one segment behind where it belongs."""

    def change(body: list[str]) -> list[str]:
        moved = next(segment for segment in body if segment.startswith(start))
        return insert(before, moved)([segment for segment in body if segment is not moved])

    return change


ELEMENTS = [
    (swap("M10*NVLN", "M10*"), "M10-01/element/missing", (2, 1, 0, 0), ""),
    (swap("M10*NVLN", "M10*N"), "M10-01/element/too-short", (2, 1, 0, 0), "N"),
    (swap("M10*NVLN", "M10*NVLNX"), "M10-01/element/too-long", (2, 1, 0, 0), "NVLNX"),
    (swap("*NVLN*O*", "*NVLN*X9*"), "M10-02/code/unknown", (2, 2, 0, 0), "X9"),
    (swap("*1*W*L", "*1*W*L**A*B"), "M10-13/element/too-many", (2, 13, 0, 0), "B"),
    (swap("*1*W*L", "*1*W*L**A*B*C"), "M10-13/element/too-many", (2, 13, 0, 0), "B*C"),
    (swap("*1*W*L", "*1*W*L***"), "M10-11/segment/trailing-separators", (2, 11, 0, 0), "***"),
    (swap("*1*W*L", "*1*W"), "M10-10/relation/P", (2, 10, 0, 0), ""),
    (swap("*9283186*NORDIC HERON*052E**1*W*L", "***052E**1*W"), "M10-05/relation/R", (2, 5, 0, 0), ""),
    (swap("*1*W*L", "*1,5*W*L"), "M10-08/type/number", (2, 8, 0, 0), "1,5"),
    (swap("*1*W*L", "*1.5.0*W*L"), "M10-08/type/number", (2, 8, 0, 0), "1.5.0"),
    (swap("20261203", "20261303"), "P4-02/type/date", (3, 2, 0, 0), "20261303"),
    (swap("20261203", "20260229"), "P4-02/type/date", (3, 2, 0, 0), "20260229"),
    (swap("20261203", "261203"), "P4-02/date/short", (3, 2, 0, 0), "261203"),
    (swap("20261203", "261203  "), "P4-02/date/blanks", (3, 2, 0, 0), "261203  "),
    (swap("*K123", "*K123*2561"), "P4-05/type/time", (3, 5, 0, 0), "2561"),
    (swap("*K123", "*K123*123"), "P4-05/element/too-short", (3, 5, 0, 0), "123"),
    (swap("LX*1", "LX*A"), "P4/LX-01/type/number", (4, 1, 0, 0), "A"),
    (swap("LX*1", "LX*1.0"), "P4/LX-01/type/number", (4, 1, 0, 0), "1.0"),
    (swap("*28*X*", "*28**"), "P4/LX/M11-08/relation/P", (5, 8, 0, 0), ""),
    (swap("JOINVILLE**NVLN", "JOINVILLE*H1*NVLN"), "P4/LX/M11-13/relation/P", (5, 13, 0, 0), ""),
    (swap("*X*00*", "*X*99*"), "P4/LX/M11-09/code/unknown", (5, 9, 0, 0), "99"),
    (swap("*CTN*24500", "*QQQ*24500"), "P4/LX/M11-04/code/unlisted", (5, 4, 0, 0), "QQQ"),
    (swap("BK264401", "BK264401***0930*0"), "P4/LX/N9-06/element/too-short", (6, 6, 0, 0), "0"),
    (swap("BK264401", "BK264401****UT"), "P4/LX/N9-05/relation/C", (6, 5, 0, 0), ""),
    (swap("BK264401", "BK264401*****BM"), "P4/LX/N9-07-2/element/missing", (6, 7, 2, 0), ""),
    (swap("BK264401", "BK264401*****BM>1>MB"), "P4/LX/N9-07-4/relation/P", (6, 7, 4, 0), ""),
    (
        swap("BK264401", "BK264401*****BM>1>"),
        "P4/LX/N9-07/element/trailing-components",
        (6, 7, 0, 0),
        "BM>1>",
    ),
    (swap("BK264401", "BK>264401"), "P4/LX/N9-02/element/components", (6, 2, 0, 0), "BK>264401"),
    (
        swap("BK264401", "BK264401*****BM>1>MB>2>OB>3>X"),
        "P4/LX/N9-07/element/components",
        (6, 7, 0, 0),
        "BM>1>MB>2>OB>3>X",
    ),
    (swap("N9*BN*BK264401", "N9*BN"), "P4/LX/N9-02/relation/R", (6, 2, 0, 0), ""),
    (
        swap("DO VALE LTDA", "DO VALE "),
        "P4/LX/N1-02/element/trailing-blanks",
        (7, 2, 0, 0),
        "CERAMICA DO VALE ",
    ),
    (swap("DO VALE", "DO VÁLE"), "P4/LX/N1-02/type/characters", (7, 2, 0, 0), "CERAMICA DO VÁLE LTDA"),
    (swap("RUA DAS ACACIAS 410", "   "), "P4/LX/N1/N3-01/type/characters", (8, 1, 0, 0), "   "),
    (
        swap("H1*2319", "H1*2319***" + "X" * 31),
        "P4/LX/VID/N10/H1-04/element/too-long",
        (13, 4, 0, 0),
        "X" * 31,
    ),
    (
        swap("H1*2319", "H1*2319***" + "X" * 20000),
        "P4/LX/VID/N10/H1-04/element/too-long",
        (13, 4, 0, 0),
        "X" * 20000,
    ),
]


@pytest.mark.parametrize(("change", "code", "position", "text"), ELEMENTS, ids=[row[1] for row in ELEMENTS])
def test_one_wrong_element(change: Change, code: str, position: tuple[int, ...], text: str) -> None:
    """A wrong element is found once, at its place, and its span has its bytes."""
    data = manifest(change(list(MANIFEST)))
    found = [one for one in read(data).all_findings() if one.severity is not Severity.INFO]
    assert [one.code for one in found] == [f"x12.309.004010/{code}"]
    assert found[0].position == position
    assert found[0].span is not None
    assert data[found[0].span.start : found[0].span.end].decode() == text
    assert found[0].expected


N1S = [f"N1*N1*NOTIFY {letter}" for letter in "ABCDE"]
STRUCTURE = [
    (without("M10"), "M10/segment/missing", 2),
    (without("P4"), "P4/segment/missing", 3),
    (without("LX"), "P4/LX/segment/missing", 4),
    (lambda body: body[:2], "P4/LX/loop/missing", 4),
    (lambda body: body[:1], "P4/loop/missing", 3),
    (insert("H1", "ZZ9*1"), "P4/LX/VID/N10/ZZ9/segment/unknown", 13),
    (insert("H1", "lower*1"), "P4/LX/VID/N10/segment/segment/unknown", 13),
    (insert("H1", ""), "P4/LX/VID/N10/segment/segment/empty", 13),
    (insert("H1", "BIG*20261203*1"), "P4/LX/VID/N10/BIG/segment/not-in-set", 13),
    (insert("H1", "N3*STREET"), "P4/LX/VID/N10/N3/segment/unexpected", 13),
    (
        insert("N9", "M11*J*35143*1*CTN*2*K*******NVLN".replace("*******", "******")),
        "P4/LX/M11/segment/too-many",
        6,
    ),
    (insert("N1*CN", *N1S), "P4/LX/N1/loop/too-many", 14),
    (insert("N4", "N3*A", "N3*B"), "P4/LX/N1/N3/segment/too-many", 10),
    (late("M11", "N1*SH"), "P4/LX/M11/segment/order", 6),
    (late("M11", "VID"), "P4/LX/M11/segment/order", 10),
    (late("M10", "LX"), "M10/segment/order", 3),
    (late("N9", "VID"), "P4/LX/N9/segment/order", 10),
    (late("N3", "N1*CN"), "P4/LX/N1/N3/segment/order", 9),
]


@pytest.mark.parametrize(("change", "code", "segment"), STRUCTURE, ids=[row[1] for row in STRUCTURE])
def test_one_fault_of_structure(change: Change, code: str, segment: int) -> None:
    """A segment that is missing, too many, unknown or out of order is found once, at its place."""
    result = read(manifest(change(list(MANIFEST))))
    assert codes(result) == [f"x12.309.004010/{code}"]
    assert result.transactions[0].findings[0].position == (segment, 0, 0, 0)


def test_a_second_line_without_lx() -> None:
    """A bill whose LX is missing is a missing LX, not a row of segments out of order."""
    body = [*MANIFEST, *MANIFEST[3:]]
    result = read(manifest(body))
    assert codes(result) == ["x12.309.004010/P4/LX/segment/missing"]
    assert result.transactions[0].findings[0].place == "P4/LX"
    assert [node.name for node in result.transactions[0].root.children[2].children] == ["P4", "LX", "LX"]


def test_two_faults_in_one_segment() -> None:
    """Two wrong elements of one segment are two findings, in their order."""
    body = replaced("*NVLN*O*PA*", "*NVLN*X9*PAPA*")
    assert codes(read(manifest(body))) == [
        "x12.309.004010/M10-02/code/unknown",
        "x12.309.004010/M10-03/element/too-long",
    ]


def test_the_place_counts_turns() -> None:
    """The place of a finding in a later loop names its turn; its code does not."""
    second = [segment.replace("LX*1", "LX*2").replace("*28*X*", "*28**") for segment in MANIFEST[2:]]
    found = read(manifest([*MANIFEST, *second])).all_findings()
    assert [one.code for one in found] == ["x12.309.004010/P4/LX/M11-08/relation/P"]
    assert found[0].place == "P4/LX[2]/M11-08"


def test_everything_received_is_in_the_tree() -> None:
    """Segments that stand nowhere are in the tree where they were found."""
    data = manifest(insert("H1", "ZZ9*1*2", "BIG*3")(list(MANIFEST)))
    leaves = {leaf.address: leaf.text for leaf in walk(read(data).transactions[0].root, "-")}
    assert leaves["P4/LX/VID/N10/ZZ9-02"] == "2"
    assert leaves["P4/LX/VID/N10/BIG-01"] == "3"


def test_composites_and_components_are_values() -> None:
    """Components have keys of their own, and spans."""
    data = manifest(replaced("BK264401", "BK264401*****BM>B1>OB>B2"))
    line = read(data).transactions[0].root.children[2].children[1]
    note = next(node for node in line.children if node.name == "N9")
    assert {key: note.get(key) for key in note.values} == {
        "01": "BN",
        "02": "BK264401",
        "07-1": "BM",
        "07-2": "B1",
        "07-3": "OB",
        "07-4": "B2",
    }
    span = note.span("07-4")
    assert span is not None
    assert data[span.start : span.end] == b"B2"
    assert note.get("07-6") == ""
    assert note.span("03") is not None


def test_a_component_that_is_cut_off_is_missing_where_the_composite_ends() -> None:
    """A relation broken by components that are not there points inside the segment, at its end."""
    data = manifest(replaced("BK264401", "BK264401*****BM>B1>OB"))
    (found,) = read(data).all_findings()
    assert found.code == "x12.309.004010/P4/LX/N9-07-4/relation/P"
    end = data.index(b">OB~") + 3
    assert found.span is not None
    assert (found.span.start, found.span.end) == (end, end)


LENIENT: Sequence[tuple[Change, str, str, str]] = [
    (swap("20261203", "261203  "), "P4-02/date/blanks", "P4/P4-02", "20261203"),
    (swap("20261203", "20261203 "), "P4-02/date/blanks", "P4/P4-02", "20261203"),
    (swap("20261203", "991203"), "P4-02/date/short", "P4/P4-02", "19991203"),
    (
        swap("DO VALE LTDA", "DO VALE  "),
        "P4/LX/N1-02/element/trailing-blanks",
        "P4/LX/N1/N1-02",
        "CERAMICA DO VALE",
    ),
    (swap("DO VALE", "DO VÁLE"), "P4/LX/N1-02/type/characters", "P4/LX/N1/N1-02", "CERAMICA DO VÁLE LTDA"),
    (swap("*1*W*L", "*1*W*L***"), "M10-11/segment/trailing-separators", "M10-10", "L"),
]


@pytest.mark.parametrize(("change", "code", "address", "text"), LENIENT, ids=[row[1] for row in LENIENT])
def test_lenient_reading_repairs_and_says_so(change: Change, code: str, address: str, text: str) -> None:
    """Lenient reading goes on with a repaired value, and each repair is a finding."""
    result = read(manifest(change(list(MANIFEST))), lenient=True)
    found = result.all_findings()
    assert [(one.code, one.severity) for one in found] == [(f"x12.309.004010/{code}", Severity.REPAIRED)]
    leaves = {leaf.address: leaf.text for leaf in walk(result.transactions[0].root, "-")}
    assert leaves[address] == text


def test_lenient_reading_repairs_counts() -> None:
    """A wrong SE01, GE01 or IEA01 is repaired in lenient reading, and each is a finding."""
    data = manifest().replace(b"SE*14", b"SE*13").replace(b"GE*1*", b"GE*3*").replace(b"IEA*1*", b"IEA*4*")
    found = read(data, lenient=True).all_findings()
    assert {one.severity for one in found} == {Severity.REPAIRED}
    assert len(found) == 3
    assert len(codes(read(data))) == 3
