"""Laws of the X12 format over interchanges made from the tables, and over broken ones."""

from __future__ import annotations

import os
import random
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.finding import Answer, Level, no_errors
from gateway.formats.x12.acks import acknowledge
from gateway.formats.x12.cutting import cut as cut_segments
from gateway.formats.x12.format import FORMAT
from gateway.formats.x12.grammar import build
from gateway.formats.x12.matching import PROGRAMS
from gateway.formats.x12.pattern import PATTERNS
from gateway.segments.nodes import Source
from gateway.specs.x12 import Place, X12Spec
from gateway.specs.x12_tables import Composite, Element
from gateway.tree import Envelope, Node, walk
from tests.formats.x12.generated import cut, elements, own_sets, text
from tests.formats.x12.support import FIXTURES, SPECS, manifest, read

# How many mutated files the fuzzer tries in the suite; `make deep` goes on for longer.
FUZZ_CASES = int(os.environ.get("X12_FUZZ", "800"))
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ENVELOPE = Envelope(sender="GATEWAY", receiver="PARTNER", control=1, at="2026-11-25T12:00:00+00:00")
SETS = [spec for spec in own_sets() if spec.version in {"004010", "005010", "005020"}]
DELIMITERS = [
    "*",
    "|",
    "^",
    "~",
    "!",
    "\x1d",
    "\x1e",
    "\x1f",
    "\x1c",
    "\x15",
    "\x85",
    "'",
    "+",
    ":",
    ">",
    "\x07",
]


@cache
def files() -> tuple[bytes, ...]:
    """Give every fixture of the format."""
    return tuple(file.read_bytes() for file in sorted(FIXTURES.glob("*/*.edi")))


@st.composite
def element_text(draw: st.DrawFn, element: Element) -> str:
    """Draw a good value of an element, of any length that it may have."""
    if element.codes is not None:
        fitting = [code for code in element.codes if element.length_min <= len(code) <= element.length_max]
        return draw(st.sampled_from(fitting))
    if element.kind in {"DT", "TM"}:
        return text(element)
    size = draw(st.integers(max(element.length_min, 1), min(element.length_max, 12)))
    if element.kind == "R" and size > 1:
        point = draw(st.integers(1, size - 1))
        digits = draw(st.text("0123456789", min_size=size, max_size=size))
        return f"{digits[:point]}.{digits[point:]}"
    letters = "0123456789" if element.kind[0] in "NR" else "ABCXYZ0189 .,-/abc"
    found = draw(st.text(letters, min_size=size, max_size=size))
    return found if found.strip() == found and found.strip() else text(element, size)


@st.composite
def segment(draw: st.DrawFn, place: Place) -> list[str]:
    """Draw a good segment: any of its elements filled, and what its relations then want."""
    spec = place.segment
    also = draw(st.integers(0, len(spec.positions)))
    found = elements(spec, also)
    for number, value in enumerate(found, 1):
        if not value or number > len(spec.positions):
            continue
        what = spec.positions[number - 1].what
        if isinstance(what, Composite):
            continue
        found[number - 1] = draw(element_text(what))
    return [spec.name, *cut(found)]


@st.composite
def level(draw: st.DrawFn, parts: tuple[Place, ...], depth: int = 0) -> list[list[str]]:
    """Draw the segments of one level of a set."""
    found: list[list[str]] = []
    for place in parts:
        most = min(place.count_max or 3, 3 if depth < 2 else 2)
        least = 1 if place.usage == "M" else 0
        for _ in range(draw(st.integers(least, most if draw(st.booleans()) else least))):
            found.append(draw(segment(place)))
            if place.loop:
                found.extend(draw(level(place.parts, depth + 1)))
    return found


@st.composite
def interchanges(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """Draw set, release and an interchange with one or two good transactions, in delimiters of any kind."""
    spec = draw(st.sampled_from(SETS))
    bodies = [draw(level(spec.body)) for _ in range(draw(st.integers(1, 2)))]
    marks = draw(st.permutations(DELIMITERS))
    element, component, terminator, repetition = marks[:4]
    later = spec.version >= "004020"
    end = terminator + draw(st.sampled_from(["", "\r\n", "\n"]))
    used = {letter for body in bodies for one in body for value in one for letter in value}
    if used & {element, component, terminator} or (later and repetition in used):
        element, component, terminator, repetition, end = "*", ">", "~", "^", "~"
    isa = ["ISA", "00", " " * 10, "00", " " * 10, "02", "NVLN".ljust(15), "ZZ", "USCSTEST".ljust(15)]
    isa += [
        "261125",
        "0930",
        repetition if later else "U",
        spec.version[:5],
        "000000001",
        "0",
        "T",
        component,
    ]
    lines = [isa, ["GS", spec.groups[0], "NVLN", "USCSTEST", "20261125", "0930", "1", "X", spec.version]]
    for number, body in enumerate(bodies, 1):
        control = f"{number:04}"
        inside = [[value.replace(">", component) for value in one] for one in body]
        lines += [["ST", spec.message, control], *inside, ["SE", str(len(body) + 2), control]]
    lines += [["GE", str(len(bodies)), "1"], ["IEA", "1", "000000001"]]
    return spec.message, spec.version, (end.join(element.join(one) for one in lines) + end).encode("latin-1")


@given(interchanges())
@EXAMPLES
def test_a_good_interchange_is_accepted_and_written_again(made: tuple[str, str, bytes]) -> None:
    """What the tables allow has no finding, is accepted by the pattern, and is written byte for byte."""
    message, _, data = made
    result = read(data)
    assert [one.code for one in result.all_findings() if one.severity.value != "info"] == []
    assert all(one.root.accepted for one in result.transactions)
    assert FORMAT.write(result, SPECS) == data
    for one in result.transactions:
        assert one.message == message
        for leaf in walk(one.root, "-"):
            assert leaf.span is not None
            assert data[leaf.span.start : leaf.span.end].decode("latin-1") == leaf.text
    assert FORMAT.write(result, SPECS) == data


def copied(node: Node) -> Node:
    """Copy a tree as a mapping would write it: names, values, children."""
    return Node(node.name, dict(node.values), [copied(child) for child in node.children])


def shape(node: Node) -> tuple:
    """Give names, values and bytes of a tree."""
    return node.name, dict(node.values), node.extent(), [shape(child) for child in node.children]


@given(interchanges())
@EXAMPLES
def test_the_quick_tree_is_that_of_the_explanation(made: tuple[str, str, bytes]) -> None:
    """The tree made of an accepted transaction is the one that explaining it makes."""
    message, version, data = made
    spec = SPECS.message("x12", message, version)
    assert isinstance(spec, X12Spec)
    for one in read(data).transactions:
        body = one.root
        header = body.children[0]
        bounds = list(cut_segments(data, body.start, header.delimiters, body.stop))
        slow = build(Source(data), bounds, header.delimiters, spec)
        assert [shape(node) for node in body.children] == [shape(node) for node in slow.children]


@given(interchanges())
@EXAMPLES
def test_a_body_in_a_new_envelope_reads_back_the_same(made: tuple[str, str, bytes]) -> None:
    """A transaction's own segments, wrapped anew, read back without a finding and with the same leaves."""
    message, version, data = made
    bodies = [copied(one.root) for one in read(data).transactions]
    sent = FORMAT.write(FORMAT.envelop(message, version, bodies, ENVELOPE, SPECS), SPECS)
    again = read(sent)
    assert again.all_findings() == []
    for body, one in zip(bodies, again.transactions, strict=True):
        old = [
            (leaf.address, leaf.text) for leaf in walk(body, "-") if not leaf.address.startswith(("ST", "SE"))
        ]
        new = [
            (leaf.address, leaf.text)
            for leaf in walk(one.root, "-")
            if not leaf.address.startswith(("ST", "SE"))
        ]
        assert old == new


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    """Bytes of any kind are findings at worst, and come back as they were."""
    for whole in (data, b"ISA" + data, manifest()[:106] + data):
        result = read(whole)
        assert FORMAT.write(result, SPECS) == whole


def mutated(dice: random.Random) -> bytes:
    """Take a fixture and damage it: bytes, segments, elements, delimiters."""
    data = bytearray(dice.choice(files()))
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data)) if data else 0
        kind = dice.randrange(8)
        if kind == 0 and data:
            data[at] = dice.randrange(256)
        elif kind == 1:
            del data[at : at + dice.randint(1, 40)]
        elif kind == 2:
            data[at:at] = bytes(dice.randrange(256) for _ in range(dice.randint(1, 6)))
        elif kind == 3:
            lines = bytes(data).split(b"~")
            dice.shuffle(lines) if dice.random() < 0.2 else lines.insert(
                dice.randrange(len(lines)), dice.choice(lines)
            )
            data = bytearray(b"~".join(lines))
        elif kind == 4:
            lines = bytes(data).split(b"~")
            del lines[dice.randrange(len(lines))]
            data = bytearray(b"~".join(lines))
        elif kind == 5:
            lines = bytes(data).split(b"~")
            pick = dice.randrange(len(lines))
            pieces = lines[pick].split(b"*")
            pieces[dice.randrange(len(pieces))] = dice.choice([b"", b"A" * 300, b"\xff", b"-", b"1", b">"])
            lines[pick] = b"*".join(pieces)
            data = bytearray(b"~".join(lines))
        elif kind == 6:
            data = data[:at]
        else:
            data += dice.choice(files())[: dice.randint(0, 300)]
    return bytes(data)


def test_damaged_files_are_read_answered_and_written_again() -> None:
    """No damage makes reading, writing, looking or answering raise, and the bytes always come back."""
    dice = random.Random(20261125)  # noqa: S311 - the same damage each time
    for _ in range(FUZZ_CASES):
        data = mutated(dice)
        for lenient in (False, True):
            result = read(data, lenient=lenient)
            found = tuple(result.all_findings())
            assert FORMAT.write(result, SPECS) == data
            for one in result.transactions:
                for leaf in walk(one.root, "-"):
                    assert leaf.span is not None
                    assert 0 <= leaf.span.start <= leaf.span.end <= len(data)
            assert FORMAT.write(result, SPECS) == data
            for one in found:
                assert one.span is None or 0 <= one.span.start <= one.span.end <= len(data)
            answer = Answer(level=Level.SYNTAX, accepted=no_errors(found), findings=found)
            said = acknowledge(result, answer, ENVELOPE, SPECS)
            assert no_errors(read(said).all_findings()) or not said


def test_what_is_accepted_is_never_what_the_explanation_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever pattern or matcher accept of damaged transactions, the slow way finds nothing in."""
    dice = random.Random(1125)  # noqa: S311 - the same damage each time
    accepted = 0
    for _ in range(FUZZ_CASES):
        data = mutated(dice)
        fast = read(data)
        with monkeypatch.context() as patch:
            patch.setattr(PROGRAMS, "get", lambda _: None)
            plain = read(data)
            patch.setattr(PATTERNS, "get", lambda _: NEVER)
            slow = read(data)
        assert fast.all_findings() == plain.all_findings() == slow.all_findings()
        accepted += sum(1 for one in fast.transactions if one.root.accepted)
        assert not any(one.root.accepted for one in slow.transactions)
    assert accepted > FUZZ_CASES / 40


class _Never:
    """A pattern that accepts nothing, so that every transaction is explained."""

    def fullmatch(self, _: bytes) -> None:
        return None


NEVER = _Never()


@pytest.mark.parametrize("spec", SETS, ids=lambda spec: spec.id)
def test_the_pattern_reads_long_junk_in_linear_time(spec: X12Spec) -> None:
    """A long transaction that fails at its end is refused without backtracking."""
    pattern = PATTERNS.get(spec)
    head = f"ST\x1d{spec.message}\x1d0001\x1e".encode()
    assert pattern.fullmatch(head + b"N1\x1dSH\x1dA\x1e" * 20_000 + b"!") is None
