"""What is found in one part of a message does not depend on what stands in another.

A message without fault is taken as a whole, quickly; one with a fault is looked at part by part. Which of
the two happens may not show: with a mistake put in somewhere else, a part has the findings that it has without.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.finding import Finding, Span
from gateway.formats import named
from gateway.specs import Limits, Specs
from tests.laws.fixtures import ROOT, good

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPECS = Specs()
SIZE_MAX = 6_000
MISTAKES = 3
# What is said of a value alone, whatever stands around it.
OWN = {"code/unknown", "code/unlisted", "type/number", "type/date", "type/time", "class/wrong"}
WIDTH = 80


class Value(NamedTuple):
    """Bytes of a message, and the number of the segment, record or element where they stand."""

    part: int
    start: int
    end: int


class Reading(NamedTuple):
    """What was found, and which messages were read."""

    findings: Counter[Finding]
    messages: tuple[tuple[str, str], ...]


def in_segments(data: bytes, marks: tuple[bytes, bytes, bytes], released: bytes = b"") -> Iterator[Value]:
    """Give the values of segments behind their ids, and an empty one at the end of each."""
    element, component, terminator = map(re.escape, marks)
    whole = re.compile(rb"(?:%b[^%b])+" % (released, terminator))
    value = re.compile(rb"(?:%b[^%b%b%b])+" % (released, element, component, terminator))
    for part, segment in enumerate(whole.finditer(data)):
        ends = [found.span() for found in value.finditer(data, segment.start(), segment.end())]
        for start, end in [*ends[1:], (segment.end(), segment.end())]:
            yield Value(part, start, end)


def x12(data: bytes) -> Iterator[Value]:
    """Cut by what the ISA says."""
    return in_segments(data, (data[3:4], data[104:105], data[105:106]))


def edifact(data: bytes) -> Iterator[Value]:
    """Cut by the usual characters; a UNA is a segment without values."""
    start = 9 if data.startswith(b"UNA") else 0
    for one in in_segments(data[start:], (b"+", b":", b"'"), rb"\?.|(?!\?)"):
        yield Value(one.part, start + one.start, start + one.end)


def wco(data: bytes) -> Iterator[Value]:
    """Give the texts and the attributes of elements, but for their namespaces."""
    for found in re.finditer(rb'>([^<>]*[^<>\s][^<>]*)<| (?!xmlns|xsi)\w+="([^"]*)"', data):
        start, end = found.span(found.lastindex or 0)
        yield Value(data.count(b"<", 0, start), start, end)


def catair(data: bytes) -> Iterator[Value]:
    """Give the runs of characters of records, behind what names the record."""
    for part in range(len(data) // WIDTH):
        for found in re.finditer(rb"(?<=....)\S+", data[part * WIDTH : (part + 1) * WIDTH]):
            yield Value(part, part * WIDTH + found.start(), part * WIDTH + found.end())


FORMATS: dict[str, Callable[[bytes], Iterator[Value]]] = {
    "x12": x12,
    "edifact": edifact,
    "wco": wco,
    "catair": catair,
}


@cache
def files(name: str) -> tuple[Path, ...]:
    """Give the good fixtures of a format that are small, and in which a mistake can be made."""
    found = [one for one in good() if one.parent.parent == ROOT / name and one.stat().st_size <= SIZE_MAX]
    return tuple(one for one in found if one.parent.name != "TA1")


def reading(name: str, data: bytes, limits: Limits) -> Reading:
    """Read."""
    form = named(name)
    assert form is not None
    found = form.read(data, SPECS, limits)
    return Reading(
        Counter(found.all_findings()), tuple((one.message, one.version) for one in found.transactions)
    )


@cache
def mistakes(file: Path) -> tuple[tuple[Value, bytes], ...]:
    """Give values with texts of the same length that are a mistake there, and nothing else anywhere."""
    name, data, found = file.parent.parent.name, file.read_bytes(), []
    values = [one for one in FORMATS[name](data) if one.start < one.end]
    random.Random(0).shuffle(values)  # noqa: S311 - the choices of a test
    before = reading(name, data, Limits())
    for one in values:
        for letter in (b"Z", b"Q", b"?") if name == "catair" else (b"Z", b"Q"):
            text = letter * (one.end - one.start)
            after = reading(name, put(data, one, text), Limits())
            more = list((after.findings - before.findings).elements())
            if len(more) == 1 and more[0].problem in OWN and not before.findings - after.findings:
                found.append((one, text))
                break
        if len(found) == MISTAKES:
            break
    return tuple(found)


def put(data: bytes, value: Value, text: bytes) -> bytes:
    """Put a text in the place of a value."""
    return data[: value.start] + text + data[value.end :]


def moved(one: Finding, value: Value, text: bytes) -> Finding:
    """Give a finding as it is where the length of a value before it was changed."""
    by = len(text) - (value.end - value.start)
    if one.span is None or one.span.start < value.end:
        return one
    return replace(one, span=Span(one.span.start + by, one.span.end + by))


TAILS = [b" ", b"  ", b"A", b"9", b".5", b"-", b"A" * 90, b"9" * 30, b"\xe9", b"\x00"]
TEXTS = [b"", b" ", b"-1", b"1.5", b"1,5", b"0", b"00", b"ZZ9", b"20261399", b"2461", b"a"]
MARKUP = [b"<!-- x -->", b"&#65;", b"&amp;", b"<![CDATA[x]]>", b"\n", b"\t", b" ", b"<Odd/>"]


@st.composite
def texts(draw: st.DrawFn, name: str, old: bytes, marks: tuple[bytes, bytes]) -> bytes:
    """Draw what stands in the place of a value: blanks, more, less, other characters, separators."""
    size = len(old)
    if name == "catair":
        kinds = [b" " * size, (b" " + old)[:size], old[1:] + b" ", b"?" * size, b"9" * size, b"0" * size]
        return draw(st.sampled_from([*kinds, b"A" * size, old.lower(), old[:-1] + b"\xe9"]))
    # Most of these are no data, before and behind what a segment may have.
    empty = [mark * times + tail for mark in marks for times in (1, 9, 30) for tail in (b" ", b"")]
    choices = [
        st.sampled_from([b" " * size, old[:-1], old.lower(), old + old, *TEXTS]),
        st.sampled_from([old + tail for tail in TAILS]),
        st.sampled_from([head + old for head in (b" ", b"0", b"-", b"A")]),
        st.sampled_from([old + tail for tail in (MARKUP if name == "wco" else empty)]),
    ]
    if name != "wco":
        choices.append(st.sampled_from([old + mark * 30 + b"A" for mark in marks]))
    return draw(st.one_of(choices))


LIMITS = st.one_of(
    st.just(Limits()),
    st.just(Limits(lenient=True)),
    st.builds(Limits, segment_bytes_max=st.integers(1, 120), lenient=st.booleans()),
    st.builds(Limits, value_chars_max=st.integers(1, 40)),
    st.builds(Limits, depth_max=st.integers(1, 9), attributes_max=st.integers(0, 3)),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data())
def test_a_mistake_elsewhere_adds_its_own_finding_and_nothing_else(name: str, drawn: st.DataObject) -> None:
    """Whatever is put in the place of a value and whatever the limits are, they are found as without the mistake.

    Limits that end the reading are left out: they say how far it came.
    """
    file = drawn.draw(st.sampled_from(files(name)))
    assume(mistakes(file))
    data, (mistaken, mistake) = file.read_bytes(), drawn.draw(st.sampled_from(mistakes(file)))
    values = [one for one in FORMATS[name](data) if one.part != mistaken.part]
    value = drawn.draw(st.sampled_from(values))
    marks = (data[3:4], data[104:105]) if name == "x12" else (b"+", b":")
    text = drawn.draw(texts(name, data[value.start : value.end], marks))
    limits = drawn.draw(LIMITS)

    def read(one: bytes) -> Reading:
        return reading(name, put(one, value, text), limits)

    usual, wrong = reading(name, data, limits), reading(name, put(data, mistaken, mistake), limits)
    changed, both = read(data), read(put(data, mistaken, mistake))
    # Another message is held to another table.
    assume(changed.messages == usual.messages)
    own = wrong.findings - usual.findings
    assert {one.problem for one in own} <= OWN
    assert not usual.findings - wrong.findings
    assert both.findings == changed.findings + Counter({moved(one, value, text): n for one, n in own.items()})
