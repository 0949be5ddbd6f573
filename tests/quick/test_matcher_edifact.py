"""The matcher beside the patterns of EDIFACT: it accepts what they accept, and never anything else."""

from __future__ import annotations

import random
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from gateway.formats.edifact.dates import FORMS
from gateway.formats.edifact.format import FORMAT
from gateway.formats.edifact.matching import PROGRAMS
from gateway.formats.edifact.messages import Messages
from gateway.quick import COMPILED
from gateway.specs import Limits
from tests.bench.edifact import file
from tests.formats.edifact.support import FIXTURES, SPECS
from tests.formats.edifact.test_fuzz import PIECES, files, mutate
from tests.quick.twins import compiled

if COMPILED:
    from gateway.quick.matcher import match

if TYPE_CHECKING:
    from gateway.formats.edifact.notation import Notation
    from gateway.specs.edifact import EdifactSpec

pytestmark = compiled

FILES = sorted(FIXTURES.rglob("*.edi"))
CASES = 600
SYNTAXES = [
    *("UNOA:1", "UNOB:3", "UNOC:3", "UNOD:3", "UNOE:3", "UNOF:3", "UNOG:4", "UNOH:4", "UNOI:4"),
    *("UNOJ:4", "UNOK:4", "UNOL:4", "UNOW:4", "UNOX:4", "UNOY:4"),
]


def verdicts(data: bytes) -> list[tuple[Any, Any]]:
    """Give what the matcher and what the patterns say of each message that is read."""
    found: list[tuple[Any, Any]] = []

    def accept(self: Messages, start: int, spec: EdifactSpec, notation: Notation) -> Any:
        made, _, _, way = PROGRAMS.get(spec, notation)
        said = None if way is None or made is None else match(made, self.source.data, start, way)
        second = self.by_patterns(start, spec, notation)
        if said is not None:
            extent, segments, reference, agrees = said
            text = reference.decode(notation.codec)
            # A reference that does not agree is looked at by the slow way.
            said = extent, segments, text if agrees or second is None else second[2], agrees
        found.append((said, second))
        return second

    with patch.object(Messages, "accept", accept):
        FORMAT.read(data, SPECS, Limits())
    return found


def message(*segments: str, syntax: str = "UNOB:3", una: str = "UNA:+.? '") -> bytes:
    """Give an interchange with one CUSDEC that has these segments behind its BGM."""
    inside = ["UNH+1+CUSDEC:D:96B:UN", "BGM+929+LRN26-1+9", *segments, "UNS+D", "CST+1+69120025:122", "UNS+S"]
    lines = [f"UNB+{syntax}+A:ZZZ+B:ZZZ+261109:0915+1", *inside, f"UNT+{len(inside) + 1}+1", "UNZ+1+1"]
    return (una + "".join(f"{line}'" for line in lines)).encode("latin-1")


def same(data: bytes) -> int:
    """Hold the two together on the messages of a file: 1 where the matcher accepted one, 0 where it did not."""
    found = verdicts(data)
    assert found
    assert all(first is None or first == second for first, second in found)
    return int(any(first is not None for first, _ in found))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FIXTURES).as_posix())
def test_fixtures(path) -> None:
    """Of each message of each fixture the matcher says what the patterns say, or leaves it to them."""
    assert [one for one in verdicts(path.read_bytes()) if one[0] not in {None, one[1]}] == []


def test_most_good_fixtures_are_accepted() -> None:
    """The matcher leaves to the patterns what has to be tidied, and letters of several bytes, and not much else."""
    found = [one for path in FILES for one in verdicts(path.read_bytes()) if one[1] is not None]
    left = [one for one in found if one[0] is None]
    assert len(left) < len(found) / 5


@pytest.mark.parametrize("name", ["CUSDEC", "CUSCAR"])
def test_what_is_measured_is_matched(name: str) -> None:
    """The messages of the benchmark are accepted by the matcher, all of them."""
    found = verdicts(file(name, 20_000))
    assert found
    assert all(first is not None and first == second for first, second in found)


def test_damaged_messages() -> None:
    """Of a damaged message the matcher accepts nothing that the patterns refuse."""
    dice = random.Random(96)  # noqa: S311 - the same damage each time
    accepted = 0
    for _ in range(CASES):
        data = dice.choice(files())
        for _ in range(dice.randint(1, 4)):
            data = mutate(data, dice)
        for first, second in verdicts(data):
            assert first is None or first == second
            accepted += first is not None
    assert accepted > CASES / 20


def test_changed_elements() -> None:
    """With other texts in elements and components it accepts nothing that the patterns refuse."""
    dice = random.Random(13)  # noqa: S311 - the same changes each time
    texts = [
        *PIECES,
        b"",
        b"1",
        b"-1.5",
        b"1,5",
        b"A",
        b"a",
        b"20261301",
        b"102",
        b"?'X??",
        b"A" * 80,
        b"\x02",
    ]
    accepted = 0
    for _ in range(CASES):
        segments = dice.choice(files()).split(b"'")
        number = dice.randrange(len(segments))
        separator = dice.choice((b"+", b":"))
        pieces = segments[number].split(separator)
        pieces[dice.randrange(len(pieces))] = dice.choice(texts)
        segments[number] = separator.join(pieces)
        for first, second in verdicts(b"'".join(segments)):
            assert first is None or first == second
            accepted += first is not None
    assert accepted > CASES / 10


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_every_byte_of_every_repertoire(syntax: str) -> None:
    """Each byte in a text is a letter where the patterns take it for one; ASCII letters all are."""
    accepted = 0
    for byte in range(256):
        data = message("FTX+CUS+++A@Z", syntax=syntax).replace(b"@", bytes([byte]))
        accepted += same(data)
    assert accepted >= 60


@pytest.mark.parametrize("una", ["UNA:+.? '", "UNA:+,? '", "UNA:+.  '", "UNA|*.\\ ~", ""])
def test_numbers_and_released_characters(una: str) -> None:
    """Of every short text of some characters in a number, a text and a code the two say the same."""
    component, element, release, end = una[3:5] + una[6] + una[8] if una else ":+?'"
    accepted = 0
    for size in range(5):
        for text in map("".join, product("1-.,?A ", repeat=size)):
            number = f"MOA+39:{text}:USD"
            accepted += same(
                swapped(
                    message(f"LOC+22+{text}", f"FTX+CUS+++{text}", number),
                    component,
                    element,
                    release,
                    end,
                    una,
                )
            )
    assert accepted > 5


def swapped(data: bytes, component: str, element: str, release: str, end: str, una: str) -> bytes:
    """Write the same in other service characters."""
    table = bytes.maketrans(b":+?'", (component + element + release + end).encode())
    return una.encode() + data.removeprefix(b"UNA:+.? '").translate(table)


@pytest.mark.parametrize("form", [*FORMS, "999"])
def test_dates_of_every_form(form: str) -> None:
    """Of dates that are right and dates that are a little wrong the two say the same, for each form."""
    dice = random.Random(int(form))  # noqa: S311 - the same dates each time
    parts = {
        "D": ("20260228", "20260229", "20240229", "00000101", "19000229", "20261332", "20260431"),
        "d": ("260228", "260229", "240229", "000229", "261301", "260432"),
        "r": ("280226", "290226", "290224", "290200", "310426", "011326"),
        "T": ("0000", "2359", "2400", "1260"),
        "S": ("00", "59", "60"),
        "O": ("?+0100", "-0930", "+01"),
        "Z": ("UTC", "utc", "U1C"),
        "Y": ("2026", "026"),
        "M": ("01", "12", "13", "00"),
        "W": ("01", "53", "54", "00"),
        "-": ("", "-", "--"),
    }
    accepted = 0
    for _ in range(250):
        text = "".join(dice.choice(parts[part]) for part in FORMS.get(form, "DT"))
        if dice.random() < 0.1:
            text = text[:-1] if dice.random() < 0.5 else text + "0"
        accepted += same(message(f"DTM+132:{text}:{form}"))
        same(message(f"DTM+132:{text}"))
    assert accepted or "O" in FORMS.get(form, "O")


def test_a_message_that_is_cut_off_anywhere() -> None:
    """Each beginning of a message is left to the patterns, and nothing behind it is looked at."""
    data = message("FTX+CUS+++IT?'S ??")
    found: list[Any] = []

    def keep(self: Messages, start: int, spec: EdifactSpec, notation: Notation) -> None:
        made, _, _, way = PROGRAMS.get(spec, notation)
        found.append((made, start, way))

    with patch.object(Messages, "accept", keep):
        FORMAT.read(data, SPECS, Limits())
    ((made, start, way),) = found
    stop = data.index(b"UNZ")
    assert match(made, data[:stop], start, way) is not None
    assert [end for end in range(stop) if match(made, data[:end], start, way) is not None] == []


def test_without_the_matcher_everything_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings, references and extents are those that the patterns alone lead to."""
    for path in FILES:
        data = path.read_bytes()
        first = FORMAT.read(data, SPECS, Limits())
        with monkeypatch.context() as one:
            one.setattr(PROGRAMS, "get", lambda *_: (None, {}, False, None))
            second = FORMAT.read(data, SPECS, Limits())
        assert first.all_findings() == second.all_findings(), path
        assert [(one.control, one.root.stop) for one in first.transactions] == [  # type: ignore[attr-defined]
            (one.control, one.root.stop)
            for one in second.transactions  # type: ignore[attr-defined]
        ], path
