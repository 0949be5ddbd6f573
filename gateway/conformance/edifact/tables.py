"""The EDIFACT tables, read for the suite alone.

Lives here: `edi_specs/edifact/` as the shapes that the X12 generators work on, by a reader that shares
nothing with the product's. What stands several times in a row is written out. Never here: cases.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.conformance.x12.tables import (
    AckRow,
    Composite,
    Element,
    Note,
    Place,
    Position,
    Segment,
    Set,
    rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LINE = re.compile(r"([A-Z]{3})(?:\.([A-Z]))?(?:\[(\d{4})=([^\]]+)\])?")
_NOTE = re.compile(r"(D[2-6])\((\d\d(?:,\d\d)+)\)")
# D1 and D7, which X12 has not, stand in no table yet.
_LETTERS = {"D2": "P", "D3": "R", "D4": "E", "D5": "C", "D6": "L"}
# Name and notes of what is described, and its rows.
_Block = tuple[tuple[str, str], list[dict[str, str]]]
_KINDS = {"N": "N0", "A": "A", "AN": "AN"}
_NEWEST = "41"
# Which syntax a message of a directory is shown in; the service directories have their own.
_SYNTAX = {"D96B": "3", "D13A": "4", "D3": "3", "41": "4"}


@dataclass(frozen=True, slots=True, eq=False)
class Group(Place):
    """A line of a message. `suffix` tells two of one tag on one level apart: `CST.H`."""

    suffix: str = ""

    @property
    def name(self) -> str:
        """The place's part of an address as findings have it."""
        return f"{self.segment.id}.{self.suffix}" if self.suffix else self.segment.id

    @property
    def step(self) -> str:
        """The same: a suffix says what a qualifier would."""
        return f"{self.segment.id}.{self.suffix}" if self.suffix else self.segment.id


@dataclass(frozen=True, slots=True)
class Slots:
    """A segment written out, and the leaf key of each place: (element, component) to key."""

    segment: Segment
    keys: Mapping[tuple[int, int], str] = field(default_factory=dict)


def folder(root: Path) -> Path:
    """Give where the tables are."""
    return root / "edi_specs" / "edifact"


@cache
def bases(root: Path) -> Mapping[str, str]:
    """Give each directory's base, "" for none."""
    return {row["directory"]: row["base"] for row in rows(folder(root) / "directories.csv")}


def _chain(root: Path, directory: str) -> list[Path]:
    """Give a directory's folder and those of its bases, the nearest first."""
    found = []
    while directory:
        found.append(folder(root) / directory)
        directory = bases(root)[directory]
    return found


def messages(root: Path) -> Iterator[tuple[str, str]]:
    """Yield each message with each directory that has it, syntax 2 left out."""
    for name in sorted({path.stem for path in folder(root).glob("*/*.msg")}):
        for directory in _SYNTAX:
            if any((one / f"{name}.msg").is_file() for one in _chain(root, directory)):
                yield name, directory


def syntax_of(directory: str) -> str:
    """Give the syntax version that a directory's messages are shown in."""
    return _SYNTAX[directory]


@cache
def words(root: Path, directory: str) -> Mapping[str, Slots]:
    """Give every segment of a directory, UNS of the newest syntax where it has none."""
    chain = _chain(root, directory)
    elements = _elements(chain)
    composites = _blocks(chain, "composites.csv", "composite")
    found = {}
    for name, block in _blocks(chain, "segments.csv", "segment").items():
        found[name] = _segment(name, block, elements, composites)
    if "UNS" not in found:
        found["UNS"] = words(root, _NEWEST)["UNS"]
    return found


def _elements(chain: list[Path]) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for one in reversed(chain):
        for row in rows(one / "elements.csv"):
            codes = _codes(chain, row["element"]) if row["codes"] else None
            found[row["element"]] = Element(
                row["element"],
                row["name"],
                _KINDS[row["type"]],
                int(row["min"]),
                int(row["max"]),
                codes,
                closed=row["codes"] == "closed",
            )
    for number, element in found.items():
        if element.codes is not None:
            nearest = _codes(chain, number)
            found[number] = Element(
                number,
                element.name,
                element.kind,
                element.least,
                element.most,
                nearest,
                closed=element.closed,
            )
    return found


def _codes(chain: list[Path], number: str) -> tuple[str, ...]:
    for one in chain:
        path = one / "codes" / f"{number}.csv"
        if path.is_file():
            return tuple(row["code"] for row in rows(path))
    return ()


def _blocks(chain: list[Path], file: str, column: str) -> Mapping[str, _Block]:
    found: dict[str, _Block] = {}
    for one in reversed(chain):
        path = one / file
        here: dict[str, _Block] = {}
        for row in rows(path) if path.is_file() else ():
            if row["position"] == "00":
                if row["notes"] == "removed":
                    found.pop(row[column], None)
                    continue
                here[row[column]] = ((row["name"], row["notes"]), [])
            elif row[column] in here:
                here[row[column]][1].append(row)
        found |= here
    return found


def _segment(
    name: str, block: _Block, elements: Mapping[str, Element], composites: Mapping[str, _Block]
) -> Slots:
    (title, notes), body = block
    positions: list[Position] = []
    keys: dict[tuple[int, int], str] = {}
    seen: Counter[str] = Counter()

    def key(text: str) -> str:
        seen[text] += 1
        return text if seen[text] == 1 else f"{text}#{seen[text]}"

    for row in body:
        for turn in range(int(row["repeat"])):
            at = len(positions) + 1
            usage = "M" if row["usage"] == "M" and not turn else "O"
            number = row["element"]
            if number in elements:
                what: Element | Composite = elements[number]
                keys[at, 0] = key(number)
            else:
                (label, _), lines = composites[number]
                what = Composite(number, label, tuple(_components(lines, elements)), ())
                keys[at, 0] = number
                for inner, part in enumerate(what.positions, 1):
                    element = part.what
                    keys[at, inner] = key(f"{number}.{element.number}")
            positions.append(Position(what, usage, 1, row["name"]))
    return Slots(Segment(name, title, tuple(positions), tuple(_notes(notes)), open=False), keys)


def _notes(text: str) -> Iterator[Note]:
    """Yield dependency notes under the letters that X12 has for the same thing."""
    for kind, positions in _NOTE.findall(text):
        yield Note(_LETTERS[kind], tuple(int(at) for at in positions.split(",")))


def _components(lines: list[dict[str, str]], elements: Mapping[str, Element]) -> Iterator[Position]:
    for row in lines:
        for turn in range(int(row["repeat"])):
            usage = "M" if row["usage"] == "M" and not turn else "O"
            yield Position(elements[row["element"]], usage, 1, row["name"])


@cache
def load(root: Path, name: str, directory: str) -> Set:
    """Give a message of a directory."""
    path = next(one / f"{name}.msg" for one in _chain(root, directory) if (one / f"{name}.msg").is_file())
    known = words(root, directory)
    title, lines = "", []
    for raw in path.read_text(encoding="utf-8").splitlines():
        text = raw.split("#", 1)[0].rstrip()
        if text.startswith("message "):
            title = text.split(" ", 2)[2]
        elif text and not text.startswith(("source", "since")):
            lines.append(text)
    segments = {tag: slots.segment for tag, slots in known.items()}
    places = _level(lines, known)
    return Set(name, title, directory, (name,), "UN/EDIFACT", places, segments)


def _level(lines: list[str], known: Mapping[str, Slots]) -> tuple[Place, ...]:
    found: list[Place] = []
    while lines:
        line = lines.pop(0)
        below: list[str] = []
        while lines and lines[0].startswith("  "):
            below.append(lines.pop(0)[2:])
        head, usage, most, *loop = line.split()
        match = _LINE.fullmatch(head)
        if match is None:
            raise LookupError(line)
        tag, suffix, element, code = match.groups()
        segment = known[tag].segment
        at = next(
            (number for (number, inner), key in known[tag].keys.items() if not inner and key == element), 0
        )
        found.append(
            Group(
                segment,
                usage == "M",
                int(most),
                (at, (code,)) if element else None,
                bool(loop),
                _level(below, known),
                suffix or "",
            )
        )
    return tuple(found)


@cache
def ack_rows(root: Path) -> Mapping[str, AckRow]:
    """Give what CONTRL calls each problem: level is `element` here and not asked."""
    found = root / "edi_specs" / "ack_codes" / "edifact.csv"
    return {
        row["problem"]: AckRow("element", row["code"], row["older"] or row["code"], row["severity"])
        for row in rows(found)
    }
