"""The matcher beside the pattern: it accepts what the pattern accepts, and never anything else."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from gateway.formats.x12 import accepting
from gateway.formats.x12.accepting import Acceptor
from gateway.formats.x12.delimiters import Delimiters, Header, cut_header
from gateway.formats.x12.format import FORMAT
from gateway.formats.x12.matching import PROGRAMS, program, ways
from gateway.quick import COMPILED
from gateway.segments.nodes import Source
from gateway.specs import Limits
from gateway.specs.x12 import Place, X12Spec
from gateway.specs.x12_tables import Composite, Element, Position, Relation, Segment
from tests.formats.x12.broken import cases
from tests.formats.x12.generated import address, file, good, own_sets, places
from tests.formats.x12.support import FIXTURES, SPECS, manifest
from tests.formats.x12.test_laws import FUZZ_CASES, interchanges, mutated
from tests.quick.twins import compiled

if COMPILED:
    from gateway.quick.matcher import Ways, match
    from gateway.quick.matching import Program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = compiled

SETS = own_sets()
FILES = sorted(FIXTURES.rglob("*.edi"))
PLAIN = Delimiters(component=b">", repetition=b"^")
BASE = next(spec for spec in SETS if spec.message == "810")
LETTERS = (b"", b" ", b"-", b"0", b"7", b"99999999999999999999", b".", b">", b"^", b"\0", b"\xff", b"A" * 90)


def both(data: bytes, start: int, spec: X12Spec, delimiters: Delimiters) -> tuple[Any, Any]:
    """Give what the matcher and what the pattern say of one transaction."""
    made, way = PROGRAMS.get(spec), ways(delimiters)
    assert made is not None
    assert way is not None
    acceptor = Acceptor(Source(data))
    acceptor.accept(start, spec, delimiters)
    acceptor.moved()
    return match(made, data, start, way), acceptor.by_pattern(start, spec, delimiters)


def verdicts(data: bytes) -> Iterator[tuple[Any, Any]]:
    """Give both verdicts on each transaction of a file, as far as its ISA can be cut."""
    header = cut_header(data, max(data.find(b"ISA"), 0))
    if not isinstance(header, Header) or ways(header.delimiters) is None:
        return
    separator, end = re.escape(header.delimiters.element), re.escape(header.delimiters.terminator)
    release = b""
    for found in re.finditer(rb"(GS|ST)%b([^%b%b]*)" % (separator, separator, end), data):
        if found[1] == b"GS":
            group = data[found.start() :].split(header.delimiters.terminator)[0]
            release = group.split(header.delimiters.element)[-1][:6]
            continue
        spec = SPECS.message("x12", found[2].decode("latin-1"), release.decode("latin-1"))
        if isinstance(spec, X12Spec):
            yield both(data, found.start(), spec, header.delimiters)


def whole(spec: X12Spec, *segments: str, control: str = "0001") -> bytes:
    """Put ST and a counted SE around segments, with nothing behind."""
    inside = "".join(f"{one}~" for one in segments)
    return f"ST*{spec.message}*{control}~{inside}SE*{len(segments) + 2}*{control}~".encode("latin-1")


def of(*positions: Position, relations: tuple[Relation, ...] = ()) -> X12Spec:
    """Give a set of one segment with such elements."""
    segment = Segment(name="ZZ1", title="", positions=positions, relations=relations)
    return replace(BASE, body=(Place(segment=segment, usage="O", count_max=1),))


def one(kind: str, least: int, most: int, codes: dict[str, str] | None = None) -> Element:
    """Give an element."""
    return Element(number="1", name="one", kind=kind, length_min=least, length_max=most, codes=codes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_fixtures(path) -> None:
    """Of each transaction of each fixture the matcher says what the pattern says."""
    assert [first for first, second in verdicts(path.read_bytes()) if first != second] == []


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_good_sets(spec: X12Spec) -> None:
    """Each place of each set, in a transaction that keeps every rule, is accepted as the pattern accepts it."""
    for way in places(spec.body):
        data = file(spec, [[one.place.name, *one.elements] for one in good(spec, way)])
        (said,) = verdicts(data)
        assert said[0] is not None, address(way)
        assert said[0] == said[1], address(way)


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_each_constraint_broken_once(spec: X12Spec) -> None:
    """A transaction that breaks one constraint is not accepted."""
    for case in cases(spec):
        assert [first for first, _ in verdicts(file(spec, case.body))] == [None], case.name


@given(interchanges())
@settings(max_examples=60, deadline=None)
def test_interchanges_from_the_tables(made: tuple[str, str, bytes]) -> None:
    """In delimiters of any kind, with line ends or without, the two say the same."""
    for first, second in verdicts(made[2]):
        assert first == second
        assert first is not None


def test_damaged_files() -> None:
    """Of a damaged transaction the matcher accepts nothing that the pattern refuses, and most that it accepts."""
    dice = random.Random(2611)  # noqa: S311 - the same damage each time
    accepted = left = 0
    for _ in range(FUZZ_CASES):
        for first, second in verdicts(mutated(dice)):
            assert first is None or first == second
            accepted += first is not None
            left += first is None and second is not None
    assert accepted > FUZZ_CASES / 40
    assert left < accepted / 20


def test_changed_elements() -> None:
    """With other texts in elements and elements left out the matcher accepts nothing that the pattern refuses."""
    dice = random.Random(810)  # noqa: S311 - the same changes each time
    found = [path.read_bytes() for path in FILES if path.parent.name != "bad"]
    files = [data for data in found if data[105:106] == b"~" and data[3:4] == b"*"]
    accepted = 0
    for _ in range(2 * FUZZ_CASES):
        header, *segments = dice.choice(files).split(b"~")
        number = dice.randrange(len(segments))
        elements = segments[number].split(b"*")
        at = dice.randrange(len(elements))
        elements[at] = dice.choice((*LETTERS, elements[at][:-1], elements[at] + elements[at][-1:]))
        segments[number] = b"*".join(elements)
        for first, second in verdicts(b"~".join([header, *segments])):
            assert first is None or first == second
            accepted += first is not None
    assert accepted > FUZZ_CASES / 4


VALUES = [
    (one("R", 1, 3), "-.019"),
    (one("R", 2, 3), "-.01"),
    (one("N0", 1, 2), "-.01"),
    (one("N2", 2, 3), "-01."),
    (one("TM", 4, 8), "0256"),
    (one("DT", 6, 6), "019"),
    (one("DT", 6, 8), "01"),
    (one("AN", 1, 3), " A>^*~"),
    (one("AN", 2, 2), " A>*"),
    (one("ID", 1, 3, {"A": "", "AB": "", "ABC": "", "B": ""}), "AB C"),
]


@pytest.mark.parametrize(
    ("element", "letters"), VALUES, ids=[f"{one.kind}-{n}" for n, (one, _) in enumerate(VALUES)]
)
def test_values(element: Element, letters: str) -> None:
    """Of every short text of some characters the two say the same, but for a number that begins with its point."""
    spec = of(Position(what=element, usage="O"))
    longest = 9 if len(letters) == 2 else 8 if element.kind == "TM" else 7 if len(letters) == 3 else 5
    accepted = 0
    for size in range(longest + 1):
        for text in map("".join, product(letters, repeat=size)):
            first, second = both(whole(spec, f"ZZ1*{text}"), 0, spec, PLAIN)
            if first != second:
                assert first is None
                assert text.lstrip("-").startswith(".")
            accepted += first is not None
    assert accepted


def test_dates() -> None:
    """Of every day and month that two digits can say, in years of each kind, the two say the same."""
    spec = of(Position(what=one("DT", 8, 8), usage="O"))
    accepted = 0
    for year in ("0000", "0004", "1900", "2000", "2023", "2024", "2100", "9999"):
        for number in range(1400):
            first, second = both(whole(spec, f"ZZ1*{year}{number:04}"), 0, spec, PLAIN)
            assert first == second
            accepted += first is not None
    assert accepted == 4 * 365 + 3 * 366


def test_relations() -> None:
    """With each element there or not, the two say the same of every kind of relation, alone and beside others."""
    notes = [Relation(kind, positions) for kind in "PRECL" for positions in ((1, 2), (2, 4), (3, 1, 4))]
    element = one("AN", 1, 1)
    for chosen in [*((note,) for note in notes), *zip(notes, notes[4:], strict=False)]:
        for usages in ("OOOO", "OMOO", "OONO"):
            spec = of(*(Position(what=element, usage=usage) for usage in usages), relations=chosen)
            for there in product(("", "A"), repeat=4):
                text = "*".join(("ZZ1", *there)).rstrip("*")
                first, second = both(whole(spec, text), 0, spec, PLAIN)
                assert first == second


def test_composites_and_repetitions() -> None:
    """Of every short run of components and repetitions the two say the same."""
    parts = tuple(Position(what=one("AN", 1, 1), usage=usage) for usage in "OMO")
    composite = Composite(number="C1", name="c", components=parts, relations=(Relation("P", (1, 3)),))
    spec = of(
        Position(what=composite, usage="O", repeat=2), Position(what=one("N0", 1, 1), usage="O", repeat=3)
    )
    for size in range(8):
        for text in map("".join, product("A>^*1" if size < 6 else "A>^", repeat=size)):
            first, second = both(whole(spec, f"ZZ1*{text}"), 0, spec, PLAIN)
            assert first == second


@pytest.mark.parametrize("control", ["1", "0001", "123456789", "1234567890", "    ", " 001", "001 ", "00>1"])
def test_ends(control: str) -> None:
    """Header and trailer are matched as the pattern matches them, but for a blank at their end."""
    for data in (
        whole(BASE, "BIG*20261125*1", "TDS*1", control=control),
        whole(BASE, "BIG*20261125*1", "TDS*1").replace(b"SE*4", b"SE*4*9"),
        whole(BASE, "BIG*20261125*1", "TDS*1").replace(b"SE*4", b"SE*00000000004"),
        whole(BASE, "BIG*20261125*1", "TDS*1").replace(b"SE*4", b"SE*5"),
        whole(BASE, "BIG*20261125*1", "TDS*1").replace(b"0001~SE", b"0001*CONVENTION~SE"),
    ):
        first, second = both(data, 0, BASE, PLAIN)
        assert first == second or (first is None and b" ~" in data)


def test_a_message_that_is_cut_off_anywhere() -> None:
    """Each beginning of a message is refused, and nothing behind it is looked at."""
    data = manifest()
    header = cut_header(data, 0)
    assert isinstance(header, Header)
    spec, way = SPECS.message("x12", "309", "004010"), ways(header.delimiters)
    assert isinstance(spec, X12Spec)
    start, stop = data.index(b"~ST*") + 1, data.index(b"GE*")
    assert match(PROGRAMS.get(spec), data[:stop], start, way) is not None
    for end in range(stop):
        assert match(PROGRAMS.get(spec), data[:end], start, way) is None
    for bad in (-1, len(data), len(data) + 1, 1 << 40):
        assert match(PROGRAMS.get(spec), data, bad, way) is None


def test_a_zero_byte_as_delimiter_is_left_to_the_pattern() -> None:
    """Where a zero byte divides or ends, the pattern is asked, and accepts."""
    data = manifest().replace(b"~", b"\0")
    assert ways(Delimiters(terminator=b"\0")) is None
    with pytest.raises(ValueError, match="zero byte"):
        Ways(b"\x1e" + bytes(range(1, 256)), b"", b"")
    (found,) = FORMAT.read(data, SPECS, Limits()).transactions
    assert found.root.accepted  # type: ignore[attr-defined]


def test_what_has_no_room_is_left_to_the_pattern() -> None:
    """A segment of too many elements, or a place that a long code chooses, has no program."""
    assert program(of(*[Position(what=one("AN", 1, 1), usage="O")] * 65)) is None
    segment = BASE.body[0].segment
    body = (Place(segment=segment, usage="O", count_max=1, qualifier=(1, frozenset({"A" * 9}))), *BASE.body)
    assert program(replace(BASE, body=body)) is None
    row = ((("O", 1, 0, None),), (), None)
    for values, segments, places_of in (
        ((), ((False, row),), ()),
        ((("text", 1, 1, ()),), (), ((b"ZZ1", True, 1, 0, -1, None, ()),)),
        ((("text", 1, 1, ()),), ((False, row),), ((b"ZZ1", True, 1, 0, 5, None, ()),)),
        ((("text", 1, 1, ()),), ((False, (row[0], (("P", (1, 2)),), None)),), ()),
    ):
        with pytest.raises(IndexError):
            Program((b"ST", 0, 2, b"SE", 0), values, segments, (places_of,))


def test_long_junk_is_refused_in_one_pass() -> None:
    """A long transaction that is wrong at its end is refused, and so is one that never ends."""
    lines = ["BIG*20261125*1", *["IT1*1*1*EA*1"] * 20_000]
    for data in (whole(BASE, *lines, "!"), whole(BASE, "BIG*" + "1" * 1_000_000), b"ST*810*0001~" * 20_000):
        assert both(data, 0, BASE, PLAIN) == (None, None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_without_the_matcher_everything_is_the_same(path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings and verdicts are those that the pattern alone leads to."""
    data = path.read_bytes()
    first = FORMAT.read(data, SPECS, Limits())
    monkeypatch.setattr(accepting.PROGRAMS, "get", lambda _: None)
    second = FORMAT.read(data, SPECS, Limits())
    assert first.all_findings() == second.all_findings()
    assert [said(one) for one in first.transactions] == [said(one) for one in second.transactions]


def said(transaction: Any) -> tuple[Any, ...]:
    """Give what reading says of one transaction."""
    root = transaction.root
    return transaction.message, transaction.control, root.accepted, root.start, root.stop
