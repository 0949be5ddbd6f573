"""The EDIFACT dictionaries of one directory: elements, composites, segments, code lists.

Lives here: what `edi_specs/edifact/<directory>/*.csv` say, as frozen classes. A directory
takes from its base whatever its own folder does not say, by element, composite, segment and
code list. Never here: how a message is built from segments (`gateway.specs.edifact`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from gateway.specs import SpecError, read_csv
from gateway.specs.segment_tables import bases, grouped, whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TYPES = frozenset({"A", "AN", "N"})
CODE_RULES = frozenset({"", "open", "closed"})
USAGES = frozenset("MC")
_RELATION = re.compile(r"(D[1-7])\((\d\d(?:,\d\d)+)\)")
_DATE = re.compile(r"date\((\d\d),(\d\d)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One data element.

    `kind` is A, AN or N. `number` marks an element that holds a number though its type is
    AN: its decimal mark is read and written as that of a number. `codes` is None where any
    text may stand; with `closed` a code outside the list is an error, otherwise the list is
    a part of the directory's. `elsewhere` are codes that only a neighbouring directory has.
    """

    number: str
    name: str
    kind: str
    length_min: int
    length_max: int
    numeric: bool = False
    codes: Mapping[str, str] | None = None
    closed: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)


class Relation(NamedTuple):
    """One dependency note: `D5(06,05)` is ("D5", (6, 5)).

    D1 one and only one, D2 all or none, D3 one or more, D4 one or none, D5 if the first then
    all, D6 if the first then at least one more, D7 if the first then none of the others.
    """

    kind: str
    positions: tuple[int, ...]

    @property
    def name(self) -> str:
        """The note as printed: `D5(06,05)`."""
        return f"{self.kind}({','.join(f'{position:02}' for position in self.positions)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composite:
    """One composite. `date` names its components that are a date and the code of its format, from 1."""

    number: str
    name: str
    components: tuple[Position, ...]
    relations: tuple[Relation, ...] = ()
    date: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One place in a segment or composite, or `repeat` of them in a row.

    `by` names the component whose code tells occurrences of a composite apart (the lists of
    CST), with the codes that are written first.
    """

    what: Element | Composite
    usage: str
    repeat: int = 1
    title: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment of a directory."""

    name: str
    title: str
    positions: tuple[Position, ...]
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dictionary:
    """What one directory says, its bases taken in. `chain` names the folders, nearest first.

    Of a base that no message is of, only the elements are made.
    """

    directory: str
    since: str
    chain: tuple[Path, ...]
    elements: Mapping[str, Element] = field(default_factory=dict)

    @cached_property
    def composites(self) -> Mapping[str, Composite]:
        """The composites by number."""
        return _composites(self.chain, self.elements)

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        """The segments by name."""
        return _segments(self.chain, self.elements, self.composites)


@cache
def directories(folder: Path) -> Mapping[str, tuple[str, str]]:
    """Give `directories.csv`: directory to (base, since)."""
    return bases(folder / "directories.csv", "directory")


@cache
def dictionary(folder: Path, directory: str) -> Dictionary:
    """Load the dictionaries of one directory; KeyError for one that is not listed."""
    base, since = directories(folder)[directory]
    own = folder / directory
    before = dictionary(folder, base) if base else None
    chain = (own, *before.chain) if before else (own,)
    elements = _elements(own / "elements.csv", chain, dict(before.elements) if before else {})
    neighbours = _neighbours(folder, directory)
    elements = {
        number: _with_neighbours(element, neighbours.get(number, {})) for number, element in elements.items()
    }
    return Dictionary(
        directory=directory,
        since=since,
        chain=chain,
        elements=elements,
    )


def code_list(chain: tuple[Path, ...], number: str) -> Mapping[str, str]:
    """Give the nearest code list of an element, whether its codes are checked or not; empty where there is none."""
    for folder in chain:
        table = folder / "codes" / f"{number}.csv"
        if table.exists():
            return {row["code"]: row["meaning"] for _, row in read_csv(table)}
    return {}


def _neighbours(folder: Path, directory: str) -> dict[str, dict[str, str]]:
    """Give the codes of directories of the same family: element to code to directory."""
    known = directories(folder)
    found: dict[str, dict[str, str]] = {}
    for other in known:
        if other == directory or _root(known, other) != _root(known, directory):
            continue
        for table in (folder / other / "codes").glob("*.csv"):
            for _, row in read_csv(table):
                found.setdefault(table.stem, {})[row["code"]] = other
    return found


def _root(known: Mapping[str, tuple[str, str]], directory: str) -> str:
    while known[directory][0]:
        directory = known[directory][0]
    return directory


def _with_neighbours(element: Element, others: Mapping[str, str]) -> Element:
    if element.codes is None:
        return element
    elsewhere = {code: other for code, other in others.items() if code not in (element.codes or {})}
    return replace(element, elsewhere=elsewhere) if elsewhere else element


def _elements(table: Path, chain: tuple[Path, ...], found: dict[str, Element]) -> dict[str, Element]:
    rules: dict[str, str] = {
        number: ("" if element.codes is None else "closed" if element.closed else "open")
        for number, element in found.items()
    }
    changed = {path.stem for path in chain[0].glob("codes/*.csv")}
    for line, row in read_csv(table) if table.exists() else ():
        if row["type"] not in TYPES or row["codes"] not in CODE_RULES or row["notes"] not in {"", "number"}:
            raise SpecError(table, line, f"no such type, code rule or note: {row}")
        number = row["element"]
        rules[number] = row["codes"]
        changed.add(number)
        found[number] = Element(
            number=number,
            name=row["name"],
            kind=row["type"],
            length_min=whole(table, line, row["min"]),
            length_max=whole(table, line, row["max"]),
            numeric=row["type"] == "N" or row["notes"] == "number",
        )
    for number in changed:
        if number not in found:
            raise SpecError(chain[0] / "codes" / f"{number}.csv", 1, "a code list of an element not listed")
        codes = code_list(chain, number) if rules[number] else None
        if rules[number] and not codes:
            raise SpecError(table, 0, f"element {number} names a code list that is not there")
        found[number] = replace(found[number], codes=codes, closed=rules[number] == "closed")
    return found


def _composites(chain: tuple[Path, ...], elements: Mapping[str, Element]) -> dict[str, Composite]:
    found: dict[str, Composite] = {}
    for table, name, head, rows in grouped(chain, "composites.csv", "composite"):
        line, row = head
        components = tuple(_position(table, at, item, elements) for at, item in rows)
        size = sum(component.repeat for component in components)
        date = _DATE.search(row["notes"])
        found[name] = Composite(
            number=name,
            name=row["name"],
            components=components,
            relations=_relations(table, line, _DATE.sub("", row["notes"]), size),
            date=(int(date[1]), int(date[2])) if date else None,
        )
    return found


def _segments(
    chain: tuple[Path, ...], elements: Mapping[str, Element], composites: Mapping[str, Composite]
) -> dict[str, Segment]:
    found: dict[str, Segment] = {}
    either: dict[str, Element | Composite] = {**elements, **composites}
    for table, name, head, rows in grouped(chain, "segments.csv", "segment"):
        line, row = head
        if row["notes"] == "removed":
            continue
        positions = tuple(_position(table, at, item, either) for at, item in rows)
        size = sum(position.repeat for position in positions)
        found[name] = Segment(
            name=name,
            title=row["name"],
            positions=positions,
            relations=_relations(table, line, row["notes"], size),
        )
    return found


def _position(
    table: Path,
    line: int,
    row: dict[str, str],
    known: Mapping[str, Element] | Mapping[str, Element | Composite],
) -> Position:
    if row["element"] not in known:
        raise SpecError(table, line, f"no element or composite {row['element']!r} in this directory")
    if row["usage"] not in USAGES:
        raise SpecError(table, line, f"no such usage: {row['usage']!r}")
    notes = row["notes"]
    if notes and not notes.startswith("by="):
        raise SpecError(table, line, f"no such note: {notes!r}")
    return Position(
        what=known[row["element"]],
        usage=row["usage"],
        repeat=whole(table, line, row["repeat"]),
        title=row["name"],
        by=tuple(notes.removeprefix("by=").split(",")) if notes else (),
    )


def _relations(table: Path, line: int, text: str, size: int) -> tuple[Relation, ...]:
    found = []
    for note in text.split():
        match = _RELATION.fullmatch(note)
        positions = tuple(int(one) for one in match[2].split(",")) if match else ()
        if match is None or not all(0 < at <= size for at in positions):
            raise SpecError(table, line, f"not a dependency note for {size} places: {note!r}")
        found.append(Relation(match[1], positions))
    return tuple(found)
