"""The X12 tables, read for the suite alone.

Lives here: `edi_specs/x12/` as plain classes, by a reader that shares nothing with the product's.
`edi_specs/x12/README.md` describes the tables. Never here: cases.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = ("set", "group", "source", "since")
_PLACE = re.compile(r"([A-Z0-9]{2,3})(?:\[(\d\d)=(.+)\])?$")


@dataclass(frozen=True, slots=True)
class Element:
    """A data element. `codes` is None for any text; `closed` tells whether others are errors."""

    number: str
    name: str
    kind: str
    least: int
    most: int
    codes: tuple[str, ...] | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A syntax note: `P0304` is kind P over 3 and 4."""

    kind: str
    positions: tuple[int, ...]

    @property
    def text(self) -> str:
        """The note as printed."""
        return self.kind + "".join(f"{at:02}" for at in self.positions)


@dataclass(frozen=True, slots=True)
class Position:
    """One place in a segment or composite."""

    what: Element | Composite
    usage: str
    repeat: int
    name: str


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite and its components."""

    number: str
    name: str
    positions: tuple[Position, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment; `open` has no description of its elements."""

    id: str
    name: str
    positions: tuple[Position, ...]
    notes: tuple[Note, ...]
    open: bool


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A line of a set: a segment, or a loop with what is indented under it. `most` None is no limit."""

    segment: Segment
    must: bool
    most: int | None
    qualifier: tuple[int, tuple[str, ...]] | None
    loop: bool
    parts: tuple[Place, ...]

    @property
    def name(self) -> str:
        """The place's part of an address as findings have it."""
        return self.segment.id

    @property
    def step(self) -> str:
        """The place's part of an address, with its qualifier."""
        if self.qualifier is None:
            return self.segment.id
        at, codes = self.qualifier
        return f"{self.segment.id}[{at:02}={'|'.join(codes)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Set:
    """A transaction set of one release."""

    number: str
    title: str
    release: str
    groups: tuple[str, ...]
    source: str
    places: tuple[Place, ...]
    release_segments: Mapping[str, Segment]

    def walk(self) -> Iterator[tuple[tuple[Place, ...], Place]]:
        """Yield each place with the places around it, outermost first."""
        yield from _walk((), self.places)


def _walk(way: tuple[Place, ...], places: tuple[Place, ...]) -> Iterator[tuple[tuple[Place, ...], Place]]:
    for place in places:
        yield way, place
        yield from _walk((*way, place), place.parts)


@dataclass(frozen=True, slots=True)
class EnvelopeElement:
    """One element of ISA, GS, GE, IEA or TA1."""

    segment: str
    position: int
    name: str
    kind: str
    least: int
    most: int
    codes: tuple[str, ...]
    problem: str


def rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV; lines that begin with # are comments."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if line.strip() and not line.startswith("#")))


@cache
def releases(folder: Path) -> Mapping[str, str]:
    """Give each release and its base, oldest first."""
    return {row["release"]: row["base"] for row in rows(folder / "releases.csv")}


def chain(folder: Path, release: str) -> list[Path]:
    """Give the folders of a release and its bases, the oldest first."""
    found = []
    while release:
        found.append(folder / release)
        release = releases(folder)[release]
    return found[::-1]


@cache
def dictionary(folder: Path, release: str) -> Mapping[str, Segment]:
    """Give every segment of a release by id."""
    folders = chain(folder, release)
    elements = _elements(folders)
    composites: dict[str, Composite] = {}
    for name, head, body in _blocks(folders, "composites.csv", "composite"):
        parts = tuple(Position(elements[row["element"]], row["usage"], 1, row["name"]) for row in body)
        composites[name] = Composite(name, head["name"], parts, _notes(head["notes"]))
    whats: dict[str, Element | Composite] = {**elements, **composites}
    segments: dict[str, Segment] = {}
    for name, head, body in _blocks(folders, "segments.csv", "segment"):
        positions = tuple(
            Position(whats[row["element"]], row["usage"], int(row["repeat"]), row["name"]) for row in body
        )
        segments[name] = Segment(
            name, head["name"], positions, _notes(head["notes"]), "open" in head["notes"].split()
        )
    return segments


def _elements(folders: list[Path]) -> dict[str, Element]:
    heads: dict[str, dict[str, str]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    for folder in folders:
        if (folder / "elements.csv").exists():
            heads.update({row["element"]: row for row in rows(folder / "elements.csv")})
        for path in folder.glob("codes/*.csv"):
            lists[path.stem] = tuple(row["code"] for row in rows(path))
    return {
        number: Element(
            number,
            row["name"],
            row["type"],
            int(row["min"]),
            int(row["max"]),
            lists[number] if row["codes"] else None,
            row["codes"] == "closed",
        )
        for number, row in heads.items()
    }


def _blocks(
    folders: list[Path], file: str, column: str
) -> list[tuple[str, dict[str, str], list[dict[str, str]]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for folder in folders:
        here: dict[str, list[dict[str, str]]] = {}
        for row in rows(folder / file) if (folder / file).exists() else ():
            here.setdefault(row[column], []).append(row)
        found.update(here)
    return [(name, block[0], block[1:]) for name, block in found.items()]


def _notes(text: str) -> tuple[Note, ...]:
    return tuple(
        Note(word[0], tuple(int(pair) for pair in re.findall(r"\d\d", word[1:])))
        for word in text.split()
        if re.fullmatch(r"[PRECL](?:\d\d)+", word)
    )


@cache
def sets(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """Give each set's releases: where a set file is, and every later one."""
    found = {}
    for number in sorted({path.stem for path in folder.glob("*/*.set")}):
        found[number] = tuple(
            release
            for release in releases(folder)
            if any((step / f"{number}.set").exists() for step in chain(folder, release))
        )
    return found


@cache
def load(folder: Path, number: str, release: str) -> Set:
    """Read one set in one release. LookupError where there is none."""
    files = [step / f"{number}.set" for step in chain(folder, release)]
    there = [path for path in files if path.exists()]
    if not there:
        raise LookupError(f"{number} {release}")
    segments = dictionary(folder, release)
    head: dict[str, str] = {}
    lines: list[tuple[int, list[str]]] = []
    for raw in there[-1].read_text(encoding="utf-8").splitlines():
        text = raw.partition("#")[0].rstrip()
        if not text:
            continue
        word, _, rest = text.partition(" ")
        if word in _HEAD:
            head[word] = rest.strip()
        else:
            lines.append(((len(text) - len(text.lstrip())) // 2, text.split()))
    title = head["set"].partition(" ")[2].strip()
    places, rest_lines = _level(lines, 0, segments)
    if rest_lines:
        raise LookupError(f"{there[-1]} is indented wrongly")
    groups = tuple(head["group"].split())
    return Set(number, title, release, groups, head.get("source", ""), places, segments)


def _level(
    lines: list[tuple[int, list[str]]], depth: int, segments: Mapping[str, Segment]
) -> tuple[tuple[Place, ...], list[tuple[int, list[str]]]]:
    found: list[Place] = []
    while lines and lines[0][0] == depth:
        place = _place(lines[0][1], segments)
        parts, lines = _level(lines[1:], depth + 1, segments)
        found.append(replace(place, parts=parts))
    return tuple(found), lines


def _place(words: list[str], segments: Mapping[str, Segment]) -> Place:
    match = _PLACE.match(words[0])
    if match is None:
        raise LookupError(words[0])
    segment = segments[match[1]]
    qualifier = (int(match[2]), tuple(match[3].split("|"))) if match[2] else None
    positions = list(segment.positions)
    changes = [word for word in words[3:] if word != "loop"]
    if qualifier:
        changes.append(f"{match[2]}={match[3]}")
    for change in changes:
        at = int(change[:2]) - 1
        position = positions[at]
        if change[2] == ":":
            positions[at] = replace(position, usage=change[3:])
        elif isinstance(position.what, Element):
            narrowed = replace(position.what, codes=tuple(change[3:].split("|")), closed=True)
            positions[at] = replace(position, what=narrowed)
    return Place(
        segment=replace(segment, positions=tuple(positions)),
        must=words[1] == "M",
        most=None if words[2] == ">1" else int(words[2]),
        qualifier=qualifier,
        loop="loop" in words,
        parts=(),
    )


@cache
def envelope(folder: Path) -> Mapping[str, tuple[EnvelopeElement, ...]]:
    """Give the elements of the envelope's segments by segment id."""
    found: dict[str, list[EnvelopeElement]] = {}
    for row in rows(folder / "envelope.csv"):
        found.setdefault(row["segment"], []).append(
            EnvelopeElement(
                row["segment"],
                int(row["position"]),
                row["name"],
                row["type"],
                int(row["min"]),
                int(row["max"]),
                tuple(row["codes"].split()),
                row["problem"],
            )
        )
    return {name: tuple(group) for name, group in found.items()}


@dataclass(frozen=True, slots=True)
class AckRow:
    """How an acknowledgement says a problem: level, code from 005010 on, code before."""

    level: str
    code: str
    older: str
    severity: str


@cache
def ack_rows(root: Path) -> Mapping[str, AckRow]:
    """Give `ack_codes/x12.csv` by problem."""
    return {
        row["problem"]: AckRow(row["level"], row["code"], row["older"] or row["code"], row["severity"])
        for row in rows(root / "edi_specs" / "ack_codes" / "x12.csv")
    }
