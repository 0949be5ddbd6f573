"""Any bytes into an interchange: envelopes, delimiters, control numbers, limits."""

from __future__ import annotations

import pytest

from gateway.finding import Severity
from gateway.formats.x12 import layout, transactions
from gateway.formats.x12.format import FORMAT
from gateway.tree import walk
from tests.formats.x12.support import (
    FIXTURES,
    MANIFEST,
    SPECS,
    codes,
    group,
    interchange,
    manifest,
    read,
    transaction,
)

GOOD = sorted(FIXTURES.glob("309/*.edi"))
BAD = sorted(FIXTURES.glob("bad/*.edi"))


def test_a_clean_manifest_has_no_findings() -> None:
    """A manifest without fault is read without a finding, by the pattern alone."""
    result = read(manifest())
    assert result.all_findings() == []
    assert result.transactions[0].root.accepted  # type: ignore[attr-defined]


def test_a_layout_of_another_hand_is_left_out_where_it_says_nothing() -> None:
    """Delimiters without a terminator, and words that are no layout, are as if they were not there."""
    for told in ("d2a-3a-5e---", "d", "tzz", "n-", "q1"):
        assert layout.parse(told) == layout.parse("")


def test_the_interchange_says_who_sent_it() -> None:
    """Sender, receiver, control number, set, release and set number are on the result."""
    result = read(manifest())
    assert (result.sender, result.receiver, result.control) == ("NVLN", "USCSTEST", "000000001")
    one = result.transactions[0]
    assert (one.message, one.version, one.control) == ("309", "004010", "0001")


@pytest.mark.parametrize("file", [*GOOD, *BAD], ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_what_was_read_is_written_again(file) -> None:
    """Written again, a file has the same bytes, looked into or not."""
    data = file.read_bytes()
    result = read(data)
    assert FORMAT.write(result, SPECS) == data
    for one in result.transactions:
        assert list(walk(one.root, "-"))
    assert FORMAT.write(result, SPECS) == data


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_a_bad_fixture_has_the_finding_it_names(file) -> None:
    """Each bad fixture gives exactly the one finding that stands beside it."""
    assert codes(read(file.read_bytes())) == [file.with_suffix(".expect").read_text().strip()]


def test_every_leaf_points_at_its_bytes() -> None:
    """The span of each leaf of a transaction has the bytes of its text."""
    data = manifest()
    leaves = list(walk(read(data).transactions[0].root, "-"))
    assert len(leaves) > 50
    for leaf in leaves:
        assert leaf.span is not None
        assert data[leaf.span.start : leaf.span.end].decode() == leaf.text


@pytest.mark.parametrize("end", ["~", "\x15", "\r", "\n", "\x85", "'", "\x1e", "~\r\n", "~\n", "\r\n"])
def test_any_byte_ends_a_segment(end: str) -> None:
    """The terminator is what stands after ISA16, line ends after it are only noted."""
    data = interchange(group(transaction("309", MANIFEST)), end=end).encode("latin-1")
    result = read(data)
    assert codes(result) == []
    assert FORMAT.write(result, SPECS) == data
    notes = [one.code for one in result.all_findings()]
    assert notes == (["x12.envelope/ISA/envelope/line-ends"] if len(end) > 1 else [])


@pytest.mark.parametrize("separator", ["*", "|", "\x1d", "^", "\x07", "+"])
def test_any_byte_divides_elements(separator: str) -> None:
    """The element separator is the byte after `ISA`."""
    result = read(manifest().replace(b"*", separator.encode()))
    assert result.all_findings() == []
    assert result.frame["element"] == separator


def test_control_bytes_in_data_are_no_delimiters() -> None:
    """A byte that our own pattern uses as a delimiter is a bad character when it is data."""
    data = manifest().replace(b"NORDIC HERON", b"NORDIC\x1dHERON")
    assert codes(read(data)) == ["x12.309.004010/M10-05/type/characters"]


@pytest.mark.parametrize("standards", ["U", "V", "^", "I"])
def test_isa11_is_no_separator_before_00402(standards: str) -> None:
    """Up to 00401 ISA11 names the standard, and its letter in data divides nothing; other than U is a warning."""
    body = [segment.replace("BK264401", f"BK{standards}26") for segment in MANIFEST]
    result = read(manifest(body, repetition=standards))
    told = [(one.code, one.severity.value) for one in result.all_findings()]
    assert told == ([] if standards == "U" else [("x12.envelope/ISA-11/envelope/standards", "warning")])
    found = {leaf.address: leaf.text for leaf in walk(result.transactions[0].root, "-")}
    assert found["P4/LX/N9-02"] == f"BK{standards}26"


def test_isa11_divides_repetitions_from_00402_on() -> None:
    """From 00402 on ISA11 divides repetitions; an element that may not repeat says so."""
    body = [segment.replace("BK264401", "BK1^BK2") for segment in MANIFEST]
    data = interchange(group(transaction("309", body)), version="00402", repetition="^").encode()
    assert codes(read(data)) == ["x12.309.004010/P4/LX/N9-02/element/repeats"]


def test_a_letter_as_repetition_separator_divides_nothing() -> None:
    """A `U` left in ISA11 of a later version is an error, or repaired by not using it."""
    data = manifest(version="00402", repetition="U")
    problem = "x12.envelope/ISA-11/envelope/repetition-separator"
    assert codes(read(data)) == [problem]
    lenient = read(data, lenient=True)
    assert [(one.code, one.severity) for one in lenient.all_findings()] == [(problem, Severity.REPAIRED)]


@pytest.mark.parametrize(
    ("before", "what"), [(b"\xef\xbb\xbf", "a byte order mark"), (b"\r\n  ", "blanks or line ends")]
)
def test_bytes_before_the_isa(before: bytes, what: str) -> None:
    """A byte order mark or blanks before the ISA are an error, in lenient reading a repair."""
    data = before + manifest()
    strict, lenient = read(data), read(data, lenient=True)
    assert codes(strict) == ["x12.envelope/ISA/envelope/leading"]
    assert strict.findings[0].actual == what
    assert lenient.findings[0].severity is Severity.REPAIRED
    assert len(lenient.transactions) == 1
    assert FORMAT.write(strict, SPECS) == data


def test_an_isa_that_is_not_padded() -> None:
    """An ISA with short ids is read to its end; strict reading says so, lenient repairs."""
    data = manifest().replace(b"NVLN           *", b"NVLN*", 1)
    assert codes(read(data)) == ["x12.envelope/ISA/envelope/length"]
    lenient = read(data, lenient=True)
    assert lenient.sender == "NVLN"
    assert [one.severity for one in lenient.all_findings()] == [Severity.REPAIRED]


def test_a_terminator_of_several_bytes() -> None:
    """A terminator that is a character of two bytes in UTF-8 is read as one, and reported."""
    data = manifest().replace(b"~", "§".encode())
    assert codes(read(data)) == ["x12.envelope/ISA/envelope/segment-terminator"]
    assert read(data, lenient=True).transactions[0].findings == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"*T*>~", b"*T**~", "component-separator"),
        (b"*T*>~", b"*T*A~", "component-separator"),
        (b"*T*>~", b"*T*>*", "segment-terminator"),
        (b"*T*>~", b"*T*>A", "segment-terminator"),
    ],
)
def test_delimiters_that_cannot_be_told_apart(old: bytes, new: bytes, problem: str) -> None:
    """Delimiters that are equal or letters end the reading with the name of the wrong one."""
    result = read(manifest().replace(old, new, 1))
    assert [one.code.rsplit("/", 1)[1] for one in result.findings] == [problem]
    assert result.transactions == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"hello", "missing"),
        (b"ISA", "end-of-file"),
        (b"ISA*00*", "end-of-file"),
        (b"ISA" + b"*" * 2000, "component-separator"),
        (b"ISA" + b"x" * 2000, "element-separator"),
        (b"ISA*" + b"x" * 2000, "structure"),
    ],
)
def test_bytes_that_are_no_interchange(data: bytes, problem: str) -> None:
    """What holds no ISA has one finding and still gives its bytes back."""
    result = read(data)
    assert [one.code.rsplit("/", 1)[1] for one in result.findings] == [problem]
    assert FORMAT.write(result, SPECS) == data


def test_many_interchanges_in_one_file() -> None:
    """Each interchange of a file is read with its own delimiters."""
    first = interchange(group(transaction("309", MANIFEST)), control=1)
    second = interchange(group(transaction("309", MANIFEST)), control=2).replace("*", "|").replace("~", "!")
    data = (first + "\r\n" + second).encode()
    result = read(data)
    assert codes(result) == []
    assert [node.name for node in result.root.children] == ["ISA", "ISA"]
    assert len(result.transactions) == 2
    assert FORMAT.write(result, SPECS) == data


def test_the_same_control_number_twice() -> None:
    """A second interchange with the number of the first is a duplicate."""
    data = (interchange(group(transaction("309", MANIFEST))) * 2).encode()
    assert codes(read(data)) == ["x12.envelope/ISA-13/envelope/duplicate"]


def test_bytes_after_the_iea() -> None:
    """What follows the last IEA and is no ISA is reported and kept."""
    data = manifest() + b"JUNK"
    result = read(data)
    assert codes(result) == ["x12.envelope/ISA/envelope/trailing"]
    assert FORMAT.write(result, SPECS) == data


def test_many_groups_and_a_ta1_between() -> None:
    """Groups and TA1 segments stand beside each other in one interchange."""
    ta1 = ["TA1*000000007*261125*0930*A*000"]
    one = group(transaction("309", MANIFEST), transaction("309", MANIFEST, "0002"))
    two = group(transaction("309", MANIFEST), control=2)
    result = read(interchange(ta1, one, ta1, two).encode())
    assert codes(result) == []
    names = [node.name for node in result.root.children[0].children]
    assert names == ["ISA", "TA1", "GS", "TA1", "GS", "IEA"]
    assert len(result.transactions) == 3


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("GE*1*1", "GE*2*1", "GE-01/group/count"),
        ("GE*1*1", "GE*1*2", "GE-02/group/control"),
        ("GE*1*1~", "", "GE/group/trailer-missing"),
        ("IEA*1*", "IEA*2*", "IEA-01/envelope/count"),
        ("IEA*1*000000001", "IEA*1*000000002", "IEA-02/envelope/control"),
        ("IEA*1*000000001~", "", "IEA/envelope/end-of-file"),
        ("GS*SO*NVLN", "GS*SO*", "GS-02/group/sender"),
        ("GS*SO", "GS*QQ", "GS-01/group/identifier"),
        ("*20261125*0930*1*X*", "*20261325*0930*1*X*", "GS-04/group/date"),
        ("*X*004010", "*X*009990", "GS-08/group/release"),
        ("*261125*0930*U", "*261145*0930*U", "ISA-09/envelope/date"),
        ("*261125*0930*U", "*261125*2530*U", "ISA-10/envelope/time"),
        ("ISA*00*", "ISA*77*", "ISA-01/envelope/authorization-qualifier"),
        ("*0*T*>", "*9*T*>", "ISA-14/envelope/acknowledgment"),
        ("*0*T*>", "*0*Q*>", "ISA-15/envelope/usage"),
        ("~GS*", "~ZZZ*1~GS*", "ZZZ/envelope/unexpected"),
    ],
)
def test_one_fault_of_the_envelope(old: str, new: str, expected: str) -> None:
    """One fault in the envelope is one finding, at the element that is wrong."""
    found = codes(read(manifest().decode().replace(old, new, 1).encode()))
    assert found == [f"x12.envelope/{expected}"]


def test_a_password_is_never_quoted() -> None:
    """What ISA04 holds is not in any finding."""
    data = manifest().replace(b"*00*          *02*", b"*09*SECRETWORD*02*", 1)
    findings = read(data).findings
    assert findings
    assert not any("SECRETWORD" in str(one.as_json()) for one in findings)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("SE*14*0001", "SE*15*0001", "SE-01/set/count"),
        ("SE*14*0001", "SE**0001", "SE-01/set/count"),
        ("SE*14*0001", "SE*14*0002", "SE-02/set/control"),
        ("SE*14*0001", "SE*14", "SE-02/set/control"),
        ("SE*14*0001~", "", "SE/set/trailer-missing"),
        ("ST*309*0001", "ST*309*01", "ST-02/set/control-number"),
        ("ST*309*0001", "ST*850*0001", "ST-01/set/unsupported"),
        ("ST*309*0001", "ST*8*0001", "ST-01/set/identifier"),
        ("GS*SO", "GS*IN", "ST-01/set/group"),
        ("SE*14*0001", "SE*14*0001*X", "SE-03/element/too-many"),
    ],
)
def test_one_fault_of_st_or_se(old: str, new: str, expected: str) -> None:
    """One fault in ST or SE is found once, at its element; a wrong number may contradict a second place."""
    data = manifest().decode().replace(old, new, 1).encode()
    found = [code.split("/", 1)[1] for code in codes(read(data))]
    assert found[0] == expected
    assert len(found) == 1 or new.startswith("ST*309*01")


def test_the_same_set_number_twice() -> None:
    """ST02 stands once in a group; the second set says that it is a duplicate."""
    sets = transaction("309", MANIFEST), transaction("309", MANIFEST)
    result = read(interchange(group(*sets)).encode())
    assert codes(result) == ["x12.309.004010/ST-02/set/duplicate"]
    assert result.transactions[1].findings[0].transaction == 1


def test_a_body_of_another_set_is_one_finding() -> None:
    """An ST01 that is wrong for group and body is one finding, not one for each segment."""
    data = manifest().replace(b"ST*309", b"ST*810")
    assert codes(read(data)) == ["x12.810.004010/ST-01/set/group"]


def test_limits_end_the_reading() -> None:
    """Each limit that is passed is one finding with its name."""
    sets = [transaction("309", MANIFEST, f"{number:04}") for number in range(1, 6)]
    data = interchange(group(*sets)).encode()
    assert codes(read(data, transactions_max=2)) == ["x12.envelope/ISA/limit/transactions_max"]
    assert codes(read(data, segments_max=20)) == ["x12.envelope/ISA/limit/segments_max"]
    assert codes(read(data, interchange_bytes_max=100)) == ["x12.envelope/ISA/limit/interchange_bytes_max"]
    long = replaced_note(300)
    assert codes(read(long, segment_bytes_max=200)) == ["x12.309.004010/P4/LX/N9/limit/segment_bytes_max"]


def test_a_segment_over_the_limit_is_one_in_a_manifest_without_fault_too() -> None:
    """It is not looked into; what is just as long as may be is taken."""
    data = manifest(MANIFEST)
    longest = max(data.split(b"~")[3:-4], key=len)
    assert codes(read(data, segment_bytes_max=len(longest))) == []
    told = read(data, segment_bytes_max=len(longest) - 1).all_findings()
    assert {one.problem for one in told} == {"limit/segment_bytes_max"}
    assert {data[one.span.start : one.span.end] for one in told if one.span} == {longest + b"~"}


def replaced_note(length: int) -> bytes:
    """Give a manifest with one segment of that many bytes."""
    return manifest([one.replace("BK264401", "X" * length) for one in MANIFEST])


def test_the_number_of_findings_is_limited() -> None:
    """After `findings_max` findings one more says that the rest is cut."""
    body = [*MANIFEST[:4], *["ZZ9*1", "H1*2319"] * 50, *MANIFEST[4:]]
    found = codes(read(manifest(body), findings_max=10))
    assert len(found) == 11
    assert found[-1] == "x12.envelope/ISA/limit/findings_max"


def test_sets_without_end_are_read_in_linear_time() -> None:
    """Thousands of ST without SE are read one after the other, each with its finding."""
    data = interchange(group(*[[f"ST*309*{number:04}"] for number in range(3000)])).encode()
    result = read(data, findings_max=10)
    assert len(result.all_findings()) == 11
    assert result.all_findings()[-1].code == "x12.envelope/ISA/limit/findings_max"


@pytest.mark.parametrize(
    ("head", "is_x12"),
    [
        (b"ISA*00*", True),
        (b"\xef\xbb\xbf\r\nISA|", True),
        (b"ISABELLA", False),
        (b"UNA:+.? '", False),
        (b"", False),
        (b"<ISA/>", False),
    ],
)
def test_sniffing(head: bytes, is_x12: bool) -> None:
    """An ISA and a separator tell X12, after a byte order mark or line ends too."""
    assert FORMAT.sniff(head) is is_x12


def test_a_broken_set_of_any_length_is_explained_only_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a number of segments a set with faults is counted, not explained; its bytes are kept."""
    monkeypatch.setattr(transactions, "EXPLAINED_SEGMENTS_MAX", 50)
    body = [*MANIFEST[:4], *["N9*BN*1"] * 200, "ZZ9*1"]
    data = manifest(body)
    result = read(data)
    assert codes(result) == ["x12.309.004010/SE/limit/explained_segments_max"]
    one = result.transactions[0]
    assert one.findings[0].actual == f"{len(body) + 2} segments"
    assert len(list(walk(one.root, "-"))) > 50
    assert FORMAT.write(result, SPECS) == data


@pytest.mark.parametrize("counted", [14, 15])
def test_an_empty_segment_is_one_fault(counted: int) -> None:
    """Whether the sender counted the empty segment or not, it is the one finding."""
    data = manifest().replace(b"~LX*", b"~~LX*", 1).replace(b"SE*14*", b"SE*%d*" % counted)
    assert codes(read(data)) == ["x12.309.004010/P4/segment/segment/empty"]


def test_a_line_end_may_be_missing() -> None:
    """A transaction in which one segment stands on the line of the one before is cut like any other."""
    data = manifest(end="~\n")
    once = data.replace(b"~\nP4", b"~P4", 1)
    assert once != data
    roots = [read(one).transactions[0].root for one in (data, once)]
    found = [[(leaf.address, leaf.text) for leaf in walk(root, "-")] for root in roots]
    assert found[0] == found[1]
