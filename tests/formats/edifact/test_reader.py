"""Files as senders write them: service characters, line ends, released and foreign characters, several interchanges."""

from __future__ import annotations

import pytest

from gateway.finding import Severity
from gateway.formats.edifact.format import FORMAT
from gateway.specs.edifact_service import charsets
from gateway.tree import walk
from tests.formats.edifact.support import SMALL, SPECS, changed, errors, found, read

BARE = SMALL.replace(b"UNA:+.? '\n", b"")
ENVELOPE = "edifact.envelope"
CUSDEC = "edifact.CUSDEC.D96B"


def leaves(data: bytes) -> list[tuple[str, str]]:
    """List addresses and texts of the messages, the envelope left out."""
    return [(leaf.address, leaf.text) for one in read(data).transactions for leaf in walk(one.root, ":")]


def text_of(data: bytes, address: str) -> str:
    """Give one text of the only message."""
    return dict(leaves(data))[address]


def with_marks(component: str, element: str, mark: str, release: str, terminator: str) -> bytes:
    """Write the small message with other service characters, announced by a UNA."""
    table = {":": component, "+": element, ".": mark, "'": terminator}
    body = "".join(table.get(letter, letter) for letter in BARE.decode())
    return f"UNA{component}{element}{mark}{release} {terminator}\n{body}".encode()


# -- UNA -----------------------------------------------------------------------------------


def test_without_una_the_defaults_hold() -> None:
    """A file that begins with UNB is read with the standard's own characters."""
    assert errors(BARE) == []
    assert leaves(BARE) == leaves(SMALL)


@pytest.mark.parametrize("marks", [("|", "^", ".", "?", "~"), (":", "*", ",", "\\", "\n"), ("\x1f", "\x1d", ".", "?", "\x1c")])  # fmt: skip
def test_other_characters_are_taken_from_the_una(marks: tuple[str, str, str, str, str]) -> None:
    """Whatever a UNA announces, the message says the same, and is written back as it was."""
    data = with_marks(*marks)
    if marks[4] == "\n":
        data = data.replace(b"\n\n", b"\n")
    result = read(data)
    assert found(result) == []
    assert leaves(data) == leaves(SMALL)
    assert FORMAT.write(result, SPECS) == data


@pytest.mark.parametrize(
    ("una", "problem"),
    [
        (b"UNA:+.?'\n", "una/length"),
        (b"UNA:+.?  '\n", "una/length"),
        (b"UNA:++? '\n", "una/clash"),
        (b"UNA:+.?A'\n", "una/clash"),
        (b"UNA:+-? '\n", "una/clash"),
        (b"UNA;=.? '\n", "una/mismatch"),
    ],
)
def test_a_wrong_una_is_one_finding(una: bytes, problem: str) -> None:
    """It is reported once, at the UNA, and what can be read all the same is read without more errors."""
    data = una + BARE
    assert errors(data) == [f"{ENVELOPE}/UNA/{problem}"]
    assert FORMAT.write(read(data), SPECS) == data


def test_other_characters_without_una_are_told_from_the_unb() -> None:
    """Strict reading says that a UNA is missing; lenient reading repairs it."""
    data = with_marks("|", "^", ".", "?", "~").partition(b"\n")[2]
    assert errors(data) == [f"{ENVELOPE}/UNA/una/missing"]
    assert found(read(data, lenient=True), Severity.REPAIRED) == [f"{ENVELOPE}/UNA/una/missing"]
    assert leaves(data) == leaves(SMALL)


def test_a_repetition_separator_in_an_old_una_is_a_warning() -> None:
    """Before syntax 4 the fifth character means nothing."""
    data = b"UNA:+.?*'\n" + BARE
    assert found(read(data), Severity.WARNING) == [f"{ENVELOPE}/UNA/una/repetition"]
    assert errors(data) == []


# -- release characters --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (b"IT?'S", "IT'S"),
        (b"2?+2", "2+2"),
        (b"A?:B", "A:B"),
        (b"WHY??", "WHY?"),
        (b"??????", "???"),
        (b"END?'", "END'"),
        (b"?+?+", "++"),
    ],
)
def test_a_released_character_is_text(wire: bytes, text: str) -> None:
    """It is unescaped once, also where it is the last one of its segment, and written back as it was."""
    data = changed(b"A REMARK", wire)
    assert errors(data) == []
    assert text_of(data, "FTX:C108.4440") == text
    assert FORMAT.write(read(data), SPECS) == data


def test_a_released_terminator_joins_two_segments() -> None:
    """`?'` ends nothing: the segment goes on to the next terminator, and that is one finding or two, no crash."""
    data = changed(b"+9'\n", b"+9?'\n")
    found_here = errors(data)
    assert f"{CUSDEC}/UNT:0074/message/count" in found_here
    assert all(code.startswith(f"{CUSDEC}/") for code in found_here)
    assert FORMAT.write(read(data), SPECS) == data


@pytest.mark.parametrize("end", [b"?", b"?'"])
def test_a_trailing_release_character_ends_the_file_badly(end: bytes) -> None:
    """The last segment is never ended: one finding, at the UNZ."""
    data = SMALL.removesuffix(b"'\n") + end
    assert errors(data) == [f"{ENVELOPE}/UNZ/segment/release-at-end"]
    assert FORMAT.write(read(data), SPECS) == data


def test_a_release_character_before_an_ordinary_one_is_noted() -> None:
    """The character stays, and an info says so."""
    data = changed(b"A REMARK", b"A ?REMARK")
    assert found(read(data), Severity.INFO) == [f"{CUSDEC}/FTX/segment/released"]
    assert text_of(data, "FTX:C108.4440") == "A REMARK"


# -- between and inside segments -----------------------------------------------------------


def test_line_ends_of_every_kind_may_be_mixed() -> None:
    """CR, LF, CRLF, blanks and blank lines between segments are no data, and come back as they were."""
    kinds = [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"", b" ", b"\t\n", b"\n\n"]
    pieces = SMALL.split(b"'\n")[:-1]
    data = b"".join(piece + b"'" + kinds[turn % len(kinds)] for turn, piece in enumerate(pieces))
    result = read(data)
    assert result.all_findings() == []
    assert leaves(data) == leaves(SMALL)
    assert FORMAT.write(result, SPECS) == data


def test_lines_of_fixed_length_cut_through_values() -> None:
    """A line end inside a value is dropped by lenient reading, and one finding for the whole message."""
    flat = SMALL.replace(b"\n", b"")
    data = flat[:9] + flat[9:].replace(b"A REMARK", b"A RE\r\nMARK").replace(b"TABLEWARE", b"TABLE\r\nWARE")
    assert errors(data) == [f"{CUSDEC}/FTX:C108.4440/type/line-end"]
    repaired = read(data, lenient=True)
    assert found(repaired) == []
    texts = {leaf.text for one in repaired.transactions for leaf in walk(one.root, ":")}
    assert {"A REMARK", "CERAMIC TABLEWARE"} <= texts
    assert FORMAT.write(repaired, SPECS) == data


def test_a_byte_order_mark_is_stepped_over() -> None:
    """It is noted, counted in spans, and written back."""
    data = b"\xef\xbb\xbf" + SMALL
    result = read(data)
    assert found(result) == []
    assert found(result, Severity.INFO) == [f"{ENVELOPE}/UNB/envelope/byte-order-mark"]
    for one in result.transactions:
        for leaf in walk(one.root, ":"):
            assert leaf.span is not None
            assert data[slice(*leaf.span)].decode() == leaf.text
    assert FORMAT.write(result, SPECS) == data


# -- characters ----------------------------------------------------------------------------

LETTERS = {
    "UNOC": "É", "UNOD": "Ł", "UNOE": "Ж", "UNOF": "Ω", "UNOG": "Ħ", "UNOH": "Ŧ", "UNOI": "ش", "UNOJ": "ש",
    "UNOK": "ğ", "UNOL": "€", "UNOW": "宁",
}  # fmt: skip


@pytest.mark.parametrize("repertoire", LETTERS)
def test_a_repertoire_is_decoded_as_it_says(repertoire: str) -> None:
    """UNOC to UNOL are parts of ISO 8859, UNOW is UTF-8; the letter reads, spans and goes back."""
    charset = charsets(SPECS.root)[repertoire]
    version = max(charset.since, "3")
    head = f"{repertoire}:{version}".encode()
    day = b"20261109" if version == "4" else b"261109"
    data = changed(b"+261109", b"+" + day, changed(b"UNOC:3", head))
    data = changed(b"A REMARK", f"A {LETTERS[repertoire]} B".encode(charset.codec), data)
    result = read(data)
    assert found(result) == []
    assert text_of(data, "FTX:C108.4440") == f"A {LETTERS[repertoire]} B"
    assert FORMAT.write(result, SPECS) == data


@pytest.mark.parametrize(
    ("repertoire", "text", "problem"),
    [
        (b"UNOA", b"lower case", "type/characters"),
        (b"UNOB", "É".encode("latin-1"), "type/characters"),
        (b"UNOB", b"A \x07 BELL", "type/characters"),
    ],
)
def test_the_label_is_held_to(repertoire: bytes, text: bytes, problem: str) -> None:
    """A character outside the declared repertoire is read, reported once, and repaired by lenient reading."""
    data = changed(b"A REMARK", text, changed(b"UNOC", repertoire))
    assert errors(data) == [f"{CUSDEC}/FTX:C108.4440/{problem}"]
    assert errors(data, lenient=True) == []


def test_bytes_that_are_no_utf8_are_a_finding() -> None:
    """They are read as something, and said to be wrong."""
    data = changed(b"UNOC:3", b"UNOW:4").replace(b"+261109:", b"+20261109:")
    data = changed(b"A REMARK", b"A \xff\xfe B", data)
    assert errors(data) == [f"{CUSDEC}/FTX:C108.4440/type/encoding"]
    assert FORMAT.write(read(data), SPECS) == data


def test_a_password_is_never_shown() -> None:
    """What is wrong with S005 is said without quoting it."""
    data = changed(b"+ICR1'", b"+ICR1+SECRETPASSWORDTOOLONG'")
    (one,) = read(data).all_findings()
    assert one.code == f"{ENVELOPE}/UNB:S005.0022/element/too-long"
    assert b"SECRET" in data
    assert "SECRET" not in f"{one.message}{one.actual}{one.expected}"


# -- several interchanges, counts and references ------------------------------------------


def test_several_interchanges_are_read_one_after_the_other() -> None:
    """Each has its own characters and references; each gets an answer of its own."""
    second = with_marks("|", "^", ".", "?", "~").replace(b"ICR1", b"ICR2")
    data = SMALL + second
    result = read(data)
    assert result.all_findings() == []
    assert [one.control for one in result.transactions] == ["1", "1"]
    assert FORMAT.write(result, SPECS) == data


def test_a_unb_without_unz_is_ended_by_the_next_one() -> None:
    """A stray header is an interchange without a message and without an end."""
    stray = BARE[: BARE.index(b"UNH")].replace(b"ICR1", b"ICR0")
    assert errors(stray + SMALL) == [f"{ENVELOPE}/UNZ/envelope/trailer-missing"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"UNZ+1+", b"UNZ+2+", f"{ENVELOPE}/UNZ:0036/envelope/count"),
        (b"UNZ+1+", b"UNZ+X+", f"{ENVELOPE}/UNZ:0036/type/number"),
        (b"UNZ+1+ICR1", b"UNZ+1+ICR2", f"{ENVELOPE}/UNZ:0020/envelope/control"),
        (b"UNT+13+1", b"UNT+12+1", f"{CUSDEC}/UNT:0074/message/count"),
        (b"UNT+13+1", b"UNT+13+2", f"{CUSDEC}/UNT:0062/message/control"),
        (b"UNH+1+", b"UNH++", f"{CUSDEC}/UNH:0062/element/missing"),
        (b":0915+", b":2515+", f"{ENVELOPE}/UNB:S004.0019/type/date"),
        (b"+261109:", b"+261139:", f"{ENVELOPE}/UNB:S004.0017/type/date"),
    ],
)
def test_references_and_counts_are_held_against_each_other(old: bytes, new: bytes, code: str) -> None:
    """Each that does not agree is a finding at the segment that says it wrongly."""
    assert code in errors(changed(old, new))


@pytest.mark.parametrize("day", [b"20261109", b"261109"])
def test_a_date_of_the_other_syntax_is_a_warning(day: bytes) -> None:
    """Six digits in syntax 4, eight in syntax 3: taken, and said."""
    data = changed(b"+261109:", b"+" + day + b":")
    if day == b"261109":
        data = changed(b"UNOC:3", b"UNOC:4", data)
    result = read(data)
    assert found(result) == []
    assert found(result, Severity.WARNING) == [f"{ENVELOPE}/UNB:S004.0017/envelope/date-digits"]


@pytest.mark.parametrize("version", ["1", "2", "3", "4"])
def test_every_syntax_version_is_read(version: str) -> None:
    """Versions 1 to 4, each with the envelope that it has."""
    data = changed(b"UNOC:3", f"UNOC:{version}".encode() if version > "2" else f"UNOB:{version}".encode())
    if version == "4":
        data = changed(b"+261109:", b"+20261109:", data)
    assert errors(data) == []
