"""Structure and elements: what stands where, what is missing, what is too much, what depends on what."""

from __future__ import annotations

import pytest

from gateway.conformance.telling import flaws
from gateway.finding import Severity
from gateway.formats.edifact.elements import broken
from gateway.specs import Limits
from gateway.specs.edifact import EdifactSpec, versions
from gateway.specs.edifact_tables import Relation
from gateway.tree import walk
from tests.formats.edifact.support import FIXTURES, FORMAT, SMALL, SPECS, changed, errors, found, read

CUSDEC = "edifact.CUSDEC.D96B"
MESSAGES = [
    (message, version)
    for message, known in versions(SPECS.root).items()
    for version in known
    if version[0] == "D" and len(version) == 4
]


def spec_of(message: str, version: str) -> EdifactSpec:
    """Give the tables of a message."""
    spec = SPECS.message("edifact", message, version)
    assert isinstance(spec, EdifactSpec)
    return spec


def message_of(message: str, version: str, segments: list[str]) -> bytes:
    """Wrap segments in UNH, UNT and an interchange."""
    lines = [f"UNH+1+{message}:{version[0]}:{version[1:]}:UN", *segments, f"UNT+{len(segments) + 2}+1"]
    body = "".join(f"{line}'" for line in lines)
    return f"UNB+UNOC:3+A:ZZZ+B:ZZZ+261109:0915+1'{body}UNZ+1+1'".encode()


@pytest.mark.parametrize(("message", "version"), MESSAGES)
def test_every_segment_that_the_tables_know_is_placed_or_reported(message: str, version: str) -> None:
    """GEI in D.96B, GIS in D.13A, a segment of another message: a finding of its own, and never a crash."""
    spec = spec_of(message, version)
    tags = sorted({tag for _, one in MESSAGES for tag in spec_of(message, one).words.layouts} | {"XYZ"})
    for tag in (tag for tag in tags if tag[:2] != "UN"):
        data = message_of(message, version, ["BGM+929+1+9", f"{tag}+1+2:3"])
        result = read(data)
        about = [one for one in result.all_findings() if one.position[:1] == (3,)]
        problems = [one.problem for one in about if not one.problem.endswith("/missing")]
        if tag not in spec.words.layouts:
            assert problems == ["segment/unknown"], tag
        elif tag not in spec.segment_ids:
            assert problems == ["segment/not-in-message"], tag
        assert all(one.span is not None and one.span.end <= len(data) for one in about)
        assert (
            any(leaf.node.name.startswith(tag) or not leaf.text for leaf in walk(result.root, ":")) or about
        )


def test_places_of_the_same_tag_are_told_apart() -> None:
    """DTM after BGM and DTM after RFF, FTX of the header and of an item: the nearest open place takes it."""
    data = changed(b"NAD+IM", b"RFF+ABE:LRN26-1'\nDTM+137:20261108:102'\nNAD+IM")
    data = changed(b"UNT+13", b"UNT+15", data)
    result = read(data)
    assert found(result) == []
    addresses = {leaf.address: leaf.text for leaf in walk(result.transactions[0].root, ":")}
    assert addresses["DTM:C507.2380"] == "20261109"
    assert addresses["RFF/DTM:C507.2380"] == "20261108"
    assert addresses["FTX:C108.4440"] == "A REMARK"
    assert addresses["CST/FTX:C108.4440"] == "CERAMIC TABLEWARE"
    assert addresses["CST/CST:C246-122.7361"] == "69120025"


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (b"BGM+929+LRN26-1+9'\n", b"", ["BGM/segment/missing", "UNT:0074/message/count"]),
        (b"UNS+D'\n", b"", ["UNS.D/segment/missing", "UNT:0074/message/count"]),
        (b"UNS+S", b"UNS+D", ["UNS.S:0081/code/unknown"]),
        (b"MEA+WT+G+KGM:1180.5", b"MEA+WT+G", []),
        (b"MEA+WT+G", b"MEA++G", ["CST/MEA:6311/element/missing"]),
        (b"CNT+5:1", b"CNT+:1", ["CNT:C270.6069/element/missing"]),
        (b"CNT+5:1", b"CNT+5:1.5.2", ["CNT:C270.6066/type/number"]),
        (b"CNT+5:1", b"CNT+5:1.", ["CNT:C270.6066/type/number"]),
        (b"CNT+5:1", b"CNT+5:.5", ["CNT:C270.6066/type/leading-mark"]),
        (b"CNT+5:1", b"CNT+5:1,5", ["CNT:C270.6066/type/decimal-mark"]),
        (b"20261109:102", b"20260230:102", ["DTM:C507.2380/type/date"]),
        (b"20261109:102", b"2026:602", []),
        (b"NL000510", b"N" * 26, ["LOC:C517.3225/element/too-long"]),
        (b"LOC+22", b"LOC+22+A+B+C+D+E+F", ["LOC:@6/element/too-many"]),
        (b"IM+NL001234567", b"IM+NL:A:B:C", ["NAD:C082/element/components"]),
    ],
)
def test_one_fault_is_one_finding(old: bytes, new: bytes, codes: list[str]) -> None:
    """Presence, number, date, length and count, each with its address."""
    found_here = errors(changed(old, new))
    if codes:
        assert found_here[: len(codes)] == [f"{CUSDEC}/{code}" for code in codes]
    else:
        assert [code for code in found_here if "type/date" in code or "element/missing" in code] == []


def test_sign_and_mark_do_not_count_towards_the_length() -> None:
    """A number of eighteen digits may have a sign and a decimal mark beside them."""
    assert errors(changed(b"CNT+5:1", b"CNT+5:-12345678901234567.8")) == []
    assert errors(changed(b"CNT+5:1", b"CNT+5:-1234567890123456789")) == [
        f"{CUSDEC}/CNT:C270.6066/element/too-long"
    ]


def test_trailing_separators_are_a_fault_from_syntax_4_on() -> None:
    """Before that they are superfluous and nothing is said."""
    data = changed(b"BV'", b"BV:::+++'")
    assert errors(data) == []
    newer = changed(b"UNOC:3", b"UNOC:4", data).replace(b"+261109:", b"+20261109:")
    assert set(errors(newer)) == {f"{CUSDEC}/NAD/segment/trailing-separators",
                                  f"{CUSDEC}/NAD:C080/segment/trailing-separators"}  # fmt: skip
    assert errors(newer, lenient=True) == []


@pytest.mark.parametrize("data", [SMALL, changed(b"CNT+5:1", b"CNT+5:1X")], ids=["right", "wrong"])
@pytest.mark.parametrize(("was", "now"), [(b"UNH+1+", b"UNH+1: +"), (b"BV'", b"BV: : : '")])
def test_a_blank_component_is_no_data(data: bytes, was: bytes, now: bytes) -> None:
    """Whether or not something else is at fault in the message."""
    assert was in data
    assert errors(data.replace(was, now, 1)) == errors(data)


@pytest.mark.parametrize("data", [SMALL, changed(b"CNT+5:1", b"CNT+5:1X")], ids=["right", "wrong"])
@pytest.mark.parametrize("tail", [b"+", b"+ ", b"+  +", b"+: :"])
def test_a_blank_element_behind_the_last_is_no_data(data: bytes, tail: bytes) -> None:
    """Before syntax 4, whether or not something else is at fault; with a character in it there is one too many."""
    assert errors(changed(b"UNS+D", b"UNS+D" + tail, data)) == errors(data)
    wrong = errors(changed(b"UNS+D", b"UNS+D" + tail + b"X", data))
    assert wrong == [f"{CUSDEC}/UNS.D:@2/element/too-many", *errors(data)]


def test_a_code_of_another_directory_is_said_to_be_one() -> None:
    """Codes outside the part of a list that we know are warnings; those of a closed list are errors."""
    codes = found(read(changed(b"LOC+22", b"LOC+ZQ9")), Severity.WARNING)
    assert codes == [f"{CUSDEC}/LOC:3227/code/unlisted"]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("D1", ["100", "010", "001"], {"000": 1, "110": 2, "011": 3}),
        ("D2", ["000", "111"], {"100": 2, "011": 1}),
        ("D3", ["100", "011"], {"000": 1}),
        ("D4", ["000", "010"], {"101": 3, "111": 2}),
        ("D5", ["000", "011", "111"], {"100": 2, "110": 3}),
        ("D6", ["000", "001", "101"], {"100": 2}),
        ("D7", ["000", "011", "100"], {"110": 2, "101": 3}),
    ],
)
def test_each_dependency_note_means_what_it_says(kind: str, good: list[str], bad: dict[str, int]) -> None:
    """D1 to D7 over three elements: which fillings hold, and where the others are broken."""
    relation = Relation(kind, (1, 2, 3))
    for filling in good:
        assert broken(relation, [one == "1" for one in filling]) == 0, filling
    for filling, at in bad.items():
        assert broken(relation, [one == "1" for one in filling]) == at, filling


def test_an_old_interchange_has_the_older_code_for_a_dependency() -> None:
    """The place of the fault is that of the element that lacks or is too much."""
    contrl = (
        b"UNB+UNOA:4+A:ZZZ+B:ZZZ+20261109:0915+1'UNH+1+CONTRL:4:1:UN'UCI+1+A:ZZZ+B:ZZZ+7'"
        b"UCM+1++4'UNT+4+1'UNZ+1+1'"
    )
    (one,) = [one for one in read(contrl).all_findings() if one.severity is Severity.ERROR]
    assert (one.code, one.position[:2]) == ("edifact.CONTRL.41/UCM:S009/relation/D2", (3, 3))


def test_what_stands_in_a_group_without_its_first_segment_is_out_of_order_itself() -> None:
    """A TDT too many is taken into an item whose CST is missing; then it is that TDT which comes too early."""
    data = (FIXTURES / "bad" / "group-too-many.edi").read_bytes()
    result = read(changed(b"DOC+730", b"CNT+5:1'\nDOC+730", data.replace(b"CNT+5:1'\n", b"")))
    codes = [one.code for one in result.all_findings()]
    assert f"{CUSDEC}/CST/segment/missing" in codes
    assert f"{CUSDEC}/CST/segment/order" not in codes
    [early] = [one for one in result.all_findings() if one.code == f"{CUSDEC}/CST/TDT/segment/order"]
    assert (early.place, early.actual, early.message) == ("CST/TDT", "TDT", "TDT stands out of order")
    assert not [*flaws(result)]


def test_the_limits_are_findings() -> None:
    """A segment over the limit is not looked into."""
    data = changed(b"A REMARK", b"X" * 70_000)
    assert errors(data) == [f"{CUSDEC}/FTX/limit/segment_bytes_max"]
    # In a message that is right too: NAD is its longest segment, and as long as may be at 39.
    told = FORMAT.read(SMALL, SPECS, Limits(segment_bytes_max=38)).all_findings()
    assert [one.code for one in told] == [f"{CUSDEC}/NAD/limit/segment_bytes_max"]
    assert FORMAT.read(SMALL, SPECS, Limits(segment_bytes_max=39)).all_findings() == []


def test_the_same_fault_all_over_a_message_is_said_once() -> None:
    """Lower case under UNOA in every text is one finding with its number."""
    data = changed(b"UNOC", b"UNOA").replace(b"CERAMIC", b"Ceramic").replace(b"A REMARK", b"a remark")
    (one,) = read(data).all_findings()
    assert one.code == f"{CUSDEC}/FTX:C108.4440/type/characters"
    assert "1 more" in one.message
    assert SMALL.count(b"FTX") == 2
