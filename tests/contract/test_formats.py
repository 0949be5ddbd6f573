"""One set of checks for every format there is, over every fixture there is.

A format is tested by being registered, a fixture by lying in `fixtures/<format>/`. Good
ones are `<message>/<case>.<ext>`; bad ones `bad/<case>.<ext>` with their finding codes, one a
line, in `bad/<case>.expect`; those in `lenient/` are repaired by the lenient reader.
"""

from __future__ import annotations

import contextlib
import html
import json
import random
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.finding import Answer, Disposition, Layer, Level, Severity, Span, no_errors
from gateway.flow.translate import load_tables, take
from gateway.formats import Format, formats, sniff
from gateway.specs import Limits, Specs, data_root
from gateway.tree import Envelope, Interchange, walk
from tests.laws.fixtures import SIDECARS, good, label

FIXTURES = data_root() / "fixtures"
SPECS = Specs()
ON = date(2026, 11, 25)
ENVELOPE = Envelope(sender="GATEWAY", receiver="SENDER", control=42, at="2026-11-02T12:00:00+00:00")
CUTS = 40


def _files(folder: str) -> list[Path]:
    return [
        path
        for name in formats()
        for path in sorted((FIXTURES / name / folder).glob("*"))
        if path.is_file() and not path.name.endswith(SIDECARS)
    ]


GOOD = good()
BAD = _files("bad")
LENIENT = _files("lenient")


def format_of(path: Path) -> Format:
    """Give the format in whose folder a fixture lies."""
    return formats()[path.relative_to(FIXTURES).parts[0]]


@cache
def read(path: Path, *, lenient: bool = False) -> Interchange:
    """Read a fixture with its own format."""
    return format_of(path).read(path.read_bytes(), SPECS, Limits(lenient=lenient))


# -- the shape -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", formats())
def test_a_format_has_the_one_shape(name: str) -> None:
    """It answers every question of the protocol and knows its name."""
    found = formats()[name]
    assert isinstance(found, Format)
    assert found.name == name
    assert "/" in found.media_type


@pytest.mark.parametrize("name", formats())
def test_a_format_has_fixtures_of_both_kinds(name: str) -> None:
    """At least four good files and one bad one show what it takes."""
    assert len([path for path in GOOD if format_of(path).name == name]) >= 4
    assert [path for path in BAD if format_of(path).name == name]


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize("data", [b"", b" \r\n", b"\x00" * 80, b"\xff\xfe\xfd", "{ä".encode()], ids=repr)
def test_no_format_takes_nothing_for_something(name: str, data: bytes) -> None:
    """What is no message of the format is read without an exception, and has an error."""
    assert not no_errors(formats()[name].read(data, SPECS, Limits()).all_findings())


# -- good files ----------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_a_good_file_is_sniffed_as_its_format(path: Path) -> None:
    """No other format claims it first."""
    assert sniff(path.read_bytes()) is format_of(path)


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_a_good_file_has_no_error(path: Path) -> None:
    """It holds something (a transaction, or an answer of the envelope), and nothing is wrong with it."""
    interchange = read(path)
    assert interchange.root.children or interchange.root.values
    assert [finding for finding in interchange.all_findings() if finding.severity is Severity.ERROR] == []


# What a declaration becomes without the facts that it has no place for (docs/integrators.md); rules say what is missing.
@pytest.mark.parametrize("path", [path for path in GOOD if not path.stem.startswith("from-wco-")], ids=label)
def test_a_good_file_breaks_no_rule(path: Path) -> None:
    """What a mapping carries to an entry is an entry that no rule refuses."""
    found = take(path.read_bytes(), load_tables(), Limits(), on=ON).findings
    broken = [one for one in found if one.layer is Layer.BUSINESS and one.severity is Severity.ERROR]
    assert [(one.code, one.place, one.expected, one.actual) for one in broken] == []


@pytest.mark.parametrize("path", [*GOOD, *LENIENT], ids=label)
def test_what_was_read_is_written_as_the_same_bytes(path: Path) -> None:
    """One pass changes nothing."""
    assert format_of(path).write(read(path), SPECS) == path.read_bytes()


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_every_leaf_points_at_its_own_bytes(path: Path) -> None:
    """The span of a value cuts out its text, up to the format's own way to write a letter."""
    data = path.read_bytes()
    interchange = read(path)
    seen = 0
    for leaf in walk(interchange.root, interchange.separator):
        span = leaf.span
        assert span is not None, leaf.address
        assert 0 <= span.start < span.end <= len(data)
        assert leaf.text.strip() in set(_spellings(data[slice(*span)])), (leaf.address, leaf.text, span)
        seen += 1
    assert seen


def _spellings(raw: bytes) -> Iterator[str]:
    """Give the texts that some bytes can stand for."""
    for encoding in ("utf-8", "latin-1"):
        text = raw.decode(encoding, "replace").strip()
        yield text
        yield html.unescape(text).strip()
        yield re.sub(r"\?(.)", r"\1", text, flags=re.DOTALL).strip()
        # EDIFACT's other decimal mark.
        yield text.replace(",", ".")
        with contextlib.suppress(ValueError):
            yield json.loads(f'"{text}"').strip()


# -- broken files --------------------------------------------------------------------------


@pytest.mark.parametrize("path", BAD, ids=label)
def test_a_bad_file_gives_exactly_its_finding(path: Path) -> None:
    """One fault is one error, of the code that stands beside the file."""
    expected = path.with_suffix(".expect").read_text(encoding="utf-8").split()
    found = read(path).all_findings()
    if no_errors(found):
        # The format takes it; the fault is in what it says, and rules find it.
        found = list(take(path.read_bytes(), load_tables(), Limits(), format_of(path).name, on=ON).findings)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    assert [finding.code for finding in errors] == expected
    assert all(finding.message for finding in errors)


@pytest.mark.parametrize("path", LENIENT, ids=label)
def test_the_lenient_reader_repairs_and_says_so(path: Path) -> None:
    """What strict reading refuses is taken, with a finding for each repair."""
    assert not no_errors(read(path).all_findings())
    found = read(path, lenient=True).all_findings()
    assert no_errors(found)
    assert any(finding.severity is Severity.REPAIRED for finding in found)


@pytest.mark.parametrize("path", [*GOOD, *BAD], ids=label)
def test_a_file_over_the_limit_is_not_read(path: Path) -> None:
    """The limit on bytes has its finding, whatever the bytes are."""
    data = path.read_bytes()
    if data:
        limited = format_of(path).read(data, SPECS, Limits(interchange_bytes_max=len(data) - 1))
        assert "limit/interchange_bytes_max" in {finding.problem for finding in limited.all_findings()}
        assert limited.transactions == []


@pytest.mark.parametrize("path", GOOD, ids=label)
def test_a_truncated_file_is_read_without_an_exception(path: Path) -> None:
    """Wherever it is cut, the reader gives findings whose spans lie in the bytes."""
    data = path.read_bytes()
    reader = format_of(path)
    for end in range(0, len(data), max(len(data) // CUTS, 1)):
        for lenient in (False, True):
            _sound(reader.read(data[:end], SPECS, Limits(lenient=lenient)), data[:end])


@pytest.mark.parametrize("name", formats())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 8), lenient=st.booleans())
def test_a_mutated_file_is_read_without_an_exception(name: str, seed: int, count: int, lenient: bool) -> None:
    """Bytes changed, doubled, dropped or swapped in any place are findings."""
    chance = random.Random(seed)  # noqa: S311 - a seeded choice, no secret
    files = [path for path in GOOD if format_of(path).name == name]
    data = chance.choice(files).read_bytes()[:20_000] if files else b""
    for _ in range(count):
        data = _mutate(data, chance)
    _sound(formats()[name].read(data, SPECS, Limits(lenient=lenient)), data)


def _mutate(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.randrange(1, 40))
    piece = data[start:end]
    other = chance.choice(
        [
            b"",
            piece * 2,
            piece[::-1],
            bytes(chance.randrange(256) for _ in range(3)),
            b"\x00",
            b"9" * 30,
            b"\xff",
        ]
    )
    return data[:start] + other + data[end:]


def _sound(interchange: Interchange, data: bytes) -> None:
    """Hold what is true of any reading: places inside the bytes, a text for everything."""
    for finding in interchange.all_findings():
        assert finding.code.count("/") >= 2
        assert finding.message
        if finding.span is not None:
            assert Span(0, 0) <= finding.span
            assert finding.span.start <= finding.span.end <= len(data)
    for leaf in walk(interchange.root, interchange.separator):
        if (span := leaf.span) is not None:
            assert 0 <= span.start <= span.end <= len(data)


# -- answers -------------------------------------------------------------------------------


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("path", [*GOOD, *BAD], ids=label)
def test_an_answer_is_a_message_of_the_same_format(path: Path, accepted: bool, level: Level) -> None:
    """The answer is of the sender's format and reads without error.

    Records that it repeats from a bad file stay as bad as they were; its envelope is whole.
    """
    interchange = read(path)
    said = Disposition(
        code="1C", meaning="release", text="RELEASED", at="2026-11-02T12:00:00Z", reference="Q7Z01044181"
    )
    answer = Answer(
        level=level,
        accepted=accepted,
        findings=tuple(interchange.all_findings()),
        dispositions=(said,) if level is Level.CUSTOMS and accepted else (),
    )
    own = format_of(path)
    written = own.acknowledge(interchange, answer, ENVELOPE, SPECS)
    if written:
        assert own.sniff(written[:4096])
        assert sniff(written) is own
        back = own.read(written, SPECS, Limits())
        assert no_errors(back.findings if path in BAD else back.all_findings())
